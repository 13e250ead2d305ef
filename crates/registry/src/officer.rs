//! Supervision officers (卫生监督员): certificate, specialties and whom they must not inspect.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Permission, Refusal, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Order, Record, Stored, Table, Tx, records, tables};

/// An enforcement certificate (行政执法证).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number.
    pub number: String,
    /// First day of validity.
    pub from: LocalDate,
    /// Last day of validity.
    pub until: LocalDate,
}

/// A ground for recusal (行政处罚法第43条) that is known beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recusal {
    /// Whom the officer must not inspect.
    pub subject: SubjectRef,
    /// Why: kin, former employer, investment, address.
    pub reason: String,
}

/// An officer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Officer {
    /// The id.
    pub id: OfficerId,
    /// Name.
    pub name: String,
    /// The account the officer signs in with.
    pub account: Option<AccountId>,
    /// Unit inside the department.
    pub unit: String,
    /// Certificate; without one nobody inspects.
    pub certificate: Option<Certificate>,
    /// Fields the officer is trained for.
    pub specialties: Vec<String>,
    /// Known grounds for recusal.
    pub recusals: Vec<Recusal>,
    /// Where the officer serves.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Officer {
    /// The certificate that is valid on a day.
    pub fn certificate_on(&self, day: LocalDate) -> Option<&Certificate> {
        self.certificate.as_ref().filter(|c| c.from <= day && day <= c.until)
    }
}

impl Record for Officer {
    const TABLE: Table = tables::OFFICER;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: "serving",
            owner: None,
            due: None,
            number: self.certificate.as_ref().map(|c| c.number.clone()),
            title: self.name.clone(),
            search: format!("{} {}", self.name, self.unit),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        crate::sort_key(&self.name)
    }
}

/// An officer about to be recorded.
#[derive(Clone, Debug)]
pub struct NewOfficer {
    /// Name.
    pub name: String,
    /// The account the officer signs in with.
    pub account: Option<AccountId>,
    /// Unit inside the department.
    pub unit: String,
    /// Certificate.
    pub certificate: Option<Certificate>,
    /// Fields the officer is trained for.
    pub specialties: Vec<String>,
    /// Known grounds for recusal.
    pub recusals: Vec<Recusal>,
    /// Where the officer serves.
    pub division: DivisionCode,
}

/// Records an officer inside a transaction.
pub async fn add_in(tx: &mut Tx, ctx: &Ctx, new: NewOfficer) -> Result<Officer, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let officer = Officer {
        id: ctx.new_id(),
        name: new.name,
        account: new.account,
        unit: new.unit,
        certificate: new.certificate,
        specialties: new.specialties,
        recusals: new.recusals,
        division: new.division,
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let event = Event::new("officer.added", format!("登记监督员“{}”", officer.name));
    records::insert(tx, ctx, &officer, event).await?;
    Ok(officer)
}

/// Reads an officer inside a transaction.
pub async fn get_in(tx: &mut Tx, ctx: &Ctx, id: OfficerId) -> Result<Stored<Officer>, Failure> {
    records::must_in::<Officer>(tx, ctx, id).await
}

/// Ties an officer's record to the account the officer signs in with; an officer has one.
pub(crate) async fn set_account_in(tx: &mut Tx, ctx: &Ctx, id: OfficerId, account: AccountId) -> Result<(), Failure> {
    let stored = get_in(tx, ctx, id).await?;
    let mut officer = stored.value;
    if officer.account.is_some() {
        let message = format!("监督员“{}”已有登录账号", officer.name);
        return Err(Refusal::new("officer_has_account", message, "请从账号列表中查找").into());
    }
    officer.account = Some(account);
    let event = Event::new("officer.account_set", format!("监督员“{}”开通登录账号", officer.name));
    records::save(tx, ctx, &officer, stored.version, event).await?;
    Ok(())
}

async fn by_name(ctx: &Ctx) -> Result<Vec<Stored<Officer>>, Failure> {
    records::all(ctx, &Filter { order: Order::Title, ..Filter::default() }).await
}

/// Officers of the caller's scope who cannot sign in yet, by name.
pub async fn without_account(ctx: &Ctx) -> Result<Vec<Stored<Officer>>, Failure> {
    let mut officers = by_name(ctx).await?;
    officers.retain(|officer| officer.account.is_none());
    Ok(officers)
}

/// Officers of the caller's scope who hold a valid certificate on a day, by name.
pub async fn certified(ctx: &Ctx, day: LocalDate) -> Result<Vec<Stored<Officer>>, Failure> {
    let mut officers = by_name(ctx).await?;
    officers.retain(|officer| officer.certificate_on(day).is_some());
    Ok(officers)
}
