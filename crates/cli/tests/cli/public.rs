//! Public claims from the published files to the numbers found, beside plain SQL over the same files.

use crate::claims::{Folder, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use xingjian_testkit::{duckdb_python, policy_dir, shared_data, skipped};

/// A finding: the visits, and the amount in question in fen.
type Finding = (Vec<String>, i64);

fn unpacked(folder: &Path, packed: &Path) -> Option<PathBuf> {
    let path = folder.join(packed.file_stem()?);
    let status = Command::new("zstd").args(["-dq", "-o"]).arg(&path).arg(packed).status().ok()?;
    assert!(status.success(), "{}", packed.display());
    Some(path)
}

fn xingjian(arguments: &[&str], paths: &[&Path]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xingjian")).args(arguments).args(paths).output().unwrap();
    assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn findings_in_public_claims_are_those_of_plain_sql_over_the_published_files() {
    let (Some(data), Some(python)) = (shared_data(), duckdb_python()) else { return };
    let folder = Folder::new("public");
    let packed = ["inpatient", "outpatient", "beneficiary"]
        .map(|name| data.join(format!("sets/provider_claims/test_{name}.csv.zst")));
    let files: Option<Vec<PathBuf>> = packed.iter().map(|packed| unpacked(&folder.0, packed)).collect();
    let Some(files) = files else { return skipped("no zstd") };
    let (store, ids) = (folder.0.join("data"), folder.0.join("ids.json"));
    let mappings = policy_dir().join("national/claims/mappings");
    let (mapping, rules) = (mappings.join("provider_claims.toml"), mappings.join("provider_claims.rules.toml"));
    let mut paths = vec![mapping.as_path(), Path::new("--data"), &store];
    paths.extend(files.iter().map(PathBuf::as_path));
    xingjian(&["claims", "ingest", "--month", "2009-12", "--mapping"], &paths);
    xingjian(&["screen", "--rules"], &[&rules, Path::new("--ids"), &ids, Path::new("--data"), &store]);
    assert!(!store.join("claims/runs/latest").exists(), "rules that are tried are nothing to compare with");

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/tests/oracle/provider_claims.py");
    let output = Command::new(python).arg(script).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut theirs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours: serde_json::Value = serde_json::from_slice(&std::fs::read(&ids).unwrap()).unwrap();
    assert_eq!(ours["stays"].as_array().unwrap().len(), 9_551);
    assert_eq!(theirs.as_object_mut().unwrap().remove("stays").unwrap(), ours["stays"]);
    let theirs: BTreeMap<String, Vec<Finding>> = serde_json::from_value(theirs).unwrap();
    let ours: BTreeMap<String, Vec<Finding>> =
        ours["rules"].as_object().unwrap().iter().map(|(rule, found)| (rule.clone(), findings(found))).collect();
    assert_eq!(ours, theirs);
    let counts: Vec<(&str, usize)> = theirs.iter().map(|(rule, found)| (rule.as_str(), found.len())).collect();
    assert_eq!(
        counts,
        [
            ("pc/一日多机构就诊/3家", 1),
            ("pc/住院期间门诊", 138),
            ("pc/再入院/30日", 10),
            ("pc/分解住院/15日", 4),
            ("pc/往返转院/3日", 0),
            ("pc/死亡后收费", 0),
            ("pc/缺主诊医师", 31),
            ("pc/计费日期与住院时间不符", 3),
            ("pc/重叠住院", 68),
        ]
    );
}

fn findings(found: &serde_json::Value) -> Vec<Finding> {
    let one = |found: &serde_json::Value| {
        let visits = serde_json::from_value(found["visits"].clone()).unwrap();
        (visits, found["amount_fen"].as_i64().unwrap())
    };
    let mut all: Vec<Finding> = found.as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}
