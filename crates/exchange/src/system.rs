//! A connected system (接入系统): another program that acts for a department, under a key of its own, within scopes from a closed list and a quota.

mod key;
mod scope;
mod service;

pub use key::{KeyError, PREFIX, by_key};
pub use scope::ApiScope;
pub use service::{
    ActionName, Issued, LONGEST_DAYS, NewSystem, OVERLAPS, Terms, add, change, end_previous, keeping, renew_key, revoke,
};

use crate::quota::Quota;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, Permission, Scope, Sensitivity, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

/// A connected system.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectedSystem {
    /// Its id, under which it acts.
    pub id: AccountId,
    /// Name as shown in every act.
    pub name: String,
    /// Department it acts for.
    pub department: DepartmentId,
    /// Division whose rows it sees.
    pub division: DivisionCode,
    /// Who answers for it: office and telephone.
    pub contact: String,
    /// What it may ask for.
    pub scopes: Vec<ApiScope>,
    /// How often it may ask.
    pub quota: Quota,
    /// Keyed digest of its key; the key itself is held by the system alone.
    key: String,
    /// The beginning of the key, by which people tell keys apart.
    pub key_hint: String,
    /// Since when it has this key.
    pub key_since: LocalDate,
    /// The key before it, as long as both are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Previous>,
    /// Last day on which the key is taken.
    pub valid_until: LocalDate,
    /// Closed for good.
    pub revoked: Option<Revoked>,
    /// When the record was made.
    pub created_at: Timestamp,
}

/// A key that was replaced and is taken still, so that the other side can change over without a pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Keyed digest of it.
    key: String,
    /// Its beginning.
    pub hint: String,
    /// Last day on which it is taken.
    pub until: LocalDate,
}

/// Why a system is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Since when.
    pub on: LocalDate,
    /// Why.
    pub reason: String,
    /// Who closed it.
    pub by: String,
}

impl ConnectedSystem {
    /// Who acts when this system acts: no role, and what its scopes grant.
    pub fn actor(&self) -> Actor {
        let mut granted: Vec<Permission> = self.scopes.iter().flat_map(|scope| scope.permissions()).copied().collect();
        granted.sort_unstable();
        granted.dedup();
        Actor {
            account: Some(self.id),
            name: self.name.clone(),
            roles: vec![],
            department: self.department.clone(),
            officer: None,
            granted,
        }
    }

    /// Which rows it sees: those that people of its department see.
    pub fn scope(&self) -> Scope {
        Scope {
            divisions: vec![self.division.clone()],
            department: Some(self.department.clone()),
            sensitivity: Sensitivity::Secret,
            subject: None,
        }
    }

    /// The key before the present one, if it is taken on this day.
    pub fn previous(&self, today: LocalDate) -> Option<&Previous> {
        self.previous.as_ref().filter(|previous| today <= previous.until)
    }

    /// Whether its key is taken on this day.
    pub fn is_open(&self, today: LocalDate) -> bool {
        self.revoked.is_none() && today <= self.valid_until
    }
}

impl Record for ConnectedSystem {
    const TABLE: Table = tables::CONNECTED_SYSTEM;
    const FINAL: &'static [&'static str] = &["revoked"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Case,
            subject: None,
            state: if self.revoked.is_some() { "revoked" } else { "active" },
            owner: None,
            due: self.revoked.is_none().then_some(self.valid_until),
            number: Some(self.key.clone()),
            title: self.name.clone(),
            search: {
                let previous = self.previous.as_ref().map_or("", |previous| previous.hint.as_str());
                format!("{} {} {} {previous}", self.name, self.contact, self.key_hint)
            },
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        xingjian_registry::sort_key(&self.name)
    }
}

#[cfg(test)]
mod tests;
