//! All faults of bases and rules at once.

use super::{Bases, FEWEST_OFFICERS, FIRST_LINE, Rules};
use crate::ticket::nfc;
use std::collections::BTreeSet;
use xingjian_kernel::Fault;

impl Rules {
    /// What keeps these rules from being those of a lawful draw.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![];
        if self.period.1 < self.period.0 {
            let value = format!("{}至{}", self.period.0, self.period.1);
            faults.push(Fault::new("检查期间", &value, "结束早于开始", "请调整起止日期"));
        }
        let mut names = BTreeSet::new();
        for stratum in &self.strata {
            if !names.insert(stratum.name()) {
                faults.push(Fault::new("抽查比例", &stratum.name(), "同一信用等级和风险有两个比例", "请只保留一个"));
            }
        }
        for (kind, seats) in &self.seats {
            if seats.len() < FEWEST_OFFICERS {
                let reason = format!("{}个席位，执法人员不得少于{FEWEST_OFFICERS}人（行政处罚法第42条）", seats.len());
                faults.push(Fault::new("检查组席位", kind, reason, "请增加席位"));
            }
            for department in self.items.keys().filter(|of| !seats.iter().any(|seat| seat.department == **of)) {
                let reason = format!("部门“{department}”有检查事项，检查组中却没有它的席位");
                faults.push(Fault::new("检查组席位", kind, reason, "请为参加联合抽查的每个部门设席位"));
            }
        }
        if self.first_line.ppm() < FIRST_LINE {
            let reason = "一线监督员占比不得低于70%";
            faults.push(Fault::new("一线监督员占比", &self.first_line.to_string(), reason, "请调整为70%以上"));
        }
        faults
    }
}

impl Bases {
    /// What keeps these bases from being drawn from under the rules.
    pub fn faults(&self, rules: &Rules) -> Vec<Fault> {
        let mut faults = vec![];
        self.object_faults(rules, &mut faults);
        let Self { objects, excluded, officers, exceptions } = self;
        if !(objects.is_sorted() && excluded.is_sorted() && officers.is_sorted() && exceptions.is_sorted()) {
            faults.push(Fault::new("名录", "", "没有按编号排序", "请按编号从小到大排列后重新生成"));
        }
        let mut pseudonyms = BTreeSet::new();
        for officer in &self.officers {
            if !pseudonyms.insert(officer.pseudonym.as_str()) {
                let mend = "请核对是否重复登记，或者重新生成化名";
                faults.push(Fault::new("检查人员名录", &officer.pseudonym, "化名出现了两次", mend));
            }
        }
        let objects: BTreeSet<&str> = self.objects.iter().map(|object| object.id.as_str()).collect();
        let mut pairs = BTreeSet::new();
        for exception in &self.exceptions {
            let value = format!("{}—{}", exception.officer, exception.object);
            if !pseudonyms.contains(exception.officer.as_str()) || !objects.contains(exception.object.as_str()) {
                let reason = "回避名单中的人员或者对象不在名录中";
                faults.push(Fault::new("回避名单", &value, reason, "请核对名录，或者删去这一行"));
            } else if !pairs.insert((&exception.officer, &exception.object)) {
                faults.push(Fault::new("回避名单", &value, "同一人员和对象出现了两次", "请合并为一行"));
            }
        }
        faults
    }

    fn object_faults(&self, rules: &Rules, faults: &mut Vec<Fault>) {
        let mut ids = BTreeSet::new();
        let all = self.objects.iter().map(|object| &object.id).chain(self.excluded.iter().map(|excluded| &excluded.id));
        for id in all {
            if id.is_empty() || *id != nfc(id) {
                faults.push(Fault::new("检查对象编号", id, "为空或者不是NFC形式", "请按许可证号或登记编号重新生成"));
            }
            if !ids.insert(id) {
                let reason = "出现了不止一次，重复的编号会被多给一次机会";
                faults.push(Fault::new("检查对象编号", id, reason, "请删去重复的行"));
            }
        }
        for object in &self.objects {
            if rules.stratum(&object.grade, &object.risk).is_none() {
                let value = format!("{}（信用等级{}，风险“{}”）", object.id, object.grade, object.risk);
                faults.push(Fault::new(
                    "检查对象",
                    &value,
                    "没有对应的抽查比例",
                    "请在抽查比例中补充，或者写明理由后排除",
                ));
            }
            if rules.seats_of(&object.kind).is_empty() {
                let value = format!("{}（{}）", object.id, object.kind);
                faults.push(Fault::new(
                    "检查对象",
                    &value,
                    "这类对象没有规定检查组席位",
                    "请补充席位，或者写明理由后排除",
                ));
            }
        }
        for excluded in self.excluded.iter().filter(|excluded| excluded.reason.trim().is_empty()) {
            faults.push(Fault::new("排除的检查对象", &excluded.id, "没有写明排除理由", "请填写理由"));
        }
    }
}
