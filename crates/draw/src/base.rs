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
use crate::parallel;
use crate::{Digest, Salt};
use serde::{Deserialize, Serialize};

/// Both bases, each list in the order of its ids, exceptions by object and officer: the order in which rows came in makes no
/// difference.
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
        objects.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        excluded.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        officers.sort_unstable_by(|one, other| one.pseudonym.cmp(&other.pseudonym));
        exceptions.sort_unstable();
        Self { objects, excluded, officers, exceptions }
    }

    /// The exceptions of an object.
    pub fn exceptions_of(&self, object: &str) -> &[Exception] {
        let first = self.exceptions.partition_point(|exception| exception.object.as_str() < object);
        // There are few of each.
        let of = self.exceptions[first..].iter().take_while(|exception| exception.object == object).count();
        &self.exceptions[first..first + of]
    }

    /// How many exceptions there are of each object at most.
    pub fn most_exceptions(&self) -> usize {
        self.exceptions.chunk_by(|one, other| one.object == other.object).map(<[_]>::len).max().unwrap_or(0)
    }

    /// The hashes of the lists under one salt.
    pub fn commitments(&self, salt: &Salt) -> Commitments {
        let exceptions = || commit_rows("xingjian/draw/exceptions/v1", salt, &self.exceptions);
        let objects = || commit_rows("xingjian/draw/objects/v1", salt, &self.objects);
        let (exceptions, objects) = parallel::both(exceptions, objects);
        Commitments {
            objects,
            excluded: commit_rows("xingjian/draw/excluded/v1", salt, &self.excluded),
            officers: commit_rows("xingjian/draw/officers/v1", salt, &self.officers),
            exceptions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Row;
    use xingjian_kernel::DepartmentId;
    use xingjian_tlog::canonical;

    /// Quotes, control characters, and letters that UTF-8 and UTF-16 sort differently.
    const AWKWARD: &str = "甲\"\\\u{1}\u{8}\n\u{1f}\u{7f}\u{2028}é\u{e000}\u{10400}/";

    fn check<T: Serialize>(row: &T) {
        assert_eq!(serde_json::to_vec(row).unwrap(), canonical(row).unwrap());
    }

    #[test]
    fn plain_json_of_a_row_is_its_canonical_form() {
        let text = || AWKWARD.to_owned();
        check(&Object { grade: text(), id: text(), kind: text(), risk: text(), unit: text() });
        check(&Excluded { id: text(), reason: text() });
        check(&Exception { object: text(), officer: text(), reason: Digest([7; 32]) });
        check(&Row { object: text(), officers: vec![text(), text()], stratum: text(), ticket: text() });
        check(&Officer {
            available: true,
            certified: false,
            department: DepartmentId::new(AWKWARD),
            first_line: true,
            pseudonym: text(),
            record: Digest([7; 32]),
            specialties: [text(), "\u{e000}".into(), "\u{10400}".into()].into(),
            unit: text(),
        });
    }

    #[test]
    fn exceptions_are_found_by_object() {
        let one = |object: &str, officer: &str| Exception {
            object: object.into(),
            officer: officer.into(),
            reason: Digest([0; 32]),
        };
        let all = vec![one("b", "2"), one("c", "1"), one("b", "1")];
        let bases = Bases::new(vec![], vec![], vec![], all);
        assert_eq!(bases.exceptions_of("b"), [one("b", "1"), one("b", "2")]);
        assert_eq!(
            (bases.exceptions_of("a"), bases.exceptions_of("bb"), bases.exceptions_of("d")),
            (&[][..], &[][..], &[][..])
        );
    }
}
