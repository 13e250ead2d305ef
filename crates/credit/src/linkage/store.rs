//! Rows of linkages. The department asked owns the row, the department that asks handed it out: both see it, no
//! other does.

use super::Linkage;
use xingjian_kernel::Sensitivity;
use xingjian_store::{Head, Record, Table, tables};

impl Record for Linkage {
    const TABLE: Table = tables::LINKAGE;
    const FINAL: &'static [&'static str] = Self::SETTLED;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            sensitivity: Sensitivity::Case,
            subject: Some(self.subject),
            state: self.state_name(),
            owner: None,
            due: self.due().map(|(deadline, _)| deadline.due),
            number: None,
            title: format!("{}：{}", self.name, self.matter),
            search: format!("{} {} {}", self.name, self.matter, self.consequence),
            created_at: self.pushed_at,
        }
    }
}
