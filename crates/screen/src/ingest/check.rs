//! Cells become typed values, or faults; every cell is counted by its state.

use super::aside::{Finding, Reason};
use super::coding::Coding;
use super::number::{NumberFault, decimal, yuan};
use crate::layout::{Cell, Cells, Column, Kind, Need, item_fault};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use xingjian_kernel::CitizenId;

/// How many cells of a column were in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct States {
    /// With a value other than zero.
    pub value: u64,
    /// Zero.
    pub zero: u64,
    /// 空值.
    pub null: u64,
    /// 不适用.
    pub not_applicable: u64,
    /// 缺项: the source had no such column.
    pub absent: u64,
}

impl States {
    /// Adds other counts.
    pub(super) fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.zero += other.zero;
        self.null += other.null;
        self.not_applicable += other.not_applicable;
        self.absent += other.absent;
    }
}

/// The longest number or code that is believed.
const LONGEST_ID: usize = 64;
/// The longest text.
const LONGEST_TEXT: usize = 200;

/// Reads the cells of one row.
pub(super) struct Checker<'c, 'a> {
    pub(super) cells: Cells<'a>,
    pub(super) coding: Coding,
    /// Place of the text in its file.
    pub(super) base: u64,
    /// Days that are believed of what happened.
    pub(super) days: &'c RangeInclusive<i32>,
    pub(super) findings: &'c mut Vec<Finding>,
    pub(super) states: &'c mut [States],
}

impl<'a> Checker<'_, 'a> {
    fn column(&self, at: usize) -> &'static Column {
        &self.cells.bound().table.columns()[at]
    }

    /// Notes a fault of a column.
    pub(super) fn fault(&mut self, at: usize, value: &[u8], reason: Reason) {
        let (table, column) = (self.cells.bound().table, self.column(at));
        self.findings.push(Finding::of_column(table, column, &String::from_utf8_lossy(value), reason));
    }

    /// A byte of a column that cannot be decoded.
    pub(super) fn undecodable(&mut self, at: usize, value: &[u8], offset: usize) {
        let place = self.base + (self.cells.offset(at) + offset) as u64;
        let reason = Reason::Undecodable(self.coding, place);
        self.fault(at, value, reason);
    }

    /// Whether a column has a value.
    pub(super) fn has(&self, at: usize) -> bool {
        self.cells.get(at).value().is_some()
    }

    /// The value of a column; a missing one that must be there is a fault.
    fn value(&mut self, at: usize) -> Option<&'a [u8]> {
        let need = self.column(at).need;
        let states = &mut self.states[at];
        match self.cells.get(at) {
            Cell::Value(value) => {
                states.value += 1;
                return Some(value);
            }
            Cell::Absent => {
                states.absent += 1;
                return None;
            }
            Cell::Null => states.null += 1,
            Cell::NotApplicable => states.not_applicable += 1,
        }
        if matches!(need, Need::Required | Need::Always) {
            self.fault(at, b"", Reason::Empty);
        }
        None
    }

    /// The text of a column, for rows that are not counted.
    pub(super) fn peek(&self, at: usize) -> Option<&'a str> {
        self.cells.get(at).value().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The number of a column, for rows that are not counted.
    pub(super) fn peek_decimal(&self, at: usize) -> Option<i64> {
        let Kind::Decimal(digits, ..) = self.column(at).kind else { return None };
        decimal(self.cells.get(at).value()?, digits.saturating_sub(self.cells.shift(at))).ok()
    }

    /// Whether a flag is set or not, for rows that are not counted.
    pub(super) fn peek_flag(&self, at: usize) -> Option<bool> {
        self.cells.get(at).value().and_then(flag)
    }

    /// Moves an empty cell of a column that has no meaning for this row from 空值 to 不适用.
    pub(super) fn has_no_meaning(&mut self, at: usize) {
        if self.cells.get(at) == Cell::Null {
            self.states[at].null -= 1;
            self.states[at].not_applicable += 1;
        }
    }

    /// A number or code, as text.
    pub(super) fn id(&mut self, at: usize) -> Option<&'a str> {
        let value = self.value(at)?;
        let plain = value.len() <= LONGEST_ID && value.iter().all(|byte| (0x20..0x7f).contains(byte));
        if !plain {
            self.fault(at, value, Reason::Text);
            return None;
        }
        if crate::layout::is_spreadsheet_number(value) {
            self.fault(at, value, Reason::Spreadsheet);
            return None;
        }
        std::str::from_utf8(value).ok()
    }

    /// A text that is decoded later.
    pub(super) fn text(&mut self, at: usize) -> Option<&'a [u8]> {
        let value = self.value(at)?;
        if value.len() > LONGEST_TEXT || value.iter().any(|byte| *byte < 0x20) {
            self.fault(at, value, Reason::Text);
            return None;
        }
        Some(value)
    }

    /// A value of a list.
    pub(super) fn code(&mut self, at: usize) -> Option<&'a [u8]> {
        let value = self.value(at)?;
        let reason = match self.column(at).kind {
            Kind::Code(list) if !list.has(value) => Reason::Code,
            Kind::Division if value.len() != 6 || !value.iter().all(u8::is_ascii_digit) => Reason::Division,
            Kind::Disease if value.len() > LONGEST_ID || !value.iter().all(|byte| (0x20..0x7f).contains(byte)) => {
                Reason::Text
            }
            Kind::Item => match item_fault(value) {
                Some(fault) => Reason::Item(fault),
                None => return Some(value),
            },
            _ => return Some(value),
        };
        if self.cells.bound().has_code(at, value) {
            return Some(value);
        }
        self.fault(at, value, reason);
        None
    }

    /// 1 or 0.
    pub(super) fn flag(&mut self, at: usize) -> Option<bool> {
        let value = self.value(at)?;
        match flag(value) {
            Some(true) => Some(true),
            Some(false) => {
                self.zero(at);
                Some(false)
            }
            None => {
                self.fault(at, value, Reason::Code);
                None
            }
        }
    }

    fn zero(&mut self, at: usize) {
        self.states[at].value -= 1;
        self.states[at].zero += 1;
    }

    /// A decimal number in its smallest unit.
    pub(super) fn decimal(&mut self, at: usize) -> Option<i64> {
        let value = self.value(at)?;
        let Kind::Decimal(digits, least, most) = self.column(at).kind else { return None };
        let number = self.number(at, value, digits.saturating_sub(self.cells.shift(at)))?;
        if !(least..=most).contains(&number) {
            let unit = |number: i64| yuan(i128::from(number) * 100 / i128::from(10i64.pow(digits)));
            self.fault(at, value, Reason::Range(format!("{}至{}", unit(least), unit(most))));
            return None;
        }
        if number == 0 {
            self.zero(at);
        }
        Some(number)
    }

    /// A whole number from 0.
    pub(super) fn whole(&mut self, at: usize) -> Option<i32> {
        let value = self.value(at)?;
        let Kind::Whole(most) = self.column(at).kind else { return None };
        let number = self.number(at, value, 0)?;
        if !(0..=most).contains(&number) {
            self.fault(at, value, Reason::Range(format!("0至{most}")));
            return None;
        }
        if number == 0 {
            self.zero(at);
        }
        i32::try_from(number).ok()
    }

    fn number(&mut self, at: usize, value: &[u8], digits: u32) -> Option<i64> {
        let reason = match decimal(value, digits) {
            Ok(number) => return Some(number),
            Err(NumberFault::Shape) => Reason::Number,
            Err(NumberFault::Decimals) => Reason::Decimals(digits),
            Err(NumberFault::TooLarge) => Reason::Range("数值过大".into()),
            Err(NumberFault::Spreadsheet) => Reason::Spreadsheet,
        };
        self.fault(at, value, reason);
        None
    }

    /// A day, and the time of day where there is one.
    pub(super) fn moment(&mut self, at: usize) -> Option<(i32, Option<i32>)> {
        let value = self.value(at)?;
        let (format, day_only) = self.cells.date(at);
        let Some((day, time)) = format.read(value) else {
            self.fault(at, value, Reason::Date);
            return None;
        };
        if !self.days.contains(&day) {
            self.fault(at, value, Reason::DateRange);
            return None;
        }
        Some((day, if day_only { None } else { time }))
    }

    /// A day, whatever time stands behind it.
    pub(super) fn date(&mut self, at: usize) -> Option<i32> {
        self.moment(at).map(|(day, _)| day)
    }

    /// A citizen's number, checked; other certificates as they are.
    pub(super) fn certificate(&mut self, at: usize, type_at: usize) -> Option<Certificate> {
        let kind = self.code(type_at);
        let value = self.text(at)?;
        let number = match self.coding.decode(value) {
            Ok(number) => number.to_ascii_uppercase(),
            Err(offset) => {
                self.undecodable(at, value, offset);
                return None;
            }
        };
        if kind.is_some_and(|kind| !matches!(kind, b"01" | b"1")) {
            return Some(Certificate { number, citizen: None });
        }
        match number.parse::<CitizenId>() {
            Ok(citizen) => Some(Certificate { number, citizen: Some(citizen) }),
            Err(error) => {
                self.fault(at, number.as_bytes(), Reason::Citizen(error));
                None
            }
        }
    }
}

fn flag(value: &[u8]) -> Option<bool> {
    match value {
        b"1" | b"true" => Some(true),
        b"0" | b"false" => Some(false),
        _ => None,
    }
}

/// A certificate of a person.
pub(super) struct Certificate {
    /// Its number.
    pub(super) number: String,
    /// Read as a citizen's number.
    pub(super) citizen: Option<CitizenId>,
}
