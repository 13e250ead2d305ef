//! Made-up bases for the tests.

use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::base::{Bases, Object, Officer, Rules, Seat, Stratum};
use xingjian_draw::{Digest, DrawId, Rate};
use xingjian_kernel::DepartmentId;

pub fn draw_id() -> DrawId {
    "2026-SSJ-1".parse().unwrap()
}

/// Made-up institutions, all of one kind, in the given grades.
pub fn objects(grades: &[(&str, usize)]) -> Vec<Object> {
    let each = grades.iter().flat_map(|(grade, count)| (0..*count).map(move |at| (*grade, at)));
    each.map(|(grade, at)| Object {
        id: format!("演示-{grade}-{at:05}"),
        kind: "clinic".into(),
        grade: grade.into(),
        risk: String::new(),
        unit: format!("科室{}", at % 3),
    })
    .collect()
}

/// Officers of one department, all certified.
pub fn officers(department: &str, count: usize) -> Vec<Officer> {
    (0..count)
        .map(|at| Officer {
            pseudonym: format!("P-{department}-{at:04}"),
            department: DepartmentId::new(department),
            unit: format!("科室{}", at % 3),
            specialties: BTreeSet::new(),
            certified: true,
            available: true,
            first_line: true,
            record: Digest([0; 32]),
        })
        .collect()
}

pub fn seat(department: &str) -> Seat {
    Seat { department: DepartmentId::new(department), specialty: None }
}

pub fn rules(rates: &[(&str, u32)]) -> Rules {
    let stratum = |(grade, ppm): &(&str, u32)| Stratum {
        grade: (*grade).into(),
        risk: String::new(),
        rate: Rate::from_ppm(*ppm).unwrap(),
        at_least: 0,
    };
    Rules {
        period: ("2026-12-01".parse().unwrap(), "2026-12-20".parse().unwrap()),
        strata: rates.iter().map(stratum).collect(),
        seats: [("clinic".to_owned(), vec![seat("health"), seat("health")])].into(),
        items: [(DepartmentId::new("health"), vec!["医疗废物".to_owned()])].into(),
        crossing: false,
        first_line: Rate::from_percent(70).unwrap(),
        most: None,
        leave_days: 0,
    }
}

pub fn bases(objects: Vec<Object>, officers: Vec<Officer>) -> Bases {
    let bases = Bases::new(objects, vec![], officers, vec![]);
    assert_eq!(bases.faults(&rules(&[("A", 0), ("B", 0), ("C", 0), ("D", 0)])), []);
    bases
}

/// How often each value comes.
pub fn tally<T: Ord>(values: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}
