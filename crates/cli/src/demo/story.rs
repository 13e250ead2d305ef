//! What happens in the demonstration: one loop from a complaint to its consequences, a smaller one beside it, and
//! work that waits for everybody. Every step is a use case that a page calls, by the person whose step it is.

mod draws;
mod loops;
mod screening;
mod steps;
mod waiting;

pub use loops::GREAT;

use super::city::Institutions;
use super::people::People;
use super::{ClaimsPlace, DemoError, Step};
use crate::clock::StoryClock;
use serde::Serialize;
use std::sync::Arc;
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
}

/// Tells the story: who does what on which day.
pub struct Teller<'a> {
    app: &'a Arc<App>,
    clock: &'a StoryClock,
    people: &'a People,
    institutions: &'a Institutions,
    start: LocalDate,
    claims: &'a ClaimsPlace,
    happened: Vec<Happened>,
}

impl<'a> Teller<'a> {
    /// Begins today.
    fn new(told: &Told<'a>) -> Self {
        let Told { app, clock, people, institutions, claims } = *told;
        Self { app, clock, people, institutions, start: clock.today(), claims, happened: vec![] }
    }
}

impl Teller<'_> {
    /// Goes to a day of the story, counted from its start, and lets the rooms catch up.
    async fn day(&self, day: i32) -> Result<(), Failure> {
        xingjian_govern::follow::settle(self.app).await?;
        self.clock.go_to(plus_days(self.start, day));
        Ok(())
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
pub(super) async fn tell(told: Told<'_>, date: LocalDate) -> Result<Vec<Happened>, DemoError> {
    let app = told.app;
    let mut teller = Teller::new(&told);
    teller.note(format!("演示法制审核员放行{}个未核实的政策条目", RELEASED.len()));
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
    let mut teller = Teller::new(&told);
    loops::great(&mut teller, text).await?;
    xingjian_govern::follow::settle(told.app).await.step("推进")?;
    Ok(teller.happened)
}

/// The legal reviewer releases what the story rests on.
pub(super) async fn release(people: &People) -> Result<(), Failure> {
    let legal = people.ctx("fazhi").await?;
    for (table, entry) in RELEASED {
        release::release(&legal, table, entry, "演示：假定已核对现行文件").await?;
    }
    Ok(())
}

impl Teller<'_> {
    /// The administrator confirms the accounts whose review is due, except two that are left for a look.
    async fn review_accounts(&mut self) -> Result<(), Failure> {
        let administrator = self.as_("guanli").await?;
        let filter = Filter { order: Order::Newest, limit: 100, ..Filter::default() };
        let accounts = records::list::<Account>(&administrator, &filter).await?.rows;
        let others = accounts.iter().filter(|account| Some(account.id) != administrator.actor.account);
        let mut kept = 0;
        for other in others.skip(2) {
            account::keep(&administrator, other.id, other.version).await?;
            kept += 1;
        }
        self.note(format!("演示系统管理员复核账号，确认保留{kept}个"));
        Ok(())
    }
}
