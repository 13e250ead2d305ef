//! Other layouts: the shipped example over the data it was written for, and a bureau's own column names.

use crate::ingest::city::{City, FEES, MONTH};
use crate::shared::{shared_data, skip};
use expect_test::expect;
use std::path::PathBuf;
use std::process::Command;
use xingjian_screen::layout::{Mapping, Table};

/// So many of the outpatient claims that a build without optimisation is done soon; stays and persons are all read.
const OUTPATIENTS: u64 = 20_000;

fn shipped(name: &str) -> Mapping {
    let path = format!("{}/../../policy/national/claims/mappings/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    Mapping::read(name, &std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Unpacks the first lines of a file; none where the program for that is not there.
fn unpacked(city: &City, path: &std::path::Path, lines: u64) -> Option<PathBuf> {
    let output = Command::new("zstd").args(["-dcq"]).arg(path).output().ok()?;
    assert!(output.status.success(), "{}", path.display());
    let ends = output.stdout.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let end = ends.map(|(at, _)| at + 1).nth(usize::try_from(lines).unwrap() - 1).unwrap_or(output.stdout.len());
    Some(city.file(&path.file_stem().unwrap().to_string_lossy(), &output.stdout[..end]))
}

#[test]
fn claims_of_another_country_are_stored_through_the_shipped_mapping() {
    let Some(data) = shared_data() else { return };
    let city = City { mapping: shipped("provider_claims"), ..City::new() };
    let files = [("test_inpatient", 70_000), ("test_outpatient", OUTPATIENTS + 1), ("test_beneficiary", 70_000)]
        .map(|(name, lines)| unpacked(&city, &data.join(format!("sets/provider_claims/{name}.csv.zst")), lines));
    let Some(files) = files.into_iter().collect::<Option<Vec<_>>>() else {
        skip("no zstd");
        return;
    };
    let report = city.bring("2009-12", &files, false).unwrap();
    expect![[r#"
        2009-12 首次入库，版式“医疗机构欺诈分析公开数据集”，3个文件
        就诊：读入29,551行 = 入库29,551行
        结算：读入29,551行 102167850.00元 = 入库29,551行 102167850.00元
        费用明细：读入39,102行 102167850.00元 = 入库39,102行 102167850.00元
        诊断：读入128,871行 = 入库128,871行
        手术操作：读入6,945行 = 入库6,945行
        人员信息：读入63,968行 = 入库63,968行
        本月费用明细现为39,102行 102167850.00元；合计核对相符
        缺项：就诊没有 adm_dept_name、brdy、certno、chfpdr_name、die_date、dscg_dept_name、fix_blng_admdvs、gend、hosp_lv、insutype、ipt_days、psn_cert_type、vali_flag
        缺项：结算没有 refd_setl_flag、setl_time、vali_flag
        缺项：费用明细没有 bilg_dr_name、bkkp_sn、fixmedins_code、hilist_code、init_feedetl_sn、inscp_amt、prd_days、pric_uplmt_amt、vali_flag
        缺项：诊断没有 diag_type、vali_flag
        缺项：手术操作没有 oprn_oprt_begntime、oprn_oprt_date、oprn_oprt_endtime、vali_flag
        缺项：人员信息没有 certno、psn_cert_type
        未读的列：test_inpatient.csv有4列不在版式中：OtherPhysician、ClmAdmitDiagnosisCode、DeductibleAmtPaid、DiagnosisGroupCode
        未读的列：test_outpatient.csv有3列不在版式中：OtherPhysician、DeductibleAmtPaid、ClmAdmitDiagnosisCode
        未读的列：test_beneficiary.csv有21列不在版式中：Race、RenalDiseaseIndicator、State、County、NoOfMonths_PartACov、NoOfMonths_PartBCov、ChronicCond_Alzheimer、ChronicCond_Heartfailure等
    "#]].assert_eq(&report.to_string());
    let month = &city.store().manifest.months["2009-12"];
    expect![[r#"["visits.department", "visits.insurance", "visits.level", "visits.city", "visits.days", "lines.covered", "lines.price_limit", "lines.supply_days", "lines.refunds"]"#]].assert_eq(&format!("{:?}", month.absent));
    assert_eq!(report.counts.tables[&Table::Visits].stored.rows, 9_551 + OUTPATIENTS);
    assert_eq!(report.counts.tables[&Table::Persons].stored.rows, 63_968);
    assert_eq!(report.after.rows, 2 * 9_551 + OUTPATIENTS);
}

/// Fees with columns of a system of its own: other names, money in fen, dates the other way round, a code list.
const OWN: &str = r#"
id = "own"
title = "地方明细"
null = ["空"]
[codes]
insutype = ["A1"]
[[part]]
table = "mdtrt_d"
files = ["mdtrt*"]
same_names = true
columns = { insutype = { column = "insutype", values = { "310" = "A1" } } }
[[part]]
table = "setl_d"
files = ["setl_d*"]
same_names = true
[[part]]
table = "setl_list_diag_d"
files = ["setl_list_diag*"]
same_names = true
[[part]]
table = "setl_list_oprn_d"
files = ["setl_list_oprn*"]
same_names = true
[[part]]
table = "fee_list_d"
files = ["明细*"]
delimiter = "|"
date = "%d.%m.%Y %H:%M"
[part.columns]
bkkp_sn = "流水"
mdtrt_id = "就诊"
psn_no = "人员"
fee_ocur_time = "时间"
med_list_codg = ["院内码", "国码"]
cnt = "数量"
pric = { column = "单价分", unit = "fen" }
det_item_fee_sumamt = { column = "金额分", unit = "fen" }
bilg_dr_name = "医师"
fixmedins_code = { value = "H1" }
"#;

#[test]
fn a_layout_of_a_bureau_s_own_is_read_through_its_mapping() {
    let city = City { mapping: Mapping::read("own", OWN).unwrap(), ..City::new() };
    let fees = "流水|就诊|人员|时间|国码|院内码|数量|单价分|金额分|医师\n\
        f1|v1|P1|2.1.2026 09:00|001101000010000|空|1|10000|10000|张三\n\
        f2|v1|P1|3.1.2026 09:30|001101000010000|YN-7|2.5|1000.2|2501|空\n\
        f3|v1|P1|2026-01-03|001101000010000|YN-7|2.5|1000.2|2501|空\n\
        f4|v1|P1|3.1.2026 09:30|001101000010000|YN-7|1|1.5|1.5|空\n";
    let mut files = MONTH;
    files[2] = ("明细202601.txt", fees);
    let report = city.deliver("2026-01", &files).unwrap();
    expect![[r#"
        fee_list_d,明细202601.txt,4,fee_ocur_time,费用发生日期,2026-01-03,not_a_date,不是有效日期,写成 2026-01-31 或 2026-01-31 08:30:00；其他写法在映射文件中写明
        fee_list_d,明细202601.txt,5,det_item_fee_sumamt,总额,1.5,decimals,小数超过0位,以元和计价单位填写十进制数字，不带千位分隔符
    "#]].assert_eq(&city.set_aside(&report));
    let text = city.month("2026-01");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with('f')).collect();
    expect![[r#"
        f1 2026-01-02T09:00 001101000010000 10000x100000000=10000 doctor=张三@H1
        f2 2026-01-03T09:30 YN-7 25000x10002000=2501"#]]
    .assert_eq(&lines.join("\n"));
    assert!(text.contains("insurance=A1") && text.contains("insurance=390"), "{text}");
}

#[test]
fn a_mapping_that_names_a_column_that_is_not_there_is_refused() {
    let city = City { mapping: Mapping::read("own", OWN).unwrap(), ..City::new() };
    let mut files = MONTH;
    files[2] = ("明细202601.txt", "流水|就诊|人员|时间|国码|数量|单价分\n");
    let error = city.deliver("2026-01", &files).unwrap_err().to_string();
    for column in ["院内码", "金额分", "医师"] {
        assert!(error.contains(&format!("“{column}”缺少字段")), "{error}");
    }
    files[2] = ("fee_list_d.csv", FEES);
    let error = city.deliver("2026-01", &files).unwrap_err().to_string();
    assert!(error.contains("fee_list_d.csv") && error.contains("认不出是哪一张表"), "{error}");
}
