//! Preview and import: the preview is computed again inside the transaction, so what was shown is what is written.

use super::institutions::{Known, Outcome, Row, judge};
use super::table;
use crate::institution::{self, Details, Institution};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_kernel::id::{ImportId, InstitutionId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, LocalDate, Permission, Sensitivity, Timestamp};
use xingjian_store::erasure::{Blank, Erasable, Personal};
use xingjian_store::{Ctx, Event, Executor, Failure, Filter, Head, Order, Record, Table, Tx, blobs, records, tables};

/// What an import would do, row by row.
#[derive(Clone, Debug)]
pub struct Preview {
    /// SHA-256 of the file; the import is asked for by it.
    pub hash: String,
    /// Every row.
    pub rows: Vec<Row>,
}

impl Preview {
    /// Rows accepted, accepted with a part missing, matched, rejected; they add up to all rows.
    pub fn counts(&self) -> [usize; 4] {
        let count = |f: fn(&Outcome) -> bool| self.rows.iter().filter(|row| f(&row.outcome)).count();
        [
            count(|o| matches!(o, Outcome::Accepted(_))),
            count(|o| matches!(o, Outcome::Partial(_))),
            count(|o| matches!(o, Outcome::Matched { .. })),
            count(|o| matches!(o, Outcome::Rejected(_))),
        ]
    }
}

/// An import that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The id.
    pub id: ImportId,
    /// Name of the file as given.
    pub file: String,
    /// SHA-256 of the file.
    pub hash: String,
    /// Rows accepted, accepted with a part missing, matched, rejected.
    pub counts: [usize; 4],
    /// Every row that was not simply accepted, with its reasons.
    pub remarks: Vec<(usize, String)>,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When.
    pub created_at: Timestamp,
}

impl Record for Import {
    const TABLE: Table = tables::IMPORT;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
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
}

/// The file as it came, its name, and the remarks that quote it. What was registered from it are records of their own.
impl Erasable for Import {
    const PERSONAL: &'static [Personal] = &[
        Personal { acts: &["import.done"], field: "/file", blank: Blank::Text },
        Personal { acts: &["import.done"], field: "/remarks", blank: Blank::Empty },
    ];

    fn label(&self) -> String {
        format!("{}的导入", xingjian_kernel::time::chinese(self.created_at.local_date()))
    }

    fn ended_on(&self) -> Option<LocalDate> {
        Some(self.created_at.local_date())
    }

    fn blobs(&self) -> Vec<String> {
        vec![self.hash.clone()]
    }
}

/// What importing this file would do. Writes nothing.
pub async fn preview_institutions(ctx: &Ctx, bytes: &[u8]) -> Result<Preview, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    // A transaction that is dropped: it reads what the import itself would read, and writes nothing.
    let mut tx = ctx.begin().await?;
    preview_in(&mut tx, ctx, bytes).await
}

async fn preview_in(tx: &mut Tx, ctx: &Ctx, bytes: &[u8]) -> Result<Preview, Failure> {
    let table = table::read(bytes)?;
    let known = known_in(tx, ctx).await?;
    let mut rows = judge(&table, &ctx.policy().divisions, ctx.today(), &known);
    let mut refused = BTreeSet::new();
    for row in &mut rows {
        let fault = match &row.outcome {
            Outcome::Matched { known: Known::Line(line), .. } => {
                refused.contains(line).then(|| repeats(row.line, *line))
            }
            _ => foreign_in(tx, ctx, row).await?,
        };
        if let Some(fault) = fault {
            refused.insert(row.line);
            row.outcome = Outcome::Rejected(vec![fault]);
        }
    }
    Ok(Preview { hash: blobs::digest(bytes), rows })
}

/// The row repeats one that is not taken.
fn repeats(line: usize, earlier: usize) -> Fault {
    let reason = format!("与第{earlier}行是同一机构，该行不能登记");
    Fault::new(format!("第{line}行"), "", reason, format!("请先按第{earlier}行的说明处理"))
}

/// Why a new institution is not the caller's to register: it lies elsewhere, or another place has its licence number.
async fn foreign_in(tx: &mut Tx, ctx: &Ctx, row: &Row) -> Result<Option<Fault>, Failure> {
    let (Outcome::Accepted(candidate) | Outcome::Partial(candidate)) = &row.outcome else { return Ok(None) };
    let details = &candidate.details;
    if !ctx.scope.divisions.iter().any(|own| own.contains(&details.division)) {
        let place = format!("第{}行", row.line);
        return Ok(Some(Fault::new(place, "", "不在您的辖区内", "请由所在地登记管理员导入")));
    }
    let Some(licence) = &details.licence else { return Ok(None) };
    // Numbers are unique everywhere, and what the caller may see was matched before: nothing of it is told.
    let elsewhere = records::by_number_in::<Institution>(tx, &ctx.seeing_all(), licence.as_str()).await?;
    Ok(elsewhere.map(|_| {
        let place = format!("第{}行“登记号”", row.line);
        Fault::new(place, licence.as_str(), institution::ELSEWHERE.0, institution::ELSEWHERE.1)
    }))
}

async fn known_in(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<(InstitutionId, Details)>, Failure> {
    let filter = Filter { order: Order::Newest, ..Filter::default() };
    let all = records::all_in::<Institution>(tx, ctx, &filter).await?;
    Ok(all.into_iter().map(|stored| (stored.value.id, stored.value.details)).collect())
}

/// Imports a file: all rows that can be taken, in one transaction, and the record of the import.
pub async fn institutions(ctx: &Ctx, file: &str, bytes: &[u8], demo: bool) -> Result<Import, Failure> {
    Ok(institutions_with_rows(ctx, file, bytes, demo).await?.0)
}

/// The same, with what became of each row.
pub async fn institutions_with_rows(
    ctx: &Ctx,
    file: &str,
    bytes: &[u8],
    demo: bool,
) -> Result<(Import, Vec<Row>), Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut tx = ctx.begin().await?;
    // One import at a time: two that run at once would each find the other's rows missing.
    tx.run("update log_state set size = size where id = 1", vec![]).await?;
    let preview = preview_in(&mut tx, ctx, bytes).await?;
    for row in &preview.rows {
        if let Outcome::Accepted(candidate) | Outcome::Partial(candidate) = &row.outcome {
            institution::register_in(&mut tx, ctx, candidate.details.clone(), demo).await?;
        }
    }
    let import = Import {
        id: ctx.new_id(),
        file: file.to_owned(),
        counts: preview.counts(),
        remarks: preview.rows.iter().filter_map(|row| Some((row.line, row.remark()?))).collect(),
        hash: preview.hash,
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let [accepted, partial, matched, rejected] = import.counts;
    let text = format!("导入“{file}”：新增{accepted}，缺项新增{partial}，已有{matched}，退回{rejected}");
    records::insert(&mut tx, ctx, &import, Event::new("import.done", text)).await?;
    tx.commit().await?;
    Ok((import, preview.rows))
}

impl Row {
    /// What is to be said about the row; `None` where it was simply accepted.
    pub fn remark(&self) -> Option<String> {
        let join = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；");
        match &self.outcome {
            Outcome::Accepted(_) => None,
            Outcome::Partial(candidate) => Some(join(&candidate.missing)),
            Outcome::Matched { why, .. } => Some(format!("已有：{why}")),
            Outcome::Rejected(faults) => Some(join(faults)),
        }
    }
}
