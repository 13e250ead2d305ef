//! A webhook: where a connected system wants to be told what happens, and of what. What is told is thin: what happened and where it can be read, in
//! the scope of the system.

pub mod delivery;
mod event;
mod hosts;
mod service;
mod signature;

pub use event::EventKind;
pub use hosts::{Hosts, HostsError, NotAllowed, Target};
pub use service::{Registered, all_of, register, resend, stop, test};
pub use signature::{SECRET_PREFIX, sign};

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{AccountId, WebhookId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, Permission, Sensitivity, Timestamp};
use xingjian_store::{Head, Record, Sealed, Table, tables};

/// A webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The system that is told.
    pub system: AccountId,
    /// Its name then.
    pub system_name: String,
    /// Department it acts for.
    pub department: DepartmentId,
    /// Division whose rows it sees.
    pub division: DivisionCode,
    /// Where it is told.
    pub url: String,
    /// Of what.
    pub events: Vec<EventKind>,
    /// The secret of its signatures; shown once to the system.
    secret: Sealed,
    /// It is told no longer.
    pub stopped: Option<Stopped>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// Who stopped it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Since when.
    pub on: LocalDate,
    /// By whom.
    pub by: String,
}

impl Webhook {
    /// Whether somebody may stop it, or have something sent again: the system itself, and whoever keeps systems.
    fn is_kept_by(&self, actor: &Actor) -> bool {
        actor.account == Some(self.system) || actor.may(Permission::ManageSystems)
    }
}

fn secret_place(id: WebhookId) -> String {
    format!("webhook.secret/{id}")
}

impl Record for Webhook {
    const TABLE: Table = tables::WEBHOOK;
    const FINAL: &'static [&'static str] = &["stopped"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Case,
            subject: None,
            state: if self.stopped.is_some() { "stopped" } else { "active" },
            owner: Some(self.system),
            due: None,
            number: None,
            title: self.url.clone(),
            search: format!("{} {}", self.system_name, self.url),
            created_at: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests;
