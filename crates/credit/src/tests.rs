//! The room as a whole, on both databases: from a served decision to a lifted consequence.

use crate::demerit::{self, Action, Basis, Demerit, NewDemerit, Proposed};
use crate::event::{self, CreditEvent, NewEvent, Source};
use crate::grade::{self, Standing};
use crate::linkage::{self, Linkage};
use jiff::civil::date;
use std::fmt::Write as _;
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{LocalDate, Role, SubjectRef};
use xingjian_policy::GradeCause;
use xingjian_registry::institution::{self, Details};
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_registry::release;
use xingjian_store::{Ctx, Failure, ledger, papers, records};
use xingjian_testkit::{World, both_databases};

/// Monday, 23 November 2026: the day the test clock starts.
const START: LocalDate = date(2026, 11, 23);

fn officer(world: &World) -> Ctx {
    world.ctx("信用管理员甲", &[Role::CreditOfficer])
}

fn head(world: &World) -> Ctx {
    world.ctx("负责人甲", &[Role::Head])
}

fn insurance(world: &World) -> Ctx {
    world.ctx_of("insurance", "医保联络员", &[Role::Partner])
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
        address: None,
        telephone: None,
        beds: None,
    };
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    institution::register(&registrar, details, true).await.unwrap().subject()
}

async fn release_all(world: &World, entries: &[(&str, &str)]) {
    let lawyer = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
    for (table, entry) in entries {
        release::release(&lawyer, table, entry, "已与珠府办函〔2020〕96号核对").await.unwrap();
    }
    follow(world).await;
}

const MODEL: (&str, &str) = ("grade_model", "default");
const INSURANCE: (&str, &str) = ("linkage", "insurance_agreement");
const JG11: (&str, &str) = ("demerit_item", "JG-11");

async fn follow(world: &World) {
    while ledger::sequence(&world.app).await.unwrap() > 0 {}
    while crate::follow::run(&world.app).await.unwrap() > 0 {}
}

fn fine(case: CaseId, subject: SubjectRef, yuan: i64, on: LocalDate) -> NewEvent {
    let amount = Fen::from_yuan(yuan);
    NewEvent {
        subject,
        cause: event::cause_of_penalty(&[xingjian_policy::PenaltyKind::Fine], amount).unwrap(),
        units: 1,
        amount: Some(amount),
        effective_on: on,
        source: Source {
            resource: case.to_string(),
            number: Some("珠卫医罚〔2026〕1号".into()),
            department: xingjian_kernel::DepartmentId::new("health"),
            text: format!("罚款{amount}元"),
        },
    }
}

async fn record(ctx: &Ctx, new: NewEvent) {
    let mut tx = ctx.begin().await.unwrap();
    event::record_in(&mut tx, ctx, new).await.unwrap();
    tx.commit().await.unwrap();
}

fn rented_out(case: CaseId, subject: SubjectRef) -> NewDemerit {
    let number = "珠卫医罚〔2026〕1号".into();
    NewDemerit {
        subject,
        item: "JG-11".into(),
        occurred_on: date(2026, 10, 9),
        units: 1,
        fact: "将口腔科承包给他人。".into(),
        basis: Basis::Penalty { case, number, served_on: START },
    }
}

async fn propose(ctx: &Ctx, new: NewDemerit) -> Result<Proposed, Failure> {
    let mut tx = ctx.begin().await?;
    let proposed = demerit::propose_in(&mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(proposed)
}

fn id_of(proposed: Proposed) -> xingjian_kernel::id::DemeritId {
    match proposed {
        Proposed::Created(id) | Proposed::AlreadyThere(id) => id,
    }
}

/// Told, waived, in force: version 4.
async fn take_effect(world: &World, subject: SubjectRef, id: xingjian_kernel::id::DemeritId) {
    let office = officer(world);
    let today = office.today();
    demerit::act(&office, id, 1, Action::Notify { served_on: today, late_reason: None }).await.unwrap();
    demerit::act(&world.unit("机构", subject), id, 2, Action::Waive).await.unwrap();
    demerit::act(&office, id, 3, Action::TakeEffect { points: 12, reply: None }).await.unwrap();
}

fn code(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.code.clone(),
        other => format!("{other:?}"),
    }
}

async fn grade_of(world: &World, subject: SubjectRef) -> (i32, String) {
    let grading = grade::of(&head(world), &subject, head(world).today()).await.unwrap();
    (grading.total, grading.grade)
}

async fn states(world: &World, subject: SubjectRef) -> Vec<(String, &'static str)> {
    let all = linkage::all_of(&Ctx::system(&world.app), subject).await.unwrap();
    all.iter().map(|linkage| (linkage.rule.clone(), linkage.state_name())).collect()
}

both_databases! {
    /// The credit part of the story of the demo.
    async fn from_the_served_decision_to_the_lifted_consequence(world: World) {
        release_all(&world, &[MODEL, INSURANCE, JG11]).await;
        let (rented, fined) = (institution(&world, "演示第一医院").await, institution(&world, "演示第二医院").await);
        let (head, office, partner) = (head(&world), officer(&world), insurance(&world));
        let case: CaseId = head.new_id();

        // Service of the decisions.
        record(&head, fine(head.new_id(), fined, 2_000, START)).await;
        record(&head, fine(case, rented, 50_000, START)).await;
        let proposed = propose(&head, rented_out(case, rented)).await.unwrap();
        assert_eq!(grade_of(&world, fined).await, (960, "A".into()));
        assert_eq!(grade_of(&world, rented).await, (920, "A".into()), "points that are only proposed weigh nothing");
        assert!(states(&world, rented).await.is_empty());

        // 告知, 申辩, 生效.
        let id = id_of(proposed);
        let unit = world.unit("机构", rented);
        let told = demerit::act(&office, id, 1, Action::Notify { served_on: START, late_reason: None }).await.unwrap();
        let notice = told.served().unwrap().clone();
        assert_eq!(notice.number, "珠卫医记〔2026〕1号");
        let (paper, bytes) = papers::open(&office, notice.paper.unwrap().0).await.unwrap();
        let page = String::from_utf8(bytes).unwrap();
        assert!(page.contains("珠卫医记〔2026〕1号") && page.contains("2026年11月30日前"), "{page}");
        assert_eq!(paper.number, notice.number);
        demerit::act(&unit, id, 2, Action::Contest { statement: "科室已收回".into() }).await.unwrap();
        world.clock.set(date(2026, 12, 1));
        let reply = Some("收回不影响已发生的行为，不予采纳".into());
        demerit::act(&office, id, 3, Action::TakeEffect { points: 12, reply }).await.unwrap();
        assert_eq!(grade_of(&world, rented).await, (800, "B".into()));
        let (_, rate) = grade::sampling_of(&head, &rented).await.unwrap();
        assert_eq!(rate.map(|rate| rate.rate_percent), Some(10));

        // The insurance department answers; another one does not see it.
        assert_eq!(states(&world, rented).await, vec![("insurance_agreement".to_owned(), "pushed")]);
        let linkage = linkage::all_of(&partner, rented).await.unwrap().remove(0);
        assert!(linkage::all_of(&world.ctx_of("market", "市监联络员", &[Role::Partner]), rented).await.unwrap().is_empty());
        let denied = linkage::act(&office, linkage.id, 1, linkage::Action::Acknowledge).await.unwrap_err();
        assert!(matches!(denied, Failure::Denied(_)));
        linkage::act(&partner, linkage.id, 1, linkage::Action::Acknowledge).await.unwrap();
        let stale = linkage::act(&partner, linkage.id, 1, linkage::Action::Effect { effect: "已约谈".into() }).await;
        assert!(matches!(stale, Err(Failure::Conflict)));
        linkage::act(&partner, linkage.id, 2, linkage::Action::Effect { effect: "纳入重点稽核".into() }).await.unwrap();

        // A year later the events leave the rating period, first the fine, then the points.
        world.clock.set(date(2027, 11, 23));
        assert_eq!(grade::refresh(&world.app).await.unwrap(), 2);
        assert_eq!(grade_of(&world, rented).await, (880, "B".into()));
        assert_eq!(states(&world, rented).await, vec![("insurance_agreement".to_owned(), "effected")]);
        world.clock.set(date(2027, 12, 1));
        assert_eq!(grade::refresh(&world.app).await.unwrap(), 1);
        assert_eq!(grade_of(&world, rented).await, (1000, "A".into()));
        // The department is asked to undo what it did, and the linkage is open until it says so.
        assert_eq!(states(&world, rented).await, vec![("insurance_agreement".to_owned(), "undoing")]);
        let open = linkage::all_of(&partner, rented).await.unwrap().remove(0);
        assert_eq!(open.due().map(|(_, who)| who.as_str()), Some("insurance"));
        let undo = || linkage::Action::Undo { text: "已移出重点稽核名单".into() };
        assert!(matches!(linkage::act(&office, open.id, open.version, undo()).await, Err(Failure::Denied(_))));
        linkage::act(&partner, open.id, open.version, undo()).await.unwrap();
        assert_eq!(states(&world, rented).await, vec![("insurance_agreement".to_owned(), "lifted")]);
        assert_eq!(grade::refresh(&world.app).await.unwrap(), 0, "nothing is due any more");

        // What was true on a past day stays true.
        let past = grade::of(&head, &rented, date(2026, 12, 31)).await.unwrap();
        assert_eq!((past.total, past.grade.as_str()), (800, "B"));
        let standing = records::must::<Standing>(&head, rented).await.unwrap();
        let history: Vec<_> = standing.history.iter().map(|c| (c.on, c.from.as_str(), c.to.as_str())).collect();
        assert_eq!(history, vec![
            (date(2026, 12, 1), "A", "B"),
            (date(2027, 12, 1), "B", "A"),
        ]);
        let public = grade::public_of(&world.app, &rented).await.unwrap();
        assert_eq!((public.grade.as_str(), public.since, public.trial), ("A", Some(date(2027, 12, 1)), false));
    }

    async fn a_grade_that_falls_further_asks_the_department_anew(world: World) {
        release_all(&world, &[MODEL, INSURANCE]).await;
        let subject = institution(&world, "演示第一医院").await;
        let (head, partner) = (head(&world), insurance(&world));
        for _ in 0..2 {
            record(&head, fine(head.new_id(), subject, 50_000, START)).await;
        }
        let first = linkage::all_of(&partner, subject).await.unwrap().remove(0);
        linkage::act(&partner, first.id, 1, linkage::Action::Acknowledge).await.unwrap();
        linkage::act(&partner, first.id, 2, linkage::Action::Effect { effect: "纳入重点稽核".into() }).await.unwrap();
        record(&head, fine(head.new_id(), subject, 500, START)).await;
        assert_eq!(grade_of(&world, subject).await, (800, "B".into()));
        assert_eq!(states(&world, subject).await, [("insurance_agreement".to_owned(), "effected")], "the same grade");
        let revoked = NewEvent { cause: GradeCause::Revocation, ..fine(head.new_id(), subject, 500, START) };
        record(&head, revoked).await;
        assert_eq!(grade_of(&world, subject).await.1, "D");
        let again = linkage::all_of(&partner, subject).await.unwrap();
        let [again] = &again[..] else { panic!("one linkage a rule") };
        assert_eq!((again.state_name(), again.grade.as_str(), again.rounds.len()), ("pushed", "D", 1));
        assert_eq!(again.in_place().as_deref(), Some("纳入重点稽核"));
    }

    async fn an_event_that_was_withdrawn_can_be_recorded_again(world: World) {
        release_all(&world, &[MODEL]).await;
        let subject = institution(&world, "演示第一医院").await;
        let head = head(&world);
        let case: CaseId = head.new_id();
        record(&head, fine(case, subject, 50_000, START)).await;
        let mut tx = head.begin().await.unwrap();
        let taken = event::withdraw_source_in(&mut tx, &head, subject, &case.to_string(), "决定被变更").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((taken, grade_of(&world, subject).await.0), (1, 1000));
        record(&head, fine(case, subject, 20_000, START)).await;
        assert_eq!(grade_of(&world, subject).await.0, 920);
        let mut tx = head.begin().await.unwrap();
        let cause = GradeCause::PenaltyFineFrom1w;
        event::withdraw_in(&mut tx, &head, &case.to_string(), cause, "决定被撤销").await.unwrap();
        event::restore_in(&mut tx, &head, subject, &case.to_string(), cause).await.unwrap();
        tx.commit().await.unwrap();
        let amounts: Vec<_> = event::all_of(&head, subject).await.unwrap();
        let live: Vec<_> = amounts.iter().filter(|event| event.withdrawn.is_none()).map(|event| event.amount).collect();
        assert_eq!((amounts.len(), live), (3, vec![Some(Fen::from_yuan(20_000))]));
    }

    async fn the_time_line_tells_what_happened(world: World) {
        release_all(&world, &[MODEL, INSURANCE, JG11]).await;
        let subject = institution(&world, "演示第一医院").await;
        let head = head(&world);
        let case: CaseId = head.new_id();
        record(&head, fine(case, subject, 50_000, START)).await;
        let id = id_of(propose(&head, rented_out(case, subject)).await.unwrap());
        take_effect(&world, subject, id).await;
        let mut lines = ledger::of_subject(&Ctx::system(&world.app), subject, 50).await.unwrap();
        lines.reverse();
        let mut text = String::new();
        for row in &lines {
            assert!(row.intact);
            let sentence = match row.kind.as_str() {
                "paper.kept" => "(…)",
                _ => row.text.as_str(),
            };
            writeln!(text, "{} [{}] {sentence}", row.actor.name, row.kind).unwrap();
        }
        expect_test::expect![[r#"
            登记员甲 [institution.registered] 登记医疗机构“演示第一医院”
            负责人甲 [credit.event_recorded] 记入信用事件“行政处罚（罚款1万元以上或者没收）”：罚款50,000.00元，依据珠卫医罚〔2026〕1号，自2026年11月23日起计
            系统 [credit.grade_assessed] 信用评定后仍为A级（920分）：行政处罚（罚款1万元以上或者没收）-80分
            负责人甲 [demerit.proposed] 拟记不良执业行为12分：JG-11 出租承包科室，依据：珠卫医罚〔2026〕1号行政处罚决定，2026年11月23日送达
            信用管理员甲 [paper.kept] (…)
            信用管理员甲 [demerit.notified] 送达珠卫医记〔2026〕1号《不良执业行为记分通知书》，可在2026年11月30日前陈述申辩
            机构 [demerit.waived] 当事人放弃对珠卫医记〔2026〕1号的陈述申辩
            信用管理员甲 [demerit.effective] 不良执业行为记12分，自2026年11月23日起生效：JG-11 出租承包科室，达到阈值：提醒、约谈主要负责人、建议暂缓校验一个月至六个月
            信用管理员甲 [credit.event_recorded] 记入信用事件“不良执业行为记分”：出租承包科室，记12分，依据珠卫医记〔2026〕1号，自2026年11月23日起计
            系统 [credit.grade_changed] 信用等级由A级变为B级（800分）：行政处罚（罚款1万元以上或者没收）-80分、不良执业行为记分（每分）-120分
            系统 [linkage.pushed] 因信用B级向市医保局推送“医保定点协议管理”：推送信用等级和处罚信息，纳入定点协议管理，请于2026年11月30日前签收
        "#]].assert_eq(&text);
        let pushed = lines.iter().find(|row| row.kind == "linkage.pushed").unwrap();
        assert_eq!(pushed.data["department"], "insurance");
        let changed = lines.iter().find(|row| row.kind == "credit.grade_changed").unwrap();
        assert_eq!((&changed.data["from"], &changed.data["to"]), (&"A".into(), &"B".into()));
    }

    async fn recording_and_proposing_twice_is_once(world: World) {
        release_all(&world, &[MODEL]).await;
        let subject = institution(&world, "演示第一医院").await;
        let head = head(&world);
        let case: CaseId = head.new_id();
        record(&head, fine(case, subject, 50_000, START)).await;
        record(&head, fine(case, subject, 50_000, START)).await;
        assert_eq!(event::all_of(&head, subject).await.unwrap().len(), 1);
        let first = propose(&head, rented_out(case, subject)).await.unwrap();
        let second = propose(&head, rented_out(case, subject)).await.unwrap();
        assert_eq!(second, Proposed::AlreadyThere(id_of(first)));
        assert_eq!(grade_of(&world, subject).await, (920, "A".into()));
    }

    /// T29: a decision and its points stand side by side.
    async fn points_stand_beside_the_penalty_and_never_instead(world: World) {
        release_all(&world, &[MODEL, JG11]).await;
        let subject = institution(&world, "演示第一医院").await;
        let head = head(&world);
        let case: CaseId = head.new_id();
        let instead = NewDemerit {
            basis: Basis::NoPenaltyInLaw { reason: "以分代罚".into() },
            ..rented_out(case, subject)
        };
        assert_eq!(code(&propose(&head, instead).await.unwrap_err()), "instead_of_penalty");
        record(&head, fine(case, subject, 50_000, START)).await;
        let id = id_of(propose(&head, rented_out(case, subject)).await.unwrap());
        take_effect(&world, subject, id).await;
        let grading = grade::of(&head, &subject, START).await.unwrap();
        let lines: Vec<_> = grading.lines.iter().map(|line| (line.cause, line.subtotal)).collect();
        assert_eq!(lines, vec![(GradeCause::PenaltyFineFrom1w, -80), (GradeCause::DemeritPoint, -120)]);
        let physician = NewDemerit { item: "YS-01".into(), ..rented_out(case, subject) };
        assert_eq!(code(&propose(&head, physician).await.unwrap_err()), "wrong_target");
        let unknown = NewDemerit { item: "JG-99".into(), ..rented_out(case, subject) };
        assert_eq!(code(&propose(&head, unknown).await.unwrap_err()), "no_such_item");
    }

    async fn an_entry_that_is_not_released_supports_nothing(world: World) {
        let subject = institution(&world, "演示第一医院").await;
        let (head, office) = (head(&world), officer(&world));
        let case: CaseId = head.new_id();
        record(&head, fine(case, subject, 50_000, START)).await;
        record(&head, fine(head.new_id(), subject, 50_000, START)).await;
        let trial = grade::of(&head, &subject, START).await.unwrap();
        assert_eq!((trial.grade.as_str(), trial.trial), ("B", true));
        assert!(states(&world, subject).await.is_empty());
        let (_, rate) = grade::sampling_of(&head, &subject).await.unwrap();
        assert_eq!(rate.map(|rate| rate.rate_percent), Some(5), "a trial moves no rate");

        let id = id_of(propose(&head, rented_out(case, subject)).await.unwrap());
        demerit::act(&office, id, 1, Action::Notify { served_on: START, late_reason: None }).await.unwrap();
        demerit::act(&office, id, 2, Action::Waive).await.unwrap();
        let refused = demerit::act(&office, id, 3, Action::TakeEffect { points: 12, reply: None }).await.unwrap_err();
        assert_eq!(code(&refused), "not_released");

        // The model alone: the grade holds, the linkage still waits for its own release.
        release_all(&world, &[MODEL]).await;
        let grading = grade::of(&head, &subject, START).await.unwrap();
        assert_eq!((grading.grade.as_str(), grading.trial), ("B", false));
        assert!(states(&world, subject).await.is_empty());
        release_all(&world, &[INSURANCE]).await;
        assert_eq!(states(&world, subject).await, vec![("insurance_agreement".to_owned(), "pushed")]);
        let standing = records::must::<Standing>(&head, subject).await.unwrap();
        let history: Vec<_> = standing.history.iter().map(|c| (c.to.as_str(), c.trial)).collect();
        assert_eq!(history, vec![("B", true), ("B", false)]);
    }

    async fn a_withdrawn_event_lifts_what_it_caused(world: World) {
        release_all(&world, &[MODEL, INSURANCE]).await;
        let subject = institution(&world, "演示第一医院").await;
        let (head, office, partner) = (head(&world), officer(&world), insurance(&world));
        record(&head, fine(head.new_id(), subject, 50_000, START)).await;
        record(&head, fine(head.new_id(), subject, 50_000, START)).await;
        assert_eq!(states(&world, subject).await, vec![("insurance_agreement".to_owned(), "pushed")]);

        // An objection that was accepted is not pushed again while the grade stays.
        let linkage = linkage::all_of(&partner, subject).await.unwrap().remove(0);
        linkage::act(&partner, linkage.id, 1, linkage::Action::Object { reason: "非定点".into() }).await.unwrap();
        linkage::act(&office, linkage.id, 2, linkage::Action::Withdraw { reason: "属实".into() }).await.unwrap();
        record(&head, fine(head.new_id(), subject, 500, START)).await;
        assert_eq!(states(&world, subject).await, vec![("insurance_agreement".to_owned(), "withdrawn")]);

        let events = event::all_of(&office, subject).await.unwrap();
        let denied = event::withdraw(&head, events[0].id, 1, "撤销").await.unwrap_err();
        assert!(matches!(denied, Failure::Denied(_)));
        assert_eq!(code(&event::withdraw(&office, events[0].id, 1, " ").await.unwrap_err()), "no_reason");
        world.clock.set(date(2026, 11, 24));
        event::withdraw(&office, events[0].id, 1, "原处罚决定被撤销").await.unwrap();
        assert_eq!(grade_of(&world, subject).await, (880, "B".into()));
        event::withdraw(&office, events[1].id, 1, "原处罚决定被撤销").await.unwrap();
        assert_eq!(grade_of(&world, subject).await, (960, "A".into()));
        // Falling again is a new cause: pushed again.
        record(&head, fine(head.new_id(), subject, 50_000, date(2026, 11, 24))).await;
        let expected = ["withdrawn", "pushed"].map(|state| ("insurance_agreement".to_owned(), state));
        assert_eq!(states(&world, subject).await, expected);
        let event = records::must::<CreditEvent>(&office, events[0].id).await.unwrap();
        assert_eq!(event.state_label(), "已撤回");
    }

    async fn revoked_points_leave_the_grade(world: World) {
        release_all(&world, &[MODEL, JG11]).await;
        let subject = institution(&world, "演示第一医院").await;
        let (head, office) = (head(&world), officer(&world));
        let id = id_of(propose(&head, rented_out(head.new_id(), subject)).await.unwrap());
        take_effect(&world, subject, id).await;
        assert_eq!(grade_of(&world, subject).await, (880, "B".into()));
        world.clock.set(date(2026, 12, 7));
        demerit::act(&office, id, 4, Action::Revoke { reason: "处罚决定被撤销".into() }).await.unwrap();
        assert_eq!(grade_of(&world, subject).await, (1000, "A".into()));
        let points = |as_of| demerit::account_of(&head, subject, as_of);
        let sum = |accounts: Vec<demerit::Account>| {
            accounts.iter().map(|a| a.cycle.as_ref().map(|c| c.points)).collect::<Vec<_>>()
        };
        assert_eq!(sum(points(date(2026, 12, 6)).await.unwrap()), vec![Some(12); 3]);
        assert_eq!(sum(points(date(2026, 12, 7)).await.unwrap()), vec![None; 3], "no cycle is not zero points");
    }

    /// T30 through the use cases: the institution's points are cleared, the physician's are not.
    async fn a_verification_clears_the_institution_only(world: World) {
        release_all(&world, &[MODEL, JG11, ("demerit_item", "YS-01")]).await;
        let subject = institution(&world, "演示第一医院").await;
        let (head, office) = (head(&world), officer(&world));
        let registrar = world.ctx("登记员甲", &[Role::Registrar]);
        let id = id_of(propose(&head, rented_out(head.new_id(), subject)).await.unwrap());
        take_effect(&world, subject, id).await;
        let new = NewPractitioner {
            name: "演示医师".into(),
            profession: Profession::Physician,
            certificate: None,
            citizen: None,
            scope: None,
            places: vec![],
            division: "440402".parse().unwrap(),
            demo: true,
        };
        let mut tx = registrar.begin().await.unwrap();
        let physician = SubjectRef::Practitioner(practitioner::register_in(&mut tx, &registrar, new).await.unwrap());
        tx.commit().await.unwrap();
        let new = NewDemerit { item: "YS-01".into(), ..rented_out(head.new_id(), physician) };
        let points = id_of(propose(&head, new).await.unwrap());
        demerit::act(&office, points, 1, Action::Notify { served_on: START, late_reason: None }).await.unwrap();
        demerit::act(&office, points, 2, Action::Waive).await.unwrap();
        demerit::act(&office, points, 3, Action::TakeEffect { points: 4, reply: None }).await.unwrap();

        world.clock.set(date(2026, 12, 7));
        let day = date(2026, 12, 7);
        let denied = demerit::record_verification(&office, subject, day, "校验合格").await.unwrap_err();
        assert!(matches!(denied, Failure::Denied(_)));
        let future = demerit::record_verification(&registrar, subject, date(2026, 12, 8), "校验合格").await.unwrap_err();
        assert!(matches!(future, Failure::Invalid(_)));
        for _ in 0..2 {
            demerit::record_verification(&registrar, subject, day, "2026年度校验").await.unwrap();
        }
        let sum = |accounts: Vec<demerit::Account>| {
            accounts.iter().map(|a| a.cycle.as_ref().map(|c| c.points)).collect::<Vec<_>>()
        };
        assert_eq!(sum(demerit::account_of(&head, subject, day).await.unwrap()), vec![Some(0); 3]);
        assert_eq!(sum(demerit::account_of(&head, physician, day).await.unwrap()), vec![Some(4)]);
        assert_eq!(grade_of(&world, subject).await, (880, "B".into()), "the grade keeps the event for its year");
        let refused = grade::of(&head, &physician, day).await.unwrap_err();
        assert_eq!(code(&refused), "not_graded");
    }

    async fn a_unit_reads_and_answers_only_its_own(world: World) {
        let (own, foreign) = (institution(&world, "演示第一医院").await, institution(&world, "演示第二医院").await);
        let (head, office) = (head(&world), officer(&world));
        let theirs = id_of(propose(&head, rented_out(head.new_id(), foreign)).await.unwrap());
        demerit::act(&office, theirs, 1, Action::Notify { served_on: START, late_reason: None }).await.unwrap();
        let unit = world.unit("机构", own);
        let contest = || Action::Contest { statement: "不服".into() };
        assert!(matches!(demerit::act(&unit, theirs, 2, contest()).await, Err(Failure::NotFound)));
        assert!(records::get::<Demerit>(&unit, theirs).await.unwrap().is_none());
        let revoke = Action::Revoke { reason: "不服".into() };
        assert!(matches!(demerit::act(&unit, theirs, 2, revoke).await, Err(Failure::Denied(_))));
        assert!(matches!(demerit::act(&head, theirs, 2, contest()).await, Err(Failure::Denied(_))));
        demerit::act(&world.unit("机构", foreign), theirs, 2, contest()).await.unwrap();
        assert!(matches!(demerit::act(&office, theirs, 2, Action::Waive).await, Err(Failure::Conflict)));
        assert!(records::get::<Linkage>(&unit, "nothing").await.unwrap().is_none());
    }

    /// Two decisions against one subject, served at the same moment: each counts, whoever has to try again.
    async fn decisions_served_at_once_both_count(world: World) {
        release_all(&world, &[MODEL]).await;
        let subject = institution(&world, "演示第一医院").await;
        let served = |ctx: Ctx| async move {
            let case: CaseId = ctx.new_id();
            loop {
                let mut tx = ctx.begin().await.unwrap();
                match event::record_in(&mut tx, &ctx, fine(case, subject, 50_000, START)).await {
                    Ok(_) => return tx.commit().await.unwrap(),
                    Err(Failure::Conflict) => drop(tx),
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        tokio::try_join!(
            tokio::spawn(served(head(&world))),
            tokio::spawn(served(head(&world))),
            tokio::spawn(served(head(&world))),
        )
        .unwrap();
        assert_eq!(event::all_of(&head(&world), subject).await.unwrap().len(), 3);
        let standing = records::must::<Standing>(&head(&world), subject).await.unwrap();
        assert_eq!((standing.grading.total, standing.grading.lines[0].count), (760, 3));
        assert_eq!(grade_of(&world, subject).await, (760, "B".into()));
    }
}
