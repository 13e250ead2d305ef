//! Somebody comes by the identity platform of the city, leaves it, and is told what is wrong where the platform names a stranger.

use crate::accessible::barriers;
use crate::app::{Start, story};
use crate::browser::Browser;
use xingjian_testkit::{Backend, axe_source};

const BUTTON: &str = "登录平台";

/// Goes to the platform and says there who one is.
async fn by_platform(browser: &Browser, person: &str) {
    browser.follow("通过统一身份认证登录").await;
    browser.see("演示认证平台").await;
    let form = browser.form(BUTTON);
    form.fill("账号", person).await;
    form.send().await;
}

/// The page keeps nobody out.
async fn look(browser: &Browser, axe: &str, name: &str) {
    browser.look(name).await;
    let found = barriers(browser, axe).await;
    assert!(found.is_empty(), "{name}: {found:#?}");
}

async fn tell(browser: &Browser, axe: &str) {
    browser.be_visitor().await;
    browser.follow("登录").await;
    look(browser, axe, "60-sign-in").await;
    by_platform(browser, "nobody").await;
    browser.see("没有可用的账号").await;
    look(browser, axe, "61-stranger").await;

    browser.be_visitor().await;
    browser.follow("登录").await;
    by_platform(browser, "shouli").await;
    browser.see("今日").await;
    browser.see("退出").await;
    browser.miss("密码").await;

    let button = browser.find("//button[normalize-space(.)='退出']", "button “退出”").await;
    browser.leave_by(&button, "退出").await;
    look(browser, axe, "62-left").await;
    browser.follow("同时退出统一身份认证").await;
    browser.see("已退出平台").await;
}

#[test]
fn who_has_a_login_at_the_platform_needs_none_here() {
    let Some(axe) = axe_source() else { return };
    story(Backend::Sqlite, Start::Platform, "identity", async |_, browser| tell(browser, &axe).await);
}
