//! What each kind of test means: definition, source, what it reads, which amount is in question, what it does without a value.

use super::Test;

/// The definition of one kind, in the words of the people who read hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Name in files: `sex`.
    pub name: &'static str,
    /// Name on screen.
    pub label: &'static str,
    /// When it hits.
    pub definition: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// What it reads.
    pub inputs: &'static str,
    /// Which amount is in question.
    pub amount: &'static str,
    /// What happens where a value is missing.
    pub missing: &'static str,
    /// Names of the values a hit carries, in order.
    pub values: &'static [Value],
}

/// A value that a hit of this kind has only sometimes, and not this time.
pub const NOT_APPLICABLE: i64 = i64::MIN;

/// One value that a hit carries: its name and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value(pub &'static str, pub Shape);

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A plain number.
    Number,
    /// A day.
    Day,
    /// Ten-thousandths of a unit.
    Quantity,
    /// Millionths of a yuan.
    Price,
    /// Fen.
    Money,
    /// A sex.
    Sex,
    /// A way of care.
    Care,
    /// A rank of institutions.
    Rank,
    /// A code of the list of short codes.
    Code,
    /// A diagnosis.
    Diagnosis,
    /// A doctor.
    Doctor,
    /// An institution.
    Institution,
}

const FRAMEWORK: &str = "国家智能监管规则框架1.0版";
const PRACTICE: &str = "医保基金监管实务口径";
const PRODUCT: &str = "产品默认";
const LINE: &str = "该费用明细金额";
const COVERED: &str = "该费用明细的医保范围金额";
const NOT_JUDGED: &str = "不作判断，计入未判断数";

macro_rules! kinds {
    ($($name:literal $label:literal $pattern:pat => $definition:literal, $source:expr, $inputs:literal, $amount:expr, $missing:expr, [$($value:literal $shape:ident),*];)+) => {
        /// Every kind, in the order of the catalogue.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: $name, label: $label, definition: $definition, source: $source, inputs: $inputs,
            amount: $amount, missing: $missing, values: &[$(Value($value, Shape::$shape)),*],
        }),+];

        impl Test {
            /// The name of its kind.
            pub const fn kind_name(&self) -> &'static str {
                match self { $($pattern => $name),+ }
            }
        }
    };
}

kinds! {
    "sex" "限性别" Test::Sex { .. } => "使用限定性别的药品、项目或耗材，而就诊人性别不符。", FRAMEWORK, "就诊性别、医保范围金额", COVERED, NOT_JUDGED, ["性别" Sex];
    "age" "限年龄" Test::Age { .. } => "费用发生日就诊人年龄不在限定范围内。周岁自生日当日起算；2月29日出生者在平年自3月1日起算。", FRAMEWORK, "出生日期、费用发生日、医保范围金额", COVERED, NOT_JUDGED, ["出生日期" Day, "费用发生日" Day];
    "insurance" "限险种" Test::Insurance { .. } => "就诊险种不在限定险种内。", FRAMEWORK, "险种、医保范围金额", COVERED, NOT_JUDGED, ["险种" Code];
    "care" "限就医方式" Test::Care { .. } => "就医方式不在限定方式内。", FRAMEWORK, "医疗类别、医保范围金额", COVERED, NOT_JUDGED, ["就医方式" Care];
    "level" "限医疗机构级别" Test::Level { .. } => "医疗机构级别低于限定级别。", FRAMEWORK, "医院等级、医保范围金额", COVERED, NOT_JUDGED, ["级别" Rank];
    "indication" "限适应症" Test::Indication { .. } => "就诊的全部诊断中没有限定范围内的诊断。", FRAMEWORK, "全部诊断编码、医保范围金额", COVERED, "就诊没有任何诊断时不作判断", ["主要诊断" Diagnosis];
    "price_cap" "超限定单价" Test::PriceCap { .. } => "单价高于该级别医疗机构的限价；没有按级别限价的，按统一限价。", FRAMEWORK, "单价、数量、医院等级", "超出限价部分×数量", "级别不明且无统一限价时不作判断", ["单价" Price, "限价" Price];
    "not_covered" "不予支付" Test::NotCovered => "不得纳入基金支付范围的项目计入了医保范围金额。", FRAMEWORK, "医保范围金额", "医保范围金额", NOT_JUDGED, ["医保范围金额" Money];
    "after_death" "死亡后收费" Test::AfterDeath => "费用发生日晚于死亡日期。", PRACTICE, "死亡日期、费用发生日", LINE, "没有死亡日期时不适用", ["死亡日期" Day, "费用发生日" Day];
    "outside_stay" "计费日期与住院时间不符" Test::OutsideStay => "住院费用的发生日早于入院日或晚于出院日。", FRAMEWORK, "入院时间、出院时间、费用发生日", LINE, "缺入院（出院）时间的一侧不作判断", ["入院" Day, "出院" Day, "费用发生日" Day];
    "unlicensed" "开单医师未注册" Test::Unlicensed => "费用发生日开单医师没有有效的执业注册。", "医师法第13条、第14条", "开单医师、执业注册", LINE, "没有开单医师或未提供注册信息时不适用", ["医师" Doctor, "费用发生日" Day];
    "beyond_scope" "超出执业范围" Test::BeyondScope { .. } => "费用发生日开单医师的注册范围不含该项目要求的范围。", "医师法第14条", "开单医师、执业注册", LINE, "没有注册的由“开单医师未注册”判断", ["医师" Doctor, "费用发生日" Day];
    "missing_physician" "缺主诊医师" Test::MissingPhysician => "住院就诊没有主诊医师。", FRAMEWORK, "主诊医师", "该次住院总费用", "没有入院时间时不作判断", [];
    "daily_quantity" "单日超数量" Test::DailyQuantity { .. } => "同一机构同日数量合计超过上限；冲销后的净数量。", FRAMEWORK, "数量、费用发生日", "超出数量的金额，从当日最后一条明细起计", "无", ["数量合计" Quantity, "上限" Quantity];
    "daily_count" "单日超次数" Test::DailyCount { .. } => "同一机构同日收费次数超过上限。", FRAMEWORK, "费用发生日", "超出次数的各条明细金额", "无", ["次数" Number, "上限" Number];
    "pair" "重复收费" Test::Pair { .. } => "在规定的时间范围内，同一机构既收取主项又收取其内涵已包含的从项。", FRAMEWORK, "费用发生日期时间、就诊", "从项各条明细金额", "按小时判断而没有时刻的明细不作判断", ["主项条数" Number, "从项条数" Number, "相隔（分钟）" Number];
    "discount" "手术未按规定折价" Test::Discount { .. } => "同次就诊同日收取同组两种及以上手术，第二种及以后的单价高于限价的规定比例。", FRAMEWORK, "单价、限价", "高于规定比例的部分×数量", "没有限价时不作判断", ["单价" Price, "限价" Price, "比例（%）" Number];
    "decomposed" "分解收费" Test::Decomposed { .. } => "同一机构同日收取应合并收费的多个组成项目。", FRAMEWORK, "费用发生日", "除金额最高的一条外各条明细金额", "无", ["项目数" Number, "判定数" Number];
    "companion" "缺少伴随项目" Test::Companion { .. } => "收取某项目，而在规定范围内没有必需的伴随项目。", FRAMEWORK, "费用发生日、就诊", LINE, "无", ["明细条数" Number];
    "course_days" "超支付疗程" Test::CourseDays { .. } => "一个疗程内使用日数超过支付天数；停用超过规定天数另计一个疗程。各机构合并计算。", FRAMEWORK, "费用发生日、数量、医保范围金额", "超出天数之后各日的医保范围金额", "无", ["使用日数" Number, "支付天数" Number, "疗程首日" Day];
    "course_span" "超支付疗程（跨度）" Test::CourseSpan { .. } => "自疗程首日起超过支付天数后仍在使用。", FRAMEWORK, "费用发生日、数量、医保范围金额", "超出天数之后各日的医保范围金额", "无", ["跨度（天）" Number, "支付天数" Number, "疗程首日" Day];
    "stay_days" "超单次住院支付天数" Test::StayDays { .. } => "一次住院内使用日数超过支付天数；门诊使用不计。", FRAMEWORK, "费用发生日、数量、就诊、医保范围金额", "超出天数之后各日的医保范围金额", "无", ["使用日数" Number, "支付天数" Number, "首日" Day];
    "cycle" "周期超频次" Test::Cycle { .. } => "截至使用日的一个周期内，数量合计超过上限。各机构合并计算。", FRAMEWORK, "费用发生日、数量、医保范围金额", "当日超出数量的医保范围金额", "无", ["数量合计" Quantity, "上限" Quantity, "周期（天）" Number];
    "supply_overlap" "重叠供药" Test::SupplyOverlap { .. } => "开药时手中余药超过规定天数。", PRACTICE, "费用发生日、用药天数", "当日该组药品金额", "没有用药天数的明细不计入余药", ["余药天数" Number, "上限" Number, "本次天数" Number];
    "alone_not_covered" "单方使用不予支付" Test::AloneNotCovered { .. } => "同次就诊同日的中药饮片全部属于单独使用不予支付的品种。", FRAMEWORK, "费用发生日、就诊、医保范围金额", "该日各条明细的医保范围金额", "无", ["明细条数" Number];
    "same_prescription" "同日重复处方" Test::SamePrescription { .. } => "同日两次门诊所开药品品种完全相同。", PRACTICE, "就诊时间、药品编码", "后一次就诊总费用", "没有就诊时间时不作判断", ["药品条数" Number, "最少条数" Number];
    "overlapping_stays" "重叠住院" Test::OverlappingStays => "同一参保人两次住院的时间重叠。", PRACTICE, "入院时间、出院时间", "两次住院中较小的总费用", NOT_JUDGED, ["重叠（分钟）" Number];
    "outpatient_during_stay" "住院期间门诊" Test::OutpatientDuringStay => "门诊时间在入院之后、出院之前。", PRACTICE, "就诊时间、入院时间、出院时间", "门诊总费用", NOT_JUDGED, ["入院" Day, "出院" Day];
    "split_stay" "分解住院" Test::SplitStay { .. } => "出院后规定天数内因同一疾病（诊断类目相同）在同一机构再次住院；放化疗、透析等计划性周期除外。", "医疗保障基金使用监督管理条例第38条、规则框架", "入院时间、出院时间、主要诊断、机构", "后一次住院总费用", NOT_JUDGED, ["间隔（天）" Number, "上限" Number, "主要诊断" Diagnosis];
    "readmission" "再入院" Test::Readmission { .. } => "出院后规定天数内因同一疾病（诊断类目相同）再次住院，不限机构；计划性周期除外。", FRAMEWORK, "入院时间、出院时间、主要诊断", "后一次住院总费用", NOT_JUDGED, ["间隔（天）" Number, "上限" Number, "主要诊断" Diagnosis];
    "ping_pong" "往返转院" Test::PingPong { .. } => "先后三次住院，由甲机构转乙机构再转回甲机构，每次间隔不超过规定天数。", PRODUCT, "入院时间、出院时间、机构", "第三次住院总费用", NOT_JUDGED, ["间隔一（天）" Number, "间隔二（天）" Number, "上限" Number];
    "empty_bed" "挂床住院" Test::EmptyBed { .. } => "住院天数中仅有床位、护理、诊查等项目的天数达到规定比例。", PRACTICE, "入院时间、出院时间、每日费用", "该次住院总费用", NOT_JUDGED, ["空床天数" Number, "住院天数" Number, "比例（%）" Number];
    "two_cities" "同时异地就医" Test::TwoCities => "两次就诊时间重叠而就医地不同；门诊按一小时计。", PRACTICE, "就诊时间、就医地区划", "后一次就诊总费用", NOT_JUDGED, ["前一就医地" Code, "后一就医地" Code];
    "borrowed" "疑似冒名就医" Test::Borrowed { .. } => "同一参保人在两家机构的门诊时间相隔不足规定分钟数。", PRODUCT, "就诊时间、机构", "后一次就诊总费用", "没有就诊时间时不作判断", ["相隔（分钟）" Number, "判定（分钟）" Number];
    "many_institutions" "一日多机构就诊" Test::ManyInstitutions { .. } => "同一参保人一个自然日内在规定数目以上的机构门诊。", PRODUCT, "就诊时间、机构", "当日各次门诊总费用", "没有就诊时间时不作判断", ["机构数" Number, "判定数" Number];
    "monthly_total" "月度费用超阈值" Test::MonthlyTotal { .. } => "一个自然月内门诊总费用合计超过阈值。", PRODUCT, "就诊时间、总费用", "超出阈值部分", "没有就诊时间的不计入；有就诊没有总费用、已知合计未超过阈值的月份不作判断，计入未判断数", ["合计" Money, "阈值" Money];
    "doctor_load" "医师超负荷" Test::DoctorLoad { .. } => "一名医师同日门诊人数超过上限。", PRODUCT, "主诊医师、就诊时间", "不计金额", "没有医师或时间的就诊不计入", ["医师" Doctor, "人数" Number, "上限" Number];
    "doctor_two_places" "医师同时两地执业" Test::DoctorTwoPlaces { .. } => "一名医师相邻两次门诊在不同机构且相隔不足规定分钟数。", PRACTICE, "主诊医师、就诊时间、机构", "不计金额", "没有医师或时间的就诊不计入", ["医师" Doctor, "前一机构" Institution, "后一机构" Institution];
    "growth" "费用突增" Test::Growth { .. } => "机构当月总费用达到上月的规定百分比，且不低于起点金额。", PRODUCT, "就诊时间、总费用、机构", "不计金额", "上月没有费用时不适用；上月或者当月有就诊没有总费用、可能改变结果的，不作判断，计入未判断数", ["机构" Institution, "当月" Money, "上月" Money];
}

impl Test {
    /// The definition of its kind.
    pub fn kind(&self) -> &'static Kind {
        let name = self.kind_name();
        KINDS.iter().find(|kind| kind.name == name).expect("every test has a kind")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_kind_is_the_one_in_files() {
        let test = Test::MonthlyTotal { at_most_fen: 1 };
        let json = serde_json::to_value(&test).expect("serialises");
        assert_eq!(json["kind"], test.kind().name);
        let test = Test::OutpatientDuringStay;
        assert_eq!(serde_json::to_value(&test).expect("serialises")["kind"], test.kind().name);
    }

    #[test]
    fn no_kind_is_named_twice() {
        let mut names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
    }
}
