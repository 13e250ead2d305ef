//! The files of a delivery, each bound to the tables it gives; every fault of every header is found before a row is read.

use super::Error;
use super::coding::Coding;
use super::source::{self, Source};
use crate::layout::{Bound, Mapping, Need, Part, Table};
use std::path::PathBuf;
use xingjian_kernel::Fault;

/// A file or sheet, and the tables it gives.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) source: Source,
    pub(super) parts: Vec<Bound>,
    /// Which of its columns are used.
    pub(super) used: Vec<bool>,
}

/// What is delivered.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) inputs: Vec<Input>,
    /// Sheets that belong to no table.
    pub(super) ignored: Vec<String>,
}

impl Inputs {
    /// Opens the files.
    pub(super) fn open(files: &[PathBuf], mapping: &Mapping, coding: Option<Coding>) -> Result<Self, Error> {
        let (mut inputs, mut ignored, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        for path in files {
            let delimiter = |name: &str| {
                let part = mapping.parts_of(name).into_iter().next();
                part.and_then(|part| u8::try_from(part.delimiter).ok()).unwrap_or(b',')
            };
            let sources = source::open(path, coding, delimiter)?;
            let before = inputs.len();
            let several = sources.len() > 1;
            for source in sources {
                let parts = parts_of(mapping, &source);
                if parts.is_empty() && several {
                    ignored.push(source.name);
                } else if parts.is_empty() {
                    faults.push(unknown(&source));
                } else {
                    bind(mapping, &parts, source, &mut inputs, &mut faults);
                }
            }
            if inputs.len() == before && faults.is_empty() {
                faults.push(Fault::new(
                    path.display().to_string(),
                    "",
                    "没有一张工作表能对上抽取表",
                    "检查工作表名称和表头",
                ));
            }
        }
        if faults.is_empty() { Ok(Self { inputs, ignored }) } else { Err(Error::Layout(faults)) }
    }

    /// Whether any file gives a table.
    pub(super) fn has(&self, table: Table) -> bool {
        self.bounds(table).next().is_some()
    }

    /// The bound parts of a table.
    pub(super) fn bounds(&self, table: Table) -> impl Iterator<Item = &Bound> {
        self.inputs.iter().flat_map(|input| &input.parts).filter(move |part| part.table == table)
    }

    /// About how many rows a table has.
    pub(super) fn rows(&self, table: Table) -> u64 {
        let gives = |input: &&Input| input.parts.iter().any(|part| part.table == table);
        self.inputs.iter().filter(gives).map(|input| input.source.rows).sum()
    }
}

fn bind(mapping: &Mapping, parts: &[&Part], source: Source, inputs: &mut Vec<Input>, faults: &mut Vec<Fault>) {
    let (mut bounds, mut used) = (Vec::new(), vec![false; source.header.len()]);
    for part in parts {
        match Bound::new(mapping, part, &source.name, &source.header) {
            Ok(bound) => {
                for (used, name) in used.iter_mut().zip(&source.header) {
                    *used |= !bound.unread.contains(name);
                }
                bounds.push(bound);
            }
            Err(found) => faults.extend(found),
        }
    }
    inputs.push(Input { source, parts: bounds, used });
}

/// The parts a source gives: by its name, else by a header that has every column some table must have.
fn parts_of<'m>(mapping: &'m Mapping, source: &Source) -> Vec<&'m Part> {
    let mut parts = mapping.parts_of(&source.name);
    if let Some(sheet) = &source.sheet {
        parts.extend(mapping.parts_of(sheet).into_iter().filter(|part| !mapping.parts_of(&source.name).contains(part)));
    }
    if !parts.is_empty() {
        return parts;
    }
    let has = |name: &str| source.header.iter().any(|column| column.eq_ignore_ascii_case(name));
    let fits = |part: &&Part| {
        part.same_names
            && part.columns.is_empty()
            && part.table != Table::Persons
            && part.table.columns().iter().filter(|column| column.need == Need::Required).all(|column| has(column.name))
    };
    let known = |part: &Part| part.table.columns().iter().filter(|column| has(column.name)).count();
    mapping.part.iter().filter(fits).max_by_key(|part| known(part)).into_iter().collect()
}

fn unknown(source: &Source) -> Fault {
    let shown: Vec<&str> = source.header.iter().take(12).map(String::as_str).collect();
    let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
    let mend = format!("文件名中写上表名（{}），或用 --mapping 指定映射文件", names.join("、"));
    Fault::new(&source.name, &shown.join("、"), "认不出是哪一张表，表头如上", mend)
}
