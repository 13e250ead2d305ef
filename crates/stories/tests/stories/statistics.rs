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

/// A point within a bar of the picture of tasks: the same colour around it, and not that of ink or grid.
const BAR: &str = "const canvas = document.querySelector('#tasks canvas'); canvas.scrollIntoView({block: 'center'}); \
    const {width, height} = canvas, of = canvas.getContext('2d').getImageData(0, 0, width, height).data; \
    const colour = (x, y) => [...of.slice((y * width + x) * 4, (y * width + x) * 4 + 4)]; \
    const box = canvas.getBoundingClientRect(); \
    for (let y = 4; y < height - 4; y += 2) for (let x = 4; x < width - 4; x += 2) { \
        const [red, green, blue, seen] = colour(x, y), all = [red, green, blue]; \
        if (seen < 255 || Math.max(...all) - Math.min(...all) < 60) continue; \
        if ([[4, 0], [-4, 0], [0, 4], [0, -4]].some(([a, b]) => colour(x + a, y + b).join() !== colour(x, y).join())) continue; \
        return [box.left + x * box.width / width, box.top + y * box.height / height]; \
    } return null;";

/// How wide the pictures are when the page is printed, and afterwards.
const WIDTHS: &str = "const widths = () => [...document.querySelectorAll('[data-chart] canvas')].map(it => it.offsetWidth); \
    window.addEventListener('beforeprint', () => { window.printed = widths(); }); \
    window.addEventListener('afterprint', () => { window.afterwards = widths(); }); return widths();";

/// Printed, every picture has the width of the paper; afterwards the one it had.
async fn print(browser: &Browser) {
    let before = browser.script(WIDTHS).await;
    browser.print();
    let after = until(async || browser.script("return window.afterwards").await.filter(|it| !it.is_null()));
    assert_eq!(after.await, before);
    assert_eq!(browser.script("return window.printed").await, Some(json!([640, 640, 640, 640, 640])));
}

async fn tell(app: &StoryApp, browser: &Browser) {
    browser.sign_in("fuze").await;
    browser.see("在办和逾期").await;
    browser.look("40-leader").await;
    browser.follow("统计").await;
    let drawn = until(async || browser.script(DRAWN).await.filter(|found| *found != json!([])));
    let drawn = drawn.await.unwrap_or_default();
    assert_eq!(drawn, json!([["came", true], ["terms", true], ["tasks", true], ["cases", true], ["grades", true]]));
    browser.look("41-statistics").await;
    print(browser).await;
    let lists = "return [...document.querySelectorAll('#tasks tbody a')].map(it => it.getAttribute('href'))";
    let lists = browser.script(lists).await.unwrap_or_default();
    browser.leave_by_point(BAR, "a bar of the picture of tasks").await;
    let here = browser.script("return location.pathname + location.search").await.unwrap_or_default();
    assert!(lists.as_array().is_some_and(|all| all.contains(&here)), "{here} is not among {lists}");
    browser.follow("统计").await;
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
