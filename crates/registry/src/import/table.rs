//! Bytes of a file to rows of text: size, encoding, shape.

use super::sheet;
use std::collections::BTreeMap;
use xingjian_kernel::Fault;

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;

/// More rows than an import takes. A small file can unpack to very many.
pub const MAX_ROWS: usize = 200_000;
/// More columns than a list has.
pub const MAX_COLUMNS: usize = 200;

/// A file as rows under the names of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows with the line they start on, counted from 1.
    pub rows: Vec<(usize, Vec<String>)>,
    /// Rows that could not be read at all.
    pub unreadable: Vec<TableFault>,
    /// By line, the columns whose cells do not hold what they show, and why.
    pub flaws: BTreeMap<usize, Vec<(usize, String)>>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The line it starts on.
    pub line: usize,
    /// Why.
    pub fault: Fault,
    /// Its cells, as far as they could be read; those that belong to no column last.
    pub cells: Vec<String>,
}

impl Table {
    /// The cells of every line, as far as they could be read.
    pub fn cells(&self) -> BTreeMap<usize, &[String]> {
        let rows = self.rows.iter().map(|(line, cells)| (*line, cells.as_slice()));
        rows.chain(self.unreadable.iter().map(|row| (row.line, row.cells.as_slice()))).collect()
    }

    /// Neither more rows nor more columns than an import takes.
    pub fn is_not_too_large(&self) -> Result<(), Fault> {
        if self.columns.len() > MAX_COLUMNS {
            return Err(Fault::new("文件", "", format!("有{MAX_COLUMNS}列以上"), "请删去多余的列后重新导入"));
        }
        if self.rows.len() + self.unreadable.len() > MAX_ROWS {
            return Err(Fault::new("文件", "", format!("超过{MAX_ROWS}行"), "请拆分后分次导入"));
        }
        Ok(())
    }

    /// Whether there is a column of one of these names. Without it the file is another one than was meant.
    pub fn wants<N: AsRef<str>>(&self, wanted: &[N]) -> Result<(), Fault> {
        if has_one(self.columns.iter().map(String::as_str), wanted) {
            return Ok(());
        }
        let names: Vec<&str> = wanted.iter().map(AsRef::as_ref).collect();
        if names.iter().any(|name| !name.is_ascii() && self.columns.iter().any(|column| garbled(column) == *name)) {
            let mend = "请从原文件重新导出为 xlsx 或者“CSV UTF-8（逗号分隔）”，不要经记事本转换";
            return Err(Fault::new("文件", "", "表头是乱码：UTF-8 的文件曾被当作 GB18030 打开并保存", mend));
        }
        let found: Vec<&str> = self.columns.iter().map(String::as_str).filter(|column| !column.is_empty()).collect();
        let first = names.first().copied().unwrap_or_default();
        let reason = format!("没有“{first}”列，表头为：{}", found[..found.len().min(12)].join("、"));
        let mend = format!("请核对选择的文件；第一行应为表头，该列可写作{}", names.join("、"));
        Err(Fault::new("文件", "", reason, mend))
    }
}

/// Whether one of these cells is one of the wanted names.
pub fn has_one<'a, N: AsRef<str>>(cells: impl IntoIterator<Item = &'a str>, wanted: &[N]) -> bool {
    cells.into_iter().any(|cell| wanted.iter().any(|name| name.as_ref() == cell.trim()))
}

/// What a text was before its UTF-8 was read as GB18030.
fn garbled(text: &str) -> String {
    String::from_utf8_lossy(&encoding_rs::GB18030.encode(text).0).trim().to_owned()
}

/// Beginnings of files that are no table, with what they are.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"\xff\xfe", "UTF-16文本"),
    (b"\xfe\xff", "UTF-16文本"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"<", "网页或者XML文件"),
];

/// Reads a workbook of Excel, or CSV in UTF-8 (with or without BOM) or GB18030, that has a column of one of these names.
/// What it is its bytes say, never its name.
///
/// An undecodable byte is a fault of its row, with its offset. A file that is no table at all is one fault.
pub fn read<N: AsRef<str>>(bytes: &[u8], wanted: &[N]) -> Result<Table, Fault> {
    if bytes.len() > MAX_BYTES {
        let reason = format!("文件有{} MB，超过20 MB上限", bytes.len() / 1024 / 1024);
        return Err(Fault::new("文件", "", reason, "请拆分后分次导入"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if sheet::is_workbook(bytes) {
        return sheet::read(bytes, wanted);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let mend = "请在 Excel 中打开，去掉密码，另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”";
        return Err(Fault::new("文件", "", "这是旧格式的 Excel 文件（.xls），或者加了密码的工作簿", mend));
    }
    if let Some((_, what)) = OTHERS.iter().find(|(begin, _)| bytes.trim_ascii_start().starts_with(begin)) {
        let mend = "请在 Excel 中打开原数据，另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”";
        return Err(Fault::new("文件", "", format!("这是{what}，不是 CSV 或者 Excel 工作簿"), mend));
    }
    let table = csv(bytes)?;
    table.wants(wanted)?;
    Ok(table)
}

fn csv(bytes: &[u8]) -> Result<Table, Fault> {
    let utf8 = std::str::from_utf8(bytes).is_ok();
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut records = reader.byte_records();
    let Some(Ok(header)) = records.next() else {
        return Err(Fault::new("文件", "", "文件是空的", "请选择有表头和数据的 CSV 或者 Excel 文件"));
    };
    let columns: Vec<String> = header
        .iter()
        .map(|cell| decode(cell, utf8).map(|text| text.trim().to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|offset| undecodable(1, offset))?;
    let mut table = Table { columns, ..Table::default() };
    table.is_not_too_large()?;
    let mut lines = Lines { bytes, at: 0, line: 1 };
    for record in records {
        table.is_not_too_large()?;
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = lines.of(error.position());
                let fault = Fault::new(format!("第{line}行"), "", "不是有效的 CSV 行", "请检查引号是否成对");
                table.unreadable.push(TableFault { line, fault, cells: vec![] });
                continue;
            }
        };
        let line = lines.of(record.position());
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        if record.len() != table.columns.len() {
            let reason = format!("有{}列，表头有{}列", record.len(), table.columns.len());
            let fault = Fault::new(format!("第{line}行"), "", reason, "请检查该行的逗号和引号");
            let mut cells: Vec<String> = record.iter().map(|cell| decoded(cell, utf8)).collect();
            if cells.len() < table.columns.len() {
                let short = table.columns.len() - cells.len();
                cells.resize(table.columns.len(), String::new());
                cells.push(format!("该行原少{short}列，请逐列核对后删去本格"));
            }
            table.unreadable.push(TableFault { line, fault, cells });
            continue;
        }
        match record.iter().map(|cell| decode(cell, utf8)).collect() {
            Ok(cells) => table.rows.push((line, cells)),
            Err(offset) => {
                let cells = record.iter().map(|cell| decoded(cell, utf8)).collect();
                table.unreadable.push(TableFault { line, fault: undecodable(line, offset), cells });
            }
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

/// The text of a cell, with `\u{fffd}` for what is not of its encoding.
fn decoded(cell: &[u8], utf8: bool) -> String {
    if utf8 {
        return String::from_utf8_lossy(cell).into_owned();
    }
    encoding_rs::GB18030.decode_without_bom_handling(cell).0.into_owned()
}

fn undecodable(line: usize, offset: usize) -> Fault {
    let reason = format!("单元格第{}个字节既不是 UTF-8 也不是 GB18030 编码", offset + 1);
    Fault::new(format!("第{line}行"), "", reason, "请用 UTF-8 编码另存后重新导入")
}
