//! What was published: decisions of penalty cases and results of inspections, exactly as the public reads them.

use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::schema::{Schema, answer, any_text, has, many, or_null, page};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_govern::publication::{self, PublicText, SourceKind};
use xingjian_kernel::id::PublicationId;

const KINDS: [&str; 2] = ["decision", "inspection"];
/// An id for examples.
pub const EXAMPLE: &str = "019a0000-0000-7000-8000-000000000004";

pub fn operations() -> Vec<Operation> {
    let listed = "行政处罚决定（decision）和检查结果（inspection），从新到旧；内容与公示页相同。写了 kind 时一页可能不足 limit 条，请以 next 为准。撤回的仍在其中，fields 为空，withdrawn 写明原因。";
    vec![
        Operation::get("/api/v1/publications", ApiScope::Published, "listPublications", list)
            .about("公示", "查询公示的决定和检查结果", listed)
            .query("kind", Schema::OneOf(KINDS.to_vec()), ("只要这一类的", "decision"))
            .paged()
            .done(200, page("Publication"), json!({ "rows": [example()], "next": null })),
        Operation::get("/api/v1/publications/{id}", ApiScope::Published, "getPublication", get)
            .about("公示", "一项公示", "到期撤下的不再读得到。")
            .needs(Place::Path, "id", Schema::Id, ("公示编号", EXAMPLE))
            .done(200, Schema::Named("Publication"), example()),
    ]
}

fn example() -> Value {
    json!({
        "id": EXAMPLE, "kind": "decision", "class": "行政处罚决定（单位）", "since": "2026-11-21", "until": "2029-11-20",
        "withdrawn": null, "page": format!("/published/{EXAMPLE}"),
        "fields": [{ "name": "document_number", "label": "决定书文号", "text": "演卫医罚〔2026〕12号" }],
    })
}

pub fn schemas() -> Vec<Named> {
    let field = answer(vec![
        has("name", any_text(), "字段"),
        has("label", any_text(), "中文名称"),
        has("text", any_text(), "内容"),
    ]);
    let publication = answer(vec![
        has("id", Schema::Id, "公示编号"),
        has("kind", Schema::OneOf(KINDS.to_vec()), "行政处罚决定、检查结果"),
        has("class", any_text(), "公示类别"),
        has("since", Schema::Date, "公开日期；撤回的为撤回日期"),
        has("until", or_null(Schema::Date), "公示到哪天为止；撤回的为 null"),
        has("withdrawn", or_null(any_text()), "撤回说明"),
        has("page", any_text(), "公示页，有存证时可下载证明"),
        has("fields", many(Schema::Named("PublishedField")), "公示内容"),
    ]);
    vec![("PublishedField", "公示内容的一行", field), ("Publication", "一项公示", publication)]
}

fn shown((kind, text): &(SourceKind, PublicText)) -> Value {
    json!({
        "id": text.id, "kind": kind.code(), "class": text.class, "since": text.since, "until": text.until,
        "withdrawn": text.withdrawn, "page": format!("/published/{}", text.id), "fields": text.fields,
    })
}

async fn list(web: Web, call: Call) -> Outcome {
    let kind = call
        .text("kind")
        .and_then(|code| [SourceKind::Decision, SourceKind::Inspection].into_iter().find(|kind| kind.code() == code));
    let found = publication::public_page(&web.app, kind, call.after()?, call.limit()).await?;
    Ok(Reply::page(&found.rows.iter().map(shown).collect::<Vec<_>>(), found.next.as_ref()))
}

async fn get(web: Web, call: Call) -> Outcome {
    let text = publication::public_with_kind(&web.app, call.id::<PublicationId>("id")?).await?;
    Ok(Reply::ok(shown(&text)))
}
