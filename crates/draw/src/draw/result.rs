//! What came of the visits. Every drawn object counts: one that was not found, has closed or refused keeps its place in
//! the result and is never swapped for another; further objects are an extension that names it.

use super::{Document, Drawn, Origin};
use crate::DrawId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::Timestamp;

/// The seven results of a random inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitResult {
    /// 未发现问题.
    NothingFound,
    /// 发现问题已责令改正.
    CorrectionOrdered,
    /// 发现问题待后续处理.
    ToBeHandled,
    /// 不配合检查情节严重.
    Refused,
    /// 未发现开展本次抽查涉及的经营活动.
    NoSuchBusiness,
    /// 通过登记住所无法联系.
    NotFound,
    /// 已关闭停业.
    Closed,
}

impl VisitResult {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::NothingFound,
        Self::CorrectionOrdered,
        Self::ToBeHandled,
        Self::Refused,
        Self::NoSuchBusiness,
        Self::NotFound,
        Self::Closed,
    ];

    /// The name that is published.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NothingFound => "未发现问题",
            Self::CorrectionOrdered => "发现问题已责令改正",
            Self::ToBeHandled => "发现问题待后续处理",
            Self::Refused => "不配合检查情节严重",
            Self::NoSuchBusiness => "未发现开展本次抽查涉及的经营活动",
            Self::NotFound => "通过登记住所无法联系",
            Self::Closed => "已关闭停业",
        }
    }

    /// Whether the items of the inspection could be looked at.
    pub const fn is_inspected(self) -> bool {
        matches!(self, Self::NothingFound | Self::CorrectionOrdered | Self::ToBeHandled)
    }
}

/// The result of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Name of the draw.
    pub draw: DrawId,
    /// Id of the object.
    pub object: String,
    /// What came of it.
    pub result: VisitResult,
    /// Who was there, by pseudonym.
    pub officers: Vec<String>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Why a result was not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No such object was drawn.
    #[error("对象“{0}”不在抽查结果中。请核对对象编号")]
    NotDrawn(String),
    /// It has one.
    #[error("对象“{object}”已经登记结果“{}”，不得改换", .result.label())]
    Twice {
        /// The object.
        object: String,
        /// What was recorded.
        result: VisitResult,
    },
    /// Fewer than two.
    #[error("对象“{object}”的检查只有{count}名执法人员，不得少于两人（行政处罚法第42条）。请补充到场人员")]
    TooFew {
        /// The object.
        object: String,
        /// How many different ones.
        count: usize,
    },
    /// Not of the team.
    #[error("“{officer}”不在对象“{object}”的检查组中。请先按程序更换检查人员")]
    NotInTeam {
        /// The object.
        object: String,
        /// The officer.
        officer: String,
    },
}

impl Drawn {
    /// Records the result of a visit.
    pub(super) fn record(
        &mut self,
        object: String,
        result: VisitResult,
        mut officers: Vec<String>,
        at: Timestamp,
    ) -> Result<Recorded, RecordError> {
        officers.sort_unstable();
        officers.dedup();
        let team = self.teams.iter().find(|team| team.object == object);
        let team = team.ok_or_else(|| RecordError::NotDrawn(object.clone()))?;
        if let Some(before) = self.results.get(&object) {
            return Err(RecordError::Twice { object, result: before.result });
        }
        if let Some(officer) = officers.iter().find(|officer| !team.officers.contains(officer)) {
            return Err(RecordError::NotInTeam { object, officer: officer.clone() });
        }
        if officers.len() < crate::base::FEWEST_OFFICERS {
            return Err(RecordError::TooFew { object, count: officers.len() });
        }
        let recorded = Recorded { draw: self.drawing.draw.clone(), object: object.clone(), result, officers, at };
        self.results.insert(object, recorded.clone());
        Ok(recorded)
    }

    /// The results so far.
    pub fn tally(&self) -> Tally {
        let mut results = BTreeMap::new();
        for recorded in self.results.values() {
            *results.entry(recorded.result).or_default() += 1;
        }
        Tally { drawn: self.rows.len(), results, outstanding: self.rows.len() - self.results.len() }
    }
}

/// All drawn objects by result: the sum is always the number of drawn objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many were drawn.
    pub drawn: usize,
    /// How many have each result.
    pub results: BTreeMap<VisitResult, usize>,
    /// How many have none yet.
    pub outstanding: usize,
}

/// A drawn object that could not be inspected, and the extension that was made because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// The draw.
    pub draw: DrawId,
    /// The object.
    pub object: String,
    /// Its result.
    pub result: VisitResult,
    /// The extension, where there is one.
    pub extension: Option<DrawId>,
}

/// The ledger of substitutions, in the order of the documents.
pub fn substitutions(documents: &[Document]) -> Vec<Substitution> {
    let extension = |of: &Recorded| {
        documents.iter().find_map(|document| match document {
            Document::Frozen(freeze) => match &freeze.origin {
                Origin::Extension { of: draw, because_of } if *draw == of.draw && because_of.contains(&of.object) => {
                    Some(freeze.draw.clone())
                }
                _ => None,
            },
            _ => None,
        })
    };
    let missed = documents.iter().filter_map(|document| match document {
        Document::Recorded(recorded) if !recorded.result.is_inspected() => Some(recorded),
        _ => None,
    });
    let row = |of: &Recorded| Substitution {
        draw: of.draw.clone(),
        object: of.object.clone(),
        result: of.result,
        extension: extension(of),
    };
    missed.map(row).collect()
}
