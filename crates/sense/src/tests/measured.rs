//! The figures of `docs/messages.md`, computed again from the labelled messages that were held back.

use crate::message::Words;
use crate::message::measure::{Columns, measure};
use expect_test::expect;
use xingjian_kernel::LocalDate;
use xingjian_policy::Policy;
use xingjian_testkit::{policy_dir, shared_data};

fn columns() -> Columns {
    Columns {
        id: "留言编号".into(),
        title: "留言主题".into(),
        text: "留言详情".into(),
        label: "一级分类".into(),
        health: "卫生计生".into(),
    }
}

fn words() -> Words {
    Words::of(&Policy::load(&policy_dir(), "zhuhai").unwrap(), LocalDate::constant(2026, 11, 22))
}

#[test]
fn the_triage_does_as_well_as_is_written_down() {
    let Some(data) = shared_data() else { return };
    let bytes = std::fs::read(data.join("sets/citizen_messages/messages_labelled_dev.csv")).unwrap();
    let measured = measure(&words(), &bytes, &columns(), true).unwrap();
    let line = |(name, tally): &(&str, crate::message::triage::Tally)| {
        format!("{name}\n  查准 {}\n  查全 {}\n  正确 {}", tally.precision(), tally.recall(), tally.right())
    };
    let ways: Vec<String> = measured.ways.iter().map(line).collect();
    let told = format!("{:?} trained on {}\n{}", measured.judged, measured.trained_on, ways.join("\n"));
    expect![[r#"
        [132, 11] trained on 124
        多数类（一律判为最常见的一类）
          查准 无数据
          查全 0/11 = 0.0%（95% 区间 0.0%–25.9%）
          正确 121/132 = 91.7%（95% 区间 85.7%–95.3%）
        关键词（医院、医生、医疗、卫生、计生之一）
          查准 8/20 = 40.0%（95% 区间 21.9%–61.3%）
          查全 8/11 = 72.7%（95% 区间 43.4%–90.3%）
          正确 117/132 = 88.6%（95% 区间 82.1%–93.0%）
        词表（政策包）
          查准 9/14 = 64.3%（95% 区间 38.8%–83.7%）
          查全 9/11 = 81.8%（95% 区间 52.3%–94.9%）
          正确 125/132 = 94.7%（95% 区间 89.5%–97.4%）
        词表加训练的模型
          查准 9/13 = 69.2%（95% 区间 42.4%–87.3%）
          查全 9/11 = 81.8%（95% 区间 52.3%–94.9%）
          正确 126/132 = 95.5%（95% 区间 90.4%–97.9%）"#]]
    .assert_eq(&told);
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/messages.md")).unwrap();
    for (name, tally) in &measured.ways {
        for share in [tally.precision(), tally.recall()] {
            let share = share.to_string();
            let shown = share.replace("（95% 区间 ", " (").replace('）', ")");
            assert!(page.contains(&shown), "{name}: {shown} is not in docs/messages.md");
        }
    }
}

#[test]
fn a_file_without_a_column_is_refused_by_its_name() {
    let fault = measure(&words(), "留言编号,留言详情\n1,甲\n".as_bytes(), &columns(), true).err().unwrap();
    assert_eq!((fault.place.as_str(), fault.value.as_str()), ("文件", "留言主题"));
}
