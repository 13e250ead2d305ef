//! Reads the files of packs.

use crate::checks::{Body, Row};
use crate::entry::{Entry, Source, Status};
use crate::fault::{Fault, FaultKind};
use crate::read::{Fields, Lines, Place, Reader, Value, record_impl};
use crate::tables::{Rows, TABLES};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use xingjian_kernel::LocalDate;

record_impl!(Source { document, clause });

const HEAD: &[&str] = &["id", "from", "until", "source", "status"];

/// What was read from one pack folder.
#[derive(Default)]
pub(crate) struct Pack {
    pub(crate) files: usize,
    pub(crate) rows: Rows,
    pub(crate) faults: Vec<Fault>,
    /// Name and content of each file, in order of their names.
    pub(crate) contents: Vec<(String, Vec<u8>)>,
}

/// A file while it is read.
pub(crate) struct File<'a> {
    name: &'a str,
    lines: &'a Lines,
    /// A syntax error was found: entries are only noted by id, so that references to them are not called unknown.
    broken: bool,
    national: bool,
    faults: &'a mut Vec<Fault>,
}

/// A fault that belongs to a file or folder.
pub(crate) fn file_fault(file: &str, line: usize, kind: FaultKind, reason: &str, mend: &str) -> Fault {
    let (entry, field) = (String::new(), String::new());
    Fault { file: file.to_owned(), line, entry, field, kind, reason: reason.to_owned(), mend: mend.to_owned() }
}

impl Pack {
    /// Reads the folder `name` below `root`: its files `*.toml`, by name.
    pub(crate) fn read(root: &Path, name: &str) -> Self {
        let mut pack = Self::default();
        let unreadable = |at: &str| file_fault(at, 0, FaultKind::Unreadable, "无法读取", "检查路径和读取权限");
        let Ok(folder) = std::fs::read_dir(root.join(name)) else {
            pack.faults.push(unreadable(name));
            return pack;
        };
        let names: BTreeSet<String> = folder
            .filter_map(|file| file.ok()?.file_name().into_string().ok())
            .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "toml"))
            .collect();
        for file in names {
            let at = format!("{name}/{file}");
            match std::fs::read(root.join(name).join(&file)) {
                Ok(bytes) => pack.add(at, bytes),
                Err(_) => pack.faults.push(unreadable(&at)),
            }
        }
        if pack.files == 0 && pack.faults.is_empty() {
            let fault = file_fault(name, 0, FaultKind::Unreadable, "没有政策文件", "放入扩展名为.toml的政策文件");
            pack.faults.push(fault);
        }
        pack
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.files += 1;
        let text = String::from_utf8_lossy(&bytes);
        let lines = Lines::of(&text);
        let mut broken = false;
        if let Err(error) = std::str::from_utf8(&bytes) {
            // Up to the bad byte, text and bytes have the same lines.
            let line = lines.line(error.valid_up_to());
            let fault = file_fault(&name, line, FaultKind::NotUtf8, "不是UTF-8编码", "将文件另存为UTF-8编码");
            self.faults.push(fault);
            broken = true;
        }
        let (document, errors) = DeTable::parse_recoverable(&text);
        if !broken {
            self.faults.extend(syntax_faults(&name, &lines, &errors));
        }
        broken |= !errors.is_empty();
        let national = name.starts_with(NATIONAL);
        let mut file = File { name: &name, lines: &lines, broken, national, faults: &mut self.faults };
        for (key, value) in document.get_ref() {
            if !self.rows.read(key.get_ref(), &mut file, value) && !broken {
                let line = lines.line(key.span().start);
                let known = TABLES.iter().map(|(table, _)| *table).collect::<Vec<_>>().join("、");
                let (reason, mend) = (format!("没有“{}”这张表", key.get_ref()), format!("改为下列之一：{known}"));
                file.faults.push(file_fault(file.name, line, FaultKind::UnknownTable, &reason, &mend));
            }
        }
        drop(text);
        self.contents.push((name, bytes));
    }
}

/// The folder of the entries that hold in every city.
pub(crate) const NATIONAL: &str = "national";

/// SHA-256 over names and contents, each with its length before it.
pub(crate) fn version(packs: &[&Pack]) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in packs.iter().flat_map(|pack| &pack.contents) {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hex::encode(hash.finalize())
}

fn syntax_faults(name: &str, lines: &Lines, errors: &[toml::de::Error]) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let faults = errors.iter().filter_map(|error| {
        let line = lines.line(error.span().map_or(0, |span| span.start));
        seen.insert(line).then(|| {
            let reason = format!("不符合TOML写法：{}", in_chinese(error.message()));
            file_fault(name, line, FaultKind::Syntax, &reason, "按同一文件其他条目的写法改正")
        })
    });
    faults.collect()
}

/// What the parser says, for a person who does not read English.
fn in_chinese(message: &str) -> &'static str {
    const WORDS: &[(&str, &str)] = &[
        ("duplicate key", "同一条目内字段重复"),
        ("unclosed", "括号没有闭合"),
        ("extra comma", "多了逗号"),
        ("missing comma", "缺少逗号"),
        ("missing value", "缺少字段的值"),
        ("key with no value", "缺少等号和字段的值"),
        ("missing assignment", "缺少等号"),
        ("extra assignment", "多了等号"),
        ("extra `=`", "多了等号"),
        ("string values must be quoted", "文字没有加引号"),
        ("unquoted string", "文字没有加引号"),
        ("quote", "引号没有配对"),
        ("invalid basic string", "文字的引号或转义不正确"),
        ("escape", "文字中的反斜杠转义不正确"),
        ("unexpected content", "行末有多余内容"),
        ("unexpected key or value", "有多余的字段或值"),
        ("leading zero", "数字前有多余的零"),
        ("key", "字段名不正确"),
    ];
    WORDS.iter().find(|(english, _)| message.contains(english)).map_or("值的写法不正确", |(_, chinese)| *chinese)
}

impl File<'_> {
    /// Reads `[[table]]` and adds its rows.
    pub(crate) fn read_table<T: Body>(&mut self, value: Value<'_>, rows: &mut Vec<Row<T>>) {
        let line = self.lines.line(value.span().start);
        let wrong = |line| {
            let mend = format!("每个条目以[[{}]]开头", T::TABLE);
            file_fault(self.name, line, FaultKind::WrongType, "应为若干条目", &mend)
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.faults.extend((!self.broken).then(|| wrong(line)));
            return;
        };
        for item in items {
            let line = self.lines.line(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => {
                    let row = self.read_row(&Fields::new(table, line), line);
                    rows.push(row);
                }
                _ if self.broken => {}
                _ => self.faults.push(wrong(line)),
            }
        }
    }

    fn read_row<T: Body>(&mut self, fields: &Fields<'_>, line: usize) -> Row<T> {
        let written = fields.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned();
        let lines = [(String::new(), line)].into();
        let place = Place { file: self.name.to_owned(), entry: written.clone(), line, lines };
        let mut reader = Reader::new(self.lines, place);
        if self.broken {
            let (place, _) = reader.finish();
            let id = Some(written).filter(|id| !id.is_empty());
            return Row { place, national: self.national, id, dates: None, entry: None };
        }
        reader.known_fields(fields, &[HEAD, T::FIELDS]);
        let id = read_id(fields, &mut reader);
        let from: Option<LocalDate> = reader.field(fields, "from");
        let until: Option<Option<LocalDate>> = reader.field(fields, "until");
        let source: Option<Source> = reader.field(fields, "source");
        let status: Option<Status> = reader.field(fields, "status");
        let body = T::read_fields(fields, &mut reader);
        let (place, faults) = reader.finish();
        self.faults.extend(faults);
        let entry = match (&id, from, until, source, status, body) {
            (Some(id), Some(from), Some(until), Some(source), Some(status), Some(body)) => {
                Some(Entry { id: id.clone(), from, until, source, status, body })
            }
            _ => None,
        };
        Row { place, national: self.national, id, dates: from.zip(until), entry }
    }
}

/// An id: letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
fn read_id(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<String> {
    let id: String = reader.field(fields, "id")?;
    let sound = id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !sound {
        reader.at("id", |reader| {
            let mend = "只用英文字母、数字、连字符、下划线和点，以字母或数字开头，不超过64个字符";
            reader.fault(FaultKind::BadId, format!("编号“{id}”写法不正确"), mend);
        });
        return None;
    }
    Some(id)
}
