//! Inspection: tasks with their checklists and signatures, the findings they bring to light, and how often a subject
//! may be inspected. It deliberately knows no complaint and no signal (who sends it a task is named by an id only),
//! draws nobody by lot, and punishes nothing: a finding that deserves it is handed to `enforce`.

pub mod base;
pub mod draw;
pub mod finding;
pub mod follow;
pub mod officer;
mod papers;
pub mod plan;
pub mod rate;
pub mod task;
mod text;
