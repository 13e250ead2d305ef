//! Claims as they lie on disk: immutable Parquet files for each month and bucket of patients, three tables in each,
//! sorted by patient and time, with codes in place of names. A manifest says which files are in force.
//!
//! ```text
//! manifest.json, manifests/N.json   what is in force, and what was
//! dictionaries/{items,institutions,…}-N.parquet     code -> name, codes are never given twice
//! 2026-01/b03-v1.{patients,visits,lines}.parquet
//! ```
//! `visits.patient` is the row of the patient in `patients`, `lines.visit` the row of the visit in `visits`, both from 0.

pub mod dictionary;
pub mod disk;
pub mod load;
pub mod manifest;
pub mod read;
pub mod rows;
pub mod schema;
pub mod write;

pub use dictionary::{Dictionaries, Dictionary};
pub use disk::Disk;
pub use manifest::{FileSet, Manifest, Month, Pruned, Store, TableFile};
pub use rows::{Line, MonthRows, Visit};

use std::io::ErrorKind;

/// No value, in columns that are kept as plain integers in memory.
pub const NONE: i32 = i32::MIN;

/// What cannot be done with a claims store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("文件 {path} 无法读写{}", mend(.source.kind()))]
    Io {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file is broken or does not have the columns of its table.
    #[error("数据文件 {path} 已损坏或格式不符")]
    Parquet {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A file is not what the manifest says.
    #[error("数据文件 {path} 与清单不符：{what}")]
    Mismatch {
        /// The file.
        path: String,
        /// What differs.
        what: String,
    },
    /// The manifest cannot be understood.
    #[error("清单 {path} 无法解析")]
    Manifest {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What an input or output error means, and what to do about it.
pub(crate) const fn mend(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "：磁盘已满；腾出空间后重新执行同一命令",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "：没有权限；检查文件夹的所有者和权限",
        ErrorKind::NotFound => "：文件不存在；检查路径",
        _ => "；检查磁盘后重新执行同一命令",
    }
}

impl Error {
    /// An input or output error of a file.
    pub fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }

    /// A Parquet error of a file.
    pub fn parquet(path: &std::path::Path) -> impl Fn(parquet::errors::ParquetError) -> Self {
        let path = path.display().to_string();
        move |source| Self::Parquet { path: path.clone(), source }
    }

    /// A file that is not what the manifest says.
    pub fn mismatch(path: &std::path::Path, what: impl Into<String>) -> Self {
        Self::Mismatch { path: path.display().to_string(), what: what.into() }
    }
}
