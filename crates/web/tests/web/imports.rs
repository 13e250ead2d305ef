//! Lists of institutions and people over HTTP: uploaded, previewed, imported, and the rows that came back brought in again.

use crate::people::{Answer, get, post, send, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::{Reader, Xlsx};
use std::io::Cursor;
use xingjian_kernel::Role;
use xingjian_registry::account::Session;
use xingjian_registry::institution::Institution;
use xingjian_registry::practitioner::Practitioner;
use xingjian_store::{Ctx, Filter, Record, ledger, records};
use xingjian_testkit::{World, both_databases};

const INSTITUTIONS: &str = "机构名称,行政区划代码\n演示甲医院,440402\n演示乙诊所,449999\n";

async fn upload(world: &World, session: &Session, choice: &str, name: &str, file: &[u8]) -> Answer {
    let head = format!(
        "--x\r\ncontent-disposition: form-data; name=\"choice\"\r\n\r\n{choice}\r\n--x\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    );
    let request = Request::post(format!("/desk/imports/new?csrf={}", session.csrf))
        .header("content-type", "multipart/form-data; boundary=x")
        .header("cookie", format!("xingjian={}", session.token));
    send(world, request.body(Body::from([head.as_bytes(), file, b"\r\n--x--\r\n"].concat())).unwrap()).await
}

/// What a hidden field of a page says.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    page.split_once(&mark).unwrap().1.split('"').next().unwrap().to_owned()
}

/// Confirms what a page shows; the page of the import.
async fn confirm(world: &World, session: &Session, page: &Answer) -> String {
    let fields = ["kept", "seal", "choice", "file"].map(|name| (name, hidden(&page.body, name)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = send(world, post("/desk/imports/confirm", Some(session), &fields)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    done.location.split('?').next().unwrap().to_owned()
}

/// The cells of the first sheet of a workbook.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let name = book.sheet_names()[0].clone();
    book.worksheet_range(&name).unwrap().rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

both_databases! {
    async fn institutions_then_people_are_imported_and_what_came_back_is_brought_in_again(world: World) {
        let registrar = signed_in(&world, "dengji", Role::Registrar).await;
        let system = Ctx::system(&world.app);
        let page = upload(&world, &registrar, "institutions", "机构.csv", INSTITUTIONS.as_bytes()).await;
        assert!(page.status == StatusCode::OK && page.body.contains("1 + 0 + 0 + 1 = 2"), "{}", page.body);
        assert_eq!(records::count::<Institution>(&system, &Filter::default()).await.unwrap(), 0, "a preview registers nothing");
        let fields = ["kept", "seal", "choice"].map(|name| (name, hidden(&page.body, name)));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let seen = send(&world, post("/desk/imports/returned", Some(&registrar), &fields)).await;
        let place = confirm(&world, &registrar, &page).await;
        let report = send(&world, get(&place, Some(&registrar))).await;
        assert!(report.body.contains("导入结果") && report.body.contains("第 3 行"), "{}", report.body);
        let book = send(&world, post(&format!("{place}/returned"), Some(&registrar), &[])).await;
        assert_eq!(cells(&book.bytes), cells(&seen.bytes), "what is shown before is what is there afterwards");
        let rows = cells(&book.bytes);
        assert_eq!(rows[0], ["机构名称", "行政区划代码", "原行号", "退回原因"]);
        assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str()), (2, "演示乙诊所", "3"));
        let again = upload(&world, &registrar, "institutions", "退回.xlsx", &book.bytes).await;
        assert!(again.body.contains("0 + 0 + 0 + 1 = 1") && !again.body.contains("确认导入"), "{}", again.body);

        assert!(!again.body.contains("未读的列"), "the columns that say why a row came back are no others");
        let others = "机构名称,行政区划代码,医保编号,备注,电话\n演示丙诊所,440402,P44040,,\n";
        let page = upload(&world, &registrar, "institutions", "别名.csv", others.as_bytes()).await;
        assert!(page.body.contains("未读的列：医保编号。") && page.body.contains("不会导入"), "{}", page.body);
        let place = confirm(&world, &registrar, &page).await;
        let report = send(&world, get(&place, Some(&registrar))).await;
        assert!(report.body.contains("未读的列：医保编号。") && report.body.contains("没有导入。"), "{}", report.body);

        let people = "姓名,类别,执业证书编码,主要执业机构\n演示张三,护士,202344000001,演示甲医院\n演示李四,护士,,没有的医院\n";
        let page = upload(&world, &registrar, "practitioners", "人员.csv", people.as_bytes()).await;
        assert!(page.body.contains("1 + 0 + 0 + 1 = 2"), "{}", page.body);
        let place = confirm(&world, &registrar, &page).await;
        let known = upload(&world, &registrar, "practitioners", "人员.csv", people.as_bytes()).await;
        let person = records::all::<Practitioner>(&system, &Filter::default()).await.unwrap().remove(0);
        assert!(known.body.contains(&format!("href=\"/desk/practitioners/{}\"", person.id)), "{}", known.body);
        let list = send(&world, get("/desk/imports", Some(&registrar))).await;
        assert!(list.body.contains("卫生技术人员") && list.body.contains("人员.csv"), "{}", list.body);
        let id = place.rsplit('/').next().unwrap();
        let acts = ledger::of_resource(&system, xingjian_registry::import::Import::TABLE, id).await.unwrap();
        assert_eq!(acts.len(), 1, "who imported is an act");
    }

    async fn a_file_that_cannot_be_imported_is_said_on_the_form(world: World) {
        let registrar = signed_in(&world, "dengji", Role::Registrar).await;
        for (choice, file, said) in [
            ("practitioners", INSTITUTIONS, "没有“姓名”列"),
            ("institutions", "%PDF-1.7", "PDF文件"),
            ("nothing", INSTITUTIONS, "没有选择导入什么"),
            ("institutions", "", "没有选择，或者是空文件"),
        ] {
            let page = upload(&world, &registrar, choice, "a.csv", file.as_bytes()).await;
            assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.body.contains(said), "{choice}: {}", page.body);
        }
        let page = upload(&world, &registrar, "practitioners", "a.csv", INSTITUTIONS.as_bytes()).await;
        assert!(page.body.contains("value=\"practitioners\" selected"), "what was chosen stays chosen: {}", page.body);
        let forged = send(&world, post("/desk/imports/confirm", Some(&registrar), &[("kept", "x"), ("seal", "y"), ("choice", "institutions"), ("file", "a.csv")])).await;
        assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
        let handler = signed_in(&world, "chengban", Role::Handler).await;
        assert_eq!(send(&world, get("/desk/imports/new", Some(&handler))).await.status, StatusCode::FORBIDDEN);
    }
}
