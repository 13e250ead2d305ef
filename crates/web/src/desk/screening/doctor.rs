use super::institution::Sight;
use super::{PATH, READERS, address};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::encode;
use crate::guard::Caller;
use crate::hits::{self, Found, HitsPage};
use crate::route::Route;
use crate::ui::Layout;
use crate::ui::table::{Cell, Table};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_sense::claims::{Hit, Parcel, Part, Sum};
use xingjian_store::Failure;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/desk/screening/institutions/{id}/doctors", READERS, show)]
}

/// Whose hits are looked at. What is not named is not looked at; what is named without a value is missing in the data.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    code: Option<String>,
    department: Option<String>,
    page: usize,
}

impl Wanted {
    fn fits(&self, department: Option<&str>, doctor: Option<&str>) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| wanted == found.unwrap_or_default())
        };
        same(&self.code, doctor) && same(&self.department, department)
    }

    fn part(&self, part: &Part) -> bool {
        self.fits(part.department.as_deref(), part.doctor.as_deref())
    }

    fn hit(&self, hit: &Hit) -> bool {
        self.fits(hit.department.as_deref(), hit.doctor.as_deref())
    }

    /// Whether a parcel may hold a hit of this doctor; parcels are in order of doctors.
    fn parcel(&self, parcel: &Parcel) -> bool {
        let Some(code) = &self.code else { return true };
        let wanted = (!code.is_empty()).then(|| code.clone());
        parcel.doctors.0 <= wanted && wanted <= parcel.doctors.1
    }

    fn title(&self) -> String {
        let one = |label: &str, value: &Option<String>| {
            value.as_ref().map(|value| {
                if value.is_empty() { format!("{label}（数据中没有填写）") } else { format!("{label}{value}") }
            })
        };
        let parts: Vec<String> =
            [one("医师", &self.code), one("科室", &self.department)].into_iter().flatten().collect();
        if parts.is_empty() { "全部命中".to_owned() } else { parts.join("，") }
    }

    /// The address of a page of it, but for the number.
    fn link(&self, own: &str) -> String {
        let field = |name: &str, value: &Option<String>| {
            value.as_ref().map_or_else(String::new, |value| format!("{name}={}&", encode(value)))
        };
        format!("{own}/doctors?{}{}page=", field("code", &self.code), field("department", &self.department))
    }
}

async fn show(
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
    let sight = Sight::of(caller, id).await?;
    let (own, name) = (address(sight.institution.id), sight.institution.details.name.clone());
    let (mut found, mut all, mut rows) = (vec![], Sum::default(), vec![]);
    for signal in &sight.signals {
        let Some(claims) = signal.claims.as_deref() else { continue };
        let record = (format!("{}线索", claims.month), format!("/desk/signals/{}", signal.id));
        for group in &claims.groups {
            let sum =
                group.parts.iter().filter(|part| wanted.part(part)).fold(Sum::default(), |sum, p| sum.plus(p.sum));
            if sum.hits == 0 {
                continue;
            }
            all = all.plus(sum);
            rows.push((
                sum.amount,
                vec![
                    Cell::text(group.name.clone()).note(group.title.clone()),
                    Cell::State(hits::result(group.result)),
                    Cell::link(claims.month.to_string(), record.1.clone()),
                    Cell::Count(sum.hits),
                    Cell::Money(sum.amount),
                ],
            ));
            let parcels: Vec<Parcel> = group.evidence.iter().filter(|parcel| wanted.parcel(parcel)).cloned().collect();
            let kept = hits::read(&caller.ctx, &parcels, |hit| wanted.hit(hit)).await?;
            found.extend(kept.into_iter().map(|hit| Found {
                name: group.name.clone(),
                title: group.title.clone(),
                hit,
                record: Some(record.clone()),
            }));
        }
    }
    rows.sort_by_key(|(amount, _)| std::cmp::Reverse(*amount));
    let groups = Table::new("groups", "按规则和月份", &["规则", "结果", "月份", "命中（处）", "金额（元）"])
        .rows(rows.into_iter().map(|(_, row)| row));
    let notes = vec![format!("{}涉及{}元。按金额排序。", hits::kept_of(found.len(), all.hits), all.amount)];
    found.sort_by(|a: &Found, b| b.hit.amount.cmp(&a.hit.amount).then_with(|| a.hit.id.cmp(&b.hit.id)));
    let (first, turns) = hits::place(wanted.page, found.len(), &wanted.link(&own));
    let shown = found.into_iter().skip(first).take(hits::PAGE).collect();
    let hits = hits::views(&caller.ctx, shown, hits::at_desk).await?;
    Ok(HitsPage {
        layout: Layout::of(web, caller, &name, PATH),
        crumbs: vec![("医保筛查".into(), PATH.into()), (name, own)],
        title: wanted.title(),
        notes,
        groups: (!groups.rows.is_empty()).then_some(groups),
        hits,
        turns,
        empty: "没有这样的命中。数据更正后命中可能已经撤回，请从机构页面重新进入。",
    })
}
