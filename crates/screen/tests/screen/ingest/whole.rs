//! A month from the national tables to the store.

use crate::ingest::city::{City, MONTH};
use expect_test::expect;
use xingjian_screen::layout::Table::{Fees, Visits};

#[test]
fn a_month_is_stored_as_the_rules_read_it() {
    let city = City::new();
    let report = city.deliver("2026-01", &MONTH).unwrap();
    expect![[r#"
        2026-01 首次入库，版式“国家医疗保障信息平台抽取表”，5个文件
        就诊：读入5行 = 入库4行 + 作废1行
        结算：读入5行 1434.06元 = 入库4行 1335.06元 + 作废1行 99.00元
        费用明细：读入8行 235.50元 = 入库7行 147.50元 + 作废1行 88.00元
        诊断：读入6行 = 入库5行 + 作废1行
        手术操作：读入3行 = 入库3行
        本月费用明细现为7行 147.50元；合计核对相符
        未读的列：mdtrt_d.csv有1列不在版式中：psn_name
        未读的列：setl_list_diag_d.csv有1列不在版式中：setl_id
        未读的列：setl_list_oprn_d.csv有1列不在版式中：setl_id
    "#]]
    .assert_eq(&report.to_string());
    expect![[r#"
        P1
          v1 H1 type=21 insurance=310 level=02 city=110101 doctor=D1 dept=心内科 sex=2 birth=1949-12-31 begin=2026-01-02T08:00 end=2026-01-10T10:00 days=8 main=I10 diagnoses=I10+I10.x00+E11.900 operations=37.2200+36.0600+36.0600 total=123456 fund=90000
            f1 2026-01-02T09:00 001101000010000 10000x100000000=10000 covered=10000 doctor=D1
            f2 2026-01-03T09:00 XA01AAA001A001010100001 25000x10002000=2501 covered=2000 limit=12000000 doctor=李四@H1 supply=7
            f3 2026-01-04T09:00 X9 30000x1500000=450 covered=0 state=Cancelled
            f4 2026-01-05T09:00 X9 -30000x1500000=-450 covered=0 refunds=f3 state=Refund
          v2 H2 type=11 insurance=310 level=05 city=110101 doctor=李四@H2 dept=全科 sex=2 birth=1949-12-31 begin=2026-01-20T00:00 end=2026-01-20T00:00 main=J06 diagnoses=J06+J06.900 total=1250 fund=1000
            f5 2026-01-20 001101000010000 10000x12500000=1250 doctor=李四@H2
        P2
          v3 H1 type=13 insurance=390 level=02 city=110101 sex=1 birth=1980-02-29 death=2026-01-25 begin=2026-01-24T23:00 end=2026-01-25T03:00 main=S06.000 diagnoses=S06.000 total=8800
            f6 2026-01-24T23:30 001101000010000 0x100000000=0 covered=0
        P3
          v4 H1 type=41 insurance=390 level=02 city=110101 birth=2001-01-01 begin=2026-01-05T00:00
            f8 2026-01-05 ZA01AAA0001010100001 10000x9990000=999 covered=999 supply=30
    "#]].assert_eq(&city.month("2026-01"));
    let month = &city.store().manifest.months["2026-01"];
    expect!["[]"].assert_eq(&format!("{:?}", month.absent));
    assert_eq!(city.store().manifest.buckets, 4);
    assert!(!city.folder().join("incoming/2026-01").exists());
}

#[test]
fn the_four_states_of_cells_are_counted_apart() {
    let city = City::new();
    let report = city.deliver("2026-01", &MONTH).unwrap();
    let cells = |table, column: &str| report.counts.tables[&table].cells[column];
    let show = |table, column| format!("{column} {:?}\n", cells(table, column));
    let text = [
        show(Fees, "prd_days"),
        show(Fees, "cnt"),
        show(Fees, "inscp_amt"),
        show(Visits, "ipt_days"),
        show(Visits, "die_date"),
    ];
    expect![[r#"
        prd_days States { value: 2, zero: 0, null: 2, not_applicable: 3, absent: 0 }
        cnt States { value: 6, zero: 1, null: 0, not_applicable: 0, absent: 0 }
        inscp_amt States { value: 3, zero: 3, null: 1, not_applicable: 0, absent: 0 }
        ipt_days States { value: 1, zero: 0, null: 0, not_applicable: 3, absent: 0 }
        die_date States { value: 1, zero: 0, null: 3, not_applicable: 0, absent: 0 }
    "#]]
    .assert_eq(&text.concat());
}

#[test]
fn the_key_is_not_in_the_store_and_no_number_of_a_person_is() {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let mut seen = 0;
    let mut folders = vec![city.folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            for secret in [&city.secret[..], hex::encode(&city.secret).as_bytes(), b"11010519491231002X"] {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", entry.path().display());
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} files were looked at");
}
