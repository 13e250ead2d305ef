//! Files that are not what they seem: each is one fault, or a fault of each row concerned, and never a wrong row.

use super::super::institutions::NAME;
use super::super::read;
use super::super::sheet::unpack;
use super::{check, judged, judged_in};
use expect_test::expect;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use std::io::{Cursor, Write};

const COLUMNS: [&str; 4] = ["机构名称", "登记号", "行政区划代码", "电话"];

fn head(sheet: &mut Worksheet, row: u32) {
    for (at, name) in (0..).zip(COLUMNS) {
        sheet.write(row, at, name).unwrap();
    }
}

fn row(sheet: &mut Worksheet, row: u32, cells: [&str; 4]) {
    for (at, cell) in (0..).zip(cells) {
        sheet.write(row, at, cell).unwrap();
    }
}

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    head(sheet, 0);
    fill(sheet);
    book.save_to_buffer().unwrap()
}

#[test]
fn the_sheet_is_the_one_with_the_columns() {
    let mut two = Workbook::new();
    two.add_worksheet().set_name("封面").unwrap().write(0, 0, "演示市卫生健康局").unwrap();
    let sheet = two.add_worksheet().set_name("名单").unwrap();
    sheet.write(0, 0, "演示市医疗机构名单（截至11月）").unwrap();
    head(sheet, 2);
    row(sheet, 3, ["演示甲医院", "", "440402", ""]);
    check(&two.save_to_buffer().unwrap(), &expect!["4 新增 440402 演示甲医院"]);
    let mut several = Workbook::new();
    for name in ["甲区", "乙区"] {
        head(several.add_worksheet().set_name(name).unwrap(), 0);
    }
    check(
        &several.save_to_buffer().unwrap(),
        &expect!["文件：有2个工作表都有“机构名称”列：甲区、乙区。请只留下要导入的一个工作表"],
    );
    let mut none = Workbook::new();
    none.add_worksheet().set_name("人员").unwrap().write(0, 0, "姓名").unwrap();
    check(
        &none.save_to_buffer().unwrap(),
        &expect![
            "文件：工作表（人员）的前20行中没有“机构名称”“医疗机构名称”“名称”“医院名称”“name”列。请核对选择的文件，并保留表头"
        ],
    );
}

#[test]
fn merged_cells_are_a_fault_of_each_row_they_cover() {
    let bytes = book(|sheet| {
        row(sheet, 1, ["演示甲医院", "", "440402", ""]);
        sheet.merge_range(2, 2, 3, 2, "440403", &Format::new()).unwrap();
        sheet.write(2, 0, "演示乙医院").unwrap();
        sheet.write(3, 0, "演示丙医院").unwrap();
        row(sheet, 4, ["演示丁医院", "", "440402", ""]);
    });
    check(
        &bytes,
        &expect![[r#"
        2 新增 440402 演示甲医院
        3 第3行：有合并的单元格，只有第一格有内容。请取消合并，并在每一行填写完整
        4 第4行：有合并的单元格，只有第一格有内容。请取消合并，并在每一行填写完整
        5 新增 440402 演示丁医院"#]],
    );
}

#[test]
fn utf8_that_was_read_as_gb18030_is_told() {
    let text = "机构名称,行政区划代码\n演示甲医院,440402\n";
    let garbled = encoding_rs::GB18030.decode_without_bom_handling(text.as_bytes()).0.into_owned();
    check(
        garbled.as_bytes(),
        &expect![
            "文件：表头是乱码：UTF-8 的文件曾被当作 GB18030 打开并保存。请从原文件重新导出为 xlsx 或者“CSV UTF-8（逗号分隔）”，不要经记事本转换"
        ],
    );
    let gb18030 = encoding_rs::GB18030.encode(text).0.into_owned();
    let lost = String::from_utf8_lossy(&gb18030).into_owned();
    assert!(judged(lost.as_bytes()).contains("没有“机构名称”列"));
    check(
        "机构名称,行政区划代码\n演示\u{fffd}\u{fffd}医院,440402\n".as_bytes(),
        &expect![
            "2 第2行“机构名称”：“演示��医院”含有乱码“�”，文件曾按错误的编码打开。请从原系统用 UTF-8 编码或者 xlsx 格式重新导出"
        ],
    );
}

#[test]
fn ten_thousand_empty_rows_are_nothing() {
    let bytes = book(|sheet| {
        row(sheet, 1, ["演示甲医院", "", "440402", ""]);
        for at in 2..10_002 {
            row(sheet, at, ["", " ", "", ""]);
            sheet.write_blank(at, 3, &Format::new().set_bold()).unwrap();
        }
        row(sheet, 10_002, ["演示乙医院", "", "440402", ""]);
    });
    check(
        &bytes,
        &expect![[r#"
        2 新增 440402 演示甲医院
        10003 新增 440402 演示乙医院"#]],
    );
    let csv = format!("机构名称,行政区划代码\n{}演示甲医院,440402\n", " ,\n".repeat(10_000));
    check(csv.as_bytes(), &expect!["10002 新增 440402 演示甲医院"]);
}

#[test]
fn a_formula_is_no_value_where_a_column_is_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    head(sheet, 0);
    sheet.write(0, 4, "序号").unwrap();
    row(sheet, 1, ["演示甲医院", "", "440402", ""]);
    sheet.write_formula(1, 4, Formula::new("=ROW()").set_result("2")).unwrap();
    row(sheet, 2, ["演示乙医院", "", "", ""]);
    sheet.write_formula(2, 2, Formula::new("=C2").set_result("440402")).unwrap();
    row(sheet, 3, ["", "", "440402", ""]);
    sheet.write_formula(3, 0, Formula::new("=A99").set_result("#REF!")).unwrap();
    check(
        &book.save_to_buffer().unwrap(),
        &expect![[r#"
        2 新增 440402 演示甲医院
        3 第3行“行政区划代码”：“440402”是公式。请复制后选择性粘贴为“数值”，或者直接填写
        4 第4行“机构名称”：“#REF!”是错误值。请复制后选择性粘贴为“数值”，或者直接填写"#]],
    );
    check(
        "机构名称,行政区划代码\n\"=HYPERLINK(\"\"x\"\")\",440402\n".as_bytes(),
        &expect![[r#"2 第2行“机构名称”：“=HYPERLINK("x")”是公式。请填写公式的结果"#]],
    );
}

#[test]
fn numbers_and_dates_in_columns_of_text_are_not_taken_for_codes() {
    let day = ExcelDateTime::from_ymd(2026, 11, 21).unwrap();
    let bytes = book(|sheet| {
        row(sheet, 1, ["演示甲医院", "", "440402", ""]);
        sheet.write(1, 3, 7_562_123_456_u64).unwrap();
        row(sheet, 2, ["演示乙医院", "", "440402", "13800138000"]);
        row(sheet, 3, ["演示丙医院", "", "", ""]);
        sheet.write_datetime_with_format(3, 2, &day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
        row(sheet, 4, ["演示丁医院", "", "", ""]);
        sheet.write_datetime(4, 2, &day).unwrap();
        row(sheet, 5, ["演示戊医院", "", "440402", ""]);
        sheet.write(5, 1, 1.234_567_890_123_456_7e21).unwrap();
    });
    check(
        &bytes,
        &expect![[r#"
        2 缺项 演示甲医院 第2行“电话”：“7562123456”开头的“0”可能被电子表格去掉了。请核对，可在登记页更正
        3 新增 440402 演示乙医院
        4 第4行“行政区划代码”：“2026-11-21 00:00:00”不是行政区划代码。填写 2、4、6、9 或 12 位数字，例如 440402
        5 第5行“行政区划代码”：“46347”不是行政区划代码。填写 2、4、6、9 或 12 位数字，例如 440402
        6 第6行“登记号”：“1.2345678901234568E+21”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"#]],
    );
}

#[test]
fn a_file_is_what_its_bytes_are() {
    for bytes in [
        b"%PDF-1.7 ...".as_slice(),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe\x3a\x67",
        b"  <html><table><tr><td>",
        b"Rar!\x1a\x07",
        b"\x00\x01\x02\x03",
    ] {
        let said = judged(bytes);
        assert!(said.starts_with("文件：") || said.starts_with("第1行："), "{bytes:?}: {said}");
        assert_eq!(said.lines().count(), 1);
    }
    check(
        b"%PDF-1.7 ...",
        &expect![
            "文件：这是PDF文件，不是 CSV 或者 Excel 工作簿。请在 Excel 中打开原数据，另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”"
        ],
    );
    check(
        b"<html><table>",
        &expect![
            "文件：这是网页或者XML文件，不是 CSV 或者 Excel 工作簿。请在 Excel 中打开原数据，另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”"
        ],
    );
    let whole = book(|sheet| row(sheet, 1, ["演示甲医院", "", "440402", ""]));
    check(
        &whole[..whole.len() / 2],
        &expect!["文件：不是完整的 Excel 工作簿（.xlsx）。请在 Excel 中打开后另存为 .xlsx 或者“CSV UTF-8”"],
    );
    // A document of another kind is a zip archive as well.
    let mut other = zip::ZipWriter::new(Cursor::new(vec![]));
    other.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    other.write_all(b"<document/>").unwrap();
    check(
        &other.finish().unwrap().into_inner(),
        &expect!["文件：不是完整的 Excel 工作簿（.xlsx）。请在 Excel 中打开后另存为 .xlsx 或者“CSV UTF-8”"],
    );
}

#[test]
fn a_small_file_that_unpacks_to_very_much_is_refused_before_it_is_read() {
    let mut bomb = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"] {
        bomb.start_file(part, options).unwrap();
        bomb.write_all(&vec![b' '; (1 << 19) + 1]).unwrap();
    }
    let bytes = bomb.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 13, "{}", bytes.len());
    expect!["文件：解压后超过1 MB，不是正常的名单。请只保留要导入的工作表，另存后重新导入"]
        .assert_eq(&unpack(&bytes, 1 << 20).unwrap_err().to_string());
    assert!(unpack(&bytes, 2 << 20).is_ok(), "both parts together count");
}

#[test]
fn what_is_larger_than_a_list_is_refused() {
    let wide = format!("{}机构名称\n", "列,".repeat(200));
    check(wide.as_bytes(), &expect!["文件：有200列以上。请删去多余的列后重新导入"]);
    let long = format!("机构名称\n{}", "甲\n".repeat(200_002));
    check(long.as_bytes(), &expect!["文件：超过200000行。请拆分后分次导入"]);
    assert!(read(b"name\nx\n", NAME).is_ok() && judged_in("4404", b"name\nx\n").is_ok());
}
