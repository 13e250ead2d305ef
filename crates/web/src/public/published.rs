//! What was published: penalty decisions and results of inspections, as the projections say and nothing else.

use super::{log, visitor};
use crate::app::Web;
use crate::errors::{self, html};
use crate::listing::number;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout, Query};
use askama::Template;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_govern::publication::{self, PublicText};
use xingjian_kernel::Cursor;
use xingjian_kernel::id::PublicationId;
use xingjian_kernel::time::chinese;
use xingjian_registry::institution;
use xingjian_store::Failure;

const PATH: &str = "/published";
/// Texts a page.
const PAGE: u32 = 20;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Callers::Public, list),
        Route::get("/published/{id}", Callers::Public, show),
        Route::get("/published/{id}/proof", Callers::Public, proof),
    ]
}

/// A published text in the list.
struct TextRow {
    url: String,
    title: String,
    /// What it says in short.
    detail: String,
    class: String,
    withdrawn: bool,
    since: String,
}

#[derive(Template)]
#[template(path = "public/published.html")]
struct ListPage {
    layout: Layout,
    q: String,
    rows: Vec<TextRow>,
    total: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "public/published_text.html")]
struct TextPage {
    layout: Layout,
    title: String,
    /// Label and text.
    lines: Vec<(String, String)>,
    class: String,
    authority: String,
    since: String,
    until: Option<String>,
    /// What was withdrawn and why.
    withdrawn: Option<String>,
    /// Page of the institution.
    institution: Option<String>,
    /// Its proof in the log, where this instance keeps one.
    proof: Option<String>,
    /// The text was erased: when, why, by which act.
    erased: Option<String>,
}

/// The party where it is named, else the number, else the class: a person is not named.
fn title(text: &PublicText) -> String {
    if text.withdrawn.is_some() {
        return "公示撤回说明".into();
    }
    let named = text.get("party_name").or_else(|| text.get("document_number"));
    named.map_or_else(|| text.class.clone(), str::to_owned)
}

fn row(text: &PublicText) -> TextRow {
    let title = title(text);
    let parts = ["document_number", "violation", "penalty_kinds", "items", "result"].map(|name| text.get(name));
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| *part != title).collect();
    TextRow {
        url: format!("{PATH}/{}", text.id),
        detail: text.withdrawn.clone().unwrap_or_else(|| parts.join("，")),
        class: text.class.clone(),
        withdrawn: text.withdrawn.is_some(),
        since: text.since.to_string(),
        title,
    }
}

async fn list(State(web): State<Web>, UrlQuery(query): UrlQuery<Query>) -> Response {
    let wanted = query.q.trim();
    let wanted = (!wanted.is_empty()).then_some(wanted);
    let found = match publication::public_list(&web.app, wanted, Cursor::decode(&query.after), PAGE).await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let page = ListPage {
        layout: Layout::bare(&web, "公示", Door::Public),
        rows: found.rows.iter().map(row).collect(),
        total: number(found.total),
        next: found.next.map(|next| query.showing("").sorted("").page(PATH, Some(&next))),
        q: query.q,
    };
    html(StatusCode::OK, &page)
}

/// The page of the institution, where the text names exactly one that anybody may look up.
async fn institution_of(web: &Web, text: &PublicText) -> Result<Option<String>, Failure> {
    let Some(name) = text.get("party_name") else { return Ok(None) };
    let mut found = institution::named(&visitor(&web.app), name).await?;
    if let Some(code) = text.get("credit_code") {
        found.retain(|i| i.details.credit_code.as_ref().is_none_or(|known| known.to_string() == code));
    }
    Ok(match found.as_slice() {
        [one] => Some(format!("/institutions/{}", one.id)),
        _ => None,
    })
}

/// The proof of a text as long as it is shown; what was taken down is not given away by its proof.
async fn proof(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let found = async {
        let id: PublicationId = id.parse().map_err(|_| Failure::NotFound)?;
        match publication::public_row(&web.app, id).await? {
            Some(row) => Ok(row.id),
            // Of what was erased the place in the log is proven still.
            None => Ok(publication::erased_row(&web.app, id).await?.ok_or(Failure::NotFound)?.0),
        }
    };
    match found.await {
        Ok(row) => log::proof_of_shown(&web, row).await,
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn show(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let found = async {
        let id: PublicationId = id.parse().map_err(|_| Failure::NotFound)?;
        let text = publication::public_get(&web.app, id).await?;
        let institution = institution_of(&web, &text).await?;
        let row = publication::public_row(&web.app, id).await?.map(|row| row.id);
        let (erased_row, erased) = publication::erased_row(&web.app, id).await?.unzip();
        let proof = row.or(erased_row).filter(|_| web.app.log.get().is_some()).map(|_| format!("{PATH}/{id}/proof"));
        Ok::<_, Failure>((text, institution, proof, erased))
    };
    let (text, institution, proof, erased) = match found.await {
        Ok(found) => found,
        Err(Failure::NotFound) => {
            let why = "可能公示期已满，已经撤下；也可能网址有误。请从公示列表重新查找。";
            return errors::page(&web, StatusCode::NOT_FOUND, "没有找到该公示", why);
        }
        Err(failure) => return errors::failure(&web, &failure),
    };
    let authority = text.get("authority").or_else(|| text.get("inspecting_authority"));
    let title = title(&text);
    let page = TextPage {
        layout: Layout::bare(&web, &format!("{}：{title}", text.class), Door::Public),
        title,
        lines: text.fields.iter().map(|field| (field.label.clone(), field.text.clone())).collect(),
        authority: authority.unwrap_or(&web.app.policy.city.authority).to_owned(),
        class: text.class,
        since: chinese(text.since),
        until: text.until.map(chinese),
        withdrawn: text.withdrawn,
        institution,
        proof,
        erased,
    };
    html(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_govern::publication::Field;
    use xingjian_kernel::LocalDate;

    fn text(fields: &[(&str, &str)], withdrawn: Option<&str>) -> PublicText {
        let field = |(name, text): &(&str, &str)| Field {
            name: (*name).to_owned(),
            label: String::new(),
            text: (*text).to_owned(),
        };
        PublicText {
            id: "0199a000-0000-7000-8000-000000000001".parse().unwrap(),
            class: "行政处罚决定（个人）".into(),
            fields: fields.iter().map(field).collect(),
            since: LocalDate::new(2026, 9, 5).unwrap(),
            until: None,
            withdrawn: withdrawn.map(str::to_owned),
        }
    }

    #[test]
    fn a_row_is_named_by_its_party_else_by_its_number() {
        let number = ("document_number", "珠卫医罚〔2026〕1号");
        let named = row(&text(&[("party_name", "演示医院"), number, ("violation", "出租科室")], None));
        assert_eq!((named.title.as_str(), named.detail.as_str()), ("演示医院", "珠卫医罚〔2026〕1号，出租科室"));
        let person = row(&text(&[number, ("violation", "出租科室")], None));
        assert_eq!((person.title.as_str(), person.detail.as_str()), (number.1, "出租科室"));
        let gone = row(&text(&[], Some("行政处罚决定已撤回：决定被撤销")));
        assert_eq!((gone.title.as_str(), gone.detail.as_str()), ("公示撤回说明", "行政处罚决定已撤回：决定被撤销"));
    }
}
