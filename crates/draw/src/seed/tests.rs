use super::*;
use crate::drand::Pulse;
use crate::{DrawId, Salt};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn draw() -> DrawId {
    "2026-1".parse().unwrap()
}

fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id)
}

fn entered<T>(person: &str, of: &str, value: T) -> Entered<T> {
    Entered { person: person.to_owned(), department: department(of), at: NOON.plus_seconds(9_000), value }
}

fn both<T: Clone>(value: T) -> [Entered<T>; 2] {
    [entered("甲", "health", value.clone()), entered("乙", "insurance", value)]
}

fn ceremony() -> Ceremony {
    Ceremony { place: "政务大厅".into(), at: NOON.plus_seconds(3_600), digits: 20 }
}

fn reveal(of: &str, byte: u8) -> (DepartmentId, Reveal) {
    (department(of), Reveal { value: Salt([byte; 32]), salt: Salt([byte + 1; 32]), at: NOON.plus_seconds(60) })
}

/// Everything at once but drand, whose real rounds lie in the shared vectors.
fn planned() -> (SourcePlan, Contributions) {
    let reveals: BTreeMap<_, _> = [reveal("police", 3), reveal("health", 1)].into();
    let commitments =
        reveals.iter().map(|(of, r)| (of.clone(), Reveal::commitment(&draw(), of, &r.value, &r.salt))).collect();
    let lottery = Lottery { name: "演示彩票".into(), issue: "2026135期".into(), at: NOON.plus_seconds(7_200) };
    let plan = SourcePlan {
        ceremony: Some(ceremony()),
        lottery: Some(lottery),
        drand: None,
        reveals: Some(RevealPlan { due: NOON.plus_seconds(120), commitments }),
    };
    let said = Contributions {
        ceremony: Some(both("01234567890123456789".into())),
        lottery: Some(both("01 05 12 + 07".into())),
        drand: None,
        reveals,
    };
    (plan, said)
}

fn refused(said: &Contributions, want: &Expect) {
    let error = planned().0.combine(&draw(), said).unwrap_err();
    want.assert_eq(&error.to_string());
}

fn faulty(change: impl FnOnce(&mut SourcePlan), want: &Expect) {
    let mut plan = planned().0;
    change(&mut plan);
    let faults: Vec<_> = plan.faults(NOON).iter().map(ToString::to_string).collect();
    want.assert_eq(&faults.join("\n"));
}

#[test]
fn the_sources_stand_in_one_order() {
    let (plan, said) = planned();
    assert_eq!(plan.faults(NOON), []);
    assert_eq!((plan.first(), plan.complete()), (Some(NOON.plus_seconds(3_600)), Some(NOON.plus_seconds(7_200))));
    expect![[r#"ceremony:01234567890123456789|lottery:01,05,12,07|reveal:health=0101010101010101010101010101010101010101010101010101010101010101|reveal:police=0303030303030303030303030303030303030303030303030303030303030303"#]]
        .assert_eq(&plan.combine(&draw(), &said).unwrap());
}

#[test]
fn a_source_that_is_missing_or_was_not_planned_is_named() {
    let (_, said) = planned();
    refused(
        &Contributions { ceremony: None, ..said.clone() },
        &expect![[r#"种子来源“公开仪式”还没有结果。请在其产生后由两人分别录入"#]],
    );
    let pulse = Pulse { round: 1, signature: String::new(), previous_signature: None };
    refused(
        &Contributions { drand: Some(both(pulse)), ..said },
        &expect![[r#"公布的抽查方案没有约定种子来源“drand随机信标”，不得使用。请只录入方案约定的来源"#]],
    );
}

#[test]
fn numbers_are_typed_alike_by_two_departments_after_they_exist() {
    let (_, said) = planned();
    let ceremony = |pair| Contributions { ceremony: Some(pair), ..said.clone() };
    let number = || "01234567890123456789".to_owned();
    refused(
        &ceremony([entered("甲", "health", number()), entered("丙", "health", number())]),
        &expect![[
            r#"“公开仪式”由甲（health）和丙（health）录入：两名录入人须属于不同部门。请由另一部门的人员重新录入"#
        ]],
    );
    refused(
        &ceremony([entered("甲", "health", number()), entered("甲", "insurance", number())]),
        &expect![[
            r#"“公开仪式”由甲（health）和甲（insurance）录入：两名录入人须属于不同部门。请由另一部门的人员重新录入"#
        ]],
    );
    refused(
        &ceremony([entered("甲", "health", number()), entered("乙", "insurance", number().replace('0', "1"))]),
        &expect![[
            r#"“公开仪式”两次录入不一致：“01234567890123456789”和“11234567891123456789”。请对照公开记录核对后重新录入"#
        ]],
    );
    let early = Entered { at: NOON.plus_seconds(3_599), ..entered("甲", "health", number()) };
    refused(
        &ceremony([early, entered("乙", "insurance", number())]),
        &expect![[
            r#"“公开仪式”录入于2023-11-15 07:13:19，早于其产生时间2023-11-15 07:13:20。请核对时间，不得提前录入"#
        ]],
    );
    refused(
        &ceremony(both("0123456789012345678".into())),
        &expect![[r#"公开仪式数字：“0123456789012345678”应当正好是20位半角数字。请对照记录重新录入"#]],
    );
    refused(
        &ceremony(both("0123456789012345678|".into())),
        &expect![[r#"公开仪式数字：“0123456789012345678|”应当正好是20位半角数字。请对照记录重新录入"#]],
    );
    refused(
        &Contributions { lottery: Some(both("01 红 05".into())), ..said.clone() },
        &expect![[r#"彩票或交易所结果：“01 红 05”只能是数字，数字之间用空格或逗号分开。请对照公布的结果重新录入"#]],
    );
}

#[test]
fn a_department_that_does_not_reveal_stops_the_draw() {
    let (plan, said) = planned();
    let with = |change: &dyn Fn(&mut BTreeMap<DepartmentId, Reveal>)| {
        let mut said = said.clone();
        change(&mut said.reveals);
        said
    };
    let missing = with(&|reveals| reveals.retain(|of, _| *of != department("police")));
    refused(
        &missing,
        &expect![[
            r#"部门“police”未在2023-11-15 06:15:20前公开其承诺的随机数。请公布这一情况并终止本次抽查，另行组织"#
        ]],
    );
    let late = with(&|reveals| reveals.get_mut(&department("police")).unwrap().at = NOON.plus_seconds(121));
    assert_eq!(plan.combine(&draw(), &late), plan.combine(&draw(), &missing));
    let other = with(&|reveals| reveals.get_mut(&department("police")).unwrap().value = Salt([9; 32]));
    refused(
        &other,
        &expect![[r#"部门“police”公开的随机数与其事先提交的承诺不符。请公布这一情况并终止本次抽查，另行组织"#]],
    );
    // What another department had committed to cannot be handed in again.
    let copied = with(&|reveals| {
        let copy = reveals[&department("health")].clone();
        reveals.insert(department("police"), copy);
    });
    refused(
        &copied,
        &expect![[r#"部门“police”公开的随机数与其事先提交的承诺不符。请公布这一情况并终止本次抽查，另行组织"#]],
    );
    refused(
        &with(&|reveals| reveals.extend([reveal("fire", 5)])),
        &expect![[r#"部门“fire”没有事先提交承诺，其随机数不得使用。请删去该部门的录入"#]],
    );
    for said in [missing, late, other, copied] {
        assert!(plan.combine(&draw(), &said).unwrap_err().stops());
    }
    assert!(!plan.combine(&draw(), &Contributions { ceremony: None, ..said }).unwrap_err().stops());
    // Another draw cannot use what was committed to for this one.
    let error = plan.combine(&"2026-2".parse().unwrap(), &planned().1).unwrap_err();
    assert_eq!(error, SeedError::OtherReveal { department: department("health") });
}

#[test]
fn a_plan_that_somebody_could_steer_is_refused() {
    faulty(
        |plan| plan.ceremony.as_mut().unwrap().digits = 6,
        &expect![[r#"公开仪式数字位数：“6”少于20位的数字可以被逐一试算。请增加抽取的位数"#]],
    );
    faulty(
        |plan| plan.lottery.as_mut().unwrap().at = NOON,
        &expect![[r#"
        彩票或交易所结果产生时间：“2023-11-15 06:13:20”在名录封存时间2023-11-15 06:13:20之前已经产生，结果可以被事先挑选。请改用封存之后才产生的来源
        部门随机数公开期限：“2023-11-15 06:15:20”须晚于名录封存、早于任何公开来源产生，否则最后公开的部门可以挑选结果。请调整公开期限"#]],
    );
    faulty(
        |plan| plan.lottery.as_mut().unwrap().name = " ".into(),
        &expect![[r#"彩票或交易所名称：“ ”没有填写。请填写公众查得到的名称"#]],
    );
    faulty(
        |plan| plan.reveals.as_mut().unwrap().due = NOON.plus_seconds(3_600),
        &expect![[
            r#"部门随机数公开期限：“2023-11-15 07:13:20”须晚于名录封存、早于任何公开来源产生，否则最后公开的部门可以挑选结果。请调整公开期限"#
        ]],
    );
    faulty(
        |plan| plan.reveals.as_mut().unwrap().commitments.clear(),
        &expect![[r#"部门承诺：没有任何部门提交承诺。请录入各部门的承诺，或者去掉这一来源"#]],
    );
    faulty(
        |plan| {
            let commitments = &mut plan.reveals.as_mut().unwrap().commitments;
            let hash = commitments[&department("health")];
            commitments.insert(department("a|b=c"), hash);
        },
        &expect![[r#"部门承诺：“a|b=c”部门编号进入种子文本，只能由字母、数字和 . _ - 组成。请使用政策包中的部门编号"#]],
    );
    faulty(
        |plan| plan.drand = Some(Round { chain: "quicknet".into(), round: 0 }),
        &expect![[r#"drand轮次：“quicknet/0”没有这样的链或轮次。请选用quicknet或default链，轮次从1起"#]],
    );
    faulty(
        |plan| plan.drand = Some(Round { chain: "quicknet".into(), round: 1 }),
        &expect![[r#"
        drand随机信标产生时间：“2023-08-23 23:09:27”在名录封存时间2023-11-15 06:13:20之前已经产生，结果可以被事先挑选。请改用封存之后才产生的来源
        部门随机数公开期限：“2023-11-15 06:15:20”须晚于名录封存、早于任何公开来源产生，否则最后公开的部门可以挑选结果。请调整公开期限"#]],
    );
}

#[test]
fn departments_alone_are_no_source() {
    faulty(
        |plan| (plan.ceremony, plan.lottery) = (None, None),
        &expect![[
            r#"种子来源：没有任何公开来源：部门自己的随机数不能单独使用。请至少约定公开仪式、彩票或交易所、drand之一"#
        ]],
    );
}
