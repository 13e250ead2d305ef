//! Tables as a spreadsheet: numbers are numbers, money has two decimals, everything else is text and never a formula.

use super::table::{Cell, Table};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use xingjian_kernel::{Fen, LocalDate};

/// Rows of a sheet below its title, source and headings.
const MOST_ROWS: usize = 1_048_576 - 4;
/// Characters of a cell.
const MOST_CHARACTERS: usize = 32_767;
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook as a download: a sheet for each table; `source` says where the figures come from.
pub fn download(name: &str, source: &str, on: LocalDate, tables: &[Table]) -> Response {
    match workbook(source, on, tables) {
        Ok(bytes) => {
            let disposition = format!("attachment; filename*=UTF-8''{}.xlsx", crate::form::encode(name));
            let headers = [(header::CONTENT_TYPE, KIND.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
            (headers, bytes).into_response()
        }
        Err(error) => {
            tracing::error!("a spreadsheet cannot be written: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, "表格无法生成，请联系系统管理员").into_response()
        }
    }
}

fn workbook(source: &str, on: LocalDate, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The day of the instance, not of the machine: the same figures are the same file.
    let (year, month, day) = (on.year().unsigned_abs(), on.month().unsigned_abs(), on.day().unsigned_abs());
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
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
    sheet.write_string_with_format(0, 0, &table.title, &Format::new().set_bold().set_font_size(14))?;
    let left_out = table.rows.len().saturating_sub(MOST_ROWS);
    let rest =
        if left_out > 0 { format!("　另有{left_out}行超出工作表容量，未列出") } else { String::new() };
    sheet.write_string(1, 0, format!("{source}{rest}"))?;
    let heading = Format::new().set_bold().set_background_color("E6F0F6");
    for (column, name) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(3, column, *name, &heading)?;
        sheet.set_column_width(column, if table.is_number(&usize::from(column)) { 14 } else { 24 })?;
    }
    let (count, money) = (Format::new().set_num_format("#,##0"), Format::new().set_num_format("#,##0.00"));
    for (at, row) in (4..).zip(table.rows.iter().take(MOST_ROWS)) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Cell::Count(number) => sheet.write_number_with_format(at, column, to_f64(*number), &count)?,
                Cell::Money(amount) => sheet.write_number_with_format(at, column, yuan(*amount), &money)?,
                text => sheet.write_string(at, column, shortened(&text.plain()))?,
            };
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
