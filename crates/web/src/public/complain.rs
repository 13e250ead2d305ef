use super::pace::Pace;
use super::visitor;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::{Given, once};
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Door, Field, Kind, Layout};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::{Fault, SubjectRef};
use xingjian_registry::institution;
use xingjian_sense::complaint::{NewComplaint, Receipt, ReporterClear, service};
use xingjian_store::Failure;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/complain", Callers::Public, show), Route::post("/complain", Callers::Public, submit)]
}

#[derive(Template)]
#[template(path = "form.html")]
pub struct FormPage {
    pub layout: Layout,
    pub title: &'static str,
    pub intro: Vec<String>,
    pub action: ActionForm,
    pub hidden: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage {
    pub layout: Layout,
    pub receipt: Receipt,
}

/// The form, the same for the public and the desk.
pub fn form(url: &str) -> ActionForm {
    let who = vec![
        ("anonymous".to_owned(), "匿名：不留姓名和联系方式（默认）".to_owned()),
        ("named".to_owned(), "实名：留下姓名和联系方式，加密保存，仅承办需要时可查看并留痕".to_owned()),
    ];
    ActionForm::new("complain", "提交", url.to_owned(), 0)
        .field(
            Field::new("about", "反映的机构或地点", Kind::Institution).hint("请写机构全称；不知道名称时写详细地址。"),
        )
        .field(
            Field::new("text", "情况说明", Kind::Area)
                .hint("时间、地点、经过。请不要写自己或他人的身份证号码。10 到 20000 字。"),
        )
        .field(Field::new("who", "您的身份", Kind::Radio(who)).value("anonymous"))
        .field(Field::new("name", "姓名", Kind::Text).optional().hint("仅实名时填写。"))
        .field(Field::new("contact", "联系电话", Kind::Text).optional().hint("仅实名时填写。"))
        .consequence("提交后生成查询码。查询码只显示一次，不会发送给任何人；匿名提交时，丢失后无法找回。")
}

async fn show(State(web): State<Web>) -> Response {
    page(&web, StatusCode::OK, form("/complain"), once(&*web.app.rng))
}

fn page(web: &Web, status: StatusCode, action: ActionForm, once: String) -> Response {
    let page = FormPage {
        layout: Layout::bare(web, "投诉举报", Door::Public),
        title: "投诉举报",
        intro: vec!["请如实反映。受理后将依法核查并按期答复，您可以凭查询码随时查看进度。".into()],
        action,
        hidden: vec![("once".into(), once)],
    };
    html(status, &page)
}

/// The complaint a form stands for. An institution is recognised when the name is exactly that of one.
pub async fn read(web: &Web, given: &Given, channel: &str) -> Result<NewComplaint, Failure> {
    let about = given.text("about").trim();
    let known = if about.is_empty() { vec![] } else { institution::named(&visitor(&web.app), about).await? };
    let reporter = (given.text("who") == "named").then(|| ReporterClear {
        name: given.text("name").trim().to_owned(),
        contact: given.text("contact").trim().to_owned(),
    });
    Ok(NewComplaint {
        channel: channel.to_owned(),
        about: about.to_owned(),
        // Two of that name are nobody's: the intake asks which.
        subject: if let [one] = known.as_slice() { Some(SubjectRef::Institution(one.id)) } else { None },
        text: given.text("text").to_owned(),
        reporter,
        division: None,
        once: given.text("once").to_owned(),
    })
}

async fn submit(State(web): State<Web>, Pace(pace): Pace, given: Given) -> Response {
    let sent = async {
        pace?;
        service::submit(&visitor(&web.app), read(&web, &given, "portal").await?).await
    };
    match sent.await {
        Ok(receipt) => {
            let layout = Layout::bare(&web, "已收到", Door::Public);
            html(StatusCode::OK, &ReceiptPage { layout, receipt })
        }
        Err(Failure::Invalid(faults)) => {
            let faults: Vec<Fault> = faults;
            let mut action = form("/complain");
            action.reopen(&given, &faults);
            let stale = faults.iter().any(|f| f.place == "once");
            let secret = if stale { once(&*web.app.rng) } else { given.text("once").to_owned() };
            page(&web, StatusCode::UNPROCESSABLE_ENTITY, action, secret)
        }
        Err(failure) => {
            errors::log(&failure);
            let mut action = form("/complain");
            action.reopen(&given, &[Fault::new("", "", failure.to_string(), "内容已保留，请稍后再次提交")]);
            page(&web, errors::status(&failure), action, given.text("once").to_owned())
        }
    }
}
