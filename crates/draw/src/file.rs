//! The public file of a draw: everything that is needed to compute it again.

use crate::Salt;
use crate::base::Bases;
use crate::draw::{Drawn, Freeze, Frozen, Row, Seeding};
use serde::{Deserialize, Serialize};

/// The format that this version writes and reads.
pub const FORMAT: &str = "xingjian/draw-file/v1";

/// What a released draw gives out. Officers are pseudonyms, reasons of exceptions are commitments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicFile {
    /// [`FORMAT`].
    pub format: String,
    /// Bases, rules and sources as they were fixed.
    pub freeze: Freeze,
    /// Salt of the commitments.
    pub salt: Salt,
    /// The nonce of a sealed draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Salt>,
    /// The bases.
    pub bases: Bases,
    /// What the sources said.
    pub seeding: Seeding,
    /// The drawn objects with their teams as drawn, in the order of their tickets. Later changes of officers are
    /// documents of their own.
    pub drawn: Vec<Row>,
}

impl PublicFile {
    pub(crate) fn of(drawn: Drawn) -> Self {
        let Frozen { document, bases, secrets } = drawn.seeded.frozen;
        Self {
            format: FORMAT.to_owned(),
            freeze: document,
            salt: secrets.salt,
            nonce: secrets.nonce,
            bases,
            seeding: drawn.seeded.seeding,
            drawn: drawn.rows,
        }
    }
}
