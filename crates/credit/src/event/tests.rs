use super::*;
use jiff::civil::date;

fn who() -> Who {
    Who { name: "演示医院".into(), division: "440402".parse().unwrap() }
}

pub(crate) fn event(n: u64, cause: GradeCause, units: u32, effective_on: LocalDate) -> CreditEvent {
    let new = NewEvent {
        subject: "institution:0199a000-0000-7000-8000-000000000001".parse().unwrap(),
        cause,
        units,
        amount: None,
        effective_on,
        source: Source {
            resource: format!("case-{n}"),
            number: Some(format!("珠卫医罚〔2026〕{n}号")),
            department: DepartmentId::new("health"),
            text: cause.label().into(),
        },
    };
    let id = format!("0199a000-0000-7000-8000-{n:012}").parse().unwrap();
    CreditEvent::record(id, new, &who(), Timestamp::from_local(effective_on, 9, 0)).unwrap()
}

#[test]
fn a_withdrawn_event_counted_until_it_was_withdrawn() {
    let event = event(1, GradeCause::PenaltyWarning, 1, date(2026, 3, 1));
    assert_eq!(event.clone().withdraw(date(2026, 5, 1), " "), Err(TransitionError::NoReason));
    let withdrawn = event.withdraw(date(2026, 5, 1), "原决定被撤销").unwrap();
    let days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 30), date(2026, 5, 1)];
    assert_eq!(days.map(|day| withdrawn.in_force(day)), [false, true, true, false]);
    assert_eq!(
        withdrawn.withdraw(date(2026, 6, 1), "再次").map_err(|e| e.to_string()),
        Err("该信用事件已于2026年5月1日撤回".into())
    );
}

#[test]
fn an_event_of_nothing_is_refused() {
    let full = event(1, GradeCause::DemeritPoint, 1, date(2026, 3, 1));
    let new = NewEvent {
        subject: full.subject,
        cause: full.cause,
        units: 0,
        amount: None,
        effective_on: full.effective_on,
        source: full.source.clone(),
    };
    assert_eq!(CreditEvent::record(full.id, new, &who(), full.recorded_at), Err(TransitionError::NoUnits));
}

#[test]
fn one_decision_is_one_cause_the_gravest() {
    use GradeCause as G;
    use PenaltyKind as K;
    for (kinds, yuan, expected) in [
        (vec![], 0, None),
        (vec![K::Warning], 0, Some(G::PenaltyWarning)),
        (vec![K::Criticism], 0, Some(G::PenaltyWarning)),
        (vec![K::Warning, K::Fine], 2_000, Some(G::PenaltyFineBelow1w)),
        (vec![K::Fine], 9_999, Some(G::PenaltyFineBelow1w)),
        (vec![K::Fine], 10_000, Some(G::PenaltyFineFrom1w)),
        (vec![K::ConfiscateGains, K::Fine], 2_000, Some(G::PenaltyFineFrom1w)),
        (vec![K::ConfiscateGains], 0, Some(G::PenaltyFineFrom1w)),
        (vec![K::Fine, K::SuspendBusiness], 50_000, Some(G::Suspension)),
        (vec![K::Fine, K::SuspendLicence, K::RevokeLicence], 50_000, Some(G::Revocation)),
    ] {
        assert_eq!(cause_of_penalty(&kinds, Fen::from_yuan(yuan)), expected, "{kinds:?} {yuan}");
    }
}

#[test]
fn the_diagram_shows_these_transitions() {
    assert_eq!(
        xingjian_testkit::diagram::transitions("event"),
        xingjian_testkit::diagram::table(CreditEvent::TRANSITIONS)
    );
}
