//! An inspection of a plan: the institution first, then the form with its yearly frequency and who can go.

use super::{PATH, choices, perform};
use crate::app::Web;
use crate::desk::{Tried, back, institution};
use crate::errors::{self, at_fields, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::public::FormPage;
use crate::ui::{ActionForm, Field, Kind, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_inspect::task::service::{self, NewTask};
use xingjian_inspect::task::{Cause, plan_name};
use xingjian_kernel::id::{InstitutionId, TaskId};
use xingjian_kernel::{Fault, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_store::{Failure, Stored, records};

/// What the address of the form may ask for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Full name of the institution.
    name: String,
}

/// The first step: whom.
#[derive(Template)]
#[template(path = "desk/task_subject.html")]
struct SubjectForm {
    layout: Layout,
    name: String,
    fault: Option<String>,
    /// Names that contain what was typed, with the address of the next step.
    near: Vec<(String, String)>,
}

pub async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Response {
    let name = asked.name.trim();
    if name.is_empty() {
        return subject_page(&web, &caller, name, None, vec![]);
    }
    let unknown = "请核对名称；还没有登记的，请登记管理员先行登记";
    let found = match institution::named(&caller, "name", name, unknown).await {
        Ok(institution) => form_page(&web, &caller, &institution, None).await,
        Err(Failure::Invalid(faults)) => near(&web, &caller, name, &faults).await,
        Err(other) => Err(other),
    };
    found.unwrap_or_else(|failure| errors::failure(&web, &failure))
}

/// What was typed is not one institution's name: those that come near are offered.
async fn near(web: &Web, caller: &Caller, name: &str, faults: &[Fault]) -> Result<Response, Failure> {
    let found = xingjian_registry::institution::search(&caller.ctx, name, 20).await?;
    let names: Vec<String> = found.into_iter().map(|it| it.value.details.name).collect();
    let wanted = xingjian_registry::normal(name);
    let several = names.iter().any(|name| xingjian_registry::normal(name) == wanted);
    if several || names.is_empty() {
        let fault = faults.first().map(|f| format!("{}。{}", f.reason, f.mend));
        return Ok(subject_page(web, caller, name, fault, vec![]));
    }
    let fault = format!("登记库中没有名称为“{name}”的机构。请从名称相近的机构中选择，或者填写全称");
    let link = |name: String| {
        let url = format!("{PATH}/new?name={}", encode(&name));
        (name, url)
    };
    Ok(subject_page(web, caller, name, Some(fault), names.into_iter().map(link).collect()))
}

fn subject_page(
    web: &Web,
    caller: &Caller,
    name: &str,
    fault: Option<String>,
    near: Vec<(String, String)>,
) -> Response {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let layout = Layout::of(web, caller, "拟定计划检查", PATH);
    html(status, &SubjectForm { layout, name: name.to_owned(), fault, near })
}

pub async fn propose(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    match read_and_propose(&caller, &given).await {
        Ok(id) => back(&format!("{PATH}/{id}"), "已拟定检查任务，等待机关负责人批准"),
        Err(failure) => {
            let shown = async {
                let institution = records::must::<Institution>(&caller.ctx, given.text("subject")).await?;
                let tried = Tried { action: "propose", given: &given, failure: &failure };
                form_page(&web, &caller, &institution, Some(tried)).await
            };
            shown.await.unwrap_or_else(|failure| errors::failure(&web, &failure))
        }
    }
}

async fn read_and_propose(caller: &Caller, given: &Given) -> Result<TaskId, Failure> {
    let institution: InstitutionId = given.text("subject").parse().map_err(|_| Failure::NotFound)?;
    let mut faults = vec![];
    let planned = given.date("planned", &mut faults);
    let name = plan_name(given.text("plan")).unwrap_or_else(|fault| {
        faults.push(Fault { place: "plan".into(), ..fault });
        String::new()
    });
    if given.all("items").is_empty() {
        faults.push(Fault::new("items", "", "没有选择检查事项", "请至少选择一项"));
    }
    let (Some(planned), true) = (planned, faults.is_empty()) else { return Err(faults.into()) };
    let exceed = given.text("exceed_reason").trim();
    let new = NewTask {
        cause: Cause::Plan { name },
        subject: SubjectRef::Institution(institution),
        planned,
        items: given.all("items").to_vec(),
        officers: given.all("officers").iter().filter_map(|o| o.parse().ok()).collect(),
        exceed_reason: (!exceed.is_empty()).then(|| exceed.to_owned()),
    };
    let proposed = service::propose(&caller.ctx, new).await;
    proposed.map_err(|failure| at_fields(failure, perform::FIELDS))
}

async fn form(web: &Web, caller: &Caller, institution: &Institution) -> Result<ActionForm, Failure> {
    let (subject, today) = (institution.subject(), web.app.clock.today());
    let (people, rule) = choices::officers(&choices::candidates(&caller.ctx, subject, today).await?, &[]);
    let frequency = service::frequency(&caller.ctx, subject).await?;
    let items = web.app.policy.inspection_items(today);
    let items = items.iter().map(|i| (i.id.clone(), format!("{}（{}）", i.name, i.specialty))).collect();
    let field = Field::new("frequency", "检查频次", Kind::Fixed);
    let (field, full) = match &frequency {
        None => (field.value("该对象不评定信用等级，没有年度频次上限"), false),
        Some((rate, f)) => {
            let left = if f.is_exhausted() { "已达上限" } else { "未达上限" };
            let text = format!("{}年已安排{}次，上限{}次，{left}", today.year(), f.done, f.cap);
            (field.value(text).hint(rate.why()), f.is_exhausted())
        }
    };
    let exceed = Field::new("exceed_reason", "超频次理由", Kind::Text);
    let exceed = if full { exceed } else { exceed.optional() };
    Ok(ActionForm::new("propose", "报批", format!("{PATH}/new"), 0)
        .field(Field::new("whom", "被检查机构", Kind::Fixed).value(&institution.details.name))
        .field(field)
        .field(Field::new("plan", "计划名称", Kind::Text).hint("年度抽查计划或者专项检查的名称。"))
        .field(Field::new("planned", "计划检查日期", Kind::Date).value(today.to_string()))
        .field(Field::new("officers", "检查人员", Kind::Checks(people)).hint(rule))
        .field(Field::new("items", "检查事项", Kind::Checks(items)))
        .field(exceed.hint("计划检查超过年度频次上限的，必须写明理由（国办发〔2024〕54号）。"))
        .consequence("报批后由机关负责人批准并编制检查通知书；批准前不得进入现场。"))
}

async fn form_page(
    web: &Web,
    caller: &Caller,
    institution: &Stored<Institution>,
    tried: Option<Tried<'_>>,
) -> Result<Response, Failure> {
    let mut forms = [form(web, caller, institution).await?];
    if let Some(tried) = &tried {
        tried.reopen(&mut forms);
    }
    let [action] = forms;
    let page = FormPage {
        layout: Layout::of(web, caller, "拟定计划检查", PATH),
        title: "拟定计划检查",
        intro: vec![],
        action,
        hidden: vec![("subject".into(), institution.id.to_string())],
    };
    Ok(html(Tried::status(tried.as_ref()), &page))
}
