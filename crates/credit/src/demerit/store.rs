//! Rows of demerit records.

use super::{Demerit, State};
use xingjian_kernel::{LocalDate, Sensitivity};
use xingjian_store::{Head, Record, Table, tables};

impl Record for Demerit {
    const TABLE: Table = tables::DEMERIT;
    const FINAL: &'static [&'static str] = Self::SETTLED;

    fn head(&self) -> Head {
        let number = self.served().map(|notice| notice.number.clone());
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            // The party learns of it with the notice.
            sensitivity: if self.served().is_some() { Sensitivity::Case } else { Sensitivity::Secret },
            subject: Some(self.subject),
            state: self.state_name(),
            owner: None,
            due: self.due(),
            title: format!("{}：{}（{}分）", self.name, self.behaviour, self.points),
            search: format!("{} {} {} {}", self.name, self.item, self.behaviour, number.as_deref().unwrap_or_default()),
            number,
            created_at: self.proposed_at,
        }
    }
}

impl Demerit {
    /// When the next act is due: the notice, then the end of the term for a statement, or its waiver.
    pub fn due(&self) -> Option<LocalDate> {
        match &self.state {
            State::Proposed => Some(self.notice_due.due),
            State::Notified { notice } | State::Contested { notice, .. } => {
                Some(notice.waived_on.unwrap_or(notice.statement_due.due))
            }
            State::Effective { .. } | State::Revoked { .. } => None,
        }
    }
}
