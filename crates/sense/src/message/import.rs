//! Files of messages: previewed, then taken in whole, in one transaction. Every row becomes a complaint that waits for acceptance, or one that
//! was answered elsewhere and is kept for its clocks, or is known already, or is refused with all its reasons.

use super::lines;
use super::read::{Message, messages};
use crate::complaint::service::{lead, receipt_code, receipt_digest};
use crate::complaint::{Complaint, Imported, State, reporter_mark, reporter_place};
use crate::message::near;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{ComplaintId, MessageImportId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, LocalDate, Permission, Sensitivity, Timestamp};
use xingjian_policy::{Entry, MessageLayout};
use xingjian_store::erasure::{Blank, Erasable, Personal};
use xingjian_store::{Ctx, Error, Event, Failure, Head, Record, Table, Tx, blobs, numbers, records, tables};

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It waits for acceptance.
    New(Message),
    /// It was answered before it came here, and is kept for its clocks.
    Answered(Message),
    /// It came before.
    Known(Known),
    /// It cannot be taken.
    Rejected(Vec<Fault>),
}

/// Where the same message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Among the complaints, under this number.
    Kept(String),
    /// On an earlier line of the file.
    Line(usize),
}

/// A row with its line and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it starts on.
    pub line: usize,
    /// What becomes of it.
    pub outcome: Outcome,
}

impl Row {
    /// What is to be said about the row; `None` where it is simply taken.
    pub fn remark(&self) -> Option<String> {
        match &self.outcome {
            Outcome::New(_) | Outcome::Answered(_) => None,
            Outcome::Known(Known::Kept(number)) => Some(format!("已有：编号和内容相同，见{number}")),
            Outcome::Known(Known::Line(line)) => Some(format!("已有：与第{line}行编号和内容相同")),
            Outcome::Rejected(faults) => Some(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")),
        }
    }
}

/// What an import would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// SHA-256 of the file; the import is asked for by it.
    pub hash: String,
    /// Every row.
    pub rows: Vec<Row>,
}

impl Preview {
    /// Rows that are new, answered before, known, refused; they add up to all rows.
    pub fn counts(&self) -> [usize; 4] {
        let count = |f: fn(&Outcome) -> bool| self.rows.iter().filter(|row| f(&row.outcome)).count();
        [
            count(|o| matches!(o, Outcome::New(_))),
            count(|o| matches!(o, Outcome::Answered(_))),
            count(|o| matches!(o, Outcome::Known(_))),
            count(|o| matches!(o, Outcome::Rejected(_))),
        ]
    }

    /// Every row with something to be said about it.
    pub fn remarks(&self) -> Vec<(usize, String)> {
        self.rows.iter().filter_map(|row| Some((row.line, row.remark()?))).collect()
    }
}

/// An import that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageImport {
    /// The id.
    pub id: MessageImportId,
    /// Name of the file as given.
    pub file: String,
    /// SHA-256 of the file.
    pub hash: String,
    /// The layout by which it was read.
    pub layout: String,
    /// Rows that were new, answered before, known, refused.
    pub counts: [usize; 4],
    /// Every row that was not simply taken, with its reasons.
    pub remarks: Vec<(usize, String)>,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When.
    pub created_at: Timestamp,
}

impl Record for MessageImport {
    const TABLE: Table = tables::MESSAGE_IMPORT;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            // Remarks quote what people wrote.
            sensitivity: Sensitivity::Secret,
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

/// The file as it came, its name, and the remarks that quote it. The complaints made of it are records of their own.
impl Erasable for MessageImport {
    const PERSONAL: &'static [Personal] = &[
        Personal { acts: &["message_import.done"], field: "/file", blank: Blank::Text },
        Personal { acts: &["message_import.done"], field: "/remarks", blank: Blank::Empty },
    ];

    fn label(&self) -> String {
        format!("{}的来件导入", xingjian_kernel::time::chinese(self.created_at.local_date()))
    }

    fn ended_on(&self) -> Option<LocalDate> {
        Some(self.created_at.local_date())
    }

    fn blobs(&self) -> Vec<String> {
        vec![self.hash.clone()]
    }
}

/// What importing this file would do. Writes nothing.
pub async fn preview(ctx: &Ctx, layout: &str, bytes: &[u8]) -> Result<Preview, Failure> {
    ctx.may(Permission::EnterComplaint)?;
    let layout = known_layout(ctx, layout)?;
    // A transaction that is dropped: it reads what the import itself would read.
    let mut tx = ctx.begin().await?;
    preview_in(&mut tx, ctx, layout, bytes).await
}

/// Takes a file in: all rows that can be taken, in one transaction, and the record of the import.
pub async fn run(ctx: &Ctx, file: &str, layout: &str, bytes: &[u8]) -> Result<MessageImport, Failure> {
    ctx.may(Permission::EnterComplaint)?;
    let layout = known_layout(ctx, layout)?;
    let mut tx = ctx.begin().await?;
    let year = ctx.today().year();
    // The counter comes first: its lock orders two imports of one file, and whoever sends a form meanwhile.
    let mut next = numbers::next(&mut tx, &format!("complaint/{year}")).await?;
    let preview = preview_in(&mut tx, ctx, layout, bytes).await?;
    let import = MessageImport {
        id: ctx.new_id(),
        file: file.to_owned(),
        layout: layout.id.clone(),
        counts: preview.counts(),
        remarks: preview.remarks(),
        hash: preview.hash.clone(),
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let [new, answered, known, rejected] = import.counts;
    if new + answered == 0 {
        // Nothing is taken, so nothing is written, not even a number.
        return Ok(import);
    }
    let mut first = true;
    for row in preview.rows {
        let (message, answered) = match row.outcome {
            Outcome::New(message) => (message, false),
            Outcome::Answered(message) => (message, true),
            Outcome::Known(_) | Outcome::Rejected(_) => continue,
        };
        if !std::mem::take(&mut first) {
            next = numbers::next(&mut tx, &format!("complaint/{year}")).await?;
        }
        take_in(&mut tx, ctx, &import, layout, message, answered, format!("TS{year}-{next:06}")).await?;
    }
    let text = format!("导入来件：新收{new}，历史件{answered}，已有{known}，退回{rejected}");
    records::insert(&mut tx, ctx, &import, Event::new("message_import.done", text)).await?;
    tx.commit().await?;
    Ok(import)
}

fn known_layout<'a>(ctx: &'a Ctx, id: &str) -> Result<&'a Entry<MessageLayout>, Failure> {
    let layout = ctx.policy().message_layout(id, ctx.today());
    let layout = layout.ok_or_else(|| {
        let known = ctx.policy().message_layouts(ctx.today());
        let known: Vec<&str> = known.iter().map(|layout| layout.id.as_str()).collect();
        Fault::new("列名对照", id, "政策包中没有这种列名对照", format!("可用的有：{}", known.join("、")))
    })?;
    if ctx.policy().channel(&layout.channel, ctx.today()).is_none() {
        let mend = "请在本市政策包的渠道表中添加，或者修改列名对照的渠道";
        return Err(Fault::new("列名对照", &layout.channel, "指定的渠道不是本市公布的渠道", mend).into());
    }
    Ok(layout)
}

/// The secret that an imported message has in place of a form's: the same message is one complaint.
fn once(layout: &MessageLayout, key: &str) -> String {
    format!("import/{}/{key}", layout.channel)
}

async fn preview_in(tx: &mut Tx, ctx: &Ctx, layout: &MessageLayout, bytes: &[u8]) -> Result<Preview, Failure> {
    let table = lines::read(bytes)?;
    let mut earlier: BTreeMap<String, (usize, Message)> = BTreeMap::new();
    let mut rows = vec![];
    for (line, read) in messages(&table, layout, ctx.today())? {
        let outcome = match read {
            Err(faults) => Outcome::Rejected(faults),
            Ok(message) => match earlier.get(&message.key) {
                Some((at, same)) if same.text == message.text && same.about == message.about => {
                    Outcome::Known(Known::Line(*at))
                }
                Some((at, _)) => other_content(line, &message.key, &format!("第{at}行")),
                None => {
                    let outcome = judge_in(tx, ctx, layout, line, &message).await?;
                    earlier.insert(message.key.clone(), (line, message));
                    outcome
                }
            },
        };
        rows.push(Row { line, outcome });
    }
    Ok(Preview { hash: blobs::digest(bytes), rows })
}

async fn judge_in(
    tx: &mut Tx,
    ctx: &Ctx,
    layout: &MessageLayout,
    line: usize,
    message: &Message,
) -> Result<Outcome, Failure> {
    let digest = receipt_digest(ctx, &receipt_code(ctx, &once(layout, &message.key)));
    let there = records::by_number_in::<Complaint>(tx, &ctx.seeing_all(), &digest).await?;
    Ok(match there {
        Some(there) if there.text == message.text && there.about == message.about => {
            Outcome::Known(Known::Kept(there.number.clone()))
        }
        Some(there) => other_content(line, &message.key, &there.number),
        None if message.reply.is_some() => Outcome::Answered(message.clone()),
        None => Outcome::New(message.clone()),
    })
}

fn other_content(line: usize, key: &str, at: &str) -> Outcome {
    let reason = format!("与{at}编号相同而内容不同");
    let mend = "确为另一件的，请改用不同的编号；补充内容的，请在原件上登记";
    Outcome::Rejected(vec![Fault::new(format!("第{line}行"), key, reason, mend)])
}

async fn take_in(
    tx: &mut Tx,
    ctx: &Ctx,
    import: &MessageImport,
    layout: &MessageLayout,
    message: Message,
    answered: bool,
    number: String,
) -> Result<(), Failure> {
    let lead = lead(ctx)?;
    let id: ComplaintId = ctx.new_id();
    let reporter = message.reporter.as_ref().map(serde_json::to_string).transpose().map_err(Error::from)?;
    let reply = message.reply.filter(|_| answered);
    let complaint = Complaint {
        number,
        receipt_digest: receipt_digest(ctx, &receipt_code(ctx, &once(layout, &message.key))),
        channel: layout.channel.clone(),
        reporter: reporter.map(|clear| ctx.app.keys.seal(&*ctx.app.rng, &reporter_place(id), &clear)),
        reporter_mark: message.reporter.as_ref().and_then(|reporter| reporter_mark(ctx, reporter)),
        imported: Some(Imported { import: import.id, key: message.key, sent_at: message.sent_at }),
        state: match reply {
            Some(reply) => State::Archived { reply },
            None => State::Received { due: ctx.deadline("complaint_accept", ctx.today())? },
        },
        ..Complaint::received(ctx, id, lead, message.about, message.text)
    };
    let event = if answered {
        Event::new("complaint.archived", format!("导入历史件{}，来件前已答复", complaint.number))
    } else {
        Event::new("complaint.received", format!("收到{}，由来件文件导入", complaint.number))
    };
    records::insert(tx, ctx, &complaint, event).await?;
    near::note_in(tx, ctx, &complaint).await
}
