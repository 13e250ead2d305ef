//! The people of a case: the party, the officers who handle it, and whoever signs an act.

use serde::{Deserialize, Serialize};
use std::ops::Deref;
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{Actor, LocalDate, Timestamp};

/// Whether thresholds for citizens or for organisations apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// 公民.
    Person,
    /// 法人或者其他组织.
    Organisation,
}

impl PartyKind {
    /// The kind on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Person => "公民",
            Self::Organisation => "法人或者其他组织",
        }
    }
}

/// Whom the case is against (当事人), as the papers name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Citizen or organisation.
    pub kind: PartyKind,
    /// Address; empty where it is not known.
    pub address: String,
    /// Credit code or licence number of an organisation; never a citizen number.
    pub code: Option<String>,
}

/// A certified officer who handles the case (承办人).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerRef {
    /// The officer's record.
    pub officer: OfficerId,
    /// The account that acts for the officer.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// Number of the enforcement certificate (行政执法证).
    pub certificate: String,
}

/// An officer who no longer handles the case, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerHandler {
    /// The officer.
    pub officer: OfficerRef,
    /// Recusal or another reason.
    pub ground: LeavingGround,
    /// The reason in words.
    pub reason: String,
    /// Who decided, and when.
    pub by: Mark,
}

/// Why an officer leaves a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeavingGround {
    /// 回避, 行政处罚法第43条.
    Recusal,
    /// 工作调整.
    Reassignment,
}

impl LeavingGround {
    /// The ground on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Recusal => "回避",
            Self::Reassignment => "工作调整",
        }
    }
}

/// A person's mark under an act: who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The account.
    pub account: AccountId,
    /// The name at that time.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

impl Mark {
    /// The mark of an actor; `None` for the public and for the system itself.
    pub fn of(actor: &Actor, at: Timestamp) -> Option<Self> {
        Some(Self { account: actor.account?, name: actor.name.clone(), at })
    }

    /// The day.
    pub fn on(&self) -> LocalDate {
        self.at.local_date()
    }
}

/// Something a person put into the case, with the mark; with a second mark where two handlers must sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<T> {
    /// What was put in.
    pub what: T,
    /// By whom and when.
    pub by: Mark,
    /// The handler who signed it too, and when.
    pub with: Option<Mark>,
}

impl<T> Signed<T> {
    /// The day of the last signature: from it on it is in force.
    pub fn signed_on(&self) -> LocalDate {
        self.with.as_ref().unwrap_or(&self.by).on()
    }
}

impl<T> Deref for Signed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.what
    }
}
