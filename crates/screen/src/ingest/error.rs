//! What keeps a whole delivery from being read.

use super::report::Report;
use crate::claims::mend;
use crate::layout::Table;
use std::path::Path;
use xingjian_kernel::Fault;

/// Why nothing was put in force.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the delivery cannot be read.
    #[error("文件 {file} 无法读取{}", mend(.source.kind()))]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the delivery is damaged or not whole.
    #[error("文件 {file} 已损坏或不完整（{what}）；请重新导出或重新传输")]
    Damaged {
        /// The file.
        file: String,
        /// What was found.
        what: String,
    },
    /// A file is not in the coding it was said to be in, or in none.
    #[error("文件 {file} 第{}个字节起无法解码：{hint}", .at + 1)]
    Coding {
        /// The file.
        file: String,
        /// Place of the byte, from 0.
        at: u64,
        /// What to do.
        hint: String,
    },
    /// Headers, mappings or files that do not fit; all faults at once.
    #[error("文件与抽取表的版式不符：{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("；"))]
    Layout(Vec<Fault>),
    /// More than half of a file is faulty: it is not what it was taken for.
    #[error(
        "文件 {file} 前{rows}行中有{faulty}行不合格，多半是表或映射不对；没有任何数据入库，不合格的行见 incoming 目录"
    )]
    TooManyFaults {
        /// The file.
        file: String,
        /// Rows read.
        rows: u64,
        /// Faulty ones.
        faulty: u64,
    },
    /// Many rows were set aside, so that nothing was put in force.
    #[error("{}表{read}行中有{aside}行被搁置，没有任何数据入库；逐行原因见存储目录下 {}，确认无误可加 --accept-faulty", .table.label(), .report.set_aside.clone().unwrap_or_default())]
    TooManyAside {
        /// The table.
        table: Table,
        /// Rows set aside.
        aside: u64,
        /// Rows read.
        read: u64,
        /// What would have been in force.
        report: Box<Report>,
    },
    /// The store has another key of patients.
    #[error("参保人密钥与已入库月份所用的不同；换密钥会使同一人在各月份对不上，请放回原来的密钥文件")]
    OtherKey,
    /// Another ingest is under way.
    #[error("另一次入库正在进行；请等它结束")]
    Busy,
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// Sums do not agree: what is in force was left as it is.
    #[error("核对不平，没有任何数据入库：{0}")]
    Unreconciled(String),
    /// Another thread failed first.
    #[error("已停止")]
    Stopped,
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::claims::Error),
}

impl Error {
    pub(super) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Self {
        let file = path.display().to_string();
        move |source| Self::Unreadable { file: file.clone(), source }
    }

    pub(super) fn header(file: &str, reason: impl Into<String>) -> Self {
        Self::Layout(vec![Fault::new(file, "", reason, "第一行应为字段名，与抽取表或映射文件一致")])
    }
}
