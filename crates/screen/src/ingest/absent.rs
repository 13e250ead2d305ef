//! Which columns of the store a delivery cannot fill, because its source does not have them: 缺项.

use super::inputs::Inputs;
use crate::layout::{Bound, Diagnosis, Fee, Operation, Person, Settlement, Table, Visit};

/// Columns of the store, `visits.birth`, that no file of the delivery has.
pub(super) fn columns(inputs: &Inputs) -> Vec<String> {
    let has = |table: Table, places: &[usize]| {
        let has = |bound: &Bound| places.iter().any(|at| !bound.is_absent(*at));
        inputs.bounds(table).any(has)
    };
    let visits = |columns: &[Visit]| has(Table::Visits, &columns.iter().map(|column| column.at()).collect::<Vec<_>>());
    let persons =
        |columns: &[Person]| has(Table::Persons, &columns.iter().map(|column| column.at()).collect::<Vec<_>>());
    let fees = |columns: &[Fee]| has(Table::Fees, &columns.iter().map(|column| column.at()).collect::<Vec<_>>());
    let diagnoses = has(Table::Diagnoses, &[Diagnosis::Code.at()]);
    let (visit_certificate, certificate) = (visits(&[Visit::Certificate]), persons(&[Person::Certificate]));
    let filled = [
        ("visits.doctor", visits(&[Visit::Doctor, Visit::DoctorName])),
        ("visits.department", visits(&[Visit::Discharge, Visit::Admission])),
        ("visits.medical_type", visits(&[Visit::MedicalType])),
        ("visits.insurance", visits(&[Visit::Insurance])),
        ("visits.level", visits(&[Visit::Level])),
        ("visits.city", visits(&[Visit::City])),
        ("visits.sex", visits(&[Visit::Sex]) || persons(&[Person::Sex]) || visit_certificate || certificate),
        ("visits.birth", visits(&[Visit::Birth]) || persons(&[Person::Birth]) || visit_certificate || certificate),
        ("visits.death", visits(&[Visit::Death]) || persons(&[Person::Death])),
        ("visits.end", visits(&[Visit::End])),
        ("visits.days", visits(&[Visit::Days])),
        ("visits.diagnosis", visits(&[Visit::Diagnosis]) || diagnoses),
        ("visits.diagnoses", diagnoses),
        ("visits.operations", has(Table::Operations, &[Operation::Code.at()])),
        ("visits.total", has(Table::Settlements, &[Settlement::Total.at()])),
        ("visits.fund", has(Table::Settlements, &[Settlement::Fund.at()])),
        ("lines", inputs.has(Table::Fees)),
        ("lines.covered", fees(&[Fee::Covered])),
        ("lines.price_limit", fees(&[Fee::Limit])),
        ("lines.doctor", fees(&[Fee::Doctor, Fee::DoctorName])),
        ("lines.supply_days", fees(&[Fee::Supply])),
        ("lines.refunds", fees(&[Fee::Refunds])),
    ];
    filled.iter().filter(|(_, filled)| !filled).map(|(column, _)| (*column).to_owned()).collect()
}
