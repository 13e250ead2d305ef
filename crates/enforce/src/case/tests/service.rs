//! Cases in the database, on both: the whole procedure, its consequences, and who is kept out.

use super::fixtures::{self, evidence, hear, plan, report, yuan};
use crate::case::service::{self, NewCase};
use crate::case::*;
use jiff::civil::date;
use std::collections::BTreeMap;
use xingjian_credit::demerit;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{LocalDate, Role, SubjectRef};
use xingjian_policy::GradeCause;
use xingjian_registry::institution::{self, Details};
use xingjian_registry::officer::{self, Certificate, NewOfficer, Recusal, Tie};
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_registry::release;
use xingjian_store::{Ctx, Failure, Filter, Stored, ledger, papers, records, tables};
use xingjian_testkit::{World, both_databases};

const START: LocalDate = date(2026, 11, 23);

/// Entries that the national pack marks as defaults.
const RELEASED: &[(&str, &str)] = &[
    ("clock", "statement"),
    ("parameter", "hearing_fine_institution"),
    ("parameter", "hearing_gains_institution"),
    ("discretion_band", "minor"),
    ("discretion_band", "ordinary"),
];

struct Office {
    world: World,
    first: Ctx,
    second: Ctx,
    head: Ctx,
    reviewer: Ctx,
    officers: [OfficerId; 2],
    subject: SubjectRef,
    unit: Ctx,
}

async fn institution(world: &World, name: &str) -> SubjectRef {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: None,
        address: Some("演示路1号".into()),
        telephone: None,
        beds: None,
    };
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    institution::register(&registrar, details, true).await.unwrap().subject()
}

async fn officer(world: &World, of: &Ctx, until: LocalDate, recusals: Vec<Recusal>) -> OfficerId {
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    let number = format!("演示执法证{}", of.actor.name);
    let new = NewOfficer {
        name: of.actor.name.clone(),
        account: of.actor.account,
        unit: "综合监督执法支队".into(),
        certificate: Some(Certificate { number, from: date(2020, 1, 1), until }),
        specialties: vec![],
        recusals,
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let mut tx = registrar.begin().await.unwrap();
    let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    officer.id
}

async fn physician_at(world: &World, place: SubjectRef) -> SubjectRef {
    let SubjectRef::Institution(place) = place else { panic!("not an institution") };
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    let new = NewPractitioner {
        name: "演示医师".into(),
        profession: Profession::Physician,
        certificate: None,
        citizen: None,
        scope: None,
        places: vec![place],
        division: "440402".parse().unwrap(),
        demo: true,
    };
    let mut tx = registrar.begin().await.unwrap();
    let id = practitioner::register_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    SubjectRef::Practitioner(id)
}

async fn release_all(world: &World, entries: &[(&str, &str)]) {
    let lawyer = world.ctx("法制审核员乙", &[Role::LegalReviewer]);
    for (table, entry) in entries {
        release::release(&lawyer, table, entry, "已核对原文").await.unwrap();
    }
}

async fn office(world: World) -> Office {
    let first = world.ctx("监督员甲", &[Role::Inspector]);
    let second = world.ctx("监督员乙", &[Role::Inspector]);
    let head = world.ctx("负责人甲", &[Role::Head]);
    let reviewer = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
    let subject = institution(&world, "演示第一门诊部").await;
    let officers = [
        officer(&world, &first, date(2030, 1, 1), vec![]).await,
        officer(&world, &second, date(2030, 1, 1), vec![]).await,
    ];
    let unit = world.unit("演示第一门诊部", subject);
    Office { world, first, second, head, reviewer, officers, subject, unit }
}

impl Office {
    fn new_case(&self, finding: &str) -> NewCase {
        NewCase {
            subject: self.subject,
            violation: "YL-003".into(),
            act: Act { began: date(2026, 10, 9), ended: None, discovered: date(2026, 11, 20), harmed_health: false },
            summary: "将口腔科承包给他人经营".into(),
            origin: Origin { finding: Some(finding.into()), ..Origin::default() },
            handlers: self.officers.to_vec(),
            recused: BTreeMap::new(),
        }
    }

    fn days(&self, days: i64) {
        let today = self.first.today();
        self.world.clock.set(today.saturating_add(jiff::Span::new().days(days)));
    }

    async fn walk(&self, case: Stored<Case>, by: &Ctx, action: Action) -> Stored<Case> {
        let put_down = case.draft.is_none();
        let case = self.one(case, by, action).await;
        if !put_down || case.draft.is_none() {
            return case;
        }
        let other = if by.actor.account == self.first.actor.account { &self.second } else { &self.first };
        self.one(case, other, Action::Countersign).await
    }

    /// An act by one person.
    async fn one(&self, case: Stored<Case>, by: &Ctx, action: Action) -> Stored<Case> {
        let name = action.name();
        service::act(by, case.id, case.version, action).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Until the deliberation: the fine is 20,000 yuan, the least for this violation.
    async fn deliberated(&self, finding: &str) -> Stored<Case> {
        self.deliberated_from(self.new_case(finding)).await
    }

    async fn deliberated_from(&self, new: NewCase) -> Stored<Case> {
        let id = service::propose(&self.first, new).await.unwrap();
        let case = service::get(&self.first, id).await.unwrap();
        let case = self.walk(case, &self.head, Action::ApproveFiling { opinion: "同意立案".into() }).await;
        self.days(1);
        let mut found = report(0);
        found.evidence[0] = Evidence { taken_on: START, ..evidence() };
        let case = self.walk(case, &self.first, Action::ReportInvestigation(found)).await;
        self.walk(case, &self.second, fixtures::deliberation(plan(20_000, "轻微", 0))).await
    }

    fn receipt(&self) -> ServiceRecord {
        fixtures::receipt(self.first.today())
    }

    async fn decided(&self, finding: &str) -> Stored<Case> {
        self.decided_from(self.new_case(finding)).await
    }

    async fn decided_from(&self, new: NewCase) -> Stored<Case> {
        let case = self.deliberated_from(new).await;
        let case = self.walk(case, &self.first, Action::ServeNotice(self.receipt())).await;
        let statement = Statement { text: "已经收回口腔科".into(), oral: false };
        let case = self.walk(case, &self.unit, Action::SubmitStatement(statement)).await;
        let case = self.walk(case, &self.unit, Action::WaiveHearing { note: "放弃听证".into() }).await;
        let case = self.walk(case, &self.first, hear(StatementOutcome::NotAccepted)).await;
        let case = self.walk(case, &self.reviewer, Action::PassReview { opinion: "同意".into() }).await;
        let case = self.walk(case, &self.head, fixtures::discuss(plan(20_000, "轻微", 0))).await;
        let decide = Action::Decide { plan: plan(20_000, "轻微", 0), reasons: "符合裁量基准".into() };
        self.walk(case, &self.head, decide).await
    }
}

fn code(failure: &Failure) -> &str {
    match failure {
        Failure::Refused(refusal) => &refusal.code,
        Failure::NotFound => "not found",
        Failure::Denied(permission) => permission.code(),
        Failure::Conflict => "conflict",
        Failure::Invalid(_) => "invalid",
        _ => "other",
    }
}

async fn credit_causes(office: &Office) -> Vec<GradeCause> {
    let officer = office.world.ctx("信用管理员甲", &[Role::CreditOfficer]);
    let events = xingjian_credit::event::all_of(&officer, office.subject).await.unwrap();
    events.iter().filter(|event| event.withdrawn.is_none()).map(|event| event.cause).collect()
}

both_databases! {
    /// T29: penalty and points stand side by side, from service on.
    async fn a_case_runs_from_filing_to_closing(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let case = office.decided("f1").await;
        let State::Decided(decided) = &case.state else { panic!("{}", case.state.name()) };
        assert_eq!(decided.decision.number, "珠卫医罚〔2026〕1号");
        assert_eq!(decided.decision.policy_version, office.world.app.policy.version);
        assert!(credit_causes(&office).await.is_empty());

        office.days(2);
        let printed = service::decision_page(&office.first, &case).unwrap().unwrap().html();
        let case = office.walk(case, &office.first, Action::ServeDecision(office.receipt())).await;
        let served = case.state.served().unwrap();
        let paper = served.paper.clone().unwrap();
        let (kept, bytes) = papers::open(&office.unit, paper.id).await.unwrap();
        assert_eq!((bytes.as_slice(), kept.sha256.as_str()), (printed.as_bytes(), paper.sha256.as_str()));
        assert_eq!(credit_causes(&office).await, [GradeCause::PenaltyFineFrom1w]);
        let points = demerit::all_of(&office.first, office.subject).await.unwrap();
        assert_eq!(points.iter().map(|d| (d.item.as_str(), d.points)).collect::<Vec<_>>(), [("JG-11", 12)]);

        let on = office.first.today();
        let case = office.walk(case, &office.first, fixtures::payment(on, 20_000)).await;
        let case = office.walk(case, &office.second, fixtures::closing()).await;
        let case = office.walk(case, &office.head, Action::Close { opinion: "同意结案".into() }).await;
        assert_eq!(case.state.name(), "closed");
        let rows = ledger::of_resource(&office.head, tables::PENALTY_CASE, case.id).await.unwrap();
        let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, [
            "case.proposed", "case.filed", "case.drafted", "case.investigated", "case.drafted", "case.deliberated",
            "case.drafted", "case.noticed", "case.statement_submitted", "case.hearing_waived", "case.heard",
            "case.review_passed", "case.discussed", "case.decided", "case.drafted", "case.served", "case.paid", "case.closing_proposed", "case.closed",
        ]);
        let row = rows.iter().find(|row| row.kind == "case.served").unwrap();
        assert_eq!(row.data["finding"], "f1");
        assert_eq!(row.data["decision"]["fine"], "2000000");
        assert!(rows.iter().all(|row| row.intact && row.subjects == [office.subject]));
    }

    /// Terms run from the entry: neither a day typed too early nor a late entry takes a day from the party.
    async fn a_service_entered_late_takes_no_day_from_the_party(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let case = office.deliberated("f1").await;
        let happened = office.first.today();
        office.days(14);
        let today = office.first.today();
        let late = fixtures::receipt(happened);
        let case = office.walk(case, &office.first, Action::ServeNotice(late)).await;
        let noticed = case.state.noticed().unwrap().clone();
        assert_eq!(noticed.notice.service.on, happened, "the day of service is what it was");
        let due = |id| office.first.deadline(id, today).unwrap();
        assert_eq!(noticed.notice.statement_due, due("statement"));
        assert!(matches!(noticed.hearing, Hearing::Told { due: told, .. } if told == due("hearing_request")));
        let refused = service::act(&office.first, case.id, case.version, hear(StatementOutcome::NoneGiven)).await;
        assert_eq!(code(&refused.unwrap_err()), "statement_open");
        office.walk(case, &office.unit, Action::RequestHearing { on: today, note: "要求听证".into() }).await;

        let decided = office.decided("f2").await;
        let on = office.first.today();
        office.days(9);
        let case = office.walk(decided, &office.first, Action::ServeDecision(fixtures::receipt(on))).await;
        let served = case.state.served().unwrap();
        assert_eq!((served.service.on, served.pay_due), (on, office.first.deadline("pay", office.first.today()).unwrap()));
        assert_eq!(case.account(served.pay_due.due).unwrap().late, Fen::ZERO);
    }

    /// 民事诉讼法第95条 by 行政处罚法第61条: served on the day after thirty days, computed and not typed.
    async fn an_announcement_serves_when_its_term_is_over(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let case = office.deliberated("f1").await;
        let announced_on = office.first.today();
        let record = |announced_on: Option<LocalDate>| ServiceRecord {
            method: ServiceMethod::Announcement,
            on: announced_on.unwrap_or(START),
            receiver: String::new(),
            note: "下落不明，在本机关网站公告".into(),
            announced_on,
        };
        let serve = |announced_on| Action::ServeNotice(record(announced_on));
        let attempt = async |action: Action| {
            code(&service::act(&office.first, case.id, case.version, action).await.unwrap_err()).to_owned()
        };
        assert_eq!(attempt(serve(None)).await, "missing");
        assert_eq!(attempt(serve(Some(announced_on))).await, "announcement_running");
        let term = office.first.deadline("announcement", announced_on).unwrap();
        office.world.clock.set(term.due);
        assert_eq!(attempt(serve(Some(announced_on))).await, "announcement_running", "the last day is the party's");
        let served_on = term.due.tomorrow().unwrap();
        office.world.clock.set(served_on);
        assert_eq!(attempt(serve(Some(START))).await, "too_early", "before the notice was made");
        assert_eq!(attempt(serve(Some(announced_on))).await, "not_released", "the article is not verified");
        release_all(&office.world, &[("clock", "announcement")]).await;
        let case = office.one(case, &office.first, serve(Some(announced_on))).await;
        office.days(3);
        let case = office.one(case, &office.second, Action::Countersign).await;
        let notice = &case.state.noticed().unwrap().notice;
        assert_eq!((notice.service.on, notice.service.announced_on), (served_on, Some(announced_on)));
        assert_eq!(notice.statement_due, office.first.deadline("statement", office.first.today()).unwrap());
    }

    /// An annulled decision leaves credit and points; a changed one counts as it was changed.
    async fn what_a_court_undoes_leaves_the_credit_record(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let court = async |outcome, changed: Option<Plan>, finding: &str, began| {
            let mut new = office.new_case(finding);
            new.act.began = began;
            let decided = office.decided_from(new).await;
            let case = office.walk(decided, &office.first, Action::ServeDecision(office.receipt())).await;
            let before = credit_causes(&office).await;
            let on = office.first.today();
            let time = crate::fine::Pause { from: on, until: None };
            let sued = Action::RecordRemedy(Remedy { kind: RemedyKind::Lawsuit, time });
            let case = office.walk(case, &office.first, sued).await;
            (office.walk(case, &office.head, fixtures::verdict(on, outcome, changed)).await, before)
        };
        let (annulled, before) = Box::pin(court(RemedyOutcome::Annulled, None, "f1", date(2026, 10, 9))).await;
        assert_eq!((annulled.state.name(), before), ("annulled", vec![GradeCause::PenaltyFineFrom1w]));
        assert!(credit_causes(&office).await.is_empty());
        let points = demerit::all_of(&office.first, office.subject).await.unwrap();
        assert_eq!(points.iter().map(|d| d.state_name()).collect::<Vec<_>>(), ["revoked"]);
        let rows = ledger::of_resource(&office.head, tables::PENALTY_CASE, annulled.id).await.unwrap();
        let row = rows.iter().find(|row| row.kind == "case.annulled").unwrap();
        assert_eq!(row.data["undone"]["number"], "珠卫医罚〔2026〕1号");
        assert_eq!(row.data["undone"]["on"], office.first.today().to_string());
        // The same act can be penalised again: nothing stands in the way of a lawful decision.
        let less = plan(5_000, "轻微", 0);
        let (changed, before) = Box::pin(court(RemedyOutcome::Changed, Some(less), "f1", date(2026, 10, 9))).await;
        assert_eq!((changed.state.name(), before), ("served", vec![GradeCause::PenaltyFineFrom1w]));
        assert_eq!(credit_causes(&office).await, [GradeCause::PenaltyFineBelow1w]);
        let points = demerit::all_of(&office.first, office.subject).await.unwrap();
        let states: Vec<_> = points.iter().map(|d| d.state_name()).collect();
        assert_eq!(states, ["revoked", "revoked", "proposed"], "told anew by the changed decision");
    }

    /// 行政强制法第53条: the limits for remedies from the second signature, the last day from the service itself.
    async fn the_court_opens_after_every_limit(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let decided = office.decided("f1").await;
        let on = office.first.today();
        let case = office.one(decided, &office.first, Action::ServeDecision(fixtures::receipt(on))).await;
        office.days(5);
        let case = office.one(case, &office.second, Action::Countersign).await;
        let entered = office.first.today();
        let window = service::court_window(&office.first, &case).unwrap().unwrap();
        assert_eq!(window.opens_after, office.first.deadline("sue", entered).unwrap().due);
        let strict = office.first.deadline("sue", on).unwrap().due;
        assert_eq!(window.last_day, office.first.deadline("enforce_window", strict).unwrap().due);
        office.world.clock.set(case.due().unwrap().tomorrow().unwrap());
        let urged = office.walk(case, &office.first, Action::Urge(office.receipt())).await;
        let apply = || Action::ApplyCourt { court: "演示区人民法院".into(), opinion: "同意".into() };
        let attempt = async |case: &Stored<Case>| {
            code(&service::act(&office.head, case.id, case.version, apply()).await.unwrap_err()).to_owned()
        };
        assert_eq!(attempt(&urged).await, "urge_running");
        office.days(20);
        assert_eq!(attempt(&urged).await, "court_too_early");
        office.world.clock.set(window.opens_after.tomorrow().unwrap());
        let asked = office.walk(urged, &office.head, apply()).await;
        assert!(asked.state.served().unwrap().execution.at_court().is_some());
    }

    async fn each_act_has_its_people(world: World) {
        let office = office(world).await;
        let id = service::propose(&office.first, office.new_case("f1")).await.unwrap();
        let approve = || Action::ApproveFiling { opinion: "同意".into() };
        let grid = office.world.ctx("网格员甲", &[Role::GridWorker]);
        let refused = service::propose(&grid, office.new_case("f2")).await.unwrap_err();
        assert_eq!(code(&refused), "handle_case");
        let refused = service::propose(&Ctx::system(&office.world.app), office.new_case("f2")).await.unwrap_err();
        assert_eq!(code(&refused), "handle_case");
        for (by, expected) in [(&office.first, "decide_case"), (&office.reviewer, "decide_case"), (&grid, "decide_case")] {
            assert_eq!(code(&service::act(by, id, 1, approve()).await.unwrap_err()), expected);
        }
        assert_eq!(code(&service::act(&office.head, id, 7, approve()).await.unwrap_err()), "conflict");
        let elsewhere = office.world.ctx_of("insurance", "医保负责人", &[Role::Head]);
        assert_eq!(code(&service::act(&elsewhere, id, 1, approve()).await.unwrap_err()), "not found");
        assert_eq!(code(&service::get(&elsewhere, id).await.unwrap_err()), "not found");
        let filed = service::act(&office.head, id, 1, approve()).await.unwrap();
        assert_eq!(filed.number(), Some("珠卫医立〔2026〕1号"));
        assert_eq!(filed.due(), Some(date(2027, 2, 22))); // 90 days after 11-23 is a Sunday
        assert_eq!(code(&service::act(&office.head, id, 1, approve()).await.unwrap_err()), "conflict");
    }

    async fn handlers_are_looked_up(world: World) {
        let office = office(world).await;
        let third = office.world.ctx("监督员丙", &[Role::Inspector]);
        let kin = vec![Recusal { subject: office.subject, tie: Tie::Kin, reason: "配偶在该机构任职".into() }];
        let recused = officer(&office.world, &third, date(2030, 1, 1), kin).await;
        let fourth = office.world.ctx("监督员丁", &[Role::Inspector]);
        let expired = officer(&office.world, &fourth, date(2026, 11, 22), vec![]).await;
        let propose = async |officer: OfficerId| {
            let mut new = office.new_case("f1");
            new.handlers[1] = officer;
            service::propose(&office.first, new).await
        };
        assert_eq!(code(&propose(recused).await.unwrap_err()), "recused");
        // A ground against a physician of the institution is one against the institution.
        let physician = physician_at(&office.world, office.subject).await;
        let kin = vec![Recusal { subject: physician, tie: Tie::Kin, reason: "配偶".into() }];
        let fifth = office.world.ctx("监督员戊", &[Role::Inspector]);
        let behind = officer(&office.world, &fifth, date(2030, 1, 1), kin).await;
        assert_eq!(code(&propose(behind).await.unwrap_err()), "recused");
        // Whoever stepped back from the inspection stays away from its case, also later.
        let stepped = BTreeMap::from([(office.officers[1], "近亲属任职".to_owned())]);
        let bound = NewCase { recused: stepped, ..office.new_case("f1") };
        assert_eq!(code(&service::propose(&office.first, bound).await.unwrap_err()), "recused");
        assert_eq!(code(&propose(expired).await.unwrap_err()), "no_certificate");
        assert_eq!(code(&propose(office.officers[0]).await.unwrap_err()), "too_few_officers");
        let mut new = office.new_case("f1");
        new.act.began = date(2019, 1, 1);
        assert_eq!(code(&service::propose(&office.first, new).await.unwrap_err()), "invalid");
        let id = service::propose(&office.first, office.new_case("f1")).await.unwrap();
        let replace = service::replace_handler(
            &office.head, id, 1, office.officers[0], Some(recused), LeavingGround::Reassignment, "工作调整",
        );
        assert_eq!(code(&replace.await.unwrap_err()), "recused");
        // A name and a certificate from the form do not count.
        let forged = OfficerRef { certificate: "伪造".into(), ..OfficerRef {
            officer: expired, account: office.first.actor.account.unwrap(), name: "x".into(), certificate: String::new(),
        } };
        let action = Action::ReplaceHandler {
            leaving: office.officers[0], joining: Some(forged), ground: LeavingGround::Reassignment, reason: "调整".into(),
        };
        assert_eq!(code(&service::act(&office.head, id, 1, action).await.unwrap_err()), "no_certificate");
    }

    /// Article 42: the second signature is given with an own login, and only then there is a number.
    async fn nothing_is_issued_before_the_second_handler_signs(world: World) {
        let office = office(world).await;
        let id = service::propose(&office.first, office.new_case("f1")).await.unwrap();
        let case = service::get(&office.first, id).await.unwrap();
        let case = office.walk(case, &office.head, Action::ApproveFiling { opinion: "同意立案".into() }).await;
        let mut found = report(0);
        found.evidence[0].taken_on = START;
        let case = office.walk(case, &office.first, Action::ReportInvestigation(found)).await;
        let case = office.one(case, &office.first, fixtures::deliberation(plan(20_000, "轻微", 0))).await;
        assert_eq!((case.state.name(), case.draft.is_some()), ("investigated", true));
        let rows = ledger::of_resource(&office.head, tables::PENALTY_CASE, id).await.unwrap();
        let last = rows.last().unwrap();
        assert_eq!((last.kind.as_str(), last.text.as_str()), ("case.drafted", "提交“记录合议”，待监督员乙会签"));
        let own = service::act(&office.first, id, case.version, Action::Countersign).await.unwrap_err();
        assert_eq!(code(&own), "own_countersignature");
        let back = Action::ReturnDraft { reason: "意见没有写全".into() };
        let case = office.one(case, &office.second, back).await;
        let case = office.one(case, &office.second, fixtures::deliberation(plan(20_000, "轻微", 0))).await;
        let case = office.one(case, &office.first, Action::Countersign).await;
        let number = case.state.deliberated().unwrap().notice_number.clone();
        assert_eq!(number.as_deref(), Some("珠卫医罚告〔2026〕1号"));
        assert_eq!(case.set_aside[0].reason, "意见没有写全");
    }

    /// Article 42: a certificate that was valid at the filing may have lapsed.
    async fn certificates_are_looked_up_on_the_day_of_each_act(world: World) {
        let mut office = office(world).await;
        let third = office.world.ctx("监督员丙", &[Role::Inspector]);
        office.officers[1] = officer(&office.world, &third, date(2026, 11, 25), vec![]).await;
        let id = service::propose(&office.first, office.new_case("f1")).await.unwrap();
        let case = service::get(&office.first, id).await.unwrap();
        let case = office.walk(case, &office.head, Action::ApproveFiling { opinion: "同意立案".into() }).await;
        let mut found = report(0);
        found.evidence[0].taken_on = START;
        let submit = || Action::ReportInvestigation(found.clone());
        office.world.clock.set(date(2026, 11, 25));
        let case = office.one(case, &office.first, submit()).await;
        office.world.clock.set(date(2026, 11, 26));
        let late = service::act(&third, id, case.version, Action::Countersign).await.unwrap_err();
        assert_eq!(code(&late), "certificate_lapsed");
        let case = office.one(case, &office.first, Action::ReturnDraft { reason: "证件到期".into() }).await;
        assert_eq!(code(&service::act(&office.first, id, case.version, submit()).await.unwrap_err()), "certificate_lapsed");
        let fourth = office.world.ctx("监督员丁", &[Role::Inspector]);
        let joining = officer(&office.world, &fourth, date(2030, 1, 1), vec![]).await;
        let replaced = service::replace_handler(
            &office.head, id, case.version, office.officers[1], Some(joining), LeavingGround::Reassignment, "证件到期",
        );
        let case = office.one(replaced.await.unwrap(), &office.first, submit()).await;
        let case = office.one(case, &fourth, Action::Countersign).await;
        assert_eq!(case.state.name(), "investigated");
    }

    async fn the_party_learns_of_its_case_with_the_notice(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        let other = office.world.unit("演示第二门诊部", institution(&office.world, "演示第二门诊部").await);
        let case = office.deliberated("f1").await;
        assert!(service::party_cases(&office.unit).await.unwrap().is_empty());
        assert_eq!(code(&service::party_case(&office.unit, case.id).await.unwrap_err()), "not found");
        assert!(records::get::<Case>(&office.unit, case.id).await.unwrap().is_none());
        let rows = ledger::of_subject(&office.unit, office.subject, 50).await.unwrap();
        assert!(rows.iter().all(|row| !row.kind.starts_with("case.")));

        let case = office.walk(case, &office.first, Action::ServeNotice(office.receipt())).await;
        let views = service::party_cases(&office.unit).await.unwrap();
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].value.notice.as_ref().unwrap().number, "珠卫医罚告〔2026〕1号");
        assert_eq!(
            views[0].value.actions,
            ["submit_statement", "waive_statement", "waive_hearing", "request_hearing"]
        );
        assert_eq!(code(&service::get(&office.unit, case.id).await.unwrap_err()), "not found");
        assert_eq!(code(&service::list(&office.unit, &Filter::default()).await.unwrap_err()), "handle_case");
        assert!(service::party_cases(&other).await.unwrap().is_empty());
        let waive = || Action::WaiveStatement { note: "放弃".into() };
        assert_eq!(code(&service::act(&other, case.id, case.version, waive()).await.unwrap_err()), "not found");
        let request = Action::RequestHearing { on: START, note: "要求听证".into() };
        let pending = office.walk(case, &office.unit, request).await;
        assert_eq!(pending.state.name(), "hearing_pending");
        let on = office.first.today();
        let Hearing::Requested { on: requested, .. } = &pending.state.noticed().unwrap().hearing else { panic!() };
        assert_eq!(*requested, on);
        let refused = service::act(&office.first, pending.id, pending.version, hear(StatementOutcome::NoneGiven)).await;
        assert_eq!(code(&refused.unwrap_err()), "hearing_pending");
    }

    async fn nothing_takes_effect_on_entries_that_nobody_released(world: World) {
        let office = office(world).await;
        let case = office.deliberated("f1").await;
        let missing = service::releases_missing(&office.first, &case).await.unwrap();
        let missing: Vec<String> = missing.iter().map(|needed| format!("{}/{}", needed.table, needed.entry)).collect();
        assert_eq!(missing[..3], [
            "clock/statement", "parameter/hearing_fine_institution", "parameter/hearing_gains_institution",
        ]);
        let refused = service::act(&office.first, case.id, case.version, Action::ServeNotice(office.receipt())).await;
        assert_eq!(code(&refused.unwrap_err()), "not_released");
        // Nothing of the refused act remained.
        assert_eq!(service::get(&office.first, case.id).await.unwrap().version, case.version);
        assert_eq!(records::list::<papers::Paper>(&office.first, &Filter::default()).await.unwrap().total, 0);
        release_all(&office.world, RELEASED).await;
        assert!(service::releases_missing(&office.first, &case).await.unwrap().is_empty());
        office.walk(case, &office.first, Action::ServeNotice(office.receipt())).await;
    }

    /// T16.
    async fn the_same_act_is_fined_once(world: World) {
        let office = office(world).await;
        release_all(&office.world, RELEASED).await;
        office.decided("f1").await;
        let id = service::propose(&office.second, office.new_case("f2")).await.unwrap();
        let second = service::get(&office.first, id).await.unwrap();
        let second = office.walk(second, &office.head, Action::ApproveFiling { opinion: "同意".into() }).await;
        let mut found = report(0);
        found.evidence[0].taken_on = START;
        let second = office.walk(second, &office.first, Action::ReportInvestigation(found)).await;
        let again = fixtures::deliberation(plan(20_000, "轻微", 0));
        let refused = service::act(&office.first, second.id, second.version, again).await.unwrap_err();
        assert_eq!(code(&refused), "second_fine");
        // The number of the refused notice was never given, and a later act is another one.
        let mut later = office.new_case("f3");
        later.act.began = date(2026, 11, 2);
        let third = office.deliberated_from(later).await;
        let number = third.state.deliberated().unwrap().notice_number.clone();
        assert_eq!(number.as_deref(), Some("珠卫医罚告〔2026〕2号"));
    }

    /// T10.
    async fn cases_near_their_end_are_listed_most_urgent_first(world: World) {
        let office = office(world).await;
        for finding in ["f1", "f2"] {
            let id = service::propose(&office.first, office.new_case(finding)).await.unwrap();
            office.days(1);
            service::act(&office.head, id, 1, Action::ApproveFiling { opinion: "同意".into() }).await.unwrap();
        }
        let warnings = async || {
            let found = service::deadline_warnings(&office.head).await.unwrap();
            found.into_iter().map(|(_, level)| level).collect::<Vec<_>>()
        };
        assert!(warnings().await.is_empty());
        office.world.clock.set(date(2027, 2, 15));
        assert_eq!(warnings().await, [Warning::Soon { days_left: 7, level: 7 }, Warning::Soon { days_left: 8, level: 15 }]);
        office.world.clock.set(date(2027, 2, 23));
        assert_eq!(warnings().await, [Warning::Overdue(1), Warning::Soon { days_left: 0, level: 0 }]);
    }

    async fn a_form_for_a_plan_knows_its_range(world: World) {
        let office = office(world).await;
        let case = office.deliberated("f1").await;
        let discretion = service::discretion(&office.first, &case).unwrap().unwrap();
        let range = discretion.range.unwrap();
        assert_eq!((range.min, range.max), (yuan(20_000), yuan(100_000)));
        let names: Vec<&str> = discretion.bands.iter().map(|(band, _)| band.name.as_str()).collect();
        assert_eq!(names, ["轻微", "一般", "严重", "特别严重"]);
        assert_eq!(discretion.bands[1].1, Some((yuan(44_000), Fen::new(6_799_999))));
    }
}
