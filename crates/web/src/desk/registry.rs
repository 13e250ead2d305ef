//! What the pages of the registry share: the file of a subject over all rooms.

use super::institution::Credit;
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{ActionForm, Badge, Layout};
use askama::Template;
use xingjian_credit::demerit;
use xingjian_kernel::{DivisionCode, SubjectRef};
use xingjian_policy::Source;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, tables};

/// Acts that a subject file shows.
pub const ACTS: u32 = 200;

/// A fact of a subject. A missing value is shown as missing.
pub struct Fact {
    /// Label.
    pub label: &'static str,
    /// Value.
    pub value: Option<String>,
    /// Where it leads.
    pub url: Option<String>,
    /// A code, in monospace.
    pub code: bool,
}

impl Fact {
    /// A fact that may be missing.
    pub fn new(label: &'static str, value: Option<String>) -> Self {
        Self { label, value: value.filter(|v| !v.is_empty()), url: None, code: false }
    }

    /// A code that may be missing.
    pub fn code(label: &'static str, value: Option<String>) -> Self {
        Self { code: true, ..Self::new(label, value) }
    }

    /// A fact that leads somewhere.
    pub fn link(label: &'static str, value: impl Into<String>, url: String) -> Self {
        Self { url: Some(url), ..Self::new(label, Some(value.into())) }
    }
}

/// Facts under a heading.
pub struct Facts {
    /// Heading.
    pub title: &'static str,
    /// A sentence below the heading.
    pub note: String,
    /// The facts.
    pub lines: Vec<Fact>,
}

/// What held until a day, and what changed then.
pub struct Version {
    /// From and until.
    pub period: String,
    /// What changed at its end.
    pub changes: Vec<String>,
}

/// An act of any room about the subject.
pub struct SubjectAct {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What.
    pub text: String,
    /// The kind of record, and its page where the reader may open it.
    pub record: (&'static str, Option<String>),
    /// Place in the log.
    pub mark: String,
    /// Whether the row still gives its entry.
    pub intact: bool,
}

/// The file of a subject: what it is, its credit, and every act of every room about it.
#[derive(Template)]
#[template(path = "desk/subject.html")]
pub struct SubjectPage {
    /// What surrounds it.
    pub layout: Layout,
    /// The list it belongs to: label and address.
    pub list: (&'static str, &'static str),
    /// Title.
    pub title: String,
    /// Number.
    pub number: String,
    /// State.
    pub state: Badge,
    /// What is known.
    pub facts: Vec<Facts>,
    /// What held before, newest first.
    pub versions: Vec<Version>,
    /// Grade and rate; `None` for subjects without a grade.
    pub credit: Option<Credit>,
    /// What happened, newest first.
    pub acts: Vec<SubjectAct>,
    /// There are more acts than are shown.
    pub more: bool,
    /// What this person can do now.
    pub actions: Vec<ActionForm>,
    /// Why nothing can be done now.
    pub waiting: Vec<String>,
    /// What went wrong with an act that no form shows.
    pub problem: Option<String>,
}

/// Kind of record and the list its page lies under, by table.
const RECORDS: &[(&str, &str, &str)] = &[
    (tables::COMPLAINT.name(), "投诉举报", "/desk/complaints"),
    (tables::SIGNAL.name(), "线索", "/desk/signals"),
    (tables::TASK.name(), "检查任务", "/desk/tasks"),
    (tables::FINDING.name(), "问题整改", "/desk/findings"),
    (tables::PENALTY_CASE.name(), "处罚案件", "/desk/cases"),
    (tables::DEMERIT.name(), "记分", "/desk/demerits"),
    (tables::LINKAGE.name(), "结果协同", "/desk/linkages"),
    (tables::PUBLICATION.name(), "信息公开", "/desk/publications"),
    (tables::INSTITUTION.name(), "登记", "/desk/institutions"),
    (tables::PRACTITIONER.name(), "登记", "/desk/practitioners"),
    (tables::CREDIT_EVENT.name(), "信用事件", ""),
    (tables::GRADE.name(), "信用等级", ""),
    (tables::PAPER.name(), "文书", ""),
    (tables::LEGAL_PERSON.name(), "登记", ""),
    (tables::UNREGISTERED.name(), "未登记对象", "/desk/unregistered"),
];

/// Records whose acts only their readers may know of: who complained of what, and visits that are not announced.
const SECRET: &[(&str, &str)] = &[
    (tables::COMPLAINT.name(), "/desk/complaints"),
    (tables::SIGNAL.name(), "/desk/signals"),
    (tables::TASK.name(), "/desk/tasks"),
];

/// The acts of a subject file. A record is linked where the reader's menu has its list: elsewhere it would be refused.
pub fn acts(layout: &Layout, own: &str, rows: Vec<LedgerRow>) -> Vec<SubjectAct> {
    let may_open = |path: &str| layout.menu.iter().flat_map(|group| &group.items).any(|item| item.path == path);
    rows.into_iter()
        .filter(|row| {
            let known = SECRET.iter().find(|(table, _)| *table == row.resource);
            known.is_none_or(|(_, path)| may_open(path))
        })
        .map(|row| {
            let known = RECORDS.iter().find(|(table, _, _)| *table == row.resource);
            let (label, path) = known.map_or(("其他", ""), |(_, label, path)| (*label, *path));
            let url = (may_open(path) && row.resource_id != own).then(|| format!("{path}/{}", row.resource_id));
            SubjectAct {
                at: row.at.to_string(),
                who: row.actor.name,
                text: row.text,
                record: (label, url),
                mark: row.index.map_or_else(|| "待编号".to_owned(), |i| format!("存证 #{i}")),
                intact: row.intact,
            }
        })
        .collect()
}

/// The names of a division from the province down; its code where the table does not know it.
pub fn division(web: &Web, code: &DivisionCode) -> String {
    let today = web.app.clock.today();
    web.app.policy.divisions.full_name(code, today).unwrap_or_else(|| code.to_string())
}

/// Divisions to choose from: those of the scope and those right below them.
pub fn divisions(web: &Web, scope: &[DivisionCode]) -> Vec<(String, String)> {
    let today = web.app.clock.today();
    let mut all = vec![];
    for own in scope {
        all.push((own.to_string(), division(web, own)));
        let below = web.app.policy.divisions.children(own, today);
        all.extend(below.into_iter().map(|(code, name)| (code.to_string(), name.to_owned())));
    }
    all
}

/// The state of a record that is simply registered.
pub fn registered() -> Badge {
    Badge::new("已登记", "done")
}

/// Points of demerit by each rule: no cycle running is not the same as zero points.
pub async fn points(web: &Web, caller: &Caller, subject: SubjectRef) -> Result<Facts, Failure> {
    let accounts = demerit::account_of(&caller.ctx, subject, web.app.clock.today()).await?;
    let mut facts = vec![];
    for account in accounts {
        let Source { document, clause } = &account.rule.source;
        let basis = format!("{document} {clause}，{} {}", account.rule.status.mark(), account.rule.status.label());
        let Some(cycle) = account.cycle else {
            facts.push(Fact::new("记分", Some(format!("没有正在进行的记分周期（{basis}）"))));
            continue;
        };
        let until = cycle.next.yesterday().unwrap_or(cycle.next);
        let text = format!("{} 分，周期 {} 至 {until}（{basis}）", cycle.points, cycle.from);
        facts.push(Fact::new("记分", Some(text)));
        for reached in cycle.reached {
            let text = format!("{} 达到 {} 分：{}", reached.on, reached.points, reached.measure);
            facts.push(Fact::new("已达阈值", Some(text)));
        }
    }
    Ok(Facts { title: "不良执业行为记分", note: String::new(), lines: facts })
}
