//! A served instance of its own for one story, with a clock that the story moves.

use crate::browser::Browser;
use crate::platform::{CLIENT, Platform, SECRET};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use xingjian_cli::clock::StoryClock;
use xingjian_cli::demo::{self, PEOPLE};
use xingjian_cli::serve::{Serving, serve_until};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Clock, LocalDate};
use xingjian_policy::Policy;
use xingjian_registry::account::Account;
use xingjian_store::{App, Ctx, Filter, Keys, records};
use xingjian_testkit::{Backend, TestDb, TestRng, policy_dir};
use xingjian_web::Web;
use xingjian_web::oidc::{Oidc, Settings};

/// What is in the instance when the story begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// People, institutions and released entries; nothing has happened.
    Ground,
    /// The same, and who has a login at an identity platform may come by it.
    Platform,
    /// The whole demonstration: everybody has something to do.
    Demo,
}

/// The instance.
pub struct StoryApp {
    /// The instance behind the pages, for asserting what no page shows.
    pub app: Arc<App>,
    clock: Arc<StoryClock>,
    /// Its port on this machine.
    pub port: u16,
    stop: Option<oneshot::Sender<()>>,
    claims: tempfile::TempDir,
    _db: TestDb,
}

/// A Monday within the official calendar.
fn first_day() -> LocalDate {
    LocalDate::new(2026, 5, 11).expect("a date that exists")
}

/// The runner that comes with cargo runs the stories of one process side by side; browsers take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells a story on a fresh instance; it says so where a database or a browser is missing.
pub fn story(backend: Backend, start: Start, name: &str, tell: impl AsyncFnOnce(&StoryApp, &Browser)) {
    let _turn = turn();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let name = format!("story-{name}-{}", std::process::id());
        let Some(db) = TestDb::new(backend, &name).await else { return };
        let mut app = StoryApp::new(db, start).await;
        if let Some(browser) = Browser::start(&format!("http://127.0.0.1:{}/", app.port)).await {
            tell(&app, &browser).await;
            browser.close().await;
        }
        app.end();
    });
}

/// An identity platform on this machine, as an operator would register it.
async fn platform(port: u16, clock: Arc<StoryClock>) -> Oidc {
    let redirect = format!("http://127.0.0.1:{port}/sign-in/oidc/return");
    let platform = Platform::start(clock, &redirect).await;
    let settings = Settings {
        issuer: platform.issuer.clone(),
        client_id: CLIENT.into(),
        secret_file: "oidc.secret".into(),
        redirect,
        claim: "sub".into(),
        through: None,
        label: "统一身份认证".into(),
    };
    Oidc::new(settings, SECRET).expect("settings that hold")
}

impl StoryApp {
    async fn new(db: TestDb, start: Start) -> Self {
        let policy = Policy::load(&policy_dir(), "zhuhai").unwrap_or_else(|faults| panic!("the packs: {faults:?}"));
        let clock = Arc::new(StoryClock::at(first_day()));
        let rng = Arc::new(TestRng::new(811));
        let keys = Keys::from_hex(&Keys::generate(&*rng)).expect("a generated key reads back");
        let app = App::new(db.db.clone(), Arc::new(policy), clock.clone(), rng, Arc::new(keys));
        let folder = tempfile::tempdir().expect("a temporary folder");
        match start {
            Start::Ground | Start::Platform => {
                drop(demo::ground(&app, &demo::Size::SMALL).await.expect("the ground is laid"));
            }
            Start::Demo => {
                let date = plus_days(first_day(), demo::STORY_DAYS);
                let claims = demo::ClaimsPlace { folder: folder.path().to_owned(), policy: policy_dir() };
                let wanted = demo::Wanted { city: "zhuhai", date, size: demo::Size::SMALL };
                let progress = demo::Progress::silent();
                drop(demo::fill(&app, &clock, &claims, &wanted, &progress).await.expect("the demonstration is told"));
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let (stop, stopped) = oneshot::channel();
        let until = async {
            // The story's end and its failure both drop the sender.
            let _ = stopped.await;
        };
        let oidc = if start == Start::Platform { Some(Arc::new(platform(port, clock.clone()).await)) } else { None };
        let web = Web { app: app.clone(), demo: true, behind_tls: false, webhooks: Arc::default(), oidc };
        let serving = Serving { listener, metrics: None, drain: std::time::Duration::ZERO };
        tokio::spawn(serve_until(web, serving, until));
        Self { app, clock, port, stop: Some(stop), claims: folder, _db: db }
    }

    /// Folder of the claims of the demonstration.
    pub fn claims(&self) -> &std::path::Path {
        self.claims.path()
    }

    fn end(&mut self) {
        drop(self.stop.take());
    }

    /// Today in the story.
    pub fn today(&self) -> LocalDate {
        self.clock.today()
    }

    /// Lets some days pass, once everything of today is done.
    pub async fn pass(&self, days: i32) {
        self.go_to(plus_days(self.today(), days)).await;
    }

    /// Goes to a later day.
    pub async fn go_to(&self, date: LocalDate) {
        xingjian_govern::follow::settle(&self.app).await.expect("the rooms follow");
        self.clock.go_to(date);
        xingjian_govern::follow::daily(&self.app).await.expect("the day begins");
        xingjian_govern::follow::settle(&self.app).await.expect("the rooms follow");
    }

    /// Every account.
    pub async fn accounts(&self) -> Vec<Account> {
        let filter = Filter { limit: 200, ..Filter::default() };
        let found = records::list::<Account>(&Ctx::system(&self.app), &filter).await.expect("accounts are read");
        found.rows.into_iter().map(|stored| stored.value).collect()
    }

    /// No login holds two roles that the law keeps apart.
    pub async fn roles_are_kept_apart(&self) {
        let accounts = self.accounts().await;
        assert_eq!(accounts.len(), PEOPLE.len() + 1, "one login each, and the institution's");
        for account in &accounts {
            for (at, one) in account.roles.iter().enumerate() {
                for other in &account.roles[at + 1..] {
                    assert_eq!(one.kept_apart(*other), None, "{} is {one:?} and {other:?}", account.login);
                }
            }
        }
    }
}
