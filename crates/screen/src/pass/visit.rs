//! Rules about visits: what one visit shows by itself, and what the visits of a patient show together.

use super::line::has;
use super::outcome::{BucketHits, Found, LineRef};
use super::patient::{NEVER, Patient, Traits, VisitFacts, day_of};
use crate::claims::NONE;
use crate::plan::compile::day_number;
use crate::plan::{Plan, VisitRule};
use crate::rule::{Age, Test};
use jiff::civil::Date;

mod outpatient;
mod stay;

/// Days since the epoch on which somebody born on such a day reaches an age.
pub(crate) fn reached_on(age: Age, birth: i32) -> i32 {
    day_number(age.reached_on(date_of(birth)))
}

/// The date of a day number.
pub(crate) fn date_of(day: i32) -> Date {
    jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(day))
}

/// Between which days no rule for every line has anything to say about this visit.
pub(super) fn quiet_days(plan: &Plan, facts: &VisitFacts, traits: &mut Traits) {
    for rule in &plan.every_line {
        match &rule.test {
            Test::AfterDeath if traits.death != NONE => traits.quiet_until = traits.quiet_until.min(traits.death),
            Test::OutsideStay if facts.is_stay() => {
                if facts.begin != NEVER {
                    traits.quiet_from = traits.quiet_from.max(facts.begin_day());
                }
                if facts.end != NEVER {
                    traits.quiet_until = traits.quiet_until.min(facts.end_day());
                }
            }
            _ => {}
        }
    }
}

/// The rules that look at every line.
pub(super) fn every_line(
    plan: &Plan,
    patient: &mut Patient,
    (visit, within): (usize, usize),
    item: usize,
    day: i32,
    doctor: i32,
    mut hit: impl FnMut(u32, [i64; 3], &mut Patient),
) {
    for rule in plan.every_line.iter().filter(|rule| applies(rule, day)) {
        let (facts, death) = (&patient.visits[visit], patient.traits[within].death);
        let values = match &rule.test {
            Test::AfterDeath if death != NONE && day > death => [death, day, 0],
            Test::OutsideStay if facts.is_stay() => {
                let early = facts.begin != NEVER && day < facts.begin_day();
                let late = facts.end != NEVER && day > facts.end_day();
                if !(early || late) {
                    continue;
                }
                [facts.begin_day(), facts.end_day(), day]
            }
            Test::Unlicensed if doctor != NONE && registered(plan, doctor, day, None) == Some(false) => {
                [doctor, day, 0]
            }
            Test::BeyondScope { scopes }
                if doctor != NONE
                    && rule.items[item]
                    && registered(plan, doctor, day, None) == Some(true)
                    && registered(plan, doctor, day, Some(scopes)) == Some(false) =>
            {
                [doctor, day, 0]
            }
            _ => continue,
        };
        hit(rule.rule, values.map(i64::from), patient);
    }
}

/// Whether a doctor is registered on a day, for one of some scopes where they are given; none where nothing is known of doctors.
fn registered(plan: &Plan, doctor: i32, day: i32, scopes: Option<&[String]>) -> Option<bool> {
    let all = plan.registrations.as_ref()?;
    let own = usize::try_from(doctor).ok().and_then(|at| all.get(at))?;
    let fits = |known: &[String]| scopes.is_none_or(|scopes| scopes.iter().any(|scope| known.contains(scope)));
    Some(own.iter().any(|(from, until, known)| *from <= day && day <= *until && fits(known)))
}

/// What a row rule with a mask read.
pub(super) fn masked_value(test: &Test, facts: &VisitFacts, traits: &Traits) -> i64 {
    match test {
        Test::Sex { .. } => i64::from(traits.sex),
        Test::Care { .. } => facts.care.map_or(-1, |care| care as i64),
        Test::Level { .. } => i64::from(traits.rank_bit.trailing_zeros()) - i64::from(crate::plan::bits::RANK_SHIFT),
        _ => i64::from(traits.insurance),
    }
}

/// What rules about visits need to remember of a line: of stays the days on which the bed was needed, of outpatient visits the drugs.
pub(super) fn remember(plan: &Plan, patient: &mut Patient, visit: usize, item: usize, day: i32) {
    let facts = &patient.visits[visit];
    let first = facts.memory as usize;
    if facts.is_stay() {
        for (memory, items) in patient.memories[first..].iter_mut().zip(&plan.beds) {
            if items[item] && memory.last != i64::from(day) {
                memory.last = i64::from(day);
                memory.count += 1;
            }
        }
    } else {
        for (memory, items) in patient.memories[first..].iter_mut().zip(&plan.drugs) {
            if items[item] {
                memory.last = memory.last.wrapping_add(mixed(item as u64).cast_signed());
                memory.count += 1;
            }
        }
    }
}

/// Spreads a number over 64 bits, so that sums of different sets differ (the finaliser of SplitMix64).
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(super) fn applies(rule: &VisitRule, day: i32) -> bool {
    rule.from <= day && day <= rule.until
}

/// A hit before it is recorded.
struct Draft {
    day: i32,
    values: [i64; 3],
    amount: i64,
    visits: Vec<LineRef>,
}

pub(super) fn close(patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) {
    // Lines refer to visits by place, but they have been looked at by now.
    if !patient.visits.is_sorted_by_key(VisitFacts::order) {
        patient.visits.sort_unstable_by_key(VisitFacts::order);
    }
    let (visits, memories) = (&patient.visits, &patient.memories);
    let stays: Vec<&VisitFacts> = visits.iter().filter(|visit| visit.is_stay()).collect();
    let mut drafts: Vec<(u32, Draft)> = Vec::new();
    for rule in &plan.visit_rules {
        let mut add = |draft: Draft| {
            if applies(rule, draft.day) {
                drafts.push((rule.rule, draft));
            }
        };
        let not_judged = match &rule.test {
            Test::MissingPhysician => stay::missing_physician(&stays, &mut add),
            Test::OverlappingStays => stay::overlapping(&stays, &mut add),
            Test::SplitStay { within_days, .. } => stay::again(&stays, *within_days, true, &rule.except, &mut add),
            Test::Readmission { within_days, .. } => stay::again(&stays, *within_days, false, &rule.except, &mut add),
            Test::PingPong { within_days } => stay::ping_pong(&stays, *within_days, &mut add),
            Test::EmptyBed { min_days, idle_percent, .. } => {
                let active = |stay: &VisitFacts| memories[stay.memory as usize + rule.slot].count;
                stay::empty_bed(&stays, active, *min_days, *idle_percent, &mut add)
            }
            Test::OutpatientDuringStay => outpatient::during_stay(visits, &stays, &mut add),
            Test::SamePrescription { at_least_items } => {
                let drugs = |visit: &VisitFacts| memories[visit.memory as usize + rule.slot];
                outpatient::same_prescription(visits, drugs, *at_least_items, &mut add)
            }
            Test::TwoCities => outpatient::two_cities(visits, &mut add),
            Test::Borrowed { within_minutes } => outpatient::borrowed(visits, *within_minutes, &mut add),
            Test::ManyInstitutions { at_least } => outpatient::many_institutions(visits, *at_least, &mut add),
            Test::MonthlyTotal { at_most_fen } => outpatient::monthly_total(visits, *at_most_fen, &mut add),
            _ => 0,
        };
        hits.add_unjudged(&[(rule.rule, not_judged)]);
    }
    for (rule, draft) in drafts {
        let Draft { day, values, amount, visits } = draft;
        patient.hit(hits, &Found { rule, day, values, amount, lines: &[], visits: &visits });
    }
}

/// Whether two visits are at moments that are known and in order.
fn has_both_ends(visit: &VisitFacts) -> bool {
    visit.begin != NEVER && visit.end != NEVER
}

/// Whether a main diagnosis is one of the excepted.
fn is_excepted(except: &[bool], visit: &VisitFacts) -> bool {
    has(except, visit.diagnosis)
}

/// Month of a moment, counted from year 0 (the arithmetic of the proleptic Gregorian calendar in years that begin in March).
pub(super) fn month_of(moment: i64) -> i64 {
    let days = i64::from(day_of(moment)) + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    // March is 0 here, so January and February belong to the next year.
    (era * 400 + year) * 12 + month + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_from_year_nought() {
        for day in (-40_000..60_000).step_by(13) {
            let date = date_of(day);
            let expected = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
            assert_eq!(month_of(i64::from(day) * 86_400_000), expected, "{date}");
        }
    }
}
