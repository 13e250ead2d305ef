//! How often a subject is drawn and how often it may be inspected, from its credit grade: always with the entry of the
//! policy pack that says so.

use crate::task::Frequency;
use serde::{Deserialize, Serialize};
use xingjian_credit::grade::{self, Grading};
use xingjian_kernel::{LocalDate, SubjectRef};
use xingjian_policy::{Entry, SamplingRate, Source, Status};
use xingjian_store::{Ctx, Failure, Tx};

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

impl From<&Entry<SamplingRate>> for Rate {
    fn from(entry: &Entry<SamplingRate>) -> Self {
        Self {
            grade: entry.grade.clone(),
            percent: entry.rate_percent,
            yearly_cap: entry.yearly_cap,
            extra: entry.extra.clone(),
            entry: entry.id.clone(),
            from: entry.from,
            source: entry.source.clone(),
            status: entry.status,
        }
    }
}

/// The rate of an institution today and the grade it follows from; `None` for subjects without a grade.
pub async fn of(ctx: &Ctx, subject: SubjectRef) -> Result<Option<(Rate, Grading)>, Failure> {
    if !grade::is_graded(subject) {
        return Ok(None);
    }
    let (grading, rate) = grade::sampling_of(ctx, &subject).await?;
    Ok(rate.map(|rate| (Rate::from(&rate), grading)))
}

/// The rate of an institution today, inside a transaction.
pub async fn of_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Option<Rate>, Failure> {
    if !grade::is_graded(subject) {
        return Ok(None);
    }
    let today = ctx.today();
    let grading = grade::of_in(tx, ctx, &subject).await?;
    // A grade of a model that is not released changes nothing: the grade without any event holds until then.
    let model = ctx.policy().grade_model(&grading.model.id, today).filter(|_| grading.trial);
    let effective = model.map_or(grading.grade, |model| grade::grade(model, &[], today).grade);
    Ok(grade::sampling(ctx.policy(), &effective, today).map(Rate::from))
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

    fn check(rate: &Entry<SamplingRate>, want: &Expect) {
        let rate = Rate::from(rate);
        want.assert_eq(&format!("{} {:?}", rate.why(), rate.frequency(1).is_exhausted()));
    }

    #[test]
    fn a_lower_grade_is_drawn_more_often() {
        check(
            &entry("A", 5, 1),
            &expect![[r"信用等级A级，抽查比例5%，每年检查不超过1次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） true"]],
        );
        check(
            &entry("B", 10, 2),
            &expect![[
                r"信用等级B级，抽查比例10%，每年检查不超过2次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） false"
            ]],
        );
        check(
            &entry("D", 100, 12),
            &expect![[
                r"信用等级D级，抽查比例100%，每年检查不超过12次（珠府办函〔2020〕96号 分类监管，★ 产品缺省） false"
            ]],
        );
    }
}
