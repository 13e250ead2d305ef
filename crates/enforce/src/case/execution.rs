//! Carrying a decision out: payments, fulfilment, reconsideration, closing.

use super::aftermath::{Court, Deferral, Urging, Verdict, late};
use super::decision::Decision;
use super::party::{Mark, Signed};
use crate::fine::Pause;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::money::Fen;

/// A sum the party paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The day the bank received it.
    pub on: LocalDate,
    /// How much.
    pub amount: Fen,
    /// Number of the receipt.
    pub receipt: String,
}

/// How a penalty other than money was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfilment {
    /// The day.
    pub on: LocalDate,
    /// What was done.
    pub text: String,
}

/// What the party brought against the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// 行政复议.
    Reconsideration,
    /// 行政诉讼.
    Lawsuit,
}

impl RemedyKind {
    /// The kind on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reconsideration => "行政复议",
            Self::Lawsuit => "行政诉讼",
        }
    }
}

/// A reconsideration or lawsuit: the fine for late payment does not run meanwhile (行政处罚法第73条第3款).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Which of the two.
    pub kind: RemedyKind,
    /// From when until when.
    pub time: Pause,
}

/// Everything that happened after service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Payments, in the order recorded.
    pub payments: Vec<Signed<Payment>>,
    /// Other penalties carried out.
    pub fulfilments: Vec<Signed<Fulfilment>>,
    /// Reconsiderations and lawsuits.
    pub remedies: Vec<Signed<Remedy>>,
    /// What they decided, oldest first.
    #[serde(default)]
    pub verdicts: Vec<Signed<Verdict>>,
    /// Applications for deferral and instalments, oldest first.
    #[serde(default)]
    pub deferrals: Vec<Deferral>,
    /// Urgings, oldest first.
    #[serde(default)]
    pub urgings: Vec<Signed<Urging>>,
    /// Applications to the court, oldest first.
    #[serde(default)]
    pub courts: Vec<Signed<Court>>,
}

/// What is owed on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Fine and confiscated gains.
    pub principal: Fen,
    /// Fine for late payment up to the day.
    pub late: Fen,
    /// Paid up to the day.
    pub paid: Fen,
    /// Principal that is not paid.
    pub principal_open: Fen,
    /// Fine for late payment that is not paid.
    pub late_open: Fen,
}

impl Account {
    /// All that is not paid.
    pub fn open(&self) -> Fen {
        self.principal_open.checked_add(self.late_open).unwrap_or(self.principal_open)
    }
}

/// What is owed on the day `on`. Payments count against the fine first, then the confiscated gains, then the fine for
/// late payment: the order that costs the party least.
pub fn account(decision: &Decision, pay_due: &Deadline, execution: &Execution, on: LocalDate) -> Account {
    let add = |a: Fen, b: Fen| a.checked_add(b).unwrap_or(a);
    let less = |a: Fen, b: Fen| a.checked_sub(b).unwrap_or(Fen::ZERO).max(Fen::ZERO);
    let paid_by: Vec<(LocalDate, Fen)> =
        execution.payments.iter().map(|paid| (paid.on, paid.amount)).filter(|(day, _)| *day <= on).collect();
    let pauses: Vec<Pause> = execution.remedies.iter().map(|remedy| remedy.time).collect();
    let plan = execution.changed().unwrap_or(&decision.plan);
    let late = late(plan.fine, execution.granted(), &paid_by, pay_due.due, on, &pauses);
    let paid = paid_by.iter().fold(Fen::ZERO, |sum, (_, amount)| add(sum, *amount));
    let principal = add(plan.fine, plan.confiscated);
    let beyond = less(paid, principal);
    Account { principal, late, paid, principal_open: less(principal, paid), late_open: less(late, beyond) }
}

/// The closing report (结案报告).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingReport {
    /// How the decision was carried out.
    pub text: String,
    /// Why a fine for late payment is remitted (行政强制法第42条), where it is.
    pub late_fine_waiver: Option<String>,
    /// Why what is owed cannot be collected: the court is done, or can no longer be asked.
    #[serde(default)]
    pub uncollectable: Option<String>,
}

/// The end approved by the head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What the head said.
    pub opinion: String,
    /// Who, and when.
    pub by: Mark,
}
