use super::Complaint;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::Sensitivity;
use xingjian_kernel::id::ComplaintId;
use xingjian_store::erasure::{Blank, Erasable, Personal};
use xingjian_store::{Ctx, Head, Record, Table, tables};

/// Who reported, in clear; exists only between the form and the seal, and when it is opened for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReporterClear {
    /// Name.
    pub name: String,
    /// Telephone or other contact.
    pub contact: String,
}

/// The place a reporter is sealed for.
pub fn reporter_place(id: ComplaintId) -> String {
    format!("complaint.reporter/{id}")
}

/// A keyed digest of a reporter, by the contact where there is one; `None` where neither says anything.
pub fn reporter_mark(ctx: &Ctx, reporter: &ReporterClear) -> Option<String> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let (name, contact) = (plain(&reporter.name), plain(&reporter.contact));
    let of = if contact.is_empty() { name } else { contact };
    (!of.is_empty()).then(|| ctx.app.keys.digest("complaint.reporter", &of))
}

impl Record for Complaint {
    const TABLE: Table = tables::COMPLAINT;
    const FINAL: &'static [&'static str] = &["closed", "archived", "declined"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            sensitivity: Sensitivity::Secret,
            subject: self.subject,
            state: self.state.name(),
            owner: match &self.state {
                super::State::Investigating { by, .. } => Some(*by),
                _ => None,
            },
            due: self.state.due().map(|d| d.due),
            number: Some(self.receipt_digest.clone()),
            title: format!("{} {}", self.number, self.about),
            search: format!("{} {} {}", self.number, self.about, self.text),
            created_at: self.received_at,
        }
    }
}

/// How a complaint comes in.
const ARRIVAL: &[&str] = &["complaint.received", "complaint.archived"];

const fn goes(acts: &'static [&'static str], field: &'static str, blank: Blank) -> Personal {
    Personal { acts, field, blank }
}

/// The reporter's words and identity, and what was written about them. Channel, kind, department and dates stay: they name nobody.
impl Erasable for Complaint {
    const PERSONAL: &'static [Personal] = &[
        goes(ARRIVAL, "/text", Blank::Text),
        goes(ARRIVAL, "/about", Blank::Text),
        goes(ARRIVAL, "/reporter", Blank::Nothing),
        goes(ARRIVAL, "/reporter_mark", Blank::Nothing),
        goes(&["complaint.archived"], "/reply/text", Blank::Text),
        goes(&["complaint.accepted"], "/acceptance/reason", Blank::Text),
        goes(&["complaint.declined"], "/reason", Blank::Text),
        goes(&["complaint.answered"], "/answer/text", Blank::Text),
        goes(&["complaint.progressed"], "/progress", Blank::Empty),
        goes(&["complaint.rated"], "/ratings", Blank::Empty),
        goes(&["complaint.reopened"], "/reopened", Blank::Nothing),
    ];

    fn label(&self) -> String {
        format!("投诉举报{}", self.number)
    }

    fn ended_on(&self) -> Option<LocalDate> {
        match &self.state {
            super::State::Closed { on, .. } | super::State::Declined { on, .. } => Some(*on),
            // The period of keeping runs from when it came here.
            super::State::Archived { .. } => Some(self.received_at.local_date()),
            _ => None,
        }
    }
}
