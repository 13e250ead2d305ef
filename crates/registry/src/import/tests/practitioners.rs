use super::institutions;
use super::told;
use crate::import::{self, Kind};
use crate::practitioner::Practitioner;
use expect_test::expect;
use xingjian_kernel::Role;
use xingjian_store::{Ctx, Executor, Filter, records, table_sizes};
use xingjian_testkit::{World, both_databases};

const HEADER: &str = "姓名,类别,执业证书编码,身份证号,主要执业机构,机构登记号,多点执业机构,同名核对\n";
const PLACES: &str = "机构名称,登记号,行政区划代码\n演示甲医院,PDY60001844040211A1001,440402\n演示乙诊所,,440403\n\
                      演示同名门诊部,PDY60001844040211A1002,440402\n演示同名门诊部,PDY60001844040211A1003,440403\n";

async fn registrar(world: &World) -> Ctx {
    let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
    institutions(&ctx, "机构.csv", PLACES.as_bytes()).await;
    ctx
}

async fn people(ctx: &Ctx, rows: &str) -> import::Import {
    let file = format!("{HEADER}{rows}");
    import::run(ctx, Kind::Practitioners, "人员.csv", file.as_bytes(), false).await.unwrap().0
}

async fn kept(ctx: &Ctx) -> Vec<Practitioner> {
    let mut all: Vec<Practitioner> =
        records::all(ctx, &Filter::default()).await.unwrap().into_iter().map(|stored| stored.value).collect();
    all.sort_by(|a, b| (&a.name, &a.certificate).cmp(&(&b.name, &b.certificate)));
    all
}

both_databases! {
    async fn people_are_imported_with_their_places_and_twice_is_once(world: World) {
        let ctx = registrar(&world).await;
        let rows = "演示张三,执业医师,110440400000001,11010519491231002X,演示甲医院,,演示乙诊所、没有的医院,\n\
                    演示李四,护士,202344000001,,,PDY60001844040211A1003,,\n\
                    演示王五,药师,,,演示甲医院,,,\n";
        let file = format!("{HEADER}{rows}");
        let sizes = table_sizes(&ctx).await.unwrap();
        let preview = import::preview(&ctx, Kind::Practitioners, file.as_bytes()).await.unwrap();
        assert_eq!(preview.counts(), [1, 2, 0, 0]);
        assert_eq!(table_sizes(&ctx).await.unwrap(), sizes, "a preview writes nothing");
        let done = people(&ctx, rows).await;
        expect![[r#"
            2 第2行“多点执业机构”：“没有的医院”登记库中没有这家机构，或者不在您的辖区内。请先登记或者导入该机构，名称写全称
            4 第4行“执业证书编码”：没有填写。请补录执业证书编码"#]].assert_eq(&told(&done));
        let all = kept(&ctx).await;
        assert_eq!(all.iter().map(|p| (p.name.as_str(), p.profession.label(), p.places.len(), p.division.as_str())).collect::<Vec<_>>(), [
            ("演示张三", "执业医师", 2, "440402"), ("演示李四", "注册护士", 1, "440403"), ("演示王五", "药师", 1, "440402"),
        ]);
        let stored = world.app.db.reader().all("select body, search from practitioner", vec![]).await.unwrap();
        assert!(!format!("{stored:?}").contains("11010519491231002X"), "the citizen number is sealed");
        let again = people(&ctx, rows).await;
        assert_eq!(again.done.counts, [0, 0, 3, 0]);
        expect![[r#"
            2 已有：执业证书编码相同
            3 已有：执业证书编码相同
            4 已有：姓名“演示王五”、类别“药师”和主要执业机构均相同"#]].assert_eq(&told(&again));
        assert_eq!(kept(&ctx).await.len(), 3);
    }

    async fn nobody_is_taken_for_somebody_else(world: World) {
        let ctx = registrar(&world).await;
        people(&ctx, "演示张三,执业医师,110440400000001,11010519491231002X,演示甲医院,,,\n演示王五,药师,,,演示甲医院,,,\n").await;
        let rows = "演示赵六,执业医师,110440400000001,,演示甲医院,,,\n\
                    演示赵六,执业医师,,11010519491231002X,演示甲医院,,,\n\
                    演示张三,执业医师,110440400000002,11010519491231002X,演示甲医院,,,\n\
                    演示张三,执业医师,110440400000003,,演示甲医院,,,\n\
                    演示张三,护士,202344000001,11010519491231002X,演示甲医院,,,\n\
                    演示王五,药师,YS0001,,演示甲医院,,,\n\
                    演示王五,药师,YS0001,,演示甲医院,,,另一人\n\
                    演示王五,药师,,,演示乙诊所,,,\n";
        let done = people(&ctx, rows).await;
        expect![[r#"
            2 第2行“执业证书编码”：“110440400000001”登记库已有，姓名为“演示张三”。请核对执业证书编码和姓名
            3 第3行“身份证号”：登记库已有，姓名为“演示张三”。请核对公民身份号码和姓名
            4 第4行“身份证号”：登记库已有，姓名和类别相同而执业证书编码不同。请核对执业证书编码；换发证书的，请在登记页更正
            5 第5行“姓名”：“演示张三”同一机构已有同名同类别的人员，证书编码或者公民身份号码不同，按另一人登记。请核对
            6 第6行“身份证号”：登记库已按“执业医师”登记，另按本行的类别登记。请核对
            7 第7行“姓名”：“演示王五”登记库已有同名同类别的人员，但没有可以比对的号码，不能确定是否同一人。是同一人的，请删去该行；不是同一人的，请在“同名核对”列填写“另一人”
            8 第8行“姓名”：“演示王五”同一机构已有同名同类别的人员，按“另一人”登记。请核对
            9 第9行“执业证书编码”：没有填写。请补录执业证书编码"#]].assert_eq(&told(&done));
        assert_eq!(done.done.counts, [0, 4, 0, 4]);
        let told: Vec<String> = kept(&ctx).await.iter().map(|p| format!("{} {:?}", p.name, p.certificate)).collect();
        assert_eq!(told.len(), 6, "{told:?}");
    }

    async fn a_row_without_a_known_place_or_a_sound_number_comes_back(world: World) {
        let ctx = registrar(&world).await;
        let rows = "演示甲,医生,11044040000001,110105194912310021,演示甲医院,,,\n\
                    演示乙,院长,,,没有的医院,,,\n\
                    演示丙,护士,2.02344E+11,,演示同名门诊部,,,\n\
                    ,,,,,,,\n\
                    ,护士,,,,,,\n\
                    演示丁,护士,202344000002,,,PDY9,,\n";
        let done = people(&ctx, rows).await;
        expect![[r#"
            2 第2行“执业证书编码”：“11044040000001”应为15位，现为14位。对照医师执业证书核对15位数字编码；第2行“身份证号”：“110105********0021”校验码不符，按前面各位计算应为“X”。对照居民身份证核对18位号码
            3 第3行“类别”：“院长”不是可以识别的类别。请填写执业医师、执业助理医师、乡村医生、注册护士、药师、技师之一；第3行“主要执业机构”：“没有的医院”登记库中没有这家机构，或者不在您的辖区内。请先登记或者导入该机构，名称写全称
            4 第4行“执业证书编码”：“2.02344E+11”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入；第4行“主要执业机构”：“演示同名门诊部”登记库中有多家同名机构。请在“机构登记号”列填写登记号
            6 第6行“姓名”：没有填写。请填写姓名；第6行“主要执业机构”：没有填写。请填写登记库中的机构全称，或者机构登记号
            7 第7行“机构登记号”：“PDY9”登记库中没有这个登记号，或者不在您的辖区内。请核对登记号，或者先登记该机构"#]].assert_eq(&told(&done));
        assert!(kept(&ctx).await.is_empty());
    }

    async fn a_certificate_of_another_place_is_a_fault_of_its_row(world: World) {
        let mut nation = world.ctx("登记管理员乙", &[Role::Registrar]);
        nation.scope.divisions = Ctx::system(&world.app).scope.divisions;
        institutions(&nation, "外市.csv", "机构名称,行政区划代码\n演示外市医院,330106\n".as_bytes()).await;
        people(&nation, "演示张三,执业医师,110440400000001,,演示外市医院,,,\n").await;
        let ctx = registrar(&world).await;
        let done = people(&ctx, "演示张三,执业医师,110440400000001,,演示甲医院,,,\n演示李四,护士,,,演示外市医院,,,\n").await;
        expect![[r#"
            2 第2行“执业证书编码”：“110440400000001”已登记在其他辖区的人员名下。请核对执业证书；确属本辖区的，请联系上级登记管理员核实
            3 第3行“主要执业机构”：“演示外市医院”登记库中没有这家机构，或者不在您的辖区内。请先登记或者导入该机构，名称写全称"#]].assert_eq(&told(&done));
    }

    async fn a_list_of_people_is_read_from_excel_and_only_as_one(world: World) {
        let ctx = registrar(&world).await;
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().set_name("填表说明").unwrap().write(0, 0, "请如实填写").unwrap();
        let sheet = book.add_worksheet();
        for (at, name) in (0..).zip(["姓名", "类别", "证书编码", "所在机构"]) {
            sheet.write(2, at, name).unwrap();
        }
        sheet.write(0, 0, "演示市医务人员名册").unwrap();
        for (at, cell) in (0..).zip(["演示张三", "护士", "", "演示甲医院"]) {
            sheet.write(3, at, cell).unwrap();
        }
        sheet.write(3, 2, 202_344_000_001_u64).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let preview = import::preview(&ctx, Kind::Practitioners, &bytes).await.unwrap();
        assert_eq!(preview.counts(), [1, 0, 0, 0], "{:?}", preview.remarks());
        let wrong = import::preview(&ctx, Kind::Institutions, &bytes).await.unwrap_err();
        let xingjian_store::Failure::Invalid(faults) = wrong else { panic!("{wrong}") };
        expect!["文件：工作表（填表说明、Sheet2）的前20行中没有“机构名称”“医疗机构名称”“名称”“医院名称”“name”列。请核对选择的文件，并保留表头"].assert_eq(&faults[0].to_string());
    }

    async fn of_a_citizen_number_nothing_is_kept_in_clear(world: World) {
        let ctx = registrar(&world).await;
        let rows = "演示张三,执业医师,,\"=\"\"11010519491231002X\"\"\",演示甲医院,,,\n\
                    演示李四,执业医师,11010519491231002X,,演示甲医院,,,\n\
                    演示王五,药师,,11010519491231002X\u{fffd},演示甲医院,,,\n";
        let done = people(&ctx, rows).await;
        expect![[r#"
            2 第2行“身份证号”：是公式。请填写公式的结果；第2行“身份证号”：“="1101***********02X"”应为18位，现为21位。对照居民身份证核对18位号码
            3 第3行“执业证书编码”：“110105********002X”应为15位，现为18位。对照医师执业证书核对15位数字编码
            4 第4行“身份证号”：含有乱码“�”，文件曾按错误的编码打开。请从原系统用 UTF-8 编码或者 xlsx 格式重新导出；第4行“身份证号”：“110105*********02X�”应为18位，现为19位。对照居民身份证核对18位号码"#]].assert_eq(&told(&done));
        let stored = world.app.db.reader().all("select body from import", vec![]).await.unwrap();
        let event = world.app.db.reader().all("select event from ledger", vec![]).await.unwrap();
        assert!(!format!("{stored:?}{event:?}").contains("11010519491231002X"));
    }

    async fn another_one_needs_a_number_to_be_told_by(world: World) {
        let ctx = registrar(&world).await;
        let rows = "演示王五,药师,,,演示甲医院,,,\n演示王五,药师,,,演示甲医院,,,另一人\n演示王五,药师,YS0001,,演示甲医院,,,另一人\n";
        let done = people(&ctx, rows).await;
        assert_eq!(done.done.counts, [0, 2, 0, 1]);
        expect![[r#"
            2 第2行“执业证书编码”：没有填写。请补录执业证书编码
            3 第3行“同名核对”：填了“另一人”，但没有可以区分的号码。请补上执业证书编码或者公民身份号码
            4 第4行“姓名”：“演示王五”同一机构已有同名同类别的人员，按“另一人”登记。请核对"#]].assert_eq(&told(&done));
    }

    async fn a_number_of_another_profession_does_not_hide_a_namesake_without_one(world: World) {
        let ctx = registrar(&world).await;
        people(&ctx, "演示张三,执业医师,110440400000001,11010519491231002X,演示甲医院,,,\n演示张三,护士,,,演示甲医院,,,\n").await;
        let done = people(&ctx, "演示张三,护士,,11010519491231002X,演示甲医院,,,\n演示张三,药师,,11010519491231002X,演示甲医院,,,\n").await;
        assert_eq!(done.done.counts, [0, 1, 0, 1]);
        expect![[r#"
            2 第2行“姓名”：“演示张三”登记库已有同名同类别的人员，但没有可以比对的号码，不能确定是否同一人。是同一人的，请删去该行；不是同一人的，请在“同名核对”列填写“另一人”
            3 第3行“执业证书编码”：没有填写。请补录执业证书编码；第3行“身份证号”：登记库已按“执业医师”登记，另按本行的类别登记。请核对"#]].assert_eq(&told(&done));
        assert_eq!(kept(&ctx).await.len(), 3);
    }

    async fn a_number_that_a_spreadsheet_cut_is_no_certificate_of_any_profession(world: World) {
        let ctx = registrar(&world).await;
        let done = people(&ctx, "演示甲,药师,1.23E+17,,演示甲医院,,,\n演示乙,技师,1.23e+17,,演示甲医院,,,\n演示丙,乡村医生,XC1.23E17,,演示甲医院,,,\n").await;
        assert_eq!(done.done.counts, [1, 0, 0, 2]);
        expect![[r#"
            2 第2行“执业证书编码”：“1.23E+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入
            3 第3行“执业证书编码”：“1.23e+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"#]].assert_eq(&told(&done));
        let file = "机构名称,医保定点编码,行政区划代码\n演示丁医院,4.404E+11,440402\n";
        let done = institutions(&ctx, "机构.csv", file.as_bytes()).await;
        expect!["2 第2行“医保定点编码”：“4.404E+11”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"].assert_eq(&told(&done));
    }

    async fn who_looks_beforehand_keeps_nobody_waiting(world: World) {
        let ctx = registrar(&world).await;
        let file = format!("{HEADER}演示王五,药师,,,演示甲医院,,,\n");
        // SQLite has one writer: whoever asked for it here would never get it.
        let held = ctx.begin().await.unwrap();
        for (kind, file) in [(Kind::Practitioners, file.as_str()), (Kind::Institutions, PLACES)] {
            import::preview(&ctx, kind, file.as_bytes()).await.unwrap();
            let unread = import::run(&ctx, kind, "x.csv", b"x", false).await.unwrap_err();
            assert!(matches!(unread, xingjian_store::Failure::Invalid(_)));
        }
        drop(held);
    }

    async fn without_the_duty_nobody_imports(world: World) {
        let ctx = world.ctx("承办人甲", &[Role::Handler]);
        let refused = import::run(&ctx, Kind::Practitioners, "人员.csv", HEADER.as_bytes(), false).await.unwrap_err();
        assert!(matches!(refused, xingjian_store::Failure::Denied(_)));
    }
}
