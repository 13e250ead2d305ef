//! Ages as a rule names them, with or without a number.

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An age: so many of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// How many.
    pub count: u16,
    /// Of what.
    pub unit: AgeUnit,
}

/// What an age counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeUnit {
    /// 日.
    Days,
    /// 月.
    Months,
    /// 周岁.
    Years,
}

impl Age {
    /// So many years.
    pub const fn years(count: u16) -> Self {
        Self { count, unit: AgeUnit::Years }
    }

    /// So many days.
    pub const fn days(count: u16) -> Self {
        Self { count, unit: AgeUnit::Days }
    }

    /// The first day on which somebody born on `birth` has this age. A birthday on 29 February is kept on 1 March in other years:
    /// 周岁 counts from the day after the birthday has been reached, and the 28th has not reached it.
    pub fn reached_on(self, birth: Date) -> Date {
        let count = i32::from(self.count);
        match self.unit {
            AgeUnit::Days => birth.saturating_add(Span::new().days(count)),
            AgeUnit::Months => on_or_after(birth, birth.saturating_add(Span::new().months(count))),
            AgeUnit::Years => on_or_after(birth, birth.saturating_add(Span::new().years(count))),
        }
    }
}

/// jiff clips 29 February to the 28th and 31 to 30; the age is reached a day later.
fn on_or_after(birth: Date, clipped: Date) -> Date {
    if clipped.day() < birth.day() { clipped.saturating_add(Span::new().days(1)) } else { clipped }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            AgeUnit::Days => "天",
            AgeUnit::Months => "个月",
            AgeUnit::Years => "周岁",
        };
        write!(f, "{}{unit}", self.count)
    }
}

/// An age that the national library names without a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeName {
    /// 儿童.
    Child,
    /// 新生儿.
    Newborn,
    /// 婴幼儿.
    Infant,
    /// 法定就业年龄.
    WorkingAge,
}

/// The bounds an age must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AgeBound {
    /// A named age, whose numbers are parameters.
    Named(AgeName),
    /// From this age on, and before that one.
    Between {
        /// First allowed age.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Age>,
        /// First age that is no longer allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Age>,
    },
}

/// One named age: its numbers, and whether somebody has released them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedAge {
    /// First age that belongs to it.
    #[serde(default)]
    pub from: Option<Age>,
    /// First age that no longer does.
    #[serde(default)]
    pub before: Option<Age>,
    /// Whether a named person has released the numbers; until then hits are 可疑.
    #[serde(default)]
    pub released: bool,
}

/// What rules leave open and the bureau decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// 儿童: under 18 years.
    pub child: NamedAge,
    /// 新生儿: under 28 days.
    pub newborn: NamedAge,
    /// 婴幼儿: under 3 years.
    pub infant: NamedAge,
    /// 法定就业年龄: 16 to 60 years.
    pub working_age: NamedAge,
}

impl Default for Parameters {
    fn default() -> Self {
        let under = |before| NamedAge { from: None, before: Some(before), released: false };
        Self {
            child: under(Age::years(18)),
            newborn: under(Age::days(28)),
            infant: under(Age::years(3)),
            working_age: NamedAge { from: Some(Age::years(16)), before: Some(Age::years(61)), released: false },
        }
    }
}

impl Parameters {
    /// The numbers of a named age.
    pub const fn named(&self, name: AgeName) -> NamedAge {
        match name {
            AgeName::Child => self.child,
            AgeName::Newborn => self.newborn,
            AgeName::Infant => self.infant,
            AgeName::WorkingAge => self.working_age,
        }
    }

    /// First allowed age and first age no longer allowed of a bound.
    pub const fn numbers(&self, bound: AgeBound) -> (Option<Age>, Option<Age>) {
        match bound {
            AgeBound::Named(name) => (self.named(name).from, self.named(name).before),
            AgeBound::Between { from, before } => (from, before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_age_is_reached_on_the_birthday_and_for_leap_days_on_the_first_of_march() {
        assert_eq!(Age::years(18).reached_on(date(2008, 5, 6)), date(2026, 5, 6));
        assert_eq!(Age::years(18).reached_on(date(2008, 2, 29)), date(2026, 3, 1));
        assert_eq!(Age::years(4).reached_on(date(2008, 2, 29)), date(2012, 2, 29));
        assert_eq!(Age { count: 1, unit: AgeUnit::Months }.reached_on(date(2026, 1, 31)), date(2026, 3, 1));
        assert_eq!(Age::days(28).reached_on(date(2026, 1, 1)), date(2026, 1, 29));
    }
}
