//! 今日: what waits for somebody is there, however many wait for others; and where not everything was looked at, it says so.

use crate::countersign::filed;
use crate::people::{get, send, signed_in, signed_in_again};
use xingjian_credit::demerit::{Basis, Demerit, Notice, Proposal, State as DemeritState};
use xingjian_credit::linkage::{By, Facts, Linkage, Push, State as LinkageState};
use xingjian_enforce::case::{Case, State as CaseState};
use xingjian_govern::erasure::{Ground, Request, State as ErasureState, Target};
use xingjian_inspect::officer::Person;
use xingjian_inspect::task::{Approval, Cause, State as TaskState, Task};
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{Deadline, DepartmentId, LocalDate, Role, SubjectRef};
use xingjian_policy::DemeritTarget;
use xingjian_registry::account::Session;
use xingjian_sense::signal::{Signal, Source, State as SignalState};
use xingjian_store::erasure::Extent;
use xingjian_store::ledger::Event;
use xingjian_store::{Ctx, Record, records};
use xingjian_testkit::{World, both_databases};

/// As many as 今日 reads at a time.
const LOOKED: usize = 50;
/// What it says where there are more.
const MORE: &str = "其他可能待您办理的";

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn due(text: &str) -> Deadline {
    Deadline { from: day("2026-11-23"), due: day(text), estimated: false }
}

/// Keeps as many as are made, in one transaction.
async fn keep<T: Record>(world: &World, many: usize, make: impl Fn(&Ctx, usize) -> T) {
    let system = Ctx::system(&world.app);
    let mut tx = system.begin().await.unwrap();
    for n in 0..many {
        records::insert(&mut tx, &system, &make(&system, n), Event::new("today.kept", "演示")).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn today(world: &World, session: &Session) -> String {
    send(world, get("/desk", Some(session))).await.body
}

fn subject(ctx: &Ctx) -> SubjectRef {
    SubjectRef::Institution(ctx.new_id::<InstitutionId>())
}

fn health() -> DepartmentId {
    DepartmentId::new("health")
}

fn person() -> Person {
    Person { account: None, name: "演示人员".into() }
}

fn task(ctx: &Ctx, name: &str, planned: &str, state: TaskState) -> Task {
    Task {
        id: ctx.new_id(),
        cause: Cause::Plan { name: "演示检查".into() },
        subject: subject(ctx),
        subject_name: name.into(),
        division: "440402".parse().unwrap(),
        department: health(),
        origin: health(),
        departments: vec![],
        planned: day(planned),
        items: vec![],
        officers: vec![],
        exceed_reason: None,
        proposed_by: person(),
        created_at: ctx.now(),
        recusals: vec![],
        replacements: vec![],
        superseded: vec![],
        state,
    }
}

fn returned(ctx: &Ctx, _: usize) -> Task {
    task(ctx, "演示退回", "2026-11-24", TaskState::Returned { reason: "补充".into(), by: person(), at: ctx.now() })
}

fn approved(ctx: &Ctx, _: usize) -> Task {
    let id = ctx.new_id::<InstitutionId>();
    let approval = Approval { number: format!("演示{id}"), by: person(), at: ctx.now(), frequency: None };
    task(ctx, "演示待查", "2026-11-25", TaskState::Approved { approval })
}

fn signal(ctx: &Ctx, name: &str, department: &str, on: &str) -> Signal {
    Signal {
        id: ctx.new_id(),
        source: Source::Complaint(ctx.new_id()),
        subject: subject(ctx),
        subject_name: name.into(),
        cause: "演示事由".into(),
        weight: 1,
        duty: String::new(),
        division: "440402".parse().unwrap(),
        department: DepartmentId::new(department),
        origin: health(),
        opened_at: ctx.now(),
        claims: None,
        report: None,
        state: SignalState::Open { due: due(on) },
    }
}

fn linkage(ctx: &Ctx, name: &str) -> Linkage {
    let push = Push {
        subject: subject(ctx),
        name: name.into(),
        division: "440402".parse().unwrap(),
        rule: "insurance-contract".into(),
        matter: "医保定点协议管理".into(),
        consequence: "增加稽核频次".into(),
        department: DepartmentId::new("insurance"),
        origin: health(),
        grade: "B".into(),
        reason: "演示".into(),
    };
    let on = day("2026-11-23");
    let facts = Facts { today: on, acknowledge_due: due("2026-11-30"), effect_due: due("2026-12-20") };
    Linkage::push(ctx.new_id(), push, ctx.now(), &facts)
}

fn demerit(ctx: &Ctx, name: &str, state: DemeritState) -> Demerit {
    let new = Proposal {
        subject: subject(ctx),
        name: name.into(),
        division: "440402".parse().unwrap(),
        department: health(),
        item: "JG-11".into(),
        target: DemeritTarget::Institution,
        behaviour: "出租承包科室".into(),
        punishable: true,
        points: 12,
        fact: "演示".into(),
        basis: Basis::Penalty { case: ctx.new_id(), number: "演示1号".into(), served_on: day("2026-11-20") },
    };
    Demerit { state, ..Demerit::propose(ctx.new_id(), new, ctx.now(), due("2026-12-31")).unwrap() }
}

fn notice(ctx: &Ctx, waived_on: Option<LocalDate>) -> Notice {
    Notice {
        number: format!("演示{}", ctx.new_id::<InstitutionId>()),
        served_on: day("2026-11-20"),
        statement_due: due("2026-11-27"),
        late_reason: None,
        paper: None,
        waived_on,
    }
}

fn erasure(ctx: &Ctx, name: &str, state: ErasureState) -> Request {
    let id = ctx.new_id::<InstitutionId>().to_string();
    Request {
        id: ctx.new_id(),
        target: Target { resource: "complaint".into(), id, label: name.into() },
        extent: Extent::Record,
        row_index: None,
        ground: Ground::Period,
        division: "4404".parse().unwrap(),
        department: health(),
        created_at: ctx.now(),
        state,
    }
}

both_databases! {
    async fn a_task_to_be_approved_is_found_behind_all_that_are_not(world: World) {
        let head = signed_in(&world, "fuze", Role::Head).await;
        keep(&world, 1, |ctx, _| task(ctx, "演示末位医院", "2027-01-04", TaskState::Proposed)).await;
        keep(&world, LOOKED + 1, returned).await;
        let page = today(&world, &head).await;
        assert!(page.contains("演示末位医院") && !page.contains(MORE), "what was sent back waits for no head");
        // A ground for recusal may wait in any of these.
        keep(&world, LOOKED, approved).await;
        assert!(!today(&world, &head).await.contains(MORE), "all of them were looked at");
        keep(&world, 1, approved).await;
        let page = today(&world, &head).await;
        assert!(page.contains("演示末位医院") && page.contains("其他可能待您办理的检查任务"), "{page}");
        let clerk = signed_in(&world, "shouli", Role::Intake).await;
        assert!(!today(&world, &clerk).await.contains("检查任务"));
    }

    async fn the_day_has_room_for_what_is_due_first_and_says_where_the_rest_is(world: World) {
        let credit = signed_in(&world, "xinyong", Role::CreditOfficer).await;
        let by = By { name: "联络员".into(), department: DepartmentId::new("insurance"), on: day("2026-11-23") };
        let objected = |ctx: &Ctx, _| {
            let state = LinkageState::Objected { reason: "异议".into(), by: by.clone(), answer_due: due("2026-11-24") };
            Linkage { state, ..linkage(ctx, "演示异议医院") }
        };
        keep(&world, LOOKED - 1, objected).await;
        keep(&world, 1, |ctx, _| demerit(ctx, "演示末位医院", DemeritState::Proposed)).await;
        let page = today(&world, &credit).await;
        assert!(page.contains("我要办理的事项（50）") && page.contains("演示末位医院"), "{page}");
        assert!(!page.contains("没有在此列出"), "{page}");
        keep(&world, 1, objected).await;
        let page = today(&world, &credit).await;
        assert!(page.contains("我要办理的事项（51）") && !page.contains("演示末位医院"), "{page}");
        assert!(page.contains("<a href=\"/desk/demerits\">不良执业行为记分</a> 1 件"), "{page}");
        keep(&world, 1, objected).await;
        let page = today(&world, &credit).await;
        assert!(page.contains("我要办理的事项（51以上）") && page.contains("其他可能待您办理的"), "{page}");
    }

    async fn a_filing_to_be_approved_is_found_behind_cases_that_are_investigated(world: World) {
        for login in ["jia", "yi"] {
            signed_in(&world, login, Role::Inspector).await;
        }
        let head = signed_in(&world, "fuze", Role::Head).await;
        let case = records::must::<Case>(&Ctx::system(&world.app), filed(&world).await).await.unwrap().value;
        keep(&world, LOOKED + 1, |ctx, n| {
            let mut case = Case { id: ctx.new_id(), ..case.clone() };
            if let CaseState::Filed(filed) = &mut case.state {
                filed.number = format!("演示{n}");
            }
            case
        })
        .await;
        let proposed = |ctx: &Ctx, _| {
            let mut case = Case { id: ctx.new_id(), state: CaseState::Proposed, ..case.clone() };
            case.party.name = "演示末位医院".into();
            case
        };
        keep(&world, 1, proposed).await;
        let page = today(&world, &head).await;
        assert!(page.contains("演示末位医院") && !page.contains(MORE), "{page}");
    }

    async fn an_own_signal_is_found_behind_those_of_another_department(world: World) {
        let handler = signed_in(&world, "chengban", Role::Handler).await;
        keep(&world, LOOKED + 1, |ctx, _| signal(ctx, "演示医保线索", "insurance", "2026-11-24")).await;
        keep(&world, 1, |ctx, _| signal(ctx, "演示末位医院", "health", "2027-01-04")).await;
        let page = today(&world, &handler).await;
        assert!(page.contains("演示末位医院") && !page.contains("演示医保线索") && !page.contains(MORE), "{page}");
    }

    async fn an_objection_is_found_behind_what_other_departments_are_asked(world: World) {
        let credit = signed_in(&world, "xinyong", Role::CreditOfficer).await;
        keep(&world, LOOKED + 1, |ctx, _| linkage(ctx, "演示已推送")).await;
        let by = By { name: "联络员".into(), department: DepartmentId::new("insurance"), on: day("2026-11-23") };
        let state = LinkageState::Objected { reason: "异议".into(), by, answer_due: due("2027-01-04") };
        keep(&world, 1, |ctx, _| Linkage { state: state.clone(), ..linkage(ctx, "演示末位医院") }).await;
        let page = today(&world, &credit).await;
        assert!(page.contains("演示末位医院") && !page.contains("演示已推送") && !page.contains(MORE), "{page}");
    }

    async fn points_are_found_behind_those_of_which_the_party_may_still_speak(world: World) {
        let credit = signed_in(&world, "xinyong", Role::CreditOfficer).await;
        let told = |ctx: &Ctx, _| demerit(ctx, "演示陈述期内", DemeritState::Notified { notice: notice(ctx, None) });
        keep(&world, LOOKED + 1, told).await;
        keep(&world, 1, |ctx, _| demerit(ctx, "演示末位医院", DemeritState::Proposed)).await;
        let waived = |ctx: &Ctx| notice(ctx, Some(day("2026-11-23")));
        keep(&world, 1, |ctx, _| demerit(ctx, "演示放弃陈述", DemeritState::Notified { notice: waived(ctx) })).await;
        let page = today(&world, &credit).await;
        assert!(page.contains("演示末位医院") && page.contains("演示放弃陈述"), "{page}");
        assert!(!page.contains("演示陈述期内") && !page.contains(MORE), "{page}");
        world.clock.set(day("2026-11-30"));
        let credit = signed_in_again(&world, "xinyong").await;
        assert!(today(&world, &credit).await.contains("演示陈述期内"), "the term is over");
    }

    async fn an_erasure_to_be_confirmed_is_found_behind_periods_that_end(world: World) {
        let head = signed_in(&world, "fuze", Role::Head).await;
        let (keeping, article) = ("投诉举报材料".to_owned(), "演示条".to_owned());
        let warned = ErasureState::Warned { keeping, article, until: day("2026-12-31") };
        keep(&world, LOOKED + 1, |ctx, _| erasure(ctx, "演示将满", warned.clone())).await;
        let requested = |ctx: &Ctx, _| {
            let (by_name, reason) = ("受理员甲".into(), "期满".into());
            let state = ErasureState::Requested { by: ctx.new_id(), by_name, on: day("2026-11-23"), reason };
            erasure(ctx, "演示末位材料", state)
        };
        keep(&world, 1, requested).await;
        let page = today(&world, &head).await;
        assert!(page.contains("演示末位材料") && !page.contains("演示将满") && !page.contains(MORE), "{page}");
    }
}
