//! A subject as other rooms know it, and who stands behind it: recusal (行政处罚法第43条) does not stop at the one record
//! that a ground was registered for.

use crate::institution::Institution;
use crate::legal_person::LegalPerson;
use crate::officer::Officer;
use crate::practitioner::Practitioner;
use crate::unregistered::Unregistered;
use std::collections::BTreeSet;
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{DivisionCode, SubjectRef};
use xingjian_store::{Ctx, Failure, Reading, Record, Tx};

/// A subject as looked up.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub division: DivisionCode,
    /// The subject and those behind it.
    pub ties: Ties,
}

/// A subject and those behind it: an institution has its legal person; a practitioner the institutions of practice and
/// their legal persons; one not registered whom it turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ties {
    subject: SubjectRef,
    close: BTreeSet<SubjectRef>,
}

impl Ties {
    /// A subject with nobody behind it.
    pub fn of(subject: SubjectRef) -> Self {
        Self { subject, close: BTreeSet::from([subject]) }
    }

    fn with(mut self, others: impl IntoIterator<Item = SubjectRef>) -> Self {
        self.close.extend(others);
        self
    }

    /// The subject and those behind it.
    pub const fn close(&self) -> &BTreeSet<SubjectRef> {
        &self.close
    }

    /// Whether a ground against one is a ground against the other: they are the same, one stands behind the other, or
    /// the same legal person stands behind both. Two practitioners are not tied by working at the same place.
    pub fn related(&self, other: &Self) -> bool {
        let person = |ties: &Self| matches!(ties.subject, SubjectRef::Practitioner(_));
        if person(self) && person(other) {
            return self.subject == other.subject;
        }
        !self.close.is_disjoint(&other.close)
    }
}

/// Finds who stands behind whom.
struct Reader<'a>(Reading<'a>);

impl Reader<'_> {
    async fn get<T: Record>(&mut self, ctx: &Ctx, id: impl ToString + Send) -> Result<Option<T>, Failure> {
        Ok(self.0.get(ctx, id).await?.map(|stored| stored.value))
    }

    async fn must<T: Record>(&mut self, ctx: &Ctx, id: impl ToString + Send) -> Result<T, Failure> {
        self.get(ctx, id).await?.ok_or(Failure::NotFound)
    }

    async fn known(&mut self, ctx: &Ctx, subject: SubjectRef) -> Result<Known, Failure> {
        let (name, division) = match subject {
            SubjectRef::Institution(id) => {
                let details = self.must::<Institution>(ctx, id).await?.details;
                (details.name, details.division)
            }
            SubjectRef::LegalPerson(id) => {
                let person = self.must::<LegalPerson>(ctx, id).await?;
                (person.name, person.division)
            }
            SubjectRef::Practitioner(id) => {
                let person = self.must::<Practitioner>(ctx, id).await?;
                (person.name, person.division)
            }
            SubjectRef::Unregistered(id) => {
                let found = self.must::<Unregistered>(ctx, id).await?;
                (found.name, found.division)
            }
        };
        Ok(Known { name, division, ties: self.ties(ctx, subject).await? })
    }

    /// Read over all scopes: a ground must not depend on who looks.
    async fn ties(&mut self, ctx: &Ctx, subject: SubjectRef) -> Result<Ties, Failure> {
        let all = &ctx.seeing_all();
        let SubjectRef::Unregistered(id) = subject else { return self.registered(all, subject).await };
        let linked = self.get::<Unregistered>(all, id).await?.and_then(|found| found.linked);
        let behind = match linked {
            Some(linked) => self.registered(all, linked).await?.close,
            None => BTreeSet::new(),
        };
        Ok(Ties::of(subject).with(behind))
    }

    async fn registered(&mut self, all: &Ctx, subject: SubjectRef) -> Result<Ties, Failure> {
        let ties = Ties::of(subject);
        Ok(match subject {
            SubjectRef::Institution(id) => ties.with(self.legal_person(all, id).await?),
            SubjectRef::Practitioner(id) => {
                let places = self.get::<Practitioner>(all, id).await?.map(|person| person.places).unwrap_or_default();
                let mut ties = ties.with(places.iter().copied().map(SubjectRef::Institution));
                for place in places {
                    ties = ties.with(self.legal_person(all, place).await?);
                }
                ties
            }
            SubjectRef::LegalPerson(_) | SubjectRef::Unregistered(_) => ties,
        })
    }

    async fn legal_person(&mut self, all: &Ctx, id: InstitutionId) -> Result<Option<SubjectRef>, Failure> {
        let institution = self.get::<Institution>(all, id).await?;
        Ok(institution.and_then(|institution| institution.legal_person).map(SubjectRef::LegalPerson))
    }

    async fn ground(&mut self, ctx: &Ctx, officer: &Officer, ties: &Ties) -> Result<Option<String>, Failure> {
        for recusal in &officer.recusals {
            if self.ties(ctx, recusal.subject).await?.related(ties) {
                return Ok(Some(recusal.reason.clone()));
            }
        }
        Ok(None)
    }
}

/// Looks a subject up within the caller's scope.
pub async fn known(ctx: &Ctx, subject: SubjectRef) -> Result<Known, Failure> {
    Reader(Reading::Outside).known(ctx, subject).await
}

/// Looks a subject up within the caller's scope, inside a transaction.
pub async fn known_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Known, Failure> {
    Reader(Reading::Inside(tx)).known(ctx, subject).await
}

/// Who stands behind a subject.
pub async fn ties(ctx: &Ctx, subject: SubjectRef) -> Result<Ties, Failure> {
    Reader(Reading::Outside).ties(ctx, subject).await
}

/// The same wherever it is read.
pub async fn ties_from(from: &mut Reading<'_>, ctx: &Ctx, subject: SubjectRef) -> Result<Ties, Failure> {
    match from {
        Reading::Inside(tx) => ties_in(tx, ctx, subject).await,
        Reading::Outside => ties(ctx, subject).await,
    }
}

/// Who stands behind a subject, inside a transaction.
pub async fn ties_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Ties, Failure> {
    Reader(Reading::Inside(tx)).ties(ctx, subject).await
}

/// A registered ground that keeps the officer from a subject (行政处罚法第43条): against it, or against one related to it.
pub async fn ground(ctx: &Ctx, officer: &Officer, ties: &Ties) -> Result<Option<String>, Failure> {
    Reader(Reading::Outside).ground(ctx, officer, ties).await
}

/// The same inside a transaction.
pub async fn ground_in(tx: &mut Tx, ctx: &Ctx, officer: &Officer, ties: &Ties) -> Result<Option<String>, Failure> {
    Reader(Reading::Inside(tx)).ground(ctx, officer, ties).await
}

#[cfg(test)]
mod tests;
