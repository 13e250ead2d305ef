//! The names of rules in the national catalogue, with their published definitions: a table of names and a table of definitions, as a
//! bureau has them. Imported, never part of this program.

use crate::claims::disk::Disk;
use crate::claims::{Error, write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_kernel::Fault;

/// One name of the national catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Its number in the catalogue; none where only edition 1.0 defines it.
    pub number: Option<u16>,
    /// First class: 政策类、管理类、医疗类.
    pub class: String,
    /// Second class.
    pub group: String,
    /// The name.
    pub name: String,
    /// Its code in edition 1.0, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether knowledge points were published for it.
    pub has_points: bool,
    /// Its definition in edition 1.0, where one was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

#[derive(Deserialize)]
struct NameRow {
    seq: u16,
    tier1: String,
    tier2: String,
    name: String,
    code_1_0: Option<String>,
    has_published_knowledge_points: u8,
}

#[derive(Deserialize)]
struct DefinitionRow {
    code: String,
    tier1: String,
    tier2: String,
    name: String,
    definition: String,
}

/// Reads both tables. A definition that no name takes stands for itself, without a number; what stands twice is a fault.
pub fn read(names: &Path, definitions: &Path) -> Result<Vec<Name>, Vec<Fault>> {
    let mut faults = Vec::new();
    let rows: Vec<(usize, NameRow)> = rows(names, &mut faults);
    let given: Vec<(usize, DefinitionRow)> = self::rows(definitions, &mut faults);
    let mut by_code: BTreeMap<&str, &DefinitionRow> = BTreeMap::new();
    for (line, row) in &given {
        if by_code.insert(&row.code, row).is_some() {
            faults.push(fault(definitions, *line, &row.code, "编码重复", "每个编码只保留一行"));
        }
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (line, row) in &rows {
        if let Some(first) = known.insert(&row.name, *line) {
            faults.push(fault(names, *line, &row.name, &format!("名称与第{first}行重复"), "每个名称只保留一行"));
        }
        let code = row.code_1_0.as_deref().map(str::trim).filter(|code| !code.is_empty());
        // A name may have changed since its definition was published; its code has not.
        let definition = code.and_then(|code| by_code.remove(code));
        found.push(Name {
            number: Some(row.seq),
            class: row.tier1.clone(),
            group: row.tier2.clone(),
            name: row.name.clone(),
            code: code.map(str::to_owned),
            has_points: row.has_published_knowledge_points == 1,
            definition: definition.map(|row| row.definition.clone()),
        });
    }
    found.extend(by_code.into_values().map(|row| Name {
        number: None,
        class: row.tier1.clone(),
        group: row.tier2.clone(),
        name: row.name.clone(),
        code: Some(row.code.clone()),
        has_points: false,
        definition: Some(row.definition.clone()),
    }));
    found.sort_by_key(|name| (name.number.is_none(), name.number));
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

fn rows<T: for<'a> Deserialize<'a>>(path: &Path, faults: &mut Vec<Fault>) -> Vec<(usize, T)> {
    let mut reader = match csv::Reader::from_path(path) {
        Ok(reader) => reader,
        Err(error) => {
            faults.push(Fault::new(path.display().to_string(), &error.to_string(), "无法读取", "核对路径和权限"));
            return Vec::new();
        }
    };
    let mut rows = Vec::new();
    for (line, row) in (2..).zip(reader.deserialize()) {
        match row {
            Ok(row) => rows.push((line, row)),
            Err(error) => faults.push(fault(path, line, &error.to_string(), "不是该表的行", "核对列名和列数")),
        }
    }
    rows
}

fn fault(path: &Path, line: usize, value: &str, reason: &str, mend: &str) -> Fault {
    Fault::new(format!("{}，第{line}行", path.display()), value, reason, mend)
}

/// Writes the names; readers see the old file or the new one.
pub fn write_names(path: &Path, names: &[Name]) -> Result<(), Error> {
    let bytes = serde_json::to_vec_pretty(names)
        .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let next = path.with_extension("json.next");
    write::durably(&Disk::default(), &next, &bytes)?;
    std::fs::rename(&next, path).map_err(Error::io(path))?;
    write::sync_folder(folder)
}

/// Reads them back; none where none were imported.
pub fn load_names(path: &Path) -> Result<Vec<Name>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = "seq,tier1,tier2,name,code_1_0,new_in_2025,has_published_knowledge_points\n\
        2,管理类,收费类,甲,G2,0,1\n1,政策类,限定类,乙,,1,0\n";
    const DEFINITIONS: &str = "code,tier1,tier2,name,definition\nG2,管理类,收费类,旧甲,对甲进行监管。\n";

    fn read_texts(names: &str, definitions: &str) -> Result<Vec<Name>, String> {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("names.csv"), folder.path().join("definitions.csv"));
        std::fs::write(&one, names).unwrap();
        std::fs::write(&two, definitions).unwrap();
        read(&one, &two).map_err(|faults| {
            let place = format!("{}/", folder.path().display());
            faults.iter().map(|fault| fault.to_string().replace(&place, "")).collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn a_name_finds_its_definition_by_code() {
        let names = read_texts(NAMES, DEFINITIONS).unwrap();
        assert_eq!(names.iter().map(|name| name.name.as_str()).collect::<Vec<_>>(), ["乙", "甲"]);
        assert_eq!(names[1].definition.as_deref(), Some("对甲进行监管。"));
        let alone = read_texts(NAMES, &format!("{DEFINITIONS}G9,管理类,收费类,丙,对丙进行监管。\n")).unwrap();
        assert_eq!((alone[2].number, alone[2].name.as_str(), alone.len()), (None, "丙", 3));
        assert_eq!((names[0].definition.as_deref(), names[0].has_points), (None, false));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules").join("names.json");
        assert_eq!(load_names(&path).unwrap(), []);
        write_names(&path, &names).unwrap();
        assert_eq!(load_names(&path).unwrap(), names);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let twice = format!("{NAMES}3,管理类,收费类,甲,,0,0\n");
        let faults = read_texts(&twice, &format!("{DEFINITIONS}G2,管理类,收费类,丙,对丙进行监管。\n")).unwrap_err();
        expect_test::expect![[r#"
            definitions.csv，第3行：“G2”编码重复。每个编码只保留一行
            names.csv，第4行：“甲”名称与第2行重复。每个名称只保留一行"#]]
        .assert_eq(&faults);
        assert!(read_texts("seq,name\n1,甲\n", DEFINITIONS).unwrap_err().contains("不是该表的行"));
    }
}
