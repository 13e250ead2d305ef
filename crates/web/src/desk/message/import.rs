//! Files of messages: uploaded, previewed, taken in, and what became of every row.

use super::PATH;
use crate::app::Web;
use crate::desk::erasure::asking;
use crate::desk::import::file::{self, Upload};
use crate::desk::{Tried, back};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::{Layout, Query};
use askama::Template;
use axum::Extension;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::Fault;
use xingjian_sense::message::import::{self, MessageImport, Outcome, Preview};
use xingjian_sense::message::mask;
use xingjian_store::{Failure, Record, blobs, ledger, records};

/// Remarks shown on a page; the file to download has them all.
const SHOWN: usize = 500;
/// Messages shown as they were read, so that a wrong column is seen.
const SAMPLES: usize = 3;

#[derive(Template)]
#[template(path = "desk/message_upload.html")]
struct UploadPage {
    layout: Layout,
    layouts: Vec<(String, String)>,
    faults: Vec<String>,
}

#[derive(Template)]
#[template(path = "desk/message_import.html")]
struct ReportPage {
    layout: Layout,
    file: String,
    hash: String,
    counts: [(&'static str, &'static str, usize); 4],
    samples: Vec<(String, String, String)>,
    remarks: Vec<(usize, String)>,
    remarked: usize,
    confirm: Option<Confirm>,
    download: String,
    done: String,
    erase: Option<String>,
}

struct Confirm {
    seal: String,
    columns: String,
}

impl ReportPage {
    fn adds(&self) -> bool {
        self.counts[0].2 + self.counts[1].2 > 0
    }

    fn sum(&self) -> String {
        let parts: Vec<String> = self.counts.iter().map(|(_, _, n)| n.to_string()).collect();
        format!("{} = {}", parts.join(" + "), self.counts.iter().map(|(_, _, n)| n).sum::<usize>())
    }
}

fn counts(n: [usize; 4]) -> [(&'static str, &'static str, usize); 4] {
    [
        ("新收", "登记为待受理的投诉举报", n[0]),
        ("历史件", "来件前已经答复，只用于统计，不再办理", n[1]),
        ("已有", "编号和内容与已登记的相同，不重复登记", n[2]),
        ("退回", "不能登记，需要改正后重新导入", n[3]),
    ]
}

fn upload_page(web: &Web, caller: &Caller, status: StatusCode, faults: Vec<String>) -> Response {
    let layouts = web.app.policy.message_layouts(web.app.clock.today());
    // The one that fits most files comes first.
    let mut layouts: Vec<(String, String)> = layouts.iter().map(|l| (l.id.clone(), l.name.clone())).collect();
    layouts.sort_by_key(|(id, _)| (id != "common", id.clone()));
    html(status, &UploadPage { layout: Layout::of(web, caller, "导入来件", PATH), layouts, faults })
}

fn refused(web: &Web, caller: &Caller, failure: &Failure) -> Response {
    errors::log(failure);
    let faults = match failure {
        Failure::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    };
    upload_page(web, caller, errors::status(failure), faults)
}

pub async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    upload_page(&web, &caller, StatusCode::OK, vec![])
}

/// Shows what the file would do, and keeps its bytes so that exactly these are taken in.
pub async fn preview(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    upload: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(upload) = upload else {
        let fault = Fault::new("文件", "", "没有收到", "请重新选择文件后预览");
        return refused(&web, &caller, &fault.into());
    };
    let (name, bytes, columns) = match file::read(upload).await {
        Upload::File { name, bytes, fields } => (name, bytes, fields.get("columns").cloned().unwrap_or_default()),
        Upload::TooLarge => {
            return errors::page(&web, StatusCode::PAYLOAD_TOO_LARGE, "文件太大", "导入文件不超过 20 MB。");
        }
        Upload::Broken => {
            let fault = Fault::new("文件", "", "没有传输完整", "请检查网络后重新选择文件");
            return refused(&web, &caller, &fault.into());
        }
        Upload::Nothing => {
            let fault = Fault::new("文件", "", "没有选择，或者是空文件", "请选择 CSV、Excel 或者 JSON 行文件");
            return refused(&web, &caller, &fault.into());
        }
    };
    let judged = async {
        let preview = import::preview(&caller.ctx, &columns, &bytes).await?;
        let mut tx = caller.ctx.begin().await?;
        blobs::keep(&mut tx, bytes).await?;
        tx.commit().await?;
        Ok::<_, Failure>(preview)
    };
    match judged.await {
        Ok(preview) => html(StatusCode::OK, &previewed(&web, &caller, &preview, name, columns)),
        Err(failure) => refused(&web, &caller, &failure),
    }
}

fn previewed(web: &Web, caller: &Caller, preview: &Preview, file: String, columns: String) -> ReportPage {
    let mut remarks = preview.remarks();
    let remarked = remarks.len();
    remarks.truncate(SHOWN);
    let messages = preview.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::New(message) | Outcome::Answered(message) => Some(message),
        Outcome::Known(_) | Outcome::Rejected(_) => None,
    });
    let samples = messages.take(SAMPLES).map(|message| {
        let sent = message.sent_at.map_or_else(|| "没有时间".to_owned(), |at| at.to_string());
        (mask(&message.about), mask(&message.text.chars().take(80).collect::<String>()), sent)
    });
    ReportPage {
        layout: Layout::of(web, caller, "来件导入预览", PATH),
        file,
        hash: preview.hash.clone(),
        counts: counts(preview.counts()),
        samples: samples.collect(),
        remarks,
        remarked,
        confirm: Some(Confirm { seal: file::seal(caller, &preview.hash), columns }),
        download: String::new(),
        done: String::new(),
        erase: None,
    }
}

/// Every remark of a preview, as a file.
pub async fn preview_remarks(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let judged = async {
        let bytes = file::kept(&caller, &given).await?;
        import::preview(&caller.ctx, given.text("columns"), &bytes).await
    };
    match judged.await {
        Ok(preview) => file::csv(preview.remarks().iter()),
        Err(failure) => refused(&web, &caller, &failure),
    }
}

pub async fn confirm(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let imported = async {
        let bytes = file::kept(&caller, &given).await?;
        import::run(&caller.ctx, &file::name(given.text("file")), given.text("columns"), &bytes).await
    };
    match imported.await {
        Ok(import) => {
            let [new, answered, ..] = import.counts;
            if new + answered == 0 {
                return back(PATH, "文件中没有新的来件，没有写入任何内容");
            }
            back(&format!("{PATH}/imports/{}", import.id), &format!("已导入，新收 {new} 件，历史件 {answered} 件"))
        }
        Err(failure) => refused(&web, &caller, &failure),
    }
}

pub async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let found = async {
        let import = records::must::<MessageImport>(&caller.ctx, &id).await?;
        let acts = ledger::of_resource(&caller.ctx, MessageImport::TABLE, &id).await?;
        Ok::<_, Failure>((import, acts))
    };
    let (import, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let erase = acts.first().filter(|row| row.erased.is_none());
    let erase = erase.and_then(|row| asking(&row.resource, &row.resource_id, Some(&row.id.to_string())));
    let by = acts.into_iter().next().map(|row| match row.erased {
        Some(trace) => trace.text(),
        None => format!("{} {}", row.at, row.actor.name),
    });
    let page = ReportPage {
        layout: Layout::of(&web, &caller, &import.file, PATH).done(Some(&query.done)),
        file: import.file.clone(),
        hash: import.hash.clone(),
        counts: counts(import.counts),
        samples: vec![],
        remarks: import.remarks.iter().take(SHOWN).cloned().collect(),
        remarked: import.remarks.len(),
        confirm: None,
        download: format!("{PATH}/imports/{}/remarks.csv", import.id),
        done: by.unwrap_or_else(|| import.created_at.to_string()),
        erase,
    };
    html(Tried::status(None), &page)
}

/// Every remark of an import, as a file.
pub async fn remarks(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    match records::must::<MessageImport>(&caller.ctx, id).await {
        Ok(import) => file::csv(import.remarks.iter()),
        Err(failure) => errors::failure(&web, &failure),
    }
}
