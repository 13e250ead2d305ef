//! Publication over all rooms, on both databases: from a served decision and a submitted inspection to what the
//! public reads.

mod rooms;

use crate::follow::{daily, round, settle};
use crate::publication::{self, Action, PublicText, Publication, SourceKind};
use rooms::{FINE_TEXT, People, decided, inspected, institution, physician, release_all};
use std::collections::BTreeSet;
use xingjian_kernel::calendar::{Term, Unit};
use xingjian_kernel::id::PublicationId;
use xingjian_kernel::{Role, SubjectRef};
use xingjian_store::{Ctx, Executor, Failure, Filter, Stored, health, ledger, records};
use xingjian_testkit::{World, both_databases};

fn publisher(world: &World) -> Ctx {
    world.ctx("公开员甲", &[Role::Publisher])
}

async fn all(world: &World) -> Vec<Stored<Publication>> {
    records::list::<Publication>(&publisher(world), &Filter::default()).await.unwrap().rows
}

async fn of_kind(world: &World, kind: SourceKind) -> Stored<Publication> {
    all(world).await.into_iter().find(|publication| publication.source.kind == kind).unwrap()
}

async fn public(world: &World, text: Option<&str>) -> Vec<PublicText> {
    publication::public_list(&world.app, text, None, 50).await.unwrap().rows
}

async fn publish(world: &World, id: PublicationId) -> Result<Stored<Publication>, Failure> {
    publication::act(&publisher(world), id, 1, Action::Publish { reason: "具有一定社会影响".into() }).await
}

fn lines(text: &PublicText) -> Vec<(&str, &str)> {
    text.fields.iter().map(|field| (field.label.as_str(), field.text.as_str())).collect()
}

fn code(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.code.clone(),
        other => format!("{other:?}"),
    }
}

/// The public rows are these texts, one each; the last one is what may be checked now. No other row is public, and what is
/// hidden on the page stands in none of them.
async fn only_this_is_public(world: &World, texts: &[PublicText], hidden: &[&str]) {
    let (table, id) = (xingjian_store::tables::PUBLICATION, texts[0].id);
    let rows = ledger::shown_of(&world.app, table, id).await.unwrap();
    let said: BTreeSet<String> = rows.iter().map(|row| row.data.to_string()).collect();
    assert_eq!(said, texts.iter().map(|text| serde_json::to_value(text).unwrap().to_string()).collect());
    assert_eq!(rows.len(), texts.len());
    let acts = ledger::of_resource(&Ctx::system(&world.app), table, id).await.unwrap();
    for row in &rows {
        let event = std::str::from_utf8(&row.event).unwrap();
        for word in hidden {
            assert!(!event.contains(word), "{word} in {event}");
        }
        let written: serde_json::Value = serde_json::from_slice(&row.event).unwrap();
        let names: Vec<&String> = written.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            ["act", "actor", "at", "data", "id", "kind", "resource", "resource_id", "subjects", "text"],
            "a further field is a decision to take"
        );
        let by = serde_json::json!({
            "account": null, "officer": null, "name": world.app.policy.city.authority, "roles": ["publisher"],
            "department": "health",
        });
        assert_eq!((&written["actor"], &written["subjects"]), (&by, &serde_json::json!([])));
        let behind = acts.iter().find(|act| act.entry == written["act"].as_str().unwrap()).unwrap();
        assert!(["publication.published", "publication.withdrawn"].contains(&behind.kind.as_str()), "{}", behind.kind);
    }
    let current = publication::public_row(&world.app, id).await.unwrap().unwrap();
    assert_eq!(current.data, serde_json::to_value(texts.last()).unwrap());

    // Of all the rows that this took, these alone.
    let all = world.app.db.reader().all("select kind from ledger", vec![]).await.unwrap();
    let kinds: Vec<String> = all.iter().map(|row| row.try_get("", "kind").unwrap()).collect();
    let public: Vec<&String> = kinds.iter().filter(|kind| ledger::is_public(kind)).collect();
    assert_eq!(public, vec!["publication.shown"; texts.len()]);
    assert!(kinds.len() > 10, "{kinds:?}");
}

both_databases! {
    async fn a_served_decision_becomes_a_public_text(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        let served_on = decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        assert_eq!(settle(&world.app).await.unwrap(), 0, "nothing is left");
        assert!(public(&world, None).await.is_empty(), "default is hidden");

        let pending = of_kind(&world, SourceKind::Decision).await;
        // Seven working days from the decision, which was made on the day of service here.
        let due = world.app.policy.deadline("publish_decision", served_on).unwrap().due;
        assert_eq!((pending.due.due, pending.state_name()), (due, "pending"));
        let preview = publication::preview(&publisher(&world), pending.id).await.unwrap().unwrap();
        let published = publish(&world, pending.id).await.unwrap();
        assert_eq!(published.shown().unwrap().projection, preview);

        let texts = public(&world, Some("演示第一医院")).await;
        let text = &texts[0];
        assert_eq!(text.title(), "行政处罚决定（单位，一般）：演示第一医院，珠卫医罚〔2026〕1号，对外出租、承包医疗科室");
        let shown = lines(text);
        for line in [
            ("统一社会信用代码", "91110108551385082Q"),
            ("处罚种类", "罚款"),
            ("处罚内容", FINE_TEXT),
            ("罚款金额（万元）", "5"),
        ] {
            assert!(shown.contains(&line), "{line:?} in {shown:?}");
        }
        assert!(!shown.iter().any(|(label, _)| *label == "没收金额（万元）"), "what is not there is not zero");
        assert_eq!(publication::public_get(&world.app, text.id).await.unwrap(), *text);
        assert_eq!(publication::public_of(&world.app, subject).await.unwrap(), vec![text.clone()]);
        assert!(publication::drift(&world.app).await.unwrap().is_empty());

        only_this_is_public(&world, std::slice::from_ref(text), &["公开员甲", "具有一定社会影响"]).await;
    }

    /// The seven working days run from the decision; publishing waits for service, and the party learns nothing before.
    async fn a_decision_waits_for_its_service_to_be_published(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        let mut case = rooms::decided_only(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let pending = of_kind(&world, SourceKind::Decision).await;
        let today = people.head.today();
        let due = world.app.policy.deadline("publish_decision", today).unwrap().due;
        assert_eq!((pending.due.due, pending.served), (due, false));
        assert_eq!(code(&publish(&world, pending.id).await.unwrap_err()), "not_served");
        let unit = world.unit("演示第一医院", subject);
        assert!(records::get::<Publication>(&unit, pending.id).await.unwrap().is_none());
        world.clock.set(today.tomorrow().unwrap());
        case.serve(&people).await;
        settle(&world.app).await.unwrap();
        let served = of_kind(&world, SourceKind::Decision).await;
        assert_eq!((served.id, served.served, served.due.due), (pending.id, true, due));
        let act = Action::Publish { reason: "具有一定社会影响".into() };
        publication::act(&publisher(&world), served.id, served.version, act).await.unwrap();
    }

    /// 行政处罚法第48条: the three working days run from the day of the outcome, whenever it is noted.
    async fn an_annulled_decision_is_recalled_from_the_day_it_was_annulled(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        let mut case = rooms::decided_only(&world, &people, subject).await;
        case.serve(&people).await;
        settle(&world.app).await.unwrap();
        let id = of_kind(&world, SourceKind::Decision).await.id;
        publish(&world, id).await.unwrap();
        let on = people.head.today();
        case.sued(&people, on).await;
        world.clock.set(on.saturating_add(jiff::Span::new().days(6)));
        case.annulled(&people, on).await;
        settle(&world.app).await.unwrap();
        let recalled = of_kind(&world, SourceKind::Decision).await;
        let publication::State::Recalled { changed_on, due, cause, .. } = &recalled.state else {
            panic!("{}", recalled.state_name())
        };
        assert_eq!((*changed_on, *due), (on, world.app.policy.deadline("publish_withdraw", on).unwrap()));
        assert!(cause.reason.contains("演示行初〔2026〕1号"), "{}", cause.reason);
        let withdraw = Action::Withdraw { reason: "原处罚决定被人民法院判决撤销".into() };
        publication::act(&publisher(&world), id, recalled.version, withdraw).await.unwrap();
        assert!(public(&world, Some("演示第一医院")).await.is_empty());
    }

    async fn a_decision_made_again_has_a_publication_of_its_own(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        let mut case = rooms::decided_only(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        case.decided_again(&people).await;
        case.serve(&people).await;
        settle(&world.app).await.unwrap();
        let mut states: Vec<_> = all(&world).await.iter().map(|p| (p.source.number.clone(), p.state_name())).collect();
        states.sort();
        let number = |n: u8| Some(format!("珠卫医罚〔2026〕{n}号"));
        assert_eq!(states, [(number(1), "void"), (number(2), "pending")]);
    }

    /// The tier and its terms are those of the day of the decision.
    async fn a_decision_keeps_the_class_of_its_day(world: World) {
        world.clock.set("2026-03-20".parse().unwrap());
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        let on = decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        world.clock.set("2026-04-02".parse().unwrap());
        let pending = of_kind(&world, SourceKind::Decision).await;
        assert_eq!((pending.class.as_str(), pending.source.on), ("decision", on));
        let published = publish(&world, pending.id).await.unwrap();
        let calendar = &world.app.policy.calendar;
        let end = |n, unit| calendar.deadline(on, Term { count: n, unit }).due;
        let shown = published.shown().unwrap().clone();
        assert_eq!((shown.until, shown.shortest), (end(3, Unit::Years), Some(end(3, Unit::Months))));
    }

    async fn an_inspection_becomes_a_public_text_once(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        inspected(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let pending = all(&world).await;
        assert_eq!(pending.len(), 1, "submitted and closed make one publication");
        assert_eq!(pending[0].source.kind, SourceKind::Inspection);
        publish(&world, pending[0].id).await.unwrap();
        let text = publication::public_get(&world.app, pending[0].id).await.unwrap();
        let shown = lines(&text);
        assert_eq!(shown[0], ("当事人", "演示第一医院"));
        assert!(shown.contains(&("检查结果", "未发现问题")) && shown.contains(&("检查机关", "珠海市卫生健康局")));
        assert!(!shown.iter().any(|(_, text)| text.contains("监督员")), "officers are not named");
    }

    async fn a_person_is_not_named(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = physician(&world, "欧阳演示").await;
        decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let pending = of_kind(&world, SourceKind::Decision).await;
        assert_eq!(pending.class, "decision_person_minor");
        publish(&world, pending.id).await.unwrap();
        let text = publication::public_get(&world.app, pending.id).await.unwrap();
        assert!(text.get("party_name").is_none() && !serde_json::to_string(&text).unwrap().contains("欧阳"));
        assert!(public(&world, Some("欧阳")).await.is_empty(), "searching tells nothing either");
        assert_eq!(public(&world, None).await.len(), 1);
        assert!(publication::public_of(&world.app, subject).await.unwrap().is_empty());
        let SubjectRef::Practitioner(person) = subject else { panic!("{subject}") };
        only_this_is_public(&world, &[text], &["欧阳", "公开员甲", &person.to_string()]).await;
    }

    async fn what_is_not_public_does_not_exist_for_the_public(world: World) {
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        release_all(&world).await;
        decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let pending = of_kind(&world, SourceKind::Decision).await;
        let hidden = publication::public_get(&world.app, pending.id).await;
        assert!(matches!(hidden, Err(Failure::NotFound)));
        assert!(publication::public_of(&world.app, subject).await.unwrap().is_empty());
        let withhold = || Action::Withhold { reason: "不具有社会影响".into() };
        let denied = publication::act(&people.head, pending.id, 1, withhold()).await;
        assert!(matches!(denied, Err(Failure::Denied(_))));
        publication::act(&publisher(&world), pending.id, 1, withhold()).await.unwrap();
        assert!(public(&world, None).await.is_empty());
        let stale = publication::act(&publisher(&world), pending.id, 1, withhold()).await.unwrap_err();
        assert_eq!(code(&stale), "not_now");
        let again = Action::Reconsider { reason: "群众关注".into() };
        publication::act(&publisher(&world), pending.id, 2, again).await.unwrap();
        let reason = Action::Publish { reason: " ".into() };
        let bare = publication::act(&publisher(&world), pending.id, 3, reason).await.unwrap_err();
        assert_eq!(code(&bare), "missing_text");
    }

    async fn a_class_that_is_not_released_publishes_nothing(world: World) {
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        rooms::release_tables(&world, &["inspection_item", "clock"]).await;
        inspected(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let pending = of_kind(&world, SourceKind::Inspection).await;
        assert_eq!(code(&publish(&world, pending.id).await.unwrap_err()), "not_released");
    }

    async fn a_withdrawn_text_leaves_its_reason(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let id = of_kind(&world, SourceKind::Decision).await.id;
        let seen = publish(&world, id).await.unwrap().version;
        let before = publication::public_get(&world.app, id).await.unwrap();
        let on = publisher(&world).today();
        let recall = Action::Recall { on, reason: "复议决定撤销原处罚".into() };
        let recalled = publication::act(&publisher(&world), id, seen, recall).await.unwrap();
        assert_eq!(public(&world, Some("演示第一医院")).await.len(), 1, "shown until it is withdrawn");
        let reason = "监督员甲取证违法，原处罚决定被撤销，咨询电话0756-2155555".to_owned();
        let withdraw = Action::Withdraw { reason };
        publication::act(&publisher(&world), id, recalled.version, withdraw).await.unwrap();
        let text = publication::public_get(&world.app, id).await.unwrap();
        assert!(text.fields.is_empty());
        let said = text.withdrawn.unwrap();
        assert!(said.contains("珠卫医罚〔2026〕1号") && said.contains("原处罚决定被撤销"), "{said}");
        assert!(!said.contains("2155555") && !said.contains("监督员甲"), "{said}");
        let text = publication::public_get(&world.app, id).await.unwrap();
        only_this_is_public(&world, &[before, text], &["2155555", "监督员甲", "公开员甲", "复议决定撤销原处罚"]).await;
        assert!(public(&world, Some("演示第一医院")).await.is_empty());
    }

    async fn a_text_is_taken_down_when_its_time_is_over(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        decided(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let id = of_kind(&world, SourceKind::Decision).await.id;
        let until = publish(&world, id).await.unwrap().shown().unwrap().until;
        world.clock.set(until);
        assert_eq!(publication::expire_due(&world.app).await.unwrap(), 0, "the last day still shows it");
        world.clock.set(until.tomorrow().unwrap());
        daily(&world.app).await.unwrap();
        assert!(public(&world, None).await.is_empty());
        assert!(matches!(publication::public_get(&world.app, id).await, Err(Failure::NotFound)));
        assert!(matches!(publication::public_row(&world.app, id).await, Err(Failure::NotFound)), "nor is its event given");
        assert_eq!(publication::expire_due(&world.app).await.unwrap(), 0);
    }

    async fn a_day_begins_and_followers_keep_up_while_acts_go_on(world: World) {
        let ctx = world.ctx("系统管理员甲", &[Role::Administrator]);
        for number in 0..5 {
            rooms::account(&ctx, &format!("first{number}")).await;
        }
        daily(&world.app).await.unwrap();
        let (indexed, came) = ledger::state(&world.app).await.unwrap();
        assert_eq!((indexed, came), (0, 5), "the day does not wait for followers");
        // There is always one more act, and what came before is taken all the same.
        for number in 0.. {
            rooms::account(&ctx, &format!("more{number}")).await;
            round(&world.app).await.unwrap();
            let (indexed, _) = ledger::state(&world.app).await.unwrap();
            let behind = health::followers(&world.app.db).await.unwrap();
            if behind.len() >= 4 && behind.iter().all(|(_, behind)| indexed - behind.cast_signed() >= came) {
                break;
            }
            assert!(number < 20, "{behind:?}");
        }
    }

    async fn a_text_that_no_longer_fits_its_source_is_found(world: World) {
        release_all(&world).await;
        let people = People::new(&world).await;
        let subject = institution(&world, "演示第一医院").await;
        inspected(&world, &people, subject).await;
        settle(&world.app).await.unwrap();
        let id = of_kind(&world, SourceKind::Inspection).await.id;
        publish(&world, id).await.unwrap();
        assert!(publication::drift(&world.app).await.unwrap().is_empty());
        rooms::correct_credit_code(&world, subject, "11500242322384326D").await;
        assert_eq!(publication::drift(&world.app).await.unwrap(), vec![id]);
    }
}
