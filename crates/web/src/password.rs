//! The own password: everybody who is signed in replaces it here.

use crate::app::Web;
use crate::desk::{Tried, back};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::{Caller, Owed, token};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Field, Kind, Layout, Query};
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use xingjian_kernel::Fault;
use xingjian_registry::account;
use xingjian_store::Failure;

const PATH: &str = "/password";

/// A password that somebody else knows opens nothing else.
pub const FIRST: Owed = Owed {
    path: PATH,
    open: &[PATH, "/sign-out"],
    title: "请先修改初始密码",
    text: "初始密码是他人交给您的，修改后才能办理。请打开“修改密码”页面另设一个，再回到原来的页面重新提交。",
};

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Callers::SignedIn, show), Route::post(PATH, Callers::SignedIn, change)]
}

fn form() -> ActionForm {
    ActionForm::new("change", "修改密码", PATH.into(), 0)
        .field(Field::new("old_password", "原密码", Kind::Password))
        .field(Field::new("new_password", "新密码", Kind::Password).hint("10个以上字符，不与原密码相同。"))
        .field(Field::new("new_password_again", "再次输入新密码", Kind::Password))
        .consequence("修改后，该账号在其他设备和浏览器上的登录全部退出；本次登录继续有效。")
}

fn page(web: &Web, caller: &Caller, status: StatusCode, action: ActionForm, done: Option<&str>) -> Response {
    let page = FormPage {
        layout: Layout::of(web, caller, "修改密码", PATH).done(done),
        title: "修改密码",
        intro: if caller.account.owes_password() {
            vec!["您用的是他人交给您的初始密码。请先另设一个只有本人知道的密码，之后才能办理其他事项。".into()]
        } else {
            vec!["密码不要告诉他人，系统管理员也不会向您询问。".into()]
        },
        action,
        hidden: vec![],
    };
    html(status, &page)
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, StatusCode::OK, form(), Some(&query.done))
}

async fn change(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    given: Given,
) -> Response {
    match perform(&caller, &token(&web, &headers).unwrap_or_default(), &given).await {
        Ok(()) => back(PATH, "密码已修改，其他登录已全部退出"),
        Err(failure) => {
            let failure = errors::at_fields(failure, &[("原密码", "old_password"), ("新密码", "new_password")]);
            let mut forms = [form()];
            Tried { action: "change", given: &given, failure: &failure }.reopen(&mut forms);
            let [form] = forms;
            page(&web, &caller, errors::status(&failure), form, None)
        }
    }
}

async fn perform(caller: &Caller, token: &str, given: &Given) -> Result<(), Failure> {
    let (old, new) = (given.text("old_password"), given.text("new_password"));
    let mut faults = vec![];
    if old.is_empty() {
        faults.push(Fault::new("old_password", "", "没有填写", "请填写现在使用的密码"));
    }
    if new != given.text("new_password_again") {
        faults.push(Fault::new("new_password_again", "", "两次输入的新密码不一致", "请重新输入"));
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    account::change_password(&caller.ctx, token, old, new).await
}
