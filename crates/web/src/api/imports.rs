//! Rows for the registry from other systems: the rules of the import from files, row by row.

use super::operation::{Call, Operation, Outcome, Reply};
use super::problem::{Code, Problem};
use super::schema::{Schema, answer, any_text, has, input, line, many, may, or_null};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::Fault;
use xingjian_registry::import::{self, Kind, Known, Outcome as Judged, Row};

/// Rows at once.
const MOST_ROWS: usize = 2_000;
/// Columns of a row, which are those of the file.
const COLUMNS: [(&str, &str); 14] = [
    ("name", "机构名称"),
    ("licence", "医疗机构执业许可证登记号"),
    ("credit_code", "统一社会信用代码"),
    ("insurance_code", "定点医药机构编码"),
    ("division", "行政区划代码；没有的填省市名称"),
    ("province", "省"),
    ("city", "市"),
    ("city_code", "市的行政区划代码"),
    ("county", "区县"),
    ("category", "机构类别代码（WS 218）"),
    ("level", "等级"),
    ("address", "地址"),
    ("telephone", "电话"),
    ("beds", "编制床位，数字"),
];
const OUTCOMES: [&str; 4] = ["accepted", "partial", "matched", "rejected"];

pub fn operations() -> Vec<Operation> {
    let about = "与导入文件的规则相同：preview 为 true 时只说明会怎样，不写入；否则能登记的全部登记，其余逐行说明。已有的机构（登记号相同，或者名称和所在地都相同）不改动。";
    vec![
        Operation::post("/api/v1/institutions/imports", ApiScope::RegistryImport, "importInstitutions", post)
            .about("登记", "导入医疗机构", about)
            .problems(&[Code::Exists])
            .body(
                "NewImport",
                json!({
                    "file_name": "审批系统-2026-11-21", "preview": true,
                    "rows": [{ "name": "演示口腔门诊部", "division": "440402", "licence": "PDY60001844040211A1001" }],
                }),
            )
            .done(
                200,
                Schema::Named("ImportResult"),
                json!({
                    "import_id": null, "accepted": 0, "partial": 1, "matched": 0, "rejected": 0,
                    "remarks": [{ "row": 0, "outcome": "partial", "institution_id": null, "why": null, "faults": [
                        { "place": "level", "value": "", "reason": "没有填写", "mend": "可在登记页补录" },
                    ] }],
                }),
            ),
    ]
}

pub fn schemas() -> Vec<Named> {
    let row = COLUMNS.iter().map(|(name, about)| may(name, line(0, 200), about)).collect();
    let count = || Schema::Integer { least: 0, most: i64::MAX };
    let new = input(vec![
        has("file_name", line(1, 100), "这一批的名称，写进导入记录"),
        has("preview", Schema::Boolean, "只预览，不写入"),
        has("rows", Schema::List(Box::new(Schema::Named("ImportRow")), MOST_ROWS), "各行"),
    ]);
    let remark = answer(vec![
        has("row", count(), "第几行，从0起"),
        has("outcome", Schema::OneOf(OUTCOMES.to_vec()), "新增、缺项新增、已有、退回"),
        has("institution_id", or_null(Schema::Id), "已有的机构"),
        has("why", or_null(any_text()), "为什么认为是已有的"),
        has("faults", many(Schema::Named("Fault")), "缺项或者退回的原因"),
    ]);
    let result = answer(vec![
        has("import_id", or_null(Schema::Id), "导入记录的编号；null 是预览"),
        has("accepted", count(), "新增"),
        has("partial", count(), "缺项新增"),
        has("matched", count(), "已有"),
        has("rejected", count(), "退回；四项之和等于行数"),
        has("remarks", many(Schema::Named("ImportRemark")), "没有直接新增的各行"),
    ]);
    vec![
        ("ImportRow", "一行，即一家机构", input(row)),
        ("NewImport", "一批机构", new),
        ("ImportRemark", "对一行的说明", remark),
        ("ImportResult", "导入或者预览的结果", result),
    ]
}

/// The rows as the file they would be.
fn file(rows: &[Value]) -> Vec<u8> {
    let mut used: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    // Every list has names; rows without one are refused for what they lack.
    used.retain(|name| *name == "name" || rows.iter().any(|row| row.get(*name).is_some()));
    let cells = |row: &Value| -> Vec<String> {
        used.iter().map(|name| row[*name].as_str().unwrap_or_default().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    import::written(&used, &rows)
}

async fn post(_: Web, call: Call) -> Outcome {
    let given = call.body["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = call.body["file_name"].as_str().unwrap_or_default();
    let empty = |row: &Value| row.as_object().is_none_or(|row| row.values().all(|cell| cell == ""));
    if let Some(at) = given.iter().position(empty) {
        let fault = Fault::new(format!("/rows/{at}"), "", "这一行是空的", "请删除空行");
        return Err(Problem::faults(Code::Invalid, vec![fault]));
    }
    let bytes = file(given);
    let (id, counts, rows) = if call.body["preview"].as_bool().unwrap_or(true) {
        let preview = import::preview(&call.ctx, Kind::Institutions, &bytes).await?;
        (None, preview.counts(), preview.rows)
    } else {
        let (import, preview) = import::run(&call.ctx, Kind::Institutions, name, &bytes, false).await?;
        (Some(import.id), import.done.counts, preview.rows)
    };
    let [accepted, partial, matched, rejected] = counts;
    let remarks: Vec<Value> = rows.iter().filter_map(remark).collect();
    Ok(Reply::ok(json!({
        "import_id": id, "accepted": accepted, "partial": partial, "matched": matched, "rejected": rejected,
        "remarks": remarks,
    })))
}

/// What is to be said about a row; the head of the file was its first line.
fn remark(row: &Row<()>) -> Option<Value> {
    let (outcome, known, why, faults): (_, _, _, &[Fault]) = match &row.outcome {
        Judged::Taken(()) => return None,
        Judged::Apart((), missing) => ("partial", None, None, missing),
        Judged::Matched { known: Known::Kept(id), why } => ("matched", Some(id), Some(why.clone()), &[]),
        Judged::Matched { known: Known::Line(line), why } => {
            ("matched", None, Some(format!("与第{}行相同：{why}", line.saturating_sub(2))), &[])
        }
        Judged::Rejected(faults) => ("rejected", None, None, faults),
    };
    let faults: Vec<Fault> = faults.iter().map(of_row).collect();
    let at = row.line.saturating_sub(2);
    Some(json!({ "row": at, "outcome": outcome, "institution_id": known, "why": why, "faults": faults }))
}

/// A fault without the line of a file that nobody sees: `第2行“licence”` is `licence`.
fn of_row(fault: &Fault) -> Fault {
    let place = fault.place.split_once('行').filter(|(line, _)| line.starts_with('第')).map_or("", |(_, place)| place);
    let place = place.trim_matches(['“', '”']);
    Fault { place: place.to_owned(), ..fault.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_at_its_column() {
        let at = |place: &str| of_row(&Fault::new(place, "", "", "")).place;
        assert_eq!([at("第2行“licence”"), at("第12行")], ["licence", ""]);
    }
}
