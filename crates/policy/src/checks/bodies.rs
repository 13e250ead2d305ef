//! What each kind of entry must hold to.

use super::{Body, Checker};
use crate::body::{
    Channel, City, Clock, ComplaintKind, DemeritItem, DemeritRule, Department, DiscretionBand, DocumentKind, Duty,
    Fine, GradeModel, InspectionItem, Keeping, LinkageRule, MessageLayout, Parameter, PenaltyKind, PublicationClass,
    SamplingRate, SeedInstitution, TopicWords, Violation, WordsFor,
};
use crate::fault::FaultKind;
use xingjian_kernel::Fen;

/// Levels that an institution can have.
pub const LEVELS: &[&str] = &[
    "三级特等",
    "三级甲等",
    "三级乙等",
    "三级丙等",
    "三级",
    "二级甲等",
    "二级乙等",
    "二级丙等",
    "二级",
    "一级甲等",
    "一级乙等",
    "一级丙等",
    "一级",
    "未定级",
];

/// Every field that a publication can show, with its name on screen. Certificate numbers and names of persons are
/// none of them.
pub const PUBLIC_FIELDS: &[(&str, &str)] = &[
    ("party_name", "行政相对人名称"),
    ("party_kind", "行政相对人类别"),
    ("credit_code", "统一社会信用代码"),
    ("document_number", "文书文号"),
    ("violation", "违法行为类型"),
    ("facts", "违法事实"),
    ("basis", "处罚依据"),
    ("penalty_kinds", "处罚类别"),
    ("penalty_text", "处罚内容"),
    ("fine", "罚款金额"),
    ("confiscated", "没收金额"),
    ("decided_on", "处罚决定日期"),
    ("authority", "处罚机关"),
    ("inspected_on", "检查日期"),
    ("inspecting_authority", "检查机关"),
    ("items", "检查事项"),
    ("result", "检查结果"),
    ("public_until", "公示截止期"),
];

const EVENTS: &[&str] = &["decision", "inspection"];
const UNITS: &[&str] = &["人民币分", "记分", "人", "次", "日", "小时", "年", "百分比"];
/// Points may fall far below zero; the last grade has to reach further.
const LOWEST_POINTS: i32 = -100_000;

impl Body for Department {
    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Body for Channel {
    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Body for City {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.division("division", &self.division);
    }
}

impl Body for Duty {
    fn title(&self) -> String {
        self.text.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.department("lead", self.lead.as_str());
        for (at, other) in self.others.iter().enumerate() {
            let field = format!("others[{at}]");
            checker.department(&field, other.as_str());
            if *other == self.lead || self.others[..at].contains(other) {
                checker.fault(FaultKind::DuplicateName, &field, format!("部门“{other}”重复"), "删去重复的一项");
            }
        }
        checker.distinct("topics", &self.topics);
    }
}

impl Body for SeedInstitution {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.division("division", &self.division);
        if !LEVELS.contains(&self.level.as_str()) {
            let reason = format!("没有等级“{}”", self.level);
            checker.fault(FaultKind::UnknownLevel, "level", reason, format!("改为下列之一：{}", LEVELS.join("、")));
        }
    }
}

impl Body for MessageLayout {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let needed = "写上文件中的列名";
        checker.hold(!self.text.is_empty(), FaultKind::MissingField, "text", "没有正文的列名", needed);
    }
}

impl Body for TopicWords {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let named = self.topic.is_some() == (self.points_to == WordsFor::Topic);
        let mend = "指向事项的词表写上事项，其他的不写";
        checker.hold(named, FaultKind::MissingField, "topic", "事项与词表的指向不一致", mend);
        let words: Vec<String> = self.weighted().map(|(word, _)| word.to_owned()).collect();
        checker.hold(!words.is_empty(), FaultKind::MissingField, "strong", "没有一个词", "至少写一个词");
        checker.distinct("strong", &words);
    }
}

impl Body for ComplaintKind {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.clock("clock", &self.clock);
        checker.clock("accept_clock", &self.accept_clock);
    }
}

impl Body for Clock {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.hold(self.term.count > 0, FaultKind::ZeroTerm, "term", "期限为零", "改为大于零的期限");
        let descending = self.warn_days.windows(2).all(|pair| pair[0] > pair[1]);
        checker.hold(
            descending,
            FaultKind::Thresholds,
            "warn_days",
            "预警天数没有从大到小排列",
            "从大到小排列，不重复",
        );
    }
}

impl Body for Keeping {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.clock("clock", &self.clock);
    }
}

impl Body for InspectionItem {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.hold(!self.points.is_empty(), FaultKind::MissingField, "points", "没有检查要点", "至少写一个检查要点");
        let risk = (1..=5).contains(&self.risk);
        checker.hold(risk, FaultKind::OutOfRange, "risk", "风险权重不在1到5之间", "改为1到5的整数");
        checker.violations("violations", &self.violations);
        checker.distinct("violations", &self.violations);
    }
}

impl Body for Violation {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let listed = self.penalties.contains(&PenaltyKind::Fine);
        let given = self.fine != Fine::None;
        if listed != given {
            let reason = if given {
                "规定了罚款，处罚种类中却没有罚款"
            } else {
                "处罚种类中有罚款，却没有规定罚款幅度"
            };
            checker.fault(FaultKind::FineWithoutPenalty, "fine", reason, "使处罚种类与罚款规定一致");
        }
        match &self.fine {
            Fine::None => {}
            Fine::Fixed { min, max, .. } => range(checker, "fine", *min, *max),
            Fine::Multiple { min, max, below, floor, .. } => {
                let sound = 0 < *min && min <= max;
                let reason = format!("罚款倍数{min}至{max}不正确");
                checker.hold(sound, FaultKind::BadMultiple, "fine", &reason, "倍数大于零，且下限不大于上限");
                let floor = floor.is_none_or(|floor| floor > Fen::ZERO);
                checker.hold(floor, FaultKind::OutOfRange, "fine.floor", "最低计算基数为零", "填写大于零的金额或删去");
                if let Some(below) = below {
                    range(checker, "fine.below", below.min, below.max);
                    let limit = below.limit > Fen::ZERO;
                    let mend = "填写改用定额的界限金额";
                    checker.hold(limit, FaultKind::OutOfRange, "fine.below.limit", "界限金额为零", mend);
                }
            }
        }
    }
}

fn range(checker: &mut Checker<'_>, field: &str, min: Fen, max: Fen) {
    let reason = format!("罚款下限{min}元大于上限{max}元，或者上限为零");
    checker.hold(min <= max && max > Fen::ZERO, FaultKind::FineReversed, field, &reason, "核对条文，改正上下限");
}

impl Body for DemeritItem {
    fn title(&self) -> String {
        self.behaviour.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.hold(self.points > 0, FaultKind::BadPoints, "points", "记分为零", "填写大于零的分值");
        checker.violations("violations", &self.violations);
        checker.distinct("violations", &self.violations);
    }
}

impl Body for DemeritRule {
    fn title(&self) -> String {
        format!("{}不良执业行为记分规则", self.target.label())
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.hold(self.cycle_months > 0, FaultKind::ZeroTerm, "cycle_months", "周期为零", "填写周期的月数");
        checker.hold(!self.thresholds.is_empty(), FaultKind::Thresholds, "thresholds", "没有阈值", "至少写一个阈值");
        for (at, pair) in self.thresholds.windows(2).enumerate() {
            let field = format!("thresholds[{}]", at + 1);
            let reason = format!("阈值{}分不大于前一个{}分", pair[1].points, pair[0].points);
            checker.hold(pair[0].points < pair[1].points, FaultKind::Thresholds, &field, &reason, "从小到大排列");
        }
    }
}

impl Body for GradeModel {
    fn title(&self) -> String {
        format!("信用等级模型（基础分{}）", self.base)
    }
    fn check(&self, checker: &mut Checker<'_>) {
        for (at, item) in self.items.iter().enumerate() {
            let field = format!("items[{at}]");
            if self.items[..at].iter().any(|other| other.cause == item.cause) {
                let reason = format!("事由“{}”重复", item.cause.label());
                checker.fault(FaultKind::DuplicateName, &field, reason, "删去重复的一项");
            }
            let known = item.veto.as_ref().is_none_or(|veto| self.grades.iter().any(|band| band.grade == *veto));
            checker.hold(known, FaultKind::UnknownGrade, &field, "否决等级不在本模型中", "改为本模型的等级");
            let effect = item.points != 0 || item.veto.is_some();
            checker.hold(effect, FaultKind::BadPoints, &field, "既不加减分也不否决", "填写分值或否决等级");
            let cap = item.cap.is_none_or(|cap| cap.signum() == item.points.signum() && cap.abs() >= item.points.abs());
            let mend = "上限与分值同号，且不小于一次的分值";
            checker.hold(cap, FaultKind::BadPoints, &field, "上限与分值不一致", mend);
        }
        self.check_grades(checker);
    }
}

impl GradeModel {
    fn check_grades(&self, checker: &mut Checker<'_>) {
        let mend = "从最好的等级写起，起始分从大到小，最后一级不设下限";
        for (at, band) in self.grades.iter().enumerate() {
            let field = format!("grades[{at}]");
            let before = &self.grades[..at];
            if before.last().is_some_and(|last| last.from <= band.from) {
                let reason = format!("等级“{}”的起始分不低于前一等级", band.grade);
                checker.fault(FaultKind::GradeBands, &field, reason, mend);
            }
            if before.iter().any(|other| other.grade == band.grade) {
                checker.fault(FaultKind::GradeBands, &field, format!("等级“{}”重复", band.grade), "删去重复的一级");
            }
        }
        match self.grades.last() {
            None => checker.fault(FaultKind::GradeBands, "grades", "没有等级", mend),
            Some(last) if last.from > LOWEST_POINTS => {
                let reason = format!("低于{}分没有等级", last.from);
                checker.fault(FaultKind::GradeBands, &format!("grades[{}]", self.grades.len() - 1), reason, mend);
            }
            Some(_) => {}
        }
    }
}

impl Body for SamplingRate {
    fn title(&self) -> String {
        format!("{}级抽查比例", self.grade)
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.grade("grade", &self.grade);
        let rate = self.rate_percent <= 100;
        checker.hold(rate, FaultKind::RateTooHigh, "rate_percent", "抽查比例超过100%", "改为0到100的整数");
    }
}

impl Body for LinkageRule {
    fn title(&self) -> String {
        self.matter.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.department("department", self.department.as_str());
        checker.hold(!self.on_grades.is_empty(), FaultKind::MissingField, "on_grades", "没有触发等级", "写明触发等级");
        for (at, grade) in self.on_grades.iter().enumerate() {
            checker.grade(&format!("on_grades[{at}]"), grade);
        }
        checker.distinct("on_grades", &self.on_grades);
    }
}

impl Body for PublicationClass {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let mend = format!("改为下列之一：{}", EVENTS.join("、"));
        let event = EVENTS.contains(&self.event.as_str());
        checker.hold(event, FaultKind::UnknownWord, "event", &format!("不认识事件“{}”", self.event), &mend);
        checker.clock("clock", &self.clock);
        checker.hold(!self.fields.is_empty(), FaultKind::NoPublicFields, "fields", "没有公开字段", "列出公开的字段");
        for (at, field) in self.fields.iter().enumerate() {
            if !PUBLIC_FIELDS.iter().any(|(known, _)| known == field) {
                let mend = PUBLIC_FIELDS.iter().map(|(known, _)| *known).collect::<Vec<_>>().join("、");
                let reason = format!("没有可公开的字段“{field}”");
                let path = format!("fields[{at}]");
                checker.fault(FaultKind::UnknownWord, &path, reason, format!("改为下列之一：{mend}"));
            }
        }
        checker.distinct("fields", &self.fields);
        checker.hold(self.retention.count > 0, FaultKind::ZeroTerm, "retention", "公开期限为零", "改为大于零的期限");
        if let Some(shortest) = self.shortest {
            checker.hold(
                shortest.count > 0,
                FaultKind::ZeroTerm,
                "shortest",
                "最短公示期为零",
                "没有最短公示期的删去该字段",
            );
        }
    }
}

impl Body for Parameter {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        checker.hold(self.value >= 0, FaultKind::OutOfRange, "value", "参数为负数", "改为零或正数");
        let mend = format!("改为下列之一：{}", UNITS.join("、"));
        let reason = format!("不认识单位“{}”", self.unit);
        checker.hold(UNITS.contains(&self.unit.as_str()), FaultKind::UnknownWord, "unit", &reason, &mend);
    }
}

impl Body for DiscretionBand {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let high = self.from_percent <= 100 && self.to_percent <= 100;
        checker.hold(high, FaultKind::RateTooHigh, "to_percent", "幅度超过100%", "改为0到100的整数");
    }
}

impl Body for DocumentKind {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn check(&self, checker: &mut Checker<'_>) {
        let pattern = &self.number_pattern;
        for mark in ["{year}", "{seq}"] {
            let reason = format!("文号写法中“{mark}”应当出现一次");
            let once = pattern.matches(mark).count() == 1;
            let mend = "写成例如“{short}卫医罚〔{year}〕{seq}号”的形式";
            checker.hold(once, FaultKind::BadNumberPattern, "number_pattern", &reason, mend);
        }
        let rest = pattern.replace("{short}", "").replace("{year}", "").replace("{seq}", "");
        let mend = "只用{short}、{year}和{seq}三种占位";
        let clean = !rest.contains(['{', '}']);
        checker.hold(clean, FaultKind::BadNumberPattern, "number_pattern", "文号写法中有不认识的占位", mend);
    }
}
