//! The points of a subject by every rule: cycle, sum, thresholds and what a record would add to them.

use crate::ui::{Line, Section};
use xingjian_credit::demerit::{Account, Cycle};
use xingjian_kernel::time::chinese;
use xingjian_policy::Threshold;

/// One section a rule. `adding` are points that would take effect today; `source` is the line of the rule.
pub fn sections(accounts: &[Account], adding: Option<u16>, source: impl Fn(&Account) -> Option<Line>) -> Vec<Section> {
    accounts.iter().map(|account| section(account, adding, source(account))).collect()
}

fn section(account: &Account, adding: Option<u16>, source: Option<Line>) -> Section {
    let (rule, cycle) = (&account.rule, account.cycle.as_ref());
    let points = cycle.map_or(0, |cycle| cycle.points);
    let after = adding.map(|adding| points + u32::from(adding));
    let mut lines = vec![Line::new("记分周期", period(account))];
    // No cycle running is not the same as zero points.
    lines.extend(cycle.map(|cycle| Line::new("已生效", format!("{} 分（{} 次）", cycle.points, cycle.records.len()))));
    lines.extend(after.map(|after| Line::new("本次生效后", format!("{after} 分"))));
    lines.extend(rule.thresholds.iter().map(|t| threshold(t, cycle, points, after)));
    lines.extend(source);
    Section::new(&format!("累计记分（{}个月周期，{}）", rule.cycle_months, rule.source.document), lines)
}

fn period(account: &Account) -> String {
    let again = if account.rule.cleared_by_verification { "；校验合格后重新起算" } else { "" };
    match &account.cycle {
        None => format!("没有正在进行的周期，自首次记分生效之日起{}个月{again}", account.rule.cycle_months),
        Some(cycle) => {
            let last = cycle.next.yesterday().unwrap_or(cycle.next);
            format!("{}至{}{again}", chinese(cycle.from), chinese(last))
        }
    }
}

fn threshold(threshold: &Threshold, cycle: Option<&Cycle>, points: u32, after: Option<u32>) -> Line {
    let needed = u32::from(threshold.points);
    let reached = cycle.and_then(|cycle| cycle.reached.iter().find(|r| r.points == threshold.points));
    let standing = match (reached, after) {
        (Some(reached), _) => format!("{}已达到", chinese(reached.on)),
        (None, Some(after)) if after >= needed => "本次生效后达到".to_owned(),
        (None, Some(after)) => format!("本次生效后还差{}分", needed - after),
        (None, None) => format!("还差{}分", needed.saturating_sub(points)),
    };
    Line::new(&format!("满 {} 分", threshold.points), format!("{}——{standing}", threshold.measure))
}

/// Measures that so many points more would reach, over all rules.
pub fn would_reach(accounts: &[Account], adding: u16) -> Vec<String> {
    let new = |account: &Account| {
        let points = account.cycle.as_ref().map_or(0, |cycle| cycle.points);
        let after = points + u32::from(adding);
        let passed =
            account.rule.thresholds.iter().filter(move |t| (points + 1..=after).contains(&u32::from(t.points)));
        passed.map(|t| format!("满{}分{}", t.points, t.measure)).collect::<Vec<_>>()
    };
    accounts.iter().flat_map(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use xingjian_kernel::LocalDate;
    use xingjian_policy::Policy;

    #[test]
    fn a_subject_without_a_cycle_has_no_sum_and_sees_what_the_points_would_reach() {
        let policy = Policy::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy"), "zhuhai").unwrap();
        let rule = policy.demerit_rule("institution", LocalDate::new(2026, 11, 21).unwrap()).unwrap().clone();
        let accounts = [Account { rule, cycle: None }];
        assert_eq!(would_reach(&accounts, 9), ["满6分提醒", "满9分约谈主要负责人"]);
        let lines = |adding| -> Vec<(String, String)> {
            let sections = sections(&accounts, adding, |_| None);
            sections.into_iter().flat_map(|s| s.lines).map(|line| (line.label, line.value)).collect()
        };
        let plain = lines(None);
        assert!(!plain.iter().any(|(label, _)| label == "已生效"), "nothing runs, which is not zero points");
        assert!(plain.contains(&("满 9 分".into(), "约谈主要负责人——还差9分".into())));
        let adding = lines(Some(9));
        assert!(adding.contains(&("满 9 分".into(), "约谈主要负责人——本次生效后达到".into())));
        assert!(adding.contains(&("满 12 分".into(), "建议暂缓校验一个月至六个月——本次生效后还差3分".into())));
    }
}
