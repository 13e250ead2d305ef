//! 100 000 draws with committed seeds against the published probabilities: each object, each pair, each possible
//! outcome. Samplers that are unfair in three ways must not get through.

use crate::bases::{draw_id, objects, rules, tally};
use std::collections::BTreeMap;
use xingjian_draw::base::Object;
use xingjian_draw::stratum::select;
use xingjian_draw::ticket::{Sampler, Tag};

const DRAWS: u32 = 100_000;
/// Seven objects at 25 % (one or two of them) and five at 40 % (always two).
const GRADES: [(&str, usize); 2] = [("A", 7), ("B", 5)];
const RATES: [(&str, u32); 2] = [("A", 250_000), ("B", 400_000)];
/// The seeds are committed, so these are not chances of failing but how well the figures fit.
const FAIR: f64 = 1e-4;
const UNFAIR: f64 = 1e-12;

/// The worst p-value of objects, of pairs, and that of all outcomes of the first stratum.
#[derive(Debug)]
struct Fit {
    objects: f64,
    pairs: f64,
    outcomes: f64,
}

fn seed(at: u32) -> String {
    format!("chance/{at}")
}

fn honest(at: u32, objects: &[Object]) -> Vec<usize> {
    select(&draw_id(), &seed(at), &rules(&RATES), objects).1
}

/// Sizes as the honest draw has them, winners by a ticket of one's own choice.
fn by(at: u32, objects: &[Object], ticket: impl Fn(usize) -> u64) -> Vec<usize> {
    let (sizes, _) = select(&draw_id(), &seed(at), &rules(&RATES), objects);
    let mut drawn = vec![];
    let mut first = 0;
    for (size, (_, count)) in sizes.iter().zip(GRADES) {
        let mut order: Vec<usize> = (first..first + count).collect();
        order.sort_by_key(|object| ticket(*object));
        drawn.extend(order.into_iter().take(usize::try_from(size.drawn).unwrap()));
        first += count;
    }
    drawn
}

/// Tickets with one digit only: the earlier row wins a tie.
fn coarse(at: u32, objects: &[Object]) -> Vec<usize> {
    let sampler = Sampler::of(Tag::Object, &draw_id(), &seed(at));
    let ticket = |object: usize| u64::try_from(sampler.number(&objects[object].id).place_among(10)).unwrap();
    by(at, objects, ticket)
}

/// One random place in the list and its neighbours: every object has its rate, but neighbours go together.
fn neighbours(at: u32, objects: &[Object]) -> Vec<usize> {
    let sampler = Sampler::of(Tag::Object, &draw_id(), &seed(at));
    let start = |count: usize| sampler.number("start").place_among(count);
    let ticket = |object: usize| {
        let (first, count) = if object < 7 { (0, 7) } else { (7, 5) };
        u64::try_from((object - first + count - start(count)) % count).unwrap()
    };
    by(at, objects, ticket)
}

/// The size is always rounded up, as if the head count were fixed.
fn generous(at: u32, objects: &[Object]) -> Vec<usize> {
    select(&draw_id(), &seed(at), &rules(&[("A", 285_715), ("B", 400_000)]), objects).1
}

fn fit(draw: impl Fn(u32, &[Object]) -> Vec<usize>) -> Fit {
    let objects = objects(&GRADES);
    let outcomes: Vec<Vec<usize>> = (0..DRAWS)
        .map(|at| {
            let mut drawn = draw(at, &objects);
            drawn.sort_unstable();
            drawn
        })
        .collect();
    let single = tally(outcomes.iter().flatten().copied());
    let pairs = tally(outcomes.iter().flat_map(|drawn| {
        let first = move |i: usize| drawn[i + 1..].iter().map(move |other| (drawn[i], *other));
        (0..drawn.len()).flat_map(first)
    }));
    let first = tally(outcomes.iter().map(|drawn| drawn.iter().copied().filter(|at| *at < 7).collect::<Vec<_>>()));
    Fit { objects: singles_fit(&single), pairs: pairs_fit(&pairs), outcomes: outcomes_fit(&first) }
}

fn singles_fit(counts: &BTreeMap<usize, usize>) -> f64 {
    let rate = |at: usize| if at < 7 { 0.25 } else { 0.4 };
    (0..12).map(|at| binomial(counts.get(&at).copied().unwrap_or(0), rate(at))).fold(1.0, f64::min)
}

/// Within a stratum by the expected number of pairs among all pairs, across strata by the product of the rates.
fn pairs_fit(counts: &BTreeMap<(usize, usize), usize>) -> f64 {
    let of = |a: usize, b: usize| match (a < 7, b < 7) {
        (true, true) => 0.75 * 1.0 / 21.0, // two of seven with probability 3/4, one otherwise: 1.75 on average
        _ => 0.1,                          // one pair of ten, and 0.25 × 0.4 across the strata
    };
    let pairs = (0..12).flat_map(|a| (a + 1..12).map(move |b| (a, b)));
    pairs.map(|(a, b)| binomial(counts.get(&(a, b)).copied().unwrap_or(0), of(a, b))).fold(1.0, f64::min)
}

/// Chi-square over the 7 single objects (together 1/4) and the 21 pairs (together 3/4) of the first stratum.
fn outcomes_fit(counts: &BTreeMap<Vec<usize>, usize>) -> f64 {
    let mut statistic = 0.0;
    let mut seen = 0;
    for a in 0..7 {
        for b in a..7 {
            let (outcome, chance) = if a == b { (vec![a], 0.25 / 7.0) } else { (vec![a, b], 0.75 / 21.0) };
            let count = counts.get(&outcome).copied().unwrap_or(0);
            seen += count;
            let expected = f64::from(DRAWS) * chance;
            statistic += (f(count) - expected).powi(2) / expected;
        }
    }
    if seen == usize::try_from(DRAWS).unwrap() { chi_square(27.0, statistic) } else { 0.0 }
}

fn f(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Exact two-sided test: twice the smaller tail of the binomial distribution over all draws.
fn binomial(count: usize, chance: f64) -> f64 {
    let n = f64::from(DRAWS);
    let log_mass = |k: f64| {
        ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + k * chance.ln() + (n - k) * (1.0 - chance).ln()
    };
    let odds = chance / (1.0 - chance);
    let mut tails = [0.0; 2];
    for (tail, up) in tails.iter_mut().zip([true, false]) {
        let (mut k, mut mass) = (f(count), log_mass(f(count)).exp());
        while mass > 1e-18 && (0.0..=n).contains(&k) {
            *tail += mass;
            (k, mass) = if up {
                (k + 1.0, mass * odds * (n - k) / (k + 1.0))
            } else {
                (k - 1.0, mass / odds * k / (n - k + 1.0))
            };
        }
    }
    (2.0 * tails[0].min(tails[1])).min(1.0)
}

/// Probability of a statistic at least as large, from the regularised incomplete gamma function.
fn chi_square(freedom: f64, statistic: f64) -> f64 {
    let (a, x) = (freedom / 2.0, statistic / 2.0);
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-15 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - sum * scale;
    }
    // Continued fraction, from the inside out.
    let fraction = (1..400).rev().map(f64::from).fold(0.0, |inner, n| n * (a - n) / (x + 2.0 * n + 1.0 - a + inner));
    scale / (x + 1.0 - a + fraction)
}

/// Stirling's series, after moving the argument up.
fn ln_gamma(x: f64) -> f64 {
    if x < 10.0 {
        return ln_gamma(x + 1.0) - x.ln();
    }
    let y = 1.0 / (x * x);
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + (1.0 / 12.0 - y * (1.0 / 360.0 - y / 1260.0)) / x
}

#[test]
fn the_yardsticks_are_right() {
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
    near(ln_gamma(0.5).exp(), std::f64::consts::PI.sqrt());
    near(chi_square(2.0, 3.0), (-1.5f64).exp());
    near(chi_square(2.0, 30.0), (-15.0f64).exp());
    near(chi_square(27.0, 40.113_272_07), 0.05);
    // Against the normal approximation at one standard deviation above the mean.
    let deviation = (f64::from(DRAWS) * 0.25 * 0.75).sqrt();
    let p = binomial(25_000 + usize::try_from(137u32).unwrap(), 0.25);
    assert!((p - 0.317).abs() < 0.01 && (deviation - 137.0).abs() < 0.1, "{p} {deviation}");
}

#[test]
fn the_draw_fits_the_published_probabilities() {
    let fit = fit(honest);
    assert!(fit.objects > FAIR && fit.pairs > FAIR && fit.outcomes > FAIR, "{fit:?}");
}

#[test]
fn ties_that_go_to_the_earlier_row_are_caught() {
    let fit = fit(coarse);
    assert!(fit.objects < UNFAIR && fit.outcomes < UNFAIR, "{fit:?}");
}

#[test]
fn neighbours_that_go_together_are_caught_by_the_pairs_alone() {
    let fit = fit(neighbours);
    assert!(fit.objects > FAIR && fit.pairs < UNFAIR && fit.outcomes < UNFAIR, "{fit:?}");
}

#[test]
fn a_size_that_is_always_rounded_up_is_caught() {
    let fit = fit(generous);
    assert!(fit.objects < UNFAIR && fit.outcomes < UNFAIR, "{fit:?}");
}
