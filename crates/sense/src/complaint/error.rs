use xingjian_kernel::{Permission, Refusal};

/// Why an act on a complaint is not possible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Not from this state.
    #[error("当前状态为“{0}”，不能{1}")]
    NotNow(&'static str, &'static str),
    /// The role does not carry it.
    #[error("您的岗位没有“{}”权限", .0.label())]
    NotYours(Permission),
    /// It was handed to another department.
    #[error("该事项由其他部门承办")]
    NotYourDepartment,
    /// Who answered may not close.
    #[error("答复由您提交，须由另一名工作人员复核办结")]
    SameOfficer,
    /// A re-opened one goes to somebody else.
    #[error("原答复由您作出，重新办理须由另一名工作人员核查")]
    SameHandler,
    /// Only the reporter, or the program, does this.
    #[error("该步骤由反映人或者系统办理")]
    NotByStaff,
    /// A text is missing.
    #[error("“{0}”没有填写")]
    Missing(&'static str),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let message = error.to_string();
        match error {
            TransitionError::NotNow(..) => Self::new("not_now", message, "请查看最新状态"),
            TransitionError::NotYours(_) => Self::new("not_yours", message, "请联系有该权限的工作人员"),
            TransitionError::NotYourDepartment => {
                Self::new("not_your_department", message, "请联系职责清单确定的承办部门")
            }
            TransitionError::SameOfficer => Self::new("same_officer", message, "请复核人员办理"),
            TransitionError::SameHandler => Self::new("same_handler", message, "请其他承办人办理"),
            TransitionError::NotByStaff => Self::new("not_by_staff", message, "请查看最新状态"),
            TransitionError::Missing(_) => Self::new("missing", message, "请补充填写"),
        }
    }
}
