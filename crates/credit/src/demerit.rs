//! A demerit record (不良执业行为记分): proposed, notified, contested, in force or revoked. Points never stand
//! in place of a penalty, and count only after the party could speak.

mod cycle;
mod notice;
mod service;
mod store;

pub use cycle::{Cycle, Reached, cycle};
pub use service::{
    Account, NewDemerit, Proposed, account_of, act, all_of, items_for, propose_in, record_verification, revoke_case_in,
    target_of,
};

use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{CaseId, DemeritId, PaperId};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{
    Actor, DepartmentId, DivisionCode, LocalDate, Permission, Refusal, SubjectRef, Timestamp, states_before,
};
use xingjian_policy::DemeritTarget;

/// A demerit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demerit {
    /// Its id.
    pub id: DemeritId,
    /// Whose points they are. A person's go with the person, whatever the institution.
    pub subject: SubjectRef,
    /// The subject's name when it was proposed.
    pub name: String,
    /// Institution or physician: which rule counts them.
    pub target: DemeritTarget,
    /// The item of the policy pack, `JG-11`.
    pub item: String,
    /// What the item punishes.
    pub behaviour: String,
    /// Points as proposed: of the item, times the units.
    pub points: u16,
    /// What was found, in a sentence.
    pub fact: String,
    /// What the points rest on.
    pub basis: Basis,
    /// Department that keeps the points.
    pub department: DepartmentId,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// The notice must be served by then (查实后 10 个工作日).
    pub notice_due: Deadline,
    /// Where it stands.
    pub state: State,
}

/// What points rest on. A behaviour that the law punishes needs the decision first (处罚的同时记分，不得以分代罚).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "basis", rename_all = "snake_case")]
pub enum Basis {
    /// A penalty decision that was served.
    Penalty {
        /// The case.
        case: CaseId,
        /// Number of the decision.
        number: String,
        /// When it was served.
        served_on: LocalDate,
    },
    /// A decision not to punish (行政处罚法第33条).
    NotPunished {
        /// The case.
        case: CaseId,
        /// Number of the decision.
        number: String,
        /// Why there was no penalty.
        reason: String,
    },
    /// The law has no penalty for this behaviour.
    NoPenaltyInLaw {
        /// Why that is so.
        reason: String,
    },
}

impl Basis {
    /// The case behind it, where there is one.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::Penalty { case, .. } | Self::NotPunished { case, .. } => Some(*case),
            Self::NoPenaltyInLaw { .. } => None,
        }
    }

    /// As people read it.
    pub fn text(&self) -> String {
        match self {
            Self::Penalty { number, served_on, .. } => format!("{number}行政处罚决定，{}送达", chinese(*served_on)),
            Self::NotPunished { number, reason, .. } => format!("{number}不予行政处罚决定（{reason}）"),
            Self::NoPenaltyInLaw { reason } => format!("法律未设处罚（{reason}）"),
        }
    }
}

/// The notice as served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Number of the notice.
    pub number: String,
    /// When it was served.
    pub served_on: LocalDate,
    /// Last day for a statement.
    pub statement_due: Deadline,
    /// Why it was served late, where it was.
    pub late_reason: Option<String>,
    /// The paper and the SHA-256 of its exact bytes.
    pub paper: Option<(PaperId, String)>,
    /// The day the party said it would state nothing (more).
    pub waived_on: Option<LocalDate>,
}

/// What the party said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its words.
    pub text: String,
    /// When.
    pub on: LocalDate,
}

/// Where a demerit record stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 拟记: proposed, the party does not know yet.
    Proposed,
    /// 已告知: the notice was served, the party may speak.
    Notified {
        /// The notice.
        notice: Notice,
    },
    /// 申辩中: the party has spoken.
    Contested {
        /// The notice.
        notice: Notice,
        /// What the party said.
        statement: Statement,
    },
    /// 生效: the points count.
    Effective {
        /// The notice.
        notice: Notice,
        /// From this day.
        on: LocalDate,
        /// Points that count; never more than proposed.
        points: u16,
        /// What the party said and how it was weighed.
        heard: Option<Heard>,
    },
    /// 撤销.
    Revoked {
        /// When.
        on: LocalDate,
        /// Why.
        reason: String,
        /// The notice, if it had been served.
        notice: Option<Notice>,
        /// What had been in force until then: from this day, so many points.
        was: Option<(LocalDate, u16)>,
        /// What the party had said.
        #[serde(default)]
        statement: Option<Statement>,
        /// How that had been weighed, where it was.
        #[serde(default)]
        reply: Option<String>,
    },
}

/// A statement and the answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// What the party said.
    pub statement: Statement,
    /// How it was weighed.
    pub reply: String,
}

/// What somebody asks to do with a demerit record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Serve the notice.
    Notify {
        /// The day it was served.
        served_on: LocalDate,
        /// Why it is late, if it is.
        late_reason: Option<String>,
    },
    /// Enter the party's statement.
    Contest {
        /// Its words.
        statement: String,
    },
    /// The party states nothing (more).
    Waive,
    /// Let the points count.
    TakeEffect {
        /// How many; as proposed or fewer.
        points: u16,
        /// The answer to the statement.
        reply: Option<String>,
    },
    /// Take the record back.
    Revoke {
        /// Why.
        reason: String,
    },
}

impl Action {
    /// Stable name, as in [`TRANSITIONS`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Notify { .. } => "notify",
            Self::Contest { .. } => "contest",
            Self::Waive => "waive",
            Self::TakeEffect { .. } => "take_effect",
            Self::Revoke { .. } => "revoke",
        }
    }
}

/// What an act rests on besides the record itself.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The day of the act.
    pub today: LocalDate,
    /// Number and statement deadline for a notice about to be served.
    pub notice: Option<(String, Deadline)>,
}

/// Every state, action and state of a demerit record; docs/states/demerit.md draws them.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("proposed", "notify", "notified"),
    ("proposed", "revoke", "revoked"),
    ("notified", "contest", "contested"),
    ("notified", "waive", "notified"),
    ("notified", "take_effect", "effective"),
    ("notified", "revoke", "revoked"),
    ("contested", "waive", "contested"),
    ("contested", "take_effect", "effective"),
    ("contested", "revoke", "revoked"),
    ("effective", "revoke", "revoked"),
];

/// Why an act on a demerit record is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The record's state does not allow the act.
    #[error("记分单现为“{state}”，不能办理该事项")]
    NotNow {
        /// The state's label.
        state: &'static str,
    },
    /// Points without the penalty that the law asks for.
    #[error("该行为应受行政处罚，不得以记分代替处罚")]
    InsteadOfPenalty,
    /// No number could be given.
    #[error("记分通知书尚未编号")]
    NoNumber,
    /// The day of service lies before the proposal or in the future.
    #[error("送达日期不合理：{0}")]
    ServedWhen(LocalDate),
    /// The notice is late and nobody says why.
    #[error("告知期限已于{}届满", chinese(*.0))]
    NoticeLate(LocalDate),
    /// Time for a statement is over.
    #[error("陈述申辩期限已于{}届满", chinese(*.0))]
    StatementOver(LocalDate),
    /// The party still has time to speak.
    #[error("当事人可在{}前陈述申辩，期满或者当事人明确放弃后方可生效", chinese(*.0))]
    StatementPending(LocalDate),
    /// It has waived before.
    #[error("当事人已表示不再陈述申辩")]
    AlreadyWaived,
    /// Nobody answered what the party said.
    #[error("当事人的陈述申辩尚未复核")]
    NotHeard,
    /// More points than proposed.
    #[error("生效分值不得高于拟记的{0}分")]
    Aggravated(u16),
    /// Zero points in force.
    #[error("生效分值不能为零")]
    NoPoints,
    /// The item is for others than this subject.
    #[error("该记分情形适用于{}", .0.label())]
    WrongTarget(DemeritTarget),
    /// Text is missing.
    #[error("须写明{0}")]
    Missing(&'static str),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        use TransitionError as E;
        let text = error.to_string();
        match error {
            E::NotNow { .. } => Self::new("not_now", text, "请刷新页面，按记分单的现状办理"),
            E::InsteadOfPenalty => Self::by_law(
                "instead_of_penalty",
                "粤卫〔2011〕1号",
                text,
                "请先作出并送达行政处罚决定；依法不予处罚的，写明不予处罚决定的文号和理由",
            ),
            E::NoNumber => Self::new("no_number", text, "请重新提交，由系统编号"),
            E::ServedWhen(_) => Self::new("served_when", text, "送达日期应在拟记之后、今天或者今天以前"),
            E::NoticeLate(_) => Self::new("notice_late", text, "请写明超期原因后送达"),
            E::StatementOver(_) => Self::new("statement_over", text, "可向经办机关提交书面说明，由其决定是否撤销记分"),
            E::StatementPending(_) => {
                Self::by_law("statement_pending", "行政处罚法第45条", text, "请等待期满，或者登记当事人的放弃声明")
            }
            E::AlreadyWaived => Self::new("already_waived", text, "无须再次登记"),
            E::NotHeard => Self::by_law("not_heard", "行政处罚法第45条", text, "请填写复核意见"),
            E::Aggravated(_) => {
                Self::by_law("aggravated", "行政处罚法第45条", text, "不得因当事人申辩而加重，请改为不高于拟记的分值")
            }
            E::NoPoints => Self::new("no_points", text, "不应记分的，请撤销该记分单"),
            E::WrongTarget(_) => Self::new("wrong_target", text, "请选择适用于该当事人的记分情形"),
            E::Missing(_) => Self::new("missing_text", text, "请补充后再提交"),
        }
    }
}

/// A record as a room proposes it: what the pack's item says, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Whose points.
    pub subject: SubjectRef,
    /// The subject's name.
    pub name: String,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// Department that keeps the points.
    pub department: DepartmentId,
    /// Id of the item.
    pub item: String,
    /// Whom the item is for.
    pub target: DemeritTarget,
    /// What the item says.
    pub behaviour: String,
    /// Whether the pack names violations for it, so that a penalty is due.
    pub punishable: bool,
    /// Points of the item, times the units.
    pub points: u16,
    /// What was found.
    pub fact: String,
    /// What it rests on.
    pub basis: Basis,
}

impl Demerit {
    /// States that need no further act.
    pub const SETTLED: &[&str] = &["effective", "revoked"];

    /// A new record, 拟记.
    pub fn propose(id: DemeritId, new: Proposal, at: Timestamp, notice_due: Deadline) -> Result<Self, TransitionError> {
        match &new.basis {
            Basis::NoPenaltyInLaw { .. } if new.punishable => return Err(TransitionError::InsteadOfPenalty),
            Basis::NoPenaltyInLaw { reason } | Basis::NotPunished { reason, .. } if reason.trim().is_empty() => {
                return Err(TransitionError::Missing("不予处罚的理由"));
            }
            Basis::Penalty { number, .. } | Basis::NotPunished { number, .. } if number.trim().is_empty() => {
                return Err(TransitionError::Missing("决定书文号"));
            }
            _ => {}
        }
        if new.points == 0 {
            return Err(TransitionError::NoPoints);
        }
        Ok(Self {
            id,
            subject: new.subject,
            name: new.name,
            target: new.target,
            item: new.item,
            behaviour: new.behaviour,
            points: new.points,
            fact: new.fact,
            basis: new.basis,
            department: new.department,
            division: new.division,
            proposed_at: at,
            notice_due,
            state: State::Proposed,
        })
    }

    /// Does what is asked, or says why not.
    pub fn apply(self, action: Action, facts: &Facts) -> Result<Self, TransitionError> {
        let state = match (self.state.clone(), action) {
            (State::Proposed, Action::Notify { served_on, late_reason }) => {
                State::Notified { notice: self.notice(served_on, late_reason, facts)? }
            }
            (State::Notified { notice }, Action::Contest { statement }) => {
                if facts.today > notice.statement_due.due {
                    return Err(TransitionError::StatementOver(notice.statement_due.due));
                }
                let statement = Statement { text: filled(&statement, "陈述申辩内容")?, on: facts.today };
                State::Contested { notice, statement }
            }
            (State::Notified { notice }, Action::Waive) => State::Notified { notice: waived(notice, facts)? },
            (State::Contested { notice, statement }, Action::Waive) => {
                State::Contested { notice: waived(notice, facts)?, statement }
            }
            (State::Notified { notice }, Action::TakeEffect { points, .. }) => {
                self.may_take_effect(&notice, points, facts)?;
                State::Effective { notice, on: facts.today, points, heard: None }
            }
            (State::Contested { notice, statement }, Action::TakeEffect { points, reply }) => {
                self.may_take_effect(&notice, points, facts)?;
                let reply = reply.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                let reply = reply.ok_or(TransitionError::NotHeard)?;
                State::Effective { notice, on: facts.today, points, heard: Some(Heard { statement, reply }) }
            }
            (State::Revoked { .. }, _) => return Err(self.not_now()),
            (before, Action::Revoke { reason }) => {
                let reason = filled(&reason, "撤销理由")?;
                self.revoked(before, facts.today, reason)
            }
            _ => return Err(self.not_now()),
        };
        Ok(Self { state, ..self })
    }

    fn notice(
        &self,
        served_on: LocalDate,
        late_reason: Option<String>,
        facts: &Facts,
    ) -> Result<Notice, TransitionError> {
        if served_on > facts.today || served_on < self.proposed_at.local_date() {
            return Err(TransitionError::ServedWhen(served_on));
        }
        let late_reason = late_reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if served_on > self.notice_due.due && late_reason.is_none() {
            return Err(TransitionError::NoticeLate(self.notice_due.due));
        }
        let (number, statement_due) = facts.notice.clone().ok_or(TransitionError::NoNumber)?;
        Ok(Notice { number, served_on, statement_due, late_reason, paper: None, waived_on: None })
    }

    /// Taken back, with everything that was said and done until then.
    fn revoked(&self, before: State, on: LocalDate, reason: String) -> State {
        let notice = self.served().cloned();
        let (was, statement, reply) = match before {
            State::Contested { statement, .. } => (None, Some(statement), None),
            State::Effective { on, points, heard, .. } => {
                let (statement, reply) = heard.map(|heard| (heard.statement, heard.reply)).unzip();
                (Some((on, points)), statement, reply)
            }
            _ => (None, None, None),
        };
        State::Revoked { on, reason, notice, was, statement, reply }
    }

    fn may_take_effect(&self, notice: &Notice, points: u16, facts: &Facts) -> Result<(), TransitionError> {
        if facts.today <= notice.statement_due.due && notice.waived_on.is_none() {
            return Err(TransitionError::StatementPending(notice.statement_due.due));
        }
        if points > self.points {
            return Err(TransitionError::Aggravated(self.points));
        }
        if points == 0 {
            return Err(TransitionError::NoPoints);
        }
        Ok(())
    }

    fn not_now(&self) -> TransitionError {
        TransitionError::NotNow { state: self.state_label() }
    }

    /// The notice, once it was served.
    pub fn served(&self) -> Option<&Notice> {
        match &self.state {
            State::Notified { notice } | State::Contested { notice, .. } | State::Effective { notice, .. } => {
                Some(notice)
            }
            State::Revoked { notice, .. } => notice.as_ref(),
            State::Proposed => None,
        }
    }

    /// Points in force on a day and since when. A revoked record counts as it did until the day it was revoked.
    pub fn in_force(&self, day: LocalDate) -> Option<(LocalDate, u16)> {
        match &self.state {
            State::Effective { on, points, .. } if *on <= day => Some((*on, *points)),
            State::Revoked { on: revoked, was: Some((on, points)), .. } if *on <= day && day < *revoked => {
                Some((*on, *points))
            }
            _ => None,
        }
    }

    /// Stable name of the state.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Proposed => "proposed",
            State::Notified { .. } => "notified",
            State::Contested { .. } => "contested",
            State::Effective { .. } => "effective",
            State::Revoked { .. } => "revoked",
        }
    }

    /// The state on screen.
    pub fn state_label(&self) -> &'static str {
        match self.state {
            State::Proposed => "拟记",
            State::Notified { .. } => "已告知",
            State::Contested { .. } => "申辩中",
            State::Effective { .. } => "生效",
            State::Revoked { .. } => "已撤销",
        }
    }

    /// What this person may do now: the office acts, the party speaks; the office may enter what came on paper.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let waived = self.served().is_some_and(|notice| notice.waived_on.is_some());
        let here = self.state_name();
        let open = TRANSITIONS.iter().filter(|(from, _, _)| *from == here).map(|(_, action, _)| *action);
        open.filter(|action| may(action, by) && !(*action == "waive" && waived)).collect()
    }

    /// States in which a record may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor) -> Vec<&'static str> {
        states_before(TRANSITIONS, |_, action| may(action, by))
    }
}

/// Whether somebody has a permission for the act.
fn may(action: &str, by: &Actor) -> bool {
    let speaks = matches!(action, "waive" | "contest") && by.may(Permission::AnswerAsUnit);
    speaks || by.may(Permission::ManageCredit)
}

fn filled(text: &str, what: &'static str) -> Result<String, TransitionError> {
    let text = text.trim();
    if text.is_empty() { Err(TransitionError::Missing(what)) } else { Ok(text.to_owned()) }
}

fn waived(notice: Notice, facts: &Facts) -> Result<Notice, TransitionError> {
    if notice.waived_on.is_some() {
        return Err(TransitionError::AlreadyWaived);
    }
    Ok(Notice { waived_on: Some(facts.today), ..notice })
}

#[cfg(test)]
mod tests;
