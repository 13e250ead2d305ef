//! What a rule tests, with its numbers. One variant is one kind; what each means stands in `kind.rs`.

use super::{AgeBound, Parameters};
use crate::national::{Care, Sex};
use serde::{Deserialize, Serialize};

/// How near two charges must be to count as charged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 单小时: less than an hour apart.
    OneHour,
    /// 6小时: less than six hours apart.
    SixHours,
    /// 单日: the same calendar day.
    Day,
    /// 单次就诊: the same visit of whatever kind.
    Visit,
    /// 单次住院: the same stay.
    Stay,
}

impl Window {
    /// Seconds for a window of hours.
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Self::OneHour => Some(3600),
            Self::SixHours => Some(6 * 3600),
            Self::Day | Self::Visit | Self::Stay => None,
        }
    }
}

/// A price limit, for one rank of institutions or for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapByLevel {
    /// Rank 0 to 3; none means every rank that has no limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Highest unit price, in millionths of a yuan.
    pub price_e6: i64,
}

/// What is tested.
#[expect(missing_docs, reason = "the line of a variant says what its numbers mean")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// 限性别.
    Sex { only: Sex },
    /// 限年龄.
    Age { allowed: AgeBound },
    /// 限险种 (`insutype` codes).
    Insurance { only: Vec<String> },
    /// 限就医方式.
    Care { only: Vec<Care> },
    /// 限医疗机构级别.
    Level { at_least: u8 },
    /// 限适应症: a diagnosis that begins with one of these.
    Indication { diagnoses: Vec<String> },
    /// 超限定单价.
    PriceCap { caps: Vec<CapByLevel> },
    /// 不予支付.
    NotCovered,
    /// 死亡后收费.
    AfterDeath,
    /// 计费日期与住院时间不符.
    OutsideStay,
    /// 未注册执业: the ordering doctor has no registration on the day.
    Unlicensed,
    /// 超出执业范围: the ordering doctor's registration has none of these scopes.
    BeyondScope { scopes: Vec<String> },
    /// 缺主诊医师.
    MissingPhysician,
    /// 单日超数量, in ten-thousandths of the unit.
    DailyQuantity { at_most_e4: i64 },
    /// 单日超次数.
    DailyCount { at_most: u32 },
    /// 重复收费: the items contain these.
    Pair { contained: Vec<String>, window: Window },
    /// 手术未折价: the second and later ones at no more than this share of the full price.
    Discount { percent: u8 },
    /// 分解收费: so many of the parts of one service on one day.
    Decomposed { at_least: u8 },
    /// 缺少必需的伴随项目.
    Companion { any_of: Vec<String>, window: Window },
    /// 超支付疗程: days of use; a pause longer than `gap_days` begins a new course.
    CourseDays { at_most: u16, gap_days: u16 },
    /// 超支付疗程（跨度）: days from first to last use.
    CourseSpan { at_most: u16, gap_days: u16 },
    /// 单次住院超支付天数: days of use in one stay.
    StayDays { at_most: u16 },
    /// 周期超频次.
    Cycle { at_most: u16, days: u16 },
    /// 重叠供药: more than so many days in hand.
    SupplyOverlap { at_most_days: u16 },
    /// 单方使用不予支付: none of `among` beside these on one day of a visit.
    AloneNotCovered { among: Vec<String> },
    /// 同日重复处方.
    SamePrescription { at_least_items: u8 },
    /// 重叠住院.
    OverlappingStays,
    /// 住院期间门诊.
    OutpatientDuringStay,
    /// 分解住院; `except` are diagnoses of planned cycles.
    SplitStay { within_days: u16, except: Vec<String> },
    /// 再入院.
    Readmission { within_days: u16, except: Vec<String> },
    /// 往返转院.
    PingPong { within_days: u16 },
    /// 挂床住院: days with nothing but these items.
    EmptyBed { passive: Vec<String>, min_days: u16, idle_percent: u8 },
    /// 同时异地就医.
    TwoCities,
    /// 疑似冒名就医: two institutions within so many minutes.
    Borrowed { within_minutes: u16 },
    /// 一日多机构就诊: outpatient visits in so many institutions on one day.
    ManyInstitutions { at_least: u8 },
    /// 月度费用超阈值, for one patient.
    MonthlyTotal { at_most_fen: i64 },
    /// 医师超负荷.
    DoctorLoad { patients_a_day: u16 },
    /// 医师同时两地执业.
    DoctorTwoPlaces { within_minutes: u16 },
    /// 费用突增, for one institution from month to month.
    Growth { percent: u16, at_least_fen: i64 },
}

impl Test {
    /// Whether it rests on a product default that nobody has released.
    pub const fn rests_on_default(&self, parameters: &Parameters) -> bool {
        matches!(self, Self::Age { allowed: AgeBound::Named(name) } if !parameters.named(*name).released)
    }

    /// Whether it looks at several lines of a patient together.
    pub const fn is_about_lines_together(&self) -> bool {
        matches!(
            self,
            Self::DailyQuantity { .. }
                | Self::DailyCount { .. }
                | Self::Pair { .. }
                | Self::Discount { .. }
                | Self::Decomposed { .. }
                | Self::Companion { .. }
                | Self::CourseDays { .. }
                | Self::CourseSpan { .. }
                | Self::StayDays { .. }
                | Self::Cycle { .. }
                | Self::SupplyOverlap { .. }
                | Self::AloneNotCovered { .. }
        )
    }

    /// Whether it limits what the fund pays: lines of which the fund covers nothing do not count, and of the others the covered part is
    /// in question.
    pub const fn is_about_payment(&self) -> bool {
        matches!(
            self,
            Self::Sex { .. }
                | Self::Age { .. }
                | Self::Insurance { .. }
                | Self::Care { .. }
                | Self::Level { .. }
                | Self::Indication { .. }
                | Self::NotCovered
                | Self::CourseDays { .. }
                | Self::CourseSpan { .. }
                | Self::StayDays { .. }
                | Self::Cycle { .. }
                | Self::AloneNotCovered { .. }
        )
    }

    /// Whether lines of several days weigh together, so that those of other versions of the rule weigh too.
    pub const fn looks_beyond_a_day(&self) -> bool {
        match self {
            Self::CourseDays { .. }
            | Self::CourseSpan { .. }
            | Self::StayDays { .. }
            | Self::Cycle { .. }
            | Self::SupplyOverlap { .. } => true,
            Self::Pair { window, .. } | Self::Companion { window, .. } => !matches!(window, Window::Day),
            _ => false,
        }
    }

    /// Whether all lines that weigh together are of one day or of one visit.
    pub const fn is_within_a_day_or_visit(&self) -> bool {
        match self {
            Self::DailyQuantity { .. }
            | Self::DailyCount { .. }
            | Self::Discount { .. }
            | Self::Decomposed { .. }
            | Self::AloneNotCovered { .. }
            | Self::StayDays { .. } => true,
            Self::Pair { window, .. } | Self::Companion { window, .. } => window.seconds().is_none(),
            _ => false,
        }
    }

    /// Further items it reads beside those of the rule.
    pub fn other_items(&self) -> &[String] {
        match self {
            Self::Pair { contained: items, .. }
            | Self::AloneNotCovered { among: items }
            | Self::Companion { any_of: items, .. }
            | Self::EmptyBed { passive: items, .. } => items,
            _ => &[],
        }
    }
}
