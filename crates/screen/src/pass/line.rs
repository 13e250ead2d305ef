//! One look at each line: the rules of its item, and what its groups need to remember.

use super::outcome::{BucketHits, Found, LineRef};
use super::patient::{Patient, Touch};
use super::visit;
use crate::claims::NONE;
use crate::claims::read::Lines;
use crate::plan::{Check, Op, Plan, wants};
use arrow_array::Array;
use std::ops::Range;

/// The lines of one patient in one file.
pub(super) struct Slice {
    pub file: u16,
    /// Row of the patient's first visit in the file, and how many there are.
    pub first_visit: u32,
    pub visits: u32,
    pub last_day: i32,
}

/// What the checks of an item need of a line.
struct Row<'a> {
    table: &'a Lines,
    at: usize,
    line: LineRef,
    /// Place of its visit among those of the patient, and among those of the month.
    visit: usize,
    within: usize,
    day: i32,
    amount: i64,
    /// Covered by the fund, where that is known and asked for.
    covered: Option<i64>,
}

impl Slice {
    /// Reads a piece of a batch; the error is the row that does not fit.
    pub(super) fn read(
        &mut self,
        table: &Lines,
        piece: Range<usize>,
        first_row: u32,
        patient: &mut Patient,
        plan: &Plan,
        hits: &mut BucketHits,
    ) -> Result<(), u32> {
        let first = patient.visits.len() - self.visits as usize;
        let (days, items) = (&table.day.values()[..piece.end], &table.item.values()[..piece.end]);
        let (states, visits) = (&table.state.values()[..piece.end], &table.visit.values()[..piece.end]);
        let mut chosen = std::mem::take(&mut patient.chosen);
        chosen.resize(piece.len(), 0);
        let mut count = 0;
        for (row, at) in (first_row..).zip(piece.clone()) {
            let day = days[at];
            let within = u32::try_from(visits[at]).unwrap_or(u32::MAX).wrapping_sub(self.first_visit);
            if within >= self.visits || day < self.last_day {
                return Err(row);
            }
            self.last_day = day;
            let traits = &patient.traits[within as usize];
            let wanted = plan.wants[usize::try_from(items[at]).unwrap_or(usize::MAX)] & traits.wants != 0;
            let loud = day < traits.quiet_from || day > traits.quiet_until || plan.reads_doctors;
            // Half of the lines are of items that no rule knows. Which half nobody can guess, so there is no branch here.
            chosen[count] = u32::try_from(at).expect("a batch is short");
            count += usize::from(wanted | loud) & usize::from(states[at] == 0);
        }
        for at in chosen[..count].iter().map(|at| *at as usize) {
            let (day, item) = (days[at], usize::try_from(items[at]).expect("codes count from 0"));
            let within = (visits[at].cast_unsigned() - self.first_visit) as usize;
            let visit = first + within;
            let traits = &patient.traits[within];
            let loud = day < traits.quiet_from || day > traits.quiet_until || plan.reads_doctors;
            let wanted = plan.wants[item] & traits.wants;
            if wanted & (wants::BED | wants::DRUG) != 0 {
                visit::remember(plan, patient, visit, item, day);
            }
            if loud || wanted & wants::LOOK != 0 {
                let covered =
                    table.covered.as_ref().filter(|column| column.is_valid(at)).map(|column| column.value(at));
                let line = LineRef { file: self.file, row: first_row + u32::try_from(at - piece.start).expect("fits") };
                let row = Row { table, at, line, visit, within, day, amount: table.amount.value(at), covered };
                row.look(item, loud, patient, plan, hits);
            }
        }
        patient.chosen = chosen;
        Ok(())
    }
}

impl Row<'_> {
    fn look(&self, item: usize, loud: bool, patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) {
        if loud {
            let place = (self.visit, self.within);
            visit::every_line(plan, patient, place, item, self.day, self.doctor(), |rule, values, patient| {
                self.hit(patient, hits, rule, values);
            });
        }
        let known = &plan.items[item];
        for check in plan.checks_of(known) {
            self.check(check, patient, plan, hits);
        }
        if known.brief.0 < known.brief.1 {
            patient.parts.last().brief.push(self.touch(item));
        }
        if known.lasting.0 < known.lasting.1 {
            patient.lasting.push(self.touch(item));
        }
    }

    fn doctor(&self) -> i32 {
        self.table
            .doctor
            .as_ref()
            .map_or(NONE, |column| if column.is_null(self.at) { NONE } else { column.value(self.at) })
    }

    fn check(&self, check: &Check, patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) {
        if self.day < check.from || self.day > check.until {
            return;
        }
        // A limit of what the fund pays is kept where it pays nothing.
        if check.op.is_about_payment() && self.covered == Some(0) {
            return;
        }
        match check.op {
            Op::Mask(allowed) => {
                let traits = &patient.traits[self.within];
                if traits.mask & allowed == 0 {
                    let value = visit::masked_value(plan.test(check.rule), &patient.visits[self.visit], traits);
                    self.paid(patient, hits, check.rule, [value, 0, 0]);
                } else if traits.unknown & allowed != 0 {
                    hits.add_unjudged(&[(check.rule, 1)]);
                }
            }
            Op::Age(bound) => {
                let birth = patient.traits[self.within].birth;
                if birth == NONE {
                    hits.add_unjudged(&[(check.rule, 1)]);
                    return;
                }
                let (from, before) = patient.age_days(plan, bound, birth);
                if self.day < from || self.day >= before {
                    self.paid(patient, hits, check.rule, [i64::from(birth), i64::from(self.day), 0]);
                }
            }
            Op::Diagnosis(set) => {
                let diagnoses = patient.diagnoses_of(&patient.traits[self.within]);
                if diagnoses.is_empty() {
                    hits.add_unjudged(&[(check.rule, 1)]);
                } else if !diagnoses.iter().any(|code| has(&plan.diagnoses[usize::from(set)], *code)) {
                    let main = i64::from(patient.visits[self.visit].diagnosis);
                    self.paid(patient, hits, check.rule, [main, 0, 0]);
                }
            }
            Op::Price(caps) => self.price(check.rule, &plan.caps[usize::from(caps)], patient, hits),
            Op::Covered => match self.covered {
                Some(covered) if covered > 0 => {
                    self.hit_amount(patient, hits, check.rule, [covered, 0, 0], covered);
                }
                Some(_) => {}
                None => hits.not_judged[check.rule as usize] += 1,
            },
        }
    }

    /// The cap of the institution's rank, else the one for all; what lies above it is in question.
    fn price(&self, rule: u32, caps: &[(u64, i64)], patient: &mut Patient, hits: &mut BucketHits) {
        let rank = patient.traits[self.within].rank_bit;
        let own = caps.iter().find(|(bit, _)| *bit != 0 && *bit == rank);
        let Some((_, cap)) = own.or_else(|| caps.iter().find(|(bit, _)| *bit == 0)) else {
            hits.add_unjudged(&[(rule, u64::from(rank == 0))]);
            return;
        };
        let price = self.table.price.as_ref().map_or(0, |column| column.value(self.at));
        if price > *cap {
            let quantity = self.table.quantity.value(self.at);
            self.hit_amount(patient, hits, rule, [price, *cap, 0], money(price - cap, quantity).max(0));
        }
    }

    fn touch(&self, item: usize) -> Touch {
        let (table, at) = (self.table, self.at);
        let optional = |column: &Option<arrow_array::Decimal64Array>| {
            column.as_ref().map_or(0, |column| if column.is_null(at) { 0 } else { column.value(at) })
        };
        Touch {
            item: i32::try_from(item).unwrap_or(i32::MAX),
            day: self.day,
            time: table.time.as_ref().map_or(NONE, |column| if column.is_null(at) { NONE } else { column.value(at) }),
            visit: u32::try_from(self.visit).expect("a patient has fewer visits"),
            line: self.line,
            quantity: table.quantity.value(at),
            amount: self.amount,
            covered: self.covered,
            price: optional(&table.price),
            price_limit: optional(&table.price_limit),
            supply_days: table
                .supply_days
                .as_ref()
                .map_or(0, |column| if column.is_null(at) { 0 } else { column.value(at) }),
        }
    }

    fn hit(&self, patient: &mut Patient, hits: &mut BucketHits, rule: u32, values: [i64; 3]) {
        self.hit_amount(patient, hits, rule, values, self.amount);
    }

    /// Of what the fund may not pay the covered part is in question.
    fn paid(&self, patient: &mut Patient, hits: &mut BucketHits, rule: u32, values: [i64; 3]) {
        self.hit_amount(patient, hits, rule, values, self.covered.unwrap_or(self.amount));
    }

    /// A line of nothing, or a refund that found nothing to refund, breaks no rule by itself.
    fn hit_amount(&self, patient: &mut Patient, hits: &mut BucketHits, rule: u32, values: [i64; 3], amount: i64) {
        if self.table.quantity.value(self.at) <= 0 {
            return;
        }
        let visit = [patient.visits[self.visit].at];
        let found = Found { rule, day: self.day, values, amount, lines: &[self.line], visits: &visit };
        patient.hit(hits, &found);
    }
}

/// Whether a code is in a set.
pub(super) fn has(set: &[bool], code: i32) -> bool {
    usize::try_from(code).ok().and_then(|at| set.get(at)).copied().unwrap_or(false)
}

/// Price in millionths of a yuan times quantity in ten-thousandths, in fen, half a fen rounded up.
pub(crate) fn money(price_e6: i64, quantity_e4: i64) -> i64 {
    let fen_e8 = i128::from(price_e6) * i128::from(quantity_e4);
    i64::try_from((fen_e8 + 50_000_000).div_euclid(100_000_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_rounds_half_a_fen_up() {
        assert_eq!(money(1_234_567, 10_000), 123);
        assert_eq!(money(1_235_000, 10_000), 124);
        assert_eq!(money(10_000_000, 25_000), 2500);
        assert_eq!(money(0, 10_000), 0);
    }
}
