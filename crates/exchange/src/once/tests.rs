use super::*;
use xingjian_store::Ctx;
use xingjian_testkit::{World, both_databases};

fn answer(body: &str) -> Answer {
    Answer { status: 201, kind: "application/json".into(), body: body.into() }
}

async fn mine(world: &World, system: AccountId, key: &str, request: &str) -> Mine {
    match claim(&world.app, system, key, request).await.unwrap() {
        Claim::Mine(mine) => mine,
        other => panic!("{other:?}"),
    }
}

fn later(world: &World, seconds: i64) {
    let now = Ctx::system(&world.app).now();
    world.clock.move_to(now.plus_seconds(seconds));
}

both_databases! {
    async fn a_request_is_done_once_and_answered_as_often_as_it_comes(world: World) {
        let app = &*world.app;
        let (one, two): (AccountId, AccountId) = (Ctx::system(&world.app).new_id(), Ctx::system(&world.app).new_id());
        let first = mine(&world, one, "k", "a").await;
        assert_eq!(claim(app, one, "k", "a").await.unwrap(), Claim::UnderWay);
        mine(&world, two, "k", "a").await;
        keep(app, &first, &answer("ABCD-EFGH")).await.unwrap();
        assert_eq!(claim(app, one, "k", "a").await.unwrap(), Claim::Answered(answer("ABCD-EFGH")));
        assert_eq!(claim(app, one, "k", "b").await.unwrap(), Claim::Other);
        let row = app.db.reader().one("select answer from once where key like $1", vec![format!("api/{one}/%").into()]);
        let text: String = row.await.unwrap().unwrap().try_get("", "answer").unwrap();
        assert!(!text.contains("ABCD"), "a receipt is not kept in clear: {text}");
        later(&world, KEPT_HOURS * 3600 + 1);
        mine(&world, one, "k", "b").await;
    }

    async fn what_was_not_done_may_be_sent_again(world: World) {
        let system: AccountId = Ctx::system(&world.app).new_id();
        let first = mine(&world, system, "k", "a").await;
        give_up(&world.app, &first).await.unwrap();
        let second = mine(&world, system, "k", "b").await;
        later(&world, CLAIMED_SECONDS + 1);
        let third = mine(&world, system, "k", "b").await;
        keep(&world.app, &second, &answer("late")).await.unwrap();
        assert_eq!(claim(&world.app, system, "k", "b").await.unwrap(), Claim::UnderWay, "who came too late answers nothing");
        keep(&world.app, &third, &answer("x")).await.unwrap();
        later(&world, KEPT_HOURS * 3600 + 1);
        forget(&world.app, Ctx::system(&world.app).now()).await.unwrap();
        let left = world.app.db.reader().all("select key from once", vec![]).await.unwrap();
        assert!(left.is_empty());
    }

    async fn of_twins_at_once_one_is_done(world: World) {
        let system: AccountId = Ctx::system(&world.app).new_id();
        let twins: Vec<_> = (0..8)
            .map(|_| {
                let app = world.app.clone();
                tokio::spawn(async move { claim(&app, system, "k", "a").await.unwrap() })
            })
            .collect();
        let mut done = 0;
        for twin in twins {
            match twin.await.unwrap() {
                Claim::Mine(_) => done += 1,
                claim => assert_eq!(claim, Claim::UnderWay),
            }
        }
        assert_eq!(done, 1);
    }
}
