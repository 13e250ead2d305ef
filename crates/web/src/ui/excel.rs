//! Tables as a spreadsheet: numbers are numbers, money has two decimals, everything else is text and never a formula.

use super::Column;
use super::table::{Cell, Table};
use crate::form::encode;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use xingjian_kernel::{Fen, LocalDate};
use xingjian_store::{Error, Failure};

/// Rows of a sheet below its title, source and headings.
const MOST_ROWS: usize = 1_048_576 - 4;
/// Characters of a cell.
const MOST_CHARACTERS: usize = 32_767;
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A finished spreadsheet as a download; `name` is without its ending.
pub fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    // What no file system takes, and no more than what every one takes.
    let name: String = name.chars().map(|c| if r#"\/:*?"<>|"#.contains(c) { '_' } else { c }).take(80).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}.xlsx", encode(&name).replace('+', "%20"));
    ([(header::CONTENT_TYPE, KIND.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// A spreadsheet that could not be written, as a failure of the store: there is no room for its rows.
#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
pub fn failed(error: XlsxError) -> Failure {
    Error::Missing(format!("a spreadsheet: {error}")).into()
}

/// What stands above the rows of a list.
pub struct Top {
    /// Name of the list.
    pub title: String,
    /// The lines below it: filters, person, time, source.
    pub lines: Vec<String>,
    /// The day of the instance.
    pub on: LocalDate,
}

/// A list, written row by row into a file beside, so that rows written cost no memory.
pub struct Sheet {
    book: Workbook,
    columns: Vec<Column>,
    at: u32,
    formats: Formats,
}

impl Sheet {
    /// A sheet with its top and the headings of its columns.
    pub fn new(top: &Top, columns: &[Column]) -> Result<Self, XlsxError> {
        let mut book = Workbook::new();
        made_on(&mut book, top.on)?;
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(&top.title, &[]))?;
        let names: Vec<&str> =
            columns.iter().flat_map(|column| std::iter::once(column.name).chain(column.below)).collect();
        for (at, _) in (0..).zip(&names) {
            sheet.set_column_width(at, 24)?;
        }
        let heads = u32::try_from(top.lines.len()).unwrap_or_default() + 2;
        sheet.set_freeze_panes(heads + 1, 1)?;
        let formats = Formats::new();
        sheet.write_string_with_format(0, 0, &top.title, &formats.title)?;
        for (row, line) in (1..).zip(&top.lines) {
            sheet.write_string(row, 0, shortened(line))?;
        }
        for (at, name) in (0..).zip(names) {
            sheet.write_string_with_format(heads, at, name, &formats.heading)?;
        }
        Ok(Self { book, columns: columns.to_vec(), at: heads + 1, formats })
    }

    /// The next row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        let sheet = self.book.worksheet_from_index(0)?;
        let mut at = 0;
        for (column, cell) in self.columns.iter().zip(cells) {
            let (first, second) = match cell {
                Cell::Text { text, note, .. } => (Cell::text(text.clone()), note.clone()),
                Cell::Due(due) => (Cell::text(due.date.clone()), due.relative.clone()),
                other => (other.clone(), String::new()),
            };
            if column.below.is_some() {
                put(sheet, self.at, at, &first, &self.formats)?;
                put(sheet, self.at, at + 1, &Cell::text(second), &self.formats)?;
                at += 2;
            } else {
                put(sheet, self.at, at, cell, &self.formats)?;
                at += 1;
            }
        }
        self.at += 1;
        Ok(())
    }

    /// The bytes of the file.
    pub fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        self.book.save_to_buffer()
    }
}

struct Formats {
    title: Format,
    heading: Format,
    count: Format,
    money: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            title: Format::new().set_bold().set_font_size(14),
            heading: Format::new().set_bold().set_background_color("E6F0F6"),
            count: Format::new().set_num_format("#,##0"),
            money: Format::new().set_num_format("#,##0.00"),
        }
    }
}

/// A cell: a number stays one, everything else is text and never a formula.
fn put(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Count(number) => sheet.write_number_with_format(row, column, to_f64(*number), &formats.count)?,
        Cell::Money(amount) => sheet.write_number_with_format(row, column, yuan(*amount), &formats.money)?,
        text => sheet.write_string(row, column, shortened(&text.plain()))?,
    };
    Ok(())
}

/// The day of the instance, not of the machine: the same figures are the same file.
fn made_on(book: &mut Workbook, on: LocalDate) -> Result<(), XlsxError> {
    let (year, month, day) = (on.year().unsigned_abs(), on.month().unsigned_abs(), on.day().unsigned_abs());
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(())
}

/// A workbook: a sheet for each table; `source` says where the figures come from.
pub fn workbook(source: &str, on: LocalDate, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    made_on(&mut book, on)?;
    let mut names: Vec<String> = vec![];
    for table in tables {
        let name = sheet_name(&table.title, &names);
        let sheet = book.add_worksheet();
        sheet.set_name(&name)?;
        names.push(name);
        fill(sheet, &format!("{source}　导出日期：{on}"), table)?;
    }
    book.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, source: &str, table: &Table) -> Result<(), XlsxError> {
    let formats = Formats::new();
    sheet.write_string_with_format(0, 0, &table.title, &formats.title)?;
    let left_out = table.rows.len().saturating_sub(MOST_ROWS);
    let rest =
        if left_out > 0 { format!("　另有{left_out}行超出工作表容量，未列出") } else { String::new() };
    sheet.write_string(1, 0, format!("{source}{rest}"))?;
    for (column, name) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(3, column, *name, &formats.heading)?;
        sheet.set_column_width(column, if table.is_number(&usize::from(column)) { 14 } else { 24 })?;
    }
    for (at, row) in (4..).zip(table.rows.iter().take(MOST_ROWS)) {
        for (column, cell) in (0..).zip(row) {
            put(sheet, at, column, cell, &formats)?;
        }
    }
    sheet.set_freeze_panes(4, 1)?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet knows no other numbers; exact below 2^53")]
fn to_f64(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet knows no other numbers; exact below 2^53 fen")]
fn yuan(amount: Fen) -> f64 {
    amount.fen() as f64 / 100.0
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(MOST_CHARACTERS).map_or(text, |(at, _)| &text[..at])
}

/// A name that a sheet may have: at most 31 characters, none of `[]:*?/\`, no apostrophe at the ends, and of its own.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let clean: String = title.chars().map(|c| if "[]:*?/\\".contains(c) { '、' } else { c }).take(27).collect();
    let clean = match clean.trim_matches(['\'', ' ']) {
        "" => "表".to_owned(),
        kept => kept.to_owned(),
    };
    let same = |name: &str| taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let numbered = (2..).map(|n| format!("{clean}（{n}）"));
    std::iter::once(clean.clone()).chain(numbered).find(|name| !same(name)).unwrap_or(clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Badge;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn a_spreadsheet_reads_back_as_it_was_meant() {
        let columns = ["机构", "编码", "处数", "金额（元）", "状态", "精确率"];
        let row = vec![
            Cell::link("=HYPERLINK(\"x\")", "/desk").note("第二行"),
            Cell::Code("+0012".into()),
            Cell::Count(1234),
            Cell::Money(Fen::new(-123_456)),
            Cell::State(Badge::new("@启用", "done")),
            Cell::Missing("尚未复核"),
        ];
        let table = Table::new("a", "机构[1]:*?/\\", &columns).rows([row]);
        let bytes = workbook("演示来源", "2026-11-22".parse().unwrap(), &[table.clone(), table]).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        assert_eq!(book.sheet_names(), ["机构、1、、、、、、", "机构、1、、、、、、（2）"]);
        let name = book.sheet_names()[1].clone();
        let range = book.worksheet_range(&name).unwrap();
        let at = |row, column| range.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(at(0, 0), Data::String("机构[1]:*?/\\".into()));
        assert_eq!(at(1, 0), Data::String("演示来源　导出日期：2026-11-22".into()));
        assert_eq!(at(3, 3), Data::String("金额（元）".into()));
        let text = ["=HYPERLINK(\"x\")（第二行）", "+0012", "@启用", "尚未复核"];
        assert_eq!([0, 1, 4, 5].map(|column| at(4, column)), text.map(|text| Data::String(text.into())));
        assert_eq!([at(4, 2), at(4, 3)], [Data::Float(1234.0), Data::Float(-1234.56)]);
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.used_cells().next().is_none(), "no cell is a formula");
    }

    #[test]
    fn the_same_tables_are_the_same_file() {
        let table = Table::new("a", "表", &["数"]).rows([vec![Cell::Count(1)]]);
        let once = || workbook("来源", "2026-11-22".parse().unwrap(), std::slice::from_ref(&table)).unwrap();
        assert_eq!(once(), once());
    }

    #[test]
    fn a_name_of_a_sheet_is_short_and_of_its_own() {
        let long = "很".repeat(40);
        let first = sheet_name(&long, &[]);
        let second = sheet_name(&long, std::slice::from_ref(&first));
        assert_eq!((first.chars().count(), second.chars().count()), (27, 30));
        assert_eq!(sheet_name("''", &[]), "表");
    }
}
