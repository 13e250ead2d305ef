//! The two bases of a draw, from the registry: objects with grade and supervising unit, those left out and why, and
//! officers with the grounds that keep them from objects. Read over all scopes, so that they do not depend on who looks.

use crate::plan::{PlannedTask, Range};
use crate::task::{State, Task};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_credit::grade::{self, Effective};
use xingjian_draw::base::{Excluded, Ground, Inspector, Object, fallback_id, licence_id};
use xingjian_kernel::division::Level;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{DepartmentId, DivisionCode, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::officer::{Officer, Tie};
use xingjian_registry::subject::{self, Ties};
use xingjian_store::{Ctx, Failure, Filter, Order, Reading, Stored};

/// The object base of a task, from the registry.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// What can be drawn.
    pub objects: Vec<Object>,
    /// What is left out, and why.
    pub excluded: Vec<Excluded>,
    /// Whom an id stands for, of objects and of what is left out.
    pub subjects: BTreeMap<String, SubjectRef>,
    /// Ids of the objects by the subjects that stand for or behind them.
    behind: BTreeMap<SubjectRef, Vec<String>>,
}

/// An officer of the inspector base, with the grounds that keep the officer from objects.
#[derive(Clone, Debug)]
pub struct Inspecting {
    /// The officer's record.
    pub officer: OfficerId,
    /// What the draw knows of the officer.
    pub inspector: Inspector,
    /// Objects that the officer must not inspect, each once: its id, the ground, what it rests on.
    pub grounds: Vec<(String, Ground, String)>,
}

/// Kinds of objects, which have seats of their own: 医院 (WS 218 A), 基层医疗卫生机构 (B, C, D), and all others.
pub const KINDS: [&str; 3] = ["医院", "基层医疗卫生机构", "其他医疗卫生机构"];

/// The kind of an institution by the letter of its category.
pub fn kind_of(category: Option<&str>) -> &'static str {
    match category.and_then(|category| category.chars().next()) {
        Some('A') => KINDS[0],
        Some('B' | 'C' | 'D') => KINDS[1],
        _ => KINDS[2],
    }
}

/// The county that a division lies in; a city or province is its own.
fn county(division: &DivisionCode) -> DivisionCode {
    let mut county = division.clone();
    while county.level() > Level::County {
        let Some(above) = county.parent() else { break };
        county = above;
    }
    county
}

/// The id of an institution in a draw.
fn id_of(institution: &Institution) -> String {
    let licence = institution.details.licence.as_ref().and_then(|number| licence_id(&number.to_string()).ok());
    licence.unwrap_or_else(|| fallback_id(&institution.id.to_string()))
}

fn everything() -> Filter {
    Filter { order: Order::Newest, ..Filter::default() }
}

/// What bases are made from: read once, for as many tasks as are asked about.
pub struct Pool {
    institutions: Vec<Stored<Institution>>,
    grades: Effective,
    /// Inspections of a subject in a year, over all departments, as its yearly cap counts.
    done: BTreeMap<(SubjectRef, i16), u32>,
    /// Yearly cap by grade.
    caps: BTreeMap<String, u16>,
    demonstration: bool,
}

impl Pool {
    /// Reads the registry, grades and inspections.
    pub async fn read(from: &mut Reading<'_>, ctx: &Ctx) -> Result<Self, Failure> {
        let all = ctx.seeing_all();
        let institutions = from.all(&all, &everything()).await?;
        let tasks = from.all(&all, &counted()).await?;
        let grades = match from {
            Reading::Inside(tx) => grade::effective_in(tx, ctx).await?,
            Reading::Outside => grade::effective(ctx).await?,
        };
        Ok(Self::of(ctx, institutions, &tasks, grades))
    }

    fn of(ctx: &Ctx, institutions: Vec<Stored<Institution>>, tasks: &[Stored<Task>], grades: Effective) -> Self {
        let mut done = BTreeMap::new();
        for task in tasks {
            *done.entry((task.subject, task.planned.year())).or_default() += 1;
        }
        let rates = ctx.policy().sampling_rates(ctx.today());
        Self {
            // Invented institutions are only in a demonstration, and there nobody real is drawn.
            demonstration: institutions.iter().any(|institution| institution.demo),
            caps: rates.iter().map(|rate| (rate.grade.clone(), rate.yearly_cap)).collect(),
            institutions,
            grades,
            done,
        }
    }

    /// The objects of a task: every institution of the registry is among them or left out with a reason. `drawn_before` are
    /// the ids that earlier draws of the year have drawn; they count where the task goes beyond these.
    pub fn objects(&self, task: &PlannedTask, drawn_before: &BTreeSet<String>) -> Objects {
        let mut found = Objects::default();
        for institution in &self.institutions {
            let (id, subject, details) = (id_of(institution), institution.subject(), &institution.details);
            let reason = self.left_out(institution, &id, task, drawn_before);
            found.subjects.insert(id.clone(), subject);
            if let Some(reason) = reason {
                found.excluded.push(Excluded { id, reason });
                continue;
            }
            let legal_person = institution.legal_person.map(SubjectRef::LegalPerson);
            for tied in std::iter::once(subject).chain(legal_person) {
                found.behind.entry(tied).or_default().push(id.clone());
            }
            found.objects.push(Object {
                id,
                grade: self.grades.of(subject).to_owned(),
                // The registry knows no class of risk.
                risk: String::new(),
                kind: kind_of(details.category.as_deref()).to_owned(),
                // It knows no supervising unit either: the county supervises.
                unit: county(&details.division).to_string(),
            });
        }
        found
    }

    fn left_out(
        &self,
        institution: &Institution,
        id: &str,
        task: &PlannedTask,
        drawn_before: &BTreeSet<String>,
    ) -> Option<String> {
        if self.demonstration && !institution.demo {
            return Some("演示环境不抽取真实机构".to_owned());
        }
        if let Some(outside) = task.range.outside(&institution.details) {
            return Some(outside);
        }
        if task.beyond_drawn && drawn_before.contains(id) {
            return Some("本年度已经抽中".to_owned());
        }
        let subject = institution.subject();
        let grade = self.grades.of(subject);
        let (cap, done) = (self.caps.get(grade)?, self.done.get(&(subject, task.rules.period.0.year()))?);
        let exhausted = *done >= u32::from(*cap);
        exhausted.then(|| format!("本年度检查已达信用等级{grade}级的频次上限{cap}次（国办发〔2024〕54号）"))
    }

    /// Id and grade of the institutions of a division that have a level (一级以上).
    pub(crate) fn levelled<'a>(&'a self, division: &'a DivisionCode) -> impl Iterator<Item = (String, String)> + 'a {
        let counts = move |institution: &&Stored<Institution>| {
            division.contains(&institution.details.division)
                && Range::is_level(institution.details.level.as_deref())
                && institution.demo == self.demonstration
        };
        let named =
            |institution: &Stored<Institution>| (id_of(institution), self.grades.of(institution.subject()).to_owned());
        self.institutions.iter().filter(counts).map(named)
    }

    /// The institutions by their ids in a draw.
    pub fn names(&self) -> BTreeMap<String, &Institution> {
        self.institutions.iter().map(|institution| (id_of(institution), &institution.value)).collect()
    }
}

/// Inspections that count for the yearly cap.
fn counted() -> Filter {
    Filter { states: State::COUNTED.iter().map(|state| (*state).to_owned()).collect(), ..everything() }
}

/// The officers of the departments that have a seat in the task's teams, in the order of their records, each with the objects
/// that the officer must not inspect.
pub async fn inspectors(
    from: &mut Reading<'_>,
    ctx: &Ctx,
    task: &PlannedTask,
    objects: &Objects,
) -> Result<Vec<Inspecting>, Failure> {
    let all = ctx.seeing_all();
    let departments: BTreeSet<&DepartmentId> =
        task.rules.seats.values().flatten().map(|seat| &seat.department).collect();
    let mut officers = from.all::<Officer>(&all, &everything()).await?;
    officers.retain(|officer| departments.contains(&officer.department));
    officers.sort_by_key(|officer| officer.id);
    let last = last_inspections(from, &all).await?;
    let mut by_officer: BTreeMap<OfficerId, Vec<(&String, &str)>> = BTreeMap::new();
    for object in &objects.objects {
        let Some(last) = objects.subjects.get(&object.id).and_then(|subject| last.get(subject)) else { continue };
        for officer in last.officer_ids() {
            by_officer.entry(officer).or_default().push((&object.id, last.number().unwrap_or_default()));
        }
    }
    let mut ties: BTreeMap<SubjectRef, Ties> = BTreeMap::new();
    let mut found = vec![];
    for officer in officers {
        // One ground an object: what is registered comes before what follows from the last inspection.
        let mut grounds: BTreeMap<String, (Ground, String)> = BTreeMap::new();
        for recusal in &officer.recusals {
            let behind = match ties.entry(recusal.subject) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(subject::ties_from(from, ctx, recusal.subject).await?),
            };
            for id in behind.close().iter().filter_map(|subject| objects.behind.get(subject)).flatten() {
                grounds.entry(id.clone()).or_insert_with(|| (ground_of(recusal.tie), recusal.reason.clone()));
            }
        }
        for (id, notice) in by_officer.remove(&officer.id).unwrap_or_default() {
            let detail = || (Ground::SameObjectLastTime, format!("上一次检查：{notice}"));
            grounds.entry(id.clone()).or_insert_with(detail);
        }
        let grounds = grounds.into_iter().map(|(id, (ground, detail))| (id, ground, detail)).collect();
        found.push(Inspecting { officer: officer.id, inspector: inspector(&officer), grounds });
    }
    Ok(found)
}

/// The last inspection of each subject whose record was submitted, whether its findings are settled or not.
async fn last_inspections(from: &mut Reading<'_>, all: &Ctx) -> Result<BTreeMap<SubjectRef, Task>, Failure> {
    let submitted = Filter { states: vec!["concluded".to_owned(), "closed".to_owned()], ..everything() };
    let mut last: BTreeMap<SubjectRef, Task> = BTreeMap::new();
    let when = |task: &Task| (task.state.visit().map(|visit| visit.server_at), task.id);
    for task in from.all::<Task>(all, &submitted).await? {
        let task = task.value;
        if last.get(&task.subject).is_none_or(|known| when(known) < when(&task)) {
            last.insert(task.subject, task);
        }
    }
    Ok(last)
}

const fn ground_of(tie: Tie) -> Ground {
    match tie {
        Tie::Kin => Ground::Kin,
        Tie::FormerEmployer => Ground::FormerEmployer,
        Tie::Investment => Ground::Investment,
        Tie::Residence => Ground::Residence,
        Tie::Other => Ground::Other,
    }
}

/// What a draw knows of an officer. One who serves in a county is of the unit that supervises it, so that 交叉检查 sends
/// nobody to the own county.
fn inspector(officer: &Officer) -> Inspector {
    let unit = match officer.division.level() {
        Level::Province | Level::City => officer.unit.clone(),
        _ => county(&officer.division).to_string(),
    };
    Inspector {
        officer: officer.id.to_string(),
        department: officer.department.clone(),
        unit,
        specialties: officer.specialties.iter().cloned().collect(),
        certificate: officer.certificate.as_ref().map(|certificate| (certificate.from, certificate.until)),
        leave: officer.leave.iter().map(|leave| (leave.from, leave.until)).collect(),
        first_line: officer.first_line,
    }
}
