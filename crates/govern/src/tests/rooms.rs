//! Drives the rooms below through their own use cases, the shortest lawful way.

use std::collections::BTreeMap;
use xingjian_enforce::case::service as cases;
use xingjian_enforce::case::{
    Act, Action as CaseAct, Deliberation, Evidence, EvidenceKind, Origin, Plan, Proposal, Remedy, RemedyKind,
    RemedyOutcome, Report, ServiceMethod, ServiceRecord, StatementOutcome, StatementReview, Verdict,
};
use xingjian_inspect::task::service::{self as tasks, NewTask};
use xingjian_inspect::task::{Action as TaskAct, Answer, Cause, Outcome, Party};
use xingjian_kernel::calendar::Term;
use xingjian_kernel::id::{CaseId, InstitutionId, OfficerId};
use xingjian_kernel::money::Fen;
use xingjian_kernel::{DepartmentId, LocalDate, Role, SubjectRef};
use xingjian_policy::{PenaltyKind, Status};
use xingjian_registry::account::{self, NewAccount};
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_registry::officer::{self, Certificate, NewOfficer};
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_registry::release;
use xingjian_store::{Ctx, records};
use xingjian_testkit::World;

/// The penalty of [`decided`] against an institution.
pub const FINE_TEXT: &str = "罚款50,000.00元";

/// Everybody the rooms below need.
pub struct People {
    pub officers: [Ctx; 2],
    pub head: Ctx,
    pub reviewer: Ctx,
}

impl People {
    pub async fn new(world: &World) -> Self {
        let first = certified(world, "监督员甲", "演示证001").await;
        let second = certified(world, "监督员乙", "演示证002").await;
        let head = world.ctx("负责人甲", &[Role::Head]);
        let reviewer = world.ctx("法制审核员乙", &[Role::LegalReviewer]);
        Self { officers: [first, second], head, reviewer }
    }

    fn ids(&self) -> Vec<OfficerId> {
        self.officers.iter().map(|officer| officer.actor.officer.unwrap()).collect()
    }
}

fn registrar(world: &World) -> Ctx {
    world.ctx("登记员甲", &[Role::Registrar])
}

async fn certified(world: &World, name: &str, number: &str) -> Ctx {
    let ctx = world.ctx(name, &[Role::Inspector]);
    let registrar = registrar(world);
    let new = NewOfficer {
        name: name.into(),
        account: ctx.actor.account,
        unit: "监督所".into(),
        certificate: Some(Certificate {
            number: number.into(),
            from: "2024-01-01".parse().unwrap(),
            until: "2029-12-31".parse().unwrap(),
        }),
        specialties: vec![],
        recusals: vec![],
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let mut tx = registrar.begin().await.unwrap();
    let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    world.as_officer(ctx, officer.id)
}

pub async fn release_all(world: &World) {
    let tables = [
        "inspection_item",
        "clock",
        "parameter",
        "discretion_band",
        "document_kind",
        "publication_class",
        "grade_model",
    ];
    release_tables(world, &tables).await;
}

/// Releases every entry of these tables that is not verified.
pub async fn release_tables(world: &World, tables: &[&str]) {
    let lawyer = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
    let today = lawyer.today();
    let in_force =
        |from: LocalDate, until: Option<LocalDate>| from <= today && until.is_none_or(|until| today <= until);
    let mut done = std::collections::BTreeSet::new();
    for head in world.app.policy.heads() {
        let wanted = tables.contains(&head.table) && head.status != Status::Verified && in_force(head.from, head.until);
        if wanted && done.insert((head.table, head.id.clone())) {
            release::release(&lawyer, head.table, &head.id, "核对原文").await.unwrap();
        }
    }
}

pub async fn institution(world: &World, name: &str) -> SubjectRef {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: Some("91110108551385082Q".parse().unwrap()),
        insurance_code: None,
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    };
    institution::register(&registrar(world), details, true).await.unwrap().subject()
}

/// Changes the code of an institution, as the registry does when it was wrong.
pub async fn correct_credit_code(world: &World, subject: SubjectRef, code: &str) {
    let SubjectRef::Institution(id) = subject else { panic!("not an institution") };
    let id: InstitutionId = id;
    let stored = records::must::<Institution>(&registrar(world), id).await.unwrap();
    let details = Details { credit_code: Some(code.parse().unwrap()), ..stored.value.details.clone() };
    institution::change(&registrar(world), id, stored.version, details).await.unwrap();
}

pub async fn physician(world: &World, name: &str) -> SubjectRef {
    let registrar = registrar(world);
    let new = NewPractitioner {
        name: name.into(),
        profession: Profession::Physician,
        certificate: None,
        citizen: None,
        scope: None,
        places: vec![],
        division: "440402".parse().unwrap(),
        demo: true,
    };
    let mut tx = registrar.begin().await.unwrap();
    let id = practitioner::register_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    SubjectRef::Practitioner(id)
}

/// An inspection without a finding, submitted.
pub async fn inspected(world: &World, people: &People, subject: SubjectRef) {
    let [first, second] = &people.officers;
    let today = first.today();
    let item = world.app.policy.inspection_items(today)[0].id.clone();
    let new = NewTask {
        cause: Cause::Plan { name: "2026年度双随机抽查".into() },
        subject,
        planned: today,
        items: vec![item.clone()],
        officers: people.ids(),
        exceed_reason: None,
    };
    let id = tasks::propose(first, new).await.unwrap();
    let steps = [
        (&people.head, TaskAct::Approve),
        (first, TaskAct::Begin { certificates_shown: true, place: "演示路1号".into(), device_at: None }),
        (first, TaskAct::Answer { answers: BTreeMap::from([(item, Answer::Conforms)]) }),
        (first, TaskAct::Record { outcome: Outcome::NoProblem, statement: "未见异常".into(), device_at: None }),
        (first, TaskAct::Sign),
        (second, TaskAct::Sign),
        (
            first,
            TaskAct::SignParty {
                party: Party::Signed { name: "演示".into(), post: "主要负责人".into(), opinion: String::new() },
            },
        ),
        (first, TaskAct::Submit),
    ];
    for (seen, (by, action)) in steps.into_iter().enumerate() {
        let name = action.name();
        let seen = i64::try_from(seen).unwrap() + 1;
        tasks::act(by, id, seen, action).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

/// A case that ends in a served decision; the day of both decision and service. An institution is fined 50,000 yuan,
/// a physician warned.
pub async fn decided(world: &World, people: &People, subject: SubjectRef) -> LocalDate {
    let mut case = decided_only(world, people, subject).await;
    case.serve(people).await;
    people.head.today()
}

/// The same before its service.
pub async fn decided_only(world: &World, people: &People, subject: SubjectRef) -> Walk {
    let [first, _] = &people.officers;
    let found_on = first.today();
    let organisation = matches!(subject, SubjectRef::Institution(_));
    let new = cases::NewCase {
        subject,
        violation: if organisation { "YL-003".into() } else { "YS-001".into() },
        act: Act { began: found_on, ended: None, discovered: found_on, harmed_health: false },
        summary: "检查中发现".into(),
        origin: Origin::default(),
        handlers: people.ids(),
        recused: BTreeMap::new(),
    };
    let mut case = Walk { id: cases::propose(first, new).await.unwrap(), seen: 1 };
    case.act(&people.head, CaseAct::ApproveFiling { opinion: "同意".into() }).await;
    case.both(people, CaseAct::ReportInvestigation(report(found_on))).await;
    let plan = if organisation { fine() } else { warning() };
    let deliberation = Deliberation {
        members: ["监督员甲", "监督员乙", "科长甲"].map(str::to_owned).to_vec(),
        opinions: "一致同意".into(),
        proposal: Proposal::Penalise { plan: plan.clone() },
    };
    case.both(people, CaseAct::RecordDeliberation(deliberation)).await;
    case.both(people, CaseAct::ServeNotice(receipt(found_on))).await;

    // Nothing is said and no hearing asked for within five working days.
    let lapsed = world.app.policy.calendar.deadline(found_on, Term::working_days(6)).due;
    world.clock.set(lapsed);
    let review =
        StatementReview { outcome: StatementOutcome::NoneGiven, findings: "期满未提出".into(), revised: None };
    let heard = case.act(first, CaseAct::HearStatements(review)).await;
    let heard = heard.state.heard().unwrap().clone();
    if !heard.review_grounds.is_empty() {
        case.act(&people.reviewer, CaseAct::PassReview { opinion: "同意".into() }).await;
    }
    if !heard.discussion_grounds.is_empty() {
        let members = vec!["负责人甲".into(), "负责人乙".into()];
        case.act(&people.head, CaseAct::Discuss { plan: plan.clone(), members, minutes: "同意".into() }).await;
    }
    case.act(&people.head, CaseAct::Decide { plan, reasons: "符合裁量基准".into() }).await;
    case
}

pub struct Walk {
    pub id: CaseId,
    seen: i64,
}

impl Walk {
    pub async fn serve(&mut self, people: &People) {
        self.both(people, CaseAct::ServeDecision(receipt(people.head.today()))).await;
    }

    pub async fn sued(&mut self, people: &People, on: LocalDate) {
        let time = xingjian_enforce::fine::Pause { from: on, until: None };
        let [first, _] = &people.officers;
        self.act(first, CaseAct::RecordRemedy(Remedy { kind: RemedyKind::Lawsuit, time })).await;
    }

    pub async fn annulled(&mut self, people: &People, on: LocalDate) {
        let verdict = Verdict {
            kind: RemedyKind::Lawsuit,
            on,
            outcome: RemedyOutcome::Annulled,
            number: "演示行初〔2026〕1号".into(),
            text: "事实不清，判决撤销".into(),
            changed: None,
        };
        self.act(&people.head, CaseAct::ConcludeRemedy(Box::new(verdict))).await;
    }

    /// The decision is taken back before its service and made again.
    pub async fn decided_again(&mut self, people: &People) {
        let back = self.act(&people.head, CaseAct::WithdrawDecision { reason: "引用条款有误".into() }).await;
        let plan = back.plan().unwrap().clone();
        self.act(&people.head, CaseAct::Decide { plan, reasons: "更正".into() }).await;
    }

    /// Put down by one officer, signed by the other.
    async fn both(&mut self, people: &People, action: CaseAct) {
        let [first, second] = &people.officers;
        self.act(first, action).await;
        self.act(second, CaseAct::Countersign).await;
    }

    pub async fn act(&mut self, by: &Ctx, action: CaseAct) -> xingjian_enforce::Case {
        let name = action.name();
        let stored = cases::act(by, self.id, self.seen, action).await;
        let stored = stored.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        self.seen = stored.version;
        stored.value
    }
}

fn report(on: LocalDate) -> Report {
    let evidence = Evidence {
        kind: EvidenceKind::SiteRecord,
        name: "现场笔录".into(),
        taken_on: on,
        verified: true,
        monitored: false,
        monitor_reviewed: false,
    };
    Report {
        facts: "检查中发现的事实".into(),
        evidence: vec![evidence],
        gains: Fen::ZERO,
        refund: Fen::ZERO,
        base: None,
        correction: None,
        complex: false,
        major: false,
        public_interest: false,
        new_facts: None,
    }
}

fn fine() -> Plan {
    Plan {
        kinds: vec![PenaltyKind::Fine],
        fine: Fen::from_yuan(50_000),
        band: "一般".into(),
        reasons: "违法事实清楚".into(),
        ..Plan::default()
    }
}

fn warning() -> Plan {
    Plan { kinds: vec![PenaltyKind::Warning], reasons: "违法事实清楚".into(), ..Plan::default() }
}

fn receipt(on: LocalDate) -> ServiceRecord {
    ServiceRecord {
        method: ServiceMethod::Direct,
        on,
        receiver: "演示".into(),
        note: String::new(),
        announced_on: None,
    }
}

/// An account, which is an act that no room waits for.
pub async fn account(ctx: &Ctx, login: &str) {
    let mut tx = ctx.begin().await.unwrap();
    let new = NewAccount {
        login: login.into(),
        name: "演示员".into(),
        password: "correct horse".into(),
        handed_out: false,
        roles: vec![Role::Inspector],
        department: DepartmentId::new("health"),
        division: "4404".parse().unwrap(),
        subject: None,
        demo: false,
    };
    account::add_in(&mut tx, ctx, new).await.unwrap();
    tx.commit().await.unwrap();
}
