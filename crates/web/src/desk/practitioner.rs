use super::institution;
use super::registry::{self, Fact, Facts, SubjectPage};
use super::{Tried, department};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Column, Field, Kind, Layout, Query};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use std::collections::BTreeMap;
use xingjian_kernel::id::{InstitutionId, PractitionerId};
use xingjian_kernel::{Fault, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::practitioner::{self, Practitioner};
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, ledger, records};

const PATH: &str = "/desk/practitioners";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Practitioners>(READERS),
        vec![
            Route::get("/desk/practitioners/{id}", READERS, show),
            Route::post("/desk/practitioners/{id}/citizen", Callers::Holding(&[Permission::ManageRegistry]), reveal),
        ],
    ]
    .concat()
}

/// The institutions where somebody practises, the main one first.
async fn places(ctx: &Ctx, practitioner: &Practitioner) -> Result<Vec<Stored<Institution>>, Failure> {
    let mut places = vec![];
    for id in &practitioner.places {
        places.extend(records::get::<Institution>(ctx, id).await?);
    }
    Ok(places)
}

/// The list of practitioners.
struct Practitioners;

impl Listing for Practitioners {
    type Item = Practitioner;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/practitioners/excel";
    const TITLE: &'static str = "卫生技术人员";
    const UNIT: &'static str = "人";
    const PLACEHOLDER: &'static str = "按姓名、执业证书编码查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("姓名").below("执业范围").sorted(Order::Title),
        Column::new("类别"),
        Column::new("主要执业机构"),
        Column::new("所在区划"),
        Column::new("执业证书"),
        Column::new("登记日期").sorted(Order::Newest),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的卫生技术人员。请核对姓名或者执业证书编码。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Practitioner> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Practitioner>]) -> Cells {
        // Many practise at the same place.
        let mut places: BTreeMap<InstitutionId, Option<String>> = BTreeMap::new();
        let mut rows = vec![];
        for person in found {
            let place = match person.places.first() {
                None => None,
                Some(id) => {
                    if !places.contains_key(id) {
                        let found = records::get::<Institution>(&caller.ctx, id).await?;
                        places.insert(*id, found.map(|place| place.value.details.name));
                    }
                    places.get(id).cloned().flatten()
                }
            };
            rows.push(vec![
                Cell::link(&person.name, format!("{PATH}/{}", person.id))
                    .note(person.scope.clone().unwrap_or_default()),
                Cell::text(person.profession.label()),
                Cell::known(place.as_deref()),
                Cell::text(registry::division(web, &person.division)),
                person.certificate.clone().map_or(Cell::Missing("无数据"), Cell::Code),
                Cell::text(person.created_at.local_date().to_string()),
                Cell::State(registry::registered()),
            ]);
        }
        Ok(rows)
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

/// The citizen number is shown once, in the answer to this form, and never in an address.
async fn reveal(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    given: Given,
) -> Response {
    let seen = async {
        let person: PractitionerId = id.parse().map_err(|_| Failure::NotFound)?;
        let reason = given.text("reason").trim();
        if reason.is_empty() {
            return Err(Failure::from(Fault::new("reason", "", "没有填写查看事由", "请写明办理的事项")));
        }
        practitioner::reveal_citizen(&caller.ctx, person, reason).await
    };
    match seen.await {
        Ok(clear) => {
            let text = clear.map_or("没有登记公民身份号码".into(), |clear| {
                format!("公民身份号码：{clear}（仅本次显示，查看事由已写入存证）")
            });
            page(&web, &caller, &id, None, Some(&text)).await
        }
        Err(failure) => {
            let tried = Tried { action: "citizen", given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

fn facts(web: &Web, person: &Practitioner, places: &[Stored<Institution>]) -> Facts {
    let sealed = person.citizen.as_ref().map(|_| "已加密".to_owned());
    let mut facts = vec![
        Fact::new("姓名", Some(person.name.clone())),
        Fact::new("类别", Some(person.profession.label().into())),
        Fact::code("执业证书编码", person.certificate.clone()),
        Fact::new("执业范围", person.scope.clone()),
        Fact::new("公民身份号码", sealed),
        Fact::new("所在区划", Some(registry::division(web, &person.division))),
        Fact::new("登记部门", Some(department(web, person.department.as_str()))),
    ];
    if person.places.is_empty() {
        facts.push(Fact::new("执业机构", None));
    }
    for (at, place) in places.iter().enumerate() {
        let label = if at == 0 { "主要执业机构" } else { "多点执业机构" };
        facts.push(Fact::link(label, &place.details.name, institution::address(place.id)));
    }
    let note =
        if person.demo { "演示人员：虚构，不对应任何真实个人。".into() } else { String::new() };
    Facts { title: "登记信息", note, lines: facts }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let layout = Layout::of(web, caller, "卫生技术人员", PATH).done(done);
    let found = async {
        let person = records::must::<Practitioner>(&caller.ctx, id).await?;
        let subject = SubjectRef::Practitioner(person.id);
        let places = places(&caller.ctx, &person).await?;
        let rows = ledger::of_subject(&caller.ctx, subject, registry::ACTS + 1).await?;
        let points = registry::points(web, caller, subject).await?;
        Ok::<_, Failure>((person, places, rows, points))
    };
    let (person, places, mut rows, points) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let more = rows.len() > registry::ACTS as usize;
    rows.truncate(registry::ACTS as usize);
    let mut actions = vec![];
    if person.citizen.is_some() && caller.ctx.actor.may(Permission::ManageRegistry) {
        let form = ActionForm::new("citizen", "查看公民身份号码", format!("{PATH}/{id}/citizen"), person.version)
            .secondary()
            .field(Field::new("reason", "查看事由", Kind::Text).hint("写明办理的事项和文号。"))
            .consequence("号码只显示一次；查看人、时间和事由将写入存证。");
        actions.push(form);
    }
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let page = SubjectPage {
        list: ("卫生技术人员", PATH),
        title: person.name.clone(),
        number: person.certificate.clone().unwrap_or_default(),
        state: registry::registered(),
        facts: vec![facts(web, &person, &places), points],
        versions: vec![],
        credit: None,
        acts: registry::acts(&layout, id, rows),
        more,
        actions,
        waiting: vec![],
        problem,
        layout: Layout { title: person.name.clone(), ..layout },
    };
    html(Tried::status(tried.as_ref()), &page)
}
