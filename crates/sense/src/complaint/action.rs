use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{AccountId, ComplaintId};
use xingjian_kernel::{DepartmentId, LocalDate};

/// What was decided when a complaint was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Complaint kind of the policy pack (投诉、举报、信访、咨询).
    pub kind: String,
    /// Why this kind.
    pub reason: String,
    /// Topic by which the duty list was asked.
    pub topic: String,
    /// Duty of the policy pack that decides the department.
    pub duty: String,
    /// Department by that duty.
    pub unit: DepartmentId,
    /// When the answer is due, by the clock of the kind.
    pub due: Deadline,
    /// Whether the reporter must be answered.
    pub must_answer: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What the reporter is told.
    pub text: String,
    /// 属实、部分属实、不属实、无法核实
    pub finding: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub on: LocalDate,
}

/// What somebody does to a complaint.
#[derive(Clone, Debug)]
pub enum Action {
    /// 受理并分派
    Accept(Box<Acceptance>),
    /// 不予受理
    Decline {
        /// Why, as told to the reporter.
        reason: String,
    },
    /// 开始核查
    Investigate,
    /// 提交答复
    Answer {
        /// What the reporter is told.
        text: String,
        /// 属实、部分属实、不属实、无法核实
        finding: String,
    },
    /// 退回重新核查
    Return {
        /// What is missing.
        reason: String,
    },
    /// 复核办结
    Close,
    /// 并入另一件
    Join {
        /// The leading complaint.
        lead: ComplaintId,
        /// Its number.
        number: String,
    },
    /// 从并入的件中分出
    Separate,
    /// 随主件办结或者不予受理（系统）
    Follow(Box<Outcome>),
    /// 重新办理（反映人）
    Reopen {
        /// When the second answer is due.
        due: Deadline,
    },
}

/// How a leading complaint ended, which those joined to it share.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Answered and closed.
    Closed {
        /// What was decided at acceptance.
        acceptance: Box<Acceptance>,
        /// The answer.
        answer: Answer,
        /// Second officer.
        approved_by: String,
        /// Who answered.
        handled_by: Option<AccountId>,
    },
    /// Not accepted.
    Declined {
        /// Why, as told to the reporter.
        reason: String,
        /// Who.
        by: String,
    },
}

impl Action {
    /// The name in diagrams, routes and buttons.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Decline { .. } => "decline",
            Self::Investigate => "investigate",
            Self::Answer { .. } => "answer",
            Self::Return { .. } => "return",
            Self::Close => "close",
            Self::Join { .. } => "join",
            Self::Separate => "separate",
            Self::Follow(_) => "follow",
            Self::Reopen { .. } => "reopen",
        }
    }
}
