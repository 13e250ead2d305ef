//! A publication: whether the public may read of a decision or an inspection, decided with a reason, and the
//! redacted text it reads. Nothing is shown before that decision, and nothing that the class does not list.

mod mask;
mod projection;
mod service;
mod source;
mod store;

pub use mask::mask;
pub use projection::{Facts, Field, Projection};
pub use service::{
    Proposed, PublicText, act, drift, erased_row, expire_due, is_fulfilled, preview, propose_in, public_get,
    public_list, public_of, public_page, public_row, public_with_kind, source_undone_in,
};

use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::PublicationId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, Permission, Refusal, SubjectRef, Timestamp};

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its id.
    pub id: PublicationId,
    /// Class of the policy pack.
    pub class: String,
    /// Name of the class.
    pub class_name: String,
    /// What is published.
    pub source: Source,
    /// Whom it is about, where that is known.
    pub subject: Option<SubjectRef>,
    /// What it is, for the staff: never shown outside.
    pub title: String,
    /// Division.
    pub division: DivisionCode,
    /// Department that publishes.
    pub department: DepartmentId,
    /// Must be decided and published by then.
    pub due: Deadline,
    /// Whether the party was served with the decision; an inspection needs no service.
    pub served: bool,
    /// When the record was made.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: State,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Decision of a case, or result of an inspection.
    pub kind: SourceKind,
    /// Id of the case or task.
    pub id: String,
    /// Number of the decision; a case that is decided anew has another one.
    #[serde(default)]
    pub number: Option<String>,
    /// Day of the decision, or the end of the visit: terms and retention run from here.
    pub on: LocalDate,
}

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A penalty decision.
    Decision,
    /// The result of an inspection.
    Inspection,
}

impl SourceKind {
    /// Stable name, as in the pack's classes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Inspection => "inspection",
        }
    }

    /// On screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Decision => "行政处罚决定",
            Self::Inspection => "检查结果",
        }
    }
}

/// A decision about a publication: who, when, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The person's name.
    pub by: String,
    /// The day.
    pub on: LocalDate,
    /// The reason.
    pub reason: String,
}

/// What is shown, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The text.
    pub projection: Projection,
    /// Version of the class it was made by: the day that version is in force from.
    pub class_from: LocalDate,
    /// Last day on which it is shown.
    pub until: LocalDate,
    /// Last day of the shortest time, where the class has one: no repair before.
    #[serde(default)]
    pub shortest: Option<LocalDate>,
}

/// Where a publication stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待决定.
    Pending,
    /// 已公开.
    Published {
        /// Who decided it.
        decided: Decided,
        /// The text.
        shown: Shown,
    },
    /// 不予公开.
    Withheld {
        /// Who decided it.
        decided: Decided,
    },
    /// 待撤回: the source was changed or annulled; still shown until it is withdrawn.
    Recalled {
        /// What happened to the source, and who noted it when.
        cause: Decided,
        /// The day it happened: the term runs from here.
        changed_on: LocalDate,
        /// Withdraw by (行政处罚法第48条: 3 working days).
        due: Deadline,
        /// Since when it is shown.
        published_on: LocalDate,
        /// The text.
        shown: Shown,
    },
    /// 已撤回; the public reads that, and why.
    Withdrawn {
        /// Who decided it.
        decided: Decided,
        /// The line that stays: class and number of what was withdrawn.
        notice: String,
        /// The reason as the public reads it, without persons and numbers of persons.
        public_reason: String,
    },
    /// 已失效: never shown, and its source no longer stands.
    Void {
        /// Who noted it, when, and why.
        cause: Decided,
    },
    /// 已修复: taken down before its time because the party repaired its credit (信用修复).
    Repaired {
        /// Who decided it.
        decided: Decided,
        /// The commitment (信用承诺) of the party.
        commitment: String,
    },
    /// 已到期: the time of publication is over.
    Expired {
        /// The day it was taken down.
        on: LocalDate,
    },
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show it to the public.
    Publish {
        /// Why: 具有一定社会影响 (行政处罚法第48条), or the duty to publish.
        reason: String,
    },
    /// Do not show it.
    Withhold {
        /// Why.
        reason: String,
    },
    /// Decide again.
    Reconsider {
        /// Why.
        reason: String,
    },
    /// The source was changed or annulled: it has to be withdrawn.
    Recall {
        /// The day it was changed or annulled.
        on: LocalDate,
        /// What happened.
        reason: String,
    },
    /// Take it down and say why.
    Withdraw {
        /// The reason that the public reads.
        reason: String,
    },
    /// Take it down early: the party did what it had to and repaired its credit.
    Repair {
        /// Its commitment (信用承诺).
        commitment: String,
        /// What was checked.
        reason: String,
    },
    /// Take it down because its time is over. Only the program does this.
    Expire,
}

impl Action {
    /// Stable name, as in [`TRANSITIONS`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Publish { .. } => "publish",
            Self::Withhold { .. } => "withhold",
            Self::Reconsider { .. } => "reconsider",
            Self::Recall { .. } => "recall",
            Self::Withdraw { .. } => "withdraw",
            Self::Repair { .. } => "repair",
            Self::Expire => "expire",
        }
    }
}

/// Every state, action and state of a publication; docs/states/publication.md draws them.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("pending", "publish", "published"),
    ("pending", "withhold", "withheld"),
    ("pending", "recall", "void"),
    ("withheld", "reconsider", "pending"),
    ("withheld", "recall", "void"),
    ("published", "recall", "recalled"),
    ("published", "withdraw", "withdrawn"),
    ("published", "repair", "repaired"),
    ("published", "expire", "expired"),
    ("recalled", "withdraw", "withdrawn"),
];

/// What an act rests on besides the publication itself.
#[derive(Clone, Debug)]
pub struct Now {
    /// The day of the act.
    pub today: LocalDate,
    /// The text, for publishing.
    pub shown: Option<Shown>,
    /// Withdraw by, counted from the day of the change in a recall.
    pub withdraw_due: Deadline,
    /// Names of persons that no reason may show.
    pub persons: Vec<String>,
    /// Whether the party has done everything that the decision asked.
    pub fulfilled: bool,
}

/// Why an act on a publication is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow the act.
    #[error("该公开事项现为“{state}”，不能办理")]
    NotNow {
        /// The state's label.
        state: &'static str,
    },
    /// No text could be made.
    #[error("该类别没有可以公开的内容")]
    NothingToShow,
    /// The time of publication is over already.
    #[error("公示期已于{}届满", chinese(*.0))]
    TooLate(LocalDate),
    /// The time of publication is not over.
    #[error("公示期到{}为止", chinese(*.0))]
    NotOver(LocalDate),
    /// The party does not know of it yet.
    #[error("决定书尚未送达当事人，不能公开")]
    NotServed,
    /// The day of the change is not possible.
    #[error("变更、撤销的日期不合理：{}", chinese(*.0))]
    ChangedWhen(LocalDate),
    /// Only a change of the source ends what was never shown.
    #[error("尚未公开的事项随原决定失效，不能人工登记")]
    OnlyBySource,
    /// The shortest time of publication is not over.
    #[error("最短公示期到{}为止", chinese(*.0))]
    ShortestNotOver(LocalDate),
    /// The party has not done what it has to.
    #[error("当事人尚未履行完毕处罚决定规定的义务（案件尚未结案）")]
    NotFulfilled,
    /// Only the program takes down what has expired.
    #[error("到期撤下由系统办理")]
    OnlyByTime,
    /// Text is missing.
    #[error("须写明{0}")]
    Missing(&'static str),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        use TransitionError as E;
        let text = error.to_string();
        match error {
            E::NotNow { .. } => Self::new("not_now", text, "请刷新页面，按事项的现状办理"),
            E::NothingToShow => Self::new("nothing_to_show", text, "请核对政策包中该公开类别的字段"),
            E::TooLate(_) => Self::new("too_late", text, "请作出不予公开的决定并写明理由"),
            E::NotOver(_) => Self::new("not_over", text, "提前撤下的，请按撤回办理并写明理由"),
            E::NotServed => Self::by_law("not_served", "行政处罚法第61条", text, "请承办人送达决定书以后再公开"),
            E::ChangedWhen(_) => Self::new("changed_when", text, "应在原决定之后、今天或者今天以前"),
            E::OnlyBySource => Self::new("only_by_source", text, "不需要公开的，请作出不予公开的决定"),
            E::ShortestNotOver(_) => Self::by_law("shortest_not_over", "信用修复管理办法", text, "期满以后再办理修复"),
            E::NotFulfilled => Self::by_law("not_fulfilled", "信用修复管理办法", text, "履行完毕并结案以后再办理修复"),
            E::OnlyByTime => Self::new("only_by_time", text, "提前撤下的，请按撤回办理并写明理由"),
            E::Missing(_) => Self::by_law("missing_text", "行政处罚法第48条", text, "请补充后再提交"),
        }
    }
}

impl Publication {
    /// States that need no further act by anybody.
    pub const SETTLED: &[&str] = &["published", "withheld", "withdrawn", "void", "repaired", "expired"];

    /// Does what is asked, or says why not.
    pub fn apply(self, action: Action, by: &Actor, now: &Now) -> Result<Self, TransitionError> {
        let decided = |reason: &str, what| {
            let reason = filled(reason, what)?;
            Ok(Decided { by: by.name.clone(), on: now.today, reason })
        };
        let state = match (self.state.clone(), action) {
            (State::Pending, Action::Publish { reason }) => {
                if !self.served {
                    return Err(TransitionError::NotServed);
                }
                let shown = now.shown.clone().filter(|shown| !shown.projection.fields().is_empty());
                let shown = shown.ok_or(TransitionError::NothingToShow)?;
                if shown.until < now.today {
                    return Err(TransitionError::TooLate(shown.until));
                }
                State::Published { decided: decided(&reason, "公开理由")?, shown }
            }
            (State::Pending, Action::Withhold { reason }) => {
                State::Withheld { decided: decided(&reason, "不予公开的理由")? }
            }
            (State::Withheld { .. }, Action::Reconsider { reason }) => {
                filled(&reason, "重新决定的理由")?;
                State::Pending
            }
            (State::Pending | State::Withheld { .. }, Action::Recall { reason, .. }) => {
                if by.account.is_some() {
                    return Err(TransitionError::OnlyBySource);
                }
                State::Void { cause: decided(&reason, "失效的原因")? }
            }
            (State::Published { decided: published, shown }, Action::Recall { on, reason }) => {
                self.may_have_changed(on, now)?;
                let (cause, published_on) = (decided(&reason, "撤回的原因")?, published.on);
                State::Recalled { cause, changed_on: on, due: now.withdraw_due, published_on, shown }
            }
            (State::Published { shown, .. }, Action::Repair { commitment, reason }) => {
                may_be_repaired(&shown, now)?;
                let commitment = filled(&commitment, "信用承诺")?;
                State::Repaired { decided: decided(&reason, "修复的核实情况")?, commitment }
            }
            (State::Published { shown, .. } | State::Recalled { shown, .. }, Action::Withdraw { reason }) => {
                let number = shown.projection.get("document_number").map(|n| format!("（{n}）")).unwrap_or_default();
                let notice = format!("{}{number}", self.class_name);
                let decided = decided(&reason, "撤回理由")?;
                let public_reason = projection::redacted(&decided.reason, &now.persons);
                State::Withdrawn { decided, notice, public_reason }
            }
            (State::Published { shown, .. }, Action::Expire) => {
                if by.account.is_some() {
                    return Err(TransitionError::OnlyByTime);
                }
                if now.today <= shown.until {
                    return Err(TransitionError::NotOver(shown.until));
                }
                State::Expired { on: now.today }
            }
            _ => return Err(TransitionError::NotNow { state: self.state_label() }),
        };
        Ok(Self { state, ..self })
    }

    /// A source changes after it was made, and not in the future.
    fn may_have_changed(&self, on: LocalDate, now: &Now) -> Result<(), TransitionError> {
        if on < self.source.on || on > now.today { Err(TransitionError::ChangedWhen(on)) } else { Ok(()) }
    }

    /// The text that the public reads now.
    pub fn shown(&self) -> Option<&Shown> {
        match &self.state {
            State::Published { shown, .. } | State::Recalled { shown, .. } => Some(shown),
            _ => None,
        }
    }

    /// When the next act is due: the decision, the withdrawal, or the end of publication.
    pub fn next_due(&self) -> Option<LocalDate> {
        match &self.state {
            State::Pending => Some(self.due.due),
            State::Recalled { due, .. } => Some(due.due),
            State::Published { shown, .. } => Some(shown.until),
            _ => None,
        }
    }

    /// Whether a legal term has passed: to publish, or to withdraw.
    pub fn is_overdue(&self, today: LocalDate) -> bool {
        match &self.state {
            State::Pending => self.due.is_late(today),
            State::Recalled { due, .. } => due.is_late(today),
            _ => false,
        }
    }

    /// Stable name of the state.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Pending => "pending",
            State::Published { .. } => "published",
            State::Withheld { .. } => "withheld",
            State::Recalled { .. } => "recalled",
            State::Withdrawn { .. } => "withdrawn",
            State::Void { .. } => "void",
            State::Repaired { .. } => "repaired",
            State::Expired { .. } => "expired",
        }
    }

    /// The state on screen.
    pub fn state_label(&self) -> &'static str {
        match self.state {
            State::Pending => "待决定",
            State::Published { .. } => "已公开",
            State::Withheld { .. } => "不予公开",
            State::Recalled { .. } => "待撤回",
            State::Withdrawn { .. } => "已撤回",
            State::Void { .. } => "已失效",
            State::Repaired { .. } => "已修复",
            State::Expired { .. } => "已到期",
        }
    }

    /// What this person may do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        if !by.may(Permission::DecidePublication) {
            return vec![];
        }
        let here = self.state_name();
        let open = TRANSITIONS.iter().filter(|(from, _, _)| *from == here).map(|(_, action, _)| *action);
        open.filter(|action| match *action {
            "expire" => false,
            "publish" => self.served,
            "recall" => here == "published",
            "repair" => self.source.kind == SourceKind::Decision,
            _ => true,
        })
        .collect()
    }
}

/// The shortest time is over, and the party has done what it had to.
fn may_be_repaired(shown: &Shown, now: &Now) -> Result<(), TransitionError> {
    match shown.shortest.filter(|shortest| now.today <= *shortest) {
        Some(shortest) => Err(TransitionError::ShortestNotOver(shortest)),
        None if !now.fulfilled => Err(TransitionError::NotFulfilled),
        None => Ok(()),
    }
}

fn filled(text: &str, what: &'static str) -> Result<String, TransitionError> {
    let text = text.trim();
    if text.is_empty() { Err(TransitionError::Missing(what)) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests;
