use crate::claims::accept::{KEPT, accept};
use crate::claims::rule::{Act, ClaimsRule, Edition, Particulars, Severity, State as RuleState};
use crate::claims::screening::{RuleTotals, Screening};
use crate::claims::service::{Judgement, ask, ask_all, decide_rule, decided_states, evidence, judge, reply, settle};
use crate::claims::{GivenRule, Hit, Month, OfInstitution, ResultClass, Run, Sum, VerdictReason};
use crate::signal::{Signal, State};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Fen, LocalDate, Permission, Role, SubjectRef};
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_store::{Ctx, Failure, Filter, Stored, ledger, records, table_sizes};
use xingjian_testkit::{World, both_databases};

const PAIR: &str = "city/重复收费/监护";
const SEX: &str = "nhsa/药品区分性别使用/甲";
const TRIAL: &str = "city/试/乙";

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn hit(rule: &str, at: &str, doctor: &str, yuan: i64) -> Hit {
    Hit {
        id: format!("{rule}|{at}|{doctor}|{yuan}"),
        rule: rule.into(),
        version: 1,
        patient: Some("0a1b2c3d4e5f".into()),
        department: Some("内科".into()),
        doctor: Some(doctor.into()),
        day: day(at),
        values: vec![("性别".into(), "男".into())],
        amount: Fen::from_yuan(yuan),
        result: if rule == PAIR { ResultClass::Definite } else { ResultClass::Suspect },
        visits: vec![],
        lines: vec![],
    }
}

fn rule(id: &str, state: RuleState, hits: &[(&str, Vec<Hit>)]) -> GivenRule {
    let own: Vec<&Hit> = hits.iter().flat_map(|(_, hits)| hits).filter(|hit| hit.rule == id).collect();
    GivenRule {
        id: id.into(),
        version: 1,
        particulars: Particulars {
            name: id.split('/').nth(1).unwrap_or_default().into(),
            title: "演示".into(),
            kind: "限性别".into(),
            definition: "性别与限定的不同".into(),
            official: None,
            amount: "该明细的金额".into(),
            missing: "不判断".into(),
            limits: String::new(),
            text: String::new(),
            source: "演示规则".into(),
            from: day("2020-01-01"),
            until: None,
            author: "演示".into(),
            checker: None,
            result: if id == PAIR { ResultClass::Definite } else { ResultClass::Suspect },
            severity: Severity::Normal,
            defaults: vec![],
            items: 1,
        },
        others: vec![],
        state,
        totals: RuleTotals { sum: Sum::of(own.iter().copied()), not_judged: 0 },
        sample: if state == RuleState::Trial { own.into_iter().cloned().collect() } else { vec![] },
    }
}

/// A run over two months with these hits by institution.
fn run(name: &str, months: &[&str], hits: &[(&str, Vec<Hit>)]) -> (Run, Vec<OfInstitution>) {
    let run = Run {
        name: name.into(),
        data_version: 1,
        months: months.iter().map(|month| Month::parse(month).unwrap()).collect(),
        lines: 100,
        amount: Fen::from_yuan(9000),
        deliveries: vec![],
        rules: vec![
            rule(PAIR, RuleState::Live, hits),
            rule(SEX, RuleState::Live, hits),
            rule(TRIAL, RuleState::Trial, hits),
        ],
    };
    let of = |(code, hits): &(&str, Vec<Hit>)| OfInstitution {
        code: Some((*code).to_owned()),
        hits: hits.iter().filter(|hit| hit.rule != TRIAL).cloned().collect(),
    };
    (run, hits.iter().map(of).collect())
}

const MONTHS: &[&str] = &["2026-01", "2026-02"];

async fn taken(world: &World, name: &str, hits: &[(&str, Vec<Hit>)]) -> Screening {
    taken_of(world, name, MONTHS, hits).await
}

async fn taken_of(world: &World, name: &str, months: &[&str], hits: &[(&str, Vec<Hit>)]) -> Screening {
    let (run, given) = run(name, months, hits);
    accept(&Ctx::system(&world.app), &run, given).await.unwrap().value
}

async fn hospital(world: &World, name: &str, code: Option<&str>) -> Institution {
    let ctx = world.ctx("登记员", &[Role::Registrar]);
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
    institution::register(&ctx, details, true).await.unwrap()
}

fn insurer(world: &World, name: &str) -> Ctx {
    world.ctx_of("insurance", name, &[Role::Partner])
}

async fn signals(world: &World) -> Vec<Stored<Signal>> {
    let mut all: Vec<Stored<Signal>> =
        records::all::<Signal>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
    all.sort_by(|a, b| a.claims.as_ref().unwrap().month.cmp(&b.claims.as_ref().unwrap().month));
    all
}

async fn again(world: &World, signal: &Signal) -> Stored<Signal> {
    records::must::<Signal>(&Ctx::system(&world.app), signal.id).await.unwrap()
}

fn refused(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn verdict(rule: &str, confirmed: u64, yuan: i64, reason: VerdictReason) -> Judgement {
    Judgement { rule: rule.into(), confirmed, amount: Fen::from_yuan(yuan), reason, text: "已核对病历".into() }
}

fn first_hits() -> Vec<(&'static str, Vec<Hit>)> {
    vec![
        (
            "DEMO1",
            vec![
                hit(PAIR, "2026-01-05", "D1", 30),
                hit(PAIR, "2026-01-06", "D2", 50),
                hit(SEX, "2026-01-07", "D1", 20),
                hit(SEX, "2026-02-01", "D1", 10),
                hit(TRIAL, "2026-02-01", "D1", 70),
            ],
        ),
        ("DEMO9", vec![hit(SEX, "2026-01-07", "D9", 40)]),
    ]
}

both_databases! {
    async fn hits_become_one_signal_for_each_institution_and_month(world: World) {
        let one = hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let done = taken(&world, "a", &first_hits()).await;
        assert_eq!((done.went.opened, done.went.added_hits), (2, 4));
        let [live, placed, unplaced, trial] = [done.live(), done.placed(), done.unplaced(), done.trial()];
        assert_eq!((live.hits, placed.hits, unplaced.hits, trial.hits), (5, 4, 1, 1), "every hit went somewhere");
        assert_eq!(live.amount, placed.plus(unplaced).amount);
        let all = signals(&world).await;
        assert_eq!(all.len(), 2);
        let january = all[0].claims.as_ref().unwrap();
        assert_eq!((all[0].subject, all[0].department.as_str(), all[0].weight), (one.subject(), "insurance", 4));
        assert_eq!(all[1].weight, 2, "nothing but 可疑");
        let rules: Vec<_> = january.groups.iter().map(|g| (g.rule.as_str(), g.sum.hits, g.sum.amount)).collect();
        assert_eq!(rules, [(PAIR, 2, Fen::from_yuan(80)), (SEX, 1, Fen::from_yuan(20))]);
        assert_eq!(january.groups[0].parts[0].doctor.as_deref(), Some("D2"), "the largest amount first");
        let kept = evidence(&Ctx::system(&world.app), &january.groups[0].evidence[0]).await.unwrap();
        assert_eq!(kept.len(), 2);

        let sizes = table_sizes(&Ctx::system(&world.app)).await.unwrap();
        taken(&world, "a", &first_hits()).await;
        assert_eq!(table_sizes(&Ctx::system(&world.app)).await.unwrap(), sizes, "the same run changes nothing");
        let same = taken(&world, "b", &first_hits()).await;
        assert_eq!((same.went.opened, same.went.changed, same.went.same), (0, 0, 2));
        assert_eq!(signals(&world).await[0].version, all[0].version);
    }

    async fn a_code_registered_later_brings_its_hits_in(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        assert_eq!(taken(&world, "a", &first_hits()).await.unplaced().hits, 1);
        hospital(&world, "演示第九医院", Some("DEMO9")).await;
        let done = taken(&world, "a", &first_hits()).await;
        assert_eq!((done.unplaced().hits, done.went.opened, done.went.same), (0, 1, 2));
        // A code that two institutions claim is nobody's.
        hospital(&world, "演示另一第九医院", Some("DEMO9")).await;
        let done = taken(&world, "b", &first_hits()).await;
        assert_eq!(done.unplaced().hits, 1);
    }

    async fn a_code_that_is_lost_for_a_while_takes_nothing_away(world: World) {
        let one = hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let twin = hospital(&world, "演示误填编码的医院", Some("DEMO1")).await;
        let done = taken(&world, "b", &first_hits()).await;
        assert_eq!((done.placed().hits, done.unplaced().hits, done.went.withdrawn), (0, 5, 0));
        assert!(signals(&world).await.iter().all(|signal| signal.state.name() == "open"));
        let registrar = world.ctx("登记员", &[Role::Registrar]);
        let stored = records::must::<Institution>(&registrar, twin.id).await.unwrap();
        let details = Details { insurance_code: None, ..stored.details.clone() };
        institution::change(&registrar, twin.id, stored.version, details).await.unwrap();
        let done = taken(&world, "b", &first_hits()).await;
        assert_eq!((done.placed().hits, done.went.same, done.went.opened), (4, 2, 0));
        assert!(signals(&world).await.iter().all(|signal| signal.subject == one.subject()));
    }

    async fn nothing_stands_before_the_institution_was_heard(world: World) {
        let one = hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let other = hospital(&world, "演示第二医院", None).await;
        taken(&world, "a", &first_hits()).await;
        let (by, unit) = (insurer(&world, "医保甲"), world.unit("演示第一医院", one.subject()));
        let stranger = world.unit("演示第二医院", other.subject());
        let signal = signals(&world).await.remove(0);
        assert!(records::get::<Signal>(&unit, signal.id).await.unwrap().is_none(), "not asked, so not told");
        let foreign = ask(&world.ctx("监督员", &[Role::Inspector]), signal.id, signal.version, "请说明").await;
        assert!(matches!(foreign, Err(Failure::NotFound)), "another department does not even see it");
        let early = judge(&by, signal.id, signal.version, verdict(PAIR, 2, 80, VerdictReason::Stands)).await;
        assert_eq!(refused(early.unwrap_err()), "not_heard");

        let asked = ask(&by, signal.id, signal.version, "请就下列命中说明情况").await.unwrap();
        assert!(records::get::<Signal>(&unit, signal.id).await.unwrap().is_some());
        assert!(records::get::<Signal>(&stranger, signal.id).await.unwrap().is_none());
        let told = ledger::of_subject(&unit, one.subject(), 100).await.unwrap();
        let kinds: Vec<&str> = told.iter().map(|row| row.kind.as_str()).collect();
        assert!(kinds.contains(&"signal.asked") && !kinds.contains(&"signal.opened"), "{kinds:?}");
        let early = judge(&by, signal.id, asked.version, verdict(PAIR, 1, 30, VerdictReason::Explained)).await;
        assert_eq!(refused(early.unwrap_err()), "not_heard");
        assert!(reply(&by, signal.id, asked.version, None, "代为说明").await.is_err(), "the department does not answer for it");
        let wrong = reply(&unit, signal.id, asked.version, Some("没有这条".into()), "说明").await;
        assert_eq!(refused(wrong.unwrap_err()), "no_such_rule");
        let replied = reply(&unit, signal.id, asked.version, Some(PAIR.into()), "两次监护在不同病区。").await.unwrap();
        assert_eq!(replied.state.name(), "replied");

        for (judgement, code) in [
            (verdict(PAIR, 3, 80, VerdictReason::Stands), "too_much"),
            (verdict(PAIR, 2, 81, VerdictReason::Stands), "too_much"),
            (verdict(PAIR, 1, 30, VerdictReason::Stands), "contradiction"),
            (verdict(PAIR, 2, 80, VerdictReason::Data), "contradiction"),
            (verdict(PAIR, 0, 10, VerdictReason::Data), "contradiction"),
        ] {
            let failed = judge(&by, signal.id, replied.version, judgement).await.unwrap_err();
            assert_eq!(refused(failed), code);
        }
        let half = judge(&by, signal.id, replied.version, verdict(PAIR, 1, 50, VerdictReason::Explained)).await.unwrap();
        assert_eq!(half.state.name(), "replied", "one group is still to be judged");
        let done = judge(&by, signal.id, half.version, verdict(SEX, 0, 0, VerdictReason::Rule)).await.unwrap();
        assert_eq!(done.state.name(), "confirmed");
        let precision = |rule: &'static str| {
            let world = &world;
            async move {
                let kept = records::by_number::<ClaimsRule>(&Ctx::system(&world.app), rule).await.unwrap().unwrap();
                kept.precision()
            }
        };
        assert_eq!((precision(PAIR).await, precision(SEX).await), (Some((1, 2)), Some((0, 1))));
        let ended = settle(&by, signal.id, done.version, "退回基金50元").await.unwrap();
        assert_eq!(ended.state.name(), "closed");
    }

    async fn silence_does_not_keep_hits_from_standing(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let by = insurer(&world, "医保甲");
        let one = signals(&world).await[0].subject;
        assert_eq!(ask_all(&by, one, "请说明").await.unwrap(), 2);
        assert_eq!(refused(ask_all(&by, one, "请说明").await.unwrap_err()), "nothing");
        let signal = signals(&world).await.remove(1);
        let State::Asked { due } = signal.state else { panic!() };
        world.clock.set(due.due);
        let on_the_day = judge(&by, signal.id, signal.version, verdict(SEX, 1, 10, VerdictReason::Stands)).await;
        assert_eq!(refused(on_the_day.unwrap_err()), "not_heard");
        world.clock.set(plus_days(due.due, 1));
        let late = judge(&by, signal.id, signal.version, verdict(SEX, 1, 10, VerdictReason::Stands)).await.unwrap();
        assert_eq!(late.state.name(), "confirmed");
    }

    async fn a_correction_withdraws_and_adds(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let by = insurer(&world, "医保甲");
        let one = signals(&world).await[0].subject;
        ask_all(&by, one, "请说明").await.unwrap();
        world.clock.set(day("2027-01-11"));
        let signal = signals(&world).await.remove(0);
        let half = judge(&by, signal.id, signal.version, verdict(PAIR, 2, 80, VerdictReason::Stands)).await.unwrap();
        judge(&by, signal.id, half.version, verdict(SEX, 0, 0, VerdictReason::Data)).await.unwrap();
        let february = signals(&world).await.remove(1);

        let mut hits = first_hits();
        hits[0].1 = vec![hit(PAIR, "2026-01-05", "D1", 30), hit(PAIR, "2026-01-08", "D3", 5), hit(SEX, "2026-01-07", "D1", 20)];
        let done = taken(&world, "b", &hits).await;
        assert_eq!((done.went.changed, done.went.withdrawn), (1, 1));
        assert_eq!((done.went.added_hits, done.went.withdrawn_hits), (1, 2));
        let now = again(&world, &signal).await;
        let claims = now.claims.as_ref().unwrap();
        assert_eq!(now.state.name(), "replied", "what changed is looked at again");
        assert!(claims.group(PAIR).unwrap().verdict.is_none() && claims.group(SEX).unwrap().verdict.is_some());
        assert_eq!(claims.group(PAIR).unwrap().sum.amount, Fen::from_yuan(35));
        let kept = records::by_number::<ClaimsRule>(&Ctx::system(&world.app), PAIR).await.unwrap().unwrap();
        assert_eq!(kept.precision(), None, "the verdict is taken back from the rule");
        let change = &claims.changes[0];
        assert_eq!((change.added, change.withdrawn, change.why.as_str()), (1, 1, "数据更正"));
        let gone = evidence(&by, change.evidence.as_ref().unwrap()).await.unwrap();
        assert_eq!(gone[0].doctor.as_deref(), Some("D2"), "the file shows which hit is no more");
        let now = again(&world, &february).await;
        assert_eq!(now.state.name(), "withdrawn");
        // The data come back as they were: a withdrawn signal stays withdrawn, and another one is opened.
        let done = taken(&world, "a", &first_hits()).await;
        assert_eq!(done.went.opened, 1);
    }

    async fn a_new_version_says_why_hits_change_and_the_one_before_stays_readable(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let next = |number: u32, name: &str| {
            let mut hits = first_hits();
            for hit in hits.iter_mut().flat_map(|(_, hits)| hits).filter(|hit| hit.rule == PAIR) {
                (hit.version, hit.id) = (number, format!("{}|{number}", hit.id));
            }
            let (mut run, given) = run(name, MONTHS, &hits);
            let rule = run.rules.iter_mut().find(|rule| rule.id == PAIR).unwrap();
            rule.version = number;
            rule.particulars.limits = format!("第{number}版的限定");
            rule.particulars.severity = Severity::Serious;
            (run, given)
        };
        let (mut run, given) = next(2, "b");
        let first = Edition { version: 1, particulars: rule(PAIR, RuleState::Live, &[]).particulars };
        run.rules[0].others = vec![first];
        let ctx = Ctx::system(&world.app);
        accept(&ctx, &run, given).await.unwrap();
        let signal = signals(&world).await.remove(0);
        let claims = signal.claims.as_ref().unwrap();
        let change = claims.changes.iter().find(|change| change.rule == PAIR).unwrap();
        assert_eq!((change.added, change.withdrawn, change.why.as_str()), (2, 2, "规则更新"));
        assert_eq!(claims.group(PAIR).unwrap().versions, [2].into());
        assert_eq!(signal.weight, 5, "明确违规 by a rule that is 严重");
        let kept = records::by_number::<ClaimsRule>(&ctx, PAIR).await.unwrap().unwrap();
        let limits = |kept: &ClaimsRule, version| kept.edition(version).map(|said| said.limits.clone());
        assert_eq!((kept.version, limits(&kept, 1), limits(&kept, 2)), (2, Some(String::new()), Some("第2版的限定".into())));

        // The catalogue has the third version alone; what was found by the others can still be read.
        let (run, given) = next(3, "c");
        accept(&ctx, &run, given).await.unwrap();
        let kept = records::by_number::<ClaimsRule>(&ctx, PAIR).await.unwrap().unwrap();
        let numbers: Vec<u32> = kept.others.iter().map(|edition| edition.version).collect();
        assert_eq!((kept.version, numbers, limits(&kept, 2)), (3, vec![1, 2], Some("第2版的限定".into())));
        assert_eq!(limits(&kept, 4), None, "never seen");
    }

    async fn a_rule_that_is_not_run_is_known_and_not_counted(world: World) {
        let (mut run, given) = run("a", MONTHS, &[]);
        run.rules[2].state = RuleState::Draft;
        let done = accept(&Ctx::system(&world.app), &run, given).await.unwrap();
        assert_eq!(done.rules, 2);
        let kept = records::by_number::<ClaimsRule>(&Ctx::system(&world.app), TRIAL).await.unwrap().unwrap();
        let by = insurer(&world, "医保甲");
        let tried = decide_rule(&by, kept.id, kept.version, Act::Try, "先试运行").await.unwrap();
        assert_eq!(tried.state(), RuleState::Trial, "a draft is put on trial at the desk");
    }

    async fn what_has_ended_keeps_its_hits_and_says_what_fell_away(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let by = insurer(&world, "医保甲");
        let signal = signals(&world).await.remove(1);
        let done = judge(&by, signal.id, signal.version, verdict(SEX, 0, 0, VerdictReason::Explained)).await.unwrap();
        assert_eq!(done.state.name(), "dismissed");
        let mut hits = first_hits();
        hits[0].1.push(hit(SEX, "2026-02-09", "D4", 15));
        let done = taken(&world, "b", &hits).await;
        assert_eq!((done.went.opened, done.went.added_hits), (1, 1));
        let all = signals(&world).await;
        let fresh = all.iter().find(|s| s.state.name() == "open" && s.claims.as_ref().unwrap().month.as_str() == "2026-02");
        assert_eq!(fresh.unwrap().claims.as_ref().unwrap().sum().amount, Fen::from_yuan(15), "only what is new");
        hits[0].1.retain(|hit| hit.day < day("2026-02-01"));
        taken(&world, "c", &hits).await;
        let ended = again(&world, &signal).await;
        let claims = ended.claims.as_ref().unwrap();
        assert_eq!((ended.state.name(), claims.changes.len(), claims.changes[0].withdrawn), ("dismissed", 1, 1));
        assert!(claims.groups[0].verdict.as_ref().unwrap().outdated);
        taken(&world, "d", &hits).await;
        assert_eq!(again(&world, &signal).await.claims.as_ref().unwrap().changes.len(), 1, "it is said once");
    }

    async fn months_that_were_pruned_are_left_alone(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let done = taken_of(&world, "b", &["2026-02"], &[("DEMO1", vec![hit(SEX, "2026-02-01", "D1", 10)])]).await;
        assert_eq!((done.went.withdrawn, done.went.changed, done.went.same), (0, 0, 1));
        assert_eq!(signals(&world).await[0].state.name(), "open");
    }

    async fn of_many_hits_the_largest_amounts_are_kept(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let many: Vec<Hit> =
            (1..=i64::try_from(KEPT).unwrap() + 50).map(|yuan| hit(SEX, "2026-01-07", &format!("D{}", yuan % 7), yuan)).collect();
        let all = Sum::of(&many);
        taken(&world, "a", &[("DEMO1", many)]).await;
        let signal = signals(&world).await.remove(0);
        let group = &signal.claims.as_ref().unwrap().groups[0];
        assert_eq!(group.sum, all);
        let mut kept = vec![];
        for parcel in &group.evidence {
            let hits = evidence(&Ctx::system(&world.app), parcel).await.unwrap();
            assert!(hits.iter().all(|hit| parcel.doctors.0 <= hit.doctor && hit.doctor <= parcel.doctors.1));
            kept.extend(hits);
        }
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept.iter().map(|hit| hit.amount).min(), Some(Fen::from_yuan(51)));
        let parts: u64 = group.parts.iter().map(|part| part.sum.hits).sum();
        assert_eq!(parts, all.hits, "sums are over all hits, not only those kept");
    }

    async fn a_rule_is_put_in_force_by_another_person_than_put_it_on_trial(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let (one, two) = (insurer(&world, "医保甲"), insurer(&world, "医保乙"));
        let rule = records::by_number::<ClaimsRule>(&one, TRIAL).await.unwrap().unwrap();
        assert_eq!((rule.state(), rule.last.sum.hits), (RuleState::Trial, 1));
        assert_eq!(evidence(&one, rule.sample.as_ref().unwrap()).await.unwrap().len(), 1);
        let health = world.ctx("监督员", &[Role::Inspector]);
        let foreign = decide_rule(&health, rule.id, rule.version, Act::Activate, "可用").await;
        assert_eq!(refused(foreign.unwrap_err()), "not_your_department");
        let live = decide_rule(&one, rule.id, rule.version, Act::Activate, "交付时已试运行").await.unwrap();
        let back = decide_rule(&one, rule.id, live.version, Act::Suspend, "误报较多").await.unwrap();
        let same = decide_rule(&one, rule.id, back.version, Act::Activate, "可用").await;
        assert_eq!(refused(same.unwrap_err()), "same_person");
        assert!(!back.open_actions(&one.actor).contains(&Act::Activate) && back.open_actions(&two.actor).contains(&Act::Activate));
        let live = decide_rule(&two, rule.id, back.version, Act::Activate, "已核对样例").await.unwrap();
        assert_eq!(decided_states(&one).await.unwrap().get(TRIAL), Some(&RuleState::Live));
        // The next run brings the rule as it was delivered; the bureau's decision stays.
        taken(&world, "b", &first_hits()).await;
        let kept = records::must::<ClaimsRule>(&one, rule.id).await.unwrap();
        assert_eq!(kept.decided, live.value.decided);
        assert!(matches!(decide_rule(&world.ctx_of("insurance", "甲", &[Role::Publisher]), rule.id, kept.version, Act::Retire, "停").await, Err(Failure::Denied(Permission::HandleSignal))));
    }

    async fn a_confirmed_signal_may_become_an_inspection(world: World) {
        let one = hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        let by = world.ctx_of("insurance", "医保监督员", &[Role::Inspector]);
        let signal = signals(&world).await.remove(0);
        assert_eq!(signal.open_actions(&by.actor), ["ask", "judge", "inspect"]);
        assert_eq!(signal.open_actions(&insurer(&world, "甲").actor), ["ask", "judge"]);
        assert!(signal.open_actions(&world.ctx("别的部门", &[Role::Inspector]).actor).is_empty());
        assert_eq!(signal.subject, SubjectRef::Institution(one.id));
    }
}
