//! The whole loop as everyone it needs, each with an own login, only by what the pages show: from an anonymous
//! complaint to its public consequence, and back to the visitor who reads the answer.

mod answer;
mod begin;
mod case;
mod consequence;
mod decision;
mod visit;

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use xingjian_testkit::Backend;

/// What the story is about.
const INSTITUTION: &str = "演示第一综合医院";
/// What the visitor saw.
const COMPLAINT: &str = "该院口腔科对外承包给个人经营，患者在科室单独缴费，拿到的收据不是医院的票据。";
/// What the officers find.
const FACTS: &str = "口腔科由院外人员承包经营，医院按月收取承包费。";

/// One telling.
struct Told<'a> {
    app: &'a StoryApp,
    browser: &'a Browser,
}

impl Told<'_> {
    /// Somebody signs in and finds this among what waits.
    async fn finds(&self, login: &str, row: &[&str]) {
        self.browser.sign_in(login).await;
        self.browser.see_in_time(row[0]).await;
        self.browser.open_row(row).await;
    }

    /// The other handler reads what was put down and signs it with an own login.
    async fn countersigned(&self, login: &str, act: &str, state: &str) {
        self.browser.see("待另一名承办人会签后生效").await;
        self.finds(login, &[INSTITUTION, "待您会签"]).await;
        self.browser.see(&format!("待会签：{act}")).await;
        self.browser.simply("会签").await;
        self.browser.see(&format!("案件现为“{state}”")).await;
    }
}

async fn tell(app: &StoryApp, browser: &Browser) {
    app.roles_are_kept_apart().await;
    let told = Told { app, browser };
    let receipt = begin::told(&told).await;
    visit::told(&told).await;
    case::told(&told).await;
    decision::told(&told).await;
    consequence::told(&told).await;
    answer::told(&told, &receipt).await;
    app.roles_are_kept_apart().await;
}

#[test]
fn on_sqlite() {
    story(Backend::Sqlite, Start::Ground, "loop-lite", tell);
}

#[test]
fn on_postgres() {
    story(Backend::Postgres, Start::Ground, "loop-pg", tell);
}
