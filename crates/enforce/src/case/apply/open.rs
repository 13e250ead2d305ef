//! Which acts an actor can do now, and what stands in the way of the others.

use super::super::hearing::Hearing;
use super::super::state::{Heard, Noticed, State};
use super::super::{Case, TransitionError};
use super::settle::covered;
use xingjian_kernel::{Actor, LocalDate, Permission};

impl Case {
    /// Whether an act of the present state fits this person and what was done so far.
    pub(in crate::case) fn fits(&self, action: &str, by: &Actor) -> bool {
        match action {
            "countersign" => return self.may_countersign(by.account),
            "return_draft" => return self.draft.is_some() && self.is_handler(by.account),
            _ if self.draft.is_some() && self.is_handler(by.account) => return false,
            _ => {}
        }
        if let Some(fits) = super::aftermath::fits(self, action, by) {
            return fits;
        }
        let outsider = !self.ever_handled(by.account);
        let party = by.may(Permission::AnswerAsUnit) || self.is_handler(by.account);
        match (action, &self.state) {
            ("submit_statement" | "waive_statement", State::Noticed(stage)) => {
                party && stage.statement.is_none() && stage.statement_waived.is_none()
            }
            ("request_hearing" | "waive_hearing", State::Noticed(stage)) => {
                party && matches!(stage.hearing, Hearing::Told { .. })
            }
            ("withdraw_hearing", _) => party,
            ("serve_notice", State::Deliberated(stage)) => self.is_handler(by.account) && stage.plan().is_some(),
            ("discuss", State::Heard(heard) | State::LegallyReviewed(heard) | State::Discussed(heard)) => {
                outsider && (heard.legal.is_some() || heard.review_grounds.is_empty())
            }
            ("decide", State::Heard(heard) | State::LegallyReviewed(heard) | State::Discussed(heard)) => {
                outsider
                    && !self.reviewed(by.account)
                    && missing_review(heard).is_none()
                    && missing_discussion(heard).is_none()
            }
            (action, _) => {
                let handles = super::super::permissions_of(action).contains(&Permission::HandleCase);
                if handles { self.is_handler(by.account) } else { outsider }
            }
        }
    }

    /// What the case waits for, as the page shows it beside the buttons.
    pub fn obstacles(&self, today: LocalDate) -> Vec<TransitionError> {
        if let Err(awaiting) = self.no_draft() {
            return vec![awaiting];
        }
        match &self.state {
            State::Deliberated(stage) if stage.plan().is_none() => vec![TransitionError::NothingToNotice],
            State::Noticed(stage) => waiting(stage, today),
            State::HearingPending(_) => vec![TransitionError::HearingPending],
            State::Heard(heard) | State::LegallyReviewed(heard) | State::Discussed(heard) => {
                missing_review(heard).into_iter().chain(missing_discussion(heard)).collect()
            }
            State::Served(_) | State::Executing(_) => {
                let open = self.account(today).map(|account| account.open());
                let open = open.filter(|open| *open > xingjian_kernel::money::Fen::ZERO);
                let pending = self.state.served().and_then(|served| served.execution.pending());
                let pending = pending.map(|_| TransitionError::DeferralPending);
                open.map(|open| TransitionError::NotPaid { open }).into_iter().chain(pending).collect()
            }
            _ => vec![],
        }
    }
}

fn waiting(stage: &Noticed, today: LocalDate) -> Vec<TransitionError> {
    let mut all = vec![];
    let due = stage.notice.statement_due;
    if stage.statement.is_none() && stage.statement_waived.is_none() && today <= due.due {
        all.push(TransitionError::StatementOpen(due));
    }
    if let Hearing::Told { due, .. } = stage.hearing
        && today <= due.due
    {
        all.push(TransitionError::HearingOpen(due));
    }
    all
}

/// What was agreed last is covered by the review on file.
fn missing_review(heard: &Heard) -> Option<TransitionError> {
    let grounds = heard.discussion.as_ref().map_or(&heard.review_grounds, |discussion| &discussion.review_grounds);
    covered(grounds, heard.legal.as_ref().map(|legal| &legal.grounds)).map_err(TransitionError::ReviewMissing).err()
}

fn missing_discussion(heard: &Heard) -> Option<TransitionError> {
    let missing = heard.discussion.is_none() && !heard.discussion_grounds.is_empty();
    missing.then(|| TransitionError::DiscussionMissing(heard.discussion_grounds.clone()))
}
