use crate::base::{Object, Officer, Rules, Seat};
use serde::{Deserialize, Serialize};

/// A rule that denies an officer a seat, in the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Another department's seat.
    Department,
    /// No certificate over the whole period.
    Certificate,
    /// On leave for too long.
    Leave,
    /// Without the specialty the seat needs.
    Specialty,
    /// 交叉检查: the object is the own unit's.
    OwnUnit,
    /// An exception names the officer and the object.
    Recusal,
}

impl Bar {
    /// As officials say it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Department => "不属于席位所在部门",
            Self::Certificate => "执法证未覆盖整个检查期间",
            Self::Leave => "检查期间休假",
            Self::Specialty => "不具备所需专业",
            Self::OwnUnit => "交叉检查中属于对象的日常监管单位",
            Self::Recusal => "依规回避",
        }
    }

    /// The first rule but recusal that denies the seat.
    pub fn of(rules: &Rules, officer: &Officer, object: &Object, seat: &Seat) -> Option<Self> {
        if officer.department != seat.department {
            Some(Self::Department)
        } else if !officer.certified {
            Some(Self::Certificate)
        } else if !officer.available {
            Some(Self::Leave)
        } else if seat.specialty.as_ref().is_some_and(|specialty| !officer.specialties.contains(specialty)) {
            Some(Self::Specialty)
        } else if rules.crossing && officer.unit == object.unit {
            Some(Self::OwnUnit)
        } else {
            None
        }
    }
}
