//! What rises against its own past: topics, institutions that are named, and words, of the last weeks against the twelve times as long before.
//!
//! Compared are shares of all messages, so that a file that is taken in late, or a busy month, raises nothing by itself. If a group had the same
//! share as before, then of its messages in both periods each would be a recent one with the chance that any message is; how probable it
//! is that so many or more are recent is a sum over the binomial distribution (the exact comparison of two Poisson counts). It orders a list for
//! people and decides nothing.

use super::triage::Triage;
use crate::complaint::Complaint;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{LocalDate, Timestamp};
use xingjian_policy::WordsFor;
use xingjian_store::figures::{self, Counted};
use xingjian_store::{Ctx, Failure, records};

/// The past is so many times as long as what is looked at.
pub const TIMES: i32 = 12;
/// Fewer recent messages than this are no topic.
pub const LEAST: usize = 3;
/// Named once in so many lists by chance alone, all groups of the list together.
const CHANCE: f64 = 0.05;

/// What messages have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Common {
    /// A topic of the duty list.
    Topic,
    /// An institution of the registry.
    Institution,
    /// A word of the pack.
    Word,
}

impl Common {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Topic => "事项",
            Self::Institution => "机构",
            Self::Word => "词语",
        }
    }
}

/// A group of messages.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub common: Common,
    /// Its name.
    pub name: String,
    /// Messages lately.
    pub recent: usize,
    /// Messages before.
    pub past: usize,
    /// How probable so many are without a rise, in millionths.
    pub chance: u64,
    /// Whether that is rarer than chance would make one of this list.
    pub rises: bool,
    /// The words most of them have, those of the group left out.
    pub words: Vec<String>,
}

/// What rose.
#[derive(Clone, Debug)]
pub struct Hot {
    /// Last day that is looked at.
    pub until: LocalDate,
    /// Length of what is looked at, in days.
    pub days: i32,
    /// All messages lately and before.
    pub all: [usize; 2],
    /// Groups that were compared.
    pub compared: usize,
    /// Those whose share is greater than before, least probable first.
    pub groups: Vec<Group>,
}

/// What one message is counted under.
struct Said {
    recent: bool,
    groups: BTreeSet<(Common, String)>,
    words: BTreeSet<String>,
}

/// What rose in the days up to `until`, among the messages in sight.
pub async fn topics(ctx: &Ctx, until: LocalDate, days: i32) -> Result<Counted<Hot>, Failure> {
    figures::counted_alone(ctx, format!("hot topics, {days} days until {until}"), rising(ctx, until, days)).await
}

async fn rising(ctx: &Ctx, until: LocalDate, days: i32) -> Result<Hot, Failure> {
    let triage = Triage::open(ctx).await?;
    // Nothing was said after it came, so what came before the period is not of it.
    let begin = Timestamp::from_local(plus_days(until, 1 - days * (TIMES + 1)), 0, 0);
    let all = records::since::<Complaint>(ctx, begin).await?;
    let said: Vec<Said> = all
        .iter()
        .filter_map(|complaint| {
            let ago = days_between(complaint.said_at().local_date(), until);
            (0..days * (TIMES + 1)).contains(&ago).then(|| said(&triage, complaint, ago < days))
        })
        .collect();
    Ok(compare(&said, until, days))
}

fn said(triage: &Triage, complaint: &Complaint, recent: bool) -> Said {
    let suggestion = triage.of(&complaint.about, &complaint.text);
    let decided = complaint.triage.as_ref();
    let topic = decided.map_or(suggestion.topic, |triaged| triaged.topic.clone());
    let health = |points_to: WordsFor| matches!(points_to, WordsFor::Topic | WordsFor::Health);
    let marks = suggestion.look.marks.iter().filter(|mark| health(mark.points_to));
    let words: BTreeSet<String> = marks.map(|mark| mark.word.clone()).collect();
    let mut groups: BTreeSet<(Common, String)> = words.iter().map(|word| (Common::Word, word.clone())).collect();
    groups.extend(topic.map(|topic| (Common::Topic, topic)));
    groups.extend(suggestion.named.into_iter().map(|named| (Common::Institution, named.name)));
    Said { recent, groups, words }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for reading")]
fn compare(said: &[Said], until: LocalDate, days: i32) -> Hot {
    let recent = said.iter().filter(|message| message.recent).count();
    let all = [recent, said.len() - recent];
    let mut counts: BTreeMap<&(Common, String), [usize; 2]> = BTreeMap::new();
    for message in said {
        for group in &message.groups {
            counts.entry(group).or_default()[usize::from(!message.recent)] += 1;
        }
    }
    let counts: Vec<_> = counts.into_iter().filter(|(_, [recent, _])| *recent >= LEAST).collect();
    let compared = counts.len();
    let share = all[0] as f64 / said.len().max(1) as f64;
    let mut groups: Vec<Group> = counts
        .into_iter()
        // A share that did not grow is no rise: recent / all recent > past / all past.
        .filter(|(_, [recent, past])| recent * all[1] > past * all[0])
        .map(|((common, name), [recent, past])| {
            let chance = at_least(recent, recent + past, share);
            Group {
                common: *common,
                name: name.clone(),
                recent,
                past,
                chance: (chance * 1e6).round() as u64,
                rises: all[1] > 0 && chance * (compared as f64) < CHANCE,
                words: words(said, *common, name),
            }
        })
        .collect();
    groups.sort_by(|a, b| (a.chance, a.common, &a.name).cmp(&(b.chance, b.common, &b.name)));
    Hot { until, days, all, compared, groups }
}

/// The words that most recent messages of a group have.
fn words(said: &[Said], common: Common, name: &str) -> Vec<String> {
    let group = (common, name.to_owned());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in said.iter().filter(|m| m.recent && m.groups.contains(&group)).flat_map(|m| &m.words) {
        *counts.entry(word).or_default() += 1;
    }
    let mut words: Vec<(usize, &str)> = counts.into_iter().map(|(word, count)| (count, word)).collect();
    words.retain(|(_, word)| *word != name);
    words.sort_by_key(|(count, word)| (std::cmp::Reverse(*count), *word));
    words.into_iter().take(5).map(|(count, word)| format!("{word} {count}")).collect()
}

/// How probable it is that of `of` each with the chance `share` so many or more are.
#[allow(clippy::cast_precision_loss, reason = "counts of messages")]
fn at_least(many: usize, of: usize, share: f64) -> f64 {
    if many == 0 || share >= 1.0 {
        return 1.0;
    }
    if share <= 0.0 {
        return 0.0;
    }
    let logarithms: Vec<f64> = std::iter::once(0.0)
        .chain((1..=of).scan(0.0, |sum, n| {
            *sum += (n as f64).ln();
            Some(*sum)
        }))
        .collect();
    let one = |n: usize| {
        let ways = logarithms[of] - logarithms[n] - logarithms[of - n];
        (ways + n as f64 * share.ln() + (of - n) as f64 * (1.0 - share).ln()).exp()
    };
    (many..=of).map(one).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_binomial_distribution() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(at_least(2, 2, 0.5), 0.25));
        assert!(close(at_least(1, 3, 0.5), 0.875));
        assert!(close(at_least(0, 3, 0.1), 1.0));
        assert!(close(at_least(3, 10, 0.1), 0.070_190_826_4));
    }

    fn message(recent: bool, word: &str) -> Said {
        let words = BTreeSet::from([word.to_owned(), "医院".to_owned()]);
        Said { recent, groups: words.iter().map(|word| (Common::Word, word.clone())).collect(), words }
    }

    #[test]
    fn what_grows_with_everything_does_not_rise() {
        let mut said: Vec<Said> = (0..120).map(|n| message(false, if n % 10 == 0 { "甲" } else { "乙" })).collect();
        said.extend((0..40).map(|n| message(true, if n % 2 == 0 { "甲" } else { "乙" })));
        let hot = compare(&said, LocalDate::constant(2026, 11, 22), 28);
        assert_eq!((hot.all, hot.compared), ([40, 120], 3));
        let told: Vec<_> = hot.groups.iter().map(|g| (g.name.as_str(), g.recent, g.past, g.rises)).collect();
        assert_eq!(told, [("甲", 20, 12, true)], "医院 stands in all, now as before");
        assert_eq!(hot.groups[0].words, ["医院 20"]);
        // The same with twice as many of all: nothing rises.
        let same: Vec<Said> = (0..100).map(|n| message(n % 3 == 0, "甲")).collect();
        assert!(compare(&same, LocalDate::constant(2026, 11, 22), 28).groups.is_empty());
    }
}
