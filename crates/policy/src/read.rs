//! Reads TOML values into typed ones and keeps the line of each, so that every fault of a file is found in one
//! pass and says where it is. Serde would stop at the first.

use crate::fault::{Fault, FaultKind};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use xingjian_kernel::calendar::{Term, Unit};
use xingjian_kernel::{DepartmentId, DivisionCode, Fen, LocalDate};

/// A value with its place in the file.
pub type Value<'a> = &'a Spanned<DeValue<'a>>;

/// A type that a TOML value can become.
pub trait FromToml: Sized {
    /// Reads it, or records why it cannot be read.
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self>;
    /// What a field that is left out stands for; `None` where it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// A struct whose fields are those of a TOML table.
pub trait Record: Sized {
    /// Its fields.
    const FIELDS: &'static [&'static str];
    /// Reads all of them.
    fn read_fields(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Self>;
}

/// The fields of one table.
pub struct Fields<'a> {
    table: &'a DeTable<'a>,
    line: usize,
}

impl<'a> Fields<'a> {
    /// The fields of `table`, which begins at `line`.
    pub(crate) const fn new(table: &'a DeTable<'a>, line: usize) -> Self {
        Self { table, line }
    }

    /// The field of that name.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }
}

/// The text of a field inside a table, without judging it.
pub fn peek(value: Value<'_>, name: &str) -> Option<String> {
    Fields::new(value.get_ref().as_table()?, 0).get(name)?.get_ref().as_str().map(str::to_owned)
}

/// Start of each line of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

/// Where the fields of an entry stand.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// File below the policy folder.
    pub(crate) file: String,
    /// Id of the entry, as it was written.
    pub(crate) entry: String,
    /// Line where the entry begins.
    pub(crate) line: usize,
    /// Line by path of the field: `others[1]`.
    pub(crate) lines: BTreeMap<String, usize>,
}

impl Place {
    /// A fault at a field of this entry; at the entry itself where the field is left out.
    pub(crate) fn fault(
        &self,
        kind: FaultKind,
        field: &str,
        reason: impl Into<String>,
        mend: impl Into<String>,
    ) -> Fault {
        let line = self.lines.get(field).copied().unwrap_or(self.line);
        let (file, entry) = (self.file.clone(), self.entry.clone());
        Fault { file, line, entry, field: field.to_owned(), kind, reason: reason.into(), mend: mend.into() }
    }
}

/// Reads one entry.
pub struct Reader<'a> {
    lines: &'a Lines,
    place: Place,
    path: String,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(lines: &'a Lines, place: Place) -> Self {
        Self { lines, place, path: String::new(), faults: vec![] }
    }

    pub(crate) fn finish(self) -> (Place, Vec<Fault>) {
        (self.place, self.faults)
    }

    /// Records a fault at the field that is being read.
    pub(crate) fn fault(&mut self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(self.place.fault(kind, &self.path, reason, mend));
    }

    /// Does something at a field that was read already.
    pub(crate) fn at<T>(&mut self, name: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        self.inside(name, None, act)
    }

    fn wrong_type(&mut self, value: Value<'_>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "文字",
            DeValue::Integer(_) => "整数",
            DeValue::Float(_) => "小数",
            DeValue::Boolean(_) => "是否值",
            DeValue::Datetime(_) => "日期时间",
            DeValue::Array(_) => "列表",
            DeValue::Table(_) => "表",
        };
        self.fault(FaultKind::WrongType, format!("应为{wanted}，实为{found}"), format!("改为{wanted}"));
    }

    /// Does `read` with `name` added to the path.
    fn inside<T>(&mut self, name: &str, line: Option<usize>, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.len();
        if before > 0 && !name.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(name);
        if let Some(line) = line {
            self.place.lines.insert(self.path.clone(), line);
        }
        let result = read(self);
        self.path.truncate(before);
        result
    }

    /// Reads the field of that name; records it as missing where it must be there.
    pub fn field<T: FromToml>(&mut self, fields: &Fields<'_>, name: &str) -> Option<T> {
        if let Some(value) = fields.get(name) {
            let line = self.lines.line(value.span().start);
            return self.inside(name, Some(line), |reader| T::read(value, reader));
        }
        let absent = T::absent();
        if absent.is_none() {
            self.inside(name, Some(fields.line), |reader| {
                let (kind, mend) = match name {
                    "document" | "source" => (FaultKind::NoDocument, "写明来源文件及文号"),
                    "clause" => (FaultKind::NoClause, "写明来源条款"),
                    _ => (FaultKind::MissingField, "补上该字段"),
                };
                reader.fault(kind, "缺少该字段", mend);
            });
        }
        absent
    }

    /// Records the fields that are none of `known`.
    pub(crate) fn known_fields(&mut self, fields: &Fields<'_>, known: &[&[&str]]) {
        let known: BTreeSet<&str> = known.iter().copied().flatten().copied().collect();
        for (key, _) in fields.table {
            let name: &str = key.get_ref();
            if !known.contains(name) {
                let line = self.lines.line(key.span().start);
                let names = known.iter().copied().collect::<Vec<_>>().join("、");
                self.inside(name, Some(line), |reader| {
                    reader.fault(FaultKind::UnknownField, "没有这个字段", format!("删去，或改为下列之一：{names}"));
                });
            }
        }
    }

    /// Reads a table as a record.
    pub fn record<T: Record>(&mut self, value: Value<'_>) -> Option<T> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, "表");
            return None;
        };
        let fields = Fields::new(table, self.lines.line(value.span().start));
        self.known_fields(&fields, &[T::FIELDS]);
        T::read_fields(&fields, self)
    }

    /// Records that `name` inside a table says none of `known`.
    pub fn unknown_kind(&mut self, value: Value<'_>, name: &str, known: &[&str]) {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "表");
            return;
        };
        let fields = Fields::new(table, self.lines.line(value.span().start));
        if let Some(kind) = self.field::<String>(&fields, name) {
            let line = fields.get(name).map(|value| self.lines.line(value.span().start));
            let mend = format!("改为下列之一：{}", known.join("、"));
            self.inside(name, line, |reader| {
                reader.fault(FaultKind::UnknownWord, format!("不认识“{kind}”"), mend);
            });
        }
    }

    /// Reads one of a closed list of words.
    pub fn word<T: Copy>(&mut self, value: Value<'_>, all: &[T], code: impl Fn(T) -> &'static str) -> Option<T> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(value, "文字");
            return None;
        };
        let found = all.iter().copied().find(|word| code(*word) == text.as_ref());
        if found.is_none() {
            let kind = if self.path == "status" { FaultKind::UnknownStatus } else { FaultKind::UnknownWord };
            let known = all.iter().map(|word| code(*word)).collect::<Vec<_>>().join("、");
            self.fault(kind, format!("不认识“{text}”"), format!("改为下列之一：{known}"));
        }
        found
    }

    fn integer<T: TryFrom<i64>>(&mut self, value: Value<'_>) -> Option<T> {
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong_type(value, "整数");
            return None;
        };
        let found = i64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|n| T::try_from(n).ok());
        if found.is_none() {
            self.fault(FaultKind::OutOfRange, format!("数值{integer}超出可用范围"), "改为合理的数值");
        }
        found
    }
}

/// A character that nobody sees and that makes two equal texts differ.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

impl FromToml for String {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = value.get_ref() else {
            reader.wrong_type(value, "文字");
            return None;
        };
        if text.trim().is_empty() {
            let kind = match reader.path.as_str() {
                "source.document" => FaultKind::NoDocument,
                "source.clause" => FaultKind::NoClause,
                _ => FaultKind::EmptyText,
            };
            reader.fault(kind, "内容为空", "填写内容，没有内容可填时删去该字段或条目");
            return None;
        }
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            let reason = format!("含有不可见字符U+{:04X}", u32::from(hidden));
            reader.fault(FaultKind::ControlCharacter, reason, "删去该字符，文字写在一行内");
            return None;
        }
        Some(text.clone().into_owned())
    }
}

impl FromToml for bool {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            reader.wrong_type(value, "true或false");
        }
        found
    }
    /// A switch left out is off.
    fn absent() -> Option<Self> {
        Some(false)
    }
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl FromToml for $type {
            fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                reader.integer(value)
            }
        }
    )+};
}
integers!(u8, u16, u32, i32, i64);

/// Money stands in packs as whole yuan.
impl FromToml for Fen {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let yuan: i64 = reader.integer(value)?;
        if !(0..=1_000_000_000_000).contains(&yuan) {
            reader.fault(FaultKind::OutOfRange, format!("金额{yuan}元超出可用范围"), "填写以元为单位的整数");
            return None;
        }
        Some(Self::from_yuan(yuan))
    }
}

impl FromToml for LocalDate {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Datetime(moment) = value.get_ref() else {
            reader.wrong_type(value, "日期");
            return None;
        };
        let (Some(date), None) = (moment.date, moment.time) else {
            reader.fault(FaultKind::WrongType, "应为日期，不带时刻", "写成不带引号的日期，例如2026-01-01");
            return None;
        };
        let parts = (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day));
        let found = if let (Ok(y), Ok(m), Ok(d)) = parts { Self::new(y, m, d).ok() } else { None };
        if found.is_none() {
            reader.fault(FaultKind::OutOfRange, "没有这一天", "改为日历上有的日期");
        }
        found
    }
}

impl FromToml for DepartmentId {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        String::read(value, reader).map(Self::new)
    }
}

impl FromToml for DivisionCode {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(value, reader)?;
        let found = text.parse().ok();
        if found.is_none() {
            let reason = format!("“{text}”不是行政区划代码");
            reader.fault(FaultKind::UnknownDivision, reason, "填写2、4、6、9或12位区划代码");
        }
        found
    }
}

impl<T: FromToml> FromToml for Option<T> {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(value, reader).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromToml> FromToml for Vec<T> {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Array(array) = value.get_ref() else {
            reader.wrong_type(value, "列表");
            return None;
        };
        let mut all = Some(vec![]);
        for (at, item) in array.iter().enumerate() {
            let line = reader.lines.line(item.span().start);
            match (reader.inside(&format!("[{at}]"), Some(line), |reader| T::read(item, reader)), &mut all) {
                (Some(item), Some(list)) => list.push(item),
                _ => all = None,
            }
        }
        all
    }
    /// A list left out is empty; lists that must say something are checked by their table.
    fn absent() -> Option<Self> {
        Some(vec![])
    }
}

impl FromToml for Unit {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        const ALL: &[Unit] = &[Unit::WorkingDays, Unit::NaturalDays, Unit::Months, Unit::Years];
        reader.word(value, ALL, |unit| match unit {
            Unit::WorkingDays => "working_days",
            Unit::NaturalDays => "natural_days",
            Unit::Months => "months",
            Unit::Years => "years",
        })
    }
}

/// Makes a struct that is declared elsewhere readable.
macro_rules! record_impl {
    ($type:ty { $($field:ident),+ }) => {
        impl $crate::read::Record for $type {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field),)+];
            fn read_fields(fields: &$crate::read::Fields<'_>, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                // Every field is read before one of them is found missing.
                $(let $field = reader.field(fields, stringify!($field));)+
                Some(Self { $($field: $field?,)+ })
            }
        }

        impl $crate::read::FromToml for $type {
            fn read(value: $crate::read::Value<'_>, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                reader.record(value)
            }
        }
    };
}
pub(crate) use record_impl;

record_impl!(Term { count, unit });
