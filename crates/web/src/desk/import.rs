//! Imports of files: uploaded, previewed, done, and what became of every row. The pages are the same for every list; what
//! a list says of itself is an [`Importing`].

pub mod file;
mod registry;
mod report;

use super::back;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Listing};
use crate::route::{Callers, Route};
use crate::ui::{Layout, Query, excel};
use askama::Template;
use axum::Extension;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use file::Upload;
use report::{Confirm, ReportPage};
use xingjian_kernel::Fault;
use xingjian_registry::export::{self, Taken};
use xingjian_registry::import::{self, Done, Preview};
use xingjian_store::{Ctx, Failure, Record, Stored, ledger, records};

/// Where the pages of an import are; its list is that of the [`Listing`].
pub struct Paths {
    /// The form, and the preview that answers it.
    pub new: &'static str,
    /// The rows of a preview that came back.
    pub returned: &'static str,
    /// Doing what was shown.
    pub confirm: &'static str,
    /// One import, with `{id}`.
    pub one: &'static str,
    /// The rows of an import that came back, with `{id}`.
    pub one_returned: &'static str,
}

/// A list that comes in files.
pub trait Importing: Listing {
    /// Where its pages are.
    const PATHS: Paths;
    /// What becomes of rows: names and meanings of the four counts.
    const COUNTS: [(&'static str, &'static str); 4];

    /// What the form says.
    fn upload(web: &Web) -> UploadText;

    /// What importing a file would do, with a few rows as they were read. `choice` is what was chosen in the form.
    fn preview(
        ctx: &Ctx,
        choice: &str,
        bytes: &[u8],
    ) -> impl Future<Output = Result<(Preview, Vec<Sample>), Failure>> + Send;

    /// Imports a file; the id of the record, `None` where nothing was to be written.
    fn run(
        ctx: &Ctx,
        choice: &str,
        name: &str,
        bytes: &[u8],
    ) -> impl Future<Output = Result<(Option<String>, Preview), Failure>> + Send;

    /// The columns in which a clerk may have to decide about rows that came back.
    fn asked(choice: &str) -> &'static [&'static str];

    /// What is kept of an import.
    fn done(import: &Self::Item) -> &Done;

    /// The rows of an import that came back, as a workbook.
    fn returned(import: &Self::Item, ctx: &Ctx) -> impl Future<Output = Result<Option<Vec<u8>>, Failure>> + Send;

    /// Where a record is that a row was found to be.
    fn known(choice: &str, id: &str) -> String;
}

/// What the form for a file says.
pub struct UploadText {
    /// Heading.
    pub title: &'static str,
    /// What happens.
    pub lead: &'static str,
    /// What has to be chosen: label and hint.
    pub choice: (&'static str, &'static str),
    /// Values and labels of the choice.
    pub options: Vec<(String, String)>,
    /// Which files are taken.
    pub hint: &'static str,
    /// Endings that the browser offers.
    pub accept: &'static str,
    /// How columns are read.
    pub columns: &'static [(&'static str, &'static str)],
    /// What confirming does.
    pub consequence: &'static str,
}

/// A row as it was read, so that a wrong column is seen.
pub struct Sample {
    /// What it is about.
    pub about: String,
    /// When.
    pub when: String,
    /// What it says.
    pub text: String,
}

/// The list of imports and the pages of each.
pub fn routes_of<I: Importing>(callers: Callers) -> Vec<Route>
where
    I::Item: Record,
{
    let mut upload = Route::post(I::PATHS.new, callers, preview::<I>);
    // The handler counts the file itself and reads a larger one to its end, so that the browser gets the answer.
    upload.handler = upload.handler.layer(DefaultBodyLimit::disable());
    let mut routes = listing::routes::<I>(callers);
    routes.extend([
        Route::get(I::PATHS.new, callers, new::<I>),
        upload,
        Route::post(I::PATHS.returned, callers, preview_returned::<I>),
        Route::post(I::PATHS.confirm, callers, confirm::<I>),
        Route::get(I::PATHS.one, callers, show::<I>),
        Route::post(I::PATHS.one_returned, callers, returned::<I>),
    ]);
    routes
}

pub fn routes() -> Vec<Route> {
    registry::routes()
}

#[derive(Template)]
#[template(path = "desk/import_new.html")]
struct UploadPage {
    layout: Layout,
    text: UploadText,
    list: (&'static str, &'static str),
    action: &'static str,
    chosen: String,
    faults: Vec<String>,
}

fn upload_page<I: Importing>(
    web: &Web,
    caller: &Caller,
    status: StatusCode,
    chosen: &str,
    faults: Vec<String>,
) -> Response {
    let text = I::upload(web);
    let layout = Layout::of(web, caller, text.title, I::PATH);
    let page =
        UploadPage { layout, text, list: (I::PATH, I::TITLE), action: I::PATHS.new, chosen: chosen.to_owned(), faults };
    html(status, &page)
}

/// The form again, with what is wrong with the file.
fn refused<I: Importing>(web: &Web, caller: &Caller, choice: &str, failure: &Failure) -> Response {
    errors::log(failure);
    let faults = match failure {
        Failure::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    };
    upload_page::<I>(web, caller, errors::status(failure), choice, faults)
}

async fn new<I: Importing>(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    upload_page::<I>(&web, &caller, StatusCode::OK, "", vec![])
}

/// Shows what the file would do, and keeps its bytes so that exactly these are imported.
async fn preview<I: Importing>(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    upload: Result<Multipart, MultipartRejection>,
) -> Response {
    let again =
        |choice: &str, reason, mend| refused::<I>(&web, &caller, choice, &Fault::new("文件", "", reason, mend).into());
    let Ok(upload) = upload else {
        // A form handed back after signing in again: the file itself could not be kept.
        return again("", "没有收到", "请重新选择文件后预览");
    };
    let (name, bytes, fields) = match file::read(upload).await {
        Upload::File { name, bytes, fields } => (name, bytes, fields),
        Upload::TooLarge => {
            return errors::page(&web, StatusCode::PAYLOAD_TOO_LARGE, "文件太大", "导入文件不超过 20 MB。");
        }
        Upload::Broken => return again("", "没有传输完整", "请检查网络后重新选择文件"),
        Upload::Nothing => return again("", "没有选择，或者是空文件", "请选择有表头和数据的文件"),
    };
    let choice = fields.get("choice").cloned().unwrap_or_default();
    let judged = async {
        let judged = I::preview(&caller.ctx, &choice, &bytes).await?;
        let kept = import::keep(&caller.ctx, &bytes).await?;
        Ok::<_, Failure>((judged, kept))
    };
    match judged.await {
        Ok(((preview, samples), kept)) => {
            let confirm = Confirm {
                seal: file::seal(&caller, &kept),
                kept,
                file: name,
                action: I::PATHS.confirm,
                again: I::PATHS.new,
                consequence: I::upload(&web).consequence,
                choice,
            };
            let layout = Layout::of(&web, &caller, &format!("{}预览", I::TITLE), I::PATH);
            html(StatusCode::OK, &ReportPage::preview::<I>(layout, &preview, samples, confirm))
        }
        Err(failure) => refused::<I>(&web, &caller, &choice, &failure),
    }
}

/// The rows of a preview that came back, and every remark, as a workbook.
async fn preview_returned<I: Importing>(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    given: Given,
) -> Response {
    let choice = given.text("choice");
    let judged = async {
        let bytes = file::kept(&caller, &given).await?;
        Ok::<_, Failure>(I::preview(&caller.ctx, choice, &bytes).await?.0)
    };
    match judged.await {
        Ok(preview) => {
            let (remarks, rejected) = (preview.remarks(), preview.rejected());
            let today = web.app.clock.today();
            let bytes = import::returned(Some(&preview.table), &remarks, &rejected, I::asked(choice), today);
            excel::attachment(&format!("{}_退回的行", I::TITLE), bytes)
        }
        Err(failure) => refused::<I>(&web, &caller, choice, &failure),
    }
}

async fn confirm<I: Importing>(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let choice = given.text("choice");
    let imported = async {
        let bytes = file::kept(&caller, &given).await?;
        I::run(&caller.ctx, choice, &file::name(given.text("file")), &bytes).await
    };
    match imported.await {
        Ok((Some(id), preview)) => {
            let counts = preview.counts();
            let said: Vec<String> = (0..2).map(|at| format!("{} {}", I::COUNTS[at].0, counts[at])).collect();
            back(&I::PATHS.one.replace("{id}", &id), &format!("已导入，{}", said.join("，")))
        }
        Ok((None, _)) => back(I::PATH, "文件中没有可以新增的内容，没有写入"),
        Err(failure) => refused::<I>(&web, &caller, choice, &failure),
    }
}

async fn show<I: Importing>(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response
where
    I::Item: Record,
{
    let found = async {
        let import = records::must::<I::Item>(&caller.ctx, &id).await?;
        let acts = ledger::of_resource(&caller.ctx, I::Item::TABLE, &id).await?;
        Ok::<_, Failure>((import, acts))
    };
    match found.await {
        Ok((import, acts)) => {
            let done = I::done(&import);
            let layout = Layout::of(&web, &caller, &done.file, I::PATH).done(Some(&query.done));
            let download = I::PATHS.one_returned.replace("{id}", &id);
            html(StatusCode::OK, &ReportPage::done::<I>(layout, done, download, acts))
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// The rows of an import that came back, and every remark, as a workbook. What people wrote stands in it, so it is written
/// down that somebody takes it.
async fn returned<I: Importing>(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response
where
    I::Item: Record,
{
    let taken = async {
        let import: Stored<I::Item> = records::must(&caller.ctx, &id).await?;
        let bytes = I::returned(&import, &caller.ctx).await?.ok_or(Failure::NotFound)?;
        let done = I::done(&import);
        let filters = format!("{}的导入，退回的行和说明", xingjian_kernel::time::chinese(done.day()));
        let rows = done.remarks.len() as u64;
        export::record(&caller.ctx, &Taken { list: I::TITLE, filters: &filters, rows, cut: false }).await?;
        Ok::<_, Failure>(bytes)
    };
    match taken.await {
        Ok(bytes) => excel::attachment(&format!("{}_退回的行", I::TITLE), bytes),
        Err(failure) => errors::failure(&web, &failure),
    }
}
