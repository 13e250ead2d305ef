//! The own second factor: everybody who is signed in enrols or replaces it here; some must before they do anything else.

use crate::app::Web;
use crate::desk::Tried;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::{Caller, Owed, token};
use crate::route::{Callers, Route};
use crate::sign_in::cookie;
use crate::ui::{ActionForm, Field, Kind, Layout, Qr, qr};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use xingjian_registry::account;

/// Where somebody is sent who must enrol first.
pub const PATH: &str = "/second-factor";

/// Roles that decide do nothing without it.
pub const FIRST: Owed = Owed {
    path: PATH,
    open: &[PATH, "/account", "/password", "/sign-out"],
    title: "请先启用第二因素",
    text: "您的岗位须启用第二因素后才能办理。请打开“第二因素”页面完成登记，再回到原来的页面重新提交。",
};

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Callers::SignedIn, show), Route::post(PATH, Callers::SignedIn, enrol)]
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    layout: Layout,
    /// Somebody who may do nothing else before.
    owed: bool,
    /// Where there is one already: since when, and recovery codes that are left.
    present: Option<(String, usize)>,
    picture: Option<Qr>,
    secret: String,
    sealed: String,
    action: ActionForm,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    layout: Layout,
    codes: Vec<String>,
    home: &'static str,
}

fn form(again: bool) -> ActionForm {
    let label = if again { "更换第二因素" } else { "启用第二因素" };
    ActionForm::new("enrol", label, PATH.into(), 0)
        .field(Field::new("code", "验证码", Kind::Digits).hint("认证器现在显示的 6 位数字。"))
        .field(Field::new("old_password", "密码", Kind::Password).hint("再次填写登录密码，确认是本人操作。"))
        .consequence("以后每次登录，除密码外还要填写验证码。该账号在其他设备上的登录全部退出。")
}

fn page(web: &Web, caller: &Caller, sealed: Option<&str>, tried: Option<&Tried<'_>>) -> Response {
    let made = match account::prepare(&caller.ctx, sealed) {
        Ok(made) => made,
        Err(failure) => return errors::failure(web, &failure),
    };
    let present = caller.account.second_factor_since();
    let mut forms = [form(present.is_some())];
    if let Some(tried) = tried {
        tried.reopen(&mut forms);
    }
    let [action] = forms;
    let page = SecondFactorPage {
        layout: Layout::of(web, caller, "第二因素", PATH),
        owed: caller.account.owes_second_factor(web.app.sign_in()),
        present: present.map(|since| (since.to_string(), caller.account.recovery_codes_left())),
        picture: qr(&made.uri),
        secret: made.text,
        sealed: made.sealed.as_str().to_owned(),
        action,
    };
    html(Tried::status(tried), &page)
}

async fn show(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    page(&web, &caller, None, None)
}

async fn enrol(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    given: Given,
) -> Response {
    let (sealed, token) = (given.text("sealed"), token(&web, &headers).unwrap_or_default());
    let done = account::enrol(&caller.ctx, &token, given.text("old_password"), sealed, given.text("code")).await;
    match done {
        Ok(done) => {
            let caller = Caller { account: done.session.account, csrf: done.session.csrf, ..caller };
            let page = RecoveryCodesPage {
                layout: Layout::of(&web, &caller, "恢复码", PATH),
                codes: done.recovery,
                home: if caller.account.subject.is_some() { "/unit" } else { "/desk" },
            };
            let cookie = cookie(&web, &done.session.token, "");
            ([(header::SET_COOKIE, cookie)], html(StatusCode::OK, &page)).into_response()
        }
        Err(failure) => {
            let failure = errors::at_fields(failure, &[("验证码", "code"), ("密码", "old_password")]);
            let tried = Tried { action: "enrol", given: &given, failure: &failure };
            page(&web, &caller, Some(sealed), Some(&tried))
        }
    }
}
