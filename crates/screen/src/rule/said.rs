//! The numbers of a rule as a sentence, for the people who read and decide about it.

use super::{Age, AgeBound, AgeName, Parameters, Test, Window};
use crate::national::{Care, rank_label};
use xingjian_kernel::Fen;

/// Diagnoses and scopes shown before the rest is only counted.
const SHOWN: usize = 8;

impl Test {
    /// What is allowed, in words and numbers; empty where the kind has none of its own.
    pub fn limits(&self, parameters: &Parameters) -> String {
        match self {
            Self::Sex { only } => format!("限{}", only.label()),
            Self::Age { allowed } => age(*allowed, parameters),
            Self::Insurance { only } => format!("限险种 {}", list(only)),
            Self::Care { only } => {
                format!("限{}", only.iter().map(|care| Care::label(*care)).collect::<Vec<_>>().join("、"))
            }
            Self::Level { at_least } => format!("限{}及以上", rank_label(*at_least)),
            Self::Indication { diagnoses } => format!("限诊断 {}", list(diagnoses)),
            Self::PriceCap { caps } => {
                let one = |cap: &super::CapByLevel| {
                    let level = cap.level.map_or("统一", rank_label);
                    format!("{level} {}元", crate::hit::decimal(cap.price_e6, 6))
                };
                caps.iter().map(one).collect::<Vec<_>>().join("；")
            }
            Self::BeyondScope { scopes } => format!("要求执业范围 {}", list(scopes)),
            Self::DailyQuantity { at_most_e4 } => format!("每日不超过{}", crate::hit::decimal(*at_most_e4, 4)),
            Self::DailyCount { at_most } => format!("每日不超过{at_most}次"),
            Self::Pair { contained, window } => format!("{}，从项 {}", within(*window), list(contained)),
            Self::Discount { percent } => format!("第二种及以后不超过限价的{percent}%"),
            Self::Decomposed { at_least } => format!("同日{at_least}项及以上"),
            Self::Companion { any_of, window } => format!("{}应有 {} 之一", within(*window), list(any_of)),
            Self::CourseDays { at_most, gap_days } | Self::CourseSpan { at_most, gap_days } => {
                format!("支付{at_most}天；停用超过{gap_days}天另计一个疗程")
            }
            Self::StayDays { at_most } => format!("一次住院支付{at_most}天"),
            Self::Cycle { at_most, days } => format!("{days}天内不超过{at_most}"),
            Self::SupplyOverlap { at_most_days } => format!("余药不超过{at_most_days}天"),
            Self::AloneNotCovered { among } => format!("{}个品种单独或者一起使用不予支付", among.len()),
            Self::SamePrescription { at_least_items } => format!("品种相同且不少于{at_least_items}种"),
            Self::SplitStay { within_days, except } | Self::Readmission { within_days, except } => {
                let except =
                    if except.is_empty() { String::new() } else { format!("；诊断 {} 除外", list(except)) };
                format!("出院后{within_days}天内{except}")
            }
            Self::PingPong { within_days } => format!("每次间隔不超过{within_days}天"),
            Self::EmptyBed { min_days, idle_percent, .. } => {
                format!("住院{min_days}天及以上，空床天数达{idle_percent}%")
            }
            Self::Borrowed { within_minutes } | Self::DoctorTwoPlaces { within_minutes } => {
                format!("相隔不足{within_minutes}分钟")
            }
            Self::ManyInstitutions { at_least } => format!("同日{at_least}家机构及以上"),
            Self::MonthlyTotal { at_most_fen } => format!("每月不超过{}元", Fen::new(*at_most_fen)),
            Self::DoctorLoad { patients_a_day } => format!("每日不超过{patients_a_day}人"),
            Self::Growth { percent, at_least_fen } => {
                format!("达到上月的{percent}%，且不低于{}元", Fen::new(*at_least_fen))
            }
            Self::NotCovered
            | Self::AfterDeath
            | Self::OutsideStay
            | Self::Unlicensed
            | Self::MissingPhysician
            | Self::OverlappingStays
            | Self::OutpatientDuringStay
            | Self::TwoCities => String::new(),
        }
    }
}

fn age(bound: AgeBound, parameters: &Parameters) -> String {
    let between = |from: Option<Age>, before: Option<Age>| match (from, before) {
        (Some(from), Some(before)) => format!("满{from}、不满{before}"),
        (Some(from), None) => format!("满{from}"),
        (None, Some(before)) => format!("不满{before}"),
        (None, None) => "不限".to_owned(),
    };
    match bound {
        AgeBound::Between { from, before } => format!("限{}", between(from, before)),
        AgeBound::Named(name) => {
            let known = parameters.named(name);
            let label = match name {
                AgeName::Child => "儿童",
                AgeName::Newborn => "新生儿",
                AgeName::Infant => "婴幼儿",
                AgeName::WorkingAge => "法定就业年龄",
            };
            let note = if known.released { "" } else { "，产品默认" };
            format!("限{label}（{}{note}）", between(known.from, known.before))
        }
    }
}

const fn within(window: Window) -> &'static str {
    match window {
        Window::OneHour => "一小时内",
        Window::SixHours => "六小时内",
        Window::Day => "同日",
        Window::Visit => "同次就诊",
        Window::Stay => "同次住院",
    }
}

fn list(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("、");
    if all.len() > SHOWN { format!("{shown} 等{}个", all.len()) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_sentences() {
        let parameters = Parameters::default();
        let said = |test: Test| test.limits(&parameters);
        assert_eq!(said(Test::CourseDays { at_most: 14, gap_days: 7 }), "支付14天；停用超过7天另计一个疗程");
        assert_eq!(said(Test::Age { allowed: AgeBound::Named(AgeName::Child) }), "限儿童（不满18周岁，产品默认）");
        assert_eq!(said(Test::MonthlyTotal { at_most_fen: 2_000_000 }), "每月不超过20,000.00元");
        let many = (0..10).map(|n| format!("I{n}")).collect();
        assert_eq!(said(Test::Indication { diagnoses: many }), "限诊断 I0、I1、I2、I3、I4、I5、I6、I7 等10个");
        assert_eq!(said(Test::TwoCities), "");
    }
}
