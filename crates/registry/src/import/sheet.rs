//! A workbook of Excel as rows of text: the first sheet that has a header.

use super::table::{Table, TableFault};
use calamine::{DataType, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;
use xingjian_kernel::Fault;

/// More rows than an import takes. A small file can unpack to very many.
const MAX_ROWS: usize = 200_000;
/// More columns than a list has.
const MAX_COLUMNS: u32 = 200;
/// Numbers from here on have more digits than a spreadsheet keeps.
const LOST_DIGITS: f64 = 1e15;

/// Whether the bytes are a workbook of the present format.
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first sheet with cells; its first row with cells is the header.
pub fn read(bytes: &[u8]) -> Result<Table, Fault> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    for sheet in book.sheet_names() {
        let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
        let mut cells = book.worksheet_cells_reader(&sheet).map_err(|error| damaged(&error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
            let (row, column) = cell.get_position();
            let text = text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            if column >= MAX_COLUMNS {
                let reason = format!("有{MAX_COLUMNS}列以上");
                return Err(Fault::new(format!("工作表“{sheet}”"), "", reason, "请删去多余的列后重新导入"));
            }
            rows.entry(row).or_default().insert(column, text);
            if rows.len() > MAX_ROWS + 1 {
                let reason = format!("超过{MAX_ROWS}行");
                return Err(Fault::new(format!("工作表“{sheet}”"), "", reason, "请拆分后分次导入"));
            }
        }
        if let Some(table) = table(rows) {
            return Ok(table);
        }
    }
    Err(Fault::new("文件", "", "工作簿中没有一个单元格有内容", "请选择第一行为表头的工作簿"))
}

fn table(rows: BTreeMap<u32, BTreeMap<u32, String>>) -> Option<Table> {
    let mut rows = rows.into_iter();
    let (_, header) = rows.next()?;
    let width = header.last_key_value().map_or(0, |(column, _)| column + 1);
    let columns: Vec<String> =
        (0..width).map(|at| header.get(&at).map_or(String::new(), |name| name.trim().to_owned())).collect();
    let mut table = Table { columns, rows: vec![], unreadable: vec![] };
    for (row, cells) in rows {
        let line = usize::try_from(row).unwrap_or(usize::MAX - 1) + 1;
        if let Some((_, beyond)) = cells.range(width..).next() {
            let fault = Fault::new(format!("第{line}行"), beyond, "在没有列名的列里", "请给该列写上列名，或者删去");
            table.unreadable.push(TableFault { line, fault });
            continue;
        }
        table.rows.push((line, (0..width).map(|at| cells.get(&at).cloned().unwrap_or_default()).collect()));
    }
    Some(table)
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
