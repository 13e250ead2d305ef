//! Use cases of grades. A grade is read over all departments, so that it is the same for everybody who asks.

use super::standing::{Change, Standing};
use super::{Grading, grade, sampling};
use crate::event::CreditEvent;
use crate::{all, linkage, who};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{DepartmentId, LocalDate, Refusal, SubjectRef};
use xingjian_policy::{Entry, GradeModel, SamplingRate};
use xingjian_registry::release;
use xingjian_store::{App, Ctx, Error, Event, Failure, Filter, Order, Stored, Tx, records};

/// The grade of an institution as of a date, with its explanation.
pub async fn of(ctx: &Ctx, subject: &SubjectRef, as_of: LocalDate) -> Result<Grading, Failure> {
    let system = Ctx::system(&ctx.app);
    let model = model(ctx, *subject, as_of)?;
    let events = all::about::<CreditEvent>(&system, *subject).await?;
    let trial = is_trial(&system, model, as_of).await?;
    Ok(Grading { trial, ..graded(model, events, as_of) })
}

/// Whether nothing may follow from the grades of a model: neither verified nor released by that day.
async fn is_trial(system: &Ctx, model: &Entry<GradeModel>, as_of: LocalDate) -> Result<bool, Failure> {
    if model.is_released_by_itself() {
        return Ok(false);
    }
    let releases = release::all(system).await?;
    let mut given = releases.iter().filter(|r| r.table == MODELS && r.entry == model.id && r.entry_from == model.from);
    Ok(!given.any(|release| release.released_on <= as_of))
}

/// The grade of an institution today, inside a transaction.
pub async fn of_in(tx: &mut Tx, ctx: &Ctx, subject: &SubjectRef) -> Result<Grading, Failure> {
    let system = Ctx::system(&ctx.app);
    let model = model(ctx, *subject, ctx.today())?;
    let events = all::about_in::<CreditEvent>(tx, &system, *subject).await?;
    let trial = !release::is_released(tx, &system, MODELS, &model.id).await?;
    Ok(Grading { trial, ..graded(model, events, ctx.today()) })
}

const MODELS: &str = "grade_model";

fn graded(model: &Entry<GradeModel>, events: Vec<Stored<CreditEvent>>, as_of: LocalDate) -> Grading {
    let events: Vec<CreditEvent> = events.into_iter().map(|stored| stored.value).collect();
    grade(model, &events, as_of)
}

/// Whether subjects of this kind get a grade: institutions do.
pub fn is_graded(subject: SubjectRef) -> bool {
    matches!(subject, SubjectRef::Institution(_))
}

fn model(ctx: &Ctx, subject: SubjectRef, as_of: LocalDate) -> Result<&Entry<GradeModel>, Failure> {
    if !is_graded(subject) {
        let text = format!("{}不评定信用等级", subject.label());
        return Err(Refusal::new("not_graded", text, "请查看其信用事件和记分").into());
    }
    model_on(ctx, as_of)
}

fn model_on(ctx: &Ctx, as_of: LocalDate) -> Result<&Entry<GradeModel>, Failure> {
    ctx.policy().grade_models(as_of).into_iter().next().ok_or_else(|| {
        let text = format!("{}没有有效的信用等级模型", chinese(as_of));
        Refusal::new("no_model", text, "请在政策包中补充该日期有效的模型").into()
    })
}

/// How often an institution is inspected at random today, and by which grade. A grade of a model that is not
/// released changes nothing: the best grade of the model holds until then.
pub async fn sampling_of(ctx: &Ctx, subject: &SubjectRef) -> Result<(Grading, Option<Entry<SamplingRate>>), Failure> {
    let grading = of(ctx, subject, ctx.today()).await?;
    let effective = if grading.trial { first_grade(ctx, *subject)? } else { grading.grade.clone() };
    let rate = sampling(ctx.policy(), &effective, ctx.today()).cloned();
    Ok((grading, rate))
}

/// The grade of a subject about which nothing is known.
fn first_grade(ctx: &Ctx, subject: SubjectRef) -> Result<String, Failure> {
    Ok(grade(model(ctx, subject, ctx.today())?, &[], ctx.today()).grade)
}

/// The grades that decide how often subjects are inspected at random.
#[derive(Clone, Debug)]
pub struct Effective {
    best: String,
    grades: BTreeMap<SubjectRef, String>,
}

impl Effective {
    /// The grade of a subject.
    pub fn of(&self, subject: SubjectRef) -> &str {
        self.grades.get(&subject).unwrap_or(&self.best)
    }
}

impl Effective {
    /// Without events where the model is not released: its grades change nothing until then.
    fn by(model: &Entry<GradeModel>, events: Vec<Stored<CreditEvent>>, today: LocalDate) -> Self {
        let mut by_subject: BTreeMap<SubjectRef, Vec<CreditEvent>> = BTreeMap::new();
        for event in events {
            by_subject.entry(event.subject).or_default().push(event.value);
        }
        let graded = by_subject.into_iter().map(|(subject, events)| (subject, grade(model, &events, today).grade));
        Self { best: grade(model, &[], today).grade, grades: graded.collect() }
    }
}

/// The effective grades of all subjects today, read at once: the same as [`sampling_of`] goes by for each.
pub async fn effective(ctx: &Ctx) -> Result<Effective, Failure> {
    let (system, today) = (Ctx::system(&ctx.app), ctx.today());
    let model = model_on(ctx, today)?;
    let released = !is_trial(&system, model, today).await?;
    let events = if released { records::all::<CreditEvent>(&system, &newest()).await? } else { vec![] };
    Ok(Effective::by(model, events, today))
}

/// The same inside a transaction.
pub async fn effective_in(tx: &mut Tx, ctx: &Ctx) -> Result<Effective, Failure> {
    let (system, today) = (Ctx::system(&ctx.app), ctx.today());
    let model = model_on(ctx, today)?;
    let released = release::is_released(tx, &system, MODELS, &model.id).await?;
    let events = if released { records::all_in::<CreditEvent>(tx, &system, &newest()).await? } else { vec![] };
    Ok(Effective::by(model, events, today))
}

fn newest() -> Filter {
    Filter { order: Order::Newest, ..Filter::default() }
}

/// Computes the grade anew, keeps it, and lets linkages follow: called after everything that can move a grade.
/// Subjects that get no grade are left alone.
pub async fn reassess_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Option<Grading>, Failure> {
    if !is_graded(subject) {
        return Ok(None);
    }
    let system = Ctx::system(&ctx.app);
    let before = records::get_in::<Standing>(tx, &system, subject).await?;
    let grading = of_in(tx, &system, &subject).await?;
    let standing = keep(tx, &system, subject, before, grading).await?;
    linkage::follow_grade_in(tx, &system, &standing).await?;
    Ok(Some(standing.grading))
}

/// Writes what changed, and nothing where nothing did.
async fn keep(
    tx: &mut Tx,
    system: &Ctx,
    subject: SubjectRef,
    before: Option<Stored<Standing>>,
    grading: Grading,
) -> Result<Standing, Failure> {
    let who = who::find_in(tx, system, subject).await?;
    let Some(Stored { version, value: mut standing }) = before else {
        let (from, trial) = (first_grade(system, subject)?, grading.trial);
        let mut standing = Standing {
            subject,
            name: who.name,
            division: who.division,
            department: lead(system)?,
            history: vec![],
            verified: vec![],
            created_at: system.now(),
            grading,
        };
        let event = turn(&mut standing, (from, trial));
        return match records::insert(tx, system, &standing, event).await {
            // Somebody else assessed the subject for the first time at the same moment.
            Err(Failure::Exists) => Err(Failure::Conflict),
            done => done.map(|()| standing),
        };
    };
    let known = Grading { as_of: grading.as_of, from: grading.from, ..standing.grading.clone() };
    if known == grading && standing.name == who.name {
        return Ok(standing);
    }
    let before = (standing.grading.grade.clone(), standing.grading.trial);
    (standing.grading, standing.name, standing.division) = (grading, who.name, who.division);
    let event = turn(&mut standing, before);
    records::save(tx, system, &standing, version, event).await?;
    Ok(standing)
}

/// Notes a change of the grade in the history, and says what happened. `before` is the grade until now, and
/// whether it was a trial.
fn turn(standing: &mut Standing, before: (String, bool)) -> Event {
    let grading = &standing.grading;
    let (from, was_trial) = before;
    let (to, total, trial) = (grading.grade.clone(), grading.total, grading.trial);
    let reason = reason(grading);
    let moved = from != to || was_trial != trial;
    let (kind, text) = match (moved, trial) {
        (true, true) => ("credit.grade_trial", format!("信用等级试算为{to}级（{total}分），模型尚未放行，不产生后果")),
        (true, false) if was_trial => ("credit.grade_changed", format!("信用等级确定为{to}级（{total}分）：{reason}")),
        (true, false) => ("credit.grade_changed", format!("信用等级由{from}级变为{to}级（{total}分）：{reason}")),
        (false, true) => ("credit.grade_trial", format!("信用试算仍为{to}级（{total}分）：{reason}")),
        (false, false) => ("credit.grade_assessed", format!("信用评定后仍为{to}级（{total}分）：{reason}")),
    };
    let event = Event::new(kind, text).data(json!({
        "from": from, "to": to, "total": total, "trial": trial, "on": grading.as_of, "model": grading.model,
    }));
    if moved {
        let model = grading.model.clone();
        standing.history.push(Change { on: grading.as_of, from, to, total, reason, model, trial });
    }
    event
}

/// What the grade rests on, in a sentence.
pub(crate) fn reason(grading: &Grading) -> String {
    let parts: Vec<String> = grading.lines.iter().map(|line| format!("{}{:+}分", line.name, line.subtotal)).collect();
    let counted = if parts.is_empty() { "评定周期内没有计分事项".to_owned() } else { parts.join("、") };
    match &grading.veto {
        Some(veto) => format!("{counted}；“{veto}”一票否决"),
        None => counted,
    }
}

fn lead(ctx: &Ctx) -> Result<DepartmentId, Failure> {
    let lead = ctx.policy().lead_department(ctx.today());
    let lead = lead.ok_or_else(|| Error::Missing("a lead department in the policy pack".into()))?;
    Ok(DepartmentId::new(lead.id.clone()))
}

/// What anybody may know of an institution's credit: no act behind it is named here, publications do that.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PublicGrade {
    /// The grade.
    pub grade: String,
    /// What it means.
    pub label: String,
    /// Since when; `None` where nothing ever changed it.
    pub since: Option<LocalDate>,
    /// 试算: nothing follows from it yet.
    pub trial: bool,
    /// How often it is inspected at random.
    pub sampling: Option<SamplingRate>,
}

/// The public grade of an institution today.
pub async fn public_of(app: &Arc<App>, subject: &SubjectRef) -> Result<PublicGrade, Failure> {
    let system = Ctx::system(app);
    let (grading, rate) = sampling_of(&system, subject).await?;
    let standing = records::get::<Standing>(&system, *subject).await?;
    Ok(PublicGrade {
        grade: grading.grade,
        label: grading.label,
        since: standing.and_then(|s| s.history.last().map(|change| change.on)),
        trial: grading.trial,
        sampling: rate.map(|rate| rate.body),
    })
}

const PAGE: u32 = 200;

/// Assesses anew every subject whose grade may have moved by itself: an event left the rating period. Returns how
/// many were looked at. Meant to run daily.
pub async fn refresh(app: &Arc<App>) -> Result<usize, Failure> {
    let system = Ctx::system(app);
    // By id, because assessing moves the due date that the first order goes by.
    let mut due = Filter { due_until: Some(system.today()), order: Order::Newest, limit: PAGE, ..Filter::default() };
    let mut looked = 0;
    loop {
        let page = records::list::<Standing>(&system, &due).await?;
        for standing in &page.rows {
            let mut tx = system.begin().await?;
            reassess_in(&mut tx, &system, standing.subject).await?;
            tx.commit().await?;
            looked += 1;
        }
        due.after = page.next;
        if due.after.is_none() {
            return Ok(looked);
        }
    }
}

/// Assesses every subject with a standing anew: after the release of a model or a linkage rule.
pub async fn refresh_in(tx: &mut Tx, ctx: &Ctx) -> Result<(), Failure> {
    let system = Ctx::system(&ctx.app);
    let mut everybody = Filter { order: Order::Newest, limit: PAGE, ..Filter::default() };
    loop {
        let page = records::list_in::<Standing>(tx, &system, &everybody).await?;
        for standing in &page.rows {
            reassess_in(tx, &system, standing.subject).await?;
        }
        everybody.after = page.next;
        if everybody.after.is_none() {
            return Ok(());
        }
    }
}
