//! The grade of a subject as of a date, explained item by item: base points, and for every cause of the model how
//! often it happened, what one counts, and which acts are behind it. Whole numbers only.
//!
//! The rating period is one year (周期1年): an event counts from the day it took effect until the day before the
//! same day of the next year. The grade of a past day is computed with what was in force on that day.

mod service;
mod standing;

pub(crate) use service::reason;
pub use service::{
    Effective, PublicGrade, effective, effective_in, is_graded, of, of_in, public_of, reassess_in, refresh, refresh_in,
    sampling_of,
};
pub use standing::{Change, Standing, Verified};

use crate::event::CreditEvent;
use crate::period;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::CreditEventId;
use xingjian_kernel::{DepartmentId, LocalDate};
use xingjian_policy::{Entry, GradeBand, GradeCause, GradeItem, GradeModel, Policy, SamplingRate};

/// Length of the rating period in months.
pub const PERIOD_MONTHS: u16 = 12;

/// A grade and everything it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grading {
    /// The day it holds for.
    pub as_of: LocalDate,
    /// First day of the rating period.
    pub from: LocalDate,
    /// The model.
    pub model: ModelRef,
    /// Points at the beginning.
    pub base: i32,
    /// One line for each cause that happened, in the order of the model.
    pub lines: Vec<Line>,
    /// Events of the period that the model gives no points for.
    pub unweighted: Vec<SourceRef>,
    /// Points in the end.
    pub total: i32,
    /// Grade by the points alone.
    pub by_points: String,
    /// The grade.
    pub grade: String,
    /// What the grade means.
    pub label: String,
    /// Cause whose veto decided, where one did.
    pub veto: Option<String>,
    /// First day on which an event of the period no longer counts: the grade may rise then.
    pub next_change: Option<LocalDate>,
    /// 试算: the model is not verified and not released, so nothing may follow from the grade.
    pub trial: bool,
}

/// Which version of which model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Id in the policy pack.
    pub id: String,
    /// In force from: names the version.
    pub from: LocalDate,
}

/// One cause of the model and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The cause.
    pub cause: GradeCause,
    /// Its name in the model.
    pub name: String,
    /// How many units happened.
    pub count: u32,
    /// Points for one unit.
    pub each: i32,
    /// Points that count.
    pub subtotal: i32,
    /// Points before the cap, where the cap cut them.
    pub uncapped: Option<i32>,
    /// The grade it forces.
    pub veto: Option<String>,
    /// The events behind it, oldest first.
    pub sources: Vec<SourceRef>,
}

/// An event as a line quotes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRef {
    /// The event.
    pub event: CreditEventId,
    /// Where it comes from: id of the case, task or demerit record.
    pub resource: String,
    /// Official number, where there is one.
    pub number: Option<String>,
    /// Department whose act it is.
    pub department: DepartmentId,
    /// What it was.
    pub text: String,
    /// The day it took effect.
    pub effective_on: LocalDate,
    /// Units of the cause.
    pub units: u32,
}

impl SourceRef {
    fn of(event: &CreditEvent) -> Self {
        Self {
            event: event.id,
            resource: event.source.resource.clone(),
            number: event.source.number.clone(),
            department: event.source.department.clone(),
            text: event.source.text.clone(),
            effective_on: event.effective_on,
            units: event.units,
        }
    }
}

/// The grade by a model from all events of one subject, whatever their order.
pub fn grade(model: &Entry<GradeModel>, events: &[CreditEvent], as_of: LocalDate) -> Grading {
    let mut counted: Vec<&CreditEvent> =
        events.iter().filter(|e| e.in_force(as_of) && as_of < period::after(e.effective_on, PERIOD_MONTHS)).collect();
    counted.sort_by_key(|event| (event.effective_on, event.recorded_at, event.id));
    let lines: Vec<Line> = model.items.iter().filter_map(|item| line(item, &counted)).collect();
    let known = |cause| model.items.iter().any(|item| item.cause == cause);
    let total = lines.iter().fold(model.base, |sum, line| sum.saturating_add(line.subtotal));
    let by_points = band(model, total);
    let vetoes = lines.iter().filter_map(|line| Some((rank(model, line.veto.as_deref()?), line)));
    // Bands stand best first, so the greatest rank is the worst grade.
    let veto = vetoes.filter(|(rank, _)| *rank > by_points).max_by_key(|(rank, _)| *rank);
    let decided = veto.map_or(by_points, |(rank, _)| rank);
    let name = |at: usize| model.grades.get(at).map_or_else(String::new, |band: &GradeBand| band.grade.clone());
    Grading {
        as_of,
        from: period::before(as_of, PERIOD_MONTHS).tomorrow().unwrap_or(as_of),
        model: ModelRef { id: model.id.clone(), from: model.from },
        base: model.base,
        unweighted: counted.iter().filter(|e| !known(e.cause)).map(|e| SourceRef::of(e)).collect(),
        total,
        by_points: name(by_points),
        grade: name(decided),
        label: model.grades.get(decided).map_or_else(String::new, |band| band.label.clone()),
        veto: veto.map(|(_, line)| line.name.clone()),
        next_change: counted.iter().map(|e| period::after(e.effective_on, PERIOD_MONTHS)).min(),
        trial: false,
        lines,
    }
}

fn line(item: &GradeItem, counted: &[&CreditEvent]) -> Option<Line> {
    let sources: Vec<SourceRef> =
        counted.iter().filter(|event| event.cause == item.cause).map(|event| SourceRef::of(event)).collect();
    if sources.is_empty() {
        return None;
    }
    let count = sources.iter().fold(0u32, |sum, source| sum.saturating_add(source.units));
    let plain = i32::try_from(count).unwrap_or(i32::MAX).saturating_mul(item.points);
    let subtotal = item.cap.map_or(plain, |cap| {
        let most = cap.saturating_abs();
        plain.clamp(-most, most)
    });
    Some(Line {
        cause: item.cause,
        name: item.name.clone(),
        count,
        each: item.points,
        subtotal,
        uncapped: (subtotal != plain).then_some(plain),
        veto: item.veto.clone(),
        sources,
    })
}

/// Place of the band these points lie in; below all bands, the last.
fn band(model: &GradeModel, points: i32) -> usize {
    let reached = model.grades.iter().enumerate().filter(|(_, band)| band.from <= points);
    reached.max_by_key(|(_, band)| band.from).map_or_else(|| model.grades.len().saturating_sub(1), |(at, _)| at)
}

/// Place of a grade; an unknown one is the last, the worst.
fn rank(model: &GradeModel, grade: &str) -> usize {
    let last = model.grades.len().saturating_sub(1);
    model.grades.iter().position(|band| band.grade == grade).unwrap_or(last)
}

/// How often subjects of this grade are inspected at random, as of a date.
pub fn sampling<'a>(policy: &'a Policy, grade: &str, as_of: LocalDate) -> Option<&'a Entry<SamplingRate>> {
    policy.sampling_rates(as_of).into_iter().find(|rate| rate.grade == grade)
}

#[cfg(test)]
mod tests;
