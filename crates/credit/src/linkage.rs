//! A linkage (结果协同运用): a consequence of a grade that a department is asked to apply, acknowledged, given effect
//! or objected to by that department, asked anew when the grade changes within the rule, and lifted by itself when the
//! grade no longer asks for it; what was already done is then undone and confirmed.

mod renewal;
mod service;
mod store;

pub use renewal::{Round, Undone};
pub(crate) use service::follow_grade_in;
pub use service::{act, all_of};

use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::LinkageId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{
    Actor, DepartmentId, DivisionCode, LocalDate, Permission, Refusal, SubjectRef, Timestamp, states_before,
};

/// A consequence asked of a department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkage {
    /// Its id.
    pub id: LinkageId,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The subject's name when it was pushed.
    pub name: String,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// The rule of the policy pack.
    pub rule: String,
    /// The matter: 医保定点协议管理.
    pub matter: String,
    /// What is asked for.
    pub consequence: String,
    /// Who is asked.
    pub department: DepartmentId,
    /// Who asks.
    pub origin: DepartmentId,
    /// The grade that caused it.
    pub grade: String,
    /// Why the subject has that grade, in a sentence.
    pub reason: String,
    /// When it was last pushed: at first, or because the grade changed.
    pub pushed_at: Timestamp,
    /// What was asked before under other grades, oldest first.
    #[serde(default)]
    pub rounds: Vec<Round>,
    /// Where it stands.
    pub state: State,
}

/// Whose act, by name and department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The person's name.
    pub name: String,
    /// The department.
    pub department: DepartmentId,
    /// The day.
    pub on: LocalDate,
}

/// Where a linkage stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 已推送: waits for the department to acknowledge it.
    Pushed {
        /// When.
        on: LocalDate,
        /// Acknowledge by.
        acknowledge_due: Deadline,
        /// The answer to an objection, where it was pushed again.
        answer: Option<String>,
    },
    /// 已签收: waits for the effect.
    Acknowledged {
        /// By whom.
        by: By,
        /// Report the effect by.
        effect_due: Deadline,
    },
    /// 已落实.
    Effected {
        /// What was done.
        effect: String,
        /// By whom.
        by: By,
    },
    /// 有异议: waits for the department that asks.
    Objected {
        /// Why.
        reason: String,
        /// By whom.
        by: By,
        /// Answer by.
        answer_due: Deadline,
    },
    /// 已撤回: the objection was right.
    Withdrawn {
        /// Why.
        reason: String,
        /// By whom.
        by: By,
        /// How an effect that was there already was undone.
        #[serde(default)]
        undone: Option<Undone>,
    },
    /// 待恢复: no longer asked for, but what was done is still in place.
    Undoing {
        /// When it was no longer asked for.
        on: LocalDate,
        /// Why.
        why: String,
        /// The effect to be undone.
        effect: String,
        /// Confirm by.
        undo_due: Deadline,
        /// Who took it back, where it was not the grade.
        withdrawn: Option<By>,
    },
    /// 已解除: the grade no longer asks for it, and nothing of it is left.
    Lifted {
        /// When.
        on: LocalDate,
        /// Why.
        why: String,
        /// How the effect was undone, where there was one.
        undone: Option<Undone>,
    },
}

/// What somebody asks to do with a linkage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The department takes it in.
    Acknowledge,
    /// The department reports what it did.
    Effect {
        /// What was done.
        effect: String,
    },
    /// The department objects.
    Object {
        /// Why.
        reason: String,
    },
    /// The asking department accepts the objection.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// The asking department stands by it.
    Uphold {
        /// The answer to the objection.
        answer: String,
    },
    /// The grade recovered. Only the program does this.
    Lift {
        /// Why.
        why: String,
    },
    /// The department reports that what it did is undone.
    Undo {
        /// How.
        text: String,
    },
    /// The grade changed and still asks for it: asked anew. Only the program does this.
    Renew {
        /// The grade now.
        grade: String,
        /// What is asked for now.
        consequence: String,
        /// Why the subject has that grade.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl Action {
    /// Stable name, as in [`TRANSITIONS`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Effect { .. } => "effect",
            Self::Object { .. } => "object",
            Self::Withdraw { .. } => "withdraw",
            Self::Uphold { .. } => "uphold",
            Self::Lift { .. } => "lift",
            Self::Undo { .. } => "undo",
            Self::Renew { .. } => "renew",
        }
    }
}

/// Every state, action and state of a linkage; docs/states/linkage.md draws them.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("pushed", "acknowledge", "acknowledged"),
    ("pushed", "object", "objected"),
    ("pushed", "renew", "pushed"),
    ("pushed", "lift", "lifted"),
    ("pushed", "lift", "undoing"),
    ("acknowledged", "effect", "effected"),
    ("acknowledged", "object", "objected"),
    ("acknowledged", "renew", "pushed"),
    ("acknowledged", "lift", "lifted"),
    ("acknowledged", "lift", "undoing"),
    ("effected", "renew", "pushed"),
    ("effected", "lift", "undoing"),
    ("objected", "withdraw", "withdrawn"),
    ("objected", "withdraw", "undoing"),
    ("objected", "uphold", "pushed"),
    ("objected", "renew", "objected"),
    ("objected", "lift", "lifted"),
    ("objected", "lift", "undoing"),
    ("undoing", "undo", "lifted"),
    ("undoing", "undo", "withdrawn"),
    ("undoing", "renew", "pushed"),
];

/// What an act rests on besides the linkage itself.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The day of the act.
    pub today: LocalDate,
    /// Acknowledge by, counted from today.
    pub acknowledge_due: Deadline,
    /// Report the effect by, where it is acknowledged today; or that it is undone, where it is lifted today.
    pub effect_due: Deadline,
}

/// Why an act on a linkage is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow the act.
    #[error("该协同事项现为“{state}”，不能办理")]
    NotNow {
        /// The state's label.
        state: &'static str,
    },
    /// Another department is asked.
    #[error("该事项由其他部门承办，不属于本部门")]
    NotYours,
    /// Only the department that pushed it answers an objection.
    #[error("异议由推送部门答复")]
    NotOrigin,
    /// Only a recovered grade lifts a linkage.
    #[error("协同事项随信用等级恢复自动解除，不能人工解除")]
    OnlyByGrade,
    /// Text is missing.
    #[error("须写明{0}")]
    Missing(&'static str),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        use TransitionError as E;
        let text = error.to_string();
        match error {
            E::NotNow { .. } => Self::new("not_now", text, "请重新查看该事项，按现状办理；已推送的须先签收"),
            E::NotYours => Self::new("not_yours", text, "请由承办部门的联络员登录办理"),
            E::NotOrigin => Self::new("not_origin", text, "请由推送部门的信用管理员登录办理"),
            E::OnlyByGrade => Self::new("only_by_grade", text, "信用事件撤回或者期满后，系统重新评定等级"),
            E::Missing(_) => Self::new("missing_text", text, "请补充后再提交"),
        }
    }
}

/// A linkage about to be pushed.
#[derive(Clone, Debug)]
pub struct Push {
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The subject's name when it was pushed.
    pub name: String,
    /// Division the subject lies in.
    pub division: DivisionCode,
    /// Id of the rule.
    pub rule: String,
    /// The matter.
    pub matter: String,
    /// What is asked for.
    pub consequence: String,
    /// Who is asked.
    pub department: DepartmentId,
    /// Who asks.
    pub origin: DepartmentId,
    /// The grade that caused it.
    pub grade: String,
    /// Why the subject has that grade.
    pub reason: String,
}

impl Linkage {
    /// States that need no further act by anybody.
    pub const SETTLED: &[&str] = &["effected", "withdrawn", "lifted"];
    /// States in which the consequence is still asked for.
    pub const LIVE: &[&str] = &["pushed", "acknowledged", "effected", "objected"];

    /// A new linkage, pushed to its department.
    pub fn push(id: LinkageId, new: Push, at: Timestamp, facts: &Facts) -> Self {
        Self {
            id,
            subject: new.subject,
            name: new.name,
            division: new.division,
            rule: new.rule,
            matter: new.matter,
            consequence: new.consequence,
            department: new.department,
            origin: new.origin,
            grade: new.grade,
            reason: new.reason,
            pushed_at: at,
            rounds: vec![],
            state: State::pushed(facts, None),
        }
    }

    /// Does what is asked, or says why not.
    pub fn apply(self, action: Action, by: &Actor, facts: &Facts) -> Result<Self, TransitionError> {
        self.is_for(&action, by)?;
        if let Action::Renew { grade, consequence, reason, at } = action {
            return self.renewed(grade, consequence, reason, at, facts);
        }
        let me = || By { name: by.name.clone(), department: by.department.clone(), on: facts.today };
        let state = match (self.state.clone(), action) {
            (State::Pushed { .. }, Action::Acknowledge) => {
                State::Acknowledged { by: me(), effect_due: facts.effect_due }
            }
            (State::Pushed { .. } | State::Acknowledged { .. }, Action::Object { reason }) => {
                State::Objected {
                    reason: filled(&reason, "异议理由")?, by: me(), answer_due: facts.acknowledge_due
                }
            }
            (State::Acknowledged { .. }, Action::Effect { effect }) => {
                State::Effected { effect: filled(&effect, "落实情况")?, by: me() }
            }
            (State::Objected { .. }, Action::Withdraw { reason }) => {
                let reason = filled(&reason, "撤回理由")?;
                match self.in_place() {
                    Some(effect) => Self::undoing(reason, effect, facts, Some(me())),
                    None => State::Withdrawn { reason, by: me(), undone: None },
                }
            }
            (State::Objected { .. }, Action::Uphold { answer }) => {
                State::pushed(facts, Some(filled(&answer, "对异议的答复")?))
            }
            (State::Undoing { on, why, withdrawn, .. }, Action::Undo { text }) => {
                let undone = Some(Undone { text: filled(&text, "恢复情况")?, by: me() });
                match withdrawn {
                    Some(by) => State::Withdrawn { reason: why, by, undone },
                    None => State::Lifted { on, why, undone },
                }
            }
            (State::Withdrawn { .. } | State::Lifted { .. } | State::Undoing { .. }, Action::Lift { .. }) => {
                return Err(self.not_now());
            }
            (_, Action::Lift { why }) => match self.in_place() {
                Some(effect) => Self::undoing(why, effect, facts, None),
                None => State::Lifted { on: facts.today, why, undone: None },
            },
            _ => return Err(self.not_now()),
        };
        Ok(Self { state, ..self })
    }

    /// Whether this act is this person's at all, in whatever state.
    fn is_for(&self, action: &Action, by: &Actor) -> Result<(), TransitionError> {
        match action {
            Action::Acknowledge | Action::Effect { .. } | Action::Object { .. } | Action::Undo { .. }
                if by.department != self.department =>
            {
                Err(TransitionError::NotYours)
            }
            Action::Withdraw { .. } | Action::Uphold { .. } if by.department != self.origin => {
                Err(TransitionError::NotOrigin)
            }
            Action::Lift { .. } | Action::Renew { .. } if by.account.is_some() => Err(TransitionError::OnlyByGrade),
            _ => Ok(()),
        }
    }

    fn not_now(&self) -> TransitionError {
        TransitionError::NotNow { state: self.state_label() }
    }

    /// Whether the consequence is still asked for.
    pub fn is_live(&self) -> bool {
        Self::LIVE.contains(&self.state_name())
    }

    /// By when the next act is due, and whose it is.
    pub fn due(&self) -> Option<(Deadline, &DepartmentId)> {
        match &self.state {
            State::Pushed { acknowledge_due, .. } => Some((*acknowledge_due, &self.department)),
            State::Acknowledged { effect_due, .. } => Some((*effect_due, &self.department)),
            State::Objected { answer_due, .. } => Some((*answer_due, &self.origin)),
            State::Undoing { undo_due, .. } => Some((*undo_due, &self.department)),
            State::Effected { .. } | State::Withdrawn { .. } | State::Lifted { .. } => None,
        }
    }

    /// Stable name of the state.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Pushed { .. } => "pushed",
            State::Acknowledged { .. } => "acknowledged",
            State::Effected { .. } => "effected",
            State::Objected { .. } => "objected",
            State::Withdrawn { .. } => "withdrawn",
            State::Undoing { .. } => "undoing",
            State::Lifted { .. } => "lifted",
        }
    }

    /// The state on screen.
    pub fn state_label(&self) -> &'static str {
        match self.state {
            State::Pushed { .. } => "已推送",
            State::Acknowledged { .. } => "已签收",
            State::Effected { .. } => "已落实",
            State::Objected { .. } => "有异议",
            State::Withdrawn { .. } => "已撤回",
            State::Undoing { .. } => "待恢复",
            State::Lifted { .. } => "已解除",
        }
    }

    /// What this person may do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let here = self.state_name();
        let open = TRANSITIONS.iter().filter(|(from, _, _)| *from == here).map(|(_, action, _)| *action);
        let mine = open.filter(|action| match permission(action) {
            Some(Permission::AnswerLinkage) => by.may(Permission::AnswerLinkage) && by.department == self.department,
            Some(needed) => by.may(needed) && by.department == self.origin,
            None => false,
        });
        // An act may lead to two states; it is one button.
        let mut names: Vec<&'static str> = mine.collect();
        names.dedup();
        names
    }

    /// States in which a linkage may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor) -> Vec<&'static str> {
        states_before(TRANSITIONS, |_, action| permission(action).is_some_and(|needed| by.may(needed)))
    }

    /// In a sentence, for lists and time lines.
    pub fn summary(&self) -> String {
        let since = chinese(self.pushed_at.local_date());
        format!("{}（{}级）：{}，{since}推送，{}", self.matter, self.grade, self.consequence, self.state_label())
    }
}

/// The permission an act needs, in the department asked or in the one that asks; `None` for what follows from the grade.
fn permission(action: &str) -> Option<Permission> {
    match action {
        "acknowledge" | "effect" | "object" | "undo" => Some(Permission::AnswerLinkage),
        "withdraw" | "uphold" => Some(Permission::ManageCredit),
        _ => None,
    }
}

impl State {
    fn pushed(facts: &Facts, answer: Option<String>) -> Self {
        Self::Pushed { on: facts.today, acknowledge_due: facts.acknowledge_due, answer }
    }
}

fn filled(text: &str, what: &'static str) -> Result<String, TransitionError> {
    let text = text.trim();
    if text.is_empty() { Err(TransitionError::Missing(what)) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests;
