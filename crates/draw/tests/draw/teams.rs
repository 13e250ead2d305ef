//! Teams: every rule kept, feasible whenever it can be, as even as it can be, and an exact reason when it cannot; held
//! against trying out every assignment.

use crate::bases::{draw_id, objects, officers, rules, seat};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::base::{Bases, Exception, Rules, Seat};
use xingjian_draw::team::{Bar, Shortage, Team, assign, unstaffable};
use xingjian_draw::{Digest, Rate};
use xingjian_kernel::DepartmentId;

/// A small base: which bits are set decides about each officer and pair.
#[derive(Clone, Debug)]
struct Small {
    rules: Rules,
    bases: Bases,
}

fn exception(officer: &str, object: &str) -> Exception {
    Exception { officer: officer.into(), object: object.into(), reason: Digest([0; 32]) }
}

prop_compose! {
    fn small()(
        staff in proptest::collection::vec((0u8..2, 0u8..3, any::<bool>(), prop::bool::weighted(0.85), prop::bool::weighted(0.9), prop::bool::weighted(0.6)), 2..6),
        count in 1usize..4,
        kinds in proptest::collection::vec(proptest::collection::vec((0u8..2, prop::bool::weighted(0.3)), 2..4), 1..3),
        exceptions in proptest::collection::vec((0usize..6, 0usize..4), 0..5),
        crossing in prop::bool::weighted(0.3),
        most in proptest::option::of(1u32..4),
        first_line in 0u16..=100,
    ) -> Small {
        let department = |which: u8| DepartmentId::new(["health", "insurance"][usize::from(which)]);
        let mut officers = officers("x", staff.len());
        for (officer, (of, unit, special, certified, available, first)) in officers.iter_mut().zip(staff) {
            officer.department = department(of);
            officer.unit = format!("科室{unit}");
            officer.specialties = if special { ["放射".to_owned()].into() } else { BTreeSet::new() };
            (officer.certified, officer.available, officer.first_line) = (certified, available, first);
        }
        let mut rules = rules(&[("A", 1_000_000)]);
        let named = |(of, special): &(u8, bool)| Seat { department: department(*of), specialty: special.then(|| "放射".to_owned()) };
        rules.seats = kinds.iter().enumerate().map(|(at, seats)| (format!("kind{at}"), seats.iter().map(named).collect())).collect();
        (rules.crossing, rules.most, rules.first_line) = (crossing, most, Rate::from_percent(first_line).unwrap());
        let mut objects = objects(&[("A", count)]);
        for (at, object) in objects.iter_mut().enumerate() {
            object.kind = format!("kind{}", at % kinds.len());
        }
        let pairs: BTreeSet<_> = exceptions.into_iter().filter(|(a, b)| *a < officers.len() && *b < count).collect();
        let exceptions = pairs.into_iter().map(|(a, b)| exception(&officers[a].pseudonym, &objects[b].id)).collect();
        Small { rules, bases: Bases::new(objects, vec![], officers, exceptions) }
    }
}

/// Seats as object and officers that may take it, decided here once more from the words of the rules.
fn seats(small: &Small) -> Vec<(usize, Vec<usize>)> {
    let Small { rules, bases } = small;
    let mut seats = vec![];
    for (at, object) in bases.objects.iter().enumerate() {
        for seat in &rules.seats[&object.kind] {
            let may = |officer: &usize| {
                let one = &bases.officers[*officer];
                let special = seat.specialty.as_ref().is_none_or(|needed| one.specialties.contains(needed));
                let kept = bases.exceptions.iter().any(|e| e.officer == one.pseudonym && e.object == object.id);
                let own = rules.crossing && one.unit == object.unit;
                one.department == seat.department && one.certified && one.available && special && !own && !kept
            };
            seats.push((at, (0..bases.officers.len()).filter(may).collect()));
        }
    }
    seats
}

/// Calls back with every assignment that keeps the rules.
fn every(
    small: &Small,
    second: usize,
    seats: &[(usize, Vec<usize>)],
    taken: &mut Vec<usize>,
    visit: &mut dyn FnMut(&[usize]),
) {
    let Some((object, may)) = seats.get(taken.len()) else { return visit(taken) };
    for officer in may {
        let beside = (0..taken.len()).any(|at| seats[at].0 == *object && taken[at] == *officer);
        let load = taken.iter().filter(|other| *other == officer).count();
        let full = small.rules.most.is_some_and(|most| load >= usize::try_from(most).unwrap());
        let is_second = |at: usize| !small.bases.officers[at].first_line;
        let over = is_second(*officer) && taken.iter().filter(|at| is_second(**at)).count() >= second;
        if !beside && !full && !over {
            taken.push(*officer);
            every(small, second, seats, taken, visit);
            taken.pop();
        }
    }
}

fn feasible(small: &Small, second: usize, seats: &[(usize, Vec<usize>)]) -> bool {
    let mut found = false;
    every(small, second, seats, &mut vec![], &mut |_| found = true);
    found
}

fn second_line(small: &Small, seats: usize) -> usize {
    seats - (seats * usize::try_from(small.rules.first_line.ppm()).unwrap()).div_ceil(1_000_000)
}

/// The smallest difference of loads that any assignment has, among officers who may take a seat.
fn smallest_difference(small: &Small) -> Option<usize> {
    let seats = seats(small);
    let involved: BTreeSet<usize> = seats.iter().flat_map(|(_, may)| may.iter().copied()).collect();
    let mut best = None;
    every(small, second_line(small, seats.len()), &seats, &mut vec![], &mut |taken| {
        let loads: Vec<usize> = involved.iter().map(|one| taken.iter().filter(|at| *at == one).count()).collect();
        let difference = loads.iter().max().unwrap() - loads.iter().min().unwrap();
        best = Some(best.map_or(difference, |least: usize| least.min(difference)));
    });
    best
}

fn assigned(small: &Small, seed: &str) -> Result<Vec<Team>, Shortage> {
    let all: Vec<usize> = (0..small.bases.objects.len()).collect();
    assign(&draw_id(), seed, &small.rules, &small.bases, &all)
}

fn place(small: &Small, pseudonym: &str) -> usize {
    small.bases.officers.iter().position(|officer| officer.pseudonym == pseudonym).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn teams_are_formed_whenever_they_can_be_and_as_even_as_they_can_be(small in small(), seed in "[a-z]{1,6}") {
        let possible = smallest_difference(&small);
        let teams = assigned(&small, &seed);
        prop_assert_eq!(possible.is_some(), teams.is_ok(), "{:?}", teams);
        let (Ok(teams), Some(least)) = (teams, possible) else { return Ok(()) };
        let seats = seats(&small);
        let taken: Vec<usize> = teams.iter().flat_map(|team| &team.officers).map(|one| place(&small, one)).collect();
        prop_assert_eq!(taken.len(), seats.len());
        for ((object, may), officer) in seats.iter().zip(&taken) {
            prop_assert!(may.contains(officer), "no rule is broken (T26)");
            let same = seats.iter().zip(&taken).filter(|((other, _), one)| other == object && *one == officer).count();
            prop_assert_eq!(same, 1, "one seat a team");
        }
        let loads: BTreeMap<usize, usize> = crate::bases::tally(taken.iter().copied());
        let involved: BTreeSet<usize> = seats.iter().flat_map(|(_, may)| may.iter().copied()).collect();
        let load = |officer: &usize| loads.get(officer).copied().unwrap_or(0);
        let (most, fewest) = (involved.iter().map(load).max().unwrap(), involved.iter().map(load).min().unwrap());
        prop_assert_eq!(most - fewest, least);
        let second = taken.iter().filter(|at| !small.bases.officers[**at].first_line).count();
        prop_assert!(second <= second_line(&small, seats.len()));
        prop_assert!(small.rules.most.is_none_or(|limit| most <= usize::try_from(limit).unwrap()));
        prop_assert_eq!(assigned(&small, &seed).unwrap(), teams, "the same again (T25)");
    }

    #[test]
    fn a_shortage_names_seats_that_cannot_be_filled_and_none_too_many(small in small(), seed in "[a-z]{1,6}") {
        let Err(shortage) = assigned(&small, &seed) else { return Ok(()) };
        let all = seats(&small);
        let second = second_line(&small, all.len());
        // The named seats, found again by object and the words for the seat.
        let mut wanted: Vec<(String, String)> =
            shortage.objects.iter().flat_map(|of| of.seats.iter().map(|seat| (of.object.clone(), seat.clone()))).collect();
        let words = small.bases.objects.iter().flat_map(|object| {
            small.rules.seats[&object.kind].iter().map(|seat| {
                let special = seat.specialty.as_ref().map(|special| format!("/{special}")).unwrap_or_default();
                (object.id.clone(), format!("{}{special}", seat.department))
            })
        });
        let mut named = vec![];
        for (seat, word) in all.iter().zip(words) {
            if let Some(at) = wanted.iter().position(|wanted| *wanted == word) {
                wanted.remove(at);
                named.push(seat.clone());
            }
        }
        prop_assert!(wanted.is_empty());
        prop_assert!(!feasible(&small, second, &named), "{}", shortage);
        for leave in 0..named.len() {
            let mut fewer = named.clone();
            fewer.remove(leave);
            prop_assert!(feasible(&small, second, &fewer), "{}", shortage);
        }
        let may: BTreeSet<&str> = named.iter().flat_map(|(_, may)| may).map(|at| small.bases.officers[*at].pseudonym.as_str()).collect();
        prop_assert!(shortage.officers.iter().all(|officer| may.contains(officer.as_str()) || shortage.second_line.is_some()));
    }

    #[test]
    fn what_fails_alone_is_known_before_the_seed(small in small()) {
        let known: BTreeSet<String> = unstaffable(&small.rules, &small.bases).into_iter().flat_map(|s| s.objects).map(|o| o.object).collect();
        for (at, object) in small.bases.objects.iter().enumerate() {
            let mine: Vec<_> = seats(&small).into_iter().filter(|(of, _)| *of == at).collect();
            let free = Small { rules: Rules { most: None, ..small.rules.clone() }, ..small.clone() };
            prop_assert_eq!(!feasible(&free, usize::MAX, &mine), known.contains(&object.id));
        }
    }
}

fn one_kind(count: usize, staff: usize) -> Small {
    Small {
        rules: rules(&[("A", 1_000_000)]),
        bases: Bases::new(objects(&[("A", count)]), vec![], officers("health", staff), vec![]),
    }
}

#[test]
fn a_joint_draw_makes_one_team_of_all_departments() {
    let mut small = one_kind(6, 4);
    small.bases.officers.extend(officers("insurance", 3));
    small.bases.officers.extend(officers("market", 2));
    let radiology = Seat { department: DepartmentId::new("health"), specialty: Some("放射".into()) };
    small.bases.officers[1].specialties = ["放射".to_owned()].into();
    small.rules.seats =
        [("clinic".to_owned(), vec![radiology, seat("health"), seat("insurance"), seat("market")])].into();
    let teams = assigned(&small, "joint").unwrap();
    assert_eq!(teams.len(), 6, "one visit for each object");
    for team in &teams {
        let of = |at: usize| small.bases.officers[place(&small, &team.officers[at])].department.to_string();
        assert_eq!([0, 1, 2, 3].map(of), ["health", "health", "insurance", "market"]);
        assert_eq!(team.officers[0], "P-health-0001");
    }
    let loads = crate::bases::tally(teams.iter().flat_map(|team| team.officers.clone()));
    let of = |prefix: &str| {
        loads.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, load)| *load).collect::<Vec<_>>()
    };
    assert_eq!((of("P-insurance"), of("P-market")), (vec![2, 2, 2], vec![3, 3]));
    assert_eq!(of("P-health"), [2, 6, 2, 2]);
}

#[test]
fn tickets_decide_among_the_even_assignments() {
    let small = one_kind(6, 6);
    let seeds: BTreeSet<String> =
        (0..40).map(|at| format!("{:?}", assigned(&small, &format!("s{at}")).unwrap())).collect();
    assert_eq!(seeds.len(), 40, "another seed, other teams");
    // Over many seeds each pair of officers meets about equally often.
    let meets = crate::bases::tally((0..3_000).flat_map(|at| {
        let teams = assigned(&small, &format!("m{at}")).unwrap();
        let pair = |team: Team| {
            let mut pair = team.officers;
            pair.sort();
            pair
        };
        teams.into_iter().map(pair).collect::<Vec<_>>()
    }));
    assert_eq!(meets.len(), 15);
    assert!(meets.values().all(|times| times.abs_diff(1_200) < 120), "{meets:?}");
}

#[test]
fn a_shortage_says_which_objects_and_which_rule() {
    let mut small = one_kind(2, 4);
    let radiology =
        |department: &str| Seat { department: DepartmentId::new(department), specialty: Some("放射".into()) };
    small.rules.seats.insert("hospital".into(), vec![radiology("health"), radiology("health")]);
    small.bases.objects[1].kind = "hospital".into();
    for at in [0, 1, 2] {
        small.bases.officers[at].specialties = ["放射".to_owned()].into();
    }
    small.bases.officers[0].certified = false;
    small.bases.exceptions = vec![exception("P-health-0001", "演示-A-00001")];
    let error = assigned(&small, "x").unwrap_err();
    expect_test::expect![[r#"检查组无法组成：“演示-A-00001”（health/放射、health/放射）共2个席位，能担任的只有1人；1人执法证未覆盖整个检查期间；1人不具备所需专业；1人依规回避。没有作任何改动；请补充检查人员，或者写明理由后调整规则，另行组织"#]].assert_eq(&error.to_string());
    assert_eq!(error.barred, [(Bar::Certificate, 1), (Bar::Specialty, 1), (Bar::Recusal, 1)].into());
    assert_eq!(unstaffable(&small.rules, &small.bases), [error]);

    let mut capped = one_kind(7, 5);
    capped.rules.most = Some(2);
    let error = assigned(&capped, "x").unwrap_err();
    assert_eq!((error.most, error.officers.len()), (Some(2), 5));
    expect_test::expect![[r#"检查组无法组成：“演示-A-00000”（health、health）、“演示-A-00001”（health、health）、“演示-A-00002”（health、health）、“演示-A-00003”（health、health）、“演示-A-00004”（health、health）等6家共11个席位，能担任的只有5人，每人至多2个席位。没有作任何改动；请补充检查人员，或者写明理由后调整规则，另行组织"#]].assert_eq(&error.to_string());

    let mut desks = one_kind(5, 6);
    desks.bases.officers.iter_mut().skip(1).for_each(|officer| officer.first_line = false);
    let error = assigned(&desks, "x").unwrap_err();
    assert_eq!(error.second_line, Some(3));
    expect_test::expect![[r#"检查组无法组成：“演示-A-00000”（health、health）、“演示-A-00001”（health、health）、“演示-A-00002”（health、health）、“演示-A-00003”（health、health）共8个席位，能担任的只有6人，非一线监督员合计至多3个席位。没有作任何改动；请补充检查人员，或者写明理由后调整规则，另行组织"#]].assert_eq(&error.to_string());
}
