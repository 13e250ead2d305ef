//! The file of a connected system.

use super::{PATH, key_page, scopes, standing, terms, terms_fields};
use crate::app::Web;
use crate::desk::{Tried, back, department, due_on, registry};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::{ActionForm, Clock, Field, FilePage, Kind, Layout, Line, Query, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_exchange::system::{self, ConnectedSystem, Terms};
use xingjian_kernel::id::AccountId;
use xingjian_store::{Failure, Record, Stored, ledger, records};

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
        "change" => system::change(ctx, system, seen, terms(given)?).await.map(|_| "已变更")?,
        "revoke" => system::revoke(ctx, system, seen, given.text("reason")).await.map(|_| "已停用，密钥立即失效")?,
        "renew_key" => {
            let issued = system::renew_key(ctx, system, seen).await?;
            return Ok(key_page(web, caller, "密钥已更换", issued));
        }
        _ => return Err(Failure::NotFound),
    };
    Ok(back(&format!("{PATH}/{id}"), done))
}

fn forms(caller: &Caller, system: &Stored<ConnectedSystem>) -> Vec<ActionForm> {
    let form =
        |name: &str, label: &str| ActionForm::new(name, label, format!("{PATH}/{}/{name}", system.id), system.version);
    let forms = system.open_actions(&caller.ctx.actor).into_iter().map(|name| match name {
        "change" => {
            let ConnectedSystem { contact, scopes, quota, valid_until, .. } = system.value.clone();
            terms_fields(form(name, "变更权限和期限"), &Terms { contact, scopes, quota, valid_until })
                .consequence("变更立即生效，密钥不变。")
        }
        "renew_key" => form(name, "更换密钥")
            .secondary()
            .consequence("原密钥立即失效，对方换上新密钥以前不能接入。新密钥只显示一次。"),
        _ => form(name, "停用")
            .secondary()
            .field(Field::new("reason", "理由", Kind::Text).hint("例如：对方系统下线、密钥泄露且不再需要接入。"))
            .consequence("停用后密钥立即失效，不能恢复；需要继续接入的重新登记。"),
    });
    forms.collect()
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
        Ok::<_, Failure>((system, acts))
    };
    let (system, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(caller, &system);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let clock = |due| Clock { label: "密钥到期".into(), due, article: String::new(), estimated: false };
    let page = FilePage {
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
    html(Tried::status(tried.as_ref()), &page)
}
