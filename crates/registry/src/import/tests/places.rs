//! Rows that name districts which are no more, and the 182 institutions of an old list of Hangzhou.

use super::super::returned::returned;
use super::super::rows::Outcome;
use super::{check, judged_in};
use expect_test::expect;
use std::collections::BTreeMap;
use xingjian_testkit::shared_data;

const HEADER: &str = "机构名称,市,区县,地址\n";

#[test]
fn a_district_that_is_no_more_is_what_it_became_with_day_and_paper() {
    let text = "演示甲,杭州市,下城区,文晖路1号\n演示乙,杭州市,富阳市,\n演示丙,杭州市,临安县,\n演示丁,杭州市,上城区,\n\
                演示戊,杭州市,江干区,杭州市江干区下沙乡1号\n演示己,杭州市,余杭区,余杭区临平镇1号\n演示庚,杭州市,余杭区,余杭区瓶窑镇1号\n";
    check(
        format!("{HEADER}{text}").as_bytes(),
        &expect![[r#"
            2 缺项 演示甲 第2行“区县”：“下城区”自2021年4月9日起已不是原来的区划，按现行“拱墅区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正
            3 缺项 演示乙 第3行“区县”：“富阳市”自2014年12月13日起已不是原来的区划，按现行“富阳区”登记（依据：国务院2014年12月13日批复撤销富阳市、设立杭州市富阳区）。请核对，有误的可在登记页更正
            4 缺项 演示丙 第4行“区县”：“临安县”不是现行名称，按现行区划表中的“临安区”登记。请核对，有误的可在登记页更正
            5 新增 330102 演示丁
            6 缺项 演示戊 第6行“区县”：“江干区”自2021年4月9日起已不是原来的区划，根据地址中的街道或者镇，按现行“钱塘区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正
            7 缺项 演示己 第7行“区县”：“余杭区”自2021年4月9日起已不是原来的区划，根据地址中的街道或者镇，按现行“临平区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正
            8 新增 330110 演示庚"#]],
    );
}

#[test]
fn where_a_district_was_divided_and_nothing_says_which_part_the_clerk_is_asked() {
    let text = "演示甲,杭州市,江干区,庆春东路3号\n演示乙,杭州市,余杭区,\n演示丙,杭州市,萧山区,育才路1号\n";
    check(
        format!("{HEADER}{text}").as_bytes(),
        &expect![[r#"
            2 第2行“区县”：“江干区”自2021年4月9日起分属上城区（330102）、钱塘区（330114），地址中没有可以判断的街道或者镇（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请在“行政区划代码”列填写其中之一：上城区（330102）、钱塘区（330114）
            3 第3行“区县”：“余杭区”自2021年4月9日起分属余杭区（330110）、临平区（330113），地址中没有可以判断的街道或者镇（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请在“行政区划代码”列填写其中之一：余杭区（330110）、临平区（330113）
            4 缺项 演示丙 第4行“区县”：“萧山区”自2021年4月9日起部分区域划出，现属萧山区（330109）、钱塘区（330114），按现行“萧山区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正"#]],
    );
    let decided =
        "机构名称,市,区县,地址,行政区划代码\n演示甲,杭州市,江干区,庆春东路3号,330102\n演示乙,杭州市,余杭区,,330110\n";
    check(
        decided.as_bytes(),
        &expect![[r#"
        2 新增 330102 演示甲
        3 新增 330110 演示乙"#]],
    );
}

#[test]
fn a_code_that_is_no_more_is_what_it_became_or_asked_or_unknown() {
    let text =
        "机构名称,行政区划代码,地址\n演示甲,330103,\n演示乙,330104,白杨街道1号\n演示丙,330104,\n演示丁,330199,\n";
    check(
        text.as_bytes(),
        &expect![[r#"
        2 缺项 演示甲 第2行“行政区划代码”：“330103”自2021年4月9日起已不是原来的区划，按现行“拱墅区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正
        3 缺项 演示乙 第3行“行政区划代码”：“330104”自2021年4月9日起已不是原来的区划，根据地址中的街道或者镇，按现行“钱塘区”登记（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请核对，有误的可在登记页更正
        4 第4行“行政区划代码”：“330104”自2021年4月9日起分属上城区（330102）、钱塘区（330114），地址中没有可以判断的街道或者镇（依据：浙江省人民政府《关于调整杭州市部分行政区划的通知》（2021年4月9日公布））。请在“行政区划代码”列填写其中之一：上城区（330102）、钱塘区（330114）
        5 第5行“行政区划代码”：“330199”不是现行的行政区划代码。请按现行区划代码表填写"#]],
    );
}

#[test]
fn a_city_is_read_from_the_address_and_never_from_where_the_clerk_sits_alone() {
    let text = "机构名称,区县,地址\n演示甲,香洲区,\n演示乙,上城区,杭州市上城区1号\n演示丙,上城区,\n演示丁,,\n";
    check(
        text.as_bytes(),
        &expect![[r#"
        2 新增 440402 演示甲
        3 新增 330102 演示乙
        4 第4行“市”：不能确定是哪个行政区划。请填写行政区划代码
        5 第5行“市”：不能确定是哪个行政区划。请填写行政区划代码"#]],
    );
}

#[test]
fn every_institution_of_an_old_list_has_its_place_or_is_asked_about() {
    let Some(data) = shared_data() else { return };
    let file = std::fs::read(data.join("ref/hospitals/hangzhou_hospitals.csv")).unwrap();
    let judged = judged_in("3301", &file).unwrap();
    assert_eq!(judged.rows.len(), 182);
    let named: Vec<String> =
        csv::Reader::from_reader(file.as_slice()).records().map(|row| row.unwrap()[2].to_owned()).collect();
    // For each district as the list names it: where its rows lie today, or why they came back.
    let mut told: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (row, name) in judged.rows.iter().zip(&named) {
        let became = match &row.outcome {
            Outcome::Taken(details) => details.division.to_string(),
            Outcome::Apart(details, missing) => {
                let why = missing.iter().find(|fault| fault.place.contains("district"));
                let why = why.map_or("", |fault| fault.reason.split(['起', '，']).next().unwrap());
                format!("{} {why}", details.division).trim_end().to_owned()
            }
            Outcome::Matched { .. } => "已有".to_owned(),
            Outcome::Rejected(faults) => faults[0].reason.split('，').next().unwrap().to_owned(),
        };
        *told.entry((name, became)).or_default() += 1;
    }
    let lines: Vec<String> = told.iter().map(|((name, became), count)| format!("{name} {became} {count}")).collect();
    expect![[r#"
        上城区 330102 27
        下城区 330105 自2021年4月9日 10
        下沙经济技术开发区 3301 不在现行区划表中 1
        中心下城区 3301 不在现行区划表中 1
        临安县 330112 不是现行名称 1
        临安市 330112 自2017年8月11日 9
        余杭区 330113 自2021年4月9日 5
        余杭区 自2021年4月9日起分属余杭区（330110）、临平区（330113） 9
        富阳市 330111 自2014年12月13日 10
        建德市 330182 8
        拱墅区 330105 14
        朝晖二小区 3301 不在现行区划表中 1
        朝晖六区 3301 不在现行区划表中 1
        桐庐县 330122 8
        江干区 330114 自2021年4月9日 1
        江干区 自2021年4月9日起分属上城区（330102）、钱塘区（330114） 11
        淳安县 330127 7
        滨江区 330108 2
        经济技术开发区 3301 不在现行区划表中 1
        萧山区 330109 13
        萧山区 330109 自2021年4月9日 20
        萧山区 330114 自2021年4月9日 2
        萧山经济技术开发区 3301 不在现行区划表中 1
        西湖区 330106 19"#]]
    .assert_eq(&lines.join("\n"));
    // What came back is decided in the file itself, and then nothing comes back.
    let (remarks, rejected) = (judged.remarks(), judged.rejected());
    let book = returned(Some(&judged.table), &remarks, &rejected, &["行政区划代码"], "2026-11-23".parse().unwrap());
    let mut again = super::super::read(&book, super::NAME).unwrap();
    assert_eq!(again.rows.len(), rejected.len());
    let at = |name: &str| again.columns.iter().position(|column| column == name).unwrap();
    let (code, district) = (at("行政区划代码"), at("district"));
    for (_, cells) in &mut again.rows {
        cells[code] = if cells[district] == "江干区" { "330102" } else { "330113" }.to_owned();
    }
    let columns: Vec<&str> = again.columns.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = again.rows.iter().map(|(_, cells)| cells.clone()).collect();
    let decided = judged_in("3301", &super::super::written(&columns, &rows)).unwrap();
    assert_eq!(decided.rejected(), Vec::<usize>::new(), "{:?}", decided.remarks());
}

#[test]
fn the_counties_of_a_municipality_lie_right_below_it() {
    let file = "机构名称,省,市,区县,行政区划代码\n演示甲医院,北京市,北京市,东城区,\n演示乙医院,北京市,,西城,\n演示丙医院,,,海淀区,110000\n\
                演示丁医院,北京市,北京市,不存在区,\n演示戊医院,广东省,,香洲区,\n";
    check(
        file.as_bytes(),
        &expect![[r#"
        2 新增 110101 演示甲医院
        3 新增 110102 演示乙医院
        4 新增 110108 演示丙医院
        5 缺项 演示丁医院 第5行“区县”：“不存在区”不在现行区划表中，按所在省或者直辖市登记并保留原文。可在登记页补录
        6 新增 440402 演示戊医院"#]],
    );
}
