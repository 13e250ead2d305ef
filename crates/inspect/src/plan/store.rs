//! A yearly plan as the store keeps it.

use super::{Plan, PlannedTask, State};
use std::collections::BTreeSet;
use xingjian_kernel::{DepartmentId, Sensitivity};
use xingjian_store::{Head, Record, Table, tables};

impl Record for Plan {
    const TABLE: Table = tables::INSPECTION_PLAN;
    const FINAL: &'static [&'static str] = State::FINAL;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: self.state.name(),
            owner: None,
            due: None,
            // A department has one plan a year.
            number: Some(format!("{}/{}", self.year, self.department)),
            title: self.title.clone(),
            search: format!("{} {}", self.year, self.title),
            created_at: self.created_at,
        }
    }

    fn shared(&self) -> Vec<DepartmentId> {
        let mut departments: BTreeSet<DepartmentId> =
            self.tasks.iter().chain(self.tasks_in_force()).flat_map(PlannedTask::departments).collect();
        departments.remove(&self.department);
        departments.into_iter().collect()
    }
}
