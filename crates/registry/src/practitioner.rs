//! Practitioners (卫生技术人员): certificates, scope and places of practice.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{InstitutionId, PractitionerId};
use xingjian_kernel::{DepartmentId, DivisionCode, Permission, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Head, Record, Sealed, Table, Tx, records, tables};

/// What somebody is licensed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// 执业医师
    Physician,
    /// 执业助理医师
    AssistantPhysician,
    /// 乡村医生
    RuralDoctor,
    /// 注册护士
    Nurse,
    /// 药师
    Pharmacist,
    /// 技师
    Technician,
}

impl Profession {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Physician => "执业医师",
            Self::AssistantPhysician => "执业助理医师",
            Self::RuralDoctor => "乡村医生",
            Self::Nurse => "注册护士",
            Self::Pharmacist => "药师",
            Self::Technician => "技师",
        }
    }
}

/// A practitioner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Practitioner {
    /// The id.
    pub id: PractitionerId,
    /// Name.
    pub name: String,
    /// Licensed as.
    pub profession: Profession,
    /// Practice certificate number, where known.
    pub certificate: Option<String>,
    /// Citizen number, sealed for `practitioner.citizen/<id>`; `None` where it was not given.
    pub citizen: Option<Sealed>,
    /// Keyed digest of the citizen number, for exact search.
    pub citizen_digest: Option<String>,
    /// Scope of practice (执业范围).
    pub scope: Option<String>,
    /// Places of practice, the first being the main one.
    pub places: Vec<InstitutionId>,
    /// Division of the main place.
    pub division: DivisionCode,
    /// Department that keeps the record.
    pub department: DepartmentId,
    /// Invented for demonstration.
    pub demo: bool,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Record for Practitioner {
    const TABLE: Table = tables::PRACTITIONER;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: Some(SubjectRef::Practitioner(self.id)),
            state: "registered",
            owner: None,
            due: None,
            number: self.certificate.clone(),
            title: self.name.clone(),
            search: format!("{} {}", self.name, self.certificate.clone().unwrap_or_default()),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        crate::sort_key(&self.name)
    }
}

/// A practitioner about to be registered.
#[derive(Clone, Debug)]
pub struct NewPractitioner {
    /// Name.
    pub name: String,
    /// Licensed as.
    pub profession: Profession,
    /// Practice certificate number.
    pub certificate: Option<String>,
    /// Citizen number, in clear; sealed before it is stored.
    pub citizen: Option<xingjian_kernel::codes::CitizenId>,
    /// Scope of practice.
    pub scope: Option<String>,
    /// Places of practice.
    pub places: Vec<InstitutionId>,
    /// Division of the main place.
    pub division: DivisionCode,
    /// Invented for demonstration.
    pub demo: bool,
}

/// Registers a practitioner inside a transaction.
pub async fn register_in(tx: &mut Tx, ctx: &Ctx, new: NewPractitioner) -> Result<PractitionerId, Failure> {
    let one = register_all_in(tx, ctx, [new]).await?;
    Ok(one[0])
}

/// Registers many at once, in their order.
pub async fn register_all_in(
    tx: &mut Tx,
    ctx: &Ctx,
    all: impl IntoIterator<Item = NewPractitioner>,
) -> Result<Vec<PractitionerId>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let keys = &ctx.app.keys;
    let registered = |new: NewPractitioner| {
        let id: PractitionerId = ctx.new_id();
        Practitioner {
            id,
            citizen: new.citizen.as_ref().map(|c| keys.seal(&*ctx.app.rng, &citizen_place(id), c.reveal())),
            citizen_digest: new.citizen.as_ref().map(|c| keys.digest("citizen", c.reveal())),
            name: new.name,
            profession: new.profession,
            certificate: new.certificate,
            scope: new.scope,
            places: new.places,
            division: new.division,
            department: ctx.actor.department.clone(),
            demo: new.demo,
            created_at: ctx.now(),
        }
    };
    let all: Vec<Practitioner> = all.into_iter().map(registered).collect();
    let text = |it: &Practitioner| format!("登记{}“{}”", it.profession.label(), it.name);
    let acts = all.iter().map(|it| (ctx, it, Event::new("practitioner.registered", text(it)))).collect();
    records::insert_all(tx, acts).await?;
    Ok(all.iter().map(|it| it.id).collect())
}

/// The place a citizen number is sealed for.
pub fn citizen_place(id: PractitionerId) -> String {
    format!("practitioner.citizen/{id}")
}

/// The citizen number in clear. The access itself is recorded.
pub async fn reveal_citizen(ctx: &Ctx, id: PractitionerId, reason: &str) -> Result<Option<String>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut tx = ctx.begin().await?;
    let stored = records::must_in::<Practitioner>(&mut tx, ctx, id).await?;
    let Some(sealed) = &stored.citizen else { return Ok(None) };
    let clear = ctx.app.keys.open(&citizen_place(id), sealed).map_err(xingjian_store::Error::from)?;
    let event = Event::new("practitioner.citizen_seen", format!("查看公民身份号码，事由：{reason}"));
    records::save(&mut tx, ctx, &stored.value, stored.version, event).await?;
    tx.commit().await?;
    Ok(Some(clear))
}
