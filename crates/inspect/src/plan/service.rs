//! Use cases of yearly plans.

use super::outlook::Drawn;
use super::{Action, Facts, Outlook, Pack, Plan, PlannedTask, event};
use crate::base::Pool;
use crate::draw::drawn_of_plan;
use std::collections::BTreeSet;
use xingjian_draw::Rate;
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_registry::release;
use xingjian_store::ledger::{self, ShownRow};
use xingjian_store::{App, Ctx, Error, Failure, Filter, Order, Reading, Stored, Tx, records, tables};

/// A task of the version in force: inside the transaction of the draw, or for the form that prepares it.
pub async fn task(from: &mut Reading<'_>, ctx: &Ctx, id: PlanId, number: &str) -> Result<(Plan, PlannedTask), Failure> {
    let plan = from.must::<Plan>(ctx, id).await?.value;
    if plan.in_force().is_none() {
        let message = format!("“{}”尚未批准", plan.title);
        return Err(Refusal::new("plan_not_approved", message, "请由负责人批准年度计划后再抽取").into());
    }
    let task = plan.tasks_in_force().iter().find(|task| task.number == number).cloned();
    let task = task.ok_or_else(|| Fault::new("抽查任务", number, "不在年度计划内", "请从已批准的计划中选择"))?;
    Ok((plan, task))
}

/// Begins the plan of a year; a department has one.
pub async fn draw_up(ctx: &Ctx, year: i16, title: &str) -> Result<PlanId, Failure> {
    ctx.may(Permission::ProposeInspection)?;
    let division = ctx.policy().city.division.clone();
    let plan = Plan::draw_up(ctx.new_id(), (year, title), division, &ctx.actor, ctx.now())?;
    let mut tx = ctx.begin().await?;
    match records::insert(&mut tx, ctx, &plan, event::drawn_up(&plan)).await {
        Err(Failure::Exists) => {
            let message = format!("本部门已有{year}年度抽查计划");
            return Err(Refusal::new("plan_exists", message, "请在该计划中添加任务，已批准的请修订").into());
        }
        done => done?,
    }
    tx.commit().await?;
    Ok(plan.id)
}

/// Takes a step. `seen` is the version of the record that the page showed.
pub async fn act(ctx: &Ctx, id: PlanId, seen: i64, action: Action) -> Result<Stored<Plan>, Failure> {
    let mut tx = ctx.begin().await?;
    let plan = records::must_in::<Plan>(&mut tx, ctx, id).await?.value;
    if let Some(why) = plan.why_not(action.name(), &ctx.actor) {
        return Err(why.into());
    }
    let facts = facts_in(&mut tx, ctx, &plan, &action).await?;
    let next = plan.apply(action.clone(), &ctx.actor, &facts)?;
    let version = records::save(&mut tx, ctx, &next, seen, event::of(ctx, &next, &action)).await?;
    tx.commit().await?;
    Ok(Stored { version, value: next })
}

/// What a step needs to know.
async fn facts_in(tx: &mut Tx, ctx: &Ctx, plan: &Plan, action: &Action) -> Result<Facts, Failure> {
    let mut facts = Facts { now: ctx.now(), pack: pack(ctx)?, unmet: vec![], proof: None };
    if matches!(action, Action::Approve) {
        for entry in entries(plan) {
            release::require(tx, ctx, entry.0, &entry.1).await?;
        }
        let (outlook, _) = outlook_from(&mut Reading::Inside(tx), ctx, plan, &facts.pack).await?;
        (facts.unmet, facts.proof) = (outlook.unmet, Some(outlook.floor));
    }
    Ok(facts)
}

/// Entries of the policy pack that the approval rests on, table and id: what is looked at, and how often. The numbers
/// that only set a bound (floor, first line, leave) bind as they are: a stricter plan than the law asks for harms nobody.
pub fn entries(plan: &Plan) -> BTreeSet<(&'static str, String)> {
    let items = plan.tasks.iter().flat_map(|task| task.rules.items.values().flatten());
    items.map(|item| ("inspection_item", item.clone())).collect()
}

/// What the policy pack of today demands of a plan.
pub fn pack(ctx: &Ctx) -> Result<Pack, Failure> {
    let (policy, today) = (ctx.policy(), ctx.today());
    let number = |id: &str| {
        let found = policy.parameter(id, today).map(|parameter| parameter.value);
        found.and_then(|value| u16::try_from(value).ok()).ok_or_else(|| Error::Missing(format!("parameter {id}")))
    };
    let share = |id: &str| {
        let percent = number(id)?;
        Rate::from_percent(percent).map_err(|_| Error::Missing(format!("parameter {id} of at most 100")))
    };
    let rate = |percent: u16| Rate::from_percent(percent).unwrap_or(Rate::ALL);
    let rates = policy.sampling_rates(today).into_iter().map(|of| (of.grade.clone(), rate(of.rate_percent)));
    Ok(Pack {
        rates: rates.collect(),
        items: policy.inspection_items(today).iter().map(|item| item.id.clone()).collect(),
        departments: policy.departments(today).iter().map(|of| xingjian_kernel::DepartmentId::new(&*of.id)).collect(),
        officers: number("case_officers")?.into(),
        first_line: share("inspection_first_line")?,
        leave_days: number("inspection_leave_days")?.into(),
        floor: share("inspection_floor_levelled")?,
    })
}

/// What a plan comes to with the registry as it is.
pub async fn outlook(ctx: &Ctx, plan: &Plan) -> Result<(Outlook, Pool), Failure> {
    outlook_from(&mut Reading::Outside, ctx, plan, &pack(ctx)?).await
}

async fn outlook_from(from: &mut Reading<'_>, ctx: &Ctx, plan: &Plan, pack: &Pack) -> Result<(Outlook, Pool), Failure> {
    let mut drawn = Drawn::new();
    for (draw, objects) in drawn_of_plan(from, ctx, plan.id).await? {
        drawn.entry(draw.task.number).or_default().extend(objects);
    }
    let pool = Pool::read(from, ctx).await?;
    Ok((Outlook::of(plan, &pool, pack, &drawn), pool))
}

/// Every version of every plan that was approved, as the public reads it, with its row of the log: newest first.
pub async fn public_list(app: &std::sync::Arc<App>) -> Result<Vec<(PlanId, ShownRow)>, Failure> {
    let newest = Filter { order: Order::Newest, ..Filter::default() };
    let mut shown = vec![];
    for plan in records::all::<Plan>(&Ctx::system(app), &newest).await? {
        let rows = ledger::shown_of(app, tables::INSPECTION_PLAN, plan.id).await?;
        shown.extend(rows.into_iter().rev().map(|row| (plan.id, row)));
    }
    Ok(shown)
}
