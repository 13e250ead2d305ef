//! Rules that look at several lines of a patient: the day, the course, the cycle, the pair.

use super::line::money;
use super::outcome::{BucketHits, Found, LineRef};
use super::patient::{Patient, Touch, VisitFacts};
use crate::claims::NONE;
use crate::plan::Plan;
use crate::rule::{Test, Window};

mod course;
mod day;
mod pair;

/// Group, role, and the range of touches of one item.
type Member = (u32, u8, u32, u32);

/// Buffers that are used again for each patient.
#[derive(Default)]
pub(super) struct Scratch {
    members: Vec<Member>,
    lines: Vec<Part>,
}

/// A line and the part it plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub role: u8,
    pub institution: i32,
    pub touch: Touch,
}

/// Everything a group rule may ask.
pub(super) struct Scene<'a> {
    pub test: &'a Test,
    /// First and last day of the version.
    pub days: (i32, i32),
    /// Lines of all versions, in order of day, time and row.
    pub parts: &'a [Part],
    pub visits: &'a [VisitFacts],
}

/// A hit before it is recorded.
pub(super) struct Draft {
    pub day: i32,
    pub values: [i64; 3],
    pub amount: i64,
    pub lines: Vec<LineRef>,
    pub visit: Option<LineRef>,
}

pub(super) fn close(patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) {
    let mut scratch = std::mem::take(&mut patient.scratch);
    patient.touches.sort_unstable_by_key(|touch| (touch.item, touch.day, touch.time, touch.line));
    members(&patient.touches, plan, &mut scratch.members);
    let mut drafts = Vec::new();
    let all = &scratch.members;
    let mut at = 0;
    while at < all.len() {
        let group = all[at].0;
        let end = at + all[at..].partition_point(|member| member.0 == group);
        let rule = &plan.groups[group as usize];
        let test = plan.test(rule.rule);
        if can_hit(test, &all[at..end], &patient.touches) {
            gather(patient, &all[at..end], rule.of_payment, &mut scratch.lines);
            let days = (rule.from, rule.until);
            let scene = Scene { test, days, parts: &scratch.lines, visits: &patient.visits };
            hits.not_judged[rule.rule as usize] += scene.judge(&mut drafts);
            for draft in drafts.drain(..) {
                let visits = draft.visit.map_or_else(|| scene_visits(&draft, &scratch.lines, patient), |at| vec![at]);
                let Draft { day, values, amount, .. } = draft;
                patient
                    .hit(hits, &Found { rule: rule.rule, day, values, amount, lines: &draft.lines, visits: &visits });
            }
        }
        at = end;
    }
    patient.scratch = scratch;
}

/// The visits of the lines of a hit, each once.
fn scene_visits(draft: &Draft, parts: &[Part], patient: &Patient) -> Vec<LineRef> {
    let mut visits: Vec<LineRef> = parts
        .iter()
        .filter(|part| draft.lines.contains(&part.touch.line))
        .map(|part| patient.visits[part.touch.visit as usize].at)
        .collect();
    visits.sort_unstable();
    visits.dedup();
    visits
}

/// Which groups the patient's items feed, in order of group and role.
fn members(touches: &[Touch], plan: &Plan, members: &mut Vec<Member>) {
    members.clear();
    let number = |at: usize| u32::try_from(at).expect("a patient has fewer lines");
    let mut at = 0;
    while at < touches.len() {
        let item = touches[at].item;
        let end = at + touches[at..].partition_point(|touch| touch.item == item);
        let (first, last) = (touches[at].day, touches[end - 1].day);
        for member in plan.members_of(usize::try_from(item).expect("codes count from 0")) {
            let before = |day: i32| at + touches[at..end].partition_point(|touch| touch.day < day);
            let begin = if member.from <= first { at } else { before(member.from) };
            let end = if last <= member.until { end } else { before(member.until + 1) };
            if begin < end {
                members.push((member.group, member.role, number(begin), number(end)));
            }
        }
        at = end;
    }
    members.sort_unstable();
}

/// Most groups are fed too little to hit; they end here, before anything is gathered. Never says no where [`Scene::judge`] finds a hit.
fn can_hit(test: &Test, members: &[Member], touches: &[Touch]) -> bool {
    let has = |role| members.iter().any(|member| member.1 == role);
    let own = || members.iter().flat_map(|member| &touches[member.2 as usize..member.3 as usize]);
    let lines = || members.iter().map(|member| (member.3 - member.2) as usize).sum::<usize>();
    // Refunds weigh in sums, so only what adds to them counts here.
    let units = || own().map(|touch| touch.quantity.max(0)).sum::<i64>();
    match test {
        Test::Pair { .. } => has(0) && has(1),
        Test::Decomposed { at_least } => members.len() >= usize::from(*at_least),
        Test::Discount { .. } => members.len() > 1,
        Test::DailyQuantity { at_most_e4 } => units() > *at_most_e4,
        Test::DailyCount { at_most } => lines() > *at_most as usize,
        Test::CourseDays { at_most, .. } => lines() > usize::from(*at_most),
        Test::CourseSpan { .. } | Test::SupplyOverlap { .. } => lines() > 1,
        Test::Cycle { at_most, .. } => units() > i64::from(*at_most) * 10_000,
        _ => has(0),
    }
}

fn gather(patient: &Patient, members: &[Member], of_payment: bool, parts: &mut Vec<Part>) {
    parts.clear();
    for (_, role, begin, end) in members {
        for touch in &patient.touches[*begin as usize..*end as usize] {
            let institution = patient.visits[touch.visit as usize].institution;
            let mut part = Part { role: *role, institution, touch: *touch };
            if of_payment && *role == 0 {
                if touch.covered == Some(0) {
                    continue;
                }
                part.touch.amount = touch.covered.unwrap_or(touch.amount);
            }
            parts.push(part);
        }
    }
    parts.sort_unstable_by_key(|part| (part.touch.day, part.touch.time, part.touch.line, part.role));
}

impl Scene<'_> {
    /// Whether a day is one of the version; what lies on others belongs to other versions.
    fn is_own(&self, day: i32) -> bool {
        self.days.0 <= day && day <= self.days.1
    }

    /// Adds the hits; returns how many lines could not be judged.
    fn judge(&self, drafts: &mut Vec<Draft>) -> u64 {
        match self.test {
            Test::DailyQuantity { at_most_e4 } => day::quantity(self, *at_most_e4, drafts),
            Test::DailyCount { at_most } => day::count(self, *at_most, drafts),
            Test::Decomposed { at_least } => day::decomposed(self, *at_least, drafts),
            Test::Discount { percent } => return day::discount(self, *percent, drafts),
            Test::AloneNotCovered { .. } => day::alone(self, drafts),
            Test::Pair { window, .. } => return pair::charged_together(self, *window, drafts),
            Test::Companion { window, .. } => pair::without_companion(self, *window, drafts),
            Test::CourseDays { at_most, gap_days } => course::days(self, *at_most, *gap_days, drafts),
            Test::CourseSpan { at_most, gap_days } => course::span(self, *at_most, *gap_days, drafts),
            Test::StayDays { at_most } => course::stay_days(self, *at_most, drafts),
            Test::Cycle { at_most, days } => course::cycle(self, *at_most, *days, drafts),
            Test::SupplyOverlap { at_most_days } => course::supply(self, *at_most_days, drafts),
            _ => unreachable!("the plan makes groups of these tests only"),
        }
        0
    }

    /// Where a window of no hours puts a line: the same key means charged together. None where the window does not apply.
    fn window_key(&self, window: Window, part: &Part) -> Option<(i32, i64)> {
        let visit = &self.visits[part.touch.visit as usize];
        match window {
            Window::Day => Some((part.institution, i64::from(part.touch.day))),
            Window::Visit => Some((part.institution, i64::from(part.touch.visit))),
            Window::Stay => visit.is_stay().then_some((part.institution, i64::from(part.touch.visit))),
            Window::OneHour | Window::SixHours => None,
        }
    }
}

/// Splits parts that are sorted by a key into runs of the same key.
fn runs<K: PartialEq>(parts: &[Part], key: impl Fn(&Part) -> K) -> impl Iterator<Item = &[Part]> {
    parts.chunk_by(move |a, b| key(a) == key(b))
}

fn lines_of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Vec<LineRef> {
    parts.into_iter().map(|part| part.touch.line).collect()
}

fn quantity_of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> i64 {
    parts.into_iter().map(|part| part.touch.quantity).sum()
}

fn amount_of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> i64 {
    parts.into_iter().map(|part| part.touch.amount).sum()
}

/// The amount of the last so many ten-thousandths of lines in order: whole lines from the end, then a share of the next.
fn amount_of_last(parts: &[Part], mut excess: i64) -> i64 {
    let mut amount = 0;
    for part in parts.iter().rev().filter(|part| part.touch.quantity > 0) {
        let touch = &part.touch;
        if excess >= touch.quantity {
            amount += touch.amount;
            excess -= touch.quantity;
        } else {
            let share = i128::from(touch.amount) * i128::from(excess);
            let quantity = i128::from(touch.quantity);
            amount += i64::try_from((share + quantity / 2).div_euclid(quantity)).unwrap_or(i64::MAX);
            return amount;
        }
    }
    amount
}

/// Milliseconds since the epoch of a line, where its time is known.
fn moment(touch: &Touch) -> Option<i64> {
    (touch.time != NONE).then(|| i64::from(touch.day) * 86_400_000 + i64::from(touch.time))
}

/// Price above a share of the limit, for the quantity, in fen.
fn above_share(touch: &Touch, percent: u8) -> i64 {
    money(touch.price - touch.price_limit * i64::from(percent) / 100, touch.quantity).max(0)
}
