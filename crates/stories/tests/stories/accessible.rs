//! Every page of every door, opened by somebody who may see it and looked at by axe-core: nothing on it keeps people out.

mod pages;
mod walks;

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use pages::Page;
use serde_json::Value;
use std::collections::BTreeSet;
use xingjian_testkit::{Backend, axe_source};

/// Opens what is folded away, looks, and says what is serious: rule, where, and why.
const LOOK: &str = r"
    const done = arguments[arguments.length - 1];
    document.querySelectorAll('details').forEach(fold => { fold.open = true; });
    axe.run(document, { resultTypes: ['violations'] }).then(
      found => done(found.violations
        .filter(rule => rule.impact === 'serious' || rule.impact === 'critical')
        .flatMap(rule => rule.nodes.map(node =>
          rule.id + ' at ' + node.target.join(' ') + ': ' + node.html.slice(0, 160) + '\n    ' + node.failureSummary.replace(/\s*\n\s*/g, ' / ')))),
      fault => done(['axe-core: ' + fault]));
";

/// Sends the page's own form as it stands, past what the browser would say; whether there is one.
const SEND: &str = "const form = document.querySelector('main form.big[method=post]'); \
    if (form) { HTMLFormElement.prototype.submit.call(form); } return !!form";

/// What is wrong with the page as it is now.
pub async fn barriers(browser: &Browser, axe: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    browser
        .at_both_widths(async || {
            if browser.script("return typeof axe").await == Some(Value::from("undefined")) {
                browser.script(axe).await;
            }
            if let Some(wide) = browser.too_wide().await {
                found.insert(format!("wider than the window: {wide}"));
            }
            let told = browser.ask(LOOK).await;
            found.extend(told.as_array().into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned)));
        })
        .await;
    found
}

/// Looks, and keeps what was found with the place where it was.
struct Eye<'a> {
    browser: &'a Browser,
    axe: &'a str,
    looked: usize,
    faults: Vec<String>,
}

impl Eye<'_> {
    async fn look(&mut self, place: &str) {
        self.looked += 1;
        let found = barriers(self.browser, self.axe).await;
        self.faults.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
    }

    /// The same, with a picture where pictures are wanted.
    async fn show(&mut self, place: &str) {
        self.browser.look(&format!("50-{place}")).await;
        self.look(place).await;
    }
}

async fn tell(app: &StoryApp, browser: &Browser, axe: &str) {
    let mut eye = Eye { browser, axe, looked: 0, faults: vec![] };
    walks::told(app, browser, &mut async |place: &str| eye.show(place).await).await;
    let found = pages::found(app);
    let missing = found.missing();
    assert!(missing.is_empty(), "no page leads there, so nobody looked: {missing:#?}");
    let mut visitor = None;
    for Page { login, path } in &found.pages {
        if visitor != Some(login) {
            match login {
                Some(login) => browser.sign_in(login).await,
                None => browser.be_visitor().await,
            }
            visitor = Some(login);
        }
        let place = format!("{} {path}", login.unwrap_or("a visitor"));
        browser.open(path).await;
        eye.look(&place).await;
        if browser.sends(SEND).await {
            eye.look(&format!("{place}, sent as it stands")).await;
        }
    }
    walks::second_factor(app, browser, &mut async |place: &str| eye.show(place).await).await;
    println!("{} pages looked at by axe-core", eye.looked);
    assert!(eye.faults.is_empty(), "{} barriers:\n{}", eye.faults.len(), eye.faults.join("\n"));
}

#[test]
fn no_page_keeps_anybody_out() {
    let Some(axe) = axe_source() else { return };
    story(Backend::Sqlite, Start::Demo, "accessible", async |app, browser| tell(app, browser, &axe).await);
}
