use super::department;
use super::institution;
use super::registry::{self, RegistryList, RegistryRow};
use crate::app::Web;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::route::{Callers, Route};
use crate::ui::{Badge, FilePage, Layout, Line, Query, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::legal_person::LegalPerson;
use xingjian_registry::officer::{Officer, Recusal};
use xingjian_registry::practitioner::Practitioner;
use xingjian_store::{Ctx, Failure, Order, Record, ledger, records};

const PATH: &str = "/desk/officers";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);
/// Days before its end in which a certificate is marked.
const SOON: i32 = 30;

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, READERS, list), Route::get("/desk/officers/{id}", READERS, show)]
}

/// Whether the officer may inspect on a day, as far as the certificate goes.
fn standing(officer: &Officer, today: LocalDate) -> Badge {
    let Some(certificate) = &officer.certificate else { return Badge::new("无执法证件", "bad") };
    match days_between(today, certificate.until) {
        _ if today < certificate.from => Badge::new("证件未生效", "bad"),
        left if left < 0 => Badge::new("证件过期", "bad"),
        left if left <= SOON => Badge::new(format!("{left}天后到期"), "wait"),
        _ => Badge::new("证件有效", "done"),
    }
}

fn row(web: &Web, officer: &Officer) -> RegistryRow {
    let certificate = officer.certificate.as_ref();
    let specialties = officer.specialties.join("、");
    RegistryRow {
        url: format!("{PATH}/{}", officer.id),
        title: officer.name.clone(),
        detail: officer.unit.clone(),
        cells: vec![
            ("执法证号", certificate.map(|c| c.number.clone())),
            ("有效期", certificate.map(|c| format!("{} 至 {}", c.from, c.until))),
            ("专业", Some(specialties).filter(|s| !s.is_empty())),
        ],
        state: standing(officer, web.app.clock.today()),
    }
}

async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let found = match records::list::<Officer>(&caller.ctx, &query.filter(Order::Title)).await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let page = RegistryList {
        layout: Layout::of(&web, &caller, "监督员", PATH).done(Some(&query.done)),
        title: "监督员",
        unit: "人",
        path: PATH,
        placeholder: "按姓名、单位查找",
        chips: vec![],
        note: "没有有效行政执法证件的人员不能安排检查和办案（行政处罚法第42条）。".into(),
        columns: vec!["姓名", "执法证号", "有效期", "专业", "状态"],
        rows: found.rows.iter().map(|o| row(&web, o)).collect(),
        total: found.total,
        next: registry::next(&query, PATH, found.next.as_ref()),
        empty: "没有符合条件的监督员。".into(),
        begin: None,
        query,
    };
    html(StatusCode::OK, &page)
}

/// Whom an officer must not inspect, by name where the reader may see it.
async fn recusal(ctx: &Ctx, recusal: &Recusal) -> Result<Line, Failure> {
    let subject = recusal.subject;
    let (name, url) = match subject {
        SubjectRef::Institution(id) => {
            let found = records::get::<Institution>(ctx, id).await?;
            (found.map(|i| i.value.details.name), Some(institution::address(id)))
        }
        SubjectRef::LegalPerson(id) => (records::get::<LegalPerson>(ctx, id).await?.map(|p| p.value.name), None),
        SubjectRef::Practitioner(id) => {
            let found = records::get::<Practitioner>(ctx, id).await?;
            (found.map(|p| p.value.name), Some(format!("/desk/practitioners/{id}")))
        }
        SubjectRef::Unregistered(_) => (None, None),
    };
    let url = url.filter(|_| name.is_some());
    let value = format!("{}：{}", name.unwrap_or_else(|| subject.label().to_owned()), recusal.reason);
    Ok(Line { label: "不得检查".into(), value, url })
}

fn sections(web: &Web, officer: &Officer, recusals: Vec<Line>) -> Vec<Section> {
    let certificate = officer.certificate.as_ref();
    let dates = certificate.map(|c| format!("{} 至 {}", chinese(c.from), chinese(c.until))).unwrap_or_default();
    let recusals =
        if recusals.is_empty() { vec![Line::new("不得检查", "没有登记的回避事由")] } else { recusals };
    let account = if officer.account.is_some() { "已关联" } else { "未关联" };
    vec![
        Section::new(
            "基本信息",
            vec![
                Line::new("姓名", &officer.name),
                Line::new("单位", &officer.unit),
                Line::new("所属部门", department(web, officer.department.as_str())),
                Line::new("任职区划", registry::division(web, &officer.division)),
                Line::new("登录账号", account),
            ],
        ),
        Section::new(
            "行政执法证件",
            vec![
                Line::new("证号", certificate.map(|c| c.number.clone()).unwrap_or_default()),
                Line::new("有效期", dates),
                Line::new("专业", officer.specialties.join("、")),
            ],
        ),
        Section::new("回避（行政处罚法第43条）", recusals),
    ]
}

async fn show(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let found = async {
        let officer = records::must::<Officer>(&caller.ctx, &id).await?;
        let acts = ledger::of_resource(&caller.ctx, Officer::TABLE, &id).await?;
        let mut recusals = vec![];
        for ground in &officer.recusals {
            recusals.push(recusal(&caller.ctx, ground).await?);
        }
        Ok::<_, Failure>((officer, acts, recusals))
    };
    let (officer, acts, recusals) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let page = FilePage {
        layout: Layout::of(&web, &caller, &officer.name, PATH),
        list: ("监督员".into(), PATH.into()),
        title: officer.name.clone(),
        number: officer.certificate.as_ref().map(|c| c.number.clone()).unwrap_or_default(),
        state: standing(&officer, web.app.clock.today()),
        clocks: vec![],
        sections: sections(&web, &officer, recusals),
        acts: timeline(acts),
        actions: vec![],
        waiting: vec![],
        problem: None,
    };
    html(StatusCode::OK, &page)
}
