//! A draw as the store keeps it.

use super::{Draw, RESULTS_CLOCK, State};
use xingjian_kernel::{DepartmentId, LocalDate, Sensitivity};
use xingjian_store::{Ctx, Failure, Head, Record, Table, tables};

impl Record for Draw {
    const TABLE: Table = tables::DRAW;
    const FINAL: &'static [&'static str] = &["dropped", "released", "stopped"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            // Everybody at a desk may follow a draw; what must not be known yet is sealed inside.
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: self.state.name(),
            owner: None,
            due: self.due(),
            number: Some(self.name.to_string()),
            title: self.title(),
            search: format!("{} {}", self.title(), self.task.number),
            created_at: self.created_at,
        }
    }

    fn shared(&self) -> Vec<DepartmentId> {
        self.task.departments().into_iter().filter(|department| *department != self.department).collect()
    }
}

impl Draw {
    /// When the next step is due: the first public source, the drawing, the release.
    fn due(&self) -> Option<LocalDate> {
        match &self.state {
            State::Frozen { frozen, .. } => frozen.document.sources.first().map(xingjian_kernel::Timestamp::local_date),
            State::Seeded { seeding, .. } => Some(seeding.at.local_date()),
            State::Drawn { drawn, .. } => Some(self.release.unwrap_or_else(|| drawn.drawing.at.local_date())),
            _ => None,
        }
    }

    /// By when the results of the visits have to be public: so many working days after the last day of the visits.
    pub fn results_due(&self, ctx: &Ctx) -> Result<LocalDate, Failure> {
        Ok(ctx.deadline(RESULTS_CLOCK, self.task.rules.period.1)?.due)
    }
}
