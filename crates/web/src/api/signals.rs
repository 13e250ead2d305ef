//! Signals that other systems hand in, and what became of them.

use super::codes;
use super::institutions::{EXAMPLE, Which, which};
use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Property, Schema, answer, any_text, has, input, line, may, or_null, text};
use super::schemas::Named;
use crate::app::Web;
use serde::Deserialize;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::time::rfc3339;
use xingjian_kernel::{Fault, LocalDate};
use xingjian_sense::signal::service::{self, NewReport, Received};
use xingjian_sense::signal::{LONGEST_REPORT, SHORTEST_REPORT, Signal};

/// Every state of a signal.
const STATES: [&str; 9] =
    ["open", "asked", "replied", "confirmed", "inspecting", "filed", "dismissed", "closed", "withdrawn"];

pub fn operations() -> Vec<Operation> {
    let posted = "对方系统发现的疑点，按职责清单转给承办部门处置。reference 是对方自己的编号，同一编号只登记一次：重复推送得到原来那条，repeated 为 true。";
    vec![
        Operation::post("/api/v1/signals", ApiScope::Signals, "createSignal", post)
            .about("线索", "推送线索", posted)
            .body(
                "NewSignal",
                json!({
                    "reference": "YB-2026-000731", "institution_id": EXAMPLE, "topic": "依法执业",
                    "text": "结算数据显示该机构在停业期间仍有诊疗费用上传。", "occurred_on": "2026-11-18",
                }),
            )
            .done(201, Schema::Named("Signal"), example()),
        Operation::get("/api/v1/signals/{reference}", ApiScope::Signals, "getSignal", get)
            .about("线索", "查询推送过的线索", "以对方自己的编号读取处置情况；只看得到自己推送的。")
            .needs(Place::Path, "reference", reference(), ("对方的编号", "YB-2026-000731"))
            .done(200, Schema::Named("Signal"), example()),
    ]
}

fn reference() -> Schema {
    Schema::Word { signs: "._-", most: 64 }
}

fn example() -> Value {
    json!({
        "id": "019a0000-0000-7000-8000-000000000002", "reference": "YB-2026-000731", "repeated": false, "state": "open",
        "department": "health", "due": "2026-12-05", "result": null, "opened_at": "2026-11-21T09:03:07+08:00",
    })
}

pub fn schemas() -> Vec<Named> {
    let mut new: Vec<Property> = vec![
        has("reference", reference(), "对方自己的编号"),
        has("topic", line(1, 40), "事由：职责清单中的事项，见 GET /api/v1/codes 的 topics"),
        has("text", text(SHORTEST_REPORT, LONGEST_REPORT), "发现了什么、依据什么数据"),
        may("occurred_on", or_null(Schema::Date), "发生日期"),
    ];
    new.extend(which());
    let signal = answer(vec![
        has("id", Schema::Id, "本系统的编号"),
        has("reference", any_text(), "对方的编号"),
        has("repeated", Schema::Boolean, "这个 reference 此前已经登记，答复的是原来那条"),
        has(
            "state",
            Schema::OneOf(STATES.to_vec()),
            "处置状态：open 待处置，asked 待机构说明，replied 机构已说明、待复核，confirmed 属实、待处理，inspecting 检查中，filed 已提请立案，closed 已办结，dismissed 已说明理由办结，withdrawn 已撤回",
        ),
        has("department", any_text(), "承办部门"),
        has("due", or_null(Schema::Date), "处置期限"),
        has("result", or_null(any_text()), "办结的结果或者不作检查的理由"),
        has("opened_at", Schema::Instant, "登记的时刻"),
    ]);
    vec![("NewSignal", "一条线索", input(new)), ("Signal", "线索的处置情况", signal)]
}

#[derive(Deserialize)]
struct Posted {
    reference: String,
    topic: String,
    text: String,
    #[serde(default)]
    occurred_on: Option<LocalDate>,
    #[serde(flatten)]
    which: Which,
}

async fn post(_: Web, call: Call) -> Outcome {
    let posted: Posted = call.body()?;
    let Some(institution) = posted.which.find(&call.ctx).await? else {
        let mend = "请填写 institution_id、licence 或者 credit_code";
        let fault = Fault::new("/institution_id", "", "没有指明机构", mend);
        return Err(Problem::faults(Code::Invalid, vec![fault]));
    };
    let new = NewReport {
        reference: posted.reference,
        subject: institution.subject(),
        topic: posted.topic,
        text: posted.text,
        occurred_on: posted.occurred_on,
    };
    let Received { signal, repeated } = service::receive(&call.ctx, new).await.map_err(codes::mended)?;
    Ok(Reply::created(shown(&signal, repeated)))
}

async fn get(_: Web, call: Call) -> Outcome {
    let reference = call.text("reference").unwrap_or_default();
    let found = service::received(&call.ctx, reference).await?;
    Ok(Reply::ok(shown(&found, false)))
}

fn shown(signal: &Signal, repeated: bool) -> Value {
    json!({
        "id": signal.id, "reference": signal.report.as_ref().map(|report| report.reference.as_str()).unwrap_or_default(),
        "repeated": repeated, "state": signal.state.name(), "department": signal.department,
        "due": signal.state.due().map(|due| due.due), "result": signal.state.result(),
        "opened_at": rfc3339(signal.opened_at),
    })
}
