//! What may still happen to a decision after its service: the outcome of a reconsideration or lawsuit, deferral and
//! instalments of the fine (行政处罚法第66条), urging and enforcement by the court (行政强制法第53、54条).

use super::execution::{Execution, RemedyKind};
use super::party::Signed;
use super::plan::Plan;
use super::service_record::ServiceRecord;
use super::state::Served;
use crate::fine::{Pause, late_fine};
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::money::Fen;

/// How a reconsideration or lawsuit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyOutcome {
    /// 维持 or 驳回.
    Upheld,
    /// Given up by the party, or ended without a ruling on the decision.
    Dropped,
    /// 变更.
    Changed,
    /// 撤销, or 确认无效.
    Annulled,
    /// 确认违法.
    Unlawful,
}

impl RemedyOutcome {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Upheld, Self::Dropped, Self::Changed, Self::Annulled, Self::Unlawful];

    /// Stable name for forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dropped => "dropped",
            Self::Changed => "changed",
            Self::Annulled => "annulled",
            Self::Unlawful => "unlawful",
        }
    }

    /// The outcome on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Upheld => "维持（驳回请求）",
            Self::Dropped => "当事人撤回或者终止",
            Self::Changed => "变更处罚决定",
            Self::Annulled => "撤销（确认无效）处罚决定",
            Self::Unlawful => "确认处罚决定违法",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
    }
}

impl RemedyOutcome {
    /// Whether the decision no longer stands as it was: what was published of it is withdrawn (行政处罚法第48条).
    pub const fn undoes(self) -> bool {
        matches!(self, Self::Changed | Self::Annulled | Self::Unlawful)
    }
}

/// What a reconsideration or lawsuit decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which of the two.
    pub kind: RemedyKind,
    /// The day of the paper.
    pub on: LocalDate,
    /// What it says.
    pub outcome: RemedyOutcome,
    /// Number of the paper.
    pub number: String,
    /// Its reasons in short.
    pub text: String,
    /// The penalty as changed.
    pub changed: Option<Plan>,
}

impl Verdict {
    /// In a sentence: `行政复议：撤销（确认无效）处罚决定（演示复决〔2026〕1号）`.
    pub fn summary(&self) -> String {
        format!("{}：{}（{}）", self.kind.label(), self.outcome.label(), self.number)
    }
}

/// A part of the fine and its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Last day.
    pub due: LocalDate,
    /// How much.
    pub amount: Fen,
}

/// An application for a later day or for instalments; one part is a deferral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeferralRequest {
    /// The day of the application.
    pub on: LocalDate,
    /// The economic hardship behind it.
    pub reason: String,
    /// When how much is to be paid; together all that is open of the fine.
    pub instalments: Vec<Instalment>,
}

/// What the head decided about an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeferralDecision {
    /// Approved.
    pub granted: bool,
    /// What the head said.
    pub opinion: String,
}

/// An application and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// The application.
    pub request: Signed<DeferralRequest>,
    /// The decision; `None` while it waits.
    pub decision: Option<Signed<DeferralDecision>>,
}

impl Deferral {
    /// Whether it was approved.
    pub fn is_granted(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.granted)
    }
}

/// An urging (催告书) as served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urging {
    /// The receipt.
    pub service: ServiceRecord,
    /// Last day to do what is asked (行政强制法第54条).
    pub due: Deadline,
}

/// What the court did with an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourtOutcome {
    /// 裁定准予执行.
    Granted,
    /// 不予受理, 不准予执行.
    Refused,
    /// 执行完毕.
    Done,
    /// 终结执行.
    Ended,
}

impl CourtOutcome {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Granted, Self::Refused, Self::Done, Self::Ended];

    /// Stable name for forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Done => "done",
            Self::Ended => "ended",
        }
    }

    /// The outcome on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Granted => "裁定准予执行",
            Self::Refused => "裁定不予受理或者不准予执行",
            Self::Done => "执行完毕",
            Self::Ended => "裁定终结执行",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
    }
}

/// News of the court.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourtResult {
    /// What it did.
    pub outcome: CourtOutcome,
    /// The day of its paper.
    pub on: LocalDate,
    /// Number and content of its paper.
    pub text: String,
}

/// An application for enforcement (申请人民法院强制执行).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Court {
    /// The court.
    pub court: String,
    /// What the head who signed it said (行政强制法第55条).
    pub opinion: String,
    /// News, oldest first.
    pub results: Vec<Signed<CourtResult>>,
}

impl Court {
    /// Whether the court is done with it.
    pub fn is_over(&self) -> bool {
        self.results.last().is_some_and(|last| last.outcome != CourtOutcome::Granted)
    }
}

/// When the court can be asked (行政强制法第53条).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The day after which it can: all limits for remedies have passed.
    pub opens_after: LocalDate,
    /// Last day.
    pub last_day: LocalDate,
}

impl Execution {
    /// The penalty as the last remedy changed it.
    pub fn changed(&self) -> Option<&Plan> {
        self.verdicts.iter().rev().find_map(|verdict| verdict.changed.as_ref())
    }

    /// The schedule that was approved last.
    pub fn granted(&self) -> Option<&DeferralRequest> {
        self.deferrals.iter().rev().find(|deferral| deferral.is_granted()).map(|deferral| &deferral.request.what)
    }

    /// An application that waits for the head.
    pub fn pending(&self) -> Option<&Deferral> {
        self.deferrals.last().filter(|deferral| deferral.decision.is_none())
    }

    /// The application to the court that is not over.
    pub fn at_court(&self) -> Option<&Signed<Court>> {
        self.courts.last().filter(|court| !court.is_over())
    }
}

impl Served {
    /// The penalty in force: as changed, or as decided.
    pub fn plan(&self) -> &Plan {
        self.execution.changed().unwrap_or(&self.decided.decision.plan)
    }

    /// The last day for the next sum: of the next instalment that is not paid, or of the decision.
    pub fn next_payment(&self) -> LocalDate {
        let Some(granted) = self.execution.granted() else { return self.pay_due.due };
        let paid: Vec<(LocalDate, Fen)> = self.execution.payments.iter().map(|paid| (paid.on, paid.amount)).collect();
        let parts = parts(self.plan().fine, Some(granted), &paid);
        let open = parts.iter().find(|part| part.open() > Fen::ZERO);
        open.and_then(|part| part.due).or(granted.instalments.last().map(|last| last.due)).unwrap_or(self.pay_due.due)
    }
}

/// A part of the fine with what was paid of it.
struct Part {
    amount: Fen,
    due: Option<LocalDate>,
    paid: Vec<(LocalDate, Fen)>,
}

impl Part {
    fn open(&self) -> Fen {
        less(self.amount, self.paid.iter().fold(Fen::ZERO, |sum, (_, paid)| add(sum, *paid)))
    }
}

/// The fine in the parts of a schedule: payments fill the part that was due before the schedule first, then one
/// instalment after the other.
fn parts(fine: Fen, granted: Option<&DeferralRequest>, paid: &[(LocalDate, Fen)]) -> Vec<Part> {
    let scheduled: &[Instalment] = granted.map_or(&[], |granted| &granted.instalments);
    let later = scheduled.iter().fold(Fen::ZERO, |sum, part| add(sum, part.amount));
    let mut parts = vec![Part { amount: less(fine, later), due: None, paid: vec![] }];
    // A fine that was changed to less than the schedule leaves the last instalments out.
    let mut left = fine;
    for part in scheduled {
        let amount = part.amount.min(left);
        left = less(left, amount);
        parts.push(Part { amount, due: Some(part.due), paid: vec![] });
    }
    let mut sums: Vec<(LocalDate, Fen)> = paid.to_vec();
    sums.sort_unstable_by_key(|(day, _)| *day);
    for (day, mut sum) in sums {
        for part in &mut parts {
            let taken = sum.min(part.open());
            if taken > Fen::ZERO {
                part.paid.push((day, taken));
                sum = less(sum, taken);
            }
        }
    }
    parts
}

/// The fine for late payment: of each part from its own last day on. From the application to that day it stands still.
pub(super) fn late(
    fine: Fen,
    granted: Option<&DeferralRequest>,
    paid: &[(LocalDate, Fen)],
    due: LocalDate,
    on: LocalDate,
    pauses: &[Pause],
) -> Fen {
    let of = |part: &Part| {
        let deferred = granted.zip(part.due).map(|(granted, until)| Pause { from: granted.on, until: Some(until) });
        let pauses: Vec<Pause> = pauses.iter().copied().chain(deferred).collect();
        late_fine(part.amount, &part.paid, due, on, &pauses)
    };
    parts(fine, granted, paid).iter().fold(Fen::ZERO, |sum, part| add(sum, of(part)))
}

fn add(a: Fen, b: Fen) -> Fen {
    a.checked_add(b).unwrap_or(a)
}

fn less(a: Fen, b: Fen) -> Fen {
    a.checked_sub(b).unwrap_or(Fen::ZERO).max(Fen::ZERO)
}
