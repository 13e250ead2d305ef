//! Codes of the policy packs that requests and answers name: by the pack in force today, for anybody.

use super::operation::{Call, Operation, Outcome, Reply};
use super::schema::{Schema, answer, any_text, has, many};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_store::Failure;

/// What to do about a code that is not in force.
pub const MEND: &str = "请填写 /api/v1/codes 中的代码";

pub fn operations() -> Vec<Operation> {
    let about =
        "本市政策包今日有效的代码：渠道（channel）、事由（topic）和部门（department、origin、due_for）。不需要密钥。";
    vec![
        Operation::get("/api/v1/codes", ApiScope::Published, "listCodes", list)
            .open()
            .about("说明", "查询代码", about)
            .done(
                200,
                Schema::Named("Codes"),
                json!({
                    "channels": [{ "code": "transfer", "name": "部门移送、交办" }],
                    "topics": ["依法执业", "医疗收费"],
                    "departments": [{ "code": "health", "name": "牵头部门" }],
                }),
            ),
    ]
}

pub fn schemas() -> Vec<Named> {
    let code = answer(vec![has("code", any_text(), "代码"), has("name", any_text(), "名称")]);
    let codes = answer(vec![
        has("channels", many(Schema::Named("NamedCode")), "投诉举报的渠道"),
        has("topics", many(any_text()), "职责清单中的事项，按原文填写"),
        has("departments", many(Schema::Named("NamedCode")), "部门"),
    ]);
    vec![("NamedCode", "一个代码", code), ("Codes", "政策包中的代码", codes)]
}

/// Where the codes of a wrong field are listed. Rooms speak to people, who choose from a list; a program has to ask for it.
pub fn mended(failure: Failure) -> Failure {
    let Failure::Invalid(mut faults) = failure else { return failure };
    for fault in faults.iter_mut().filter(|fault| matches!(fault.place.as_str(), "channel" | "topic")) {
        MEND.clone_into(&mut fault.mend);
    }
    Failure::Invalid(faults)
}

async fn list(web: Web, _: Call) -> Outcome {
    let (policy, today) = (&web.app.policy, web.app.clock.today());
    let named = |code: &str, name: &str| json!({ "code": code, "name": name });
    let channels: Vec<Value> = policy.channels(today).iter().map(|it| named(&it.id, &it.name)).collect();
    let departments: Vec<Value> = policy.departments(today).iter().map(|it| named(&it.id, &it.name)).collect();
    Ok(Reply::ok(json!({ "channels": channels, "topics": policy.topics(today), "departments": departments })))
}
