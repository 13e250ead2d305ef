//! What the reporter may still do with the receipt once there is an answer: say how it was, and once ask for it to be looked at again.

use super::service::by_receipt;
use super::state::State;
use super::{Action, Complaint, MAX_TEXT, MIN_TEXT, Rating, Reopening, Satisfaction};
use xingjian_kernel::{Fault, LocalDate, Refusal};
use xingjian_registry::release;
use xingjian_store::{Ctx, Event, Failure, Stored, records};

/// Longest word on an answer, in characters.
const MAX_WORDS: usize = 1_000;
/// The clock of the pack within which it can be opened again.
const CLOCK: &str = "complaint_reopen";

/// What the reporter can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Say how the answer was.
    pub rate: bool,
    /// Have it opened again, until this day.
    pub reopen_until: Option<LocalDate>,
}

/// What the reporter of this complaint can do today.
pub async fn open(ctx: &Ctx, complaint: &Complaint) -> Result<Open, Failure> {
    let State::Closed { on, .. } = &complaint.state else { return Ok(Open::default()) };
    let until = ctx.deadline(CLOCK, *on)?.due;
    let mut tx = ctx.begin().await?;
    // The law leaves the days to the authority, so they hold once they were released.
    let released = release::is_released(&mut tx, ctx, "clock", CLOCK).await?;
    let again = released && complaint.reopened.is_none() && ctx.today() <= until;
    Ok(Open {
        rate: complaint.ratings.len() <= usize::from(complaint.reopened.is_some()),
        reopen_until: again.then_some(until),
    })
}

async fn held(ctx: &Ctx, code: &str) -> Result<Stored<Complaint>, Failure> {
    by_receipt(ctx, code).await?.ok_or(Failure::NotFound)
}

fn said(field: &str, text: &str, most: usize) -> Vec<Fault> {
    let mut faults = vec![];
    let length = text.chars().count();
    if length > most {
        faults.push(Fault::new(field, text, format!("有{length}个字，超过{most}个字"), "请缩短"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let reason = format!("含有不能保存的控制字符 U+{:04X}", u32::from(control));
        faults.push(Fault::new(field, text, reason, "请删除该字符后再提交"));
    }
    faults
}

/// Takes what the reporter says of the answer.
pub async fn rate(ctx: &Ctx, code: &str, level: Satisfaction, words: &str) -> Result<Stored<Complaint>, Failure> {
    let there = held(ctx, code).await?;
    let words = words.trim();
    let mut faults = said("words", words, MAX_WORDS);
    if level == Satisfaction::Unsatisfied && words.is_empty() {
        faults.push(Fault::new("words", "", "没有填写", "请写明哪里不满意，便于改进"));
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if !open(ctx, &there).await?.rate {
        return Err(Refusal::new("not_now", "现在不能评价：没有新的答复，或者已经评价过", "请查看办理进度").into());
    }
    let mut complaint = there.value;
    complaint.ratings.push(Rating { level, words: words.to_owned(), on: ctx.today() });
    let event = Event::new("complaint.rated", format!("反映人评价：{}", level.label()));
    save(ctx, complaint, there.version, event).await
}

/// Opens a closed complaint again, for another handler: once, within the days of the pack, with a reason.
pub async fn reopen(ctx: &Ctx, code: &str, reason: &str) -> Result<Stored<Complaint>, Failure> {
    let there = held(ctx, code).await?;
    let reason = reason.trim();
    let mut faults = said("reason", reason, MAX_TEXT);
    if reason.chars().count() < MIN_TEXT {
        let mend = format!("请写明答复中哪一点与事实不符，至少{MIN_TEXT}个字");
        faults.push(Fault::new("reason", reason, "没有写明理由", mend));
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if open(ctx, &there).await?.reopen_until.is_none() {
        let message = "现在不能申请重新办理：每件只能申请一次，并且要在答复后的规定期限内";
        return Err(Refusal::new("not_now", message, "对同一事项有新的情况，可以另行提交").into());
    }
    let mut complaint = there.value;
    let State::Closed { answer, acceptance, .. } = &complaint.state else { return Err(Failure::Conflict) };
    let kind = ctx.policy().complaint_kind(&acceptance.kind, ctx.today());
    let clock = kind.map_or("complaint_answer", |kind| kind.clock.as_str());
    let due = ctx.deadline(clock, ctx.today())?;
    complaint.reopened = Some(Reopening { reason: reason.to_owned(), on: ctx.today(), earlier: answer.clone() });
    complaint.state = complaint.state.apply(Action::Reopen { due }, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let text = format!("反映人申请重新办理，须由另一名承办人核查，{}前答复", due.due);
    save(ctx, complaint, there.version, Event::new("complaint.reopened", text)).await
}

/// The receipt is the right to it, so the row is saved whatever the visitor's scope shows.
async fn save(ctx: &Ctx, complaint: Complaint, seen: i64, event: Event) -> Result<Stored<Complaint>, Failure> {
    let all = ctx.seeing_all();
    let mut tx = ctx.begin().await?;
    let version = records::save(&mut tx, &all, &complaint, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}
