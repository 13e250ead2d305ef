//! Draws of random inspection (双随机), as anybody may follow them.

use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::schema::{Schema, answer, any_text, has, line, many, or_null};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_inspect::draw::public::{self, PublicDraw};

/// States that the public knows of.
const STATES: [&str; 5] = ["frozen", "seeded", "drawn", "released", "stopped"];
const EXAMPLE: &str = "2026-01-1";

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/draws", ApiScope::Published, "listDraws", list)
            .about("双随机", "查询随机抽查", "已经公告的抽查，从新到旧。逐家的结果见公示中的检查结果（inspection）。")
            .done(200, answer(vec![has("rows", many(Schema::Named("Draw")), "全部")]), json!({ "rows": [example()] })),
        Operation::get("/api/v1/draws/{name}", ApiScope::Published, "getDraw", get)
            .about("双随机", "一次随机抽查", "bundle 是可以独立复算和核对的全部材料。")
            .needs(Place::Path, "name", line(1, 60), ("抽查编号", EXAMPLE))
            .done(200, Schema::Named("Draw"), example()),
    ]
}

fn example() -> Value {
    json!({
        "name": EXAMPLE, "task": "口腔诊疗机构抽查", "department": "health", "departments": ["health", "insurance"],
        "from": "2026-09-01", "until": "2026-10-31", "state": "released", "results_due": "2026-11-28", "drawn": 12,
        "outstanding": 1, "overdue": false, "bundle": format!("/draws/{EXAMPLE}/bundle"),
    })
}

pub fn schemas() -> Vec<Named> {
    let count = || or_null(Schema::Integer { least: 0, most: i64::MAX });
    let draw = answer(vec![
        has("name", any_text(), "抽查编号"),
        has("task", any_text(), "计划任务的名称"),
        has("department", any_text(), "牵头部门"),
        has("departments", many(any_text()), "参加部门"),
        has("from", Schema::Date, "检查期间的第一天"),
        has("until", Schema::Date, "检查期间的最后一天"),
        has("state", Schema::OneOf(STATES.to_vec()), "名录已封存、种子已产生、已抽取、已公开、已中止"),
        has("results_due", Schema::Date, "结果应公开的期限"),
        has("drawn", count(), "抽中家数；null 是尚未抽取"),
        has("outstanding", count(), "还没有结果的家数；null 是尚未抽取"),
        has("overdue", Schema::Boolean, "逾期没有全部公开"),
        has("bundle", any_text(), "复算材料"),
    ]);
    vec![("Draw", "一次随机抽查", draw)]
}

fn shown(web: &Web, of: &PublicDraw) -> Value {
    let (task, tally) = (&of.draw.task, of.draw.tally());
    let (from, until) = task.rules.period;
    json!({
        "name": of.draw.name.to_string(), "task": task.name, "department": of.draw.department,
        "departments": task.departments(), "from": from, "until": until, "state": of.draw.state.name(),
        "results_due": of.results_due, "drawn": tally.as_ref().map(|tally| tally.drawn),
        "outstanding": tally.as_ref().map(|tally| tally.outstanding),
        "overdue": of.is_overdue(web.app.clock.today()), "bundle": format!("/draws/{}/bundle", of.draw.name),
    })
}

async fn list(web: Web, _: Call) -> Outcome {
    let rows: Vec<Value> = public::public_list(&web.app).await?.iter().map(|of| shown(&web, of)).collect();
    Ok(Reply::ok(json!({ "rows": rows })))
}

async fn get(web: Web, call: Call) -> Outcome {
    let found = public::public_get(&web.app, call.text("name").unwrap_or_default()).await?;
    Ok(Reply::ok(shown(&web, &found)))
}
