//! Rows of credit events.

use super::CreditEvent;
use xingjian_kernel::Sensitivity;
use xingjian_policy::GradeCause;
use xingjian_store::{Head, Record, Table, tables};

impl Record for CreditEvent {
    const TABLE: Table = tables::CREDIT_EVENT;
    const FINAL: &'static [&'static str] = &["recorded", "withdrawn"];

    fn head(&self) -> Head {
        let number = self.source.number.clone().unwrap_or_default();
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.source.department.clone(),
            origin: self.source.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: Some(self.subject),
            state: self.state_name(),
            owner: None,
            due: None,
            // One that was withdrawn gives its key free: the same act can be recorded again.
            number: self.withdrawn.is_none().then(|| key(&self.source.resource, self.cause)),
            title: format!("{}：{}", self.name, self.cause.label()),
            search: format!("{} {} {number} {}", self.name, self.cause.label(), self.source.text),
            created_at: self.recorded_at,
        }
    }
}

/// One act has one event of a kind in force: what makes recording it twice harmless.
pub(super) fn key(resource: &str, cause: GradeCause) -> String {
    format!("{resource}/{}", cause.code())
}
