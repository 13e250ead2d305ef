//! Rules that look at several lines of a patient: the day, the course, the cycle, the pair.

use super::line::money;
use super::outcome::{BucketHits, Found, LineRef};
use super::patient::{Patient, Touch, VisitFacts};
use crate::claims::NONE;
use crate::plan::{self, Plan, Reach};
use crate::rule::{Test, Window};

mod course;
mod day;
mod pair;

/// Group, role, and the range of touches of one item.
type Member = (u32, u8, u32, u32);

/// Buffers that are used again for each patient.
#[derive(Default)]
pub(super) struct Scratch {
    /// Items of the patient with the range of their touches.
    items: Vec<(usize, usize, usize)>,
    order: Vec<u64>,
    sorted: Vec<Touch>,
    /// By group, what this patient feeds it.
    fed: Vec<Fed>,
    /// The groups that are fed.
    groups: Vec<u32>,
    patient: u32,
    members: Vec<Member>,
    lines: Vec<Part>,
    /// Lines that could not be judged, by rule.
    pub unjudged: Vec<(u32, u64)>,
}

impl Scratch {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { fed: vec![Fed::default(); plan.groups.len()], ..Self::default() }
    }
}

/// What one patient feeds a group.
#[derive(Clone, Copy, Default)]
struct Fed {
    /// Number of the patient; what others fed counts no more.
    patient: u32,
    /// Bits of the roles.
    roles: u32,
    items: u32,
    lines: u32,
    /// Refunds weigh in sums, so only what adds to them counts here.
    units: i64,
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

/// Looks at touches with the groups of one reach; adds what could not be judged to `unjudged`.
pub(super) fn judge(
    patient: &mut Patient,
    touches: &mut Vec<Touch>,
    reach: Reach,
    plan: &Plan,
    hits: &mut BucketHits,
    unjudged: &mut Vec<(u32, u64)>,
) {
    let mut scratch = std::mem::take(&mut patient.scratch);
    by_item(touches, &mut scratch);
    feed(touches, reach, plan, &mut scratch);
    if scratch.groups.is_empty() {
        patient.scratch = scratch;
        return;
    }
    sort(touches, &mut scratch);
    members(touches, reach, plan, &mut scratch);
    let mut drafts = Vec::new();
    let all = &scratch.members;
    let mut at = 0;
    while at < all.len() {
        let group = all[at].0;
        let end = at + all[at..].partition_point(|member| member.0 == group);
        let rule = &plan.groups[group as usize];
        gather(touches, &patient.visits, &all[at..end], rule.of_payment, &mut scratch.lines);
        let days = (rule.from, rule.until);
        let scene = Scene { test: &rule.test, days, parts: &scratch.lines, visits: &patient.visits };
        let count = scene.judge(&mut drafts);
        if count > 0 {
            unjudged.push((rule.rule, count));
        }
        for draft in drafts.drain(..) {
            let visits = draft.visit.map_or_else(|| scene_visits(&draft, &scratch.lines, patient), |at| vec![at]);
            let Draft { day, values, amount, .. } = draft;
            patient.hit(hits, &Found { rule: rule.rule, day, values, amount, lines: &draft.lines, visits: &visits });
        }
        at = end;
    }
    patient.scratch = scratch;
}

/// The visits of the lines of a hit, each once, the latest last.
fn scene_visits(draft: &Draft, parts: &[Part], patient: &Patient) -> Vec<LineRef> {
    let mut visits: Vec<&VisitFacts> = parts
        .iter()
        .filter(|part| draft.lines.contains(&part.touch.line))
        .map(|part| &patient.visits[part.touch.visit as usize])
        .collect();
    visits.sort_unstable_by_key(|visit| visit.order());
    visits.dedup_by_key(|visit| visit.at);
    visits.into_iter().map(|visit| visit.at).collect()
}

/// Finds the touches of each item: numbers are sorted, the touches stay where they are.
fn by_item(touches: &[Touch], scratch: &mut Scratch) {
    let Scratch { order, items, .. } = scratch;
    order.clear();
    order.extend(touches.iter().zip(0u64..).map(|(touch, at)| (u64::from(touch.item.cast_unsigned()) << 32) | at));
    order.sort_unstable();
    items.clear();
    let mut at = 0;
    while at < order.len() {
        let item = order[at] >> 32;
        let end = at + order[at..].iter().take_while(|key| *key >> 32 == item).count();
        items.push((usize::try_from(item).expect("codes count from 0"), at, end));
        at = end;
    }
}

/// The touch a number stands for.
const fn place(key: u64) -> usize {
    (key & 0xffff_ffff) as usize
}

/// Puts touches in order of item, day, time and line. They come in order of day and time from each month, so only where months
/// do not follow each other the touches of an item are sorted.
fn sort(touches: &mut Vec<Touch>, scratch: &mut Scratch) {
    scratch.sorted.clear();
    scratch.sorted.extend(scratch.order.iter().map(|key| touches[place(*key)]));
    std::mem::swap(touches, &mut scratch.sorted);
    for (_, at, end) in &scratch.items {
        let of_item = &mut touches[*at..*end];
        let key = |touch: &Touch| (touch.day, touch.time, touch.line);
        if !of_item.is_sorted_by_key(key) {
            of_item.sort_unstable_by_key(key);
        }
    }
}

/// Those of the touches of an item that lie on the days of a member.
fn on_its_days(touches: &[Touch], (at, end): (usize, usize), member: &plan::Member) -> (usize, usize) {
    let before = |day: i32| at + touches[at..end].partition_point(|touch| touch.day < day);
    let begin = if member.from <= touches[at].day { at } else { before(member.from) };
    let end = if touches[end - 1].day <= member.until { end } else { before(member.until + 1) };
    (begin, end)
}

/// Counts what the patient feeds each group. Most groups are fed too little to hit, and end here.
fn feed(touches: &[Touch], reach: Reach, plan: &Plan, scratch: &mut Scratch) {
    let Scratch { order, items, fed, groups, patient, .. } = scratch;
    *patient = patient.wrapping_add(1);
    groups.clear();
    for (item, at, end) in items.iter().copied() {
        let (mut units, mut first, mut last) = (0, i32::MAX, i32::MIN);
        for touch in order[at..end].iter().map(|key| &touches[place(*key)]) {
            units += touch.quantity.max(0);
            (first, last) = (first.min(touch.day), last.max(touch.day));
        }
        for member in plan.members_of(item, reach) {
            if member.until < first || last < member.from {
                continue;
            }
            let fed = &mut fed[member.group as usize];
            if fed.patient != *patient {
                *fed = Fed { patient: *patient, ..Fed::default() };
                groups.push(member.group);
            }
            fed.roles |= 1 << member.role;
            fed.items += 1;
            fed.lines += u32::try_from(end - at).expect("a patient has fewer lines");
            fed.units += units;
        }
    }
    groups.retain(|group| can_hit(&plan.groups[*group as usize].test, &fed[*group as usize]));
}

/// Never says no where [`Scene::judge`] finds a hit.
fn can_hit(test: &Test, fed: &Fed) -> bool {
    match test {
        Test::Pair { .. } => fed.roles == 0b11,
        Test::Decomposed { at_least } => fed.items >= u32::from(*at_least),
        Test::Discount { .. } => fed.items > 1,
        Test::DailyQuantity { at_most_e4 } => fed.units > *at_most_e4,
        Test::DailyCount { at_most } => fed.lines > *at_most,
        Test::CourseDays { at_most, .. } | Test::StayDays { at_most } => fed.lines > u32::from(*at_most),
        Test::CourseSpan { .. } | Test::SupplyOverlap { .. } => fed.lines > 1,
        Test::Cycle { at_most, .. } => fed.units > i64::from(*at_most) * 10_000,
        _ => fed.roles & 1 != 0,
    }
}

/// The touches of each group that can hit, in order of group and role.
fn members(touches: &[Touch], reach: Reach, plan: &Plan, scratch: &mut Scratch) {
    let Scratch { items, fed, groups, patient, members, .. } = scratch;
    members.clear();
    // A group that is looked at is marked by the next number, which no patient before has had.
    *patient = patient.wrapping_add(1);
    for group in groups.iter() {
        fed[*group as usize].patient = *patient;
    }
    let number = |at: usize| u32::try_from(at).expect("a patient has fewer lines");
    for (item, at, end) in items.iter().copied() {
        let is_looked_at = |member: &&plan::Member| fed[member.group as usize].patient == *patient;
        for member in plan.members_of(item, reach).iter().filter(is_looked_at) {
            let (begin, end) = on_its_days(touches, (at, end), member);
            if begin < end {
                members.push((member.group, member.role, number(begin), number(end)));
            }
        }
    }
    members.sort_unstable();
}

fn gather(touches: &[Touch], visits: &[VisitFacts], members: &[Member], of_payment: bool, parts: &mut Vec<Part>) {
    parts.clear();
    for (_, role, begin, end) in members {
        for touch in &touches[*begin as usize..*end as usize] {
            let institution = visits[touch.visit as usize].institution;
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
