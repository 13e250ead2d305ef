//! Answers when something is not possible: a page that says what, why and the way on.

use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use xingjian_kernel::{Permission, Role};
use xingjian_store::{DbTrouble, Failure};

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    layout: Layout,
    title: &'a str,
    text: &'a str,
}

/// A page with a status.
pub fn page(web: &Web, status: StatusCode, title: &str, text: &str) -> Response {
    let layout = Layout::bare(web, title, Door::Public);
    html(status, &Message { layout, title, text })
}

/// Somebody who is signed in asks for a page of others: whose it is, and who decides that.
pub fn forbidden(web: &Web, caller: &Caller, needed: &[Permission]) -> Response {
    let title = "您的岗位不能使用该页面";
    let holds = |role: &&Role| needed.iter().any(|permission| role.permissions().contains(permission));
    let roles: Vec<&str> = Role::ALL.iter().filter(holds).map(|role| role.label()).collect();
    let text = format!("该页面供以下岗位使用：{}。因工作需要使用的，请安全管理员授予岗位。", roles.join("、"));
    let layout = Layout::of(web, caller, title, "");
    html(StatusCode::FORBIDDEN, &Message { layout, title, text: &text })
}

/// Renders a template.
pub fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!("a page cannot be rendered: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, "页面无法显示").into_response()
        }
    }
}

/// The status of a failure.
pub fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::NotFound => StatusCode::NOT_FOUND,
        Failure::Denied(_) => StatusCode::FORBIDDEN,
        Failure::Conflict | Failure::Exists => StatusCode::CONFLICT,
        // T23: a grid worker's record of an inspection is forbidden, not faulty.
        Failure::Refused(refusal) if refusal.code == "grid_worker" => StatusCode::FORBIDDEN,
        Failure::Refused(refusal) if refusal.code == "too_soon" => StatusCode::TOO_MANY_REQUESTS,
        Failure::Refused(_) | Failure::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        // What an operator mends, such as a full disk, passes; anything else is a fault of the program.
        Failure::Store(error) if DbTrouble::of(error).is_some() => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The failure with its faults at the fields of a form, where the room named their places in words.
pub fn at_fields(failure: Failure, fields: &[(&str, &str)]) -> Failure {
    let Failure::Invalid(mut faults) = failure else { return failure };
    for fault in &mut faults {
        if let Some((_, field)) = fields.iter().find(|(place, _)| *place == fault.place) {
            (*field).clone_into(&mut fault.place);
        }
    }
    Failure::Invalid(faults)
}

/// A failure that no form can show.
pub fn failure(web: &Web, failure: &Failure) -> Response {
    log(failure);
    let way_on = match failure {
        Failure::NotFound => "请核对网址，或从列表重新进入。",
        Failure::Store(_) => "请稍后重试；仍不成功请联系系统管理员。已提交成功的内容不受影响。",
        _ => "请返回上一页查看。",
    };
    page(web, status(failure), &failure.to_string(), way_on)
}

/// Store failures are logged once, here, with their sources.
pub fn log(failure: &Failure) {
    if let Failure::Store(error) = failure {
        tracing::error!("store: {}", error.told());
    }
}

/// No route has this path.
pub async fn no_such_page(State(web): State<Web>) -> Response {
    page(&web, StatusCode::NOT_FOUND, "没有这个页面", "请核对网址，或从首页重新进入。")
}

/// A body over the limit is refused with a page that names the limit.
pub async fn too_large(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let text = "提交的内容太大：表单不超过 4 MB，导入文件不超过 20 MB。请返回上一页缩减或拆分后重新提交，页面上的内容不会丢失。";
        return (StatusCode::PAYLOAD_TOO_LARGE, Html(format!("<!doctype html><html lang=zh-CN><meta charset=utf-8><title>内容太大</title><link rel=stylesheet href=/assets/app.css><main class=narrow><h1>内容太大</h1><p>{text}</p><p><a href=/>返回首页</a></p></main></html>"))).into_response();
    }
    response
}
