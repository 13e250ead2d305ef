//! The yearly floor: how many different objects a year's plan is sure to reach, whatever the seeds say.
//!
//! Two draws over the same objects may hit the same ones, so only the larger of them is sure; a draw over those that
//! were not yet drawn this year adds to the ones before. Rounding at random counts as rounded down.

use crate::Rate;
use crate::base::Stratum;
use serde::{Deserialize, Serialize};

/// A draw of the year's plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDraw {
    /// Its name in the plan.
    pub name: String,
    /// Rates of the strata it draws from.
    pub strata: Vec<Stratum>,
    /// Whether it leaves out what an earlier draw of the year has drawn.
    pub beyond_drawn: bool,
}

/// Objects that count for the floor, by stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Population {
    /// Name of the stratum.
    pub stratum: String,
    /// How many; none where the registry does not know.
    pub objects: Option<u64>,
}

/// What the year's plan is sure to reach in a stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Name of the stratum.
    pub stratum: String,
    /// How many objects.
    pub objects: u64,
    /// How many different ones are drawn at least.
    pub at_least: u64,
}

/// A plan that reaches the floor, with the arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The floor.
    pub floor: Rate,
    /// Different objects that must be drawn in the year.
    pub needed: u64,
    /// Different objects that are drawn at least.
    pub reached: u64,
    /// The same by stratum.
    pub strata: Vec<Reached>,
}

/// Why a plan is not shown to reach the floor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FloorError {
    /// Nobody knows how many objects there are.
    #[error("无法核算年度抽查下限：{}的对象数量未知。请先补全名录中的数量", .strata.join("、"))]
    Unknown {
        /// The strata.
        strata: Vec<String>,
    },
    /// The plan can stay below the floor.
    #[error(
        "年度计划至少抽到{}家，低于下限{}（{}家中的{}家），还差{}家。各层至少抽到：{}。请提高比例或者增加抽查",
        .0.reached, .0.floor, total(.0), .0.needed, .0.needed - .0.reached, listed(.0)
    )]
    Short(Proof),
}

fn total(proof: &Proof) -> u64 {
    proof.strata.iter().map(|reached| reached.objects).sum()
}

fn listed(proof: &Proof) -> String {
    let each =
        proof.strata.iter().map(|reached| format!("{} {}/{}", reached.stratum, reached.at_least, reached.objects));
    each.collect::<Vec<_>>().join("，")
}

/// Whether the draws, in the order of the year, reach the floor over the population.
pub fn prove(floor: Rate, population: &[Population], draws: &[PlannedDraw]) -> Result<Proof, FloorError> {
    let unknown = population.iter().filter(|of| of.objects.is_none());
    let strata: Vec<String> = unknown.map(|of| of.stratum.clone()).collect();
    if !strata.is_empty() {
        return Err(FloorError::Unknown { strata });
    }
    let known = population.iter().map(|of| (of.stratum.clone(), of.objects.unwrap_or_default()));
    let strata: Vec<Reached> = known
        .map(|(stratum, objects)| Reached { at_least: surely(&stratum, objects, draws), stratum, objects })
        .collect();
    let (share, rest) = floor.of(strata.iter().map(|reached| reached.objects).sum());
    let needed = share + u64::from(rest > 0);
    let reached = strata.iter().map(|reached| reached.at_least).sum();
    let proof = Proof { floor, needed, reached, strata };
    if reached < needed { Err(FloorError::Short(proof)) } else { Ok(proof) }
}

/// Different objects of a stratum that the draws hit at least. A draw beyond the drawn hits no fewer in all when more
/// were drawn before, so the least of each draw is the least of the year.
fn surely(stratum: &str, objects: u64, draws: &[PlannedDraw]) -> u64 {
    draws.iter().fold(0, |drawn, draw| {
        let Some(of) = draw.strata.iter().find(|of| of.name() == stratum) else { return drawn };
        if draw.beyond_drawn { drawn + of.smallest_size(objects - drawn) } else { drawn.max(of.smallest_size(objects)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// The rates by grade that the packs have where a city has none of its own.
    const RATES: [(&str, u16); 4] = [("A", 5), ("B", 10), ("C", 30), ("D", 100)];

    fn draw(name: &str, rates: &[(&str, u16)], beyond_drawn: bool) -> PlannedDraw {
        let stratum = |(grade, percent): &(&str, u16)| Stratum {
            grade: (*grade).to_owned(),
            risk: String::new(),
            rate: Rate::from_percent(*percent).unwrap(),
            at_least: 0,
        };
        PlannedDraw { name: name.to_owned(), strata: rates.iter().map(stratum).collect(), beyond_drawn }
    }

    fn population(counts: [Option<u64>; 4]) -> Vec<Population> {
        RATES
            .iter()
            .zip(counts)
            .map(|((grade, _), objects)| Population { stratum: format!("{grade}/"), objects })
            .collect()
    }

    fn fifth() -> Rate {
        Rate::from_percent(20).unwrap()
    }

    #[test]
    fn the_rates_by_grade_alone_do_not_reach_a_fifth() {
        let institutions = population([Some(603), Some(297), Some(80), Some(20)]);
        let error = prove(fifth(), &institutions, &[draw("上半年", &RATES, false)]).unwrap_err();
        expect![[r#"年度计划至少抽到103家，低于下限20%（1000家中的200家），还差97家。各层至少抽到：A/ 30/603，B/ 29/297，C/ 24/80，D/ 20/20。请提高比例或者增加抽查"#]].assert_eq(&error.to_string());
        // A second draw over the same objects may hit the same ones and proves nothing more.
        let twice = [draw("上半年", &RATES, false), draw("下半年", &RATES, false)];
        assert_eq!(prove(fifth(), &institutions, &twice), Err(error));
    }

    #[test]
    fn a_plan_that_reaches_it_is_proven_with_its_numbers() {
        let institutions = population([Some(603), Some(297), Some(80), Some(20)]);
        let more = [("A", 10), ("B", 20), ("C", 30)];
        let plan = [draw("上半年", &RATES, false), draw("下半年", &more, true)];
        let proof = prove(fifth(), &institutions, &plan).unwrap();
        let told: Vec<_> = proof.strata.iter().map(|of| (of.stratum.as_str(), of.at_least)).collect();
        // A: 30 + 10 % of 573, rounded down; B: 29 + 20 % of 268; C: 24 + 30 % of 56; D: all.
        assert_eq!(told, [("A/", 30 + 57), ("B/", 29 + 53), ("C/", 24 + 16), ("D/", 20)]);
        assert_eq!((proof.needed, proof.reached), (200, 229));
        let reversed = [plan[1].clone(), plan[0].clone()];
        assert!(
            prove(fifth(), &institutions, &reversed).is_err(),
            "the later draw hits the earlier one's objects again"
        );
    }

    #[test]
    fn an_unknown_number_is_not_taken_for_zero() {
        let error = prove(fifth(), &population([Some(10), None, None, Some(1)]), &[]).unwrap_err();
        expect![[r#"无法核算年度抽查下限：B/、C/的对象数量未知。请先补全名录中的数量"#]].assert_eq(&error.to_string());
        let zero = prove(fifth(), &population([Some(0); 4]), &[]).unwrap();
        assert_eq!((zero.needed, zero.reached), (0, 0));
    }

    #[test]
    fn a_least_number_counts_as_far_as_there_are_objects() {
        let mut plan = draw("全年", &[("A", 5)], false);
        plan.strata[0].at_least = 8;
        let reached =
            |objects| prove(fifth(), &population([Some(objects), Some(0), Some(0), Some(0)]), &[plan.clone()]);
        assert_eq!(reached(5).unwrap().reached, 5);
        assert_eq!(reached(40).unwrap().reached, 8);
        let Err(FloorError::Short(short)) = reached(41) else { panic!("8 of 41 is less than a fifth") };
        assert_eq!((short.needed, short.reached), (9, 8));
    }

    proptest::proptest! {
        /// The bound holds for whatever is drawn: simulated with every rounding and every overlap left to chance.
        #[test]
        fn no_course_of_the_year_stays_below_the_bound(
            objects in 0u64..60,
            draws in proptest::collection::vec((0u32..=1_000_000, 0u32..5, proptest::bool::ANY), 1..5),
            picks in proptest::collection::vec(0u64..1_000, 8),
        ) {
            let planned: Vec<PlannedDraw> = draws.iter().map(|(ppm, at_least, beyond_drawn)| {
                let rate = Rate::from_ppm(*ppm).unwrap();
                let strata = vec![Stratum { grade: "A".into(), risk: String::new(), rate, at_least: *at_least }];
                PlannedDraw { name: String::new(), strata, beyond_drawn: *beyond_drawn }
            }).collect();
            let mut drawn: std::collections::BTreeSet<u64> = std::collections::BTreeSet::new();
            for (draw, pick) in planned.iter().zip(&picks) {
                let base: Vec<u64> = (0..objects).filter(|at| !draw.beyond_drawn || !drawn.contains(at)).collect();
                let count = u64::try_from(base.len()).unwrap();
                let (whole, rest) = draw.strata[0].rate.of(count);
                let up = u64::from(rest > 0 && pick % 2 == 1);
                let size = (whole + up).max(u64::from(draw.strata[0].at_least).min(count));
                drawn.extend((0..size).map(|step| base[usize::try_from((pick + step) % count).unwrap()]));
            }
            let bound = surely("A/", objects, &planned);
            proptest::prop_assert!(u64::try_from(drawn.len()).unwrap() >= bound);
        }
    }
}
