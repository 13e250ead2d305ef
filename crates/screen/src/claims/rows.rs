//! Rows of one month before they are written: sorted, and refunds set against what they refund.

use super::NONE;
use std::collections::BTreeMap;

/// One visit (就诊): an outpatient visit, a stay, a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Keyed hash of the person, as lower-case hex.
    pub patient: String,
    /// 就诊ID.
    pub visit: String,
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
pub struct Line {
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
    pub line: String,
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
#[derive(Clone, Debug, Default)]
pub struct MonthRows {
    /// Visits.
    pub visits: Vec<Visit>,
    /// Their lines.
    pub lines: Vec<Line>,
}

impl MonthRows {
    /// Puts visits and lines into the order of the files and sets refunds against what they refund.
    pub fn settle(&mut self) {
        self.sort_visits();
        self.lines.sort_by(|a, b| {
            let person = |line: &Line| &self.visits[line.visit as usize].patient;
            let when = |line: &Line| (line.day, line.time.unwrap_or(NONE), line.visit);
            person(a).cmp(person(b)).then_with(|| when(a).cmp(&when(b))).then_with(|| a.line.cmp(&b.line))
        });
        self.cancel_refunded();
    }

    fn sort_visits(&mut self) {
        let mut order: Vec<u32> = (0..).take(self.visits.len()).collect();
        let key = |at: &u32| {
            let visit = &self.visits[*at as usize];
            (&visit.patient, visit.begin, &visit.visit)
        };
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut place = vec![0; order.len()];
        for (new, old) in (0..).zip(&order) {
            place[*old as usize] = new;
        }
        let mut old: Vec<Option<Visit>> = std::mem::take(&mut self.visits).into_iter().map(Some).collect();
        self.visits = order.iter().filter_map(|at| old[*at as usize].take()).collect();
        for line in &mut self.lines {
            line.visit = place[line.visit as usize];
        }
    }

    /// A line of negative quantity cancels the last earlier line of the same visit, item and price with the opposite quantity;
    /// a refund that finds none stays as it is and weighs in sums.
    fn cancel_refunded(&mut self) {
        let mut open: BTreeMap<(u32, i32, i64, i64), Vec<usize>> = BTreeMap::new();
        if self.lines.iter().all(|line| line.quantity >= 0) {
            return;
        }
        for at in 0..self.lines.len() {
            let line = &self.lines[at];
            if line.quantity > 0 {
                open.entry((line.visit, line.item, line.price, line.quantity)).or_default().push(at);
            } else if line.quantity < 0 {
                let key = (line.visit, line.item, line.price, -line.quantity);
                if let Some(refunded) = open.get_mut(&key).and_then(Vec::pop) {
                    self.lines[refunded].state = LineState::Cancelled;
                    self.lines[at].state = LineState::Refund;
                }
            }
        }
    }
}
