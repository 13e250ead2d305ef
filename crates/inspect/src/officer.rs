//! Officers as a task and a re-check know them: copied by value, because certificates change later.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{Actor, DepartmentId, LocalDate, Refusal};
use xingjian_registry::officer::Officer;

/// How many officers an inspection needs at least (行政处罚法第42条).
pub const FEWEST: usize = 2;

/// An officer as named in a task: the certificate is the one held when the task was drawn up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerRef {
    /// The officer's record.
    pub officer: OfficerId,
    /// The login, where there is one: without it the officer cannot sign.
    pub account: Option<AccountId>,
    /// Name as shown.
    pub name: String,
    /// Number of the enforcement certificate (行政执法证号).
    pub certificate: String,
    /// The unit the officer belongs to.
    pub unit: String,
    /// The department; not known of officers who were named before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// Fields the officer is certified in.
    pub specialties: Vec<String>,
}

/// What the registry says about an officer on the day it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The officer.
    pub officer: OfficerRef,
    /// First and last day of the certificate; `None` without one.
    pub certified: Option<(LocalDate, LocalDate)>,
    /// A registered ground that keeps the officer from this subject (行政处罚法第43条).
    pub recusal: Option<String>,
}

impl Standing {
    /// What the registry's record says, and the ground found against the part in this inspection.
    pub fn of(officer: &Officer, recusal: Option<String>) -> Self {
        let certificate = officer.certificate.as_ref();
        Self {
            officer: OfficerRef {
                officer: officer.id,
                account: officer.account,
                name: officer.name.clone(),
                certificate: certificate.map(|c| c.number.clone()).unwrap_or_default(),
                unit: officer.unit.clone(),
                department: Some(officer.department.clone()),
                specialties: officer.specialties.clone(),
            },
            certified: certificate.map(|c| (c.from, c.until)),
            recusal,
        }
    }

    /// Whether the certificate covers the day, first and last day included.
    pub fn certified_on(&self, day: LocalDate) -> bool {
        self.certified.is_some_and(|(first, last)| first <= day && day <= last)
    }
}

/// Why officers cannot carry out an inspection or a re-check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Fewer than two (T13).
    #[error("执法人员不得少于两人，目前只有{0}人")]
    TooFew(usize),
    /// The registry has no such officer.
    #[error("检查人员名录库中没有所选的监督员")]
    Unknown,
    /// The same officer twice.
    #[error("{0}被重复选择")]
    Twice(String),
    /// No valid certificate on the day.
    #[error("{name}在{day}没有有效的行政执法证")]
    NotCertified {
        /// The officer.
        name: String,
        /// The day.
        day: LocalDate,
    },
    /// A ground for recusal.
    #[error("{name}应当回避：{ground}")]
    Recused {
        /// The officer.
        name: String,
        /// The ground.
        ground: String,
    },
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        let message = unfit.to_string();
        match unfit {
            Unfit::TooFew(_) => {
                Self::by_law("too_few_officers", "行政处罚法第42条", message, "请至少选择两名持证监督员")
            }
            Unfit::Unknown => Self::new("unknown_officer", message, "请从名录库中重新选择监督员"),
            Unfit::Twice(_) => Self::new("officer_twice", message, "请选择不同的监督员"),
            Unfit::NotCertified { .. } => {
                let mend = "请更换持有效证件的监督员，或者更新证件登记";
                Self::by_law("not_certified", "行政处罚法第42条", message, mend)
            }
            Unfit::Recused { .. } => Self::by_law("recused", "行政处罚法第43条", message, "请更换监督员"),
        }
    }
}

/// The officers, where there are two at least, all certified on the day and none with a registered ground.
pub fn eligible(
    officers: &[OfficerId],
    day: LocalDate,
    standing: &BTreeMap<OfficerId, Standing>,
) -> Result<Vec<OfficerRef>, Unfit> {
    let mut chosen: Vec<OfficerRef> = vec![];
    for id in officers {
        let officer = &fit(*id, day, standing)?.officer;
        if chosen.contains(officer) {
            return Err(Unfit::Twice(officer.name.clone()));
        }
        chosen.push(officer.clone());
    }
    if chosen.len() < FEWEST { Err(Unfit::TooFew(chosen.len())) } else { Ok(chosen) }
}

/// The officer's standing, where it allows the part on that day.
pub fn fit(id: OfficerId, day: LocalDate, standing: &BTreeMap<OfficerId, Standing>) -> Result<&Standing, Unfit> {
    let standing = standing.get(&id).ok_or(Unfit::Unknown)?;
    let name = standing.officer.name.clone();
    if !standing.certified_on(day) {
        return Err(Unfit::NotCertified { name, day });
    }
    match &standing.recusal {
        Some(ground) => Err(Unfit::Recused { name, ground: ground.clone() }),
        None => Ok(standing),
    }
}

/// Who did something, as copied into a task or finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The login; `None` for the program itself.
    pub account: Option<AccountId>,
    /// Name as shown.
    pub name: String,
}

impl From<&Actor> for Person {
    fn from(actor: &Actor) -> Self {
        Self { account: actor.account, name: actor.name.clone() }
    }
}

/// Names for a sentence: `张某、李某`.
pub fn names(officers: &[OfficerRef]) -> String {
    officers.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join("、")
}
