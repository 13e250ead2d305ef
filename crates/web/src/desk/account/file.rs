//! The file of an account: what it may do, when it was used, and what keeps it in order.

use super::{AddedPage, PATH, belongs, choices, password, roles, standing};
use crate::app::Web;
use crate::desk::{Tried, back, due_on, registry};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::own::Place;
use crate::ui::{ActionForm, Clock, Field, FilePage, Kind, Layout, Line, Query, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Fault, LocalDate, Permission, Role, SubjectRef, Timestamp};
use xingjian_registry::account::{self, Account, OpenSession};
use xingjian_registry::institution::Institution;
use xingjian_store::{Failure, Record, Stored, ledger, records};

/// What the reviews rest on.
const RULE: &str = "GB/T 22239-2019 8.1.4.2 访问控制：及时删除或者停用多余的、过期的账户";

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
    let done = match action.as_str() {
        "reset_password" => reset(&web, &caller, &id, &given).await,
        _ => perform(&caller, &id, &action, &given).await.map(|done| back(&format!("{PATH}/{id}"), done)),
    };
    match done {
        Ok(answer) => answer,
        Err(failure) => {
            let failure = errors::at_fields(failure, &[("理由", "reason")]);
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
    let (ctx, seen, reason) = (&caller.ctx, given.seen(), given.text("reason"));
    match action {
        "grant" => account::grant(ctx, id, seen).await.map(|_| "已授予岗位，本人打开下一个页面时生效"),
        "refuse_roles" => account::refuse_roles(ctx, id, seen, reason).await.map(|_| "已退回，账号保留原有岗位"),
        "revoke_roles" => account::revoke_roles(ctx, id, seen, reason).await.map(|_| "已收回岗位，原有登录全部退出"),
        "ask_roles" => {
            let roles: Vec<Role> = given.all("roles").iter().filter_map(|code| Role::from_code(code)).collect();
            if roles.is_empty() {
                return Err(Fault::new("roles", "", "没有选择岗位", "请至少选择一个岗位；不再需要的账号请停用").into());
            }
            account::ask_roles(ctx, id, seen, roles, reason).await.map(|_| "已提交，等待安全管理员授予")
        }
        "keep" => account::keep(ctx, id, seen).await.map(|_| "已确认保留"),
        "disable" => account::disable(ctx, id, seen, reason).await.map(|_| "已停用，该账号不能再登录"),
        "enable" => account::enable(ctx, id, seen, reason).await.map(|_| "已恢复使用"),
        "reset_factor" => account::reset_factor(ctx, id, seen, reason).await.map(|_| "第二因素已重置，请当面告知本人"),
        "end_sessions" => account::end_sessions(ctx, id, seen, reason).await.map(|_| "该账号的登录已全部退出"),
        "unlock" => account::unlock(ctx, id, seen).await.map(|_| "已解除，可以立即登录"),
        _ => Err(Failure::NotFound),
    }
}

/// The new password is shown once, in the answer to this form, and never in an address.
async fn reset(web: &Web, caller: &Caller, id: &str, given: &Given) -> Result<Response, Failure> {
    let id: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
    let password = password(&*web.app.rng);
    let account = account::reset_password(&caller.ctx, id, given.seen(), &password).await?;
    let page = AddedPage {
        layout: Layout::of(web, caller, "密码已重置", PATH),
        title: "密码已重置",
        name: account.name.clone(),
        login: account.login.clone(),
        password,
        url: Some(format!("{PATH}/{id}")),
        another: false,
    };
    Ok(html(StatusCode::OK, &page))
}

fn forms(web: &Web, caller: &Caller, account: &Stored<Account>, paused: bool) -> Vec<ActionForm> {
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", account.id), account.version)
    };
    let reason = |hint: &str| Field::new("reason", "理由", Kind::Text).hint(hint);
    let soon = super::soon(web, account);
    let open = account.open_actions(&caller.ctx.actor, paused);
    let form = |name| match name {
        "grant" => {
            let asked = account.asked.as_ref();
            let what = asked.map_or_else(String::new, |asked| {
                format!("{}于{}申请：{}（{}）。", asked.name, asked.at, asked.labels(), asked.reason)
            });
            form(name, "授予岗位").consequence(format!("{what}请核对任命或者分工文件；授予后立即生效，并记入审计。"))
        }
        "refuse_roles" => form(name, "不予授予")
            .secondary()
            .field(reason("例如：与任命文件不一致。"))
            .consequence("账号保留原有岗位；新建的账号没有岗位，不能办理任何事项。"),
        "ask_roles" => form(name, "申请变更岗位")
            .secondary()
            .field(
                Field::new("roles", "岗位", Kind::Checks(choices()))
                    .hint("变更后的全部岗位。依法分离的岗位不能由同一账号担任。")
                    .all(account.roles.iter().map(|role| role.code().to_owned()).collect()),
            )
            .field(reason("例如：轮岗，任命文件文号。"))
            .consequence("由安全管理员授予后生效，之前保留原有岗位。"),
        "revoke_roles" => form(name, "收回岗位")
            .secondary()
            .field(reason("例如：离岗、违规使用。"))
            .consequence("立即生效，已登录的全部退出。需要恢复的，由系统管理员重新申请。"),
        "keep" => {
            let text =
                format!("确认该账号仍在使用、岗位与职责相符；{}天内没有登录的，再次复核。", account::REVIEW_DAYS);
            let form = form(name, "确认保留").consequence(text);
            if soon { form } else { form.secondary() }
        }
        "disable" => form(name, "停用账号")
            .secondary()
            .field(reason("例如：已调离、已退休、岗位撤销、长期不用。"))
            .consequence("停用后立即退出登录，不能再登录；已办理的事项和记录不受影响。由其承办的事项请另行安排。"),
        "enable" => form(name, "恢复账号")
            .field(reason("例如：调回原岗位。"))
            .consequence("恢复后用原密码登录，视为本日已复核；岗位由安全管理员重新授予，忘记密码的另行重置。"),
        "unlock" => form(name, "解除登录暂停").consequence("解除后可以立即登录。请先核实是本人输错密码。"),
        "end_sessions" => form(name, "结束全部登录")
            .secondary()
            .field(reason("例如：设备遗失、账号异常。"))
            .consequence("该账号在所有设备上立即退出，可以重新登录；不再允许登录的，另行收回岗位或者停用。"),
        "reset_factor" => form(name, "重置第二因素")
            .secondary()
            .field(reason("例如：手机遗失，已当面核实本人身份。"))
            .consequence("原来的验证码和恢复码全部作废，已登录的全部退出。本人下次用密码登录后重新登记。"),
        _ => form(name, "重置密码")
            .secondary()
            .consequence("原密码作废，已登录的全部退出。新的初始密码只显示一次，请当面交给本人。"),
    };
    open.into_iter().map(form).collect()
}

fn factor(account: &Account) -> String {
    match account.second_factor_since() {
        Some(since) => format!("{since} 启用，恢复码剩余{}个", account.recovery_codes_left()),
        None if account.demo => "没有启用（演示账号不要求）".to_owned(),
        None => "没有启用".to_owned(),
    }
}

fn day(day: Option<LocalDate>, none: &str) -> String {
    day.map_or_else(|| none.to_owned(), |day| day.to_string())
}

fn sections(web: &Web, account: &Account, subject: Option<&Institution>) -> Vec<Section> {
    let officer = if account.officer.is_some() { "已关联执法证件" } else { "未关联执法证件" };
    let mut lines = vec![
        Line::new("姓名", &account.name),
        Line::new("登录名", &account.login),
        Line::new("岗位", roles(account)),
        Line::new("部门", belongs(web, account)),
        Line::new("管辖区划", registry::division(web, &account.division)),
        Line::new("执法证件", officer),
        Line::new("第二因素", factor(account)),
        Line::new("建立时间", account.created_at.to_string()),
        Line::new("最近登录", day(account.signed_in_on, "从未登录")),
        Line::new("最近复核", day(account.reviewed_on, "没有复核过")),
    ];
    if let Some(it) = &account.disabled {
        lines.push(Line::new("停用", format!("{} {}：{}", it.on, it.by, it.reason)));
    }
    if let Some(subject) = subject {
        lines.push(Line::new("代表的医疗机构", &subject.details.name));
    }
    let permissions = account.roles.iter().flat_map(|role| role.permissions()).map(|p| p.label());
    let permissions: std::collections::BTreeSet<&str> = permissions.collect();
    let permissions = permissions.into_iter().collect::<Vec<_>>().join("、");
    vec![Section::new("账号", lines), Section::new("权限", vec![Line::new("可以办理", permissions)])]
}

/// Where it is signed in now.
fn signed_in(sessions: Vec<OpenSession>) -> Section {
    let line = |session| {
        let place = Place::of(session, false);
        let address = place.address.map_or_else(|| "地址不能确定".to_owned(), |address| format!("地址 {address}"));
        Line::new(&place.device, format!("{}登录，最近使用 {}，{address}", place.since, place.seen))
    };
    let mut lines: Vec<Line> = sessions.into_iter().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::new("正在使用", "没有登录"));
    }
    Section::new("正在使用的登录", lines)
}

/// What stands in the way of signing in, and who reviews the own account.
fn reasons(caller: &Caller, account: &Account, paused: Option<Timestamp>) -> Vec<String> {
    let mut reasons = vec![];
    if let Some(until) = paused {
        reasons.push(format!("多次输错密码或者验证码，登录暂停至{until}；本人从登录过的地方登录，可能不受影响。"));
    } else if account.disabled.is_none() {
        let (attempts, first, longest) = (account::ATTEMPTS, account::PAUSE_MINUTES, account::LONGEST_MINUTES);
        reasons.push(format!("连续输错{attempts}次后，登录暂停{first}分钟，以后每次加倍，最长{longest}分钟。"));
    }
    if caller.ctx.actor.account == Some(account.id) {
        reasons.push("本人的账号由另一名系统管理员复核和停用，岗位和第二因素由另一名安全管理员办理。".into());
    }
    reasons
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let keeper = account::keeping(&caller.ctx);
        let account = records::must::<Account>(&keeper, id).await?;
        let acts = ledger::of_resource(&keeper, Account::TABLE, id).await?;
        let subject = match account.subject {
            Some(SubjectRef::Institution(id)) => records::get::<Institution>(&caller.ctx, id).await?,
            _ => None,
        };
        let sessions = if caller.ctx.actor.may(Permission::GrantRoles) {
            Some(account::sessions_of(&caller.ctx, account.id).await?)
        } else {
            None
        };
        let paused = account::paused_until(&keeper, &account).await?;
        Ok::<_, Failure>((account, acts, subject, sessions, paused))
    };
    let (account, acts, subject, sessions, paused) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(web, caller, &account, paused.is_some());
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    actions.sort_by_key(|action| !action.primary);
    let mut sections = sections(web, &account, subject.as_deref());
    sections.extend(sessions.map(signed_in));
    let clock = |due| Clock { label: "定期复核".into(), due, article: RULE.into(), estimated: false };
    let page = FilePage {
        layout: Layout::of(web, caller, &account.name, PATH).done(done),
        list: ("账号".into(), PATH.into()),
        title: account.name.clone(),
        number: account.login.clone(),
        state: standing(web, &account),
        clocks: due_on(web, account.review_due()).map(clock).into_iter().collect(),
        sections,
        acts: timeline(acts),
        waiting: reasons(caller, &account, paused),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}
