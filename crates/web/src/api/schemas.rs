//! The shapes with a name, from the modules whose they are.

use super::problem::{Code, REFUSALS};
use super::schema::{Schema, answer, any_text, has, many, may, or_null};
use super::{codes, complaints, credit, draws, imports, institutions, linkages, publications, signals, webhooks};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A shape and what it is.
pub type Named = (&'static str, &'static str, Schema);

static ALL: LazyLock<BTreeMap<&'static str, (&'static str, Schema)>> = LazyLock::new(|| {
    let all = [
        own(),
        codes::schemas(),
        complaints::schemas(),
        signals::schemas(),
        institutions::schemas(),
        imports::schemas(),
        publications::schemas(),
        draws::schemas(),
        linkages::schemas(),
        credit::schemas(),
        webhooks::schemas(),
    ];
    all.into_iter().flatten().map(|(name, about, schema)| (name, (about, schema))).collect()
});

/// Every one, by name.
pub fn all() -> &'static BTreeMap<&'static str, (&'static str, Schema)> {
    &ALL
}

/// The one with this name.
pub fn named(name: &str) -> Option<Schema> {
    ALL.get(name).map(|(_, schema)| schema.clone())
}

/// What every operation may answer.
fn own() -> Vec<Named> {
    let codes = Code::ALL.iter().map(|code| code.code()).collect();
    let fault = answer(vec![
        has("place", any_text(), "位置：请求体字段的 JSON Pointer，参数是参数名，导入的逐行说明中是该行的字段名"),
        has("value", any_text(), "所给的值，过长的截短"),
        has("reason", any_text(), "为什么不能接受"),
        has("mend", any_text(), "怎样更正"),
    ]);
    let why = Schema::OneOf(REFUSALS.iter().map(|(code, _)| *code).collect());
    let refusal =
        answer(vec![has("code", why, "原因代码，封闭清单"), has("article", or_null(any_text()), "依据的条文")]);
    let problem = answer(vec![
        has("type", any_text(), "说明该问题的网址"),
        has("title", any_text(), "问题"),
        has("status", Schema::Integer { least: 400, most: 599 }, "HTTP 状态"),
        has("detail", any_text(), "本次的情况"),
        has("code", Schema::OneOf(codes), "问题代码，封闭清单"),
        has("mend", any_text(), "怎样处理"),
        may(
            "faults",
            many(Schema::Named("Fault")),
            "这一步查出的全部错误：先查参数，再查请求体的结构，再查所指的机构，最后查其余内容",
        ),
        may("refusal", Schema::Named("Refusal"), "不能办理的原因和依据"),
    ]);
    vec![
        ("Fault", "内容的一处错误", fault),
        ("Refusal", "不能办理的原因", refusal),
        ("Problem", "问题（RFC 9457）", problem),
    ]
}
