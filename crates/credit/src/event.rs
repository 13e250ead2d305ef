//! A credit event: one fact about a subject that a grade model may weigh, from the day it took effect.
//! What it weighs is not written here: the model of the policy pack says that, as of the date asked.

mod service;
mod store;

pub use service::{all_of, record_in, restore_in, withdraw, withdraw_in, withdraw_source_in};

use crate::who::Who;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::CreditEventId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Refusal, SubjectRef, Timestamp};
use xingjian_policy::{GradeCause, PenaltyKind};

/// A fact recorded about a subject's credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditEvent {
    /// Its id.
    pub id: CreditEventId,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The subject's name when it was recorded.
    pub name: String,
    /// What happened, in the words of the grade model.
    pub cause: GradeCause,
    /// How often, or how many points: what the model multiplies.
    pub units: u32,
    /// The sum of money behind it, where there is one.
    pub amount: Option<Fen>,
    /// The day it took effect: for a penalty, the day the decision was served.
    pub effective_on: LocalDate,
    /// Where it comes from.
    pub source: Source,
    /// Set when it was taken back.
    pub withdrawn: Option<Withdrawal>,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Where a credit event comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Id of the case, task or demerit record.
    pub resource: String,
    /// Official number of the decision or notice, where there is one.
    pub number: Option<String>,
    /// Department whose act it is.
    pub department: DepartmentId,
    /// What it was, as people read it: `行政处罚决定：罚款20,000.00元`.
    pub text: String,
}

/// Why and when an event stopped counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From this day on it does not count.
    pub on: LocalDate,
    /// The reason.
    pub reason: String,
}

/// An event as a room hands it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Whom it is about.
    pub subject: SubjectRef,
    /// What happened.
    pub cause: GradeCause,
    /// How often, or how many points; at least one.
    pub units: u32,
    /// The sum of money behind it.
    pub amount: Option<Fen>,
    /// The day it took effect.
    pub effective_on: LocalDate,
    /// Where it comes from.
    pub source: Source,
}

/// Why an act on a credit event is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// An event of zero units says nothing.
    #[error("信用事件的计量不能为零")]
    NoUnits,
    /// It was withdrawn before.
    #[error("该信用事件已于{0}撤回")]
    AlreadyWithdrawn(String),
    /// No reason was given.
    #[error("撤回信用事件须写明理由")]
    NoReason,
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let (code, mend) = match &error {
            TransitionError::NoUnits => ("no_units", "请填写次数或者分数"),
            TransitionError::AlreadyWithdrawn(_) => ("already_withdrawn", "无须再次撤回，撤回理由见记录"),
            TransitionError::NoReason => ("no_reason", "请写明原决定被变更、撤销或者记录有误的情况"),
        };
        Self::new(code, error.to_string(), mend)
    }
}

impl CreditEvent {
    /// Every state, action and state of a credit event.
    pub const TRANSITIONS: &[(&str, &str, &str)] = &[("recorded", "withdraw", "withdrawn")];

    /// The event as recorded.
    pub fn record(id: CreditEventId, new: NewEvent, who: &Who, at: Timestamp) -> Result<Self, TransitionError> {
        if new.units == 0 {
            return Err(TransitionError::NoUnits);
        }
        Ok(Self {
            id,
            subject: new.subject,
            name: who.name.clone(),
            cause: new.cause,
            units: new.units,
            amount: new.amount,
            effective_on: new.effective_on,
            source: new.source,
            withdrawn: None,
            division: who.division.clone(),
            recorded_at: at,
        })
    }

    /// Takes it back from `on`: it stays on record and counts as it did for every earlier day.
    pub fn withdraw(self, on: LocalDate, reason: &str) -> Result<Self, TransitionError> {
        if let Some(before) = &self.withdrawn {
            return Err(TransitionError::AlreadyWithdrawn(xingjian_kernel::time::chinese(before.on)));
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(TransitionError::NoReason);
        }
        Ok(Self { withdrawn: Some(Withdrawal { on, reason: reason.to_owned() }), ..self })
    }

    /// Stable name of the state.
    pub fn state_name(&self) -> &'static str {
        if self.withdrawn.is_some() { "withdrawn" } else { "recorded" }
    }

    /// The state on screen.
    pub fn state_label(&self) -> &'static str {
        if self.withdrawn.is_some() { "已撤回" } else { "有效" }
    }

    /// Whether it was in force on that day.
    pub fn in_force(&self, day: LocalDate) -> bool {
        self.effective_on <= day && self.withdrawn.as_ref().is_none_or(|w| day < w.on)
    }
}

/// The one cause a penalty decision is recorded under: the gravest of what it imposes, because the model counts
/// decisions (每次), not the kinds inside one decision. `None` for a decision that imposes nothing.
pub fn cause_of_penalty(kinds: &[PenaltyKind], fine: Fen) -> Option<GradeCause> {
    use PenaltyKind as K;
    let any = |wanted: &[PenaltyKind]| kinds.iter().any(|kind| wanted.contains(kind));
    let ten_thousand = Fen::from_yuan(10_000);
    if any(&[K::RevokeLicence]) {
        Some(GradeCause::Revocation)
    } else if any(&[
        K::SuspendLicence,
        K::DowngradeQualification,
        K::RestrictBusiness,
        K::SuspendBusiness,
        K::CloseDown,
        K::RestrictPractice,
    ]) {
        Some(GradeCause::Suspension)
    } else if fine >= ten_thousand || any(&[K::ConfiscateGains, K::ConfiscateGoods]) {
        Some(GradeCause::PenaltyFineFrom1w)
    } else if any(&[K::Fine]) {
        Some(GradeCause::PenaltyFineBelow1w)
    } else if any(&[K::Warning, K::Criticism]) {
        Some(GradeCause::PenaltyWarning)
    } else {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests;
