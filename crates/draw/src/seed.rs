//! The seed: what the public sources named beforehand have said, in one order, as one text.
//!
//! At least one source that nobody here can choose is always among them: a public ceremony, a lottery or exchange, a
//! round of drand. What departments reveal only adds to these, and is due before any of them exists.

mod contribution;
mod plan;

pub use contribution::{Contributions, Entered, Reveal};
pub use plan::{Ceremony, FEWEST_DIGITS, Lottery, RevealPlan, Round, SourcePlan};

use crate::drand::PulseError;
use xingjian_kernel::{DepartmentId, Fault, Timestamp};

/// Why there is no seed. No seed, no draw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// A planned source has not spoken.
    #[error("种子来源“{0}”还没有结果。请在其产生后由两人分别录入")]
    Missing(&'static str),
    /// Something came in from a source that the plan does not name.
    #[error("公布的抽查方案没有约定种子来源“{0}”，不得使用。请只录入方案约定的来源")]
    NotPlanned(&'static str),
    /// One person typed it twice, or two of one department did.
    #[error("“{source}”由{first}和{second}录入：两名录入人须属于不同部门。请由另一部门的人员重新录入", source = .what)]
    OneHand {
        /// The source.
        what: &'static str,
        /// Who typed first, with department.
        first: String,
        /// Who typed second.
        second: String,
    },
    /// The two typed different things.
    #[error("“{what}”两次录入不一致：“{first}”和“{second}”。请对照公开记录核对后重新录入")]
    Differ {
        /// The source.
        what: &'static str,
        /// What the first typed.
        first: String,
        /// What the second typed.
        second: String,
    },
    /// Typed before the source could have spoken.
    #[error("“{what}”录入于{at}，早于其产生时间{exists}。请核对时间，不得提前录入")]
    Early {
        /// The source.
        what: &'static str,
        /// When it was typed.
        at: Timestamp,
        /// When the source speaks.
        exists: Timestamp,
    },
    /// The value is not one that this source gives.
    #[error(transparent)]
    Value(#[from] BadValue),
    /// The round is forged or another one.
    #[error(transparent)]
    Pulse(#[from] PulseError),
    /// A round other than the planned one.
    #[error("录入的是drand第{entered}轮，方案约定的是第{planned}轮。请录入约定的轮次")]
    OtherRound {
        /// What the plan names.
        planned: u64,
        /// What came.
        entered: u64,
    },
    /// A department did not reveal in time; the draw stops.
    #[error("部门“{department}”未在{due}前公开其承诺的随机数。请公布这一情况并终止本次抽查，另行组织")]
    NotRevealed {
        /// Who.
        department: DepartmentId,
        /// When it was due.
        due: Timestamp,
    },
    /// A department revealed something else than it had committed to.
    #[error("部门“{department}”公开的随机数与其事先提交的承诺不符。请公布这一情况并终止本次抽查，另行组织")]
    OtherReveal {
        /// Who.
        department: DepartmentId,
    },
    /// A department without a commitment revealed something.
    #[error("部门“{department}”没有事先提交承诺，其随机数不得使用。请删去该部门的录入")]
    NotCommitted {
        /// Who.
        department: DepartmentId,
    },
}

impl SeedError {
    /// Whether the draw has to be stopped: nothing that comes later can mend it.
    pub const fn stops(&self) -> bool {
        matches!(self, Self::NotRevealed { .. } | Self::OtherReveal { .. })
    }
}

/// A value that cannot have come from its source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(pub Fault);

#[cfg(test)]
mod tests;
