//! Bytes of a file to rows of text: size, encoding, shape.

use super::sheet;
use xingjian_kernel::Fault;

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;

/// A file as rows under the names of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows with the line they start on, counted from 1.
    pub rows: Vec<(usize, Vec<String>)>,
    /// Rows that could not be read at all.
    pub unreadable: Vec<TableFault>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The line it starts on.
    pub line: usize,
    /// Why.
    pub fault: Fault,
}

/// Reads a workbook of Excel, or CSV in UTF-8 (with or without BOM) or GB18030.
///
/// An undecodable byte is a fault of its row, with its offset. A file that is no table at all is one fault.
pub fn read(bytes: &[u8]) -> Result<Table, Fault> {
    if bytes.len() > MAX_BYTES {
        let reason = format!("文件有{} MB，超过20 MB上限", bytes.len() / 1024 / 1024);
        return Err(Fault::new("文件", "", reason, "请拆分后分次导入"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if sheet::is_workbook(bytes) {
        return sheet::read(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let mend = "请在 Excel 中另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”";
        return Err(Fault::new("文件", "", "这是旧格式的 Excel 工作簿（.xls）", mend));
    }
    let utf8 = std::str::from_utf8(bytes).is_ok();
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut records = reader.byte_records();
    let Some(Ok(header)) = records.next() else {
        return Err(Fault::new("文件", "", "文件是空的", "请选择有表头和数据的 CSV 文件"));
    };
    let columns: Vec<String> = header
        .iter()
        .map(|cell| decode(cell, utf8).map(|text| text.trim().to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|offset| undecodable(1, offset))?;
    let mut table = Table { columns, rows: vec![], unreadable: vec![] };
    let mut lines = Lines { bytes, at: 0, line: 1 };
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = lines.of(error.position());
                let fault = Fault::new(format!("第{line}行"), "", "不是有效的 CSV 行", "请检查引号是否成对");
                table.unreadable.push(TableFault { line, fault });
                continue;
            }
        };
        let line = lines.of(record.position());
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        if record.len() != table.columns.len() {
            let reason = format!("有{}列，表头有{}列", record.len(), table.columns.len());
            let fault = Fault::new(format!("第{line}行"), "", reason, "请检查该行的逗号和引号");
            table.unreadable.push(TableFault { line, fault });
            continue;
        }
        match record.iter().map(|cell| decode(cell, utf8)).collect() {
            Ok(cells) => table.rows.push((line, cells)),
            Err(offset) => table.unreadable.push(TableFault { line, fault: undecodable(line, offset) }),
        }
    }
    Ok(table)
}

/// Rows that did not come as a file, as the file they would be.
pub fn written(columns: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![]);
    for row in std::iter::once(columns.to_vec()).chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()))
    {
        writer.write_record(row).expect("rows have the columns of their head, and memory takes them");
    }
    writer.into_inner().expect("memory takes what is left")
}

/// Counts lines as an editor does. The reader's own count stands before line ends and blank lines it skips.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line on which the record at this position starts; positions only grow.
    fn of(&mut self, position: Option<&csv::Position>) -> usize {
        let mut start = position.map_or(0, |p| usize::try_from(p.byte()).unwrap_or_default());
        while matches!(self.bytes.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        let passed = self.bytes.get(self.at..start).unwrap_or_default();
        self.line += passed.split(|b| *b == b'\n').count() - 1;
        self.at = self.at.max(start);
        self.line
    }
}

fn decode(cell: &[u8], utf8: bool) -> Result<String, usize> {
    if utf8 {
        return std::str::from_utf8(cell).map(str::to_owned).map_err(|e| e.valid_up_to());
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(cell)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| {
            let good = (0..=cell.len()).rev().find(|n| {
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&cell[..*n]).is_some()
            });
            good.unwrap_or_default()
        })
}

fn undecodable(line: usize, offset: usize) -> Fault {
    let reason = format!("单元格第{}个字节既不是 UTF-8 也不是 GB18030 编码", offset + 1);
    Fault::new(format!("第{line}行"), "", reason, "请用 UTF-8 编码另存后重新导入")
}
