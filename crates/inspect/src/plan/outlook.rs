//! What a plan comes to with the registry as it is: objects by stratum, how many are drawn, and the yearly floor.

use super::{Pack, Plan, PlannedTask, floor};
use crate::base::{Objects, Pool};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_draw::floor::{FloorError, Proof};
use xingjian_kernel::Fault;

/// What a plan comes to.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Its tasks, in the order of the year.
    pub tasks: Vec<TaskOutlook>,
    /// The arithmetic of the yearly floor.
    pub floor: Result<Proof, FloorError>,
    /// Kinds and grades of objects that the rules of a task do not know.
    pub unmet: Vec<Fault>,
}

/// What was drawn for a plan so far: objects by the numbers of its tasks.
pub(super) type Drawn = BTreeMap<String, BTreeSet<String>>;

/// What a task comes to. One that was not drawn yet leaves out what was drawn so far, where it goes beyond that.
#[derive(Clone, Debug)]
pub struct TaskOutlook {
    /// Its number.
    pub number: String,
    /// Its strata, in the order of the rules.
    pub strata: Vec<StratumOutlook>,
    /// How many institutions are left out.
    pub excluded: u64,
    /// How many were drawn, where that was done; the registry of today then says little about it.
    pub drawn: Option<u64>,
}

/// Objects of a stratum of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StratumOutlook {
    /// `A/`.
    pub stratum: String,
    /// The rate.
    pub rate: Rate,
    /// How many objects.
    pub objects: u64,
    /// How many are drawn on average, in millionths of one.
    pub expected: u128,
    /// How many are drawn at least.
    pub least: u64,
}

impl TaskOutlook {
    fn of(task: &PlannedTask, objects: &Objects, drawn: Option<&BTreeSet<String>>) -> Self {
        let mut counts = vec![0u64; task.rules.strata.len()];
        for object in &objects.objects {
            if let Some(at) = task.rules.stratum(&object.grade, &object.risk) {
                counts[at] += 1;
            }
        }
        let strata = task.rules.strata.iter().zip(counts).map(|(stratum, objects)| StratumOutlook {
            stratum: stratum.name(),
            rate: stratum.rate,
            objects,
            expected: expected(stratum, objects),
            least: stratum.smallest_size(objects),
        });
        let count = |length: usize| u64::try_from(length).expect("a length fits");
        let (excluded, drawn) = (count(objects.excluded.len()), drawn.map(|drawn| count(drawn.len())));
        Self { number: task.number.clone(), strata: strata.collect(), excluded, drawn }
    }

    /// All objects.
    pub fn objects(&self) -> u64 {
        self.strata.iter().map(|stratum| stratum.objects).sum()
    }

    /// How many are drawn on average, in millionths of one; how many were, where that was done.
    pub fn expected(&self) -> u128 {
        let average = || self.strata.iter().map(|stratum| stratum.expected).sum();
        self.drawn.map_or_else(average, |drawn| u128::from(drawn) * 1_000_000)
    }

    /// How many are drawn at least; how many were, where that was done.
    pub fn least(&self) -> u64 {
        self.drawn.unwrap_or_else(|| self.strata.iter().map(|stratum| stratum.least).sum())
    }
}

/// The average size of a stratum, in millionths: the rate, or the least number where that is larger than what the rate
/// gives rounded down.
fn expected(stratum: &xingjian_draw::base::Stratum, objects: u64) -> u128 {
    let (whole, rest) = stratum.rate.of(objects);
    let least = stratum.smallest_size(objects);
    if whole < least { u128::from(least) * 1_000_000 } else { u128::from(whole) * 1_000_000 + u128::from(rest) }
}

/// Millionths of one as people write them: `12.35`.
pub fn decimal(millionths: u128) -> String {
    let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{}", format!("{rest:06}").trim_end_matches('0')) }
}

impl Outlook {
    /// Of the tasks that a plan is drawn up with.
    pub(super) fn of(plan: &Plan, pool: &Pool, pack: &Pack, drawn: &Drawn) -> Self {
        let (so_far, none) = (drawn.values().flatten().cloned().collect(), BTreeSet::new());
        let before = |task: &PlannedTask| if drawn.contains_key(&task.number) { &none } else { &so_far };
        let bases: Vec<Objects> = plan.tasks.iter().map(|task| pool.objects(task, before(task))).collect();
        let mut unmet = vec![];
        for (task, base) in plan.tasks.iter().zip(&bases) {
            unmet.extend(not_known(task, base));
        }
        Self {
            tasks: plan
                .tasks
                .iter()
                .zip(&bases)
                .map(|(task, base)| TaskOutlook::of(task, base, drawn.get(&task.number)))
                .collect(),
            floor: floor::of(pack.floor, &plan.tasks, &strata(plan, pool, &bases, drawn)),
            unmet,
        }
    }
}

/// Kinds and grades that the objects have and the rules do not know.
fn not_known(task: &PlannedTask, base: &Objects) -> Vec<Fault> {
    let (mut kinds, mut grades): (BTreeMap<&str, u64>, BTreeMap<&str, u64>) = Default::default();
    for object in &base.objects {
        if task.rules.seats_of(&object.kind).is_empty() {
            *kinds.entry(&object.kind).or_default() += 1;
        }
        if task.rules.stratum(&object.grade, &object.risk).is_none() {
            *grades.entry(&object.grade).or_default() += 1;
        }
    }
    let number = &task.number;
    let mut faults = vec![];
    for (kind, count) in kinds {
        let reason = format!("抽查范围内有{count}家，检查组却没有席位");
        faults.push(Fault::new(format!("{number} 检查组席位"), kind, reason, "请补充席位，或者缩小抽查范围"));
    }
    for (grade, count) in grades {
        let reason = format!("抽查范围内有{count}家，没有对应的比例");
        faults.push(Fault::new(format!("{number} 抽查比例"), grade, reason, "请补充比例"));
    }
    if base.objects.is_empty() {
        faults.push(Fault::new(format!("{number} 抽查范围"), "", "范围内没有检查对象", "请调整区划或者机构类别"));
    }
    faults
}

/// The objects by stratum, those with a level divided by the tasks that range over them. A task that was drawn has done its part:
/// what it hit is known, and it hits nothing more.
fn strata(plan: &Plan, pool: &Pool, bases: &[Objects], drawn: &Drawn) -> floor::Strata {
    let mut ranging: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut strata = floor::Strata::new();
    let open = bases.iter().enumerate().filter(|(at, _)| !drawn.contains_key(&plan.tasks[*at].number));
    for (at, base) in open {
        for object in &base.objects {
            ranging.entry(&object.id).or_default().insert(at);
            let members = strata.entry((object.grade.clone(), object.risk.clone())).or_default();
            *members.of_task.entry(at).or_default() += 1;
        }
    }
    for (id, grade) in pool.levelled(&plan.division) {
        let members = strata.entry((grade, String::new())).or_default();
        if drawn.values().any(|objects| objects.contains(&id)) {
            members.drawn += 1;
        } else {
            let tasks = ranging.get(id.as_str()).cloned().unwrap_or_default();
            *members.counting.entry(tasks).or_default() += 1;
        }
    }
    strata
}
