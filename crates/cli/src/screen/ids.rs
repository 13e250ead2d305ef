//! What a run found, by the numbers that the source gave its visits and lines, for whoever wants to compare it with another program.

use crate::chain;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_kernel::LocalDate;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::disk::Disk;
use xingjian_screen::claims::{Store, load, write};
use xingjian_screen::national::Care;
use xingjian_screen::rule::{Rule, State};
use xingjian_screen::run::{Hits, Run};

#[derive(Serialize)]
struct Ids<'a> {
    run: &'a str,
    months: &'a [String],
    lines: u64,
    /// 就诊ID of all stays in hospital, sorted.
    stays: Vec<String>,
    /// Every rule that was run; one that found nothing has an empty list.
    rules: BTreeMap<&'a str, Vec<Found>>,
}

#[derive(Serialize)]
struct Found {
    day: LocalDate,
    visits: Vec<String>,
    lines: Vec<String>,
    amount_fen: i64,
}

/// Writes the numbers found as JSON, in an order that only the data gives.
pub fn keep(path: &Path, store: &Store, rules: &[Rule], run: &Run, hits: &Hits) -> Result<(), String> {
    let are_run = rules.iter().filter(|rule| matches!(rule.state, State::Live | State::Trial));
    let mut found: BTreeMap<&str, Vec<Found>> = are_run.map(|rule| (rule.id.as_str(), Vec::new())).collect();
    for hit in hits.read().map_err(|e| chain(&e))? {
        let hit = hit.map_err(|e| chain(&e))?.into_owned();
        let of_rule = found.get_mut(hit.rule.as_str()).ok_or_else(|| format!("没有规则 {}", hit.rule))?;
        of_rule.push(Found { day: hit.day, visits: hit.visits, lines: hit.lines, amount_fen: hit.amount.fen() });
    }
    for of_rule in found.values_mut() {
        of_rule.sort_by(|a, b| (&a.visits, &a.lines, a.day).cmp(&(&b.visits, &b.lines, b.day)));
    }
    let stays = stays(store, &run.months)?;
    let ids = Ids { run: &run.id, months: &run.months, lines: run.lines, stays, rules: found };
    let text = serde_json::to_vec_pretty(&ids).map_err(|e| e.to_string())?;
    write::durably(&Disk::default(), path, &text).map_err(|e| chain(&e))
}

fn stays(store: &Store, months: &[String]) -> Result<Vec<String>, String> {
    let values = store.dictionaries.list(ListName::Values);
    let is_stay = |code: i32| values.name(code).and_then(Care::from_medical_type) == Some(Care::Inpatient);
    let mut stays = Vec::new();
    for set in months.iter().filter_map(|month| store.manifest.months.get(month)).flat_map(|month| &month.buckets) {
        let visits = load::month_visits(&store.folder, set).map_err(|e| chain(&e))?;
        stays.extend(visits.into_iter().filter(|v| v.medical_type.is_some_and(is_stay)).map(|visit| visit.visit));
    }
    stays.sort();
    Ok(stays)
}
