//! The API, fuzzed by schemathesis from its own description: no fault of the server, and no answer outside of the description.

use crate::served::{Server, xingjian};
use std::path::Path;
use std::process::Command;
use xingjian_testkit::{fuzzer_python, policy_dir};

const SCOPES: [&str; 9] = [
    "complaints",
    "signals",
    "registry_read",
    "registry_import",
    "published",
    "linkages_read",
    "linkages_answer",
    "credit",
    "webhooks",
];
/// What is looked at in every answer. Rows that fit their shape are refused for what they say, so that acceptance is not among them.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,\
                      allow_header_conformance,ignored_auth";
/// Seconds of fuzzing, the seed of what is sent, and no more than the quota of a key.
const BOUNDS: [&str; 8] = ["--max-time", "45", "--max-examples", "60", "--seed", "620", "--rate-limit", "80/s"];

/// The key of a system of a demonstration that may do everything.
pub fn key(data: &Path, department: &str) -> String {
    let mut arguments =
        vec!["account", "key", "--name", "演示接口", "--department", department, "--contact", "演示", "--quiet"];
    arguments.extend(["--per-minute", "6000", "--per-day", "1000000"]);
    arguments.extend(SCOPES.iter().flat_map(|scope| ["--scope", scope]));
    let made = xingjian(&arguments, None).arg("--data").arg(data).arg("--policy").arg(policy_dir()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// A demonstration in a folder.
pub fn demonstration(data: &Path) {
    let mut made = xingjian(&["demo", "--no-serve", "--date", "2026-11-21"], None);
    let made = made.arg("--data").arg(data).arg("--policy").arg(policy_dir()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn the_api_keeps_to_its_description_whatever_is_sent() {
    let Some(python) = fuzzer_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    demonstration(&data);
    let key = key(&data, "insurance");
    let server = Server::start(&data, None);
    let mut run = Command::new(python);
    run.args(["-c", "import schemathesis.cli; schemathesis.cli.schemathesis()"]);
    run.args(["--no-color", "run", "--workers", "1", "--warnings", "off", "--checks", CHECKS]).args(BOUNDS);
    run.arg("-H").arg(format!("Authorization: Bearer {key}")).current_dir(folder.path());
    let run = run.arg(format!("http://{}/api/v1/openapi.json", server.address)).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}\n{}", String::from_utf8_lossy(&run.stderr));
    let sent = told.lines().find_map(|line| line.trim().split_once(" generated, "));
    let sent: u32 = sent.and_then(|(count, _)| count.parse().ok()).unwrap_or_else(|| panic!("{told}"));
    assert!(sent > 200, "it sent little: {told}");
    assert!(server.stop());
}
