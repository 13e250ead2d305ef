use std::process::Command;

fn check(dir: &std::path::Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xingjian")).args(["policy", "check"]).arg(dir).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_packs_of_the_repository_have_no_fault() {
    let (ok, text) = check(&xingjian_testkit::policy_dir());
    assert!(ok && text.ends_with("0处错误\n"), "{text}");
}

#[test]
fn a_fault_is_named_by_file_line_and_mend_and_the_answer_is_no() {
    let folder = std::env::temp_dir().join(format!("xingjian-policy-{}", std::process::id()));
    copy(&xingjian_testkit::policy_dir(), &folder);
    let file = folder.join("zhuhai/channels.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let line = text.lines().position(|l| l.starts_with("status")).unwrap() + 1;
    std::fs::write(&file, text.replacen("status = \"", "status = \"un", 1)).unwrap();
    let (ok, said) = check(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(!ok);
    let place = said.lines().find(|l| l.contains("channels.toml")).unwrap_or_else(|| panic!("{said}"));
    assert!(place.contains(&line.to_string()) && place.contains("status"), "{place}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_folder_without_packs_is_named_and_nothing_is_made() {
    let folder = std::env::temp_dir().join(format!("xingjian-no-policy-{}", std::process::id()));
    let places = ["--policy", "no/such/folder", "--city", "zhuhai", "--data"];
    let output = Command::new(env!("CARGO_BIN_EXE_xingjian")).arg("serve").args(places).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("“no/such/folder”；请用 --policy 指定"), "{said}");
    assert!(!folder.exists());
}
