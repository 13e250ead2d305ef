//! What a limit column or a published text allows. Each reading is either a test or the reason why there is none; which part of a
//! test no source states is named beside it.

use crate::national::{Care, Sex};
use crate::rule::{Age, AgeBound, AgeName, ResultClass, Test, Window};
use ResultClass::{Definite, Suspect};

/// One test that a point gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Added to the id, where a point gives more than one.
    pub suffix: &'static str,
    pub test: Test,
    pub result: ResultClass,
    /// What no source states.
    pub defaults: Vec<&'static str>,
}

type Reading = Result<Vec<Limit>, String>;

/// No source of the batches says whether a hit is 明确违规 or 可疑.
const RESULT: &str = "结果类型";
const PAUSE: &str = "停用超过30天另计一个疗程";
const GAP_DAYS: u16 = 30;
/// Half the price from the second operation on, the usual share in the price lists of the provinces.
const DISCOUNT_PERCENT: u8 = 50;

fn limit(test: Test, result: ResultClass, defaults: &[&'static str]) -> Limit {
    let defaults = [RESULT].iter().chain(defaults).copied().collect();
    Limit { suffix: "", test, result, defaults }
}

/// 限定性别: `男` or `女`.
pub(super) fn sex(value: &str) -> Reading {
    let only = match value {
        "男" => Sex::Male,
        "女" => Sex::Female,
        _ => return Err(format!("限定性别“{value}”无法识别")),
    };
    Ok(vec![limit(Test::Sex { only }, Definite, &["性别不清、两性畸形等例外情形没有编码，未予排除"])])
}

const MALE_WORDS: [&str; 7] = ["男", "前列腺", "阴茎", "睾丸", "精", "阳痿", "雄激素"];
const FEMALE_WORDS: [&str; 12] = ["女", "妇", "子宫", "阴道", "月经", "经期", "孕", "产", "乳", "卵巢", "宫颈", "带下"];

/// A sex that only the words of an indication tell; where both or none are named there is no reading.
pub(super) fn sex_of_words(text: &str) -> Reading {
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (names(&MALE_WORDS), names(&FEMALE_WORDS)) {
        (true, false) => sex("男"),
        (false, true) => sex("女"),
        _ => Err("公布内容没有写明性别，也不能由适应症确定".to_owned()),
    }
}

/// Whether the text of a drug is a limit of payment; else it is the indication of the leaflet.
pub(super) fn is_payment_limit(text: &str) -> bool {
    text.starts_with('限')
}

/// A drug for children. A limit of payment may name the ages: a range takes the place of 儿童, a first age stands beside it.
pub(super) fn child(text: &str) -> Vec<Limit> {
    let child = Test::Age { allowed: AgeBound::Named(AgeName::Child) };
    if !is_payment_limit(text) {
        return vec![limit(child, Suspect, &[])];
    }
    let Some((from, before)) = ages(text) else { return vec![limit(child, Definite, &[])] };
    let named =
        Test::Age { allowed: AgeBound::Between { from: Some(Age::years(from)), before: before.map(Age::years) } };
    let widest = "写有几段年龄的取最宽，“至”“以下”均含本数";
    match before {
        Some(_) => vec![limit(named, Definite, &[widest])],
        None => vec![limit(child, Definite, &[]), Limit { suffix: "/年龄", ..limit(named, Definite, &[]) }],
    }
}

/// The widest range of ages that a text names: first age allowed, first age no longer allowed.
fn ages(text: &str) -> Option<(u16, Option<u16>)> {
    let mut found: Option<(u16, Option<u16>)> = None;
    for (at, _) in text.match_indices('岁') {
        let head = &text[..at];
        let (last, before_last) = trailing_number(head)?;
        let tail = &text[at + '岁'.len_utf8()..];
        let range = before_last.strip_suffix(['至', '-']).and_then(|rest| {
            let first = trailing_number(rest.strip_suffix('岁').unwrap_or(rest))?.0;
            Some((first, Some(last + 1)))
        });
        let open = (tail.starts_with("及") && tail.contains("以上")).then_some((last, None));
        if let Some((from, before)) = range.or(open) {
            found = Some(found.map_or((from, before), |known| {
                (known.0.min(from), known.1.zip(before).map(|(known, new)| known.max(new)))
            }));
        }
    }
    found
}

/// The digits at the end of a text, and what stands before them.
fn trailing_number(text: &str) -> Option<(u16, &str)> {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text[head.len()..].parse().ok().map(|number| (number, head))
}

/// 限定对象 of a service: 儿童, 新生儿 or 婴幼儿.
pub(super) fn item_age(value: &str) -> Reading {
    let name = match value {
        "儿童" => AgeName::Child,
        "新生儿" => AgeName::Newborn,
        "婴幼儿" => AgeName::Infant,
        _ => return Err(format!("限定对象“{value}”无法识别")),
    };
    Ok(vec![limit(Test::Age { allowed: AgeBound::Named(name) }, Definite, &[])])
}

/// 参保人年龄超出法定就业年龄限制.
pub(super) fn working_age(text: &str) -> Reading {
    if !text.contains("法定就业年龄") {
        return Err(format!("“{text}”没有可执行的含义"));
    }
    Ok(vec![limit(Test::Age { allowed: AgeBound::Named(AgeName::WorkingAge) }, Definite, &[])])
}

/// 限定保险类型.
pub(super) fn insurance(value: &str) -> Reading {
    match value {
        "工伤" => Ok(vec![limit(Test::Insurance { only: vec!["410".to_owned()] }, Definite, &[])]),
        // Maternity insurance is settled together with the employees' insurance since 2019, so 510 is often not written.
        "生育" => Ok(vec![limit(
            Test::Insurance { only: vec!["510".to_owned()] },
            Suspect,
            &["两险合并后就诊险种可能记为职工医保，命中须人工核对"],
        )]),
        _ => Err(format!("限定保险类型“{value}”无法识别")),
    }
}

/// 限定就医方式: what the text names.
pub(super) fn care(text: &str) -> Reading {
    if !text.contains("住院") {
        return Err("公布内容没有写明就医方式".to_owned());
    }
    let mut only = vec![Care::Inpatient, Care::DaySurgery];
    let mut defaults = vec!["“住院”含日间手术"];
    if text.contains("急诊") {
        only.extend([Care::Emergency, Care::FirstAid]);
        defaults.push("“急诊”含120急救");
    }
    Ok(vec![limit(Test::Care { only }, Definite, &defaults)])
}

/// 限定机构等级: `二级` or `三级` in the words.
pub(super) fn level(text: &str) -> Reading {
    let at_least = if text.contains("三级") {
        3
    } else if text.contains("二级") {
        2
    } else {
        return Err("公布内容没有写明医疗机构级别".to_owned());
    };
    let level = Test::Level { at_least };
    if text.contains("首次处方") || text.contains("专科医院") {
        return Ok(vec![limit(level, Suspect, &["“首次处方”“专科医院”等条件不能由费用明细判断"])]);
    }
    Ok(vec![limit(level, Definite, &[])])
}

/// 限定支付疗程 of a drug; the days of the limit column count before those of the text.
pub(super) fn course(column: Option<&str>, text: &str) -> Reading {
    let months = text.contains("个月");
    let days = match column {
        Some(column) => column.strip_suffix('天').and_then(|days| days.parse().ok()),
        None if months => text.contains("不超过12个月").then_some(365),
        None => days_of(text),
    };
    let Some(at_most) = days else { return Err("没有写明支付天数，或写法不止一种".to_owned()) };
    let in_one_stay = text.contains("单次住院") || (text.contains("住院方可支付") && text.contains("单次"));
    if in_one_stay {
        Ok(vec![limit(Test::StayDays { at_most }, Definite, &[])])
    } else if months {
        Ok(vec![limit(Test::CourseSpan { at_most, gap_days: GAP_DAYS }, Suspect, &[PAUSE, "12个月按365天计"])])
    } else {
        Ok(vec![limit(Test::CourseDays { at_most, gap_days: GAP_DAYS }, Suspect, &[PAUSE])])
    }
}

/// The only number of days that a text names.
pub(super) fn days_of(text: &str) -> Option<u16> {
    let mut found = text.match_indices('天').filter_map(|(at, _)| trailing_number(&text[..at]).map(|(days, _)| days));
    let days = found.next()?;
    found.all(|other| other == days).then_some(days)
}

/// The remark of a service that is limited to a course: each clause gives a test.
pub(super) fn item_course(text: &str) -> Reading {
    let clauses = text.split(['，', '。', '；']).map(str::trim).filter(|clause| !clause.is_empty());
    let mut limits: Vec<Limit> = clauses.map(course_clause).collect::<Result<_, _>>()?;
    // The course comes first: it is what the rule is named after, the frequency comes on top.
    limits.sort_by_key(|limit| !limit.suffix.is_empty());
    if limits.is_empty() { Err("备注为空".to_owned()) } else { Ok(limits) }
}

fn course_clause(clause: &str) -> Result<Limit, String> {
    let days = |prefix: &str| clause.strip_prefix(prefix)?.strip_suffix('天')?.parse::<u16>().ok();
    if let Some(at_most) = days("总时间不超过") {
        return Ok(limit(Test::CourseSpan { at_most, gap_days: GAP_DAYS }, Suspect, &[PAUSE]));
    }
    if let Some(at_most) = days("支付不超过").or_else(|| days("一个疾病过程支付不超过")) {
        return Ok(limit(Test::CourseDays { at_most, gap_days: GAP_DAYS }, Suspect, &[PAUSE]));
    }
    if clause == "支付不超过一年" {
        let test = Test::CourseSpan { at_most: 365, gap_days: GAP_DAYS };
        return Ok(limit(test, Suspect, &[PAUSE, "一年按365天计"]));
    }
    if let Some(days) = days("评定间隔时间不短于") {
        return Ok(Limit { suffix: "/间隔", ..limit(Test::Cycle { at_most: 1, days }, Definite, &[]) });
    }
    if clause == "每周最多支付一次" {
        return Ok(Limit { suffix: "/频次", ..limit(Test::Cycle { at_most: 1, days: 7 }, Definite, &[]) });
    }
    Err(format!("“{clause}”没有可执行的含义"))
}

/// 限定频次: so many a day; hours are counted as the units of the line.
pub(super) fn daily(count: &str, unit: &str) -> Reading {
    let Some(count) = count.parse::<i64>().ok().filter(|count| (1..=1_000_000).contains(count)) else {
        return Err(format!("限制数量“{count}”不是正整数"));
    };
    let defaults: &[&str] = match unit {
        "日" | "天" => &[],
        "小时" => &["按小时计价的项目，上限的周期为一日"],
        _ => return Err(format!("数量单位“{unit}”无法识别")),
    };
    Ok(vec![limit(Test::DailyQuantity { at_most_e4: count * 10_000 }, Definite, defaults)])
}

/// 周期超频次.
pub(super) fn cycle(times: &str, days: &str) -> Reading {
    let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0);
    match (number(times), number(days)) {
        (Some(at_most), Some(days)) => Ok(vec![limit(Test::Cycle { at_most, days }, Definite, &[])]),
        _ => Err(format!("频次上限“{times}”、疗程周期“{days}”不是正整数")),
    }
}

/// 重复收费.
pub(super) fn pair(window: &str, contained: &str) -> Reading {
    let (window, result, defaults): (_, _, &[&str]) = match window {
        "单日" => (Window::Day, Definite, &[]),
        "单次就诊" => (Window::Visit, Definite, &[]),
        "同一小时" => (Window::OneHour, Suspect, &["以费用发生时间作为项目实施时间"]),
        "6小时" => (Window::SixHours, Suspect, &["以费用发生时间作为项目实施时间"]),
        _ => return Err(format!("频度“{window}”无法识别")),
    };
    Ok(vec![limit(Test::Pair { contained: vec![contained.to_owned()], window }, result, defaults)])
}

/// 限定主次操作.
pub(super) fn discount() -> Vec<Limit> {
    let defaults = ["第二种及以后手术按50%计价", "是否同一切口不能由费用明细判断"];
    vec![limit(Test::Discount { percent: DISCOUNT_PERCENT }, Suspect, &defaults)]
}

/// 不得纳入基金支付范围的中药饮片.
pub(super) fn never_covered() -> Vec<Limit> {
    vec![limit(Test::NotCovered, Definite, &[])]
}

/// 单独使用时不予支付的中药饮片.
pub(super) fn not_covered_alone() -> Vec<Limit> {
    let test = Test::AloneNotCovered { among: vec!["T*".to_owned()] };
    vec![limit(test, Suspect, &["处方按同次就诊同日计", "编码以T开头的为中药饮片"])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_as_widely_as_they_are_written() {
        assert_eq!(ages("限2岁至11岁儿童甲症。"), Some((2, Some(12))));
        assert_eq!(ages("限3-12岁乙症患者。"), Some((3, Some(13))));
        assert_eq!(ages("限5至12岁以下儿童患者。"), Some((5, Some(13))));
        assert_eq!(ages("限：1.1岁至14岁儿童甲症；2.2岁至14岁儿童乙症。"), Some((1, Some(15))));
        assert_eq!(ages("限3岁及3岁以上儿童患者。"), Some((3, None)));
        assert_eq!(ages("限3岁及以上儿童的丙症。"), Some((3, None)));
        assert_eq!(ages("限儿童。"), None);
        assert_eq!(ages("岁"), None);
    }

    #[test]
    fn a_course_is_of_one_stay_of_months_or_of_days() {
        let test = |column, text| course(column, text).map(|limits| limits[0].test.clone());
        let days = Test::CourseDays { at_most: 14, gap_days: 30 };
        assert_eq!(test(None, "限甲症，48小时内开始使用，支付不超过14天。"), Ok(days));
        assert_eq!(test(Some("15天"), "甲症患者，单次住院最多支付14天。"), Ok(Test::StayDays { at_most: 15 }));
        assert_eq!(test(None, "甲症。住院方可支付，单次支付不超过3天。"), Ok(Test::StayDays { at_most: 3 }));
        let span = Test::CourseSpan { at_most: 365, gap_days: 30 };
        assert_eq!(test(Some("365天"), "支付不超过12个月。"), Ok(span));
        assert!(test(None, "支付不超过14天，必要时20天。").is_err());
        assert!(test(None, "支付不超过9个月。").is_err());
    }

    #[test]
    fn a_remark_gives_a_test_for_each_clause_or_none() {
        let tests =
            |text| item_course(text).map(|limits| limits.into_iter().map(|limit| limit.test).collect::<Vec<_>>());
        let span = |at_most| Test::CourseSpan { at_most, gap_days: 30 };
        let both = vec![span(90), Test::Cycle { at_most: 1, days: 14 }];
        assert_eq!(tests("总时间不超过90天，评定间隔时间不短于14天。"), Ok(both));
        assert_eq!(
            tests("每周最多支付一次，支付不超过一年。"),
            Ok(vec![span(365), Test::Cycle { at_most: 1, days: 7 }])
        );
        let days = vec![Test::CourseDays { at_most: 90, gap_days: 30 }];
        assert_eq!(tests("一个疾病过程支付不超过90天。"), Ok(days));
        assert_eq!(tests("支付不超过90天，另有规定的除外。"), Err("“另有规定的除外”没有可执行的含义".to_owned()));
        assert!(tests("").is_err());
    }

    #[test]
    fn words_tell_a_sex_only_where_they_name_one() {
        assert_eq!(sex_of_words("转移性前列腺癌成人患者"), sex("男"));
        assert_eq!(sex_of_words("用于痛经、子宫肌瘤"), sex("女"));
        assert!(sex_of_words("用于乳腺癌和前列腺癌").is_err());
        assert!(sex_of_words("用于腰腿酸痛").is_err());
        assert!(sex("不限").is_err());
    }
}
