//! Fines: the lawful range, the discretion band inside it, the fine for late payment, and what may be imposed on the
//! spot. Integers only; every rounding is stated where it happens.

use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;
use xingjian_policy::{DiscretionBand, Fine, PenaltyKind};

/// What the investigation found that the amount of a fine depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FineFacts {
    /// The sum that a multiple applies to, where it was established; zero is a finding, `None` is not.
    pub base: Option<Fen>,
    /// A re-check after its term found an order to correct not obeyed (逾期不改).
    pub uncorrected: bool,
}

/// Least and greatest fine that the law allows in a case, and how they were reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawfulRange {
    /// Least fine.
    pub min: Fen,
    /// Greatest fine.
    pub max: Fen,
    /// The arithmetic in a sentence, for pages and papers.
    pub arithmetic: String,
}

/// Why no fine is possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFine {
    /// The article knows no fine.
    #[error("该案由的处罚条款没有规定罚款")]
    NotInLaw,
    /// Only a re-check that found an order not obeyed in time opens the fine.
    #[error("该案由须先责令限期改正，期限届满后复查仍未改正的才能罚款；调查报告没有写明这样的复查")]
    NotBeforeDeadline,
    /// The sum that is multiplied is not known.
    #[error("罚款按“{base}”的倍数计算，但调查报告没有写明{base}金额")]
    BaseMissing {
        /// What is multiplied.
        base: String,
    },
    /// The sum that is multiplied is zero and the law sets no least base.
    #[error("{base}为零，该条款没有规定按最低金额计算，不能罚款")]
    BaseZero {
        /// What is multiplied.
        base: String,
    },
    /// Beyond what a sum of money holds.
    #[error("{base}金额过大，无法计算罚款幅度")]
    TooLarge {
        /// What is multiplied.
        base: String,
    },
}

/// The lawful range of a fine.
pub fn lawful_range(fine: &Fine, facts: &FineFacts) -> Result<LawfulRange, NoFine> {
    match fine {
        Fine::None => Err(NoFine::NotInLaw),
        Fine::Fixed { only_after_deadline: true, .. } if !facts.uncorrected => Err(NoFine::NotBeforeDeadline),
        Fine::Fixed { min, max, .. } => {
            Ok(LawfulRange { min: *min, max: *max, arithmetic: format!("{min}元至{max}元") })
        }
        Fine::Multiple { base: name, .. } => {
            let base = facts.base.ok_or_else(|| NoFine::BaseMissing { base: name.clone() })?;
            multiple(fine, name, base)
        }
    }
}

fn multiple(fine: &Fine, name: &str, base: Fen) -> Result<LawfulRange, NoFine> {
    let Fine::Multiple { min: low, max: high, floor, below, .. } = fine else {
        return Err(NoFine::NotInLaw);
    };
    if let Some(small) = below.as_ref().filter(|small| base < small.limit) {
        let arithmetic = format!("{name}{base}元，不足{}元，按定额{}元至{}元", small.limit, small.min, small.max);
        return Ok(LawfulRange { min: small.min, max: small.max, arithmetic });
    }
    let counted = floor.map_or(base, |floor| base.max(floor));
    if counted == Fen::ZERO {
        return Err(NoFine::BaseZero { base: name.to_owned() });
    }
    let times = |n: u32| counted.checked_mul(n.into()).ok_or_else(|| NoFine::TooLarge { base: name.to_owned() });
    let (min, max) = (times(*low)?, times(*high)?);
    let raised = if counted == base { String::new() } else { format!("，不足{counted}元，按{counted}元计算") };
    let arithmetic = format!("{name}{base}元{raised}，{low}倍至{high}倍，即{min}元至{max}元");
    Ok(LawfulRange { min, max, arithmetic })
}

impl LawfulRange {
    /// Whether the law allows this fine.
    pub fn contains(&self, fine: Fen) -> bool {
        self.min <= fine && fine <= self.max
    }
}

/// Hundredths of a fen from the least fine to `fine`, and hundredths of a per cent of the width: both exact.
fn position(range: &LawfulRange, fine: Fen) -> (i128, i128) {
    let above = i128::from(fine.fen()) - i128::from(range.min.fen());
    (above * 100, i128::from(range.max.fen()) - i128::from(range.min.fen()))
}

/// Whether a fine lies in a band. With r = max - min a band is [min + from·r, min + to·r), closed at 100 %.
/// Compared in hundredths of a fen, so nothing is rounded. A range without width lies in every band.
pub fn in_band(range: &LawfulRange, fine: Fen, band: &DiscretionBand) -> bool {
    let (above, width) = position(range, fine);
    let (from, to) = (width * i128::from(band.from_percent), width * i128::from(band.to_percent));
    range.contains(fine) && above >= from && (above < to || (band.to_percent >= 100 && above == to) || width == 0)
}

/// The first band that a fine lies in.
pub fn band_of<'a>(range: &LawfulRange, fine: Fen, bands: &'a [DiscretionBand]) -> Option<&'a DiscretionBand> {
    bands.iter().find(|band| in_band(range, fine, band))
}

/// Least and greatest whole fen of a band, for display. The lower end is rounded up, the upper end down to the last
/// fen inside; `None` where a band is narrower than one fen.
pub fn band_limits(range: &LawfulRange, band: &DiscretionBand) -> Option<(Fen, Fen)> {
    let (_, width) = position(range, range.min);
    let (from, to) = (width * i128::from(band.from_percent), width * i128::from(band.to_percent));
    let inner_end = if band.to_percent >= 100 || width == 0 { to.div_euclid(100) } else { (to - 1).div_euclid(100) };
    let fen = |above: i128| i64::try_from(above + i128::from(range.min.fen())).ok().map(Fen::new);
    let (low, high) = (fen((from + 99).div_euclid(100))?, fen(inner_end)?);
    (low <= high).then_some((low, high))
}

/// A time in which the fine for late payment does not run: reconsideration or a lawsuit (行政处罚法第73条第3款).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// First day that does not count.
    pub from: LocalDate,
    /// Last day that does not count; `None` while it lasts.
    pub until: Option<LocalDate>,
}

impl Pause {
    /// Whether the day does not count.
    pub fn covers(&self, day: LocalDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// Per cent of the unpaid fine added for each day of delay, 行政处罚法第72条第1款第（一）项.
pub const LATE_PERCENT_A_DAY: u8 = 3;

/// The fine for late payment (加处罚款) up to and including the day `on`: 3 % of what is unpaid for each day after
/// `due`, never more than the fine itself, not on days of a pause. A sum paid on a day no longer counts from the next
/// day on. Added up in hundredths of a fen and rounded down to a whole fen once, at the end.
pub fn late_fine(fine: Fen, paid: &[(LocalDate, Fen)], due: LocalDate, on: LocalDate, pauses: &[Pause]) -> Fen {
    let cap = i128::from(fine.fen()) * 100;
    let mut sum = 0_i128;
    let days = std::iter::successors(due.tomorrow().ok(), |day| day.tomorrow().ok()).take_while(|day| *day <= on);
    for day in days.filter(|day| !pauses.iter().any(|pause| pause.covers(*day))) {
        let before: i128 = paid.iter().filter(|(at, _)| *at < day).map(|(_, sum)| i128::from(sum.fen())).sum();
        let unpaid = (i128::from(fine.fen()) - before).max(0);
        sum = (sum + unpaid * i128::from(LATE_PERCENT_A_DAY)).min(cap);
        if unpaid == 0 || sum == cap {
            break;
        }
    }
    i64::try_from(sum / 100).map_or(fine, Fen::new)
}

/// What a penalty on the spot (当场处罚) may reach, 行政处罚法第51条; from the policy pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnsiteLimits {
    /// Greatest fine for a citizen.
    pub person: Fen,
    /// Greatest fine for a legal person or other organisation.
    pub organisation: Fen,
}

/// Why a penalty cannot be imposed on the spot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOnsite {
    /// Only a warning or a small fine.
    #[error("当场处罚只能是警告或者小额罚款，不能{}", .0.label())]
    Kind(PenaltyKind),
    /// The fine is too large.
    #[error("当场罚款不得超过{limit}元，拟罚{fine}元")]
    Fine {
        /// Greatest fine.
        limit: Fen,
        /// The fine intended.
        fine: Fen,
    },
}

/// Whether a penalty may be imposed on the spot; `person` is a citizen, not an organisation.
pub fn onsite(kinds: &[PenaltyKind], fine: Fen, person: bool, limits: &OnsiteLimits) -> Result<(), NotOnsite> {
    if let Some(kind) = kinds.iter().find(|kind| !matches!(kind, PenaltyKind::Warning | PenaltyKind::Fine)) {
        return Err(NotOnsite::Kind(*kind));
    }
    let limit = if person { limits.person } else { limits.organisation };
    if fine > limit { Err(NotOnsite::Fine { limit, fine }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
