//! What somebody wants to draw, as a file of TOML or JSON: lists in it, or named in it as CSV files beside it.

use super::text;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_draw::base::{Bases, Excluded, Inspector, Object, Recusal, Rules};
use xingjian_draw::draw::{Origin, Proposal};
use xingjian_draw::floor::{PlannedDraw, Population};
use xingjian_draw::seed::SourcePlan;
use xingjian_draw::{DrawId, Rate, Salt};
use xingjian_kernel::time::LocalDate;
use xingjian_kernel::{Fault, Timestamp};

/// A proposal as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Name of the draw.
    pub draw: DrawId,
    task: String,
    #[serde(default = "planned")]
    origin: Origin,
    rules: Rules,
    bases: Lists,
    sources: SourcePlan,
    /// The day of release, where the list stays sealed until then.
    pub release: Option<LocalDate>,
    /// What the year's plan has to reach, if it is to be shown here.
    pub floor: Option<Floor>,
}

const fn planned() -> Origin {
    Origin::Plan
}

/// The yearly floor with everything it is computed from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// In millionths.
    pub rate: Rate,
    /// Objects that count, by stratum.
    pub population: Vec<Population>,
    /// The year's draws in their order.
    pub draws: Vec<PlannedDraw>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    objects: List<Object>,
    #[serde(default)]
    excluded: List<Excluded>,
    inspectors: List<Inspector>,
    /// `officer` is the record of the inspector here.
    #[serde(default)]
    recusals: List<Recusal>,
}

/// The rows, or the name of a CSV file with them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum List<T> {
    File(String),
    Rows(Vec<T>),
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::Rows(vec![])
    }
}

/// What opens a pseudonym or a reason to an auditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening<T> {
    /// The record, or the recusal with the pseudonym in it.
    pub of: T,
    /// Its salt.
    pub salt: Salt,
}

/// Officers and recusals with their salts, by pseudonym; they stay with the authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Openings {
    /// Who is behind a pseudonym.
    pub officers: BTreeMap<String, Opening<Inspector>>,
    /// Why somebody is kept from an object.
    pub recusals: Vec<Opening<Recusal>>,
}

/// A file of TOML (by its name) or JSON as a value, local times at `at` and `due` as the microseconds that documents have.
pub fn value(path: &Path) -> Result<Value, String> {
    let text = text(path)?;
    let place = |error: String| format!("{}：{}。请更正后再试", path.display(), error.trim_end());
    let mut value = if path.extension().is_some_and(|end| end == "toml") {
        toml::from_str::<Value>(&text).map_err(|error| place(error.to_string()))?
    } else {
        serde_json::from_str(&text).map_err(|error| place(error.to_string()))?
    };
    instants(&mut value);
    Ok(value)
}

fn instants(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match inner {
                    Value::String(text) if matches!(name.as_str(), "at" | "due") => {
                        if let Some(at) = instant(text) {
                            *inner = at.micros().into();
                        }
                    }
                    _ => instants(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(instants),
        _ => {}
    }
}

/// `2026-11-23 10:00` or with seconds, local time.
fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut parts = time.split(':');
    let mut next = |below: i8| parts.next()?.parse::<i8>().ok().filter(|part| (0..below).contains(part));
    let at = Timestamp::from_local(date.parse().ok()?, next(24)?, next(60)?);
    let seconds = next(60).unwrap_or(0);
    Some(at.plus_seconds(i64::from(seconds)))
}

/// An instant from the command line.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    instant(text).ok_or_else(|| "时间应写作 2026-11-23 10:00，北京时间".to_owned())
}

/// A part of a value in its type; what is wrong is named with the file.
pub fn typed<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T, String> {
    let fault = |error| format!("{}：{error}。请对照 docs/draw.md 更正；时间写作 2026-11-23 10:00", path.display());
    serde_json::from_value(value).map_err(fault)
}

/// Reads a proposal.
pub fn read(path: &Path) -> Result<Written, String> {
    typed(path, value(path)?)
}

impl Written {
    /// The proposal. A salt for each officer and recusal comes from `salts`; without, officers stand by their own records,
    /// which is for the authority's eyes only.
    pub fn proposal(
        self,
        folder: &Path,
        salts: Option<&dyn Fn() -> Salt>,
    ) -> Result<(Proposal, Openings), Vec<String>> {
        let Self { draw, task, origin, rules, bases, sources, release, .. } = self;
        let mut faults = vec![];
        let objects = rows(bases.objects, folder, &mut faults);
        let excluded = rows(bases.excluded, folder, &mut faults);
        let inspectors: Vec<Inspector> = rows(bases.inspectors, folder, &mut faults);
        let recusals: Vec<Recusal> = rows(bases.recusals, folder, &mut faults);
        let mut openings = Openings::default();
        let (mut officers, mut names) = (vec![], BTreeMap::new());
        for inspector in inspectors {
            let salt = salts.map_or(Salt([0; 32]), |fresh| fresh());
            let mut officer = inspector.published(&draw, rules.period, rules.leave_days, &salt);
            if salts.is_none() {
                officer.pseudonym.clone_from(&inspector.officer);
            }
            if names.insert(inspector.officer.clone(), officer.pseudonym.clone()).is_some() {
                let fault = Fault::new("检查人员", &inspector.officer, "出现了不止一次", "请删去重复的行");
                faults.push(fault.to_string());
            }
            openings.officers.insert(officer.pseudonym.clone(), Opening { of: inspector, salt });
            officers.push(officer);
        }
        let mut exceptions = vec![];
        for mut recusal in recusals {
            let Some(pseudonym) = names.get(&recusal.officer) else {
                let fault = Fault::new("回避名单", &recusal.officer, "不在检查人员名录中", "请核对，或者删去这一行");
                faults.push(fault.to_string());
                continue;
            };
            recusal.officer.clone_from(pseudonym);
            let salt = salts.map_or(Salt([0; 32]), |fresh| fresh());
            exceptions.push(recusal.published(&draw, &salt));
            openings.recusals.push(Opening { of: recusal, salt });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let bases = Bases::new(objects, excluded, officers, exceptions);
        Ok((Proposal { draw, task, origin, rules, bases, sources, release }, openings))
    }
}

/// The rows of a list. In CSV a list within a row is separated by `;`, days of leave are `FROM/UNTIL`.
fn rows<T: DeserializeOwned>(list: List<T>, folder: &Path, faults: &mut Vec<String>) -> Vec<T> {
    let name = match list {
        List::Rows(rows) => return rows,
        List::File(name) => name,
    };
    let path = folder.join(&name);
    let mut reader = match csv::Reader::from_path(&path) {
        Ok(reader) => reader,
        Err(error) => {
            faults.push(format!("{}：无法读取（{error}）。请核对文件名，路径从方案所在文件夹算起", path.display()));
            return vec![];
        }
    };
    let mut rows = vec![];
    for (line, record) in (2..).zip(reader.deserialize::<BTreeMap<String, String>>()) {
        let row = record.map_err(|error| error.to_string()).and_then(|cells| {
            let fields = cells.into_iter().map(|(name, cell)| (name.clone(), cell_value(&name, &cell))).collect();
            serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
        });
        match row {
            Ok(row) => rows.push(row),
            Err(error) => faults.push(format!("{}第{line}行：{error}。请对照表头更正", path.display())),
        }
    }
    rows
}

fn cell_value(name: &str, cell: &str) -> Value {
    let parts =
        |text: &str, by: char| text.split(by).filter(|part| !part.is_empty()).map(Value::from).collect::<Vec<_>>();
    match name {
        "specialties" => parts(cell, ';').into(),
        "certificate" if cell.is_empty() => Value::Null,
        "certificate" => parts(cell, '/').into(),
        "leave" => cell.split(';').filter(|part| !part.is_empty()).map(|part| Value::from(parts(part, '/'))).collect(),
        "first_line" => match cell {
            "true" | "是" => true.into(),
            "false" | "否" => false.into(),
            other => other.into(),
        },
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_a_wrong_one_stays_a_text() {
        assert_eq!(instant("2026-11-22 02:00"), Some(Timestamp::from_micros(1_795_284_000_000_000)));
        assert_eq!(instant("2026-11-22T02:00:07").unwrap().to_string(), "2026-11-22 02:00:07");
        for bad in ["2026-11-22", "2026-11-22 24:00", "2026-11-22 10", "10:00", "2026-02-30 10:00"] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }
}
