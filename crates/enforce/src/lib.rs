//! Administrative-penalty cases by the ordinary procedure (普通程序) of 行政处罚法 (2021): from the filing proposed by
//! two officers to the closing approved by the head, and the lawful amount of a fine on the way.
//!
//! It deliberately starts no case by itself: a case is only ever proposed by a person. Hearings, transfer to the
//! police with its own clocks, and enforcement by a court come with their issues; a requested hearing stops a case
//! visibly until then.

pub mod case;
pub mod fine;
pub mod papers;

pub use case::{Action, Case, State, TransitionError};
