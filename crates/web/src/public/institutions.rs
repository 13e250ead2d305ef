use super::visitor;
use crate::app::Web;
use crate::desk::registry::division;
use crate::errors::{self, html};
use crate::form::Given;
use crate::listing::number;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout, Query};
use askama::Template;
use axum::extract::{Path, Query as UrlQuery, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_credit::grade::{self, PublicGrade};
use xingjian_govern::publication::{self, PublicText};
use xingjian_inspect::draw::public as draws;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::time::chinese;
use xingjian_policy::{Entry, SamplingRate};
use xingjian_registry::institution::{self, Institution};
use xingjian_store::{Failure, Order, records};

const PATH: &str = "/institutions";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Callers::Public, list),
        Route::get("/institutions/names", Callers::Public, names),
        Route::get("/institutions/{id}", Callers::Public, show),
    ]
}

#[derive(Template)]
#[template(path = "public/institutions.html")]
struct ListPage {
    layout: Layout,
    q: String,
    /// Address, name and level.
    rows: Vec<(String, String, Option<String>)>,
    total: String,
    next: Option<String>,
}

/// Names that are suggested while one is typed.
const SUGGESTED: u32 = 8;

#[derive(Template)]
#[template(source = "{% for name in names %}<option value=\"{{ name }}\">{% endfor %}", ext = "html")]
struct Names {
    names: Vec<String>,
}

/// Known names that contain what was typed; the field may have any name.
async fn names(State(web): State<Web>, RawQuery(query): RawQuery) -> Response {
    let given = Given::parse(&query.unwrap_or_default());
    let typed = given.pairs().next().map_or("", |(_, value)| value.trim()).to_owned();
    if typed.chars().count() < 2 {
        return html(StatusCode::OK, &Names { names: vec![] });
    }
    match institution::search(&visitor(&web.app), &typed, SUGGESTED).await {
        Ok(found) => {
            let names = found.iter().map(|i| i.details.name.clone()).collect();
            html(StatusCode::OK, &Names { names })
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

#[derive(Template)]
#[template(path = "public/institution.html")]
struct InstitutionPage {
    layout: Layout,
    name: String,
    level: Option<String>,
    division: String,
    grade: Option<Grade>,
    drawn: Vec<Published>,
    published: Vec<Published>,
}

/// The credit of an institution as anybody may know it.
struct Grade {
    name: String,
    label: String,
    since: Option<String>,
    /// Why the sampling rate is what it is.
    why: Option<String>,
    source: String,
    extra: String,
}

/// A draw, a published decision or an inspection result.
struct Published {
    title: String,
    on: String,
    url: String,
}

async fn list(State(web): State<Web>, UrlQuery(query): UrlQuery<Query>) -> Response {
    let found = match records::list::<Institution>(&visitor(&web.app), &query.filter("all", Order::Title)).await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let rows = found.rows.into_iter().map(|i| {
        let Institution { id, details, .. } = i.value;
        (format!("{PATH}/{id}"), details.name, details.level)
    });
    let page = ListPage {
        layout: Layout::bare(&web, "查机构", Door::Public),
        rows: rows.collect(),
        total: number(found.total),
        next: found.next.map(|next| query.showing("").sorted("").page(PATH, Some(&next))),
        q: query.q,
    };
    html(StatusCode::OK, &page)
}

async fn show(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let found = async {
        let institution = records::must::<Institution>(&visitor(&web.app), id).await?;
        let grade = match grade::public_of(&web.app, &institution.subject()).await {
            Ok(found) => Some(graded(&web, found)),
            // No model holds today: there is nothing to show, and nothing went wrong.
            Err(Failure::Refused(_)) => None,
            Err(failure) => return Err(failure),
        };
        let drawn = draws::drawn_in(&web.app, institution.subject()).await?;
        let published = published(&web, institution.subject()).await?;
        Ok::<_, Failure>((institution, grade, drawn, published))
    };
    let (institution, grade, drawn, published) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let details = &institution.details;
    let page = InstitutionPage {
        layout: Layout::bare(&web, &details.name, Door::Public),
        name: details.name.clone(),
        level: details.level.clone(),
        division: division(&web, &details.division),
        grade,
        drawn: drawn.iter().map(drawn_in).collect(),
        published,
    };
    html(StatusCode::OK, &page)
}

/// A trial grade is nobody's grade yet: the rate's own grade is shown until the model is released.
fn graded(web: &Web, found: PublicGrade) -> Grade {
    let today = web.app.clock.today();
    let effective = found.sampling.as_ref().map_or(&found.grade, |rate| &rate.grade);
    let entry: Option<&Entry<SamplingRate>> = grade::sampling(&web.app.policy, effective, today);
    let label = match web.app.policy.grade_models(today).first() {
        Some(model) if found.trial => {
            let band = model.grades.iter().find(|band| band.grade == *effective);
            band.map_or_else(String::new, |band| band.label.clone())
        }
        _ => found.label,
    };
    Grade {
        name: effective.clone(),
        label,
        since: found.since.filter(|_| !found.trial).map(chinese),
        why: entry.map(|rate| {
            let SamplingRate { grade, rate_percent, yearly_cap, .. } = &rate.body;
            format!("信用等级{grade}，抽查比例{rate_percent}%，每年检查不超过{yearly_cap}次。")
        }),
        source: entry.map_or_else(String::new, |rate| {
            format!("{} {}（{}）", rate.source.document, rate.source.clause, rate.status.label())
        }),
        extra: entry.map_or_else(String::new, |rate| rate.extra.clone()),
    }
}

fn drawn_in(of: &draws::DrawnIn) -> Published {
    let result = of.result.map_or("检查结果尚未登记", |result| result.label());
    let object: String = form_urlencoded::byte_serialize(of.object.as_bytes()).collect();
    Published {
        title: format!("{}（{}）", of.task, of.draw),
        on: format!("{}抽中，{result}", chinese(of.at.local_date())),
        url: format!("/draws/{}?q={object}", of.draw),
    }
}

/// What is published about the institution, newest first.
async fn published(web: &Web, subject: SubjectRef) -> Result<Vec<Published>, Failure> {
    let texts = publication::public_of(&web.app, subject).await?;
    let row = |text: PublicText| {
        let said = ["document_number", "violation", "penalty_text", "result"].map(|name| text.get(name));
        let said: Vec<&str> = said.into_iter().flatten().collect();
        let until = text.until.map(|until| format!("，公示至{}", chinese(until))).unwrap_or_default();
        Published {
            title: format!("{}：{}", text.class, said.join("，")),
            on: format!("{}公开{until}", chinese(text.since)),
            url: format!("/published/{}", text.id),
        }
    };
    Ok(texts.into_iter().map(row).collect())
}
