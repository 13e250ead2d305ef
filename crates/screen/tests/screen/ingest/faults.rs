//! Rows that cannot be taken: each kind of fault beside a row that is just right, with place, value, reason and mend.

use crate::ingest::city::{City, DIAGNOSES, FEES, MONTH, OPERATIONS, SETTLEMENTS, VISITS};
use expect_test::{Expect, expect};
use std::fmt::Write;
use xingjian_screen::ingest::Error;
use xingjian_screen::layout::Table;

/// The month with other files in place of some.
fn with<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let other = |name: &str| others.iter().find(|(other, _)| *other == name).copied();
    MONTH.iter().map(|(name, text)| other(name).unwrap_or((name, text))).collect()
}

/// The first line of a table and some rows.
fn rows(table: &str, rows: &[&str]) -> String {
    format!("{}{}\n", table, rows.join("\n"))
}

/// Delivers the small month with further rows, and shows what was set aside, without reasons' words.
fn check(others: &[(&str, &str)], expected: &Expect) {
    let city = City::new();
    let report = city.deliver("2026-01", &with(others)).unwrap();
    expected.assert_eq(&city.set_aside(&report));
}

#[test]
fn visits() {
    let text = rows(
        VISITS,
        &[
            "w1,P9,,,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            ",P9,,,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            "w3,,,,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            "w4,P9,01,110105194912310021,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            "w5,P9,02,军字第1号,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            "w6,P9,02,J-0001,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
            "w7,P9,,,,3,,,900,H1,15,1101,2026-01-02,,61,,,,,,,1",
            "w8,P9,,,,1,2026-01-03,,310,H1,02,110101,2026-01-02,2026-01-01,21,,,,,,,1",
            "w9,P9,,,,1,2026-01-02,2026-01-01,310,H1,02,110101,2026-01-02,2026-01-02,21,,,,,,,1",
            "w10,P9,,,,1,2026-02-30,,310,,02,110101,2062-01-02,,21,-1,,,,,,1",
            "w11,P9,,,,1,1879-12-31,,310,H1,02,110101,2026-01-02 10:00:00,2026-01-02 09:59:59,21,36601,,,心脏病,,,是",
            "5.1E+17,P9,,,,1,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1",
        ],
    );
    check(
        &[("mdtrt_d.csv", &text)],
        &expect![[r#"
            mdtrt_d,mdtrt_d.csv,8,mdtrt_id,就诊ID,,empty,必填字段为空,在来源系统补全后重新导出
            mdtrt_d,mdtrt_d.csv,9,,,,no_person,人员编号和身份证号均为空,补上人员编号
            mdtrt_d,mdtrt_d.csv,10,certno,身份证号,110105********0021,citizen_number,校验码不符，按前面各位计算应为“X”,对照居民身份证核对18位号码
            mdtrt_d,mdtrt_d.csv,13,gend,性别,3,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            mdtrt_d,mdtrt_d.csv,13,insutype,险种,900,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            mdtrt_d,mdtrt_d.csv,13,hosp_lv,机构等级,15,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            mdtrt_d,mdtrt_d.csv,13,fix_blng_admdvs,就医地区划,1101,division,不是六位行政区划代码,填写六位行政区划代码
            mdtrt_d,mdtrt_d.csv,13,med_type,医疗类别,61,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            mdtrt_d,mdtrt_d.csv,14,endtime,出院时间,2026-01-01,date_order,早于入院时间,核对两个日期
            mdtrt_d,mdtrt_d.csv,14,begntime,入院时间,2026-01-02,date_order,早于出生日期,核对两个日期
            mdtrt_d,mdtrt_d.csv,15,die_date,死亡日期,2026-01-01,date_order,早于出生日期,核对两个日期
            mdtrt_d,mdtrt_d.csv,16,fixmedins_code,机构编码,,empty,必填字段为空,在来源系统补全后重新导出
            mdtrt_d,mdtrt_d.csv,16,brdy,出生日期,2026-02-30,not_a_date,不是有效日期,写成 2026-01-31 或 2026-01-31 08:30:00；其他写法在映射文件中写明
            mdtrt_d,mdtrt_d.csv,16,begntime,入院时间,2062-01-02,date_range,日期超出可能的范围,核对来源系统中的数值
            mdtrt_d,mdtrt_d.csv,16,ipt_days,住院天数,-1,range,超出可能的范围（0至36600）,核对来源系统中的数值
            mdtrt_d,mdtrt_d.csv,17,vali_flag,有效标志,是,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            mdtrt_d,mdtrt_d.csv,17,brdy,出生日期,1879-12-31,date_range,日期超出可能的范围,核对来源系统中的数值
            mdtrt_d,mdtrt_d.csv,17,endtime,出院时间,2026-01-02 09:59:59,date_order,早于入院时间,核对两个日期
            mdtrt_d,mdtrt_d.csv,17,dscg_maindiag_code,主诊断编码,心脏病,text,有不能用的字符，或过长,编号和编码只用字母、数字和符号，文字中不能有换行等控制字符
            mdtrt_d,mdtrt_d.csv,17,ipt_days,住院天数,36601,range,超出可能的范围（0至36600）,核对来源系统中的数值
            mdtrt_d,mdtrt_d.csv,18,mdtrt_id,就诊ID,5.1E+17,spreadsheet_number,被电子表格转换成了数字,把该列设为文本后重新导出，末尾各位已丢失
        "#]],
    );
}

#[test]
fn fee_lines() {
    let text = rows(
        FEES,
        &[
            "g1,v1,P1,H1,2026-01-02,001101000010000,,3,0.335,1.00,,,,,,,1",
            "g2,v1,P1,H1,2026-01-02,001101000010000,,3,0.335,1.02,,,,,,,1",
            "g3,v1,P1,H1,2026-01-02,001101000010000,,3,0.335,1.03,,,,,,,1",
            "g4,v1,P1,H1,2026-01-02,001101000010000,,-3,0.335,-1.00,,,,,,,1",
            "g5,v1,P1,H1,2026-01-02,001101000010000,,1,-2,-2,,,,,,,1",
            "g6,v1,P1,H1,2026-01-02,,,1,2,2,,,,,,,1",
            "g7,v1,P1,H1,2026-01-02,XA01AAA001A0010101,,1,2,2,,,,,,,1",
            "g8,v1,P1,H1,2026-01-02,1.1E+14,,1,2,2,,,,,,,1",
            "g9,v1,P1,H1,2026-01-02,001101000010000,,1.00001,2,2,,,,,,,1",
            "g10,v1,P1,H1,2026-01-02,001101000010000,,\"1,000\",2,2000,,,,,,,1",
            "g11,v1,P1,H1,2026-01-02,001101000010000,,1,2,2.005,,,,,,,1",
            "g12,v1,P1,H1,,001101000010000,,1,2,2,,,,,,,1",
            ",v1,P1,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g14,v1,P1,H1,2026-01-02,001101000010000,,1,2,2,,,,,3661,,1",
            "g15,v1,P1,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1,one too many",
            "g16,v1,P1,H1,2026-01-02",
            "g17,v1,P1,H1,2026-01-02,001101000010000,,99999999999,2,2,,,,,,,1",
            "g18,v1,P1,H1,2026-01-02,001101000010000,,1,2,two,,,,,,,1",
        ],
    );
    check(
        &[("fee_list_d.csv", &text)],
        &expect![[r#"
        fee_list_d,fee_list_d.csv,12,det_item_fee_sumamt,总额,1.03,amount,不等于数量乘单价，应为1.01元,核对数量、单价和总额
        fee_list_d,fee_list_d.csv,14,pric,单价,-2,range,超出可能的范围（0.00至100000000.00）,核对来源系统中的数值
        fee_list_d,fee_list_d.csv,15,med_list_codg,医疗目录编码,,empty,必填字段为空,在来源系统补全后重新导出
        fee_list_d,fee_list_d.csv,16,med_list_codg,医疗目录编码,XA01AAA001A0010101,item_structure,国家编码应为23位，现为18位,对照国家医保信息业务编码核对
        fee_list_d,fee_list_d.csv,17,med_list_codg,医疗目录编码,1.1E+14,item_structure,被电子表格转换成了数字,把该列设为文本后重新导出，末尾各位已丢失
        fee_list_d,fee_list_d.csv,18,cnt,数量,1.00001,decimals,小数超过4位,以元和计价单位填写十进制数字，不带千位分隔符
        fee_list_d,fee_list_d.csv,19,cnt,数量,"1,000",not_a_number,不是数字,以元和计价单位填写十进制数字，不带千位分隔符
        fee_list_d,fee_list_d.csv,20,det_item_fee_sumamt,总额,2.005,decimals,小数超过2位,以元和计价单位填写十进制数字，不带千位分隔符
        fee_list_d,fee_list_d.csv,21,fee_ocur_time,费用发生日期,,empty,必填字段为空,在来源系统补全后重新导出
        fee_list_d,fee_list_d.csv,22,bkkp_sn,费用明细流水号,,empty,必填字段为空,在来源系统补全后重新导出
        fee_list_d,fee_list_d.csv,23,prd_days,周期天数,3661,range,超出可能的范围（0至3660）,核对来源系统中的数值
        fee_list_d,fee_list_d.csv,24,,,,cells,有18列，表头有17列,检查该行的分隔符和引号
        fee_list_d,fee_list_d.csv,25,,,,cells,有5列，表头有17列,检查该行的分隔符和引号
        fee_list_d,fee_list_d.csv,26,cnt,数量,99999999999,range,超出可能的范围（-100000000.00至100000000.00）,核对来源系统中的数值
        fee_list_d,fee_list_d.csv,27,det_item_fee_sumamt,总额,two,not_a_number,不是数字,以元和计价单位填写十进制数字，不带千位分隔符
    "#]],
    );
}

#[test]
fn settlements_diagnoses_and_operations() {
    let settlements = rows(
        SETTLEMENTS,
        &[
            "t1,v3,P2,2026-01-05,2026-01-04,2026-01-05,10,10,0,1",
            "t2,v3,P2,,,,10,10.01,0,1",
            "t3,v3,P2,,,,-10,-10,0,1",
            "t4,v3,P2,,,,,0,0,1",
        ],
    );
    let diagnoses = rows(DIAGNOSES, &["e1,s1,v1,P1,1,0,,1", "e2,s1,v1,P1,1,2,I10,1", "e3,s1,v1,P1,1,0,高血压,1"]);
    let operations = rows(OPERATIONS, &["q1,s1,v1,P1,0,36.06,2026-01-04,2026-01-04 11:00:00,2026-01-04 10:59:59,1"]);
    check(
        &[("setl_d.csv", &settlements), ("setl_list_diag_d.csv", &diagnoses), ("setl_list_oprn_d.csv", &operations)],
        &expect![[r#"
            setl_d,setl_d.csv,7,enddate,出院时间,2026-01-04,date_order,早于入院时间,核对两个日期
            setl_d,setl_d.csv,8,fund_pay_sumamt,基金支付总额,10.01,above_total,大于费用总额10.00元,核对两个金额
            setl_d,setl_d.csv,10,medfee_sumamt,医疗费用总额,,empty,必填字段为空,在来源系统补全后重新导出
            setl_list_diag_d,setl_list_diag_d.csv,8,diag_code,诊断代码,,empty,必填字段为空,在来源系统补全后重新导出
            setl_list_diag_d,setl_list_diag_d.csv,9,maindiag_flag,主诊断标志,2,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            setl_list_diag_d,setl_list_diag_d.csv,10,diag_code,诊断代码,高血压,text,有不能用的字符，或过长,编号和编码只用字母、数字和符号，文字中不能有换行等控制字符
            setl_list_oprn_d,setl_list_oprn_d.csv,5,oprn_oprt_endtime,手术操作结束时间,2026-01-04 10:59:59,date_order,早于手术操作开始时间,核对两个日期
        "#]],
    );
}

#[test]
fn rows_whose_visit_is_not_there_say_why() {
    let visits = rows(VISITS, &["w1,P9,,,,5,,,310,H1,02,110101,2026-01-02,,21,,,,,,,1"]);
    let fees = rows(
        FEES,
        &[
            "g1,w0,P1,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g2,w1,P9,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g3,v5,P3,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g4,v1,P2,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g5,v1,,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
            "g6,w0,,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1",
        ],
    );
    let settlements = rows(SETTLEMENTS, &["t1,w0,P1,,,,10,10,0,1", "t2,v5,P3,,,,10,10,0,1"]);
    let diagnoses = rows(DIAGNOSES, &["e1,s1,w0,P1,1,0,I10,1"]);
    let operations = rows(OPERATIONS, &["q1,s1,w1,P9,0,36.06,,,,1"]);
    check(
        &[
            ("mdtrt_d.csv", &visits),
            ("fee_list_d.csv", &fees),
            ("setl_d.csv", &settlements),
            ("setl_list_diag_d.csv", &diagnoses),
            ("setl_list_oprn_d.csv", &operations),
        ],
        &expect![[r#"
            mdtrt_d,mdtrt_d.csv,7,gend,性别,5,not_in_list,不在码表中,改用国家码值；确有地方码值的，在映射文件 codes 中登记
            fee_list_d,fee_list_d.csv,15,mdtrt_id,就诊ID,w0,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
            fee_list_d,fee_list_d.csv,11,mdtrt_id,就诊ID,w1,visit_set_aside,对应的就诊已被搁置,先更正该就诊记录，再一并重新报送
            fee_list_d,fee_list_d.csv,13,mdtrt_id,就诊ID,v1,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
            setl_list_oprn_d,setl_list_oprn_d.csv,5,mdtrt_id,就诊ID,w1,visit_set_aside,对应的就诊已被搁置,先更正该就诊记录，再一并重新报送
            setl_d,setl_d.csv,7,mdtrt_id,就诊ID,w0,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
            setl_d,setl_d.csv,8,mdtrt_id,就诊ID,v5,visit_void,对应的就诊已作废,核对就诊记录的有效标志
            fee_list_d,fee_list_d.csv,10,mdtrt_id,就诊ID,w0,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
            fee_list_d,fee_list_d.csv,12,mdtrt_id,就诊ID,v5,visit_void,对应的就诊已作废,核对就诊记录的有效标志
            setl_list_diag_d,setl_list_diag_d.csv,8,mdtrt_id,就诊ID,w0,visit_unknown,就诊表中没有这个就诊ID，或该就诊属于其他人员,补报该就诊记录，或更正就诊ID、人员编号
        "#]],
    );
}

#[test]
fn a_person_that_differs_is_noticed_in_the_same_bucket() {
    let fees = rows(FEES, &["g4,v1,P2,H1,2026-01-02,001101000010000,,1,2,2,,,,,,,1"]);
    let city = City { buckets: Some(1), ..City::new() };
    let report = city.deliver("2026-01", &with(&[("fee_list_d.csv", &fees)])).unwrap();
    expect![[r#"
        fee_list_d,fee_list_d.csv,10,mdtrt_id,就诊ID,v1,person_differs,人员与就诊记录不一致,核对人员编号
    "#]]
    .assert_eq(&city.set_aside(&report));
}

#[test]
fn the_same_row_twice_is_a_duplicate_and_another_of_its_number_is_superseded() {
    let again = |table: &str, changed: (&str, &str)| {
        let body = table.split_once('\n').unwrap().1;
        format!("{table}{body}{}", body.replace(changed.0, changed.1))
    };
    let fees = again(FEES, ("2.5,10.002,25.01", "2,10,20.00"));
    let visits = again(VISITS, ("2026-01-20,2026-01-20", "2026-01-20,2026-01-21"));
    let settlements = again(SETTLEMENTS, ("88.00", "89.00"));
    let diagnoses = again(DIAGNOSES, ("J06.900", "J07.900"));
    let operations = again(OPERATIONS, ("37.2200", "37.2300"));
    let city = City::new();
    let files = [
        ("mdtrt_d.csv", visits.as_str()),
        ("setl_d.csv", &settlements),
        ("fee_list_d.csv", &fees),
        ("setl_list_diag_d.csv", &diagnoses),
        ("setl_list_oprn_d.csv", &operations),
    ];
    let report = city.deliver("2026-01", &files).unwrap();
    expect![[r#"
        2026-01 首次入库，版式“国家医疗保障信息平台抽取表”，5个文件
        就诊：读入15行 = 入库4行 + 重复6行 + 作废3行 + 搁置2行
            2处：mdtrt_id 被同号的后一行取代
        结算：读入15行 4303.18元 = 入库4行 1336.06元 + 重复6行 2494.12元 + 作废3行 297.00元 + 搁置2行 176.00元
            2处：setl_id 被同号的后一行取代
        费用明细：读入24行 701.49元 = 入库7行 142.49元 + 重复12行 244.98元 + 作废3行 264.00元 + 搁置2行 50.02元
            2处：bkkp_sn 被同号的后一行取代
        诊断：读入18行 = 入库5行 + 重复8行 + 作废3行 + 搁置2行
            2处：setl_list_diag_id 被同号的后一行取代
        手术操作：读入9行 = 入库3行 + 重复4行 + 搁置2行
            2处：setl_list_oprn_id 被同号的后一行取代
        本月费用明细现为7行 142.49元；合计核对相符
        未读的列：mdtrt_d.csv有1列不在版式中：psn_name
        未读的列：setl_list_diag_d.csv有1列不在版式中：setl_id
        未读的列：setl_list_oprn_d.csv有1列不在版式中：setl_id
        搁置的行及原因见 set_aside/2026-01-v1.csv
    "#]]
    .assert_eq(&report.to_string());
    expect![[r#"
        setl_d,setl_d.csv,6,setl_id,结算ID,s5,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        setl_d,setl_d.csv,11,setl_id,结算ID,s5,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        mdtrt_d,mdtrt_d.csv,3,mdtrt_id,就诊ID,v2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        mdtrt_d,mdtrt_d.csv,8,mdtrt_id,就诊ID,v2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        fee_list_d,fee_list_d.csv,3,bkkp_sn,费用明细流水号,f2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        fee_list_d,fee_list_d.csv,11,bkkp_sn,费用明细流水号,f2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        setl_list_diag_d,setl_list_diag_d.csv,5,setl_list_diag_id,诊断明细ID,d4,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        setl_list_diag_d,setl_list_diag_d.csv,11,setl_list_diag_id,诊断明细ID,d4,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        setl_list_oprn_d,setl_list_oprn_d.csv,3,setl_list_oprn_id,手术明细ID,o2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
        setl_list_oprn_d,setl_list_oprn_d.csv,6,setl_list_oprn_id,手术明细ID,o2,superseded,后面另有一行编号相同、内容不同,核对编号；要保留的行应有自己的编号
    "#]].assert_eq(&city.set_aside(&report));
    let text = city.month("2026-01");
    assert!(text.contains("f2 2026-01-03T09:00 XA01AAA001A001010100001 20000x10000000=2000"), "{text}");
    assert!(text.contains("end=2026-01-21") && text.contains("J07.900") && text.contains("37.2300"), "{text}");
}

#[test]
fn a_quotation_mark_that_is_never_closed_costs_one_row() {
    let fees = FEES.replace("f5,v2,P1,H2", "\"f5,v2,P1,H2");
    check(
        &[("fee_list_d.csv", &fees)],
        &expect![[r#"
        fee_list_d,fee_list_d.csv,6,,,,quote,引号没有成对,检查引号是否成对，字段内的引号应写两个
    "#]],
    );
}

#[test]
fn three_in_a_hundred_are_set_aside_and_the_rest_is_stored() {
    let mut fees = FEES.lines().next().unwrap().to_owned() + "\n";
    let mut bad_fen = 0;
    for at in 0..4000 {
        let amount = if at % 33 == 0 { at + 5 } else { at };
        bad_fen += if at % 33 == 0 { amount } else { 0 };
        let yuan = format!("{}.{:02}", amount / 100, amount % 100);
        writeln!(fees, "n{at},v1,P1,H1,2026-01-02,001101000010000,,{at},0.01,{yuan},,,,,,,1").unwrap();
    }
    let city = City::new();
    let report = city.deliver("2026-01", &with(&[("fee_list_d.csv", &fees)])).unwrap();
    let counts = &report.counts.tables[&Table::Fees];
    assert_eq!((counts.read.rows, counts.stored.rows, counts.set_aside.rows), (4000, 4000 - 122, 122));
    assert_eq!(counts.set_aside.fen, bad_fen);
    assert_eq!(counts.reasons["det_item_fee_sumamt/amount"], 122);
    assert_eq!(city.set_aside(&report).lines().count(), 122);
    assert!(counts.reconciles());
}

#[test]
fn what_is_mostly_faulty_is_not_put_in_force_unless_that_is_wanted() {
    let header = FEES.lines().next().unwrap();
    let fees = format!("{header}\n{}", "f1,v1,P1,H1,2026-01-02 09:00:00,001101000010000,,1,100,,,,,,,,1\n".repeat(10));
    let city = City::new();
    let files = with(&[("fee_list_d.csv", &fees)]);
    let error = city.deliver("2026-01", &files).unwrap_err();
    assert!(matches!(&error, Error::TooManyAside { table: Table::Fees, aside: 10, read: 10, .. }), "{error}");
    assert!(error.to_string().contains("set_aside/2026-01-v1.csv"), "{error}");
    assert!(city.folder().join("set_aside/2026-01-v1.csv").is_file());
    assert!(!xingjian_screen::claims::Store::exists(&city.folder()));
    let city = City { accept_faulty: true, ..city };
    assert_eq!(city.deliver("2026-01", &files).unwrap().counts.tables[&Table::Fees].unreadable_amounts, 10);
    assert!(city.month("2026-01").contains("v1"));
}
