//! Every kind of fault, put at random places of all files, is found at its file and line, and nothing else is.

use crate::damage::{Dice, Packs, folder};
use crate::packs::root;
use FaultKind as K;
use std::collections::BTreeSet;
use std::path::Path;
use xingjian_policy::{Fault, FaultKind, Policy, TABLES, check};

type Damage = fn(&mut Packs, &mut Dice);

/// Tables whose entries nobody counts on by name, so that a damage shows in one place only.
const LOOSE: &[&str] = &["violation", "inspection_item", "demerit_item", "clock", "linkage", "duty", "parameter"];
const UNNAMED: &[&str] = &["inspection_item", "demerit_item", "linkage"];

const DAMAGES: &[Damage] = &[
    // First those that take an entry away, before another damage marks it.
    |p, _| p.drop_entry(K::NoSamplingRate, "sampling_B", Some("grade = \"B\", from =")),
    |p, _| p.drop_entry(K::MissingEntry, "hearing_fine_person", None),
    |p, _| p.drop_entry(K::MissingEntry, "linkage_effect", None),
    |p, d| p.rewrite(d, K::UnknownTable, &["linkage"], "[[linkage]]", "[[linkages]]"),
    |p, d| p.append(d, K::UnknownTable, "", &["[[violaton]]", "id = \"YL-999\""]),
    |p, d| p.insert(d, K::UnknownField, &all(), "remark = \"备注\""),
    |p, d| p.remove(d, K::MissingField, LOOSE, &["name = ", "from = ", "status = ", "term = ", "fine = ", "actor = "]),
    |p, d| p.remove(d, K::NoDocument, LOOSE, &["source = "]),
    |p, d| p.rewrite(d, K::NoDocument, LOOSE, "source = ", "source = { document = \"\", clause = \"第一条\" }"),
    |p, d| p.replace(d, K::WrongType, LOOSE, "from = ", "from = 20", "from = \"20\" #"),
    |p, d| p.rewrite(d, K::WrongType, LOOSE, "name = ", "name = 12"),
    |p, d| p.rewrite(d, K::WrongType, &["clock"], "term = ", "term = 5"),
    |p, d| p.rewrite(d, K::WrongType, LOOSE, "from = ", "from = 2026-01-01T08:00:00"),
    |p, d| p.rewrite(d, K::WrongType, &["inspection_item"], "points = ", "points = \"一项\""),
    |p, d| p.rewrite(d, K::WrongType, &["violation"], "fine = ", "fine = \"无\""),
    |p, d| p.rewrite(d, K::OutOfRange, &["demerit_item"], "points = ", "points = -3"),
    |p, d| p.rewrite(d, K::OutOfRange, &["inspection_item"], "risk = ", "risk = 9"),
    |p, d| p.replace(d, K::OutOfRange, &["violation"], "fine = ", "max = ", "max = 9999999999"),
    |p, d| p.rewrite(d, K::OutOfRange, &["parameter"], "value = ", "value = -1"),
    |p, d| p.rewrite(d, K::UnknownWord, &["violation"], "actor = ", "actor = \"company\""),
    |p, d| p.replace(d, K::UnknownWord, &["clock"], "term = ", "unit = \"", "unit = \"work"),
    |p, d| p.replace(d, K::UnknownWord, &["violation"], "fine = ", "kind = \"", "kind = \"x"),
    |p, d| p.replace(d, K::UnknownWord, &["publication_class"], "fields = [", "\"decided_on\"", "\"citizen_id\""),
    |p, d| p.rewrite(d, K::UnknownStatus, &all(), "status = ", "status = \"checked\""),
    |p, d| p.rewrite(d, K::NoClause, LOOSE, "source = ", "source = { document = \"某法\", clause = \" \" }"),
    |p, d| p.rewrite(d, K::NoClause, LOOSE, "source = ", "source = { document = \"某法\" }"),
    |p, d| p.rewrite(d, K::EmptyText, LOOSE, "name = ", "name = \"  \""),
    |p, d| p.replace(d, K::ControlCharacter, LOOSE, "name = ", "name = \"", "name = \"\\u0007"),
    |p, d| p.replace(d, K::ControlCharacter, LOOSE, "source = ", "clause = \"", "clause = \"\u{200b}"),
    |p, d| p.rewrite(d, K::BadId, UNNAMED, "id = ", "id = \"编号 一\""),
    |p, d| p.insert(d, K::EndsBeforeStart, &["violation", "inspection_item", "linkage"], "until = 1990-01-01"),
    |p, d| p.copy(d, K::DuplicateEntry, LOOSE, "id = ", None),
    |p, d| p.copy(d, K::OverlappingVersions, LOOSE, "from = ", Some("from = 2026-10-01")),
    |p, d| p.rewrite(d, K::UnknownDepartment, &["duty"], "lead = ", "lead = \"helath\""),
    |p, d| p.rewrite(d, K::UnknownDepartment, &["linkage"], "department = ", "department = \"nobody\""),
    |p, d| p.replace(d, K::UnknownDepartment, &["duty"], "others = ", "[\"", "[\"nobody\", \""),
    |p, d| p.rewrite(d, K::UnknownClock, &["complaint_kind"], "clock = ", "clock = \"never\""),
    |p, d| p.rewrite(d, K::UnknownClock, &["publication_class"], "clock = ", "clock = \"never\""),
    |p, d| p.replace(d, K::UnknownViolation, &["inspection_item"], "violations = ", "[\"", "[\"XX-999\", \""),
    |p, d| p.rewrite(d, K::UnknownViolation, &["demerit_item"], "violations = ", "violations = [\"YL-999\"]"),
    |p, d| p.replace(d, K::UnknownGrade, &["linkage"], "on_grades = ", "\"D\"", "\"E\""),
    |p, d| p.replace(d, K::UnknownGrade, &["grade_model"], "    { cause = ", "veto = \"D\"", "veto = \"F\""),
    |p, d| p.replace(d, K::GradeBands, &["grade_model"], "    { grade = \"C\"", "from = 600", "from = 800"),
    |p, d| p.replace(d, K::GradeBands, &["grade_model"], "    { grade = \"D\"", "from = -1000000", "from = 0"),
    |p, d| p.rewrite(d, K::RateTooHigh, &["sampling_rate"], "rate_percent = ", "rate_percent = 101"),
    |p, d| {
        p.replace(
            d,
            K::DiscretionBands,
            &["discretion_band"],
            "from_percent = ",
            "from_percent = 30",
            "from_percent = 35",
        );
    },
    |p, d| {
        p.replace(d, K::DiscretionBands, &["discretion_band"], "to_percent = ", "to_percent = 100", "to_percent = 98");
    },
    |p, d| {
        p.rewrite(
            d,
            K::FineReversed,
            &["violation"],
            "fine = { kind = \"fixed\"",
            "fine = { kind = \"fixed\", min = 5000, max = 2000 }",
        );
    },
    |p, d| p.replace(d, K::FineReversed, &["violation"], "fine = ", "limit = ", "limit = 1, max = 3, min = 4 } } # "),
    |p, d| {
        p.rewrite(
            d,
            K::BadMultiple,
            &["violation"],
            "fine = { kind = \"multiple\"",
            "fine = { kind = \"multiple\", min = 0, max = 5, base = \"违法所得\" }",
        );
    },
    |p, d| {
        p.rewrite(
            d,
            K::BadMultiple,
            &["violation"],
            "fine = { kind = \"multiple\"",
            "fine = { kind = \"multiple\", min = 6, max = 5, base = \"违法所得\" }",
        );
    },
    |p, d| {
        p.rewrite(
            d,
            K::FineWithoutPenalty,
            &["violation"],
            "fine = { kind = \"multiple\"",
            "fine = { kind = \"none\" }",
        );
    },
    |p, d| p.rewrite(d, K::BadPoints, &["demerit_item"], "points = ", "points = 0"),
    |p, d| p.replace(d, K::Thresholds, &["demerit_rule"], "    { points = ", "points = 8", "points = 6"),
    |p, d| p.rewrite(d, K::Thresholds, &["clock"], "warn_days = ", "warn_days = [0, 5]"),
    |p, d| p.replace(d, K::ZeroTerm, &["clock"], "term = ", "count = ", "count = 0 , unit = \"years\" } # "),
    |p, d| p.rewrite(d, K::ZeroTerm, &["demerit_rule"], "cycle_months = ", "cycle_months = 0"),
    |p, d| p.rewrite(d, K::NoPublicFields, &["publication_class"], "fields = ", "fields = []"),
    |p, d| p.replace(d, K::DuplicateName, &["channel"], "name = ", "来访", "来信"),
    |p, d| p.rewrite(d, K::UnknownDivision, &["seed_institution"], "division = ", "division = \"440409\""),
    |p, d| p.rewrite(d, K::UnknownDivision, &["seed_institution"], "division = ", "division = \"44x\""),
    |p, d| p.rewrite(d, K::UnknownLevel, &["seed_institution"], "level = ", "level = \"四级\""),
    |p, d| p.replace(d, K::BadNumberPattern, &["document_kind"], "number_pattern = ", "{seq}", "{number}"),
    |p, d| p.replace(d, K::BadNumberPattern, &["document_kind"], "number_pattern = ", "{year}", ""),
    |p, d| p.replace(d, K::TopicTwice, &["duty"], "topics = ", "\"医疗污水\"", "\"医保基金\""),
    |p, d| p.insert(d, K::LeadDepartment, &["department"], "lead = true"),
    |p, d| p.copy(d, K::CityEntry, &["city"], "[[city]]", None),
    |p, d| p.break_syntax(d),
    |p, d| p.spoil(d),
];

/// Every table but the one model of grades: where that cannot be read, no grade is known and none can be wrong.
fn all() -> Vec<&'static str> {
    TABLES.iter().map(|(table, _)| *table).filter(|table| *table != "grade_model").collect()
}

fn places(faults: &[Fault]) -> BTreeSet<(FaultKind, String, usize)> {
    faults.iter().map(|fault| (fault.kind, fault.file.clone(), fault.line)).collect()
}

fn shown(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What follows from a damage and is said as well.
fn follows(from: FaultKind, fault: &Fault) -> bool {
    match from {
        // The copy of an entry has its name and its content too.
        K::CityEntry => fault.kind == K::DuplicateEntry,
        _ => false,
    }
}

fn run(root: &Path, packs: &Packs) -> (Vec<(FaultKind, String, usize)>, Vec<Fault>) {
    let _ = std::fs::remove_dir_all(root);
    let expected = packs.write(root);
    (expected, check(root).faults)
}

#[test]
fn one_damage_at_a_time() {
    let root_of_copies = folder("one");
    let mut kinds = BTreeSet::new();
    for (nth, damage) in DAMAGES.iter().enumerate() {
        for seed in 0..2 {
            let mut packs = Packs::read(&root());
            damage(&mut packs, &mut Dice::new(seed * 1000 + u64::try_from(nth).unwrap()));
            let (expected, faults) = run(&root_of_copies, &packs);
            let [(kind, ..)] = &expected[..] else { panic!("damage {nth} expects one fault") };
            kinds.insert(*kind);
            let shown = shown(&faults);
            assert!(places(&faults).contains(&expected[0]), "damage {nth}, seed {seed}: {expected:?}\n{shown}");
            let rest: Vec<_> =
                faults.iter().filter(|fault| !places(&[(*fault).clone()]).contains(&expected[0])).collect();
            let stray = rest.iter().filter(|fault| !follows(*kind, fault));
            assert_eq!(stray.count(), 0, "damage {nth}, seed {seed}: {expected:?}\n{shown}");
        }
    }
    let untried: Vec<_> = FaultKind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(untried, [&FaultKind::Unreadable], "tried in tests of their own");
}

#[test]
fn many_damages_at_once() {
    let copies = folder("many");
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        let mut packs = Packs::read(&root());
        // Those that touch a whole table come alone, above; a broken file hides what it holds.
        let alone = [K::CityEntry, K::LeadDepartment, K::NoSamplingRate, K::Syntax, K::NotUtf8];
        let mut kinds = BTreeSet::new();
        for damage in DAMAGES {
            let mut trial = Packs::read(&root());
            damage(&mut trial, &mut Dice::new(0));
            let kind = trial.expected[0];
            // One of each kind: the same two words of one line cannot be damaged twice.
            if !alone.contains(&kind) && kinds.insert(kind) {
                damage(&mut packs, &mut dice);
            }
        }
        let (expected, faults) = run(&copies, &packs);
        assert_eq!(Policy::load(&copies, "zhuhai").unwrap_err(), faults);
        assert!(expected.len() >= 30, "{}", expected.len());
        let found = places(&faults);
        let shown = shown(&faults);
        assert_eq!(found, expected.into_iter().collect(), "seed {seed}\n{shown}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let empty = folder("empty");
    let report = check(&empty);
    assert!(report.faults.iter().any(|fault| fault.kind == K::Unreadable));
    let faults = Policy::load(&root(), "nowhere").unwrap_err();
    assert!(faults.iter().any(|fault| fault.kind == K::Unreadable && fault.file == "nowhere"));
}

#[test]
fn a_calendar_that_cannot_be_read() {
    let copies = folder("calendar");
    Packs::read(&root()).write(&copies);
    assert_eq!(check(&copies).faults, vec![]);
    std::fs::write(copies.join("../refdata/calendar.tsv"), "date\tkind\tname\n2027-13-01\toff\t元旦\n").unwrap();
    assert_eq!(places(&check(&copies).faults), [(K::WrongType, "refdata/calendar.tsv".to_owned(), 0)].into());
}

#[test]
fn a_fault_says_where_what_and_what_to_do() {
    let copies = folder("text");
    let mut packs = Packs::read(&root());
    packs.rewrite(&mut Dice::new(1), K::RateTooHigh, &["sampling_rate"], "rate_percent = 30", "rate_percent = 130");
    let (_, faults) = run(&copies, &packs);
    let text = shown(&faults);
    expect_test::expect!["national/sampling_rates.toml 第29行，条目“sampling_C”，字段“rate_percent”：抽查比例超过100%。改为0到100的整数。"]
    .assert_eq(&text);
}
