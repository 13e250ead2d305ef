mod damaged;
mod places;
mod practitioners;
mod returned;

use super::institutions::{NAME, judge};
use super::place::Ground;
use super::rows::{Judged, Outcome};
use super::{Import, Kind, MAX_BYTES, read};
use crate::import;
use crate::institution::{Details, Institution};
use expect_test::{Expect, expect};
use std::collections::BTreeSet;
use xingjian_kernel::division::{Changes, DivisionCode, Divisions};
use xingjian_kernel::{Fault, Role};
use xingjian_store::{Ctx, Filter, records, table_sizes};
use xingjian_testkit::{World, both_databases, shared_data};

/// The rows of a list of institutions as the city with this code reads it.
fn judged_in(home: &str, bytes: &[u8]) -> Result<Judged<Details>, Fault> {
    let table = read(bytes, NAME)?;
    let today = xingjian_kernel::LocalDate::new(2026, 11, 23).unwrap();
    let (divisions, changes) = (Divisions::official(), Changes::official());
    let ground = Ground { divisions: &divisions, changes: &changes, today, home: &home.parse().unwrap() };
    let rows = judge(&table, ground, &[]);
    let unread = super::institutions::unread(&table);
    Ok(Judged::new(bytes, table, rows, unread))
}

fn judged(bytes: &[u8]) -> String {
    let judged = match judged_in("4404", bytes) {
        Ok(judged) => judged,
        Err(fault) => return fault.to_string(),
    };
    let lines = judged.rows.iter().map(|row| match &row.outcome {
        Outcome::Taken(details) => format!("{} 新增 {} {}", row.line, details.division, details.name),
        Outcome::Apart(details, _) => format!("{} 缺项 {} {}", row.line, details.name, row.remark().unwrap()),
        Outcome::Matched { .. } | Outcome::Rejected(_) => format!("{} {}", row.line, row.remark().unwrap()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Imports a list of institutions, and what is kept of it.
async fn institutions(ctx: &Ctx, file: &str, bytes: &[u8]) -> Import {
    import::run(ctx, Kind::Institutions, file, bytes, false).await.unwrap().0
}

/// Every remark of an import, a line each.
fn told(import: &Import) -> String {
    let lines = import.done.remarks.iter().map(|(line, text)| format!("{line} {text}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&judged(bytes));
}

const HEADER: &str = "机构名称,统一社会信用代码,行政区划代码,床位\n";

fn rows(text: &str) -> Vec<u8> {
    format!("{HEADER}{text}").into_bytes()
}

#[test]
fn all_faults_of_all_rows_are_told_at_once() {
    check(
        &rows(
            "演示甲医院,91110108551385082Q,440402,120\n\
             演示乙医院,91110108551385082R,440402,120\n\
             演示丙医院,9.11E+17,449999,很多\n\
             ,,440402,\n\
             演示甲医院,,440402,\n\
             演示丁医院,,440402\n",
        ),
        &expect![[r#"
            2 新增 440402 演示甲医院
            3 第3行“统一社会信用代码”：“91110108551385082R”校验码不符，按前面各位计算应为“Q”。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z
            4 第4行“统一社会信用代码”：“9.11E+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入；第4行“床位”：“很多”不是整数。请填写编制床位数；第4行“行政区划代码”：“449999”不是现行的行政区划代码。请按现行区划代码表填写
            5 第5行“机构名称”：没有填写。请填写机构名称
            6 已有：与第2行名称“演示甲医院”和所在地 440402 均相同
            7 第7行：有3列，表头有4列。请检查该行的逗号和引号"#]],
    );
}

#[test]
fn a_column_that_is_not_read_is_named_if_it_says_something() {
    let unread = |text: &str| judged_in("4404", text.as_bytes()).unwrap().unread;
    assert_eq!(unread("机构名称,行政区划代码,备注,登记号,许可证号\n演示甲医院,440402, ,,无\n"), ["许可证号"]);
    assert_eq!(unread("机构名称,,原行号,退回原因\n演示甲医院,甲,3,没有填写\n"), ["第2列"]);
    assert_eq!(unread("机构名称,医保机构编码\n演示甲医院,P44040\n"), [""; 0]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let text = "机构名称,行政区划代码\n演示甲医院,440402\n\n演示乙医院,449999\n";
    let lines = |text: &str| judged(text.as_bytes()).lines().map(|l| l[..1].to_owned()).collect::<String>();
    assert_eq!(lines(text), "24");
    assert_eq!(lines(&text.replace('\n', "\r\n")), "24");
}

#[test]
fn encodings_are_told_apart_and_nothing_is_guessed() {
    let text = rows("演示甲医院,,440402,1\n");
    let with_bom = [b"\xef\xbb\xbf".as_slice(), &text].concat();
    let gb18030 = encoding_rs::GB18030.encode(std::str::from_utf8(&text).unwrap()).0.into_owned();
    check(&text, &expect!["2 新增 440402 演示甲医院"]);
    assert_eq!(judged(&with_bom), judged(&text));
    assert_eq!(judged(&gb18030), judged(&text));
    let mut broken = gb18030.clone();
    let at = broken.len() - 14;
    broken[at] = 0xff;
    check(&broken, &expect!["2 第2行：单元格第7个字节既不是 UTF-8 也不是 GB18030 编码。请用 UTF-8 编码另存后重新导入"]);
}

#[test]
fn what_is_no_table_is_one_fault() {
    check(b"", &expect!["文件：文件是空的。请选择有表头和数据的 CSV 或者 Excel 文件"]);
    check(
        b"PK\x03\x04rest",
        &expect!["文件：不是完整的 Excel 工作簿（.xlsx）。请在 Excel 中打开后另存为 .xlsx 或者“CSV UTF-8”"],
    );
    check(
        b"\xd0\xcf\x11\xe0rest",
        &expect![
            "文件：这是旧格式的 Excel 文件（.xls），或者加了密码的工作簿。请在 Excel 中打开，去掉密码，另存为“Excel 工作簿（.xlsx）”或者“CSV UTF-8（逗号分隔）”"
        ],
    );
    check(&vec![b'a'; MAX_BYTES + 1], &expect!["文件：文件有20 MB，超过20 MB上限。请拆分后分次导入"]);
}

#[test]
fn a_workbook_is_read_like_the_same_rows_as_csv() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("空").unwrap();
    let sheet = book.add_worksheet();
    for (column, name) in ["机构名称", "统一社会信用代码", "行政区划代码", "床位"].iter().enumerate()
    {
        sheet.write(1, u16::try_from(column).unwrap(), *name).unwrap();
    }
    sheet.write(2, 0, "演示甲医院").unwrap();
    sheet.write(2, 2, 440_402).unwrap();
    sheet.write(2, 3, 120.0).unwrap();
    sheet.write(3, 0, "演示乙医院").unwrap();
    sheet.write(3, 1, 911_101_085_513_850_821.0).unwrap();
    sheet.write(3, 2, "440402").unwrap();
    sheet.write(4, 0, "演示丙医院").unwrap();
    sheet.write(4, 5, "旁注").unwrap();
    check(
        &book.save_to_buffer().unwrap(),
        &expect![[r#"
        3 新增 440402 演示甲医院
        4 第4行“统一社会信用代码”：“9.111010855138509E+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入
        5 第5行：“旁注”在没有列名的列里。请给该列写上列名，或者删去"#]],
    );
}

#[test]
fn script_tags_and_rare_characters_are_names_and_control_characters_are_not() {
    check(
        &rows("演示<script>alert(1)</script>𠮷😀医院,,440402,1\n演示\u{0}医院,,440402,1\n"),
        &expect![[r#"
            2 新增 440402 演示<script>alert(1)</script>𠮷😀医院
            3 第3行“机构名称”：“演示□医院”含有控制字符 U+0000。请删除该字符"#]],
    );
}

/// Counted apart from the import: rows that repeat province, city, county and name of an earlier one, and among them
/// those that are equal in every field.
fn repeated(file: &[u8]) -> (usize, usize) {
    let (mut places, mut rows) = (BTreeSet::new(), BTreeSet::new());
    let (mut same_place, mut same_row) = (0, 0);
    for record in csv::Reader::from_reader(file).records().map(Result::unwrap) {
        let place: Vec<String> = [0, 1, 3, 5].map(|column| record[column].to_owned()).to_vec();
        same_place += usize::from(!places.insert(place));
        same_row += usize::from(!rows.insert(record.iter().map(str::to_owned).collect::<Vec<_>>()));
    }
    (same_place, same_row)
}

fn nation(world: &World) -> Ctx {
    let mut ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
    ctx.scope.divisions = Ctx::system(&world.app).scope.divisions;
    ctx
}

both_databases! {
    async fn a_list_is_imported_whole_or_not_at_all_and_twice_is_once(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let file = rows("演示甲医院,91110108551385082Q,440402,120\n演示乙医院,,440403,x\n演示丙医院,,330106,1\n");
        let preview = import::preview(&ctx, Kind::Institutions, &file).await.unwrap();
        assert_eq!(preview.counts(), [1, 0, 0, 2]);
        let sizes = table_sizes(&ctx).await.unwrap();
        assert!(sizes.iter().all(|(_, n)| *n == 0), "a preview writes nothing: {sizes:?}");
        let first = institutions(&ctx, "甲.csv", &file).await;
        assert_eq!(first.done.counts, [1, 0, 0, 2]);
        expect![[r#"
            3 第3行“床位”：“x”不是整数。请填写编制床位数
            4 第4行：不在您的辖区内。请由所在地登记管理员导入"#]].assert_eq(&told(&first));
        let second = institutions(&ctx, "甲.csv", &file).await;
        assert_eq!(second.done.counts, [0, 0, 1, 2]);
        assert_eq!(records::count::<Institution>(&ctx, &Filter::default()).await.unwrap(), 1);
    }

    async fn a_licence_number_of_another_place_is_a_fault_of_its_row(world: World) {
        let header = "机构名称,登记号,统一社会信用代码,行政区划代码\n";
        let elsewhere = format!("{header}演示外市医院,PDY60001844040211A1001,91110108551385082Q,330106\n");
        institutions(&nation(&world), "甲.csv", elsewhere.as_bytes()).await;
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let own = format!(
            "{header}演示甲医院,PDY60001844040211A1001,,440402\n演示乙医院,,91110108551385082Q,440402\n演示外市医院,,,330106\n演示甲医院,PDY60001844040211A1001,,440402\n"
        );
        let preview = import::preview(&ctx, Kind::Institutions, own.as_bytes()).await.unwrap();
        let done = institutions(&ctx, "乙.csv", own.as_bytes()).await;
        assert_eq!((preview.counts(), done.done.counts), ([1, 0, 0, 3], [1, 0, 0, 3]), "a legal person may have several");
        expect![[r#"
            2 第2行“登记号”：“PDY60001844040211A1001”已登记在其他辖区的机构名下。请核对执业许可证；确属本辖区的，请联系上级登记管理员核实
            4 第4行：不在您的辖区内。请由所在地登记管理员导入
            5 第5行：与第2行相同，该行不能登记。请先按第2行的说明处理"#]].assert_eq(&told(&done));
        assert_eq!(records::count::<Institution>(&ctx, &Filter::default()).await.unwrap(), 1);
        let named = "医疗机构名称,执业许可证登记号,行政区划代码\n演示甲医院,PDY60001844040211A1001,440402\n";
        let done = institutions(&ctx, "丙.csv", named.as_bytes()).await;
        assert!(told(&done).starts_with("2 第2行“执业许可证登记号”："), "as the file calls it: {}", told(&done));
    }

    async fn two_licences_are_two_institutions_whatever_they_are_called(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let file = "机构名称,登记号,行政区划代码\n演示口腔,PDY60001844040211A1001,440402\n演示口腔,PDY60001844040211A1002,440402\n\
                    演示口腔,,440402\n演示内科,,440402\n演示内科,PDY60001844040211A1003,440402\n";
        let done = institutions(&ctx, "甲.csv", file.as_bytes()).await;
        assert_eq!(done.done.counts, [3, 0, 2, 0], "{}", told(&done));
        let again = institutions(&ctx, "甲.csv", file.as_bytes()).await;
        assert_eq!(again.done.counts, [0, 0, 5, 0], "{}", told(&again));
    }

    async fn the_hospitals_of_a_nation_are_imported(world: World) {
        let Some(data) = shared_data() else { return };
        let file = std::fs::read(data.join("ref/hospitals/hospitals_fever_clinic_2020.csv")).unwrap();
        let ctx = nation(&world);
        let import = institutions(&ctx, "hospitals_fever_clinic_2020.csv", &file).await;
        let [accepted, partial, matched, rejected] = import.done.counts;
        assert_eq!(accepted + partial + matched + rejected, 6753);
        // Seven rows carry codes of divisions that no longer exist (410728, 460417).
        let abolished = import.done.remarks.iter().filter(|(_, text)| text.contains("不是现行的行政区划代码"));
        assert_eq!(abolished.map(|(line, _)| *line).collect::<Vec<_>>(), [4253, 4254, 4255, 4256, 5248, 5249, 5250]);
        // Five name a district of Hangzhou that was divided in 2021 (four 江干区, one 余杭区), and no address says which part is meant.
        let divided = import.done.remarks.iter().filter(|(_, text)| text.contains("区”自2021年4月9日起分属"));
        assert_eq!(divided.count(), 5);
        assert_eq!([accepted, partial, matched, rejected], [403, 6301, 37, 12]);
        assert_eq!(repeated(&file), (matched, 24), "none of the repeated rows makes a second institution");
        let kept = records::count::<Institution>(&ctx, &Filter::default()).await.unwrap();
        assert_eq!(usize::try_from(kept).unwrap(), accepted + partial);
        let again = institutions(&ctx, "hospitals_fever_clinic_2020.csv", &file).await;
        assert_eq!(again.done.counts, [0, 0, 6753 - rejected, rejected], "a second import changes nothing");
        assert_eq!(records::count::<Institution>(&ctx, &Filter::default()).await.unwrap(), kept);
        let missing = records::list::<Institution>(&ctx, &Filter { limit: 1, ..Filter::default() }).await.unwrap();
        assert!(missing.rows[0].details.credit_code.is_none(), "missing codes stay missing");
    }
}

#[test]
fn a_county_outside_the_table_keeps_its_words() {
    let zhuhai: DivisionCode = "4404".parse().unwrap();
    assert_eq!(Divisions::official().match_county(&zhuhai, "香洲").map(|c| c.to_string()), Some("440402".into()));
    assert_eq!(Divisions::official().match_county(&zhuhai, "横琴"), None);
}
