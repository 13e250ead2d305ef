//! Complaints that may be one: of the same reporter, or nearly the same words. Suggested with what is equal, never joined by themselves.
//!
//! Words are compared as sets of three characters that follow each other, blanks and punctuation left out: shared ones in per cent of all
//! (Jaccard). So as not to compare each with each, 60 least hashes of the set (`MinHash`) make 20 marks of three; who shares a mark is compared
//! in full. Two texts at 50 per cent share a mark in 93 of 100 cases, at 70 per cent in all but one of 4,000. Marks are keyed digests: outside
//! of the instance nothing can be learned from them.

use crate::complaint::{Complaint, State};
use std::collections::BTreeSet;
use xingjian_kernel::id::ComplaintId;
use xingjian_store::{Ctx, Error, Executor, Failure, Stored, Tx, Value, records};

/// Shared in per cent from which two texts are nearly the same.
pub const NEARLY: usize = 50;
/// Characters that are compared together.
const TOGETHER: usize = 3;
const BANDS: u64 = 20;
const ROWS: u64 = 3;
/// Complaints that are looked at for each mark, and those that are compared in full.
const NEWEST: usize = 20;
const MOST: usize = 12;

/// A complaint that may be the same.
pub struct Near {
    /// The other one.
    pub complaint: Stored<Complaint>,
    /// From the same reporter.
    pub same_reporter: bool,
    /// Shared in per cent of all that either says.
    pub percent: usize,
}

impl Near {
    /// Why it may be the same.
    pub fn why(&self) -> String {
        let same = self.same_reporter.then(|| "同一反映人".to_owned());
        let words = (self.percent >= NEARLY).then(|| format!("文字相同 {}%", self.percent));
        same.into_iter().chain(words).collect::<Vec<_>>().join("，")
    }
}

fn plain(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Characters that follow each other.
type Piece = [char; TOGETHER];

/// The pieces of a text, sorted, each once.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = plain(text).array_windows().copied().collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

fn words(complaint: &Complaint) -> String {
    format!("{}\n{}", complaint.about, complaint.text)
}

/// Shared in per cent, rounded down; two empty texts share nothing.
pub fn percent(one: &str, other: &str) -> usize {
    shared(&pieces(one), &pieces(other))
}

/// The same of two sets of pieces.
pub(crate) fn shared(one: &[Piece], other: &[Piece]) -> usize {
    let shared = one.iter().filter(|piece| other.binary_search(piece).is_ok()).count();
    let all = one.len() + other.len() - shared;
    (shared * 100).checked_div(all).unwrap_or_default()
}

/// The text in runs that the other one shares, or not.
pub fn marked(text: &str, other: &str) -> Vec<(bool, String)> {
    let theirs = pieces(other);
    let kept: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| c.is_alphanumeric())
        .flat_map(|(at, c)| c.to_lowercase().map(move |lower| (at, lower)))
        .collect();
    let mut shared: BTreeSet<usize> = BTreeSet::new();
    for piece in kept.array_windows::<TOGETHER>() {
        if theirs.binary_search(&piece.map(|(_, c)| c)).is_ok() {
            shared.extend(piece.iter().map(|(at, _)| *at));
        }
    }
    let mut runs: Vec<(bool, String)> = vec![];
    for (at, c) in text.char_indices() {
        // Punctuation goes with what stands before it.
        let within = if c.is_alphanumeric() { shared.contains(&at) } else { runs.last().is_some_and(|run| run.0) };
        match runs.last_mut().filter(|run| run.0 == within) {
            Some(run) => run.1.push(c),
            None => runs.push((within, c.into())),
        }
    }
    runs
}

/// A well mixed number (`SplitMix64`).
const fn mixed(mut n: u64) -> u64 {
    n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// The least of each of the 60 hashes over all pieces; none for a text without pieces.
fn least(text: &str) -> Option<Vec<u64>> {
    let hash = |piece: &Piece| piece.iter().fold(0, |n, c| mixed(n ^ u64::from(*c)));
    let hashes: Vec<u64> = pieces(text).iter().map(hash).collect();
    let least = |seed: u64| hashes.iter().map(|hash| mixed(hash ^ mixed(seed))).min();
    (0..BANDS * ROWS).map(least).collect()
}

/// The marks of a complaint.
pub(crate) fn marks(ctx: &Ctx, complaint: &Complaint) -> Vec<String> {
    let least = least(&words(complaint)).unwrap_or_default();
    let band = |(at, rows): (usize, &[u64])| {
        let text = ctx.app.keys.digest("message.band", &format!("{at}/{rows:?}"));
        text[..32].to_owned()
    };
    let mut marks: Vec<String> = least.chunks(3).enumerate().map(band).collect();
    marks.extend(complaint.reporter_mark.clone());
    marks
}

/// Keeps the marks of complaints that came in.
pub(crate) async fn note_in(tx: &mut Tx, all: impl Iterator<Item = (ComplaintId, Vec<String>)>) -> Result<(), Failure> {
    let of = |(id, marks): (ComplaintId, Vec<String>)| {
        marks.into_iter().map(move |mark| vec![mark.into(), id.to_string().into()])
    };
    xingjian_store::insert_rows(tx, "complaint_mark", "mark, complaint", all.flat_map(of).collect())
        .await
        .map_err(Error::from)?;
    Ok(())
}

/// Ids of those that may be the same: the newest of each mark, and of these the ones with the most marks in common.
async fn candidates(ctx: &Ctx, complaint: &Complaint, marks: Vec<String>) -> Result<Vec<String>, Failure> {
    let mut values: Vec<Value> = vec![complaint.id.to_string().into(), complaint.reporter_mark.clone().into()];
    let newest = |at| {
        format!(
            "select * from (select mark, complaint from complaint_mark where mark = ${at} order by complaint desc limit {NEWEST}) as m{at}"
        )
    };
    let of_marks: Vec<String> = (3..marks.len() + 3).map(newest).collect();
    values.extend(marks.into_iter().map(Value::from));
    let sql = format!(
        "select complaint from ({}) as near where complaint <> $1 group by complaint \
         order by sum(case when mark = $2 then {BANDS} else 1 end) desc, complaint desc limit {MOST}",
        of_marks.join(" union all ")
    );
    let mut ids = vec![];
    for row in ctx.app.db.reader().all(&sql, values).await? {
        ids.push(row.try_get("", "complaint").map_err(Error::from)?);
    }
    Ok(ids)
}

/// The complaints in sight that may be the same: those to which it can be joined first, then the most alike.
pub async fn to(ctx: &Ctx, complaint: &Complaint) -> Result<Vec<Near>, Failure> {
    let marks = marks(ctx, complaint);
    if marks.is_empty() {
        return Ok(vec![]);
    }
    let ids = candidates(ctx, complaint, marks).await?;
    let words_here = pieces(&words(complaint));
    // Whoever may not see the other one is not told that there is one.
    let mut others = records::of_ids::<Complaint>(ctx, &ids).await?;
    // One that is joined stands for the one that leads it, which may be older than all that were looked at.
    let leads = |other: &Stored<Complaint>| match &other.state {
        State::Joined { lead, .. } if *lead != complaint.id => Some(lead.to_string()),
        _ => None,
    };
    let leads: BTreeSet<String> = others.iter().filter_map(leads).filter(|lead| !ids.contains(lead)).collect();
    others.extend(records::of_ids::<Complaint>(ctx, &leads.into_iter().collect::<Vec<_>>()).await?);
    let mut near = vec![];
    for other in others {
        let percent = shared(&words_here, &pieces(&words(&other)));
        let same_reporter = complaint.reporter_mark.is_some() && complaint.reporter_mark == other.reporter_mark;
        if same_reporter || percent >= NEARLY {
            near.push(Near { complaint: other, same_reporter, percent });
        }
    }
    near.sort_by_key(|near| (!near.leads(), std::cmp::Reverse(near.percent), near.complaint.id));
    Ok(near)
}

impl Near {
    /// Whether a complaint that waits can be joined to it.
    pub fn leads(&self) -> bool {
        let state = &self.complaint.state;
        !matches!(state, State::Joined { .. } | State::Archived { .. }) && state.outcome().is_none()
    }
}

/// The one that is named by its number.
pub fn numbered(near: &[Near], number: &str) -> Option<ComplaintId> {
    near.iter().find(|near| near.complaint.number == number).map(|near| near.complaint.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_counted_and_marked() {
        assert_eq!(percent("演示街口腔门诊部乱收费", "演示街口腔门诊部乱收费！"), 100);
        assert_eq!(percent("", ""), 0);
        assert_eq!(percent("甲乙", "甲乙"), 0, "nothing to compare");
        // 甲乙丙, 乙丙丁 against 乙丙丁, 丙丁戊: one of three.
        assert_eq!(percent("甲乙丙丁", "乙丙丁戊"), 33);
        let runs = marked("甲乙丙丁，X", "乙丙丁戊");
        assert_eq!(runs, [(false, "甲".to_owned()), (true, "乙丙丁，".to_owned()), (false, "X".to_owned())]);
        let whole: String = runs.into_iter().map(|(_, run)| run).collect();
        assert_eq!(whole, "甲乙丙丁，X");
    }

    #[test]
    fn alike_texts_share_marks_and_unlike_ones_do_not() {
        let base: String = ('\u{4e00}'..'\u{4f00}').collect();
        let shares = |one: &str, other: &str| {
            let (one, other) = (least(one).unwrap(), least(other).unwrap());
            one.chunks(3).zip(other.chunks(3)).filter(|(a, b)| a == b).count()
        };
        let end: String = ('\u{5000}'..'\u{5020}').collect();
        let near = format!("{base}{end}");
        assert!(percent(&base, &near) > 80 && shares(&base, &near) > 5);
        let far: String = ('\u{6000}'..'\u{6100}').collect();
        assert_eq!((percent(&base, &far), shares(&base, &far)), (0, 0));
        assert!(least("甲乙").is_none());
    }
}
