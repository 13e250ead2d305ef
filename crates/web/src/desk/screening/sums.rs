//! What the signals of one institution add up to: by month, department, doctor and name of the rule.

use std::collections::BTreeMap;
use xingjian_sense::claims::{Claims, Month, ResultClass, Sum};

/// 明确违规 and 可疑 apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both {
    /// 明确违规.
    pub definite: Sum,
    /// 可疑.
    pub suspect: Sum,
}

impl Both {
    fn add(&mut self, result: ResultClass, sum: Sum) {
        let own = match result {
            ResultClass::Definite => &mut self.definite,
            ResultClass::Suspect => &mut self.suspect,
        };
        *own = own.plus(sum);
    }

    /// Both together.
    pub fn sum(&self) -> Sum {
        self.definite.plus(self.suspect)
    }
}

/// The sums of an institution.
#[derive(Debug, Default)]
pub struct Sums {
    /// By month.
    pub months: BTreeMap<Month, Both>,
    /// By department; none where the data do not say.
    pub departments: BTreeMap<Option<String>, Both>,
    /// By doctor; none where the data do not say.
    pub doctors: BTreeMap<Option<String>, Both>,
    /// By name of the rule.
    pub rules: BTreeMap<String, Both>,
}

impl Sums {
    /// Of these files.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a Claims>) -> Self {
        let mut sums = Self::default();
        for claims in files {
            for group in &claims.groups {
                sums.months.entry(claims.month.clone()).or_default().add(group.result, group.sum);
                sums.rules.entry(group.name.clone()).or_default().add(group.result, group.sum);
                for part in &group.parts {
                    sums.departments.entry(part.department.clone()).or_default().add(group.result, part.sum);
                    sums.doctors.entry(part.doctor.clone()).or_default().add(group.result, part.sum);
                }
            }
        }
        sums
    }

    /// Everything.
    pub fn all(&self) -> Both {
        self.months.values().fold(Both::default(), |all, both| Both {
            definite: all.definite.plus(both.definite),
            suspect: all.suspect.plus(both.suspect),
        })
    }
}

/// The largest amounts first.
pub fn sorted<K: Ord + Clone>(sums: &BTreeMap<K, Both>) -> Vec<(K, Both)> {
    let mut all: Vec<(K, Both)> = sums.iter().map(|(key, both)| (key.clone(), *both)).collect();
    all.sort_by_key(|(_, both)| std::cmp::Reverse((both.sum().amount, both.sum().hits)));
    all
}
