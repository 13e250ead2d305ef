//! Which column of a file says what, by the names that files give it.

use super::returned;
use super::table::Table;
use std::collections::BTreeMap;
use std::str::FromStr;
use xingjian_kernel::Fault;
use xingjian_kernel::codes::{CodeError, SPREADSHEET_NUMBER, is_spreadsheet_number};

/// A field of a list and the names of its column, the one that is tried first being its own.
pub type Field<'a, N> = (&'static str, &'a [N]);

/// The field of citizen numbers, of which nothing is ever quoted whole.
pub const CITIZEN: &str = "citizen";

/// What a spreadsheet shows where it has no value.
const ERRORS: [&str; 9] =
    ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DATA!", "#GETTING_DATA"];

/// Where the columns of a file stand, and how it calls them.
pub struct Columns<'a> {
    table: &'a Table,
    found: BTreeMap<&'static str, usize>,
    own: BTreeMap<&'static str, String>,
}

impl<'a> Columns<'a> {
    /// Finds the columns of these fields.
    pub fn of<'f, N: AsRef<str> + 'f>(table: &'a Table, fields: impl IntoIterator<Item = Field<'f, N>>) -> Self {
        let (mut found, mut own) = (BTreeMap::new(), BTreeMap::new());
        for (field, names) in fields {
            let at = names.iter().find_map(|name| table.columns.iter().position(|column| column == name.as_ref()));
            found.extend(at.map(|at| (field, at)));
            own.insert(field, names.first().map_or(field, AsRef::as_ref).to_owned());
        }
        Self { table, found, own }
    }

    /// Columns with something in them that no field reads, by the names that the file gives them.
    pub fn unread(&self) -> Vec<String> {
        let says = |at: usize| {
            self.table.rows.iter().any(|(_, cells)| cells.get(at).is_some_and(|cell| !cell.trim().is_empty()))
        };
        let is_read = |at| self.found.values().any(|found| *found == at);
        let others = self.table.columns.iter().enumerate().filter(|(at, name)| {
            !is_read(*at) && says(*at) && ![returned::LINE, returned::REASON].contains(&name.as_str())
        });
        others.map(|(at, name)| if name.is_empty() { format!("第{}列", at + 1) } else { name.clone() }).collect()
    }

    /// Whether the file has this column at all.
    pub fn has(&self, field: &str) -> bool {
        self.found.contains_key(field)
    }

    /// The text of a cell; `None` where it is empty or the file has no such column.
    pub fn cell<'c>(&self, cells: &'c [String], field: &str) -> Option<&'c str> {
        let text = cells.get(*self.found.get(field)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The place of a cell, by the name that the file gives its column: `第3行“机构名称”`.
    pub fn place(&self, line: usize, field: &str) -> String {
        let own = || self.own.get(field).map_or(field, String::as_str);
        let name = self.found.get(field).map_or_else(own, |at| self.table.columns[*at].as_str());
        format!("第{line}行“{name}”")
    }

    /// What no cell may hold: formulas and error values, characters that nobody sees, text that was read in a wrong
    /// encoding. Fields named in `lines` are what people wrote: they may have several lines and begin as they like.
    pub fn unfit(&self, line: usize, cells: &[String], lines: &[&str]) -> Vec<Fault> {
        let mut faults = vec![];
        for (field, at) in &self.found {
            let (text, place) = (cells[*at].as_str(), self.place(line, field));
            let told = if *field == CITIZEN { "" } else { text };
            let flaw = self.table.flaws.get(&line).and_then(|row| row.iter().find(|(column, _)| column == at));
            if let Some((_, reason)) = flaw {
                faults.push(Fault::new(place, told, reason.as_str(), "请复制后选择性粘贴为“数值”，或者直接填写"));
                continue;
            }
            if ERRORS.contains(&text.trim()) {
                faults.push(Fault::new(place.as_str(), told, "是电子表格的错误值", "请填写正确的内容"));
            }
            if text.starts_with('=') && !lines.contains(field) {
                faults.push(Fault::new(place.as_str(), told, "是公式", "请填写公式的结果"));
            }
            if text.contains(char::REPLACEMENT_CHARACTER) {
                let mend = "请从原系统用 UTF-8 编码或者 xlsx 格式重新导出";
                faults.push(Fault::new(place.as_str(), told, "含有乱码“\u{fffd}”，文件曾按错误的编码打开", mend));
            }
            let shown = |c: char| lines.contains(field) && matches!(c, '\n' | '\r' | '\t');
            if let Some(control) = text.trim().chars().find(|c| c.is_control() && !shown(*c)) {
                let reason = format!("含有控制字符 U+{:04X}", u32::from(control));
                faults.push(Fault::new(place, told, reason, "请删除该字符"));
            }
        }
        faults
    }

    /// A national code, or its fault.
    pub fn code<T: FromStr<Err = CodeError>>(
        &self,
        line: usize,
        cells: &[String],
        field: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let text = self.cell(cells, field)?;
        text.parse().map_err(|error: CodeError| faults.push(error.fault(&self.place(line, field), text))).ok()
    }

    /// Text of at most so many characters, longer ones usually stand in the wrong column; and no number that was cut.
    pub fn short(&self, line: usize, cells: &[String], field: &str, most: usize, faults: &mut Vec<Fault>) {
        if let Some(text) = self.cell(cells, field).filter(|text| text.chars().count() > most) {
            faults.push(Fault::new(self.place(line, field), text, format!("超过{most}个字"), "请核对是否串列"));
        }
        if let Some(text) = self.cell(cells, field).filter(|text| is_spreadsheet_number(text)) {
            let (reason, mend) = SPREADSHEET_NUMBER;
            faults.push(Fault::new(self.place(line, field), text, reason, mend));
        }
    }
}
