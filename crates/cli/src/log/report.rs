//! What a check found, step by step, for people and as JSON.

use serde::Serialize;
use serde_json::Value;
use std::fmt::{self, Write};
use xingjian_kernel::Timestamp;
use xingjian_tlog::{Accepted, Checkpoint, Policy, Rejected, SignedCheckpoint};

/// A step and what came of it.
#[derive(Debug, Serialize)]
pub struct Step {
    name: &'static str,
    outcome: Outcome,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Held,
    Failed,
    NotChecked,
}

/// The answer of a check. It holds if there are steps and each of them held.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub holds: bool,
    steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Tree>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The act, if the file carries it; believed only if everything holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
    /// What it means if everything holds.
    #[serde(skip)]
    meaning: &'static str,
}

#[derive(Debug, Serialize)]
struct Tree {
    origin: String,
    size: u64,
    root: String,
}

impl Report {
    /// Nothing checked yet; `meaning` is what follows if everything holds.
    pub fn new(meaning: &'static str) -> Self {
        Self { holds: false, steps: vec![], checkpoint: None, index: None, event: None, meaning }
    }

    /// Notes a step; whether it held.
    pub fn step(&mut self, name: &'static str, found: Result<String, String>) -> bool {
        let (outcome, text) = match found {
            Ok(text) => (Outcome::Held, text),
            Err(text) => (Outcome::Failed, text),
        };
        self.add(name, outcome, text);
        outcome == Outcome::Held
    }

    /// Notes a step that could not be taken.
    pub fn not_checked(&mut self, name: &'static str, why: &str) {
        self.add(name, Outcome::NotChecked, why.to_owned());
    }

    fn add(&mut self, name: &'static str, outcome: Outcome, text: String) {
        self.steps.push(Step { name, outcome, text });
        self.holds = self.steps.iter().all(|step| step.outcome == Outcome::Held);
    }

    /// What the log says, of which entry, and what the entry is of.
    pub fn about(&mut self, checkpoint: &Checkpoint, index: Option<u64>, event: Option<Value>) {
        self.checkpoint = Some(Tree {
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            root: checkpoint.root().to_string(),
        });
        (self.index, self.event) = (index, event);
    }

    /// The two steps of the signatures under a checkpoint.
    pub fn signatures(&mut self, checkpoint: &SignedCheckpoint, policy: &Policy) {
        const LOG: &str = "日志的签名";
        const WITNESSES: &str = "见证人的签名";
        let origin = checkpoint.checkpoint().origin();
        match policy.check(checkpoint) {
            Ok(accepted) => {
                self.step(LOG, Ok(signers(&accepted)));
                self.step(WITNESSES, Ok(witnesses(&accepted)));
            }
            Err(rejected @ (Rejected::UnknownLog { .. } | Rejected::Log(_))) => {
                self.step(LOG, Err(format!("{}；请核对信任策略中的日志公钥", chain(&rejected))));
                self.not_checked(WITNESSES, "检查点不是可信日志的");
            }
            Err(rejected @ Rejected::Witness(_)) => {
                self.step(LOG, Ok(format!("{origin} 的签名有效")));
                self.step(WITNESSES, Err(format!("{}；请核对信任策略中的见证公钥", chain(&rejected))));
            }
            Err(rejected @ Rejected::Quorum { .. }) => {
                self.step(LOG, Ok(format!("{origin} 的签名有效")));
                self.step(WITNESSES, Err(format!("{rejected}；请稍后取得见证较多的检查点")));
            }
        }
    }
}

fn signers(accepted: &Accepted<'_>) -> String {
    let keys = accepted.log.iter().map(|key| format!("{}（密钥 {}）", key.name(), key.id()));
    keys.collect::<Vec<_>>().join("、")
}

fn witnesses(accepted: &Accepted<'_>) -> String {
    if accepted.witnesses.is_empty() {
        return "信任策略不要求见证".to_owned();
    }
    let one = |(name, time): &(&str, u64)| format!("{name}（{}）", instant(*time));
    accepted.witnesses.iter().map(one).collect::<Vec<_>>().join("、")
}

fn instant(seconds: u64) -> String {
    let micros = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000));
    micros.map_or_else(|| format!("{seconds}秒"), |micros| Timestamp::from_micros(micros).to_string())
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    crate::chain(error)
}

/// The start of a line, counted from 1, to be found again by.
pub fn line_of(text: &str, line: usize) -> String {
    const SHOWN: usize = 60;
    let line = line.checked_sub(1).and_then(|before| text.split('\n').nth(before)).unwrap_or_default();
    let start: String = line.chars().take(SHOWN).collect();
    harmless(&if start.len() < line.len() { start + "…" } else { start })
}

/// Bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Text from a file as a terminal may have it: nothing moves the cursor or turns the direction.
pub fn harmless(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if c.is_control() || turns(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// Fields of an event as officials call them; others are shown by their own names.
const FIELDS: &[(&str, &str)] = &[
    ("text", "内容"),
    ("at", "时间"),
    ("kind", "种类"),
    ("actor", "经办"),
    ("subjects", "对象"),
    ("resource", "记录类别"),
    ("resource_id", "记录编号"),
    ("id", "事项编号"),
    ("act", "所依事项的条目"),
    ("data", "数据"),
];

/// The fields that a page shows, by their labels, where the value is such a list.
fn labelled(value: &Value) -> Option<Vec<(&str, &str)>> {
    fn one(field: &Value) -> Option<(&str, &str)> {
        Some((field.get("label")?.as_str()?, field.get("text")?.as_str()?))
    }
    value.as_array()?.iter().map(one).collect()
}

fn field(name: &str, value: &Value) -> String {
    let text = match (name, value) {
        ("at", Value::String(at)) => match at.parse() {
            Ok(micros) => Timestamp::from_micros(micros).to_string(),
            Err(_) => at.clone(),
        },
        ("actor", Value::Object(actor)) if actor.get("name").is_some_and(Value::is_string) => {
            let name = actor["name"].as_str().unwrap_or_default();
            match actor.get("department").and_then(Value::as_str) {
                Some(department) => format!("{name}（{department}）"),
                None => name.to_owned(),
            }
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、")
        }
        (_, value) => value.to_string(),
    };
    harmless(&text)
}

fn event(out: &mut String, event: &Value) -> fmt::Result {
    let Value::Object(fields) = event else { return writeln!(out, "  {}", harmless(&event.to_string())) };
    for (name, label) in FIELDS {
        match fields.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(Value::Object(data)) if *name == "data" => {
                writeln!(out, "  {label}")?;
                for (name, value) in data.iter().filter(|(_, value)| !value.is_null()) {
                    match labelled(value) {
                        Some(pairs) => pairs.iter().try_for_each(|(label, text)| {
                            writeln!(out, "    {}：{}", harmless(label), harmless(text))
                        })?,
                        None => writeln!(out, "    {}：{}", harmless(name), field(name, value))?,
                    }
                }
            }
            Some(value) => writeln!(out, "  {label}：{}", field(name, value))?,
        }
    }
    let known = |name: &str| FIELDS.iter().any(|(known, _)| *known == name);
    for (name, value) in fields.iter().filter(|(name, _)| !known(name)) {
        writeln!(out, "  {}：{}", harmless(name), field(name, value))?;
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(&self.steps) {
            let outcome = match step.outcome {
                Outcome::Held => "通过　",
                Outcome::Failed => "未通过",
                Outcome::NotChecked => "未检查",
            };
            writeln!(f, "{outcome}  {number} {}：{}", step.name, harmless(&step.text))?;
        }
        if let Some(tree) = &self.checkpoint {
            writeln!(f, "检查点：{}，{}条，根哈希 {}", harmless(&tree.origin), tree.size, tree.root)?;
        }
        if let Some(act) = &self.event {
            let mut text = String::new();
            event(&mut text, act)?;
            writeln!(f, "事项{}：\n{text}", if self.holds { "" } else { "（未经证实，不可采信）" })?;
        }
        writeln!(f, "结论：{}", if self.holds { self.meaning } else { "未通过，不能采信" })
    }
}
