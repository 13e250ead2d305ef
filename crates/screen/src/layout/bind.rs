//! A part of a mapping bound to the header of a file: which cell of a row gives which column.

use super::mapping::{Each, Full, Mapping, Part, Source, Unit};
use super::{DateFormat, Need, Table};
use std::collections::BTreeMap;
use xingjian_kernel::Fault;

/// What a row has in a column: the four states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A value, zero among them.
    Value(&'a [u8]),
    /// 空值: the source has the column, but no value here.
    Null,
    /// 不适用: there can be no value here.
    NotApplicable,
    /// 缺项: the source does not have the column.
    Absent,
}

impl<'a> Cell<'a> {
    /// The value, if there is one.
    pub fn value(self) -> Option<&'a [u8]> {
        if let Cell::Value(value) = self { Some(value) } else { None }
    }
}

/// Where the value of a column lies.
#[derive(Clone, Debug)]
enum Place {
    Absent,
    Cell(usize),
    First(Vec<usize>),
    Constant(Vec<u8>),
    Each(Each),
}

#[derive(Clone, Debug)]
struct Binding {
    place: Place,
    values: BTreeMap<Vec<u8>, Vec<u8>>,
    date: DateFormat,
    day_only: bool,
    unit: Unit,
}

/// A part bound to a header.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The table.
    pub table: Table,
    /// Columns of the file that nothing is taken from by this part.
    pub unread: Vec<String>,
    bindings: Vec<Binding>,
    each: Vec<usize>,
    null: Vec<Vec<u8>>,
    not_applicable: Vec<Vec<u8>>,
    /// The longest text that means no value.
    longest: usize,
    more_codes: BTreeMap<usize, Vec<Vec<u8>>>,
}

impl Bound {
    /// Binds a part to the header of `file`; every column that is missing is a fault.
    pub fn new(mapping: &Mapping, part: &Part, file: &str, header: &[String]) -> Result<Self, Vec<Fault>> {
        let mut binder = Binder { part, file, header, used: vec![false; header.len()], faults: Vec::new() };
        binder.refuse_doubles();
        let each = part.each.iter().filter_map(|column| binder.find(column, None)).collect();
        let bindings: Vec<Binding> =
            part.table.columns().iter().map(|column| binder.bind(column.name, column.need)).collect();
        binder.want_one_of(&bindings);
        if !binder.faults.is_empty() {
            return Err(binder.faults);
        }
        let unread = header.iter().zip(&binder.used).filter(|(_, used)| !**used).map(|(name, _)| name.clone());
        let bytes = |texts: &[String]| texts.iter().map(|text| text.clone().into_bytes()).collect::<Vec<_>>();
        let (null, not_applicable) = (bytes(&mapping.null), bytes(&mapping.not_applicable));
        let more_codes = mapping.codes.iter().filter_map(|(column, codes)| {
            Some((part.table.position(column)?, codes.iter().map(|code| code.clone().into_bytes()).collect()))
        });
        Ok(Self {
            table: part.table,
            unread: unread.collect(),
            bindings,
            each,
            longest: null.iter().chain(&not_applicable).map(Vec::len).max().unwrap_or(0),
            null,
            not_applicable,
            more_codes: more_codes.collect(),
        })
    }

    /// Whether the source has no such column.
    pub fn is_absent(&self, at: usize) -> bool {
        matches!(self.bindings[at].place, Place::Absent)
    }

    /// The columns the source does not have, by name.
    pub fn absent(&self) -> Vec<&'static str> {
        let absent = |(at, _): &(usize, &super::Column)| self.is_absent(*at);
        self.table.columns().iter().enumerate().filter(absent).map(|(_, column)| column.name).collect()
    }

    /// Whether a mapping allows this value beside the national list.
    pub fn has_code(&self, at: usize, value: &[u8]) -> bool {
        self.more_codes.get(&at).is_some_and(|codes| codes.iter().any(|code| code == value))
    }

    /// How many rows of the table one row of the file can give.
    pub fn rows(&self) -> usize {
        if self.each.is_empty() { 1 } else { self.each.len() }
    }

    fn state<'a>(&self, value: &'a [u8]) -> Cell<'a> {
        let value = value.trim_ascii();
        if value.is_empty() {
            return Cell::Null;
        }
        if value.len() <= self.longest {
            if self.null.iter().any(|text| text == value) {
                return Cell::Null;
            }
            if self.not_applicable.iter().any(|text| text == value) {
                return Cell::NotApplicable;
            }
        }
        Cell::Value(value)
    }
}

struct Binder<'a> {
    part: &'a Part,
    file: &'a str,
    header: &'a [String],
    used: Vec<bool>,
    faults: Vec<Fault>,
}

impl Binder<'_> {
    fn refuse_doubles(&mut self) {
        for (at, name) in self.header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if self.header[..at].iter().any(|earlier| is_same(earlier, name)) {
                let mend = "删去或改名其中一列，表头每个字段只能出现一次";
                self.faults.push(Fault::new(self.file, name, "表头中出现两次", mend));
            }
        }
    }

    /// Some columns stand in for each other, and one of them must be there.
    fn want_one_of(&mut self, bindings: &[Binding]) {
        let pair = match self.part.table {
            Table::Fees => ["med_list_codg", "hilist_code"],
            Table::Visits | Table::Persons => ["psn_no", "certno"],
            _ => return,
        };
        let absent = |name: &str| {
            let at = self.part.table.position(name);
            at.is_none_or(|at| matches!(bindings[at].place, Place::Absent))
        };
        if pair.into_iter().all(absent) {
            let reason = format!("缺少字段，{}表至少要有其中之一", self.part.table.name());
            let mend = "补上该字段后重新导出，或在映射文件中写明取自哪一列";
            self.faults.push(Fault::new(self.file, &pair.join("、"), reason, mend));
        }
    }

    /// The place of a column of the file; `need` says whether its absence is a fault (none: it always is).
    fn find(&mut self, column: &str, need: Option<Need>) -> Option<usize> {
        let found = self.header.iter().position(|name| is_same(name, column));
        match found {
            Some(at) => self.used[at] = true,
            None if need.is_none_or(|need| need == Need::Required) => {
                let reason = format!("缺少字段，{}表必须有它", self.part.table.name());
                let shown: Vec<&str> = self.header.iter().take(12).map(String::as_str).collect();
                let mend =
                    format!("补上该字段后重新导出，或在映射文件中写明取自哪一列；文件现有：{}", shown.join("、"));
                self.faults.push(Fault::new(self.file, column, reason, mend));
            }
            None => {}
        }
        found
    }

    fn bind(&mut self, column: &str, need: Need) -> Binding {
        // A column that a mapping names must be there; one that merely has the national name need not.
        let is_named = self.part.columns.contains_key(column);
        let need = if is_named { None } else { Some(need) };
        let mut full = Full::default();
        let place = match self.part.source(column) {
            None => {
                if need == Some(Need::Required) {
                    let mend = "在映射文件的 columns 中写明它取自哪一列";
                    self.faults.push(Fault::new(self.file, column, "映射文件没有写必需的字段", mend));
                }
                Place::Absent
            }
            Some(Source::Column(name)) => self.find(&name, need).map_or(Place::Absent, Place::Cell),
            Some(Source::First(names)) => Place::First(names.iter().filter_map(|name| self.find(name, need)).collect()),
            Some(Source::Full(given)) => {
                let place = match (&given.column, &given.value, given.each) {
                    (Some(name), ..) => self.find(name, need).map_or(Place::Absent, Place::Cell),
                    (_, Some(value), _) => Place::Constant(value.clone().into_bytes()),
                    (_, _, Some(each)) => Place::Each(each),
                    _ => Place::Absent,
                };
                full = given;
                place
            }
        };
        let values = full.values.into_iter().map(|(from, to)| (from.into_bytes(), to.into_bytes())).collect();
        let date = full.date.unwrap_or_else(|| self.part.date.clone());
        Binding { place, values, date, day_only: full.day_only, unit: full.unit }
    }
}

fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// A row of a file: its text, and where its cells begin and end.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The text that holds the row.
    pub text: &'a [u8],
    /// Begin and end of each cell.
    pub cells: &'a [(u32, u32)],
}

impl<'a> Row<'a> {
    /// A cell; empty where the row has fewer.
    pub fn cell(&self, at: usize) -> &'a [u8] {
        self.cells.get(at).map_or(&[], |(from, to)| &self.text[*from as usize..*to as usize])
    }
}

/// One row of a file as a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    bound: &'a Bound,
    row: Row<'a>,
    /// Which of the columns of `each`.
    nth: usize,
}

impl<'a> Cells<'a> {
    /// The `nth` row that a row of the file gives; none where `each` has no value there.
    pub fn new(bound: &'a Bound, row: Row<'a>, nth: usize) -> Option<Self> {
        let there = bound.each.is_empty() || matches!(bound.state(row.cell(bound.each[nth])), Cell::Value(_));
        there.then_some(Self { bound, row, nth })
    }

    /// What the row has in the column at a place.
    pub fn get(&self, at: usize) -> Cell<'a> {
        let binding = &self.bound.bindings[at];
        let cell = match &binding.place {
            Place::Absent => return Cell::Absent,
            Place::Cell(cell) => self.bound.state(self.row.cell(*cell)),
            Place::First(cells) => self.first(cells),
            Place::Constant(value) => return self.bound.state(value),
            Place::Each(Each::Value) => self.bound.state(self.row.cell(self.bound.each[self.nth])),
            Place::Each(Each::First) => return Cell::Value(if self.nth == 0 { b"1" } else { b"0" }),
            Place::Each(Each::Number) => {
                return Cell::Value(NUMBERS.get(self.nth).map_or(b"99", |text| text.as_bytes()));
            }
        };
        match cell {
            Cell::Value(value) if !binding.values.is_empty() => match binding.values.get(value) {
                Some(other) => self.bound.state(other),
                None => cell,
            },
            _ => cell,
        }
    }

    fn first(&self, cells: &[usize]) -> Cell<'a> {
        let mut found = Cell::Null;
        for cell in cells {
            match self.bound.state(self.row.cell(*cell)) {
                Cell::Null => {}
                value @ Cell::Value(_) => return value,
                other => found = other,
            }
        }
        found
    }

    /// Where the text of the column at a place begins; 0 for what does not stand in the row.
    pub fn offset(&self, at: usize) -> usize {
        let has_value = |cell: &&usize| matches!(self.bound.state(self.row.cell(**cell)), Cell::Value(_));
        let cell = match &self.bound.bindings[at].place {
            Place::Cell(cell) => Some(*cell),
            Place::First(cells) => cells.iter().find(has_value).copied(),
            Place::Each(_) => self.bound.each.get(self.nth).copied(),
            Place::Absent | Place::Constant(_) => None,
        };
        cell.and_then(|cell| self.row.cells.get(cell)).map_or(0, |(from, _)| *from as usize)
    }

    /// How dates are written in the column at a place, and whether their time is left out.
    pub fn date(&self, at: usize) -> (&'a DateFormat, bool) {
        let binding = &self.bound.bindings[at];
        (&binding.date, binding.day_only)
    }

    /// How many places sums of the column are shifted against yuan: 2 for fen.
    pub fn shift(&self, at: usize) -> u32 {
        if self.bound.bindings[at].unit == Unit::Fen { 2 } else { 0 }
    }

    /// What the row is a row of.
    pub fn bound(&self) -> &'a Bound {
        self.bound
    }
}

const NUMBERS: [&str; 20] =
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Fee, Visit};
    use expect_test::expect;

    fn bound(mapping: &Mapping, table: Table, header: &str) -> Result<Bound, String> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let part = mapping.part.iter().find(|part| part.table == table).unwrap();
        Bound::new(mapping, part, "文件", &header)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n")
    }

    /// Calls `with` for the row a text gives.
    fn row<T>(text: &str, with: impl FnOnce(Row<'_>) -> T) -> T {
        let mut cells = Vec::new();
        let mut at = 0;
        for cell in text.split(',') {
            cells.push((at, at + u32::try_from(cell.len()).unwrap()));
            at += u32::try_from(cell.len()).unwrap() + 1;
        }
        with(Row { text: text.as_bytes(), cells: &cells })
    }

    #[test]
    fn the_four_states_are_kept_apart() {
        let header = "bkkp_sn,mdtrt_id,fee_ocur_time,med_list_codg,cnt,pric,det_item_fee_sumamt,prd_days,inscp_amt";
        let bound = bound(&Mapping::national(), Table::Fees, header).unwrap();
        row("1,2,2026-01-01,A,1,2,2,不适用,", |row| {
            let cells = Cells::new(&bound, row, 0).unwrap();
            assert_eq!(cells.get(Fee::Supply.at()), Cell::NotApplicable);
            assert_eq!(cells.get(Fee::Covered.at()), Cell::Null);
            assert_eq!(cells.get(Fee::Limit.at()), Cell::Absent);
            assert_eq!(cells.get(Fee::Price.at()), Cell::Value(b"2"));
        });
        row("1,2,2026-01-01,A,1,2,2,\\N,0", |row| {
            let cells = Cells::new(&bound, row, 0).unwrap();
            assert_eq!(cells.get(Fee::Supply.at()), Cell::Null);
            assert_eq!(cells.get(Fee::Covered.at()), Cell::Value(b"0"));
        });
        assert!(bound.absent().contains(&"pric_uplmt_amt") && !bound.absent().contains(&"inscp_amt"));
    }

    #[test]
    fn every_missing_column_is_named() {
        let told = bound(&Mapping::national(), Table::Fees, "bkkp_sn,mdtrt_id,cnt,CNT,pric").unwrap_err();
        expect![[r#"
            文件：“CNT”表头中出现两次。删去或改名其中一列，表头每个字段只能出现一次
            文件：“fee_ocur_time”缺少字段，fee_list_d表必须有它。补上该字段后重新导出，或在映射文件中写明取自哪一列；文件现有：bkkp_sn、mdtrt_id、cnt、CNT、pric
            文件：“det_item_fee_sumamt”缺少字段，fee_list_d表必须有它。补上该字段后重新导出，或在映射文件中写明取自哪一列；文件现有：bkkp_sn、mdtrt_id、cnt、CNT、pric
            文件：“med_list_codg、hilist_code”缺少字段，fee_list_d表至少要有其中之一。补上该字段后重新导出，或在映射文件中写明取自哪一列
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn a_column_too_many_is_read_by_nobody_and_named() {
        let bound = bound(&Mapping::national(), Table::Visits, "mdtrt_id,psn_no,fixmedins_code,begntime,memo").unwrap();
        assert_eq!(bound.unread, ["memo"]);
    }

    const OTHER: &str = r#"
        id = "other"
        title = "另一种版式"
        null = ["NA"]
        [[part]]
        table = "setl_list_diag_d"
        files = ["*"]
        each = ["D1", "D2"]
        columns = { mdtrt_id = "V", diag_code = { each = "value" }, maindiag_flag = { each = "first" }, setl_list_diag_id = { each = "number" } }
        [[part]]
        table = "mdtrt_d"
        files = ["*"]
        date = "%m/%d/%Y"
        [part.columns]
        mdtrt_id = ["V", "W"]
        psn_no = "P"
        fixmedins_code = { value = "H1" }
        begntime = { column = "B", day_only = true }
        gend = { column = "S", values = { M = "1", F = "2", U = "NA" } }
    "#;

    #[test]
    fn a_row_is_split_over_the_columns_of_each() {
        let mapping = Mapping::read("m", OTHER).unwrap();
        let bound = bound(&mapping, Table::Diagnoses, "V,W,P,B,S,D1,D2").unwrap();
        row("v,,p,1/2/2026,M,NA,E11", |row| {
            assert!(Cells::new(&bound, row, 0).is_none());
            let cells = Cells::new(&bound, row, 1).unwrap();
            let got = [0, 1, 4, 5].map(|at| cells.get(at));
            assert_eq!(got, [b"2" as &[u8], b"v", b"0", b"E11"].map(Cell::Value));
        });
        assert_eq!(bound.rows(), 2);
    }

    #[test]
    fn values_are_mapped_chosen_and_constant() {
        let mapping = Mapping::read("m", OTHER).unwrap();
        let bound = bound(&mapping, Table::Visits, "V,W,P,B,S,D1,D2").unwrap();
        row("NA,w,p,1/2/2026,F,,", |row| {
            let cells = Cells::new(&bound, row, 0).unwrap();
            assert_eq!(cells.get(Visit::Id.at()), Cell::Value(b"w"));
            assert_eq!(cells.get(Visit::Institution.at()), Cell::Value(b"H1"));
            assert_eq!(cells.get(Visit::Sex.at()), Cell::Value(b"2"));
            assert!(cells.date(Visit::Begin.at()).1);
        });
        row("v,w,p,1/2/2026,U,,", |row| {
            assert_eq!(Cells::new(&bound, row, 0).unwrap().get(Visit::Sex.at()), Cell::Null);
        });
    }
}
