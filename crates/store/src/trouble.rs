//! What an operator can mend when the database does not answer as asked.

use crate::{Error, Failure};
use sea_orm::sqlx::Error as Sqlx;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use std::fmt;

/// Why the database does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbTrouble {
    /// No room on its disk.
    Full,
    /// It may not be written.
    ReadOnly,
    /// Another program holds it.
    Locked,
    /// There is no connection to it, or no further one.
    Unreachable,
    /// It does not let us in, or there is none of this name.
    Refused,
    /// Its files are damaged.
    Damaged,
}

/// Of SQLite: there was no room for a file that is as good as written.
const IOERR_SHMSIZE: u32 = 4_874;

impl DbTrouble {
    /// The trouble behind an error, where it is one that an operator can mend.
    pub fn of(error: &Error) -> Option<Self> {
        if let Error::Db(error) = error { Self::of_db(error) } else { None }
    }

    /// The same for what the driver said.
    pub(crate) fn of_db(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) => {
                Some(Self::Unreachable)
            }
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::of_sqlx(error),
            _ => None,
        }
    }

    /// The same for a failure of an act.
    pub fn of_failure(failure: &Failure) -> Option<Self> {
        if let Failure::Store(error) = failure { Self::of(error) } else { None }
    }

    pub(crate) fn of_sqlx(error: &Sqlx) -> Option<Self> {
        match error {
            Sqlx::Database(error) => Self::of_code(&error.code()?),
            Sqlx::Io(_) | Sqlx::Tls(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed => {
                Some(Self::Unreachable)
            }
            _ => None,
        }
    }

    /// By the code: five characters are PostgreSQL's SQLSTATE, fewer are SQLite's, whose last byte is the kind.
    fn of_code(code: &str) -> Option<Self> {
        if code.len() < 5 {
            let code: u32 = code.parse().ok()?;
            // The file beside the database that its processes share could not get its size.
            if code == IOERR_SHMSIZE {
                return Some(Self::Full);
            }
            return match code & 0xff {
                13 => Some(Self::Full),
                8 => Some(Self::ReadOnly),
                5 | 6 => Some(Self::Locked),
                14 => Some(Self::Refused),
                10 | 11 | 26 => Some(Self::Damaged),
                _ => None,
            };
        }
        match code {
            "53100" => Some(Self::Full),
            "25006" => Some(Self::ReadOnly),
            "55P03" | "40P01" => Some(Self::Locked),
            "3D000" | "42501" => Some(Self::Refused),
            "53300" => Some(Self::Unreachable),
            "58030" | "XX001" | "XX002" => Some(Self::Damaged),
            _ => match &code[..2] {
                "08" | "57" => Some(Self::Unreachable),
                "28" => Some(Self::Refused),
                _ => None,
            },
        }
    }

    /// What an operator does about it.
    pub fn mend(self) -> &'static str {
        match self {
            Self::Full => {
                "数据库所在磁盘已满：腾出空间或者扩大磁盘，运行中的服务无需重启；没有成功的操作都没有留下内容，可以重新办理"
            }
            Self::ReadOnly => {
                "数据库只能读、不能写：检查磁盘是否被只读挂载、文件的所有者和权限，PostgreSQL 是否连到了备机"
            }
            Self::Locked => {
                "数据库被另一个程序占用：结束占用它的程序（如复制文件的备份软件、另一个打开该文件的工具），之后重试"
            }
            Self::Unreachable => {
                "连不上数据库，或者连接数已满：检查 PostgreSQL 是否在运行、地址和 max_connections；恢复后自动接上"
            }
            Self::Refused => {
                "数据库拒绝访问：核对地址、用户、口令、库名；SQLite 请检查文件夹的所有者和权限、磁盘是否被只读挂载"
            }
            Self::Damaged => "数据库文件损坏，或者磁盘读写出错：停止服务，另存备查，运行 xingjian doctor，再从备份恢复",
        }
    }
}

impl Error {
    /// The error for the log of the machine: with its causes and the mend, and without values, which may be somebody's name.
    pub fn told(&self) -> String {
        let mut text = self.to_string();
        if let Self::Unreadable { source, .. } = self {
            // The reader's own sentence may quote what it did not expect.
            text = format!("{text}: {:?} at line {} column {}", source.classify(), source.line(), source.column());
        } else {
            let mut source = std::error::Error::source(self);
            while let Some(cause) = source {
                let cause_text = cause.to_string();
                if !text.contains(&cause_text) {
                    text = format!("{text}: {cause_text}");
                }
                source = cause.source();
            }
        }
        DbTrouble::of(self).map_or(text.clone(), |trouble| format!("{text}; {trouble}"))
    }
}

impl fmt::Display for DbTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mend())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_known() {
        for (codes, trouble) in [
            (&["13", "53100"][..], Some(DbTrouble::Full)),
            (&["8", "1032", "25006"], Some(DbTrouble::ReadOnly)),
            (&["5", "261", "55P03"], Some(DbTrouble::Locked)),
            (&["57P01", "57P03", "08006", "53300"], Some(DbTrouble::Unreachable)),
            (&["14", "28P01", "3D000"], Some(DbTrouble::Refused)),
            (&["11", "26", "778", "XX001"], Some(DbTrouble::Damaged)),
            (&["19", "2067", "23505", "42601", "", "?"], None),
        ] {
            for code in codes {
                assert_eq!(DbTrouble::of_code(code), trouble, "{code}");
            }
        }
    }

    #[test]
    fn the_log_does_not_quote_what_stands_in_a_row() {
        let source = serde_json::from_str::<u8>("\"陈某13800138000\"").unwrap_err();
        assert!(source.to_string().contains("陈某"), "{source}");
        let error = Error::Unreadable { table: "complaint", id: "1".into(), source };
        assert_eq!(error.told(), "row 1 of complaint cannot be read: Data at line 1 column 19");
    }
}
