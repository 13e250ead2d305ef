//! One sheet of a spreadsheet as rows of text, with the row numbers a person sees.

use calamine::{Data, Reader, Xlsx, open_workbook};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use xingjian_kernel::Fault;

/// A row below the head.
pub(super) struct Row {
    /// As the spreadsheet numbers it.
    pub number: u32,
    cells: Vec<String>,
}

impl Row {
    /// The text of a cell, without space around it; empty where there is none.
    pub(super) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }

    /// Whether nothing but the first cell is filled: a total or a remark.
    pub(super) fn is_remark(&self) -> bool {
        self.cells.iter().skip(1).all(String::is_empty)
    }
}

/// A spreadsheet that is open.
pub(super) struct Book {
    file: String,
    book: Xlsx<BufReader<File>>,
}

impl Book {
    /// Opens a file of a folder.
    pub(super) fn open(folder: &Path, file: &str) -> Result<Self, Fault> {
        let path = folder.join(file);
        if !path.is_file() {
            return Err(Fault::new(file, "", "文件不存在", "将国家规则库该批次的表格放入文件夹，文件名不要改动"));
        }
        let book = open_workbook(&path)
            .map_err(|error| Fault::new(file, &reason(&error), "无法作为Excel表格打开", "重新下载或另存为xlsx"))?;
        Ok(Self { file: file.to_owned(), book })
    }

    /// The rows below the head, which must be exactly this; empty rows are left out.
    pub(super) fn sheet(&mut self, sheet: &str, head: &[&str]) -> Result<Vec<Row>, Fault> {
        let place = || format!("{}，工作表“{sheet}”", self.file);
        let names = self.book.sheet_names();
        if !names.iter().any(|name| name == sheet) {
            return Err(Fault::new(&self.file, &names.join("、"), format!("没有工作表“{sheet}”"), "核对文件是否完整"));
        }
        let range = self
            .book
            .worksheet_range(sheet)
            .map_err(|error| Fault::new(place(), &reason(&error), "工作表无法读取", "重新下载或另存为xlsx"))?;
        let first = range.start().map_or(0, |(row, _)| row) + 1;
        let mut rows =
            (first..).zip(range.rows()).map(|(number, row)| Row { number, cells: row.iter().map(text).collect() });
        let found = rows.next().map(|row| row.cells).unwrap_or_default();
        if found.iter().map(String::as_str).ne(head.iter().copied()) {
            let mend = format!("表头应为：{}", head.join("、"));
            return Err(Fault::new(place(), &found.join("、"), "表头不符", mend));
        }
        Ok(rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect())
    }
}

fn reason(error: &calamine::XlsxError) -> String {
    error.to_string()
}

/// A number without decimals is written without a point: quantities and serial numbers are whole.
fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}
