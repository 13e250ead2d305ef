//! What screening of claims found, down to the doctor's lines; the institution answers, the claims are corrected, and the file says
//! what was withdrawn.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use std::collections::BTreeMap;
use xingjian_cli::handover::{Basis, hand_over};
use xingjian_screen::catalogue;
use xingjian_screen::claims::{Store, load, write};
use xingjian_screen::plan::Extracts;
use xingjian_screen::rule::Parameters;
use xingjian_screen::run;
use xingjian_sense::claims::service;
use xingjian_sense::signal::Signal;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{Backend, policy_dir};

/// The institution that has a login in the demonstration.
const INSTITUTION: &str = "演示第一综合医院";
/// A doctor of it with several hits.
const DOCTOR: &str = "DEMO00000D0000";
const ANSWER: &str = "已核对病历和医嘱，该次收费有医嘱，执行记录附后。";

/// What a correction took away.
struct Gone {
    /// The fee line.
    line: String,
    /// Name of the rule that hit it.
    rule: String,
    /// Month of the signal, as pages say it.
    month: String,
}

/// Takes a line of the institution out of the claims, screens again and hands the run over.
async fn correct(app: &StoryApp) -> Gone {
    let folder = app.claims();
    let ctx = Ctx::system(&app.app);
    let filter = Filter { text: Some(INSTITUTION.into()), states: vec!["replied".into()], ..Filter::default() };
    let mut found = None;
    for signal in records::all::<Signal>(&ctx, &filter).await.expect("signals are read") {
        let claims = signal.claims.as_ref().expect("it is from screening");
        // One of several rules, so that the signal stays.
        for group in claims.groups.iter().filter(|_| claims.groups.len() > 1) {
            let hits = service::evidence(&ctx, &group.evidence[0]).await.expect("evidence is read");
            if let [hit] = hits.as_slice()
                && let [line] = hit.lines.as_slice()
            {
                let (line, rule, month) = (line.id.clone(), group.name.clone(), claims.month.to_string());
                found = Some(Gone { line, rule, month });
            }
        }
    }
    let gone = found.expect("a hit of one line");
    let mut store = Store::open(&folder.join("store")).expect("the claims are there");
    for (month, mut files) in store.manifest.months.clone() {
        for (number, set) in files.buckets.clone().iter().enumerate() {
            let mut rows = load::month(&store.folder, set).expect("the month is read");
            let before = rows.lines.len();
            rows.lines.retain(|row| row.line != gone.line);
            if rows.lines.len() < before {
                let stem = format!("{month}/b{number:03}-v9");
                files.buckets[number] = write::month(&store.folder, &stem, &rows).expect("the month is written");
                store.put_month(&month, files.clone()).expect("the month is put in force");
            }
        }
    }
    let rules = catalogue::load(&policy_dir(), &["national"], &folder.join("none")).expect("the rules load");
    let months: Vec<String> = store.manifest.months.keys().cloned().collect();
    let parameters = Parameters::default();
    let (run, hits) = run::screen(&store, rules.clone(), parameters, &Extracts::default(), &months, 2)
        .expect("the claims are screened");
    let basis = Basis { rules: &rules, parameters: &parameters, definitions: &BTreeMap::new() };
    hand_over(&app.app, &store, basis, &run, &hits).await.expect("the run is handed over");
    gone
}

async fn told(app: &StoryApp, browser: &Browser) {
    // From the city to one doctor's lines.
    browser.sign_in("yibao").await;
    browser.follow("医保筛查").await;
    browser.see("启用规则命中").await;
    browser.look("80-screening").await;
    browser.follow(INSTITUTION).await;
    browser.see("各月涉及金额").await;
    browser.look("81-screening-institution").await;
    browser.follow(DOCTOR).await;
    browser.see("为什么命中").await;
    browser.see("费用明细").await;
    browser.look("82-screening-doctor").await;

    // The institution answers.
    browser.sign_in("jigou").await;
    browser.open_row(&["规则命中说明情况"]).await;
    let form = browser.act("提交说明");
    form.fill("说明内容", ANSWER).await;
    browser.look("83-screening-answer").await;
    form.send().await;
    browser.see("说明已收到").await;

    // The claims are corrected; the file of both sides says what was withdrawn.
    let gone = correct(app).await;
    browser.sign_in("yibao").await;
    browser.follow("医保筛查").await;
    browser.see("撤回命中1处").await;
    browser.follow("线索").await;
    browser.open_row(&[INSTITUTION, "待复核", &gone.month]).await;
    browser.see("数据更正").await;
    browser.see(&gone.rule).await;
    browser.look("84-screening-corrected").await;
    browser.follow("查看1处").await;
    browser.see(&gone.line).await;

    // A rule's page says how often its hits stood.
    browser.follow("医保规则").await;
    browser.see("复核属实").await;
    browser.look("85-claims-rules").await;
}

#[test]
fn on_sqlite() {
    story(Backend::Sqlite, Start::Demo, "screening", told);
}

#[test]
fn on_postgres() {
    story(Backend::Postgres, Start::Demo, "screening", told);
}
