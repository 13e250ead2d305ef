use super::*;
use crate::event::tests::event;
use expect_test::expect;
use jiff::civil::date;
use proptest::prelude::*;
use std::fmt::Write as _;
use xingjian_policy::{Source, Status};

/// The default model: 1000 points, A from 900, B from 750, C from 600.
fn model() -> Entry<GradeModel> {
    use GradeCause as C;
    let item = |cause, name: &str, points, veto: Option<&str>, cap| GradeItem {
        cause,
        name: name.into(),
        points,
        veto: veto.map(str::to_owned),
        cap,
    };
    let band = |grade: &str, from, label: &str| GradeBand { grade: grade.into(), from, label: label.into() };
    Entry {
        id: "medical".into(),
        from: date(2020, 9, 10),
        until: None,
        source: Source { document: "山西2018".into(), clause: "千分制".into() },
        status: Status::Default,
        body: GradeModel {
            base: 1000,
            items: vec![
                item(C::PenaltyWarning, "行政处罚（警告、通报批评）", -20, None, None),
                item(C::PenaltyFineBelow1w, "行政处罚（罚款不足1万元）", -40, None, None),
                item(C::PenaltyFineFrom1w, "行政处罚（罚款1万元以上或者没收）", -80, None, None),
                item(C::Revocation, "吊销许可证件", 0, Some("D"), None),
                item(C::DemeritPoint, "不良执业行为记分", -10, None, None),
                item(C::RefusedInspection, "拒绝接受检查", 0, Some("D"), None),
                item(C::OrderedCorrection, "责令限期改正（未处罚）", -5, None, Some(50)),
                item(C::ComplaintSettled, "投诉按期办结并满意", 2, None, None),
                item(C::ProvincialHonour, "省部级表彰", 30, None, Some(60)),
                // Not in the default model: one point, to stand exactly on a border.
                item(C::InsuranceRefund, "医保违规退回（每万元）", -1, None, None),
            ],
            grades: vec![
                band("A", 900, "信用好"),
                band("B", 750, "信用较好"),
                band("C", 600, "信用一般"),
                band("D", 0, "信用差"),
            ],
        },
    }
}

fn at(events: &[CreditEvent], as_of: LocalDate) -> (i32, String) {
    let grading = grade(&model(), events, as_of);
    (grading.total, grading.grade)
}

/// T33.
#[test]
fn the_borders_of_the_bands() {
    use GradeCause as C;
    let day = date(2026, 6, 1);
    let with = |units| [event(1, C::DemeritPoint, 10, day), event(2, C::InsuranceRefund, units, day)];
    assert_eq!(at(&[], day), (1000, "A".into()));
    assert_eq!(at(&[event(1, C::DemeritPoint, 10, day)], day), (900, "A".into()));
    assert_eq!(at(&with(1), day), (899, "B".into()));
    assert_eq!(at(&with(150), day), (750, "B".into()));
    assert_eq!(at(&with(151), day), (749, "C".into()));
    assert_eq!(at(&with(300), day), (600, "C".into()));
    assert_eq!(at(&with(301), day), (599, "D".into()));
    assert_eq!(at(&with(2000), day), (-1100, "D".into()), "below all bands it is the last");
    assert_eq!(at(&[event(1, C::RefusedInspection, 1, day)], day), (1000, "D".into()), "拒检");
}

/// The story of the demo: a fine with confiscation, then 12 points; beside it a fine of 2,000 yuan.
#[test]
fn explained_item_by_item() {
    use GradeCause as C;
    let events = [
        event(2, C::DemeritPoint, 12, date(2026, 7, 20)),
        event(1, C::PenaltyFineFrom1w, 1, date(2026, 7, 1)),
        event(3, C::SelfCheckDone, 1, date(2026, 7, 2)),
    ];
    let grading = grade(&model(), &events, date(2026, 7, 31));
    let mut text = format!("{} 至 {} 基础分 {}\n", grading.from, grading.as_of, grading.base);
    for line in &grading.lines {
        write!(text, "{} {} × {} = {}", line.name, line.count, line.each, line.subtotal).unwrap();
        for source in &line.sources {
            write!(text, " [{} {}]", source.number.as_deref().unwrap_or("-"), source.effective_on).unwrap();
        }
        text.push('\n');
    }
    for source in &grading.unweighted {
        writeln!(text, "不计分 {}", source.text).unwrap();
    }
    writeln!(text, "{} {}（{}）下次变化 {}", grading.total, grading.grade, grading.label, grading.next_change.unwrap())
        .unwrap();
    expect![[r"
        2025-08-01 至 2026-07-31 基础分 1000
        行政处罚（罚款1万元以上或者没收） 1 × -80 = -80 [珠卫医罚〔2026〕1号 2026-07-01]
        不良执业行为记分 12 × -10 = -120 [珠卫医罚〔2026〕2号 2026-07-20]
        不计分 按期完成依法执业自查并整改
        800 B（信用较好）下次变化 2027-07-01
    "]]
    .assert_eq(&text);
    assert_eq!(at(&[event(1, C::PenaltyFineBelow1w, 1, date(2026, 7, 1))], date(2026, 7, 31)), (960, "A".into()));
}

#[test]
fn an_event_counts_for_one_year() {
    let events = [event(1, GradeCause::PenaltyFineFrom1w, 2, date(2026, 7, 1))];
    assert_eq!(at(&events, date(2026, 6, 30)).0, 1000);
    assert_eq!(at(&events, date(2026, 7, 1)).0, 840);
    assert_eq!(at(&events, date(2027, 6, 30)).0, 840);
    assert_eq!(at(&events, date(2027, 7, 1)).0, 1000);
    let leap = [event(1, GradeCause::PenaltyWarning, 1, date(2024, 2, 29))];
    assert_eq!(at(&leap, date(2025, 2, 27)).0, 980);
    assert_eq!(at(&leap, date(2025, 2, 28)).0, 1000);
}

#[test]
fn a_past_grade_stays_what_it_was() {
    let fine = event(1, GradeCause::PenaltyFineFrom1w, 2, date(2026, 7, 1));
    let withdrawn = fine.withdraw(date(2026, 9, 1), "原决定被撤销").unwrap();
    assert_eq!(at(std::slice::from_ref(&withdrawn), date(2026, 8, 31)), (840, "B".into()));
    assert_eq!(at(&[withdrawn], date(2026, 9, 1)), (1000, "A".into()));
}

#[test]
fn caps_bound_a_cause_in_both_directions() {
    use GradeCause as C;
    let day = date(2026, 6, 1);
    let events = [event(1, C::ProvincialHonour, 3, day), event(2, C::OrderedCorrection, 11, day)];
    let grading = grade(&model(), &events, day);
    let lines: Vec<_> = grading.lines.iter().map(|l| (l.cause, l.subtotal, l.uncapped)).collect();
    assert_eq!(lines, vec![(C::OrderedCorrection, -50, Some(-55)), (C::ProvincialHonour, 60, Some(90))]);
    assert_eq!(grading.total, 1010);
}

#[test]
fn a_veto_that_changes_nothing_is_not_named() {
    use GradeCause as C;
    let day = date(2026, 6, 1);
    let vetoed = grade(&model(), &[event(1, C::Revocation, 1, day)], day);
    assert_eq!((vetoed.by_points.as_str(), vetoed.grade.as_str()), ("A", "D"));
    assert_eq!(vetoed.veto.as_deref(), Some("吊销许可证件"));
    let fallen = grade(&model(), &[event(1, C::Revocation, 1, day), event(2, C::DemeritPoint, 60, day)], day);
    assert_eq!((fallen.by_points.as_str(), fallen.grade.as_str(), fallen.veto), ("D", "D", None));
}

fn any_event() -> impl Strategy<Value = CreditEvent> {
    let causes = proptest::sample::select(GradeCause::ALL);
    (causes, 1u32..20, 0i32..900, 1u64..1000).prop_map(|(cause, units, day, n)| {
        event(n, cause, units, date(2025, 1, 1).saturating_add(jiff::Span::new().days(day)))
    })
}

proptest! {
    #[test]
    fn the_explanation_adds_up_in_any_order(
        mut events in proptest::collection::vec(any_event(), 0..30),
        day in 0i32..1500,
    ) {
        let as_of = date(2025, 1, 1).saturating_add(jiff::Span::new().days(day));
        let grading = grade(&model(), &events, as_of);
        let lines: i32 = grading.lines.iter().map(|line| line.subtotal).sum();
        prop_assert_eq!(grading.total, grading.base + lines);
        let quoted = grading.lines.iter().map(|l| l.sources.len()).sum::<usize>() + grading.unweighted.len();
        let inside = |e: &&CreditEvent| grading.from <= e.effective_on && e.effective_on <= as_of;
        prop_assert_eq!(quoted, events.iter().filter(inside).count());
        // Nothing changes before the day that is announced.
        if let Some(next) = grading.next_change {
            let eve = next.yesterday().unwrap();
            let past: Vec<_> = events.iter().filter(|e| e.effective_on <= as_of).cloned().collect();
            prop_assert_eq!(grade(&model(), &past, eve).total, grading.total);
        }
        events.sort_by_key(|event| std::cmp::Reverse((event.id, event.effective_on, event.cause, event.units)));
        let again = grade(&model(), &events, as_of);
        prop_assert_eq!(again.total, grading.total);
        prop_assert_eq!(again.grade, grading.grade);
    }
}
