//! A finding as the store keeps it.

use super::{Finding, State};
use xingjian_kernel::Sensitivity;
use xingjian_store::{Head, Record, Table, tables};

impl Record for Finding {
    const TABLE: Table = tables::FINDING;
    const FINAL: &'static [&'static str] = State::FINAL;

    fn head(&self) -> Head {
        let order = self.state.order();
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            sensitivity: Sensitivity::Case,
            subject: Some(self.subject),
            state: self.state.name(),
            // The officer who follows it up owns it even while the institution is to act; a re-check waits for the other.
            owner: match self.pending.as_ref().and_then(|pending| pending.recheck.second()) {
                Some(second) => second.account,
                None => self.officers.first().and_then(|o| o.account),
            },
            due: Some(order.due.due),
            // One order may cover several findings, so its number is searched for but not unique here.
            number: None,
            title: self.title(),
            search: format!("{} {} {} {}", self.title(), order.number, self.notice, self.facts),
            created_at: self.created_at,
        }
    }
}
