//! Recusal (回避) and replacement of officers: both stay on record, and both are decided by the head.

use super::apply::one;
use super::{Facts, Task, TransitionError};
use crate::officer::{FEWEST, OfficerRef, Person, Unfit, fit};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Actor, Timestamp};

/// A ground declared against an officer of a task (行政处罚法第43条).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recusal {
    /// The officer concerned.
    pub officer: OfficerId,
    /// The officer's name.
    pub name: String,
    /// The ground.
    pub ground: String,
    /// Whether the party asked for it; otherwise the officer declared it.
    pub by_party: bool,
    /// Who entered it.
    pub declared_by: Person,
    /// When.
    pub declared_at: Timestamp,
    /// What the head decided; until then the inspection goes on.
    pub decision: Option<RecusalDecision>,
}

/// What the head decided about a ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecusalDecision {
    /// Whether the officer steps back.
    pub granted: bool,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// An officer who was replaced, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Who left.
    pub out: OfficerRef,
    /// Who came; `None` where enough officers remained.
    pub replacement: Option<OfficerRef>,
    /// Why.
    pub reason: String,
    /// The head who approved it.
    pub approved_by: Person,
    /// When.
    pub at: Timestamp,
}

impl Task {
    pub(super) fn declare_recusal(
        &mut self,
        officer: OfficerId,
        ground: &str,
        by_party: bool,
        by: &Actor,
        facts: &Facts,
    ) -> Result<(), TransitionError> {
        let name = self.officer(officer).ok_or(TransitionError::NotAssigned)?.name.clone();
        if !by_party && by.officer != Some(officer) {
            return Err(TransitionError::NotAssigned);
        }
        let ground = one("回避理由", ground)?;
        let (declared_by, declared_at) = (by.into(), facts.now);
        self.recusals.push(Recusal { officer, name, ground, by_party, declared_by, declared_at, decision: None });
        Ok(())
    }

    pub(super) fn decide_recusal(
        &mut self,
        officer: OfficerId,
        granted: bool,
        reason: &str,
        replacement: Option<OfficerId>,
        by: &Actor,
        facts: &Facts,
    ) -> Result<(), TransitionError> {
        let reason = one("决定理由", reason)?;
        // A ground against somebody who has left the task meanwhile is decided by the leaving.
        self.officer(officer).ok_or(TransitionError::NoRecusal)?;
        let open = |r: &&mut Recusal| r.officer == officer && r.decision.is_none();
        let recusal = self.recusals.iter_mut().find(open).ok_or(TransitionError::NoRecusal)?;
        recusal.decision = Some(RecusalDecision { granted, reason: reason.clone(), by: by.into(), at: facts.now });
        if granted { self.replace(officer, replacement, reason, by, facts) } else { Ok(()) }
    }

    pub(super) fn replace(
        &mut self,
        officer: OfficerId,
        replacement: Option<OfficerId>,
        reason: String,
        by: &Actor,
        facts: &Facts,
    ) -> Result<(), TransitionError> {
        let Some(at) = self.officers.iter().position(|o| o.officer == officer) else {
            return Err(Unfit::Unknown.into());
        };
        let day = self.planned.max(facts.now.local_date());
        let out = self.officers.remove(at);
        let replacement = match replacement {
            Some(id) => {
                let standing = fit(id, day, &facts.standing)?;
                if id == officer || self.officer(id).is_some() {
                    return Err(Unfit::Twice(standing.officer.name.clone()).into());
                }
                Some(standing.officer.clone())
            }
            None => None,
        };
        self.officers.extend(replacement.clone());
        if self.officers.len() < FEWEST {
            return Err(Unfit::TooFew(self.officers.len()).into());
        }
        self.replacements.push(Replacement { out, replacement, reason, approved_by: by.into(), at: facts.now });
        Ok(())
    }
}
