//! A real message of a citizen goes through the whole loop, on both databases.

use std::path::Path;
use std::sync::Arc;
use xingjian_cli::clock::StoryClock;
use xingjian_cli::demo;
use xingjian_credit::demerit::Demerit;
use xingjian_credit::grade;
use xingjian_credit::linkage::Linkage;
use xingjian_enforce::case::Case;
use xingjian_govern::publication;
use xingjian_inspect::finding::Finding;
use xingjian_inspect::task::Task;
use xingjian_kernel::LocalDate;
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::Signal;
use xingjian_store::{App, Ctx, Filter, Record, Stored, ledger, records};
use xingjian_testkit::{both_databases, shared_data};

/// The first message about health that says what happened.
fn message(data: &Path) -> String {
    let path = data.join("sets/citizen_messages/messages_labelled_dev.csv");
    let mut table = csv::Reader::from_path(path).expect("the messages are there");
    let rows = table.records().map(|row| row.expect("a row of six columns"));
    let mut about_health = rows.filter(|row| &row[5] == "卫生计生").map(|row| format!("{}\n{}", &row[2], &row[4]));
    about_health.find(|text| text.chars().count() > 100).expect("somebody wrote about health")
}

/// The only record of its kind.
async fn only<T: Record>(ctx: &Ctx) -> Stored<T> {
    let mut found = records::list::<T>(ctx, &Filter { limit: 10, ..Filter::default() }).await.unwrap().rows;
    assert_eq!(found.len(), 1, "{}", T::TABLE);
    found.remove(0)
}

both_databases! {
    async fn a_real_message_goes_through_the_whole_loop(world: World) {
        let Some(data) = shared_data() else { return };
        let text = message(&data);
        let clock = Arc::new(StoryClock::at(LocalDate::new(2026, 5, 11).unwrap()));
        let now = &world.app;
        let app = App::new(now.db.clone(), now.policy.clone(), clock.clone(), now.rng.clone(), now.keys.clone());
        let happened = demo::one_loop(&app, &clock, &text).await.unwrap_or_else(|error| panic!("{error:?}"));
        assert!(happened.iter().any(|step| step.text.contains("由A降为B（800分），抽查比例由5%升为10%")), "{happened:?}");

        let ctx = Ctx::system(&app);
        let complaint = only::<Complaint>(&ctx).await;
        assert_eq!((complaint.text.as_str(), complaint.state.name()), (text.as_str(), "closed"));
        assert_eq!(only::<Signal>(&ctx).await.state.name(), "closed");
        assert_eq!(only::<Task>(&ctx).await.state.name(), "closed");
        assert_eq!(only::<Finding>(&ctx).await.state.name(), "settled");
        let case = only::<Case>(&ctx).await;
        assert_eq!((case.law.violation.as_str(), case.state.name()), ("YL-003", "closed"));
        assert_eq!(only::<Demerit>(&ctx).await.state_name(), "effective");
        assert_eq!(only::<Linkage>(&ctx).await.state_name(), "effected");

        // What anybody may read: the decision, the grade and the rate, and nothing of the message.
        let standing = grade::public_of(&app, &case.subject).await.unwrap();
        assert_eq!((standing.grade.as_str(), standing.sampling.unwrap().rate_percent), ("B", 10));
        let published = publication::public_of(&app, case.subject).await.unwrap();
        assert_eq!(published.len(), 2, "the inspection and the decision");
        let line: String = text.chars().take(20).collect();
        assert!(published.iter().flat_map(|p| &p.fields).all(|field| !field.text.contains(&line)));
        let (size, waiting) = ledger::state(&app).await.unwrap();
        assert!(size > 300 && waiting == 0, "{size} acts have their place in the log, {waiting} wait");
    }
}
