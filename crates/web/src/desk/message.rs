//! Messages that came in: files taken in, what waits for triage, and what is counted about them.

mod import;
mod statistics;
mod triage;

use crate::app::Web;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column};
use axum::extract::DefaultBodyLimit;
use xingjian_kernel::Permission;
use xingjian_sense::message::import::MessageImport;
use xingjian_store::{Filter, Order, Stored, records};

const PATH: &str = "/desk/messages";
/// Where messages that wait are decided.
pub const TRIAGE: &str = "/desk/messages/triage";
const TAKERS: Callers = Callers::Holding(&[Permission::EnterComplaint]);
const CLERKS: Callers = Callers::Holding(&[Permission::AssignComplaint]);
const READERS: Callers = super::complaint::READERS;

pub fn routes() -> Vec<Route> {
    let mut preview = Route::post("/desk/messages/new", TAKERS, import::preview);
    // The handler counts the file itself and reads a larger one to its end, so that the browser gets the answer.
    preview.handler = preview.handler.layer(DefaultBodyLimit::disable());
    let mut routes = listing::routes::<Imports>(TAKERS);
    routes.extend([
        Route::get("/desk/messages/new", TAKERS, import::new),
        preview,
        Route::post("/desk/messages/remarks", TAKERS, import::preview_remarks),
        Route::post("/desk/messages/confirm", TAKERS, import::confirm),
        Route::get("/desk/messages/imports/{id}", TAKERS, import::show),
        Route::get("/desk/messages/imports/{id}/remarks.csv", TAKERS, import::remarks),
        Route::get(TRIAGE, CLERKS, triage::show),
        Route::post("/desk/messages/triage/{id}/{action}", CLERKS, triage::act),
        Route::get("/desk/messages/precision", READERS, statistics::precision),
        Route::get("/desk/messages/topics", READERS, statistics::topics),
        Route::get("/desk/messages/clocks", READERS, statistics::clocks),
    ]);
    routes
}

/// The list of files that were taken in.
struct Imports;

impl Listing for Imports {
    type Item = MessageImport;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/messages/excel";
    const TITLE: &'static str = "来件导入";
    const UNIT: &'static str = "次";
    const PLACEHOLDER: &'static str = "按文件名、校验值查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("文件").below("导入时间").sorted(Order::Newest),
        Column::new("新收"),
        Column::new("历史件"),
        Column::new("已有"),
        Column::new("退回"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("还没有导入过来件文件。热线、信箱、网站导出的文件先预览，确认后登记为待受理的投诉举报。").begin(
            true,
            "导入来件",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<MessageImport> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(_: &Web, _: &Caller, found: &[Stored<MessageImport>]) -> Cells {
        let cells = |import: &Stored<MessageImport>| {
            let [new, answered, known, rejected] = import.counts.map(|n| Cell::Count(n as u64));
            let file = Cell::link(&import.file, format!("{PATH}/imports/{}", import.id));
            let file = file.note(import.created_at.to_string());
            vec![file, new, answered, known, rejected, Cell::State(Badge::new("已导入", "done"))]
        };
        Ok(found.iter().map(cells).collect())
    }
}
