//! One row of a list of institutions: parsed with all its faults, then matched against what is known.

use super::table::Table;
use crate::institution::Details;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;
use xingjian_kernel::codes::{CodeError, CreditCode, LicenceNumber};
use xingjian_kernel::division::{Divisions, Level};
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{DivisionCode, Fault, LocalDate};

/// A row that could be read: what it says, and which parts are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it says.
    pub details: Details,
    /// Parts that are missing or could not be resolved; none of them stops the row.
    pub missing: Vec<Fault>,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// A new institution, complete as far as the file goes.
    Accepted(Candidate),
    /// A new institution with a part missing.
    Partial(Candidate),
    /// The same institution is known already.
    Matched {
        /// Where it is: the registry, or an earlier line of this file.
        known: Known,
        /// Which fields agreed, in Chinese.
        why: String,
    },
    /// The row cannot be taken.
    Rejected(Vec<Fault>),
}

/// Where a matching institution is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// In the registry.
    Registered(InstitutionId),
    /// On an earlier line of the same file.
    Line(usize),
}

/// A row with its line and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The line it starts on.
    pub line: usize,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// Names under which files call a column.
const COLUMNS: &[(&str, &[&str])] = &[
    ("name", &["机构名称", "医疗机构名称", "名称", "医院名称", "name"]),
    ("licence", &["登记号", "执业许可证登记号", "许可证号", "licence"]),
    ("credit_code", &["统一社会信用代码", "信用代码", "credit_code"]),
    ("insurance_code", &["医保定点编码", "定点医药机构编码", "定点医药机构编号", "insurance_code"]),
    ("division", &["行政区划代码", "区划代码", "division"]),
    ("province", &["省", "省份", "province"]),
    ("city", &["市", "地市", "city"]),
    ("city_code", &["市代码", "city_code"]),
    ("county", &["县", "区县", "县区", "所在区", "county", "district"]),
    ("category", &["类别", "机构类别", "category"]),
    ("level", &["等级", "级别", "医院等级", "level"]),
    ("address", &["地址", "address"]),
    ("telephone", &["电话", "联系电话", "telephone", "tel"]),
    ("beds", &["床位", "床位数", "编制床位", "beds"]),
];

/// Reads and judges every row against what the registry knows.
pub fn judge(table: &Table, divisions: &Divisions, today: LocalDate, known: &[(InstitutionId, Details)]) -> Vec<Row> {
    let columns = Columns::of(table);
    let mut index = Index::default();
    for (id, details) in known {
        index.add(details, &Known::Registered(*id));
    }
    let mut rows: Vec<Row> = table
        .unreadable
        .iter()
        .map(|u| Row { line: u.line, outcome: Outcome::Rejected(vec![u.fault.clone()]) })
        .collect();
    for (line, cells) in &table.rows {
        let outcome = match columns.parse(*line, cells, divisions, today) {
            Err(faults) => Outcome::Rejected(faults),
            Ok(candidate) => {
                if let Some((known, why)) = index.find(&candidate.details) {
                    Outcome::Matched { known, why }
                } else {
                    index.add(&candidate.details, &Known::Line(*line));
                    if candidate.missing.is_empty() {
                        Outcome::Accepted(candidate)
                    } else {
                        Outcome::Partial(candidate)
                    }
                }
            }
        };
        rows.push(Row { line: *line, outcome });
    }
    rows.sort_by_key(|row| row.line);
    rows
}

struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    fn of(table: &Table) -> Self {
        let at = |names: &[&str]| table.columns.iter().position(|c| names.contains(&c.as_str()));
        Self(COLUMNS.iter().filter_map(|(field, names)| at(names).map(|i| (*field, i))).collect())
    }

    fn cell<'a>(&self, cells: &'a [String], field: &str) -> Option<&'a str> {
        let text = cells.get(*self.0.get(field)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// A national code, or its fault.
    fn code<T: FromStr<Err = CodeError>>(
        &self,
        cells: &[String],
        field: &str,
        place: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let text = self.cell(cells, field)?;
        text.parse().map_err(|error: CodeError| faults.push(error.fault(place, text))).ok()
    }

    fn parse(
        &self,
        line: usize,
        cells: &[String],
        divisions: &Divisions,
        today: LocalDate,
    ) -> Result<Candidate, Vec<Fault>> {
        let (mut faults, mut missing) = (vec![], vec![]);
        let place = |field: &str| format!("第{line}行“{field}”");
        for cell in cells {
            if let Some(control) = cell.chars().find(|c| c.is_control()) {
                let reason = format!("含有控制字符 U+{:04X}", u32::from(control));
                faults.push(Fault::new(format!("第{line}行"), cell, reason, "请删除该字符"));
            }
        }
        let name = self.cell(cells, "name").unwrap_or_default();
        if name.is_empty() {
            faults.push(Fault::new(place("机构名称"), "", "没有填写", "请填写机构名称"));
        } else if name.chars().count() > 100 {
            faults.push(Fault::new(place("机构名称"), name, "超过100个字", "请核对是否串列"));
        }
        let credit_code = self.code::<CreditCode>(cells, "credit_code", &place("统一社会信用代码"), &mut faults);
        let licence = self.code::<LicenceNumber>(cells, "licence", &place("登记号"), &mut faults);
        let beds = self.cell(cells, "beds").and_then(|text| {
            if let Ok(beds) = text.parse::<u32>() {
                Some(beds)
            } else {
                faults.push(Fault::new(place("床位"), text, "不是整数", "请填写编制床位数"));
                None
            }
        });
        let division = self.division(line, cells, divisions, today, &mut faults, &mut missing);
        let (Some((division, place_text)), true) = (division, faults.is_empty()) else { return Err(faults) };
        let own = |field: &str| self.cell(cells, field).map(str::to_owned);
        if self.0.contains_key("level") && own("level").is_none() {
            missing.push(Fault::new(place("等级"), "", "没有填写", "可在登记页补录"));
        }
        let details = Details {
            name: name.to_owned(),
            division,
            place: place_text,
            licence,
            credit_code,
            insurance_code: own("insurance_code"),
            category: own("category"),
            level: own("level"),
            address: own("address"),
            telephone: own("telephone"),
            beds,
        };
        Ok(Candidate { details, missing })
    }

    /// The smallest division that the row names, and the county as written where no table knows it.
    fn division(
        &self,
        line: usize,
        cells: &[String],
        divisions: &Divisions,
        today: LocalDate,
        faults: &mut Vec<Fault>,
        missing: &mut Vec<Fault>,
    ) -> Option<(DivisionCode, Option<String>)> {
        let place = |field: &str| format!("第{line}行“{field}”");
        let coded = self.cell(cells, "division").map(|t| ("行政区划代码", t));
        let coded = coded.or_else(|| self.cell(cells, "city_code").map(|t| ("市代码", t)));
        let code = if let Some((field, text)) = coded {
            match text.parse::<DivisionCode>() {
                Ok(code) if divisions.exists(&code, today) => code,
                Ok(_) => {
                    faults.push(Fault::new(place(field), text, "不是现行的行政区划代码", "请按现行区划代码表填写"));
                    return None;
                }
                Err(error) => {
                    faults.push(error.fault(&place(field)));
                    return None;
                }
            }
        } else {
            let found = divisions.by_name(self.cell(cells, "province"), self.cell(cells, "city"), None);
            if let [one] = found.as_slice() {
                one.clone()
            } else {
                let text = self.cell(cells, "city").unwrap_or_default();
                faults.push(Fault::new(place("市"), text, "不能确定是哪个行政区划", "请填写行政区划代码"));
                return None;
            }
        };
        if code.level() != Level::City {
            return Some((code, None));
        }
        match self.cell(cells, "county") {
            None => {
                missing.push(Fault::new(place("区县"), "", "没有填写，按所在市登记", "可在登记页补录"));
                Some((code, None))
            }
            Some(text) => {
                if let Some(county) = divisions.match_county(&code, text) {
                    Some((county, None))
                } else {
                    missing.push(Fault::new(
                        place("区县"),
                        text,
                        "不在现行区划表中，按所在市登记并保留原文",
                        "可在登记页补录",
                    ));
                    Some((code, Some(text.to_owned())))
                }
            }
        }
    }
}

/// What is known, by each thing that identifies an institution.
#[derive(Default)]
struct Index {
    licence: BTreeMap<String, Known>,
    name: BTreeMap<(String, String, String), Known>,
}

fn name_key(details: &Details) -> (String, String, String) {
    let place = details.place.as_deref().map(crate::normal).unwrap_or_default();
    (details.division.to_string(), place, crate::normal(&details.name))
}

impl Index {
    fn add(&mut self, details: &Details, known: &Known) {
        if let Some(licence) = &details.licence {
            self.licence.entry(licence.to_string()).or_insert_with(|| known.clone());
        }
        self.name.entry(name_key(details)).or_insert_with(|| known.clone());
    }

    /// A licence number decides alone; without one, name and place together.
    fn find(&self, details: &Details) -> Option<(Known, String)> {
        if let Some(licence) = &details.licence
            && let Some(known) = self.licence.get(&licence.to_string())
        {
            return Some((known.clone(), format!("登记号 {licence} 相同")));
        }
        let known = self.name.get(&name_key(details))?;
        Some((known.clone(), format!("名称“{}”和所在地 {} 均相同", details.name, details.division)))
    }
}
