use super::delivery::{self, Answer, Due, PAUSES, sent};
use super::*;
use crate::follow;
use crate::quota::Quota;
use crate::system::{self, ApiScope, ConnectedSystem, NewSystem, Terms};
use std::collections::BTreeSet;
use std::sync::Arc;
use xingjian_credit::linkage::{Facts, Linkage, Push};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Fault, Role, SubjectRef};
use xingjian_sense::complaint::{self, Complaint, NewComplaint};
use xingjian_store::{App, Ctx, Event, Failure, Filter, Stored, ledger, records};
use xingjian_testkit::{World, both_databases};

const URL: &str = "http://127.0.0.1:9000/hook";

fn hosts() -> Hosts {
    Hosts::parse("http://127.0.0.1:9000").unwrap()
}

async fn connected(world: &World, department: &str, scopes: &[ApiScope]) -> Stored<ConnectedSystem> {
    let keeper = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
    let new = NewSystem {
        name: format!("演示{department}系统"),
        department: DepartmentId::new(department),
        division: world.app.policy.city.division.clone(),
        terms: Terms {
            contact: "信息中心".into(),
            scopes: scopes.to_vec(),
            quota: Quota { per_minute: 60, per_day: 600 },
            valid_until: plus_days(keeper.today(), 30),
        },
    };
    system::add(&keeper, new).await.unwrap().system
}

fn ctx(world: &World, system: &ConnectedSystem) -> Ctx {
    Ctx::new(&world.app, system.actor(), system.scope())
}

async fn subscribed(world: &World, system: &ConnectedSystem, events: &[EventKind]) -> Webhook {
    let wanted = (URL.to_owned(), events.to_vec());
    register(&ctx(world, system), system, &hosts(), wanted).await.unwrap().webhook
}

async fn pushed(world: &World, department: &str) -> Linkage {
    let all = Ctx::system(&world.app);
    let (today, subject) = (all.today(), SubjectRef::Institution(all.new_id()));
    let due = all.deadline("linkage_acknowledge", today).unwrap();
    let new = Push {
        subject,
        name: "演示医院".into(),
        division: "440402".parse().unwrap(),
        rule: "演示".into(),
        matter: "协议管理".into(),
        consequence: "下调预付额度".into(),
        department: DepartmentId::new(department),
        origin: DepartmentId::new("health"),
        grade: "C".into(),
        reason: "得分720".into(),
    };
    let facts = Facts { today, acknowledge_due: due, effect_due: due };
    let linkage = Linkage::push(all.new_id(), new, all.now(), &facts);
    let mut tx = all.begin().await.unwrap();
    records::insert(&mut tx, &all, &linkage, Event::new("linkage.pushed", "推送")).await.unwrap();
    tx.commit().await.unwrap();
    linkage
}

/// What is due, while nobody is busy.
async fn due(app: &Arc<App>, most: u32) -> Result<Vec<Due>, Failure> {
    delivery::due(app, most, most, &BTreeSet::new()).await
}

async fn follow(world: &World) {
    while ledger::sequence(&world.app).await.unwrap() + follow::run(&world.app).await.unwrap() > 0 {}
}

fn later(world: &World, seconds: i64) {
    world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(seconds));
}

fn answered(status: u16) -> Answer {
    Answer { status: Some(status), said: "好\u{7}".into() }
}

async fn states(world: &World, webhook: &Webhook) -> Vec<(String, i64)> {
    let all = delivery::of(&Ctx::system(&world.app), webhook, 50).await.unwrap();
    all.into_iter().map(|delivery| (delivery.state, delivery.attempts)).collect()
}

both_databases! {
    async fn only_who_may_read_it_is_told(world: World) {
        let all = [ApiScope::Webhooks, ApiScope::LinkagesRead];
        let insurance = connected(&world, "insurance", &all).await;
        let market = connected(&world, "market", &all).await;
        let before = subscribed(&world, &insurance, &[EventKind::LinkageEnded]).await;
        let linkage = pushed(&world, "insurance").await;
        let late = subscribed(&world, &insurance, &[EventKind::LinkagePushed]).await;
        follow(&world).await;
        assert!(states(&world, &late).await.is_empty(), "what happened before was never asked for");
        let others = subscribed(&world, &market, &[EventKind::LinkagePushed]).await;
        let second = pushed(&world, "insurance").await;
        follow(&world).await;
        assert_eq!(states(&world, &late).await, [("waiting".to_owned(), 0)]);
        let waits = |failing| delivery::Waiting { webhook: late.id.to_string(), waiting: 1, failing };
        assert_eq!(delivery::waiting(&world.app).await.unwrap(), [waits(0)]);
        assert!(states(&world, &others).await.is_empty() && states(&world, &before).await.is_empty());
        let sending = due(&world.app, 10).await.unwrap();
        let body: serde_json::Value = serde_json::from_str(&sending[0].body).unwrap();
        assert_eq!((&body["type"], &body["data"]["id"]), (&"linkage.pushed".into(), &second.id.to_string().into()));
        sent(&world.app, &sending[0], &answered(503)).await.unwrap();
        assert_eq!(delivery::waiting(&world.app).await.unwrap(), [waits(1)], "an operator sees whose receiver fails");
        assert!(!sending[0].body.contains("演示医院") && second.id != linkage.id, "names nobody: {}", sending[0].body);
    }

    async fn a_complaint_is_told_to_the_system_that_handed_it_in(world: World) {
        let all = [ApiScope::Webhooks, ApiScope::Complaints];
        let (ours, theirs) = (connected(&world, "insurance", &all).await, connected(&world, "insurance", &all).await);
        let hook = subscribed(&world, &ours, &[EventKind::ComplaintDecided]).await;
        let other = subscribed(&world, &theirs, &[EventKind::ComplaintDecided]).await;
        let new = NewComplaint {
            channel: "transfer".into(),
            about: "演示门诊部".into(),
            subject: None,
            text: "收费与公示不一致，请核实。".into(),
            reporter: None,
            division: None,
            once: "0123456789abcdef".into(),
        };
        complaint::service::submit(&ctx(&world, &ours), new).await.unwrap();
        let kept = records::list::<Complaint>(&Ctx::system(&world.app), &Filter::default()).await.unwrap().rows.remove(0);
        let action = complaint::Action::Decline { reason: "不属于本机关职责".into() };
        complaint::service::act(&world.ctx("受理员甲", &[Role::Intake]), kept.id, 1, action).await.unwrap();
        follow(&world).await;
        assert_eq!((states(&world, &hook).await.len(), states(&world, &other).await.len()), (1, 0));
        let body = &due(&world.app, 10).await.unwrap()[0].body;
        assert!(body.contains("declined") && body.contains(&kept.number) && !body.contains("不属于"), "{body}");
    }

    async fn one_webhook_takes_no_others_place(world: World) {
        let system = connected(&world, "insurance", &[ApiScope::Webhooks, ApiScope::LinkagesRead]).await;
        let first = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        for _ in 0..3 {
            pushed(&world, "insurance").await;
        }
        let second = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        later(&world, 1);
        pushed(&world, "insurance").await;
        follow(&world).await;
        let of = |all: &[Due], webhook: &Webhook| all.iter().filter(|due| due.webhook == webhook.id.to_string()).count();
        let begun = delivery::due(&world.app, 10, 2, &BTreeSet::new()).await.unwrap();
        assert_eq!((of(&begun, &first), of(&begun, &second)), (2, 1));
        let busy = BTreeSet::from([first.id.to_string()]);
        assert!(delivery::due(&world.app, 10, 2, &busy).await.unwrap().is_empty(), "a busy one gets no more");
        let rest = delivery::due(&world.app, 10, 2, &BTreeSet::new()).await.unwrap();
        assert_eq!((of(&rest, &first), of(&rest, &second)), (2, 0));
    }

    async fn it_is_tried_again_with_growing_pauses_until_it_is_given_up(world: World) {
        let system = connected(&world, "insurance", &[ApiScope::Webhooks, ApiScope::LinkagesRead]).await;
        let hook = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        pushed(&world, "insurance").await;
        follow(&world).await;
        let mut ids = BTreeSet::new();
        for pause in PAUSES {
            let sending = due(&world.app, 10).await.unwrap().remove(0);
            assert!(due(&world.app, 10).await.unwrap().is_empty(), "nobody else sends it meanwhile");
            ids.insert(sending.id);
            sent(&world.app, &sending, &Answer { status: None, said: "连接失败".into() }).await.unwrap();
            later(&world, pause - 1);
            assert!(due(&world.app, 10).await.unwrap().is_empty(), "not before {pause} s");
            later(&world, 1);
        }
        let sending = due(&world.app, 10).await.unwrap().remove(0);
        ids.insert(sending.id);
        sent(&world.app, &sending, &answered(500)).await.unwrap();
        assert_eq!((states(&world, &hook).await, ids.len()), (vec![("given_up".to_owned(), 10)], 1));
        let keeper = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        resend(&keeper, hook.id, sending.id).await.unwrap();
        assert!(matches!(resend(&keeper, hook.id, sending.id).await, Err(Failure::Refused(_))), "it waits already");
        let again = due(&world.app, 10).await.unwrap().remove(0);
        assert_eq!(again.id, sending.id);
        sent(&world.app, &again, &answered(204)).await.unwrap();
        sent(&world.app, &again, &answered(500)).await.unwrap();
        assert_eq!(states(&world, &hook).await, [("delivered".to_owned(), 1)], "an end is an end");
        later(&world, 31 * 86_400);
        delivery::forget(&world.app).await.unwrap();
        assert!(states(&world, &hook).await.is_empty());
    }

    async fn what_a_process_had_in_hand_when_it_died_is_sent_by_another(world: World) {
        let system = connected(&world, "insurance", &[ApiScope::Webhooks, ApiScope::LinkagesRead]).await;
        let hook = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        pushed(&world, "insurance").await;
        follow(&world).await;
        let died = due(&world.app, 10).await.unwrap().remove(0);
        later(&world, 61);
        let other = due(&world.app, 10).await.unwrap().remove(0);
        assert_eq!(died.id, other.id);
        sent(&world.app, &died, &answered(500)).await.unwrap();
        sent(&world.app, &other, &answered(200)).await.unwrap();
        assert_eq!(states(&world, &hook).await, [("delivered".to_owned(), 1)], "who came too late changes nothing");
    }

    async fn nothing_is_told_after_the_end(world: World) {
        let system = connected(&world, "insurance", &[ApiScope::Webhooks, ApiScope::LinkagesRead]).await;
        let hook = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        let other = subscribed(&world, &system, &[EventKind::LinkagePushed]).await;
        pushed(&world, "insurance").await;
        follow(&world).await;
        let foreign = connected(&world, "insurance", &[ApiScope::Webhooks]).await;
        assert!(matches!(stop(&ctx(&world, &foreign), hook.id).await, Err(Failure::NotFound)), "another system of the same department");
        stop(&ctx(&world, &system), hook.id).await.unwrap();
        stop(&ctx(&world, &system), hook.id).await.unwrap();
        assert_eq!(states(&world, &hook).await, [("given_up".to_owned(), 0)]);
        let keeper = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        system::revoke(&keeper, system.id, 1, "下线").await.unwrap();
        assert!(due(&world.app, 10).await.unwrap().is_empty());
        assert_eq!(states(&world, &other).await, [("given_up".to_owned(), 1)]);
        pushed(&world, "insurance").await;
        follow(&world).await;
        assert_eq!(states(&world, &other).await.len(), 1);
    }

    async fn a_webhook_goes_to_the_list_and_tells_what_the_key_may_read(world: World) {
        let system = connected(&world, "insurance", &[ApiScope::Webhooks, ApiScope::LinkagesRead]).await;
        let own = ctx(&world, &system);
        let tried = async |url: &str, events: &[EventKind]| {
            register(&own, &system, &hosts(), (url.to_owned(), events.to_vec())).await
        };
        let places = |failure: Failure| -> Vec<String> {
            let Failure::Invalid(faults) = failure else { panic!("{failure:?}") };
            faults.into_iter().map(|Fault { place, .. }| place).collect()
        };
        assert_eq!(places(tried("http://127.0.0.1:9001/", &[]).await.unwrap_err()), ["/url", "/events"]);
        let unread = [EventKind::LinkagePushed, EventKind::PublicationPublished];
        assert_eq!(places(tried(URL, &unread).await.unwrap_err()), ["/events"]);
        let made = tried(URL, &[EventKind::LinkagePushed, EventKind::LinkagePushed]).await.unwrap();
        assert!(made.secret.starts_with(SECRET_PREFIX) && made.webhook.events.len() == 1);
        assert!(!serde_json::to_string(&made.webhook).unwrap().contains(&made.secret[SECRET_PREFIX.len()..]));
        for _ in 1..10 {
            tried(URL, &[EventKind::LinkagePushed]).await.unwrap();
        }
        assert!(matches!(tried(URL, &[EventKind::LinkagePushed]).await, Err(Failure::Refused(_))));
        assert_eq!(all_of(&own, system.id).await.unwrap().len(), 10);
        let keeper = world.ctx_of("market", "市监安全管理员", &[Role::SecurityAdministrator]);
        assert!(all_of(&keeper, system.id).await.unwrap().is_empty(), "of another department");
    }
}
