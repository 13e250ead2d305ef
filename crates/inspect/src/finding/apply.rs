//! The machine: who may do what in which state, and what comes of it.

use super::action::AUTOMATIC;
use super::{
    Action, ActionName, CaseFiled, Confirmation, EndedCase, Facts, FailedRound, Finding, MeasureTaken, Order, Pending,
    Recheck, ReturnedRecheck, State, Submission, TRANSITIONS, TransitionError, action_label,
};
use crate::officer::eligible;
use crate::text::{optional, required};
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Actor, Deadline, Fault, Permission};

type Step<T> = Result<T, TransitionError>;

impl Finding {
    /// Takes a step, or says why it is not possible.
    pub fn apply(mut self, action: Action, by: &Actor, facts: &Facts) -> Step<Self> {
        if let Some(why) = self.why_not(action.name(), by) {
            return Err(why);
        }
        let order = self.state.order().clone();
        match action {
            Action::Submit { text, evidence } => {
                let mut submissions = self.state.submissions().to_vec();
                submissions.push(submission(&text, &evidence, by, facts)?);
                self.state = State::Submitted { order, submissions };
            }
            Action::Pass { with, facts: seen } => {
                let recheck = recheck(true, with, &seen, by, facts)?;
                self.pending = Some(Pending { recheck, correct_by: None });
            }
            Action::Fail { with, facts: seen, correct_by } => {
                let recheck = recheck(false, with, &seen, by, facts)?;
                new_order(facts)?;
                self.pending = Some(Pending { recheck, correct_by });
            }
            Action::Confirm => self = self.confirm(by, facts)?,
            Action::ReturnRecheck { reason } => {
                let mut faults = vec![];
                let reason = required("退回的理由", &reason, &mut faults);
                none(faults)?;
                let recheck = self.pending.take().ok_or(TransitionError::NothingToConfirm)?.recheck;
                self.returned.push(ReturnedRecheck { recheck, reason, by: by.into(), at: facts.now });
            }
            Action::Measure { measure, text, on } => {
                let mut faults = vec![];
                let text = required("措施内容", &text, &mut faults);
                if on > facts.now.local_date() {
                    faults.push(Fault::new("实施日期", &on.to_string(), "晚于今天", "请填写实际实施的日期"));
                }
                none(faults)?;
                self.measures.push(MeasureTaken { measure, text, on, by: by.into(), at: facts.now });
            }
            Action::FileCase => {
                let case = facts.case.ok_or(TransitionError::NoCase)?;
                self.case = Some(CaseFiled { case, by: by.into(), at: facts.now });
            }
            Action::EndCase { case, how } => {
                let filed = self.case.take_if(|filed| filed.case == case).ok_or(TransitionError::NoCase)?;
                self.ended_cases.push(EndedCase { filed, how, at: facts.now });
            }
        }
        Ok(self)
    }

    /// The second officer confirms: the re-check counts, with the certificates of both as they are now.
    fn confirm(mut self, by: &Actor, facts: &Facts) -> Step<Self> {
        let Pending { mut recheck, .. } = self.pending.take().ok_or(TransitionError::NothingToConfirm)?;
        let officers: Vec<OfficerId> = recheck.officers.iter().map(|officer| officer.officer).collect();
        recheck.officers = eligible(&officers, facts.now.local_date(), &facts.standing)?;
        recheck.confirmed = Some(Confirmation { by: by.into(), at: facts.now });
        let (order, submissions) = (self.state.order().clone(), self.state.submissions().to_vec());
        if recheck.passed {
            self.state = State::Settled { order, submissions, recheck };
            return Ok(self);
        }
        let (number, due) = new_order(facts)?;
        let next = Order { number, due, by: recheck.by.clone(), at: facts.now };
        // What was handed in after the re-check has not been looked at: it stands for the new order.
        let (seen, later): (Vec<_>, Vec<_>) = submissions.into_iter().partition(|one| one.at <= recheck.at);
        self.failed.push(FailedRound { order, submissions: seen, recheck });
        self.state = if later.is_empty() {
            State::Ordered { order: next }
        } else {
            State::Submitted { order: next, submissions: later }
        };
        Ok(self)
    }

    /// Actions this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor) -> Vec<ActionName> {
        let mut open: Vec<ActionName> = vec![];
        for (_, name, _) in TRANSITIONS.iter().filter(|(from, ..)| *from == self.state.name()) {
            // An act that leads to one of several states is one button.
            if !AUTOMATIC.contains(name) && !open.contains(name) && self.why_not(name, by).is_none() {
                open.push(name);
            }
        }
        open
    }

    /// Whether the re-check waits for this officer's confirmation.
    pub fn awaits(&self, by: &Actor) -> bool {
        let second = self.pending.as_ref().and_then(|pending| pending.recheck.second());
        by.officer.is_some() && second.map(|officer| officer.officer) == by.officer
    }

    /// Why an action is closed to this person now, or `None` where it is open.
    pub fn why_not(&self, name: ActionName, by: &Actor) -> Option<TransitionError> {
        if !TRANSITIONS.iter().any(|(from, action, _)| *from == self.state.name() && *action == name) {
            return Some(TransitionError::NotOpen { state: self.state.label(), action: action_label(name) });
        }
        if name == "end_case" {
            return by.account.is_some().then_some(TransitionError::OnlyByCase);
        }
        let (needed, enough) = match name {
            "submit" => (Permission::AnswerAsUnit, &[Permission::AnswerAsUnit, Permission::HandleFinding][..]),
            "file_case" => (Permission::HandleCase, &[Permission::HandleCase][..]),
            _ => (Permission::HandleFinding, &[Permission::HandleFinding][..]),
        };
        if !enough.iter().any(|p| by.may(*p)) {
            return Some(TransitionError::MayNot(needed));
        }
        match name {
            "pass" | "fail" | "confirm" | "return_recheck" if by.officer.is_none() => {
                Some(TransitionError::NotAnOfficer)
            }
            "pass" | "fail" if self.pending.is_some() => Some(TransitionError::AwaitingConfirmation),
            "confirm" | "return_recheck" if self.pending.is_none() => Some(TransitionError::NothingToConfirm),
            "confirm" if !self.awaits(by) => Some(TransitionError::NotTheSecond),
            "file_case" if self.case.is_some() => Some(TransitionError::CaseFiled),
            _ => None,
        }
    }
}

fn submission(text: &str, evidence: &[String], by: &Actor, facts: &Facts) -> Step<Submission> {
    let mut faults = vec![];
    let text = required("整改情况", text, &mut faults);
    let evidence = evidence.iter().map(|e| optional("佐证材料", e, &mut faults)).filter(|e| !e.is_empty()).collect();
    none(faults)?;
    Ok(Submission { text, evidence, by: by.into(), at: facts.now })
}

/// A re-check is an inspection too: two certified officers, none with a ground (articles 42 and 43).
fn recheck(passed: bool, with: OfficerId, seen: &str, by: &Actor, facts: &Facts) -> Step<Recheck> {
    let first = by.officer.ok_or(TransitionError::NotAnOfficer)?;
    let officers = eligible(&[first, with], facts.now.local_date(), &facts.standing)?;
    let mut faults = vec![];
    let seen = required("复查情况", seen, &mut faults);
    none(faults)?;
    Ok(Recheck { passed, facts: seen, officers, by: by.into(), at: facts.now, confirmed: None })
}

/// Number and due date of the new order: the date has not passed.
fn new_order(facts: &Facts) -> Step<(String, Deadline)> {
    let (number, due) = facts.order.clone().ok_or(TransitionError::NoOrder)?;
    if due.due < facts.now.local_date() {
        let fault = Fault::new("改正期限", &due.due.to_string(), "早于今天", "请填写今天或之后的日期");
        return Err(TransitionError::Invalid(vec![fault]));
    }
    Ok((number, due))
}

fn none(faults: Vec<Fault>) -> Step<()> {
    if faults.is_empty() { Ok(()) } else { Err(TransitionError::Invalid(faults)) }
}
