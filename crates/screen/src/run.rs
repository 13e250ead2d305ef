//! A run of a catalogue over a store, kept: its hits as a Parquet file, its totals as JSON, under a name that the data and the rules give.
//! The same data and rules give the same run, byte for byte; another run is compared with it to see what was added and what fell away.

use crate::claims::disk::Disk;
use crate::claims::{Error, Store, schema, write};
use crate::hit::Hit;
use crate::pass::{self, Kept, Outcome};
use crate::plan::{Extracts, Plan};
use crate::rule::{Parameters, ResultClass, Rule};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal64Type, Int32Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Date32Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use xingjian_kernel::Fen;

mod gathering;
mod hits;
mod part;

pub use gathering::{Gathering, HELD};
pub use hits::{Hits, Iter};
pub use part::{Assembly, Part, of_bucket};

/// Hits that are written at a time.
const ROWS: usize = 8192;

/// What a run says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Name: 32 hex digits from data, rules and parameters.
    pub id: String,
    /// Version of the manifest it read.
    pub data_version: u64,
    /// Months it read.
    pub months: Vec<String>,
    /// Rules it ran.
    pub rules: usize,
    /// Lines it read.
    pub lines: u64,
    /// Sum of their amounts, fen.
    pub amount_fen: i64,
    /// Hits of live rules by rule.
    pub by_rule: BTreeMap<String, RuleTotal>,
}

/// What one rule found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTotal {
    /// Hits.
    pub hits: u64,
    /// Amount in question, fen.
    pub amount_fen: i64,
    /// What could not be judged because a value was missing.
    pub not_judged: u64,
    /// What its hits say.
    pub result: Option<ResultClass>,
    /// Whether it is on trial.
    pub trial: bool,
}

/// Screens some months of a store. With [`keeping`] it keeps what each month shows, and the next run of the same rules reads that in place of
/// the lines of months whose files are the same; the runs are the same either way.
pub fn screen(
    store: &Store,
    rules: Vec<Rule>,
    parameters: Parameters,
    extracts: &Extracts,
    months: &[String],
    threads: usize,
    kept: Option<&Kept>,
) -> Result<(Run, Hits), Error> {
    screen_told(store, rules, parameters, extracts, months, threads, kept, &|_, _| ())
}

/// The same; says with each bucket that is begun how many were, of how many.
#[allow(clippy::too_many_arguments, reason = "those of `screen` and one more")]
pub fn screen_told(
    store: &Store,
    rules: Vec<Rule>,
    parameters: Parameters,
    extracts: &Extracts,
    months: &[String],
    threads: usize,
    kept: Option<&Kept>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(Run, Hits), Error> {
    let id = name(store, &rules, &parameters, extracts, months);
    let plan = Plan::compile(rules, parameters, &store.dictionaries, extracts);
    let (begun, of) = (AtomicU64::new(0), u64::from(store.manifest.buckets));
    // The second phase begins no bucket of its own and comes last.
    let told = || progress(begun.fetch_add(1, Ordering::Relaxed).min(of), of);
    let (outcome, hits) = gather(store, &plan, months, threads, kept, HELD, &told)?;
    if let Some(kept) = kept {
        kept.sweep()?;
    }
    let run = total(store, &plan, months, id, outcome.lines_read, &outcome.not_judged, &hits)?;
    Ok((run, hits))
}

/// All hits of a plan over some months, of which so many are held in memory ([`HELD`]); the same for any number.
pub fn find(
    store: &Store,
    plan: &Plan,
    months: &[String],
    threads: usize,
    kept: Option<&Kept>,
    held: usize,
) -> Result<(Outcome, Hits), Error> {
    gather(store, plan, months, threads, kept, held, &|| ())
}

fn gather(
    store: &Store,
    plan: &Plan,
    months: &[String],
    threads: usize,
    kept: Option<&Kept>,
    held: usize,
    begun: &(dyn Fn() + Sync),
) -> Result<(Outcome, Hits), Error> {
    let gathering = Gathering::new(store, plan, months, held);
    let outcome = pass::run(store, plan, months, threads, kept, |bucket| {
        begun();
        gathering.of_bucket(bucket)
    })?;
    Ok((outcome, gathering.finish()))
}

fn total(
    store: &Store,
    plan: &Plan,
    months: &[String],
    id: String,
    lines: u64,
    not_judged: &[u64],
    hits: &Hits,
) -> Result<Run, Error> {
    let mut by_rule: BTreeMap<String, RuleTotal> = BTreeMap::new();
    for (rule, not_judged) in plan.rules().iter().zip(not_judged).filter(|(_, count)| **count > 0) {
        by_rule.entry(rule.id.clone()).or_default().not_judged += not_judged;
    }
    for hit in hits.read()? {
        let hit = hit?;
        let total = by_rule.entry(hit.rule.clone()).or_default();
        total.hits += 1;
        total.amount_fen += hit.amount.fen();
        total.result = Some(hit.result);
        total.trial = hit.trial;
    }
    let sets = months.iter().filter_map(|month| store.manifest.months.get(month)).flat_map(|month| &month.buckets);
    Ok(Run {
        id,
        data_version: store.manifest.version,
        months: months.to_vec(),
        rules: plan.rules().len(),
        lines,
        amount_fen: sets.map(|set| set.amount_fen).sum(),
        by_rule,
    })
}

/// Changes when the same data and rules give other hits than before, so that a run of an earlier program is never taken for this one.
const DEFINITIONS: &str = "2026-11-23";

/// A name that is another one as soon as a file, a rule or a parameter is.
pub fn name(store: &Store, rules: &[Rule], parameters: &Parameters, extracts: &Extracts, months: &[String]) -> String {
    let mut hash = Sha256::new();
    for month in months {
        hash.update(month);
        for set in store.manifest.months.get(month).into_iter().flat_map(|month| &month.buckets) {
            for file in [&set.patients, &set.visits, &set.lines] {
                hash.update(&file.sha256);
            }
        }
    }
    hash.update(basis(rules, parameters, extracts));
    hex::encode(&hash.finalize()[..16])
}

/// What runs of these rules keep of months in a folder.
pub fn keeping(folder: &Path, rules: &[Rule], parameters: &Parameters, extracts: &Extracts) -> Kept {
    Kept::at(folder, &hex::encode(basis(rules, parameters, extracts)))
}

/// What a run rests on beside the claims, by hash: another one as soon as a rule, a parameter, an extract or a definition is.
pub fn basis(rules: &[Rule], parameters: &Parameters, extracts: &Extracts) -> [u8; 32] {
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    let text = serde_json::to_vec(&(DEFINITIONS, sorted, parameters, &extracts.doctors)).expect("rules are plain data");
    Sha256::digest(text).into()
}

/// Writes a run below `folder`: `ID/hits.parquet` and, last, `ID/run.json`, without which the run is not there.
pub fn keep(folder: &Path, run: &Run, hits: &Hits) -> Result<(), Error> {
    let mut hits = hits.read()?;
    let next = || -> Result<Option<RecordBatch>, Error> {
        let hits: Vec<_> = hits.by_ref().take(ROWS).collect::<Result<_, _>>()?;
        Ok((!hits.is_empty()).then(|| batch(&hits)))
    };
    write::batches(&folder.join(&run.id).join("hits.parquet"), &hits_schema(), next)?;
    let path = folder.join(&run.id).join("run.json");
    let text = serde_json::to_vec_pretty(run).expect("a run is plain data");
    write::durably(&Disk::default(), &path, &text)?;
    write::sync_folder(&folder.join(&run.id))
}

/// A hit that one of two runs has and the other has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// Only in the second.
    Added(Cow<'a, Hit>),
    /// Only in the first.
    Withdrawn(Cow<'a, Hit>),
}

/// Compares two runs and tells every difference, in order.
pub fn compare<'a>(before: &'a Hits, after: &'a Hits, mut told: impl FnMut(Change<'a>)) -> Result<(), Error> {
    let (mut left, mut right) = (before.read()?, after.read()?);
    let (mut old, mut new) = (left.next().transpose()?, right.next().transpose()?);
    loop {
        (old, new) = match (old, new) {
            (Some(old), Some(new)) if old == new => (left.next().transpose()?, right.next().transpose()?),
            (Some(old), Some(new)) if old > new => {
                told(Change::Added(new));
                (Some(old), right.next().transpose()?)
            }
            (Some(old), new) => {
                told(Change::Withdrawn(old));
                (left.next().transpose()?, new)
            }
            (None, Some(new)) => {
                told(Change::Added(new));
                (None, right.next().transpose()?)
            }
            (None, None) => return Ok(()),
        };
    }
}

/// The columns of hits, in a file and between machines.
pub fn hits_schema() -> SchemaRef {
    let texts = || DataType::List(Arc::new(Field::new("item", DataType::Utf8, false)));
    Arc::new(Schema::new(vec![
        Field::new("hit", DataType::Utf8, false),
        Field::new("rule", DataType::Utf8, false),
        Field::new("version", DataType::Int32, false),
        Field::new("patient", DataType::Utf8, true),
        Field::new("institution", DataType::Utf8, true),
        Field::new("doctor", DataType::Utf8, true),
        Field::new("day", DataType::Date32, false),
        Field::new("visits", texts(), false),
        Field::new("lines", texts(), false),
        // name and value as text, in the order of the kind, as JSON
        Field::new("values", DataType::Utf8, false),
        Field::new("amount", schema::MONEY, false),
        Field::new("result", DataType::Utf8, false),
        Field::new("trial", DataType::Boolean, false),
    ]))
}

/// Hits as rows.
pub fn batch<H: Borrow<Hit>>(hits: &[H]) -> RecordBatch {
    let hits = || hits.iter().map(Borrow::borrow);
    let text = |of: fn(&Hit) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(hits().map(of))) };
    let optional = |of: fn(&Hit) -> Option<&str>| -> ArrayRef { Arc::new(hits().map(of).collect::<StringArray>()) };
    let lists = |of: fn(&Hit) -> &[String]| -> ArrayRef {
        let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Field::new("item", DataType::Utf8, false));
        for hit in hits() {
            for text in of(hit) {
                lists.values().append_value(text);
            }
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    let values = |hit: &Hit| serde_json::to_string(&hit.values).expect("texts are plain data");
    let version = |hit: &Hit| i32::try_from(hit.version).unwrap_or(i32::MAX);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(hits().map(Hit::id))),
        text(|hit| &hit.rule),
        Arc::new(Int32Array::from_iter_values(hits().map(version))),
        optional(|hit| hit.patient.as_deref()),
        optional(|hit| hit.institution.as_deref()),
        optional(|hit| hit.doctor.as_deref()),
        Arc::new(Date32Array::from_iter_values(hits().map(|hit| crate::plan::compile::day_number(hit.day)))),
        lists(|hit| &hit.visits),
        lists(|hit| &hit.lines),
        Arc::new(StringArray::from_iter_values(hits().map(values))),
        write::decimals(hits().map(|hit| Some(hit.amount.fen())), &schema::MONEY),
        text(|hit| match hit.result {
            ResultClass::Definite => "definite",
            ResultClass::Suspect => "suspect",
        }),
        Arc::new(hits().map(|hit| Some(hit.trial)).collect::<BooleanArray>()),
    ];
    RecordBatch::try_new(hits_schema(), columns).expect("columns are built in the order of the schema")
}

/// Reads a run that was kept; none where there is no such run.
pub fn load(folder: &Path, id: &str) -> Result<Option<(Run, Hits)>, Error> {
    let path = folder.join(id).join("run.json");
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(&path)(error)),
    };
    let run: Run =
        serde_json::from_slice(&text).map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
    let count = run.by_rule.values().map(|total| total.hits).sum();
    let hits = Hits::kept(folder.join(id).join("hits.parquet"), count);
    Ok(Some((run, hits)))
}

/// The hits of rows; none where they are no rows of hits.
pub fn hits_of(batch: &RecordBatch) -> Option<Vec<Hit>> {
    (0..batch.num_rows()).map(|row| hit_of(batch, row)).collect()
}

fn hit_of(batch: &RecordBatch, row: usize) -> Option<Hit> {
    let text = |name: &str| -> Option<Option<String>> {
        let column: &StringArray = batch.column_by_name(name)?.as_string_opt()?;
        Some(column.is_valid(row).then(|| column.value(row).to_owned()))
    };
    let list = |name: &str| -> Option<Vec<String>> {
        let texts = batch.column_by_name(name)?.as_list_opt::<i32>()?.value(row);
        Some(texts.as_string_opt::<i32>()?.iter().flatten().map(str::to_owned).collect())
    };
    Some(Hit {
        rule: text("rule")??,
        version: u32::try_from(batch.column_by_name("version")?.as_primitive_opt::<Int32Type>()?.value(row)).ok()?,
        patient: text("patient")?,
        institution: text("institution")?,
        doctor: text("doctor")?,
        day: pass::date_of(batch.column_by_name("day")?.as_primitive_opt::<Date32Type>()?.value(row)),
        visits: list("visits")?,
        lines: list("lines")?,
        values: serde_json::from_str(&text("values")??).ok()?,
        amount: Fen::new(batch.column_by_name("amount")?.as_primitive_opt::<Decimal64Type>()?.value(row)),
        result: match text("result")??.as_str() {
            "definite" => ResultClass::Definite,
            "suspect" => ResultClass::Suspect,
            _ => return None,
        },
        trial: batch.column_by_name("trial")?.as_boolean_opt()?.value(row),
    })
}
