use xingjian_kernel::{Fault, Permission, Refusal};

/// The database or the data in it is at fault, not the caller.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer as asked.
    #[error("the database failed: {0}")]
    Db(#[from] sea_orm::DbErr),
    /// A row does not hold what its type says.
    #[error("row {id} of {table} cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// A value cannot be written as a document.
    #[error("a value cannot be written")]
    Unwritable(#[from] serde_json::Error),
    /// An event cannot be hashed.
    #[error(transparent)]
    Event(#[from] xingjian_tlog::NotCanonical),
    /// A sealed field cannot be opened.
    #[error(transparent)]
    Sealed(#[from] crate::sealed::SealedError),
    /// Bytes are not what they were when they were kept.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Something that must be there is not.
    #[error("missing: {0}")]
    Missing(String),
}

/// Why an act did not happen. The closed list that pages and the API map to answers.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no such thing, or not within the caller's scope.
    #[error("没有找到该记录，或者您无权查看")]
    NotFound,
    /// The caller's roles do not carry the permission.
    #[error("您的岗位没有“{}”权限", .0.label())]
    Denied(Permission),
    /// Somebody changed the record since the caller read it.
    #[error("该记录刚刚被他人修改，请查看最新内容后再办理")]
    Conflict,
    /// Law or state does not allow it.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The input has faults: all of them.
    #[error("填写内容有 {} 处需要修改", .0.len())]
    Invalid(Vec<Fault>),
    /// The same thing is there already.
    #[error("已经存在相同的记录")]
    Exists,
    /// The store failed.
    #[error("系统暂时无法完成该操作")]
    Store(#[from] Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<sea_orm::DbErr> for Failure {
    fn from(error: sea_orm::DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Self::Exists,
            _ => Self::Store(error.into()),
        }
    }
}
