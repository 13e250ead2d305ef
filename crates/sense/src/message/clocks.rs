//! How long answers took, from those that came with their answer and those that were closed here, against the terms of the pack.

use super::interval::{Share, percentile};
use crate::complaint::{Complaint, State};
use xingjian_kernel::calendar::{Deadline, days_between};
use xingjian_kernel::{LocalDate, Timestamp};
use xingjian_store::figures::{self, Counted};
use xingjian_store::{Ctx, Failure, Filter, Order, records};

/// Clocks of answers, which the terms are taken from.
const CLOCKS: [&str; 4] = ["question_answer", "complaint_answer", "report_answer", "petition_answer"];

/// How many answers were given within one term of the pack.
#[derive(Clone, Debug)]
pub struct Within {
    /// Name of the clock.
    pub name: String,
    /// Its term.
    pub term: String,
    /// What it rests on.
    pub article: String,
    /// Answers within it, of all.
    pub share: Share,
    /// Answers whose last day lies outside of the official calendar, so that it is estimated.
    pub estimated: usize,
}

/// How long answers took.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    /// Answers that were counted.
    pub answers: usize,
    /// Answers without the day on which the message was sent.
    pub without_day: usize,
    /// Natural days from sending to answering: of half, of nine in ten, and the longest.
    pub median: Option<i32>,
    /// Of nine in ten.
    pub ninetieth: Option<i32>,
    /// The longest.
    pub longest: Option<i32>,
    /// Against each term.
    pub within: Vec<Within>,
}

/// Of the messages that were answered elsewhere, or of those that were closed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Imported with their answer.
    Archived,
    /// Closed here.
    Closed,
}

/// Counts the answers in sight.
pub async fn clocks(ctx: &Ctx, of: Of) -> Result<Counted<Clocks>, Failure> {
    figures::counted_alone(ctx, format!("reply clocks, {of:?}"), answers(ctx, of)).await
}

async fn answers(ctx: &Ctx, of: Of) -> Result<Clocks, Failure> {
    let state = if of == Of::Archived { "archived" } else { "closed" };
    let filter = Filter { states: vec![state.to_owned()], order: Order::Newest, ..Filter::default() };
    let complaints = records::all::<Complaint>(ctx, &filter).await?;
    let pairs: Vec<(LocalDate, LocalDate)> = complaints.iter().filter_map(|complaint| answered(complaint)).collect();
    Ok(count(ctx, &pairs, complaints.len() - pairs.len()))
}

/// When a message was sent and when it was answered.
fn answered(complaint: &Complaint) -> Option<(LocalDate, LocalDate)> {
    match &complaint.state {
        // When it came here says nothing about when it was sent.
        State::Archived { reply } => {
            let sent = complaint.imported.as_ref()?.sent_at.map(Timestamp::local_date)?;
            Some((sent, reply.at.local_date()))
        }
        State::Closed { on, .. } => Some((complaint.said_at().local_date(), *on)),
        _ => None,
    }
}

fn count(ctx: &Ctx, pairs: &[(LocalDate, LocalDate)], without_day: usize) -> Clocks {
    let mut days: Vec<i32> = pairs.iter().map(|(sent, answered)| days_between(*sent, *answered)).collect();
    days.sort_unstable();
    let policy = ctx.policy();
    let within = CLOCKS.iter().filter_map(|id| policy.clock(id, ctx.today())).map(|clock| {
        // The term of today, also for messages that are older than the entry.
        let ends: Vec<(Deadline, LocalDate)> =
            pairs.iter().map(|(sent, answered)| (policy.calendar.deadline(*sent, clock.term), *answered)).collect();
        Within {
            name: clock.name.clone(),
            term: clock.term.to_string(),
            article: clock.article.clone(),
            share: Share::new(ends.iter().filter(|(end, answered)| *answered <= end.due).count(), ends.len()),
            estimated: ends.iter().filter(|(end, _)| end.estimated).count(),
        }
    });
    Clocks {
        answers: pairs.len(),
        without_day,
        median: percentile(&days, 50),
        ninetieth: percentile(&days, 90),
        longest: days.last().copied(),
        within: within.collect(),
    }
}
