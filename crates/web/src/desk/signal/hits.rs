use super::PATH;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::encode;
use crate::guard::Caller;
use crate::hits::{self, Found, HitsPage, Parcels};
use crate::ui::Layout;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_sense::claims::{Claims, Group};
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

    /// Which ones, of which so many are kept.
    pub async fn found(&self, caller: &Caller, claims: &Claims, own: &str) -> Result<Shown, Failure> {
        let (parcels, all, title) = self.parcels(claims)?;
        let (first, turns) = hits::place(self.page, hits::held(&parcels), &self.link(own));
        let note = format!("{}按规则涉及的金额、医师和日期排列。", hits::kept_of(hits::held(&parcels), all));
        Ok(Shown { found: hits::from(&caller.ctx, &parcels, first).await?, title, note, turns })
    }

    /// Parcels that hold them, how many there are, and what they are called.
    fn parcels<'a>(&self, claims: &'a Claims) -> Result<(Parcels<'a>, u64, String), Failure> {
        if let Some(at) = self.change {
            let change = claims.changes.get(at).ok_or(Failure::NotFound)?;
            let parcels = change.evidence.iter().map(|parcel| (change.name.as_str(), "已撤回的命中", parcel)).collect();
            return Ok((parcels, change.withdrawn, format!("已撤回的命中：{}", change.name)));
        }
        let wanted = |group: &&Group| self.rule.is_empty() || group.rule == self.rule;
        let mut groups: Vec<&Group> = claims.groups.iter().filter(wanted).collect();
        groups.sort_by_key(|group| std::cmp::Reverse((group.sum.amount, group.sum.hits)));
        let title = match (groups.as_slice(), self.rule.is_empty()) {
            ([group], false) => format!("{}：{}", group.name, group.title),
            _ => "全部命中".to_owned(),
        };
        let all = groups.iter().map(|group| group.sum.hits).sum();
        let named = |group: &&'a Group| {
            let (name, title) = (group.name.as_str(), group.title.as_str());
            group.evidence.iter().map(move |parcel| (name, title, parcel)).collect::<Vec<_>>()
        };
        Ok((groups.iter().flat_map(named).collect(), all, title))
    }
}

/// The hits of one page.
pub struct Shown {
    /// The hits.
    pub found: Vec<Found>,
    /// What they are called.
    pub title: String,
    /// How many there are, how many were kept, and in which order.
    pub note: String,
    /// The ways to the other pages.
    pub turns: Vec<(String, String)>,
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
    let Shown { found, title, note, turns } = wanted.found(caller, claims, &own).await?;
    let hits = hits::views(&caller.ctx, found, hits::at_desk).await?;
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
