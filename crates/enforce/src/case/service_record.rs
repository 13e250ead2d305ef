//! Service of papers (送达).

use super::error::TransitionError;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::PaperId;

/// How a paper reaches the party (卫生健康行政处罚程序规定第53至57条).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceMethod {
    /// 直接送达.
    Direct,
    /// 留置送达.
    Left,
    /// 委托送达.
    Entrusted,
    /// 邮寄送达.
    Post,
    /// 电子送达.
    Electronic,
    /// 公告送达.
    Announcement,
}

impl ServiceMethod {
    /// Every method.
    pub const ALL: &[Self] =
        &[Self::Direct, Self::Left, Self::Entrusted, Self::Post, Self::Electronic, Self::Announcement];

    /// Stable name for forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Left => "left",
            Self::Entrusted => "entrusted",
            Self::Post => "post",
            Self::Electronic => "electronic",
            Self::Announcement => "announcement",
        }
    }

    /// The method on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Direct => "直接送达",
            Self::Left => "留置送达",
            Self::Entrusted => "委托送达",
            Self::Post => "邮寄送达",
            Self::Electronic => "电子送达",
            Self::Announcement => "公告送达",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.code() == code)
    }

    /// What a receipt by this method must note; `None` where nothing more is needed.
    pub const fn note_needed(self) -> Option<&'static str> {
        match self {
            Self::Direct | Self::Entrusted | Self::Post => None,
            Self::Left => Some("见证人姓名，或者拍照、录像情况"),
            Self::Electronic => Some("当事人签订的送达确认书和到达系统的时间"),
            Self::Announcement => Some("公告载体和原因"),
        }
    }
}

/// The receipt (送达回执).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// The method.
    pub method: ServiceMethod,
    /// The day that counts as the day of service: receipt, arrival in the system, or the day after an announcement's term.
    pub on: LocalDate,
    /// Who received it.
    pub receiver: String,
    /// Witness, recording, confirmation, refusal.
    pub note: String,
    /// The day of the announcement, where the paper was announced.
    #[serde(default)]
    pub announced_on: Option<LocalDate>,
}

impl ServiceRecord {
    /// The day of the announcement, where it serves by one.
    pub(super) fn announced_on(&self) -> Option<LocalDate> {
        self.announced_on.filter(|_| self.method == ServiceMethod::Announcement)
    }

    /// The day of service of an announcement is nobody's to type: it is the day after the term (民事诉讼法第95条, to which
    /// 行政处罚法第61条 refers). `term` runs from the announcement.
    pub(super) fn settled(self, term: Option<Deadline>, today: LocalDate) -> Result<Self, TransitionError> {
        if self.method != ServiceMethod::Announcement {
            return Ok(Self { announced_on: None, ..self });
        }
        let announced_on = self.announced_on.ok_or(TransitionError::Missing("公告日期"))?;
        let term = term.filter(|term| term.from == announced_on).ok_or(TransitionError::Missing("公告期限"))?;
        let on = term.due.tomorrow().unwrap_or(term.due);
        if today < on { Err(TransitionError::AnnouncementRunning(term)) } else { Ok(Self { on, ..self }) }
    }

    /// The receipt is complete and the day is possible.
    pub(super) fn check(&self, not_before: LocalDate, today: LocalDate) -> Result<(), TransitionError> {
        if self.on > today {
            return Err(TransitionError::FutureDate { what: "送达日期", date: self.on });
        }
        if self.announced_on.unwrap_or(self.on) < not_before {
            return Err(TransitionError::TooEarly { what: "送达日期", not_before });
        }
        if self.method != ServiceMethod::Announcement {
            TransitionError::text(&self.receiver, "收件人")?;
        }
        match self.method.note_needed() {
            Some(needed) => TransitionError::text(&self.note, needed),
            None => Ok(()),
        }
    }
}

/// A paper as it was kept: its record and the hash of its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRef {
    /// The paper.
    pub id: PaperId,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}
