//! What is to be said about the rows of a file, as a workbook. Its first sheet has the rows that came back and can be mended
//! and brought in again as it is: the columns of the file, those in which a clerk may have to decide, and behind them where
//! each row stood and why it came back. Those last two no import reads. A row that did not fit its columns has a cell behind them,
//! for which it is refused until that is taken out. Its second sheet has every remark.

use super::table::Table;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use xingjian_kernel::LocalDate;

/// The column that says where a row stood.
pub const LINE: &str = "原行号";
/// The column that says why a row came back.
pub const REASON: &str = "退回原因";
/// Characters of a cell.
const MOST_CHARACTERS: usize = 32_767;

/// Writes the rejected rows of a table, if it is still there, below its columns, and every remark. Every cell is text, so
/// that no digit of a code is lost and nothing is a formula. `rejected` is in order. `on` is the day of the instance: the same is the same file.
pub fn returned(
    table: Option<&Table>,
    remarks: &[(usize, String)],
    rejected: &[usize],
    asked: &[&str],
    on: LocalDate,
) -> Vec<u8> {
    let came_back = |line: &usize| rejected.binary_search(line).is_ok();
    let reasons: Vec<&(usize, String)> = remarks.iter().filter(|(line, _)| came_back(line)).collect();
    let write = || {
        let mut book = Workbook::new();
        let (year, month, day) = (on.year().unsigned_abs(), on.month().unsigned_abs(), on.day().unsigned_abs());
        book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(year, month, day)?));
        if let Some(table) = table.filter(|_| !reasons.is_empty()) {
            let (names, rows) = rows(table, &reasons, asked);
            sheet(&mut book, "退回的行", &names, rows)?;
        }
        let lines = remarks.iter().map(|(line, remark)| vec![line.to_string(), remark.clone()]);
        sheet(&mut book, "全部说明", &["行", "说明"], lines)?;
        book.save_to_buffer()
    };
    write().expect("names are those of a sheet, and no more rows than were read from one")
}

/// The headings and the rows that came back.
fn rows<'a>(
    table: &'a Table,
    reasons: &'a [&(usize, String)],
    asked: &[&'a str],
) -> (Vec<&'a str>, impl Iterator<Item = Vec<String>>) {
    // Rows that come back a second time have the last two columns already.
    let kept = (0..table.columns.len()).filter(|at| ![LINE, REASON].contains(&table.columns[*at].as_str()));
    let kept: Vec<usize> = kept.collect();
    let own = kept.iter().map(|at| table.columns[*at].as_str());
    let missing: Vec<&str> =
        asked.iter().copied().filter(|name| !table.columns.iter().any(|column| column == name)).collect();
    let names: Vec<&str> = own.chain(missing.iter().copied()).chain([LINE, REASON]).collect();
    let (cells, width) = (table.cells(), table.columns.len());
    let rows = reasons.iter().map(move |(line, reason)| {
        let row = cells.get(line).copied().unwrap_or_default();
        let own = kept.iter().map(|at| row.get(*at).cloned().unwrap_or_default());
        let empty = missing.iter().map(|_| String::new());
        // What stood in no column stands behind, again in none: the row comes back until somebody has looked at it.
        let surplus = row.get(width..).unwrap_or_default().iter().cloned();
        own.chain(empty).chain([line.to_string(), reason.clone()]).chain(surplus).collect()
    });
    (names, rows)
}

fn sheet(
    book: &mut Workbook,
    name: &str,
    names: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format("@");
    let heading = Format::new().set_bold().set_background_color("E6F0F6").set_num_format("@");
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (at, name) in (0..).zip(names) {
        sheet.set_column_format(at, &text)?;
        sheet.set_column_width(at, if [REASON, "说明"].contains(name) { 80 } else { 20 })?;
        sheet.write_string_with_format(0, at, cut(name), &heading)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (at, cell) in (0..).zip(&cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row, at, cut(cell), &text)?;
        }
    }
    Ok(())
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(MOST_CHARACTERS).map_or(text, |(at, _)| &text[..at])
}
