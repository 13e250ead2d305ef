use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Actor, LocalDate, Permission, Refusal, states_before};

/// Where an erasure stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 期满提醒: the period of keeping ends; nothing happens by itself.
    Warned {
        /// What is kept, by the policy pack.
        keeping: String,
        /// The article of the period.
        article: String,
        /// Last day of the period.
        until: LocalDate,
    },
    /// 待确认: asked for by one person.
    Requested {
        /// Who.
        by: AccountId,
        /// That person's name.
        by_name: String,
        /// When.
        on: LocalDate,
        /// Why in this case.
        reason: String,
    },
    /// 已删除.
    Erased {
        /// Who asked for it.
        requested_by: String,
        /// Why in this case.
        reason: String,
        /// Who confirmed it.
        confirmed_by: String,
        /// When.
        on: LocalDate,
    },
    /// 不予删除.
    Refused {
        /// Who asked for it.
        requested_by: String,
        /// Who refused it.
        by: String,
        /// When.
        on: LocalDate,
        /// Why.
        reason: String,
    },
    /// 继续保存: the period is over and there is a reason to keep it longer.
    Kept {
        /// Who decided it.
        by: String,
        /// When.
        on: LocalDate,
        /// Why.
        reason: String,
        /// The desk is asked again after this day.
        until: LocalDate,
    },
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for the erasure that the desk was warned about.
    Request {
        /// Why in this case.
        reason: String,
    },
    /// Keep it longer.
    Keep {
        /// Why.
        reason: String,
        /// Until then.
        until: LocalDate,
    },
    /// Erase, as the second person.
    Confirm,
    /// Do not erase, as the second person.
    Refuse {
        /// Why.
        reason: String,
    },
}

impl Action {
    /// Stable name, as in [`TRANSITIONS`].
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Keep { .. } => "keep",
            Self::Confirm => "confirm",
            Self::Refuse { .. } => "refuse",
        }
    }
}

/// Every state, action and state of an erasure; docs/states/erasure.md draws them.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("warned", "request", "requested"),
    ("warned", "keep", "kept"),
    ("requested", "confirm", "erased"),
    ("requested", "refuse", "refused"),
];

/// Why an act on an erasure is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow the act.
    #[error("该删除事项现为“{0}”，不能办理")]
    NotNow(&'static str),
    /// The person's roles do not carry the act.
    #[error("您的岗位没有“{}”权限", .0.label())]
    NotYours(Permission),
    /// Two people are needed.
    #[error("申请人不能确认或者驳回自己的申请")]
    SamePerson,
    /// The period is not over.
    #[error("保管期限到{}为止，期满前不得删除", chinese(*.0))]
    TooEarly(LocalDate),
    /// The day is not in the future.
    #[error("继续保存的期限应在今天以后")]
    Past,
    /// Text is missing.
    #[error("须写明{0}")]
    Missing(&'static str),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        use TransitionError as E;
        let text = error.to_string();
        match error {
            E::NotNow(_) => Self::new("not_now", text, "请刷新页面，按事项的现状办理"),
            E::NotYours(_) => Self::new("not_yours", text, "请有该权限的人员办理"),
            E::SamePerson => Self::new("same_person", text, "删除须由另一人确认，请法制审核员或者机关负责人办理"),
            E::TooEarly(_) => Self::by_law(
                "archive_period",
                "个人信息保护法第47条第2款",
                text,
                "期满以后再申请；需要延长的，办理继续保存",
            ),
            E::Past => Self::new("past", text, "请填写以后的日期"),
            E::Missing(_) => Self::new("missing_text", text, "请补充后再提交"),
        }
    }
}

impl State {
    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Warned { .. } => "warned",
            Self::Requested { .. } => "requested",
            Self::Erased { .. } => "erased",
            Self::Refused { .. } => "refused",
            Self::Kept { .. } => "kept",
        }
    }

    /// On screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Warned { .. } => "保管期限将满",
            Self::Requested { .. } => "待确认",
            Self::Erased { .. } => "已删除",
            Self::Refused { .. } => "不予删除",
            Self::Kept { .. } => "继续保存",
        }
    }

    /// Whether something is to be done.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Warned { .. } | Self::Requested { .. })
    }

    /// The permission an act needs.
    pub fn permission(action: &str) -> Permission {
        match action {
            "request" | "keep" => Permission::RequestErasure,
            _ => Permission::ConfirmErasure,
        }
    }

    /// What this person can do now; what only time still forbids is offered and says from when.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let own = matches!(self, Self::Requested { by: asker, .. } if by.account == Some(*asker));
        let open = TRANSITIONS.iter().filter(|(from, action, _)| *from == self.name() && !own && may(action, by));
        open.map(|(_, action, _)| *action).collect()
    }

    /// States in which an erasure may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor) -> Vec<&'static str> {
        states_before(TRANSITIONS, |_, action| may(action, by))
    }

    /// The state after an act, or why it is not possible.
    pub fn apply(self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        let needed = Self::permission(action.name());
        let account = by.account.filter(|_| by.may(needed)).ok_or(TransitionError::NotYours(needed))?;
        let name = by.name.clone();
        match (self, action) {
            (Self::Warned { until, .. }, Action::Request { reason }) => {
                filled("申请理由", &reason)?;
                if today <= until {
                    return Err(TransitionError::TooEarly(until));
                }
                Ok(Self::Requested { by: account, by_name: name, on: today, reason })
            }
            (Self::Warned { .. }, Action::Keep { reason, until }) => {
                filled("继续保存的理由", &reason)?;
                if until <= today {
                    return Err(TransitionError::Past);
                }
                Ok(Self::Kept { by: name, on: today, reason, until })
            }
            (Self::Requested { by: asker, .. }, Action::Confirm | Action::Refuse { .. }) if asker == account => {
                Err(TransitionError::SamePerson)
            }
            (Self::Requested { by_name, reason, .. }, Action::Confirm) => {
                Ok(Self::Erased { requested_by: by_name, reason, confirmed_by: name, on: today })
            }
            (Self::Requested { by_name, .. }, Action::Refuse { reason }) => {
                filled("不予删除的理由", &reason)?;
                Ok(Self::Refused { requested_by: by_name, by: name, on: today, reason })
            }
            (state, _) => Err(TransitionError::NotNow(state.label())),
        }
    }
}

/// Whether it is a person who has the permission that the act needs.
fn may(action: &str, by: &Actor) -> bool {
    by.account.is_some() && by.may(State::permission(action))
}

fn filled(field: &'static str, text: &str) -> Result<(), TransitionError> {
    if text.trim().is_empty() { Err(TransitionError::Missing(field)) } else { Ok(()) }
}
