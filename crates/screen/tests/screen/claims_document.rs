//! `docs/claims.md` says what the code says, and what it shows works.

use crate::generated::rules;
use crate::shared::duckdb_python;
use arrow_schema::{DataType, SchemaRef};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use xingjian_screen::claims::schema;
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::layout::{Kind, Need, Table};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/claims.md")
}

/// The text between two marks, and what is around it.
fn marked<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str, &'a str) {
    let (head, rest) = text.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    let (inside, tail) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    (head, inside, tail)
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Id => "编号".into(),
        Kind::Person => "人员编号，只存密钥哈希".into(),
        Kind::Citizen => "公民身份号码，只存密钥哈希".into(),
        Kind::Name => "姓名".into(),
        Kind::Text => "文字".into(),
        Kind::Code(_) => "码表中的值".into(),
        Kind::Division => "六位行政区划代码".into(),
        Kind::Item => "项目编码".into(),
        Kind::Disease => "疾病或手术编码".into(),
        Kind::Date => "日期".into(),
        Kind::Moment => "日期，可带时刻".into(),
        Kind::Decimal(digits, ..) => format!("数字，至多{digits}位小数"),
        Kind::Whole(most) => format!("整数，0至{most}"),
        Kind::Flag => "1或0".into(),
    }
}

const fn need(need: Need) -> &'static str {
    match need {
        Need::Required => "必需",
        Need::Always => "有则必填",
        Need::Optional => "",
        Need::Inpatient => "住院",
        Need::Drug => "药品",
    }
}

fn layout() -> String {
    let mut text = String::new();
    for table in Table::ALL {
        writeln!(text, "**{}** `{}`\n\n| 字段 | 名称 | 取值 | 要求 |\n|---|---|---|---|", table.label(), table.name())
            .unwrap();
        for column in table.columns() {
            writeln!(text, "| `{}` | {} | {} | {} |", column.name, column.label, kind(column.kind), need(column.need))
                .unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_layout_is_the_one_in_the_code() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (head, written, tail) = marked(&text, "layout");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page(), format!("{head}<!-- layout -->\n{}<!-- /layout -->{tail}", layout())).unwrap();
    } else {
        assert_eq!(written, layout(), "UPDATE_EXPECT=1 writes it");
    }
}

fn written_type(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 => "VARCHAR".into(),
        DataType::Int32 => "INTEGER".into(),
        DataType::Int8 => "TINYINT".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Timestamp(..) => "TIMESTAMP".into(),
        DataType::Time32(_) => "TIME".into(),
        DataType::Decimal64(digits, scale) => format!("DECIMAL({digits},{scale})"),
        DataType::List(item) => format!("{}[]", written_type(item.data_type())),
        other => panic!("the page has no word for {other}"),
    }
}

#[test]
fn the_columns_of_the_store_are_those_in_the_code() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, written, _) = marked(&text, "store");
    let written: Vec<String> = written
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').take(4).collect::<Vec<_>>().join("|"))
        .collect();
    let rows = |schema: SchemaRef| -> Vec<String> {
        let row = |field: &arrow_schema::Field| {
            let null = if field.is_nullable() { "yes" } else { "no" };
            format!("| `{}` | {} | {null} ", field.name(), written_type(field.data_type()))
        };
        schema.fields().iter().map(|field| row(field)).collect()
    };
    assert_eq!(written, [rows(schema::patients()), rows(schema::visits()), rows(schema::lines())].concat());
}

#[test]
fn the_programs_that_are_shown_read_a_store() {
    let Some(python) = duckdb_python() else { return };
    let text = std::fs::read_to_string(page()).unwrap();
    let programs: Vec<&str> = text.split("```python\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    let folder = tempfile::tempdir().unwrap();
    let begin = jiff::civil::date(2026, 1, 1);
    let recipe = Recipe { patients: 40, begin, months: 2, seed: 1, violations: 39, city: "440400".to_owned() };
    let city = World::write(&recipe, &rules(), &folder.path().join("data/claims/store"), 2, 1).unwrap();
    let sets = city.store.manifest.months.values().flat_map(|month| &month.buckets);
    let stored = sets.fold((0, 0), |sum, set| (sum.0 + set.lines.rows, sum.1 + set.amount_fen));
    let said: Vec<Vec<String>> = programs.iter().map(|program| sums(&python, program, folder.path(), stored)).collect();
    assert_eq!(said.len(), 2, "DuckDB and pandas");
    assert_eq!(said[0], said[1]);
}

/// The lines that a program says, in order, each with a number of rows and an amount; all of them together are what is stored.
fn sums(python: &Path, program: &str, folder: &Path, stored: (u64, i64)) -> Vec<String> {
    let output = Command::new(python).args(["-c", program]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (mut lines, mut fen) = (0, 0);
    for line in said.lines() {
        let mut words = line.split(' ').skip(2);
        lines += words.next().unwrap().parse::<u64>().unwrap();
        fen += words.next().unwrap().replace('.', "").parse::<i64>().unwrap();
    }
    assert_eq!((lines, fen), stored, "{said}");
    let mut said: Vec<String> = said.lines().map(str::to_owned).collect();
    said.sort();
    said
}
