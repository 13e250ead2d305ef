//! The list of knowledge points (JSON lines): compared with the spreadsheets for batches 1 to 8, read for what came later.

use super::account::{Ledger, Outcome, Place, Role};
use super::books::code_fault;
use super::limits::{self, Limit};
use super::{Difference, NotExecutable, Point, names};
use crate::rule::Source;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use xingjian_kernel::{Fault, LocalDate};

/// Batches that the spreadsheets hold.
const IN_BOOKS: std::ops::RangeInclusive<u16> = 1..=8;

/// One line of the list.
#[derive(Deserialize)]
struct Row {
    rule_class: String,
    item_name: String,
    constraint: Option<String>,
    batch: Option<u16>,
    published_at: Option<LocalDate>,
    med_codes: Vec<String>,
}

/// A line with its place.
pub(super) struct Listed {
    row: Row,
    place: Place,
}

impl Listed {
    fn text(&self) -> &str {
        self.row.constraint.as_deref().unwrap_or_default()
    }

    fn not_executable(&self, reason: &str, ledger: &Ledger) -> NotExecutable {
        let (document, place) = ledger.source(&[self.place]);
        NotExecutable {
            name: self.row.rule_class.clone(),
            title: self.row.item_name.clone(),
            source: Source { document, place, batch: self.row.batch },
            reason: reason.to_owned(),
        }
    }

    /// Name and last part of the id of the rule it belongs to.
    fn rule(&self) -> (String, String) {
        let name = self.row.rule_class.clone();
        let key = match (name.as_str(), self.row.med_codes.as_slice()) {
            (names::ITEM_PAIR, [main, contained]) => format!("{main}+{contained}"),
            (names::ITEM_DISCOUNT, _) => self.text().to_owned(),
            _ => self.row.item_name.clone(),
        };
        (name, key)
    }
}

/// Reads the list; every line that cannot be read is a fault.
pub(super) fn read(path: &Path, ledger: &mut Ledger, faults: &mut Vec<Fault>) -> Vec<Listed> {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.push(Fault::new(file, &error.to_string(), "知识点清单无法读取", "检查路径、权限和UTF-8编码"));
            return Vec::new();
        }
    };
    let table = ledger.table(&file, "", None);
    let mut listed = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Row>(line) {
            Ok(row) => {
                let role = if row.med_codes.is_empty() { Role::Remark } else { Role::Code };
                listed.push(Listed { row, place: ledger.row(table, number, role) });
            }
            Err(error) => faults.push(Fault::new(
                format!("{file}，第{number}行"),
                &error.to_string(),
                "不是知识点的JSON",
                "按其他行的字段改正",
            )),
        }
    }
    listed
}

/// A point of the spreadsheets and one of the list, as far as both have it.
#[derive(Default)]
struct Side {
    codes: BTreeSet<String>,
    text: String,
}

type Sides = BTreeMap<(String, String), Side>;

/// Batches 1 to 8 are in both: says what differs and what only the list has, and notes the other lines as published in the
/// spreadsheets.
pub(super) fn compare(
    published: &[Point],
    listed: &[Listed],
    ledger: &mut Ledger,
) -> (Vec<Difference>, Vec<NotExecutable>) {
    let mut books = Sides::new();
    for point in published.iter().filter(|point| point.limits.is_ok()) {
        let side = books.entry((point.name.clone(), point.key.clone())).or_default();
        side.codes.extend(point.codes.iter().map(|(code, _)| code.clone()));
        side.text.clone_from(&point.text);
    }
    let mut list = Sides::new();
    let mut set_aside = Vec::new();
    for line in listed.iter().filter(|line| line.row.batch.is_some_and(|batch| IN_BOOKS.contains(&batch))) {
        let rule = line.rule();
        if books.contains_key(&rule) {
            ledger.settle(line.place, Outcome::Published);
        } else {
            let remark = line.row.med_codes.is_empty();
            let reason =
                if remark { "说明文字，不是知识点" } else { "表格中没有该知识点，以表格为准" };
            ledger.settle(line.place, Outcome::NotExecutable { reason: reason.to_owned() });
            set_aside.push(line.not_executable(reason, ledger));
        }
        let codes = if rule.0 == names::ITEM_PAIR { line.row.med_codes.get(..1) } else { line.row.med_codes.get(..) };
        let side = list.entry(rule).or_default();
        side.codes.extend(codes.unwrap_or_default().iter().cloned());
        line.text().clone_into(&mut side.text);
    }
    (if listed.is_empty() { Vec::new() } else { differences(&books, &list) }, set_aside)
}

fn differences(books: &Sides, list: &Sides) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |(name, title): &(String, String), what: String| {
        found.push(Difference { name: name.clone(), title: title.clone(), what });
    };
    for (rule, book) in books {
        let Some(line) = list.get(rule) else {
            add(rule, "表格有，知识点清单没有".to_owned());
            continue;
        };
        if book.codes != line.codes {
            let only = |a: &Side, b: &Side| a.codes.difference(&b.codes).cloned().collect::<Vec<_>>().join("、");
            add(rule, format!("编码不同：只在表格中的{}；只在清单中的{}", only(book, line), only(line, book)));
        }
        if squeezed(&book.text) != squeezed(&line.text) && !is_worded_otherwise(&rule.0) {
            add(rule, format!("文字不同：表格“{}”，清单“{}”", book.text, line.text));
        }
    }
    for rule in list.keys().filter(|rule| !books.contains_key(*rule)) {
        add(rule, "知识点清单有，表格没有".to_owned());
    }
    found
}

/// Line breaks and control characters that a transcript left in the middle of a text.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

/// Rules whose list has other columns than the spreadsheet: the limit, where the other has the remark.
fn is_worded_otherwise(name: &str) -> bool {
    [names::ITEM_DAILY, names::ITEM_CHILD_ONLY, names::ITEM_AGE, names::ITEM_DISCOUNT].contains(&name)
}

/// The points that came after the spreadsheets: the update, and batches 9 on.
pub(super) fn later(listed: Vec<Listed>, published: &[Point]) -> Vec<Point> {
    let earlier: BTreeMap<(&str, &str), &Point> =
        published.iter().map(|point| ((point.name.as_str(), point.key.as_str()), point)).collect();
    let mut points: Vec<Point> = Vec::new();
    let mut alone: Option<usize> = None;
    for line in listed.into_iter().filter(|line| !line.row.batch.is_some_and(|batch| IN_BOOKS.contains(&batch))) {
        let (name, key) = line.rule();
        let before = earlier.get(&(name.as_str(), key.as_str())).copied();
        let point = later_point(&line, name, key, before);
        // All herbal pieces of this list are one rule: a prescription of nothing but them is not paid either.
        if point.name == names::HERB_ALONE && point.limits.is_ok() {
            if let Some(at) = alone {
                points[at].codes.extend(point.codes);
                continue;
            }
            alone = Some(points.len());
            let title = "单独使用不予支付的中药饮片".to_owned();
            points.push(Point { key: title.clone(), title, ..point });
            continue;
        }
        points.push(point);
    }
    points
}

fn later_point(line: &Listed, name: String, key: String, before: Option<&Point>) -> Point {
    let Row { item_name, batch, published_at, med_codes, .. } = &line.row;
    let from = batch.and_then(names::published).or(*published_at).unwrap_or(names::UPDATE);
    let fault = med_codes.iter().find_map(|code| code_fault(code));
    let limits = match fault {
        Some(fault) => Err(fault),
        None if med_codes.is_empty() => Err("没有编码".to_owned()),
        None => limits_of(&name, line.text(), before),
    };
    let codes = med_codes.iter().map(|code| (code.clone(), line.place)).collect();
    let (title, text) = (item_name.clone(), line.text().to_owned());
    // Without a code the line itself is what is set aside.
    let parent = med_codes.is_empty().then_some(line.place);
    Point { name, title, key, text, limits, parent, codes, batch: *batch, from }
}

fn limits_of(name: &str, text: &str, before: Option<&Point>) -> Result<Vec<Limit>, String> {
    match name {
        // The update has no column for the sex; the earlier version had.
        names::DRUG_SEX => match before.map(|point| &point.limits) {
            Some(Ok(known)) => Ok(known.clone()),
            _ => limits::sex_of_words(text),
        },
        names::DRUG_CHILD_ONLY | names::DRUG_CHILD_PAID => Ok(limits::child(text)),
        names::DRUG_INJURY => limits::insurance("工伤"),
        names::DRUG_MATERNITY => limits::insurance("生育"),
        names::DRUG_CARE => limits::care(text),
        names::DRUG_LEVEL => limits::level(text),
        names::DRUG_COURSE => limits::course(None, text),
        names::HERB_NEVER => Ok(limits::never_covered()),
        names::HERB_ALONE => Ok(limits::not_covered_alone()),
        names::DRUG_SECOND_LINE => Err("须有一线药品无效或不能耐受的病历依据，费用明细不能判断".to_owned()),
        names::DRUG_ONLINE => Err("就诊数据没有互联网诊疗的标识，不能判断".to_owned()),
        names::DRUG_INDICATION => Err("只公布了适应症文字，没有诊断编码，不能由程序判断".to_owned()),
        _ if names::ALL.contains(&name) => Err("表格之后公布的该类知识点，尚无读取方法".to_owned()),
        _ => Err(format!("国家目录中没有规则“{name}”")),
    }
}
