//! Rows of the tables: checked as a whole, and what is stored of them.

use super::aside::{Finding, Reason};
use super::check::{Certificate, Checker};
use super::intern::Interner;
use super::number::product_fen;
use super::person::{Keyer, PersonKey};
use super::record::{
    Code, CodedRecord, Gone, GoneRecord, LineRecord, Origin, PersonRecord, Record, SettlementRecord, VisitRecord,
};
use crate::claims::dictionary::ListName;
use crate::layout::{Diagnosis, Fee, Operation, Person, Settlement, Table, Visit, day_of};
use crate::national::Care;
use xingjian_kernel::codes::{CitizenId, Sex};

/// What a thread needs to make records of rows.
pub(super) struct Makers<'m> {
    pub(super) keyer: Keyer<'m>,
    pub(super) names: Interner<'m>,
    /// Put together here: the name of a doctor with that of the institution.
    pub(super) scratch: Vec<u8>,
}

/// What became of a row.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    /// It is stored if its visit is there.
    Kept(Record<'a>),
    /// It is void at its source.
    Void(Option<GoneRecord<'a>>),
    /// It has faults.
    Faulty(Option<GoneRecord<'a>>),
}

/// A row and the sum it stands for, where its table has one and it can be read.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) outcome: Outcome<'a>,
    pub(super) amount: Option<i64>,
}

const DAY_MS: i64 = 86_400_000;

/// Checks a row of any table.
pub(super) fn judge<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Judged<'a> {
    let nothing = |outcome| Judged { outcome, amount: None };
    match checker.cells.bound().table {
        Table::Visits => nothing(visit(checker, makers, origin)),
        Table::Settlements => settlement(checker, makers, origin),
        Table::Fees => fee(checker, makers, origin),
        Table::Diagnoses => nothing(diagnosis(checker, makers, origin)),
        Table::Operations => nothing(operation(checker, makers, origin)),
        Table::Persons => nothing(person(checker, makers, origin)),
    }
}

/// The number of a name, once the row has no fault.
fn intern(
    checker: &mut Checker<'_, '_>,
    makers: &mut Makers<'_>,
    list: ListName,
    at: usize,
    value: Option<&[u8]>,
) -> Code {
    let value = value.filter(|_| checker.findings.is_empty())?;
    match makers.names.code(list, value) {
        Ok(code) => Some(code),
        Err(offset) => {
            checker.undecodable(at, value, offset);
            None
        }
    }
}

/// A doctor by code, else by name and institution: a name alone is not one person.
fn doctor(
    checker: &mut Checker<'_, '_>,
    makers: &mut Makers<'_>,
    code: (usize, Option<&str>),
    name: (usize, Option<&[u8]>),
    institution: Option<&str>,
) -> Code {
    if let (at, Some(code)) = code {
        return intern(checker, makers, ListName::Doctors, at, Some(code.as_bytes()));
    }
    let (at, name) = (name.0, name.1?);
    let mut scratch = std::mem::take(&mut makers.scratch);
    scratch.clear();
    scratch.extend_from_slice(name);
    if let Some(institution) = institution {
        scratch.push(b'@');
        scratch.extend_from_slice(institution.as_bytes());
    }
    let code = intern(checker, makers, ListName::Doctors, at, Some(&scratch));
    makers.scratch = scratch;
    code
}

/// The person a row names, by number, else by certificate.
fn key(makers: &mut Makers<'_>, number: Option<&str>, certificate: Option<&Certificate>) -> Option<PersonKey> {
    match (number, certificate) {
        (Some(number), _) => Some(makers.keyer.of(number.as_bytes())),
        (None, Some(certificate)) => Some(makers.keyer.of(certificate.number.as_bytes())),
        (None, None) => None,
    }
}

fn sex(value: Option<&[u8]>, citizen: Option<&CitizenId>) -> Option<i8> {
    match value {
        Some(b"1") => Some(1),
        Some(b"2") => Some(2),
        // 未知 and 未说明 are no sex, but the number may say it.
        _ => citizen.map(|citizen| if citizen.sex() == Sex::Male { 1 } else { 2 }),
    }
}

fn birth(day: Option<i32>, citizen: Option<&CitizenId>) -> Option<i32> {
    day.or_else(|| {
        let date = citizen?.birthday();
        let number = |part: i8| u32::from(part.unsigned_abs());
        day_of(u32::try_from(date.year()).ok()?, number(date.month()), number(date.day()))
    })
}

/// A later moment before an earlier one is a fault; where one has no time only the days are compared.
fn in_order(
    checker: &mut Checker<'_, '_>,
    (earlier_at, earlier): (usize, Option<(i32, Option<i32>)>),
    (later_at, later): (usize, Option<(i32, Option<i32>)>),
) {
    let (Some(earlier), Some(later)) = (earlier, later) else { return };
    let before = later.0 < earlier.0
        || later.0 == earlier.0 && matches!((earlier.1, later.1), (Some(first), Some(second)) if second < first);
    if before {
        let label = checker.cells.bound().table.columns()[earlier_at].label;
        let value = checker.cells.get(later_at).value().unwrap_or_default();
        checker.fault(later_at, value, Reason::Order(label));
    }
}

const fn millis((day, time): (i32, Option<i32>)) -> i64 {
    day as i64 * DAY_MS + if let Some(time) = time { time as i64 } else { 0 }
}

fn visit<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Outcome<'a> {
    if checker.peek_flag(Visit::Valid.at()) == Some(false) {
        let number = checker.peek(Visit::Person.at()).map(str::to_owned);
        let person = number.or_else(|| checker.peek(Visit::Certificate.at()).map(str::to_ascii_uppercase));
        let key = person.map(|person| makers.keyer.of(person.as_bytes()));
        let gone = key.zip(checker.peek(Visit::Id.at()));
        return Outcome::Void(gone.map(|(key, id)| GoneRecord { key, id, why: Gone::Void }));
    }
    let id = checker.id(Visit::Id.at());
    let number = checker.id(Visit::Person.at());
    let certificate = checker.certificate(Visit::Certificate.at(), Visit::CertificateType.at());
    let key = key(makers, number, certificate.as_ref());
    if key.is_none() && checker.findings.is_empty() {
        checker.findings.push(Finding::of_row(Table::Visits, Reason::Nobody));
    }
    checker.flag(Visit::Valid.at());
    let record =
        visit_values(checker, makers, origin, certificate.and_then(|certificate| certificate.citizen).as_ref());
    match (key, id, record) {
        (Some(key), Some(id), Some(record)) if checker.findings.is_empty() => {
            Outcome::Kept(Record::Visit(VisitRecord { key, id, ..record }))
        }
        _ => Outcome::Faulty(key.zip(id).map(|(key, id)| GoneRecord { key, id, why: Gone::SetAside })),
    }
}

/// All of a visit but who it is of and its number.
fn visit_values<'a>(
    checker: &mut Checker<'_, 'a>,
    makers: &mut Makers<'_>,
    origin: Origin,
    citizen: Option<&CitizenId>,
) -> Option<VisitRecord<'a>> {
    let institution = checker.id(Visit::Institution.at());
    let sex = sex(checker.code(Visit::Sex.at()), citizen);
    let (own_birth, death) = (checker.date(Visit::Birth.at()), checker.date(Visit::Death.at()));
    let birth = birth(own_birth, citizen);
    let (begin, end) = (checker.moment(Visit::Begin.at()), checker.moment(Visit::End.at()));
    let born = birth.map(|day| (day, None));
    in_order(checker, (Visit::Begin.at(), begin), (Visit::End.at(), end));
    in_order(checker, (Visit::Birth.at(), born), (Visit::Begin.at(), begin));
    in_order(checker, (Visit::Birth.at(), born), (Visit::Death.at(), death.map(|day| (day, None))));
    let [insurance, level, city, medical_type, diagnosis] =
        [Visit::Insurance, Visit::Level, Visit::City, Visit::MedicalType, Visit::Diagnosis]
            .map(|column| (column.at(), checker.code(column.at())));
    let days = checker.whole(Visit::Days.at());
    let (discharge, admission) = (checker.text(Visit::Discharge.at()), checker.text(Visit::Admission.at()));
    let doctor_code = checker.id(Visit::Doctor.at());
    let doctor_name = checker.text(Visit::DoctorName.at());
    if !is_inpatient(medical_type.1) {
        checker.has_no_meaning(Visit::Days.at());
        checker.has_no_meaning(Visit::Discharge.at());
    }
    let mut code = |list, (at, value): (usize, Option<&[u8]>)| intern(checker, makers, list, at, value);
    let own_institution = code(ListName::Institutions, (Visit::Institution.at(), institution.map(str::as_bytes)));
    let [insurance, level, city, medical_type] =
        [insurance, level, city, medical_type].map(|value| code(ListName::Values, value));
    let diagnosis = code(ListName::Diagnoses, diagnosis);
    let department = match discharge {
        Some(_) => code(ListName::Departments, (Visit::Discharge.at(), discharge)),
        None => code(ListName::Departments, (Visit::Admission.at(), admission)),
    };
    let doctor =
        doctor(checker, makers, (Visit::Doctor.at(), doctor_code), (Visit::DoctorName.at(), doctor_name), institution);
    let begin = millis(begin?);
    Some(VisitRecord {
        origin,
        key: PersonKey::default(),
        id: "",
        institution: own_institution?,
        doctor,
        department,
        medical_type,
        insurance,
        level,
        city,
        diagnosis,
        sex,
        birth,
        death,
        begin,
        // A day without a time may be the day of the begin.
        end: end.map(|end| millis(end).max(begin)),
        days,
    })
}

fn is_inpatient(medical_type: Option<&[u8]>) -> bool {
    let care = medical_type.and_then(|code| std::str::from_utf8(code).ok()).and_then(Care::from_medical_type);
    matches!(care, None | Some(Care::Inpatient | Care::DaySurgery | Care::HomeBed))
}

fn settlement<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Judged<'a> {
    let refunded = checker.peek_flag(Settlement::Refunded.at()) == Some(true);
    if checker.peek_flag(Settlement::Valid.at()) == Some(false) || refunded {
        return Judged { outcome: Outcome::Void(None), amount: checker.peek_decimal(Settlement::Total.at()) };
    }
    let total = checker.decimal(Settlement::Total.at());
    let judged = |outcome| Judged { outcome, amount: total };
    checker.flag(Settlement::Refunded.at());
    checker.flag(Settlement::Valid.at());
    let (id, visit) = (checker.id(Settlement::Id.at()), checker.id(Settlement::Visit.at()));
    let number = checker.id(Settlement::Person.at());
    let (begin, end) = (checker.moment(Settlement::Begin.at()), checker.moment(Settlement::End.at()));
    in_order(checker, (Settlement::Begin.at(), begin), (Settlement::End.at(), end));
    checker.moment(Settlement::Time.at());
    let fund = checker.decimal(Settlement::Fund.at());
    if let (Some(total), Some(fund)) = (total, fund)
        && fund.abs() > total.abs()
    {
        let value = checker.cells.get(Settlement::Fund.at()).value().unwrap_or_default();
        checker.fault(Settlement::Fund.at(), value, Reason::AboveTotal(total));
    }
    match (id, visit, total) {
        (Some(id), Some(visit), Some(total)) if checker.findings.is_empty() => {
            let key = key(makers, number, None);
            judged(Outcome::Kept(Record::Settlement(SettlementRecord { origin, key, visit, id, total, fund })))
        }
        _ => judged(Outcome::Faulty(None)),
    }
}

fn fee<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Judged<'a> {
    if checker.peek_flag(Fee::Valid.at()) == Some(false) {
        return Judged { outcome: Outcome::Void(None), amount: checker.peek_decimal(Fee::Amount.at()) };
    }
    let amount = checker.decimal(Fee::Amount.at());
    let judged = |outcome| Judged { outcome, amount };
    checker.flag(Fee::Valid.at());
    let id = checker.id(Fee::Id.at()).unwrap_or_default();
    let refunds = checker.id(Fee::Refunds.at()).unwrap_or_default();
    let (visit, number) = (checker.id(Fee::Visit.at()), checker.id(Fee::Person.at()));
    let institution = checker.id(Fee::Institution.at());
    let when = checker.moment(Fee::Time.at());
    let (own, catalogue) = (checker.code(Fee::Item.at()), checker.code(Fee::Catalogue.at()));
    let item = own.map_or((Fee::Catalogue.at(), catalogue), |item| (Fee::Item.at(), Some(item)));
    if !checker.has(Fee::Item.at()) && !checker.has(Fee::Catalogue.at()) {
        checker.fault(Fee::Item.at(), b"", Reason::Empty);
    }
    let (quantity, price) = (checker.decimal(Fee::Quantity.at()), checker.decimal(Fee::Price.at()));
    if let (Some(quantity), Some(price), Some(amount)) = (quantity, price, amount) {
        let product = product_fen(quantity, price);
        if (product - i128::from(amount)).abs() > 1 {
            let value = checker.cells.get(Fee::Amount.at()).value().unwrap_or_default();
            checker.fault(Fee::Amount.at(), value, Reason::Amount(product));
        }
    }
    let (covered, price_limit) = (checker.decimal(Fee::Covered.at()), checker.decimal(Fee::Limit.at()));
    let supply_days = checker.whole(Fee::Supply.at());
    if !item.1.is_some_and(|item| matches!(item[0], b'X' | b'Z' | b'T')) {
        checker.has_no_meaning(Fee::Supply.at());
    }
    let doctor_code = (Fee::Doctor.at(), checker.id(Fee::Doctor.at()));
    let doctor_name = (Fee::DoctorName.at(), checker.text(Fee::DoctorName.at()));
    let item = intern(checker, makers, ListName::Items, item.0, item.1);
    let doctor = doctor(checker, makers, doctor_code, doctor_name, institution);
    let values = (visit, when, item, quantity, price, amount);
    if let (Some(visit), Some((day, time)), Some(item), Some(quantity), Some(price), Some(amount)) = values
        && checker.findings.is_empty()
    {
        let key = key(makers, number, None);
        return judged(Outcome::Kept(Record::Line(LineRecord {
            origin,
            key,
            visit,
            id,
            refunds,
            day,
            time,
            item,
            quantity,
            price,
            amount,
            covered,
            price_limit,
            doctor,
            supply_days,
        })));
    }
    judged(Outcome::Faulty(None))
}

fn diagnosis<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Outcome<'a> {
    if checker.peek_flag(Diagnosis::Valid.at()) == Some(false) {
        return Outcome::Void(None);
    }
    checker.flag(Diagnosis::Valid.at());
    let id = checker.id(Diagnosis::Id.at()).unwrap_or_default();
    let (visit, number) = (checker.id(Diagnosis::Visit.at()), checker.id(Diagnosis::Person.at()));
    checker.id(Diagnosis::Type.at());
    let main = checker.flag(Diagnosis::Main.at()) == Some(true);
    let code = checker.code(Diagnosis::Code.at());
    let code = intern(checker, makers, ListName::Diagnoses, Diagnosis::Code.at(), code);
    match (visit, code) {
        (Some(visit), Some(code)) if checker.findings.is_empty() => {
            let key = key(makers, number, None);
            Outcome::Kept(Record::Diagnosis(CodedRecord { origin, key, visit, id, code, main, when: None }))
        }
        _ => Outcome::Faulty(None),
    }
}

fn operation<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Outcome<'a> {
    if checker.peek_flag(Operation::Valid.at()) == Some(false) {
        return Outcome::Void(None);
    }
    checker.flag(Operation::Valid.at());
    let id = checker.id(Operation::Id.at()).unwrap_or_default();
    let (visit, number) = (checker.id(Operation::Visit.at()), checker.id(Operation::Person.at()));
    let main = checker.flag(Operation::Main.at()) == Some(true);
    let code = checker.code(Operation::Code.at());
    let date = checker.moment(Operation::Date.at());
    let (begin, end) = (checker.moment(Operation::Begin.at()), checker.moment(Operation::End.at()));
    in_order(checker, (Operation::Begin.at(), begin), (Operation::End.at(), end));
    let code = intern(checker, makers, ListName::Operations, Operation::Code.at(), code);
    match (visit, code) {
        (Some(visit), Some(code)) if checker.findings.is_empty() => {
            let (key, when) = (key(makers, number, None), begin.or(date).map(millis));
            Outcome::Kept(Record::Operation(CodedRecord { origin, key, visit, id, code, main, when }))
        }
        _ => Outcome::Faulty(None),
    }
}

fn person<'a>(checker: &mut Checker<'_, 'a>, makers: &mut Makers<'_>, origin: Origin) -> Outcome<'a> {
    let number = checker.id(Person::Person.at());
    let certificate = checker.certificate(Person::Certificate.at(), Person::CertificateType.at());
    let key = key(makers, number, certificate.as_ref());
    let citizen = certificate.and_then(|certificate| certificate.citizen);
    let sex = sex(checker.code(Person::Sex.at()), citizen.as_ref());
    let birth = birth(checker.date(Person::Birth.at()), citizen.as_ref());
    let death = checker.date(Person::Death.at());
    in_order(
        checker,
        (Person::Birth.at(), birth.map(|day| (day, None))),
        (Person::Death.at(), death.map(|day| (day, None))),
    );
    match key {
        None if checker.findings.is_empty() => {
            checker.findings.push(Finding::of_row(Table::Persons, Reason::Nobody));
            Outcome::Faulty(None)
        }
        Some(key) if checker.findings.is_empty() => {
            Outcome::Kept(Record::Person(PersonRecord { origin, key, sex, birth, death }))
        }
        _ => Outcome::Faulty(None),
    }
}
