//! A case as a record: the columns its lists filter and sort by.

use super::{Case, FINAL, State};
use xingjian_kernel::Sensitivity;
use xingjian_kernel::id::AccountId;
use xingjian_store::{Head, Record, Table, tables};

impl Record for Case {
    const TABLE: Table = tables::PENALTY_CASE;
    const FINAL: &'static [&'static str] = FINAL;

    fn head(&self) -> Head {
        let handlers: Vec<&str> = self.handlers.iter().map(|officer| officer.name.as_str()).collect();
        let decision = self.state.decided().map(|decided| decided.decision.number.as_str()).unwrap_or_default();
        let number = self.number().map(str::to_owned);
        let words = [self.party.name.as_str(), &self.law.violation, &self.law.name, decision, &handlers.join(" ")];
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            // The party sees rows about itself up to `Case`: before the notice it must not learn of the investigation.
            sensitivity: if self.is_open_to_party() { Sensitivity::Case } else { Sensitivity::Secret },
            subject: Some(self.subject),
            state: self.state.name(),
            owner: self.owner(),
            due: self.due(),
            search: format!("{} {}", words.join(" "), number.as_deref().unwrap_or_default()),
            number,
            title: self.title(),
            created_at: self.proposed.at,
        }
    }

    fn sort_key(&self) -> String {
        xingjian_registry::sort_key(&self.title())
    }
}

impl Case {
    /// Who must act next: the handler who has to sign, the first handler, or `None` where it is a head's, a reviewer's or the party's turn.
    fn owner(&self) -> Option<AccountId> {
        if let Some(draft) = &self.draft {
            return self.handlers.iter().map(|officer| officer.account).find(|account| *account != draft.by.account);
        }
        let handler = match &self.state {
            State::Filed(_)
            | State::Investigated(_)
            | State::Noticed(_)
            | State::Decided(_)
            | State::Served(_)
            | State::Executing(_) => true,
            State::Deliberated(stage) => stage.plan().is_some(),
            _ => false,
        };
        self.handlers.first().filter(|_| handler).map(|officer| officer.account)
    }
}
