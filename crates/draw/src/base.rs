//! What is fixed before the seed exists: the objects and the officers that can be drawn, those that cannot and why,
//! and the rules of the draw.

mod check;
mod object;
mod officer;
mod rules;

pub use object::{Excluded, Object, fallback_id, licence_id};
pub use officer::{Exception, Ground, Inspector, Officer, Recusal};
pub use rules::{FEWEST_OFFICERS, FIRST_LINE, Rules, Seat, Stratum};

use crate::digest::commit_rows;
use crate::{Digest, Salt};
use serde::{Deserialize, Serialize};

/// Both bases, each list in the order of its ids: the order in which rows came in makes no difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bases {
    /// 检查对象名录库, as far as it can be drawn.
    pub objects: Vec<Object>,
    /// What was left out of it.
    pub excluded: Vec<Excluded>,
    /// 执法检查人员名录库, under pseudonyms.
    pub officers: Vec<Officer>,
    /// Which officer must not inspect which object.
    pub exceptions: Vec<Exception>,
}

/// The hash of each list, published before the seed exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitments {
    /// Of the objects.
    pub objects: Digest,
    /// Of what was left out.
    pub excluded: Digest,
    /// Of the officers.
    pub officers: Digest,
    /// Of the exceptions.
    pub exceptions: Digest,
}

impl Bases {
    /// The lists in their order.
    pub fn new(
        mut objects: Vec<Object>,
        mut excluded: Vec<Excluded>,
        mut officers: Vec<Officer>,
        mut exceptions: Vec<Exception>,
    ) -> Self {
        objects.sort_unstable();
        excluded.sort_unstable();
        officers.sort_unstable();
        exceptions.sort_unstable();
        Self { objects, excluded, officers, exceptions }
    }

    /// The hashes of the lists under one salt.
    pub fn commitments(&self, salt: &Salt) -> Commitments {
        Commitments {
            objects: commit_rows("xingjian/draw/objects/v1", salt, &self.objects),
            excluded: commit_rows("xingjian/draw/excluded/v1", salt, &self.excluded),
            officers: commit_rows("xingjian/draw/officers/v1", salt, &self.officers),
            exceptions: commit_rows("xingjian/draw/exceptions/v1", salt, &self.exceptions),
        }
    }
}
