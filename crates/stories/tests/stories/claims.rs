//! Claims screening on the demonstration city: from the run to one doctor's lines in four clicks, the answer of the institution that
//! was asked, and what a correction of the claims takes away.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use std::collections::BTreeMap;
use xingjian_cli::handover::{Basis, MOST_HITS, hand_over};
use xingjian_screen::catalogue;
use xingjian_screen::claims::{Store, load, write};
use xingjian_screen::plan::Extracts;
use xingjian_screen::registrations;
use xingjian_screen::rule::Parameters;
use xingjian_screen::run;
use xingjian_sense::claims::service;
use xingjian_sense::signal::Signal;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{Backend, policy_dir};

/// The institution that has a login and was asked.
const INSTITUTION: &str = "演示第一综合医院";
/// What it says.
const ANSWER: &str = "已核对病历和医嘱，该项收费有当日医嘱，申请复核。";

/// From today to a doctor's lines; each step is one click.
async fn drill(browser: &Browser) {
    browser.sign_in("yibao").await;
    browser.follow("医保筛查").await;
    browser.see("去向合计与启用规则命中一致").await;
    browser.look("23-screening").await;
    browser.open_row(&[INSTITUTION]).await;
    browser.see("各月涉及金额").await;
    browser.look("24-screened").await;
    let doctor = browser.find("//section[@id='doctors']//tbody//a", "first doctor").await;
    browser.leave_by(&doctor, "first doctor").await;
    browser.see("为什么命中").await;
    browser.see("费用明细").await;
    browser.look("25-lines").await;
}

/// The rule behind a hit says what it is and how often it stood.
async fn rule(browser: &Browser) {
    let rule = browser.find("//article//h2//a", "rule of the first hit").await;
    browser.leave_by(&rule, "rule of the first hit").await;
    browser.see("命中条件").await;
    browser.see("复核属实率").await;
    browser.look("26-rule").await;
}

/// The institution reads its own lines and answers; where it stands does not say what follows.
async fn answer(browser: &Browser) {
    browser.sign_in("jigou").await;
    browser.open_row(&["医保筛查", "等待我单位说明"]).await;
    browser.follow("查看全部命中明细").await;
    browser.see("只显示本机构的明细").await;
    browser.look("27-own-lines").await;
    let back = browser.find("//p[@class='crumb']/a[last()]", "way back").await;
    browser.leave_by(&back, "way back").await;
    let form = browser.act("提交说明");
    form.fill("说明内容", ANSWER).await;
    browser.look("28-answer").await;
    form.send().await;
    browser.see("说明已提交").await;
    browser.see("已说明，等待复核").await;
}

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
    let doctors = registrations::read(&folder.join(registrations::FILE)).expect("the registrations are there");
    let extracts = Extracts { doctors: Some(doctors) };
    let (run, hits) =
        run::screen(&store, rules.clone(), parameters, &extracts, &months, 2, None).expect("the claims are screened");
    let basis = Basis { rules: &rules, parameters: &parameters, definitions: &BTreeMap::new() };
    hand_over(&app.app, &store, basis, &run, &hits, MOST_HITS).await.expect("the run is handed over");
    gone
}

/// The claims are corrected, and the file says which hit is no more.
async fn withdrawn(app: &StoryApp, browser: &Browser) {
    let gone = correct(app).await;
    browser.follow("医保筛查").await;
    browser.see("撤回命中1处").await;
    browser.open_row(&[INSTITUTION]).await;
    let signal = format!("//section[@id='signals']//tr[contains(.,'{}')]//a", gone.month);
    let signal = browser.find(&signal, "corrected signal").await;
    browser.leave_by(&signal, "corrected signal").await;
    browser.see("数据更正").await;
    browser.see(&gone.rule).await;
    browser.look("30-corrected").await;
    browser.follow("查看1处").await;
    browser.see(&gone.line).await;
}

async fn tell(app: &StoryApp, browser: &Browser) {
    drill(browser).await;
    rule(browser).await;
    answer(browser).await;
    browser.sign_in("yibao").await;
    browser.follow("医保筛查").await;
    browser.open_row(&[INSTITUTION]).await;
    let answered = browser.find("//section[@id='signals']//tr[contains(.,'待复核')]//a", "answered signal").await;
    browser.leave_by(&answered, "answered signal").await;
    browser.see("机构说明").await;
    browser.see(ANSWER).await;
    browser.look("29-review").await;
    withdrawn(app, browser).await;
}

#[test]
fn on_sqlite() {
    story(Backend::Sqlite, Start::Demo, "claims", tell);
}

#[test]
fn on_postgres() {
    story(Backend::Postgres, Start::Demo, "claims", tell);
}
