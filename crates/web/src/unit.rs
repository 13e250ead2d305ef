//! The unit portal: an institution's own record and what it must answer.
use crate::route::Route;
pub fn routes() -> Vec<Route> { vec![] }
