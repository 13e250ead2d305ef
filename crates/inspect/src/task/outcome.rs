//! Answers to checklist items and the result of a visit. Not found, closed and refused are results: they count and
//! the subject is never swapped for another.

use super::{Item, TransitionError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::{Fault, LocalDate};

/// What was found about one item. "Not applicable" and "not checked" are different answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// 符合.
    Conforms,
    /// 不符合.
    Violates {
        /// What was found, as facts.
        facts: String,
        /// Violation (案由) of the policy pack, where one is named already.
        violation: Option<String>,
        /// Day by which it is to be corrected; `None` takes the clock of the policy pack.
        correct_by: Option<LocalDate>,
    },
    /// 不适用: the subject has no such activity.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// 未检查.
    NotChecked {
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// The answer on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Conforms => "符合",
            Self::Violates { .. } => "不符合",
            Self::NotApplicable { .. } => "不适用",
            Self::NotChecked { .. } => "未检查",
        }
    }

    fn is_about_the_place(&self) -> bool {
        matches!(self, Self::Conforms | Self::Violates { .. })
    }

    /// The answer with its texts trimmed; faults are noted under the item's name.
    pub(super) fn checked(self, item: &str, day: LocalDate, faults: &mut Vec<Fault>) -> Self {
        match self {
            Self::Conforms => Self::Conforms,
            Self::Violates { facts, violation, correct_by } => {
                let facts = crate::text::required(&format!("{item}：违法事实"), &facts, faults);
                if let Some(by) = correct_by
                    && by < day
                {
                    let place = format!("{item}：改正期限");
                    faults.push(Fault::new(place, &by.to_string(), "早于检查当日", "请填写检查当日或之后的日期"));
                }
                Self::Violates { facts, violation: violation.filter(|v| !v.trim().is_empty()), correct_by }
            }
            Self::NotApplicable { reason } => Self::NotApplicable {
                reason: crate::text::required(&format!("{item}：不适用原因"), &reason, faults),
            },
            Self::NotChecked { reason } => Self::NotChecked {
                reason: crate::text::required(&format!("{item}：未检查原因"), &reason, faults),
            },
        }
    }
}

/// The result of a visit, in the kinds that are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No problem.
    NoProblem,
    /// Problems, ordered to be corrected.
    OrderedCorrection,
    /// The party refused to cooperate, in a serious way.
    Refused,
    /// The activity in question is not carried on.
    NotPractised,
    /// Not to be found at the registered place.
    NotReachable,
    /// Problems, to be handled further.
    ToBeHandled,
    /// Closed down.
    ClosedDown,
}

impl Outcome {
    /// Every one, in the official order.
    pub const ALL: [Self; 7] = [
        Self::NoProblem,
        Self::OrderedCorrection,
        Self::Refused,
        Self::NotPractised,
        Self::NotReachable,
        Self::ToBeHandled,
        Self::ClosedDown,
    ];

    /// The official words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoProblem => "未发现问题",
            Self::OrderedCorrection => "发现问题已责令改正",
            Self::Refused => "不配合检查情节严重",
            Self::NotPractised => "未发现开展本次抽查涉及的经营活动",
            Self::NotReachable => "通过登记住所无法联系",
            Self::ToBeHandled => "发现问题待后续处理",
            Self::ClosedDown => "已关闭停业",
        }
    }

    /// Stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoProblem => "no_problem",
            Self::OrderedCorrection => "ordered_correction",
            Self::Refused => "refused",
            Self::NotPractised => "not_practised",
            Self::NotReachable => "not_reachable",
            Self::ToBeHandled => "to_be_handled",
            Self::ClosedDown => "closed_down",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code)
    }

    /// Whether nobody was met, so that no party can sign.
    pub const fn nobody_met(self) -> bool {
        matches!(self, Self::NotReachable | Self::ClosedDown)
    }

    /// What stands for an item that was left open, where this result explains it.
    fn fills(self) -> Option<Answer> {
        let reason = format!("检查结果为“{}”", self.label());
        match self {
            Self::NotReachable | Self::ClosedDown | Self::Refused => Some(Answer::NotChecked { reason }),
            Self::NotPractised => Some(Answer::NotApplicable { reason }),
            Self::NoProblem | Self::OrderedCorrection | Self::ToBeHandled => None,
        }
    }

    /// The answers of a finished record: every item answered, and none against the result.
    pub(super) fn complete(
        self,
        items: &[Item],
        mut answers: BTreeMap<String, Answer>,
    ) -> Result<BTreeMap<String, Answer>, TransitionError> {
        let open: Vec<&Item> = items.iter().filter(|i| !answers.contains_key(&i.id)).collect();
        if let Some(answer) = self.fills() {
            answers.extend(open.iter().map(|i| (i.id.clone(), answer.clone())));
        } else if !open.is_empty() {
            return Err(TransitionError::Unanswered(open.iter().map(|i| i.name.clone()).collect()));
        }
        let violated = answers.values().any(|a| matches!(a, Answer::Violates { .. }));
        let why = match self {
            Self::NoProblem | Self::NotPractised if violated => "检查表中有“不符合”的项目",
            Self::NoProblem if !answers.values().any(|a| *a == Answer::Conforms) => "检查表中没有一项“符合”",
            Self::OrderedCorrection | Self::ToBeHandled if !violated => "检查表中没有“不符合”的项目",
            Self::NotReachable | Self::ClosedDown if answers.values().any(Answer::is_about_the_place) => {
                "检查表中有现场查看的结论"
            }
            _ => return Ok(answers),
        };
        Err(TransitionError::Contradiction { outcome: self, why })
    }
}
