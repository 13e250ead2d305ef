//! The penalty that is planned, noticed and decided, and whether the law carries it.

use super::correction::Correction;
use super::error::TransitionError;
use super::law::Law;
use super::particular::{self, Particular};
use super::report::Report;
use crate::fine::{FineFacts, LawfulRange, band_of, in_band, lawful_range};
use serde::{Deserialize, Serialize};
use xingjian_kernel::money::Fen;
use xingjian_policy::{DiscretionBand, PenaltyKind};

/// A ground to go below the least fine (减轻), 行政处罚法第32条.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MitigationGround {
    /// 第（一）项.
    HarmRemoved,
    /// 第（二）项.
    Coerced,
    /// 第（三）项.
    Confessed,
    /// 第（四）项.
    Merit,
    /// 第（五）项.
    OtherLaw,
}

impl MitigationGround {
    /// Every ground.
    pub const ALL: &[Self] = &[Self::HarmRemoved, Self::Coerced, Self::Confessed, Self::Merit, Self::OtherLaw];

    /// The words of the article.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HarmRemoved => "主动消除或者减轻违法行为危害后果",
            Self::Coerced => "受他人胁迫或者诱骗实施违法行为",
            Self::Confessed => "主动供述行政机关尚未掌握的违法行为",
            Self::Merit => "配合行政机关查处违法行为有立功表现",
            Self::OtherLaw => "法律、法规、规章规定其他应当从轻或者减轻的情形",
        }
    }
}

/// A fine below the least of the law, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mitigation {
    /// The ground.
    pub ground: MitigationGround,
    /// The facts behind it.
    pub reason: String,
}

/// What is planned against the party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Kinds of penalty.
    pub kinds: Vec<PenaltyKind>,
    /// The fine; zero without one.
    pub fine: Fen,
    /// Illegal gains to be confiscated; zero without.
    pub confiscated: Fen,
    /// How long and over what the penalties reach that have a length or a reach.
    pub particulars: Vec<Particular>,
    /// Order to correct and words of explanation, printed as they are; they change only with a new notice.
    pub measures: String,
    /// Name of the discretion band; empty where there is no fine.
    pub band: String,
    /// Facts that led to the band.
    pub factors: Vec<String>,
    /// Why this penalty.
    pub reasons: String,
    /// Why the fine lies outside the band.
    pub deviation: Option<String>,
    /// Why the fine lies below the least of the law.
    pub mitigation: Option<Mitigation>,
    /// The serious circumstances that open a kind of penalty which the article only adds.
    pub aggravation: Option<String>,
}

/// What checking a plan found: kept with deliberation and decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The lawful range, where there is a fine.
    pub range: Option<LawfulRange>,
    /// The fine lies outside the band that was named, or below the least fine.
    pub deviates: bool,
    /// A kind of penalty of serious circumstances is used.
    pub aggravated: bool,
}

impl Plan {
    /// Whether the kind is part of the plan.
    pub fn has(&self, kind: PenaltyKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether anything in this plan is heavier than in `other`: a sum, a kind, how long it lasts or how far it reaches.
    pub fn is_heavier_than(&self, other: &Self) -> bool {
        self.fine > other.fine
            || self.confiscated > other.confiscated
            || self.kinds.iter().any(|kind| !other.kinds.contains(kind))
            || self.particulars.iter().any(|one| one.is_heavier_than(other.particular(one.kind)))
    }

    /// Length and reach of a kind.
    pub fn particular(&self, kind: PenaltyKind) -> Option<&Particular> {
        self.particulars.iter().find(|particular| particular.kind == kind)
    }

    /// Whether the printed words are those of `other`.
    pub fn reads_as(&self, other: &Self) -> bool {
        self.measures.trim() == other.measures.trim()
    }

    /// Whether it is the same penalty: kinds, sums, lengths, reaches and printed words.
    pub fn is_same_penalty_as(&self, other: &Self) -> bool {
        let kinds = |plan: &Self| plan.kinds.iter().copied().collect::<std::collections::BTreeSet<_>>();
        let same = |one: &Particular| other.particular(one.kind) == Some(one);
        kinds(self) == kinds(other)
            && (self.fine, self.confiscated) == (other.fine, other.confiscated)
            && self.particulars.len() == other.particulars.len()
            && self.particulars.iter().all(same)
            && self.reads_as(other)
    }

    /// The penalties in words: `警告；罚款20,000.00元；暂扣许可证件（全部，3个月）`.
    pub fn text(&self) -> String {
        let mut kinds = self.kinds.clone();
        kinds.sort_unstable();
        let text = |kind: &PenaltyKind| match kind {
            PenaltyKind::Fine => format!("罚款{}元", self.fine),
            PenaltyKind::ConfiscateGains => format!("没收违法所得{}元", self.confiscated),
            other => match self.particular(*other).map(Particular::text).filter(|text| !text.is_empty()) {
                Some(text) => format!("{}（{text}）", other.label()),
                None => other.label().to_owned(),
            },
        };
        kinds.iter().map(text).collect::<Vec<_>>().join("；")
    }
}

/// What the fine of a case depends on, from its report.
pub fn fine_facts(law: &Law, report: &Report) -> FineFacts {
    let base = match &law.fine {
        xingjian_policy::Fine::Multiple { base, .. } if base == "违法所得" => Some(report.gains),
        _ => report.base,
    };
    FineFacts { base, uncorrected: report.correction.as_ref().is_some_and(Correction::was_disobeyed) }
}

/// Checks a plan against the law, the report and the discretion bands.
pub fn check(plan: &Plan, law: &Law, report: &Report, bands: &[DiscretionBand]) -> Result<Assessment, TransitionError> {
    if plan.kinds.is_empty() {
        return Err(TransitionError::Missing("处罚种类"));
    }
    TransitionError::text(&plan.reasons, "处罚理由")?;
    let aggravated = kinds(plan, law)?;
    particular::check(&plan.kinds, &plan.particulars)?;
    confiscation(plan, report)?;
    let fined = plan.has(PenaltyKind::Fine);
    if fined != (plan.fine > Fen::ZERO) {
        return Err(TransitionError::FineAndKindDiffer);
    }
    if !fined {
        return Ok(Assessment { range: None, deviates: false, aggravated });
    }
    let range = lawful_range(&law.fine, &fine_facts(law, report))
        .map_err(|why| TransitionError::NoFine { why, clause: law.clause.clone() })?;
    let deviates = discretion(plan, law, &range, bands)?;
    Ok(Assessment { range: Some(range), deviates, aggravated })
}

/// Every kind is in the law, or opened by serious circumstances; says whether one was.
fn kinds(plan: &Plan, law: &Law) -> Result<bool, TransitionError> {
    // 没收违法所得 rests on 行政处罚法第28条 whatever the article says.
    let added = |kind: &&PenaltyKind| **kind != PenaltyKind::ConfiscateGains && !law.penalties.contains(kind);
    let mut added = plan.kinds.iter().filter(added).peekable();
    if added.peek().is_none() {
        return Ok(false);
    }
    let grounded = plan.aggravation.as_ref().is_some_and(|text| !text.trim().is_empty());
    match added.find(|kind| !grounded || !opened(law, **kind)) {
        Some(kind) => Err(TransitionError::PenaltyNotInLaw { kind: *kind, clause: law.clause.clone() }),
        None => Ok(true),
    }
}

/// Whether what the article adds in serious circumstances names the kind. A fine beyond the range is none of these:
/// the pack gives no amounts for it.
fn opened(law: &Law, kind: PenaltyKind) -> bool {
    let words: &[&str] = match kind {
        PenaltyKind::Fine | PenaltyKind::ConfiscateGains => &[],
        PenaltyKind::Warning => &["警告"],
        PenaltyKind::Criticism => &["通报批评"],
        PenaltyKind::ConfiscateGoods => &["没收"],
        PenaltyKind::SuspendLicence => &["暂扣", "暂停"],
        PenaltyKind::DowngradeQualification => &["降低"],
        PenaltyKind::RevokeLicence => &["吊销"],
        PenaltyKind::RestrictBusiness => &["限制"],
        PenaltyKind::SuspendBusiness => &["停产停业", "停业", "停止"],
        PenaltyKind::CloseDown => &["关闭"],
        PenaltyKind::RestrictPractice => &["限制从业", "禁止从事", "不得从事"],
    };
    law.escalation.as_ref().is_some_and(|text| words.iter().any(|word| text.contains(word)))
}

/// Illegal gains are confiscated apart from what is paid back (行政处罚法第28条第2款).
fn confiscation(plan: &Plan, report: &Report) -> Result<(), TransitionError> {
    let due = report.confiscable();
    if plan.confiscated == due && plan.has(PenaltyKind::ConfiscateGains) == (due > Fen::ZERO) {
        Ok(())
    } else {
        Err(TransitionError::GainsNotConfiscated { due, planned: plan.confiscated })
    }
}

/// The fine is lawful and its place in the range is reasoned; says whether it deviates.
fn discretion(plan: &Plan, law: &Law, range: &LawfulRange, bands: &[DiscretionBand]) -> Result<bool, TransitionError> {
    let outside = || TransitionError::FineOutsideRange {
        fine: plan.fine,
        min: range.min,
        max: range.max,
        clause: law.clause.clone(),
    };
    if plan.fine > range.max {
        return Err(outside());
    }
    if plan.fine < range.min {
        let mitigation = plan.mitigation.as_ref().ok_or_else(outside)?;
        TransitionError::text(&mitigation.reason, "减轻处罚的事实")?;
        return Ok(true);
    }
    let named = bands.iter().find(|band| band.name == plan.band);
    let Some(band) = named else {
        return Err(TransitionError::UnknownBand(plan.band.clone()));
    };
    if in_band(range, plan.fine, band) {
        return Ok(false);
    }
    let reasoned = plan.deviation.as_ref().is_some_and(|text| !text.trim().is_empty());
    if reasoned {
        return Ok(true);
    }
    let actual = band_of(range, plan.fine, bands).map(|band| band.name.clone());
    Err(TransitionError::OutsideBand { band: plan.band.clone(), actual })
}
