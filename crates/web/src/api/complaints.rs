//! Complaints from other systems, and what became of them, by their receipt.

use super::codes;
use super::institutions::{Which, which};
use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Property, Schema, answer, any_text, has, input, line, many, may, or_null, text};
use super::schemas::Named;
use crate::app::Web;
use serde::Deserialize;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::time::rfc3339;
use xingjian_sense::complaint::{Complaint, MAX_TEXT, MIN_TEXT, NewComplaint, ReporterClear, State, service};

/// States as the reporter may know them: who waits for whom inside the office is not told.
const STATES: [&str; 8] =
    ["received", "joined", "accepted", "investigating", "closed", "reopened", "archived", "declined"];

pub fn operations() -> Vec<Operation> {
    let posted = "登记为新的一件，按政策包的期限受理。receipt 是查询码，只在这里给出；同一个 Idempotency-Key 重发得到同一个查询码。请勿在 text 中写身份证号码。";
    let followed = "以查询码读取进度和答复。查询码写在 Complaint-Receipt 中而不在地址里，因为地址会留在日志中。";
    vec![
        Operation::post("/api/v1/complaints", ApiScope::Complaints, "createComplaint", post)
            .about("投诉举报", "提交投诉举报", posted)
            .body(
                "NewComplaint",
                json!({
                    "about": "演示口腔门诊部", "channel": "transfer",
                    "text": "2026年11月20日上午就诊，收费项目与公示不一致，要求核实。",
                    "reporter": { "name": "演示举报人", "contact": "13800000000" },
                }),
            )
            .done(
                201,
                Schema::Named("Receipt"),
                json!({ "number": "TS2026-000012", "receipt": "ABCD-EFGH-JKLM-NPQR", "repeated": false }),
            ),
        Operation::get("/api/v1/complaints/by-receipt", ApiScope::Complaints, "getComplaintByReceipt", follow)
            .about("投诉举报", "以查询码查询", followed)
            .needs(Place::Header, "Complaint-Receipt", line(1, 40), ("查询码", "ABCD-EFGH-JKLM-NPQR"))
            .problems(&[Code::NotFound])
            .done(
                200,
                Schema::Named("ComplaintStatus"),
                json!({
                    "number": "TS2026-000012", "about": "演示口腔门诊部", "received_at": "2026-11-21T09:03:07+08:00",
                    "state": "investigating", "due": "2027-01-19", "department": "health",
                    "progress": [{ "on": "2026-11-25", "text": "已对被反映单位实施现场检查" }],
                    "answer": null, "declined": null,
                }),
            ),
    ]
}

pub fn schemas() -> Vec<Named> {
    let reporter =
        input(vec![has("name", line(1, 100), "姓名，加密保存"), has("contact", line(1, 100), "联系方式，加密保存")]);
    let mut new: Vec<Property> = vec![
        has("about", line(1, 200), "反映的机构或地点，原话"),
        has("text", text(MIN_TEXT, MAX_TEXT), "时间、地点、经过"),
        has("channel", line(1, 40), "渠道代码，见 GET /api/v1/codes 的 channels，如 transfer（部门移送、交办）"),
        may("reporter", or_null(Schema::Named("Reporter")), "举报人；没有或者 null 是匿名"),
    ];
    new.extend(which());
    let receipt = answer(vec![
        has("number", any_text(), "登记号"),
        has("receipt", any_text(), "查询码"),
        has(
            "repeated",
            Schema::Boolean,
            "48小时内重发的得到原来的答复，这里仍是 false，答复头有 Idempotency-Replayed；此后以同一个 Idempotency-Key 和原文重发的是 true，没有再登记一件",
        ),
    ]);
    let progress = answer(vec![has("on", Schema::Date, "日期"), has("text", any_text(), "进展")]);
    let told = answer(vec![has("finding", any_text(), "核查结论"), has("text", any_text(), "答复内容")]);
    let status = answer(vec![
        has("number", any_text(), "登记号"),
        has("about", any_text(), "反映的机构或地点"),
        has("received_at", Schema::Instant, "收到的时刻"),
        has(
            "state",
            Schema::OneOf(STATES.to_vec()),
            "received 待受理，joined 已并入同一事项，accepted 已受理，investigating 核查中，closed 已办结，reopened 重新办理，archived 已归档，declined 不予受理",
        ),
        has("due", or_null(Schema::Date), "受理或者答复的期限"),
        has("department", or_null(any_text()), "承办部门；null 是还没有受理"),
        has("progress", many(Schema::Named("Progress")), "进展"),
        has("answer", or_null(Schema::Named("ComplaintAnswer")), "答复"),
        has("declined", or_null(any_text()), "不予受理的理由"),
    ]);
    vec![
        ("NewComplaint", "一件投诉举报", input(new)),
        ("Reporter", "实名举报人", reporter),
        ("Receipt", "登记的结果", receipt),
        ("Progress", "一步进展", progress),
        ("ComplaintAnswer", "对举报人的答复", told),
        ("ComplaintStatus", "办理情况", status),
    ]
}

#[derive(Deserialize)]
struct Posted {
    about: String,
    text: String,
    channel: String,
    #[serde(default)]
    reporter: Option<Reporter>,
    #[serde(flatten)]
    which: Which,
}

#[derive(Deserialize)]
struct Reporter {
    name: String,
    contact: String,
}

async fn post(_: Web, call: Call) -> Outcome {
    let posted: Posted = call.body()?;
    let institution = posted.which.find(&call.ctx).await?;
    let reporter =
        posted.reporter.map(|it| ReporterClear { name: it.name.trim().into(), contact: it.contact.trim().into() });
    let new = NewComplaint {
        channel: posted.channel,
        about: posted.about,
        subject: institution.map(|it| it.subject()),
        text: posted.text,
        reporter,
        division: None,
        once: call.once.clone(),
    };
    let receipt = service::submit(&call.ctx, new).await.map_err(codes::mended)?;
    let told = json!({ "number": receipt.number, "receipt": receipt.code, "repeated": receipt.repeated });
    Ok(Reply::created(told))
}

async fn follow(_: Web, call: Call) -> Outcome {
    let code = call.text("Complaint-Receipt").unwrap_or_default();
    let found = service::by_receipt(&call.ctx, code).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound, "没有这个查询码"))?;
    Ok(Reply::ok(shown(&found)))
}

fn shown(complaint: &Complaint) -> Value {
    let (answer, declined) = match &complaint.state {
        State::Closed { answer, .. } => (json!({ "finding": answer.finding, "text": answer.text }), None),
        State::Declined { reason, .. } => (Value::Null, Some(reason)),
        _ => (Value::Null, None),
    };
    let state = match &complaint.state {
        State::Answered { .. } => "investigating",
        state => state.name(),
    };
    json!({
        "number": complaint.number, "about": complaint.about, "received_at": rfc3339(complaint.received_at),
        "state": state, "due": complaint.state.due().map(|due| due.due),
        "department": complaint.state.acceptance().map(|acceptance| &acceptance.unit),
        "progress": complaint.progress, "answer": answer, "declined": declined,
    })
}
