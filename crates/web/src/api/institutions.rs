//! The registry as other systems read it.

use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Property, Schema, answer, any_text, has, line, may, or_null, page};
use super::schemas::Named;
use crate::app::Web;
use serde::Deserialize;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::Fault;
use xingjian_kernel::id::InstitutionId;
use xingjian_registry::institution::{Details, Institution};
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, records};

/// Institutions of one legal person that are looked at.
const SAME: u32 = 200;

pub fn operations() -> Vec<Operation> {
    let listed = "按名称的拼音排序。licence（登记号）、credit_code（统一社会信用代码）、insurance_code（定点医药机构编码）是精确查找，q 是查找词；一个法人可以有几家机构。";
    vec![
        Operation::get("/api/v1/institutions", ApiScope::RegistryRead, "listInstitutions", list)
            .about("登记", "查询医疗机构", listed)
            .query("q", line(1, 100), ("名称、地址、编码中的词", "口腔"))
            .query("licence", line(1, 40), ("医疗机构执业许可证登记号", "PDY60001844040211A1001"))
            .query("credit_code", line(1, 40), ("统一社会信用代码", "12440400MB2C00001X"))
            .query("insurance_code", line(1, 40), ("定点医药机构编码", "H44040200001"))
            .paged()
            .done(200, page("Institution"), json!({ "rows": [example()], "next": null })),
        Operation::get("/api/v1/institutions/{id}", ApiScope::RegistryRead, "getInstitution", get)
            .about("登记", "一家医疗机构", "以本系统的编号读取。")
            .needs(Place::Path, "id", Schema::Id, ("机构编号", EXAMPLE))
            .done(200, Schema::Named("Institution"), example()),
    ]
}

/// An id for examples.
pub const EXAMPLE: &str = "019a0000-0000-7000-8000-000000000001";

fn example() -> Value {
    json!({
        "id": EXAMPLE, "name": "演示口腔门诊部", "licence": "PDY60001844040211A1001", "credit_code": null,
        "insurance_code": null, "division": "440402", "place": null, "category": "D153", "level": null,
        "address": "演示路1号", "telephone": null, "beds": 0, "since": "2026-01-05",
    })
}

pub fn schemas() -> Vec<Named> {
    let institution = answer(vec![
        has("id", Schema::Id, "本系统的编号，不变"),
        has("name", any_text(), "执业许可证上的名称"),
        has("licence", or_null(any_text()), "医疗机构执业许可证登记号"),
        has("credit_code", or_null(any_text()), "统一社会信用代码（GB 32100）"),
        has("insurance_code", or_null(any_text()), "定点医药机构编码"),
        has("division", any_text(), "行政区划代码（GB/T 2260，可至街道）"),
        has("place", or_null(any_text()), "所在区县的原文，不在区划表中时才有"),
        has("category", or_null(any_text()), "机构类别代码（WS 218）"),
        has("level", or_null(any_text()), "等级"),
        has("address", or_null(any_text()), "地址"),
        has("telephone", or_null(any_text()), "电话"),
        has("beds", or_null(Schema::Integer { least: 0, most: i64::from(u32::MAX) }), "编制床位；null 是没有登记"),
        has("since", Schema::Date, "登记内容自哪天起如此"),
    ]);
    vec![("Institution", "医疗机构的登记信息", institution)]
}

/// As other systems read it.
fn shown(institution: &Institution) -> Value {
    let Details { name, division, place, category, level, address, telephone, beds, .. } = &institution.details;
    let details = &institution.details;
    json!({
        "id": institution.id, "name": name, "licence": details.licence, "credit_code": details.credit_code,
        "insurance_code": details.insurance_code, "division": division, "place": place, "category": category,
        "level": level, "address": address, "telephone": telephone, "beds": beds, "since": institution.since,
    })
}

async fn list(_: Web, call: Call) -> Outcome {
    if let Some(licence) = call.text("licence") {
        let found = records::by_number::<Institution>(&call.ctx, licence).await?;
        return Ok(Reply::page(&found.iter().map(|stored| shown(stored)).collect::<Vec<_>>(), None));
    }
    if let Some(code) = call.text("credit_code") {
        let found = with_code(&call.ctx, code, |it| it.credit_code.as_ref().map(ToString::to_string)).await?;
        return Ok(Reply::page(&found.iter().map(|stored| shown(stored)).collect::<Vec<_>>(), None));
    }
    if let Some(code) = call.text("insurance_code") {
        let found = with_code(&call.ctx, code, |it| it.insurance_code.clone()).await?;
        return Ok(Reply::page(&found.iter().map(|stored| shown(stored)).collect::<Vec<_>>(), None));
    }
    let filter = Filter {
        text: call.text("q").map(str::to_owned),
        after: call.after()?,
        limit: call.limit(),
        order: Order::Title,
        ..Filter::default()
    };
    let found = records::list::<Institution>(&call.ctx, &filter).await?;
    Ok(Reply::page(&found.rows.iter().map(|stored| shown(stored)).collect::<Vec<_>>(), found.next.as_ref()))
}

/// Those that have exactly this code.
async fn with_code(
    ctx: &Ctx,
    code: &str,
    of: impl Fn(&Details) -> Option<String>,
) -> Result<Vec<Stored<Institution>>, Failure> {
    let filter = Filter { text: Some(code.to_owned()), limit: SAME, order: Order::Title, ..Filter::default() };
    let mut found = records::list::<Institution>(ctx, &filter).await?.rows;
    found.retain(|it| of(&it.details).as_deref() == Some(code));
    Ok(found)
}

async fn get(_: Web, call: Call) -> Outcome {
    let id: InstitutionId = call.id("id")?;
    let found = records::must::<Institution>(&call.ctx, id).await?;
    Ok(Reply::ok(shown(&found)))
}

/// Which institution is meant: by one of these.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    /// Id in this system.
    pub institution_id: Option<InstitutionId>,
    /// Number of its licence.
    pub licence: Option<String>,
    /// Credit code of its legal person.
    pub credit_code: Option<String>,
}

/// The properties by which a body names an institution.
pub fn which() -> Vec<Property> {
    vec![
        may("institution_id", Schema::Id, "机构编号；与 licence、credit_code 三者填一"),
        may("licence", line(1, 40), "医疗机构执业许可证登记号"),
        may("credit_code", line(1, 40), "统一社会信用代码；该法人只有一家机构时可用"),
    ]
}

impl Which {
    /// The institution, as far as the caller sees it; `None` where nothing is named.
    pub async fn find(&self, ctx: &Ctx) -> Result<Option<Stored<Institution>>, Problem> {
        let fault = |place: &str, value: &str, reason: &str, mend: &str| {
            Problem::faults(Code::Invalid, vec![Fault::new(place, value, reason, mend)])
        };
        let given = [
            ("/institution_id", self.institution_id.map(|id| id.to_string())),
            ("/licence", self.licence.clone()),
            ("/credit_code", self.credit_code.clone()),
        ];
        if let Some((place, Some(value))) = given.into_iter().filter(|(_, value)| value.is_some()).nth(1) {
            return Err(fault(place, &value, "机构用了不止一种方式指明", "三种方式只用一种"));
        }
        let unknown = |place: &str, value: &str| {
            fault(place, value, "登记库中没有这家机构", "请核对；有 registry_read 权限的可以查询 /api/v1/institutions")
        };
        if let Some(id) = self.institution_id {
            let found = records::get::<Institution>(ctx, id).await?;
            return found.map(Some).ok_or_else(|| unknown("/institution_id", &id.to_string()));
        }
        if let Some(licence) = &self.licence {
            let found = records::by_number::<Institution>(ctx, licence).await?;
            return found.map(Some).ok_or_else(|| unknown("/licence", licence));
        }
        let Some(code) = &self.credit_code else { return Ok(None) };
        let mut found = with_code(ctx, code, |it| it.credit_code.as_ref().map(ToString::to_string)).await?;
        match found.len() {
            0 => Err(unknown("/credit_code", code)),
            1 => Ok(found.pop()),
            _ => Err(fault("/credit_code", code, "该法人有几家机构", "请改用 institution_id 或者 licence")),
        }
    }
}
