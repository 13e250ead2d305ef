use crate::digest::commit;
use crate::{Digest, DrawId, Salt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_kernel::{DepartmentId, LocalDate, time::plus_days};

/// An officer as the authority's own records have it; never published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspector {
    /// The officer's record.
    pub officer: String,
    /// Department.
    pub department: DepartmentId,
    /// Unit inside the department.
    pub unit: String,
    /// Fields the officer is certified in.
    pub specialties: BTreeSet<String>,
    /// First and last day of the certificate; none without one.
    pub certificate: Option<(LocalDate, LocalDate)>,
    /// First and last days of leave.
    pub leave: Vec<(LocalDate, LocalDate)>,
    /// Whether the officer works in the field (一线监督员).
    pub first_line: bool,
}

/// An officer as published: a pseudonym and the classes that decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Whether leave takes no more of the period than the rules allow.
    pub available: bool,
    /// Whether the certificate covers the whole period.
    pub certified: bool,
    /// Department.
    pub department: DepartmentId,
    /// 一线监督员.
    pub first_line: bool,
    /// Stands for the officer in this draw alone.
    pub pseudonym: String,
    /// Commitment to the record behind it.
    pub record: Digest,
    /// Fields the officer is certified in.
    pub specialties: BTreeSet<String>,
    /// Unit inside the department.
    pub unit: String,
}

impl Inspector {
    /// What is published of the officer for a draw over a period. The salt is the officer's own for this draw, and
    /// stays with the authority.
    pub fn published(&self, draw: &DrawId, period: (LocalDate, LocalDate), leave_days: u32, salt: &Salt) -> Officer {
        #[derive(Serialize)]
        struct Named<'a> {
            draw: &'a DrawId,
            officer: &'a str,
        }
        let name = commit("xingjian/draw/pseudonym/v1", salt, &Named { draw, officer: &self.officer });
        let (first, last) = period;
        Officer {
            pseudonym: format!("P-{}", &name.to_string()[..16]),
            department: self.department.clone(),
            unit: self.unit.clone(),
            specialties: self.specialties.clone(),
            certified: self.certificate.is_some_and(|(from, until)| from <= first && last <= until),
            available: self.days_of_leave(period) <= leave_days,
            first_line: self.first_line,
            record: commit("xingjian/draw/record/v1", salt, self),
        }
    }

    /// Days of the period on leave, each counted once.
    fn days_of_leave(&self, (first, last): (LocalDate, LocalDate)) -> u32 {
        let mut days = 0;
        let mut day = first;
        while day <= last {
            days += u32::from(self.leave.iter().any(|(from, until)| *from <= day && day <= *until));
            let next = plus_days(day, 1);
            if next <= day {
                break;
            }
            day = next;
        }
        days
    }
}

/// Why an officer must not inspect an object (行政处罚法第43条 and the rules of the draw).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 近亲属.
    Kin,
    /// 曾任职.
    FormerEmployer,
    /// 投资入股.
    Investment,
    /// 住址同一机构.
    Residence,
    /// The officer inspected the same object the last time.
    SameObjectLastTime,
    /// 其他可能影响公正的关系.
    Other,
}

impl Ground {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kin => "近亲属",
            Self::FormerEmployer => "曾任职",
            Self::Investment => "投资入股",
            Self::Residence => "住址同一机构",
            Self::SameObjectLastTime => "上一次检查过同一对象",
            Self::Other => "其他可能影响公正的关系",
        }
    }
}

/// A reason to keep an officer from an object, as the authority knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recusal {
    /// Pseudonym of the officer.
    pub officer: String,
    /// Id of the object.
    pub object: String,
    /// The ground.
    pub ground: Ground,
    /// What it rests on; only auditors see it.
    pub detail: String,
}

/// A published exception: that it is, and a commitment to why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exception {
    /// Id of the object.
    pub object: String,
    /// Pseudonym of the officer.
    pub officer: String,
    /// Commitment to draw, pair, ground and detail.
    pub reason: Digest,
}

impl Recusal {
    /// What is published; the salt opens the reason to auditors.
    pub fn published(&self, draw: &DrawId, salt: &Salt) -> Exception {
        #[derive(Serialize)]
        struct Reason<'a> {
            draw: &'a DrawId,
            recusal: &'a Recusal,
        }
        let reason = commit("xingjian/draw/recusal/v1", salt, &Reason { draw, recusal: self });
        Exception { officer: self.officer.clone(), object: self.object.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn inspector() -> Inspector {
        Inspector {
            officer: "7".into(),
            department: DepartmentId::new("health"),
            unit: "一科".into(),
            specialties: ["放射".to_owned()].into(),
            certificate: Some((day("2025-01-01"), day("2026-06-30"))),
            leave: vec![(day("2026-03-05"), day("2026-03-07")), (day("2026-03-07"), day("2026-03-08"))],
            first_line: true,
        }
    }

    #[test]
    fn certificate_and_leave_decide_over_the_whole_period() {
        let draw: DrawId = "2026-1".parse().unwrap();
        let check = |from, until, leave| {
            let officer = inspector().published(&draw, (day(from), day(until)), leave, &Salt([1; 32]));
            (officer.certified, officer.available)
        };
        assert_eq!(check("2026-03-01", "2026-06-30", 4), (true, true));
        assert_eq!(check("2026-03-01", "2026-06-30", 3), (true, false), "four days, the 7th counted once");
        assert_eq!(check("2026-03-01", "2026-07-01", 4), (false, true), "the last day is without a certificate");
        assert_eq!(check("2026-03-08", "2026-03-31", 1), (true, true), "one day of the leave falls into the period");
        let without = Inspector { certificate: None, ..inspector() };
        assert!(!without.published(&draw, (day("2026-03-01"), day("2026-03-02")), 9, &Salt([1; 32])).certified);
    }

    #[test]
    fn a_pseudonym_and_a_reason_open_only_with_their_salt() {
        let draw: DrawId = "2026-1".parse().unwrap();
        let period = (day("2026-03-01"), day("2026-03-02"));
        let of = |draw: &DrawId, salt| inspector().published(draw, period, 0, &Salt([salt; 32]));
        assert_eq!(of(&draw, 1), of(&draw, 1));
        assert_ne!(of(&draw, 1).pseudonym, of(&draw, 2).pseudonym);
        assert_ne!(of(&draw, 1).pseudonym, of(&"2026-2".parse().unwrap(), 1).pseudonym, "no draw shows another's");
        let recusal =
            Recusal {
                officer: "P-1".into(), object: "A".into(), ground: Ground::Kin, detail: "配偶任院长".into()
            };
        let other = Recusal { ground: Ground::Investment, ..recusal.clone() };
        assert_ne!(recusal.published(&draw, &Salt([1; 32])), other.published(&draw, &Salt([1; 32])));
        assert_ne!(recusal.published(&draw, &Salt([1; 32])), recusal.published(&draw, &Salt([2; 32])));
    }
}
