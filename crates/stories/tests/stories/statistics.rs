//! A head looks at what is late and at the figures, goes to the list behind a number, and takes a figure away.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use crate::wait::until;
use serde_json::json;
use xingjian_registry::export::Export;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::Backend;

/// Of each picture: its name, and whether anything is drawn in it.
const DRAWN: &str = "return [...document.querySelectorAll('[data-chart]')].map(figure => { \
    const canvas = figure.querySelector('canvas'); if (!canvas) return [figure.id, false]; \
    const points = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
    return [figure.id, points.some((point, at) => at % 4 === 3 && point > 0)]; })";

async fn tell(app: &StoryApp, browser: &Browser) {
    browser.sign_in("fuze").await;
    browser.see("在办和逾期").await;
    browser.look("40-leader").await;
    browser.follow("统计").await;
    let drawn = until(async || browser.script(DRAWN).await.filter(|found| *found != json!([])));
    let drawn = drawn.await.unwrap_or_default();
    assert_eq!(drawn, json!([["came", true], ["terms", true], ["tasks", true], ["cases", true], ["grades", true]]));
    browser.look("41-statistics").await;
    let row = "//section[@id='came']//tbody/tr[last()]";
    let month = browser.read(&format!("{row}/td[1]")).await;
    let counted = browser.read(&format!("{row}/td[4]")).await;
    browser.follow(&month).await;
    browser.see(&format!("共 {counted} 条")).await;
    browser.see(&format!("{month}登记")).await;
    browser.follow("统计").await;
    let button = browser.find("//section[@id='tasks']//button", "button").await;
    browser.press(&button, "导出 Excel").await;
    let taken = until(async || {
        records::all::<Export>(&Ctx::system(&app.app), &Filter::default()).await.ok()?.into_iter().next()
    });
    assert_eq!(taken.await.expect("the figure is taken away").list, "在办检查任务");
}

#[test]
fn a_head_sees_what_is_late_and_goes_to_it() {
    story(Backend::Sqlite, Start::Demo, "statistics", tell);
}
