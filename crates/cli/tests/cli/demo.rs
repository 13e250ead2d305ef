use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_cli::clock::{StoryClock, StoryRng};
use xingjian_cli::demo::{self, Demo, Progress, Size, Wanted};
use xingjian_cli::instance::Places;
use xingjian_kernel::{LocalDate, Role};
use xingjian_registry::account::Account;
use xingjian_registry::institution::Institution;
use xingjian_registry::practitioner::Practitioner;
use xingjian_sense::complaint::Complaint;
use xingjian_store::{App, Ctx, Filter, Keys, Record, records};
use xingjian_testkit::{Backend, TestDb, both_databases};

fn day(month: i8, day: i8) -> LocalDate {
    LocalDate::new(2026, month, day).unwrap()
}

/// The demonstration of a date on a database of its own.
async fn made(backend: Backend, name: &str, date: LocalDate) -> Option<(Demo, Arc<App>, TestDb)> {
    made_of(backend, name, date, Size::SMALL).await
}

async fn made_of(backend: Backend, name: &str, date: LocalDate, size: Size) -> Option<(Demo, Arc<App>, TestDb)> {
    let db = TestDb::new(backend, &format!("{name}{:x}", std::process::id())).await?;
    let policy = xingjian_policy::Policy::load(&xingjian_testkit::policy_dir(), "zhuhai").unwrap();
    let clock = Arc::new(StoryClock::at(size.start(date)));
    let rng = Arc::new(StoryRng::new(7));
    let keys = Keys::from_hex(&Keys::generate(&*rng)).unwrap();
    let app = App::new(db.db.clone(), Arc::new(policy), clock.clone(), rng, Arc::new(keys));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let claims = demo::ClaimsPlace { folder: folder.path().to_owned(), policy: xingjian_testkit::policy_dir() };
    let wanted = Wanted { city: "zhuhai", date, size };
    let demo = demo::fill(&app, &clock, &claims, &wanted, &Progress::silent()).await;
    let demo = demo.unwrap_or_else(|error| panic!("{error:?}"));
    Some((demo, app, db))
}

both_databases! {
    async fn the_same_date_gives_the_same_city(world: World) {
        let backend = if world.app.db.kind() == "sqlite" { Backend::Sqlite } else { Backend::Postgres };
        let (Some((one, app, _db)), Some((two, ..))) =
            (made(backend, "a", day(11, 21)).await, made(backend, "b", day(11, 21)).await) else { return };
        assert_eq!(one.last_entry, two.last_entry);
        assert_eq!(one.last_entry.len(), 66);
        assert_eq!(one.rows, two.rows);
        // Nothing is made where something is.
        let nowhere = demo::ClaimsPlace { folder: "".into(), policy: "".into() };
        let wanted = Wanted { city: "zhuhai", date: day(11, 21), size: Size::SMALL };
        let clock = StoryClock::at(day(11, 21));
        let refused = demo::fill(&app, &clock, &nowhere, &wanted, &Progress::silent()).await;
        assert!(matches!(refused, Err(demo::DemoError::DatabaseNotEmpty)), "{:?}", refused.err());
    }

    async fn nothing_invented_is_attached_to_anybody_real(world: World) {
        let backend = if world.app.db.kind() == "sqlite" { Backend::Sqlite } else { Backend::Postgres };
        let Some((demo, app, _db)) = made(backend, "c", day(11, 21)).await else { return };
        let ctx = Ctx::system(&app);
        let all = Filter { limit: 1000, ..Filter::default() };
        let institutions = records::list::<Institution>(&ctx, &all).await.unwrap().rows;
        let (invented, real): (Vec<_>, Vec<_>) = institutions.into_iter().partition(|i| i.demo);
        assert_eq!((invented.len(), real.len()), (60, app.policy.seed_institutions(day(11, 21)).len()));
        assert!(invented.iter().all(|i| i.details.name.starts_with("演示")));
        for real in &real {
            let d = &real.details;
            assert!(d.licence.is_none() && d.credit_code.is_none() && d.address.is_none() && d.telephone.is_none());
            let acts = xingjian_store::ledger::of_subject(&ctx, real.subject(), 10).await.unwrap();
            assert!(acts.iter().all(|act| act.kind == "institution.registered"), "{}: {acts:?}", d.name);
        }
        let practitioners = records::list::<Practitioner>(&ctx, &all).await.unwrap().rows;
        assert_eq!(practitioners.len(), 200);
        assert!(practitioners.iter().all(|p| p.citizen.is_none() && p.name.starts_with("演示")));
        let accounts = records::list::<Account>(&ctx, &all).await.unwrap().rows;
        for account in &accounts {
            for (a, b) in account.roles.iter().flat_map(|a| account.roles.iter().map(move |b| (a, b))) {
                assert_eq!(a.kept_apart(*b), None, "{}", account.login);
            }
        }
        assert!(accounts.iter().any(|a| a.roles.contains(&Role::Unit)));
        // Nobody has signed in since the story began: accounts that were not confirmed wait for their review.
        let waiting = accounts.iter().filter(|a| a.review_due().is_some_and(|due| due < demo.date)).count();
        assert!((1..accounts.len()).contains(&waiting), "{waiting}");
        let rows: BTreeMap<_, _> = demo.rows.into_iter().collect();
        for table in ["unregistered", "complaint", "signal", "task", "finding", "penalty_case", "demerit", "linkage", "publication", "paper"] {
            assert!(rows[table] > 0, "{table} is empty");
        }
    }
}

/// The day of a demonstration must not matter: week-ends, holidays, the turn of the year, a leap day.
#[test]
fn every_kind_of_day_can_be_shown() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for (name, date) in
            [("d", day(10, 4)), ("e", LocalDate::new(2027, 1, 1).unwrap()), ("f", LocalDate::new(2028, 2, 29).unwrap())]
        {
            let (demo, ..) = made(Backend::Sqlite, name, date).await.unwrap();
            assert_eq!(demo.date, date);
        }
    });
}

/// A slice of a full city: enough institutions and days for every kind of step.
const SLICE: Size = Size { institutions: 160, practitioners: 300, days: Some(165) };

async fn entries(app: &Arc<App>) -> Vec<String> {
    let rows = xingjian_store::ledger::recent(&Ctx::system(app), 1_000_000).await.unwrap();
    rows.into_iter().map(|row| row.entry).collect()
}

#[test]
fn a_year_beside_the_stories_is_the_same_for_the_same_date() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some((one, app, _one)) = made_of(Backend::Sqlite, "g", day(11, 21), SLICE).await else { return };
        let Some((two, again, _two)) = made_of(Backend::Sqlite, "h", day(11, 21), SLICE).await else { return };
        assert_eq!(one.rows, two.rows);
        // Every entry of the ledger, and with them whatever of it is public.
        let entries = [entries(&app).await, entries(&again).await];
        assert!(entries[0].len() > 2_000 && entries[0] == entries[1], "{:?}", entries.map(|entries| entries.len()));
        let rows: BTreeMap<String, i64> = one.rows.into_iter().collect();
        assert_eq!(
            (rows["institution"] - 160, rows["practitioner"]),
            (i64::try_from(app.policy.seed_institutions(day(11, 21)).len()).unwrap(), 300)
        );
        assert!(
            rows["message_import"] > 20
                && rows["complaint"] > 80
                && rows["task"] > 40
                && rows["finding"] > 10
                && rows["penalty_case"] > 6,
            "{rows:?}"
        );
        let ctx = Ctx::system(&app);
        // Whatever happens happens to somebody invented.
        for institution in records::all::<Institution>(&ctx, &Filter::default()).await.unwrap() {
            let acts = xingjian_store::ledger::of_subject(&ctx, institution.subject(), 2).await.unwrap();
            assert!(institution.demo || acts.len() == 1, "{}", institution.details.name);
        }
        // Open work stands at every stage, and some of it is late.
        let complaints =
            records::all::<Complaint>(&ctx, &Filter { open: Some(true), ..Filter::default() }).await.unwrap();
        let states: std::collections::BTreeSet<&str> = complaints.iter().map(|c| c.head().state).collect();
        assert!(states.len() >= 4, "{states:?}");
        assert!(complaints.iter().any(|complaint| complaint.head().due.is_some_and(|due| due < day(11, 21))));
    });
}

#[test]
fn a_demonstration_that_was_not_finished_is_not_gone_on_with() {
    let data = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(data.path().join("xingjian.db"), "").unwrap();
    let places = Places { data: data.path().to_owned(), policy: xingjian_testkit::policy_dir(), database: None };
    let wanted = Wanted { city: "zhuhai", date: day(11, 21), size: Size::SMALL };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refused = runtime.block_on(demo::make(&places, &wanted, &Progress::silent())).unwrap_err().to_string();
    assert!(refused.contains("没有做完的演示") && refused.contains(&*data.path().to_string_lossy()), "{refused}");
    assert_eq!(std::fs::read(data.path().join("xingjian.db")).unwrap(), b"", "it is as it was");
}
