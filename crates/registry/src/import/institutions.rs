//! One row of a list of institutions: parsed with all its faults, then matched against what is known.

use super::columns::{Columns, Field};
use super::place::{Finder, Ground};
use super::rows::{Known, Outcome, Row};
use super::table::Table;
use crate::institution::Details;
use std::collections::BTreeMap;
use xingjian_kernel::Fault;
use xingjian_kernel::codes::{CreditCode, LicenceNumber};
use xingjian_kernel::id::InstitutionId;

/// Names under which files call the column that every list of institutions has.
pub const NAME: &[&str] = &["机构名称", "医疗机构名称", "名称", "医院名称", "name"];

/// Columns in which a clerk may have to decide.
pub const ASKED: &[&str] = &["行政区划代码"];

/// Names under which files call a column.
const FIELDS: [Field<'static, &'static str>; 14] = [
    ("name", NAME),
    ("licence", &["登记号", "执业许可证登记号", "许可证号", "licence"]),
    ("credit_code", &["统一社会信用代码", "信用代码", "credit_code"]),
    (
        "insurance_code",
        &["医保定点编码", "定点医药机构编码", "定点医药机构编号", "定点医药机构代码", "医保机构编码", "insurance_code"],
    ),
    ("division", &["行政区划代码", "区划代码", "division"]),
    ("province", &["省", "省份", "province"]),
    ("city", &["市", "地市", "city"]),
    ("city_code", &["市代码", "city_code"]),
    ("county", &["区县", "县", "县区", "所在区", "county", "district"]),
    ("category", &["类别", "机构类别", "category"]),
    ("level", &["等级", "级别", "医院等级", "level", "grade"]),
    ("address", &["地址", "address"]),
    ("telephone", &["电话", "联系电话", "telephone", "tel", "phone"]),
    ("beds", &["床位", "床位数", "编制床位", "beds"]),
];

/// The place of a field in a file of institutions.
pub fn place(table: &Table, line: usize, field: &str) -> String {
    Columns::of(table, FIELDS).place(line, field)
}

/// Columns of a file of institutions that are not read.
pub fn unread(table: &Table) -> Vec<String> {
    Columns::of(table, FIELDS).unread()
}

/// Reads and judges every row against what the registry knows.
pub fn judge(table: &Table, ground: Ground<'_>, known: &[(InstitutionId, Details)]) -> Vec<Row<Details>> {
    let columns = Columns::of(table, FIELDS);
    let mut index = Index::default();
    for (id, details) in known {
        index.add(details, &Known::Kept(id.to_string()));
    }
    let judged = table.rows.iter().map(|(line, cells)| {
        let outcome = match read(&columns, ground, *line, cells) {
            Err(faults) => Outcome::Rejected(faults),
            Ok((details, missing)) => {
                if let Some((known, why)) = index.find(&details) {
                    Outcome::Matched { known, why }
                } else {
                    index.add(&details, &Known::Line(*line));
                    if missing.is_empty() { Outcome::Taken(details) } else { Outcome::Apart(details, missing) }
                }
            }
        };
        Row { line: *line, outcome }
    });
    judged.collect()
}

/// What a row says and which parts are missing, or every reason why it cannot be taken.
fn read(
    columns: &Columns<'_>,
    ground: Ground<'_>,
    line: usize,
    cells: &[String],
) -> Result<(Details, Vec<Fault>), Vec<Fault>> {
    let mut faults = columns.unfit(line, cells, &[]);
    let place = |field: &str| columns.place(line, field);
    let cell = |field: &str| columns.cell(cells, field);
    let name = cell("name").unwrap_or_default();
    if name.is_empty() {
        faults.push(Fault::new(place("name"), "", "没有填写", "请填写机构名称"));
    }
    columns.short(line, cells, "name", 100, &mut faults);
    let credit_code = columns.code::<CreditCode>(line, cells, "credit_code", &mut faults);
    let licence = columns.code::<LicenceNumber>(line, cells, "licence", &mut faults);
    columns.short(line, cells, "insurance_code", 50, &mut faults);
    let beds = cell("beds").and_then(|text| {
        if let Ok(beds) = text.parse::<u32>() {
            Some(beds)
        } else {
            faults.push(Fault::new(place("beds"), text, "不是整数", "请填写编制床位数"));
            None
        }
    });
    let mut finder = Finder { ground, columns, line, cells, faults, missing: vec![] };
    let placed = finder.find();
    let Finder { faults, mut missing, .. } = finder;
    let (Some((division, former)), true) = (placed, faults.is_empty()) else { return Err(faults) };
    if columns.has("level") && cell("level").is_none() {
        missing.push(Fault::new(place("level"), "", "没有填写", "可在登记页补录"));
    }
    if let Some(text) = cell("telephone").filter(|text| lost_a_zero(text)) {
        missing.push(Fault::new(place("telephone"), text, "开头的“0”可能被电子表格去掉了", "请核对，可在登记页更正"));
    }
    let own = |field: &str| cell(field).map(str::to_owned);
    let details = Details {
        name: name.to_owned(),
        division,
        place: former,
        licence,
        credit_code,
        insurance_code: own("insurance_code"),
        category: own("category"),
        level: own("level"),
        address: own("address"),
        telephone: own("telephone"),
        beds,
    };
    Ok((details, missing))
}

/// Digits alone, too many for a number within the city, and neither an area code, a mobile nor a service number.
fn lost_a_zero(text: &str) -> bool {
    let mobile = text.len() == 11 && text.starts_with('1');
    let begins = |begin: &str| text.starts_with(begin);
    (9..=11).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && !(mobile || begins("0") || begins("400") || begins("800"))
}

/// What is known, by each thing that identifies an institution; with its name, and by name with whether it has a licence.
#[derive(Default)]
struct Index {
    licence: BTreeMap<String, (Known, String)>,
    name: BTreeMap<(String, String, String), Vec<(Known, bool)>>,
}

fn name_key(details: &Details) -> (String, String, String) {
    let place = details.place.as_deref().map(crate::normal).unwrap_or_default();
    (details.division.to_string(), place, crate::normal(&details.name))
}

impl Index {
    fn add(&mut self, details: &Details, known: &Known) {
        if let Some(licence) = &details.licence {
            self.licence.entry(licence.to_string()).or_insert_with(|| (known.clone(), details.name.clone()));
        }
        self.name.entry(name_key(details)).or_default().push((known.clone(), details.licence.is_some()));
    }

    /// A licence number decides alone; name and place together only where one of the two has none.
    fn find(&self, details: &Details) -> Option<(Known, String)> {
        if let Some(licence) = &details.licence
            && let Some((known, name)) = self.licence.get(&licence.to_string())
        {
            let same = crate::normal(name) == crate::normal(&details.name);
            let named = if same { String::new() } else { format!("，名称不同，登记为“{name}”") };
            return Some((known.clone(), format!("登记号 {licence} 相同{named}")));
        }
        let alike = self.name.get(&name_key(details))?;
        let (known, _) = alike.iter().find(|(_, licensed)| !licensed || details.licence.is_none())?;
        Some((known.clone(), format!("名称“{}”和所在地 {} 均相同", details.name, details.division)))
    }
}
