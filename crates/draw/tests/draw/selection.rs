//! What selection promises whatever the bases: order of rows, prefix, rate, exact probability.

use crate::bases::{bases, draw_id, objects, officers, rules, tally};
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_draw::base::{Bases, Object, Rules};
use xingjian_draw::stratum::{Size, select};
use xingjian_draw::ticket::{Sampler, Tag};

fn ids(objects: &[Object], drawn: &[usize]) -> Vec<String> {
    drawn.iter().map(|at| objects[*at].id.clone()).collect()
}

fn drawn(seed: &str, rules: &Rules, objects: &[Object]) -> (Vec<Size>, Vec<String>) {
    let (sizes, places) = select(&draw_id(), seed, rules, objects);
    (sizes, ids(objects, &places))
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(seed in "[a-z]{1,8}", turn in 0usize..50, count in 1usize..50) {
        let mut rows = objects(&[("A", count), ("B", 7)]);
        let sorted = bases(rows.clone(), officers("health", 3));
        let turn = turn % rows.len();
        rows.rotate_left(turn);
        rows.reverse();
        let other = bases(rows, officers("health", 3).into_iter().rev().collect());
        prop_assert_eq!(&sorted, &other);
        let rules = rules(&[("A", 333_333), ("B", 500_000)]);
        prop_assert_eq!(drawn(&seed, &rules, &sorted.objects), drawn(&seed, &rules, &other.objects));
    }

    #[test]
    fn a_higher_rate_only_adds(seed in "[a-z]{1,8}", count in 0usize..60, low in 0u32..=1_000_000, more in 0u32..=500_000) {
        let rows = objects(&[("A", count)]);
        let high = low.saturating_add(more).min(1_000_000);
        let small = drawn(&seed, &rules(&[("A", low)]), &rows).1;
        let large = drawn(&seed, &rules(&[("A", high)]), &rows).1;
        prop_assert_eq!(&large[..small.len()], &small[..], "the smaller sample begins the larger one");
    }

    #[test]
    fn what_an_object_gets_depends_on_no_other_object(seed in "[a-z]{1,8}", count in 2usize..40, gone in 0usize..40) {
        let rows = objects(&[("A", count)]);
        let all = rules(&[("A", 1_000_000)]);
        let mut order = drawn(&seed, &all, &rows).1;
        let gone = order.remove(gone % count);
        let rest: Vec<Object> = rows.into_iter().filter(|object| object.id != gone).collect();
        prop_assert_eq!(order, drawn(&seed, &all, &rest).1);
    }

    #[test]
    fn sizes_are_the_rate_rounded_either_way(seed in "[a-z]{1,8}", count in 0usize..200, ppm in 0u32..=1_000_000) {
        let rows = objects(&[("A", count)]);
        let (sizes, drawn) = drawn(&seed, &rules(&[("A", ppm)]), &rows);
        let exact = u64::try_from(count).unwrap() * u64::from(ppm);
        prop_assert!(sizes[0].drawn == exact / 1_000_000 || sizes[0].drawn == exact.div_ceil(1_000_000));
        prop_assert_eq!(drawn.len(), usize::try_from(sizes[0].drawn).unwrap());
        prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len(), "nobody twice");
    }
}

#[test]
fn strata_of_any_size_have_their_rate_exactly() {
    // The system that gave every registry the same head count had 8.6 % to 100 % at a nominal 20 %.
    for count in 1..=12usize {
        let stratum = &rules(&[("A", 200_000)]).strata[0];
        let objects = u64::try_from(count).unwrap();
        let sizes = tally((0..10_000).map(|at| {
            let sampler = Sampler::of(Tag::Size, &draw_id(), &format!("size/{at}"));
            stratum.size(objects, sampler.number(&stratum.name()))
        }));
        let mean = sizes.iter().map(|(size, times)| *size * u64::try_from(*times).unwrap()).sum::<u64>();
        let wanted = objects * 2_000; // 20 % of the objects in each of 10 000 draws
        assert!(mean.abs_diff(wanted) < 160, "{count}: {sizes:?}"); // standard deviation at most 50
        assert_eq!(stratum.inclusion(objects).unwrap().to_string(), "1/5");
    }
}

#[test]
fn a_least_number_publishes_what_it_makes_of_the_rate() {
    let mut rules = rules(&[("A", 200_000), ("B", 200_000)]);
    rules.strata[0].at_least = 3;
    rules.strata[1].at_least = 3;
    let (sizes, _) = drawn("seed", &rules, &objects(&[("A", 7), ("B", 40)]));
    let told = |size: &Size| (size.drawn, size.inclusion.unwrap().to_string());
    assert_eq!((told(&sizes[0]), told(&sizes[1])), ((3, "3/7".into()), (8, "1/5".into())));
    let (sizes, _) = drawn("seed", &rules, &objects(&[("A", 2)]));
    assert_eq!((told(&sizes[0]), sizes[1].inclusion), ((2, "1/1".into()), None));
}

#[test]
fn faults_of_bases_are_found_all_at_once() {
    let mut rows = objects(&[("A", 2)]);
    rows[1] = rows[0].clone();
    rows.push(Object { id: "e\u{301}".into(), grade: "E".into(), kind: "waterworks".into(), ..rows[0].clone() });
    let mut staff = officers("health", 2);
    staff[1] = staff[0].clone();
    let exception = |officer: &str, object: &str| xingjian_draw::base::Exception {
        officer: officer.into(),
        object: object.into(),
        reason: xingjian_draw::Digest([0; 32]),
    };
    let exceptions = vec![
        exception("P-health-0000", "演示-A-00000"),
        exception("P-health-0000", "演示-A-00000"),
        exception("P", "演示-A-00000"),
    ];
    let excluded = vec![xingjian_draw::base::Excluded { id: "x".into(), reason: " ".into() }];
    let faults = Bases::new(rows, excluded, staff, exceptions).faults(&rules(&[("A", 1)]));
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    expect_test::expect![[r#"
        检查对象编号：“演示-A-00000”出现了不止一次，重复的编号会被多给一次机会。请删去重复的行
        检查对象编号：“e+”为空或者不是NFC形式。请按许可证号或登记编号重新生成
        排除的检查对象：“x”没有写明排除理由。请填写理由
        检查对象：“e+（信用等级E，风险“”）”没有对应的抽查比例。请在抽查比例中补充，或者写明理由后排除
        检查对象：“e+（waterworks）”这类对象没有规定检查组席位。请补充席位，或者写明理由后排除
        检查人员名录：“P-health-0000”化名出现了两次。请核对是否重复登记，或者重新生成化名
        回避名单：“P—演示-A-00000”回避名单中的人员或者对象不在名录中。请核对名录，或者删去这一行
        回避名单：“P-health-0000—演示-A-00000”同一人员和对象出现了两次。请合并为一行"#]]
    .assert_eq(&told.join("\n").replace('\u{301}', "+"));
}

#[test]
fn rules_that_the_law_does_not_allow_are_refused() {
    let mut rules = rules(&[("A", 1), ("A", 2)]);
    rules.period.1 = "2026-11-30".parse().unwrap();
    rules.seats.get_mut("clinic").unwrap().pop();
    rules.items.insert(xingjian_kernel::DepartmentId::new("insurance"), vec![]);
    rules.first_line = xingjian_draw::Rate::from_percent(69).unwrap();
    let told: Vec<_> = rules.faults().iter().map(ToString::to_string).collect();
    expect_test::expect![[r#"
        检查期间：“2026-12-01至2026-11-30”结束早于开始。请调整起止日期
        抽查比例：“A/”同一信用等级和风险有两个比例。请只保留一个
        检查组席位：“clinic”1个席位，执法人员不得少于2人（行政处罚法第42条）。请增加席位
        检查组席位：“clinic”部门“insurance”有检查事项，检查组中却没有它的席位。请为参加联合抽查的每个部门设席位
        一线监督员占比：“69%”一线监督员占比不得低于70%。请调整为70%以上"#]]
    .assert_eq(&told.join("\n"));
}
