//! The file of a connected system.

use super::{PATH, key_page, scopes, standing, terms, terms_fields};
use crate::app::Web;
use crate::desk::{Tried, back, department, due_on, registry};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::table::{Cell, Table};
use crate::ui::{ActionForm, Badge, Clock, Field, FilePage, Kind, Layout, Line, Query, Section, TablePage, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_exchange::system::{self, ConnectedSystem, Terms};
use xingjian_exchange::webhook::delivery::{self, Delivery};
use xingjian_exchange::webhook::{self, Hosts, Webhook};
use xingjian_kernel::id::{AccountId, WebhookId};
use xingjian_kernel::time::plus_days;
use xingjian_store::{Ctx, Failure, Record, Stored, ledger, records};

/// Deliveries that are shown.
const SHOWN: u32 = 50;

pub async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

pub async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match perform(&web, &caller, &id, &action, &given).await {
        Ok(answer) => answer,
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(web: &Web, caller: &Caller, id: &str, action: &str, given: &Given) -> Result<Response, Failure> {
    let system: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
    let (ctx, seen) = (&caller.ctx, given.seen());
    let done = match action {
        "change" => {
            let mut faults = vec![];
            let terms = terms(given, ctx.today(), &mut faults);
            faults.extend(terms.faults(ctx.today()));
            if !faults.is_empty() {
                return Err(faults.into());
            }
            system::change(ctx, system, seen, terms).await.map(|_| "已变更")?
        }
        "revoke" => system::revoke(ctx, system, seen, given.text("reason")).await.map(|_| "已停用，密钥立即失效")?,
        "stop_webhook" => {
            let webhook = given.text("webhook").parse().map_err(|_| Failure::NotFound)?;
            webhook::stop(ctx, webhook).await.map(|_| "已停止订阅")?
        }
        "resend" => {
            let (webhook, delivery) = given.text("delivery").split_once('/').ok_or(Failure::NotFound)?;
            let ids =
                (webhook.parse().map_err(|_| Failure::NotFound)?, delivery.parse().map_err(|_| Failure::NotFound)?);
            webhook::resend(ctx, ids.0, ids.1).await.map(|()| "将重新投递")?
        }
        "end_previous" => system::end_previous(ctx, system, seen).await.map(|_| "原密钥已失效")?,
        "renew_key" => {
            // Nothing that cannot be read ends a key.
            let mut faults = vec![];
            let overlap = given.parsed("overlap", "不是可选的天数", "请从列表中选择", &mut faults);
            let overlap = overlap.ok_or(Failure::Invalid(faults))?;
            let issued = system::renew_key(ctx, system, seen, overlap).await?;
            return Ok(key_page(web, caller, "密钥已更换", issued));
        }
        _ => return Err(Failure::NotFound),
    };
    Ok(back(&format!("{PATH}/{id}"), done))
}

fn forms(caller: &Caller, system: &Stored<ConnectedSystem>) -> Vec<ActionForm> {
    let form =
        |name: &str, label: &str| ActionForm::new(name, label, format!("{PATH}/{}/{name}", system.id), system.version);
    let forms = system.open_actions(&caller.ctx.actor, caller.ctx.today()).into_iter().map(|name| match name {
        "change" => {
            let ConnectedSystem { contact, scopes, quota, valid_until, .. } = system.value.clone();
            terms_fields(form(name, "变更权限和期限"), &Terms { contact, scopes, quota, valid_until })
                .consequence("变更立即生效，密钥不变。")
        }
        "renew_key" => {
            let after = |days: i32| match days {
                0 => (days.to_string(), "立即失效（密钥泄露的）".to_owned()),
                _ => (days.to_string(), format!("再用{days}天，至{}", plus_days(caller.ctx.today(), days))),
            };
            form(name, "更换密钥")
                .secondary()
                .field(Field::new("overlap", "原密钥", Kind::Select(system::OVERLAPS.map(after).into())).value("7"))
                .consequence("新密钥只显示一次。对方换上以前，原密钥在所选期限内照常可用；比它更早的密钥立即失效。")
        }
        "end_previous" => form(name, "停用原密钥").secondary().consequence("原密钥立即失效，新密钥不受影响。"),
        _ => form(name, "停用")
            .secondary()
            .field(Field::new("reason", "理由", Kind::Text).hint("例如：对方系统下线、密钥泄露且不再需要接入。"))
            .consequence("停用后密钥立即失效，不能恢复；需要继续接入的重新登记。"),
    });
    forms.collect()
}

/// What the system is told, and how that went.
struct Told {
    webhooks: Vec<Stored<Webhook>>,
    deliveries: Vec<(WebhookId, Delivery)>,
}

impl Told {
    async fn of(ctx: &Ctx, system: AccountId) -> Result<Self, Failure> {
        let webhooks = webhook::all_of(ctx, system).await?;
        let mut deliveries = vec![];
        for webhook in &webhooks {
            let found = delivery::of(ctx, webhook, SHOWN).await?;
            deliveries.extend(found.into_iter().map(|delivery| (webhook.id, delivery)));
        }
        deliveries.sort_by_key(|(_, delivery)| std::cmp::Reverse(delivery.created_at));
        deliveries.truncate(SHOWN as usize);
        Ok(Self { webhooks, deliveries })
    }

    fn tables(&self, hosts: &Hosts) -> Vec<Table> {
        let origins = match hosts.origins() {
            none if none.is_empty() => "还没有。".to_owned(),
            origins => format!("{}。", origins.join("、")),
        };
        let note = format!(
            "只送到运维人员在实例目录的 webhooks 文件中列出的来源，现有：{origins}加一行后重启生效，写法见接口说明。"
        );
        let events =
            |webhook: &Webhook| webhook.events.iter().map(|event| event.label()).collect::<Vec<_>>().join("；");
        let webhooks = self.webhooks.iter().map(|webhook| {
            let state = match &webhook.stopped {
                Some(stopped) => Badge::new(format!("{}停止", stopped.on), "none"),
                None => Badge::new("在用", "done"),
            };
            vec![
                Cell::text(&webhook.url).note(events(webhook)),
                Cell::text(webhook.created_at.to_string()),
                Cell::State(state),
            ]
        });
        let deliveries = self.deliveries.iter().map(|(_, delivery)| {
            let next = delivery.next_at.map_or_else(String::new, |at| format!("下次{at}"));
            let state = match delivery.state.as_str() {
                "delivered" => Badge::new("已送达", "done"),
                "given_up" => Badge::new("已放弃", "bad"),
                _ => Badge::new("等待投递", "wait"),
            };
            let said = match delivery.status {
                Some(status) => format!("{status} {}", delivery.said),
                None => delivery.said.clone(),
            };
            vec![
                Cell::text(delivery.event.label()).note(delivery.id.to_string()),
                Cell::text(delivery.created_at.to_string()).note(next),
                Cell::Count(delivery.attempts.unsigned_abs()),
                if said.is_empty() { Cell::Missing("还没有答复") } else { Cell::text(said) },
                Cell::State(state),
            ]
        });
        vec![
            Table::new("webhooks", "事件订阅", &["接收的网址和事件", "订阅时间", "状态"])
                .note(note)
                .rows(webhooks)
                .empty("没有订阅。对方以接口订阅。"),
            Table::new("deliveries", "通知", &["事件和编号", "产生时间", "投递次数", "最近一次答复", "状态"])
                .rows(deliveries)
                .empty("还没有通知。"),
        ]
    }

    fn forms(&self, system: &Stored<ConnectedSystem>) -> Vec<ActionForm> {
        let form = |name: &str, label: &str| {
            ActionForm::new(name, label, format!("{PATH}/{}/{name}", system.id), system.version).secondary()
        };
        let mut forms = vec![];
        let open: Vec<_> = self.webhooks.iter().filter(|webhook| webhook.stopped.is_none()).collect();
        let again = self
            .deliveries
            .iter()
            .filter(|(of, delivery)| delivery.next_at.is_none() && open.iter().any(|webhook| webhook.id == *of));
        let again: Vec<(String, String)> = again
            .map(|(of, it)| (format!("{of}/{}", it.id), format!("{} {}", it.created_at, it.event.label())))
            .collect();
        if !again.is_empty() {
            forms.push(
                form("resend", "重新投递")
                    .field(Field::new("delivery", "通知", Kind::Select(again)))
                    .consequence("以原来的编号再投递一次，对方据此去重。"),
            );
        }
        if !open.is_empty() {
            let open = open.iter().map(|webhook| (webhook.id.to_string(), webhook.url.clone())).collect();
            forms.push(
                form("stop_webhook", "停止订阅")
                    .field(Field::new("webhook", "订阅", Kind::Select(open)))
                    .consequence("不再投递，等待投递的也放弃；对方可以重新订阅。"),
            );
        }
        forms
    }
}

fn sections(web: &Web, system: &ConnectedSystem) -> Vec<Section> {
    let quota = system.quota;
    let mut lines = vec![
        Line::new("系统名称", &system.name),
        Line::new("代表的部门", department(web, system.department.as_str())),
        Line::new("区划", registry::division(web, &system.division)),
        Line::new("负责人和联系方式", &system.contact),
        Line::new("权限范围", scopes(system)),
        Line::new("请求配额", format!("每分钟{}次，每日{}次", quota.per_minute, quota.per_day)),
        Line::new("密钥", format!("{}…，{}起使用", system.key_hint, system.key_since)),
        Line::new("有效期至", system.valid_until.to_string()),
    ];
    if let Some(it) = system.previous(web.app.clock.today()) {
        lines.push(Line::new("原密钥", format!("{}…，可用至{}", it.hint, it.until)));
    }
    if let Some(it) = &system.revoked {
        lines.push(Line::new("停用", format!("{} {}：{}", it.on, it.by, it.reason)));
    }
    vec![Section::new("接入系统", lines)]
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let keeper = system::keeping(&caller.ctx);
        let system = records::must::<ConnectedSystem>(&keeper, id).await?;
        let acts = ledger::of_resource(&keeper, ConnectedSystem::TABLE, id).await?;
        let told = Told::of(&caller.ctx, system.id).await?;
        Ok::<_, Failure>((system, acts, told))
    };
    let (system, acts, told) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(caller, &system);
    if system.revoked.is_none() {
        actions.extend(told.forms(&system));
    }
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let clock = |due| Clock { label: "密钥到期".into(), due, article: String::new(), estimated: false };
    let file = FilePage {
        layout: Layout::of(web, caller, &system.name, PATH).done(done),
        list: ("接入系统".into(), PATH.into()),
        title: system.name.clone(),
        number: String::new(),
        state: standing(web, &system),
        clocks: due_on(web, system.head().due).map(clock).into_iter().collect(),
        sections: sections(web, &system),
        acts: timeline(acts),
        waiting: vec![],
        actions,
        problem,
    };
    let page = TablePage { file, figures: vec![], chart: None, tables: told.tables(&web.webhooks) };
    html(Tried::status(tried.as_ref()), &page)
}
