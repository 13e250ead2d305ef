//! What happens in the demonstration: one loop from a complaint to its consequences, a smaller one beside it, and
//! work that waits for everybody. Every step is a use case that a page calls, by the person whose step it is.

mod draws;
mod loops;
mod screening;
mod steps;
mod waiting;
mod year;

pub use loops::GREAT;

use super::city::Institutions;
use super::people::People;
use super::progress::Progress;
use super::{ClaimsPlace, DemoError, STORY_DAYS, Size, Step};
use crate::clock::StoryClock;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Mutex;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Clock, LocalDate, SubjectRef};
use xingjian_registry::account::{self, Account};
use xingjian_registry::release;
use xingjian_store::{App, Ctx, Failure, Filter, Order, records};

/// A step that was taken.
#[derive(Clone, Debug, Serialize)]
pub struct Happened {
    /// The day.
    pub on: LocalDate,
    /// What.
    pub text: String,
}

/// Entries of the pack that the demonstration rests on and that are not verified: table and entry.
const RELEASED: &[(&str, &str)] = &[
    ("inspection_item", "YL01"),
    ("inspection_item", "YL02"),
    ("inspection_item", "CR05"),
    ("inspection_item", "YB01"),
    ("inspection_item", "YJ01"),
    ("clock", "complaint_reopen"),
    ("clock", "rectification"),
    ("clock", "statement"),
    ("parameter", "hearing_fine_institution"),
    ("parameter", "hearing_gains_institution"),
    ("discretion_band", "minor"),
    ("discretion_band", "ordinary"),
    ("demerit_item", "JG-11"),
    ("grade_model", "default"),
    ("sampling_rate", "sampling_A"),
    ("sampling_rate", "sampling_B"),
    ("linkage", "insurance_agreement"),
    ("publication_class", "decision"),
    ("publication_class", "decision_general"),
    ("publication_class", "inspection"),
];

/// What a story is told with.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The instance.
    pub app: &'a Arc<App>,
    /// Its clock.
    pub clock: &'a StoryClock,
    /// Who acts.
    pub people: &'a People,
    /// To whom.
    pub institutions: &'a Institutions,
    /// Where claims are made.
    pub claims: &'a ClaimsPlace,
    /// How far it is.
    pub progress: &'a Progress,
}

/// Tells the story: who does what on which day.
pub struct Teller<'a> {
    app: &'a Arc<App>,
    clock: &'a StoryClock,
    people: &'a People,
    institutions: &'a Institutions,
    start: LocalDate,
    claims: &'a ClaimsPlace,
    progress: &'a Progress,
    /// What goes on beside the stories, in a full city.
    year: Mutex<Option<year::Year>>,
    happened: Vec<Happened>,
}

impl<'a> Teller<'a> {
    /// The stories begin on a day; without a year beside them that is today.
    fn new(told: &Told<'a>, start: LocalDate, year: Option<year::Year>) -> Self {
        let Told { app, clock, people, institutions, claims, progress } = *told;
        let year = Mutex::new(year);
        Self { app, clock, people, institutions, start, claims, progress, year, happened: vec![] }
    }
}

impl Teller<'_> {
    /// Goes to a day of the story, counted from its start, and lets the rooms catch up.
    async fn day(&self, day: i32) -> Result<(), Failure> {
        let day = plus_days(self.start, day);
        if let Some(year) = &mut *self.year.lock().await {
            self.tell_until(year, day).await?;
        }
        xingjian_govern::follow::settle(self.app).await?;
        self.clock.go_to(day);
        Ok(())
    }

    /// Whether the list of a draw is fixed and its visits are not approved: nothing may change who was visited.
    async fn drawing(&self, drawing: bool) {
        if let Some(year) = &mut *self.year.lock().await {
            year.drawing = drawing;
        }
    }

    async fn as_(&self, login: &str) -> Result<Ctx, Failure> {
        self.people.ctx(login).await
    }

    fn clock_today(&self) -> LocalDate {
        self.clock.today()
    }

    fn note(&mut self, text: impl Into<String>) {
        self.happened.push(Happened { on: self.clock.today(), text: text.into() });
    }

    /// The invented institution of this number.
    fn institution(&self, number: usize) -> (SubjectRef, &str) {
        let (id, name) = &self.institutions.0[number];
        (SubjectRef::Institution(*id), name)
    }
}

/// Everything, up to the day of the demonstration.
pub(super) async fn tell(told: Told<'_>, date: LocalDate, size: &Size) -> Result<Vec<Happened>, DemoError> {
    let app = told.app;
    let year = size.days.map(|_| year::Year::new(told.clock.today(), told.institutions, super::city::STORIES));
    let mut teller = Teller::new(&told, plus_days(date, -STORY_DAYS), year);
    teller.day(0).await.step("推进")?;
    // What came into force since the year began.
    release(told.people).await.step("放行政策条目")?;
    let released = release::all(&Ctx::system(app)).await.step("放行政策条目")?.len();
    teller.note(format!("演示法制审核员放行{released}个未核实的政策条目"));
    loops::great(&mut teller, loops::COMPLAINT).await?;
    loops::small(&mut teller).await?;
    let last = xingjian_kernel::calendar::days_between(teller.start, date);
    let plan = draws::year(&mut teller).await?;
    waiting::work(&mut teller, last).await?;
    draws::ceremony_today(&mut teller, plan, last).await?;
    xingjian_govern::follow::daily(app).await.step("日终处理")?;
    xingjian_govern::follow::settle(app).await.step("日终处理")?;
    Ok(teller.happened)
}

/// The great loop alone, from a complaint with this text.
pub(super) async fn tell_loop(told: Told<'_>, text: &str) -> Result<Vec<Happened>, DemoError> {
    let mut teller = Teller::new(&told, told.clock.today(), None);
    loops::great(&mut teller, text).await?;
    xingjian_govern::follow::settle(told.app).await.step("推进")?;
    Ok(teller.happened)
}

/// The legal reviewer releases what the story rests on, as far as it is in force and was not released.
pub(super) async fn release(people: &People) -> Result<(), Failure> {
    let legal = people.ctx("fazhi").await?;
    let released = release::all(&legal).await?;
    for (table, entry) in RELEASED {
        let Some(head) = legal.policy().head(table, entry, legal.today()) else { continue };
        if released.iter().any(|r| r.table == *table && r.entry == *entry && r.entry_from == head.from) {
            continue;
        }
        release::release(&legal, table, entry, "演示：假定已核对现行文件").await?;
    }
    Ok(())
}

impl Teller<'_> {
    /// The administrator confirms the accounts whose review is due, except two that are left for a look.
    async fn review_accounts(&mut self) -> Result<(), Failure> {
        let kept = self.keep_accounts(2).await?;
        self.note(format!("演示系统管理员复核账号，确认保留{kept}个"));
        Ok(())
    }

    /// The administrator confirms all accounts but so many of the newest; how many that were.
    async fn keep_accounts(&self, but: usize) -> Result<usize, Failure> {
        let administrator = self.as_("guanli").await?;
        let filter = Filter { order: Order::Newest, limit: 100, ..Filter::default() };
        let accounts = records::list::<Account>(&administrator, &filter).await?.rows;
        let others = accounts.iter().filter(|account| Some(account.id) != administrator.actor.account);
        let mut kept = 0;
        for other in others.skip(but) {
            account::keep(&administrator, other.id, other.version).await?;
            kept += 1;
        }
        Ok(kept)
    }
}
