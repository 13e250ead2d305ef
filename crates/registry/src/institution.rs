//! Institutions (医疗机构): a licence at a site, with dated versions of everything that can change.

use crate::legal_person;
use serde::{Deserialize, Serialize};
use xingjian_kernel::codes::{CreditCode, LicenceNumber};
use xingjian_kernel::id::{InstitutionId, LegalPersonId};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Permission, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Order, Record, Stored, Table, Tx, records, tables};

/// What is told, with its mend, where a licence number belongs to an institution that the caller may not see.
pub const ELSEWHERE: (&str, &str) =
    ("已登记在其他辖区的机构名下", "请核对执业许可证；确属本辖区的，请联系上级登记管理员核实");

/// What is known of an institution at a time. A missing value stays missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Name on the licence.
    pub name: String,
    /// County, city or smaller division.
    pub division: DivisionCode,
    /// The county as it was written, where it names no division of the national table.
    pub place: Option<String>,
    /// Number of the practice licence (医疗机构执业许可证登记号).
    pub licence: Option<LicenceNumber>,
    /// Credit code of the legal person behind it, as given.
    pub credit_code: Option<CreditCode>,
    /// Code among the institutions of the basic medical insurance (定点医药机构编码).
    #[serde(default)]
    pub insurance_code: Option<String>,
    /// Category code (WS 218), such as `A100`.
    pub category: Option<String>,
    /// Level and grade, such as `三级甲等`.
    pub level: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Telephone of the institution.
    pub telephone: Option<String>,
    /// Approved beds.
    pub beds: Option<u32>,
}

/// An earlier state of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// First day on which it no longer held.
    pub until: LocalDate,
    /// What held until then.
    pub details: Details,
}

/// An institution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Institution {
    /// Its id.
    pub id: InstitutionId,
    /// The legal person behind it, where known.
    pub legal_person: Option<LegalPersonId>,
    /// What holds now.
    #[serde(flatten)]
    pub details: Details,
    /// Since when.
    pub since: LocalDate,
    /// What held before, oldest first.
    pub earlier: Vec<Earlier>,
    /// Invented for demonstration.
    pub demo: bool,
    /// Department that keeps the record.
    pub department: DepartmentId,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Institution {
    /// How others refer to it.
    pub fn subject(&self) -> SubjectRef {
        SubjectRef::Institution(self.id)
    }

    /// What held on a day; `None` before the first record.
    pub fn as_of(&self, day: LocalDate) -> Option<&Details> {
        self.earlier.iter().find(|e| day < e.until).map(|e| &e.details).or(Some(&self.details))
    }
}

impl Record for Institution {
    const TABLE: Table = tables::INSTITUTION;

    fn head(&self) -> Head {
        let d = &self.details;
        let licence = d.licence.as_ref().map(ToString::to_string);
        let code = d.credit_code.as_ref().map(ToString::to_string).unwrap_or_default();
        Head {
            id: self.id.to_string(),
            division: d.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Public,
            subject: Some(self.subject()),
            state: "registered",
            owner: None,
            due: None,
            title: d.name.clone(),
            search: format!(
                "{} {} {} {code} {} {}",
                d.name,
                crate::normal(&d.name),
                licence.clone().unwrap_or_default(),
                d.insurance_code.as_deref().unwrap_or_default(),
                d.address.clone().unwrap_or_default()
            ),
            number: licence,
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        // By which those of the same name are found.
        crate::sort_key(&crate::normal(&self.details.name))
    }
}

/// Registers an institution inside a transaction.
pub async fn register_in(tx: &mut Tx, ctx: &Ctx, details: Details, demo: bool) -> Result<Institution, Failure> {
    let mut one = register_all_in(tx, ctx, vec![details], demo).await?;
    Ok(one.remove(0))
}

/// Registers many at once, in their order.
pub async fn register_all_in(
    tx: &mut Tx,
    ctx: &Ctx,
    all: Vec<Details>,
    demo: bool,
) -> Result<Vec<Institution>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut institutions = vec![];
    for details in all {
        let legal_person = match &details.credit_code {
            Some(code) => Some(legal_person::find_or_add_in(tx, ctx, &details.name, code, &details.division).await?),
            None => None,
        };
        institutions.push(Institution {
            id: ctx.new_id(),
            legal_person,
            details,
            since: ctx.today(),
            earlier: vec![],
            demo,
            department: ctx.actor.department.clone(),
            created_at: ctx.now(),
        });
    }
    let registered =
        |it: &Institution| Event::new("institution.registered", format!("登记医疗机构“{}”", it.details.name));
    records::insert_all(tx, institutions.iter().map(|it| (ctx, it, registered(it))).collect()).await?;
    Ok(institutions)
}

/// Registers an institution.
pub async fn register(ctx: &Ctx, details: Details, demo: bool) -> Result<Institution, Failure> {
    let mut tx = ctx.begin().await?;
    let institution = register_in(&mut tx, ctx, details, demo).await?;
    tx.commit().await?;
    Ok(institution)
}

/// Changes what holds from today on; what held before is kept with its dates.
pub async fn change(ctx: &Ctx, id: InstitutionId, seen: i64, details: Details) -> Result<Stored<Institution>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut tx = ctx.begin().await?;
    let mut institution = records::must_in::<Institution>(&mut tx, ctx, id).await?.value;
    institution.legal_person = match &details.credit_code {
        Some(code) => Some(legal_person::find_or_add_in(&mut tx, ctx, &details.name, code, &details.division).await?),
        None => None,
    };
    let until = ctx.today();
    let before = std::mem::replace(&mut institution.details, details);
    let text = format!("变更登记：{}", differences(&before, &institution.details).join("；"));
    if institution.since < until {
        institution.earlier.push(Earlier { until, details: before });
    }
    institution.since = until;
    let version = records::save(&mut tx, ctx, &institution, seen, Event::new("institution.changed", text)).await?;
    tx.commit().await?;
    Ok(Stored { version, value: institution })
}

/// The fields that differ, as sentences.
pub fn differences(before: &Details, after: &Details) -> Vec<String> {
    let show = |value: Option<String>| value.unwrap_or_else(|| "空".into());
    let pairs = [
        ("名称", Some(before.name.clone()), Some(after.name.clone())),
        ("区划", Some(before.division.to_string()), Some(after.division.to_string())),
        ("登记号", before.licence.as_ref().map(ToString::to_string), after.licence.as_ref().map(ToString::to_string)),
        (
            "统一社会信用代码",
            before.credit_code.as_ref().map(ToString::to_string),
            after.credit_code.as_ref().map(ToString::to_string),
        ),
        ("医保定点编码", before.insurance_code.clone(), after.insurance_code.clone()),
        ("类别", before.category.clone(), after.category.clone()),
        ("等级", before.level.clone(), after.level.clone()),
        ("地址", before.address.clone(), after.address.clone()),
        ("电话", before.telephone.clone(), after.telephone.clone()),
        ("床位", before.beds.map(|n| n.to_string()), after.beds.map(|n| n.to_string())),
    ];
    pairs
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| format!("{field}由“{}”改为“{}”", show(before), show(after)))
        .collect()
}

/// The institutions that have this name, however brackets, letters and blanks are written.
pub async fn named(ctx: &Ctx, name: &str) -> Result<Vec<Stored<Institution>>, Failure> {
    let wanted = crate::normal(name);
    // What was registered before keys were those of plain names is found as it was written.
    let mut keys = vec![crate::sort_key(&wanted), crate::sort_key(name.trim())];
    keys.dedup();
    let mut found = records::of_keys::<Institution>(ctx, &keys).await?;
    found.retain(|institution| crate::normal(&institution.details.name) == wanted);
    found.sort_by_key(|institution| (institution.created_at, institution.id));
    Ok(found)
}

/// Institutions whose name contains the text, for choosing one in a form. Public: name and level only are shown.
pub async fn search(ctx: &Ctx, text: &str, limit: u32) -> Result<Vec<Stored<Institution>>, Failure> {
    let filter = Filter { text: Some(text.to_owned()), limit, order: Order::Title, ..Filter::default() };
    Ok(records::list::<Institution>(ctx, &filter).await?.rows)
}
