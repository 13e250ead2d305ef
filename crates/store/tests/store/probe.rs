//! A record for each table, so that every table is tried and not only one.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::TaskId;
use xingjian_kernel::{DepartmentId, DivisionCode, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Head, Record, Table, records, tables};

/// What every probe holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Probe {
    pub id: TaskId,
    pub division: DivisionCode,
    pub department: DepartmentId,
    pub sensitivity: Sensitivity,
    pub subject: Option<SubjectRef>,
    pub text: String,
    pub shared: Vec<DepartmentId>,
    pub created_at: Timestamp,
}

impl Probe {
    pub fn new(ctx: &Ctx, division: &str, department: &str, sensitivity: Sensitivity) -> Self {
        Self {
            id: ctx.new_id(),
            division: division.parse().unwrap(),
            department: DepartmentId::new(department),
            sensitivity,
            subject: None,
            text: "演示".into(),
            shared: vec![],
            created_at: ctx.now(),
        }
    }

    pub fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: self.sensitivity,
            subject: self.subject,
            state: "open",
            owner: None,
            due: None,
            number: Some(format!("N{}", self.id)),
            title: self.text.clone(),
            search: self.text.clone(),
            created_at: self.created_at,
        }
    }
}

/// A probe of one table.
pub trait On: Record + Clone {
    fn on(probe: Probe) -> Self;
}

macro_rules! probes {
    ($($name:ident),+ $(,)?) => {
        pub mod kinds {
            use super::*;
            $(
                #[derive(Clone, Debug, Serialize, Deserialize)]
                #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as the tables' constants")]
                pub struct $name(pub Probe);
                impl Record for $name {
                    const TABLE: Table = tables::$name;
                    fn head(&self) -> Head { self.0.head() }
                    fn shared(&self) -> Vec<DepartmentId> { self.0.shared.clone() }
                }
                impl On for $name {
                    fn on(probe: Probe) -> Self { Self(probe) }
                }
            )+
        }

        /// Calls a generic test for every table; returns their names.
        macro_rules! for_every_table {
            ($call:ident, $world:expr) => {{
                let mut names = vec![];
                $(
                    $call::<$crate::probe::kinds::$name>($world).await;
                    names.push(<$crate::probe::kinds::$name as xingjian_store::Record>::TABLE.name());
                )+
                names
            }};
        }
    };
}

probes!(
    LEGAL_PERSON,
    INSTITUTION,
    PRACTITIONER,
    OFFICER,
    UNREGISTERED,
    ACCOUNT,
    IMPORT,
    RELEASE,
    COMPLAINT,
    SIGNAL,
    TASK,
    FINDING,
    PENALTY_CASE,
    CREDIT_EVENT,
    DEMERIT,
    GRADE,
    LINKAGE,
    PUBLICATION,
    PAPER,
    SCREENING,
    CLAIMS_RULE,
    INSPECTION_PLAN,
    DRAW,
    ERASURE,
    CONNECTED_SYSTEM,
    WEBHOOK,
    EXPORT,
    SAVED_FILTER,
    MESSAGE_IMPORT,
    TRIAGE_MODEL,
);

pub async fn keep<T: On>(ctx: &Ctx, probe: Probe) -> Result<T, Failure> {
    let value = T::on(probe);
    let mut tx = ctx.begin().await?;
    records::insert(&mut tx, ctx, &value, Event::new("probe.kept", "收到")).await?;
    tx.commit().await?;
    Ok(value)
}
