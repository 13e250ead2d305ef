//! What each step publishes. A document holds what is to be shown and nothing else.

use super::{OfficerChange, Recorded};
use crate::base::{Commitments, Object, Rules, Stratum};
use crate::digest::{commit, commit_rows};
use crate::parallel;
use crate::seed::{Contributions, SourcePlan};
use crate::stratum::Size;
use crate::team::{Shortage, Team};
use crate::ticket::{Sampler, Tag};
use crate::{Digest, DrawId, Salt};
use serde::{Deserialize, Serialize};
use xingjian_kernel::{DepartmentId, LocalDate, Timestamp};

/// The algorithm of this crate, as `docs/draw.md` has it.
pub(crate) const DRAW_ALGORITHM: &str = "xingjian/draw/v1";

/// A step of a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Document {
    /// Bases and rules are fixed.
    Frozen(Freeze),
    /// The seed exists.
    Seeded(Seeding),
    /// The draw was stopped.
    Stopped(Stop),
    /// Drawn: hash and counts.
    Drawn(Drawing),
    /// List and file are given out.
    Released(Release),
    /// An officer was replaced.
    OfficerChanged(OfficerChange),
    /// A visit had a result.
    Recorded(Recorded),
}

impl Document {
    /// The draw it belongs to.
    pub fn draw(&self) -> &DrawId {
        match self {
            Self::Frozen(of) => &of.draw,
            Self::Seeded(of) => &of.draw,
            Self::Stopped(of) => &of.draw,
            Self::Drawn(of) => &of.draw,
            Self::Released(of) => &of.draw,
            Self::OfficerChanged(of) => &of.draw,
            Self::Recorded(of) => &of.draw,
        }
    }

    /// What the step is called.
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Frozen(_) => "封存",
            Self::Seeded(_) => "种子",
            Self::Stopped(_) => "终止",
            Self::Drawn(_) => "抽取",
            Self::Released(_) => "公开",
            Self::OfficerChanged(_) => "更换检查人员",
            Self::Recorded(_) => "检查结果",
        }
    }

    /// The fixed bases, if it is that step.
    pub const fn as_frozen(&self) -> Option<&Freeze> {
        if let Self::Frozen(of) = self { Some(of) } else { None }
    }

    /// The seed, if it is that step.
    pub const fn as_seeded(&self) -> Option<&Seeding> {
        if let Self::Seeded(of) = self { Some(of) } else { None }
    }

    /// The draw, if it is that step.
    pub const fn as_drawn(&self) -> Option<&Drawing> {
        if let Self::Drawn(of) = self { Some(of) } else { None }
    }

    /// The release, if it is that step.
    pub const fn as_released(&self) -> Option<&Release> {
        if let Self::Released(of) = self { Some(of) } else { None }
    }

    /// The stop, if it is that step.
    pub const fn as_stopped(&self) -> Option<&Stop> {
        if let Self::Stopped(of) = self { Some(of) } else { None }
    }

    /// The canonical bytes, as the ledger hashes them.
    pub fn canonical(&self) -> Vec<u8> {
        xingjian_tlog::canonical(self).expect("documents hold no floats and no integers over 2^53")
    }
}

/// Somebody who acts in a draw, as the public may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name, or role where the name is not for the public.
    pub name: String,
    /// Department.
    pub department: DepartmentId,
}

/// Where a draw comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Origin {
    /// The first draw of its task.
    Plan,
    /// Further objects of an earlier draw, from those it did not draw, with a seed of its own.
    Extension {
        /// The earlier draw.
        of: DrawId,
        /// Drawn objects that could not be inspected and are the reason, where there are such; they stay in the result.
        because_of: Vec<String>,
    },
    /// A new draw of the same task; the old one stays public.
    Redraw {
        /// The old draw.
        of: DrawId,
        /// Why it does not stand.
        reason: String,
    },
}

impl Origin {
    /// The earlier draw it names.
    pub const fn earlier(&self) -> Option<&DrawId> {
        match self {
            Self::Plan => None,
            Self::Extension { of, .. } | Self::Redraw { of, .. } => Some(of),
        }
    }
}

/// That the list stays sealed for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealing {
    /// Commitment to the nonce at the end of the seed.
    pub nonce: Digest,
    /// The day on which list, file and nonce are given out.
    pub release: LocalDate,
}

/// How long the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Objects.
    pub objects: u64,
    /// Objects that were left out.
    pub excluded: u64,
    /// Officers.
    pub officers: u64,
    /// Exceptions.
    pub exceptions: u64,
}

/// Bases, rules and sources, fixed before the seed exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Name of the draw.
    pub draw: DrawId,
    /// The task of the yearly plan (年度抽查计划).
    pub task: String,
    /// Where it comes from.
    pub origin: Origin,
    /// How it is computed.
    pub algorithm: String,
    /// Rates, seats, period.
    pub rules: Rules,
    /// Hashes of the lists.
    pub bases: Commitments,
    /// Their lengths.
    pub counts: Counts,
    /// Where the seed will come from.
    pub sources: SourcePlan,
    /// Whether the list stays sealed, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealing>,
    /// When it was fixed.
    pub at: Timestamp,
}

/// What the sources said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeding {
    /// Name of the draw.
    pub draw: DrawId,
    /// What was entered.
    pub said: Contributions,
    /// The public part of the seed.
    pub public: String,
    /// When it was put together.
    pub at: Timestamp,
}

/// Why a draw was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "text", rename_all = "snake_case")]
pub enum StopReason {
    /// A department broke its commitment.
    Reveal(String),
    /// Taken back before any source spoke.
    Withdrawn(String),
    /// A source will never speak.
    SourceFailed(String),
    /// The teams could not be formed.
    Shortage(String),
}

impl StopReason {
    /// Whether it is that no teams could be formed: bases and secrets are then given out.
    pub const fn is_shortage(&self) -> bool {
        matches!(self, Self::Shortage(_))
    }

    /// In words.
    pub fn text(&self) -> &str {
        let (Self::Reveal(text) | Self::Withdrawn(text) | Self::SourceFailed(text) | Self::Shortage(text)) = self;
        text
    }
}

/// What is published of a shortage: no names while the list of a draw is sealed.
pub(crate) fn shortage_text(shortage: &Shortage, sealed: bool) -> String {
    if sealed { shortage.summary() } else { shortage.to_string() }
}

/// The end of a draw without an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Name of the draw.
    pub draw: DrawId,
    /// Why.
    #[serde(flatten)]
    pub reason: StopReason,
    /// When.
    pub at: Timestamp,
}

/// A drawn object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub object: String,
    /// Its team, by seat.
    pub officers: Vec<String>,
    /// Its stratum.
    pub stratum: String,
    /// Its ticket number.
    pub ticket: String,
}

/// That the draw was made: hash and counts, public at once also where the list is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawing {
    /// Name of the draw.
    pub draw: DrawId,
    /// Sizes and probabilities by stratum.
    pub sizes: Vec<Size>,
    /// How many objects.
    pub objects: u64,
    /// How many officers have a seat.
    pub officers: u64,
    /// Hash of the rows.
    pub result: Digest,
    /// When.
    pub at: Timestamp,
}

/// That list and file were given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Name of the draw.
    pub draw: DrawId,
    /// Salt of the commitments.
    pub salt: Salt,
    /// The nonce of a sealed draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Salt>,
    /// When.
    pub at: Timestamp,
}

/// The commitment to the nonce of a draw.
pub(crate) fn nonce_commitment(draw: &DrawId, nonce: &Salt) -> Digest {
    commit("xingjian/draw/nonce/v1", nonce, draw)
}

/// The hash of the rows.
pub(crate) fn result_digest(salt: &Salt, rows: &[Row]) -> Digest {
    commit_rows("xingjian/draw/result/v1", salt, rows)
}

/// The rows for drawn objects and their teams.
pub(crate) fn rows_of(draw: &DrawId, seed: &str, rules: &Rules, drawn: &[&Object], teams: Vec<Team>) -> Vec<Row> {
    let sampler = Sampler::of(Tag::Object, draw, seed);
    let tickets = parallel::map(drawn, |object| sampler.number(&object.id).to_string());
    let names: Vec<String> = rules.strata.iter().map(Stratum::name).collect();
    let row = |((object, team), ticket): ((&&Object, Team), String)| Row {
        object: object.id.clone(),
        officers: team.officers,
        stratum: rules.stratum(&object.grade, &object.risk).map(|at| names[at].clone()).unwrap_or_default(),
        ticket,
    };
    drawn.iter().zip(teams).zip(tickets).map(row).collect()
}
