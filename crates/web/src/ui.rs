//! The few shapes that every page is made of: layout, list, file, form.

mod bars;
mod chart;
pub mod excel;
mod field;
mod file;
mod list;
mod qr;
pub mod table;
mod when;

pub use bars::{Bar, Bars};
pub use chart::{Chart, Shape};
pub use field::{ActionForm, Field, Kind};
pub use file::{Clock, FilePage, Line, Section, TablePage, timeline};
pub use list::{Chip, Column, MATTERS, OWN, Query, Row, next_month, order_words};
pub use qr::{Qr, qr};
pub use when::{Due, as_of, due, long_date};

use crate::app::Web;
use crate::guard::Caller;
use xingjian_kernel::Permission;

/// The door somebody came in by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The public portal.
    Public,
    /// Staff.
    Desk,
    /// An institution.
    Unit,
}

/// A link of the menu.
pub struct MenuItem {
    /// Text.
    pub label: &'static str,
    /// Where it leads.
    pub path: &'static str,
    /// Whether the page is under it.
    pub here: bool,
}

/// A group of the menu: a room.
pub struct MenuGroup {
    /// Name of the room.
    pub label: &'static str,
    /// Its links.
    pub items: Vec<MenuItem>,
}

/// What surrounds every page.
pub struct Layout {
    /// Title of the window.
    pub title: String,
    /// The door.
    pub door: Door,
    /// Name of the authority.
    pub authority: String,
    /// Name of the city.
    pub city: String,
    /// Demonstration data.
    pub demo: bool,
    /// Menu by room.
    pub menu: Vec<MenuGroup>,
    /// Name of who is signed in.
    pub person: Option<String>,
    /// Roles of who is signed in.
    pub roles: String,
    /// Secret that forms carry.
    pub csrf: String,
    /// A sentence about what was just done.
    pub done: Option<String>,
    /// Whether an erasure can be asked for from a time line.
    pub erases: bool,
    /// The moment, for a page that is printed.
    pub printed: String,
}

/// Room, label, path, and who sees it.
type Entry = (&'static str, &'static str, &'static str, &'static [Permission]);

const MENU: &[Entry] = {
    use Permission::{
        AnswerLinkage, ApproveInspection, AssignComplaint, CloseComplaint, ConfirmErasure, DecideCase,
        DecidePublication, EnterComplaint, GrantRoles, HandleCase, HandleComplaint, HandleFinding, HandleSignal,
        Inspect, MakeAccounts, ManageCredit, ManageRegistry, ManageSystems, ProposeInspection, ReadAudit,
        ReadSecurityEvents, ReleasePolicy, RequestErasure, ReviewCase, SeeRegistry, SuperviseComplaint, WitnessDraw,
    };
    &[
        ("", "今日", "/desk", &[]),
        ("", "统计", "/desk/statistics", crate::desk::statistics::READS),
        ("感知", "来件导入", "/desk/messages", &[EnterComplaint]),
        ("感知", "来件分拣", "/desk/messages/triage", &[AssignComplaint]),
        (
            "感知",
            "来件统计",
            "/desk/messages/topics",
            &[AssignComplaint, HandleComplaint, CloseComplaint, SuperviseComplaint],
        ),
        (
            "感知",
            "投诉举报",
            "/desk/complaints",
            &[AssignComplaint, HandleComplaint, CloseComplaint, SuperviseComplaint],
        ),
        ("感知", "线索", "/desk/signals", &[HandleSignal]),
        ("感知", "医保筛查", "/desk/screening", &[HandleSignal]),
        ("感知", "医保规则", "/desk/claims-rules", &[HandleSignal]),
        ("检查", "年度抽查计划", "/desk/plans", &[ProposeInspection, ApproveInspection]),
        ("检查", "随机抽查", "/desk/draws", &[ProposeInspection, ApproveInspection, Inspect, WitnessDraw, ReviewCase]),
        ("检查", "检查任务", "/desk/tasks", &[ProposeInspection, ApproveInspection, Inspect]),
        ("检查", "问题整改", "/desk/findings", &[HandleFinding]),
        ("办案", "处罚案件", "/desk/cases", &[HandleCase, DecideCase, ReviewCase]),
        ("信用", "信用等级", "/desk/grades", &[SeeRegistry]),
        ("信用", "不良执业行为记分", "/desk/demerits", &[ManageCredit]),
        ("信用", "结果协同", "/desk/linkages", &[ManageCredit, AnswerLinkage]),
        ("登记", "医疗机构", "/desk/institutions", &[SeeRegistry]),
        ("登记", "卫生技术人员", "/desk/practitioners", &[SeeRegistry]),
        ("登记", "监督员", "/desk/officers", &[SeeRegistry]),
        ("登记", "未登记对象", "/desk/unregistered", &[SeeRegistry]),
        ("登记", "导入", "/desk/imports", &[ManageRegistry]),
        ("治理", "信息公开", "/desk/publications", &[DecidePublication]),
        ("治理", "依法删除", "/desk/erasures", &[RequestErasure, ConfirmErasure]),
        ("治理", "导出记录", "/desk/exports", &[ConfirmErasure, ReadSecurityEvents, ReadAudit]),
        ("治理", "政策条目", "/desk/policy", &[ReleasePolicy, SeeRegistry]),
        ("安全", "账号", "/desk/accounts", &[MakeAccounts, GrantRoles, ReadSecurityEvents, ReadAudit]),
        ("安全", "接入系统", "/desk/systems", &[ManageSystems]),
        ("安全", "安全事件", "/desk/security-events", &[ReadSecurityEvents, ReadAudit]),
    ]
};

/// Path and name of the list of the menu that an address leads to or into.
pub fn list_of(url: &str) -> Option<(&'static str, &'static str)> {
    let leads = |path: &str| url.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let lists = MENU.iter().filter(|(room, _, path, _)| !room.is_empty() && leads(path));
    lists.max_by_key(|(_, _, path, _)| path.len()).map(|(_, label, path, _)| (*path, *label))
}

impl Layout {
    /// For pages without a person.
    pub fn bare(web: &Web, title: &str, door: Door) -> Self {
        Self {
            title: title.to_owned(),
            door,
            authority: web.app.policy.city.authority.clone(),
            city: web.app.policy.city.name.clone(),
            demo: web.demo,
            menu: vec![],
            person: None,
            roles: String::new(),
            csrf: String::new(),
            done: None,
            erases: false,
            printed: web.app.clock.now().to_string(),
        }
    }

    /// For a person at the desk or of an institution.
    pub fn of(web: &Web, caller: &Caller, title: &str, here: &str) -> Self {
        let unit = caller.account.subject.is_some();
        let mut menu: Vec<MenuGroup> = vec![];
        for (room, label, path, needed) in MENU.iter().filter(|_| !unit) {
            if !needed.is_empty() && !needed.iter().any(|p| caller.ctx.actor.may(*p)) {
                continue;
            }
            let item = MenuItem { label, path, here: here == *path };
            match menu.last_mut().filter(|group| group.label == *room) {
                Some(group) => group.items.push(item),
                None => menu.push(MenuGroup { label: room, items: vec![item] }),
            }
        }
        let roles: Vec<&str> = caller.account.roles.iter().map(|r| r.label()).collect();
        Self {
            menu,
            person: Some(caller.account.name.clone()),
            roles: roles.join("、"),
            csrf: caller.csrf.clone(),
            erases: caller.ctx.actor.may(Permission::RequestErasure),
            ..Self::bare(web, title, if unit { Door::Unit } else { Door::Desk })
        }
    }

    /// With a sentence about what was just done, from the address.
    #[must_use]
    pub fn done(mut self, done: Option<&str>) -> Self {
        self.done = done.filter(|d| !d.is_empty()).map(str::to_owned);
        self
    }

    /// Whether this is the public portal.
    pub fn is_public(&self) -> bool {
        self.door == Door::Public
    }

    /// Whether this is the portal of institutions.
    pub fn is_unit(&self) -> bool {
        self.door == Door::Unit
    }
}

/// How a state looks: word and tone, never colour alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The word.
    pub label: String,
    /// `wait`, `work`, `done`, `bad` or `none`.
    pub tone: &'static str,
}

impl Badge {
    /// A badge.
    pub fn new(label: impl Into<String>, tone: &'static str) -> Self {
        Self { label: label.into(), tone }
    }

    /// The sign beside the word.
    pub fn icon(&self) -> &'static str {
        match self.tone {
            "wait" => "○",
            "work" => "◐",
            "done" => "●",
            "bad" => "▲",
            _ => "–",
        }
    }
}
