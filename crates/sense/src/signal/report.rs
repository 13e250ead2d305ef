use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Fault, LocalDate};

/// Shortest text taken from a system, in characters.
pub const SHORTEST_REPORT: usize = 10;
/// Longest text taken from a system, in characters.
pub const LONGEST_REPORT: usize = 5_000;

/// What a connected system says of a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The system.
    pub system: AccountId,
    /// Its name then.
    pub system_name: String,
    /// Its own number of the matter.
    pub reference: String,
    /// What it found.
    pub text: String,
    /// When that was, where it says so.
    pub occurred_on: Option<LocalDate>,
}

impl Report {
    /// One signal for each number of a system.
    pub(super) fn number(&self) -> String {
        number(self.system, &self.reference)
    }

    /// What is wrong with it.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![];
        let length = self.text.chars().count();
        if !(SHORTEST_REPORT..=LONGEST_REPORT).contains(&length) {
            let reason = format!("有{length}字，不在{SHORTEST_REPORT}至{LONGEST_REPORT}字之间");
            faults.push(Fault::new("text", &self.text, reason, "请写清发现了什么、依据什么数据"));
        }
        if self.reference.trim().is_empty() || self.reference.chars().count() > 64 {
            faults.push(Fault::new("reference", &self.reference, "没有编号，或者超过64字", "请填写对方系统中的编号"));
        }
        faults
    }
}

/// The number of a signal by that of a system.
pub(super) fn number(system: AccountId, reference: &str) -> String {
    format!("{system}/{reference}")
}
