use super::PATH;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::encode;
use crate::guard::Caller;
use crate::hits::{self, Found, HitsPage};
use crate::ui::Layout;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_sense::claims::Claims;
use xingjian_sense::signal::Signal;
use xingjian_store::{Failure, records};

/// Which hits of a signal are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Those of one rule; empty is all.
    pub rule: String,
    /// Those that a change withdrew, by its place.
    pub change: Option<usize>,
    /// Page, from 1.
    pub page: usize,
}

impl Wanted {
    /// The address of a page of it, but for the number; `own` is the page of the signal.
    pub fn link(&self, own: &str) -> String {
        match self.change {
            Some(change) => format!("{own}/hits?change={change}&page="),
            None => format!("{own}/hits?rule={}&page=", encode(&self.rule)),
        }
    }

    /// What was kept of them, how many there are, and what they are called.
    pub async fn found(&self, caller: &Caller, claims: &Claims) -> Result<(Vec<Found>, u64, String), Failure> {
        if let Some(at) = self.change {
            let change = claims.changes.get(at).ok_or(Failure::NotFound)?;
            let title = format!("已撤回的命中：{}", change.name);
            return Ok((hits::of_change(&caller.ctx, change).await?, change.withdrawn, title));
        }
        let found = hits::of_signal(&caller.ctx, claims, &self.rule).await?;
        let name = claims.group(&self.rule).map(|group| format!("{}：{}", group.name, group.title));
        let title = name.unwrap_or_else(|| "全部命中".to_owned());
        Ok((found, hits::counted(claims, &self.rule), title))
    }
}

pub async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(wanted): UrlQuery<Wanted>,
) -> Response {
    match page(&web, &caller, &id, &wanted).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, wanted: &Wanted) -> Result<HitsPage, Failure> {
    let signal = records::must::<Signal>(&caller.ctx, id).await?;
    let claims = signal.claims.as_deref().ok_or(Failure::NotFound)?;
    let own = format!("{PATH}/{}", signal.id);
    let (found, all, title) = wanted.found(caller, claims).await?;
    let note = hits::kept_of(found.len(), all);
    let (hits, turns) = hits::page(&caller.ctx, found, wanted.page, &wanted.link(&own), hits::at_desk).await?;
    Ok(HitsPage {
        layout: Layout::of(web, caller, &signal.subject_name, PATH),
        crumbs: vec![("线索".into(), PATH.into()), (signal.title(), own)],
        title,
        notes: vec![note],
        groups: None,
        hits,
        turns,
        empty: "没有这样的命中。数据更正后命中可能已经撤回，请返回线索查看。",
    })
}
