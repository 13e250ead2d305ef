//! The packs load, hold what the program asks for by id, and say what the law says.

use expect_test::expect;
use jiff::civil::date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xingjian_kernel::{DepartmentId, Fen, LocalDate};
use xingjian_policy::{DemeritTarget, DepartmentKind, PUBLIC_FIELDS, PenaltyKind, Policy, Status, check};

const TODAY: LocalDate = date(2026, 11, 21);

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy")
}

fn zhuhai() -> Policy {
    Policy::load(&root(), "zhuhai").unwrap()
}

#[test]
fn the_packs_have_no_fault() {
    let report = check(&root());
    assert_eq!(report.faults, vec![]);
    let parts = ["national", "zhuhai"].map(|pack| check(&root().join(pack)));
    assert!(parts.iter().all(|part| part.faults.is_empty()));
    assert_eq!(report.entries, parts.iter().map(|part| part.entries).sum::<usize>());
    assert_eq!(report.files, parts.iter().map(|part| part.files).sum::<usize>());
}

#[test]
fn entries_by_table_and_status() {
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for head in zhuhai().heads() {
        counts.entry(head.table).or_default()[Status::ALL.iter().position(|status| *status == head.status).unwrap()] +=
            1;
    }
    let lines = counts.iter().map(|(table, n)| format!("{table}: {} {} {} {}\n", n[0], n[1], n[2], n[3]));
    expect![[r#"
        channel: 2 0 5 0
        city: 1 0 0 0
        clock: 35 10 6 13
        complaint_kind: 1 0 0 3
        demerit_item: 0 4 0 33
        demerit_rule: 0 2 0 2
        department: 19 0 0 0
        discretion_band: 0 0 0 4
        document_kind: 0 1 0 13
        duty: 19 0 0 0
        grade_model: 0 0 0 1
        inspection_item: 0 29 9 0
        keeping: 0 0 1 0
        linkage: 0 0 0 10
        message_layout: 0 0 0 2
        parameter: 7 4 0 12
        publication_class: 0 1 0 8
        sampling_rate: 0 0 0 4
        seed_institution: 0 1 7 0
        topic_words: 0 0 0 23
        violation: 104 0 10 0
    "#]]
    .assert_eq(&lines.collect::<String>());
}

#[test]
fn what_the_program_asks_for_by_id_is_there() {
    let policy = zhuhai();
    for id in [
        "complaint_accept",
        "complaint_answer",
        "report_answer",
        "petition_answer",
        "question_answer",
        "signal_handle",
        "claims_reply",
        "rectification",
        "decide",
        "hearing_request",
        "statement",
        "service",
        "announcement",
        "pay",
        "demerit_notice",
        "publish_decision",
        "publish_inspection",
        "publish_withdraw",
        "linkage_acknowledge",
        "linkage_effect",
    ] {
        assert!(policy.clock(id, TODAY).is_some(), "{id}");
    }
    for id in [
        "hearing_fine_institution",
        "hearing_fine_person",
        "hearing_gains_institution",
        "onsite_fine_person",
        "onsite_fine_institution",
    ] {
        assert_eq!(policy.parameter(id, TODAY).unwrap().unit, "人民币分", "{id}");
    }
    for id in
        ["inspection_notice", "rectification_order", "filing", "penalty_notice", "penalty_decision", "demerit_notice"]
    {
        assert!(policy.document_kind(id, TODAY).is_some(), "{id}");
    }
    for id in ["portal", "weixin", "12345", "12320", "letter", "visit", "transfer"] {
        assert!(policy.channel(id, TODAY).is_some(), "{id}");
    }
    let kinds: Vec<&str> = policy.complaint_kinds_in_order(TODAY).iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(kinds, ["投诉", "举报", "信访", "咨询"]);
    for (id, clock) in policy.complaint_kinds(TODAY).iter().map(|kind| (&kind.id, &kind.clock)) {
        assert!(policy.deadline(clock, TODAY).is_some(), "{id}");
    }
}

/// 行政处罚法第60、64、67、85条: 90 and 15 days are natural, 5 and 7 are working days. T4, T7, T10.
#[test]
fn clocks_of_the_penalty_law() {
    let policy = zhuhai();
    let due = |id, from| policy.deadline(id, from).unwrap().due;
    assert_eq!(due("hearing_request", date(2026, 4, 30)), date(2026, 5, 11));
    assert_eq!(due("publish_decision", date(2026, 2, 13)), date(2026, 3, 2));
    assert_eq!(due("publish_withdraw", date(2026, 9, 30)), date(2026, 10, 10));
    assert_eq!(due("publish_inspection", date(2026, 9, 30)), date(2026, 11, 3));
    assert_eq!(due("pay", date(2026, 3, 2)), date(2026, 3, 17));
    assert_eq!(due("decide", date(2026, 6, 1)), date(2026, 8, 31), "30 August 2026 is a Sunday");
    assert_eq!(policy.clock("decide", TODAY).unwrap().warn_days, [15, 7, 0]);
    assert!(policy.clock("decide", TODAY).unwrap().is_released_by_itself());
    assert!(!policy.clock("statement", TODAY).unwrap().is_released_by_itself());
    assert_eq!(policy.deadline("decide", date(2021, 7, 14)), None, "the law of 2021 was not in force");
}

fn range(violation: &str, base: i64) -> Option<(i64, i64)> {
    let policy = zhuhai();
    let range = policy.violation(violation, TODAY).unwrap().fine.range(Fen::from_yuan(base));
    range.map(|(min, max)| (min.fen() / 100, max.fen() / 100))
}

/// T17, T18: 医师法第59条, gains below 10,000 yuan count as 10,000.
#[test]
fn practising_without_being_a_physician() {
    assert_eq!(range("YS-014", 3_000), Some((20_000, 100_000)));
    assert_eq!(range("YS-014", 30_000), Some((60_000, 300_000)));
}

/// T19: 母婴保健法实施办法第40条, a fixed range below 5,000 yuan.
#[test]
fn mother_and_child_care_without_permission() {
    assert_eq!(range("MY-001", 4_000), Some((5_000, 20_000)));
    assert_eq!(range("MY-001", 6_000), Some((18_000, 30_000)));
    assert_eq!(range("MY-001", 5_000), Some((15_000, 25_000)));
}

/// T20: 医疗废物管理条例第45条, first a warning and an order; a fine only where it is not obeyed in time.
#[test]
fn medical_waste_is_fined_only_after_the_deadline() {
    let policy = zhuhai();
    for id in ["YF-001", "YF-002", "YF-003", "YF-004", "YF-005", "YF-006"] {
        let violation = policy.violation(id, TODAY).unwrap();
        assert!(violation.fine.only_after_deadline(), "{id}");
        assert!(violation.penalties.contains(&PenaltyKind::Warning));
        assert_eq!(range(id, 0), Some((2_000, 5_000)));
    }
    assert!(!policy.violation("YF-010", TODAY).unwrap().fine.only_after_deadline());
}

#[test]
fn other_shapes_of_fines() {
    assert_eq!(range("YL-003", 0), Some((20_000, 100_000)), "基本医疗卫生与健康促进法第100条");
    assert_eq!(range("YL-001", 200_000), Some((1_000_000, 4_000_000)), "第99条");
    assert_eq!(range("GG-001", 0), Some((100_000, 200_000)), "a fee that cannot be calculated");
    assert_eq!(range("GG-001", 50_000), Some((50_000, 150_000)), "广告法第58条");
    assert_eq!(range("YP-001", 1_000), Some((100_000, 500_000)), "药品管理法第129条");
    assert_eq!(range("QX-004", 9_999), Some((20_000, 50_000)), "医疗器械监督管理条例第86条");
    assert_eq!(range("YL-011", 0), None);
}

/// The law of the day of the act applies: 行政处罚法第37条.
#[test]
fn an_amended_regulation_has_two_versions() {
    let policy = zhuhai();
    let before = policy.violation("YL-008", date(2022, 4, 30)).unwrap();
    let after = policy.violation("YL-008", date(2022, 5, 1)).unwrap();
    assert_eq!(before.fine.range(Fen::ZERO).unwrap().1, Fen::from_yuan(3_000));
    assert_eq!(after.fine.range(Fen::ZERO).unwrap().1, Fen::from_yuan(100_000));
    assert_eq!((before.status, after.status), (Status::Verified, Status::General));
    assert_eq!(policy.violation("CR-002", date(2025, 9, 1)).unwrap().status, Status::General);
}

#[test]
fn every_violation_of_the_catalogue_is_there() {
    let policy = zhuhai();
    assert_eq!(policy.violations(TODAY).len(), 105);
    assert_eq!(policy.inspection_items(TODAY).len(), 38);
    let items = policy.demerit_items(TODAY);
    assert_eq!(items.len(), 37);
    let letting = policy.demerit_item("JG-11", TODAY).unwrap();
    assert_eq!((letting.points, &letting.violations[..]), (12, &["YL-003".to_owned()][..]));
    let physicians = items.iter().filter(|item| item.target == DemeritTarget::Physician);
    assert_eq!(physicians.count(), 12);
}

/// T33: 899 is B, 900 is A; a refused inspection forces D.
#[test]
fn points_become_grades() {
    let policy = zhuhai();
    let model = policy.grade_model("default", TODAY).unwrap();
    let grade = |points| model.band(points).unwrap().grade.as_str();
    assert_eq!([1000, 900, 899, 750, 749, 600, 599, -50].map(grade), ["A", "A", "B", "B", "C", "C", "D", "D"]);
    let refused = model.items.iter().find(|item| item.cause == xingjian_policy::GradeCause::RefusedInspection);
    assert_eq!(refused.unwrap().veto.as_deref(), Some("D"));
    let rates = policy.sampling_rates(TODAY);
    let rates: Vec<_> = rates.iter().map(|rate| (rate.grade.as_str(), rate.rate_percent, rate.yearly_cap)).collect();
    assert_eq!(rates, [("A", 5, 1), ("B", 10, 2), ("C", 30, 4), ("D", 100, 12)]);
}

/// T31: 粤卫〔2011〕1号, more than 24 points in a year.
#[test]
fn the_rule_of_guangdong_stands_beside_the_default() {
    let policy = zhuhai();
    let rule = policy.demerit_rule("institution-guangdong", TODAY).unwrap();
    assert_eq!((rule.status, rule.cycle_months, rule.thresholds[0].points), (Status::Quoted, 12, 25));
    let default = policy.demerit_rule("institution", TODAY).unwrap();
    let points: Vec<_> = default.thresholds.iter().map(|threshold| threshold.points).collect();
    assert_eq!(points, [6, 9, 12, 18, 24]);
    assert!(
        default.cleared_by_verification && !policy.demerit_rule("physician", TODAY).unwrap().cleared_by_verification
    );
}

#[test]
fn topics_go_to_the_department_of_the_document() {
    let policy = zhuhai();
    let lead = |topic| policy.duty_for(topic, TODAY).unwrap().lead.as_str().to_owned();
    assert_eq!(
        ["依法执业", "医疗收费", "医疗广告", "医保基金", "医疗废物", "放射辐射"].map(lead),
        ["health", "market", "market", "insurance", "environment", "environment"]
    );
    assert_eq!(policy.duty_for("别的", TODAY), None);
    let known = policy.topics(TODAY);
    for violation in policy.violations(TODAY) {
        let stray: Vec<_> = violation.topics.iter().filter(|topic| !known.contains(&topic.as_str())).collect();
        assert!(stray.is_empty(), "{}: {stray:?}", violation.id);
    }
    let leading = policy.lead_department(TODAY).unwrap();
    assert_eq!((leading.id.as_str(), leading.kind), ("health", DepartmentKind::Health));
    let joint = policy.duty("2-2", TODAY).unwrap();
    assert_eq!(joint.lead, DepartmentId::new("health"));
    assert_eq!(joint.others.len(), 8);
}

#[test]
fn the_city_is_described() {
    let policy = zhuhai();
    assert_eq!((policy.city.name.as_str(), policy.city.short.as_str()), ("珠海市", "珠"));
    assert_eq!(policy.divisions.name(&policy.city.division, TODAY), Some("珠海市"));
    assert_eq!(policy.seed_institutions(TODAY).len(), 8);
    assert_eq!(policy.version.len(), 64);
    assert_eq!(policy.version, zhuhai().version);
}

/// 个人信息保护法第28条: nothing that names a person's certificate can be published.
#[test]
fn no_publication_shows_a_certificate_number() {
    assert!(PUBLIC_FIELDS.iter().all(|(_, label)| !label.contains("证件") && !label.contains("身份证")));
    let policy = zhuhai();
    let person = policy.publication_class("decision_person_general", TODAY).unwrap();
    assert!(!person.fields.iter().any(|field| field == "party_name" || field == "credit_code"));
}

#[test]
fn a_head_leads_to_its_entry() {
    let policy = zhuhai();
    let head = policy.head("violation", "YL-003", TODAY).unwrap();
    assert_eq!((head.table_label, head.title.as_str()), ("案由", "对外出租、承包医疗科室"));
    assert_eq!(policy.head("violation", "YL-003", date(2020, 5, 31)), None);
    assert!(policy.heads().iter().all(|head| policy.head(head.table, &head.id, head.from).is_some()));
}
