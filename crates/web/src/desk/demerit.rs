//! Demerit records at the desk: the notice, what the party says, the points and the account they go to.

pub mod account;
mod forms;
pub mod sections;

use super::links::{self, Ground};
use super::{Tried, back, badge, clock, department, due_on, more, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::{Clock, FilePage, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use forms::Facts;
use xingjian_credit::demerit::{self, Account, Action, Basis, Demerit, State as Stage};
use xingjian_kernel::id::DemeritId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_registry::release::Release;
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/demerits";
const READERS: Callers = Callers::Holding(&[Permission::ManageCredit]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Demerits>(READERS),
        vec![
            Route::get("/desk/demerits/{id}", READERS, show),
            Route::post("/desk/demerits/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

/// Whether the party has had its say: the term is over, or it waived the rest.
fn is_ready(demerit: &Demerit, today: LocalDate) -> bool {
    demerit.served().is_some_and(|notice| notice.waived_on.is_some() || today > notice.statement_due.due)
}

/// Whether the next act is the office's; while the term for a statement runs it is the party's.
fn is_ours(demerit: &Demerit, today: LocalDate) -> bool {
    match demerit.state {
        Stage::Proposed => true,
        Stage::Notified { .. } | Stage::Contested { .. } => is_ready(demerit, today),
        Stage::Effective { .. } | Stage::Revoked { .. } => false,
    }
}

fn row(web: &Web, stored: &Stored<Demerit>) -> Row {
    let today = web.app.clock.today();
    let (ours, open) = (is_ours(stored, today), !Demerit::SETTLED.contains(&stored.state_name()));
    let ready = is_ready(stored, today);
    let next = match (&stored.state, ready) {
        (Stage::Notified { .. }, true) => " · 陈述申辩已结束，可以生效",
        (Stage::Contested { .. }, true) => " · 陈述申辩已结束，待复核生效",
        _ => "",
    };
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.name.clone(),
        detail: format!("{} {} · {} 分{next}", stored.item, stored.behaviour, stored.points),
        state: badge(stored.state_label(), open, ours),
        owner: if open && !ours { "当事人".into() } else { department(web, stored.department.as_str()) },
        // Nothing is late when the party's term is over: it is the office's turn, without a term.
        due: due_on(web, stored.due().filter(|_| !ready)),
    }
}

/// Demerit records that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !caller.ctx.actor.may(Permission::ManageCredit) {
        return Ok(vec![]);
    }
    let today = web.app.clock.today();
    let (new, told) = Demerit::names_open_to(&caller.ctx.actor).into_iter().partition(|state| *state == "proposed");
    let found = open_in::<Demerit>(caller, new, Filter::default()).await?;
    // The term of a served notice ends with the party's say (`is_ready`): until then it is the party's turn.
    let ended = Filter { due_until: Some(today), ..Filter::default() };
    let found = found.and(open_in(caller, told, ended).await?);
    let ours = found.iter().filter(|d| is_ours(d, today));
    Ok(ours.map(|d| (d.due(), row(web, d))).chain(more::<Demerits, _>(&found)).collect())
}

/// The list of demerit records.
struct Demerits;

impl Listing for Demerits {
    type Item = Demerit;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/demerits/excel";
    const TITLE: &'static str = "不良执业行为记分";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[
            ("proposed", "拟记"),
            ("notified", "已告知"),
            ("contested", "申辩中"),
            ("effective", "生效"),
            ("revoked", "已撤销"),
        ])
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的记分。处罚决定送达后，案由对应记分情形的，系统自动拟记并出现在这里。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Demerit> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Demerit>]) -> Cells {
        Ok(matters(found, |stored| row(web, stored)))
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: DemeritId = id.parse().map_err(|_| Failure::NotFound)?;
    let action = read(action, given)?;
    let demerit = demerit::act(&caller.ctx, id, given.seen(), action).await?;
    Ok(match &demerit.state {
        Stage::Notified { notice } if notice.waived_on.is_none() => {
            format!("已送达{}，当事人可在{}前陈述申辩", notice.number, chinese(notice.statement_due.due))
        }
        Stage::Effective { points, .. } => format!("已生效，记{points}分，信用等级已重新评定"),
        Stage::Contested { notice, .. } if notice.waived_on.is_none() => "已登记陈述申辩".into(),
        Stage::Proposed | Stage::Notified { .. } | Stage::Contested { .. } => "已登记当事人不再陈述申辩".into(),
        Stage::Revoked { .. } => "已撤销".into(),
    })
}

fn read(action: &str, given: &Given) -> Result<Action, Failure> {
    let text = |name: &str| given.text(name).trim().to_owned();
    let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let mut faults = vec![];
    let action = match action {
        "notify" => {
            let served_on = given.date("served_on", &mut faults);
            served_on.map(|served_on| Action::Notify { served_on, late_reason: some("late_reason") })
        }
        "contest" => Some(Action::Contest { statement: text("statement") }),
        "waive" => Some(Action::Waive),
        "take_effect" => {
            let points = given.parsed("points", "不是分值", "请填写整数，例如 12", &mut faults);
            points.map(|points| Action::TakeEffect { points, reply: some("reply") })
        }
        "revoke" => Some(Action::Revoke { reason: text("reason") }),
        _ => return Err(Failure::NotFound),
    };
    action.ok_or_else(|| faults.into())
}

/// A demerit record with what its file shows.
struct File {
    demerit: Stored<Demerit>,
    acts: Vec<ledger::LedgerRow>,
    accounts: Vec<Account>,
    releases: Vec<Stored<Release>>,
    /// The decision behind it.
    decision: Option<Line>,
}

impl File {
    async fn of(web: &Web, caller: &Caller, id: &str) -> Result<Self, Failure> {
        let demerit = records::must::<Demerit>(&caller.ctx, id).await?;
        let decision = match &demerit.basis {
            Basis::Penalty { number, .. } | Basis::NotPunished { number, .. } => links::paper(caller, number).await?,
            Basis::NoPenaltyInLaw { .. } => None,
        };
        Ok(Self {
            acts: ledger::of_resource(&caller.ctx, Demerit::TABLE, id).await?,
            accounts: demerit::account_of(&caller.ctx, demerit.subject, web.app.clock.today()).await?,
            releases: links::releases(caller).await?,
            decision,
            demerit,
        })
    }

    /// Points that would still be added to the account.
    fn adding(&self) -> Option<u16> {
        (!Demerit::SETTLED.contains(&self.demerit.state_name())).then_some(self.demerit.points)
    }

    fn facts(&self, web: &Web) -> Facts {
        let today = web.app.clock.today();
        let item = Ground::of(web, &self.releases, "demerit_item", &self.demerit.item, today);
        let reached = self.adding().map(|adding| account::would_reach(&self.accounts, adding));
        Facts {
            missing: item.and_then(|item| item.missing("放行前记分不能生效")),
            reached: reached.unwrap_or_default(),
        }
    }

    fn sections(&self, web: &Web, caller: &Caller) -> Vec<Section> {
        let (demerit, today) = (&self.demerit, web.app.clock.today());
        let item = Ground::of(web, &self.releases, "demerit_item", &demerit.item, today);
        let mut behind: Vec<Line> = item.map(|item| item.line("记分标准")).into_iter().collect();
        behind.extend(demerit.basis.case().and_then(|case| links::case(caller, &case.to_string())));
        behind
            .extend(self.decision.as_ref().map(|d| Line::link(&d.label, &d.value, d.url.clone().unwrap_or_default())));
        let subject = links::subject(caller, demerit.subject, &demerit.name);
        let unit = department(web, demerit.department.as_str());
        let mut sections = vec![sections::found(demerit, subject, behind, unit)];
        sections.extend(sections::course(demerit, "/desk/papers"));
        sections.extend(account::sections(&self.accounts, self.adding(), |account| {
            let rule = Ground::of(web, &self.releases, "demerit_rule", &account.rule.id, today);
            rule.map(|rule| rule.line("周期和阈值依据"))
        }));
        sections
    }
}

/// The clock that runs: to tell the party, then for the party to speak.
pub fn clocks(web: &Web, demerit: &Demerit) -> Vec<Clock> {
    match &demerit.state {
        Stage::Proposed => vec![clock(web, "告知当事人", "demerit_notice", &demerit.notice_due)],
        Stage::Notified { notice } | Stage::Contested { notice, .. } if !is_ready(demerit, web.app.clock.today()) => {
            vec![clock(web, "陈述申辩", "demerit_statement", &notice.statement_due)]
        }
        _ => vec![],
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let file = match File::of(web, caller, id).await {
        Ok(file) => file,
        Err(failure) => return errors::failure(web, &failure),
    };
    let (demerit, facts) = (&file.demerit, file.facts(web));
    let mut actions = forms::forms(web, caller, demerit, &facts);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let (today, open) = (web.app.clock.today(), !Demerit::SETTLED.contains(&demerit.state_name()));
    let page = FilePage {
        layout: Layout::of(web, caller, &demerit.name, PATH).done(done),
        list: ("不良执业行为记分".into(), PATH.into()),
        title: format!("{}：{}", demerit.name, demerit.behaviour),
        number: demerit.served().map(|notice| notice.number.clone()).unwrap_or_default(),
        state: badge(demerit.state_label(), open, is_ours(demerit, today)),
        clocks: clocks(web, demerit),
        sections: file.sections(web, caller),
        waiting: forms::waiting(web, demerit, &facts),
        acts: timeline(file.acts),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}
