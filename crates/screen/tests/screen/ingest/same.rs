//! The same store, byte for byte, whatever the order of rows, the number of files and threads, or how often it is delivered.

use crate::bundle::rule;
use crate::ingest::city::{City, DIAGNOSES, FEES, SETTLEMENTS, VISITS};
use proptest::prelude::*;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::load;
use xingjian_screen::claims::rows::LineState;
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run;

/// Days at the edges: of months, of leap years, of a life.
const DAYS: [&str; 7] =
    ["2024-02-28", "2024-02-29", "2024-03-01", "2024-01-31", "2024-02-01", "2023-12-31", "2024-02-15"];
const TIMES: [&str; 4] = ["", " 00:00:00", " 23:59:59", " 12:30:00"];
const BIRTHS: [&str; 4] = ["", "2024-02-29", "2023-12-31", "1960-02-29"];

#[derive(Clone, Debug)]
struct Month {
    visits: Vec<String>,
    settlements: Vec<String>,
    lines: Vec<String>,
    diagnoses: Vec<String>,
}

fn month() -> impl Strategy<Value = Month> {
    let visit = (0..4u8, 0..3u8, 0..7usize, 0..4usize, 0..4usize, any::<bool>());
    let line = (0..100usize, 0..7usize, 0..4usize, 0..3u8, -3..4i64, 0..4u8);
    let other = (0..100usize, 0..4u8, 0..2u8);
    (prop::collection::vec(visit, 1..7), prop::collection::vec(line, 0..40), prop::collection::vec(other, 0..12))
        .prop_map(|(visits, lines, others)| {
            let count = visits.len();
            let written = |(at, (person, hospital, day, time, birth, stay)): (
                usize,
                (u8, u8, usize, usize, usize, bool),
            )| {
                let (day, birth) = (DAYS[day], BIRTHS[birth]);
                // Nobody is treated before being born; on the day itself everybody can be.
                let birth = if birth > day { "" } else { birth };
                let (kind, end) = if stay { ("21", "2024-03-05 10:00:00") } else { ("11", "") };
                format!(
                    "v{at},P{person},,,,1,{birth},,310,H{hospital},02,110101,{day}{},{end},{kind},,,,,D{hospital},,1",
                    TIMES[time]
                )
            };
            let line =
                |(at, (visit, day, time, item, quantity, refund)): (usize, (usize, usize, usize, u8, i64, u8))| {
                    let (visit, yuan) = (visit % count, quantity * 2);
                    let refund = if quantity < 0 && refund == 0 { format!("f{}", at / 2) } else { String::new() };
                    format!(
                        "f{at},v{visit},,H1,{}{},ITEM-{item},,{quantity},2,{yuan},,,,,,{refund},1",
                        DAYS[day], TIMES[time]
                    )
                };
            let settled = |(at, (visit, yuan, refunded)): (usize, (usize, u8, u8))| {
                format!("s{at},v{},,,,,{yuan}.5,0,{refunded},1", visit % count)
            };
            let diagnosed = |(at, (visit, code, main)): (usize, (usize, u8, u8))| {
                format!("d{at},s,v{},,1,{main},I1{code},1", visit % count)
            };
            Month {
                visits: visits.into_iter().enumerate().map(written).collect(),
                lines: lines.into_iter().enumerate().map(line).collect(),
                settlements: others.iter().copied().enumerate().map(settled).collect(),
                diagnoses: others.into_iter().enumerate().map(diagnosed).collect(),
            }
        })
}

/// Rows in another order, by a seed.
fn mixed(rows: &[String], seed: u64) -> Vec<String> {
    let key =
        |text: &String| text.bytes().fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut rows = rows.to_vec();
    rows.sort_by_key(key);
    rows
}

/// Delivers the month, each table in so many files.
fn deliver(city: &City, month: &Month, files: usize) {
    let tables = [
        ("mdtrt_d", VISITS, &month.visits),
        ("setl_d", SETTLEMENTS, &month.settlements),
        ("fee_list_d", FEES, &month.lines),
        ("setl_list_diag_d", DIAGNOSES, &month.diagnoses),
    ];
    let mut paths = Vec::new();
    for (name, table, rows) in tables {
        let header = table.lines().next().unwrap();
        for (at, rows) in rows.chunks(rows.len().div_ceil(files).max(1)).enumerate() {
            paths.push(city.file(&format!("{name}_{at}.csv"), format!("{header}\n{}", rows.join("\n"))));
        }
    }
    let report = city.bring("2024-02", &paths, false).unwrap();
    assert!(report.counts.tables.values().all(|counts| counts.set_aside.rows == 0), "{}", city.set_aside(&report));
}

/// Rules that look at one line, count, add up, and look at days together.
fn rules() -> Vec<Rule> {
    vec![
        rule("count", &["ITEM-0"], r#"{ kind = "daily_count", at_most = 1 }"#),
        rule("quantity", &["ITEM-1"], r#"{ kind = "daily_quantity", at_most_e4 = 20000 }"#),
        rule("pair", &["ITEM-0"], r#"{ kind = "pair", contained = ["ITEM-1"], window = "day" }"#),
        rule("cycle", &["ITEM-1"], r#"{ kind = "cycle", at_most = 2, days = 3 }"#),
        rule("course", &["ITEM-2"], r#"{ kind = "course_days", at_most = 1, gap_days = 30 }"#),
        rule("newborn", &["ITEM-2"], r#"{ kind = "age", allowed = { named = "newborn" } }"#),
    ]
}

fn hits(city: &City) -> Vec<Hit> {
    let months = ["2024-02".to_owned()];
    run::screen(&city.store(), rules(), Parameters::default(), &Extracts::default(), &months, 2, None)
        .unwrap()
        .1
        .to_vec()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn order_files_threads_and_repetition_change_nothing(month in month(), seed in any::<u64>(), files in 1..4usize, threads in 1..4usize) {
        let city = City::new();
        deliver(&city, &month, 1);
        let expected = city.files();
        let mut other = month.clone();
        for rows in [&mut other.visits, &mut other.settlements, &mut other.lines, &mut other.diagnoses] {
            // Half of the rows come twice.
            let twice = rows[..rows.len() / 2].to_vec();
            rows.extend(twice);
            *rows = mixed(rows, seed);
        }
        let again = City { threads, ..City::new() };
        deliver(&again, &other, files);
        prop_assert_eq!(again.files(), expected.clone());
        // The month again, in its place.
        deliver(&again, &month, files);
        prop_assert_eq!(again.files(), expected);
    }

    #[test]
    fn refunds_cancel_in_pairs_and_sums_stay(month in month()) {
        let city = City::new();
        deliver(&city, &month, 1);
        let store = city.store();
        let (mut all, mut in_force, mut cancelled, mut refunds) = (0, 0, 0, 0);
        for set in &store.manifest.months["2024-02"].buckets {
            for line in load::month(&store.folder, set).unwrap().lines {
                all += line.amount;
                match line.state {
                    LineState::InForce => in_force += line.amount,
                    LineState::Cancelled => {
                        prop_assert!(line.quantity > 0);
                        cancelled += 1;
                    }
                    LineState::Refund => {
                        prop_assert!(line.quantity < 0);
                        refunds += 1;
                    }
                }
            }
        }
        prop_assert_eq!((all, cancelled), (in_force, refunds));
        prop_assert_eq!(store.manifest.months["2024-02"].buckets.iter().map(|set| set.lines.rows).sum::<u64>(), month.lines.len() as u64);
    }

    #[test]
    fn late_rows_make_the_month_that_one_delivery_would_have_made(month in month(), part in 0..100usize) {
        prop_assume!(!month.lines.is_empty());
        let whole = City::new();
        deliver(&whole, &month, 1);
        let city = City::new();
        let first = part % month.lines.len();
        let header = FEES.lines().next().unwrap();
        deliver(&city, &Month { lines: month.lines[..first].to_vec(), ..month.clone() }, 1);
        let late = city.file("fee_list_d_late.csv", format!("{header}\n{}", month.lines[first..].join("\n")));
        city.bring("2024-02", &[late], true).unwrap();
        prop_assert_eq!(city.month("2024-02"), whole.month("2024-02"));
    }

    #[test]
    fn a_charge_and_its_refund_change_no_hit(month in month(), pairs in prop::collection::vec((0..100usize, 0..7usize, 0..3u8, 1..4i64), 1..6)) {
        let city = City::new();
        deliver(&city, &month, 1);
        let mut other = month.clone();
        for (at, (visit, day, item, quantity)) in pairs.into_iter().enumerate() {
            // A price of its own, so that refunds of the month find what they found before.
            let (visit, day, yuan) = (visit % month.visits.len(), DAYS[day], quantity * 3);
            other.lines.push(format!("x{at},v{visit},,H1,{day},ITEM-{item},,{quantity},3,{yuan},,,,,,,1"));
            other.lines.push(format!("y{at},v{visit},,H1,{day},ITEM-{item},,-{quantity},3,-{yuan},,,,,,x{at},1"));
        }
        let with_refunds = City::new();
        deliver(&with_refunds, &other, 1);
        prop_assert_eq!(hits(&with_refunds), hits(&city));
    }

    #[test]
    fn a_newborn_is_one_for_28_days_from_the_day_of_birth(month in month()) {
        let city = City::new();
        deliver(&city, &month, 1);
        let store = city.store();
        let mut expected = Vec::new();
        for set in &store.manifest.months["2024-02"].buckets {
            let rows = load::month(&store.folder, set).unwrap();
            for line in rows.lines.iter().filter(|line| line.state == LineState::InForce && line.quantity > 0) {
                let too_old = rows.visits[line.visit as usize].birth.is_some_and(|birth| line.day - birth >= 28);
                if too_old && store.dictionaries.list(ListName::Items).name(line.item) == Some("ITEM-2") {
                    expected.push(line.line.clone());
                }
            }
        }
        let of_rule = hits(&city).into_iter().filter(|hit| hit.rule == "newborn");
        let mut found: Vec<String> = of_rule.flat_map(|hit| hit.lines).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
