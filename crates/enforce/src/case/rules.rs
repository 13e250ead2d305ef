//! What the law asks of a penalty before it may be decided, and whether an act was fined before. Pure.

use super::law::Act;
use super::plan::{Assessment, Plan};
use super::report::Report;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;

/// Amounts and numbers that the policy pack sets for a kind of party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// A fine from this on is 较大数额 (行政处罚法第63条第1款第（一）项).
    pub hearing_fine: Fen,
    /// Confiscated gains from this on are 较大数额 (第（二）项).
    pub hearing_gains: Fen,
    /// A fine from this on is discussed by the heads.
    pub discussion_fine: Fen,
    /// Least number of people who deliberate.
    pub deliberation_members: usize,
    /// Least number of heads who discuss.
    pub discussion_members: usize,
}

/// Items of 行政处罚法第63条 that give the party a right to a hearing; empty without one.
pub fn hearing_grounds(plan: &Plan, thresholds: &Thresholds) -> Vec<String> {
    let mut grounds = vec![];
    if plan.fine > Fen::ZERO && plan.fine >= thresholds.hearing_fine {
        grounds.push("较大数额罚款".to_owned());
    }
    if plan.confiscated > Fen::ZERO && plan.confiscated >= thresholds.hearing_gains {
        grounds.push("没收较大数额违法所得".to_owned());
    }
    for kind in &plan.kinds {
        match kind {
            PenaltyKind::DowngradeQualification
            | PenaltyKind::RevokeLicence
            | PenaltyKind::SuspendBusiness
            | PenaltyKind::CloseDown
            | PenaltyKind::RestrictPractice => grounds.push(kind.label().to_owned()),
            // The value of goods is not recorded, so any confiscation of them counts as a larger one.
            PenaltyKind::ConfiscateGoods => grounds.push("没收较大价值非法财物".to_owned()),
            // Not named by the article; told as 其他较重的行政处罚, which can only help the party.
            PenaltyKind::SuspendLicence | PenaltyKind::RestrictBusiness => {
                grounds.push(format!("其他较重的行政处罚（{}）", kind.label()));
            }
            _ => {}
        }
    }
    grounds
}

/// Why a legal review is required before the decision (行政处罚法第58条); empty where it may be skipped.
///
/// A case that went through a hearing is a ground of its own; none does until hearings are built.
pub fn review_grounds(plan: &Plan, assessment: &Assessment, report: &Report, thresholds: &Thresholds) -> Vec<String> {
    let mut grounds = vec![];
    let mut add = |applies: bool, ground: &str| {
        if applies {
            grounds.push(ground.to_owned());
        }
    };
    add(report.public_interest, "涉及重大公共利益");
    add(report.complex, "案件情况疑难复杂、涉及多个法律关系");
    add(assessment.deviates, "偏离裁量基准");
    add(assessment.aggravated, "适用加重情形");
    for ground in hearing_grounds(plan, thresholds) {
        add(true, &format!("直接关系当事人重大权益：{ground}"));
    }
    grounds
}

/// Why the heads must discuss before the decision (行政处罚法第57条第2款); empty where one head decides.
pub fn discussion_grounds(plan: &Plan, report: &Report, thresholds: &Thresholds) -> Vec<String> {
    let mut grounds = vec![];
    if report.complex {
        grounds.push("情节复杂".to_owned());
    }
    if report.major {
        grounds.push("重大违法行为".to_owned());
    }
    if plan.fine > Fen::ZERO && plan.fine >= thresholds.discussion_fine {
        grounds.push("较大数额罚款".to_owned());
    }
    if plan.confiscated > Fen::ZERO && plan.confiscated >= thresholds.hearing_gains {
        grounds.push("没收较大数额违法所得".to_owned());
    }
    let heavy = [
        PenaltyKind::ConfiscateGoods,
        PenaltyKind::RestrictBusiness,
        PenaltyKind::SuspendLicence,
        PenaltyKind::DowngradeQualification,
        PenaltyKind::RevokeLicence,
        PenaltyKind::SuspendBusiness,
        PenaltyKind::CloseDown,
        PenaltyKind::RestrictPractice,
    ];
    grounds.extend(plan.kinds.iter().filter(|kind| heavy.contains(kind)).map(|kind| kind.label().to_owned()));
    grounds
}

/// An earlier decision with a fine against the same subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierFine {
    /// The case.
    pub case: CaseId,
    /// Number of the decision.
    pub number: String,
    /// The violation.
    pub violation: String,
    /// The finding it came from.
    pub finding: Option<String>,
    /// When the act was done.
    pub act: Act,
}

/// Whether an earlier decision fined the same act (行政处罚法第29条): it came from the same finding, whatever the
/// violation was called, or it is the same violation on days that overlap.
pub fn is_same_act(earlier: &EarlierFine, violation: &str, finding: Option<&str>, act: &Act) -> bool {
    let same_finding = finding.is_some() && earlier.finding.as_deref() == finding;
    same_finding || (earlier.violation == violation && earlier.act.overlaps(act))
}

/// How close a deadline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Late by so many days.
    Overdue(u32),
    /// A warning level of the clock is reached: days left, and the level.
    Soon {
        /// Natural days to the last day; 0 on it.
        days_left: u32,
        /// The level in days.
        level: u16,
    },
    /// No level is reached.
    Quiet,
}

/// The warning for a deadline (T10: levels 15, 7 and 0 for the 90 days of a case).
pub fn warning(due: &Deadline, today: LocalDate, levels: &[u16]) -> Warning {
    let left = due.days_left(today);
    let Ok(days_left) = u32::try_from(left) else {
        return Warning::Overdue(left.unsigned_abs());
    };
    match levels.iter().filter(|level| days_left <= u32::from(**level)).min() {
        Some(level) => Warning::Soon { days_left, level: *level },
        None => Warning::Quiet,
    }
}
