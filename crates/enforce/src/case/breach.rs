//! Why an act is refused that breaks a rule on signatures and certificates, re-checks, lengths and reaches, or on what
//! was reviewed and discussed. Each names its article.

use xingjian_kernel::LocalDate;
use xingjian_kernel::time::chinese;
use xingjian_policy::PenaltyKind;

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A re-check before the term was over says nothing about 逾期.
    #[error("复查日期{}不晚于改正期限{}，不能认定逾期不改正", chinese(*.on), chinese(*.due))]
    RecheckTooEarly {
        /// The day of the re-check.
        on: LocalDate,
        /// Last day for the correction.
        due: LocalDate,
    },
    /// Found corrected before it was found not corrected.
    #[error("{}已查实改正，与{}复查未改正相矛盾", chinese(*.done), chinese(*.on))]
    RecheckContradicted {
        /// The day of the re-check.
        on: LocalDate,
        /// The day of the correction.
        done: LocalDate,
    },
    /// Fewer than two re-checked.
    #[error("复查未改正的人员只有{given}名可以认定，应当由两名以上执法人员复查")]
    RecheckedAlone {
        /// How many count.
        given: usize,
    },
    /// A kind that lasts for a time without saying how long.
    #[error("“{}”没有写明期限，或者期限不适用于该处罚种类", .0.label())]
    LengthMissing(PenaltyKind),
    /// A kind that reaches something without saying what.
    #[error("“{}”没有写明对象和范围，或者对象不适用于该处罚种类", .0.label())]
    ReachMissing(PenaltyKind),
    /// The printed words differ from those of the notice.
    #[error("责令改正和说明的内容与已告知当事人的不一致，改变的部分没有经过告知")]
    WordsNotNoticed,
    /// A handler's certificate is not valid on the day of an act.
    #[error("{name}在{}没有有效的行政执法证，不能办理或者会签该事项", chinese(*.day))]
    CertificateLapsed {
        /// The officer.
        name: String,
        /// The day.
        day: LocalDate,
    },
    /// One handler signed twice.
    #[error("该事项由您提交，不能由您会签，应当由另一名承办人以本人登录会签")]
    OwnCountersignature,
    /// Nothing waits for a signature.
    #[error("没有待会签的事项")]
    NothingToCountersign,
    /// Something waits for the second handler's signature.
    #[error("{by}提交的“{act}”尚待另一名承办人会签，会签或者退回以前不能办理其他环节")]
    AwaitingCountersignature {
        /// The act on screen.
        act: &'static str,
        /// Who put it down.
        by: String,
    },
    /// The decision is not what was reviewed.
    #[error("拟作出的决定与法制审核通过的处罚不一致：审核通过的是“{reviewed}”")]
    NotAsReviewed {
        /// What was reviewed.
        reviewed: String,
    },
    /// The decision is not what the heads agreed.
    #[error("拟作出的决定与负责人集体讨论的处罚不一致：讨论决定的是“{discussed}”")]
    NotAsDiscussed {
        /// What was agreed.
        discussed: String,
    },
}

impl Breach {
    /// Stable name for programs and the article it rests on; empty where there is none.
    pub(super) fn basis(&self) -> (&'static str, String) {
        let act = |n: u16| format!("行政处罚法第{n}条");
        match self {
            Self::RecheckTooEarly { .. } => ("recheck_too_early", act(28)),
            Self::RecheckContradicted { .. } => ("recheck_contradicted", act(40)),
            Self::RecheckedAlone { .. } => ("rechecked_alone", act(42)),
            Self::LengthMissing(_) => ("length_missing", act(44)),
            Self::ReachMissing(_) => ("reach_missing", act(44)),
            Self::WordsNotNoticed => ("words_not_noticed", act(44)),
            Self::CertificateLapsed { .. } => ("certificate_lapsed", act(42)),
            Self::OwnCountersignature => ("own_countersignature", act(42)),
            Self::NothingToCountersign => ("nothing_to_countersign", String::new()),
            Self::AwaitingCountersignature { .. } => ("awaiting_countersignature", act(42)),
            Self::NotAsReviewed { .. } => ("not_as_reviewed", act(58)),
            Self::NotAsDiscussed { .. } => ("not_as_discussed", act(57)),
        }
    }

    /// The way on.
    pub(super) const fn mend(&self) -> &'static str {
        match self {
            Self::RecheckTooEarly { .. } => "期限届满后复查，按复查结果填写",
            Self::RecheckContradicted { .. } => "核对复查日期和改正日期后重新填写",
            Self::RecheckedAlone { .. } => "写明参加复查的两名承办人，或者选用问题整改中的复查记录",
            Self::LengthMissing(_) | Self::ReachMissing(_) => "按处罚种类逐项填写期限、对象和范围",
            Self::WordsNotNoticed => "照已告知的内容填写；需要改变的，退回重新合议、告知",
            Self::CertificateLapsed { .. } => "更新证件登记，或者由负责人更换承办人后重新提交",
            Self::OwnCountersignature => "请另一名承办人登录后在“今日”中会签",
            Self::NothingToCountersign => "请刷新页面，按案件当前状态办理",
            Self::AwaitingCountersignature { .. } => "由另一名承办人以本人登录会签；需要修改的，先退回",
            Self::NotAsReviewed { .. } => {
                "照审核通过的处罚决定；需要改变的，先由负责人集体讨论并记录，或者重新提请审核"
            }
            Self::NotAsDiscussed { .. } => "照集体讨论的处罚决定；需要改变的，重新集体讨论，或者重新提请审核",
        }
    }
}
