//! A stretch of work without a mouse: signing in, the day, a complaint accepted, handled and answered, a list narrowed,
//! sorted and taken away. Wherever the focus goes, it can be seen.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use serde_json::Value;
use xingjian_registry::export::Export;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::Backend;

/// Keys as the driver names them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const SPACE: &str = " ";

/// More than any page has stops.
const STOPS: usize = 150;

/// What has the focus: its name, the row it stands in, whether it is in the page's own part, what it shows, and whether
/// somebody sees that it has the focus.
const FOCUS: &str = "
    const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e), row = e.closest('tr');
    const name = e === document.body ? '' : e.labels && e.labels.length ? e.labels[0].innerText : e.getAttribute('aria-label') || e.innerText || e.value || '';
    return [name.trim(), row ? row.innerText : '', !!e.closest('main'),
      e.tagName === 'SELECT' ? e.selectedOptions[0].text : e.type === 'radio' ? String(e.checked) : e.value || '',
      // Past the last stop the browser's own controls follow, then the page from its beginning.
      e === document.body || r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]";

struct Focus {
    name: String,
    row: String,
    main: bool,
    shows: String,
}

/// Somebody at the keyboard.
struct Hands<'a>(&'a Browser);

impl Hands<'_> {
    /// Where the focus is; fails where nobody could see it.
    async fn focus(&self) -> Focus {
        let found = self.0.script(FOCUS).await.unwrap_or_default();
        let text = |at: usize| found[at].as_str().unwrap_or_default().to_owned();
        if found[4] != Value::Bool(true) {
            self.0.fail(&format!("nobody sees that “{}” has the focus", text(0))).await;
        }
        Focus { name: text(0), row: text(1), main: found[2] == Value::Bool(true), shows: text(3) }
    }

    /// Goes on from stop to stop until one fits.
    async fn tab_until(&self, what: &str, fits: impl Fn(&Focus) -> bool) -> Focus {
        let mut stops = vec![];
        for _ in 0..STOPS {
            self.0.keys(TAB).await;
            let focus = self.focus().await;
            if fits(&focus) {
                return focus;
            }
            stops.push(focus.name);
        }
        self.0.fail(&format!("the keyboard does not get to {what}, only to {stops:?}")).await
    }

    /// Goes to something by its name.
    async fn tab_to(&self, name: &str) -> Focus {
        self.tab_until(&format!("“{name}”"), |focus| focus.name.starts_with(name)).await
    }

    /// Past the menu, into the page's own part.
    async fn skip(&self) {
        self.0.keys(TAB).await;
        let first = self.focus().await;
        assert_eq!(first.name, "跳到正文", "the first stop leads past the menu");
        self.0.keys(ENTER).await;
    }

    /// Follows a link, or presses a button.
    async fn enter(&self, name: &str) {
        self.tab_to(name).await;
        self.0.leave_by_keys(ENTER).await;
    }

    /// Opens the row that says all of this; the first stop past the skip link is in the page's own part.
    async fn open_row(&self, says: &[&str]) {
        self.skip().await;
        self.tab_until(&format!("the row {says:?}"), |focus| {
            assert!(focus.main, "“{}” stands before the page's own part", focus.name);
            says.iter().all(|text| focus.row.contains(text))
        })
        .await;
        self.0.leave_by_keys(ENTER).await;
    }

    async fn fill(&self, field: &str, text: &str) {
        self.tab_to(field).await;
        self.0.keys(text).await;
    }

    /// Chooses one of the circles of a group, from the first on downwards.
    async fn choose(&self, first: &str, wanted: &str) {
        let mut focus = self.tab_to(first).await;
        if focus.name.starts_with(wanted) {
            self.0.keys(SPACE).await;
        }
        for _ in 0..STOPS {
            focus = self.focus().await;
            if focus.name.starts_with(wanted) {
                assert_eq!(focus.shows, "true", "“{wanted}” is chosen");
                return;
            }
            self.0.keys(DOWN).await;
        }
        self.0.fail(&format!("arrows do not get to “{wanted}” but to “{}”", focus.name)).await;
    }

    /// Goes down in a list of choices.
    async fn select(&self, field: &str, wanted: &str) {
        let mut focus = self.tab_to(field).await;
        for _ in 0..STOPS {
            if focus.shows.starts_with(wanted) {
                return;
            }
            self.0.keys(DOWN).await;
            focus = self.focus().await;
        }
        self.0.fail(&format!("arrows do not get to “{wanted}” of “{field}” but to “{}”", focus.shows)).await;
    }

    async fn sign_in(&self, login: &str) {
        self.0.be_visitor().await;
        self.enter("登录").await;
        self.fill("登录名", login).await;
        self.fill("密码", xingjian_web::DEMO_PASSWORD).await;
        self.0.leave_by_keys(ENTER).await;
        self.0.see("今日").await;
    }
}

async fn accept(hands: &Hands<'_>) {
    hands.sign_in("shouli").await;
    hands.open_row(&["投诉举报", "待受理"]).await;
    hands.skip().await;
    hands.tab_to("受理并分派").await;
    hands.0.keys(ENTER).await;
    hands.choose("", "举报").await;
    hands.fill("认定为该类别的理由", "反映涉嫌违法行为，属举报").await;
    hands.select("事项", "依法执业").await;
    hands.enter("受理并分派").await;
    hands.0.see("已受理并按职责清单分派").await;
}

async fn handle(hands: &Hands<'_>) {
    hands.sign_in("chengban").await;
    hands.open_row(&["投诉举报", "待核查"]).await;
    hands.skip().await;
    // The heading folds the act; the button below it sends it.
    hands.tab_to("开始核查").await;
    hands.enter("开始核查").await;
    hands.0.see("核查中").await;
    hands.skip().await;
    hands.tab_to("提交答复").await;
    hands.0.keys(ENTER).await;
    hands.choose("", "属实").await;
    hands.fill("答复内容（反映人可见）", "经核查，您反映的情况属实，已责令改正。").await;
    hands.enter("提交答复").await;
    hands.0.see("待复核").await;
}

async fn list(app: &StoryApp, hands: &Hands<'_>) {
    let browser = hands.0;
    hands.enter("投诉举报").await;
    hands.enter("全部").await;
    hands.enter("登记日期").await;
    hands.skip().await;
    hands.fill("查找", "演示").await;
    browser.leave_by_keys(ENTER).await;
    browser.see("现在只看").await;
    for narrowed in ["全部 ×", "查找“演示” ×", "新的在前 ×"] {
        browser.see(narrowed).await;
    }
    hands.skip().await;
    hands.tab_to("导出 Excel").await;
    browser.keys(ENTER).await;
    let taken = crate::wait::until(async || {
        let all = records::all::<Export>(&Ctx::system(&app.app), &Filter::default()).await.ok()?;
        all.into_iter().next()
    });
    let taken = taken.await.expect("the list is taken away");
    assert_eq!((taken.list.as_str(), taken.filters.as_str()), ("投诉举报", "全部，查找“演示”，新的在前"));
    hands.enter("取消：查找“演示”").await;
    browser.miss("查找“演示” ×").await;
}

#[test]
fn a_stretch_of_work_is_done_with_the_keyboard_alone() {
    story(Backend::Sqlite, Start::Demo, "keyboard", async |app, browser| {
        let hands = Hands(browser);
        accept(&hands).await;
        handle(&hands).await;
        list(app, &hands).await;
    });
}
