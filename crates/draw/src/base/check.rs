//! All faults of bases and rules at once.

use super::{Bases, Exception, FEWEST_OFFICERS, FIRST_LINE, Rules};
use crate::names::{Name, name};
use std::collections::BTreeSet;
use unicode_normalization::is_nfc;
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
        let Self { objects, excluded, officers, exceptions } = self;
        let sorted = objects.is_sorted_by(|one, other| one.id <= other.id)
            && excluded.is_sorted_by(|one, other| one.id <= other.id)
            && officers.is_sorted_by(|one, other| one.pseudonym <= other.pseudonym)
            && exceptions.is_sorted();
        if !sorted {
            return vec![Fault::new("名录", "", "没有按编号排序", "请按编号从小到大排列后重新生成")];
        }
        let mut faults = vec![];
        self.id_faults(&mut faults);
        self.class_faults(rules, &mut faults);
        for pair in officers.windows(2).filter(|pair| pair[0].pseudonym == pair[1].pseudonym) {
            let mend = "请核对是否重复登记，或者重新生成化名";
            faults.push(Fault::new("检查人员名录", &pair[0].pseudonym, "化名出现了两次", mend));
        }
        self.exception_faults(&mut faults);
        faults
    }

    fn id_faults(&self, faults: &mut Vec<Fault>) {
        let mut twice = |id: &str| {
            let reason = "出现了不止一次，重复的编号会被多给一次机会";
            faults.push(Fault::new("检查对象编号", id, reason, "请删去重复的行"));
        };
        self.objects.windows(2).filter(|pair| pair[0].id == pair[1].id).for_each(|pair| twice(&pair[0].id));
        self.excluded.windows(2).filter(|pair| pair[0].id == pair[1].id).for_each(|pair| twice(&pair[0].id));
        let known = |id: &str| self.objects.binary_search_by(|object| object.id.as_str().cmp(id)).is_ok();
        self.excluded.iter().filter(|excluded| known(&excluded.id)).for_each(|excluded| twice(&excluded.id));
        let all = self.objects.iter().map(|object| &object.id).chain(self.excluded.iter().map(|excluded| &excluded.id));
        for id in all.filter(|id| id.is_empty() || !is_nfc(id)) {
            faults.push(Fault::new("检查对象编号", id, "为空或者不是NFC形式", "请按许可证号或登记编号重新生成"));
        }
        for excluded in self.excluded.iter().filter(|excluded| excluded.reason.trim().is_empty()) {
            faults.push(Fault::new("排除的检查对象", &excluded.id, "没有写明排除理由", "请填写理由"));
        }
    }

    fn class_faults(&self, rules: &Rules, faults: &mut Vec<Fault>) {
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
    }

    fn exception_faults(&self, faults: &mut Vec<Fault>) {
        let pseudonyms: BTreeSet<Name<'_>> = self.officers.iter().map(|officer| name(&officer.pseudonym)).collect();
        let mut objects = self.objects.iter().map(|object| object.id.as_str()).peekable();
        let mut before: Option<&Exception> = None;
        for exception in &self.exceptions {
            while objects.next_if(|object| *object < exception.object.as_str()).is_some() {}
            let known = objects.peek() == Some(&exception.object.as_str());
            let value = || format!("{}—{}", exception.officer, exception.object);
            if !known || !pseudonyms.contains(&name(&exception.officer)) {
                let reason = "回避名单中的人员或者对象不在名录中";
                faults.push(Fault::new("回避名单", &value(), reason, "请核对名录，或者删去这一行"));
            } else if before.is_some_and(|of| (&of.object, &of.officer) == (&exception.object, &exception.officer)) {
                faults.push(Fault::new("回避名单", &value(), "同一人员和对象出现了两次", "请合并为一行"));
            }
            before = Some(exception);
        }
    }
}
