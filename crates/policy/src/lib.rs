//! Policy packs: what the law and a city's document say, as dated data. Loads `policy/national` and the folder of
//! a city, finds all faults of all files at once, and answers what was in force on a day.
//!
//! It deliberately knows no act, no person and no database, and no city by name. It reads files once, at the start.
//! Releases of entries that are not verified are kept by `registry`; here an entry only says its own status.

mod body;
mod checks;
mod entry;
mod fault;
mod load;
mod policy;
mod read;
mod required;
mod tables;

pub use body::{
    BelowBase, Channel, City, Clock, ComplaintKind, DemeritItem, DemeritRule, DemeritTarget, Department,
    DepartmentKind, DiscretionBand, DocumentKind, Duty, Fine, GradeBand, GradeCause, GradeItem, GradeModel,
    InspectionItem, Keeping, LinkageRule, MessageLayout, Parameter, PenaltyKind, PublicParty, PublicationClass,
    SamplingRate, SeedInstitution, Threshold, TopicWords, Violation, ViolationActor, WordsFor,
};
pub use checks::{LEVELS, PUBLIC_FIELDS};
pub use entry::{Entry, Head, Source, Status};
pub use fault::{Fault, FaultKind};
pub use policy::{CheckReport, Policy, check};
pub use tables::TABLES;
