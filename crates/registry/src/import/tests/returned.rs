//! The rows that came back, as a workbook.

use super::super::institutions::NAME;
use super::super::{read, returned};
use super::{institutions, judged_in, told};
use crate::import::{self, Kind};
use calamine::{Reader, Xlsx};
use expect_test::expect;
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::io::Cursor;
use xingjian_kernel::Role;
use xingjian_store::{Error, Executor, Failure, blobs};
use xingjian_testkit::both_databases;

const FILE: &str =
    "机构名称,登记号,行政区划代码,床位\n演示甲医院,0012,440402,1\n=演示乙医院,007,440402,1\n演示丙医院,0001,449999,x\n";

/// Every sheet of a workbook, its cells apart by bars.
fn shown(bytes: &[u8]) -> String {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let mut lines = vec![];
    for name in book.sheet_names() {
        assert!(book.worksheet_formula(&name).unwrap().used_cells().next().is_none(), "no cell is a formula");
        lines.push(format!("[{name}]"));
        let range = book.worksheet_range(&name).unwrap();
        assert!(range.used_cells().all(|(.., cell)| matches!(cell, calamine::Data::String(_))), "every cell is text");
        lines.extend(range.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")));
    }
    lines.join("\n")
}

both_databases! {
    async fn rows_that_came_back_are_mended_and_brought_in_again(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let done = institutions(&ctx, "机构.csv", FILE.as_bytes()).await;
        assert_eq!(done.done.counts, [1, 0, 0, 2]);
        let book = done.returned(&ctx).await.unwrap().unwrap();
        expect![[r#"
            [退回的行]
            机构名称|登记号|行政区划代码|床位|原行号|退回原因
            =演示乙医院|007|440402|1|3|第3行“机构名称”：“=演示乙医院”是公式。请填写公式的结果
            演示丙医院|0001|449999|x|4|第4行“床位”：“x”不是整数。请填写编制床位数；第4行“行政区划代码”：“449999”不是现行的行政区划代码。请按现行区划代码表填写
            [全部说明]
            行|说明
            3|第3行“机构名称”：“=演示乙医院”是公式。请填写公式的结果
            4|第4行“床位”：“x”不是整数。请填写编制床位数；第4行“行政区划代码”：“449999”不是现行的行政区划代码。请按现行区划代码表填写"#]].assert_eq(&shown(&book));
        assert_eq!(done.returned(&ctx).await.unwrap().unwrap(), book, "the same rows are the same file");
        let again = institutions(&ctx, "退回.xlsx", &book).await;
        assert_eq!(again.done.counts, [0, 0, 0, 2], "as it is, it comes back again:\n{}", told(&again));
        let twice = again.returned(&ctx).await.unwrap().unwrap();
        assert_eq!(shown(&twice).matches("退回原因").count(), 1, "the two columns are there once");
        let mut table = read(&book, NAME).unwrap();
        table.rows[0].1[0] = "演示乙医院".to_owned();
        table.rows[1].1[2] = "440403".to_owned();
        table.rows[1].1[3] = "2".to_owned();
        let names: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let rows: Vec<Vec<String>> = table.rows.iter().map(|(_, cells)| cells.clone()).collect();
        let mended = institutions(&ctx, "改正.csv", &import::written(&names, &rows)).await;
        assert_eq!(mended.done.counts, [2, 0, 0, 0], "{}", told(&mended));
    }

    async fn rows_that_did_not_fit_come_back_until_somebody_has_looked_at_them(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let text = "机构名称,登记号,行政区划代码\n演示甲医院,0001,440402,多出一,多出二\n演示乙医院,440402\n演示丙医院,0003,440402\n";
        let mut file = encoding_rs::GB18030.encode(text).0.into_owned();
        let at = file.windows(2).rposition(|two| two == encoding_rs::GB18030.encode("丙").0.as_ref()).unwrap();
        file[at] = 0xff;
        let done = institutions(&ctx, "机构.csv", &file).await;
        assert_eq!(done.done.counts, [0, 0, 0, 3]);
        let book = done.returned(&ctx).await.unwrap().unwrap();
        expect![[r#"
            [退回的行]
            机构名称|登记号|行政区划代码|原行号|退回原因||
            演示甲医院|0001|440402|2|第2行：有5列，表头有3列。请检查该行的逗号和引号|多出一|多出二
            演示乙医院|440402||3|第3行：有2列，表头有3列。请检查该行的逗号和引号|该行原少1列，请逐列核对后删去本格|
            演示�皆�|0003|440402|4|第4行：单元格第5个字节既不是 UTF-8 也不是 GB18030 编码。请用 UTF-8 编码另存后重新导入||"#]].assert_eq(shown(&book).split("\n[全部说明]").next().unwrap());
        let again = institutions(&ctx, "退回.xlsx", &book).await;
        assert_eq!(again.done.counts, [0, 0, 0, 3], "as it is, it comes back again:\n{}", told(&again));
        let third = institutions(&ctx, "退回.xlsx", &again.returned(&ctx).await.unwrap().unwrap()).await;
        assert_eq!(third.done.counts, [0, 0, 0, 3], "and again:\n{}", told(&third));
    }

    async fn cells_without_a_value_and_merged_ones_come_back_as_they_were(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (at, name) in (0..).zip(["机构名称", "登记号", "行政区划代码"]) {
            sheet.write(0, at, name).unwrap();
        }
        for (row, name) in (1..).zip(["演示甲医院", "演示乙医院", "演示丙医院", "演示丁医院"]) {
            sheet.write(row, 0, name).unwrap();
            sheet.write(row, 2, "440402").unwrap();
        }
        sheet.write_formula(1, 1, Formula::new("=Z99").set_result("#REF!")).unwrap();
        sheet.write_formula(2, 1, Formula::new("=Z99").set_result(" ")).unwrap();
        sheet.merge_range(3, 1, 3, 2, "0003", &Format::new()).unwrap();
        sheet.write(4, 5, "旁注").unwrap();
        let done = institutions(&ctx, "机构.xlsx", &book.save_to_buffer().unwrap()).await;
        assert_eq!(done.done.counts, [0, 0, 0, 4], "{}", told(&done));
        let back = done.returned(&ctx).await.unwrap().unwrap();
        expect![[r#"
            [退回的行]
            机构名称|登记号|行政区划代码|原行号|退回原因|
            演示甲医院|#REF!|440402|2|第2行“登记号”：“#REF!”是错误值。请复制后选择性粘贴为“数值”，或者直接填写；第2行“登记号”：“#REF!”第1位不能是“#”。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符|
            演示乙医院|=|440402|3|第3行“登记号”：“=”是公式。请复制后选择性粘贴为“数值”，或者直接填写；第3行“登记号”：“=”第1位不能是“=”。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符|
            演示丙医院|0003||4|第4行：有合并的单元格，只有第一格有内容。请取消合并，并在每一行填写完整|该行原有合并的单元格，请逐列核对后删去本格
            演示丁医院||440402|5|第5行：“旁注”在没有列名的列里。请给该列写上列名，或者删去|旁注"#]].assert_eq(shown(&back).split("\n[全部说明]").next().unwrap());
        let again = institutions(&ctx, "退回.xlsx", &back).await;
        assert_eq!(again.done.counts, [0, 0, 0, 4], "as it is, it comes back again:\n{}", told(&again));
        expect![[r#"
            2 第2行“登记号”：“#REF!”是电子表格的错误值。请填写正确的内容；第2行“登记号”：“#REF!”第1位不能是“#”。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符
            3 第3行“登记号”：“=”是公式。请填写公式的结果；第3行“登记号”：“=”第1位不能是“=”。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符
            4 第4行：“该行原有合并的单元格，请逐列核对后删去本格”在没有列名的列里。请给该列写上列名，或者删去
            5 第5行：“旁注”在没有列名的列里。请给该列写上列名，或者删去"#]].assert_eq(&told(&again));
    }

    async fn damaged_bytes_are_not_told_as_erased(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let done = institutions(&ctx, "机构.csv", FILE.as_bytes()).await;
        let tx = ctx.begin().await.unwrap();
        tx.run("update blob set bytes = $1", vec![b"x".to_vec().into()]).await.unwrap();
        tx.commit().await.unwrap();
        let refused = done.returned(&ctx).await.unwrap_err();
        assert!(matches!(refused, Failure::Store(Error::Damaged(_))), "{refused:?}");
        let tx = ctx.begin().await.unwrap();
        tx.run("delete from blob", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let remarks = shown(&done.returned(&ctx).await.unwrap().unwrap());
        assert!(remarks.starts_with("[全部说明]"), "{remarks}");
    }

    async fn without_its_file_an_import_still_has_its_remarks(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let mut done = institutions(&ctx, "机构.csv", FILE.as_bytes()).await;
        let sealed = blobs::get(&ctx, done.done.kept.as_deref().unwrap()).await.unwrap();
        assert!(!sealed.windows(6).any(|part| part == "演示".as_bytes()), "what is kept of the file is sealed");
        done.done.kept = None;
        expect![[r#"
            [全部说明]
            行|说明
            3|第3行“机构名称”：“=演示乙医院”是公式。请填写公式的结果
            4|第4行“床位”：“x”不是整数。请填写编制床位数；第4行“行政区划代码”：“449999”不是现行的行政区划代码。请按现行区划代码表填写"#]].assert_eq(&shown(&done.returned(&ctx).await.unwrap().unwrap()));
        done.done.remarks.clear();
        assert!(done.returned(&ctx).await.unwrap().is_none());
    }
}

#[test]
fn columns_to_decide_in_are_there_once_and_long_reasons_are_cut() {
    let judged = judged_in("4404", "机构名称,行政区划代码\n,440402\n".as_bytes()).unwrap();
    let long = [(2, "很".repeat(40_000))];
    let book =
        returned(Some(&judged.table), &long, &[2], &["行政区划代码", "机构登记号"], "2026-11-23".parse().unwrap());
    let head = shown(&book);
    assert!(head.starts_with("[退回的行]\n机构名称|行政区划代码|机构登记号|原行号|退回原因\n"), "{}", &head[..200]);
    assert_eq!(Kind::Institutions.asked(), ["行政区划代码"]);
}
