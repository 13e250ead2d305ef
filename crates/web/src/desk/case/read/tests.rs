use super::*;
use std::collections::BTreeMap;
use xingjian_enforce::case::{
    Act, Checker, FailedRecheck, Law, OfficerRef, Origin, Party, PartyKind, Proposed, action_label,
};
use xingjian_kernel::id::Id;
use xingjian_kernel::{Actor, DepartmentId, Refusal, Role, SubjectRef, Timestamp};
use xingjian_policy::{Fine, PenaltyKind, ViolationActor};

fn id<T: Id>(n: u8) -> T {
    T::from_uuid(format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap())
}

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

/// A case whose fine is a multiple of this base.
fn case(base: &str) -> Case {
    let officer =
        |n| OfficerRef { officer: id(n), account: id(n), name: format!("演示{n}"), certificate: "证".into() };
    let law = Law {
        violation: "YL-003".into(),
        version: day("2020-06-01"),
        name: "对外出租、承包医疗科室".into(),
        violated: "第39条".into(),
        clause: "第100条".into(),
        actor: ViolationActor::Institution,
        penalties: vec![PenaltyKind::Fine],
        fine: Fine::Multiple { min: 2, max: 10, base: base.into(), floor: None, below: None },
        escalation: None,
    };
    let kind = PartyKind::Organisation;
    let began = day("2026-02-20");
    let proposed = Proposed {
        subject: SubjectRef::Institution(id(9)),
        party: Party { name: "演示医院".into(), kind, address: String::new(), code: None },
        law,
        act: Act { began, ended: None, discovered: began, harmed_health: false },
        summary: "出租科室".into(),
        origin: Origin::default(),
        division: "4404".parse().unwrap(),
        department: DepartmentId::new("health"),
        handlers: vec![officer(1), officer(2)],
        recused: BTreeMap::new(),
    };
    let department = DepartmentId::new("health");
    let by = Actor {
        account: Some(id(1)),
        name: "甲".into(),
        roles: vec![Role::Inspector],
        department,
        officer: None,
        granted: vec![],
    };
    Case::propose(id(8), proposed, &by, Timestamp::from_local(day("2026-03-02"), 9, 0)).unwrap()
}

fn report(case: &Case, body: &str) -> Result<xingjian_enforce::case::Report, Vec<(String, String)>> {
    let given = Given::parse(body);
    let mut r = Reader::new(&given, day("2026-03-02"));
    let report = report::read(&mut r, case, &[]);
    match report {
        Some(report) if r.faults.is_empty() => Ok(report),
        _ => Err(r.faults.into_iter().map(|fault| (fault.place, fault.reason)).collect()),
    }
}

const SOUND: &str = "facts=F&verified=yes&evidence_document=2026-02-20+contract";

#[test]
fn an_empty_report_names_every_fault_at_once() {
    let faults = report(&case("违法所得"), "").unwrap_err();
    let places: Vec<&str> = faults.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["facts", "evidence_document", "verified", "gains_known"]);
}

#[test]
fn zero_found_and_not_found_out_are_three_answers() {
    let case = case("违法所得");
    let with = |rest: &str| report(&case, &format!("{SOUND}&{rest}"));
    assert_eq!(with("gains_known=found&gains=8,000.50").unwrap().gains, Fen::new(800_050));
    assert_eq!(with("gains_known=zero").unwrap().gains, Fen::ZERO);
    for (body, place) in [
        ("gains_known=unknown", "gains_known"),
        ("gains=5", "gains_known"),
        ("gains_known=found", "gains"),
        ("gains_known=found&gains=0", "gains"),
        ("gains_known=found&gains=-1", "gains"),
        ("gains_known=zero&gains=5", "gains"),
        ("gains_known=found&gains=5&refund=6", "refund"),
    ] {
        let faults = with(body).unwrap_err();
        assert!(faults.iter().any(|(at, _)| at == place), "{body}: {faults:?}");
    }
}

#[test]
fn another_base_may_stay_unknown_but_must_be_answered() {
    let case = case("货值金额");
    let with = |rest: &str| report(&case, &format!("{SOUND}&gains_known=zero&{rest}"));
    assert_eq!(with("base_known=unknown").unwrap().base, None);
    assert_eq!(with("base_known=zero").unwrap().base, Some(Fen::ZERO));
    assert_eq!(with("base_known=found&base=100").unwrap().base, Some(Fen::from_yuan(100)));
    assert!(with("").is_err());
    assert!(with("base_known=unknown&base=100").is_err());
}

#[test]
fn a_recheck_is_one_of_the_finding_or_of_two_handlers() {
    let case = case("违法所得");
    let order = "珠卫医改〔2026〕1号";
    let checker = |n| Checker { officer: id(n), name: format!("演示{n}") };
    let recheck = FailedRecheck {
        on: day("2026-03-01"),
        facts: "未改正".into(),
        officers: vec![checker(1), checker(3)],
        order: Some(order.into()),
    };
    let known = [Correction { due: day("2026-02-25"), done_on: None, recheck: Some(recheck) }];
    let with = |rest: &str| {
        let given = Given::parse(&format!("{SOUND}&gains_known=zero&{rest}"));
        let mut r = Reader::new(&given, day("2026-03-02"));
        let report = report::read(&mut r, &case, &known);
        let faults: Vec<String> = r.faults.into_iter().map(|fault| fault.place).collect();
        (report.and_then(|report| report.correction), faults)
    };
    let source = format!("recheck_source={}", crate::form::encode(order));
    assert_eq!(with(&source).0, Some(known[0].clone()));
    assert_eq!(with(&format!("{source}&correction_due=2026-02-26")).1, ["correction_due"]);
    let own = "recheck_source=handlers&correction_due=2026-02-25&recheck_on=2026-03-01&recheck_facts=x";
    let (one, two) = (id::<OfficerId>(1), id::<OfficerId>(2));
    let (correction, faults) = with(&format!("{own}&recheck_by={one}&recheck_by={two}"));
    let names = correction.and_then(|c| c.recheck).map(|r| r.officers.len());
    assert_eq!((names, faults), (Some(2), vec![]));
    assert_eq!(with(&format!("{own}&recheck_by={one}")).1, ["recheck_by"]);
    assert_eq!(with("recheck_source=handlers").1, ["recheck_on", "recheck_facts", "recheck_by", "correction_due"]);
    assert_eq!(with("correction_due=2026-02-25&recheck_on=2026-03-01").1, ["recheck_on"], "no source is chosen");
}

#[test]
fn evidence_is_read_line_by_line() {
    let case = case("违法所得");
    let body = "facts=F&verified=yes&gains_known=zero&evidence_site_record=2026-02-20+%E7%8E%B0%E5%9C%BA\
                &evidence_audio_visual=2026-02-21+%E7%9B%91%E6%8E%A7+%E5%BD%95%E5%83%8F%0A%0A2026-02-22+%E7%85%A7%E7%89%87";
    let faults = report(&case, body).unwrap_err();
    assert_eq!(faults[0].0, "monitor_reviewed");
    let found = report(&case, &format!("{body}&monitor_reviewed=yes")).unwrap();
    let pieces: Vec<(&str, bool)> = found.evidence.iter().map(|piece| (piece.name.as_str(), piece.monitored)).collect();
    assert_eq!(pieces, [("录像", true), ("照片", false), ("现场", false)]);
    let bad = report(&case, "facts=F&verified=yes&gains_known=zero&evidence_object=x%0A2026-03-03+y%0A2026-02-20")
        .unwrap_err();
    let reason = &bad.iter().find(|(place, _)| place == "evidence_object").unwrap().1;
    assert_eq!(*reason, "第1行开头不是 2026-11-21 这样的取证日期；第2行取证日期晚于今天；第3行没有写证据名称");
}

#[test]
fn a_receipt_notes_what_its_method_needs() {
    let read = |body: &str| {
        let given = Given::parse(body);
        let mut r = Reader::new(&given, day("2026-03-02"));
        let receipt = receipt(&mut r);
        let places: Vec<String> = r.faults.into_iter().map(|fault| fault.place).collect();
        (receipt.is_some(), places)
    };
    assert_eq!(read("method=direct&on=2026-03-02&receiver=x"), (true, vec![]));
    // The day of service of an announcement is computed, never typed.
    assert_eq!(read("method=announcement&announced_on=2026-01-02&note=x"), (true, vec![]));
    assert_eq!(read("method=announcement&on=2026-03-02&note=x").1, ["announced_on"]);
    assert_eq!(read("method=left&on=2026-03-03").1, ["on", "receiver", "note"]);
    assert_eq!(read("").1, ["method", "on"]);
}

#[test]
fn people_are_counted_once_each() {
    let given = Given::parse("members=%E7%94%B2%0A%E4%B9%99%E3%80%81%E7%94%B2");
    let mut r = Reader::new(&given, day("2026-03-02"));
    assert_eq!(r.people("members", "合议人员", 2), ["甲", "乙", "甲"]);
    assert!(r.faults.is_empty());
    r.people("members", "合议人员", 3);
    assert_eq!(r.faults[0].reason, "合议人员只有2名，至少需要3名");
}

#[test]
fn a_refusal_goes_beside_the_field_it_is_about() {
    let refusal = || Refusal::by_law("overpaid", "第1条", "多缴", "核对");
    let Failure::Invalid(faults) = placed(refusal().into(), &Given::parse("amount=5")) else { panic!("no fault") };
    assert_eq!((faults[0].place.as_str(), faults[0].reason.as_str()), ("amount", "多缴（第1条）"));
    assert!(matches!(placed(refusal().into(), &Given::parse("")), Failure::Refused(_)));
    assert!(matches!(placed(Failure::Conflict, &Given::parse("amount=5")), Failure::Conflict));
}

#[test]
fn codes_of_the_form_name_every_value_once() {
    assert_eq!(GROUNDS.iter().map(|(_, ground)| *ground).collect::<Vec<_>>(), NotPenalisedGround::ALL);
    let mitigations: Vec<_> = plan::MITIGATIONS.iter().map(|(_, ground)| *ground).collect();
    assert_eq!(mitigations, xingjian_enforce::case::MitigationGround::ALL);
    assert_eq!(action_label("replace_handler"), "更换承办人");
}
