//! Violations, their penalties and the discretion inside a range.

use super::record;
use crate::read::{FromToml, Reader, Record, Value, peek};
use crate::words;
use serde::{Deserialize, Serialize};
use xingjian_kernel::money::Fen;

words! {
    /// Kinds of penalty, 行政处罚法第9条 (administrative detention is not the health authority's).
    pub enum PenaltyKind {
        /// 警告.
        Warning = "warning", "警告";
        /// 通报批评.
        Criticism = "criticism", "通报批评";
        /// 罚款.
        Fine = "fine", "罚款";
        /// 没收违法所得.
        ConfiscateGains = "confiscate_gains", "没收违法所得";
        /// 没收非法财物.
        ConfiscateGoods = "confiscate_goods", "没收非法财物";
        /// 暂扣许可证件.
        SuspendLicence = "suspend_licence", "暂扣许可证件";
        /// 降低资质等级.
        DowngradeQualification = "downgrade_qualification", "降低资质等级";
        /// 吊销许可证件.
        RevokeLicence = "revoke_licence", "吊销许可证件";
        /// 限制开展生产经营活动.
        RestrictBusiness = "restrict_business", "限制开展生产经营活动";
        /// 责令停产停业.
        SuspendBusiness = "suspend_business", "责令停产停业";
        /// 责令关闭.
        CloseDown = "close_down", "责令关闭";
        /// 限制从业.
        RestrictPractice = "restrict_practice", "限制从业";
    }
}

words! {
    /// Who can commit a violation.
    pub enum ViolationActor {
        /// A unit.
        Institution = "institution", "单位";
        /// A natural person.
        Person = "person", "个人";
        /// Either.
        Either = "either", "单位或个人";
    }
}

record! {
    /// A violation (案由) with the penalty the law gives it.
    pub struct Violation {
        /// Field, such as 医疗执业.
        pub domain: String,
        /// What is done.
        pub name: String,
        /// Article violated.
        pub violated: String,
        /// Article that penalises.
        pub penalty_clause: String,
        /// Who can commit it.
        pub actor: ViolationActor,
        /// Kinds of penalty without aggravation; empty where the article only orders correction or discipline.
        pub penalties: Vec<PenaltyKind>,
        /// The fine without aggravation.
        pub fine: Fine,
        /// What the article adds: serious circumstances, no correction, discipline.
        pub escalation: Option<String>,
        /// Complaint topics that point to it.
        pub topics: Vec<String>,
    }
}

record! {
    /// The range that applies instead of the multiple where the base is small.
    pub struct BelowBase {
        /// Applies where the base is less than this.
        pub limit: Fen,
        /// Least fine then.
        pub min: Fen,
        /// Greatest fine then.
        pub max: Fen,
    }
}

/// The shape of a fine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fine {
    /// The article gives no fine.
    None,
    /// A range of money.
    Fixed {
        /// Least fine; zero where the article only says 以下.
        min: Fen,
        /// Greatest fine.
        max: Fen,
        /// Only where an order to correct was not obeyed in time (逾期不改才罚).
        only_after_deadline: bool,
    },
    /// A multiple of a base.
    Multiple {
        /// Least multiple.
        min: u32,
        /// Greatest multiple.
        max: u32,
        /// What is multiplied, such as 违法所得.
        base: String,
        /// The base counts at least as this.
        floor: Option<Fen>,
        /// The range for a small base.
        below: Option<BelowBase>,
    },
}

impl Fine {
    /// Least and greatest fine for a base (ignored by a fixed range); `None` where there is no fine, or no
    /// amount that the program can hold.
    pub fn range(&self, base: Fen) -> Option<(Fen, Fen)> {
        match self {
            Self::None => None,
            Self::Fixed { min, max, .. } => Some((*min, *max)),
            Self::Multiple { below: Some(below), .. } if base < below.limit => Some((below.min, below.max)),
            Self::Multiple { min, max, floor, .. } => {
                let base = floor.map_or(base, |floor| base.max(floor));
                Some((base.checked_mul((*min).into())?, base.checked_mul((*max).into())?))
            }
        }
    }

    /// Whether the fine needs an order to correct that was not obeyed in time.
    pub const fn only_after_deadline(&self) -> bool {
        matches!(self, Self::Fixed { only_after_deadline: true, .. })
    }
}

record! {
    /// A fixed range as it stands in a pack.
    pub struct FixedFine {
        /// `fixed`.
        pub kind: String,
        /// Least fine in yuan.
        pub min: Fen,
        /// Greatest fine in yuan.
        pub max: Fen,
        /// Only where an order was not obeyed.
        pub only_after_deadline: bool,
    }
}

record! {
    /// A multiple as it stands in a pack.
    pub struct MultipleFine {
        /// `multiple`.
        pub kind: String,
        /// Least multiple.
        pub min: u32,
        /// Greatest multiple.
        pub max: u32,
        /// What is multiplied.
        pub base: String,
        /// Least base in yuan.
        pub floor: Option<Fen>,
        /// The range for a small base.
        pub below: Option<BelowBase>,
    }
}

record! {
    /// No fine, as it stands in a pack.
    pub struct NoFine {
        /// `none`.
        pub kind: String,
    }
}

impl FromToml for Fine {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let kind = peek(value, "kind");
        match kind.as_deref() {
            Some("none") => reader.record(value).map(|_: NoFine| Self::None),
            Some("fixed") => reader.record(value).map(|fine: FixedFine| Self::Fixed {
                min: fine.min,
                max: fine.max,
                only_after_deadline: fine.only_after_deadline,
            }),
            Some("multiple") => reader.record(value).map(|fine: MultipleFine| Self::Multiple {
                min: fine.min,
                max: fine.max,
                base: fine.base,
                floor: fine.floor,
                below: fine.below,
            }),
            _ => {
                reader.unknown_kind(value, NoFine::FIELDS[0], &["none", "fixed", "multiple"]);
                None
            }
        }
    }
}

record! {
    /// A band of the discretion range (裁量阶次).
    pub struct DiscretionBand {
        /// Name, such as 一般.
        pub name: String,
        /// Start of the band in per cent of the range.
        pub from_percent: u16,
        /// End of the band.
        pub to_percent: u16,
        /// Facts that speak for this band.
        pub factors: Vec<String>,
    }
}
