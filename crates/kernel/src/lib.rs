//! The words every crate uses: typed ids, actors and what they may see, subjects, time, money and the
//! national codes. It deliberately does no I/O, reads no clock and draws no random number by itself.

pub mod actor;
pub mod calendar;
pub mod clock;
pub mod codes;
pub mod division;
pub mod fault;
pub mod id;
pub mod money;
pub mod page;
pub mod sign_in;
pub mod steps;
pub mod subject;
pub mod time;

pub use actor::{Actor, DepartmentId, Permission, Role, Scope, Sensitivity};
pub use calendar::{Deadline, Term, Unit, WorkCalendar};
pub use clock::{Clock, Rng};
pub use codes::{CitizenId, CreditCode, LicenceNumber, NurseCode, PhysicianCode};
pub use division::{DivisionCode, Divisions};
pub use fault::{Fault, Refusal};
pub use money::Fen;
pub use page::{Cursor, Page};
pub use sign_in::SignInRules;
pub use steps::states_before;
pub use subject::SubjectRef;
pub use time::{LocalDate, Timestamp};
