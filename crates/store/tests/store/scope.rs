//! Rows outside the caller's scope are there and are not seen; where the clause is dropped, this notices.

use crate::probe::{On, Probe, keep};
use xingjian_kernel::id::{InstitutionId, UnregisteredId};
use xingjian_kernel::{DepartmentId, Role, Scope, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::records::By;
use xingjian_store::{Ctx, Event, Failure, Filter, OPERATIONS, Stored, TABLES, ledger, records};
use xingjian_testkit::{World, both_databases};

/// What one look at a foreign row may give away. Functions that share a clause look alike, or the one that differs forgot it.
async fn seen<T: On>(ctx: &Ctx, foreign: &T, operation: &str) -> bool {
    let head = foreign.head();
    match operation {
        "get" => {
            let found = records::get::<T>(ctx, &head.id).await.unwrap().is_some();
            assert_eq!(records::of_ids::<T>(ctx, &[head.id]).await.unwrap().len(), usize::from(found));
            found
        }
        "by_number" => {
            let number = head.number.unwrap();
            let found = records::by_number::<T>(ctx, &number).await.unwrap().is_some();
            assert_eq!(records::numbers::<T>(ctx, &[&number]).await.unwrap().contains(&number), found);
            let mut tx = ctx.begin().await.unwrap();
            let inside = records::of_numbers_in::<T>(&mut tx, ctx, &[number]).await.unwrap();
            assert_eq!(inside.len(), usize::from(found));
            found
        }
        "list" => {
            let has = |rows: &[Stored<T>]| rows.iter().any(|row| row.head().id == head.id);
            let listed = has(&records::list::<T>(ctx, &Filter::default()).await.unwrap().rows);
            assert_eq!(has(&records::since::<T>(ctx, Timestamp::from_micros(0)).await.unwrap()), listed);
            assert_eq!(has(&records::of_keys::<T>(ctx, &[foreign.sort_key()]).await.unwrap()), listed);
            assert_eq!(records::titles::<T>(ctx).await.unwrap().iter().any(|(id, _)| *id == head.id), listed);
            listed
        }
        "count" => {
            let count = records::count::<T>(ctx, &Filter::default()).await.unwrap();
            let tally = records::tally::<T>(ctx, &Filter::default(), By::State).await.unwrap();
            assert_eq!(tally.values().sum::<u64>(), count);
            count > 1
        }
        "history" => !ledger::of_resource(ctx, T::TABLE, &head.id).await.unwrap().is_empty(),
        "save" => {
            let mut tx = ctx.begin().await.unwrap();
            match records::save(&mut tx, ctx, foreign, 1, Event::new("probe.changed", "改动")).await {
                Ok(_) => true,
                Err(Failure::Conflict) => false,
                Err(other) => panic!("{other:?}"),
            }
        }
        other => panic!("{other} has no look of its own"),
    }
}

/// Own and foreign rows of one table: another division, another department, too sensitive, another subject.
async fn table<T: On>(world: &World) {
    let own_subject = SubjectRef::Institution(Ctx::system(&world.app).new_id::<InstitutionId>());
    let other_subject = SubjectRef::Unregistered(Ctx::system(&world.app).new_id::<UnregisteredId>());
    let mut ctx = world.ctx("监督员甲", &[Role::Inspector]);
    ctx.scope = Scope {
        divisions: vec!["440402".parse().unwrap()],
        department: ctx.scope.department,
        sensitivity: Sensitivity::Case,
        subject: Some(own_subject),
    };
    let probe = |division: &str, department: &str, sensitivity, subject| Probe {
        subject: Some(subject),
        ..Probe::new(&ctx, division, department, sensitivity)
    };
    let own = keep::<T>(&ctx, probe("440402001", "health", Sensitivity::Case, own_subject)).await.unwrap();
    let foreign = [
        probe("440403", "health", Sensitivity::Case, own_subject),
        probe("4404", "health", Sensitivity::Case, own_subject),
        probe("440402", "insurance", Sensitivity::Case, own_subject),
        probe("440402", "health", Sensitivity::Secret, own_subject),
        probe("440402", "health", Sensitivity::Case, other_subject),
    ];
    for probe in foreign {
        let foreign = keep::<T>(&ctx, probe).await.unwrap();
        let system = Ctx::system(&world.app);
        assert!(records::get::<T>(&system, foreign.head().id).await.unwrap().is_some(), "the foreign row exists");
        for operation in OPERATIONS {
            assert!(!seen(&ctx, &foreign, operation).await, "{}.{operation} shows a foreign row", T::TABLE);
            drop_scope(world, Some(format!("{}.{operation}", T::TABLE)));
            assert!(seen(&ctx, &foreign, operation).await, "{}.{operation} has no scope that matters", T::TABLE);
            drop_scope(world, None);
        }
        assert!(records::get::<T>(&ctx, own.head().id).await.unwrap().is_some(), "the own row is seen");
        assert_eq!(records::count::<T>(&ctx, &Filter::default()).await.unwrap(), 1);
    }
}

fn drop_scope(world: &World, switch: Option<String>) {
    *world.app.dropped_scope.lock().unwrap() = switch;
}

both_databases! {
    async fn no_function_of_any_table_shows_a_foreign_row_and_each_clause_matters(world: World) {
        let world = &world;
        let tried = for_every_table!(table, world);
        assert_eq!(tried, TABLES.iter().map(|t| t.name()).collect::<Vec<_>>(), "every table is tried");
    }

    async fn everywhere_is_every_place(world: World) {
        let system = Ctx::system(&world.app);
        for place in ["11", "4404", "440402001", "99", "990101"] {
            let probe = Probe::new(&system, place, "health", Sensitivity::Secret);
            keep::<crate::probe::kinds::TASK>(&system, probe).await.unwrap();
        }
        assert_eq!(records::count::<crate::probe::kinds::TASK>(&system, &Filter::default()).await.unwrap(), 5);
        let mut less = system.clone();
        less.scope.divisions.retain(|division| division.as_str() != "99");
        assert_eq!(records::count::<crate::probe::kinds::TASK>(&less, &Filter::default()).await.unwrap(), 3);
    }

    async fn the_subject_file_is_scoped_too(world: World) {
        let subject = SubjectRef::Institution(Ctx::system(&world.app).new_id::<InstitutionId>());
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        for (department, division) in [("health", "440402"), ("insurance", "440402"), ("health", "3301")] {
            let probe = Probe { subject: Some(subject), ..Probe::new(&ctx, division, department, Sensitivity::Case) };
            keep::<crate::probe::kinds::TASK>(&ctx, probe).await.unwrap();
        }
        assert_eq!(ledger::of_subject(&Ctx::system(&world.app), subject, 10).await.unwrap().len(), 3);
        assert_eq!(ledger::of_subject(&ctx, subject, 10).await.unwrap().len(), 1);
        drop_scope(&world, Some("ledger.history".into()));
        assert_eq!(ledger::of_subject(&ctx, subject, 10).await.unwrap().len(), 3);
    }

    async fn a_department_that_takes_part_sees_the_row_and_what_happened_to_it(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let shared = |with: &[&str]| Probe {
            shared: with.iter().map(|id| DepartmentId::new(*id)).collect(),
            ..Probe::new(&ctx, "440402", "insurance", Sensitivity::Secret)
        };
        for probe in [shared(&[]), shared(&["market"]), shared(&["health2", "market"]), shared(&["heal"])] {
            let other = keep::<crate::probe::kinds::TASK>(&ctx, probe).await.unwrap();
            assert!(!seen(&ctx, &other, "get").await, "{:?} does not name the caller's department", other.0.shared);
        }
        let own = keep::<crate::probe::kinds::TASK>(&ctx, shared(&["market", "health"])).await.unwrap();
        for operation in ["get", "list", "by_number", "history", "save"] {
            assert!(seen(&ctx, &own, operation).await, "{operation}");
        }
        let mut tx = ctx.begin().await.unwrap();
        let alone = crate::probe::kinds::TASK(Probe { shared: vec![], ..own.0.clone() });
        records::save(&mut tx, &ctx, &alone, 1, Event::new("probe.changed", "改动")).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!seen(&ctx, &own, "get").await, "no longer takes part");
    }

    async fn an_open_row_is_seen_by_every_department_of_the_place(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let probe = Probe::new(&ctx, "440402", "insurance", Sensitivity::Internal);
        keep::<crate::probe::kinds::INSTITUTION>(&ctx, probe).await.unwrap();
        assert_eq!(records::count::<crate::probe::kinds::INSTITUTION>(&ctx, &Filter::default()).await.unwrap(), 1);
    }
}
