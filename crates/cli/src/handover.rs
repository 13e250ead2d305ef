//! Hands what screening found to the loop: hits with the lines behind them become signals, and rules run as the bureau decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use xingjian_kernel::Fen;
use xingjian_registry::release;
use xingjian_screen::claims::Store;
use xingjian_screen::evidence::{self, Evidence};
use xingjian_screen::hit::Hit;
use xingjian_screen::ingest::{self, Report, TableCounts};
use xingjian_screen::layout::Table;
use xingjian_screen::rule::{Age, AgeUnit, NamedAge, Parameters, ResultClass, Rule, Severity, State};
use xingjian_screen::run::{Hits, Run};
use xingjian_sense::claims::accept::{KEPT, accept, latest as latest_run};
use xingjian_sense::claims::rule::{Edition, Particulars, Severity as RuleSeverity, State as RuleState};
use xingjian_sense::claims::screening::{DeliveredTable, Delivery, RuleTotals, Screening, Tally};
use xingjian_sense::claims::{self, GivenRule, Month, OfInstitution, Sum, service};
use xingjian_store::{App, Ctx, Failure};

/// Hits of a rule on trial that are shown on its page.
const SAMPLE: usize = 20;
/// Hits that are handed over at most, those on trial aside: with what lies behind them they are in memory together, about three kilobytes each.
/// Product default; the claims of ten million people in a year have fewer.
pub const MOST_HITS: u64 = 2_000_000;
/// Rules that are named where there are more.
const NAMED: usize = 5;

/// What was found cannot be handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// The claims behind the hits cannot be read.
    #[error("命中所指的明细无法读取")]
    Claims(#[from] xingjian_screen::claims::Error),
    /// The loop does not take it.
    #[error("线索无法写入")]
    Loop(#[source] Failure),
    /// An age of the packs that is none.
    #[error("政策条目 parameter/{0}：{1}")]
    Age(String, String),
    /// More hits than are handed over: a rule is wrong, or the machine needs more memory.
    #[error(
        "命中{found}处，超过一次转为线索的上限{most}处，没有转为线索，结果已保存为筛查{run}；命中最多的规则：{rules}。请核对这些规则，有误的停用或者改为试运行后重新筛查；确认无误的，用 --most-hits 提高上限（每百万处约需3GB内存）"
    )]
    TooMany {
        /// The run.
        run: String,
        /// Hits of live rules.
        found: u64,
        /// How many are handed over.
        most: u64,
        /// Rules with the most hits.
        rules: String,
    },
    /// A month that is none.
    #[error("“{0}”不是月份")]
    Month(String),
}

impl From<Failure> for HandoverError {
    fn from(failure: Failure) -> Self {
        Self::Loop(failure)
    }
}

/// The ages that rules name without a number, as the packs give them; released where every number of an age may be relied on.
pub async fn parameters(app: &Arc<App>) -> Result<Parameters, HandoverError> {
    let ctx = Ctx::system(app);
    let mut tx = ctx.begin().await?;
    let mut ages = vec![];
    for [from, before] in [
        ["", "claims_child_before"],
        ["", "claims_newborn_before"],
        ["", "claims_infant_before"],
        ["claims_working_from", "claims_working_before"],
    ] {
        let mut released = true;
        let mut numbers = [None, None];
        for (number, id) in numbers.iter_mut().zip([from, before]).filter(|(_, id)| !id.is_empty()) {
            let entry = ctx.policy().parameter(id, ctx.today());
            let entry = entry.ok_or_else(|| HandoverError::Age(id.to_owned(), "政策包中没有该条目".to_owned()))?;
            *number = Some(age(id, entry.value, &entry.unit)?);
            released &= release::is_released(&mut tx, &ctx, "parameter", id).await?;
        }
        ages.push(NamedAge { from: numbers[0], before: numbers[1], released });
    }
    let [child, newborn, infant, working_age] = <[NamedAge; 4]>::try_from(ages).expect("four ages are named above");
    Ok(Parameters { child, newborn, infant, working_age })
}

fn age(id: &str, value: i64, unit: &str) -> Result<Age, HandoverError> {
    let wrong = |what: String| HandoverError::Age(id.to_owned(), what);
    let count = u16::try_from(value).map_err(|_| wrong(format!("{value}不是年龄")))?;
    let unit = match unit {
        "年" => AgeUnit::Years,
        "日" => AgeUnit::Days,
        other => return Err(wrong(format!("单位“{other}”不是年或者日"))),
    };
    Ok(Age { count, unit })
}

/// Gives every rule the state that the bureau decided, where it decided one. A draft of another version stays a draft: nobody decided about it.
pub async fn as_decided(app: &Arc<App>, rules: &mut [Rule]) -> Result<(), Failure> {
    let decided = service::decided_states(&Ctx::system(app)).await?;
    let known: BTreeSet<String> =
        rules.iter().filter(|rule| rule.state != State::Draft).map(|rule| rule.id.clone()).collect();
    for rule in rules {
        if rule.state == State::Draft && known.contains(&rule.id) {
            continue;
        }
        if let Some(state) = decided.get(&rule.id) {
            rule.state = match state {
                RuleState::Draft => State::Draft,
                RuleState::Trial => State::Trial,
                RuleState::Live => State::Live,
                RuleState::Retired => State::Retired,
            };
        }
    }
    Ok(())
}

/// What was screened by.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// Every rule of the catalogue, in the state it ran in.
    pub rules: &'a [Rule],
    /// What rules leave open.
    pub parameters: &'a Parameters,
    /// Published definitions of the national catalogue by the name of the rule, where they were imported.
    pub definitions: &'a BTreeMap<String, String>,
}

/// Hands a run over all months of the store to the loop; says with it whether anything was new. Handed over again, it changes nothing.
pub async fn hand_over(
    app: &Arc<App>,
    store: &Store,
    basis: Basis<'_>,
    run: &Run,
    hits: &Hits,
    most: u64,
) -> Result<(Screening, bool), HandoverError> {
    not_too_many(run, most)?;
    let ctx = Ctx::system(app);
    let before = latest_run(&ctx).await?.map(|screening| screening.id);
    let hits = &to_hand_over(hits)?;
    let wanted = wanted(hits);
    let behind = evidence::of(store, &run.months, hits, |at| wanted[at])?;
    let mut live: BTreeMap<Option<&str>, Vec<claims::Hit>> = BTreeMap::new();
    let mut samples: HashMap<&str, Vec<claims::Hit>> = HashMap::new();
    for (at, (hit, (department, evidence))) in hits.iter().zip(behind).enumerate() {
        let given = given(hit, department, evidence);
        if !hit.trial {
            live.entry(hit.institution.as_deref()).or_default().push(given);
        } else if wanted[at] {
            samples.entry(&hit.rule).or_default().push(given);
        }
    }
    let months: Result<Vec<Month>, HandoverError> =
        run.months.iter().map(|month| Month::parse(month).ok_or_else(|| HandoverError::Month(month.clone()))).collect();
    let given = claims::Run {
        name: run.id.clone(),
        data_version: run.data_version,
        months: months?,
        lines: run.lines,
        amount: Fen::new(run.amount_fen),
        deliveries: deliveries(store, &run.months)?,
        rules: by_id(basis.rules).map(|versions| given_rule(&versions, basis, run, &mut samples)).collect(),
    };
    let by_institution = live.into_iter().map(|(code, hits)| OfInstitution { code: code.map(str::to_owned), hits });
    let taken = accept(&ctx, &given, by_institution).await?.value;
    let is_new = before != Some(taken.id);
    Ok((taken, is_new))
}

/// What the reports of the months say, as far as they came by a delivery.
fn deliveries(store: &Store, months: &[String]) -> Result<Vec<Delivery>, HandoverError> {
    let tally = |tally: ingest::Tally| Tally { rows: tally.rows, amount: Fen::new(tally.fen) };
    let mut deliveries = Vec::new();
    for name in months {
        let Some(report) = Report::of(store, name)? else { continue };
        let table = |(table, counts): (&Table, &TableCounts)| DeliveredTable {
            name: table.label().to_owned(),
            has_amounts: table.amount().is_some(),
            read: tally(counts.read),
            stored: tally(counts.stored),
            carried: tally(counts.carried),
            duplicates: tally(counts.duplicates),
            void: tally(counts.void),
            set_aside: tally(counts.set_aside),
            missing: report.missing.get(table).cloned().unwrap_or_default(),
        };
        deliveries.push(Delivery {
            month: Month::parse(name).ok_or_else(|| HandoverError::Month(name.clone()))?,
            late: report.late,
            tables: report.counts.tables.iter().map(table).collect(),
            lines: tally(report.after),
        });
    }
    Ok(deliveries)
}

/// Refuses what the machine would not bear.
fn not_too_many(run: &Run, most: u64) -> Result<(), HandoverError> {
    let mut live: Vec<(&String, u64)> =
        run.by_rule.iter().filter(|(_, total)| !total.trial).map(|(rule, total)| (rule, total.hits)).collect();
    let found = live.iter().map(|(_, hits)| hits).sum();
    if found <= most {
        return Ok(());
    }
    live.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
    let rules: Vec<String> = live.iter().take(NAMED).map(|(rule, hits)| format!("{rule}（{hits}处）")).collect();
    Err(HandoverError::TooMany { run: run.id.clone(), found, most, rules: rules.join("、") })
}

/// All hits of live rules, and of each rule on trial those that are shown: the largest amounts. They come rule by rule.
fn to_hand_over(hits: &Hits) -> Result<Vec<Hit>, HandoverError> {
    let (mut all, mut trial): (Vec<Hit>, Vec<Hit>) = (Vec::new(), Vec::new());
    for hit in hits.read()? {
        let hit = hit?.into_owned();
        if !hit.trial {
            all.push(hit);
            continue;
        }
        if trial.len() > 10 * SAMPLE || trial.first().is_some_and(|first| first.rule != hit.rule) {
            largest(&mut trial);
        }
        if trial.first().is_some_and(|first| first.rule != hit.rule) {
            all.append(&mut trial);
        }
        trial.push(hit);
    }
    largest(&mut trial);
    all.append(&mut trial);
    Ok(all)
}

fn largest(hits: &mut Vec<Hit>) {
    hits.sort_by_cached_key(|hit| (std::cmp::Reverse(hit.amount), hit.id()));
    hits.truncate(SAMPLE);
}

/// Hits whose lines are kept: of each rule, institution and month the largest amounts, and a few of each rule on trial.
fn wanted(hits: &[Hit]) -> Vec<bool> {
    let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, hit) in hits.iter().enumerate() {
        let place = (!hit.trial).then(|| (hit.institution.as_deref(), Month::of(hit.day)));
        let key = (hit.rule.as_str(), place);
        groups.entry(key).or_default().push(at);
    }
    let mut wanted = vec![false; hits.len()];
    for mut group in groups.into_values() {
        let most = if hits[group[0]].trial { SAMPLE } else { KEPT };
        if group.len() > most {
            group.sort_by_cached_key(|at| (std::cmp::Reverse(hits[*at].amount), hits[*at].id()));
            group.truncate(most);
        }
        for at in group {
            wanted[at] = true;
        }
    }
    wanted
}

/// All rules, each with its versions: first the one it is known by, the latest that is run, or the latest where none is.
fn by_id(rules: &[Rule]) -> impl Iterator<Item = Vec<&Rule>> {
    let mut versions: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        versions.entry(&rule.id).or_default().push(rule);
    }
    versions.into_values().map(|mut versions| {
        versions.sort_by_key(|rule| std::cmp::Reverse((rule.state.is_run(), rule.version)));
        versions
    })
}

fn given_rule(
    versions: &[&Rule],
    basis: Basis<'_>,
    run: &Run,
    samples: &mut HashMap<&str, Vec<claims::Hit>>,
) -> GivenRule {
    let (rule, others) = versions.split_first().expect("a rule has a version");
    let totals = run.by_rule.get(&rule.id);
    let totals = totals.map_or_else(RuleTotals::default, |total| RuleTotals {
        sum: Sum { hits: total.hits, amount: Fen::new(total.amount_fen) },
        not_judged: total.not_judged,
    });
    let other = |rule: &&Rule| Edition { version: rule.version, particulars: particulars(rule, basis) };
    GivenRule {
        id: rule.id.clone(),
        version: rule.version,
        particulars: particulars(rule, basis),
        others: others.iter().map(other).collect(),
        state: match rule.state {
            State::Draft => RuleState::Draft,
            State::Trial => RuleState::Trial,
            State::Live => RuleState::Live,
            State::Retired => RuleState::Retired,
        },
        totals,
        sample: samples.remove(rule.id.as_str()).unwrap_or_default(),
    }
}

fn particulars(rule: &Rule, Basis { parameters, definitions, .. }: Basis<'_>) -> Particulars {
    let kind = rule.test.kind();
    let batch = rule.source.batch.map_or_else(String::new, |batch| format!("（第{batch}批）"));
    Particulars {
        name: rule.name.clone(),
        title: rule.title.clone(),
        kind: kind.label.to_owned(),
        definition: kind.definition.to_owned(),
        official: definitions.get(&rule.name).cloned(),
        amount: kind.amount.to_owned(),
        missing: kind.missing.to_owned(),
        limits: rule.test.limits(parameters),
        text: rule.text.clone(),
        source: format!("{} {}{batch}", rule.source.document, rule.source.place),
        from: rule.from,
        until: rule.until,
        author: rule.author.clone(),
        checker: rule.checker.clone(),
        result: class(xingjian_screen::rule::result_of(rule, parameters)),
        severity: match rule.severity {
            Severity::Note => RuleSeverity::Note,
            Severity::Normal => RuleSeverity::Normal,
            Severity::Serious => RuleSeverity::Serious,
        },
        defaults: rule.defaults.clone(),
        items: rule.items.len() as u64,
    }
}

const fn class(result: ResultClass) -> claims::ResultClass {
    match result {
        ResultClass::Definite => claims::ResultClass::Definite,
        ResultClass::Suspect => claims::ResultClass::Suspect,
    }
}

fn given(hit: &Hit, department: Option<String>, evidence: Evidence) -> claims::Hit {
    claims::Hit {
        id: hit.id(),
        rule: hit.rule.clone(),
        version: hit.version,
        patient: hit.patient.clone(),
        department,
        doctor: hit.doctor.clone(),
        day: hit.day,
        values: hit.values.clone(),
        amount: hit.amount,
        result: class(hit.result),
        visits: evidence.visits.into_iter().map(visit).collect(),
        lines: evidence.lines.into_iter().map(line).collect(),
    }
}

fn visit(of: evidence::Visit) -> claims::Visit {
    let evidence::Visit { id, institution, department, doctor, medical_type, begin, end, diagnosis, total } = of;
    claims::Visit { id, institution, department, doctor, medical_type, begin, end, diagnosis, total }
}

fn line(of: evidence::Line) -> claims::Line {
    let evidence::Line { id, visit, institution, doctor, item, day, time, quantity, price, amount, covered, refunded } =
        of;
    claims::Line { id, visit, institution, doctor, item, day, time, quantity, price, amount, covered, refunded }
}
