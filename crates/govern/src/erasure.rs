//! An erasure (依法删除): what an act left behind is destroyed for a reason of the law, asked for by one person and confirmed by another; or, when
//! the period of keeping nears its end, the desk is warned and decides. What is destroyed is the business of each resource
//! (`store::erasure`), when it may be is that of the policy pack.

mod machine;
mod service;
mod store;
mod target;
#[cfg(test)]
mod tests;

pub use machine::{Action, State, TRANSITIONS, TransitionError};
pub use service::{NewRequest, act, of_target, request, warn_due};
pub use target::{Target, is_erasable};

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::ErasureId;
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, Timestamp};
use xingjian_store::erasure::Extent;

/// An erasure that was asked for, or that the program asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The id.
    pub id: ErasureId,
    /// The record; nothing of what may have to go.
    pub target: Target,
    /// How much.
    pub extent: Extent,
    /// The ledger row in its number of the log, where one row was named.
    pub row_index: Option<i64>,
    /// The reason of the law.
    pub ground: Ground,
    /// Division of the record.
    pub division: DivisionCode,
    /// Department that owns the record.
    pub department: DepartmentId,
    /// When this was begun.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: State,
}

impl Request {
    /// What this person can do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        self.state.open_actions(by)
    }
}

macro_rules! grounds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal, $article:literal;)+) => {
        /// The reasons for which something may be erased: a closed list, each with its article.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Ground { $($(#[$doc])* $name,)+ }

        impl Ground {
            /// Every one, in the order of the law.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
            /// Stable name.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)+ } }
            /// On screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$name => $label,)+ } }
            /// The article.
            pub const fn article(self) -> &'static str { match self { $(Self::$name => $article,)+ } }
            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|known| known.code() == code) }
        }
    };
}

grounds! {
    /// The purpose is reached, cannot be reached, or no longer needs it.
    Purpose = "purpose", "处理目的已实现、无法实现，或者不再必要", "个人信息保护法第47条第1款第1项";
    /// The period of keeping is over.
    Period = "period", "保存期限已届满", "个人信息保护法第47条第1款第2项";
    /// The person took the consent back.
    Consent = "consent", "个人撤回同意", "个人信息保护法第47条第1款第3项";
    /// It was processed against the law or an agreement.
    Unlawful = "unlawful", "违反法律、行政法规或者违反约定处理个人信息", "个人信息保护法第47条第1款第4项";
    /// Another law says so.
    OtherLaw = "other_law", "法律、行政法规规定的其他情形", "个人信息保护法第47条第1款第5项";
}

impl Ground {
    /// As it stands in the place of what was erased.
    pub fn shown(self) -> String {
        format!("{}（{}）", self.label(), self.article())
    }
}
