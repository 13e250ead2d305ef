//! Files of every kind give the same store, and files that are not what they are said to be are refused by name.

use crate::ingest::book::{Cell, book};
use crate::ingest::city::{City, FEES, MONTH, VISITS};
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use encoding_rs::GB18030;
use expect_test::expect;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::path::PathBuf;
use std::sync::Arc;
use xingjian_screen::ingest::Coding;

fn expected() -> (City, String) {
    let city = City::new();
    city.deliver("2026-01", &MONTH).unwrap();
    let text = city.month("2026-01");
    (city, text)
}

/// The month with its files as bytes of another coding.
fn coded(city: &City, code: impl Fn(&str) -> Vec<u8>) -> Vec<PathBuf> {
    MONTH.iter().map(|(name, text)| city.file(name, code(text))).collect()
}

#[test]
fn codings_line_ends_and_quotes_make_no_difference() {
    let (plain, text) = expected();
    let bom = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let windows = |text: &str| text.replace('\n', "\r\n").into_bytes();
    let gb = |text: &str| GB18030.encode(text).0.into_owned();
    let quoted = |text: &str| {
        let line = |line: &str| line.split(',').map(|cell| format!("\" {cell}\"")).collect::<Vec<_>>().join(",");
        text.lines().map(|text| line(text) + "\r\n").collect::<String>().into_bytes()
    };
    for way in 0..5 {
        let city = City::new();
        let code = |text: &str| match way {
            0 => bom(text),
            1 => windows(text),
            2 => gb(text),
            3 => quoted(text),
            _ => text.trim_end().as_bytes().to_vec(),
        };
        let report = city.bring("2026-01", &coded(&city, code), false).unwrap();
        assert_eq!(city.month("2026-01"), text);
        assert_eq!(city.files(), plain.files());
        assert!(report.files.iter().all(|file| file.format == "CSV"));
    }
}

#[test]
fn the_coding_is_found_out_and_reported() {
    let city = City::new();
    let files = coded(&city, |text| GB18030.encode(text).0.into_owned());
    let report = city.bring("2026-01", &files, false).unwrap();
    let codings: Vec<_> = report.files.iter().map(|file| file.coding).collect();
    assert_eq!(codings[0], Some(Coding::Gb18030));
    assert_eq!(codings[1], None);
}

#[test]
fn a_file_in_another_coding_than_it_is_said_to_be_is_refused_with_the_byte() {
    let mut city = City::new();
    let files = coded(&city, |text| GB18030.encode(text).0.into_owned());
    city.coding = Some(Coding::Utf8);
    let error = city.bring("2026-01", &files, false).unwrap_err();
    expect!["文件 mdtrt_d.csv 第259个字节起无法解码：文件不是UTF-8编码，像是GB18030；请改用 --encoding GB18030"]
        .assert_eq(&error.to_string());
    let at = VISITS.find('甲').unwrap();
    assert!(error.to_string().contains(&format!("第{}个字节", at + 1)), "{error} {at}");
    assert!(!xingjian_screen::claims::Store::exists(&city.folder()));
    city.coding = Some(Coding::Gb18030);
    assert!(city.bring("2026-01", &files, false).is_ok());
    let city = City { coding: Some(Coding::Gb18030), ..City::new() };
    let error = city.deliver("2026-01", &MONTH).unwrap_err();
    assert!(error.to_string().contains("--encoding UTF-8"), "{error}");
}

#[test]
fn a_single_byte_that_cannot_be_decoded_costs_its_row() {
    let city = City::new();
    let mut files = coded(&city, |text| text.as_bytes().to_vec());
    let mut bytes = FEES.as_bytes().to_vec();
    let at = FEES.find("李四").unwrap() + 2;
    bytes.splice(at..=at, b"x".iter().copied());
    files[2] = city.file("fee_list_d.csv", &bytes);
    let report = city.bring("2026-01", &files, false).unwrap();
    let text = city.set_aside(&report);
    assert!(text.contains(&format!("undecodable,文件第{}个字节不是UTF-8编码", at - 1)), "{text}");
    assert_eq!(text.lines().count(), 1);
    assert!(!city.month("2026-01").contains("f2"));
}

#[test]
fn what_is_no_text_is_refused() {
    let city = City::new();
    let utf16: Vec<u8> = VISITS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, told) in [
        (utf16, "UTF-16"),
        (vec![], "文件是空的"),
        (b"\xff\xfa\n\xfe\n".to_vec(), "表头不是UTF-8编码"),
        ([VISITS.as_bytes(), b"v9,\xff\xff\n\xff\xff\n"].concat(), ""),
    ] {
        let file = city.file("mdtrt_d.csv", bytes);
        match city.bring("2026-01", &[file], false) {
            Err(error) => assert!(error.to_string().contains(told) && !told.is_empty(), "{error}"),
            Ok(report) => assert_eq!(city.set_aside(&report).lines().count(), 2),
        }
    }
}

/// Cells of a table: numbers where they look like ones, dates as serial numbers.
fn cells(text: &str) -> Vec<Vec<Cell>> {
    let cell = |text: &str| {
        if text.is_empty() {
            return Cell::Nothing;
        }
        if let Ok(moment) = text.replace(' ', "T").parse::<jiff::civil::DateTime>()
            && text.contains('-')
            && text.len() > 8
        {
            let since = moment.since(jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0)).unwrap();
            let seconds = since.total(jiff::SpanTotal::from(jiff::Unit::Second).days_are_24_hours()).unwrap();
            return Cell::Date(format!("{}", seconds / 86_400.0));
        }
        // Codes like 36.0600 are no numbers.
        let whole = text.len() < 7 && (text == "0" || !text.starts_with('0')) && text.parse::<f64>().is_ok();
        if whole { Cell::Number(text.to_owned()) } else { Cell::Text(text.to_owned()) }
    };
    text.lines().map(|line| line.split(',').map(cell).collect()).collect()
}

#[test]
fn a_workbook_gives_the_same_store() {
    let (plain, text) = expected();
    let city = City::new();
    let mut sheets: Vec<(&str, Vec<Vec<Cell>>)> =
        MONTH.iter().map(|(name, text)| (name.trim_end_matches(".csv"), cells(text))).collect();
    sheets.push(("说明", vec![vec![Cell::Text("本工作簿由演示系统导出".into())]]));
    let file = city.file("2026-01.xlsx", book(&sheets));
    let report = city.bring("2026-01", std::slice::from_ref(&file), false).unwrap();
    assert_eq!(city.month("2026-01"), text);
    assert_eq!(city.files(), plain.files());
    assert_eq!(report.ignored, ["2026-01.xlsx#说明"]);
    assert_eq!(report.files[0].format, "Excel");
    // Cut in the middle it is no workbook any more.
    let bytes = std::fs::read(&file).unwrap();
    let cut = city.file("2026-01.xlsx", &bytes[..bytes.len() / 2]);
    let error = city.bring("2026-01", &[cut], false).unwrap_err();
    assert!(error.to_string().contains("已损坏或不完整"), "{error}");
}

#[test]
fn a_code_that_a_spreadsheet_made_a_number_is_set_aside() {
    let city = City::new();
    let mut rows = cells(FEES);
    rows[1][5] = Cell::Number("1.10100001E+14".into());
    rows[2][0] = Cell::Number("510102001990000000".into());
    let mut files: Vec<PathBuf> = MONTH.iter().map(|(name, text)| city.file(name, text)).collect();
    files[2] = city.file("fee_list_d.xlsx", book(&[("Sheet1", rows)]));
    let report = city.bring("2026-01", &files, false).unwrap();
    expect![[r#"
        fee_list_d,fee_list_d.xlsx#Sheet1,3,bkkp_sn,费用明细流水号,5.1010200199E+17,spreadsheet_number,被电子表格转换成了数字,把该列设为文本后重新导出，末尾各位已丢失
    "#]].assert_eq(&city.set_aside(&report));
}

/// The fee lines as another system writes them: typed columns.
fn fee_batch() -> RecordBatch {
    let columns: Vec<Vec<Option<&str>>> = {
        let lines: Vec<&str> = FEES.lines().skip(1).collect();
        let cell = |line: &'static str, at: usize| line.split(',').nth(at).filter(|cell| !cell.is_empty());
        (0..17).map(|at| lines.iter().map(|line| cell(line, at)).collect()).collect()
    };
    let text = |at: usize| -> ArrayRef { Arc::new(columns[at].iter().copied().collect::<StringArray>()) };
    let moment = |text: &str| {
        let text =
            if text.len() == 8 { format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]) } else { text.to_owned() };
        let moment: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
        moment.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond()
    };
    let number = |text: &str| text.parse::<f64>().unwrap();
    let fen = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
        format!("{whole}{part}").parse::<i128>().unwrap()
    };
    let money: Decimal128Array = columns[9].iter().map(|text| text.map(fen)).collect();
    let arrays: Vec<(&str, ArrayRef)> = FEES
        .lines()
        .next()
        .unwrap()
        .split(',')
        .enumerate()
        .map(|(at, name)| {
            let array: ArrayRef = match at {
                4 => Arc::new(columns[4].iter().map(|text| text.map(moment)).collect::<TimestampMicrosecondArray>()),
                7 | 8 => Arc::new(columns[at].iter().map(|text| text.map(number)).collect::<Float64Array>()),
                9 => Arc::new(money.clone().with_precision_and_scale(12, 2).unwrap()),
                14 | 16 => Arc::new(
                    columns[at]
                        .iter()
                        .map(|text| text.map(|text| text.parse::<i64>().unwrap()))
                        .collect::<Int64Array>(),
                ),
                _ => text(at),
            };
            (name, array)
        })
        .collect();
    RecordBatch::try_from_iter_with_nullable(arrays.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn parquet_of(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parquet_with_types_gives_the_same_lines() {
    let (_, text) = expected();
    for compression in [Compression::SNAPPY, Compression::UNCOMPRESSED] {
        let city = City::new();
        let mut files: Vec<PathBuf> = MONTH.iter().map(|(name, text)| city.file(name, text)).collect();
        files[2] = city.file("fee_list_d.parquet", parquet_of(&fee_batch(), compression));
        let report = city.bring("2026-01", &files, false).unwrap();
        // A moment has a time of day; only text says that there is none.
        let timed =
            text.replace("f5 2026-01-20 ", "f5 2026-01-20T00:00 ").replace("f8 2026-01-05 ", "f8 2026-01-05T00:00 ");
        assert_eq!(city.month("2026-01"), timed);
        assert_eq!(report.files[2].format, "Parquet");
    }
}

#[test]
fn a_truncated_parquet_is_refused_and_nothing_is_in_force() {
    let bytes = parquet_of(&fee_batch(), Compression::SNAPPY);
    for length in [4, 5, bytes.len() / 2, bytes.len() - 1] {
        let city = City::new();
        city.deliver("2026-01", &MONTH).unwrap();
        let before = city.store().manifest;
        let mut files: Vec<PathBuf> = MONTH.iter().map(|(name, text)| city.file(name, text)).collect();
        files[2] = city.file("fee_list_d.parquet", &bytes[..length]);
        let error = city.bring("2026-01", &files, false).unwrap_err();
        assert!(error.to_string().contains("fee_list_d.parquet 已损坏或不完整（文件尾不在"), "{error}");
        assert_eq!(city.store().manifest, before);
    }
    // Whole at its end, broken inside.
    let mut broken = bytes.clone();
    for byte in &mut broken[40..120] {
        *byte ^= 0x55;
    }
    let city = City::new();
    let mut files: Vec<PathBuf> = MONTH.iter().map(|(name, text)| city.file(name, text)).collect();
    files[2] = city.file("fee_list_d.parquet", &broken);
    let error = city.bring("2026-01", &files, false).unwrap_err();
    assert!(error.to_string().contains("已损坏或不完整（内容无法解码"), "{error}");
}

#[test]
fn types_that_no_table_has_are_refused() {
    let city = City::new();
    let days: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    let nested: ArrayRef = Arc::new(arrow_array::StructArray::from(vec![(
        Arc::new(arrow_schema::Field::new("a", arrow_schema::DataType::Date32, false)),
        days.clone(),
    )]));
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value.to_owned()])) };
    let batch = RecordBatch::try_from_iter([
        ("mdtrt_id", text("v1")),
        ("psn_no", nested),
        ("fixmedins_code", text("H1")),
        ("begntime", days),
    ])
    .unwrap();
    let file = city.file("mdtrt_d.parquet", parquet_of(&batch, Compression::UNCOMPRESSED));
    let error = city.bring("2026-01", &[file], false).unwrap_err();
    assert!(error.to_string().contains("psn_no 的类型"), "{error}");
}

#[test]
fn a_missing_column_is_named_and_one_too_many_is_reported() {
    let city = City::new();
    let without = |text: &str, column: &str| {
        let at = text.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
        let line = |line: &str| {
            let cells = line.split(',').enumerate().filter(|(place, _)| *place != at).map(|(_, cell)| cell);
            cells.collect::<Vec<_>>().join(",") + "\n"
        };
        text.lines().map(line).collect::<String>()
    };
    let mut files: Vec<PathBuf> = MONTH.iter().map(|(name, text)| city.file(name, text)).collect();
    files[2] = city.file("fee_list_d.csv", without(FEES, "pric"));
    let error = city.bring("2026-01", &files, false).unwrap_err();
    expect!["文件与抽取表的版式不符：fee_list_d.csv：“pric”缺少字段，fee_list_d表必须有它。补上该字段后重新导出，或在映射文件中写明取自哪一列；文件现有：bkkp_sn、mdtrt_id、psn_no、fixmedins_code、fee_ocur_time、med_list_codg、hilist_code、cnt、det_item_fee_sumamt、inscp_amt、pric_uplmt_amt、bilg_dr_code"].assert_eq(&error.to_string());
    files[2] = city.file(
        "fee_list_d.csv",
        without(FEES, "pric_uplmt_amt")
            .replace(",vali_flag", ",vali_flag,memo")
            .replace(",1\n", ",1,x\n")
            .replace(",0\n", ",0,x\n")
            .replace(",,\n", ",,,\n"),
    );
    let report = city.bring("2026-01", &files, false).unwrap();
    assert_eq!(report.files[2].unread, ["memo"]);
    assert!(report.to_string().contains("未读的列：fee_list_d.csv有1列不在版式中：memo\n"), "{report}");
    assert_eq!(report.missing[&xingjian_screen::layout::Table::Fees], ["pric_uplmt_amt"]);
    assert_eq!(city.store().manifest.months["2026-01"].absent, ["lines.price_limit"]);
    assert!(report.to_string().contains("缺项：费用明细没有 pric_uplmt_amt"), "{report}");
}

#[test]
fn a_file_that_is_of_no_table_is_refused_and_one_without_a_name_is_known_by_its_header() {
    let city = City::new();
    let error = city.deliver("2026-01", &[("a.csv", VISITS), ("b.csv", "x,y\n1,2\n")]).unwrap_err();
    assert!(error.to_string().contains("b.csv：“x、y”认不出是哪一张表"), "{error}");
    let names = ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv"];
    let files: Vec<(&str, &str)> = names.into_iter().zip(MONTH.iter().map(|(_, text)| *text)).collect();
    city.deliver("2026-01", &files).unwrap();
    assert_eq!(city.files(), expected().0.files());
    let error = City::new().deliver("2026-01", &MONTH[1..]).unwrap_err();
    assert!(error.to_string().contains("没有就诊表"), "{error}");
    let error = City::new().deliver("2026-1", &MONTH).unwrap_err();
    assert!(error.to_string().contains("应写成 2026-01"), "{error}");
    let missing = city.bring("2026-01", &[PathBuf::from("nowhere.csv")], false).unwrap_err();
    assert!(missing.to_string().contains("nowhere.csv 无法读取"), "{missing}");
}
