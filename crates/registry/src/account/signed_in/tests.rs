use super::{end_other_sessions, end_own_session, end_sessions, own_sessions, sessions_of};
use crate::account::tests::{account, add, sign_in};
use crate::account::{self, Account, Device, Session, by_token, touch};
use xingjian_kernel::{Role, SignInRules, Timestamp};
use xingjian_store::{Ctx, Failure, records};
use xingjian_testkit::{World, both_databases};

const PASSWORD: &str = "correct horse";

fn own(world: &World, session: &Session) -> Ctx {
    Ctx::new(&world.app, session.account.actor(), session.account.scope())
}

async fn from(world: &World, agent: &str, address: &str) -> Session {
    let device = Device { address: address.parse().ok(), agent: agent.into() };
    account::sign_in(&world.app, &device, "jia", PASSWORD).await.unwrap().entered().unwrap()
}

async fn open(world: &World, session: &Session) -> bool {
    by_token(&world.app, &session.token).await.unwrap().is_some()
}

/// Lets minutes pass.
fn pass(world: &World, minutes: i64) {
    let now = Ctx::system(&world.app).now();
    world.clock.move_to(now.plus_seconds(minutes * 60));
}

both_databases! {
    async fn everybody_sees_and_ends_the_own_sessions(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        add(&world, account("yi", &[Role::Intake])).await.unwrap();
        let desk = from(&world, "Mozilla/5.0 (Windows NT 10.0)", "10.0.0.7").await;
        pass(&world, 1);
        let phone = from(&world, "Mozilla/5.0\u{7} (Android 14)", "").await;
        let others = sign_in(&world.app, "yi", PASSWORD).await.unwrap();
        let ctx = own(&world, &desk);
        let seen = own_sessions(&ctx, &desk.token).await.unwrap();
        let shown: Vec<_> = seen.iter().map(|(it, here)| (it.agent.as_str(), it.address.as_deref(), *here)).collect();
        assert_eq!(shown, [("Mozilla/5.0 (Android 14)", None, false), ("Mozilla/5.0 (Windows NT 10.0)", Some("10.0.0.7"), true)]);
        assert!(seen.iter().all(|(it, _)| it.id != desk.token && it.id != phone.token), "no token is shown");
        let theirs = own_sessions(&own(&world, &others), &others.token).await.unwrap()[0].0.id.clone();
        assert!(matches!(end_own_session(&ctx, &theirs).await, Err(Failure::NotFound)), "another person's");
        end_own_session(&ctx, &seen[0].0.id).await.unwrap();
        assert!(!open(&world, &phone).await && open(&world, &desk).await && open(&world, &others).await);
        let again = from(&world, "", "").await;
        end_other_sessions(&ctx, &desk.token).await.unwrap();
        assert!(!open(&world, &again).await && open(&world, &desk).await && open(&world, &others).await);
    }

    async fn a_session_ends_when_it_is_not_used_and_when_it_is_old(world: World) {
        let rules = SignInRules::default();
        let (idle, whole) = (i64::from(rules.idle_minutes), i64::from(rules.hours) * 60);
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let unused = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let used = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let mut passed = 0;
        while passed + idle - 1 < whole {
            pass(&world, idle - 1);
            passed += idle - 1;
            let found = by_token(&world.app, &used.token).await.unwrap().unwrap();
            assert!(found.stale, "its last use was written down long ago");
            touch(&world.app, &used.token).await.unwrap();
            assert!(!by_token(&world.app, &used.token).await.unwrap().unwrap().stale);
        }
        assert!(!open(&world, &unused).await, "nobody used it for an hour");
        let ctx = own(&world, &used);
        assert_eq!(own_sessions(&ctx, &used.token).await.unwrap().len(), 1, "what has ended is not listed");
        pass(&world, whole - passed);
        assert!(!open(&world, &used).await, "however much it was used");
        touch(&world.app, &used.token).await.unwrap();
        assert!(!open(&world, &used).await);
    }

    async fn rules_of_the_instance_bound_a_session(world: World) {
        let rules = SignInRules { idle_minutes: 5, hours: 1, ..SignInRules::default() };
        world.app.sign_in.set(rules).unwrap();
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let session = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        pass(&world, 4);
        assert!(open(&world, &session).await);
        pass(&world, 1);
        assert!(!open(&world, &session).await);
    }

    async fn a_session_that_an_older_node_began_is_bounded_too(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let session = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let tx = world.app.db.begin().await.unwrap();
        xingjian_store::Executor::run(&tx, "update session set seen_at = 0", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(open(&world, &session).await);
        let listed = own_sessions(&own(&world, &session), &session.token).await.unwrap();
        assert!(listed[0].0.seen > Timestamp::from_micros(0));
        pass(&world, 60);
        assert!(!open(&world, &session).await);
    }

    async fn the_security_administrator_ends_anybodys(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let session = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let id = session.account.id;
        let security = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        let version = records::must::<Account>(&security, id).await.unwrap().version;
        assert_eq!(sessions_of(&security, id).await.unwrap().len(), 1);
        let system = world.ctx("系统管理员甲", &[Role::Administrator]);
        assert!(matches!(sessions_of(&system, id).await, Err(Failure::Denied(_))));
        assert!(matches!(end_sessions(&system, id, version, "越权").await, Err(Failure::Denied(_))));
        assert!(matches!(end_sessions(&security, id, version, "").await, Err(Failure::Invalid(_))));
        let elsewhere = world.ctx_of("insurance", "安全管理员乙", &[Role::SecurityAdministrator]);
        assert!(matches!(end_sessions(&elsewhere, id, version, "他部门").await, Err(Failure::NotFound)));
        assert!(open(&world, &session).await);
        end_sessions(&security, id, version, "设备遗失").await.unwrap();
        assert!(!open(&world, &session).await);
    }
}
