//! The patient at hand: visits as the rules see them, and the lines that groups will look at together.

use super::doctor::Event;
use super::outcome::{BucketHits, Found, LineRef, Mark};
use super::part::Part;
use super::{group, part, visit};
use crate::claims::NONE;
use crate::claims::read::Visits;
use crate::national::Care;
use crate::plan::{Plan, Reach, bits, wants};
use arrow_array::Array;
use serde::{Deserialize, Serialize};

/// No moment.
pub(super) const NEVER: i64 = i64::MIN;
const DAY_MS: i64 = 86_400_000;

/// A visit as rules about visits see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VisitFacts {
    pub at: LineRef,
    pub institution: i32,
    pub doctor: i32,
    pub city: i32,
    pub care: Option<Care>,
    pub begin: i64,
    pub end: i64,
    pub diagnosis: i32,
    /// Number of the three-character category of the main diagnosis of a stay.
    pub category: i32,
    /// None where no settlement of it is known.
    pub total: Option<i64>,
    /// First of its memories.
    pub memory: u32,
}

/// What the rules about single lines ask of the visit of a line.
#[derive(Clone, Debug)]
pub(super) struct Traits {
    /// Lines of other days than these are looked at by the rules for every line.
    pub quiet_from: i32,
    pub quiet_until: i32,
    /// What is done with its lines, one bit each.
    pub wants: u8,
    pub sex: i8,
    /// One bit for each value, all bits of an attribute that is not known.
    pub mask: u64,
    /// The bits of attributes that are not known.
    pub unknown: u64,
    /// 0 to 3, or -1.
    pub rank_bit: u64,
    pub insurance: i32,
    pub birth: i32,
    pub death: i32,
    /// Where its diagnoses stand.
    pub diagnoses: (u32, u32),
}

/// What one rule remembers of the lines of a visit: of a stay the different days with a line that keeps the bed warm, and the last of them;
/// of an outpatient visit how many drugs, and the sum of their mixed codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub count: u32,
    pub last: i64,
}

impl VisitFacts {
    /// By time, and by place where two are at the same time: whatever months they were delivered with.
    pub(super) const fn order(&self) -> (i64, i64, i32, i32, LineRef) {
        (self.begin, self.end, self.institution, self.doctor, self.at)
    }

    pub(super) fn begin_day(&self) -> i32 {
        day_of(self.begin)
    }

    pub(super) fn end_day(&self) -> i32 {
        day_of(self.end)
    }

    /// What of its total is in question; nothing is known to be where there is no settlement.
    pub(super) fn amount(&self) -> i64 {
        self.total.unwrap_or(0)
    }

    pub(super) fn is_stay(&self) -> bool {
        self.care == Some(Care::Inpatient)
    }

    pub(super) fn is_outpatient(&self) -> bool {
        matches!(self.care, Some(Care::Outpatient | Care::Emergency | Care::Chronic | Care::Pharmacy))
    }
}

/// The day of a moment, or none.
pub(super) fn day_of(moment: i64) -> i32 {
    if moment == NEVER { NONE } else { i32::try_from(moment.div_euclid(DAY_MS)).unwrap_or(NONE) }
}

/// A line that groups look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Touch {
    pub item: i32,
    pub day: i32,
    /// Milliseconds of the day, or none.
    pub time: i32,
    /// Place in the patient's list of visits.
    pub visit: u32,
    pub line: LineRef,
    pub quantity: i64,
    pub amount: i64,
    /// Covered by the fund.
    pub covered: Option<i64>,
    pub price: i64,
    /// 0 where there is none.
    pub price_limit: i64,
    pub supply_days: i32,
}

/// The patient at hand.
pub(super) struct Patient {
    key: String,
    /// Number within the hits, once there is one.
    number: Option<u32>,
    pub visits: Vec<VisitFacts>,
    pub memories: Vec<Memory>,
    /// Of the visits of the month being read.
    pub traits: Vec<Traits>,
    diagnoses: Vec<i32>,
    /// What the months show, one after the other.
    pub parts: part::Parts,
    /// Lines that weigh together however far apart they are.
    pub lasting: Vec<Touch>,
    /// Rows of a batch that are looked at.
    pub chosen: Vec<u32>,
    /// For each bound on ages: the birth it was worked out for, first day allowed, first day no longer allowed.
    ages: Vec<(i32, i32, i32)>,
    /// Number of the patient, different for each patient of a run: the bucket, plus the number of buckets each time.
    people: u32,
    step: u32,
    pub scratch: group::Scratch,
}

impl Patient {
    pub(super) fn new(plan: &Plan, (bucket, buckets): (u32, u32)) -> Self {
        Self {
            key: String::new(),
            number: None,
            visits: Vec::new(),
            memories: Vec::new(),
            traits: Vec::new(),
            diagnoses: Vec::new(),
            parts: part::Parts::default(),
            lasting: Vec::new(),
            chosen: Vec::new(),
            ages: vec![(NONE, NONE, NONE); plan.ages.len()],
            people: bucket,
            step: buckets,
            scratch: group::Scratch::new(plan),
        }
    }

    pub(super) fn begin(&mut self, key: &str) {
        self.key.clear();
        self.key.push_str(key);
        self.number = None;
        self.visits.clear();
        self.memories.clear();
        self.parts.clear();
        self.lasting.clear();
        self.people = self.people.wrapping_add(self.step);
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Begins a month of the patient; what follows is of this month.
    pub(super) fn begin_part(&mut self, file: u16, hits: &BucketHits) -> &mut Part {
        self.traits.clear();
        self.diagnoses.clear();
        self.parts.begin(Part {
            file,
            visits: self.visits.len()..0,
            memories: self.memories.len()..0,
            lasting: self.lasting.len()..0,
            found: hits.mark(),
            ..Part::default()
        })
    }

    /// Says that all of the month has been read.
    pub(super) fn end_part(&mut self, hits: &BucketHits) {
        let part = self.parts.last();
        part.visits.end = self.visits.len();
        part.memories.end = self.memories.len();
        part.lasting.end = self.lasting.len();
        part.read = hits.mark().hits;
        let days = part.brief.iter().map(|touch| touch.day);
        part.days = days.fold((i32::MAX, i32::MIN), |(first, last), day| (first.min(day), last.max(day)));
    }

    /// Records a hit of this patient.
    pub(super) fn hit(&mut self, hits: &mut BucketHits, found: &Found<'_>) {
        let number = *self.number.get_or_insert_with(|| hits.person(&self.key));
        let visit = found.visits.last().and_then(|at| self.visits.iter().find(|visit| visit.at == *at));
        let place = visit.map_or((NONE, NONE), |visit| (visit.institution, visit.doctor));
        hits.push(number, place, found);
    }

    /// Takes back what was found of this patient since then.
    pub(super) fn take_back(&mut self, hits: &mut BucketHits, before: &Mark) {
        hits.back_to(before);
        self.number = self.number.filter(|number| (*number as usize) < hits.patients.len());
    }

    pub(super) fn add_visit(&mut self, table: &Visits, row: usize, at: LineRef, plan: &Plan) {
        let code = |column: &arrow_array::Int32Array| if column.is_null(row) { NONE } else { column.value(row) };
        let date = |column: &arrow_array::Date32Array| if column.is_null(row) { NONE } else { column.value(row) };
        let moment = |column: &arrow_array::TimestampMillisecondArray| {
            if column.is_null(row) { NEVER } else { column.value(row) }
        };
        let value = |code: i32| usize::try_from(code).ok().and_then(|at| plan.values.get(at)).copied();
        let (care, insurance, level) = (code(&table.medical_type), code(&table.insurance), code(&table.level));
        let sex = if table.sex.is_null(row) { 0 } else { table.sex.value(row) };
        let sex_bits = if sex == 1 || sex == 2 { 1 << (sex - 1) } else { bits::SEX };
        let care_bits = value(care).map_or(bits::CARE, |value| value.care);
        let insurance_bits = value(insurance).map_or(bits::INSURANCE, |value| value.insurance);
        let rank_bits = value(level).map_or(bits::RANK, |value| value.rank);
        let mask = sex_bits | care_bits | insurance_bits | rank_bits;
        let unknown = [bits::SEX, bits::CARE, bits::INSURANCE, bits::RANK]
            .into_iter()
            .filter(|attribute| mask & attribute == *attribute)
            .fold(0, |all, attribute| all | attribute);
        let first = length(self.diagnoses.len());
        self.diagnoses.extend_from_slice(table.diagnoses_of(row));
        let mut facts = VisitFacts {
            at,
            institution: table.institution.value(row),
            doctor: code(&table.doctor),
            city: code(&table.city),
            care: value(care).and_then(|value| value.is),
            begin: moment(&table.begin),
            end: moment(&table.end),
            diagnosis: code(&table.diagnosis),
            category: NONE,
            total: (!table.total.is_null(row)).then(|| table.total.value(row)),
            memory: length(self.memories.len()),
        };
        let mut traits = Traits {
            quiet_from: i32::MIN,
            quiet_until: i32::MAX,
            wants: wants::LOOK,
            sex,
            mask,
            unknown,
            rank_bit: if rank_bits == bits::RANK { 0 } else { rank_bits },
            insurance,
            birth: date(&table.birth),
            death: date(&table.death),
            diagnoses: (first, length(self.diagnoses.len())),
        };
        traits.wants |= self.make_memories(&facts, plan);
        if facts.is_stay() {
            facts.category = plan.category_of(facts.diagnosis);
        }
        visit::quiet_days(plan, &facts, &mut traits);
        self.visits.push(facts);
        self.traits.push(traits);
    }

    /// Makes the memories of a visit, and says what is done with its lines for them.
    fn make_memories(&mut self, facts: &VisitFacts, plan: &Plan) -> u8 {
        let (bit, memories) = if facts.is_stay() {
            (wants::BED, plan.beds.len())
        } else if facts.is_outpatient() {
            (wants::DRUG, plan.drugs.len())
        } else {
            (0, 0)
        };
        self.memories.resize(self.memories.len() + memories, Memory { count: 0, last: i64::MIN });
        bit
    }

    /// The diagnoses of a visit of the month being read.
    pub(super) fn diagnoses_of(&self, traits: &Traits) -> &[i32] {
        &self.diagnoses[traits.diagnoses.0 as usize..traits.diagnoses.1 as usize]
    }

    /// First day allowed and first day no longer allowed of a bound on ages, for a birth.
    pub(super) fn age_days(&mut self, plan: &Plan, bound: u16, birth: i32) -> (i32, i32) {
        let known = &mut self.ages[usize::from(bound)];
        if known.0 != birth {
            let (from, before) = plan.ages[usize::from(bound)];
            let day = |age: crate::rule::Age| visit::reached_on(age, birth);
            *known = (birth, from.map_or(i32::MIN, day), before.map_or(i32::MAX, day));
        }
        (known.1, known.2)
    }

    /// What rules see only when all months are there.
    pub(super) fn close(&mut self, plan: &Plan, hits: &mut BucketHits) {
        if !self.lasting.is_empty() {
            let mut lasting = std::mem::take(&mut self.lasting);
            let mut unjudged = std::mem::take(&mut self.scratch.unjudged);
            group::judge(self, &mut lasting, Reach::Lasting, plan, hits, &mut unjudged);
            hits.add_unjudged(&unjudged);
            unjudged.clear();
            (self.lasting, self.scratch.unjudged) = (lasting, unjudged);
        }
        if !plan.visit_rules.is_empty() {
            visit::close(self, plan, hits);
        }
        if plan.keeps_doctors || plan.keeps_totals {
            self.keep_events(plan, hits);
        }
    }

    fn keep_events(&self, plan: &Plan, hits: &mut BucketHits) {
        for visit in &self.visits {
            if plan.keeps_doctors && visit.is_outpatient() && visit.doctor != NONE && visit.begin != NEVER {
                hits.events.push(Event {
                    doctor: visit.doctor,
                    minute: i32::try_from(visit.begin.div_euclid(60_000)).unwrap_or(i32::MAX),
                    institution: visit.institution,
                    person: self.people,
                });
            }
            if plan.keeps_totals && visit.begin != NEVER && visit.total != Some(0) {
                hits.totals.add(visit.institution, visit.begin, visit.total);
            }
        }
    }
}

fn length(value: usize) -> u32 {
    u32::try_from(value).expect("a patient has fewer diagnoses")
}
