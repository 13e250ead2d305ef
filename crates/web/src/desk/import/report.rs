use crate::desk::erasure::asking;
use crate::desk::institution;
use crate::ui::{Badge, Layout};
use askama::Template;
use xingjian_registry::import::{Import, Known, Outcome, Preview, Row};
use xingjian_store::ledger::LedgerRow;

/// Remarks shown on a page; the file to download has them all.
const SHOWN: usize = 500;

/// What an import would do, or did.
#[derive(Template)]
#[template(path = "desk/import_report.html")]
pub struct ReportPage {
    layout: Layout,
    /// Name of the file.
    file: String,
    hash: String,
    /// Name of the outcome, what it means, and how many rows.
    counts: [(&'static str, &'static str, usize); 4],
    total: usize,
    remarks: Vec<Remark>,
    /// Remarks in all; more than are shown where there are many.
    remarked: usize,
    /// The form that imports; `None` where it was done.
    confirm: Option<Confirm>,
    /// Where every remark is, once it was done.
    download: String,
    done: String,
    /// Where its erasure is asked for.
    erase: Option<String>,
}

/// What the confirming form carries.
pub struct Confirm {
    /// SHA-256 of the bytes that were shown.
    pub hash: String,
    /// Ties the bytes to who uploaded them.
    pub seal: String,
    /// Name of the file.
    pub file: String,
}

struct Remark {
    line: usize,
    outcome: Option<Badge>,
    text: String,
    url: Option<String>,
}

fn counts(n: [usize; 4]) -> [(&'static str, &'static str, usize); 4] {
    [
        ("新增", "登记为新机构", n[0]),
        ("缺项新增", "登记为新机构，缺少的内容以后补录", n[1]),
        ("已有", "登记库或者本文件前面已有，不重复登记", n[2]),
        ("退回", "不能登记，需要改正后重新导入", n[3]),
    ]
}

fn remark(row: &Row) -> Option<Remark> {
    let (badge, url) = match &row.outcome {
        Outcome::Accepted(_) => return None,
        Outcome::Partial(_) => (Badge::new("缺项新增", "wait"), None),
        Outcome::Matched { known, .. } => {
            let url = match known {
                Known::Registered(id) => Some(institution::address(*id)),
                Known::Line(_) => None,
            };
            (Badge::new("已有", "none"), url)
        }
        Outcome::Rejected(_) => (Badge::new("退回", "bad"), None),
    };
    let also = match &row.outcome {
        Outcome::Matched { known: Known::Line(line), .. } => format!("，见第{line}行"),
        _ => String::new(),
    };
    Some(Remark { line: row.line, outcome: Some(badge), text: format!("{}{also}", row.remark()?), url })
}

impl ReportPage {
    /// What the file would do. Rows that need mending come first.
    pub fn preview(layout: Layout, preview: &Preview, confirm: Confirm) -> Self {
        let mut remarks: Vec<Remark> = preview.rows.iter().filter_map(remark).collect();
        let remarked = remarks.len();
        remarks.sort_by_key(|r| (r.outcome.as_ref().is_none_or(|b| b.tone != "bad"), r.line));
        remarks.truncate(SHOWN);
        Self {
            layout,
            file: confirm.file.clone(),
            hash: preview.hash.clone(),
            counts: counts(preview.counts()),
            total: preview.rows.len(),
            remarks,
            remarked,
            confirm: Some(confirm),
            download: String::new(),
            done: String::new(),
            erase: None,
        }
    }

    /// What an import did.
    pub fn done(layout: Layout, import: &Import, acts: Vec<LedgerRow>) -> Self {
        let shown = import.remarks.iter().take(SHOWN);
        let erase = acts.first().filter(|row| row.erased.is_none());
        let erase = erase.and_then(|row| asking(&row.resource, &row.resource_id, Some(&row.id.to_string())));
        let by = acts.into_iter().next().map(|row| match row.erased {
            Some(trace) => trace.text(),
            None => format!("{} {}", row.at, row.actor.name),
        });
        Self {
            layout,
            file: import.file.clone(),
            hash: import.hash.clone(),
            counts: counts(import.counts),
            total: import.counts.iter().sum(),
            remarks: shown
                .map(|(line, text)| Remark { line: *line, outcome: None, text: text.clone(), url: None })
                .collect(),
            remarked: import.remarks.len(),
            confirm: None,
            download: format!("{}/{}/remarks.csv", super::PATH, import.id),
            erase,
            done: by.unwrap_or_else(|| import.created_at.to_string()),
        }
    }

    /// Whether the file would change anything.
    fn adds(&self) -> bool {
        self.counts[0].2 + self.counts[1].2 > 0
    }

    /// The lines of the file that add up: `3 + 1 + 0 + 2 = 6`.
    fn sum(&self) -> String {
        let parts: Vec<String> = self.counts.iter().map(|(_, _, n)| n.to_string()).collect();
        format!("{} = {}", parts.join(" + "), self.total)
    }
}
