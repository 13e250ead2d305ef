//! The second signature: putting an act down, signing it, returning it, and what happens to it when the case moves on.

use super::super::Case;
use super::super::action::Action;
use super::super::breach::Breach;
use super::super::draft::{Draft, Drafted, SetAside};
use super::super::error::TransitionError;
use super::super::party::{Mark, OfficerRef};
use super::{Facts, Now, step};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Actor, LocalDate};

impl Case {
    /// The act that comes into force with this one: none where it is only put down.
    pub(in crate::case) fn in_force(&self, action: &Action, by: &Actor) -> Option<Action> {
        match action {
            Action::Countersign => self.draft.as_ref().map(|draft| draft.what.action()),
            action if Drafted::of(action, by).is_some() => None,
            action => Some(action.clone()),
        }
    }

    /// Puts an act down. Everything is checked as if it came into force now, so that nobody signs what is refused.
    pub(super) fn put_down(
        mut self,
        what: Drafted,
        by: &Actor,
        mark: Mark,
        facts: &Facts,
    ) -> Result<Self, TransitionError> {
        // The number is issued with the second signature.
        let facts = Facts { number: Some(String::new()), ..facts.clone() };
        let now = Now { case: &self, actor: by, mark: mark.clone(), with: None, facts: &facts };
        now.handler()?;
        self.no_draft()?;
        let days = days(&what, &facts);
        let is_own = |officer: &&OfficerRef| Some(officer.account) == by.account;
        let (own, others): (Vec<_>, Vec<_>) = self.handlers.iter().partition(is_own);
        own.into_iter().try_for_each(|officer| certified(officer, &days, &facts))?;
        // One other handler whose certificate is valid is enough to sign.
        let checked: Vec<_> = others.into_iter().map(|officer| certified(officer, &days, &facts)).collect();
        if !checked.iter().any(Result::is_ok) {
            checked.into_iter().collect::<Result<(), _>>()?;
        }
        step(&now, self.state.clone(), what.action())?;
        let what = what.settled(&facts)?;
        self.draft = Some(Box::new(Draft { what, by: mark }));
        Ok(self)
    }

    /// Another handler signs: the act comes into force, with both marks.
    pub(super) fn countersign(mut self, by: &Actor, mark: &Mark, facts: &Facts) -> Result<Self, TransitionError> {
        let draft = self.draft.clone().ok_or(Breach::NothingToCountersign)?;
        if draft.by.account == mark.account {
            return Err(Breach::OwnCountersignature.into());
        }
        let now = Now { case: &self, actor: by, mark: draft.by.clone(), with: Some(mark.clone()), facts };
        now.handler()?;
        let days = days(&draft.what, facts);
        for account in [draft.by.account, mark.account] {
            certified(self.handler(account).ok_or(TransitionError::NotHandler)?, &days, facts)?;
        }
        let next = step(&now, self.state.clone(), draft.what.action())?;
        self.state = next;
        self.draft = None;
        Ok(self)
    }

    /// Takes a draft back, or returns it to the one who put it down.
    pub(super) fn return_draft(mut self, mark: Mark, reason: String) -> Result<Self, TransitionError> {
        if !self.is_handler(Some(mark.account)) {
            return Err(TransitionError::NotHandler);
        }
        TransitionError::text(&reason, "退回的理由")?;
        let draft = self.draft.take().ok_or(Breach::NothingToCountersign)?;
        self.set_aside.push(SetAside { draft: *draft, reason, by: mark });
        Ok(self)
    }

    /// A draft that can no longer come into force after somebody's act is kept, but not for signing.
    pub(super) fn set_overtaken_aside(mut self, by: Mark) -> Self {
        let Some(draft) = self.draft.take() else { return self };
        if draft.what.fits(&self.state) && self.is_handler(Some(draft.by.account)) {
            self.draft = Some(draft);
        } else {
            let reason = "案件情况已经变化，不再需要会签".to_owned();
            self.set_aside.push(SetAside { draft: *draft, reason, by });
        }
        self
    }

    /// Handlers finish what waits for a signature before they do anything else.
    pub(super) fn no_draft(&self) -> Result<(), TransitionError> {
        match &self.draft {
            Some(draft) => {
                Err(Breach::AwaitingCountersignature { act: draft.what.action().label(), by: draft.by.name.clone() }
                    .into())
            }
            None => Ok(()),
        }
    }

    fn handler(&self, account: AccountId) -> Option<&OfficerRef> {
        self.handlers.iter().find(|officer| officer.account == account)
    }

    /// Whether this account is the one that may sign the draft.
    pub(in crate::case) fn may_countersign(&self, account: Option<AccountId>) -> bool {
        let other = self.draft.as_ref().is_some_and(|draft| Some(draft.by.account) != account);
        other && self.is_handler(account)
    }
}

/// The days on which both need a valid certificate: that of the signature, and that of the act.
fn days(what: &Drafted, facts: &Facts) -> Vec<LocalDate> {
    std::iter::once(facts.today()).chain(what.done_on()).collect()
}

fn certified(officer: &OfficerRef, days: &[LocalDate], facts: &Facts) -> Result<(), TransitionError> {
    let valid = |day: &LocalDate| facts.certificates.get(&officer.officer).is_some_and(|term| term.covers(*day));
    match days.iter().find(|day| !valid(day)) {
        Some(day) => Err(Breach::CertificateLapsed { name: officer.name.clone(), day: *day }.into()),
        None => Ok(()),
    }
}
