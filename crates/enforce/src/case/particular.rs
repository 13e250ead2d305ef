//! How long and over what a penalty reaches (期限、范围): typed, because what is decided is compared with what was
//! noticed (行政处罚法第44、45条).

use super::breach::Breach;
use super::error::TransitionError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_policy::PenaltyKind;

/// How long a penalty lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "count", rename_all = "snake_case")]
pub enum Length {
    /// So many natural days.
    Days(u16),
    /// So many months.
    Months(u16),
    /// Until the act is corrected.
    UntilCorrected,
    /// For ever (终身).
    ForLife,
}

impl Length {
    /// The length on screen.
    pub fn text(self) -> String {
        match self {
            Self::Days(count) => format!("{count}日"),
            Self::Months(count) => format!("{count}个月"),
            Self::UntilCorrected => "直至改正".to_owned(),
            Self::ForLife => "终身".to_owned(),
        }
    }

    /// Fewest and most natural days; a month has 28 to 31.
    const fn days(self) -> (u32, u32) {
        match self {
            Self::Days(count) => (count as u32, count as u32),
            Self::Months(count) => (count as u32 * 28, count as u32 * 31),
            Self::UntilCorrected => (u32::MAX - 1, u32::MAX - 1),
            Self::ForLife => (u32::MAX, u32::MAX),
        }
    }

    /// Whether it may last longer than `other`: of days and months, what is not surely shorter counts as longer.
    fn is_longer_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Months(this), Self::Months(that)) => this > that,
            (this, that) => this.days().1 > that.days().0,
        }
    }
}

/// What a penalty reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reach", content = "names", rename_all = "snake_case")]
pub enum Reach {
    /// The whole licence or the whole business.
    Whole,
    /// A person's certificate (执业证书).
    Certificate,
    /// These departments of treatment (诊疗科目), activities, qualifications or goods only.
    Named(BTreeSet<String>),
}

impl Reach {
    /// The reach on screen.
    pub fn text(&self) -> String {
        match self {
            Self::Whole => "全部".to_owned(),
            Self::Certificate => "执业证书".to_owned(),
            Self::Named(names) => names.iter().map(String::as_str).collect::<Vec<_>>().join("、"),
        }
    }

    /// Whether it reaches anything that `other` does not. A certificate and a licence are different things.
    fn is_wider_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(_) | Self::Whole, Self::Whole) | (Self::Certificate, Self::Certificate) => false,
            (Self::Named(own), Self::Named(known)) => !own.is_subset(known),
            _ => true,
        }
    }
}

/// Length and reach of one kind of penalty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particular {
    /// The kind.
    pub kind: PenaltyKind,
    /// How long; `None` for a kind that has no length.
    pub length: Option<Length>,
    /// What it reaches; `None` for a kind that always reaches everything.
    pub reach: Option<Reach>,
}

/// Whether a kind lasts for a time that the plan must name.
pub const fn has_length(kind: PenaltyKind) -> bool {
    matches!(
        kind,
        PenaltyKind::SuspendLicence
            | PenaltyKind::RestrictBusiness
            | PenaltyKind::SuspendBusiness
            | PenaltyKind::RestrictPractice
    )
}

/// Whether a kind reaches something that the plan must name.
pub const fn has_reach(kind: PenaltyKind) -> bool {
    has_length(kind)
        || matches!(
            kind,
            PenaltyKind::RevokeLicence | PenaltyKind::DowngradeQualification | PenaltyKind::ConfiscateGoods
        )
}

impl Particular {
    /// Whether it lasts longer or reaches further than `other`.
    pub(super) fn is_heavier_than(&self, other: Option<&Self>) -> bool {
        let (length, reach) = (other.and_then(|o| o.length), other.and_then(|o| o.reach.as_ref()));
        let longer = self.length.is_some_and(|this| length.is_none_or(|that| this.is_longer_than(that)));
        let wider = self.reach.as_ref().is_some_and(|this| reach.is_none_or(|that| this.is_wider_than(that)));
        longer || wider
    }

    /// `执业证书，3个月`; empty where there is nothing to say.
    pub(super) fn text(&self) -> String {
        let parts = self.reach.as_ref().map(Reach::text).into_iter().chain(self.length.map(Length::text));
        parts.collect::<Vec<_>>().join("，")
    }
}

/// Every kind that lasts or reaches says so, once, and no other kind does.
pub(super) fn check(kinds: &[PenaltyKind], particulars: &[Particular]) -> Result<(), TransitionError> {
    for kind in kinds {
        let mut own = particulars.iter().filter(|particular| particular.kind == *kind);
        let (one, more) = (own.next(), own.next().is_some());
        let length = one.and_then(|particular| particular.length);
        let reach = one.and_then(|particular| particular.reach.as_ref());
        let zero = matches!(length, Some(Length::Days(0) | Length::Months(0)));
        if more || zero || length.is_some() != has_length(*kind) {
            return Err(Breach::LengthMissing(*kind).into());
        }
        let empty = match reach {
            Some(Reach::Named(names)) => names.is_empty() || names.iter().any(|name| name.trim().is_empty()),
            _ => false,
        };
        // Goods are named one by one, and only they can be taken.
        let vague = *kind == PenaltyKind::ConfiscateGoods && !matches!(reach, Some(Reach::Named(_)));
        if empty || vague || reach.is_some() != has_reach(*kind) {
            return Err(Breach::ReachMissing(*kind).into());
        }
    }
    match particulars.iter().find(|particular| !kinds.contains(&particular.kind)) {
        Some(stray) => Err(Breach::ReachMissing(stray.kind).into()),
        None => Ok(()),
    }
}
