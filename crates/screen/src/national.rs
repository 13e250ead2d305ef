//! Code values of the national settlement tables (医保信息业务编码) as far as rules read them.

use serde::{Deserialize, Serialize};

/// 性别 (`gend`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男, code 1.
    Male,
    /// 女, code 2.
    Female,
}

impl Sex {
    /// The code of the tables.
    pub const fn code(self) -> i8 {
        match self {
            Self::Male => 1,
            Self::Female => 2,
        }
    }

    /// The sex of a code; `None` for 未知、未说明 and anything else.
    pub const fn from_code(code: i8) -> Option<Self> {
        match code {
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            _ => None,
        }
    }

    /// As it is written.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// 就医方式: what a medical type (`med_type`) amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Care {
    /// 普通门诊、门诊挂号.
    Outpatient,
    /// 急诊.
    Emergency,
    /// 120 急救.
    FirstAid,
    /// 门诊慢特病.
    Chronic,
    /// 住院.
    Inpatient,
    /// 日间手术.
    DaySurgery,
    /// 药店购药.
    Pharmacy,
    /// 家庭病床.
    HomeBed,
}

impl Care {
    /// Every way of care.
    pub const ALL: [Self; 8] = [
        Self::Outpatient,
        Self::Emergency,
        Self::FirstAid,
        Self::Chronic,
        Self::Inpatient,
        Self::DaySurgery,
        Self::Pharmacy,
        Self::HomeBed,
    ];

    /// The way of care of a medical type; `None` where the code says none of them.
    pub fn from_medical_type(code: &str) -> Option<Self> {
        Some(match code {
            "11" | "12" => Self::Outpatient,
            "13" => Self::Emergency,
            "120" => Self::FirstAid,
            "28" => Self::DaySurgery,
            "41" => Self::Pharmacy,
            "71" => Self::HomeBed,
            _ if code.starts_with("14") => Self::Chronic,
            _ if code.starts_with("21") => Self::Inpatient,
            _ => return None,
        })
    }

    /// As it is written.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Outpatient => "门诊",
            Self::Emergency => "急诊",
            Self::FirstAid => "120急救",
            Self::Chronic => "门诊慢特病",
            Self::Inpatient => "住院",
            Self::DaySurgery => "日间手术",
            Self::Pharmacy => "药店购药",
            Self::HomeBed => "家庭病床",
        }
    }
}

/// Rank of a hospital level (`hosp_lv`): 3, 2, 1, or 0 for 无等级; `None` for a code that is not in the table.
pub fn level_rank(code: &str) -> Option<u8> {
    Some(match code {
        "01" | "02" | "03" | "04" | "12" => 3,
        "05" | "06" | "07" | "13" => 2,
        "08" | "09" | "10" | "14" => 1,
        "11" => 0,
        _ => return None,
    })
}

/// The rank as it is written.
pub const fn rank_label(rank: u8) -> &'static str {
    match rank {
        3 => "三级",
        2 => "二级",
        1 => "一级",
        _ => "无等级",
    }
}
