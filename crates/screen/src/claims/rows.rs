//! Rows of one month before they are written: sorted, and refunds set against what they refund.
//!
//! Texts are owned or borrowed: whoever reads many rows keeps their bytes elsewhere.

use std::collections::{BTreeMap, HashMap};

/// One visit (就诊): an outpatient visit, a stay, a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit<S = String> {
    /// Keyed hash of the person, as lower-case hex.
    pub patient: S,
    /// 就诊ID.
    pub visit: S,
    /// 定点医药机构 (code).
    pub institution: i32,
    /// 主诊医师 (code).
    pub doctor: Option<i32>,
    /// 科室 (code).
    pub department: Option<i32>,
    /// 医疗类别 (code).
    pub medical_type: Option<i32>,
    /// 险种 (code).
    pub insurance: Option<i32>,
    /// 医院等级 (code).
    pub level: Option<i32>,
    /// 就医地区划 (code).
    pub city: Option<i32>,
    /// 性别: 1 or 2.
    pub sex: Option<i8>,
    /// 出生日期, days.
    pub birth: Option<i32>,
    /// 死亡日期, days.
    pub death: Option<i32>,
    /// Begin, local milliseconds.
    pub begin: Option<i64>,
    /// End, local milliseconds.
    pub end: Option<i64>,
    /// 住院天数.
    pub days: Option<i32>,
    /// 主要诊断 (code).
    pub diagnosis: Option<i32>,
    /// All diagnoses (codes).
    pub diagnoses: Vec<i32>,
    /// Operations (codes).
    pub operations: Vec<i32>,
    /// 医疗费用总额, fen.
    pub total: Option<i64>,
    /// 基金支付总额, fen.
    pub fund: Option<i64>,
}

/// One fee line (费用明细).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<S = String> {
    /// Its visit: index into the visits it came with.
    pub visit: u32,
    /// Day of service.
    pub day: i32,
    /// Time of day in milliseconds, where the source has one.
    pub time: Option<i32>,
    /// 医保目录编码 (code).
    pub item: i32,
    /// Ten-thousandths.
    pub quantity: i64,
    /// Millionths of a yuan.
    pub price: i64,
    /// Fen.
    pub amount: i64,
    /// 医保范围金额, fen.
    pub covered: Option<i64>,
    /// 限价, millionths of a yuan.
    pub price_limit: Option<i64>,
    /// 开单医师 (code).
    pub doctor: Option<i32>,
    /// Days the supply lasts.
    pub supply_days: Option<i32>,
    /// In force, cancelled, or a refund.
    pub state: LineState,
    /// 费用明细流水号.
    pub line: S,
    /// 原费用流水号: the line it takes back, where the source says which.
    pub refunds: Option<S>,
}

/// Whether a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum LineState {
    /// In force.
    #[default]
    InForce = 0,
    /// Cancelled by a refund.
    Cancelled = 1,
    /// A refund.
    Refund = 2,
}

/// The visits and lines of one month and bucket.
#[derive(Clone, Debug)]
pub struct MonthRows<S = String> {
    /// Visits.
    pub visits: Vec<Visit<S>>,
    /// Their lines.
    pub lines: Vec<Line<S>>,
}

impl<S> Default for MonthRows<S> {
    fn default() -> Self {
        Self { visits: Vec::new(), lines: Vec::new() }
    }
}

impl<S: AsRef<str>> MonthRows<S> {
    /// Puts visits and lines into the order of the files and sets refunds against what they refund.
    pub fn settle(&mut self) {
        self.sort_visits();
        self.sort_lines();
        self.cancel_refunded();
    }

    fn sort_visits(&mut self) {
        let mut order = numbers(self.visits.len());
        let key = |at: &u32| {
            let visit = &self.visits[*at as usize];
            (visit.patient.as_ref(), visit.begin, visit.visit.as_ref())
        };
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut place = vec![0; order.len()];
        for (new, old) in (0..).zip(&order) {
            place[*old as usize] = new;
        }
        self.visits = in_order(std::mem::take(&mut self.visits), order);
        for line in &mut self.lines {
            line.visit = place[line.visit as usize];
        }
    }

    /// By patient, day, time, visit and id; all but the id in one number.
    fn sort_lines(&mut self) {
        let patients = self.patients();
        let key = |line: &Line<S>| {
            let day = line.day.cast_unsigned() ^ (1 << 31);
            let time = line.time.map_or(0, |time| time.cast_unsigned().saturating_add(1));
            [patients[line.visit as usize], day, time, line.visit]
                .into_iter()
                .fold(0, |key, part| (key << 32) | u128::from(part))
        };
        let mut order: Vec<(u128, u32)> = self.lines.iter().map(key).zip(0..).collect();
        let id = |at: u32| self.lines[at as usize].line.as_ref();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))).then_with(|| a.1.cmp(&b.1)));
        let order = order.into_iter().map(|(_, at)| at).collect();
        self.lines = in_order(std::mem::take(&mut self.lines), order);
    }

    /// For each visit, which patient it is of, counted from 0; visits are sorted.
    fn patients(&self) -> Vec<u32> {
        let mut patient = 0;
        let mut patients = Vec::with_capacity(self.visits.len());
        for (at, visit) in self.visits.iter().enumerate() {
            if at > 0 && self.visits[at - 1].patient.as_ref() != visit.patient.as_ref() {
                patient += 1;
            }
            patients.push(patient);
        }
        patients
    }

    /// A refund that names the line it takes back cancels it, if it takes all of it back. Another line of negative quantity
    /// cancels the last earlier line of the same visit, item and price with the opposite quantity. A refund that finds
    /// none stays as it is and weighs in sums.
    fn cancel_refunded(&mut self) {
        for line in &mut self.lines {
            line.state = LineState::InForce;
        }
        if self.lines.iter().all(|line| line.quantity >= 0) {
            return;
        }
        self.cancel_named();
        let mut open: BTreeMap<(u32, i32, i64, i64), Vec<usize>> = BTreeMap::new();
        for at in 0..self.lines.len() {
            let line = &self.lines[at];
            if line.state != LineState::InForce {
                continue;
            }
            if line.quantity > 0 {
                open.entry((line.visit, line.item, line.price, line.quantity)).or_default().push(at);
            } else if line.quantity < 0 && line.refunds.is_none() {
                let key = (line.visit, line.item, line.price, -line.quantity);
                if let Some(refunded) = open.get_mut(&key).and_then(Vec::pop) {
                    self.lines[refunded].state = LineState::Cancelled;
                    self.lines[at].state = LineState::Refund;
                }
            }
        }
    }

    fn cancel_named(&mut self) {
        let patients = self.patients();
        let of = |line: &Line<S>| patients[line.visit as usize];
        let named: HashMap<&str, usize> = self
            .lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((line.refunds.as_ref()?.as_ref(), at)).filter(|_| line.quantity < 0))
            .collect();
        if named.is_empty() {
            return;
        }
        let mut pairs = Vec::new();
        for (at, line) in self.lines.iter().enumerate().filter(|(_, line)| line.quantity > 0) {
            let Some(refund) = named.get(line.line.as_ref()) else { continue };
            let taken_back = &self.lines[*refund];
            let whole = (taken_back.item, taken_back.quantity) == (line.item, -line.quantity);
            if whole && of(taken_back) == of(line) {
                pairs.push((at, *refund));
            }
        }
        for (refunded, refund) in pairs {
            // Two lines of one id, in two visits: the first is taken back.
            if self.lines[refund].state == LineState::InForce {
                self.lines[refunded].state = LineState::Cancelled;
                self.lines[refund].state = LineState::Refund;
            }
        }
    }
}

fn numbers(length: usize) -> Vec<u32> {
    (0..).take(length).collect()
}

fn in_order<T>(rows: Vec<T>, order: Vec<u32>) -> Vec<T> {
    let mut rows: Vec<Option<T>> = rows.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| rows[at as usize].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn visit(patient: &'static str, id: &'static str) -> Visit<&'static str> {
        Visit {
            patient,
            visit: id,
            institution: 0,
            doctor: None,
            department: None,
            medical_type: None,
            insurance: None,
            level: None,
            city: None,
            sex: None,
            birth: None,
            death: None,
            begin: None,
            end: None,
            days: None,
            diagnosis: None,
            diagnoses: Vec::new(),
            operations: Vec::new(),
            total: None,
            fund: None,
        }
    }

    /// `id visit day quantity [refunds]`, a line each; item and price are the same.
    fn settled(text: &'static str, expected: &Expect) {
        let mut rows = MonthRows { visits: vec![visit("q", "w"), visit("p", "v"), visit("p", "u")], lines: Vec::new() };
        for line in text.lines().map(str::trim) {
            let words: Vec<&str> = line.split(' ').collect();
            let visit = rows.visits.iter().position(|visit| visit.visit == words[1]).unwrap();
            rows.lines.push(Line {
                visit: u32::try_from(visit).unwrap(),
                day: words[2].parse().unwrap(),
                time: None,
                item: 0,
                quantity: words[3].parse().unwrap(),
                price: 1,
                amount: 0,
                covered: None,
                price_limit: None,
                doctor: None,
                supply_days: None,
                state: LineState::InForce,
                line: words[0],
                refunds: words.get(4).copied(),
            });
        }
        rows.settle();
        let written = |line: &Line<&str>| {
            format!("{} {} {} {:?}", line.line, rows.visits[line.visit as usize].visit, line.day, line.state)
        };
        expected.assert_eq(&rows.lines.iter().map(written).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_refund_that_names_its_line_cancels_that_one() {
        settled(
            "a v 1 2
             b v 3 2
             c v 5 -2 a
             d u 6 -2 b",
            &expect![[r#"
                a v 1 Cancelled
                b v 3 Cancelled
                c v 5 Refund
                d u 6 Refund"#]],
        );
    }

    #[test]
    fn a_refund_without_a_name_cancels_the_last_line_before_it() {
        settled(
            "a v 1 2
             c v 5 -2
             b v 3 2
             d v -1 -2",
            &expect![[r#"
                d v -1 InForce
                a v 1 InForce
                b v 3 Cancelled
                c v 5 Refund"#]],
        );
    }

    #[test]
    fn a_part_taken_back_or_the_line_of_another_person_stays() {
        settled(
            "a v 1 2
             b v 2 -1 a
             c w 3 2
             d v 4 -2 c
             e v 5 -2 nothing",
            &expect![[r#"
                a v 1 InForce
                b v 2 InForce
                d v 4 InForce
                e v 5 InForce
                c w 3 InForce"#]],
        );
    }
}
