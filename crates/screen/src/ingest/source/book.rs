//! Workbooks as text. The format of today is read cell by cell, older ones a sheet at a time.

use super::columns::write_float;
use super::{BLOCK_BYTES, Block, Hand, Source, push_cell};
use crate::ingest::Error;
use crate::ingest::coding::Coding;
use calamine::{DataType, ExcelDateTime, Ods, Reader, Sheets, Xls, Xlsb, Xlsx};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

type Book = Sheets<BufReader<File>>;

/// Sheets of today have 16,384 columns.
const MOST_COLUMNS: usize = 16_384;
/// Numbers from here on have more digits than a spreadsheet keeps.
const LOST_DIGITS: f64 = 1e15;

fn damaged(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Damaged { file: name.to_owned(), what: format!("不是完整的工作簿：{error}") }
}

fn open(path: &Path, name: &str) -> Result<Book, Error> {
    let file = || File::open(path).map(BufReader::new).map_err(Error::unreadable(path));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    // By the name where it says more than the first bytes do; they are the same for all but one format.
    match ending.as_deref() {
        Some("xls") => Xls::new(file()?).map(Sheets::Xls).map_err(|error| damaged(name, &error)),
        Some("xlsb") => Xlsb::new(file()?).map(Sheets::Xlsb).map_err(|error| damaged(name, &error)),
        Some("ods") => Ods::new(file()?).map(Sheets::Ods).map_err(|error| damaged(name, &error)),
        _ => Xlsx::new(file()?).map(Sheets::Xlsx).map_err(|error| damaged(name, &error)),
    }
}

/// What a cell holds.
enum Value<'a> {
    Nothing,
    Text(&'a str),
    Whole(i64),
    Number(f64),
    Flag(bool),
    Moment(ExcelDateTime),
}

fn value_of(cell: &impl DataType) -> Value<'_> {
    if let Some(text) = cell.get_string().or_else(|| cell.get_datetime_iso()) {
        Value::Text(text)
    } else if let Some(whole) = cell.get_int() {
        Value::Whole(whole)
    } else if let Some(number) = cell.get_float() {
        Value::Number(number)
    } else if let Some(moment) = cell.get_datetime() {
        Value::Moment(moment)
    } else {
        cell.get_bool().map_or(Value::Nothing, Value::Flag)
    }
}

/// Calls `with` for the cells of a sheet, row by row: row and column from 0, and the value. It says whether to go on.
fn cells(
    book: &mut Book,
    name: &str,
    sheet: &str,
    with: &mut dyn FnMut(u32, u32, Value<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    if let Sheets::Xlsx(book) = book {
        let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damaged(name, &error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| damaged(name, &error))? {
            let (row, column) = cell.get_position();
            if !with(row, column, value_of(cell.get_value()))? {
                return Ok(());
            }
        }
        return Ok(());
    }
    let range = book.worksheet_range(sheet).map_err(|error| damaged(name, &error))?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    let number = |at: usize| u32::try_from(at).expect("a sheet has fewer rows and columns");
    for (row, column, cell) in range.used_cells() {
        if !with(first_row + number(row), first_column + number(column), value_of(cell))? {
            return Ok(());
        }
    }
    Ok(())
}

/// Sheets that are not empty: name, header and about how many rows.
pub(super) fn sheets(path: &Path, name: &str) -> Result<Vec<(String, Vec<String>, u64)>, Error> {
    let mut book = open(path, name)?;
    let mut found = Vec::new();
    for sheet in book.sheet_names() {
        let rows = rows_of(&mut book, &sheet);
        let mut header: Vec<String> = Vec::new();
        cells(&mut book, name, &sheet, &mut |row, column, value| {
            if row > 0 {
                return Ok(false);
            }
            let mut text = Vec::new();
            write_value(&mut text, &value);
            let column = usize::try_from(column).unwrap_or(MOST_COLUMNS).min(MOST_COLUMNS);
            if !text.is_empty() {
                header.resize(header.len().max(column + 1), String::new());
                String::from_utf8_lossy(&text).trim().clone_into(&mut header[column]);
            }
            Ok(true)
        })?;
        if !header.is_empty() {
            found.push((sheet, header, rows));
        }
    }
    if found.is_empty() {
        return Err(Error::header(name, "工作簿中没有第一行为表头的工作表"));
    }
    Ok(found)
}

/// About how many rows a sheet has, by what it says itself.
fn rows_of(book: &mut Book, sheet: &str) -> u64 {
    match book {
        Sheets::Xlsx(book) => {
            let cells = book.worksheet_cells_reader(sheet);
            cells.map_or(0, |cells| u64::from(cells.dimensions().end.0))
        }
        other => other.worksheet_range(sheet).map_or(0, |range| range.height() as u64),
    }
}

/// Hands the rows of a sheet on as blocks.
pub(super) fn read(source: &Source, hand: &mut Hand<'_>) -> Result<(), Error> {
    let mut book = open(&source.path, &source.name)?;
    let sheet = source.sheet.clone().unwrap_or_default();
    let mut rows = Rows {
        columns: source.header.len(),
        row: 1,
        cells: vec![Vec::new(); source.header.len()],
        filled: false,
        block: Block { delimiter: b',', first_row: 2, coding: Some(Coding::Utf8), ..Block::default() },
    };
    cells(&mut book, &source.name, &sheet, &mut |row, column, value| {
        if row > 0 {
            rows.go_to(row, hand)?;
            rows.put(column, &value);
        }
        Ok(true)
    })?;
    rows.end_row();
    if rows.block.text.is_empty() { Ok(()) } else { hand(rows.block).map(drop) }
}

/// Rows put together from their cells.
struct Rows {
    columns: usize,
    /// The row at hand, from 0; the header is 0.
    row: u32,
    cells: Vec<Vec<u8>>,
    filled: bool,
    block: Block,
}

impl Rows {
    /// Ends the rows before this one; rows without a cell are empty lines.
    fn go_to(&mut self, row: u32, hand: &mut Hand<'_>) -> Result<(), Error> {
        while self.row < row {
            self.end_row();
            self.row += 1;
            if self.block.text.len() >= BLOCK_BYTES {
                let next = Block {
                    number: self.block.number + 1,
                    first_row: u64::from(self.row) + 1,
                    text: Vec::new(),
                    ..self.block
                };
                let text = hand(std::mem::replace(&mut self.block, next))?;
                self.block.text = text;
            }
        }
        Ok(())
    }

    fn put(&mut self, column: u32, value: &Value<'_>) {
        let column = usize::try_from(column).unwrap_or(MOST_COLUMNS).min(MOST_COLUMNS);
        if matches!(value, Value::Nothing) {
            return;
        }
        if column >= self.cells.len() {
            self.cells.resize(column + 1, Vec::new());
        }
        self.cells[column].clear();
        write_value(&mut self.cells[column], value);
        self.filled = true;
    }

    fn end_row(&mut self) {
        if self.filled {
            for (at, cell) in self.cells.iter_mut().enumerate() {
                if at > 0 {
                    self.block.text.push(b',');
                }
                push_cell(&mut self.block.text, cell);
                cell.clear();
            }
        }
        self.cells.truncate(self.columns);
        self.filled = false;
        self.block.text.push(b'\n');
    }
}

fn write_value(text: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Nothing => {}
        Value::Text(value) => text.extend_from_slice(value.as_bytes()),
        Value::Whole(whole) => write!(text, "{whole}").expect("a text grows"),
        // Written so that it is recognised for what it is, wherever a code was meant.
        Value::Number(number) if number.abs() >= LOST_DIGITS => {
            let written = format!("{number:E}");
            text.extend_from_slice(written.replace('E', "E+").as_bytes());
        }
        Value::Number(number) => write_float(text, *number, 15),
        Value::Flag(flag) => text.push(if *flag { b'1' } else { b'0' }),
        Value::Moment(moment) => write_moment(text, *moment),
    }
}

/// A date, with the time of day unless it is midnight: a spreadsheet does not tell a day from its midnight.
fn write_moment(text: &mut Vec<u8>, moment: ExcelDateTime) {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    write!(text, "{year:04}-{month:02}-{day:02}").expect("a text grows");
    let millis = ((u64::from(hour) * 60 + u64::from(minute)) * 60 + u64::from(second)) * 1000 + u64::from(milli);
    // A binary fraction of a day misses whole seconds by less than this.
    let seconds = ((millis + 500) / 1000).min(86_399);
    if seconds > 0 {
        write!(text, " {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60).expect("a text grows");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    fn written(value: &Value<'_>) -> String {
        let mut text = Vec::new();
        write_value(&mut text, value);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values_are_written_as_text() {
        let moment = |number| Value::Moment(ExcelDateTime::new(number, ExcelDateTimeType::DateTime, false));
        for (value, text) in [
            (Value::Text("A1"), "A1"),
            (Value::Whole(-7), "-7"),
            (Value::Number(12.5), "12.5"),
            (Value::Number(5.101_020_019_9e17), "5.1010200199E+17"),
            (Value::Flag(true), "1"),
            (moment(46_053.0), "2026-01-31"),
            (moment(46_053.354_166_666_664), "2026-01-31 08:30:00"),
            (Value::Nothing, ""),
        ] {
            assert_eq!(written(&value), text);
        }
    }
}
