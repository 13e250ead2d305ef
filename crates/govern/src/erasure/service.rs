//! Use cases of erasures.

use super::store::key;
use super::target::{self, Found, Target};
use super::{Action, Ground, Request, State};
use serde_json::json;
use std::sync::Arc;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{EntryId, ErasureId};
use xingjian_kernel::time::{chinese, plus_days};
use xingjian_kernel::{Fault, LocalDate, Permission, Refusal, Timestamp};
use xingjian_policy::{Clock, Entry};
use xingjian_registry::release;
use xingjian_store::erasure::{Extent, Grounds};
use xingjian_store::{App, Ctx, Error, Event, Failure, Filter, Order, Stored, Tx, ledger, records, tables};

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Table of the record.
    pub resource: String,
    /// The record.
    pub id: String,
    /// How much.
    pub extent: Extent,
    /// The reason of the law.
    pub ground: Option<Ground>,
    /// Why in this case.
    pub reason: String,
}

/// Asks for an erasure.
pub async fn request(ctx: &Ctx, new: NewRequest) -> Result<ErasureId, Failure> {
    ctx.may(Permission::RequestErasure)?;
    let mut faults = vec![];
    if new.ground.is_none() {
        faults.push(Fault::new("ground", "", "没有选择", "请选择法律规定的删除事由"));
    }
    if new.reason.trim().is_empty() {
        faults.push(Fault::new(
            "reason",
            "",
            "没有填写",
            "请写明本件的情况，例如何人何时申请、核对了什么；不写要删除的内容本身",
        ));
    }
    let (Some(ground), true) = (new.ground, faults.is_empty()) else { return Err(faults.into()) };
    let account = ctx.actor.account.ok_or(Failure::Denied(Permission::RequestErasure))?;
    let mut tx = ctx.begin().await?;
    let found = target::find_in(&mut tx, ctx, &new.resource, &new.id).await?;
    let target = Target { resource: new.resource, id: new.id, label: found.label.clone() };
    check_in(&mut tx, ctx, &target, &found, ground).await?;
    let row_index = match new.extent {
        Extent::Row(row) => index_in(ctx, &target, row).await?,
        Extent::Record => None,
    };
    if records::by_number_in::<Request>(&mut tx, &ctx.seeing_all(), &key(&target)).await?.is_some() {
        let mend = "请在“治理 → 依法删除”中办理已有的一件";
        return Err(Refusal::new("open_already", "该记录已有一件删除事项在办", mend).into());
    }
    let request = Request {
        id: ctx.new_id(),
        target,
        extent: new.extent,
        row_index,
        ground,
        division: found.division,
        department: found.department,
        created_at: ctx.now(),
        state: State::Requested {
            by: account,
            by_name: ctx.actor.name.clone(),
            on: ctx.today(),
            reason: new.reason.trim().to_owned(),
        },
    };
    let text = format!("申请删除{}，事由：{}", request.title(), ground.shown());
    records::insert(&mut tx, ctx, &request, Event::new("erasure.requested", text).data(data(&request))).await?;
    tx.commit().await?;
    Ok(request.id)
}

fn data(request: &Request) -> serde_json::Value {
    json!({"target": request.target, "extent": request.extent, "ground": request.ground.code()})
}

/// The row must be one of the record that still has its content.
async fn index_in(ctx: &Ctx, target: &Target, row: EntryId) -> Result<Option<i64>, Failure> {
    let table = xingjian_store::TABLES.iter().find(|table| table.name() == target.resource);
    let rows = ledger::of_resource(ctx, *table.ok_or(Failure::NotFound)?, &target.id).await?;
    let row = rows.iter().find(|known| known.id == row).ok_or(Failure::NotFound)?;
    if row.erased.is_some() {
        return Err(Refusal::new("erased_already", "该条办理记录的内容已经删除", "不需要再申请").into());
    }
    Ok(row.index)
}

/// Whether the law lets it be erased now.
async fn check_in(tx: &mut Tx, ctx: &Ctx, target: &Target, found: &Found, ground: Ground) -> Result<(), Failure> {
    // Where a period runs from the end, what has no such day has not ended.
    let kept = ctx.policy().keeping(&target.resource, ctx.today()).is_some();
    if !found.ended || (kept && found.ended_on.is_none()) {
        let mend = "办结以后再申请；办理期间请限制查看范围";
        let why = format!("{}尚未办结，处理目的还没有实现", found.label);
        return Err(Refusal::by_law("still_open", "个人信息保护法第47条", why, mend).into());
    }
    match kept_until(ctx, &target.resource, found.ended_on)? {
        Some((clock, until)) if ctx.today() <= until.due => {
            // A period that nobody has read in the original keeps as well: only destroying needs certainty.
            let why = format!("{}保管至{}，期满前不得删除", found.label, chinese(until.due));
            let mend = "期满以后再申请。此前依个人信息保护法第47条第2款，除存储和必要的安全保护措施外停止处理";
            Err(Refusal::by_law("archive_period", &clock.article, why, mend).into())
        }
        Some((clock, _)) => {
            release::require_on(tx, ctx, "keeping", &target.resource, ctx.today()).await?;
            release::require_on(tx, ctx, "clock", &clock.id, ctx.today()).await
        }
        None if ground == Ground::Period => {
            let why = format!("政策包没有规定{}的保管期限", found.label);
            Err(Refusal::new("no_period", why, "请改选其他事由，或者先在政策包中规定保管期限").into())
        }
        None => Ok(()),
    }
}

/// Until when the records of a resource are kept that ended on a day: from the end of that year, as archives count.
fn kept_until<'a>(
    ctx: &'a Ctx,
    resource: &str,
    ended_on: Option<LocalDate>,
) -> Result<Option<(&'a Entry<Clock>, Deadline)>, Failure> {
    let keeping = ctx.policy().keeping(resource, ctx.today());
    let (Some(keeping), Some(ended)) = (keeping, ended_on) else { return Ok(None) };
    let missing = |what: String| Failure::from(Error::Missing(what));
    let year_end = LocalDate::new(ended.year(), 12, 31).map_err(|_| missing("the last day of a year".into()))?;
    let clock = ctx.policy().clock(&keeping.clock, ctx.today());
    let clock = clock.ok_or_else(|| missing(format!("clock {}", keeping.clock)))?;
    Ok(Some((clock, ctx.policy().calendar.deadline(year_end, clock.term))))
}

/// Acts on an erasure. Confirming it erases, in the same transaction; the bytes are given up soon after the commit (`store::erasure::destroy`).
pub async fn act(ctx: &Ctx, id: ErasureId, seen: i64, action: Action) -> Result<Stored<Request>, Failure> {
    let mut tx = ctx.begin().await?;
    let mut request = records::must_in::<Request>(&mut tx, ctx, id).await?.value;
    let name = action.name();
    let said = match &action {
        Action::Request { reason } | Action::Refuse { reason } => format!("，理由：{}", reason.trim()),
        Action::Keep { reason, until } => format!("至{}，理由：{}", chinese(*until), reason.trim()),
        Action::Confirm => format!("，事由：{}", request.ground.shown()),
    };
    request.state = request.state.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    if matches!(name, "request" | "confirm") {
        // As it stands now: the pack, the calendar and the record may have changed since it was asked for.
        let system = Ctx::system(&ctx.app);
        let found = target::find_in(&mut tx, &system, &request.target.resource, &request.target.id).await?;
        check_in(&mut tx, &system, &request.target, &found, request.ground).await?;
    }
    let (kind, verb) = match name {
        "request" => ("erasure.requested", "申请删除"),
        "keep" => ("erasure.kept", "继续保存"),
        "confirm" => ("erasure.confirmed", "确认删除"),
        _ => ("erasure.refused", "不予删除"),
    };
    let event = Event::new(kind, format!("{verb}{}{said}", request.title())).data(data(&request));
    let version = records::save(&mut tx, ctx, &request, seen, event).await?;
    if name == "confirm" {
        let act = ledger::last_in(&tx, tables::ERASURE, &id.to_string()).await?;
        let grounds = Grounds { act, reason: request.ground.shown() };
        target::erase_in(&mut tx, ctx, &request.target, request.extent, grounds).await?;
    }
    tx.commit().await?;
    Ok(Stored { version, value: request })
}

/// The erasures of a record, newest first.
pub async fn of_target(ctx: &Ctx, resource: &str, id: &str) -> Result<Vec<Stored<Request>>, Failure> {
    let text = Some(format!("{resource}/{id}"));
    records::all::<Request>(ctx, &Filter { text, order: Order::Newest, ..Filter::default() }).await
}

/// Warns the desks of records whose period of keeping ends soon or is over, each once; how many. Meant to run daily.
pub async fn warn_due(app: &Arc<App>) -> Result<usize, Failure> {
    let system = Ctx::system(app);
    let today = system.today();
    let mut warned = 0;
    for keeping in app.policy.keepings(today) {
        let clock = app.policy.clock(&keeping.clock, today).filter(|_| target::is_erasable(&keeping.id));
        let Some(clock) = clock else { continue };
        let before = i32::from(clock.warn_days.first().copied().unwrap_or_default());
        let mut after = None;
        'pages: loop {
            let page = target::oldest(&system, &keeping.id, after.as_ref()).await?;
            for (changed_at, id) in &page {
                // A record ended at the latest when it was changed last, so those after it are kept as long or longer.
                let changed = Timestamp::from_micros(*changed_at).local_date();
                if plus_days(today, before) < app.policy.calendar.deadline(changed, clock.term).due {
                    break 'pages;
                }
                warned += usize::from(warn(&system, (&keeping.id, &keeping.name), id, before).await?);
            }
            after = page.last().cloned();
            if after.is_none() {
                break;
            }
        }
    }
    Ok(warned)
}

/// Warns of one record if it is time; whether it did.
async fn warn(system: &Ctx, (resource, name): (&str, &str), id: &str, before: i32) -> Result<bool, Failure> {
    let last = of_target(system, resource, id).await?.into_iter().next();
    let longer = match last.map(|last| last.value.state) {
        // Erased once is erased; what is open is known to the desk.
        Some(State::Erased { .. } | State::Warned { .. } | State::Requested { .. }) => return Ok(false),
        Some(State::Kept { until, .. }) => Some(until),
        // Refused: the desk is asked anew, a year later.
        Some(State::Refused { on, .. }) => Some(plus_days(on, 365)),
        None => None,
    };
    let mut tx = system.begin().await?;
    let found = target::find_in(&mut tx, system, resource, id).await?;
    let Some((clock, until)) = kept_until(system, resource, found.ended_on)? else { return Ok(false) };
    let (article, until) = (clock.article.clone(), longer.map_or(until.due, |longer| longer.max(until.due)));
    if plus_days(system.today(), before) < until {
        return Ok(false);
    }
    let request = Request {
        id: system.new_id(),
        target: Target { resource: resource.to_owned(), id: id.to_owned(), label: found.label },
        extent: Extent::Record,
        row_index: None,
        ground: Ground::Period,
        division: found.division,
        department: found.department,
        created_at: system.now(),
        state: State::Warned { keeping: name.to_owned(), article, until },
    };
    let text = format!("提醒：{}的保管期限到{}为止，期满后删除或者继续保存", request.target.label, chinese(until));
    let event = Event::new("erasure.warned", text).data(data(&request));
    match records::insert(&mut tx, system, &request, event).await {
        Ok(()) => tx.commit().await?,
        // Another node was first.
        Err(Failure::Exists) => return Ok(false),
        Err(other) => return Err(other),
    }
    Ok(true)
}
