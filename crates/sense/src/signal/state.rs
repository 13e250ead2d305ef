use crate::claims::{Asked, Claims, Reply, Verdict};
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{CaseId, TaskId};
use xingjian_kernel::{Actor, LocalDate, Permission, Refusal};

/// Where a signal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for somebody to look.
    Open {
        /// When it must be dealt with.
        due: Deadline,
    },
    /// The institution was asked about its hits.
    Asked {
        /// By when it may answer.
        due: Deadline,
    },
    /// The institution has answered.
    Replied {
        /// When it must be dealt with.
        due: Deadline,
    },
    /// Every group of hits was reviewed, and something stands.
    Confirmed {
        /// When it must be dealt with.
        due: Deadline,
    },
    /// An inspection looks into it.
    Inspecting {
        /// The task.
        task: TaskId,
    },
    /// A case was proposed.
    Filed {
        /// The case.
        case: CaseId,
    },
    /// Ended without inspection.
    Dismissed {
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        on: LocalDate,
    },
    /// Ended with the inspection, with the case, or settled.
    Closed {
        /// What came of it.
        result: String,
        /// When.
        on: LocalDate,
    },
    /// The data were corrected and nothing is left of it.
    Withdrawn {
        /// Why.
        reason: String,
        /// When.
        on: LocalDate,
    },
}

/// Every change of state: from, act, to. `docs/states/signal.md` is checked against it.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("open", "inspect", "inspecting"),
    ("open", "dismiss", "dismissed"),
    ("open", "ask", "asked"),
    ("open", "judge", "open"),
    ("open", "judge", "dismissed"),
    ("open", "withdraw", "withdrawn"),
    ("asked", "reply", "replied"),
    ("asked", "judge", "asked"),
    ("asked", "judge", "confirmed"),
    ("asked", "judge", "dismissed"),
    ("asked", "withdraw", "withdrawn"),
    ("replied", "reply", "replied"),
    ("replied", "judge", "replied"),
    ("replied", "judge", "confirmed"),
    ("replied", "judge", "dismissed"),
    ("replied", "withdraw", "withdrawn"),
    ("confirmed", "inspect", "inspecting"),
    ("confirmed", "file", "filed"),
    ("confirmed", "settle", "closed"),
    ("confirmed", "return", "replied"),
    ("confirmed", "withdraw", "withdrawn"),
    ("inspecting", "close", "closed"),
    ("inspecting", "reopen", "open"),
    ("inspecting", "reopen", "confirmed"),
    ("filed", "close", "closed"),
    ("filed", "reopen", "confirmed"),
];

/// What people are offered: in which state, for a signal from screening or for another one, which act, and the permission it needs.
const OFFERED: &[(&str, bool, &str, Permission)] = &[
    ("open", false, "inspect", Permission::ProposeInspection),
    ("open", false, "dismiss", Permission::HandleSignal),
    ("open", true, "ask", Permission::HandleSignal),
    ("open", true, "judge", Permission::HandleSignal),
    ("open", true, "inspect", Permission::ProposeInspection),
    ("asked", true, "judge", Permission::HandleSignal),
    ("asked", true, "reply", Permission::AnswerAsUnit),
    ("replied", true, "judge", Permission::HandleSignal),
    ("replied", true, "reply", Permission::AnswerAsUnit),
    ("confirmed", true, "settle", Permission::HandleSignal),
    ("confirmed", true, "inspect", Permission::ProposeInspection),
    ("confirmed", true, "file", Permission::HandleCase),
];

/// What is done to a signal.
#[derive(Clone, Debug)]
pub enum Action {
    /// 转现场检查
    Inspect {
        /// The task that was opened.
        task: TaskId,
    },
    /// 不作检查，说明理由
    Dismiss {
        /// Why.
        reason: String,
    },
    /// 请机构说明
    Ask(Asked),
    /// 说明情况（机构）
    Reply {
        /// What it says.
        reply: Reply,
        /// When the review is due.
        due: Deadline,
    },
    /// 复核一条规则的命中
    Judge {
        /// The rule.
        rule: String,
        /// What was found.
        verdict: Verdict,
        /// When what stands must be dealt with.
        due: Deadline,
    },
    /// 协议处理办结
    Settle {
        /// What was done.
        result: String,
    },
    /// 提请立案
    File {
        /// The case that was proposed.
        case: CaseId,
    },
    /// 命中有变，重新复核（系统）
    Return {
        /// When it must be dealt with now.
        due: Deadline,
    },
    /// 数据更正，撤回（系统）
    Withdraw {
        /// Why.
        reason: String,
    },
    /// 检查任务或者案件撤回，重新处置（系统）
    Reopen {
        /// When it must be dealt with now.
        due: Deadline,
    },
    /// 随检查任务或者案件办结（系统）
    Close {
        /// What came of it.
        result: String,
    },
}

/// Why an act on a signal is not possible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Not from this state.
    #[error("线索当前为“{0}”，不能这样办理")]
    NotNow(&'static str),
    /// The role does not carry it.
    #[error("您的岗位没有“{}”权限", .0.label())]
    NotYours(Permission),
    /// It belongs to another department.
    #[error("该线索由其他部门处置")]
    NotYourDepartment,
    /// A text is missing.
    #[error("没有填写理由")]
    NoReason,
    /// There is no such group of hits.
    #[error("该线索没有规则“{0}”的命中")]
    NoSuchRule(String),
    /// More stands than there is.
    #[error("属实 {confirmed} 处、{amount} 元，超过命中的 {of} 处、{all} 元")]
    TooMuch {
        /// Hits said to stand.
        confirmed: u64,
        /// Amount said to stand.
        amount: xingjian_kernel::Fen,
        /// Hits.
        of: u64,
        /// Their amount.
        all: xingjian_kernel::Fen,
    },
    /// What stands and the reason contradict each other.
    #[error("复核结论与属实的处数不一致")]
    Contradiction,
    /// Nothing stands before the institution could speak.
    #[error("机构尚未说明，且说明期限未过，不能认定属实")]
    NotHeard,
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let message = error.to_string();
        match error {
            TransitionError::NotNow(_) => Self::new("not_now", message, "请查看最新状态"),
            TransitionError::NotYours(_) => Self::new("not_yours", message, "请联系有该权限的工作人员"),
            TransitionError::NotYourDepartment => {
                Self::new("not_your_department", message, "请联系职责清单确定的承办部门")
            }
            TransitionError::NoReason => Self::new("missing", message, "请写明理由"),
            TransitionError::NoSuchRule(_) => Self::new("no_such_rule", message, "数据可能已更正，请查看最新内容"),
            TransitionError::TooMuch { .. } => Self::new("too_much", message, "请核对处数和金额"),
            TransitionError::Contradiction => {
                Self::new("contradiction", message, "全部属实的选“属实”；有不属实的，请选择不属实的原因")
            }
            TransitionError::NotHeard => {
                Self::new("not_heard", message, "请先请机构说明；认为全部不属实的，可以直接复核")
            }
        }
    }
}

impl State {
    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Asked { .. } => "asked",
            Self::Replied { .. } => "replied",
            Self::Confirmed { .. } => "confirmed",
            Self::Inspecting { .. } => "inspecting",
            Self::Filed { .. } => "filed",
            Self::Dismissed { .. } => "dismissed",
            Self::Closed { .. } => "closed",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// What came of it, where it has ended.
    pub fn result(&self) -> Option<&str> {
        match self {
            Self::Dismissed { reason, .. } | Self::Withdrawn { reason, .. } => Some(reason),
            Self::Closed { result, .. } => Some(result),
            _ => None,
        }
    }

    /// The name on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Open { .. } => "待处置",
            Self::Asked { .. } => "待机构说明",
            Self::Replied { .. } => "待复核",
            Self::Confirmed { .. } => "待处理",
            Self::Inspecting { .. } => "检查中",
            Self::Filed { .. } => "已提请立案",
            Self::Dismissed { .. } => "已说明理由办结",
            Self::Closed { .. } => "已办结",
            Self::Withdrawn { .. } => "已撤回",
        }
    }

    /// The deadline that runs now.
    pub const fn due(&self) -> Option<Deadline> {
        match self {
            Self::Open { due } | Self::Asked { due } | Self::Replied { due } | Self::Confirmed { due } => Some(*due),
            _ => None,
        }
    }

    /// The clock of the policy pack that runs now.
    pub const fn clock(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Open { .. } | Self::Replied { .. } | Self::Confirmed { .. } => Some(("处置", "signal_handle")),
            Self::Asked { .. } => Some(("机构说明", "claims_reply")),
            _ => None,
        }
    }

    /// What this person can do now.
    pub fn open_actions(&self, by: &Actor, claims: Option<&Claims>) -> Vec<&'static str> {
        let fits = |state, from_screening| state == self.name() && from_screening == claims.is_some();
        OFFERED
            .iter()
            .filter(|(state, from_screening, _, needed)| fits(*state, *from_screening) && by.may(*needed))
            .map(|(_, _, action, _)| *action)
            .collect()
    }

    /// States in which a signal may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor) -> Vec<&'static str> {
        let offered = OFFERED.iter().filter(|(_, _, _, needed)| by.may(*needed));
        let mut names: Vec<&'static str> = offered.map(|(state, ..)| *state).collect();
        names.dedup();
        names
    }

    /// The state after an act, or why it is not possible. Closing, reopening, returning and withdrawing are the program's own acts
    /// (no account).
    pub fn apply(
        self,
        action: Action,
        claims: Option<&mut Claims>,
        by: &Actor,
        today: LocalDate,
    ) -> Result<Self, TransitionError> {
        let program = by.account.is_none();
        match (self, action) {
            (Self::Open { .. } | Self::Confirmed { .. }, Action::Inspect { task }) => {
                may(by, Permission::ProposeInspection)?;
                Ok(Self::Inspecting { task })
            }
            (Self::Open { .. }, Action::Dismiss { reason }) if claims.is_none() => {
                may(by, Permission::HandleSignal)?;
                Ok(Self::Dismissed { reason: said(reason)?, by: by.name.clone(), on: today })
            }
            (Self::Inspecting { .. } | Self::Filed { .. }, Action::Close { result }) if program => {
                Ok(Self::Closed { result, on: today })
            }
            (Self::Filed { .. }, Action::Reopen { due }) if program => Ok(Self::Confirmed { due }),
            (Self::Inspecting { .. }, Action::Reopen { due }) if program => {
                let stands = claims.is_some_and(|claims| claims.is_judged() && claims.confirmed().hits > 0);
                Ok(if stands { Self::Confirmed { due } } else { Self::Open { due } })
            }
            (state, action) => match claims {
                Some(claims) => state.apply_to_claims(action, claims, by, today),
                None => Err(TransitionError::NotNow(state.label())),
            },
        }
    }

    /// The acts that only a signal from screening knows.
    fn apply_to_claims(
        self,
        action: Action,
        claims: &mut Claims,
        by: &Actor,
        today: LocalDate,
    ) -> Result<Self, TransitionError> {
        let program = by.account.is_none();
        match (self, action) {
            (Self::Open { .. }, Action::Ask(asked)) => {
                may(by, Permission::HandleSignal)?;
                let due = asked.due;
                claims.asked = Some(asked);
                Ok(Self::Asked { due })
            }
            (Self::Asked { .. } | Self::Replied { .. }, Action::Reply { reply, due }) => {
                may(by, Permission::AnswerAsUnit)?;
                claims.reply(reply)?;
                Ok(Self::Replied { due })
            }
            (
                state @ (Self::Open { .. } | Self::Asked { .. } | Self::Replied { .. }),
                Action::Judge { rule, verdict, due },
            ) => {
                may(by, Permission::HandleSignal)?;
                let heard = match &state {
                    Self::Asked { due } => due.due < today,
                    Self::Replied { .. } => true,
                    _ => false,
                };
                claims.judge(&rule, verdict, heard)?;
                Ok(state.reviewed(claims, due, by, today))
            }
            (Self::Confirmed { .. }, Action::Settle { result }) => {
                may(by, Permission::HandleSignal)?;
                Ok(Self::Closed { result: said(result)?, on: today })
            }
            (Self::Confirmed { .. }, Action::File { case }) => {
                may(by, Permission::HandleCase)?;
                Ok(Self::Filed { case })
            }
            (Self::Confirmed { .. }, Action::Return { due }) if program => Ok(Self::Replied { due }),
            (
                Self::Open { .. } | Self::Asked { .. } | Self::Replied { .. } | Self::Confirmed { .. },
                Action::Withdraw { reason },
            ) if program => Ok(Self::Withdrawn { reason, on: today }),
            (state, _) => Err(TransitionError::NotNow(state.label())),
        }
    }

    /// Where a signal stands after one of its groups was reviewed.
    fn reviewed(self, claims: &Claims, due: Deadline, by: &Actor, today: LocalDate) -> Self {
        if !claims.is_judged() {
            return self;
        }
        if claims.confirmed().hits > 0 {
            return Self::Confirmed { due };
        }
        let reasons: Vec<String> = claims
            .groups
            .iter()
            .filter_map(|group| {
                let verdict = group.verdict.as_ref()?;
                Some(format!("{}（{}）：{}", group.name, group.title, verdict.reason.label()))
            })
            .collect();
        Self::Dismissed {
            reason: format!("经复核均不属实。{}", reasons.join("；")), by: by.name.clone(), on: today
        }
    }
}

fn may(by: &Actor, permission: Permission) -> Result<(), TransitionError> {
    if by.may(permission) { Ok(()) } else { Err(TransitionError::NotYours(permission)) }
}

fn said(text: String) -> Result<String, TransitionError> {
    if text.trim().is_empty() { Err(TransitionError::NoReason) } else { Ok(text) }
}
