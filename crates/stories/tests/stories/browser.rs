//! A browser as a person uses it: by what is written on the page, never by an address that the page does not show.

use crate::driver::Driver;
use crate::form::Form;
use crate::wait::until;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Widths at which pages are looked at.
const DESK: u32 = 1440;
const PHONE: u32 = 375;
/// A4 between its margins.
const PAPER: u32 = 718;
const LOWEST: u32 = 800;
const HIGHEST: u32 = 1600;

/// One browser; persons take turns in it, each with nothing of the one before.
pub struct Browser {
    client: Client,
    driver: Driver,
    root: String,
    pictures: Option<PathBuf>,
}

/// A text as an XPath literal.
pub fn literal(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

impl Browser {
    /// Starts one for the server at `root`; `None` where no browser is installed.
    pub async fn start(root: &str) -> Option<Self> {
        let (driver, client) = Driver::start().await?;
        let pictures = std::env::var_os("XINGJIAN_PICTURES").map(PathBuf::from);
        let browser = Self { client, driver, root: root.to_owned(), pictures };
        browser.size(DESK, LOWEST).await;
        Some(browser)
    }

    /// Makes the window so large, and waits until the page is laid out for it.
    async fn size(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let wanted = Some(json!([width, height]));
        let script = "return [window.innerWidth, window.innerHeight]";
        let laid_out = until(async || (self.script(script).await == wanted).then_some(()));
        assert!(laid_out.await.is_some(), "the window does not become {width} x {height}");
    }

    /// Ends the browser; dropping it does the same.
    pub async fn close(self) {
        // The driver's own drop ends the session too.
        let _ = self.client.close().await;
    }

    /// Runs a script of the test; `None` while a page is on its way.
    pub async fn script(&self, text: &str) -> Option<Value> {
        self.client.execute(text, vec![]).await.ok()
    }

    /// Everything that can be read on the page.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''").await;
        text.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Fails with what the page says.
    pub async fn fail(&self, why: &str) -> ! {
        let place = self.client.current_url().await.map_or_else(|error| error.to_string(), |url| url.to_string());
        let script =
            "return [...document.querySelectorAll('summary,button,legend,label')].map(x => x.innerText).join(' | ')";
        let controls = self.script(script).await.unwrap_or_default();
        panic!("{why}\n--- {place}\n{}\n--- controls: {controls}", self.text().await)
    }

    /// Waits until the page shows the text.
    pub async fn see(&self, text: &str) {
        let wanted = squeezed(text);
        let seen = until(async || squeezed(&self.text().await).contains(&wanted).then_some(())).await;
        if seen.is_none() {
            self.fail(&format!("the page does not show “{text}”")).await;
        }
    }

    /// The page, as it is now, does not show the text.
    pub async fn miss(&self, text: &str) {
        if squeezed(&self.text().await).contains(&squeezed(text)) {
            self.fail(&format!("the page shows “{text}”")).await;
        }
    }

    /// Looks at the page again and again until it shows the text: something is being done behind it.
    pub async fn see_in_time(&self, text: &str) {
        let wanted = squeezed(text);
        let seen = until(async || {
            if squeezed(&self.text().await).contains(&wanted) {
                return Some(());
            }
            self.settle(self.client.refresh().await).await;
            None
        });
        if seen.await.is_none() {
            self.fail(&format!("the page does not come to show “{text}”")).await;
        }
    }

    /// The control at an XPath, once it is there.
    pub async fn find(&self, xpath: &str, what: &str) -> Element {
        match until(async || self.client.find(Locator::XPath(xpath)).await.ok()).await {
            Some(element) => element,
            None => self.fail(&format!("the page has no {what}")).await,
        }
    }

    /// Presses something that does not lead to another page.
    pub async fn press(&self, element: &Element, what: &str) {
        if let Err(error) = element.click().await {
            self.fail(&format!("{what} cannot be pressed: {error}")).await;
        }
    }

    /// Presses something that leads to another page, and waits for that page.
    pub async fn leave_by(&self, element: &Element, what: &str) {
        self.script("window.leftBehind = true").await;
        self.press(element, what).await;
        self.arrive(what).await;
    }

    /// Waits for another page than the one that was left behind.
    async fn arrive(&self, what: &str) {
        let arrived = until(async || {
            let arrived = self.script("return !window.leftBehind && document.readyState === 'complete'").await;
            (arrived == Some(Value::Bool(true))).then_some(())
        });
        if arrived.await.is_none() {
            self.fail(&format!("{what} leads nowhere")).await;
        }
    }

    /// Runs a script that may lead to another page and says whether it does; waits for that page.
    pub async fn sends(&self, script: &str) -> bool {
        self.script("window.leftBehind = true").await;
        let sent = self.script(script).await == Some(Value::Bool(true));
        if sent {
            self.arrive("the form").await;
        }
        sent
    }

    /// Presses the mouse at the point of the window that a script returns, and waits for the page that this leads to.
    pub async fn leave_by_point(&self, script: &str, what: &str) {
        let Some(Value::Array(point)) = self.script(script).await else {
            self.fail(&format!("there is no {what}")).await
        };
        self.script("window.leftBehind = true").await;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let mouse = json!({"type": kind, "x": point[0], "y": point[1], "button": "left", "clickCount": 1});
            self.driver.devtools("Input.dispatchMouseEvent", &mouse);
        }
        self.arrive(what).await;
    }

    /// Prints the page; the PDF.
    pub fn print(&self) -> Vec<u8> {
        let printed = self.driver.devtools("Page.printToPDF", &json!({"paperWidth": 8.27, "paperHeight": 11.69}));
        let data = printed["data"].as_str().expect("a PDF in base64");
        STANDARD.decode(data).expect("a PDF in base64")
    }

    /// Looks at the page as it is printed: nothing is cut off, who printed it stands above, and nothing that can only be pressed is left.
    pub async fn on_paper(&self, name: &str) {
        self.driver.devtools("Emulation.setEmulatedMedia", &json!({"media": "print"}));
        self.size(PAPER, HIGHEST).await;
        if let Some(wide) = self.too_wide().await {
            self.fail(&format!("wider than paper: {wide:#}")).await;
        }
        let left = "return [...document.querySelectorAll('button, nav, input, select')] \
            .filter(it => it.getBoundingClientRect().width > 1).map(it => it.outerHTML.slice(0, 80))";
        assert_eq!(self.script(left).await, Some(json!([])), "{name}: of no use on paper");
        let head = self.read("//*[contains(@class,'print-head')]").await;
        assert!(head.contains("打印人") && head.contains("打印时间"), "{name}: {head}");
        self.keep_picture(&format!("{name}-paper")).await;
        self.driver.devtools("Emulation.setEmulatedMedia", &json!({"media": ""}));
        self.size(DESK, LOWEST).await;
    }

    async fn keep_picture(&self, name: &str) {
        let Some(folder) = &self.pictures else { return };
        let picture = self.client.screenshot().await.expect("a picture is taken");
        std::fs::create_dir_all(folder).expect("the folder of pictures can be made");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a picture is kept");
    }

    /// Types keys into whatever has the focus, as on a keyboard.
    pub async fn keys(&self, keys: &str) {
        let typed = match self.client.active_element().await {
            Ok(element) => element.send_keys(keys).await,
            Err(error) => Err(error),
        };
        if let Err(error) = typed {
            self.fail(&format!("keys “{keys}” cannot be typed: {error}")).await;
        }
    }

    /// Types keys that lead to another page, and waits for that page.
    pub async fn leave_by_keys(&self, keys: &str) {
        self.script("window.leftBehind = true").await;
        self.keys(keys).await;
        self.arrive(&format!("keys “{keys}”")).await;
    }

    async fn settle<E: std::fmt::Debug>(&self, went: Result<(), E>) {
        if let Err(error) = went {
            self.fail(&format!("the page does not load: {error:?}")).await;
        }
    }

    /// Loads the page again, as it was asked for.
    pub async fn reload(&self) {
        self.settle(self.client.refresh().await).await;
    }

    /// Follows a link to another place of the page.
    pub async fn jump(&self, text: &str) {
        let link = self.find(&format!("//a[normalize-space(.)={}]", literal(text)), &format!("link “{text}”")).await;
        self.press(&link, &format!("link “{text}”")).await;
    }

    /// The place of the page that a link led to.
    pub async fn here(&self) -> String {
        let place = self.script("return decodeURIComponent(location.hash.slice(1))").await.unwrap_or_default();
        place.as_str().unwrap_or_default().to_owned()
    }

    /// What an element says.
    pub async fn read(&self, xpath: &str) -> String {
        self.find(xpath, xpath).await.text().await.unwrap_or_default()
    }

    /// Texts of the menu.
    pub async fn menu(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('nav.menu a')].map(x => x.innerText.trim())";
        let found = self.script(script).await.unwrap_or_default();
        found.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }

    /// Opens the start page of the site: the one address that is typed.
    pub async fn open_site(&self) {
        self.settle(self.client.goto(&self.root).await).await;
    }

    /// Opens an address that some page of the site leads to.
    pub async fn open(&self, path: &str) {
        let root = self.root.trim_end_matches('/');
        self.settle(self.client.goto(&format!("{root}{path}")).await).await;
    }

    /// Runs a script of the test that takes its time: it calls its last argument with what it found.
    pub async fn ask(&self, script: &str) -> Value {
        match self.client.execute_async(script, vec![]).await {
            Ok(found) => found,
            Err(error) => self.fail(&format!("a script of the test fails: {error}")).await,
        }
    }

    /// Does something as narrow as a phone and as wide as a desk.
    pub async fn at_both_widths(&self, mut look: impl AsyncFnMut()) {
        for width in [PHONE, DESK] {
            self.size(width, LOWEST).await;
            look().await;
        }
    }

    /// Opens a file of this machine, as somebody does who kept it.
    pub async fn open_file(&self, path: &Path) {
        self.settle(self.client.goto(&format!("file://{}", path.display())).await).await;
    }

    /// Follows a link by its text.
    pub async fn follow(&self, text: &str) {
        let xpath = format!("//a[normalize-space(.)={}]", literal(text));
        let link = self.find(&xpath, &format!("link “{text}”")).await;
        self.leave_by(&link, &format!("link “{text}”")).await;
    }

    /// Opens the row of a list that says all of this.
    pub async fn open_row(&self, says: &[&str]) {
        let tests: Vec<String> =
            says.iter().map(|text| format!("[contains(normalize-space(.),{})]", literal(text))).collect();
        let xpath = format!("//table[contains(@class,'rows')]//tr{}//a[1]", tests.concat());
        let link = self.find(&xpath, &format!("row “{}”", says.join("”, “"))).await;
        self.leave_by(&link, &format!("row “{}”", says.join("”, “"))).await;
    }

    /// Somebody sits down: nothing of the person before, the site's start page, the door for staff, the own login.
    pub async fn sign_in(&self, login: &str) {
        self.settle(self.client.delete_all_cookies().await).await;
        self.open_site().await;
        self.follow("登录").await;
        let form = self.form("登录");
        form.fill("登录名", login).await;
        form.fill("密码", xingjian_web::DEMO_PASSWORD).await;
        form.send().await;
        self.see("退出").await;
    }

    /// Nobody in particular sits down, at the start page of the site.
    pub async fn be_visitor(&self) {
        self.settle(self.client.delete_all_cookies().await).await;
        self.open_site().await;
    }

    /// Goes to the start page by the name of the program above every page.
    pub async fn go_home(&self) {
        let brand = self.find("//a[contains(@class,'brand')]", "name of the program").await;
        self.leave_by(&brand, "name of the program").await;
    }

    /// The form that this button sends.
    pub fn form(&self, button: &str) -> Form<'_> {
        Form::page(self, button)
    }

    /// Something that can be done on a file, by the text of its button.
    pub fn act(&self, label: &str) -> Form<'_> {
        Form::act(self, label)
    }

    /// Does something that asks nothing.
    pub async fn simply(&self, label: &str) {
        self.act(label).send().await;
    }

    /// Nothing on the page is wider than a phone, and a picture of it where pictures are wanted.
    pub async fn look(&self, name: &str) {
        for width in [DESK, PHONE] {
            self.size(width, LOWEST).await;
            if width == PHONE {
                self.fits_a_phone().await;
            }
            if self.pictures.is_none() {
                continue;
            }
            let tall = self.script("return document.documentElement.scrollHeight").await;
            let tall = tall.and_then(|tall| tall.as_u64()).and_then(|tall| u32::try_from(tall).ok()).unwrap_or(HIGHEST);
            self.size(width, tall.clamp(LOWEST, HIGHEST)).await;
            self.script(
                "document.activeElement.blur(); window.scrollTo(0, 0); \
                 document.querySelectorAll('.file-acts').forEach(x => x.scrollTo(0, 0))",
            )
            .await;
            self.keep_picture(&format!("{name}-{width}")).await;
        }
        self.size(DESK, LOWEST).await;
    }

    /// Looks at the page on a phone, and goes back to the desk.
    pub async fn fits(&self) {
        self.size(PHONE, LOWEST).await;
        self.fits_a_phone().await;
        self.size(DESK, LOWEST).await;
    }

    /// Nothing scrolls sideways; what does is named.
    async fn fits_a_phone(&self) {
        if let Some(wide) = self.too_wide().await {
            self.fail(&format!("wider than a phone: {wide:#}")).await;
        }
    }

    /// What is wider than the window.
    pub async fn too_wide(&self) -> Option<Value> {
        let script = "const wide = document.documentElement.scrollWidth > window.innerWidth; \
             return wide ? [...document.querySelectorAll('body *')] \
               .filter(x => x.getBoundingClientRect().right > window.innerWidth + 1) \
               .map(x => x.tagName + '.' + x.className + ': ' + (x.textContent || '').trim().slice(0, 40)).slice(0, 8) : null";
        self.script(script).await.filter(|wide| !wide.is_null())
    }
}
