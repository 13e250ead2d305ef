//! A task as the store keeps it.

use super::{State, Task};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{DepartmentId, LocalDate, Sensitivity};
use xingjian_store::{Head, Record, Table, tables};

impl Record for Task {
    const TABLE: Table = tables::TASK;
    const FINAL: &'static [&'static str] = State::FINAL;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            // Never for the inspected: the visit is not announced, and the cause may point at a complaint.
            sensitivity: Sensitivity::Secret,
            subject: Some(self.subject),
            state: self.state.name(),
            owner: self.next_actor(),
            due: self.due(),
            number: self.number().map(str::to_owned),
            title: self.title(),
            search: format!(
                "{} {} {} {}",
                self.number().unwrap_or_default(),
                self.title(),
                crate::officer::names(&self.officers),
                self.items.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(" ")
            ),
            created_at: self.created_at,
        }
    }

    fn shared(&self) -> Vec<DepartmentId> {
        self.departments.clone()
    }
}

impl Task {
    /// Who acts next; `None` is the department: its heads while a task waits for approval.
    pub fn next_actor(&self) -> Option<AccountId> {
        let first = self.officers.first().and_then(|o| o.account);
        match &self.state {
            State::Proposed
            | State::Withdrawn { .. }
            | State::Cancelled { .. }
            | State::Concluded { .. }
            | State::Closed { .. } => None,
            State::Returned { .. } => self.proposed_by.account,
            State::Approved { .. } | State::OnSite { .. } | State::Signed { .. } => first,
            State::Recorded { sheet, .. } => {
                let signed = |o: &&crate::officer::OfficerRef| sheet.signatures.iter().any(|s| s.officer == o.officer);
                self.officers.iter().find(|o| !signed(o)).and_then(|o| o.account).or(first)
            }
        }
    }

    /// The day the next act is due; the findings of a concluded task have due dates of their own.
    fn due(&self) -> Option<LocalDate> {
        match &self.state {
            State::Withdrawn { .. } | State::Cancelled { .. } | State::Concluded { .. } | State::Closed { .. } => None,
            _ => Some(self.planned),
        }
    }
}
