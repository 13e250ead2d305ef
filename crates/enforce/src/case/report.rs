//! The investigation report (调查终结报告) and its evidence.

use super::Case;
use super::correction::Correction;
use super::error::TransitionError;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;

/// The eight kinds of evidence of 行政处罚法第46条.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// 书证.
    Document,
    /// 物证.
    Object,
    /// 视听资料.
    AudioVisual,
    /// 电子数据.
    ElectronicData,
    /// 证人证言.
    Testimony,
    /// 当事人的陈述.
    PartyStatement,
    /// 鉴定意见.
    ExpertOpinion,
    /// 勘验笔录、现场笔录.
    SiteRecord,
}

impl EvidenceKind {
    /// The eight, in the order of the article.
    pub const ALL: &[Self] = &[
        Self::Document,
        Self::Object,
        Self::AudioVisual,
        Self::ElectronicData,
        Self::Testimony,
        Self::PartyStatement,
        Self::ExpertOpinion,
        Self::SiteRecord,
    ];

    /// Stable name for forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Object => "object",
            Self::AudioVisual => "audio_visual",
            Self::ElectronicData => "electronic_data",
            Self::Testimony => "testimony",
            Self::PartyStatement => "party_statement",
            Self::ExpertOpinion => "expert_opinion",
            Self::SiteRecord => "site_record",
        }
    }

    /// The words of the article.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Document => "书证",
            Self::Object => "物证",
            Self::AudioVisual => "视听资料",
            Self::ElectronicData => "电子数据",
            Self::Testimony => "证人证言",
            Self::PartyStatement => "当事人的陈述",
            Self::ExpertOpinion => "鉴定意见",
            Self::SiteRecord => "勘验笔录、现场笔录",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// What it is and what it proves.
    pub name: String,
    /// The day it was taken.
    pub taken_on: LocalDate,
    /// Checked and found true (查证属实); otherwise it supports nothing.
    pub verified: bool,
    /// Taken by electronic monitoring (行政处罚法第41条).
    pub monitored: bool,
    /// The record of the monitoring passed the review of article 41.
    pub monitor_reviewed: bool,
}

/// What the investigation found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The facts found.
    pub facts: String,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// Illegal gains (违法所得).
    pub gains: Fen,
    /// The part of the gains that is to be paid back (依法应当退赔).
    pub refund: Fen,
    /// The sum a multiple applies to where it is not the gains: 货值金额, 骗取金额, 损失金额 ...
    pub base: Option<Fen>,
    /// The order to correct, where there was one.
    pub correction: Option<Correction>,
    /// 疑难复杂、涉及多个法律关系.
    pub complex: bool,
    /// 重大违法行为.
    pub major: bool,
    /// 涉及重大公共利益.
    pub public_interest: bool,
    /// Facts that were not known when the party was first heard; only these can carry a heavier penalty afterwards.
    pub new_facts: Option<String>,
}

impl Report {
    /// Gains to be confiscated: all but what is paid back.
    pub fn confiscable(&self) -> Fen {
        self.gains.checked_sub(self.refund).unwrap_or(Fen::ZERO)
    }

    /// Facts are stated and carried by evidence that may be used.
    pub(super) fn check(&self, case: &Case, today: LocalDate) -> Result<(), TransitionError> {
        TransitionError::text(&self.facts, "违法事实")?;
        if self.evidence.is_empty() {
            return Err(TransitionError::NoEvidence);
        }
        for piece in &self.evidence {
            TransitionError::text(&piece.name, "证据名称")?;
            if !piece.verified {
                return Err(TransitionError::EvidenceNotVerified(piece.name.clone()));
            }
            if piece.monitored && !piece.monitor_reviewed {
                return Err(TransitionError::MonitoringNotReviewed(piece.name.clone()));
            }
            if piece.taken_on > today {
                return Err(TransitionError::FutureDate { what: "取证日期", date: piece.taken_on });
            }
        }
        let sound = self.gains >= Fen::ZERO && Fen::ZERO <= self.refund && self.refund <= self.gains;
        if !sound || self.base.is_some_and(|base| base < Fen::ZERO) {
            return Err(TransitionError::Money("违法所得和退赔金额不能为负，退赔不能超过违法所得"));
        }
        match &self.correction {
            Some(correction) => correction.check(&case.handlers, &case.former, today),
            None => Ok(()),
        }
    }
}
