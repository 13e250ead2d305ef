//! What a credit platform takes (信用信息共享): the grade of institutions, what it rests on and how it came there.

use super::institutions::EXAMPLE;
use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Schema, answer, any_text, has, many, or_null, page};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_credit::grade::Standing;
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::id::InstitutionId;
use xingjian_registry::institution::Institution;
use xingjian_store::{Ctx, Failure, Filter, Order, records};

pub fn operations() -> Vec<Operation> {
    let listed = "医疗机构的现行信用等级、得分由来和变动，按名称的拼音排序，供信用信息共享平台归集；订阅 credit.updated 即在变动时得到通知。试算中的等级不在其中；法人和个人不评定等级，不在其中。一页可能不足 limit 条，请以 next 为准。";
    vec![
        Operation::get("/api/v1/credit-records", ApiScope::Credit, "listCreditRecords", list)
            .about("信用", "查询信用记录", listed)
            .paged()
            .done(200, page("CreditRecord"), json!({ "rows": [example()], "next": null })),
        Operation::get("/api/v1/credit-records/{institution_id}", ApiScope::Credit, "getCreditRecord", get)
            .about("信用", "一家医疗机构的信用记录", "没有发生过信用事件的机构没有记录。")
            .needs(Place::Path, "institution_id", Schema::Id, ("机构编号", EXAMPLE))
            .done(200, Schema::Named("CreditRecord"), example()),
    ]
}

fn example() -> Value {
    json!({
        "subject": format!("institution:{EXAMPLE}"), "name": "演示口腔门诊部", "licence": "PDY60001844040211A1001",
        "credit_code": null, "insurance_code": null, "institution_id": EXAMPLE, "grade": "C", "label": "较差", "points": 720, "since": "2026-11-20", "period_from": "2025-11-21",
        "as_of": "2026-11-20", "model": "default", "model_from": "2026-01-01", "next_change": "2027-11-20",
        "causes": [{ "name": "行政处罚", "count": 1, "points": -80, "veto": null }],
        "history": [{ "on": "2026-11-20", "from": "A", "to": "C", "points": 720 }],
    })
}

pub fn schemas() -> Vec<Named> {
    let points = || Schema::Integer { least: i64::from(i32::MIN), most: i64::from(i32::MAX) };
    let cause = answer(vec![
        has("name", any_text(), "评价项"),
        has("count", Schema::Integer { least: 0, most: i64::from(u32::MAX) }, "次数或者分数"),
        has("points", points(), "计入的分值"),
        has("veto", or_null(any_text()), "直接评定的等级"),
    ]);
    let change = answer(vec![
        has("on", Schema::Date, "自哪天起"),
        has("from", any_text(), "原等级"),
        has("to", any_text(), "新等级"),
        has("points", points(), "得分"),
    ]);
    let record = answer(vec![
        has("subject", any_text(), "信用主体：类别和编号"),
        has("name", any_text(), "名称"),
        has("licence", or_null(any_text()), "医疗机构执业许可证登记号"),
        has("credit_code", or_null(any_text()), "统一社会信用代码"),
        has("insurance_code", or_null(any_text()), "定点医药机构编码"),
        has("institution_id", Schema::Id, "机构编号，可用于 /api/v1/institutions/{id}"),
        has("grade", any_text(), "等级"),
        has("label", any_text(), "等级的含义"),
        has("points", points(), "得分"),
        has("since", Schema::Date, "自哪天起为该等级"),
        has("period_from", Schema::Date, "评价周期的第一天"),
        has("as_of", Schema::Date, "最近一次评定的日期"),
        has("model", any_text(), "评价模型"),
        has("model_from", Schema::Date, "评价模型的版本：施行日期"),
        has("next_change", or_null(Schema::Date), "最早一件不再计入的日期"),
        has("causes", many(Schema::Named("CreditCause")), "得分的由来"),
        has("history", many(Schema::Named("CreditChange")), "等级的变动，从旧到新"),
    ]);
    vec![
        ("CreditCause", "一项得分的由来", cause),
        ("CreditChange", "一次等级变动", change),
        ("CreditRecord", "一个主体的信用记录", record),
    ]
}

/// The record, unless it is a trial.
async fn shown(ctx: &Ctx, of: &Standing) -> Result<Option<Value>, Failure> {
    let grading = &of.grading;
    if grading.trial {
        return Ok(None);
    }
    // Nobody but institutions is graded.
    let SubjectRef::Institution(id) = of.subject else { return Ok(None) };
    let Some(institution) = records::get::<Institution>(ctx, id).await? else { return Ok(None) };
    let details = &institution.details;
    let causes = grading
        .lines
        .iter()
        .map(|line| json!({ "name": line.name, "count": line.count, "points": line.subtotal, "veto": line.veto }));
    let history = of
        .history
        .iter()
        .filter(|change| !change.trial)
        .map(|change| json!({ "on": change.on, "from": change.from, "to": change.to, "points": change.total }));
    Ok(Some(json!({
        "subject": of.subject, "name": of.name, "licence": details.licence, "credit_code": details.credit_code,
        "insurance_code": details.insurance_code, "institution_id": id,
        "grade": grading.grade, "label": grading.label, "points": grading.total, "since": of.since(),
        "period_from": grading.from, "as_of": grading.as_of, "model": grading.model.id,
        "model_from": grading.model.from, "next_change": grading.next_change,
        "causes": causes.collect::<Vec<_>>(), "history": history.collect::<Vec<_>>(),
    })))
}

async fn list(_: Web, call: Call) -> Outcome {
    let filter = Filter { after: call.after()?, limit: call.limit(), order: Order::Title, ..Filter::default() };
    let found = records::list::<Standing>(&call.ctx, &filter).await?;
    let mut rows = vec![];
    for of in &found.rows {
        rows.extend(shown(&call.ctx, of).await?);
    }
    Ok(Reply::page(&rows, found.next.as_ref()))
}

async fn get(_: Web, call: Call) -> Outcome {
    let subject = SubjectRef::Institution(call.id::<InstitutionId>("institution_id")?);
    let found = records::must::<Standing>(&call.ctx, subject).await?;
    let shown = shown(&call.ctx, &found).await?;
    shown.map(Reply::ok).ok_or_else(|| Problem::bare(Code::NotFound))
}
