//! How often a subject is drawn and how often it may be inspected, from its credit grade: always with the entry of the
//! policy pack that says so.

use crate::task::Frequency;
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_policy::{Entry, Policy, SamplingRate, Source, Status};

/// The sampling rate and yearly cap of a grade, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Credit grade.
    pub grade: String,
    /// Rate of a draw in per cent.
    pub percent: u16,
    /// Most inspections a year without a clue.
    pub yearly_cap: u16,
    /// What else applies to the grade.
    pub extra: String,
    /// Id of the entry.
    pub entry: String,
    /// First day of the entry.
    pub from: LocalDate,
    /// Its document and clause.
    pub source: Source,
    /// How far it was checked.
    pub status: Status,
}

impl Rate {
    /// The sentence a page shows: grade, rate, cap, source.
    pub fn why(&self) -> String {
        let Self { grade, percent, yearly_cap, source, status, .. } = self;
        format!(
            "信用等级{grade}级，抽查比例{percent}%，每年检查不超过{yearly_cap}次（{} {}，{} {}）",
            source.document,
            source.clause,
            status.mark(),
            status.label()
        )
    }

    /// The year's inspections against the cap.
    pub fn frequency(&self, done: u32) -> Frequency {
        Frequency { done, cap: self.yearly_cap }
    }
}

/// The rate of a grade as of a day; `None` where the pack sets none for it.
pub fn of_grade(policy: &Policy, grade: &str, as_of: LocalDate) -> Option<Rate> {
    pick(&policy.sampling_rates(as_of), grade)
}

/// The rate of a grade among entries in force.
pub fn pick(entries: &[&Entry<SamplingRate>], grade: &str) -> Option<Rate> {
    let entry = entries.iter().find(|e| e.grade == grade)?;
    Some(Rate {
        grade: entry.grade.clone(),
        percent: entry.rate_percent,
        yearly_cap: entry.yearly_cap,
        extra: entry.extra.clone(),
        entry: entry.id.clone(),
        from: entry.from,
        source: entry.source.clone(),
        status: entry.status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn entry(grade: &str, rate_percent: u16, yearly_cap: u16) -> Entry<SamplingRate> {
        Entry {
            id: format!("rate-{grade}"),
            from: "2020-09-10".parse().unwrap(),
            until: None,
            source: Source { document: "珠府办函〔2020〕96号".into(), clause: "分类监管".into() },
            status: Status::Default,
            body: SamplingRate { grade: grade.into(), rate_percent, yearly_cap, extra: String::new() },
        }
    }

    fn check(grade: &str, want: &Expect) {
        let entries = [entry("A", 5, 1), entry("B", 10, 2), entry("C", 30, 4), entry("D", 100, 12)];
        let rate = pick(&entries.iter().collect::<Vec<_>>(), grade);
        want.assert_eq(&rate.map_or("没有规定".into(), |r| format!("{} {:?}", r.why(), r.frequency(1).is_exhausted())));
    }

    #[test]
    fn a_lower_grade_is_drawn_more_often() {
        check(
            "A",
            &expect![[r"信用等级A级，抽查比例5%，每年检查不超过1次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） true"]],
        );
        check(
            "B",
            &expect![[
                r"信用等级B级，抽查比例10%，每年检查不超过2次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） false"
            ]],
        );
        check(
            "D",
            &expect![[
                r"信用等级D级，抽查比例100%，每年检查不超过12次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） false"
            ]],
        );
        check("未评定", &expect![[r"没有规定"]]);
    }
}
