//! Preview and import: the preview is computed again inside the transaction, so what was shown is what is written.

use super::done::Done;
use super::institutions;
use super::place::Ground;
use super::practitioners::{self, Person, Places};
use super::rows::{Judged, Known, Outcome, Preview, Row};
use super::table::{self, Table as Sheet};
use crate::institution::{self, Details, Institution};
use crate::practitioner::{self, NewPractitioner, Practitioner};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_kernel::division::Changes;
use xingjian_kernel::id::ImportId;
use xingjian_kernel::{DivisionCode, Fault, LocalDate, Permission, Sensitivity};
use xingjian_store::erasure::{Erasable, Personal};
use xingjian_store::{Ctx, Event, Executor, Failure, Filter, Head, Order, Record, Table, Tx, records, tables};

/// What a file is a list of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 医疗机构
    #[default]
    Institutions,
    /// 卫生技术人员
    Practitioners,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Institutions, Self::Practitioners];

    /// The name in forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Institutions => "institutions",
            Self::Practitioners => "practitioners",
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Institutions => "医疗机构",
            Self::Practitioners => "卫生技术人员",
        }
    }

    /// The kind with this name in forms.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Columns in which a clerk may have to decide about a row that came back.
    pub const fn asked(self) -> &'static [&'static str] {
        match self {
            Self::Institutions => institutions::ASKED,
            Self::Practitioners => practitioners::ASKED,
        }
    }

    fn read(self, bytes: &[u8]) -> Result<Sheet, Fault> {
        match self {
            Self::Institutions => table::read(bytes, institutions::NAME),
            Self::Practitioners => table::read(bytes, practitioners::NAME),
        }
    }
}

/// An import that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The id.
    pub id: ImportId,
    /// What it is a list of.
    #[serde(default)]
    pub kind: Kind,
    /// What is kept of it.
    #[serde(flatten)]
    pub done: Done,
}

impl Import {
    /// The rows that came back and every remark, as a workbook; `None` where there is nothing to be said.
    pub async fn returned(&self, ctx: &Ctx) -> Result<Option<Vec<u8>>, Failure> {
        ctx.may(Permission::ManageRegistry)?;
        self.done.returned(ctx, |bytes| Ok(self.kind.read(bytes)?), self.kind.asked()).await
    }
}

impl Record for Import {
    const TABLE: Table = tables::IMPORT;

    fn head(&self) -> Head {
        self.done.head(self.id.to_string(), Sensitivity::Internal)
    }
}

impl Erasable for Import {
    const PERSONAL: &'static [Personal] = &Done::personal(&["import.done"]);

    fn label(&self) -> String {
        format!("{}的导入", xingjian_kernel::time::chinese(self.done.day()))
    }

    fn ended_on(&self) -> Option<LocalDate> {
        Some(self.done.day())
    }

    fn blobs(&self) -> Vec<String> {
        self.done.blobs()
    }
}

/// What importing this file would do. Writes nothing.
pub async fn preview(ctx: &Ctx, kind: Kind, bytes: &[u8]) -> Result<Preview, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    // A transaction that is dropped: it reads what the import itself would read, and writes nothing.
    let mut tx = ctx.begin().await?;
    Ok(match kind {
        Kind::Institutions => institutions_in(&mut tx, ctx, bytes).await?.plain(),
        Kind::Practitioners => practitioners_in(&mut tx, ctx, bytes).await?.plain(),
    })
}

/// Imports a file: all rows that can be taken, in one transaction, and the record of the import; with what became of each row.
pub async fn run(ctx: &Ctx, kind: Kind, file: &str, bytes: &[u8], demo: bool) -> Result<(Import, Preview), Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut tx = ctx.begin().await?;
    // One import at a time: two that run at once would each find the other's rows missing.
    tx.run("update log_state set size = size where id = 1", vec![]).await?;
    let judged = match kind {
        Kind::Institutions => {
            let judged = institutions_in(&mut tx, ctx, bytes).await?;
            for details in taken(&judged) {
                institution::register_in(&mut tx, ctx, details.clone(), demo).await?;
            }
            judged.plain()
        }
        Kind::Practitioners => {
            let judged = practitioners_in(&mut tx, ctx, bytes).await?;
            for person in taken(&judged) {
                let Person { name, profession, certificate, citizen, scope, places, division } = person.clone();
                let new = NewPractitioner { name, profession, certificate, citizen, scope, places, division, demo };
                practitioner::register_in(&mut tx, ctx, new).await?;
            }
            judged.plain()
        }
    };
    let done = Done::in_tx(&mut tx, ctx, file, bytes, &judged).await?;
    let [accepted, partial, matched, rejected] = done.counts;
    let of = kind.label();
    let text = format!("导入{of}“{file}”：新增{accepted}，缺项新增{partial}，已有{matched}，退回{rejected}");
    let import = Import { id: ctx.new_id(), kind, done };
    records::insert(&mut tx, ctx, &import, Event::new("import.done", text)).await?;
    tx.commit().await?;
    Ok((import, judged))
}

/// What is to be registered.
fn taken<T>(judged: &Judged<T>) -> impl Iterator<Item = &T> {
    judged.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Taken(what) | Outcome::Apart(what, _) => Some(what),
        Outcome::Matched { .. } | Outcome::Rejected(_) => None,
    })
}

async fn institutions_in(tx: &mut Tx, ctx: &Ctx, bytes: &[u8]) -> Result<Judged<Details>, Failure> {
    let sheet = Kind::Institutions.read(bytes)?;
    let known: Vec<_> = all_in::<Institution>(tx, ctx).await?.into_iter().map(|i| (i.id, i.details)).collect();
    let policy = ctx.policy();
    let (divisions, home, changes) = (&policy.divisions, &policy.city.division, Changes::official());
    let ground = Ground { divisions, changes: &changes, today: ctx.today(), home };
    let mut rows = institutions::judge(&sheet, ground, &known);
    for row in &mut rows {
        let (Outcome::Taken(details) | Outcome::Apart(details, _)) = &row.outcome else { continue };
        let fault = match outside(ctx, row.line, &details.division) {
            Some(fault) => Some(fault),
            None => licensed_elsewhere(tx, ctx, row.line, details).await?,
        };
        refuse(row, fault);
    }
    refuse_repeats(&mut rows);
    Ok(Judged::new(bytes, sheet, rows))
}

async fn practitioners_in(tx: &mut Tx, ctx: &Ctx, bytes: &[u8]) -> Result<Judged<Person>, Failure> {
    let sheet = Kind::Practitioners.read(bytes)?;
    let places = Places::of(all_in::<Institution>(tx, ctx).await?.iter());
    let known = all_in::<Practitioner>(tx, ctx).await?;
    let keys = &ctx.app.keys;
    let mut rows = practitioners::judge(&sheet, &places, &known, |citizen| keys.digest("citizen", citizen.reveal()));
    for row in &mut rows {
        let (Outcome::Taken(person) | Outcome::Apart(person, _)) = &row.outcome else { continue };
        let fault = match outside(ctx, row.line, &person.division) {
            Some(fault) => Some(fault),
            None => certified_elsewhere(tx, ctx, row.line, person).await?,
        };
        refuse(row, fault);
    }
    refuse_repeats(&mut rows);
    Ok(Judged::new(bytes, sheet, rows))
}

async fn all_in<T: Record>(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<T>, Failure> {
    let filter = Filter { order: Order::Newest, ..Filter::default() };
    Ok(records::all_in::<T>(tx, ctx, &filter).await?.into_iter().map(|stored| stored.value).collect())
}

fn refuse<T>(row: &mut Row<T>, fault: Option<Fault>) {
    if let Some(fault) = fault {
        row.outcome = Outcome::Rejected(vec![fault]);
    }
}

/// Rows that repeat one that is not taken are not taken either.
fn refuse_repeats<T>(rows: &mut [Row<T>]) {
    let rejected = rows.iter().filter(|row| matches!(row.outcome, Outcome::Rejected(_)));
    let rejected: BTreeSet<usize> = rejected.map(|row| row.line).collect();
    for row in rows {
        if let Outcome::Matched { known: Known::Line(earlier), .. } = row.outcome
            && rejected.contains(&earlier)
        {
            let reason = format!("与第{earlier}行相同，该行不能登记");
            let mend = format!("请先按第{earlier}行的说明处理");
            refuse(row, Some(Fault::new(format!("第{}行", row.line), "", reason, mend)));
        }
    }
}

/// Why a row is not the caller's to register: it lies elsewhere.
fn outside(ctx: &Ctx, line: usize, division: &DivisionCode) -> Option<Fault> {
    let inside = ctx.scope.divisions.iter().any(|own| own.contains(division));
    (!inside).then(|| Fault::new(format!("第{line}行"), "", "不在您的辖区内", "请由所在地登记管理员导入"))
}

/// Why it is not: another place has its number. Numbers are unique everywhere, and what the caller may see was matched
/// before: nothing of it is told.
async fn licensed_elsewhere(tx: &mut Tx, ctx: &Ctx, line: usize, details: &Details) -> Result<Option<Fault>, Failure> {
    let Some(licence) = &details.licence else { return Ok(None) };
    let elsewhere = records::by_number_in::<Institution>(tx, &ctx.seeing_all(), licence.as_str()).await?;
    let (reason, mend) = institution::ELSEWHERE;
    Ok(elsewhere.map(|_| Fault::new(format!("第{line}行“登记号”"), licence.as_str(), reason, mend)))
}

async fn certified_elsewhere(tx: &mut Tx, ctx: &Ctx, line: usize, person: &Person) -> Result<Option<Fault>, Failure> {
    let Some(certificate) = &person.certificate else { return Ok(None) };
    let elsewhere = records::by_number_in::<Practitioner>(tx, &ctx.seeing_all(), certificate).await?;
    let mend = "请核对执业证书；确属本辖区的，请联系上级登记管理员核实";
    let place = format!("第{line}行“执业证书编码”");
    Ok(elsewhere.map(|_| Fault::new(place, certificate, "已登记在其他辖区的人员名下", mend)))
}
