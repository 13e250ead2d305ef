//! A workbook of Excel as rows of text: the sheet that has the column which every such list has. Nothing is guessed: what
//! a cell shows but does not hold is a flaw of it.

use super::table::{MAX_COLUMNS, MAX_ROWS, Table, TableFault, has_one};
use calamine::{DataType, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};
use xingjian_kernel::Fault;

/// Bytes that all parts of a workbook may unpack to.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;
/// Rows with content among which the header is looked for: titles may stand above it.
const HEAD: usize = 20;
/// Numbers from here on have more digits than a spreadsheet keeps.
const LOST_DIGITS: f64 = 1e15;

/// Whether the bytes are a workbook of the present format.
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// A cell: its text, and what is wrong with it.
struct Held {
    text: String,
    flaw: Option<String>,
}

/// The rows of a sheet that hold anything, and their cells, both counted from 0.
type Rows = BTreeMap<u32, BTreeMap<u32, Held>>;

/// Reads the only sheet in which one of the first rows has one of these names; that row is the header.
pub fn read<N: AsRef<str>>(bytes: &[u8], wanted: &[N]) -> Result<Table, Fault> {
    unpack(bytes, MAX_UNPACKED)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let names = book.sheet_names();
    let mut found = vec![];
    for name in &names {
        let rows = rows(&mut book, name)?;
        let head = |row: &BTreeMap<u32, Held>| has_one(row.values().map(|cell| cell.text.as_str()), wanted);
        let head = rows.iter().take(HEAD).find(|(_, cells)| head(cells)).map(|(at, _)| *at);
        if let Some(head) = head {
            found.push((name.as_str(), head, rows));
        }
    }
    if found.len() > 1 {
        let several: Vec<&str> = found.iter().map(|(name, ..)| *name).collect();
        let first = wanted.first().map_or("", AsRef::as_ref);
        let reason = format!("有{}个工作表都有“{first}”列：{}", several.len(), several.join("、"));
        return Err(Fault::new("文件", "", reason, "请只留下要导入的一个工作表"));
    }
    let Some((name, head, rows)) = found.pop() else {
        let wanted: Vec<&str> = wanted.iter().map(AsRef::as_ref).collect();
        let reason = format!("工作表（{}）的前{HEAD}行中没有“{}”列", names.join("、"), wanted.join("”“"));
        return Err(Fault::new("文件", "", reason, "请核对选择的文件，并保留表头"));
    };
    let merged = book.merge_cells_by_sheet_name(name).map_err(|error| damaged(&error))?;
    Ok(table(rows, head, &stretches(merged.iter().map(|area| (area.start.0, area.end.0)).collect())))
}

/// Unpacks every part to nowhere, before anything of it is kept in memory: what a part says of its own size is not believed.
pub(super) fn unpack(bytes: &[u8], most: u64) -> Result<(), Fault> {
    let broken = || damaged(&calamine::XlsxError::NotAWorksheet(String::new()));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut left = most;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| broken())?;
        let size = copy(&mut part.take(left + 1), &mut sink()).map_err(|_| broken())?;
        left = left.checked_sub(size).ok_or_else(|| {
            let reason = format!("解压后超过{} MB，不是正常的名单", most / 1024 / 1024);
            Fault::new("文件", "", reason, "请只保留要导入的工作表，另存后重新导入")
        })?;
    }
    Ok(())
}

fn rows(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Rows, Fault> {
    let mut rows = Rows::new();
    // A workbook may hold sheets of charts, which have no cells.
    let mut cells = match book.worksheet_cells_reader(name) {
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(rows),
        other => other.map_err(|error| damaged(&error))?,
    };
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| damaged(&error))? {
        let (row, column) = cell.pos;
        let flaw = match cell.value.get_error() {
            Some(_) => Some("是错误值".to_owned()),
            None => cell.formula.is_some().then(|| "是公式".to_owned()),
        };
        // What has no value has a text that no import takes, so that it is not taken for nothing when it comes back.
        let text = match (text(&cell.value), cell.value.get_error()) {
            (_, Some(error)) => error.to_string(),
            (text, None) if flaw.is_some() && text.trim().is_empty() => "=".to_owned(),
            (text, None) => text,
        };
        if text.trim().is_empty() && flaw.is_none() {
            continue;
        }
        let place = || format!("工作表“{name}”");
        if usize::try_from(column).is_ok_and(|column| column >= MAX_COLUMNS) {
            let reason = format!("有{MAX_COLUMNS}列以上");
            return Err(Fault::new(place(), "", reason, "请删去多余的列后重新导入"));
        }
        rows.entry(row).or_default().insert(column, Held { text, flaw });
        if rows.len() > MAX_ROWS + 1 {
            return Err(Fault::new(place(), "", format!("超过{MAX_ROWS}行"), "请拆分后分次导入"));
        }
    }
    Ok(rows)
}

fn table(rows: Rows, head: u32, merged: &[(u32, u32)]) -> Table {
    let mut rows = rows.into_iter().skip_while(|(row, _)| *row < head);
    let header = rows.next().map(|(_, header)| header).unwrap_or_default();
    let width = header.last_key_value().map_or(0, |(column, _)| column + 1);
    let name = |at: u32| header.get(&at).map_or(String::new(), |cell| cell.text.trim().to_owned());
    let mut table = Table { columns: (0..width).map(name).collect(), ..Table::default() };
    for (row, mut held) in rows {
        let line = usize::try_from(row).unwrap_or(usize::MAX - 1) + 1;
        let mut beyond: Vec<String> = held.split_off(&width).into_values().map(|cell| cell.text).collect();
        let flaws = held.iter().filter_map(|(at, cell)| Some((usize::try_from(*at).ok()?, cell.flaw.clone()?)));
        let flaws: Vec<_> = flaws.collect();
        let mut cells: Vec<String> =
            (0..width).map(|at| held.remove(&at).map(|cell| cell.text).unwrap_or_default()).collect();
        let fault = if let Some(text) = beyond.first() {
            Some(Fault::new(format!("第{line}行"), text, "在没有列名的列里", "请给该列写上列名，或者删去"))
        } else if merged.get(merged.partition_point(|(_, end)| *end < row)).is_some_and(|(start, _)| *start <= row) {
            let mend = "请取消合并，并在每一行填写完整";
            beyond.push("该行原有合并的单元格，请逐列核对后删去本格".to_owned());
            Some(Fault::new(format!("第{line}行"), "", "有合并的单元格，只有第一格有内容", mend))
        } else {
            None
        };
        if let Some(fault) = fault {
            cells.append(&mut beyond);
            table.unreadable.push(TableFault { line, fault, cells });
            continue;
        }
        if !flaws.is_empty() {
            table.flaws.insert(line, flaws);
        }
        table.rows.push((line, cells));
    }
    table
}

/// Areas as stretches of rows that do not overlap, in order.
fn stretches(mut areas: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    areas.sort_unstable();
    let mut stretches: Vec<(u32, u32)> = vec![];
    for (start, end) in areas {
        match stretches.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => stretches.push((start, end)),
        }
    }
    stretches
}

/// What a cell shows, near enough: dates as `2026-11-21 09:30:00`, numbers without an exponent as long as no digit is lost.
fn text(cell: &impl DataType) -> String {
    if let Some(text) = cell.get_string().or_else(|| cell.get_datetime_iso()) {
        return text.to_owned();
    }
    if let Some(whole) = cell.get_int() {
        return whole.to_string();
    }
    if let Some(number) = cell.get_float() {
        return if number.abs() < LOST_DIGITS { number.to_string() } else { format!("{number:E}").replace('E', "E+") };
    }
    if let Some(moment) = cell.get_datetime() {
        let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
        return format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    }
    match cell.get_bool() {
        Some(true) => "是".to_owned(),
        Some(false) => "否".to_owned(),
        None => String::new(),
    }
}

fn damaged(error: &calamine::XlsxError) -> Fault {
    let known = matches!(error, calamine::XlsxError::Password);
    let (reason, mend) = if known {
        ("工作簿有密码保护", "请去掉密码后另存")
    } else {
        ("不是完整的 Excel 工作簿（.xlsx）", "请在 Excel 中打开后另存为 .xlsx 或者“CSV UTF-8”")
    };
    Fault::new("文件", "", reason, mend)
}
