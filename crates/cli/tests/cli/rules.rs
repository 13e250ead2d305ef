use std::path::{Path, PathBuf};
use std::process::Command;
use xingjian_testkit::shared_data;

fn xingjian(arguments: &[&str], paths: &[&Path]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
    let output = command.args(arguments).args(paths).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("xingjian-rules-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn check(policy: &Path, data: &Path) -> (Option<i32>, String, String) {
    xingjian(&["rules", "check", "--policy"], &[policy, Path::new("--data"), data])
}

#[test]
fn an_import_that_lacks_its_files_says_which() {
    let empty = folder("empty");
    let (code, _, said) = xingjian(&["rules", "import", "nhsa"], &[&empty, Path::new("--data"), &empty]);
    assert_eq!(code, Some(1));
    assert_eq!(said.lines().filter(|line| line.contains("文件不存在")).count(), 14, "{said}");
    assert!(!empty.join("claims").exists());
    std::fs::remove_dir_all(&empty).unwrap();
}

#[test]
fn the_library_is_imported_and_then_checked_with_the_shipped_rules() {
    let Some(shared) = shared_data() else { return };
    let (policy, data) = (xingjian_testkit::policy_dir(), folder("library"));
    let (code, alone, _) = check(&policy, &data);
    assert_eq!(code, Some(0), "{alone}");
    let source = shared.join("sets/nhsa_rule_library");
    let points = shared.join("ref/insurance/nhsa_knowledge_points.jsonl");
    let flags = ["rules", "import", "nhsa", "--json", "--data"];
    let (code, said, _) = xingjian(&flags, &[&data, Path::new("--points"), &points, &source]);
    assert_eq!(code, Some(0));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let lines = std::fs::read_to_string(said["file"].as_str().unwrap()).unwrap();
    assert_eq!(said["rules"].as_u64().unwrap(), lines.lines().count() as u64);
    assert_eq!(said["tables"].as_array().unwrap().len(), 21);
    let (code, both, _) = check(&policy, &data);
    assert_eq!(code, Some(0), "overlaps are for a person to weigh");
    assert!(both.contains("重叠：nhsa/") && !both.contains("xj/") && both.contains("0个不符"), "{both}");
    std::fs::remove_dir_all(&data).unwrap();
}

#[test]
fn the_names_of_the_national_catalogue_are_imported_with_their_definitions() {
    let Some(shared) = shared_data() else { return };
    let (policy, data) = (xingjian_testkit::policy_dir(), folder("names"));
    let (code, _, said) = xingjian(&["rules", "names", "--data"], &[&data]);
    assert!(code == Some(1) && said.contains("rules import names"), "{said}");
    let (names, definitions) = (
        shared.join("ref/insurance/nhsa_rules_2025_88.csv"),
        shared.join("ref/insurance/nhsa_rules_framework_1_0_79.csv"),
    );
    let flags = ["rules", "import", "names", "--data"];
    let (code, said, error) = xingjian(&flags, &[&data, Path::new("--definitions"), &definitions, &names]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("88个规则名称，79个有公开定义，其中1个"), "{said}");
    let (code, said, _) = xingjian(&["rules", "names", "--json", "--policy"], &[&policy, Path::new("--data"), &data]);
    assert_eq!(code, Some(0));
    let listed: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(listed.iter().filter(|name| name["number"].is_u64()).count(), 88);
    assert_eq!(listed.iter().filter(|name| name["definition"].is_string()).count(), 79);
    std::fs::remove_dir_all(&data).unwrap();
}

#[test]
fn rules_leave_as_they_run_and_a_kept_run_comes_back_only_for_its_own_data_and_rules() {
    let (policy, data) = (xingjian_testkit::policy_dir(), folder("kept"));
    let made = ["demo", "--no-serve", "--date", "2026-11-21", "--policy"];
    assert_eq!(xingjian(&made, &[&policy, Path::new("--data"), &data]).0, Some(0));
    let file = data.join("rules.jsonl");
    let (ages, option) = (data.join("ages.json"), Path::new("--ages"));
    let (code, said, error) =
        xingjian(&["rules", "export", "--policy"], &[&policy, Path::new("--data"), &data, option, &ages, &file]);
    assert_eq!(code, Some(0), "{error}");
    let ages: serde_json::Value = serde_json::from_slice(&std::fs::read(&ages).unwrap()).unwrap();
    assert_eq!(
        (&ages["child"]["before"], &ages["child"]["released"]),
        (&serde_json::json!({"count": 18, "unit": "years"}), &false.into())
    );
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines > 60 && said.contains(&format!("{lines}条规则版本")), "{said}");
    let run = std::fs::read_dir(data.join("claims/runs")).unwrap().next().unwrap().unwrap().file_name();
    let screen = |run: &str| xingjian(&["screen", "--kept", run, "--policy"], &[&policy, Path::new("--data"), &data]);
    let (code, said, error) = screen(run.to_str().unwrap());
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("线索没有变化"), "{said}");
    let (code, _, error) = screen("ffffffffffffffffffffffffffffffff");
    assert!(code == Some(1) && error.contains("没有筛查"), "{error}");
    std::fs::remove_dir_all(data.join("claims/store")).unwrap();
    let made = ["claims", "generate", "--patients", "200", "--policy"];
    assert_eq!(xingjian(&made, &[&policy, Path::new("--data"), &data]).0, Some(0));
    let (code, _, error) = screen(run.to_str().unwrap());
    assert!(code == Some(1) && error.contains("与现在的不同"), "{error}");
    std::fs::remove_dir_all(&data).unwrap();
}

#[test]
fn a_screening_reads_only_lines_of_months_that_are_new_to_it() {
    let (policy, data) = (xingjian_testkit::policy_dir(), folder("months"));
    let here: [&Path; 3] = [&policy, Path::new("--data"), &data];
    assert_eq!(xingjian(&["claims", "generate", "--patients", "200", "--policy"], &here).0, Some(0));
    let screen = || {
        let (code, said, error) = xingjian(&["screen", "--json", "--policy"], &here);
        assert_eq!(code, Some(0), "{error}");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        (said["run"].clone(), said["fresh_lines"].as_u64().unwrap())
    };
    let (run, fresh) = screen();
    assert!(fresh > 0 && run["lines"] == fresh, "{run}");
    assert_eq!(screen(), (run.clone(), 0));
    std::fs::remove_dir_all(data.join("claims/kept")).unwrap();
    assert_eq!(screen(), (run.clone(), fresh));
    let (code, said, _) = xingjian(&["screen", "--policy"], &here);
    assert!(code == Some(0) && said.contains("读取明细0条；其余月份的数据和规则没有变化"), "{said}");
    std::fs::remove_dir_all(&data).unwrap();
}

#[test]
fn a_rule_that_contradicts_another_or_its_example_is_found() {
    let (policy, data) = (folder("policy"), folder("data"));
    let pack = policy.join("national/claims");
    std::fs::create_dir_all(&pack).unwrap();
    let head = "[all]\nname = \"甲\"\ntitle = \"甲\"\nauthor = \"甲\"\nfrom = \"2026-01-01\"\nresult = \"suspect\"\nitems = [\"X1\"]\nsource = { document = \"甲\", place = \"-\" }\n";
    let rule =
        |id: &str, sex: &str| format!("[[rule]]\nid = \"{id}\"\ntest = {{ kind = \"sex\", only = \"{sex}\" }}\n");
    let example = "[[rule.examples]]\nname = \"乙\"\nclaims = \"visit v1 p1 sex=1\"\nhits = [\"l1 1.00\"]\n";
    std::fs::write(pack.join("a.toml"), format!("{head}{}{}{example}", rule("A", "male"), rule("B", "female")))
        .unwrap();
    let (code, said, _) = check(&policy, &data);
    assert_eq!(code, Some(2));
    assert!(said.contains("矛盾：A@1、B@1") && said.contains("规则B，示例“乙”") && said.contains("1个不符"), "{said}");
    std::fs::remove_file(pack.join("a.toml")).unwrap();
    let (code, _, said) = check(&policy, &data);
    assert!(code == Some(1) && said.contains("没有规则"), "{said}");
    std::fs::remove_dir_all(&policy).unwrap();
    std::fs::remove_dir_all(&data).unwrap();
}
