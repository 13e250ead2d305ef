//! Supervision officers (卫生监督员): certificate, specialties and whom they must not inspect.

mod keeping;

pub use keeping::{Change, Skills, change, change_in, keeps};

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

/// What ties an officer to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// 近亲属.
    Kin,
    /// 曾任职.
    FormerEmployer,
    /// 投资入股.
    Investment,
    /// 住址同一机构.
    Residence,
    /// 其他可能影响公正的关系.
    #[default]
    Other,
}

impl Tie {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Kin, Self::FormerEmployer, Self::Investment, Self::Residence, Self::Other];

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kin => "近亲属",
            Self::FormerEmployer => "曾任职",
            Self::Investment => "投资入股",
            Self::Residence => "住址同一机构",
            Self::Other => "其他可能影响公正的关系",
        }
    }
}

/// A ground for recusal (行政处罚法第43条) that is known beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recusal {
    /// Whom the officer must not inspect.
    pub subject: SubjectRef,
    /// What ties them.
    #[serde(default)]
    pub tie: Tie,
    /// Why: kin, former employer, investment, address.
    pub reason: String,
}

/// Days on which an officer cannot be sent out (休假、学习、借调).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// First day.
    pub from: LocalDate,
    /// Last day.
    pub until: LocalDate,
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
    /// Leave, in the order in which it was noted.
    #[serde(default)]
    pub leave: Vec<Leave>,
    /// Whether the officer works in the field (一线监督员).
    #[serde(default)]
    pub first_line: bool,
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
    /// Whether the officer works in the field (一线监督员).
    pub first_line: bool,
    /// Where the officer serves.
    pub division: DivisionCode,
}

/// Records an officer of the caller's department inside a transaction.
pub async fn add_in(tx: &mut Tx, ctx: &Ctx, new: NewOfficer) -> Result<Officer, Failure> {
    add_for_in(tx, ctx, ctx.actor.department.clone(), new).await
}

/// Records an officer of a department inside a transaction: joint inspections need those of all.
pub async fn add_for_in(tx: &mut Tx, ctx: &Ctx, department: DepartmentId, new: NewOfficer) -> Result<Officer, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let officer = Officer {
        id: ctx.new_id(),
        name: new.name,
        account: new.account,
        unit: new.unit,
        certificate: new.certificate,
        specialties: new.specialties,
        recusals: new.recusals,
        leave: vec![],
        first_line: new.first_line,
        division: new.division,
        department,
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
