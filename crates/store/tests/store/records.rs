use crate::probe::kinds::TASK;
use crate::probe::{On, Probe, keep};
use xingjian_kernel::{Role, Sensitivity};
use xingjian_store::{
    Ctx, Event, Executor, Failure, Filter, Order, Record, health, ledger, migrate, numbers, records, tables,
};
use xingjian_testkit::both_databases;

fn probe(ctx: &Ctx, text: &str) -> Probe {
    Probe { text: text.into(), ..Probe::new(ctx, "440402", "health", Sensitivity::Case) }
}

both_databases! {
    async fn of_two_who_saw_the_same_version_one_is_told(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let kept = keep::<TASK>(&ctx, probe(&ctx, "甲")).await.unwrap();
        let save = async |text: &str, seen: i64| {
            let mut changed = kept.clone();
            changed.0.text = text.into();
            let mut tx = ctx.begin().await?;
            let version = records::save(&mut tx, &ctx, &changed, seen, Event::new("probe.changed", "改动")).await?;
            tx.commit().await?;
            Ok::<i64, Failure>(version)
        };
        assert_eq!(save("乙", 1).await.unwrap(), 2);
        assert!(matches!(save("丙", 1).await, Err(Failure::Conflict)));
        let stored = records::must::<TASK>(&ctx, kept.0.id).await.unwrap();
        assert_eq!((stored.version, stored.0.text.as_str()), (2, "乙"));
    }

    async fn a_transaction_that_is_dropped_never_happened(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let value = TASK(probe(&ctx, "甲"));
        let mut tx = ctx.begin().await.unwrap();
        records::insert(&mut tx, &ctx, &value, Event::new("probe.kept", "收到")).await.unwrap();
        assert_eq!(numbers::next(&mut tx, "x").await.unwrap(), 1);
        drop(tx);
        assert!(records::get::<TASK>(&ctx, value.0.id).await.unwrap().is_none());
        let mut tx = ctx.begin().await.unwrap();
        assert_eq!(numbers::next(&mut tx, "x").await.unwrap(), 1, "a number not used is not lost");
        tx.commit().await.unwrap();
    }

    async fn numbers_neither_collide_nor_skip(world: World) {
        let issue = async || {
            let ctx = world.ctx("监督员甲", &[Role::Inspector]);
            let mut tx = ctx.begin().await.unwrap();
            let number = numbers::issue(&mut tx, &ctx, "penalty_decision").await.unwrap();
            tx.commit().await.unwrap();
            number
        };
        let (a, b, c, d) = tokio::join!(issue(), issue(), issue(), issue());
        let mut numbers = [a, b, c, d];
        numbers.sort();
        let sequence: Vec<String> = (1..=4).map(|n| format!("〔2026〕{n}号")).collect();
        assert!(numbers.iter().zip(&sequence).all(|(number, end)| number.ends_with(end.as_str())), "{numbers:?}");
    }

    async fn more_than_fit_a_statement_are_all_there_each_with_its_row(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let all: Vec<TASK> = (0..1_100).map(|n| TASK::on(probe(&ctx, &format!("第{n}件")))).collect();
        let mut tx = ctx.begin().await.unwrap();
        let kept = || Event::new("probe.kept", "收到");
        records::insert_all(&mut tx, all.iter().map(|it| (&ctx, it, kept())).collect()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(records::count::<TASK>(&ctx, &Filter::default()).await.unwrap(), 1_100);
        for (n, one) in all.iter().enumerate().step_by(100) {
            assert_eq!(records::must::<TASK>(&ctx, one.0.id).await.unwrap().0.text, format!("第{n}件"));
            let rows = ledger::of_resource(&ctx, TASK::TABLE, one.0.id).await.unwrap();
            assert_eq!((rows.len(), rows[0].intact), (1, true));
        }
    }

    async fn thousands_are_counted_once_in_a_while_and_few_for_each_page(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let add = async |many: usize, text: &str| {
            let all: Vec<TASK> = (0..many).map(|_| TASK::on(probe(&ctx, text))).collect();
            let mut tx = ctx.begin().await.unwrap();
            let rows = all.iter().map(|it| (&ctx, it, Event::new("probe.kept", "收到"))).collect();
            records::insert_all(&mut tx, rows).await.unwrap();
            tx.commit().await.unwrap();
        };
        let total = async |filter: Filter| records::list::<TASK>(&ctx, &filter).await.unwrap().total;
        let own = || Filter { text: Some("少数".into()), ..Filter::default() };
        add(1000, "多数").await;
        assert_eq!(total(Filter::default()).await, 1000);
        add(1, "少数").await;
        assert_eq!((total(Filter::default()).await, total(own()).await), (1001, 1));
        add(2, "少数").await;
        assert_eq!((total(Filter::default()).await, total(own()).await), (1001, 3), "the thousands as of a moment ago");
        assert_eq!(total(Filter { exact: true, ..Filter::default() }).await, 1003);
        assert_eq!(total(Filter { limit: 7, order: Order::Newest, ..Filter::default() }).await, 1001, "any page of it");
        world.clock.move_to(ctx.now().plus_seconds(11));
        assert_eq!(total(Filter::default()).await, 1003);
    }

    async fn what_came_since_a_moment_is_found_through_all_its_pages(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let mut moments = vec![];
        for n in 0..2_100 {
            world.clock.move_to(world.app.clock.now().plus_seconds(1));
            moments.push(world.app.clock.now());
            keep::<TASK>(&ctx, probe(&ctx, &format!("演示{n}"))).await.unwrap();
        }
        for (from, count) in [(0, 2_100), (50, 2_050), (1_099, 1_001), (1_100, 1_000), (2_099, 1)] {
            let since = records::since::<TASK>(&ctx, moments[from]).await.unwrap();
            assert_eq!(since.len(), count);
            assert!(since.windows(2).all(|two| two[0].0.created_at > two[1].0.created_at), "newest first");
            assert_eq!(since.last().unwrap().0.text, format!("演示{from}"));
        }
        let later = moments[2_099].plus_seconds(1);
        assert!(records::since::<TASK>(&ctx, later).await.unwrap().is_empty());
    }

    async fn pages_follow_each_other_without_gap_or_repeat(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        for n in 0..23 {
            keep::<TASK>(&ctx, probe(&ctx, &format!("演示{n:02}"))).await.unwrap();
        }
        for order in [Order::Due, Order::Newest, Order::Title] {
            let mut filter = Filter { limit: 5, order, ..Filter::default() };
            let mut titles = vec![];
            loop {
                let page = records::list::<TASK>(&ctx, &filter).await.unwrap();
                assert_eq!(page.total, 23);
                titles.extend(page.rows.iter().map(|row| row.0.text.clone()));
                let Some(next) = page.next else { break };
                filter.after = Some(next);
            }
            assert_eq!(titles.len(), 23);
            titles.sort();
            titles.dedup();
            assert_eq!(titles.len(), 23, "{order:?}");
        }
        let found = Filter { text: Some("示1 演".into()), ..Filter::default() };
        assert_eq!(records::count::<TASK>(&ctx, &found).await.unwrap(), 10);
        let quoted = Filter { text: Some("' or 1 = 1 -- %_".into()), ..Filter::default() };
        assert_eq!(records::count::<TASK>(&ctx, &quoted).await.unwrap(), 0);
    }

    async fn what_has_ended_keeps_its_day_and_is_late_no_more(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        for state in ["proposed", "closed"] {
            let kept = keep::<TASK>(&ctx, probe(&ctx, state)).await.unwrap();
            let tx = world.app.db.begin().await.unwrap();
            let values = vec![state.into(), kept.0.id.to_string().into()];
            tx.run("update task set state = $1, due = '2026-01-05' where id = $2", values).await.unwrap();
            tx.commit().await.unwrap();
        }
        let counted = health::by_state(&world.app.db, tables::TASK, ctx.today()).await.unwrap();
        assert_eq!(counted, [("closed".to_owned(), 1, 0), ("proposed".to_owned(), 1, 1)]);
    }

    async fn migrating_twice_is_migrating_once(world: World) {
        migrate(&world.app.db).await.unwrap();
        migrate(&world.app.db).await.unwrap();
    }

    async fn a_transaction_that_the_database_ended_takes_none_of_the_next_ones_with_it(world: World) {
        let db = &world.app.db;
        let insert = "insert into counter (series, value) values ($1, 1)";
        for round in 0..3 {
            // A disk that is full: SQLite then takes the transaction back by itself, PostgreSQL waits to be told.
            let tx = db.begin().await.unwrap();
            if db.kind() == "sqlite" {
                tx.all("pragma max_page_count = 1", vec![]).await.unwrap();
                let mut at = 0;
                let failed = loop {
                    at += 1;
                    let text = format!("{round} {at} {}", "x".repeat(3_000));
                    if let Err(error) = tx.run(insert, vec![text.into()]).await {
                        break error;
                    }
                };
                assert!(failed.to_string().contains("full"), "{failed}");
            } else {
                tx.run("insert into counter (series, value) values (null, 1)", vec![]).await.unwrap_err();
            }
            drop(tx);
            let tx = db.begin().await.unwrap();
            tx.run(insert, vec![format!("refused {round}").into()]).await.unwrap();
            drop(tx);
            let tx = db.begin().await.unwrap();
            tx.run(insert, vec![format!("kept {round}").into()]).await.unwrap();
            tx.commit().await.unwrap();
            let seen = db.reader().all("select series from counter where value = 1 order by series", vec![]).await.unwrap();
            let seen: Vec<String> = seen.iter().map(|row| row.try_get("", "series").unwrap()).collect();
            let kept: Vec<String> = (0..=round).map(|round| format!("kept {round}")).collect();
            assert_eq!(seen, kept, "what was committed is there for others, and nothing else");
        }
    }

    async fn every_pooled_connection_is_durable(world: World) {
        let settings = world.app.db.durability().await.unwrap();
        let want: &[(&str, &[&str])] = match world.app.db.kind() {
            "postgres" => &[("fsync", &["on"]), ("synchronous_commit", &["on"]), ("full_page_writes", &["on"])],
            _ => &[("journal_mode", &["wal"]), ("synchronous", &["2"]), ("foreign_keys", &["1"]), ("query_only", &["0", "1"])],
        };
        for (name, allowed) in want {
            let found: Vec<&str> = settings.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
            assert_eq!(found.len(), 5, "{name} is read from every connection");
            assert!(found.iter().all(|value| allowed.contains(value)), "{name}: {found:?}");
        }
        if world.app.db.kind() == "sqlite" {
            let modes: Vec<&str> = settings.iter().filter(|(n, _)| n == "query_only").map(|(_, v)| v.as_str()).collect();
            assert_eq!(modes, ["0", "1", "1", "1", "1"], "one writer, and readers that cannot write");
        }
    }
}
