//! One draw from the frozen bases to the released file. Each step gives a document, the same bytes for the ledger, the
//! public page and the verifier; there is no way back and no second try: another draw is another act.

mod apply;
mod change;
mod document;
mod freeze;
mod result;

pub use apply::TransitionError;
pub(crate) use apply::seated;
pub use change::{ChangeError, OfficerChange};
pub use document::{
    Counts, Document, Drawing, Freeze, Origin, Person, Release, Row, Sealing, Seeding, Stop, StopReason,
};
pub use freeze::{FreezeError, Proposal, freeze};
pub use result::{RecordError, Recorded, Substitution, Tally, VisitResult, substitutions};

pub(crate) use change::{seat_number, successor};
pub(crate) use document::{DRAW_ALGORITHM, nonce_commitment, result_digest, rows_of, shortage_text};
pub(crate) use freeze::against_previous;

use crate::base::Bases;
use crate::file::PublicFile;
use crate::seed::Contributions;
use crate::team::Team;
use crate::{DrawId, Salt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::{DepartmentId, Timestamp};

/// What the authority keeps to itself until the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// Salt of the commitments to the bases and to the result.
    pub salt: Salt,
    /// End of the seed of a sealed draw.
    pub nonce: Option<Salt>,
}

/// Bases fixed, sources named, no seed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// What was published of it.
    pub document: Freeze,
    /// The bases.
    pub bases: Bases,
    /// Salt and nonce.
    pub secrets: Secrets,
}

impl Frozen {
    /// The whole seed for a public part: followed by the nonce where the draw is sealed.
    pub fn seed(&self, public: &str) -> String {
        whole_seed(public, self.secrets.nonce.as_ref())
    }
}

/// The public part of a seed, followed by the nonce where there is one.
pub fn whole_seed(public: &str, nonce: Option<&Salt>) -> String {
    nonce.map_or_else(|| public.to_owned(), |nonce| format!("{public}|nonce:{nonce}"))
}

/// The seed is known to everybody, or all of it but the nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeded {
    /// What was frozen.
    pub frozen: Frozen,
    /// What the sources said.
    pub seeding: Seeding,
}

/// Drawn, and not yet shown unless released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// What was frozen and seeded.
    pub seeded: Seeded,
    /// Hash and counts, public at once.
    pub drawing: Drawing,
    /// The drawn objects in the order of their tickets, with the teams as drawn.
    pub rows: Vec<Row>,
    /// The teams as they are now.
    pub teams: Vec<Team>,
    /// Officers who were replaced after the draw.
    pub changes: Vec<OfficerChange>,
    /// What came of each visit.
    pub results: BTreeMap<String, Recorded>,
    /// When list and file were given out.
    pub release: Option<Release>,
}

impl Drawn {
    /// The file that anybody can check the draw with; before the release only for the authority itself.
    pub fn file(&self) -> PublicFile {
        self.clone().into_file()
    }

    /// The same of a draw that is not needed any more; a large one is not copied.
    pub fn into_file(self) -> PublicFile {
        PublicFile::of(self)
    }
}

/// Stopped without an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// What was frozen.
    pub frozen: Frozen,
    /// What the sources had said by then.
    pub seeding: Option<Seeding>,
    /// Why.
    pub stop: Stop,
}

/// Where a draw stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 名录已封存.
    Frozen(Box<Frozen>),
    /// 种子已产生.
    Seeded(Box<Seeded>),
    /// 已抽取.
    Drawn(Box<Drawn>),
    /// 名单已公开.
    Released(Box<Drawn>),
    /// 已终止.
    Stopped(Box<Stopped>),
}

/// What can be done with a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Enter what the sources said.
    Seed {
        /// What they said.
        said: Box<Contributions>,
        /// When it was put together.
        at: Timestamp,
    },
    /// Draw objects and officers.
    Draw {
        /// When.
        at: Timestamp,
    },
    /// Give out list and file.
    Release {
        /// When.
        at: Timestamp,
    },
    /// Stop for good.
    Stop {
        /// Why.
        cause: StopCause,
        /// When.
        at: Timestamp,
    },
    /// Replace an officer.
    ChangeOfficer {
        /// Id of the object.
        object: String,
        /// Pseudonym of the officer who steps back.
        from: String,
        /// Why.
        reason: String,
        /// Who asks for it.
        proposed_by: Person,
        /// Who agrees to it.
        approved_by: Person,
        /// When.
        at: Timestamp,
    },
    /// Record what came of a visit.
    Record {
        /// Id of the object.
        object: String,
        /// What came of it.
        result: VisitResult,
        /// Pseudonyms of the officers who were there.
        officers: Vec<String>,
        /// When.
        at: Timestamp,
    },
}

/// Why somebody wants to stop a draw; the machine checks what can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// A department did not reveal, or something else than it had committed to; with what was revealed.
    Reveal(BTreeMap<DepartmentId, crate::seed::Reveal>),
    /// Taken back before any source spoke.
    Withdrawn(String),
    /// A planned source will never speak.
    SourceFailed(String),
    /// The teams cannot be formed.
    Shortage,
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $label] $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
            /// The name in the diagram.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
            /// The name on screen.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }
    };
}

names! {
    /// The name of a state.
    StateName {
        Frozen = "frozen", "名录已封存";
        Seeded = "seeded", "种子已产生";
        Drawn = "drawn", "已抽取";
        Released = "released", "名单已公开";
        Stopped = "stopped", "已终止";
    }
}

names! {
    /// The name of an action.
    ActionName {
        Seed = "seed", "生成种子";
        Draw = "draw", "抽取";
        Release = "release", "公开名单";
        Stop = "stop", "终止";
        ChangeOfficer = "change_officer", "更换检查人员";
        Record = "record", "登记检查结果";
    }
}

/// What may follow what; `docs/states/draw.md` is compared with it.
pub const TRANSITIONS: &[(StateName, ActionName, StateName)] = &[
    (StateName::Frozen, ActionName::Seed, StateName::Seeded),
    (StateName::Frozen, ActionName::Stop, StateName::Stopped),
    (StateName::Seeded, ActionName::Draw, StateName::Drawn),
    (StateName::Seeded, ActionName::Stop, StateName::Stopped),
    (StateName::Drawn, ActionName::Release, StateName::Released),
    (StateName::Drawn, ActionName::ChangeOfficer, StateName::Drawn),
    (StateName::Drawn, ActionName::Record, StateName::Drawn),
    (StateName::Released, ActionName::ChangeOfficer, StateName::Released),
    (StateName::Released, ActionName::Record, StateName::Released),
];

impl State {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Frozen(_) => StateName::Frozen,
            Self::Seeded(_) => StateName::Seeded,
            Self::Drawn(_) => StateName::Drawn,
            Self::Released(_) => StateName::Released,
            Self::Stopped(_) => StateName::Stopped,
        }
    }

    /// What was frozen.
    pub fn frozen(&self) -> &Frozen {
        match self {
            Self::Frozen(frozen) => frozen,
            Self::Seeded(seeded) => &seeded.frozen,
            Self::Drawn(drawn) | Self::Released(drawn) => &drawn.seeded.frozen,
            Self::Stopped(stopped) => &stopped.frozen,
        }
    }

    /// The name of the draw.
    pub fn id(&self) -> &DrawId {
        &self.frozen().document.draw
    }
}

impl Action {
    /// Its name.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Seed { .. } => ActionName::Seed,
            Self::Draw { .. } => ActionName::Draw,
            Self::Release { .. } => ActionName::Release,
            Self::Stop { .. } => ActionName::Stop,
            Self::ChangeOfficer { .. } => ActionName::ChangeOfficer,
            Self::Record { .. } => ActionName::Record,
        }
    }
}
