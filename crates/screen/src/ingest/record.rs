//! Checked rows in a compact form of our own, as they lie in spill files between reading and sorting.

use super::person::{KEY_BYTES, PersonKey};

/// Where a row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// Which file of the delivery.
    pub file: u16,
    /// Row in it, as an editor counts.
    pub row: u64,
}

/// A number given for a name.
pub(super) type Code = Option<u32>;

/// Why a visit is not there although it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// It was set aside.
    SetAside,
    /// It is void.
    Void,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VisitRecord<'a> {
    pub origin: Origin,
    pub key: PersonKey,
    pub id: &'a str,
    pub institution: u32,
    pub doctor: Code,
    pub department: Code,
    pub medical_type: Code,
    pub insurance: Code,
    pub level: Code,
    pub city: Code,
    pub diagnosis: Code,
    pub sex: Option<i8>,
    pub birth: Option<i32>,
    pub death: Option<i32>,
    pub begin: i64,
    pub end: Option<i64>,
    pub days: Option<i32>,
}

/// A visit that is not there, so that its rows can say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GoneRecord<'a> {
    pub key: PersonKey,
    pub id: &'a str,
    pub why: Gone,
}

/// A settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SettlementRecord<'a> {
    pub origin: Origin,
    pub key: Option<PersonKey>,
    pub visit: &'a str,
    pub id: &'a str,
    pub total: i64,
    pub fund: Option<i64>,
}

/// A diagnosis or an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodedRecord<'a> {
    pub origin: Origin,
    pub key: Option<PersonKey>,
    pub visit: &'a str,
    /// Empty where the source numbers none.
    pub id: &'a str,
    pub code: u32,
    pub main: bool,
    /// Of operations, milliseconds.
    pub when: Option<i64>,
}

/// A fee line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineRecord<'a> {
    pub origin: Origin,
    pub key: Option<PersonKey>,
    pub visit: &'a str,
    /// Empty where the source numbers none.
    pub id: &'a str,
    pub refunds: &'a str,
    pub day: i32,
    pub time: Option<i32>,
    pub item: u32,
    pub quantity: i64,
    pub price: i64,
    pub amount: i64,
    pub covered: Option<i64>,
    pub price_limit: Option<i64>,
    pub doctor: Code,
    pub supply_days: Option<i32>,
}

/// A person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PersonRecord {
    pub origin: Origin,
    pub key: PersonKey,
    pub sex: Option<i8>,
    pub birth: Option<i32>,
    pub death: Option<i32>,
}

/// Any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    Visit(VisitRecord<'a>),
    Gone(GoneRecord<'a>),
    Settlement(SettlementRecord<'a>),
    Diagnosis(CodedRecord<'a>),
    Operation(CodedRecord<'a>),
    Line(LineRecord<'a>),
    Person(PersonRecord),
}

impl Record<'_> {
    /// The person, where the row says who it is.
    pub(super) fn key(&self) -> Option<PersonKey> {
        match self {
            Self::Visit(visit) => Some(visit.key),
            Self::Gone(gone) => Some(gone.key),
            Self::Settlement(settlement) => settlement.key,
            Self::Diagnosis(coded) | Self::Operation(coded) => coded.key,
            Self::Line(line) => line.key,
            Self::Person(person) => Some(person.key),
        }
    }

    /// The visit it belongs to; none for a person.
    pub(super) fn visit(&self) -> Option<&str> {
        Some(match self {
            Self::Visit(visit) => visit.id,
            Self::Gone(gone) => gone.id,
            Self::Settlement(settlement) => settlement.visit,
            Self::Diagnosis(coded) | Self::Operation(coded) => coded.visit,
            Self::Line(line) => line.visit,
            Self::Person(_) => return None,
        })
    }

    /// Appends its bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let out = &mut Writer(out);
        match self {
            Self::Visit(visit) => visit.write(out),
            Self::Gone(gone) => {
                out.0.push(TAG_GONE);
                out.0.extend(gone.key);
                out.text(gone.id);
                out.0.push(u8::from(gone.why == Gone::Void));
            }
            Self::Settlement(settlement) => {
                out.0.push(TAG_SETTLEMENT);
                out.head(settlement.origin, settlement.key, settlement.visit);
                out.text(settlement.id);
                out.signed(settlement.total);
                out.optional(settlement.fund);
            }
            Self::Diagnosis(coded) => coded.write(TAG_DIAGNOSIS, out),
            Self::Operation(coded) => coded.write(TAG_OPERATION, out),
            Self::Line(line) => line.write(out),
            Self::Person(person) => {
                out.0.push(TAG_PERSON);
                out.origin(person.origin);
                out.0.extend(person.key);
                out.optional(person.sex.map(i64::from));
                out.optional(person.birth.map(i64::from));
                out.optional(person.death.map(i64::from));
            }
        }
    }
}

const TAG_VISIT: u8 = 1;
const TAG_GONE: u8 = 2;
const TAG_SETTLEMENT: u8 = 3;
const TAG_DIAGNOSIS: u8 = 4;
const TAG_OPERATION: u8 = 5;
const TAG_LINE: u8 = 6;
const TAG_PERSON: u8 = 7;

impl VisitRecord<'_> {
    fn write(&self, out: &mut Writer<'_>) {
        out.0.push(TAG_VISIT);
        out.head(self.origin, Some(self.key), self.id);
        out.unsigned(u64::from(self.institution));
        for code in
            [self.doctor, self.department, self.medical_type, self.insurance, self.level, self.city, self.diagnosis]
        {
            out.code(code);
        }
        out.optional(self.sex.map(i64::from));
        out.optional(self.birth.map(i64::from));
        out.optional(self.death.map(i64::from));
        out.signed(self.begin);
        out.optional(self.end);
        out.optional(self.days.map(i64::from));
    }
}

impl CodedRecord<'_> {
    fn write(&self, tag: u8, out: &mut Writer<'_>) {
        out.0.push(tag);
        out.head(self.origin, self.key, self.visit);
        out.text(self.id);
        out.unsigned(u64::from(self.code));
        out.0.push(u8::from(self.main));
        out.optional(self.when);
    }
}

impl LineRecord<'_> {
    fn write(&self, out: &mut Writer<'_>) {
        out.0.push(TAG_LINE);
        out.head(self.origin, self.key, self.visit);
        out.text(self.id);
        out.text(self.refunds);
        out.signed(i64::from(self.day));
        out.optional(self.time.map(i64::from));
        out.unsigned(u64::from(self.item));
        out.signed(self.quantity);
        out.signed(self.price);
        out.signed(self.amount);
        out.optional(self.covered);
        out.optional(self.price_limit);
        out.code(self.doctor);
        out.optional(self.supply_days.map(i64::from));
    }
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn unsigned(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(low(number) | 0x80);
            number >>= 7;
        }
        self.0.push(low(number));
    }

    fn signed(&mut self, number: i64) {
        self.unsigned((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
    }

    /// None is 0, else one more than the signed number is.
    fn optional(&mut self, number: Option<i64>) {
        match number {
            None => self.0.push(0),
            Some(number) => {
                self.0.push(1);
                self.signed(number);
            }
        }
    }

    fn code(&mut self, code: Code) {
        self.unsigned(code.map_or(0, |code| u64::from(code) + 1));
    }

    fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn origin(&mut self, origin: Origin) {
        self.unsigned(u64::from(origin.file));
        self.unsigned(origin.row);
    }

    fn head(&mut self, origin: Origin, key: Option<PersonKey>, visit: &str) {
        self.origin(origin);
        self.0.push(u8::from(key.is_some()));
        self.0.extend(key.iter().flatten());
        self.text(visit);
    }
}

fn low(number: u64) -> u8 {
    (number & 0x7f) as u8
}

/// Reads records back; `None` from any of them means that the bytes are broken.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether all are read.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next record.
    pub(super) fn read(&mut self) -> Option<Record<'a>> {
        Some(match self.byte()? {
            TAG_VISIT => Record::Visit(self.visit()?),
            TAG_GONE => {
                let (key, id) = (self.key()?, self.text()?);
                let why = if self.byte()? == 1 { Gone::Void } else { Gone::SetAside };
                Record::Gone(GoneRecord { key, id, why })
            }
            TAG_SETTLEMENT => {
                let (origin, key, visit) = self.head()?;
                let (id, total, fund) = (self.text()?, self.signed()?, self.optional()?);
                Record::Settlement(SettlementRecord { origin, key, visit, id, total, fund })
            }
            TAG_DIAGNOSIS => Record::Diagnosis(self.coded()?),
            TAG_OPERATION => Record::Operation(self.coded()?),
            TAG_LINE => Record::Line(self.line()?),
            TAG_PERSON => {
                let (origin, key) = (self.origin()?, self.key()?);
                let (sex, birth, death) = (self.small()?, self.small()?, self.small()?);
                Record::Person(PersonRecord { origin, key, sex, birth, death })
            }
            _ => return None,
        })
    }

    fn visit(&mut self) -> Option<VisitRecord<'a>> {
        let (origin, key, id) = self.head()?;
        Some(VisitRecord {
            origin,
            key: key?,
            id,
            institution: u32::try_from(self.unsigned()?).ok()?,
            doctor: self.code()?,
            department: self.code()?,
            medical_type: self.code()?,
            insurance: self.code()?,
            level: self.code()?,
            city: self.code()?,
            diagnosis: self.code()?,
            sex: self.small()?,
            birth: self.small()?,
            death: self.small()?,
            begin: self.signed()?,
            end: self.optional()?,
            days: self.small()?,
        })
    }

    fn coded(&mut self) -> Option<CodedRecord<'a>> {
        let (origin, key, visit) = self.head()?;
        let (id, code) = (self.text()?, u32::try_from(self.unsigned()?).ok()?);
        Some(CodedRecord { origin, key, visit, id, code, main: self.byte()? == 1, when: self.optional()? })
    }

    fn line(&mut self) -> Option<LineRecord<'a>> {
        let (origin, key, visit) = self.head()?;
        Some(LineRecord {
            origin,
            key,
            visit,
            id: self.text()?,
            refunds: self.text()?,
            day: i32::try_from(self.signed()?).ok()?,
            time: self.small()?,
            item: u32::try_from(self.unsigned()?).ok()?,
            quantity: self.signed()?,
            price: self.signed()?,
            amount: self.signed()?,
            covered: self.optional()?,
            price_limit: self.optional()?,
            doctor: self.code()?,
            supply_days: self.small()?,
        })
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    #[allow(clippy::option_option, reason = "no value is not a broken one")]
    fn optional(&mut self) -> Option<Option<i64>> {
        Some(if self.byte()? == 0 { None } else { Some(self.signed()?) })
    }

    #[allow(clippy::option_option, reason = "no value is not a broken one")]
    fn small<T: TryFrom<i64>>(&mut self) -> Option<Option<T>> {
        match self.optional()? {
            None => Some(None),
            Some(number) => T::try_from(number).ok().map(Some),
        }
    }

    fn code(&mut self) -> Option<Code> {
        let number = self.unsigned()?;
        if number == 0 { Some(None) } else { u32::try_from(number - 1).ok().map(Some) }
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        let text = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        std::str::from_utf8(text).ok()
    }

    fn key(&mut self) -> Option<PersonKey> {
        let key = self.bytes.get(self.at..self.at + KEY_BYTES)?.try_into().ok()?;
        self.at += KEY_BYTES;
        Some(key)
    }

    fn origin(&mut self) -> Option<Origin> {
        Some(Origin { file: u16::try_from(self.unsigned()?).ok()?, row: self.unsigned()? })
    }

    #[allow(clippy::type_complexity, reason = "what every record begins with")]
    fn head(&mut self) -> Option<(Origin, Option<PersonKey>, &'a str)> {
        let origin = self.origin()?;
        let key = if self.byte()? == 1 { Some(self.key()?) } else { None };
        Some((origin, key, self.text()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> impl Strategy<Value = Origin> {
        (any::<u16>(), any::<u64>()).prop_map(|(file, row)| Origin { file, row })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            origin in origin(), key in any::<[u8; 12]>(), keyed in any::<bool>(), visit in "[a-z0-9]{0,40}", id in "\\PC{0,9}",
            numbers in any::<[i64; 5]>(), day in any::<i32>(), small in any::<Option<i32>>(), code in prop::option::of(0..u32::MAX),
        ) {
            let [quantity, price, amount, covered, begin] = numbers;
            let key_or_none = keyed.then_some(key);
            let all = [
                Record::Visit(VisitRecord {
                    origin, key, id: &visit, institution: code.unwrap_or(7), doctor: code, department: None, medical_type: code,
                    insurance: code, level: None, city: code, diagnosis: code, sex: Some(1), birth: small, death: None, begin,
                    end: Some(begin), days: small,
                }),
                Record::Gone(GoneRecord { key, id: &visit, why: Gone::Void }),
                Record::Settlement(SettlementRecord { origin, key: key_or_none, visit: &visit, id: &id, total: amount, fund: None }),
                Record::Diagnosis(CodedRecord { origin, key: key_or_none, visit: &visit, id: &id, code: 3, main: keyed, when: None }),
                Record::Operation(CodedRecord { origin, key: None, visit: &visit, id: "", code: 3, main: keyed, when: Some(begin) }),
                Record::Line(LineRecord {
                    origin, key: key_or_none, visit: &visit, id: &id, refunds: "", day, time: small, item: 9, quantity, price,
                    amount, covered: Some(covered), price_limit: None, doctor: code, supply_days: small,
                }),
                Record::Person(PersonRecord { origin, key, sex: None, birth: small, death: Some(day) }),
            ];
            let mut bytes = Vec::new();
            for record in &all {
                record.write(&mut bytes);
            }
            let mut records = Records::new(&bytes);
            for record in &all {
                let read = records.read();
                prop_assert_eq!(read.as_ref(), Some(record));
            }
            prop_assert!(records.is_done());
        }

        #[test]
        fn broken_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut records = Records::new(&bytes);
            while !records.is_done() && records.read().is_some() {}
        }
    }
}
