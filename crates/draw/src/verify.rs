//! Checks a draw: from the public file and the documents of the log everything is computed again, and the first
//! difference is named. What agrees here was fixed before the seed and follows from it; who wrote the documents into the
//! log, and that nobody rewrote it, is for the log to prove.

mod after;
mod difference;
mod log;

pub use difference::Difference;
pub(crate) use log::{linked, once, ordered};

use crate::Salt;
use crate::base::{Bases, Commitments, Object};
use crate::draw::{
    Counts, DRAW_ALGORITHM, Document, Drawing, Freeze, Frozen, Recorded, Row, Secrets, against_previous,
    nonce_commitment, result_digest, rows_of, seated, whole_seed,
};
use crate::file::{FORMAT, PublicFile};
use crate::parallel;
use crate::stratum::{Size, select};
use crate::team::{Team, assign};
use log::Steps;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Something that was checked and what was found, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// What was checked.
    pub name: &'static str,
    /// Whether it holds; if not, it was not shown, and `text` says why.
    pub held: bool,
    /// What was found, with numbers.
    pub text: String,
}

impl Told {
    pub(crate) const fn held(name: &'static str, text: String) -> Self {
        Self { name, held: true, text }
    }

    pub(crate) const fn open(name: &'static str, text: String) -> Self {
        Self { name, held: false, text }
    }
}

/// A draw that agrees with its file, computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Sizes and probabilities.
    pub sizes: Vec<Size>,
    /// The drawn objects and their teams as drawn.
    pub rows: Vec<Row>,
    /// The teams after all changes.
    pub teams: Vec<Team>,
    /// What came of the visits.
    pub results: BTreeMap<String, Recorded>,
}

/// Computes a draw again. `documents` are those of the log in its order, of this draw and of others; `previous` is the
/// file of the earlier draw that an extension or a new draw names.
pub fn verify(
    file: &PublicFile,
    documents: &[Document],
    previous: Option<&PublicFile>,
) -> Result<Verified, Difference> {
    compute(file, documents, previous, &mut vec![])
}

/// The same, telling what holds.
pub(crate) fn compute(
    file: &PublicFile,
    documents: &[Document],
    previous: Option<&PublicFile>,
    told: &mut Vec<Told>,
) -> Result<Verified, Difference> {
    let draw = &file.freeze.draw;
    same("公开文件格式", FORMAT, &file.format)?;
    let steps = Steps::of(file, documents)?;
    told.push(Told::held("程序步骤", "封存、种子、抽取、公开各一次，先后正确，与公开文件一致".to_owned()));
    committed(&file.freeze, &file.bases, &file.salt, file.nonce.as_ref(), told)?;
    if let Some(fault) = against_previous(draw, &file.freeze.origin, &file.bases, previous).into_iter().next() {
        return Err(Difference::Unlawful(fault));
    }
    let public = file.freeze.sources.combine(draw, &file.seeding.said)?;
    same("种子的公开部分", &public, &file.seeding.public)?;
    told.push(Told::held("种子", format!("由{}个来源依次组成", public.split('|').count())));
    let seed = whole_seed(&public, file.nonce.as_ref());
    let (rules, bases) = (&file.freeze.rules, &file.bases);
    let (sizes, places) = select(draw, &seed, rules, &bases.objects);
    for (size, published) in sizes.iter().zip(&steps.drawing.sizes) {
        same(&format!("分层“{}”", size.stratum), size, published)?;
    }
    let objects: Vec<&Object> = places.iter().map(|place| &bases.objects[*place]).collect();
    let drawn: Vec<&str> = objects.iter().map(|object| object.id.as_str()).collect();
    let published: Vec<&str> = file.drawn.iter().map(|row| row.object.as_str()).collect();
    same_rows("抽中对象", &drawn, &published)?;
    told.push(Told::held(
        "抽中对象",
        format!("{}个分层，{}家中抽中{}家", sizes.len(), bases.objects.len(), drawn.len()),
    ));
    let teams = assign(draw, &seed, rules, bases, &places)?;
    let rows = rows_of(draw, &seed, rules, &objects, teams.clone());
    same_rows("抽查结果", &rows, &file.drawn)?;
    let recomputed = Drawing {
        draw: draw.clone(),
        objects: u64::try_from(rows.len()).expect("a length fits"),
        officers: seated(&teams),
        result: result_digest(&file.salt, &rows),
        sizes,
        at: steps.drawing.at,
    };
    same("抽取公告", &recomputed, steps.drawing)?;
    let seats: usize = teams.iter().map(|team| team.officers.len()).sum();
    told.push(Told::held("检查组", format!("{seats}个席位，{}名检查人员，哈希与抽取公告一致", recomputed.officers)));
    let frozen = Frozen {
        document: file.freeze.clone(),
        bases: bases.clone(),
        secrets: Secrets { salt: file.salt, nonce: file.nonce },
    };
    let (teams, results) = after::replay(&frozen, &seed, teams, documents)?;
    let changes = documents.iter().filter(|of| of.draw() == draw && matches!(of, Document::OfficerChanged(_))).count();
    told.push(Told::held("后续登记", format!("更换检查人员{changes}次，登记检查结果{}家", results.len())));
    Ok(Verified { sizes: recomputed.sizes, rows, teams, results })
}

/// Algorithm, rules and sources of a draw are those of a lawful one.
pub(crate) fn lawful_plan(freeze: &Freeze) -> Result<(), Difference> {
    same("算法", DRAW_ALGORITHM, freeze.algorithm.as_str())?;
    let faults = [freeze.rules.faults(), freeze.sources.faults(freeze.at)].concat();
    faults.into_iter().next().map_or(Ok(()), |fault| Err(Difference::Unlawful(fault)))
}

/// Rules, sources and lists: what was committed to, and lawful.
pub(crate) fn committed(
    freeze: &Freeze,
    bases: &Bases,
    salt: &Salt,
    nonce: Option<&Salt>,
    told: &mut Vec<Told>,
) -> Result<(), Difference> {
    let (commitments, faults) = parallel::both(|| bases.commitments(salt), || bases.faults(&freeze.rules));
    let Commitments { objects, excluded, officers, exceptions } = commitments;
    same("检查对象名录的哈希", &objects, &freeze.bases.objects)?;
    same("排除对象名单的哈希", &excluded, &freeze.bases.excluded)?;
    same("检查人员名录的哈希", &officers, &freeze.bases.officers)?;
    same("回避名单的哈希", &exceptions, &freeze.bases.exceptions)?;
    let counts = Counts::of(bases);
    same("名录的数量", &counts, &freeze.counts)?;
    let nonce = nonce.map(|nonce| nonce_commitment(&freeze.draw, nonce));
    let sealed = freeze.sealed.as_ref().map(|sealing| sealing.nonce);
    same("封存随机数的承诺", &nonce, &sealed)?;
    lawful_plan(freeze)?;
    if let Some(fault) = faults.into_iter().next() {
        return Err(Difference::Unlawful(fault));
    }
    let Counts { objects, excluded, officers, exceptions } = counts;
    let text =
        format!("对象{objects}家、排除{excluded}家、检查人员{officers}名、回避{exceptions}条，哈希与封存公告一致");
    told.push(Told::held("名录", text));
    Ok(())
}

/// The first place at which two values differ.
pub(crate) fn same<T: PartialEq + Serialize + ?Sized>(
    what: &str,
    computed: &T,
    published: &T,
) -> Result<(), Difference> {
    if computed == published {
        return Ok(());
    }
    let value = |of: &T| serde_json::to_value(of).unwrap_or_default();
    let (path, computed, published) = deepest(String::new(), &value(computed), &value(published));
    Err(Difference::Value { place: format!("{what}{path}"), computed: shown(&computed), published: shown(&published) })
}

/// The first row at which two lists differ, or where one ends.
fn same_rows<T: PartialEq + Serialize>(what: &str, computed: &[T], published: &[T]) -> Result<(), Difference> {
    let at = (0..computed.len().max(published.len())).find(|at| computed.get(*at) != published.get(*at));
    at.map_or(Ok(()), |at| same(&format!("{what}第{}行", at + 1), &computed.get(at), &published.get(at)))
}

/// Down to the first field or element that differs.
fn deepest(path: String, computed: &Value, published: &Value) -> (String, Value, Value) {
    match (computed, published) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let of = |fields: &Map<String, Value>, name: &String| fields.get(name).cloned().unwrap_or_default();
            let different = names.into_iter().find(|name| of(one, name) != of(other, name));
            different.map(|name| deepest(format!("{path}.{name}"), &of(one, name), &of(other, name)))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let at = (0..one.len()).find(|at| one[*at] != other[*at]);
            at.map(|at| deepest(format!("{path}[{at}]"), &one[at], &other[at]))
        }
        _ => None,
    }
    .unwrap_or_else(|| (path, computed.clone(), published.clone()))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "无".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
