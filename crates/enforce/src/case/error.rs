//! Why an act on a case is refused. Four eyes, recusal, clocks and ranges are variants here, each with its article.

use super::action;
use super::breach::Breach;
use super::state;
use crate::fine::NoFine;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Refusal};
use xingjian_policy::PenaltyKind;

/// Why an act on a case is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The act does not belong to the state.
    #[error("案件处于“{}”状态，不能办理“{}”", state::label_of(.state), action::label_of(.action))]
    WrongState {
        /// The state.
        state: &'static str,
        /// The act.
        action: &'static str,
    },
    /// Nobody signs: the public or the program itself (T41).
    #[error("案件的每一个环节都必须由具名的工作人员办理，系统和预警不能自动立案或者处罚")]
    NoPerson,
    /// Fewer than two different officers with certificates (T13).
    #[error("承办人只有{given}名，行政处罚应当由两名以上具有行政执法资格的执法人员实施")]
    TooFewOfficers {
        /// How many there are.
        given: usize,
    },
    /// An officer without a certificate.
    #[error("{name}没有有效的行政执法证，不能承办案件")]
    NoCertificate {
        /// The officer.
        name: String,
    },
    /// A rule on signatures, re-checks, lengths and reaches, or on what was reviewed and discussed.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// A ground for recusal is on record.
    #[error("{name}应当回避：{reason}")]
    Recused {
        /// The officer.
        name: String,
        /// The ground.
        reason: String,
    },
    /// Only those who handle the case.
    #[error("您不是本案承办人，不能办理该环节")]
    NotHandler,
    /// Handlers do not approve what they propose.
    #[error("您是（或者曾是）本案承办人，不能审批本案")]
    HandlerApproves,
    /// Handlers do not review their case.
    #[error("您是（或者曾是）本案承办人，不能对本案进行法制审核")]
    HandlerReviews,
    /// Handlers do not decide their case.
    #[error("您是（或者曾是）本案承办人，不能对本案作出决定")]
    HandlerDecides,
    /// Who reviewed does not decide.
    #[error("您对本案进行了法制审核，不能再对本案作出决定")]
    ReviewerDecides,
    /// The officer to leave does not handle the case.
    #[error("要更换的人员不是本案承办人")]
    NoSuchHandler,
    /// The officer to come cannot: handles it already, left by recusal, or reviewed it.
    #[error("{name}不能接办本案：已是本案承办人、已经回避，或者参加过本案审核")]
    CannotJoin {
        /// The officer.
        name: String,
    },
    /// Something needed is not filled in.
    #[error("没有填写{0}")]
    Missing(&'static str),
    /// A day in the future.
    #[error("{what}{}晚于今天", chinese(*.date))]
    FutureDate {
        /// Which date.
        what: &'static str,
        /// The day.
        date: LocalDate,
    },
    /// A day before it was possible.
    #[error("{what}不能早于{}", chinese(*.not_before))]
    TooEarly {
        /// Which date.
        what: &'static str,
        /// The first day possible.
        not_before: LocalDate,
    },
    /// A sum of money that cannot be.
    #[error("{0}")]
    Money(&'static str),
    /// The law does not address such a party.
    #[error("案由“{name}”的违法主体是{expected}，与当事人（{given}）不符")]
    WrongParty {
        /// The violation.
        name: String,
        /// Who can commit it.
        expected: &'static str,
        /// What the party is.
        given: &'static str,
        /// The article that penalises.
        clause: String,
    },
    /// The act was found too late (行政处罚法第36条).
    #[error("违法行为在{years}年内未被发现（最迟应于{}发现），不再给予行政处罚", chinese(*.last_day))]
    Limitation {
        /// Two or five.
        years: i16,
        /// Last day in time.
        last_day: LocalDate,
    },
    /// No evidence.
    #[error("没有证据，违法事实不清、证据不足的不得给予行政处罚")]
    NoEvidence,
    /// Evidence that was not found true.
    #[error("证据“{0}”尚未查证属实，不能作为认定案件事实的根据")]
    EvidenceNotVerified(String),
    /// A record of electronic monitoring without its review.
    #[error("电子技术监控记录“{0}”未经审核，不得作为行政处罚的证据")]
    MonitoringNotReviewed(String),
    /// Too few took part.
    #[error("参加{what}的人员只有{given}名，至少需要{needed}名")]
    TooFewMembers {
        /// Deliberation or discussion.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many are needed.
        needed: usize,
    },
    /// No penalty is proposed, so there is nothing to notice.
    #[error("合议意见不是给予行政处罚，没有需要告知的处罚")]
    NothingToNotice,
    /// The law does not know this kind of penalty for the violation.
    #[error("{clause}没有规定“{}”，也没有写明适用加重情形的事实", .kind.label())]
    PenaltyNotInLaw {
        /// The kind.
        kind: PenaltyKind,
        /// The article that penalises.
        clause: String,
    },
    /// A fine without the kind, or the kind without a fine.
    #[error("处罚种类与罚款数额不一致：选择罚款须填写数额，未选择罚款数额应为零")]
    FineAndKindDiffer,
    /// No fine is possible.
    #[error("{why}")]
    NoFine {
        /// Why not.
        why: NoFine,
        /// The article that penalises.
        clause: String,
    },
    /// Illegal gains are not confiscated as the law wants it.
    #[error("扣除退赔后应当没收违法所得{due}元，拟没收{planned}元")]
    GainsNotConfiscated {
        /// What is to be confiscated.
        due: Fen,
        /// What the plan says.
        planned: Fen,
    },
    /// The fine is outside the lawful range.
    #[error("罚款{fine}元不在法定幅度{min}元至{max}元之内")]
    FineOutsideRange {
        /// The fine.
        fine: Fen,
        /// Least fine.
        min: Fen,
        /// Greatest fine.
        max: Fen,
        /// The article that penalises.
        clause: String,
    },
    /// No such discretion band.
    #[error("没有名为“{0}”的裁量阶次")]
    UnknownBand(String),
    /// The fine is outside its band without reasons.
    #[error("罚款数额不在“{band}”阶次之内{}，没有写明理由", .actual.as_ref().map(|a| format!("（属于“{a}”）")).unwrap_or_default())]
    OutsideBand {
        /// The band named.
        band: String,
        /// The band it lies in.
        actual: Option<String>,
    },
    /// No notice before the decision (T12).
    #[error("尚未向当事人送达行政处罚事先告知书，不得作出行政处罚决定")]
    NoticeMissing,
    /// The statement was not heard.
    #[error("尚未复核当事人的陈述、申辩，不得作出行政处罚决定")]
    StatementNotHeard,
    /// The term of the announcement is not over.
    #[error("公告期到{}为止，期满次日视为送达", chinese(.0.due))]
    AnnouncementRunning(Deadline),
    /// The party may still make a statement.
    #[error("当事人可以陈述、申辩至{}，期限未满且当事人没有明确放弃", chinese(.0.due))]
    StatementOpen(Deadline),
    /// The outcome of the review does not fit what the party did.
    #[error("复核结论与当事人陈述、申辩的情况不符")]
    StatementOutcome,
    /// A statement was made already, or given up.
    #[error("当事人已经提交或者放弃陈述、申辩")]
    StatementSettled,
    /// The party may still request a hearing.
    #[error("当事人可以要求听证至{}，期限未满且当事人没有明确放弃", chinese(.0.due))]
    HearingOpen(Deadline),
    /// The request came too late.
    #[error("要求听证的期限已于{}届满", chinese(.0.due))]
    HearingTooLate(Deadline),
    /// There is no right to a hearing, or it is settled.
    #[error("本案没有待当事人决定的听证权利")]
    NoHearingRight,
    /// The right to a hearing was not told.
    #[error("该处罚应当告知听证权利，但事先告知书没有告知")]
    HearingNotTold,
    /// A requested hearing stops the case.
    #[error("当事人已要求听证，听证结束或者当事人撤回申请前，案件不能继续办理")]
    HearingPending,
    /// Heavier because the party spoke up.
    #[error("拟作处罚重于听取当事人陈述、申辩前告知的处罚，又没有新的事实，不得因陈述、申辩给予更重的处罚")]
    HeavierAfterStatement,
    /// Heavier than what the party was told.
    #[error("拟作处罚重于已告知当事人的处罚，重的部分没有经过告知")]
    HeavierThanNoticed,
    /// Legal review is required (T15).
    #[error("本案应当进行法制审核（{}），未经审核不得作出决定", .0.join("；"))]
    ReviewMissing(Vec<String>),
    /// The heads must discuss.
    #[error("本案应当由负责人集体讨论决定（{}）", .0.join("；"))]
    DiscussionMissing(Vec<String>),
    /// A second fine for the same act (T16).
    #[error("同一违法行为已由{number}决定罚款，不得再次罚款")]
    SecondFine {
        /// The earlier decision.
        number: String,
    },
    /// The law of the day of decision no longer knows the violation.
    #[error("作出决定时该行为已不在现行案由库中，适用较轻的新规定，不能给予处罚")]
    NoLongerUnlawful,
    /// More was paid than is owed.
    #[error("缴款后合计超过应缴金额，尚欠{open}元，本次登记{amount}元")]
    Overpaid {
        /// What is owed.
        open: Fen,
        /// What was entered.
        amount: Fen,
    },
    /// Money is still owed.
    #[error("尚有{open}元没有缴清，不能结案")]
    NotPaid {
        /// What is owed.
        open: Fen,
    },
    /// Penalties other than money were not recorded as carried out.
    #[error("“{}”尚未登记执行情况，不能结案", .0.label())]
    NotFulfilled(PenaltyKind),
    /// No such reconsideration or lawsuit is open.
    #[error("没有尚未审结的{0}")]
    NoRemedy(&'static str),
    /// The end of a remedy is recorded with its outcome.
    #[error("登记受理时不填写审结日期，审结情况另行登记")]
    RemedyWithoutOutcome,
    /// A remedy never makes it worse.
    #[error("变更后的处罚重于原处罚")]
    HeavierByRemedy,
    /// Nothing is owed.
    #[error("没有尚未缴清的款项")]
    NothingOwed,
    /// An application waits for the head.
    #[error("延期或者分期缴纳的申请正在等待负责人审批")]
    DeferralPending,
    /// There is no application to decide on.
    #[error("没有等待审批的延期或者分期缴纳申请")]
    NoDeferral,
    /// The instalments are not what is open.
    #[error("各期金额都应大于零，合计应当等于尚未缴纳的罚款{open}元")]
    InstalmentSum {
        /// What is open of the fine.
        open: Fen,
    },
    /// The days of the instalments are not in order.
    #[error("各期期限应当从早到晚，且不早于今天")]
    InstalmentDates,
    /// The sum is not due yet.
    #[error("缴款期限到{}为止，期满以前不能催告", chinese(*.0))]
    PaymentNotDue(LocalDate),
    /// Nobody urged the party.
    #[error("申请强制执行前应当催告当事人履行义务")]
    NotUrged,
    /// The party may still do what it was urged to.
    #[error("催告的期限到{}为止", chinese(.0.due))]
    UrgeRunning(Deadline),
    /// The limits for remedies have not passed.
    #[error("当事人可以申请行政复议或者提起行政诉讼，期限到{}为止", chinese(*.0))]
    CourtTooEarly(LocalDate),
    /// The three months are over.
    #[error("申请强制执行的期限已于{}届满", chinese(*.0))]
    CourtTooLate(LocalDate),
    /// The court is dealing with it.
    #[error("人民法院正在办理强制执行")]
    CourtPending,
    /// The court was not asked.
    #[error("没有正在办理的强制执行申请")]
    NoCourt,
    /// A reconsideration or lawsuit goes on.
    #[error("{0}尚未结束，不能结案")]
    RemedyOpen(&'static str),
}

impl TransitionError {
    /// A text that must be there.
    pub(super) fn text(text: &str, what: &'static str) -> Result<(), Self> {
        if text.trim().is_empty() { Err(Self::Missing(what)) } else { Ok(()) }
    }

    /// Stable name for programs and the article it rests on; empty where there is none.
    fn basis(&self) -> (&'static str, String) {
        use TransitionError as E;
        let act = |n: u16| format!("行政处罚法第{n}条");
        match self {
            E::WrongState { .. } => ("wrong_state", String::new()),
            E::NoPerson => ("no_person", act(42)),
            E::TooFewOfficers { .. } => ("too_few_officers", act(42)),
            E::NoCertificate { .. } => ("no_certificate", act(42)),
            E::Breach(breach) => breach.basis(),
            E::Recused { .. } => ("recused", act(43)),
            E::NotHandler => ("not_handler", act(42)),
            E::HandlerApproves => ("handler_approves", act(57)),
            E::HandlerReviews => ("handler_reviews", act(58)),
            E::HandlerDecides => ("handler_decides", act(57)),
            E::ReviewerDecides => ("reviewer_decides", act(58)),
            E::NoSuchHandler => ("no_such_handler", act(43)),
            E::CannotJoin { .. } => ("cannot_join", act(43)),
            E::Missing(_) => ("missing", String::new()),
            E::FutureDate { .. } => ("future_date", String::new()),
            E::TooEarly { .. } => ("too_early", String::new()),
            E::Money(_) => ("money", String::new()),
            E::WrongParty { clause, .. } => ("wrong_party", clause.clone()),
            E::Limitation { .. } => ("limitation", act(36)),
            E::NoEvidence => ("no_evidence", act(40)),
            E::EvidenceNotVerified(_) => ("evidence_not_verified", act(46)),
            E::MonitoringNotReviewed(_) => ("monitoring_not_reviewed", act(41)),
            E::TooFewMembers { .. } => ("too_few_members", String::new()),
            E::NothingToNotice => ("nothing_to_notice", act(44)),
            E::PenaltyNotInLaw { clause, .. } => ("penalty_not_in_law", clause.clone()),
            E::FineAndKindDiffer => ("fine_and_kind_differ", act(9)),
            E::NoFine { clause, .. } => ("no_fine", clause.clone()),
            E::GainsNotConfiscated { .. } => ("gains_not_confiscated", act(28)),
            E::FineOutsideRange { clause, .. } => ("fine_outside_range", clause.clone()),
            E::UnknownBand(_) => ("unknown_band", act(34)),
            E::OutsideBand { .. } => ("outside_band", act(34)),
            E::NoticeMissing => ("notice_missing", act(44)),
            E::StatementNotHeard => ("statement_not_heard", act(45)),
            E::AnnouncementRunning(_) => ("announcement_running", "民事诉讼法第95条、行政处罚法第61条".to_owned()),
            E::StatementOpen(_) => ("statement_open", act(62)),
            E::StatementOutcome => ("statement_outcome", act(45)),
            E::StatementSettled => ("statement_settled", act(45)),
            E::HearingOpen(_) => ("hearing_open", act(64)),
            E::HearingTooLate(_) => ("hearing_too_late", act(64)),
            E::NoHearingRight => ("no_hearing_right", act(63)),
            E::HearingNotTold => ("hearing_not_told", act(63)),
            E::HearingPending => ("hearing_pending", act(63)),
            E::HeavierAfterStatement => ("heavier_after_statement", act(45)),
            E::HeavierThanNoticed => ("heavier_than_noticed", act(44)),
            E::ReviewMissing(_) => ("review_missing", act(58)),
            E::DiscussionMissing(_) => ("discussion_missing", act(57)),
            E::SecondFine { .. } => ("second_fine", act(29)),
            E::NoLongerUnlawful => ("no_longer_unlawful", act(37)),
            E::Overpaid { .. } => ("overpaid", String::new()),
            E::NotPaid { .. } => ("not_paid", act(66)),
            E::NotFulfilled(_) => ("not_fulfilled", act(66)),
            E::RemedyOpen(_) => ("remedy_open", act(73)),
            other => other.basis_after_service(),
        }
    }

    /// The same for what follows the service.
    fn basis_after_service(&self) -> (&'static str, String) {
        use TransitionError as E;
        let (penalty, force) = (|| "行政处罚法第66条".to_owned(), |n: u16| format!("行政强制法第{n}条"));
        match self {
            E::HeavierByRemedy => ("heavier_by_remedy", "行政复议法第63条、行政诉讼法第77条".to_owned()),
            E::NothingOwed => ("nothing_owed", penalty()),
            E::DeferralPending => ("deferral_pending", penalty()),
            E::NoDeferral => ("no_deferral", penalty()),
            E::InstalmentSum { .. } => ("instalment_sum", penalty()),
            E::InstalmentDates => ("instalment_dates", penalty()),
            E::PaymentNotDue(_) => ("payment_not_due", force(54)),
            E::NotUrged => ("not_urged", force(54)),
            E::UrgeRunning(_) => ("urge_running", force(54)),
            E::CourtTooEarly(_) => ("court_too_early", force(53)),
            E::CourtTooLate(_) => ("court_too_late", force(53)),
            E::CourtPending => ("court_pending", force(53)),
            E::NoCourt => ("no_court", force(53)),
            E::NoRemedy(_) => ("no_remedy", String::new()),
            E::RemedyWithoutOutcome => ("remedy_without_outcome", String::new()),
            _ => ("refused", String::new()),
        }
    }

    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        self.basis().0
    }

    /// The way on.
    fn mend(&self) -> &'static str {
        use TransitionError as E;
        match self {
            E::WrongState { .. } => "请刷新页面，按案件当前状态办理",
            E::NoPerson => "由承办人登录后提出立案报告或者办理",
            E::TooFewOfficers { .. } => "补充具有行政执法证的承办人后再提交",
            E::NoCertificate { .. } => "更换持有效行政执法证的人员",
            E::Breach(breach) => breach.mend(),
            E::NotHandler => "请由本案承办人办理；需要更换承办人的，由负责人批准",
            E::HandlerApproves | E::HandlerDecides | E::ReviewerDecides => "请由未参与本案调查和审核的负责人办理",
            E::HandlerReviews => "请由未参与本案调查的法制审核人员审核",
            E::NoSuchHandler => "请在本案承办人中选择",
            E::CannotJoin { .. } | E::Recused { .. } => "请另选一名执法人员",
            E::Missing(_) => "补充填写后再提交",
            E::FutureDate { .. } | E::TooEarly { .. } => "核对日期后重新填写",
            E::Money(_) | E::FineAndKindDiffer => "核对金额后重新填写",
            E::WrongParty { .. } => "核对当事人和案由后重新填写",
            E::Limitation { .. } => "核对违法行为终了和被发现的日期；确已超过期限的，不予立案",
            E::NoEvidence => "补充证据后再提交报告",
            E::EvidenceNotVerified(_) => "查证属实后再列入，或者从报告中去除",
            E::MonitoringNotReviewed(_) => "完成法制和技术审核后再列入",
            E::TooFewMembers { .. } => "补充参加人员后重新记录",
            E::NothingToNotice => "由负责人按合议意见作出不予处罚、撤销或者移送的决定，或者退回重新合议",
            E::PenaltyNotInLaw { .. } => "改选法律规定的处罚种类；确有加重情形的，写明事实",
            E::NoFine { .. } => "改为警告、责令改正等法律规定的处罚，或者补充调查后再合议",
            E::GainsNotConfiscated { .. } => "按调查报告认定的违法所得和退赔金额填写没收数额",
            E::FineOutsideRange { .. } => "在法定幅度内确定数额；依法减轻处罚的，写明第32条规定的情形",
            E::UnknownBand(_) => "从裁量基准中选择阶次",
            E::OutsideBand { .. } => "改选相应阶次，或者写明偏离裁量基准的理由并提交法制审核",
            E::NoticeMissing => "先合议、制作并送达行政处罚事先告知书",
            E::StatementNotHeard => "由承办人复核陈述、申辩后再提请决定",
            E::AnnouncementRunning(_) => "公告期满以后再登记送达，送达日期由系统计算",
            E::StatementOpen(_) => "等待期限届满，或者取得当事人放弃陈述、申辩的书面声明",
            E::StatementOutcome => "按当事人是否陈述、申辩或者放弃选择相应的结论",
            E::StatementSettled => "补充意见可交承办人一并复核",
            E::HearingOpen(_) => "等待期限届满，或者取得当事人放弃听证的书面声明",
            E::HearingTooLate(_) | E::NoHearingRight => "可以提交书面陈述、申辩意见",
            E::HearingNotTold => "退回补充调查，重新合议并告知听证权利",
            E::HearingPending => "等待听证；当事人自愿撤回申请的，登记撤回",
            E::HeavierAfterStatement => "在原告知的处罚以内确定；有新的事实的，在调查报告中写明后重新合议、告知",
            E::HeavierThanNoticed => "在已告知的处罚以内决定，或者退回重新合议、告知",
            E::ReviewMissing(_) => "提交法制审核，通过后再作决定；集体讨论变更了处罚的，重新提请审核",
            E::DiscussionMissing(_) => "先由负责人集体讨论并记录",
            E::SecondFine { .. } => "去除罚款，依法给予其他处罚或者不予处罚",
            E::NoLongerUnlawful => "由法制审核人员核对法规版本；确已不再违法的，不予行政处罚",
            E::Overpaid { .. } => "核对缴款凭证，多缴部分办理退还",
            E::NotPaid { .. } => "催缴后再结案；依法减免加处罚款的，在结案报告中写明",
            E::NotFulfilled(_) => "先登记该项处罚的执行情况",
            E::RemedyOpen(_) => "登记复议、诉讼结果后再办理",
            other => other.mend_after_service(),
        }
    }

    /// The way on in what follows the service.
    fn mend_after_service(&self) -> &'static str {
        use TransitionError as E;
        match self {
            E::NoRemedy(_) => "先登记受理，或者核对救济途径",
            E::RemedyWithoutOutcome => "审结后由负责人登记复议诉讼结果",
            E::HeavierByRemedy => "复议和诉讼不得加重处罚，请核对变更后的处罚",
            E::NothingOwed => "款项已经缴清，可以提交结案报告",
            E::DeferralPending => "等待负责人审批",
            E::NoDeferral => "先登记当事人的申请",
            E::InstalmentSum { .. } => "核对各期金额",
            E::InstalmentDates => "核对各期期限",
            E::PaymentNotDue(_) => "等待缴款期限届满",
            E::NotUrged => "先送达催告书，再等待十个工作日",
            E::UrgeRunning(_) => "催告期满仍未履行的，再申请强制执行",
            E::CourtTooEarly(_) => "复议和诉讼期限届满以后再申请",
            E::CourtTooLate(_) => "不能再申请强制执行，在结案报告中写明不能收缴的原因",
            E::CourtPending => "登记法院办理结果后再办理",
            E::NoCourt => "先申请强制执行",
            _ => "请刷新页面，按案件当前状态办理",
        }
    }
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let (code, article) = error.basis();
        let (message, mend) = (error.to_string(), error.mend());
        if article.is_empty() { Self::new(code, message, mend) } else { Self::by_law(code, &article, message, mend) }
    }
}
