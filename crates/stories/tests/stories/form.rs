//! A form as a person fills it in: by its labels.

use crate::browser::{Browser, literal};
use fantoccini::elements::Element;
use std::path::Path;

/// A form on the page.
pub struct Form<'a> {
    browser: &'a Browser,
    /// Where it is.
    root: String,
    /// What it is called, for messages and for its button.
    label: String,
    /// It stands behind a heading that opens it.
    folded: bool,
}

impl<'a> Form<'a> {
    /// The form with this button.
    pub fn page(browser: &'a Browser, button: &str) -> Self {
        let root = format!("//main//form[.//button[normalize-space(.)={}]]", literal(button));
        Self { browser, root, label: button.to_owned(), folded: false }
    }

    /// The act with this heading, which is also the text of its button.
    pub fn act(browser: &'a Browser, label: &str) -> Self {
        let root = format!("//details[summary[normalize-space(.)={}]]", literal(label));
        Self { browser, root, label: label.to_owned(), folded: true }
    }

    /// A part of the form: the first element of this kind that contains a heading with this text.
    pub fn part(&self, heading: &str) -> Self {
        let root = format!("{}//section[.//h3[contains(normalize-space(.),{})]]", self.root, literal(heading));
        Self { browser: self.browser, root, label: self.label.clone(), folded: false }
    }

    /// Opens it where it is folded away.
    pub async fn open(&self) {
        if !self.folded {
            return;
        }
        let details = self.browser.find(&self.root, &format!("act “{}”", self.label)).await;
        if details.attr("open").await.ok().flatten().is_none() {
            let summary = self.browser.find(&format!("{}/summary", self.root), "heading").await;
            self.browser.press(&summary, &format!("“{}”", self.label)).await;
        }
    }

    fn named(&self, field: &str) -> String {
        format!("field “{field}” in “{}”", self.label)
    }

    /// The control of a label.
    pub async fn control(&self, field: &str) -> Element {
        self.open().await;
        let label = format!("{}//label[@for][normalize-space(text()[1])={}]", self.root, literal(field));
        let label = self.browser.find(&label, &self.named(field)).await;
        let id = label.attr("for").await.ok().flatten().unwrap_or_default();
        self.browser.find(&format!("//*[@id={}]", literal(&id)), &self.named(field)).await
    }

    /// What stands in a field.
    pub async fn value(&self, field: &str) -> String {
        self.control(field).await.prop("value").await.ok().flatten().unwrap_or_default()
    }

    /// Types into a field instead of what is there.
    pub async fn fill(&self, field: &str, text: &str) -> &Self {
        let control = self.control(field).await;
        let typed = match control.clear().await {
            Ok(()) => control.send_keys(text).await,
            Err(error) => Err(error),
        };
        if let Err(error) = typed {
            self.browser.fail(&format!("{} cannot be typed into: {error}", self.named(field))).await;
        }
        self
    }

    /// Chooses a file of this machine.
    pub async fn put(&self, field: &str, file: &Path) -> &Self {
        if let Err(error) = self.control(field).await.send_keys(&file.to_string_lossy()).await {
            self.browser.fail(&format!("{} takes no file: {error}", self.named(field))).await;
        }
        self
    }

    /// Types into the one search field.
    pub async fn search(&self, text: &str) {
        let field = self.browser.find(&format!("{}//input[@type='search']", self.root), "search field").await;
        if let Err(error) = field.send_keys(text).await {
            self.browser.fail(&format!("the search field cannot be typed into: {error}")).await;
        }
    }

    /// Sets a date; how it is typed depends on the language of the browser.
    pub async fn date(&self, field: &str, date: &str) -> &Self {
        let id = self.control(field).await.attr("id").await.ok().flatten().unwrap_or_default();
        let script = format!(
            "const x = document.getElementById('{id}'); x.value = '{date}'; \
             x.dispatchEvent(new Event('input', {{bubbles: true}}))"
        );
        self.browser.script(&script).await;
        self
    }

    /// Chooses from a list the option that starts like this.
    pub async fn select(&self, field: &str, option: &str) -> &Self {
        let id = self.control(field).await.attr("id").await.ok().flatten().unwrap_or_default();
        let xpath =
            format!("//select[@id={}]//option[starts-with(normalize-space(.),{})]", literal(&id), literal(option));
        let what = format!("option “{option}” of {}", self.named(field));
        let option = self.browser.find(&xpath, &what).await;
        self.browser.press(&option, &what).await;
        self
    }

    /// Ticks a box or a circle whose text starts like this, unless it is ticked.
    pub async fn tick(&self, legend: &str, option: &str) -> &Self {
        self.open().await;
        let label = self.choice(legend, option);
        let what = format!("choice “{option}” of {}", self.named(legend));
        let input = self.browser.find(&format!("{label}/input"), &what).await;
        if !input.is_selected().await.unwrap_or_default() {
            let label = self.browser.find(&label, &what).await;
            self.browser.press(&label, &what).await;
        }
        self
    }

    /// Where the label of a choice is.
    fn choice(&self, legend: &str, option: &str) -> String {
        format!(
            "{}//fieldset[legend[normalize-space(text()[1])={}]]//label[starts-with(normalize-space(.),{})]",
            self.root,
            literal(legend),
            literal(option)
        )
    }

    /// Whether a choice is ticked.
    pub async fn ticked(&self, legend: &str, option: &str) -> bool {
        self.open().await;
        let input = format!("{}/input", self.choice(legend, option));
        self.browser.find(&input, &self.named(legend)).await.is_selected().await.unwrap_or_default()
    }

    /// Presses its button and waits for the page that follows.
    pub async fn send(&self) {
        self.open().await;
        let xpath = format!("{}//button[normalize-space(.)={}]", self.root, literal(&self.label));
        let button = self.browser.find(&xpath, &format!("button “{}”", self.label)).await;
        self.browser.leave_by(&button, &format!("button “{}”", self.label)).await;
    }
}
