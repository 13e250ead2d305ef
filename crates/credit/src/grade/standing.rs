//! The standing of a subject (信用档案): its grade as last computed and how it came there, one record a subject.

use super::{Grading, ModelRef};
use serde::{Deserialize, Serialize};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

/// The credit record of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whom it is about; its key is the record's id.
    pub subject: SubjectRef,
    /// The subject's name when last assessed.
    pub name: String,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// Department that keeps it: the one that leads the mechanism.
    pub department: DepartmentId,
    /// The grade as last computed.
    pub grading: Grading,
    /// Every change of the grade, oldest first.
    pub history: Vec<Change>,
    /// Verifications (校验) passed, oldest first: they clear demerit points.
    pub verified: Vec<Verified>,
    /// When the record was made.
    pub created_at: Timestamp,
}

/// A change of the grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// From this day.
    pub on: LocalDate,
    /// The grade before; at the first assessment the one that a subject without events has.
    pub from: String,
    /// The grade since.
    pub to: String,
    /// Points.
    pub total: i32,
    /// Why, in a sentence.
    pub reason: String,
    /// The model.
    pub model: ModelRef,
    /// 试算: nothing followed from it.
    pub trial: bool,
}

/// A verification (校验) that was passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The day.
    pub on: LocalDate,
    /// Number or note of the approval.
    pub reference: String,
}

impl Standing {
    /// Since when the grade holds.
    pub fn since(&self) -> LocalDate {
        self.history.last().map_or_else(|| self.created_at.local_date(), |change| change.on)
    }
}

impl Record for Standing {
    const TABLE: Table = tables::GRADE;
    const FINAL: &'static [&'static str] = &["assessed"];

    fn head(&self) -> Head {
        Head {
            id: self.subject.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: Some(self.subject),
            state: if self.grading.trial { "trial" } else { "assessed" },
            owner: None,
            due: self.grading.next_change,
            number: None,
            title: format!("{}：{}级", self.name, self.grading.grade),
            search: format!("{} {}级", self.name, self.grading.grade),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        xingjian_registry::sort_key(&self.name)
    }
}
