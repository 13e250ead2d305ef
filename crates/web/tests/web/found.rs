//! Hits as screening hands them over, made up: two institutions behind one of them, and one institution nobody knows.

use xingjian_kernel::{Fen, LocalDate, Role};
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_sense::claims::accept::accept;
use xingjian_sense::claims::screening::{RuleTotals, Screening};
use xingjian_sense::claims::{GivenRule, Hit, Line, Month, OfInstitution, ResultClass, Run, Sum, Visit};
use xingjian_sense::claims_rule::{ClaimsRule, Particulars, Severity, State};
use xingjian_sense::signal::Signal;
use xingjian_store::{Ctx, Filter, Stored, records};
use xingjian_testkit::World;

pub const PAIR: &str = "city/重复收费/监护";
pub const STAY: &str = "city/重叠住院/甲";
pub const TRIAL: &str = "city/限性别/乙";
/// The keyed hash of the patient of every hit.
pub const PATIENT: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn visit(id: &str, institution: &str, doctor: &str) -> Visit {
    Visit {
        id: id.into(),
        institution: institution.into(),
        department: Some("内科".into()),
        doctor: Some(doctor.into()),
        medical_type: Some("21".into()),
        begin: Some("2026-01-03 09:00".into()),
        end: Some("2026-01-09 10:00".into()),
        diagnosis: Some("I10.x00".into()),
        total: Some(Fen::from_yuan(4321)),
    }
}

fn line(id: &str, visit: &str, institution: &str, doctor: &str, yuan: i64) -> Line {
    Line {
        id: id.into(),
        visit: visit.into(),
        institution: institution.into(),
        doctor: Some(doctor.into()),
        item: "001102000010000".into(),
        day: day("2026-01-05"),
        time: Some("10:30".into()),
        quantity: "2".into(),
        price: "15.5".into(),
        amount: Fen::from_yuan(yuan),
        covered: None,
        refunded: false,
    }
}

/// A hit of a doctor with one line of its own.
pub fn hit(rule: &str, at: &str, doctor: &str, yuan: i64) -> Hit {
    let id = format!("{rule}|{at}|{doctor}|{yuan}");
    Hit {
        rule: rule.into(),
        version: 1,
        patient: Some(PATIENT.into()),
        department: Some("内科".into()),
        doctor: Some(doctor.into()),
        day: day(at),
        values: vec![("次数".into(), "2".into())],
        amount: Fen::from_yuan(yuan),
        result: if rule == STAY { ResultClass::Suspect } else { ResultClass::Definite },
        visits: vec![visit("V-own", "DEMO1", doctor)],
        lines: vec![line(&format!("L-{doctor}-{yuan}"), "V-own", "DEMO1", doctor, yuan)],
        id,
    }
}

/// A hit about stays in two institutions.
pub fn shared(at: &str) -> Hit {
    let own = hit(STAY, at, "D1", 60);
    Hit {
        values: vec![
            ("后一机构".into(), "DEMO2".into()),
            ("另一医师".into(), "D-elsewhere".into()),
            ("重叠（分钟）".into(), "90".into()),
        ],
        visits: [own.visits.clone(), vec![visit("V-elsewhere", "DEMO2", "D-elsewhere")]].concat(),
        lines: [own.lines.clone(), vec![line("L-elsewhere", "V-elsewhere", "DEMO2", "D-elsewhere", 7777)]].concat(),
        ..own
    }
}

fn rule(id: &str, state: State, hits: &[(&str, Vec<Hit>)]) -> GivenRule {
    let own: Vec<&Hit> = hits.iter().flat_map(|(_, hits)| hits).filter(|hit| hit.rule == id).collect();
    GivenRule {
        id: id.into(),
        version: 1,
        particulars: Particulars {
            name: id.split('/').nth(1).unwrap().into(),
            title: format!("演示{}", id.split('/').nth(2).unwrap()),
            kind: "演示种类".into(),
            definition: "同一时段既收主项又收从项。".into(),
            official: Some("演示公布的定义".into()),
            amount: "从项金额".into(),
            missing: "不作判断".into(),
            limits: "同一小时".into(),
            text: "不得同时收取".into(),
            source: "演示规则库 第1条".into(),
            from: day("2020-01-01"),
            until: None,
            author: "演示编写人".into(),
            checker: None,
            result: if id == STAY { ResultClass::Suspect } else { ResultClass::Definite },
            severity: Severity::Normal,
            defaults: vec!["时段长度".into()],
            items: 2,
        },
        others: vec![],
        state,
        totals: RuleTotals { sum: Sum::of(own.iter().copied()), not_judged: 3 },
        sample: if state == State::Trial { own.into_iter().cloned().collect() } else { vec![] },
    }
}

/// Hands a run over two months over to the loop.
pub async fn taken(world: &World, name: &str, hits: &[(&str, Vec<Hit>)]) -> Screening {
    taken_with(world, name, hits, |_| ()).await
}

/// The same with the run as `change` makes it.
pub async fn taken_with(
    world: &World,
    name: &str,
    hits: &[(&str, Vec<Hit>)],
    change: impl FnOnce(&mut Run),
) -> Screening {
    let mut run = Run {
        name: name.into(),
        data_version: 1,
        months: ["2026-01", "2026-02"].map(|month| Month::parse(month).unwrap()).to_vec(),
        lines: 12_345,
        amount: Fen::from_yuan(90_000),
        deliveries: vec![],
        rules: vec![rule(PAIR, State::Live, hits), rule(STAY, State::Live, hits), rule(TRIAL, State::Trial, hits)],
    };
    change(&mut run);
    let of = |(code, hits): &(&str, Vec<Hit>)| OfInstitution {
        code: Some((*code).to_owned()),
        hits: hits.iter().filter(|hit| hit.rule != TRIAL).cloned().collect(),
    };
    let given: Vec<OfInstitution> = hits.iter().map(of).collect();
    accept(&Ctx::system(&world.app), &run, given).await.unwrap().value
}

pub fn first_hits() -> Vec<(&'static str, Vec<Hit>)> {
    vec![
        (
            "DEMO1",
            vec![
                hit(PAIR, "2026-01-05", "D1", 30),
                hit(PAIR, "2026-01-06", "D2", 50),
                shared("2026-01-07"),
                hit(PAIR, "2026-02-01", "D1", 10),
                hit(TRIAL, "2026-02-01", "D1", 70),
            ],
        ),
        ("DEMO9", vec![hit(PAIR, "2026-01-07", "D9", 40)]),
    ]
}

/// An institution of the registry.
pub async fn hospital(world: &World, name: &str, code: Option<&str>) -> Institution {
    let details = Details {
        name: name.into(),
        division: world.app.policy.city.division.clone(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: code.map(str::to_owned),
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    };
    institution::register(&world.ctx("登记员", &[Role::Registrar]), details, true).await.unwrap()
}

/// Signals from screening, by month.
pub async fn signals(world: &World) -> Vec<Stored<Signal>> {
    let mut all = records::all::<Signal>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
    all.sort_by(|a, b| a.claims.as_ref().unwrap().month.cmp(&b.claims.as_ref().unwrap().month));
    all
}

pub async fn rule_of(world: &World, id: &str) -> Stored<ClaimsRule> {
    records::by_number::<ClaimsRule>(&Ctx::system(&world.app), id).await.unwrap().unwrap()
}
