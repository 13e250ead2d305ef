//! Everything that an outsider needs to check a draw, in one file: the public file, the documents as the log has them, and
//! for each document the proof that the log has it.

mod course;
mod proofs;
mod shortage;

pub use proofs::{ProofError, Unfit};

use crate::base::Bases;
use crate::draw::{Document, Secrets, Stopped};
use crate::file::PublicFile;
use crate::verify::{Difference, Told, Verified, compute};
use crate::{DrawId, Salt};
use serde::{Deserialize, Serialize};
use std::io::Write;
use xingjian_tlog::{Policy, PolicyFaults};

/// The format that this version writes and reads.
pub const FORMAT: &str = "xingjian/draw-bundle/v1";

/// A draw as it is handed to outsiders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// The draw it is about.
    pub draw: DrawId,
    /// The public file; none before the release, and none of a draw that was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PublicFile>,
    /// What is given out of a draw that was stopped because no teams could be formed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opened>,
    /// The documents in the order of the log: those of this draw and of every other draw of its task.
    pub steps: Vec<Step>,
    /// A policy (c2sp.org/tlog-policy) by which the proofs can be judged. Whoever has one of their own uses that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

impl Bundle {
    /// Writes it as JSON; a large one is never in memory whole.
    pub fn write(&self, to: impl Write) -> std::io::Result<()> {
        let mut to = std::io::BufWriter::with_capacity(1 << 20, to);
        serde_json::to_writer(&mut to, self)?;
        to.flush()
    }
}

/// A document, and the proof that the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The document.
    pub document: Document,
    /// The proof file (c2sp.org/tlog-proof) of its public row with what the row says: the document is the field `data` of
    /// the event. None while the log has no checkpoint over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Bases and secrets of a draw that was stopped because no teams could be formed, so that everybody can see that they
/// could not. There is no list that could still be given away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Salt of the commitments.
    pub salt: Salt,
    /// The nonce of a sealed draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Salt>,
    /// The bases.
    pub bases: Bases,
}

impl Opened {
    /// What is given out of a stopped draw: something only where the teams could not be formed.
    pub fn of(stopped: &Stopped) -> Option<Self> {
        let Secrets { salt, nonce } = stopped.frozen.secrets;
        stopped.stop.reason.is_shortage().then(|| Self { salt, nonce, bases: stopped.frozen.bases.clone() })
    }
}

/// What the documents of a draw that has no public file come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Bases fixed.
    Frozen,
    /// Seed known.
    Seeded,
    /// Drawn and not released.
    Drawn,
    /// Stopped.
    Stopped,
}

/// A bundle that agrees with itself and with the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// Computed again from the public file.
    Computed(Box<Verified>),
    /// There is no public file: only steps and proofs were checked.
    Steps(Standing),
    /// Stopped for want of officers, and computed again that no teams could be formed.
    Shortage,
}

/// What a check of a bundle found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What holds, in the order in which it was checked; up to the difference where there is one.
    pub told: Vec<Told>,
    /// The conclusion, or the first difference.
    pub outcome: Result<Agreed, BundleDifference>,
}

/// The first thing in a bundle that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleDifference {
    /// Another format.
    #[error("抽查核验包的格式是“{0}”，本程序只认“{FORMAT}”。请取得本格式的文件，或者使用新版程序")]
    Format(String),
    /// The policy in the bundle cannot be read.
    #[error("抽查核验包所附的信任策略有误：{0}。请另行给出信任策略")]
    Policy(PolicyFaults),
    /// There are proofs, and nobody said whom to trust.
    #[error("抽查核验包附有日志证明，却没有信任策略，无法检查。请给出信任策略")]
    NoPolicy,
    /// The log does not have a document.
    #[error(transparent)]
    Proof(#[from] Unfit),
    /// The file is of another draw.
    #[error("抽查核验包的编号是“{bundle}”，所附公开文件却是抽查“{file}”的。请取得同一次抽查的文件")]
    OtherDraw {
        /// Of the bundle.
        bundle: DrawId,
        /// Of the file.
        file: DrawId,
    },
    /// Released, and the file is not there.
    #[error("抽查“{0}”的名单已经公开，核验包中却没有公开文件。请取得完整的核验包")]
    NoFile(DrawId),
    /// Stopped for want of officers, and the bases are not there.
    #[error("抽查“{0}”因检查组无法组成而终止，核验包中却没有名录，无法核算。请取得完整的核验包")]
    NotOpened(DrawId),
    /// The teams could be formed after all.
    #[error("抽查“{0}”以检查组无法组成为由终止，按公布的名录和种子却可以组成。终止没有依据，不能采信")]
    NoShortage(DrawId),
    /// What was published does not agree.
    #[error(transparent)]
    Difference(#[from] Difference),
}

/// Checks a bundle. `previous` is the public file of the earlier draw that an extension or a new draw names; `trusted` the
/// policy by which proofs are judged, in place of the bundle's own.
pub fn verify(bundle: &Bundle, previous: Option<&PublicFile>, trusted: Option<&Policy>) -> Report {
    let mut told = vec![];
    let outcome = check(bundle, previous, trusted, &mut told);
    Report { told, outcome }
}

fn check(
    bundle: &Bundle,
    previous: Option<&PublicFile>,
    trusted: Option<&Policy>,
    told: &mut Vec<Told>,
) -> Result<Agreed, BundleDifference> {
    let Bundle { format, draw, file, opened, steps, policy } = bundle;
    if format != FORMAT {
        return Err(BundleDifference::Format(format.clone()));
    }
    let own = policy.as_ref().filter(|_| trusted.is_none()).map(|text| Policy::parse(text.as_bytes()));
    let own = own.transpose().map_err(BundleDifference::Policy)?;
    proofs::check(steps, trusted.or(own.as_ref()), trusted.is_some(), told)?;
    let documents: Vec<Document> = steps.iter().map(|step| step.document.clone()).collect();
    if let Some(file) = file {
        if file.freeze.draw != *draw {
            let (bundle, file) = (draw.clone(), file.freeze.draw.clone());
            return Err(BundleDifference::OtherDraw { bundle, file });
        }
        return Ok(Agreed::Computed(Box::new(compute(file, &documents, previous, told)?)));
    }
    let course = course::Course::of(draw, &documents, told)?;
    match (course.standing, course.shortage(), opened) {
        (Standing::Stopped, true, None) => Err(BundleDifference::NotOpened(draw.clone())),
        (Standing::Stopped, true, Some(opened)) => {
            shortage::check(&course, opened, previous, told)?;
            Ok(Agreed::Shortage)
        }
        (standing, ..) => Ok(Agreed::Steps(standing)),
    }
}
