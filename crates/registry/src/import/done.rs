//! What is kept of an import, whatever it is of: counts, remarks, and the file itself, sealed, so that the rows that came
//! back can be handed out as long as it is there.

use super::returned::returned;
use super::rows::Judged;
use super::table::Table;
use serde::{Deserialize, Serialize};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Sensitivity, Timestamp};
use xingjian_store::erasure::{Blank, Personal};
use xingjian_store::{App, Ctx, Error, Failure, Head, Tx, blobs};

/// Where the bytes of files are sealed: names, telephones and citizen numbers stand in them.
const SEALED: &str = "import.file";

/// Days for which a file that was shown waits for its import.
const PREVIEWED_DAYS: i64 = 7;

/// An import that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    /// Name of the file as given.
    pub file: String,
    /// SHA-256 of the file.
    pub hash: String,
    /// Under which hash its sealed bytes are kept; imports of earlier versions kept them in clear, under the hash of the
    /// file itself, and only where a page had shown them.
    #[serde(default)]
    pub kept: Option<String>,
    /// Rows taken, taken and counted apart, matched, rejected.
    pub counts: [usize; 4],
    /// Every row that was not simply taken, with its reasons.
    pub remarks: Vec<(usize, String)>,
    /// Lines that have to be mended and brought in again.
    #[serde(default)]
    pub rejected: Vec<usize>,
    /// Columns with something in them that were not read.
    #[serde(default)]
    pub unread: Vec<String>,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When.
    pub created_at: Timestamp,
}

impl Done {
    /// What is kept of an import that is being done, its file with it.
    pub async fn in_tx<T>(
        tx: &mut Tx,
        ctx: &Ctx,
        file: &str,
        bytes: &[u8],
        judged: &Judged<T>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            file: file.to_owned(),
            hash: judged.hash.clone(),
            kept: Some(blobs::keep(tx, ctx.app.keys.seal_bytes(SEALED, bytes)).await?),
            counts: judged.counts(),
            remarks: judged.remarks(),
            rejected: judged.rejected(),
            unread: judged.unread.clone(),
            division: ctx.policy().city.division.clone(),
            department: ctx.actor.department.clone(),
            created_at: ctx.now(),
        })
    }

    /// The head of the record that holds it.
    pub fn head(&self, id: String, sensitivity: Sensitivity) -> Head {
        Head {
            id,
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity,
            subject: None,
            state: "done",
            owner: None,
            due: None,
            number: None,
            title: self.file.clone(),
            search: format!("{} {}", self.file, self.hash),
            created_at: self.created_at,
        }
    }

    /// The file as it came, its name, and the remarks that quote it, of the act that recorded it. What was made of its
    /// rows are records of their own.
    pub const fn personal(acts: &'static [&'static str]) -> [Personal; 2] {
        [
            Personal { acts, field: "/file", blank: Blank::Text },
            Personal { acts, field: "/remarks", blank: Blank::Empty },
        ]
    }

    /// The day it was done.
    pub fn day(&self) -> LocalDate {
        self.created_at.local_date()
    }

    /// The blob of its file.
    pub fn blobs(&self) -> Vec<String> {
        vec![self.kept.clone().unwrap_or_else(|| self.hash.clone())]
    }

    /// The rows that came back and every remark, as a workbook; `None` where there is nothing to be said. `read` is how files
    /// of this kind are read, `asked` the columns in which a clerk may have to decide.
    pub async fn returned(
        &self,
        ctx: &Ctx,
        read: impl FnOnce(&[u8]) -> Result<Table, Failure>,
        asked: &[&str],
    ) -> Result<Option<Vec<u8>>, Failure> {
        if self.remarks.is_empty() {
            return Ok(None);
        }
        let table = match &self.kept {
            Some(hash) => match kept(ctx, hash).await {
                // Erased: another import of the same file may have been.
                Err(Failure::Store(Error::Missing(_))) => None,
                other => Some(read(&other?)?),
            },
            None => None,
        };
        Ok(Some(returned(table.as_ref(), &self.remarks, &self.rejected, asked, ctx.today())))
    }
}

/// Keeps a file so that exactly what was shown is imported; the hash under which it lies. Where no import follows,
/// [`forget_previews`] takes it away.
pub async fn keep(ctx: &Ctx, bytes: &[u8]) -> Result<String, Failure> {
    let sealed = ctx.app.keys.seal_bytes(SEALED, bytes);
    let mut tx = ctx.begin().await?;
    let hash = blobs::keep_waiting(&mut tx, ctx, sealed).await?;
    tx.commit().await?;
    Ok(hash)
}

/// Destroys the files that were shown and never imported; how many they were. Meant to run daily.
pub async fn forget_previews(app: &App) -> Result<u64, Failure> {
    blobs::drop_waiting(app, app.clock.now().plus_seconds(-PREVIEWED_DAYS * 24 * 60 * 60)).await
}

/// The bytes of a file that was kept. Whoever calls this has made sure that the caller may read it.
pub async fn kept(ctx: &Ctx, hash: &str) -> Result<Vec<u8>, Failure> {
    let sealed = blobs::get(ctx, hash).await?;
    Ok(ctx.app.keys.open_bytes(SEALED, &sealed).map_err(Error::from)?)
}
