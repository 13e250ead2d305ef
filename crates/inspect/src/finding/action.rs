//! What can be done with a finding, and the table the diagram is checked against.

use super::Measure;
use crate::officer::Standing;
use std::collections::BTreeMap;
use xingjian_kernel::id::{CaseId, OfficerId};
use xingjian_kernel::{Deadline, LocalDate, Timestamp};

/// Name of an action, as in the table and on buttons' addresses.
pub type ActionName = &'static str;

/// State, action, state. docs/states/finding.md holds exactly these.
pub const TRANSITIONS: &[(&str, ActionName, &str)] = &[
    ("ordered", "submit", "submitted"),
    ("submitted", "submit", "submitted"),
    ("ordered", "pass", "ordered"),
    ("ordered", "fail", "ordered"),
    ("submitted", "pass", "submitted"),
    ("submitted", "fail", "submitted"),
    ("ordered", "confirm", "settled"),
    ("ordered", "confirm", "ordered"),
    ("submitted", "confirm", "settled"),
    ("submitted", "confirm", "ordered"),
    ("submitted", "confirm", "submitted"),
    ("ordered", "return_recheck", "ordered"),
    ("submitted", "return_recheck", "submitted"),
    ("ordered", "measure", "ordered"),
    ("submitted", "measure", "submitted"),
    ("settled", "measure", "settled"),
    ("ordered", "file_case", "ordered"),
    ("submitted", "file_case", "submitted"),
    ("settled", "file_case", "settled"),
    ("ordered", "end_case", "ordered"),
    ("submitted", "end_case", "submitted"),
    ("settled", "end_case", "settled"),
];

/// Actions that follow by themselves from another act; no button is drawn for them.
pub(super) const AUTOMATIC: &[ActionName] = &["end_case"];

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The institution hands in what it did; an officer may enter a paper.
    Submit {
        /// What was done.
        text: String,
        /// Evidence, as described by the institution.
        evidence: Vec<String>,
    },
    /// The re-check passed; it counts once the second officer confirms it.
    Pass {
        /// The second officer.
        with: OfficerId,
        /// What was seen.
        facts: String,
    },
    /// The re-check failed; once the second officer confirms it, a new order is given.
    Fail {
        /// The second officer.
        with: OfficerId,
        /// What was seen.
        facts: String,
        /// By when it is to be corrected now; `None` takes the clock of the policy pack.
        correct_by: Option<LocalDate>,
    },
    /// The second officer confirms the re-check with an own login.
    Confirm,
    /// A re-check that waits for its confirmation is taken back or returned.
    ReturnRecheck {
        /// Why.
        reason: String,
    },
    /// A measure is recorded.
    Measure {
        /// Which.
        measure: Measure,
        /// What was done.
        text: String,
        /// On which day.
        on: LocalDate,
    },
    /// A case is proposed for the finding.
    FileCase,
    /// Its case ended without a penalty in force: it may be filed again, by another violation. Only the program does
    /// this, following the case.
    EndCase {
        /// The case.
        case: CaseId,
        /// How it ended.
        how: String,
    },
}

impl Action {
    /// Its name in the table.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Submit { .. } => "submit",
            Self::Pass { .. } => "pass",
            Self::Fail { .. } => "fail",
            Self::Confirm => "confirm",
            Self::ReturnRecheck { .. } => "return_recheck",
            Self::Measure { .. } => "measure",
            Self::FileCase => "file_case",
            Self::EndCase { .. } => "end_case",
        }
    }
}

/// The words on the button of an action; empty for a name that is none.
pub fn action_label(name: &str) -> &'static str {
    match name {
        "submit" => "提交整改情况",
        "pass" => "复查通过",
        "fail" => "复查不通过",
        "confirm" => "确认复查",
        "return_recheck" => "退回复查记录",
        "measure" => "记录监管措施",
        "file_case" => "提请立案",
        "end_case" => "案件终止",
        _ => "",
    }
}

/// What a step needs to know beyond the finding.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// What the registry says about the officers of a re-check.
    pub standing: BTreeMap<OfficerId, Standing>,
    /// Due date of a new order, where the re-check failed, and its number once the re-check is confirmed.
    pub order: Option<(String, Deadline)>,
    /// The case that was proposed.
    pub case: Option<CaseId>,
}

impl Facts {
    /// Nothing but the time.
    pub fn at(now: Timestamp) -> Self {
        Self { now, standing: BTreeMap::new(), order: None, case: None }
    }
}
