//! The yearly floor of a plan whose tasks range over different objects.
//!
//! `draw::floor` adds up draws over the same objects. Here the objects of a stratum that count are divided by the tasks that
//! range over them. A task whose objects are such a part counts with its rate; one that ranges over more is only sure to
//! hit the part with what cannot fall outside of it. Leaving a task out of the account can only make the sum smaller, so
//! each set of tasks gives a true bound; tasks are taken in as long as the bound rises. What the year has drawn already stands apart,
//! all of it hit.

use super::PlannedTask;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_draw::base::Stratum;
use xingjian_draw::floor::{FloorError, PlannedDraw, Population, Proof, prove};

/// Objects of one stratum.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// How many of those that count, by the tasks that range over them (places in the order of the year).
    pub(super) counting: BTreeMap<BTreeSet<usize>, u64>,
    /// How many objects each task has in all, counting or not.
    pub(super) of_task: BTreeMap<usize, u64>,
    /// How many of those that count were drawn this year; they are in no part of `counting`.
    pub(super) drawn: u64,
}

/// Objects by grade and risk.
pub(super) type Strata = BTreeMap<(String, String), Members>;

/// What the tasks, in the order of the year, are sure to reach.
pub(super) fn of(floor: Rate, tasks: &[PlannedTask], strata: &Strata) -> Result<Proof, FloorError> {
    let mut taken = BTreeSet::new();
    let mut best = with(floor, tasks, strata, &taken);
    loop {
        let others = (0..tasks.len()).filter(|at| !taken.contains(at));
        let tried = others.map(|at| {
            let more: BTreeSet<usize> = taken.iter().copied().chain([at]).collect();
            (with(floor, tasks, strata, &more), more)
        });
        let better = tried.max_by_key(|(bound, _)| reached(bound)).filter(|(bound, _)| reached(bound) > reached(&best));
        let Some((bound, more)) = better else { return best };
        (best, taken) = (bound, more);
    }
}

fn reached(bound: &Result<Proof, FloorError>) -> u64 {
    match bound {
        Ok(proof) | Err(FloorError::Short(proof)) => proof.reached,
        Err(FloorError::Unknown { .. }) => 0,
    }
}

/// The bound with some of the tasks in the account.
fn with(floor: Rate, tasks: &[PlannedTask], strata: &Strata, taken: &BTreeSet<usize>) -> Result<Proof, FloorError> {
    let mut population = vec![];
    let mut draws = vec![];
    for ((grade, risk), members) in strata {
        // What no task ranges over stands apart from what the tasks in the account do not.
        let mut parts: BTreeMap<(BTreeSet<usize>, bool), u64> = BTreeMap::new();
        for (ranging, count) in &members.counting {
            let counted = ranging.intersection(taken).copied().collect();
            *parts.entry((counted, ranging.is_empty())).or_default() += count;
        }
        let whole = parts.len() == 1 && members.drawn == 0;
        if members.drawn > 0 {
            let at_least = u32::try_from(members.drawn).unwrap_or(u32::MAX);
            let hit = Stratum { grade: grade.clone(), risk: format!("{risk}（已抽到）"), rate: NONE, at_least };
            population.push(Population { stratum: hit.name(), objects: Some(members.drawn) });
            draws.push(PlannedDraw { name: String::new(), strata: vec![hit], beyond_drawn: false });
        }
        for ((ranging, unreached), objects) in parts {
            let numbers: Vec<&str> = ranging.iter().map(|at| tasks[*at].number.as_str()).collect();
            let part = match numbers.as_slice() {
                [] if unreached => format!("{risk}（没有任务可以抽到）"),
                _ if whole => risk.clone(),
                [] => format!("{risk}（其余）"),
                numbers => format!("{risk}（{}）", numbers.join("、")),
            };
            let name = Stratum { grade: grade.clone(), risk: part.clone(), rate: Rate::ALL, at_least: 0 }.name();
            population.push(Population { stratum: name, objects: Some(objects) });
            for at in ranging {
                let Some(of_grade) = tasks[at].rules.stratum(grade, risk).map(|found| &tasks[at].rules.strata[found])
                else {
                    continue;
                };
                let all = members.of_task.get(&at).copied().unwrap_or_default();
                let stratum = if all == objects {
                    Stratum { risk: part.clone(), ..of_grade.clone() }
                } else {
                    let sure = of_grade.smallest_size(all).saturating_sub(all - objects);
                    let at_least = u32::try_from(sure).unwrap_or(u32::MAX);
                    Stratum { grade: grade.clone(), risk: part.clone(), rate: NONE, at_least }
                };
                // What is only sure by what cannot fall outside does not add to what was drawn before.
                let beyond_drawn = tasks[at].beyond_drawn && all == objects;
                draws.push(PlannedDraw { name: tasks[at].name.clone(), strata: vec![stratum], beyond_drawn });
            }
        }
    }
    prove(floor, &population, &draws)
}

const NONE: Rate = match Rate::from_ppm(0) {
    Ok(rate) => rate,
    Err(_) => Rate::ALL,
};

#[cfg(test)]
mod tests;
