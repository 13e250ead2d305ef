//! Asked anew when the grade changes within a rule, and undone when nothing is asked for any more: what a department
//! did once is never forgotten on the way.

use super::{By, Facts, Linkage, State, TransitionError};
use serde::{Deserialize, Serialize};
use xingjian_kernel::Timestamp;

/// What was asked under an earlier grade, and how far it had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The grade then.
    pub grade: String,
    /// What was asked for.
    pub consequence: String,
    /// Why the subject had that grade.
    pub reason: String,
    /// When it was pushed.
    pub pushed_at: Timestamp,
    /// Where it stood when it was asked anew.
    pub state: State,
}

/// How an effect was undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// What was done.
    pub text: String,
    /// By whom.
    pub by: By,
}

impl State {
    /// The effect that this state says is in place.
    pub(super) fn effect(&self) -> Option<&str> {
        match self {
            Self::Effected { effect, .. } | Self::Undoing { effect, .. } => Some(effect),
            _ => None,
        }
    }
}

impl Linkage {
    /// The effect that is in place: of the present round, or of an earlier one that was never undone.
    pub fn in_place(&self) -> Option<String> {
        let earlier = self.rounds.iter().rev().map(|round| &round.state);
        std::iter::once(&self.state).chain(earlier).find_map(State::effect).map(str::to_owned)
    }

    /// No longer asked for; the effect waits to be undone.
    pub(super) fn undoing(why: String, effect: String, facts: &Facts, withdrawn: Option<By>) -> State {
        State::Undoing { on: facts.today, why, effect, undo_due: facts.effect_due, withdrawn }
    }

    /// Asks anew under another grade. An objection that nobody answered stays open: it is not wiped out by the change.
    pub(super) fn renewed(
        mut self,
        grade: String,
        consequence: String,
        reason: String,
        at: Timestamp,
        facts: &Facts,
    ) -> Result<Self, TransitionError> {
        let state = match &self.state {
            State::Withdrawn { .. } | State::Lifted { .. } => return Err(self.not_now()),
            State::Objected { .. } => self.state.clone(),
            _ => State::pushed(facts, None),
        };
        let before = std::mem::replace(&mut self.state, state);
        self.rounds.push(Round {
            grade: std::mem::replace(&mut self.grade, grade),
            consequence: std::mem::replace(&mut self.consequence, consequence),
            reason: std::mem::replace(&mut self.reason, reason),
            pushed_at: std::mem::replace(&mut self.pushed_at, at),
            state: before,
        });
        Ok(self)
    }
}
