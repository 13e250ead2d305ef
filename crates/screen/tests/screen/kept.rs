//! What a pass keeps of a month takes the place of its lines, and nobody can tell the difference but by the lines that are read.

use crate::bundle::{rule, written};
use crate::order;
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;
use xingjian_screen::claims::Store;
use xingjian_screen::example;
use xingjian_screen::pass::{Kept, Outcome};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, HELD};

/// Rules of every reach: a line, a day, a visit, weeks, a patient's visits, a doctor's day, an institution's months.
fn rules() -> Vec<Rule> {
    let mut rules = order::rules();
    rules.extend([
        rule("I", &["X1"], r#"{ kind = "daily_count", at_most = 1 }"#),
        rule("J", &["X1", "X2", "X3"], r#"{ kind = "decomposed", at_least = 3 }"#),
        rule("K", &["X1", "X2"], r#"{ kind = "discount", percent = 50 }"#),
        rule("L", &["X3"], r#"{ kind = "alone_not_covered", among = ["X1", "X2", "X3"] }"#),
        rule("M", &["X2"], r#"{ kind = "stay_days", at_most = 1 }"#),
        rule("N", &["X1"], r#"{ kind = "companion", any_of = ["X3"], window = "stay" }"#),
        rule("O", &["X1"], r#"{ kind = "companion", any_of = ["X2"], window = "day" }"#),
        rule("P", &["X2"], r#"{ kind = "supply_overlap", at_most_days = 1 }"#),
        rule("Q", &[], r#"{ kind = "empty_bed", passive = ["X1"], min_days = 2, idle_percent = 50 }"#),
        rule("R", &["X1", "X2", "X3"], r#"{ kind = "same_prescription", at_least_items = 2 }"#),
        rule("S", &[], r#"{ kind = "outpatient_during_stay" }"#),
        rule("T", &[], r#"{ kind = "monthly_total", at_most_fen = 2000 }"#),
        rule("U", &[], r#"{ kind = "growth", percent = 110, at_least_fen = 100 }"#),
        rule("V", &["X1"], r#"{ kind = "indication", diagnoses = ["J"] }"#),
        rule("W", &["X2", "X3"], r#"{ kind = "outside_stay" }"#),
    ]);
    // A course that runs on through a second version.
    let mut first = rule("Y", &["X3"], r#"{ kind = "course_span", at_most = 3, gap_days = 20 }"#);
    first.until = Some("2026-02-10".parse().unwrap());
    let mut second = Rule { version: first.version + 1, until: None, ..first.clone() };
    second.from = "2026-02-11".parse().unwrap();
    rules.extend([first, second]);
    rules
}

/// A visit of a person with its lines: the month it is delivered with need not be that of its days.
#[derive(Clone, Debug)]
struct Delivered {
    month: u8,
    text: String,
}

fn delivered() -> impl Strategy<Value = Delivered> {
    let line = (0..12u8, 0..24u8, 1..4u8, -1..3i8, 0..6u8);
    let visit = (0..5u8, 0..3u8, 0..2u8, 0..80u8, 0..20u8, 0..12u8);
    // Most visits come with their own month, one in four with any other.
    (visit, prop::collection::vec(line, 0..8), 0..12u8, any::<u32>()).prop_map(|(visit, lines, month, id)| {
        let (person, institution, kind, day, length, hour) = visit;
        let at = |day: u8| jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(i32::from(day)));
        let (begin, end) = (at(day), at(day + length));
        let own = u8::try_from(begin.month()).unwrap();
        let month = if month < 3 { month + 1 } else { own.min(3) };
        let kind = if kind == 0 { 11 } else { 21 };
        let mut text = format!(
            "visit v{id} p{person} institution=I{institution} type={kind} sex={} doctor=D{institution} diagnosis=J0{institution} total={day}.5 begin={begin}T{hour:02}:00 end={end}T12:00\n",
            person % 2 + 1
        );
        for (number, (after, hour, item, quantity, supply)) in lines.into_iter().enumerate() {
            let day = at(day + after);
            // Half of the lines have no price limit, so that a discount cannot be judged.
            let limit = if supply < 3 { "limit=12" } else { "" };
            let supply = supply % 3 * 10;
            writeln!(text, "line l{id}-{number} v{id} {day}T{hour:02}:00 X{item} quantity={quantity} {limit} supply={supply}")
                .unwrap();
        }
        Delivered { month, text }
    })
}

/// What is found where all is delivered with one month, so that nothing has to be put together.
fn found_at_once(delivered: &[Delivered], rules: &[Rule]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text: String = delivered.iter().map(|visit| visit.text.as_str()).collect();
    let store = example::store(&example::read(&(NAMES.to_owned() + &text)).unwrap(), folder.path(), 1).unwrap();
    found(&store, rules, None).1
}

/// All names, in the same order whatever follows.
const NAMES: &str = "month 2025-12
visit v0 p0 institution=I0 doctor=D0 diagnosis=J00 type=11 begin=2025-12-01T08:00 end=2025-12-01T09:00
line l0 v0 2025-12-01 X1
visit v1 p0 institution=I1 doctor=D1 diagnosis=J01 type=21 begin=2025-12-02T08:00 end=2025-12-02T09:00
line l1 v1 2025-12-01 X2
visit v2 p0 institution=I2 doctor=D2 diagnosis=J02 begin=2025-12-03T08:00 end=2025-12-03T09:00
line l2 v2 2025-12-01 X3
";

fn store(delivered: &[Delivered], folder: &Path) -> Store {
    let mut text = NAMES.to_owned();
    for month in 1..=3 {
        if delivered.iter().any(|visit| visit.month == month) {
            writeln!(text, "month 2026-0{month}").unwrap();
        }
        delivered.iter().filter(|visit| visit.month == month).for_each(|visit| text += &visit.text);
    }
    example::store(&example::read(&text).unwrap(), folder, 2).unwrap()
}

fn found(store: &Store, rules: &[Rule], kept: Option<&Kept>) -> (Outcome, String) {
    let plan = Plan::compile(rules.to_vec(), Parameters::default(), &store.dictionaries, &Extracts::default());
    let months: Vec<String> = store.manifest.months.keys().cloned().collect();
    // With what is kept, hits are put aside a few at a time, so that a damaged file comes after some were.
    let held = if kept.is_some() { 8 } else { HELD };
    let (outcome, hits) = run::find(store, &plan, &months, 2, kept, held).unwrap();
    let text = format!("{}{:?} {}", written(&hits.to_vec().unwrap()), outcome.not_judged, outcome.lines_read);
    (outcome, text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn month_after_month_and_late_rows_give_what_everything_at_once_gives(
        visits in prop::collection::vec(delivered(), 1..24),
        steps in prop::collection::vec((0..4u8, any::<prop::sample::Index>()), 1..6),
    ) {
        let (kept_in, rules) = (tempfile::tempdir().unwrap(), rules());
        // First come the months one by one, then single visits that are late, corrected or taken back.
        let mut states: Vec<Vec<Delivered>> =
            (1..=3).map(|month| visits.iter().filter(|visit| visit.month <= month).cloned().collect()).collect();
        let mut now = visits.clone();
        for (what, which) in steps {
            let at = which.index(now.len());
            match what {
                0 if now.len() > 1 => { now.remove(at); }
                1 => now[at].text = now[at].text.replace("quantity=1", "quantity=3"),
                2 => now[at].month = now[at].month % 3 + 1,
                _ => {}
            }
            states.push(now.clone());
        }
        for state in states {
            let folder = tempfile::tempdir().unwrap();
            let store = store(&state, folder.path());
            let expected = found_at_once(&state, &rules);
            prop_assert_eq!(&found(&store, &rules, None).1, &expected);
            let kept = Kept::at(kept_in.path(), "rules");
            prop_assert_eq!(&found(&store, &rules, Some(&kept)).1, &expected);
            kept.sweep().unwrap();
            // And once more from nothing but what is kept.
            let kept = Kept::at(kept_in.path(), "rules");
            prop_assert_eq!(&found(&store, &rules, Some(&kept)).1, &expected);
            prop_assert_eq!(kept.sweep().unwrap(), 0);
        }
    }

    #[test]
    fn a_damaged_file_is_made_anew(
        visits in prop::collection::vec(delivered(), 1..12),
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0..9u8,
    ) {
        let (folder, kept_in, rules) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), rules());
        let store = store(&visits, folder.path());
        let kept = Kept::at(kept_in.path(), "rules");
        let (_, expected) = found(&store, &rules, Some(&kept));
        let mut paths: Vec<_> = std::fs::read_dir(kept_in.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let path = &paths[file.index(paths.len())];
        let whole = std::fs::read(path).unwrap();
        let mut bytes = whole.clone();
        let at = place.index(bytes.len());
        if bit == 8 { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        std::fs::write(path, &bytes).unwrap();
        prop_assert_eq!(&found(&store, &rules, Some(&kept)).1, &expected);
        prop_assert_eq!(std::fs::read(path).unwrap(), whole);
    }
}

/// Two months of one person; the second has the same day as the first where `late` is set.
fn two_months(late: bool) -> Vec<Delivered> {
    let second = if late { "2026-01-20" } else { "2026-02-20" };
    let visit = |month: u8, day: &str| Delivered {
        month,
        text: format!(
            "visit v{month}0 p1 institution=I0 type=11 begin={day}T08:00 end={day}T09:00\nline l{month}0 v{month}0 {day} X1\nline l{month}1 v{month}0 2026-0{month}-05 X2\n"
        ),
    };
    vec![visit(1, "2026-01-20"), visit(2, second)]
}

#[test]
fn lines_of_months_that_did_not_change_are_not_read() {
    let (folder, kept_in) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = store(&two_months(false), folder.path());
    let run = |rules: &str| found(&store, &self::rules(), Some(&Kept::at(kept_in.path(), rules))).0.fresh_lines;
    assert_eq!(run("rules"), 7);
    assert_eq!(run("rules"), 0);
    assert_eq!(run("other rules"), 7, "what is kept for some rules is not for others");
}

#[test]
fn a_month_whose_days_another_one_has_is_read_again_for_its_patients() {
    let kept_in = tempfile::tempdir().unwrap();
    for (late, lines) in [(false, 7), (true, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&two_months(late), folder.path());
        let kept = Kept::at(kept_in.path(), "rules");
        let (outcome, text) = found(&store, &rules(), Some(&kept));
        assert_eq!(outcome.fresh_lines, lines, "only the month that was replaced is read as new");
        // Two units on one day, one in each month.
        assert_eq!(text.contains("B p1 2026-01-20"), late, "{text}");
    }
}

#[test]
fn what_could_not_be_judged_is_counted_once_where_other_months_are_read_again() {
    let kept_in = tempfile::tempdir().unwrap();
    let visit = |month: u8, day: &str, lines: &[&str]| {
        let mut text = format!("visit v{month}0 p1 institution=I0 type=11 begin={day}T08:00 end={day}T09:00\n");
        for item in lines {
            writeln!(text, "line l{month}{item} v{month}0 {day} {item}").unwrap();
        }
        Delivered { month, text }
    };
    // Two operations of one day without a price limit; and two months that have a day in common.
    let first = visit(1, "2026-01-20", &["X1", "X2"]);
    let all = [first, visit(2, "2026-02-20", &["X1"]), visit(3, "2026-02-20", &["X1"])];
    for months in [2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&all[..months], folder.path());
        let kept = Kept::at(kept_in.path(), "rules");
        assert_eq!(found(&store, &rules(), Some(&kept)).1, found_at_once(&all[..months], &rules()));
    }
}

#[test]
fn another_list_of_names_makes_what_is_kept_useless() {
    let kept_in = tempfile::tempdir().unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let kept = || Kept::at(kept_in.path(), "rules");
    let first = store(&two_months(false), folders[0].path());
    found(&first, &rules(), Some(&kept()));
    // A name more at the end is no other list for those who do not use it.
    let mut longer = two_months(false);
    longer[1].text += "line l9 v20 2026-02-21 X9\n";
    let longer = store(&longer, folders[1].path());
    let (outcome, text) = found(&longer, &rules(), Some(&kept()));
    assert_eq!((outcome.fresh_lines, text), (3, found(&longer, &rules(), None).1));
    // Codes that stand for other names are.
    let claims = NAMES.replace("X1", "X7").replace("X2", "X1").replace("X7", "X2") + &two_months(false)[0].text;
    let swapped = example::store(&example::read(&claims).unwrap(), folders[2].path(), 2).unwrap();
    let (outcome, text) = found(&swapped, &rules(), Some(&kept()));
    assert_eq!((outcome.fresh_lines, text), (5, found(&swapped, &rules(), None).1));
}
