//! Messages that came in: files taken in, what waits for triage, and what is counted about them.

mod import;
mod statistics;
mod triage;

use super::import::routes_of;
use crate::route::{Callers, Route};
use xingjian_kernel::Permission;

const PATH: &str = "/desk/messages";
/// Where messages that wait are decided.
pub const TRIAGE: &str = "/desk/messages/triage";
const TAKERS: Callers = Callers::Holding(&[Permission::EnterComplaint]);
const CLERKS: Callers = Callers::Holding(&[Permission::AssignComplaint]);
const READERS: Callers = super::complaint::READERS;

pub fn routes() -> Vec<Route> {
    let mut routes = routes_of::<import::Imports>(TAKERS);
    routes.extend([
        Route::get(TRIAGE, CLERKS, triage::show),
        Route::post("/desk/messages/triage/excel", CLERKS, triage::spreadsheet),
        Route::post("/desk/messages/triage/{id}/{action}", CLERKS, triage::act),
        Route::get("/desk/messages/precision", READERS, statistics::precision),
        Route::get("/desk/messages/precision/excel", READERS, statistics::precision_book),
        Route::get("/desk/messages/topics", READERS, statistics::topics),
        Route::get("/desk/messages/topics/excel", READERS, statistics::topics_book),
        Route::get("/desk/messages/clocks", READERS, statistics::clocks),
        Route::get("/desk/messages/clocks/excel", READERS, statistics::clocks_book),
    ]);
    routes
}
