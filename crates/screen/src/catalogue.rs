//! The catalogue as it lies on disk: rules that were imported as JSON lines, rules that people write as TOML.

use crate::claims::disk::Disk;
use crate::claims::{Error, write};
use crate::rule::{Rule, Source, State};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xingjian_kernel::Fault;

/// Reads a catalogue, one rule a line. Every line that is no rule is a fault.
pub fn read(path: &Path) -> Result<Vec<Rule>, Vec<Fault>> {
    let text = text_of(path)?;
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(rule) => rules.push(rule),
            Err(error) => faults.push(Fault::new(
                format!("{}，第{number}行", path.display()),
                &error.to_string(),
                "不是规则",
                "重新导入规则库；手工改过的按其他行改正",
            )),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// Writes a catalogue, one rule a line by id and version; readers see the old file or the new one.
pub fn write(path: &Path, rules: &[Rule]) -> Result<(), Error> {
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    let mut bytes = Vec::new();
    for rule in sorted {
        serde_json::to_writer(&mut bytes, rule)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
        bytes.push(b'\n');
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let next = path.with_extension("jsonl.next");
    write::durably(&Disk::default(), &next, &bytes)?;
    std::fs::rename(&next, path).map_err(Error::io(path))?;
    write::sync_folder(folder)
}

/// Writes rules that were imported again in place of a catalogue, and keeps what people have set in it: the state of each version, and
/// for a version that is new the state of the last one before. Returns how many are in another state than the import gave them.
pub fn replace(path: &Path, mut rules: Vec<Rule>) -> Result<usize, Vec<Fault>> {
    let mend = "改正该行后重新导入；不要其中设置的状态时，移走该文件";
    let known = if path.is_file() { read(path) } else { Ok(Vec::new()) };
    let known = known.map_err(|faults| {
        faults.into_iter().map(|fault| Fault { mend: mend.to_owned(), ..fault }).collect::<Vec<_>>()
    })?;
    let states: BTreeMap<(&str, u32), State> =
        known.iter().map(|rule| ((rule.id.as_str(), rule.version), rule.state)).collect();
    let mut kept = 0;
    for rule in &mut rules {
        let until_this = states.range((rule.id.as_str(), 0)..=(rule.id.as_str(), rule.version));
        if let Some((_, state)) = until_this.last() {
            kept += usize::from(*state != rule.state);
            rule.state = *state;
        }
    }
    let place = || path.display().to_string();
    write(path, &rules)
        .map_err(|error| vec![Fault::new(place(), &error.to_string(), "规则文件无法写入", "检查文件夹的空间和权限")])?;
    Ok(kept)
}

/// A file of rules that people write: `[[rule]]` again and again, under what holds for all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    /// Fields that a rule of this file need not repeat.
    #[serde(default)]
    all: toml::Table,
    #[serde(default)]
    rule: Vec<toml::Table>,
}

/// Reads the rules of one file. Every rule that cannot be read is a fault with its id.
pub fn read_pack(path: &Path) -> Result<Vec<Rule>, Vec<Fault>> {
    let text = text_of(path)?;
    let place = path.display().to_string();
    let pack: Pack = toml::from_str(&text).map_err(|error| {
        vec![Fault::new(
            place.clone(),
            &error.to_string(),
            "不符合TOML写法，或有[[rule]]之外的表",
            "按其他规则文件改正",
        )]
    })?;
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    for (number, own) in (1..).zip(pack.rule) {
        let id = own.get("id").and_then(toml::Value::as_str).map_or_else(|| format!("第{number}条"), str::to_owned);
        let mut table = pack.all.clone();
        table.extend(own);
        match table.try_into() {
            Ok(rule) => rules.push(rule),
            Err(error) => {
                let place = format!("{place}，规则{id}");
                faults.push(Fault::new(place, error.message(), "不是规则", "核对字段名称和取值，写法见docs/rules.md"));
            }
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// Rules that say in general what the national library says of single items; they are read only while that is not imported.
const WITHOUT_LIBRARY: &str = "without_library.toml";

/// Every rule that is known: those of the policy packs (`PACK/claims/*.toml` below `policy`) and those that were imported.
pub fn load(policy: &Path, packs: &[&str], imported: &Path) -> Result<Vec<Rule>, Vec<Fault>> {
    let has_library = imported.is_file();
    let mut paths: Vec<PathBuf> = packs.iter().flat_map(|pack| files(&policy.join(pack).join("claims"))).collect();
    paths.retain(|path| !(has_library && path.file_name().is_some_and(|name| name == WITHOUT_LIBRARY)));
    let library = if has_library { read(imported) } else { Ok(Vec::new()) };
    match (read_all(&paths), library) {
        (Ok(mut rules), Ok(library)) => {
            rules.extend(library);
            Ok(rules)
        }
        (packs, library) => Err([packs.err(), library.err()].into_iter().flatten().flatten().collect()),
    }
}

/// Reads every `*.toml` of a folder, by name; a folder that is not there has none. An id stands in one file only.
pub fn read_packs(folder: &Path) -> Result<Vec<Rule>, Vec<Fault>> {
    read_all(&files(folder))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Rule>, Vec<Fault>> {
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        match read_pack(path) {
            Ok(read) => rules.extend(read),
            Err(found) => faults.extend(found),
        }
    }
    faults.extend(repeated(&rules));
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

fn repeated(rules: &[Rule]) -> Vec<Fault> {
    let mut seen: BTreeMap<(&str, u32), &Source> = BTreeMap::new();
    let mut faults = Vec::new();
    for rule in rules {
        if seen.insert((&rule.id, rule.version), &rule.source).is_some() {
            let reason = format!("版本{}写了两次", rule.version);
            faults.push(Fault::new(&rule.id, "", reason, "改正其中一条的编号或版本"));
        }
    }
    faults
}

fn text_of(path: &Path) -> Result<String, Vec<Fault>> {
    std::fs::read_to_string(path).map_err(|error| {
        let place = path.display().to_string();
        vec![Fault::new(place, &error.to_string(), "规则文件无法读取", "检查路径、权限和UTF-8编码")]
    })
}
