//! Whom a credit record is about, as the registry knows it: copied by value, so that lists need no second look.

use xingjian_kernel::{DivisionCode, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::legal_person::LegalPerson;
use xingjian_registry::practitioner::Practitioner;
use xingjian_registry::unregistered::Unregistered;
use xingjian_store::{Ctx, Failure, Tx, records};

/// Name and division of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Name as registered.
    pub name: String,
    /// Division it lies in.
    pub division: DivisionCode,
}

/// Looks a subject up, whatever the caller may see: the record made about it is bounded by its own scope.
pub(crate) async fn find_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Who, Failure> {
    let ctx = &ctx.seeing_all();
    let (name, division) = match subject {
        SubjectRef::Institution(id) => {
            let details = records::must_in::<Institution>(tx, ctx, id).await?.value.details;
            (details.name, details.division)
        }
        SubjectRef::LegalPerson(id) => {
            let person = records::must_in::<LegalPerson>(tx, ctx, id).await?.value;
            (person.name, person.division)
        }
        SubjectRef::Practitioner(id) => {
            let person = records::must_in::<Practitioner>(tx, ctx, id).await?.value;
            (person.name, person.division)
        }
        SubjectRef::Unregistered(id) => {
            let unregistered = records::must_in::<Unregistered>(tx, ctx, id).await?.value;
            (unregistered.name, unregistered.division)
        }
    };
    Ok(Who { name, division })
}
