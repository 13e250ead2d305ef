//! A draw of random inspection (双随机抽查) as the authority holds it: prepared from the approved plan, its bases fixed and
//! committed, its seed entered from public sources, drawn, released. What decides is in `xingjian_draw`, where anybody
//! can compute it again; here is who may take which step, what is kept sealed, and the tasks that follow.

mod act;
mod after;
pub mod audit;
mod entries;
mod error;
mod event;
mod freeze;
mod people;
pub mod public;
pub mod service;
mod store;
mod vault;

use crate::officer::Person;
use crate::plan::PlannedTask;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_draw::draw::{self, Freeze, OfficerChange, Origin, Recorded, Release, Seeding, Stop, VisitResult};
use xingjian_draw::seed::SourcePlan;
use xingjian_draw::{Digest, DrawId};
use xingjian_kernel::id::{DrawingId, PlanId, TaskId};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Timestamp};

pub use act::{TRANSITIONS, action_label, state_label};
pub(crate) use after::{record_in, successor_in};
pub use entries::{Entered, Entries, Entry, Rejected};
pub use error::DrawError;
pub(crate) use freeze::drawn_of_plan;
pub use service::{Name, NewDraw};

/// Working days within which results are public (随机抽查结果公示).
pub const RESULTS_CLOCK: &str = "publish_inspection";

/// A draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Its id here.
    pub id: DrawingId,
    /// Its public name, which stands in every seed text.
    pub name: DrawId,
    /// The plan.
    pub plan: PlanId,
    /// The task of the plan, as it was when the draw was prepared.
    pub task: PlannedTask,
    /// Where it holds.
    pub division: DivisionCode,
    /// Department that leads it.
    pub department: DepartmentId,
    /// Where it comes from.
    pub origin: Origin,
    /// Where the seed will come from; what departments commit to is added until the bases are fixed.
    pub sources: SourcePlan,
    /// The day of release, where the list stays sealed until then.
    pub release: Option<LocalDate>,
    /// Who prepared it.
    pub prepared_by: Person,
    /// When.
    pub created_at: Timestamp,
    /// Who opened the reasons for which officers are kept from objects, oldest first.
    #[serde(default)]
    pub openings: Vec<Opening>,
    /// How far it is.
    pub state: State,
}

/// That an auditor opened the reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What for.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// What was fixed: its document, and where the rest lies sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// What was published of it.
    pub document: Freeze,
    /// Hash of the sealed vault with bases, secrets, and who is behind the pseudonyms.
    pub vault: String,
    /// Who fixed it.
    pub by: Person,
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// What the sources said.
    pub seeding: Seeding,
    /// Hash and counts.
    pub drawing: draw::Drawing,
    /// Hash of the sealed list of drawn objects with their teams.
    pub rows: String,
    /// Officers who were replaced.
    pub changes: Vec<OfficerChange>,
    /// What came of each visit, by object.
    pub results: BTreeMap<String, Recorded>,
    /// The task of each drawn object.
    pub tasks: BTreeMap<String, TaskId>,
}

/// How far a draw is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Departments may hand in what they commit to.
    Prepared,
    /// Given up before anything was fixed.
    Dropped {
        /// Why.
        reason: String,
        /// By whom.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// Bases and rules are fixed; the sources are entered.
    Frozen {
        /// What was fixed.
        frozen: Box<Frozen>,
        /// What was entered so far.
        entries: Entries,
    },
    /// The seed is known.
    Seeded {
        /// What was fixed.
        frozen: Box<Frozen>,
        /// What the sources said.
        seeding: Box<Seeding>,
    },
    /// Drawn; the list is sealed.
    Drawn {
        /// What was fixed.
        frozen: Box<Frozen>,
        /// What was drawn.
        drawn: Box<Drawn>,
    },
    /// List and file are public.
    Released {
        /// What was fixed.
        frozen: Box<Frozen>,
        /// What was drawn.
        drawn: Box<Drawn>,
        /// When, with salt and nonce.
        release: Release,
        /// Hash of the public file.
        file: String,
    },
    /// Stopped without an outcome.
    Stopped {
        /// What was fixed.
        frozen: Box<Frozen>,
        /// What the sources had said by then.
        seeding: Option<Box<Seeding>>,
        /// Why.
        stop: Stop,
    },
}

impl State {
    /// Stable name, as in the diagram.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Dropped { .. } => "dropped",
            Self::Frozen { .. } => "frozen",
            Self::Seeded { .. } => "seeded",
            Self::Drawn { .. } => "drawn",
            Self::Released { .. } => "released",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// What was fixed, from then on.
    pub fn frozen(&self) -> Option<&Frozen> {
        match self {
            Self::Prepared | Self::Dropped { .. } => None,
            Self::Frozen { frozen, .. }
            | Self::Seeded { frozen, .. }
            | Self::Drawn { frozen, .. }
            | Self::Released { frozen, .. }
            | Self::Stopped { frozen, .. } => Some(frozen),
        }
    }

    /// What the sources said, once all have.
    pub fn seeding(&self) -> Option<&Seeding> {
        match self {
            Self::Seeded { seeding, .. } => Some(seeding),
            Self::Drawn { drawn, .. } | Self::Released { drawn, .. } => Some(&drawn.seeding),
            Self::Stopped { seeding, .. } => seeding.as_deref(),
            Self::Prepared | Self::Dropped { .. } | Self::Frozen { .. } => None,
        }
    }

    /// What was drawn.
    pub fn drawn(&self) -> Option<&Drawn> {
        match self {
            Self::Drawn { drawn, .. } | Self::Released { drawn, .. } => Some(drawn),
            _ => None,
        }
    }

    fn drawn_mut(&mut self) -> Option<&mut Drawn> {
        match self {
            Self::Drawn { drawn, .. } | Self::Released { drawn, .. } => Some(drawn),
            _ => None,
        }
    }
}

impl Draw {
    /// The line a list shows.
    pub fn title(&self) -> String {
        format!("{}（{}）", self.task.name, self.name)
    }

    /// What each department committed to.
    pub fn commitments(&self) -> BTreeMap<DepartmentId, Digest> {
        self.sources.reveals.as_ref().map(|plan| plan.commitments.clone()).unwrap_or_default()
    }

    /// Drawn objects by result, and how many have none yet.
    pub fn tally(&self) -> Option<Tally> {
        let drawn = self.state.drawn()?;
        let mut results = BTreeMap::new();
        for recorded in drawn.results.values() {
            *results.entry(recorded.result).or_default() += 1;
        }
        let total = drawn.tasks.len();
        Some(Tally { drawn: total, results, outstanding: total - drawn.results.len() })
    }
}

/// All drawn objects by result: the sum is always the number of drawn objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many were drawn.
    pub drawn: usize,
    /// How many have each result.
    pub results: BTreeMap<VisitResult, usize>,
    /// How many have none yet.
    pub outstanding: usize,
}
