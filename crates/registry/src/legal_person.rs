//! Legal persons (法人): the holders of a unified social credit code, apart from the institutions they run.

use serde::{Deserialize, Serialize};
use xingjian_kernel::codes::CreditCode;
use xingjian_kernel::id::LegalPersonId;
use xingjian_kernel::{DepartmentId, DivisionCode, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Head, Record, Table, Tx, records, tables};

/// A legal person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LegalPerson {
    /// Its id.
    pub id: LegalPersonId,
    /// Registered name.
    pub name: String,
    /// Unified social credit code (GB 32100); missing stays missing.
    pub credit_code: Option<CreditCode>,
    /// Where it is registered.
    pub division: DivisionCode,
    /// Department that keeps the record.
    pub department: DepartmentId,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Record for LegalPerson {
    const TABLE: Table = tables::LEGAL_PERSON;

    fn head(&self) -> Head {
        let code = self.credit_code.as_ref().map(ToString::to_string);
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: Some(SubjectRef::LegalPerson(self.id)),
            state: "registered",
            owner: None,
            due: None,
            title: self.name.clone(),
            search: format!("{} {}", self.name, code.clone().unwrap_or_default()),
            number: code,
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        crate::sort_key(&self.name)
    }
}

/// The legal person with this code, recorded now if it was not there.
pub async fn find_or_add_in(
    tx: &mut Tx,
    ctx: &Ctx,
    name: &str,
    credit_code: &CreditCode,
    division: &DivisionCode,
) -> Result<LegalPersonId, Failure> {
    if let Some(there) = records::by_number_in::<LegalPerson>(tx, &ctx.seeing_all(), &credit_code.to_string()).await? {
        return Ok(there.id);
    }
    let person = LegalPerson {
        id: ctx.new_id(),
        name: name.to_owned(),
        credit_code: Some(credit_code.clone()),
        division: division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let event = Event::new("legal_person.registered", format!("登记法人“{name}”（{credit_code}）"));
    records::insert(tx, ctx, &person, event).await?;
    Ok(person.id)
}
