//! The national extraction tables as far as claims are screened by them: which columns are read, of what kind they are,
//! and which values they may have. Other layouts are brought to these columns by a mapping file.

mod bind;
mod codes;
mod mapping;
mod moment;
mod tables;

pub use bind::{Bound, Cell, Cells, Row};
pub use codes::{CodeList, ItemFault, is_spreadsheet_number, item_fault, item_length};
pub use mapping::{Mapping, Part};
pub use moment::{DateFormat, date_of, day_of, days_in_month};
pub use tables::{Diagnosis, Fee, Operation, Person, Settlement, Visit};

use serde::{Deserialize, Serialize};

/// A table of the extraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// 就诊.
    #[serde(rename = "mdtrt_d")]
    Visits,
    /// 结算.
    #[serde(rename = "setl_d")]
    Settlements,
    /// 费用明细.
    #[serde(rename = "fee_list_d")]
    Fees,
    /// 诊断明细.
    #[serde(rename = "setl_list_diag_d")]
    Diagnoses,
    /// 手术操作.
    #[serde(rename = "setl_list_oprn_d")]
    Operations,
    /// 人员基本信息: sex, birth and death, for sources whose visits do not carry them.
    #[serde(rename = "psn_info_b")]
    Persons,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] =
        [Self::Visits, Self::Settlements, Self::Fees, Self::Diagnoses, Self::Operations, Self::Persons];

    /// The name of the national platform.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visits => "mdtrt_d",
            Self::Settlements => "setl_d",
            Self::Fees => "fee_list_d",
            Self::Diagnoses => "setl_list_diag_d",
            Self::Operations => "setl_list_oprn_d",
            Self::Persons => "psn_info_b",
        }
    }

    /// As it is written.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Visits => "就诊",
            Self::Settlements => "结算",
            Self::Fees => "费用明细",
            Self::Diagnoses => "诊断",
            Self::Operations => "手术操作",
            Self::Persons => "人员信息",
        }
    }

    /// The columns that are read, in the order rows are handled.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Visits => tables::VISITS,
            Self::Settlements => tables::SETTLEMENTS,
            Self::Fees => tables::FEES,
            Self::Diagnoses => tables::DIAGNOSES,
            Self::Operations => tables::OPERATIONS,
            Self::Persons => tables::PERSONS,
        }
    }

    /// The column whose sum is held against what is stored, where the table has one.
    pub const fn amount(self) -> Option<&'static Column> {
        match self {
            Self::Settlements => Some(Settlement::Total.column()),
            Self::Fees => Some(Fee::Amount.column()),
            _ => None,
        }
    }

    /// The table of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The place of a column, by its name.
    pub fn position(self, column: &str) -> Option<usize> {
        self.columns().iter().position(|known| known.name == column)
    }
}

/// One column that is read.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name of the national platform.
    pub name: &'static str,
    /// As it is written.
    pub label: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether a row can be without it.
    pub need: Need,
}

impl Column {
    /// Whether its values say who a person is; they are masked wherever they are shown.
    pub const fn is_personal(&self) -> bool {
        matches!(self.kind, Kind::Person | Kind::Citizen | Kind::Name)
    }
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number or code that names a row or an institution.
    Id,
    /// 人员编号, kept only as a keyed hash.
    Person,
    /// 身份证号, checked and kept only as a keyed hash.
    Citizen,
    /// The name of a person.
    Name,
    /// Free text.
    Text,
    /// A value of a list.
    Code(&'static CodeList),
    /// 行政区划, six digits.
    Division,
    /// 医保目录编码.
    Item,
    /// A code of diseases or operations.
    Disease,
    /// A day.
    Date,
    /// A day, with the time of day where there is one.
    Moment,
    /// A decimal number: digits behind the point, least and greatest value in the smallest unit.
    Decimal(u32, i64, i64),
    /// A whole number from 0.
    Whole(i64),
    /// 是 or 否 as 1 or 0.
    Flag,
}

/// Whether a row can be without a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The column must be there and every row must have it.
    Required,
    /// The column may be missing, but where it is there every row must have it.
    Always,
    /// Column and values may be missing.
    Optional,
    /// It has no meaning for outpatient visits.
    Inpatient,
    /// It has meaning for drugs only.
    Drug,
}
