pub mod file;
mod report;

use super::{Tried, back};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column, Layout, Query};
use askama::Template;
use axum::Extension;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use file::Upload;
use report::{Confirm, ReportPage};
use xingjian_kernel::{Fault, Permission};
use xingjian_registry::import::{self, Import};
use xingjian_store::{Failure, Filter, Order, Record, Stored, blobs, ledger, records};

const PATH: &str = "/desk/imports";
const KEEPERS: Callers = Callers::Holding(&[Permission::ManageRegistry]);

pub fn routes() -> Vec<Route> {
    let mut preview = Route::post("/desk/imports/new", KEEPERS, preview);
    // The handler counts the file itself and reads a larger one to its end, so that the browser gets the answer.
    preview.handler = preview.handler.layer(DefaultBodyLimit::disable());
    let mut routes = listing::routes::<Imports>(KEEPERS);
    routes.extend([
        Route::get("/desk/imports/new", KEEPERS, new),
        preview,
        Route::post("/desk/imports/remarks", KEEPERS, preview_remarks),
        Route::post("/desk/imports/confirm", KEEPERS, confirm),
        Route::get("/desk/imports/{id}", KEEPERS, show),
        Route::get("/desk/imports/{id}/remarks.csv", KEEPERS, remarks),
    ]);
    routes
}

/// The list of imports.
struct Imports;

impl Listing for Imports {
    type Item = Import;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/imports/excel";
    const TITLE: &'static str = "导入";
    const UNIT: &'static str = "次";
    const PLACEHOLDER: &'static str = "按文件名、校验值查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("文件").below("导入时间").sorted(Order::Newest),
        Column::new("新增"),
        Column::new("缺项新增"),
        Column::new("已有"),
        Column::new("退回"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("还没有导入过文件。导入前先预览，确认后才写入登记库。").begin(
            true,
            "导入医疗机构",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Import> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(_: &Web, _: &Caller, found: &[Stored<Import>]) -> Cells {
        let cells = |import: &Stored<Import>| {
            let [accepted, partial, matched, rejected] = import.counts.map(|n| Cell::Count(n as u64));
            let file = Cell::link(&import.file, format!("{PATH}/{}", import.id)).note(import.created_at.to_string());
            vec![file, accepted, partial, matched, rejected, Cell::State(Badge::new("已导入", "done"))]
        };
        Ok(found.iter().map(cells).collect())
    }
}

#[derive(Template)]
#[template(path = "desk/import_new.html")]
struct UploadPage {
    layout: Layout,
    faults: Vec<String>,
}

fn upload_page(web: &Web, caller: &Caller, status: StatusCode, faults: Vec<String>) -> Response {
    html(status, &UploadPage { layout: Layout::of(web, caller, "导入医疗机构", PATH), faults })
}

/// The form again, with what is wrong with the file.
fn refused(web: &Web, caller: &Caller, failure: &Failure) -> Response {
    errors::log(failure);
    let faults = match failure {
        Failure::Invalid(faults) => faults.iter().map(|f| format!("{}{}。{}", f.place, f.reason, f.mend)).collect(),
        other => vec![other.to_string()],
    };
    upload_page(web, caller, errors::status(failure), faults)
}

async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    upload_page(&web, &caller, StatusCode::OK, vec![])
}

/// Shows what the file would do, and keeps its bytes so that exactly these are imported.
async fn preview(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    upload: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(upload) = upload else {
        // A form handed back after signing in again: the file itself could not be kept.
        let fault = Fault::new("文件", "", "没有收到", "请重新选择文件后预览");
        return refused(&web, &caller, &fault.into());
    };
    let (name, bytes) = match file::read(upload).await {
        Upload::File { name, bytes, .. } => (name, bytes),
        Upload::TooLarge => {
            return errors::page(&web, StatusCode::PAYLOAD_TOO_LARGE, "文件太大", "导入文件不超过 20 MB。");
        }
        Upload::Broken => {
            let fault = Fault::new("文件", "", "没有传输完整", "请检查网络后重新选择文件");
            return refused(&web, &caller, &fault.into());
        }
        Upload::Nothing => {
            let fault = Fault::new("文件", "", "没有选择，或者是空文件", "请选择有表头和数据的 CSV 或者 Excel 文件");
            return refused(&web, &caller, &fault.into());
        }
    };
    let judged = async {
        let preview = import::preview_institutions(&caller.ctx, &bytes).await?;
        let mut tx = caller.ctx.begin().await?;
        blobs::keep(&mut tx, bytes).await?;
        tx.commit().await?;
        Ok::<_, Failure>(preview)
    };
    match judged.await {
        Ok(preview) => {
            let confirm = Confirm { seal: file::seal(&caller, &preview.hash), hash: preview.hash.clone(), file: name };
            html(StatusCode::OK, &ReportPage::preview(Layout::of(&web, &caller, "导入预览", PATH), &preview, confirm))
        }
        Err(failure) => refused(&web, &caller, &failure),
    }
}

/// Every remark of a preview, as a file.
async fn preview_remarks(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let judged = async {
        let bytes = file::kept(&caller, &given).await?;
        import::preview_institutions(&caller.ctx, &bytes).await
    };
    match judged.await {
        Ok(preview) => {
            let remarks = preview.rows.iter().filter_map(|row| Some((row.line, row.remark()?)));
            file::csv(remarks.collect::<Vec<_>>().iter())
        }
        Err(failure) => refused(&web, &caller, &failure),
    }
}

async fn confirm(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let imported = async {
        let bytes = file::kept(&caller, &given).await?;
        import::institutions(&caller.ctx, &file::name(given.text("file")), &bytes, false).await
    };
    match imported.await {
        Ok(import) => {
            let [accepted, partial, _, _] = import.counts;
            back(&format!("{PATH}/{}", import.id), &format!("已导入，新登记 {} 家", accepted + partial))
        }
        Err(failure) => refused(&web, &caller, &failure),
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let found = async {
        let import = records::must::<Import>(&caller.ctx, &id).await?;
        let acts = ledger::of_resource(&caller.ctx, Import::TABLE, &id).await?;
        Ok::<_, Failure>((import, acts))
    };
    match found.await {
        Ok((import, acts)) => {
            let layout = Layout::of(&web, &caller, &import.file, PATH).done(Some(&query.done));
            html(Tried::status(None), &ReportPage::done(layout, &import, acts))
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// Every remark of an import, as a file.
async fn remarks(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    match records::must::<Import>(&caller.ctx, id).await {
        Ok(import) => file::csv(import.remarks.iter()),
        Err(failure) => errors::failure(&web, &failure),
    }
}
