//! A demonstration city: the real institutions of the pack by name and level only, and invented ones that say 演示.
//! Everything goes through the use cases that the pages call; the same date gives the same city.

mod city;
mod people;
mod progress;
mod story;

pub use city::Institutions;
pub use people::{PEOPLE, People};
pub use progress::Progress;
pub use story::Happened;
use story::Told;

use crate::clock::{StoryClock, StoryRng};
use crate::handover::HandoverError;
use crate::instance::{OpenError, Places, Settings};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{LocalDate, SubjectRef};
use xingjian_registry::account::Account;
use xingjian_store::{App, Ctx, Failure, Filter, Order, ledger, records};

/// Where a demonstration may tell what happens: a program on the same machine, so that an integrator can try.
const WEBHOOKS: &str = "# 演示：同一台机器上的接收程序\nhttp://127.0.0.1:9000\n";

/// Days that the story of the demonstration takes.
pub const STORY_DAYS: i32 = 110;

/// How large a demonstration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Invented institutions.
    pub institutions: usize,
    /// Invented practitioners.
    pub practitioners: usize,
    /// Days on which things happen all over the city; without them only the stories are told.
    pub days: Option<i32>,
}

impl Size {
    /// The stories, and something waiting for everybody.
    pub const SMALL: Self = Self { institutions: city::STORIES, practitioners: 200, days: None };
    /// A whole city and a year of it.
    pub const FULL: Self = Self { institutions: 1_200, practitioners: 8_000, days: Some(365) };

    /// So many times as many institutions and practitioners, and with them of what happens.
    #[must_use]
    pub const fn times(self, times: usize) -> Self {
        Self { institutions: self.institutions * times, practitioners: self.practitioners * times, ..self }
    }

    /// The first day of a demonstration of a date.
    pub fn start(&self, date: LocalDate) -> LocalDate {
        plus_days(date, -self.days.unwrap_or(STORY_DAYS).max(STORY_DAYS))
    }
}

/// The demonstration that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// City of the packs.
    pub city: &'a str,
    /// The date it is made for.
    pub date: LocalDate,
    /// How large it is.
    pub size: Size,
}

/// The demonstration cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The instance does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is an instance already, or what is left of a demonstration that was not finished.
    #[error("{0} 中已有数据，或者有一次没有做完的演示；请用 --data 换一个目录，或者确认其中没有需要的数据后移走该目录")]
    NotEmpty(String),
    /// There is something in the database already.
    #[error("数据库中已有数据，或者有一次没有做完的演示；请用 --database 换一个空的数据库")]
    DatabaseNotEmpty,
    /// The rules of the packs have faults.
    #[error("规则：{0}")]
    Rules(String),
    /// The claims were not handed over.
    #[error("演示的医保筛查未成功：{0}")]
    Claims(#[from] HandoverError),
    /// A step of the story was refused.
    #[error("演示步骤“{step}”未成功：{source}{}", faults(.source))]
    Step {
        /// The step.
        step: &'static str,
        /// Why.
        #[source]
        source: Failure,
    },
}

/// The faults of an input, each on a line.
fn faults(failure: &Failure) -> String {
    let Failure::Invalid(faults) = failure else { return String::new() };
    faults.iter().map(|fault| format!("\n{fault}")).collect::<Vec<_>>().concat()
}

/// What the demonstration holds; what `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Demo {
    /// City of the pack.
    pub city: String,
    /// The date it was made for.
    pub date: LocalDate,
    /// Rows by table.
    pub rows: Vec<(String, i64)>,
    /// What happened, step by step.
    pub happened: Vec<Happened>,
    /// What waits on each account's start page.
    pub due: Vec<Waiting>,
    /// Entry of the last act, in hexadecimal: equal for equal dates.
    pub last_entry: String,
}

/// What waits on the start page of one account.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// What is typed to sign in.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Roles.
    pub roles: Vec<&'static str>,
    /// Items, the first due first: the day and the line.
    pub items: Vec<(Option<LocalDate>, String)>,
}

/// Names the step that was refused.
pub(crate) trait Step<T> {
    /// Names the step.
    fn step(self, step: &'static str) -> Result<T, DemoError>;
}

impl<T> Step<T> for Result<T, Failure> {
    fn step(self, step: &'static str) -> Result<T, DemoError> {
        self.map_err(|source| DemoError::Step { step, source })
    }
}

/// Makes the demonstration city of a date in an empty place.
pub async fn make(places: &Places, wanted: &Wanted<'_>, progress: &Progress) -> Result<Demo, DemoError> {
    let Wanted { city, date, size } = *wanted;
    // What is written here is not durable before it is finished: no database that is there may be opened for it.
    if places.settings()?.is_some() || places.data.join("xingjian.db").exists() {
        return Err(DemoError::NotEmpty(places.data.display().to_string()));
    }
    let clock = Arc::new(StoryClock::at(size.start(date)));
    let seed = date.to_string().bytes().fold(0, |seed: u64, digit| seed * 31 + u64::from(digit));
    let app = places.open_unfinished(city, clock.clone(), Arc::new(StoryRng::new(seed))).await?;
    let claims = ClaimsPlace { folder: places.data.join("claims"), policy: places.policy.clone() };
    let demo = Box::pin(fill(&app, &clock, &claims, wanted, progress)).await?;
    if let Some(log) = app.log.get() {
        progress.part("存证日志");
        log.catch_up(&app).await.map_err(OpenError::from)?;
    }
    let list = places.data.join("webhooks");
    std::fs::write(&list, WEBHOOKS).map_err(|source| OpenError::File { path: list.display().to_string(), source })?;
    // It is an instance from here on: what was not durable before is now.
    places.finish(app.db.clone()).await?;
    places.settle(&Settings { city: city.to_owned(), demo: true, date: Some(date) })?;
    progress.end();
    Ok(demo)
}

/// What is there before anything happens: people, the registry, the institution's user and the released entries.
pub async fn ground(app: &Arc<App>, size: &Size) -> Result<(People, Institutions), DemoError> {
    let mut people = people::people(app, size.days.is_some()).await.step("建立账号")?;
    let institutions = city::institutions(app, &people, size).await.step("登记机构和人员")?;
    let (id, _) = institutions.0[story::GREAT];
    people.add_unit("jigou", "演示机构用户", SubjectRef::Institution(id)).await.step("建立账号")?;
    story::release(&people).await.step("放行政策条目")?;
    Ok((people, institutions))
}

/// One whole loop in an empty instance, from a complaint with this text to the answer.
pub async fn one_loop(app: &Arc<App>, clock: &StoryClock, text: &str) -> Result<Vec<Happened>, DemoError> {
    let (people, institutions) = ground(app, &Size::SMALL).await?;
    let nowhere = ClaimsPlace { folder: PathBuf::new(), policy: PathBuf::new() };
    let progress = &Progress::silent();
    let told = Told { app, clock, people: &people, institutions: &institutions, claims: &nowhere, progress };
    Box::pin(story::tell_loop(told, text)).await
}

/// Where the claims of the demonstration are made, and where the packs are whose rules screen them.
#[derive(Clone, Debug)]
pub struct ClaimsPlace {
    /// Folder of the claims of the instance.
    pub folder: PathBuf,
    /// Folder of the packs.
    pub policy: PathBuf,
}

/// Fills an empty instance whose clock is the story's.
pub async fn fill(
    app: &Arc<App>,
    clock: &StoryClock,
    claims: &ClaimsPlace,
    wanted: &Wanted<'_>,
    progress: &Progress,
) -> Result<Demo, DemoError> {
    let Wanted { city, date, size } = *wanted;
    if !ledger::recent(&Ctx::system(app), 1).await.step("查看数据库")?.is_empty() {
        return Err(DemoError::DatabaseNotEmpty);
    }
    progress.part("登记机构和人员");
    let (people, institutions) = ground(app, &size).await?;
    progress.part("一年中的事项");
    let told = Told { app, clock, people: &people, institutions: &institutions, claims, progress };
    let happened = Box::pin(story::tell(told, date, &size)).await?;
    progress.part("统计和待办");
    let rows = xingjian_store::table_sizes(&Ctx::system(app)).await.map_err(Failure::from).step("统计")?;
    let last = ledger::recent(&Ctx::system(app), 1).await.step("统计")?;
    Ok(Demo {
        city: city.to_owned(),
        date,
        rows: rows.into_iter().map(|(table, n)| (table.to_owned(), n)).collect(),
        happened,
        due: due(app).await.step("待办")?,
        last_entry: last.first().map(|row| row.entry.clone()).unwrap_or_default(),
    })
}

/// What waits for everybody, by login.
async fn due(app: &Arc<App>) -> Result<Vec<Waiting>, Failure> {
    let web =
        xingjian_web::Web { app: app.clone(), demo: true, behind_tls: false, webhooks: Arc::default(), oidc: None };
    let filter = Filter { limit: 200, order: Order::Title, ..Filter::default() };
    let mut all = vec![];
    for stored in records::list::<Account>(&Ctx::system(app), &filter).await?.rows {
        let account = stored.value;
        all.push(Waiting {
            login: account.login.clone(),
            name: account.name.clone(),
            roles: account.roles.iter().map(|role| role.label()).collect(),
            items: xingjian_web::waiting_for(&web, account).await?,
        });
    }
    // In the order of the loop; the institution's user, who came last, stays last.
    let place = |login: &str| PEOPLE.iter().position(|(known, ..)| *known == login).unwrap_or(usize::MAX);
    all.sort_by_key(|waiting| place(&waiting.login));
    Ok(all)
}
