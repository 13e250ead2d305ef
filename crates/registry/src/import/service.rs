//! Preview and import: what was shown is computed again inside the transaction, from the same bytes. A preview keeps nobody
//! waiting who writes.

use super::done::Done;
use super::institutions;
use super::place::Ground;
use super::practitioners::{self, Person, Places};
use super::rows::{Judged, Preview, Row};
use super::table::{self, Table as Sheet};
use crate::institution::{self, Details, Institution};
use crate::practitioner::{self, NewPractitioner, Practitioner};
use serde::{Deserialize, Serialize};
use xingjian_kernel::codes::LicenceNumber;
use xingjian_kernel::division::Changes;
use xingjian_kernel::id::ImportId;
use xingjian_kernel::{DivisionCode, Fault, LocalDate, Permission, Sensitivity};
use xingjian_store::erasure::{Erasable, Personal};
use xingjian_store::{Ctx, Event, Executor, Failure, Filter, Head, Order, Reading, Record, Table, records, tables};

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
    let sheet = kind.read(bytes)?;
    Ok(match kind {
        Kind::Institutions => institutions(&mut Reading::Outside, ctx, bytes, sheet).await?.plain(),
        Kind::Practitioners => practitioners(&mut Reading::Outside, ctx, bytes, sheet).await?.plain(),
    })
}

/// Imports a file: all rows that can be taken, in one transaction, and the record of the import; with what became of each row.
pub async fn run(ctx: &Ctx, kind: Kind, file: &str, bytes: &[u8], demo: bool) -> Result<(Import, Preview), Failure> {
    ctx.may(Permission::ManageRegistry)?;
    // Unpacked and decoded before anybody who writes has to wait.
    let sheet = kind.read(bytes)?;
    let mut tx = ctx.begin().await?;
    // One import at a time: two that run at once would each find the other's rows missing.
    tx.run("update log_state set size = size where id = 1", vec![]).await?;
    let judged = match kind {
        Kind::Institutions => {
            let judged = institutions(&mut Reading::Inside(&mut tx), ctx, bytes, sheet).await?;
            let taken: Vec<_> = judged.rows.iter().filter_map(Row::taken).cloned().collect();
            institution::register_all_in(&mut tx, ctx, taken, demo).await?;
            judged.plain()
        }
        Kind::Practitioners => {
            let judged = practitioners(&mut Reading::Inside(&mut tx), ctx, bytes, sheet).await?;
            let new = |person: &Person| {
                let Person { name, profession, certificate, citizen, scope, places, division } = person.clone();
                NewPractitioner { name, profession, certificate, citizen, scope, places, division, demo }
            };
            let taken: Vec<_> = judged.rows.iter().filter_map(Row::taken).map(new).collect();
            practitioner::register_all_in(&mut tx, ctx, taken).await?;
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

/// Numbers are unique everywhere, and what the caller may see was matched before: of what has a row's number elsewhere nothing
/// else is told.
async fn institutions(
    reading: &mut Reading<'_>,
    ctx: &Ctx,
    bytes: &[u8],
    sheet: Sheet,
) -> Result<Judged<Details>, Failure> {
    let known: Vec<_> = all::<Institution>(reading, ctx).await?.into_iter().map(|i| (i.id, i.details)).collect();
    let policy = ctx.policy();
    let (divisions, home, changes) = (&policy.divisions, &policy.city.division, Changes::official());
    let ground = Ground { divisions, changes: &changes, today: ctx.today(), home };
    let mut rows = institutions::judge(&sheet, ground, &known);
    let numbers = rows.iter().filter_map(|row| row.taken()?.licence.as_ref()).map(LicenceNumber::as_str);
    let elsewhere = reading.numbers::<Institution>(&ctx.seeing_all(), &numbers.collect::<Vec<_>>()).await?;
    for row in &mut rows {
        let Some(details) = row.taken() else { continue };
        let licence = details.licence.as_ref().filter(|licence| elsewhere.contains(licence.as_str()));
        let fault = outside(ctx, row.line, &details.division).or_else(|| {
            let (reason, mend) = institution::ELSEWHERE;
            let place = || institutions::place(&sheet, row.line, "licence");
            licence.map(|licence| Fault::new(place(), licence.as_str(), reason, mend))
        });
        row.refuse(fault);
    }
    let unread = institutions::unread(&sheet);
    Ok(Judged::new(bytes, sheet, rows, unread))
}

async fn practitioners(
    reading: &mut Reading<'_>,
    ctx: &Ctx,
    bytes: &[u8],
    sheet: Sheet,
) -> Result<Judged<Person>, Failure> {
    let places = Places::of(all::<Institution>(reading, ctx).await?.iter());
    let known = all::<Practitioner>(reading, ctx).await?;
    let keys = &ctx.app.keys;
    let mut rows = practitioners::judge(&sheet, &places, &known, |citizen| keys.digest("citizen", citizen.reveal()));
    let numbers = rows.iter().filter_map(|row| row.taken()?.certificate.as_deref());
    let elsewhere = reading.numbers::<Practitioner>(&ctx.seeing_all(), &numbers.collect::<Vec<_>>()).await?;
    for row in &mut rows {
        let Some(person) = row.taken() else { continue };
        let certificate = person.certificate.as_ref().filter(|certificate| elsewhere.contains(*certificate));
        let fault = outside(ctx, row.line, &person.division).or_else(|| {
            let mend = "请核对执业证书；确属本辖区的，请联系上级登记管理员核实";
            let place = || practitioners::place(&sheet, row.line, "certificate");
            certificate.map(|number| Fault::new(place(), number, "已登记在其他辖区的人员名下", mend))
        });
        row.refuse(fault);
    }
    let unread = practitioners::unread(&sheet);
    Ok(Judged::new(bytes, sheet, rows, unread))
}

async fn all<T: Record>(reading: &mut Reading<'_>, ctx: &Ctx) -> Result<Vec<T>, Failure> {
    let filter = Filter { order: Order::Newest, ..Filter::default() };
    Ok(reading.all::<T>(ctx, &filter).await?.into_iter().map(|stored| stored.value).collect())
}

/// Why a row is not the caller's to register: it lies elsewhere.
fn outside(ctx: &Ctx, line: usize, division: &DivisionCode) -> Option<Fault> {
    let inside = ctx.scope.divisions.iter().any(|own| own.contains(division));
    (!inside).then(|| Fault::new(format!("第{line}行"), "", "不在您的辖区内", "请由所在地登记管理员导入"))
}
