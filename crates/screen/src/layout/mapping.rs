//! Mapping files: how the files of another layout give rows of the national tables.

use super::{DateFormat, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::Fault;

/// A layout, as mapping files write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Short name.
    pub id: String,
    /// As it is written.
    pub title: String,
    /// Texts that mean that a value is not known: 空值. An empty cell always does.
    #[serde(default = "null_texts")]
    pub null: Vec<String>,
    /// Texts that mean that there can be no value: 不适用.
    #[serde(default = "not_applicable_texts")]
    pub not_applicable: Vec<String>,
    /// Values that columns may have beside those of the national lists.
    #[serde(default)]
    pub codes: BTreeMap<String, Vec<String>>,
    /// What is made of the files; a file may have several parts.
    pub part: Vec<Part>,
}

/// What one table takes from some files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The table.
    pub table: Table,
    /// Names of files or sheets, with `*` for anything.
    pub files: Vec<String>,
    /// How dates are written.
    #[serde(default)]
    pub date: DateFormat,
    /// What separates columns.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Columns not named below are taken from the columns of the same name.
    #[serde(default)]
    pub same_names: bool,
    /// One row for each of these columns that has a value.
    #[serde(default)]
    pub each: Vec<String>,
    /// Where the columns come from.
    #[serde(default)]
    pub columns: BTreeMap<String, Source>,
}

/// Where a column comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// A column.
    Column(String),
    /// The first of some columns that has a value.
    First(Vec<String>),
    /// With more to say.
    Full(Full),
}

/// Where a column comes from, with more to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// A column.
    pub column: Option<String>,
    /// The same value in every row.
    pub value: Option<String>,
    /// Of the columns of `each`.
    pub each: Option<Each>,
    /// Other values in place of some.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// How dates are written here.
    pub date: Option<DateFormat>,
    /// Leaves the time of day out, where a source writes midnight for a day.
    #[serde(default)]
    pub day_only: bool,
    /// What sums of money are written in.
    #[serde(default)]
    pub unit: Unit,
}

/// What a row takes from the columns of `each`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// The value.
    Value,
    /// 1 for the first of the columns, 0 for the others.
    First,
    /// The number of the column among them, from 1.
    Number,
}

/// What sums of money are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 元.
    #[default]
    Yuan,
    /// 分.
    Fen,
}

fn null_texts() -> Vec<String> {
    ["NULL", "null", "\\N"].map(str::to_owned).to_vec()
}

fn not_applicable_texts() -> Vec<String> {
    ["不适用", "-", "/"].map(str::to_owned).to_vec()
}

const fn comma() -> char {
    ','
}

impl Mapping {
    /// The national layout: each table from the columns of its own names.
    pub fn national() -> Self {
        let part = |table: Table| Part {
            table,
            files: vec![format!("*{}*", table.name())],
            date: DateFormat::YearFirst,
            delimiter: ',',
            same_names: true,
            each: Vec::new(),
            columns: BTreeMap::new(),
        };
        Self {
            id: "national".into(),
            title: "国家医疗保障信息平台抽取表".into(),
            null: null_texts(),
            not_applicable: not_applicable_texts(),
            codes: BTreeMap::new(),
            part: Table::ALL.map(part).to_vec(),
        }
    }

    /// Reads a mapping file; all faults at once.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let mapping: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            vec![Fault::new(format!("{name} 第{line}行"), "", error.message(), "对照 docs/claims.md 改正映射文件")]
        })?;
        let faults = mapping.faults(name);
        if faults.is_empty() { Ok(mapping) } else { Err(faults) }
    }

    fn faults(&self, name: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.part.is_empty() {
            faults.push(Fault::new(name, "", "没有 [[part]]", "为每张目标表写一段 [[part]]"));
        }
        let known: BTreeSet<&str> = Table::ALL.iter().flat_map(|t| t.columns()).map(|column| column.name).collect();
        for column in self.codes.keys().filter(|column| !known.contains(column.as_str())) {
            faults.push(Fault::new(format!("{name} codes"), column, "没有这个字段", "填写国家抽取表的字段名"));
        }
        for (number, part) in (1..).zip(&self.part) {
            part.faults(&format!("{name} 第{number}段 {}", part.table.name()), &mut faults);
        }
        faults
    }

    /// The parts that a file or sheet of this name gives.
    pub fn parts_of(&self, name: &str) -> Vec<&Part> {
        let named = |part: &&Part| part.files.iter().any(|pattern| is_like(pattern, name));
        self.part.iter().filter(named).collect()
    }
}

impl Part {
    fn faults(&self, place: &str, faults: &mut Vec<Fault>) {
        let mut fault = |value: &str, reason: &str, mend: &str| faults.push(Fault::new(place, value, reason, mend));
        if self.files.is_empty() {
            fault("", "没有写明取自哪些文件", "在 files 中写文件名，可用 * 代表任意字符");
        }
        if !self.delimiter.is_ascii() || matches!(self.delimiter, '"' | '\n' | '\r') {
            fault(&self.delimiter.to_string(), "不能作为分隔符", "使用逗号、制表符、分号或竖线");
        }
        for (column, source) in &self.columns {
            if self.table.position(column).is_none() {
                fault(column, "目标表没有这个字段", "填写国家抽取表中本系统读取的字段名");
            }
            let Source::Full(full) = source else { continue };
            let named = usize::from(full.column.is_some())
                + usize::from(full.value.is_some())
                + usize::from(full.each.is_some());
            if named != 1 {
                fault(column, "来源应在 column、value、each 中恰好写一个", "删去多余的，或补上缺少的");
            }
            if full.each.is_some() && self.each.is_empty() {
                fault(column, "写了 each 来源，但本段没有 each 列", "在本段写 each = [列名…]");
            }
        }
    }

    /// Where a column of the table comes from, if it does.
    pub(super) fn source(&self, column: &str) -> Option<Source> {
        match self.columns.get(column) {
            Some(source) => Some(source.clone()),
            None => self.same_names.then(|| Source::Column(column.to_owned())),
        }
    }
}

/// Whether a name is like a pattern with `*` for anything; large and small letters are the same.
fn is_like(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(between) = last.replace(part) {
            let Some(at) = rest.find(between) else { return false };
            rest = &rest[at + between.len()..];
        }
    }
    match last {
        Some(end) => rest.ends_with(end),
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn names_are_like_patterns() {
        for (pattern, name, like) in [
            ("*fee_list_d*", "2026-01_FEE_LIST_D.csv", true),
            ("*setl_d*", "setl_list_diag_d.csv", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a.csv", "a.csv", true),
            ("a.csv", "aa.csv", false),
            ("*", "anything", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(is_like(pattern, name), like, "{pattern} {name}");
        }
    }

    #[test]
    fn the_national_layout_knows_its_files() {
        let national = Mapping::national();
        for table in Table::ALL {
            let parts = national.parts_of(&format!("{}_202601.csv", table.name()));
            assert_eq!(parts.iter().map(|part| part.table).collect::<Vec<_>>(), [table]);
        }
        let text = toml::to_string(&national).unwrap();
        assert_eq!(Mapping::read("国家", &text), Ok(national));
    }

    #[test]
    fn all_faults_of_a_mapping_are_named() {
        let text = r#"
            id = "x"
            title = "x"
            codes = { nothing = ["1"] }
            [[part]]
            table = "mdtrt_d"
            files = []
            columns = { mdtrt_id = "ID", brdy = { value = "1", column = "b" }, foo = "bar", gend = { each = "value" } }
        "#;
        let faults = Mapping::read("m.toml", text).unwrap_err();
        let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
        expect![[r#"
            m.toml codes：“nothing”没有这个字段。填写国家抽取表的字段名
            m.toml 第1段 mdtrt_d：没有写明取自哪些文件。在 files 中写文件名，可用 * 代表任意字符
            m.toml 第1段 mdtrt_d：“brdy”来源应在 column、value、each 中恰好写一个。删去多余的，或补上缺少的
            m.toml 第1段 mdtrt_d：“foo”目标表没有这个字段。填写国家抽取表中本系统读取的字段名
            m.toml 第1段 mdtrt_d：“gend”写了 each 来源，但本段没有 each 列。在本段写 each = [列名…]
        "#]]
        .assert_eq(&told);
        assert_eq!(Mapping::read("m.toml", "id = 3").unwrap_err().len(), 1);
    }
}
