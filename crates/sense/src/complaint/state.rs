use super::action::Outcome;
use super::{Acceptance, Action, Answer, TransitionError};
use crate::message::Reply;
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{AccountId, ComplaintId};
use xingjian_kernel::{Actor, LocalDate, Permission, states_before};

/// Where a complaint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for acceptance.
    Received {
        /// When it must be accepted or declined.
        due: Deadline,
    },
    /// Joined to another one about the same matter: it has that one's answer.
    Joined {
        /// The leading complaint.
        lead: ComplaintId,
        /// Its number.
        lead_number: String,
        /// Who joined them.
        by: String,
        /// When.
        on: LocalDate,
        /// When it had to be accepted or declined; the clock that runs again where it is separated.
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
        /// Who answered; not known of those closed before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handled_by: Option<AccountId>,
        /// When.
        on: LocalDate,
    },
    /// Opened again by the reporter, for another handler.
    Reopened {
        /// What was decided, with the new clock.
        acceptance: Acceptance,
        /// Who answered before.
        not_by: Option<AccountId>,
    },
    /// Ended before it came here: a message of a file that had its answer already, kept for its clocks.
    Archived {
        /// What was answered elsewhere.
        reply: Reply,
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
    ("received", "join", "joined"),
    ("joined", "separate", "received"),
    ("joined", "follow", "closed"),
    ("joined", "follow", "declined"),
    ("accepted", "investigate", "investigating"),
    ("investigating", "answer", "answered"),
    ("answered", "return", "investigating"),
    ("answered", "close", "closed"),
    ("closed", "reopen", "reopened"),
    ("reopened", "investigate", "investigating"),
];

impl State {
    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Joined { .. } => "joined",
            Self::Accepted { .. } => "accepted",
            Self::Investigating { .. } => "investigating",
            Self::Answered { .. } => "answered",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Archived { .. } => "archived",
            Self::Declined { .. } => "declined",
        }
    }

    /// The name on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Received { .. } => "待受理",
            Self::Joined { .. } => "已并案",
            Self::Accepted { .. } => "已受理，待核查",
            Self::Investigating { .. } => "核查中",
            Self::Answered { .. } => "待复核",
            Self::Closed { .. } => "已办结",
            Self::Reopened { .. } => "重新办理，待核查",
            Self::Archived { .. } => "历史件，已答复",
            Self::Declined { .. } => "不予受理",
        }
    }

    /// The deadline that runs now.
    pub const fn due(&self) -> Option<Deadline> {
        match self {
            Self::Received { due } => Some(*due),
            Self::Accepted { acceptance }
            | Self::Reopened { acceptance, .. }
            | Self::Investigating { acceptance, .. }
            | Self::Answered { acceptance, .. } => Some(acceptance.due),
            Self::Joined { .. } | Self::Closed { .. } | Self::Archived { .. } | Self::Declined { .. } => None,
        }
    }

    /// What was decided at acceptance.
    pub const fn acceptance(&self) -> Option<&Acceptance> {
        match self {
            Self::Accepted { acceptance }
            | Self::Reopened { acceptance, .. }
            | Self::Investigating { acceptance, .. }
            | Self::Answered { acceptance, .. }
            | Self::Closed { acceptance, .. } => Some(acceptance),
            Self::Received { .. } | Self::Joined { .. } | Self::Archived { .. } | Self::Declined { .. } => None,
        }
    }

    /// The permission an act needs.
    pub fn permission(action: &str) -> Option<Permission> {
        match action {
            "accept" | "decline" | "join" | "separate" => Some(Permission::AssignComplaint),
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
            (Self::Reopened { not_by: Some(before), .. }, "investigate") => by.account != Some(*before),
            _ => true,
        };
        TRANSITIONS
            .iter()
            .filter(|(from, action, _)| *from == self.name() && mine(action))
            .filter(|(_, action, _)| Self::permission(action).is_some_and(|p| by.may(p)))
            .map(|(_, action, _)| *action)
            .collect()
    }

    /// States in which a complaint may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor) -> Vec<&'static str> {
        states_before(TRANSITIONS, |_, action| Self::permission(action).is_some_and(|needed| by.may(needed)))
    }

    /// The state after an act, or why it is not possible.
    pub fn apply(self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        let name = action.name();
        if matches!(action, Action::Follow(_) | Action::Reopen { .. }) {
            return self.apply_from_outside(action, by, today);
        }
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
            (Self::Received { due }, Action::Join { lead, number }) => {
                Ok(Self::Joined { lead, lead_number: number, by: by.name.clone(), on: today, due })
            }
            (Self::Joined { due, .. }, Action::Separate) => Ok(Self::Received { due }),
            (Self::Reopened { acceptance, not_by }, Action::Investigate) => {
                if not_by == Some(account) {
                    return Err(TransitionError::SameHandler);
                }
                Ok(Self::Investigating { acceptance, by: account, by_name: by.name.clone() })
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
                let approved_by = by.name.clone();
                Ok(Self::Closed { acceptance, answer, approved_by, handled_by: Some(writer), on: today })
            }
            (state, action) => Err(TransitionError::NotNow(state.label(), label(action.name()))),
        }
    }

    /// What the program does with those joined to another one, and the reporter with the receipt.
    fn apply_from_outside(self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        if by.account.is_some() {
            return Err(TransitionError::NotByStaff);
        }
        match (self, action) {
            (Self::Joined { .. }, Action::Follow(outcome)) => Ok(match *outcome {
                Outcome::Closed { acceptance, answer, approved_by, handled_by } => {
                    Self::Closed { acceptance: *acceptance, answer, approved_by, handled_by, on: today }
                }
                Outcome::Declined { reason, by } => Self::Declined { reason, by, on: today },
            }),
            (Self::Closed { acceptance, handled_by, .. }, Action::Reopen { due }) => {
                Ok(Self::Reopened { acceptance: Acceptance { due, ..acceptance }, not_by: handled_by })
            }
            (state, action) => Err(TransitionError::NotNow(state.label(), label(action.name()))),
        }
    }

    /// How it ended, for those joined to it; `None` as long as it has not.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Closed { acceptance, answer, approved_by, handled_by, .. } => Some(Outcome::Closed {
                acceptance: Box::new(acceptance.clone()),
                answer: answer.clone(),
                approved_by: approved_by.clone(),
                handled_by: *handled_by,
            }),
            Self::Declined { reason, by, .. } => Some(Outcome::Declined { reason: reason.clone(), by: by.clone() }),
            _ => None,
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
        "join" => "并入另一件",
        "separate" => "从并案中分出",
        "follow" => "随主件办结",
        "reopen" => "重新办理",
        _ => "办理",
    }
}

fn filled(field: &'static str, text: &str) -> Result<(), TransitionError> {
    if text.trim().is_empty() { Err(TransitionError::Missing(field)) } else { Ok(()) }
}
