//! Messages (来件): what files, letters and calls bring before anybody has decided what they are. Here they are read, looked through and
//! compared; what is decided about them is a complaint's own (`crate::complaint`).

pub mod clocks;
pub mod hot;
pub mod import;
pub mod interval;
mod lines;
mod mask;
pub mod measure;
mod model;
pub mod near;
mod read;
pub mod split;
pub mod triage;
mod words;

pub use mask::mask;
pub use model::Model;
pub use read::Reply;
pub use words::{Kind, Look, Mark, Urgency, Words};
