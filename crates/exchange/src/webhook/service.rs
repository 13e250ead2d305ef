//! Use cases of webhooks: registered and stopped by the system, stopped and sent again also by whoever keeps systems.

use super::{EventKind, Hosts, Stopped, Webhook, delivery, secret_place, signature};
use crate::system::{self, ConnectedSystem};
use xingjian_kernel::id::{AccountId, DeliveryId, WebhookId};
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_store::{Ctx, Event, Failure, Filter, Order, Stored, records};

/// Webhooks of a system that are not stopped.
const MOST: usize = 10;

/// A webhook with the secret of its signatures, which is shown once.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secret.
    pub secret: String,
}

/// Registers a webhook of the calling system.
pub async fn register(
    ctx: &Ctx,
    system: &ConnectedSystem,
    hosts: &Hosts,
    (url, mut events): (String, Vec<EventKind>),
) -> Result<Registered, Failure> {
    let mut faults = vec![];
    if let Err(reason) = hosts.target(&url) {
        faults.push(Fault::new("/url", &url, reason.to_string(), reason.mend()));
    }
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        faults.push(Fault::new("/events", "", "没有选择事件", "请至少选择一种"));
    }
    for event in events.iter().filter(|event| !system.scopes.contains(&event.scope())) {
        let reason = format!("密钥没有权限范围 {}", event.scope().code());
        faults.push(Fault::new(
            "/events",
            event.code(),
            reason,
            "请去掉，或者请对方的安全管理员在“安全 → 接入系统”中授予",
        ));
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mine = all_of(ctx, system.id).await?;
    if mine.iter().filter(|webhook| webhook.stopped.is_none()).count() >= MOST {
        let message = format!("已经有{MOST}个订阅");
        return Err(Refusal::new("too_many_webhooks", message, "请先停止不再需要的").into());
    }
    let (id, secret) = (ctx.new_id(), signature::secret(&*ctx.app.rng));
    let names: Vec<&str> = events.iter().map(|event| event.code()).collect();
    let text = format!("订阅事件通知：{}，送到 {url}", names.join("、"));
    let webhook = Webhook {
        id,
        system: system.id,
        system_name: system.name.clone(),
        department: system.department.clone(),
        division: system.division.clone(),
        url,
        events,
        secret: ctx.app.keys.seal(&*ctx.app.rng, &secret_place(id), &secret),
        stopped: None,
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    records::insert(&mut tx, ctx, &webhook, Event::new("webhook.registered", text)).await?;
    tx.commit().await?;
    Ok(Registered { webhook, secret })
}

/// Every webhook of a system that the caller may see, newest first.
pub async fn all_of(ctx: &Ctx, system: AccountId) -> Result<Vec<Stored<Webhook>>, Failure> {
    let filter = Filter { owner: Some(system), order: Order::Newest, ..Filter::default() };
    records::all(&keeping(ctx), &filter).await
}

fn keeping(ctx: &Ctx) -> Ctx {
    if ctx.actor.may(Permission::ManageSystems) { system::keeping(ctx) } else { ctx.clone() }
}

/// The webhook, if it is the caller's to keep.
async fn kept(ctx: &Ctx, id: WebhookId) -> Result<Stored<Webhook>, Failure> {
    let webhook = records::must::<Webhook>(&keeping(ctx), id).await?;
    if webhook.is_kept_by(&ctx.actor) { Ok(webhook) } else { Err(Failure::NotFound) }
}

/// Stops it: nothing more is told, and what waits is given up. Twice is the same as once.
pub async fn stop(ctx: &Ctx, id: WebhookId) -> Result<Webhook, Failure> {
    let Stored { version, value } = kept(ctx, id).await?;
    if value.stopped.is_some() {
        return Ok(value);
    }
    let stopped = Some(Stopped { on: ctx.today(), by: ctx.actor.name.clone() });
    let webhook = Webhook { stopped, ..value };
    let mut tx = ctx.begin().await?;
    let event = Event::new("webhook.stopped", format!("停止事件通知：{}", webhook.url));
    records::save(&mut tx, &keeping(ctx), &webhook, version, event).await?;
    delivery::give_up_in(&mut tx, ctx, id).await?;
    tx.commit().await?;
    Ok(webhook)
}

/// Asks for a notification to try the receiver with.
pub async fn test(ctx: &Ctx, id: WebhookId) -> Result<Webhook, Failure> {
    let Stored { version, value } = open(ctx, id).await?;
    let mut tx = ctx.begin().await?;
    let event = Event::new("webhook.tested", format!("发送测试通知到 {}", value.url));
    records::save(&mut tx, &keeping(ctx), &value, version, event).await?;
    tx.commit().await?;
    Ok(value)
}

/// The webhook, if it is the caller's to keep and not stopped.
async fn open(ctx: &Ctx, id: WebhookId) -> Result<Stored<Webhook>, Failure> {
    let webhook = kept(ctx, id).await?;
    if webhook.stopped.is_some() {
        return Err(Refusal::new("stopped", "该订阅已停止", "需要继续接收的，请重新订阅").into());
    }
    Ok(webhook)
}

/// Sends something once more that was delivered or given up.
pub async fn resend(ctx: &Ctx, id: WebhookId, delivery: DeliveryId) -> Result<(), Failure> {
    let Stored { version, value } = open(ctx, id).await?;
    let mut tx = ctx.begin().await?;
    if !delivery::again_in(&mut tx, ctx, id, delivery).await? {
        return Err(Refusal::new("under_way", "该通知正在等待投递，不必重新投递", "请稍后查看投递结果").into());
    }
    let event = Event::new("webhook.resent", format!("重新投递通知 {delivery}"));
    records::save(&mut tx, &keeping(ctx), &value, version, event).await?;
    tx.commit().await?;
    Ok(())
}
