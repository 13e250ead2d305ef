//! Who is the same: by certificate, then by citizen number, then by name, profession and main place, none of which may
//! contradict the others.

use super::columns::Columns;
use super::rows::Known;
use crate::practitioner::Profession;
use std::collections::BTreeMap;
use xingjian_kernel::Fault;
use xingjian_kernel::id::InstitutionId;

/// What a clerk writes to say that a person of the same name is another one.
pub const ANOTHER: &str = "另一人";

/// What identifies somebody; the citizen number only as its keyed digest.
#[derive(Clone, Debug)]
pub struct Who {
    pub known: Known,
    pub name: String,
    pub profession: Profession,
    pub certificate: Option<String>,
    pub citizen: Option<String>,
    pub place: Option<InstitutionId>,
}

/// How a row compares with who is known.
pub enum Compared {
    /// Nobody is like it.
    New,
    /// A new one, with something to be looked at.
    NewLike(Fault),
    /// The same.
    Same(Known, String),
    /// Cannot be told, or contradicts what is known.
    Unclear(Fault),
}

/// Who is known, by each thing that identifies a person.
#[derive(Default)]
pub struct Index {
    all: Vec<Who>,
    certificate: BTreeMap<String, usize>,
    citizen: BTreeMap<String, Vec<usize>>,
    name: BTreeMap<(String, &'static str, InstitutionId), Vec<usize>>,
}

impl Index {
    pub fn add(&mut self, who: Who) {
        let at = self.all.len();
        if let Some(certificate) = &who.certificate {
            self.certificate.entry(certificate.clone()).or_insert(at);
        }
        if let Some(citizen) = &who.citizen {
            self.citizen.entry(citizen.clone()).or_default().push(at);
        }
        if let Some(place) = who.place {
            let key = (crate::normal(&who.name), who.profession.label(), place);
            self.name.entry(key).or_default().push(at);
        }
        self.all.push(who);
    }

    /// Compares a row of this line. `another` says that the clerk wrote it is somebody else than the namesake.
    pub fn compare(&self, who: &Who, columns: &Columns<'_>, line: usize, another: bool) -> Compared {
        let place = |field: &str| columns.place(line, field);
        match self.by_certificate(who, place).or_else(|| self.by_citizen(who, place)) {
            Some(told @ (Compared::Same(..) | Compared::Unclear(_))) => told,
            // New by its numbers: somebody of this name and profession may be here without any.
            new => match (self.by_name(who, place, another), new) {
                (Compared::New, Some(by_number)) => by_number,
                (by_name, _) => by_name,
            },
        }
    }

    fn by_certificate(&self, who: &Who, place: impl Fn(&str) -> String) -> Option<Compared> {
        let certificate = who.certificate.as_ref()?;
        let known = &self.all[*self.certificate.get(certificate)?];
        let unclear = |reason, mend| Compared::Unclear(Fault::new(place("certificate"), certificate, reason, mend));
        let told = told(&known.known);
        Some(if !same_name(known, who) {
            unclear(format!("{told}已有，姓名为“{}”", known.name), "请核对执业证书编码和姓名")
        } else if differ(known.citizen.as_ref(), who.citizen.as_ref()) {
            unclear(format!("{told}已有，姓名相同而公民身份号码不同"), "请核对执业证书编码和公民身份号码")
        } else {
            Compared::Same(known.known.clone(), "执业证书编码相同".into())
        })
    }

    fn by_citizen(&self, who: &Who, place: impl Fn(&str) -> String) -> Option<Compared> {
        let fault = |reason: String, mend: &str| Fault::new(place("citizen"), "", reason, mend);
        let mut of_other_profession = None;
        for known in self.citizen.get(who.citizen.as_ref()?)?.iter().map(|at| &self.all[*at]) {
            let told = told(&known.known);
            if !same_name(known, who) {
                let reason = format!("{told}已有，姓名为“{}”", known.name);
                return Some(Compared::Unclear(fault(reason, "请核对公民身份号码和姓名")));
            }
            if known.profession != who.profession {
                let reason = format!("{told}已按“{}”登记，另按本行的类别登记", known.profession.label());
                of_other_profession = Some(Compared::NewLike(fault(reason, "请核对")));
                continue;
            }
            if differ(known.certificate.as_ref(), who.certificate.as_ref()) {
                let reason = format!("{told}已有，姓名和类别相同而执业证书编码不同");
                let mend = "请核对执业证书编码；换发证书的，请在登记页更正";
                return Some(Compared::Unclear(fault(reason, mend)));
            }
            return Some(Compared::Same(known.known.clone(), "公民身份号码相同".into()));
        }
        of_other_profession
    }

    fn by_name(&self, who: &Who, place: impl Fn(&str) -> String, another: bool) -> Compared {
        let Some(at) = who.place else { return Compared::New };
        let fault = |reason: String, mend: String| Fault::new(place("name"), &who.name, reason, mend);
        let key = (crate::normal(&who.name), who.profession.label(), at);
        let alike: Vec<&Who> = self.name.get(&key).into_iter().flatten().map(|at| &self.all[*at]).collect();
        let told_apart = |known: &Who| {
            differ(known.certificate.as_ref(), who.certificate.as_ref())
                || differ(known.citizen.as_ref(), who.citizen.as_ref())
        };
        match alike.iter().find(|known| !told_apart(known)) {
            None if alike.is_empty() => Compared::New,
            None => {
                let reason = "同一机构已有同名同类别的人员，证书编码或者公民身份号码不同，按另一人登记";
                Compared::NewLike(fault(reason.into(), "请核对".into()))
            }
            Some(_) if another && who.certificate.is_none() && who.citizen.is_none() => {
                let reason = format!("填了“{ANOTHER}”，但没有可以区分的号码");
                Compared::Unclear(Fault::new(place("same_name"), "", reason, "请补上执业证书编码或者公民身份号码"))
            }
            Some(known) if who.certificate.is_none() && who.citizen.is_none() => {
                let (name, profession) = (&who.name, who.profession.label());
                let why = format!("姓名“{name}”、类别“{profession}”和主要执业机构均相同");
                Compared::Same(known.known.clone(), why)
            }
            Some(_) if another => {
                let reason = format!("同一机构已有同名同类别的人员，按“{ANOTHER}”登记");
                Compared::NewLike(fault(reason, "请核对".into()))
            }
            Some(known) => {
                let told = told(&known.known);
                let reason = format!("{told}已有同名同类别的人员，但没有可以比对的号码，不能确定是否同一人");
                let mend = format!("是同一人的，请删去该行；不是同一人的，请在“同名核对”列填写“{ANOTHER}”");
                Compared::Unclear(fault(reason, mend))
            }
        }
    }
}

fn same_name(a: &Who, b: &Who) -> bool {
    crate::normal(&a.name) == crate::normal(&b.name)
}

fn differ(a: Option<&String>, b: Option<&String>) -> bool {
    a.zip(b).is_some_and(|(a, b)| a != b)
}

fn told(known: &Known) -> String {
    match known {
        Known::Kept(_) => "登记库".into(),
        Known::Line(line) => format!("第{line}行"),
    }
}
