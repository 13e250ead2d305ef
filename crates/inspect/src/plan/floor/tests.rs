use super::super::tests::{rate, task};
use super::*;
use proptest::prelude::*;

/// A task with one rate for grade A.
fn drawing(number: &str, percent: u16, beyond_drawn: bool) -> PlannedTask {
    let mut task = PlannedTask { number: number.into(), beyond_drawn, ..task("", "2026-11-03", "2026-11-30") };
    task.rules.strata.truncate(1);
    task.rules.strata[0].rate = rate(percent);
    task
}

/// One stratum from its objects: the tasks that range over each, and whether it counts.
fn strata(objects: &[(&[usize], bool)]) -> Strata {
    let mut members = Members::default();
    for (tasks, counts) in objects {
        for at in *tasks {
            *members.of_task.entry(*at).or_default() += 1;
        }
        if *counts {
            *members.counting.entry(tasks.iter().copied().collect()).or_default() += 1;
        }
    }
    Strata::from([(("A".to_owned(), String::new()), members)])
}

fn bound(tasks: &[PlannedTask], objects: &[(&[usize], bool)]) -> u64 {
    reached(&of(rate(20), tasks, &strata(objects)))
}

#[test]
fn a_task_over_the_counting_objects_counts_with_its_rate() {
    let all: Vec<(&[usize], bool)> = vec![(&[0], true); 10];
    assert_eq!(bound(&[drawing("2026-01", 20, false)], &all), 2);
    let twice: Vec<(&[usize], bool)> = vec![(&[0, 1], true); 10];
    assert_eq!(bound(&[drawing("2026-01", 20, false), drawing("2026-02", 30, false)], &twice), 3, "the larger one");
    assert_eq!(bound(&[drawing("2026-01", 20, false), drawing("2026-02", 30, true)], &twice), 4, "2 and 30 % of 8");
}

#[test]
fn a_task_over_more_counts_with_what_cannot_fall_outside() {
    let mixed: Vec<(&[usize], bool)> = (0..10).map(|n| (&[0usize][..], n < 6)).collect();
    assert_eq!(bound(&[drawing("2026-01", 40, false)], &mixed), 0, "all four may be among those that do not count");
    assert_eq!(bound(&[drawing("2026-01", 70, false)], &mixed), 3);
    assert_eq!(bound(&[drawing("2026-01", 100, false)], &mixed), 6);
}

#[test]
fn a_narrower_task_does_not_spoil_the_wider_one() {
    let nested: Vec<(&[usize], bool)> = (0..20).map(|n| (if n < 5 { &[0, 1][..] } else { &[0] }, true)).collect();
    let wide = drawing("2026-01", 50, false);
    assert_eq!(bound(&[wide.clone(), drawing("2026-02", 20, false)], &nested), 10);
    let apart: Vec<(&[usize], bool)> = (0..20).map(|n| (if n < 5 { &[1][..] } else { &[0] }, true)).collect();
    assert_eq!(bound(&[wide.clone(), drawing("2026-02", 20, false)], &apart), 7 + 1);
    let Err(FloorError::Short(short)) = of(rate(90), &[wide, drawing("2026-02", 20, false)], &strata(&apart)) else {
        panic!("8 of 20 is less than 90 %")
    };
    let parts: Vec<_> = short.strata.iter().map(|of| (of.stratum.as_str(), of.at_least)).collect();
    assert_eq!(parts, [("A/（2026-01）", 7), ("A/（2026-02）", 1)]);
}

#[test]
fn what_was_drawn_counts_whatever_is_drawn_next() {
    let least = |task: PlannedTask, drawn: u64, open: u64, in_all: u64| {
        let counting = BTreeMap::from([(BTreeSet::from([0]), open)]);
        let members = Members { counting, of_task: BTreeMap::from([(0, in_all)]), drawn };
        let strata = Strata::from([(("A".to_owned(), String::new()), members)]);
        reached(&of(rate(20), &[task], &strata))
    };
    assert_eq!(least(drawing("2026-02", 50, true), 4, 6, 6), 4 + 3, "beyond the drawn, half of the six that are left");
    assert_eq!(least(drawing("2026-02", 50, false), 4, 6, 10), 4 + 1, "four of its five may be the same again");
    assert_eq!(least(drawing("2026-02", 0, false), 4, 6, 10), 4);
}

#[test]
fn what_no_task_ranges_over_is_named() {
    let objects: Vec<(&[usize], bool)> = (0..10).map(|n| (if n < 5 { &[0][..] } else { &[] }, true)).collect();
    let Err(FloorError::Short(short)) = of(rate(90), &[drawing("2026-01", 40, false)], &strata(&objects)) else {
        panic!("2 of 10 is less than 90 %")
    };
    let mut parts: Vec<_> = short.strata.iter().map(|of| (of.stratum.as_str(), of.objects, of.at_least)).collect();
    parts.sort_unstable();
    assert_eq!(parts, [("A/（2026-01）", 5, 2), ("A/（没有任务可以抽到）", 5, 0)]);
}

proptest! {
    /// Whatever is drawn, and also where every draw takes what helps least.
    #[test]
    fn no_course_of_the_year_stays_below_the_bound(
        draws in proptest::collection::vec((0u16..=100, any::<bool>()), 1..5),
        objects in proptest::collection::vec((0u8..16, any::<bool>()), 0..40),
        picks in proptest::collection::vec((0usize..1000, any::<bool>(), any::<bool>()), 5),
    ) {
        let tasks: Vec<PlannedTask> = draws.iter().enumerate()
            .map(|(at, (percent, beyond))| drawing(&format!("2026-{at}"), *percent, *beyond)).collect();
        let ranging: Vec<Vec<usize>> =
            objects.iter().map(|(mask, _)| (0..tasks.len()).filter(|at| mask >> at & 1 == 1).collect()).collect();
        let all: Vec<(&[usize], bool)> =
            ranging.iter().zip(&objects).map(|(tasks, (_, counts))| (&tasks[..], *counts)).collect();
        let mut drawn = BTreeSet::new();
        for (at, task) in tasks.iter().enumerate() {
            let (offset, up, against) = picks[at];
            let mut base: Vec<usize> = (0..objects.len())
                .filter(|object| ranging[*object].contains(&at) && !(task.beyond_drawn && drawn.contains(object)))
                .collect();
            let count = base.len();
            if count == 0 {
                continue;
            }
            base.rotate_left(offset % count);
            if against {
                base.sort_by_key(|object| objects[*object].1 && !drawn.contains(object));
            }
            let (whole, rest) = task.rules.strata[0].rate.of(u64::try_from(count).unwrap());
            let size = usize::try_from(whole + u64::from(rest > 0 && up)).unwrap();
            drawn.extend(base.into_iter().take(size));
        }
        let counted = drawn.iter().filter(|object| objects[**object].1).count();
        prop_assert!(u64::try_from(counted).unwrap() >= bound(&tasks, &all));
    }
}
