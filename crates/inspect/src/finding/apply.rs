//! The machine: who may do what in which state, and what comes of it.

use super::action::AUTOMATIC;
use super::{
    Action, ActionName, CaseFiled, EndedCase, Facts, FailedRound, Finding, MeasureTaken, Order, Recheck, State,
    Submission, TRANSITIONS, TransitionError, action_label,
};
use crate::officer::eligible;
use crate::text::{optional, required};
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Actor, Fault, Permission};

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
                let submissions = self.state.submissions().to_vec();
                self.state = State::Settled { order, submissions, recheck };
            }
            Action::Fail { with, facts: seen, correct_by: _ } => {
                let recheck = recheck(false, with, &seen, by, facts)?;
                let (number, due) = facts.order.clone().ok_or(TransitionError::NoOrder)?;
                if due.due < facts.now.local_date() {
                    let place = "改正期限";
                    let fault = Fault::new(place, &due.due.to_string(), "早于今天", "请填写今天或之后的日期");
                    return Err(TransitionError::Invalid(vec![fault]));
                }
                let submissions = self.state.submissions().to_vec();
                self.failed.push(FailedRound { order, submissions, recheck });
                self.state = State::Ordered { order: Order { number, due, by: by.into(), at: facts.now } };
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

    /// Actions this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor) -> Vec<ActionName> {
        let here = TRANSITIONS.iter().filter(|(from, ..)| *from == self.state.name());
        let drawn = here.map(|(_, name, _)| *name).filter(|name| !AUTOMATIC.contains(name));
        drawn.filter(|name| self.why_not(name, by).is_none()).collect()
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
            "pass" | "fail" if by.officer.is_none() => Some(TransitionError::NotAnOfficer),
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
    Ok(Recheck { passed, facts: seen, officers, by: by.into(), at: facts.now })
}

fn none(faults: Vec<Fault>) -> Step<()> {
    if faults.is_empty() { Ok(()) } else { Err(TransitionError::Invalid(faults)) }
}
