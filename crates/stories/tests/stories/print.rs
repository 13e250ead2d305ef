//! What people take along on paper: a list, a file, a run of screening, a plan.

use crate::app::{Start, story};
use crate::browser::Browser;
use xingjian_testkit::Backend;

/// How many pages a PDF has.
fn pages(pdf: &[u8]) -> usize {
    assert!(pdf.starts_with(b"%PDF-"), "a PDF");
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page\n").count()
}

async fn printed(browser: &Browser, name: &str) {
    browser.on_paper(name).await;
    let pages = pages(&browser.print());
    assert!((1..20).contains(&pages), "{name}: {pages} pages");
}

async fn tell(browser: &Browser) {
    browser.sign_in("fuhe").await;
    browser.follow("投诉举报").await;
    printed(browser, "70-list").await;
    browser.open_row(&["待复核"]).await;
    printed(browser, "71-complaint").await;
    browser.sign_in("fazhi").await;
    browser.follow("处罚案件").await;
    browser.open_row(&["演示第二综合医院"]).await;
    printed(browser, "72-case").await;
    browser.sign_in("yibao").await;
    browser.follow("医保筛查").await;
    printed(browser, "73-screening").await;
}

#[test]
fn what_is_printed_has_everything_and_no_buttons() {
    story(Backend::Sqlite, Start::Demo, "print", async |_, browser| tell(browser).await);
}
