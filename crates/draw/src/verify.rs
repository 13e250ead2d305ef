//! Checks a draw: from the public file and the documents of the log everything is computed again, and the first
//! difference is named. What agrees here was fixed before the seed and follows from it; who wrote the documents into the
//! log, and that nobody rewrote it, is for the log to prove.

mod after;
mod difference;
mod log;

pub use difference::Difference;

use crate::base::{Commitments, Object};
use crate::draw::{
    Counts, DRAW_ALGORITHM, Document, Drawing, Frozen, Recorded, Row, Secrets, against_previous, nonce_commitment,
    result_digest, rows_of, seated, whole_seed,
};
use crate::file::{FORMAT, PublicFile};
use crate::stratum::{Size, select};
use crate::team::{Team, assign};
use log::Steps;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

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
    let draw = &file.freeze.draw;
    same("公开文件格式", FORMAT, &file.format)?;
    same("算法", DRAW_ALGORITHM, &file.freeze.algorithm)?;
    let steps = Steps::of(file, documents)?;
    fixed(file)?;
    if let Some(fault) = against_previous(draw, &file.freeze.origin, &file.bases, previous).into_iter().next() {
        return Err(Difference::Unlawful(fault));
    }
    let public = file.freeze.sources.combine(draw, &file.seeding.said)?;
    same("种子的公开部分", &public, &file.seeding.public)?;
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
    let frozen = Frozen {
        document: file.freeze.clone(),
        bases: bases.clone(),
        secrets: Secrets { salt: file.salt, nonce: file.nonce },
    };
    let (teams, results) = after::replay(&frozen, &seed, teams, documents)?;
    Ok(Verified { sizes: recomputed.sizes, rows, teams, results })
}

/// Rules, sources and lists: lawful, and what was committed to.
fn fixed(file: &PublicFile) -> Result<(), Difference> {
    let freeze = &file.freeze;
    let mut faults = freeze.rules.faults();
    faults.extend(freeze.sources.faults(freeze.at));
    let Commitments { objects, excluded, officers, exceptions } = file.bases.commitments(&file.salt);
    same("检查对象名录的哈希", &objects, &freeze.bases.objects)?;
    same("排除对象名单的哈希", &excluded, &freeze.bases.excluded)?;
    same("检查人员名录的哈希", &officers, &freeze.bases.officers)?;
    same("回避名单的哈希", &exceptions, &freeze.bases.exceptions)?;
    same("名录的数量", &Counts::of(&file.bases), &freeze.counts)?;
    faults.extend(file.bases.faults(&freeze.rules));
    let nonce = file.nonce.as_ref().map(|nonce| nonce_commitment(&freeze.draw, nonce));
    let committed = freeze.sealed.as_ref().map(|sealing| sealing.nonce);
    same("封存随机数的承诺", &nonce, &committed)?;
    faults.into_iter().next().map_or(Ok(()), |fault| Err(Difference::Unlawful(fault)))
}

/// The first place at which two values differ.
fn same<T: PartialEq + Serialize + ?Sized>(what: &str, computed: &T, published: &T) -> Result<(), Difference> {
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
