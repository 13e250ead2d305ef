//! Files of messages: previewed, then taken in whole, in one transaction. Every row becomes a complaint that waits for acceptance, or one that
//! was answered elsewhere and is kept for its clocks, or is known already, or is refused with all its reasons. Files, rows
//! and what is kept of an import are those of every list (`registry::import`).

use super::lines;
use super::read::{Message, messages, unread};
use crate::complaint::intake::{lead, receipt_code, receipt_digest};
use crate::complaint::{Complaint, Imported, State, reporter_mark, reporter_place};
use crate::message::near;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{ComplaintId, MessageImportId};
use xingjian_kernel::{Fault, LocalDate, Permission, Sensitivity};
use xingjian_policy::{Entry, MessageLayout};
use xingjian_registry::import::{self, Done, Judged, Known, Outcome, Preview, Row};
use xingjian_store::erasure::{Erasable, Personal};
use xingjian_store::{Ctx, Error, Event, Failure, Head, Reading, Record, Table, numbers, records, tables};

/// An import that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageImport {
    /// The id.
    pub id: MessageImportId,
    /// The layout by which it was read.
    pub layout: String,
    /// What is kept of it: its rows were new, answered before, known, refused.
    #[serde(flatten)]
    pub done: Done,
}

impl MessageImport {
    /// The rows that came back and every remark, as a workbook; `None` where there is nothing to be said.
    pub async fn returned(&self, ctx: &Ctx) -> Result<Option<Vec<u8>>, Failure> {
        ctx.may(Permission::EnterComplaint)?;
        // As it was on the day of the import: it, or its channel, may have left the pack since.
        let layout = layout_on(ctx, &self.layout, self.done.day())?;
        self.done.returned(ctx, |bytes| Ok(lines::read(bytes, &layout.text)?), &[]).await
    }
}

impl Record for MessageImport {
    const TABLE: Table = tables::MESSAGE_IMPORT;

    fn head(&self) -> Head {
        // Remarks quote what people wrote.
        self.done.head(self.id.to_string(), Sensitivity::Secret)
    }
}

impl Erasable for MessageImport {
    const PERSONAL: &'static [Personal] = &Done::personal(&["message_import.done"]);

    fn label(&self) -> String {
        format!("{}的来件导入", xingjian_kernel::time::chinese(self.done.day()))
    }

    fn ended_on(&self) -> Option<LocalDate> {
        Some(self.done.day())
    }

    fn blobs(&self) -> Vec<String> {
        self.done.blobs()
    }
}

/// What importing this file would do. Writes nothing.
pub async fn preview(ctx: &Ctx, layout: &str, bytes: &[u8]) -> Result<Judged<Message>, Failure> {
    ctx.may(Permission::EnterComplaint)?;
    let layout = known_layout(ctx, layout)?;
    let table = lines::read(bytes, &layout.text)?;
    judge(&mut Reading::Outside, ctx, layout, bytes, table).await
}

/// Takes a file in: all rows that can be taken, in one transaction, and the record of the import, with what became of
/// each row. Where nothing is taken nothing is written, and there is no record.
pub async fn run(
    ctx: &Ctx,
    file: &str,
    layout: &str,
    bytes: &[u8],
) -> Result<(Option<MessageImport>, Preview), Failure> {
    ctx.may(Permission::EnterComplaint)?;
    let layout = known_layout(ctx, layout)?;
    // Unpacked and decoded before anybody who writes has to wait.
    let table = lines::read(bytes, &layout.text)?;
    let mut tx = ctx.begin().await?;
    let year = ctx.today().year();
    // The counter comes first: its lock orders two imports of one file, and whoever sends a form meanwhile.
    let series = format!("complaint/{year}");
    let first = numbers::next(&mut tx, &series).await?;
    let judged = judge(&mut Reading::Inside(&mut tx), ctx, layout, bytes, table).await?;
    let [new, answered, known, rejected] = judged.counts();
    if new + answered == 0 {
        return Ok((None, judged.plain()));
    }
    let done = Done::in_tx(&mut tx, ctx, file, bytes, &judged).await?;
    let import = MessageImport { id: ctx.new_id(), layout: layout.id.clone(), done };
    if new + answered > 1 {
        numbers::many(&mut tx, &series, (new + answered - 1).try_into().unwrap_or(i64::MAX)).await?;
    }
    let taken = judged.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Taken(message) | Outcome::Apart(message, _) => Some(message.clone()),
        _ => None,
    });
    let numbered = taken.zip(first..).map(|(it, n)| taken_in(ctx, &import, layout, it, format!("TS{year}-{n:06}")));
    let all = numbered.collect::<Result<Vec<_>, _>>()?;
    records::insert_all(&mut tx, all.iter().map(|(complaint, event)| (ctx, complaint, event.clone())).collect())
        .await?;
    near::note_in(&mut tx, all.iter().map(|(complaint, _)| (complaint.id, near::marks(ctx, complaint)))).await?;
    let text = format!("导入来件：新收{new}，历史件{answered}，已有{known}，退回{rejected}");
    records::insert(&mut tx, ctx, &import, Event::new("message_import.done", text)).await?;
    tx.commit().await?;
    Ok((Some(import), judged.plain()))
}

fn known_layout<'a>(ctx: &'a Ctx, id: &str) -> Result<&'a Entry<MessageLayout>, Failure> {
    let layout = layout_on(ctx, id, ctx.today())?;
    if ctx.policy().channel(&layout.channel, ctx.today()).is_none() {
        let mend = "请在本市政策包的渠道表中添加，或者修改列名对照的渠道";
        return Err(Fault::new("列名对照", &layout.channel, "指定的渠道不是本市公布的渠道", mend).into());
    }
    Ok(layout)
}

fn layout_on<'a>(ctx: &'a Ctx, id: &str, on: LocalDate) -> Result<&'a Entry<MessageLayout>, Failure> {
    let layout = ctx.policy().message_layout(id, on);
    Ok(layout.ok_or_else(|| {
        let known = ctx.policy().message_layouts(on);
        let known: Vec<&str> = known.iter().map(|layout| layout.id.as_str()).collect();
        Fault::new("列名对照", id, "政策包中没有这种列名对照", format!("可用的有：{}", known.join("、")))
    })?)
}

/// The secret that an imported message has in place of a form's: the same message is one complaint.
fn once(layout: &MessageLayout, key: &str) -> String {
    format!("import/{}/{key}", layout.channel)
}

async fn judge(
    reading: &mut Reading<'_>,
    ctx: &Ctx,
    layout: &MessageLayout,
    bytes: &[u8],
    table: import::Table,
) -> Result<Judged<Message>, Failure> {
    let mut earlier: BTreeMap<String, (usize, Message)> = BTreeMap::new();
    let mut rows = vec![];
    for (line, read) in messages(&table, layout, ctx.today()) {
        let outcome = match read {
            Err(faults) => Outcome::Rejected(faults),
            Ok(message) => match earlier.get(&message.key) {
                Some((at, same)) if same.text == message.text && same.about == message.about => {
                    Outcome::Matched { known: Known::Line(*at), why: "编号和内容相同".into() }
                }
                Some((at, _)) => other_content(line, &message.key, &format!("第{at}行")),
                None => {
                    let outcome = compared(reading, ctx, layout, line, &message).await?;
                    earlier.insert(message.key.clone(), (line, message));
                    outcome
                }
            },
        };
        rows.push(Row { line, outcome });
    }
    let unread = unread(&table, layout);
    Ok(Judged::new(bytes, table, rows, unread))
}

async fn compared(
    reading: &mut Reading<'_>,
    ctx: &Ctx,
    layout: &MessageLayout,
    line: usize,
    message: &Message,
) -> Result<Outcome<Message>, Failure> {
    let digest = receipt_digest(ctx, &receipt_code(ctx, &once(layout, &message.key)));
    let there = reading.by_number::<Complaint>(&ctx.seeing_all(), &digest).await?;
    Ok(match there {
        Some(there) if there.text == message.text && there.about == message.about => {
            let why = format!("编号和内容相同，见{}", there.number);
            Outcome::Matched { known: Known::Kept(there.id.to_string()), why }
        }
        Some(there) => other_content(line, &message.key, &there.number),
        // Answered before it came here: kept for its clocks alone.
        None if message.reply.is_some() => Outcome::Apart(message.clone(), vec![]),
        None => Outcome::Taken(message.clone()),
    })
}

fn other_content(line: usize, key: &str, at: &str) -> Outcome<Message> {
    let reason = format!("与{at}编号相同而内容不同");
    let mend = "确为另一件的，请改用不同的编号；补充内容的，请在原件上登记";
    Outcome::Rejected(vec![Fault::new(format!("第{line}行"), key, reason, mend)])
}

fn taken_in(
    ctx: &Ctx,
    import: &MessageImport,
    layout: &MessageLayout,
    message: Message,
    number: String,
) -> Result<(Complaint, Event), Failure> {
    let lead = lead(ctx)?;
    let id: ComplaintId = ctx.new_id();
    let reporter = message.reporter.as_ref().map(serde_json::to_string).transpose().map_err(Error::from)?;
    let answered = message.reply.is_some();
    let complaint = Complaint {
        number,
        receipt_digest: receipt_digest(ctx, &receipt_code(ctx, &once(layout, &message.key))),
        channel: layout.channel.clone(),
        reporter: reporter.map(|clear| ctx.app.keys.seal(&*ctx.app.rng, &reporter_place(id), &clear)),
        reporter_mark: message.reporter.as_ref().and_then(|reporter| reporter_mark(ctx, reporter)),
        imported: Some(Imported { import: import.id, key: message.key, sent_at: message.sent_at }),
        state: match message.reply {
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
    Ok((complaint, event))
}
