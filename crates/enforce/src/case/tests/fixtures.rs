//! A case against a 演示 institution that leased out a department, and the people around it.

use crate::case::*;
use crate::fine::Pause;
use jiff::civil::date;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use xingjian_kernel::calendar::{Term, Unit, WorkCalendar};
use xingjian_kernel::id::Id;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Actor, DepartmentId, LocalDate, Role, SubjectRef, Timestamp};
use xingjian_policy::{DiscretionBand, Fine, PenaltyKind, ViolationActor};

pub fn id<T: Id>(n: u8) -> T {
    T::from_uuid(format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap())
}

pub fn yuan(yuan: i64) -> Fen {
    Fen::from_yuan(yuan)
}

pub fn actor(n: u8, name: &str, role: Role) -> Actor {
    let (account, department) = (Some(id(n)), DepartmentId::new("health"));
    Actor { account, name: name.into(), roles: vec![role], department, officer: None, granted: vec![] }
}

pub fn first() -> Actor {
    actor(1, "监督员甲", Role::Inspector)
}
pub fn second() -> Actor {
    actor(2, "监督员乙", Role::Inspector)
}
pub fn third() -> Actor {
    actor(3, "监督员丙", Role::Inspector)
}
pub fn head() -> Actor {
    actor(4, "负责人甲", Role::Head)
}
pub fn other_head() -> Actor {
    actor(5, "负责人乙", Role::Head)
}
pub fn reviewer() -> Actor {
    actor(6, "法制审核员", Role::LegalReviewer)
}
pub fn unit() -> Actor {
    actor(7, "机构用户", Role::Unit)
}

pub fn everybody() -> Vec<Actor> {
    vec![first(), second(), third(), head(), other_head(), reviewer(), unit(), Actor::system(), Actor::public()]
}

pub fn officer(n: u8) -> OfficerRef {
    let name = ["", "监督员甲", "监督员乙", "监督员丙"].get(usize::from(n)).copied().unwrap_or("负责人").into();
    OfficerRef { officer: id(n), account: id(n), name, certificate: format!("演示证{n:03}") }
}

/// YL-003: 2 to 10 times the gains, gains below 10,000 yuan count as 10,000. With a warning that the article has not,
/// so that a case can also end without money.
pub fn leasing() -> Law {
    Law {
        violation: "YL-003".into(),
        version: date(2020, 6, 1),
        name: "对外出租、承包医疗科室".into(),
        violated: "基本医疗卫生与健康促进法第39条".into(),
        clause: "基本医疗卫生与健康促进法第100条第（二）项".into(),
        actor: ViolationActor::Institution,
        penalties: vec![PenaltyKind::Warning, PenaltyKind::Fine, PenaltyKind::ConfiscateGains],
        fine: Fine::Multiple { min: 2, max: 10, base: "违法所得".into(), floor: Some(yuan(10_000)), below: None },
        escalation: Some("情节严重的，吊销执业许可证".into()),
    }
}

pub fn proposed() -> Proposed {
    Proposed {
        subject: SubjectRef::Institution(id(9)),
        party: Party {
            name: "演示第一门诊部".into(),
            kind: PartyKind::Organisation,
            address: "演示路1号".into(),
            code: None,
        },
        law: leasing(),
        act: Act {
            began: date(2026, 1, 5),
            ended: Some(date(2026, 2, 20)),
            discovered: date(2026, 2, 20),
            harmed_health: false,
        },
        summary: "将口腔科出租给他人经营".into(),
        origin: Origin { finding: Some("finding-1".into()), ..Origin::default() },
        division: "4404".parse().unwrap(),
        department: DepartmentId::new("health"),
        handlers: vec![officer(1), officer(2)],
        recused: BTreeMap::new(),
    }
}

pub fn thresholds() -> Thresholds {
    Thresholds {
        hearing_fine: yuan(100_000),
        hearing_gains: yuan(100_000),
        discussion_fine: yuan(100_000),
        deliberation_members: 3,
        discussion_members: 2,
    }
}

pub fn bands() -> Vec<DiscretionBand> {
    let band = |name: &str, from_percent, to_percent| DiscretionBand {
        name: name.into(),
        from_percent,
        to_percent,
        factors: vec![],
    };
    vec![band("轻微", 0, 30), band("一般", 30, 60), band("严重", 60, 90), band("特别严重", 90, 100)]
}

/// What the service finds on a day; terms run from that day.
pub fn facts(on: LocalDate) -> Facts {
    static CALENDAR: LazyLock<WorkCalendar> = LazyLock::new(WorkCalendar::official);
    let calendar = &*CALENDAR;
    let term = |count, unit| calendar.deadline(on, Term { count, unit });
    Facts {
        at: Timestamp::from_local(on, 10, 0),
        number: Some("演示〔2026〕1号".into()),
        law_today: Some(leasing()),
        policy_version: "0123".into(),
        thresholds: thresholds(),
        bands: bands(),
        deadlines: Deadlines {
            decide: term(90, Unit::NaturalDays),
            statement: term(5, Unit::WorkingDays),
            hearing: term(5, Unit::WorkingDays),
            service: term(7, Unit::WorkingDays),
            pay: term(15, Unit::NaturalDays),
        },
        announcement: None,
        urge: term(1, Unit::WorkingDays),
        window: Some(Window { opens_after: date(2026, 1, 1), last_day: date(2030, 1, 1) }),
        earlier_fines: vec![],
        paper: None,
        certificates: (1..=3).map(|n| (id(n), valid())).collect(),
    }
}

pub fn valid() -> Validity {
    Validity { from: date(2020, 1, 1), until: date(2030, 1, 1) }
}

/// The handler who signs what another put down.
pub fn other_handler(case: &Case) -> Actor {
    [first(), second(), third()].into_iter().find(|actor| case.may_countersign(actor.account)).unwrap()
}

pub fn evidence() -> Evidence {
    Evidence {
        kind: EvidenceKind::SiteRecord,
        name: "现场笔录".into(),
        taken_on: date(2026, 2, 20),
        verified: true,
        monitored: false,
        monitor_reviewed: false,
    }
}

pub fn report(gains: i64) -> Report {
    Report {
        facts: "出租口腔科，收取承包费".into(),
        evidence: vec![evidence()],
        gains: yuan(gains),
        refund: Fen::ZERO,
        base: None,
        correction: None,
        complex: false,
        major: false,
        public_interest: false,
        new_facts: None,
    }
}

pub fn plan(fine: i64, band: &str, gains: i64) -> Plan {
    let mut kinds = vec![PenaltyKind::Fine];
    kinds.extend((gains > 0).then_some(PenaltyKind::ConfiscateGains));
    Plan {
        kinds,
        fine: yuan(fine),
        confiscated: yuan(gains),
        measures: "责令改正".into(),
        band: band.into(),
        reasons: "违法事实清楚".into(),
        ..Plan::default()
    }
}

/// Adds the revocation of the whole licence with the facts that open it.
pub fn revoke(plan: &mut Plan) {
    plan.kinds.push(PenaltyKind::RevokeLicence);
    plan.aggravation = Some("两年内第三次".into());
    plan.particulars.push(Particular { kind: PenaltyKind::RevokeLicence, length: None, reach: Some(Reach::Whole) });
}

pub fn warning_only() -> Plan {
    Plan { kinds: vec![PenaltyKind::Warning], fine: Fen::ZERO, ..plan(1, "", 0) }
}

pub fn deliberation(plan: Plan) -> Action {
    let members = ["监督员甲", "监督员乙", "监督员丙"].map(str::to_owned).to_vec();
    Action::RecordDeliberation(Deliberation {
        members,
        opinions: "一致同意".into(),
        proposal: Proposal::Penalise { plan },
    })
}

pub fn receipt(on: LocalDate) -> ServiceRecord {
    ServiceRecord {
        method: ServiceMethod::Direct,
        on,
        receiver: "演示第一门诊部".into(),
        note: String::new(),
        announced_on: None,
    }
}

pub fn hear(outcome: StatementOutcome) -> Action {
    Action::HearStatements(StatementReview { outcome, findings: "已复核".into(), revised: None })
}

pub fn discuss(plan: Plan) -> Action {
    Action::Discuss {
        plan, members: vec!["负责人甲".into(), "负责人乙".into()], minutes: "一致同意".into()
    }
}

pub fn payment(on: LocalDate, amount: i64) -> Action {
    Action::RecordPayment(Payment { on, amount: yuan(amount), receipt: "演示票据1".into() })
}

pub fn closing() -> Action {
    Action::ProposeClosing(ClosingReport {
        text: "已全部履行".into(), late_fine_waiver: None, uncollectable: None
    })
}

pub fn verdict(on: LocalDate, outcome: RemedyOutcome, changed: Option<Plan>) -> Action {
    Action::ConcludeRemedy(Box::new(Verdict {
        kind: RemedyKind::Lawsuit,
        on,
        outcome,
        number: "演示行初〔2026〕1号".into(),
        text: "认定事实清楚".into(),
        changed,
    }))
}

/// Parts by days from now and yuan.
pub fn deferral(on: LocalDate, parts: &[(i64, i64)]) -> Action {
    let part = |(days, amount): &(i64, i64)| Instalment {
        due: on.saturating_add(jiff::Span::new().days(*days)),
        amount: yuan(*amount),
    };
    Action::RequestDeferral(DeferralRequest {
        on,
        reason: "停业整顿，资金困难".into(),
        instalments: parts.iter().map(part).collect(),
    })
}

/// One sound form of every act, for walks over the machine.
pub fn samples(on: LocalDate) -> Vec<Action> {
    let text = || "演示".to_owned();
    let reason = text;
    let revised = StatementReview {
        outcome: StatementOutcome::Accepted,
        findings: text(),
        revised: Some(plan(40_000, "一般", 0)),
    };
    let not_penalised = Deliberation {
        members: ["甲", "乙", "丙"].map(str::to_owned).to_vec(),
        opinions: text(),
        proposal: Proposal::NotPenalise { reason: text() },
    };
    let swap = |leaving, joining| Action::ReplaceHandler {
        leaving: id(leaving),
        joining: Some(officer(joining)),
        ground: LeavingGround::Reassignment,
        reason: text(),
    };
    vec![
        Action::ApproveFiling { opinion: text() },
        Action::DeclineFiling { reason: reason() },
        Action::ReportInvestigation(report(0)),
        deliberation(plan(50_000, "一般", 0)),
        deliberation(plan(100_000, "特别严重", 0)),
        deliberation(warning_only()),
        Action::RecordDeliberation(not_penalised),
        Action::ServeNotice(receipt(on)),
        Action::Countersign,
        Action::ReturnDraft { reason: text() },
        Action::SubmitStatement(Statement { text: text(), oral: false }),
        Action::WaiveStatement { note: text() },
        Action::RequestHearing { on, note: text() },
        Action::WaiveHearing { note: text() },
        Action::WithdrawHearing { note: text() },
        hear(StatementOutcome::NoneGiven),
        hear(StatementOutcome::Waived),
        hear(StatementOutcome::NotAccepted),
        Action::HearStatements(revised),
        Action::PassReview { opinion: text() },
        Action::RejectReview { opinion: text() },
        discuss(plan(50_000, "一般", 0)),
        discuss(plan(100_000, "特别严重", 0)),
        discuss(warning_only()),
        Action::Reopen { reason: reason() },
        Action::Decide { plan: plan(40_000, "一般", 0), reasons: reason() },
        Action::Decide { plan: plan(50_000, "一般", 0), reasons: reason() },
        Action::Decide { plan: plan(100_000, "特别严重", 0), reasons: reason() },
        Action::Decide { plan: warning_only(), reasons: reason() },
        Action::SendBack { reason: reason() },
        Action::ServeDecision(receipt(on)),
        payment(on, 10_000),
        payment(on, 40_000),
        Action::RecordFulfilment(Fulfilment { on, text: text() }),
        Action::RecordRemedy(Remedy { kind: RemedyKind::Lawsuit, time: Pause { from: on, until: None } }),
        verdict(on, RemedyOutcome::Upheld, None),
        verdict(on, RemedyOutcome::Annulled, None),
        deferral(on, &[(9, 50_000)]),
        Action::DecideDeferral { granted: true, opinion: text() },
        Action::DecideDeferral { granted: false, opinion: text() },
        Action::Urge(receipt(on)),
        Action::ApplyCourt { court: text(), opinion: text() },
        Action::RecordCourt(CourtResult { outcome: CourtOutcome::Ended, on, text: text() }),
        Action::WithdrawDecision { reason: reason() },
        closing(),
        Action::ReturnClosing { reason: reason() },
        Action::Close { opinion: text() },
        Action::NotPenalise { ground: NotPenalisedGround::Minor, reason: reason(), education: text() },
        Action::Dismiss { reason: reason() },
        Action::Transfer { to: text(), reason: reason() },
        swap(1, 3),
        swap(3, 1),
    ]
}

/// A case and the day it is, walked on by acts that must succeed.
#[derive(Clone, Debug)]
pub struct Walk {
    pub case: Case,
    pub day: LocalDate,
}

impl Walk {
    pub fn start() -> Self {
        Self::of(proposed())
    }

    pub fn of(new: Proposed) -> Self {
        let day = date(2026, 3, 2);
        Self { case: Case::propose(id(8), new, &first(), facts(day).at).unwrap(), day }
    }

    pub fn days(mut self, days: i64) -> Self {
        self.day = self.day.saturating_add(jiff::Span::new().days(days));
        self
    }

    /// An act; where it needs two signatures, both.
    pub fn act(self, by: &Actor, action: Action) -> Self {
        let put_down = self.case.draft.is_none();
        let walk = self.one(by, action);
        if !put_down || walk.case.draft.is_none() {
            return walk;
        }
        let other = other_handler(&walk.case);
        walk.one(&other, Action::Countersign)
    }

    /// An act by one person.
    pub fn one(mut self, by: &Actor, action: Action) -> Self {
        let name = action.name();
        self.case = self.case.apply(action, by, &facts(self.day)).unwrap_or_else(|error| panic!("{name}: {error}"));
        self
    }

    /// The next act (with the second signature where it needs one) with facts of its own; the error is what the test
    /// looks at.
    pub fn attempt(
        &self,
        by: &Actor,
        action: Action,
        change: impl FnOnce(&mut Facts),
    ) -> Result<Case, TransitionError> {
        let mut facts = facts(self.day);
        change(&mut facts);
        let case = self.case.clone().apply(action, by, &facts)?;
        if self.case.draft.is_some() || case.draft.is_none() {
            return Ok(case);
        }
        let other = other_handler(&case);
        case.apply(Action::Countersign, &other, &facts)
    }

    pub fn filed(self) -> Self {
        self.act(&head(), Action::ApproveFiling { opinion: "同意立案".into() })
    }

    pub fn investigated(self, report: Report) -> Self {
        self.filed().days(10).act(&first(), Action::ReportInvestigation(report))
    }

    /// Noticed of a fine without gains: 20,000 to 100,000 yuan are lawful.
    pub fn noticed(self, plan: Plan) -> Self {
        let gains = if plan.confiscated > Fen::ZERO { plan.confiscated.fen() / 100 } else { 0 };
        self.investigated(report(gains)).noticed_again(plan)
    }

    pub fn noticed_again(self, plan: Plan) -> Self {
        let deliberated = self.act(&first(), deliberation(plan)).days(1);
        let day = deliberated.day;
        deliberated.act(&second(), Action::ServeNotice(receipt(day)))
    }

    pub fn heard(self, plan: Plan) -> Self {
        self.noticed(plan).days(14).act(&first(), hear(StatementOutcome::NoneGiven))
    }

    pub fn decided(self, penalty: Plan) -> Self {
        self.heard(penalty.clone()).act(&head(), Action::Decide { plan: penalty, reasons: "符合裁量基准".into() })
    }

    pub fn served(self, penalty: Plan) -> Self {
        let decided = self.decided(penalty);
        let day = decided.day;
        decided.act(&first(), Action::ServeDecision(receipt(day)))
    }
}
