use super::{
    Action, Ground, NewRequest, Request, State, TRANSITIONS, TransitionError, act, of_target, request, warn_due,
};
use crate::follow::daily;
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_kernel::id::ErasureId;
use xingjian_kernel::{Actor, DepartmentId, LocalDate, Role};
use xingjian_registry::import::{self, Import};
use xingjian_registry::release;
use xingjian_sense::complaint::service::{act as act_on_complaint, by_receipt, submit};
use xingjian_sense::complaint::{Action as OnComplaint, Complaint, NewComplaint, ReporterClear};
use xingjian_store::erasure::{ERASED, Extent};
use xingjian_store::{Ctx, Failure, Filter, Record, Stored, blobs, ledger, records};
use xingjian_testkit::{World, both_databases, diagram};

fn person(world: &World, role: Role) -> Ctx {
    world.ctx(role.label(), &[role])
}

/// A complaint of a named person; the receipt code and its id.
async fn complaint(world: &World) -> (String, String) {
    let mut public = world.ctx("", &[]);
    public.actor = Actor::public();
    let reporter = Some(ReporterClear { name: "演示人某某".into(), contact: "演示电话".into() });
    let new = NewComplaint {
        channel: "portal".into(),
        about: "演示口腔门诊部某某医生".into(),
        subject: None,
        text: "某某医生收费不开票，家住演示街12号的某某可以作证。".into(),
        reporter,
        division: None,
        once: format!("{:0>16}", "a"),
    };
    let receipt = submit(&public, new).await.unwrap();
    let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
    (receipt.code, found.id.to_string())
}

async fn declined(world: &World) -> (String, String) {
    let (code, id) = complaint(world).await;
    let decline = OnComplaint::Decline { reason: "某某不在本市".into() };
    act_on_complaint(&person(world, Role::Intake), id.parse().unwrap(), 1, decline).await.unwrap();
    (code, id)
}

fn asked(resource: &str, id: &str, ground: Ground) -> NewRequest {
    NewRequest {
        resource: resource.into(),
        id: id.into(),
        extent: Extent::Record,
        ground: Some(ground),
        reason: "本人书面申请，已核对身份".into(),
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> (String, String) {
    match result.unwrap_err() {
        Failure::Refused(refusal) => (refusal.code, refusal.article.unwrap_or_default()),
        other => (other.to_string(), String::new()),
    }
}

async fn release_keeping(world: &World) {
    let legal = person(world, Role::LegalReviewer);
    for (table, entry) in [("keeping", "complaint"), ("clock", "complaint_keep")] {
        release::release(&legal, table, entry, "核对了国家档案局令第8号").await.unwrap();
    }
}

async fn get(ctx: &Ctx, id: ErasureId) -> Stored<Request> {
    records::must(ctx, id).await.unwrap()
}

/// What the row and the ledger still say of the complaint.
async fn remains(world: &World, id: &str) -> String {
    use xingjian_store::Executor;
    let reader = world.app.db.reader();
    let row = reader.one("select title, search, sort_key, body from complaint where id = $1", vec![id.into()]).await;
    let row = row.unwrap().unwrap();
    let mut all: String = (0..4).map(|column| row.try_get_by_index::<String>(column).unwrap()).collect();
    let events = "select event from ledger where resource_id = $1 and event is not null";
    for row in reader.all(events, vec![id.into()]).await.unwrap() {
        all += &String::from_utf8(row.try_get::<Vec<u8>>("", "event").unwrap()).unwrap();
    }
    all
}

both_databases! {
    async fn a_period_of_keeping_beats_an_erasure_and_is_refused_with_its_article(world: World) {
        let intake = person(&world, Role::Intake);
        let (_, open) = complaint(&world).await;
        assert_eq!(refused(request(&intake, asked("complaint", &open, Ground::Consent)).await).0, "still_open");
        let decline = OnComplaint::Decline { reason: "不属于本机关".into() };
        act_on_complaint(&intake, open.parse().unwrap(), 1, decline).await.unwrap();
        for ground in Ground::ALL {
            let (code, article) = refused(request(&intake, asked("complaint", &open, *ground)).await);
            assert!(code == "archive_period" && article.contains("文书档案保管期限规定"), "{code} {article}");
        }
        // 30 years from the end of 2026, the last day too.
        world.clock.set(date(2056, 12, 31));
        assert_eq!(refused(request(&intake, asked("complaint", &open, Ground::Period)).await).0, "archive_period");
        world.clock.set(date(2057, 1, 2));
        let unread = request(&intake, asked("complaint", &open, Ground::Period)).await;
        assert_eq!(refused(unread).0, "not_released", "nobody has read the article in the original");
        let nothing = request(&intake, asked("account", &open, Ground::Period)).await;
        assert!(matches!(nothing, Err(Failure::NotFound)), "only what names what goes can be erased");
        let mut empty = asked("complaint", &open, Ground::Period);
        (empty.ground, empty.reason) = (None, " ".into());
        assert!(matches!(request(&intake, empty).await, Err(Failure::Invalid(faults)) if faults.len() == 2));
        let nobody = person(&world, Role::Reviewer);
        assert!(matches!(request(&nobody, asked("complaint", &open, Ground::Period)).await, Err(Failure::Denied(_))));
    }

    async fn two_people_erase_a_complaint_and_nothing_of_it_is_left(world: World) {
        let (code, id) = declined(&world).await;
        release_keeping(&world).await;
        world.clock.set(date(2057, 1, 2));
        let (asker, second) = (person(&world, Role::LegalReviewer), person(&world, Role::Head));
        let erasure = request(&asker, asked("complaint", &id, Ground::Period)).await.unwrap();
        assert_eq!(refused(request(&person(&world, Role::Intake), asked("complaint", &id, Ground::Period)).await).0, "open_already");
        assert_eq!(refused(act(&asker, erasure, 1, Action::Confirm).await).0, "same_person");
        assert_eq!(refused(act(&person(&world, Role::Intake), erasure, 1, Action::Confirm).await).0, "not_yours");
        assert!(remains(&world, &id).await.contains("某某"), "asking erases nothing");
        let done = act(&second, erasure, 1, Action::Confirm).await.unwrap();
        assert!(matches!(&done.value.state, State::Erased { confirmed_by, .. } if confirmed_by == "机关负责人"));

        let left = remains(&world, &id).await;
        assert!(!left.contains("某某") && !left.contains("演示口腔") && left.contains(ERASED), "{left}");
        let kept = records::must::<Complaint>(&asker, &id).await.unwrap();
        assert!(kept.reporter.is_none() && kept.text == ERASED && kept.number == "TS2026-000001");
        assert!(by_receipt(&asker, &code).await.unwrap().is_some(), "the reporter still learns what became of it");
        let rows = ledger::of_resource(&asker, Complaint::TABLE, &id).await.unwrap();
        assert!(rows.len() == 2 && rows.iter().all(|row| row.intact && row.text.contains("个人信息保护法第47条第1款第2项")));
        let acts = ledger::of_resource(&asker, Request::TABLE, erasure).await.unwrap();
        assert_eq!(acts.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["erasure.requested", "erasure.confirmed"]);
        let said = format!("{acts:?}{done:?}");
        assert!(!said.contains("某某") && !said.contains("演示口腔"), "the trace does not repeat what is gone: {said}");
        assert_eq!(refused(act(&second, erasure, 2, Action::Confirm).await).0, "not_now");
    }

    async fn one_row_goes_and_the_others_stay(world: World) {
        let (_, id) = declined(&world).await;
        release_keeping(&world).await;
        world.clock.set(date(2057, 1, 2));
        let (asker, second) = (person(&world, Role::Intake), person(&world, Role::LegalReviewer));
        let rows = ledger::of_resource(&asker, Complaint::TABLE, &id).await.unwrap();
        let wanted = |row| NewRequest { extent: Extent::Row(row), ..asked("complaint", &id, Ground::Period) };
        let foreign = asker.new_id();
        assert!(matches!(request(&asker, wanted(foreign)).await, Err(Failure::NotFound)));
        let erasure = request(&asker, wanted(rows[1].id)).await.unwrap();
        act(&second, erasure, 1, Action::Confirm).await.unwrap();
        let left = remains(&world, &id).await;
        assert!(!left.contains("某某不在本市") && left.contains("某某医生"), "{left}");
        assert_eq!(refused(request(&asker, wanted(rows[1].id)).await).0, "erased_already");
        let erasure = request(&asker, wanted(rows[0].id)).await.unwrap();
        let refusal = act(&second, erasure, 1, Action::Refuse { reason: "另案需要".into() }).await.unwrap();
        assert_eq!(refusal.value.state.name(), "refused");
        assert!(remains(&world, &id).await.contains("某某医生"));
    }

    async fn the_desk_is_warned_and_decides(world: World) {
        let (_, id) = declined(&world).await;
        complaint(&world).await;
        release_keeping(&world).await;
        assert_eq!(warn_due(&world.app).await.unwrap(), 0);
        world.clock.set(date(2056, 9, 1));
        assert_eq!(warn_due(&world.app).await.unwrap(), 0, "more than 90 days before");
        world.clock.set(date(2056, 11, 1));
        assert_eq!(warn_due(&world.app).await.unwrap(), 1, "what is not ended is not kept by a period yet");
        assert_eq!(warn_due(&world.app).await.unwrap(), 0, "once");
        let legal = person(&world, Role::LegalReviewer);
        let all = records::all::<Request>(&legal, &Filter::default()).await.unwrap();
        let warned = all[0].value.id;
        let until = date(2056, 12, 31);
        assert!(matches!(&all[0].state, State::Warned { until: day, .. } if *day >= until), "{:?}", all[0].state);
        let reason = || "期满，无继续保存的必要".to_owned();
        let early = act(&legal, warned, 1, Action::Request { reason: reason() }).await;
        assert_eq!(refused(early), ("archive_period".into(), "个人信息保护法第47条第2款".into()));
        act(&legal, warned, 1, Action::Keep { reason: "诉讼未结".into(), until: date(2058, 6, 30) }).await.unwrap();
        world.clock.set(date(2058, 1, 1));
        assert_eq!(warn_due(&world.app).await.unwrap(), 0);
        world.clock.set(date(2058, 5, 1));
        assert_eq!(warn_due(&world.app).await.unwrap(), 1, "asked again before the longer time ends");
        let again = of_target(&legal, "complaint", &id).await.unwrap().remove(0).value.id;
        world.clock.set(date(2058, 7, 1));
        assert!(remains(&world, &id).await.contains("某某"), "nothing happens by itself");
        act(&legal, again, 1, Action::Request { reason: reason() }).await.unwrap();
        act(&person(&world, Role::Head), again, 2, Action::Confirm).await.unwrap();
        assert!(!remains(&world, &id).await.contains("某某"));
        world.clock.set(date(2090, 1, 1));
        assert_eq!(warn_due(&world.app).await.unwrap(), 0, "what is erased is not asked about again");
    }

    async fn the_file_of_an_import_goes_and_what_was_registered_stays(world: World) {
        let registrar = person(&world, Role::Registrar);
        let file = "机构名称,行政区划代码\n演示甲诊所,440402\n演示乙诊所,449999\n";
        let run = import::run(&registrar, import::Kind::Institutions, "演示人的文件.csv", file.as_bytes(), false);
        let done = run.await.unwrap().0;
        let hash = done.done.kept.clone().unwrap();
        assert!(!blobs::get(&registrar, &hash).await.unwrap().windows(6).any(|part| part == "演示".as_bytes()), "sealed");
        let id = done.id.to_string();
        assert_eq!(refused(request(&registrar, asked("import", &id, Ground::Period)).await).0, "no_period");
        let erasure = request(&registrar, asked("import", &id, Ground::Purpose)).await.unwrap();
        act(&person(&world, Role::Head), erasure, 1, Action::Confirm).await.unwrap();
        let left = records::must::<Import>(&registrar, &id).await.unwrap();
        let kept = &left.done;
        assert!(kept.remarks.is_empty() && kept.file == ERASED && kept.counts == done.done.counts);
        assert!(blobs::get(&registrar, &hash).await.is_err());
        assert!(get(&registrar, erasure).await.target.label.contains("导入"));
    }

    async fn a_file_that_was_shown_and_never_imported_goes_after_a_week(world: World) {
        let registrar = person(&world, Role::Registrar);
        let imported = "机构名称,行政区划代码\n演示甲诊所,440402\n".as_bytes();
        let keep = async |bytes: &[u8]| import::keep(&registrar, bytes).await.unwrap();
        let (left, again, named) = (keep(b"left").await, keep(b"again").await, keep(imported).await);
        let run = import::run(&registrar, import::Kind::Institutions, "甲.csv", imported, false);
        assert_eq!(run.await.unwrap().0.done.kept, Some(named.clone()));
        assert_eq!(keep(imported).await, named, "shown once more");
        let there = async |hash: &str| import::kept(&registrar, hash).await.is_ok();
        world.clock.set(date(2026, 11, 28));
        assert_eq!(keep(b"again").await, again);
        world.clock.set(date(2026, 11, 29));
        daily(&world.app).await.unwrap();
        assert!(there(&left).await && there(&again).await && there(&named).await, "within seven days");
        world.clock.set(date(2026, 12, 1));
        daily(&world.app).await.unwrap();
        assert!(!there(&left).await && there(&again).await && there(&named).await);
        world.clock.set(date(2027, 3, 1));
        daily(&world.app).await.unwrap();
        assert!(!there(&again).await && there(&named).await, "what an import names stays");
        assert_eq!(keep(b"left").await, left);
        assert!(there(&left).await, "it can be shown again");
    }
}

#[test]
fn every_period_of_the_packs_is_of_a_resource_that_can_be_erased() {
    let policy = xingjian_policy::Policy::load(&xingjian_testkit::policy_dir(), "zhuhai").unwrap();
    let keepings = policy.keepings(date(2026, 11, 22));
    assert!(!keepings.is_empty() && keepings.iter().all(|keeping| super::is_erasable(&keeping.id)));
}

#[test]
fn the_diagram_shows_these_transitions() {
    assert_eq!(diagram::transitions("erasure"), diagram::table(TRANSITIONS));
    let finals = Request::FINAL.iter().map(|state| (*state).to_owned()).collect();
    assert_eq!(diagram::finals("erasure"), finals);
}

fn actor(role: Role, number: u8) -> Actor {
    let account = format!("0199a000-0000-7000-8000-0000000000{number:02}").parse().unwrap();
    Actor {
        account: Some(account),
        name: format!("{number}"),
        roles: vec![role],
        department: DepartmentId::new("health"),
        officer: None,
        granted: vec![],
    }
}

#[test]
fn an_erasure_is_looked_for_wherever_somebody_can_act() {
    let (on, reason, name) = (date(2026, 11, 1), "理由".to_owned(), "人员".to_owned());
    let by = actor(Role::Intake, 9).account.unwrap();
    let every = [
        State::Warned { keeping: "材料".into(), article: "条".into(), until: on },
        State::Requested { by, by_name: name.clone(), on, reason: reason.clone() },
        State::Erased { requested_by: name.clone(), reason: reason.clone(), confirmed_by: name.clone(), on },
        State::Refused { requested_by: name.clone(), by: name.clone(), on, reason: reason.clone() },
        State::Kept { by: name, on, reason, until: on },
    ];
    let names: BTreeSet<&str> = every.iter().map(State::name).collect();
    assert_eq!(names, TRANSITIONS.iter().flat_map(|(from, _, to)| [*from, *to]).collect());
    for role in Role::ALL {
        let looked = State::names_open_to(&actor(*role, 1));
        for state in &every {
            let acts = state.open_actions(&actor(*role, 1));
            assert_eq!(looked.contains(&state.name()), !acts.is_empty(), "{role:?} {} {acts:?}", state.name());
        }
    }
    assert!(State::names_open_to(&Actor::system()).is_empty());
}

fn any_action() -> impl Strategy<Value = Action> {
    let text = || prop_oneof![1 => Just(String::new()), 3 => Just("理由".to_owned())];
    prop_oneof![
        text().prop_map(|reason| Action::Request { reason }),
        text().prop_map(|reason| Action::Keep { reason, until: date(2030, 1, 1) }),
        Just(Action::Confirm),
        text().prop_map(|reason| Action::Refuse { reason }),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram_and_needs_two_people(
        steps in prop::collection::vec((any_action(), 0usize..5, 1u8..4, 0i32..400), 1..20),
    ) {
        let roles = [Role::Intake, Role::LegalReviewer, Role::Head, Role::Handler, Role::Administrator];
        let mut today: LocalDate = date(2026, 11, 1);
        let mut state = State::Warned { keeping: "材料".into(), article: "条".into(), until: date(2026, 12, 31) };
        for (action, role, number, days) in steps {
            let (by, from, name) = (actor(roles[role], number), state.clone(), action.name());
            match from.clone().apply(action, &by, today) {
                Ok(next) => {
                    prop_assert!(TRANSITIONS.contains(&(from.name(), name, next.name())));
                    prop_assert!(from.open_actions(&by).contains(&name));
                    if let (State::Requested { by: asker, .. }, State::Erased { .. }) = (&from, &next) {
                        prop_assert_ne!(Some(*asker), by.account);
                    }
                    state = next;
                }
                Err(error) => prop_assert!(!from.is_open() || !matches!(error, TransitionError::NotNow(_)) || !from.open_actions(&by).contains(&name)),
            }
            today = today.saturating_add(jiff::Span::new().days(days));
        }
    }
}
