//! Lists that are brought in at the machine.

use crate::fuzz::demonstration;
use crate::served::xingjian;
use std::path::Path;
use xingjian_testkit::policy_dir;

/// Brings a list in; what was said on both outputs, and whether it ended well.
fn import(data: &Path, file: &Path, back: &Path) -> (String, String, Option<i32>) {
    let mut command = xingjian(&["import", "institutions"], None);
    let command = command.arg("--data").arg(data).arg("--policy").arg(policy_dir()).arg(file);
    let output = command.arg("--returned").arg(back).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn what_was_imported_is_said_even_where_the_rows_that_came_back_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    demonstration(&data);
    let file = folder.path().join("list.csv");
    std::fs::write(&file, "机构名称,行政区划代码\n演示新办诊所,440402\n演示外市诊所,449999\n").unwrap();
    let (said, wrong, code) = import(&data, &file, &folder.path().join("nowhere/back.xlsx"));
    assert!(said.contains("已新增1，缺项新增0，已有0，退回1，共2行"), "{said}\n{wrong}");
    assert!(wrong.contains("无法写入") && code != Some(0), "{wrong}");
    let back = folder.path().join("back.xlsx");
    let (said, wrong, code) = import(&data, &file, &back);
    assert!(said.contains("已新增0，缺项新增0，已有1，退回1，共2行"), "{said}\n{wrong}");
    assert!(code == Some(2) && back.exists(), "{wrong}");
}
