//! The registry room: who is supervised and who supervises. Legal persons, institutions, practitioners, officers
//! with certificates, unregistered persons and places; accounts and sessions; releases of policy entries; imports.
//! It deliberately knows nothing of signals, inspections, cases or credit.

pub mod account;
pub mod export;
pub mod import;
pub mod institution;
pub mod legal_person;
pub mod officer;
pub mod practitioner;
pub mod release;
pub mod saved_filter;
pub mod subject;
pub mod unregistered;

mod names;
mod text;

pub use names::{normal, sort_key};
