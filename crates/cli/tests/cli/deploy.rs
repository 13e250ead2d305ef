//! The files of `deploy/` start the program with words that it knows.

use crate::served::xingjian;
use std::path::Path;

const PROGRAM: &str = "/usr/local/bin/xingjian";

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)).unwrap()
}

/// What stands behind the program in the line that starts a unit.
fn started(unit: &str) -> Vec<String> {
    let text = file(unit);
    let line = text.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let words = line.split_once(PROGRAM).unwrap().1.trim_end_matches('\'');
    // A moment that the shell works out stands for itself.
    words
        .split_whitespace()
        .map(|word| word.replace(['"', '$', '(', ')'], ""))
        .filter(|word| !word.starts_with('+'))
        .collect()
}

/// The command of the container.
fn contained() -> Vec<String> {
    let text = file("Containerfile");
    assert!(text.contains(&format!("ENTRYPOINT [\"{PROGRAM}\"]")), "{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Whether the program knows these words: it looks at all of them before it gives help.
fn knows(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    xingjian(&words, None).output().unwrap().status.success()
}

#[test]
fn units_and_container_start_the_program_with_words_that_it_knows() {
    let serve = started("xingjian.service");
    assert_eq!(serve[0], "serve");
    let backup = started("xingjian-backup.service");
    assert_eq!((backup[0].as_str(), backup.iter().any(|word| word == "--out")), ("backup", true), "{backup:?}");
    for words in [&serve, &backup, &contained()] {
        assert!(knows(words), "{words:?}");
        let mut wrong = words.clone();
        wrong.push("--nothing-of-that-name".into());
        assert!(!knows(&wrong), "{wrong:?}");
    }
}
