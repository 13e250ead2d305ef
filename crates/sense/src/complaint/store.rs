use super::Complaint;
use serde::{Deserialize, Serialize};
use xingjian_kernel::Sensitivity;
use xingjian_kernel::id::ComplaintId;
use xingjian_store::{Head, Record, Table, tables};

/// Who reported, in clear; exists only between the form and the seal, and when it is opened for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReporterClear {
    /// Name.
    pub name: String,
    /// Telephone or other contact.
    pub contact: String,
}

/// The place a reporter is sealed for.
pub fn reporter_place(id: ComplaintId) -> String {
    format!("complaint.reporter/{id}")
}

impl Record for Complaint {
    const TABLE: Table = tables::COMPLAINT;
    const FINAL: &'static [&'static str] = &["closed", "declined"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            sensitivity: Sensitivity::Secret,
            subject: self.subject,
            state: self.state.name(),
            owner: match &self.state {
                super::State::Investigating { by, .. } => Some(*by),
                _ => None,
            },
            due: self.state.due().map(|d| d.due),
            number: Some(self.receipt_digest.clone()),
            title: format!("{} {}", self.number, self.about),
            search: format!("{} {} {}", self.number, self.about, self.text),
            created_at: self.received_at,
        }
    }
}
