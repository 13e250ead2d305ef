//! Whom an inspection is about, as the registry knows it.

use xingjian_kernel::{DivisionCode, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::legal_person::LegalPerson;
use xingjian_registry::practitioner::Practitioner;
use xingjian_registry::unregistered::Unregistered;
use xingjian_store::{Ctx, Failure, Tx, records};

/// A subject as looked up.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub division: DivisionCode,
    /// The subject and those behind it: a ground against one of them is a ground for recusal.
    pub related: Vec<SubjectRef>,
}

impl From<Institution> for Known {
    fn from(it: Institution) -> Self {
        let related = [Some(it.subject()), it.legal_person.map(SubjectRef::LegalPerson)];
        Self { name: it.details.name, division: it.details.division, related: related.into_iter().flatten().collect() }
    }
}

impl From<LegalPerson> for Known {
    fn from(it: LegalPerson) -> Self {
        Self { name: it.name, division: it.division, related: vec![SubjectRef::LegalPerson(it.id)] }
    }
}

impl From<Practitioner> for Known {
    fn from(it: Practitioner) -> Self {
        let places = it.places.into_iter().map(SubjectRef::Institution);
        let related = [SubjectRef::Practitioner(it.id)].into_iter().chain(places).collect();
        Self { name: it.name, division: it.division, related }
    }
}

impl From<Unregistered> for Known {
    fn from(it: Unregistered) -> Self {
        let related = [Some(SubjectRef::Unregistered(it.id)), it.linked].into_iter().flatten().collect();
        Self { name: it.name, division: it.division, related }
    }
}

/// Looks a subject up within the caller's scope.
pub async fn known(ctx: &Ctx, subject: SubjectRef) -> Result<Known, Failure> {
    Ok(match subject {
        SubjectRef::Institution(id) => records::must::<Institution>(ctx, id).await?.value.into(),
        SubjectRef::LegalPerson(id) => records::must::<LegalPerson>(ctx, id).await?.value.into(),
        SubjectRef::Practitioner(id) => records::must::<Practitioner>(ctx, id).await?.value.into(),
        SubjectRef::Unregistered(id) => records::must::<Unregistered>(ctx, id).await?.value.into(),
    })
}

/// Looks a subject up within the caller's scope, inside a transaction.
pub async fn known_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Known, Failure> {
    Ok(match subject {
        SubjectRef::Institution(id) => records::must_in::<Institution>(tx, ctx, id).await?.value.into(),
        SubjectRef::LegalPerson(id) => records::must_in::<LegalPerson>(tx, ctx, id).await?.value.into(),
        SubjectRef::Practitioner(id) => records::must_in::<Practitioner>(tx, ctx, id).await?.value.into(),
        SubjectRef::Unregistered(id) => records::must_in::<Unregistered>(tx, ctx, id).await?.value.into(),
    })
}
