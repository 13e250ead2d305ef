use super::{Importing, Sample};
use crate::desk::erasure::asking;
use crate::ui::{Badge, Layout};
use askama::Template;
use xingjian_registry::import::{Done, Known, Outcome, Preview, Row};
use xingjian_store::ledger::LedgerRow;

/// Remarks shown on a page; the file to download has them all.
const SHOWN: usize = 500;

/// What an import would do, or did.
#[derive(Template)]
#[template(path = "desk/import_report.html")]
pub struct ReportPage {
    layout: Layout,
    title: String,
    /// The list of imports: address and name.
    list: (&'static str, &'static str),
    /// Name of the file.
    file: String,
    hash: String,
    /// Name of the outcome, what it means, and how many rows.
    counts: Vec<(&'static str, &'static str, usize)>,
    /// Columns with something in them that are not read.
    unread: Vec<String>,
    samples: Vec<Sample>,
    remarks: Vec<Remark>,
    /// Remarks in all; more than are shown where there are many.
    remarked: usize,
    /// The form that imports; `None` where it was done.
    confirm: Option<Confirm>,
    /// Where the rows that came back and every remark are asked for.
    download: String,
    done: String,
    /// Where its erasure is asked for.
    erase: Option<String>,
}

/// What the confirming form carries.
pub struct Confirm {
    /// The hash under which the bytes that were shown are kept.
    pub kept: String,
    /// Ties the bytes to who uploaded them.
    pub seal: String,
    /// Name of the file.
    pub file: String,
    /// What was chosen beside the file.
    pub choice: String,
    /// Where it goes.
    pub action: &'static str,
    /// The form for another file.
    pub again: &'static str,
    /// What confirming does.
    pub consequence: &'static str,
}

struct Remark {
    line: usize,
    outcome: Option<Badge>,
    text: String,
    url: Option<String>,
}

const TONES: [&str; 4] = ["done", "wait", "none", "bad"];

/// The outcome as a badge, by the place of its count.
fn badge<I: Importing>(at: usize) -> Badge {
    Badge::new(I::COUNTS[at].0, TONES[at])
}

fn counted<I: Importing>(n: [usize; 4]) -> Vec<(&'static str, &'static str, usize)> {
    I::COUNTS.into_iter().zip(n).map(|((name, meaning), count)| (name, meaning, count)).collect()
}

fn remark<I: Importing>(row: &Row<()>, choice: &str) -> Option<Remark> {
    let text = row.remark()?;
    let (at, url) = match &row.outcome {
        Outcome::Taken(()) => (0, None),
        Outcome::Apart((), _) => (1, None),
        Outcome::Matched { known: Known::Kept(id), .. } => (2, Some(I::known(choice, id))),
        Outcome::Matched { .. } => (2, None),
        Outcome::Rejected(_) => (3, None),
    };
    Some(Remark { line: row.line, outcome: Some(badge::<I>(at)), text, url })
}

impl ReportPage {
    /// What the file would do. Rows that need mending come first.
    pub fn preview<I: Importing>(layout: Layout, preview: &Preview, samples: Vec<Sample>, confirm: Confirm) -> Self {
        let mut remarks: Vec<Remark> =
            preview.rows.iter().filter_map(|row| remark::<I>(row, &confirm.choice)).collect();
        let remarked = remarks.len();
        remarks.sort_by_key(|r| (r.outcome.as_ref().is_none_or(|b| b.tone != "bad"), r.line));
        remarks.truncate(SHOWN);
        Self {
            layout,
            title: format!("{}预览", I::TITLE),
            list: (I::PATH, I::TITLE),
            file: confirm.file.clone(),
            hash: preview.hash.clone(),
            counts: counted::<I>(preview.counts()),
            unread: preview.unread.clone(),
            samples,
            remarks,
            remarked,
            confirm: Some(confirm),
            download: I::PATHS.returned.to_owned(),
            done: String::new(),
            erase: None,
        }
    }

    /// What an import did. Rows that need mending come first.
    pub fn done<I: Importing>(layout: Layout, done: &Done, download: String, acts: Vec<LedgerRow>) -> Self {
        let erase = acts.first().filter(|row| row.erased.is_none());
        let erase = erase.and_then(|row| asking(&row.resource, &row.resource_id, Some(&row.id.to_string())));
        let by = acts.into_iter().next().map(|row| match row.erased {
            Some(trace) => trace.text(),
            None => format!("{} {}", row.at, row.actor.name),
        });
        let mut remarks: Vec<Remark> = done
            .remarks
            .iter()
            .map(|(line, text)| {
                let outcome = done.rejected.binary_search(line).is_ok().then(|| badge::<I>(3));
                Remark { line: *line, outcome, text: text.clone(), url: None }
            })
            .collect();
        remarks.sort_by_key(|r| (r.outcome.is_none(), r.line));
        remarks.truncate(SHOWN);
        Self {
            layout,
            title: format!("{}结果", I::TITLE),
            list: (I::PATH, I::TITLE),
            file: done.file.clone(),
            hash: done.hash.clone(),
            counts: counted::<I>(done.counts),
            unread: done.unread.clone(),
            samples: vec![],
            remarks,
            remarked: done.remarks.len(),
            confirm: None,
            download,
            erase,
            done: by.unwrap_or_else(|| done.created_at.to_string()),
        }
    }

    /// Whether the file would change anything.
    fn adds(&self) -> bool {
        self.counts[0].2 + self.counts[1].2 > 0
    }

    /// The lines of the file that add up: `3 + 1 + 0 + 2 = 6`.
    fn sum(&self) -> String {
        let parts: Vec<String> = self.counts.iter().map(|(_, _, n)| n.to_string()).collect();
        format!("{} = {}", parts.join(" + "), self.counts.iter().map(|(_, _, n)| n).sum::<usize>())
    }
}
