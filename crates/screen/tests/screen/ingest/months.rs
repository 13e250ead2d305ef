//! Months one after another: replaced, completed by late rows, and joined by lines that belong to earlier visits.

use crate::ingest::city::{City, FEES, MONTH, SETTLEMENTS, VISITS};
use expect_test::expect;
use xingjian_screen::claims::Store;
use xingjian_screen::ingest::{Report, prune};
use xingjian_screen::layout::Table;

/// The first line of a table and some rows.
fn rows(table: &str, rows: &[&str]) -> String {
    format!("{}\n{}\n", table.lines().next().unwrap(), rows.join("\n"))
}

/// A second month with one visit of its own.
const FEBRUARY: [&str; 2] = [
    "w1,P1,,,,2,1949-12-31,,310,H1,02,110101,2026-02-03 08:00:00,2026-02-03 09:00:00,11,,,,I10,D1,,1",
    "m1,w1,P1,H1,2026-02-03 08:30:00,001101000010000,,1,5,5.00,,,,,,,1",
];

fn february(city: &City, lines: &[&str]) -> Report {
    let visits = rows(VISITS, &[FEBRUARY[0]]);
    let lines: Vec<&str> = [FEBRUARY[1]].iter().chain(lines).copied().collect();
    city.deliver("2026-02", &[("mdtrt_d.csv", &visits), ("fee_list_d.csv", &rows(FEES, &lines))]).unwrap()
}

fn lines_of(city: &City, month: &str, id: &str) -> String {
    let text = city.month(month);
    text.lines()
        .filter(|line| line.trim().starts_with(&format!("{id} ")))
        .map(|line| line.trim().to_owned() + "\n")
        .collect()
}

#[test]
fn the_same_month_again_takes_its_place_and_what_was_stays_until_it_is_pruned() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let (files, first) = (city.files(), city.store().manifest.version);
    let fewer: String =
        FEES.lines().filter(|line| !line.starts_with("f8")).map(|line| line.to_owned() + "\n").collect();
    let mut changed = MONTH;
    changed[2].1 = &fewer;
    let report = city.deliver("2026-01", &changed).unwrap();
    assert!(report.to_string().starts_with("2026-01 整月替换"), "{report}");
    assert!(report.to_string().contains("本月费用明细现为6行 137.51元，原为7行 147.50元；合计核对相符"), "{report}");
    assert!(!city.month("2026-01").contains("f8"));
    let before = Store::open_version(&city.folder(), first).unwrap();
    assert!(before.manifest.months["2026-01"].buckets.iter().all(|set| city.folder().join(&set.lines.path).is_file()));
    // The first content again gives the first files again.
    city.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(city.files(), files);
    let pruned = prune(&city.folder()).unwrap();
    assert!(pruned.files > 20, "{pruned:?}");
    assert_eq!(city.files(), files);
    assert!(Store::open_version(&city.folder(), first).is_err());
    assert_eq!(prune(&city.folder()).unwrap().files, 0);
}

#[test]
fn a_report_says_what_is_in_force() {
    let city = City::new();
    let report = city.deliver("2026-01", &MONTH).unwrap();
    let file = city.store().manifest.months["2026-01"].report.clone().unwrap();
    let text = std::fs::read(city.folder().join(&file.path)).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&text).unwrap(), report);
}

#[test]
fn late_rows_are_merged_and_the_later_one_wins() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let visits = rows(
        VISITS,
        &[
            // Corrected end; what settlements and diagnoses said stays.
            "v2,P1,,,,2,1949-12-31,,310,H2,05,110101,2026-01-20,2026-01-21,11,,,全科,J06,,李四,1",
            // The same as before.
            "v3,P2,,,,1,1980-02-29,2026-01-25,390,H1,02,110101,2026-01-24 23:00:00,2026-01-25 03:00:00,13,,,,,,,1",
            // New.
            "v9,P7,,,,1,1980-02-29,,390,H3,02,110101,2026-01-30,,11,,,,,,,1",
        ],
    );
    let settlements = rows(SETTLEMENTS, &["s9,v9,P7,,,,7.00,5.00,0,1", "s8,v1,P1,,,,9,9,0,1"]);
    let fees = rows(
        FEES,
        &[
            "f5,v2,P1,H2,2026-01-20,001101000010000,,2,12.5,25.00,,,,李四,,,1",
            "f1,v1,P1,H1,2026-01-02 09:00:00,001101000010000,,1,100,100.00,100.00,,D1,张三,,,1",
            "f9,v9,P7,H3,2026-01-30,NEW-1,,1,7,7.00,,,D9,,,,1",
            "f10,v1,P1,H1,2026-01-06,NEW-0,,1,1,1.00,,,,,,,1",
            "f11,v0,P1,H1,2026-01-06,NEW-0,,1,1,1.00,,,,,,,1",
        ],
    );
    let report = city
        .late("2026-01", &[("mdtrt_d.csv", &visits), ("setl_d.csv", &settlements), ("fee_list_d.csv", &fees)])
        .unwrap();
    expect![[r#"
        2026-01 补报并入，版式“国家医疗保障信息平台抽取表”，3个文件
        就诊：读入3行 = 入库2行 + 重复1行
        结算：读入2行 16.00元 = 入库1行 7.00元 + 搁置1行 9.00元
            1处：mdtrt_id 补报缺少就诊记录
        费用明细：读入5行 134.00元 = 入库3行 33.00元 + 重复1行 100.00元 + 搁置1行 1.00元
            1处：mdtrt_id 找不到对应的就诊
        就诊：取代原有1行
        费用明细：取代原有1行 12.50元
        本月费用明细现为9行 168.00元，原为7行 147.50元；合计核对相符
        未读的列：mdtrt_d.csv有1列不在版式中：psn_name
        搁置的行及原因见 set_aside/2026-01-v2.csv
    "#]]
    .assert_eq(&report.to_string());
    expect![[r#"
        setl_d,setl_d.csv,3,mdtrt_id,就诊ID,v1,without_visit,补报缺少就诊记录,连同就诊记录和该就诊的全部同类记录一并补报
        fee_list_d,fee_list_d.csv,6,mdtrt_id,就诊ID,v0,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
    "#]].assert_eq(&city.set_aside(&report));
    expect![[r#"
        P1
          v1 H1 type=21 insurance=310 level=02 city=110101 doctor=D1 dept=心内科 sex=2 birth=1949-12-31 begin=2026-01-02T08:00 end=2026-01-10T10:00 days=8 main=I10 diagnoses=I10+I10.x00+E11.900 operations=37.2200+36.0600+36.0600 total=123456 fund=90000
            f1 2026-01-02T09:00 001101000010000 10000x100000000=10000 covered=10000 doctor=D1
            f2 2026-01-03T09:00 XA01AAA001A001010100001 25000x10002000=2501 covered=2000 limit=12000000 doctor=李四@H1 supply=7
            f3 2026-01-04T09:00 X9 30000x1500000=450 covered=0 state=Cancelled
            f4 2026-01-05T09:00 X9 -30000x1500000=-450 covered=0 refunds=f3 state=Refund
            f10 2026-01-06 NEW-0 10000x1000000=100
          v2 H2 type=11 insurance=310 level=05 city=110101 doctor=李四@H2 dept=全科 sex=2 birth=1949-12-31 begin=2026-01-20T00:00 end=2026-01-21T00:00 main=J06 diagnoses=J06+J06.900 total=1250 fund=1000
            f5 2026-01-20 001101000010000 20000x12500000=2500 doctor=李四@H2
        P2
          v3 H1 type=13 insurance=390 level=02 city=110101 sex=1 birth=1980-02-29 death=2026-01-25 begin=2026-01-24T23:00 end=2026-01-25T03:00 main=S06.000 diagnoses=S06.000 total=8800
            f6 2026-01-24T23:30 001101000010000 0x100000000=0 covered=0
        P3
          v4 H1 type=41 insurance=390 level=02 city=110101 birth=2001-01-01 begin=2026-01-05T00:00
            f8 2026-01-05 ZA01AAA0001010100001 10000x9990000=999 covered=999 supply=30
        P7
          v9 H3 type=11 insurance=390 level=02 city=110101 sex=1 birth=1980-02-29 begin=2026-01-30T00:00 total=700 fund=500
            f9 2026-01-30 NEW-1 10000x7000000=700 doctor=D9
    "#]].assert_eq(&city.month("2026-01"));
    // Again: nothing changes.
    let files = city.files();
    city.late("2026-01", &[("mdtrt_d.csv", &visits), ("fee_list_d.csv", &fees)]).unwrap();
    assert_eq!(city.files(), files);
    let error = city.late("2026-03", &[("fee_list_d.csv", &fees)]).unwrap_err();
    assert!(error.to_string().contains("2026-03还没有入库"), "{error}");
}

#[test]
fn late_lines_alone_touch_only_the_buckets_they_lie_in() {
    let city = City { buckets: Some(64), ..City::new() };
    city.deliver("2026-01", &MONTH).unwrap();
    let before = city.store().manifest.months["2026-01"].clone();
    let fees = rows(FEES, &["f10,v1,P1,H1,2026-01-06,NEW-0,,1,1,1.00,,,,,,,1"]);
    city.late("2026-01", &[("fee_list_d.csv", &fees)]).unwrap();
    let after = city.store().manifest.months["2026-01"].clone();
    let changed = before.buckets.iter().zip(&after.buckets).filter(|(a, b)| a != b).count();
    assert_eq!((changed, after.absent), (1, before.absent));
}

#[test]
fn a_refund_of_an_earlier_month_finds_its_line() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let report = february(&city, &["m2,v1,P1,H1,2026-02-04,001101000010000,,-1,100,-100.00,,,,,,f1,1"]);
    expect![[r#"
        2026-02 首次入库，版式“国家医疗保障信息平台抽取表”，2个文件
        就诊：读入1行 = 入库1行
        费用明细：读入2行 -95.00元 = 入库1行 5.00元 + 并入他月1行 -100.00元
        其中属于2026-01的就诊、已并入该月：1行 -100.00元
        本月费用明细现为1行 5.00元；合计核对相符
        未读的列：mdtrt_d.csv有1列不在版式中：psn_name
    "#]]
    .assert_eq(&report.to_string());
    assert_eq!(
        lines_of(&city, "2026-01", "m2") + &lines_of(&city, "2026-01", "f1"),
        "m2 2026-02-04 001101000010000 -10000x100000000=-10000 refunds=f1 state=Refund\n\
         f1 2026-01-02T09:00 001101000010000 10000x100000000=10000 covered=10000 doctor=D1 state=Cancelled\n"
    );
    assert!(!city.month("2026-02").contains("m2"));
    // The same month again changes nothing.
    let files = city.files();
    february(&city, &["m2,v1,P1,H1,2026-02-04,001101000010000,,-1,100,-100.00,,,,,,f1,1"]);
    assert_eq!(city.files(), files);
    // The earlier month again keeps what came to it.
    let report = city.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(report.carried_here.rows, 1);
    assert!(report.to_string().contains("随其他月份报来、属于本月就诊的明细：1行 -100.00元"), "{report}");
    assert_eq!(city.files(), files);
    // Without the refund the line stands again.
    let report = february(&city, &[]);
    assert_eq!(report.counts.carried_to.len(), 0);
    assert_eq!(
        lines_of(&city, "2026-01", "f1"),
        "f1 2026-01-02T09:00 001101000010000 10000x100000000=10000 covered=10000 doctor=D1\n"
    );
    assert!(!city.month("2026-01").contains("m2"));
    assert!(city.store().manifest.months["2026-01"].carried.is_empty());
}

#[test]
fn a_carried_line_whose_visit_went_away_waits_for_it() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    february(&city, &["m2,v2,P1,H1,2026-02-04,NEW-1,,1,3,3.00,,,,,,,1"]);
    let without = |text: &str| -> String {
        text.lines().filter(|line| !line.contains("v2,")).map(|line| line.to_owned() + "\n").collect()
    };
    let texts: Vec<String> = MONTH.iter().map(|(_, text)| without(text)).collect();
    let files: Vec<(&str, &str)> = MONTH.iter().zip(&texts).map(|((name, _), text)| (*name, text.as_str())).collect();
    let report = city.deliver("2026-01", &files).unwrap();
    assert_eq!(report.carried_here.rows, 0);
    assert!(!city.month("2026-01").contains("m2"));
    let report = city.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(report.carried_here.rows, 1);
    assert!(city.month("2026-01").contains("m2"));
}

#[test]
fn a_carried_line_that_the_month_delivers_itself_is_not_taken_back_with_the_other_month() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let line = "m2,v2,P1,H1,2026-01-04,NEW-1,,1,3,3.00,,,,,,,1";
    february(&city, &[line]);
    let fees = format!("{FEES}{line}\n");
    let mut own = MONTH;
    own[2].1 = &fees;
    city.deliver("2026-01", &own).unwrap();
    february(&city, &[]);
    assert_eq!(lines_of(&city, "2026-01", "m2").lines().count(), 1);
}

#[test]
fn a_line_that_another_month_has_is_a_duplicate_or_set_aside() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let files = city.month("2026-01");
    let report = february(
        &city,
        &[
            "f1,v1,P1,H1,2026-01-02 09:00:00,001101000010000,,1,100,100.00,100.00,,D1,张三,,,1",
            "f5,v2,P1,H2,2026-01-20,001101000010000,,2,12.5,25.00,,,,李四,,,1",
        ],
    );
    let counts = &report.counts.tables[&Table::Fees];
    assert_eq!((counts.duplicates.rows, counts.set_aside.rows, counts.carried.rows), (1, 1, 0));
    expect![[r#"
        fee_list_d,fee_list_d.csv,4,bkkp_sn,费用明细流水号,f5,line_of_other_month,同号明细已在2026-01入库，内容不同,要更正的，用 --late 补到该月
    "#]].assert_eq(&city.set_aside(&report));
    assert_eq!(city.month("2026-01"), files);
}

#[test]
fn a_visit_of_another_month_is_set_aside_and_its_lines_find_it() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let visits = rows(
        VISITS,
        &[FEBRUARY[0], "v2,P1,,,,2,1949-12-31,,310,H2,05,110101,2026-01-20,2026-02-21,11,,,全科,J06,,李四,1"],
    );
    let settlements = rows(SETTLEMENTS, &["s9,v2,P1,,,,7.00,5.00,0,1"]);
    let fees = rows(FEES, &["m9,v2,P1,H2,2026-02-01,NEW-1,,1,7,7.00,,,,,,,1"]);
    let files = [("mdtrt_d.csv", visits.as_str()), ("setl_d.csv", &settlements), ("fee_list_d.csv", &fees)];
    let report = city.deliver("2026-02", &files).unwrap();
    expect![[r#"
        mdtrt_d,mdtrt_d.csv,3,mdtrt_id,就诊ID,v2,visit_of_other_month,该就诊已在2026-01入库,要更正的，用 --late 补到该月
        setl_d,setl_d.csv,2,mdtrt_id,就诊ID,v2,visit_of_other_month,该就诊已在2026-01入库,要更正的，用 --late 补到该月
    "#]]
    .assert_eq(&city.set_aside(&report));
    assert_eq!(lines_of(&city, "2026-01", "m9").lines().count(), 1);
}

#[test]
fn lines_without_a_person_find_their_visit_in_the_delivery_and_in_earlier_months() {
    let city = City::new();
    let nobody = |text: &str| text.replace(",P1,", ",,").replace(",P2,", ",,").replace(",P3,", ",,");
    let texts: Vec<String> = MONTH[1..].iter().map(|(_, text)| nobody(text)).collect();
    let mut files = vec![MONTH[0]];
    files.extend(MONTH[1..].iter().zip(&texts).map(|((name, _), text)| (*name, text.as_str())));
    city.deliver("2026-01", &files).unwrap();
    let named = City::new();
    named.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(city.files(), named.files());
    february(&city, &["m2,v1,,H1,2026-02-04,001101000010000,,-1,100,-100.00,,,,,,f1,1"]);
    assert!(lines_of(&city, "2026-01", "f1").contains("Cancelled"));
}

#[test]
fn lines_without_numbers_get_them_by_content() {
    let fees: String = FEES
        .lines()
        .map(|line| line.split_once(',').unwrap().1)
        .map(|line| line.replace("init_feedetl_sn", "memo") + "\n")
        .collect();
    let twice = fees.clone() + fees.lines().nth(1).unwrap() + "\n";
    let mut files = MONTH;
    files[2].1 = &twice;
    let city = City::new();
    let report = city.deliver("2026-01", &files).unwrap();
    assert_eq!(report.missing[&Table::Fees], ["bkkp_sn", "init_feedetl_sn"]);
    assert_eq!(report.after.rows, 8);
    let mut reversed: Vec<&str> = twice.lines().skip(1).collect();
    reversed.reverse();
    let reversed = format!("{}\n{}\n", twice.lines().next().unwrap(), reversed.join("\n"));
    files[2].1 = &reversed;
    let other = City::new();
    other.deliver("2026-01", &files).unwrap();
    assert_eq!(other.files(), city.files());
}
