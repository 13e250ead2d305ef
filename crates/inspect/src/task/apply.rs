//! The machine: who may do what in which state, and what comes of it.

use super::action::AUTOMATIC;
use super::{
    Action, ActionName, Approval, Cause, Draft, Facts, State, TRANSITIONS, Task, TransitionError, action_label,
};
use crate::officer::{Unfit, eligible};
use crate::text::{optional, required};
use xingjian_kernel::id::{OfficerId, TaskId};
use xingjian_kernel::{Actor, Fault, LocalDate, Permission, Role, states_before};

/// Characters that the name of a plan takes at most.
const LONGEST_PLAN: usize = 100;

type Step<T> = Result<T, TransitionError>;

impl Task {
    /// Draws up a task and proposes it. T13: with one officer it cannot be proposed at all.
    pub fn propose(id: TaskId, draft: Draft, by: &Actor, facts: &Facts) -> Step<Self> {
        may("propose", by)?;
        let cause = match draft.cause {
            Cause::Plan { name } => {
                Cause::Plan { name: plan_name(&name).map_err(|fault| TransitionError::Invalid(vec![fault]))? }
            }
            cause => cause,
        };
        let mut task = Self {
            id,
            cause,
            subject: draft.subject,
            subject_name: draft.subject_name,
            division: draft.division,
            department: draft.department,
            origin: by.department.clone(),
            departments: vec![],
            planned: draft.planned,
            items: vec![],
            officers: vec![],
            exceed_reason: None,
            proposed_by: by.into(),
            created_at: facts.now,
            recusals: vec![],
            replacements: vec![],
            superseded: vec![],
            state: State::Proposed,
        };
        task.plan(
            draft.planned,
            &draft.officers,
            draft.exceed_reason.as_deref(),
            &Facts { items: draft.items, ..facts.clone() },
        )?;
        Ok(task)
    }

    /// Takes a step, or says why it is not possible.
    pub fn apply(mut self, action: Action, by: &Actor, facts: &Facts) -> Step<Self> {
        let name = action.name();
        self.is_open(name)?;
        self.authority(name, by)?;
        let state = std::mem::replace(&mut self.state, State::Proposed);
        self.state = match (state, action) {
            (state, Action::DeclareRecusal { officer, ground, by_party }) => {
                self.declare_recusal(officer, &ground, by_party, by, facts)?;
                state
            }
            (state, Action::DecideRecusal { officer, granted, reason, replacement }) => {
                self.decide_recusal(officer, granted, &reason, replacement, by, facts)?;
                state
            }
            (state, Action::ReplaceOfficer { officer, replacement, reason }) => {
                self.replace(officer, Some(replacement), one("更换理由", &reason)?, by, facts)?;
                state
            }
            (state @ (State::Proposed | State::Returned { .. }), action) => self.prepare(&state, action, by, facts)?,
            (state, action) => self.carry_out(state, action, by, facts)?,
        };
        Ok(self)
    }

    /// Steps up to the approval.
    fn prepare(&mut self, state: &State, action: Action, by: &Actor, facts: &Facts) -> Step<State> {
        Ok(match (state, action) {
            (State::Proposed, Action::Approve) => self.approve(by, facts)?,
            (State::Proposed, Action::Return { reason }) => {
                State::Returned { reason: one("退回理由", &reason)?, by: by.into(), at: facts.now }
            }
            (_, Action::Withdraw { reason }) => {
                State::Withdrawn { reason: one("撤回理由", &reason)?, by: by.into(), at: facts.now }
            }
            (State::Returned { .. }, Action::ProposeAgain { officers, .. })
                if self.cause.draw().is_some() && officers != self.officer_ids() =>
            {
                return Err(TransitionError::Drawn("改派监督员"));
            }
            (State::Returned { .. }, Action::ProposeAgain { planned, items: _, officers, exceed_reason }) => {
                self.plan(planned, &officers, exceed_reason.as_deref(), facts)?;
                State::Proposed
            }
            (state, action) => return Err(not_open(state, action.name())),
        })
    }

    /// Actions this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor) -> Vec<ActionName> {
        let mut names: Vec<ActionName> = vec![];
        for (from, name, _) in TRANSITIONS {
            let open = *from == self.state.name() && !AUTOMATIC.contains(name) && !names.contains(name);
            if open && self.why_not(name, by).is_none() {
                names.push(name);
            }
        }
        names
    }

    /// States in which one of the actions that are meant may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor, is_meant: impl Fn(ActionName) -> bool) -> Vec<&'static str> {
        states_before(TRANSITIONS, |_, name| !AUTOMATIC.contains(&name) && is_meant(name) && may(name, by).is_ok())
    }

    /// Why an action is closed to this person now, or `None` where it is open.
    pub fn why_not(&self, name: ActionName, by: &Actor) -> Option<TransitionError> {
        self.is_open(name).and_then(|()| self.authority(name, by)).and_then(|()| self.is_due(name, by)).err()
    }

    fn is_open(&self, name: ActionName) -> Step<()> {
        let open = TRANSITIONS.iter().any(|(from, action, _)| *from == self.state.name() && *action == name);
        if open { Ok(()) } else { Err(not_open(&self.state, name)) }
    }

    /// Roles first, then the part this person has in the task.
    fn authority(&self, name: ActionName, by: &Actor) -> Step<()> {
        may(name, by)?;
        let assigned = by.officer.is_some_and(|id| self.officer(id).is_some());
        if self.cause.draw().is_some() && matches!(name, "withdraw" | "cancel" | "replace_officer") {
            return Err(TransitionError::Drawn(action_label(name)));
        }
        match name {
            "approve" | "return" | "decide_recusal" | "replace_officer" | "cancel" => {
                if assigned {
                    return Err(TransitionError::OwnInspection);
                }
                if by.account.is_some() && by.account == self.proposed_by.account {
                    return Err(TransitionError::OwnProposal);
                }
                Ok(())
            }
            "begin" | "answer" | "record" | "reopen" | "sign" | "sign_party" | "submit" | "declare_recusal"
                if !assigned =>
            {
                Err(TransitionError::NotAssigned)
            }
            _ => Ok(()),
        }
    }

    /// Whether there is something left for the action to do.
    fn is_due(&self, name: ActionName, by: &Actor) -> Step<()> {
        match name {
            "decide_recusal" if self.open_recusal().is_none() => Err(TransitionError::NoRecusal),
            "record" => match self.open_recusal() {
                Some(open) => Err(TransitionError::RecusalOpen(open.name.clone())),
                None => Ok(()),
            },
            "sign" => match self.state.sheet() {
                Some(sheet) if sheet.signatures.iter().any(|s| Some(s.officer) == by.officer) => {
                    Err(TransitionError::AlreadySigned)
                }
                _ => Ok(()),
            },
            "sign_party" if self.state.sheet().is_some_and(|s| s.party.is_some()) => {
                Err(TransitionError::PartyRecorded)
            }
            _ => Ok(()),
        }
    }

    fn plan(
        &mut self,
        planned: LocalDate,
        officers: &[OfficerId],
        exceed_reason: Option<&str>,
        facts: &Facts,
    ) -> Step<()> {
        let mut faults = vec![];
        let exceed_reason = optional("超频次理由", exceed_reason.unwrap_or_default(), &mut faults);
        if facts.items.is_empty() {
            faults.push(Fault::new("检查事项", "", "没有选择", "请至少选择一个检查事项"));
        }
        if planned < facts.now.local_date() {
            faults.push(Fault::new("计划检查日期", &planned.to_string(), "早于今天", "请选择今天或之后的日期"));
        }
        if !faults.is_empty() {
            return Err(TransitionError::Invalid(faults));
        }
        self.planned = planned;
        self.items.clone_from(&facts.items);
        self.exceed_reason = (!exceed_reason.is_empty()).then_some(exceed_reason);
        self.officers = eligible(officers, planned, &facts.standing)?;
        self.within_cap(facts)
    }

    /// T24: beyond the yearly cap only with a written reason, unless a clue asks for the inspection.
    fn within_cap(&self, facts: &Facts) -> Step<()> {
        match facts.frequency {
            Some(f) if f.is_exhausted() && !self.cause.is_exempt() && self.exceed_reason.is_none() => {
                Err(TransitionError::OverCap { done: f.done, cap: f.cap })
            }
            _ => Ok(()),
        }
    }

    fn approve(&self, by: &Actor, facts: &Facts) -> Step<State> {
        eligible(&self.officer_ids(), self.planned.max(facts.now.local_date()), &facts.standing)?;
        if let Some(open) = self.open_recusal() {
            return Err(Unfit::Recused { name: open.name.clone(), ground: open.ground.clone() }.into());
        }
        self.within_cap(facts)?;
        let (number, frequency) = (facts.notice.clone(), facts.frequency);
        Ok(State::Approved { approval: Approval { number, by: by.into(), at: facts.now, frequency } })
    }
}

pub(super) fn not_open(state: &State, name: &str) -> TransitionError {
    TransitionError::NotOpen { state: state.label(), action: action_label(name) }
}

/// The permission an action needs.
pub(super) fn permission(name: &str) -> Permission {
    match name {
        "approve" | "return" | "decide_recusal" | "replace_officer" | "cancel" => Permission::ApproveInspection,
        "propose" | "propose_again" | "withdraw" => Permission::ProposeInspection,
        "settle_finding" => Permission::HandleFinding,
        _ => Permission::Inspect,
    }
}

fn may(name: &str, by: &Actor) -> Step<()> {
    let needed = permission(name);
    if by.may(needed) {
        return Ok(());
    }
    let grid = needed == Permission::Inspect && by.roles.contains(&Role::GridWorker);
    Err(if grid { TransitionError::GridWorker } else { TransitionError::MayNot(needed) })
}

/// The name of a plan as it is kept; it stands in the notice of every task of the plan.
pub fn plan_name(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_PLAN || name.chars().any(char::is_control) {
        let reason = format!("计划名称没有填写、超过{LONGEST_PLAN}个字或者含有控制字符");
        return Err(Fault::new("计划名称", name, reason, "请填写年度抽查计划或者专项检查的名称"));
    }
    Ok(name.to_owned())
}

/// A single required text.
pub(super) fn one(place: &str, value: &str) -> Step<String> {
    let mut faults = vec![];
    let value = required(place, value, &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(TransitionError::Invalid(faults)) }
}
