//! A rule of claims (医保规则) as the bureau keeps it: what it says, how far it is trusted here, and how often its hits stood.

use crate::claims::screening::RuleTotals;
use crate::claims::{Parcel, ResultClass};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{AccountId, ClaimsRuleId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, Permission, Refusal, Sensitivity, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

/// How far a rule is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 草稿: not run.
    Draft,
    /// 试运行: run, its hits bother nobody.
    Trial,
    /// 启用.
    Live,
    /// 停用: not run.
    Retired,
}

impl State {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Trial, Self::Live, Self::Retired];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Trial => "trial",
            Self::Live => "live",
            Self::Retired => "retired",
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Trial => "试运行",
            Self::Live => "启用",
            Self::Retired => "停用",
        }
    }

    /// Whether a screening runs the rule.
    pub const fn is_run(self) -> bool {
        matches!(self, Self::Trial | Self::Live)
    }
}

/// How heavily hits of a rule weigh, as its author says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 提示.
    Note,
    /// 一般.
    #[default]
    Normal,
    /// 严重.
    Serious,
}

impl Severity {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Note => "提示",
            Self::Normal => "一般",
            Self::Serious => "严重",
        }
    }
}

/// Every change of state: from, act, to. `docs/states/claims_rule.md` is checked against it.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("draft", "try", "trial"),
    ("trial", "activate", "live"),
    ("trial", "retire", "retired"),
    ("live", "suspend", "trial"),
    ("live", "retire", "retired"),
    ("retired", "try", "trial"),
];

/// What a person does to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// 试运行
    Try,
    /// 启用
    Activate,
    /// 退回试运行
    Suspend,
    /// 停用
    Retire,
}

impl Act {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Try, Self::Activate, Self::Suspend, Self::Retire];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Try => "try",
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Retire => "retire",
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Try => "转入试运行",
            Self::Activate => "启用",
            Self::Suspend => "退回试运行",
            Self::Retire => "停用",
        }
    }

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    fn leads(self, from: State) -> Option<State> {
        match (from, self) {
            (State::Draft | State::Retired, Self::Try) | (State::Live, Self::Suspend) => Some(State::Trial),
            (State::Trial, Self::Activate) => Some(State::Live),
            (State::Trial | State::Live, Self::Retire) => Some(State::Retired),
            _ => None,
        }
    }
}

/// What the rule is and says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// Name in the national catalogue, or our own.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Its kind, as people call it.
    pub kind: String,
    /// When its kind hits.
    pub definition: String,
    /// The definition that the national catalogue publishes for the name, where it was imported.
    #[serde(default)]
    pub official: Option<String>,
    /// Which amount is in question.
    pub amount: String,
    /// What happens where a value is missing.
    pub missing: String,
    /// What is tested, in numbers.
    pub limits: String,
    /// The words of the source.
    pub text: String,
    /// Where it was published.
    pub source: String,
    /// First day of service.
    pub from: LocalDate,
    /// Last day of service.
    pub until: Option<LocalDate>,
    /// Who wrote it.
    pub author: String,
    /// Who checked it.
    pub checker: Option<String>,
    /// What its hits say.
    pub result: ResultClass,
    /// How heavily they weigh.
    #[serde(default)]
    pub severity: Severity,
    /// What of it is a product default.
    pub defaults: Vec<String>,
    /// How many items it looks at.
    pub items: u64,
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Its number.
    pub version: u32,
    /// What it is and says.
    pub particulars: Particulars,
}

/// What the bureau decided about a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// How far it is trusted.
    pub state: State,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// Their account.
    pub account: Option<AccountId>,
    /// When.
    pub on: LocalDate,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRule {
    /// The id.
    pub id: ClaimsRuleId,
    /// Stable through all versions.
    pub rule: String,
    /// The version it is known by: the latest that is run, or the latest where none is.
    pub version: u32,
    /// What that version is and says.
    pub particulars: Particulars,
    /// All its other versions, also those that the catalogue no longer has: hits of them are still there to be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Edition>,
    /// How far its author trusts it.
    pub given: State,
    /// What the bureau decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// What the last run said of it.
    pub last: RuleTotals,
    /// A few hits of the last run while it is on trial, so that somebody can look before it is put in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Parcel>,
    /// Hits that a person looked at.
    pub reviewed: u64,
    /// Hits of these that stood.
    pub confirmed: u64,
    /// Department that answers for it.
    pub department: DepartmentId,
    /// The city.
    pub division: DivisionCode,
    /// When it came.
    pub created_at: Timestamp,
}

impl ClaimsRule {
    /// How far it is trusted here.
    pub fn state(&self) -> State {
        self.decided.as_ref().map_or(self.given, |decided| decided.state)
    }

    /// What a version is and says; none where it was never seen here.
    pub fn edition(&self, version: u32) -> Option<&Particulars> {
        if version == self.version {
            return Some(&self.particulars);
        }
        self.others.iter().find(|edition| edition.version == version).map(|edition| &edition.particulars)
    }

    /// The other versions once these are given.
    pub(crate) fn others_beside(&self, version: u32, given: &[Edition]) -> Vec<Edition> {
        let own = Edition { version: self.version, particulars: self.particulars.clone() };
        let known = self.others.iter().chain([&own]).chain(given);
        let all: BTreeMap<u32, &Edition> = known.map(|edition| (edition.version, edition)).collect();
        all.into_values().filter(|edition| edition.version != version).cloned().collect()
    }

    /// Confirmed and reviewed hits, where any was reviewed.
    pub fn precision(&self) -> Option<(u64, u64)> {
        (self.reviewed > 0).then_some((self.confirmed, self.reviewed))
    }

    /// What this person can do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<Act> {
        Act::ALL.into_iter().filter(|act| self.may(*act, by).is_ok()).collect()
    }

    fn may(&self, act: Act, by: &Actor) -> Result<State, Refusal> {
        if by.department != self.department || !by.may(Permission::HandleSignal) {
            return Err(Refusal::new("not_your_department", "该规则由其他部门管理", "请联系职责清单确定的承办部门"));
        }
        let next = act.leads(self.state()).ok_or_else(|| {
            Refusal::new("not_now", format!("规则当前为“{}”，不能这样办理", self.state().label()), "请查看最新状态")
        })?;
        let tried_by = self.decided.as_ref().filter(|decided| decided.state == State::Trial).and_then(|d| d.account);
        if act == Act::Activate && tried_by.is_some() && tried_by == by.account {
            return Err(Refusal::new(
                "same_person",
                "转入试运行和启用不能是同一人",
                "请由本部门另一名工作人员核对试运行结果后启用",
            ));
        }
        Ok(next)
    }

    /// The rule after an act.
    pub(crate) fn apply(mut self, act: Act, reason: &str, by: &Actor, today: LocalDate) -> Result<Self, Refusal> {
        let state = self.may(act, by)?;
        if reason.trim().is_empty() {
            return Err(Refusal::new("missing", "没有填写理由", "请写明依据和试运行结果"));
        }
        self.decided = Some(Decided {
            state,
            reason: reason.trim().to_owned(),
            by: by.name.clone(),
            account: by.account,
            on: today,
        });
        Ok(self)
    }
}

impl Record for ClaimsRule {
    const TABLE: Table = tables::CLAIMS_RULE;

    fn head(&self) -> Head {
        let p = &self.particulars;
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: self.state().name(),
            owner: None,
            due: None,
            number: Some(self.rule.clone()),
            title: format!("{}：{}", p.name, p.title),
            search: format!("{} {} {} {}", self.rule, p.name, p.title, p.kind),
            created_at: self.created_at,
        }
    }
}
