//! The spreadsheets of batches 1 to 8: which file and sheet holds what, and how a row reads.

use super::account::{Ledger, Role};
use super::limits::{self, Limit};
use super::sheet::{Book, Row};
use super::{Point, names};
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_kernel::Fault;

/// Generic names in one sheet, their codes in another.
struct Drugs {
    file: &'static str,
    batch: u16,
    /// Head of the limit column, and of the column of codes.
    heads: [&'static str; 2],
    /// Name and limits from the limit column and the text.
    read: fn(&str, &str) -> (&'static str, Reading),
}

type Reading = Result<Vec<Limit>, String>;

const DRUGS: [Drugs; 6] = [
    Drugs {
        file: "【第一批】药品规则库(限定性别对象).xlsx",
        batch: 1,
        heads: ["限定对象", "药品代码"],
        read: |value, _| (names::DRUG_SEX, limits::sex(value)),
    },
    Drugs {
        file: "【第一批】药品规则库(限定年龄对象).xlsx",
        batch: 1,
        heads: ["限定对象", "国标代码"],
        read: |value, text| {
            let known = if value == "儿童" {
                Ok(limits::child(text))
            } else {
                Err(format!("限定对象“{value}”无法识别"))
            };
            (child_name(text), known)
        },
    },
    Drugs {
        file: "【第三批】药品规则库（限定保险类型）.xlsx",
        batch: 3,
        heads: ["限定对象", "国标代码"],
        read: |value, _| {
            (if value == "生育" { names::DRUG_MATERNITY } else { names::DRUG_INJURY }, limits::insurance(value))
        },
    },
    Drugs {
        file: "【第四批】药品规则库（限定就医方式）.xlsx",
        batch: 4,
        heads: ["限定值域", "国标代码"],
        read: |value, text| {
            let known = if value == "住院" {
                limits::care(text)
            } else {
                Err(format!("限定值域“{value}”无法识别"))
            };
            (names::DRUG_CARE, known)
        },
    },
    Drugs {
        file: "【第五批】药品规则库（限定机构等级）.xlsx",
        batch: 5,
        heads: ["限定值域", "国标代码"],
        read: |value, text| (names::DRUG_LEVEL, level(value, text)),
    },
    Drugs {
        file: "【第六批】药品规则库（限定支付疗程）.xlsx",
        batch: 6,
        heads: ["限定值域", "国标代码"],
        read: |value, text| (names::DRUG_COURSE, limits::course(Some(value), text)),
    },
];

/// A payment limit to children is a rule of its own name; what only the leaflet says is 儿童专用.
fn child_name(text: &str) -> &'static str {
    if limits::is_payment_limit(text) { names::DRUG_CHILD_PAID } else { names::DRUG_CHILD_ONLY }
}

/// The column has the level, the text the conditions that make a hit doubtful.
fn level(value: &str, text: &str) -> Reading {
    let known = limits::level(&format!("{value}{text}"))?;
    match (value, &known[0].test) {
        ("二级", crate::rule::Test::Level { at_least: 2 }) | ("三级", crate::rule::Test::Level { at_least: 3 }) => {
            Ok(known)
        }
        _ => Err(format!("限定值域“{value}”与说明不符，或无法识别")),
    }
}

/// Services: each row has its code and its limit.
struct Items {
    file: &'static str,
    sheet: &'static str,
    batch: u16,
    head: &'static [&'static str],
    name: &'static str,
    read: fn(&Row) -> ItemRow,
}

/// What a row of a list of services says.
struct ItemRow {
    title: String,
    /// Last part of the id; none for the title.
    key: Option<String>,
    code: String,
    text: String,
    limits: Reading,
}

fn item(row: &Row, [title, code, text]: [usize; 3], limits: Reading) -> ItemRow {
    let [title, code, text] = [title, code, text].map(|at| row.cell(at).to_owned());
    ItemRow { title, key: None, code, text, limits }
}

const ITEMS: [Items; 8] = [
    Items {
        file: "【第一批】项目规则库(限定性别对象).xlsx",
        sheet: "Sheet1",
        batch: 1,
        head: &["项目名称", "项目说明", "国标代码", "限定类型", "限定性别"],
        name: names::ITEM_SEX,
        read: |row| item(row, [0, 2, 1], limits::sex(row.cell(4))),
    },
    Items {
        file: "【第一批】项目规则库(限定年龄对象).xlsx",
        sheet: "Sheet1",
        batch: 1,
        head: &["项目名称", "国标代码", "限定类型", "限定对象"],
        name: names::ITEM_CHILD_ONLY,
        read: |row| item(row, [0, 1, 3], limits::item_age(row.cell(3))),
    },
    Items {
        file: "【第二批】项目规则库（限定主次操作）.xlsx",
        sheet: "Sheet1",
        batch: 2,
        head: &["项目名称", "项目说明", "国标代码", "限定类型", "限定值域"],
        name: names::ITEM_DISCOUNT,
        // One rule for the group, not for the operation.
        read: |row| item(row, [4, 2, 1], Ok(limits::discount())),
    },
    Items {
        file: "【第七批】项目规则库（重复收费）.xlsx",
        sheet: "“医疗服务项目重复收费”规则对应知识点明细",
        batch: 7,
        head: &["序号", "频度", "主项名称", "主项编码", "从项名称", "从项编码", "备注"],
        name: names::ITEM_PAIR,
        read: |row| {
            let contained = row.cell(5);
            let known = match code_fault(contained) {
                Some(fault) => Err(fault),
                None => limits::pair(row.cell(1), contained),
            };
            ItemRow {
                title: format!("{}×{}", row.cell(2), row.cell(4)),
                key: Some(format!("{}+{contained}", row.cell(3))),
                ..item(row, [2, 3, 6], known)
            }
        },
    },
    Items {
        file: "【第八批-1】项目规则库（限定频次）.xlsx",
        sheet: "“医疗服务项目限定频次”规则对应知识点明细",
        batch: 8,
        head: &["序号", "项目名称", "限制数量", "数量单位", "项目编码"],
        name: names::ITEM_DAILY,
        read: |row| ItemRow {
            text: format!("{}{}", row.cell(2), row.cell(3)),
            ..item(row, [1, 4, 3], limits::daily(row.cell(2), row.cell(3)))
        },
    },
    Items {
        file: "【第八批-2】项目规则库（限定年龄）.xlsx",
        sheet: "“医疗服务项目限年龄”规则对应知识点明细",
        batch: 8,
        head: &["序号", "项目名称", "备注", "项目代码"],
        name: names::ITEM_AGE,
        read: |row| item(row, [1, 3, 2], limits::working_age(row.cell(2))),
    },
    Items {
        file: "【第八批-3】项目规则库（限定疗程）.xlsx",
        sheet: "“医疗服务项目限支付疗程”规则对应知识点明细",
        batch: 8,
        head: &["序号", "项目名称", "备注", "项目代码"],
        name: names::ITEM_COURSE,
        read: |row| item(row, [1, 3, 2], limits::item_course(row.cell(2))),
    },
    Items {
        file: "【第八批-4】项目规则库（限定周期）.xlsx",
        sheet: "“医疗服务项目周期超频次”规则对应知识点明细",
        batch: 8,
        head: &["序号", "项目名称", "频次上限", "疗程周期", "备注", "项目代码"],
        name: names::ITEM_CYCLE,
        read: |row| item(row, [1, 5, 4], limits::cycle(row.cell(2), row.cell(3))),
    },
];

/// Reads every book; a book that cannot be read is a fault, a row that cannot be executed is a point with its reason.
pub(super) fn read(folder: &Path, ledger: &mut Ledger, faults: &mut Vec<Fault>) -> Vec<Point> {
    let mut points = Vec::new();
    for drugs in &DRUGS {
        match read_drugs(folder, drugs, ledger) {
            Ok(read) => points.extend(read),
            Err(fault) => faults.push(fault),
        }
    }
    for items in &ITEMS {
        match read_items(folder, items, ledger) {
            Ok(read) => points.extend(read),
            Err(fault) => faults.push(fault),
        }
    }
    points
}

/// Spreadsheets of a folder that no batch of this program reads.
pub(super) fn unknown(folder: &Path) -> Vec<String> {
    let known = |name: &str| {
        DRUGS.iter().map(|book| book.file).chain(ITEMS.iter().map(|book| book.file)).any(|file| file == name)
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.to_lowercase().ends_with(".xlsx") && !known(name));
    names.sort();
    names
}

fn read_drugs(folder: &Path, drugs: &Drugs, ledger: &mut Ledger) -> Result<Vec<Point>, Fault> {
    let [limit, code] = drugs.heads;
    let mut book = Book::open(folder, drugs.file)?;
    let parents = book.sheet("Sheet1", &["药品通用名", "药品说明", "限定类型", limit])?;
    let children = book.sheet("Sheet2", &["药品通用名", "序号", code, "限定类型"])?;
    let tables = ["Sheet1", "Sheet2"].map(|sheet| ledger.table(drugs.file, sheet, Some(drugs.batch)));
    let mut points: Vec<Point> = Vec::with_capacity(parents.len());
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for row in &parents {
        if row.is_remark() {
            points.push(remark((drugs.read)("", "").0, row, tables[0], drugs.batch, ledger));
            continue;
        }
        let (name, limits) = (drugs.read)(row.cell(3), row.cell(1));
        let title = row.cell(0).to_owned();
        let parent = ledger.row(tables[0], row.number, Role::Parent);
        place.entry(title.clone()).or_insert(points.len());
        points.push(Point {
            text: row.cell(1).to_owned(),
            parent: Some(parent),
            ..point(name, title, drugs.batch, limits)
        });
    }
    for row in &children {
        if row.is_remark() {
            points.push(remark((drugs.read)("", "").0, row, tables[1], drugs.batch, ledger));
            continue;
        }
        let at = ledger.row(tables[1], row.number, Role::Code);
        let (title, code) = (row.cell(0), row.cell(2));
        match (place.get(title), code_fault(code)) {
            (Some(parent), None) => points[*parent].codes.push((code.to_owned(), at)),
            (known, fault) => {
                let reason = fault.unwrap_or_else(|| "第一张表中没有该通用名".to_owned());
                let name =
                    known.map_or_else(|| (drugs.read)("", "").0.to_owned(), |parent| points[*parent].name.clone());
                let codes = vec![(code.to_owned(), at)];
                points.push(Point { codes, ..point(&name, title.to_owned(), drugs.batch, Err(reason)) });
            }
        }
    }
    Ok(points)
}

fn read_items(folder: &Path, items: &Items, ledger: &mut Ledger) -> Result<Vec<Point>, Fault> {
    let rows = Book::open(folder, items.file)?.sheet(items.sheet, items.head)?;
    let table = ledger.table(items.file, items.sheet, Some(items.batch));
    let mut points: Vec<Point> = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.is_remark() {
            points.push(remark(items.name, row, table, items.batch, ledger));
            continue;
        }
        let ItemRow { title, key, code, text, limits } = (items.read)(row);
        let at = ledger.row(table, row.number, Role::Code);
        let limits = code_fault(&code).map_or(limits, Err);
        let key = key.unwrap_or_else(|| title.clone());
        // Rows of one name and limit are one rule; the groups of operations have hundreds.
        match points.iter_mut().find(|known| known.key == key && known.limits == limits && limits.is_ok()) {
            Some(known) => known.codes.push((code, at)),
            None => points.push(Point {
                key,
                text,
                codes: vec![(code, at)],
                ..point(items.name, title, items.batch, limits)
            }),
        }
    }
    Ok(points)
}

fn point(name: &str, title: String, batch: u16, limits: Reading) -> Point {
    Point {
        name: name.to_owned(),
        key: title.clone(),
        title,
        text: String::new(),
        limits,
        parent: None,
        codes: Vec::new(),
        batch: Some(batch),
        from: names::published(batch).expect("the batches of the spreadsheets are dated"),
    }
}

/// A total or a remark below a list: it is a row all the same.
fn remark(name: &str, row: &Row, table: usize, batch: u16, ledger: &mut Ledger) -> Point {
    let parent = ledger.row(table, row.number, Role::Remark);
    let words = row.cell(0);
    let reason = if words == "合计" { "合计行，不是知识点" } else { "说明文字，不是知识点" };
    let text = words.to_owned();
    Point { text, parent: Some(parent), ..point(name, words.to_owned(), batch, Err(reason.to_owned())) }
}

/// What is wrong with a code: services have 15 places, drugs 20 or 23, herbal pieces 10.
pub(super) fn code_fault(code: &str) -> Option<String> {
    let sound = matches!(code.len(), 10 | 15 | 20 | 23) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (!sound).then(|| format!("编码“{code}”不是10、15、20或23位的字母和数字"))
}
