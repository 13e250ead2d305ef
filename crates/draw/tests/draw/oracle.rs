//! The same draws computed by a script of its own that knows only `docs/draw.md`.

use crate::beacon::quicknet;
use crate::shared::python;
use crate::world::{Story, department, proposal, secrets};
use std::path::Path;
use std::process::Command;
use xingjian_draw::Rate;
use xingjian_draw::drand::Chain;
use xingjian_draw::draw::{Action, Proposal, State, freeze};
use xingjian_draw::file::PublicFile;
use xingjian_draw::seed::{Contributions, Entered, Round, SourcePlan};
use xingjian_draw::verify::verify;

/// What the script says about a file, and whether it agrees.
fn told(python: &str, script: &str, file: &PublicFile) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("draw.json");
    std::fs::write(&path, serde_json::to_vec(file).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(script);
    let output = Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(path).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Draws that differ in what makes the computation differ: open and sealed, loose and tight.
fn draws() -> Vec<Story> {
    let mut stories = vec![Story::finished(proposal(), None)];
    stories.push(Story::finished(Proposal { release: Some("2026-12-21".parse().unwrap()), ..proposal() }, None));
    for (most, first_line, rate) in [(4, 70, 300_000), (9, 75, 500_000), (12, 70, 1_000_000)] {
        let mut tight = proposal();
        tight.rules.most = Some(most);
        tight.rules.first_line = Rate::from_percent(first_line).unwrap();
        tight.rules.strata[0].rate = Rate::from_ppm(rate).unwrap();
        stories.push(Story::finished(tight, None));
    }
    stories
}

#[test]
fn another_implementation_draws_the_same_objects() {
    let Some(python) = python() else { return };
    for story in draws() {
        let file = story.drawn().file();
        let rows = file.drawn.iter().map(|row| format!("{} {} {}\n", row.ticket, row.object, row.stratum));
        assert_eq!(told(python, "draw.py", &file), (true, rows.collect()));
    }
}

#[test]
fn a_seed_from_drand_is_the_same_for_both() {
    let (Some(python), Some(pulse)) = (python(), quicknet()) else { return };
    let at = Chain::named("quicknet").unwrap().at(pulse.round).unwrap();
    let drand = Some(Round { chain: "quicknet".into(), round: pulse.round });
    let sources = SourcePlan { drand, ..SourcePlan::default() };
    let typed = |person: &str, of: &str| Entered {
        person: person.into(),
        department: department(of),
        at,
        value: pulse.clone(),
    };
    let said =
        Contributions { drand: Some([typed("甲", "health"), typed("乙", "insurance")]), ..Contributions::default() };
    let before = at.plus_seconds(-60);
    let (mut state, document) = freeze(Proposal { sources, ..proposal() }, None, secrets(false), before).unwrap();
    let mut documents = vec![document];
    for action in [Action::Seed { said: Box::new(said), at }, Action::Draw { at }, Action::Release { at }] {
        let (next, document) = state.apply(action).unwrap();
        state = next;
        documents.push(document);
    }
    let State::Released(drawn) = state else { panic!("released") };
    let file = drawn.file();
    verify(&file, &documents, None).unwrap();
    assert!(file.seeding.public.starts_with("drand:") && told(python, "draw.py", &file).0);
    assert!(told(python, "teams.py", &file).0);
}

#[test]
fn another_implementation_forms_the_same_teams() {
    let Some(python) = python() else { return };
    for story in draws() {
        let file = story.drawn().file();
        let seats: usize = file.drawn.iter().map(|row| row.officers.len()).sum();
        assert_eq!(told(python, "teams.py", &file), (true, format!("{seats} seats\n")));
    }
}

#[test]
fn the_other_implementation_finds_changes_as_well() {
    let Some(python) = python() else { return };
    let file = Story::finished(proposal(), None).drawn().file();
    let changed = |change: &dyn Fn(&mut PublicFile), script: &str, word: &str| {
        let mut file = file.clone();
        change(&mut file);
        let (agrees, text) = told(python, script, &file);
        assert!(!agrees && text.starts_with(word), "{text}");
    };
    changed(&|file| file.bases.objects[3].grade = "C".into(), "draw.py", "objects:");
    changed(&|file| file.seeding.public.push('1'), "draw.py", "public seed:");
    changed(&|file| file.drawn.swap(0, 1), "draw.py", "row 1:");
    changed(&|file| drop(file.drawn.pop()), "draw.py", "row 16: published None");
    changed(&|file| file.drawn[2].officers.swap(0, 1), "teams.py", "seat ");
}
