//! What a task must hold to stand in a plan: all faults at once.

use super::{Plan, PlannedTask};
use crate::base::KINDS;
use crate::text::required;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_kernel::{DepartmentId, Fault};

/// What the policy pack demands of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Least rate by grade.
    pub rates: BTreeMap<String, Rate>,
    /// Items that may be looked at.
    pub items: BTreeSet<String>,
    /// Departments there are.
    pub departments: BTreeSet<DepartmentId>,
    /// Least officers in a team.
    pub officers: usize,
    /// Least share of the first line.
    pub first_line: Rate,
    /// Most days of leave with which an officer can still be drawn, unless the plan says otherwise.
    pub leave_days: u32,
    /// Share of institutions with a level that the year must reach.
    pub floor: Rate,
}

impl PlannedTask {
    /// What keeps the task from standing in this plan.
    pub(super) fn faults(&self, plan: &Plan, pack: &Pack) -> Vec<Fault> {
        let mut faults = vec![];
        required("任务名称", &self.name, &mut faults);
        let (first, last) = self.rules.period;
        if first.year() != plan.year || last.year() != plan.year {
            let value = format!("{first}至{last}");
            faults.push(Fault::new("检查期间", &value, format!("不在{}年内", plan.year), "请调整起止日期"));
        }
        self.range_faults(plan, &mut faults);
        self.rate_faults(pack, &mut faults);
        self.seat_faults(pack, &mut faults);
        faults.extend(self.rules.faults());
        faults
    }

    fn range_faults(&self, plan: &Plan, faults: &mut Vec<Fault>) {
        if self.range.divisions.is_empty() {
            faults.push(Fault::new("抽查范围", "", "没有选择区划", "请至少选择一个区划"));
        }
        for division in self.range.divisions.iter().filter(|division| !plan.division.contains(division)) {
            faults.push(Fault::new("抽查范围", division.as_str(), "不在计划所在的区划内", "请改选本地的区划"));
        }
        let is_code = |code: &String| {
            let mut chars = code.chars();
            let letter = chars.next().is_some_and(|letter| letter.is_ascii_uppercase());
            letter && code.len() <= 4 && chars.all(|digit| digit.is_ascii_digit())
        };
        for code in self.range.categories.iter().filter(|code| !is_code(code)) {
            let mend = "请填写类别代码的开头，例如 A、D1、A100";
            faults.push(Fault::new("机构类别", code, "不是机构类别代码（WS 218）", mend));
        }
    }

    fn rate_faults(&self, pack: &Pack, faults: &mut Vec<Fault>) {
        for (grade, least) in &pack.rates {
            let mut of_grade = self.rules.strata.iter().filter(|stratum| stratum.grade == *grade).peekable();
            if of_grade.peek().is_none() {
                faults.push(Fault::new("抽查比例", grade, "没有填写", format!("请填写{least}以上的比例")));
            }
            for stratum in of_grade.filter(|stratum| stratum.rate < *least) {
                let reason = format!("低于政策包规定的{least}");
                faults.push(Fault::new("抽查比例", &format!("{grade}级 {}", stratum.rate), reason, "请提高比例"));
            }
        }
        for stratum in self.rules.strata.iter().filter(|stratum| !pack.rates.contains_key(&stratum.grade)) {
            faults.push(Fault::new("抽查比例", &stratum.grade, "不是信用等级", "请按信用等级填写比例"));
        }
        if self.rules.first_line < pack.first_line {
            let reason = format!("低于政策包规定的{}", pack.first_line);
            faults.push(Fault::new("一线监督员占比", &self.rules.first_line.to_string(), reason, "请提高占比"));
        }
    }

    fn seat_faults(&self, pack: &Pack, faults: &mut Vec<Fault>) {
        if self.rules.items.values().all(Vec::is_empty) {
            faults.push(Fault::new("检查事项", "", "没有选择", "请至少选择一项"));
        }
        for item in self.rules.items.values().flatten().filter(|item| !pack.items.contains(*item)) {
            faults.push(Fault::new("检查事项", item, "不在现行检查事项清单内", "请从清单中选择"));
        }
        for department in self.departments().iter().filter(|department| !pack.departments.contains(department)) {
            faults.push(Fault::new("参与部门", department.as_str(), "不是综合监管的部门", "请从部门表中选择"));
        }
        if self.rules.seats.is_empty() {
            faults.push(Fault::new("检查组席位", "", "没有填写", "请为每类检查对象设置席位"));
        }
        for (kind, seats) in &self.rules.seats {
            if !KINDS.contains(&kind.as_str()) {
                faults.push(Fault::new(
                    "检查组席位",
                    kind,
                    "没有这类检查对象",
                    format!("请填写{}之一", KINDS.join("、")),
                ));
            }
            if seats.len() < pack.officers {
                let reason = format!("{}个席位，少于政策包规定的{}人", seats.len(), pack.officers);
                faults.push(Fault::new("检查组席位", kind, reason, "请增加席位"));
            }
        }
    }
}
