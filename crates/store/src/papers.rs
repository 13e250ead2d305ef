//! Official papers: a numbered page, its exact bytes and their hash.

use crate::{Ctx, Event, Failure, Head, Record, Stored, Table, Tx, blobs, records, tables};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::PaperId;
use xingjian_kernel::{DepartmentId, DivisionCode, Sensitivity, SubjectRef, Timestamp};

/// A paper as kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paper {
    /// Its id.
    pub id: PaperId,
    /// Document kind of the policy pack.
    pub kind: String,
    /// Official number.
    pub number: String,
    /// Title as printed.
    pub title: String,
    /// Id of the record it belongs to.
    pub resource_id: String,
    /// SHA-256 of the exact bytes.
    pub sha256: String,
    /// Where it belongs.
    pub division: DivisionCode,
    /// Department that issued it.
    pub department: DepartmentId,
    /// To whom it is addressed.
    pub subject: Option<SubjectRef>,
    /// When it was kept.
    pub kept_at: Timestamp,
}

/// A paper about to be kept.
#[derive(Clone, Debug)]
pub struct NewPaper {
    /// Document kind of the policy pack.
    pub kind: String,
    /// Official number.
    pub number: String,
    /// Title as printed.
    pub title: String,
    /// Id of the record it belongs to.
    pub resource_id: String,
    /// Where it belongs.
    pub division: DivisionCode,
    /// Department that issues it.
    pub department: DepartmentId,
    /// To whom it is addressed.
    pub subject: Option<SubjectRef>,
    /// The page.
    pub bytes: Vec<u8>,
}

impl Record for Paper {
    const TABLE: Table = tables::PAPER;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Case,
            subject: self.subject,
            state: "kept",
            owner: None,
            due: None,
            number: Some(self.number.clone()),
            title: self.title.clone(),
            search: format!("{} {}", self.number, self.title),
            created_at: self.kept_at,
        }
    }
}

/// Keeps a paper.
pub async fn keep(tx: &mut Tx, ctx: &Ctx, new: NewPaper) -> Result<Paper, Failure> {
    let sha256 = blobs::keep(tx, new.bytes).await?;
    let paper = Paper {
        id: ctx.new_id(),
        kind: new.kind,
        number: new.number,
        title: new.title,
        resource_id: new.resource_id,
        sha256,
        division: new.division,
        department: new.department,
        subject: new.subject,
        kept_at: ctx.now(),
    };
    let event =
        Event::new("paper.kept", format!("《{}》（{}）存档，SHA-256 {}", paper.title, paper.number, paper.sha256))
            .data(serde_json::json!({"sha256": paper.sha256, "for": paper.resource_id}));
    records::insert(tx, ctx, &paper, event).await?;
    Ok(paper)
}

/// A paper in scope and its bytes.
pub async fn open(ctx: &Ctx, id: PaperId) -> Result<(Stored<Paper>, Vec<u8>), Failure> {
    let paper = records::must::<Paper>(ctx, id).await?;
    let bytes = blobs::get(ctx, &paper.sha256).await?;
    Ok((paper, bytes))
}
