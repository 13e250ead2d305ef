use super::{Acceptance, Action, Answer, TransitionError};
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Actor, LocalDate, Permission};

/// Where a complaint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for acceptance.
    Received {
        /// When it must be accepted or declined.
        due: Deadline,
    },
    /// With a department, nobody has taken it up.
    Accepted {
        /// What was decided.
        acceptance: Acceptance,
    },
    /// Somebody works on it.
    Investigating {
        /// What was decided.
        acceptance: Acceptance,
        /// Who.
        by: AccountId,
        /// That person's name.
        by_name: String,
    },
    /// Waits for a second officer.
    Answered {
        /// What was decided.
        acceptance: Acceptance,
        /// Who answered.
        by: AccountId,
        /// The answer.
        answer: Answer,
    },
    /// Ended: answered and closed.
    Closed {
        /// What was decided.
        acceptance: Acceptance,
        /// The answer.
        answer: Answer,
        /// Second officer.
        approved_by: String,
        /// When.
        on: LocalDate,
    },
    /// Ended: not accepted.
    Declined {
        /// Why, as told to the reporter.
        reason: String,
        /// Who.
        by: String,
        /// When.
        on: LocalDate,
    },
}

/// Every change of state: from, act, to. `docs/states/complaint.md` is checked against it.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("received", "accept", "accepted"),
    ("received", "decline", "declined"),
    ("accepted", "investigate", "investigating"),
    ("investigating", "answer", "answered"),
    ("answered", "return", "investigating"),
    ("answered", "close", "closed"),
];

impl State {
    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Accepted { .. } => "accepted",
            Self::Investigating { .. } => "investigating",
            Self::Answered { .. } => "answered",
            Self::Closed { .. } => "closed",
            Self::Declined { .. } => "declined",
        }
    }

    /// The name on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Received { .. } => "待受理",
            Self::Accepted { .. } => "已受理，待核查",
            Self::Investigating { .. } => "核查中",
            Self::Answered { .. } => "待复核",
            Self::Closed { .. } => "已办结",
            Self::Declined { .. } => "不予受理",
        }
    }

    /// The deadline that runs now.
    pub const fn due(&self) -> Option<Deadline> {
        match self {
            Self::Received { due } => Some(*due),
            Self::Accepted { acceptance }
            | Self::Investigating { acceptance, .. }
            | Self::Answered { acceptance, .. } => Some(acceptance.due),
            Self::Closed { .. } | Self::Declined { .. } => None,
        }
    }

    /// What was decided at acceptance.
    pub const fn acceptance(&self) -> Option<&Acceptance> {
        match self {
            Self::Accepted { acceptance }
            | Self::Investigating { acceptance, .. }
            | Self::Answered { acceptance, .. }
            | Self::Closed { acceptance, .. } => Some(acceptance),
            Self::Received { .. } | Self::Declined { .. } => None,
        }
    }

    /// The permission an act needs.
    pub fn permission(action: &str) -> Option<Permission> {
        match action {
            "accept" | "decline" => Some(Permission::AssignComplaint),
            "investigate" | "answer" => Some(Permission::HandleComplaint),
            "return" | "close" => Some(Permission::CloseComplaint),
            _ => None,
        }
    }

    /// What this person can do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let mine = |action: &str| match (self, action) {
            (Self::Investigating { by: holder, .. }, "answer") => by.account == Some(*holder),
            (Self::Answered { by: writer, .. }, "close") => by.account != Some(*writer),
            _ => true,
        };
        TRANSITIONS
            .iter()
            .filter(|(from, action, _)| *from == self.name() && mine(action))
            .filter(|(_, action, _)| Self::permission(action).is_some_and(|p| by.may(p)))
            .map(|(_, action, _)| *action)
            .collect()
    }

    /// The state after an act, or why it is not possible.
    pub fn apply(self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        let name = action.name();
        let needed = Self::permission(name).ok_or(TransitionError::NotNow(self.label(), name))?;
        let account = by.account.filter(|_| by.may(needed)).ok_or(TransitionError::NotYours(needed))?;
        match (self, action) {
            (Self::Received { .. }, Action::Accept(acceptance)) => {
                filled("受理理由", &acceptance.reason)?;
                Ok(Self::Accepted { acceptance: *acceptance })
            }
            (Self::Received { .. }, Action::Decline { reason }) => {
                filled("不予受理理由", &reason)?;
                Ok(Self::Declined { reason, by: by.name.clone(), on: today })
            }
            (Self::Accepted { acceptance }, Action::Investigate) => {
                Ok(Self::Investigating { acceptance, by: account, by_name: by.name.clone() })
            }
            (Self::Investigating { acceptance, by: holder, .. }, Action::Answer { text, finding }) => {
                if holder != account {
                    return Err(TransitionError::NotYours(needed));
                }
                filled("答复内容", &text)?;
                filled("核查结论", &finding)?;
                let answer = Answer { text, finding, by: by.name.clone(), on: today };
                Ok(Self::Answered { acceptance, by: account, answer })
            }
            (Self::Answered { acceptance, by: writer, answer }, Action::Return { reason }) => {
                filled("退回理由", &reason)?;
                Ok(Self::Investigating { acceptance, by: writer, by_name: answer.by })
            }
            (Self::Answered { acceptance, by: writer, answer }, Action::Close) => {
                if writer == account {
                    return Err(TransitionError::SameOfficer);
                }
                Ok(Self::Closed { acceptance, answer, approved_by: by.name.clone(), on: today })
            }
            (state, action) => Err(TransitionError::NotNow(state.label(), label(action.name()))),
        }
    }
}

/// The act on screen.
pub fn label(action: &str) -> &'static str {
    match action {
        "accept" => "受理并分派",
        "decline" => "不予受理",
        "investigate" => "开始核查",
        "answer" => "提交答复",
        "return" => "退回重新核查",
        "close" => "复核办结",
        _ => "办理",
    }
}

fn filled(field: &'static str, text: &str) -> Result<(), TransitionError> {
    if text.trim().is_empty() { Err(TransitionError::Missing(field)) } else { Ok(()) }
}
