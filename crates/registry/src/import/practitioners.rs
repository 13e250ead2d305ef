//! One row of a list of practitioners: parsed with all its faults, its places found in the registry, then compared with
//! who is known. Nobody is taken for somebody else, and nobody is registered twice, without it being said.

use super::columns::{CITIZEN, Columns, Field};
use super::rows::{Known, Outcome, Row};
use super::same::{ANOTHER, Compared, Index, Who};
use super::table::Table;
use crate::institution::Institution;
use crate::practitioner::{Practitioner, Profession};
use std::collections::BTreeMap;
use xingjian_kernel::codes::{CitizenId, NurseCode, PhysicianCode};
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{DivisionCode, Fault};

/// Names under which files call the column that every list of practitioners has.
pub const NAME: &[&str] = &["姓名", "人员姓名", "name"];

/// Columns in which a clerk may have to decide.
pub const ASKED: &[&str] = &["机构登记号", "同名核对"];

/// Names under which files call a column.
const FIELDS: [Field<'static, &'static str>; 9] = [
    ("name", NAME),
    ("profession", &["类别", "人员类别", "执业类别", "职业", "profession"]),
    ("certificate", &["执业证书编码", "执业证书编号", "证书编码", "certificate"]),
    (CITIZEN, &["公民身份号码", "身份证号", "身份证号码", "证件号码", "citizen"]),
    ("scope", &["执业范围", "专业", "scope"]),
    ("place", &["主要执业机构", "执业机构", "执业地点", "所在机构", "机构名称", "place"]),
    ("licence", &["机构登记号", "主要执业机构登记号", "登记号", "licence"]),
    ("others", &["多点执业机构", "其他执业机构", "others"]),
    ("same_name", &["同名核对", "same_name"]),
];

/// Words under which files name a profession.
const PROFESSIONS: &[(Profession, &[&str])] = &[
    (Profession::Physician, &["执业医师", "医师", "医生"]),
    (Profession::AssistantPhysician, &["执业助理医师", "助理医师"]),
    (Profession::RuralDoctor, &["乡村医生", "村医"]),
    (Profession::Nurse, &["注册护士", "护士"]),
    (Profession::Pharmacist, &["药师", "执业药师", "药士"]),
    (Profession::Technician, &["技师", "技士", "检验师"]),
];

/// A practitioner as a row names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Licensed as.
    pub profession: Profession,
    /// Practice certificate number.
    pub certificate: Option<String>,
    /// Citizen number.
    pub citizen: Option<CitizenId>,
    /// Scope of practice.
    pub scope: Option<String>,
    /// Places of practice, the main one first.
    pub places: Vec<InstitutionId>,
    /// Division of the main place.
    pub division: DivisionCode,
}

/// The institutions of the registry, by what a file may call them.
pub struct Places {
    licence: BTreeMap<String, Place>,
    name: BTreeMap<String, Vec<Place>>,
}

type Place = (InstitutionId, DivisionCode);
type Unfound = (&'static str, &'static str);

impl Places {
    /// The institutions that the caller sees.
    pub fn of<'a>(institutions: impl Iterator<Item = &'a Institution>) -> Self {
        let mut places = Self { licence: BTreeMap::new(), name: BTreeMap::new() };
        for institution in institutions {
            let place = (institution.id, institution.details.division.clone());
            if let Some(licence) = &institution.details.licence {
                places.licence.insert(licence.to_string(), place.clone());
            }
            places.name.entry(crate::normal(&institution.details.name)).or_default().push(place);
        }
        places
    }

    fn named(&self, name: &str) -> Result<&Place, Unfound> {
        match self.name.get(&crate::normal(name)).map(Vec::as_slice) {
            Some([one]) => Ok(one),
            Some(_) => Err(("登记库中有多家同名机构", "请在“机构登记号”列填写登记号")),
            None => Err(("登记库中没有这家机构，或者不在您的辖区内", "请先登记或者导入该机构，名称写全称")),
        }
    }

    fn licensed(&self, licence: &str) -> Result<&Place, Unfound> {
        let found = self.licence.get(&licence.to_uppercase());
        found.ok_or(("登记库中没有这个登记号，或者不在您的辖区内", "请核对登记号，或者先登记该机构"))
    }
}

/// The place of a field in a file of practitioners.
pub fn place(table: &Table, line: usize, field: &str) -> String {
    Columns::of(table, FIELDS).place(line, field)
}

/// Columns of a file of practitioners that are not read.
pub fn unread(table: &Table) -> Vec<String> {
    Columns::of(table, FIELDS).unread()
}

/// Reads and judges every row against what the registry knows. `digest` is the keyed digest of a citizen number.
pub fn judge(
    table: &Table,
    places: &Places,
    known: &[Practitioner],
    digest: impl Fn(&CitizenId) -> String,
) -> Vec<Row<Person>> {
    let columns = Columns::of(table, FIELDS);
    let mut index = Index::default();
    for person in known {
        index.add(Who {
            known: Known::Kept(person.id.to_string()),
            name: person.name.clone(),
            profession: person.profession,
            certificate: person.certificate.clone(),
            citizen: person.citizen_digest.clone(),
            place: person.places.first().copied(),
        });
    }
    let judged = table.rows.iter().map(|(line, cells)| {
        let outcome = match read(&columns, *line, cells, places) {
            Err(faults) => Outcome::Rejected(faults),
            Ok((person, mut missing)) => {
                let who = Who {
                    known: Known::Line(*line),
                    name: person.name.clone(),
                    profession: person.profession,
                    certificate: person.certificate.clone(),
                    citizen: person.citizen.as_ref().map(&digest),
                    place: person.places.first().copied(),
                };
                let another = columns.cell(cells, "same_name") == Some(ANOTHER);
                match index.compare(&who, &columns, *line, another) {
                    Compared::Same(known, why) => Outcome::Matched { known, why },
                    Compared::Unclear(fault) => Outcome::Rejected(vec![fault]),
                    new => {
                        missing.extend(match new {
                            Compared::NewLike(fault) => Some(fault),
                            _ => None,
                        });
                        index.add(who);
                        if missing.is_empty() { Outcome::Taken(person) } else { Outcome::Apart(person, missing) }
                    }
                }
            }
        };
        Row { line: *line, outcome }
    });
    judged.collect()
}

/// What a row says and which parts are missing, or every reason why it cannot be taken.
fn read(
    columns: &Columns<'_>,
    line: usize,
    cells: &[String],
    places: &Places,
) -> Result<(Person, Vec<Fault>), Vec<Fault>> {
    let (mut faults, mut missing) = (columns.unfit(line, cells, &[]), vec![]);
    let place = |field: &str| columns.place(line, field);
    let cell = |field: &str| columns.cell(cells, field);
    let name = cell("name").unwrap_or_default();
    if name.is_empty() {
        faults.push(Fault::new(place("name"), "", "没有填写", "请填写姓名"));
    }
    columns.short(line, cells, "name", 50, &mut faults);
    let said = cell("profession").unwrap_or_default();
    let profession = PROFESSIONS.iter().find(|(_, words)| words.contains(&said)).map(|(profession, _)| *profession);
    if profession.is_none() {
        let all: Vec<&str> = PROFESSIONS.iter().map(|(profession, _)| profession.label()).collect();
        let reason = if said.is_empty() { "没有填写" } else { "不是可以识别的类别" };
        faults.push(Fault::new(place("profession"), said, reason, format!("请填写{}之一", all.join("、"))));
    }
    let certificate = certificate(columns, line, cells, profession, &mut faults);
    let citizen = columns.code::<CitizenId>(line, cells, CITIZEN, &mut faults);
    let main = match (cell("licence"), cell("place")) {
        (Some(licence), _) => places.licensed(licence).map_err(|why| ("licence", licence, why)),
        (None, Some(name)) => places.named(name).map_err(|why| ("place", name, why)),
        (None, None) => Err(("place", "", ("没有填写", "请填写登记库中的机构全称，或者机构登记号"))),
    };
    let main = main.map_err(|(field, text, (reason, mend))| faults.push(Fault::new(place(field), text, reason, mend)));
    let mut all: Vec<InstitutionId> = main.iter().map(|(id, _)| *id).collect();
    for other in cell("others").unwrap_or_default().split(['、', '；', ';', ',', '，']).map(str::trim) {
        if other.is_empty() {
            continue;
        }
        match places.named(other) {
            Ok((id, _)) if all.contains(id) => {}
            Ok((id, _)) => all.push(*id),
            Err((reason, mend)) => missing.push(Fault::new(place("others"), other, reason, mend)),
        }
    }
    let (Some(profession), Ok((_, division)), true) = (profession, main, faults.is_empty()) else {
        return Err(faults);
    };
    if certificate.is_none() {
        missing.push(Fault::new(place("certificate"), "", "没有填写", "请补录执业证书编码"));
    }
    let scope = cell("scope").map(str::to_owned);
    let division = division.clone();
    Ok((Person { name: name.to_owned(), profession, certificate, citizen, scope, places: all, division }, missing))
}

/// The certificate number, in the shape that it has in the profession.
fn certificate(
    columns: &Columns<'_>,
    line: usize,
    cells: &[String],
    profession: Option<Profession>,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    let field = "certificate";
    match profession {
        Some(Profession::Physician | Profession::AssistantPhysician) => {
            columns.code::<PhysicianCode>(line, cells, field, faults).map(|code| code.to_string())
        }
        Some(Profession::Nurse) => columns.code::<NurseCode>(line, cells, field, faults).map(|code| code.to_string()),
        _ => {
            columns.short(line, cells, field, 50, faults);
            columns.cell(cells, field).map(str::to_owned)
        }
    }
}
