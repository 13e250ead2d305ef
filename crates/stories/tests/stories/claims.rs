//! Claims screening on the demonstration city: from the run to one doctor's lines in four clicks, and the answer of the institution
//! that was asked.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use xingjian_testkit::Backend;

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

async fn tell(_: &StoryApp, browser: &Browser) {
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
}

#[test]
fn on_sqlite() {
    story(Backend::Sqlite, Start::Demo, "claims", tell);
}
