//! A model that a bureau trains on its own decided messages. It begins where the words of the pack stand and learns what to add for pairs of
//! characters (logistic regression with the score of the words as its fixed part); with few messages it stays close to the words.
//!
//! Training is arithmetic in a fixed order without chance: the same messages give the same weights. Weights are whole thousandths, and a
//! decision is computed with whole numbers alone.

use super::words::{HEALTH_FROM, Look};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs that fewer messages have say nothing.
const LEAST: usize = 3;
/// Weights that are kept, greatest first.
const MOST: usize = 2_000;
const ROUNDS: usize = 200;
const RATE: f64 = 4.0;
/// Draws weights back to zero, so that few messages change little.
const SHRINK: f64 = 0.002;
/// Thousandths of log odds that a point of the words is.
const POINT: i64 = 500;

/// What was decided about a message.
pub struct Decided<'a> {
    /// Title.
    pub title: &'a str,
    /// Text.
    pub text: &'a str,
    /// What the words say.
    pub look: Look,
    /// Whether it concerned health.
    pub health: bool,
}

/// Weights of pairs of characters, in thousandths of log odds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Added to every message.
    pub always: i64,
    /// Added for a pair, before it is divided by the square root of how many pairs of the model a message has.
    pub pairs: BTreeMap<String, i64>,
}

fn pairs(title: &str, text: &str) -> BTreeSet<String> {
    let of = |text: &str| {
        let plain: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        plain.windows(2).map(|pair| pair.iter().collect()).collect::<BTreeSet<String>>()
    };
    of(title).into_iter().chain(of(text)).collect()
}

/// Thousandths of log odds that the words give: zero between the last score that is not health and the first that is.
fn begin(look: &Look) -> i64 {
    (i64::from(look.health) * 2 - i64::from(HEALTH_FROM) * 2 + 1) * POINT / 2
}

impl Model {
    /// Learns from what was decided; the same in, the same out.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts and log odds are small")]
    pub fn train(decided: &[Decided<'_>]) -> Self {
        let rows: Vec<BTreeSet<String>> = decided.iter().map(|message| pairs(message.title, message.text)).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for pair in rows.iter().flatten() {
            *counts.entry(pair).or_default() += 1;
        }
        let names: Vec<&str> = counts.into_iter().filter(|(_, count)| *count >= LEAST).map(|(pair, _)| pair).collect();
        let place: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let rows: Vec<(Vec<usize>, f64, f64, f64)> = rows
            .iter()
            .zip(decided)
            .map(|(row, message)| {
                let held: Vec<usize> = row.iter().filter_map(|pair| place.get(pair.as_str()).copied()).collect();
                let share = 1.0 / (held.len().max(1) as f64).sqrt();
                (held, share, begin(&message.look) as f64 / 1000.0, f64::from(u8::from(message.health)))
            })
            .collect();
        let (mut weights, mut always) = (vec![0.0_f64; names.len()], 0.0_f64);
        let all = rows.len().max(1) as f64;
        for _ in 0..ROUNDS {
            let (mut slope, mut slope_always) = (vec![0.0_f64; names.len()], 0.0_f64);
            for (held, share, begin, truth) in &rows {
                let odds = begin + always + share * held.iter().map(|at| weights[*at]).sum::<f64>();
                let wrong = (1.0 / (1.0 + (-odds).exp()) - truth) / all;
                slope_always += wrong;
                for at in held {
                    slope[*at] += wrong * share;
                }
            }
            always -= RATE * (slope_always + SHRINK * always);
            for (weight, slope) in weights.iter_mut().zip(slope) {
                *weight -= RATE * (slope + SHRINK * *weight);
            }
        }
        let whole = |weight: f64| (weight * 1000.0).round() as i64;
        let mut kept: Vec<(i64, &str)> =
            weights.into_iter().map(whole).zip(names).filter(|(weight, _)| *weight != 0).collect();
        kept.sort_by_key(|(weight, name)| (std::cmp::Reverse(weight.abs()), *name));
        kept.truncate(MOST);
        let pairs = kept.into_iter().map(|(weight, name)| (name.to_owned(), weight)).collect();
        Self { always: whole(always), pairs }
    }

    /// Thousandths of log odds that a message concerns health; above zero it is taken to.
    pub fn odds(&self, title: &str, text: &str, look: &Look) -> i64 {
        let held: Vec<i64> = pairs(title, text).iter().filter_map(|pair| self.pairs.get(pair).copied()).collect();
        let root = i64::try_from((held.len() as u64).isqrt().max(1)).unwrap_or(1);
        begin(look) + self.always + held.iter().sum::<i64>() / root
    }

    /// The pairs of a message that weigh most, with their weights.
    pub fn reasons(&self, title: &str, text: &str, most: usize) -> Vec<(String, i64)> {
        let mut found: Vec<(String, i64)> = pairs(title, text)
            .into_iter()
            .filter_map(|pair| self.pairs.get(&pair).map(|w| (pair.clone(), *w)))
            .collect();
        found.sort_by_key(|(pair, weight)| (std::cmp::Reverse(weight.abs()), pair.clone()));
        found.truncate(most);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(health: i32) -> Look {
        Look { health, ..Look::default() }
    }

    #[test]
    fn without_training_the_words_decide_alone() {
        let model = Model::default();
        for score in -3..=10 {
            assert_eq!(model.odds("", "", &look(score)) > 0, look(score).is_health(), "{score}");
        }
    }

    #[test]
    fn what_was_decided_is_learned_and_always_the_same() {
        let texts: Vec<String> =
            (0..40).map(|n| if n % 2 == 0 { format!("中药铺{n}") } else { format!("路灯坏了{n}") }).collect();
        let decided = |(n, text): (usize, _)| Decided { title: "", text, look: look(4), health: n % 2 == 0 };
        let train = || Model::train(&texts.iter().map(String::as_str).enumerate().map(decided).collect::<Vec<_>>());
        let model = train();
        assert!(model.odds("", "中药铺", &look(4)) > 0 && model.odds("", "路灯坏了", &look(4)) < 0);
        assert_eq!(model, train());
        assert!(model.reasons("", "中药铺", 1)[0].1 > 0);
        assert_eq!(Model::train(&[]), Model::default());
    }
}
