//! From claims to signals and back: what screening finds arrives in the loop, and a correction of the claims takes it out again.

use crate::claims::{Folder, ingest, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use xingjian_cli::handover::{Basis, HandoverError, MOST_HITS, as_decided, hand_over, parameters};
use xingjian_kernel::{Fen, Role};
use xingjian_registry::institution::{self, Details};
use xingjian_registry::release;
use xingjian_screen::catalogue;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::{Store, load, write};
use xingjian_screen::generate::{Recipe, World as City};
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;
use xingjian_screen::rule::{Parameters, Rule, State, Test};
use xingjian_screen::run::{self, Run};
use xingjian_sense::claims::rule::{Act, ClaimsRule};
use xingjian_sense::claims::screening::Screening;
use xingjian_sense::claims::{Sum, service};
use xingjian_sense::signal::Signal;
use xingjian_store::{App, Ctx, Filter, Stored, records};
use xingjian_testkit::{World, both_databases, policy_dir};

fn rules() -> Vec<Rule> {
    catalogue::load(&policy_dir(), &["national"], Path::new("nothing")).unwrap()
}

/// The rules and a wrong one, which hits every day on which anybody got anything.
fn with_a_wrong_rule(folder: &Path) -> Vec<Rule> {
    let items = Store::open(folder).unwrap().dictionaries.list(ListName::Items).names().to_vec();
    let mut rules = rules();
    let like = rules.iter().find(|rule| rule.state == State::Live).unwrap().clone();
    let test = Test::DailyCount { at_most: 0 };
    rules.push(Rule { id: "wrong".into(), items, test, examples: vec![], ..like });
    rules
}

fn city(folder: &Path) {
    let recipe = Recipe {
        patients: 300,
        begin: "2026-08-01".parse().unwrap(),
        months: 2,
        seed: 5,
        violations: 120,
        city: "440400".into(),
    };
    City::write(&recipe, &rules(), folder, 2, 1).unwrap();
}

async fn hospitals(world: &World) {
    let ctx = world.ctx("登记员", &[Role::Registrar]);
    for number in 0..12 {
        let details = Details {
            name: format!("演示医院{number}"),
            division: world.app.policy.city.division.clone(),
            place: None,
            licence: None,
            credit_code: None,
            insurance_code: Some(format!("DEMO{number:05}")),
            category: None,
            level: None,
            address: None,
            telephone: None,
            beds: None,
        };
        institution::register(&ctx, details, true).await.unwrap();
    }
}

async fn screened(app: &Arc<App>, folder: &Path) -> (Screening, Run) {
    let mut rules = rules();
    as_decided(app, &mut rules).await.unwrap();
    let (taken, run, _) = screened_by(app, folder, &rules, MOST_HITS).await;
    (taken.unwrap(), run)
}

async fn screened_by(
    app: &Arc<App>,
    folder: &Path,
    rules: &[Rule],
    most: u64,
) -> (Result<Screening, HandoverError>, Run, Vec<Hit>) {
    let store = Store::open(folder).unwrap();
    let months: Vec<String> = store.manifest.months.keys().cloned().collect();
    let parameters = parameters(app).await.unwrap();
    let (run, hits) = run::screen(&store, rules.to_vec(), parameters, &Extracts::default(), &months, 1, None).unwrap();
    let basis = Basis { rules, parameters: &parameters, definitions: &BTreeMap::new() };
    let taken = hand_over(app, &store, basis, &run, &hits, most).await.map(|(taken, _)| taken);
    (taken, run, hits.to_vec().unwrap())
}

async fn signals(app: &Arc<App>) -> Vec<Stored<Signal>> {
    records::all::<Signal>(&Ctx::system(app), &Filter::default()).await.unwrap()
}

/// Takes one fee line out of the store, as a corrected delivery of its month would.
fn correct(folder: &Path, line: &str) {
    let mut store = Store::open(folder).unwrap();
    for (name, month) in store.manifest.months.clone() {
        for (bucket, set) in month.buckets.iter().enumerate() {
            let mut rows = load::month(folder, set).unwrap();
            let before = rows.lines.len();
            rows.lines.retain(|row| row.line != line);
            if rows.lines.len() < before {
                let mut month = month.clone();
                month.buckets[bucket] = write::month(folder, &format!("{name}/b{bucket:02}-v2"), &rows).unwrap();
                store.put_month(&name, month).unwrap();
                return;
            }
        }
    }
    panic!("no line {line}");
}

both_databases! {
    async fn what_is_found_arrives_and_what_is_corrected_goes(world: World) {
        let folder = tempfile::tempdir().unwrap();
        city(folder.path());
        hospitals(&world).await;
        let (done, run) = screened(&world.app, folder.path()).await;
        let (live, placed, unplaced) = (done.live(), done.placed(), done.unplaced());
        assert!(placed.hits > 50, "{placed:?}");
        assert_eq!(live, placed.plus(unplaced), "every hit is at a place or is said to have none");
        let by_rule: u64 = run.by_rule.values().filter(|total| !total.trial).map(|total| total.hits).sum();
        assert_eq!(live.hits, by_rule);
        let all = signals(&world.app).await;
        let in_signals = all.iter().fold(Sum::default(), |sum, signal| sum.plus(signal.claims.as_ref().unwrap().sum()));
        assert_eq!(in_signals, placed);

        // Of each hit the lines are there, and they are those that it names.
        let ctx = Ctx::system(&world.app);
        let mut seen = 0;
        let mut single = None;
        for signal in &all {
            for group in &signal.claims.as_ref().unwrap().groups {
                for parcel in &group.evidence {
                    for hit in service::evidence(&ctx, parcel).await.unwrap() {
                        assert!(!hit.visits.is_empty() || !hit.lines.is_empty() || hit.patient.is_none(), "{hit:?}");
                        assert!(hit.lines.iter().all(|line| line.amount != Fen::ZERO || line.refunded), "{hit:?}");
                        seen += 1;
                        if group.sum.hits == 1 && hit.lines.len() == 1 && group.rule.contains("不予支付") {
                            single = Some((signal.id, group.rule.clone(), hit.lines[0].id.clone()));
                        }
                    }
                }
            }
        }
        assert_eq!(seen, placed.hits);
        let (again, _) = screened(&world.app, folder.path()).await;
        assert_eq!(again.id, done.id, "the same run handed over again changes nothing");

        let (id, rule, line) = single.expect("the city has a line that is not covered");
        correct(folder.path(), &line);
        let (after, _) = screened(&world.app, folder.path()).await;
        assert_eq!((after.went.opened, after.went.withdrawn_hits), (0, 1), "{:?}", after.went);
        let signal = records::must::<Signal>(&ctx, id).await.unwrap();
        let claims = signal.claims.as_ref().unwrap();
        assert!(claims.group(&rule).is_none());
        let change = claims.changes.last().unwrap();
        assert_eq!((change.rule.as_str(), change.withdrawn), (rule.as_str(), 1));
        let gone = service::evidence(&ctx, change.evidence.as_ref().unwrap()).await.unwrap();
        assert_eq!(gone[0].lines[0].id, line, "the file shows the line that is no more");
    }

    async fn more_hits_than_may_be_are_not_handed_over_and_the_rules_are_named(world: World) {
        let folder = tempfile::tempdir().unwrap();
        city(folder.path());
        hospitals(&world).await;
        let rules = with_a_wrong_rule(folder.path());
        let (_, run, hits) = screened_by(&world.app, folder.path(), &rules, 0).await;
        let live = hits.iter().filter(|hit| !hit.trial).count() as u64;
        let (refused, _, _) = screened_by(&world.app, folder.path(), &rules, live - 1).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(&format!("命中{live}处，超过一次转为线索的上限{}处", live - 1)), "{said}");
        assert!(said.contains(&format!("已保存为筛查{}；", run.id)), "{said}");
        assert!(said.contains(&format!("命中最多的规则：wrong（{}处）、", run.by_rule["wrong"].hits)), "{said}");
        assert!(signals(&world.app).await.is_empty(), "nothing was handed over");
        assert!(screened_by(&world.app, folder.path(), &rules, live).await.0.is_ok());
    }

    async fn of_a_rule_on_trial_the_largest_hits_are_shown_and_no_number_of_them_is_too_many(world: World) {
        let folder = tempfile::tempdir().unwrap();
        city(folder.path());
        hospitals(&world).await;
        let rules = with_a_wrong_rule(folder.path());
        let rules: Vec<Rule> = rules.into_iter().map(|rule| Rule { state: State::Trial, ..rule }).collect();
        let (taken, run, hits) = screened_by(&world.app, folder.path(), &rules, 0).await;
        assert_eq!(taken.unwrap().live(), Sum::default());
        assert!(run.by_rule["wrong"].hits > 500, "far more than are shown: {}", run.by_rule["wrong"].hits);
        let ctx = Ctx::system(&world.app);
        for (id, total) in run.by_rule.iter().filter(|(_, total)| total.hits > 0) {
            let rule = records::by_number::<ClaimsRule>(&ctx, id).await.unwrap().unwrap();
            let shown = service::evidence(&ctx, rule.sample.as_ref().unwrap()).await.unwrap();
            let shown: Vec<String> = shown.into_iter().map(|hit| hit.id).collect();
            let mut largest: Vec<&Hit> = hits.iter().filter(|hit| hit.rule == *id).collect();
            largest.sort_by_key(|hit| (std::cmp::Reverse(hit.amount), hit.id()));
            let largest: BTreeSet<String> = largest.iter().take(20).map(|hit| hit.id()).collect();
            assert_eq!(shown.len() as u64, total.hits.min(20), "{id}");
            assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), largest, "{id}");
        }
    }

    async fn ages_are_those_of_the_packs_and_count_once_they_are_released(world: World) {
        let before = parameters(&world.app).await.unwrap();
        assert_eq!(before, Parameters::default(), "the product's defaults are the entries of the national pack");
        let legal = world.ctx("法制审核员", &[Role::LegalReviewer]);
        release::release(&legal, "parameter", "claims_child_before", "已核对本地口径").await.unwrap();
        release::release(&legal, "parameter", "claims_working_from", "已核对本地口径").await.unwrap();
        let after = parameters(&world.app).await.unwrap();
        assert!(after.child.released && !after.newborn.released);
        assert!(!after.working_age.released, "an age with two numbers needs both");
    }

    async fn what_was_delivered_stands_beside_what_was_read(world: World) {
        let folder = Folder::new(&format!("delivered-{}", world.app.db.kind()));
        let (data, files) = (folder.0.join("data"), folder.tables(50));
        let mut lines = std::fs::read_to_string(&files[1]).unwrap();
        lines.push_str("f-bad,v0,000000000000000000,2026-01-01 09:00:00,ITEM-0,many,1.25,2.50\n");
        std::fs::write(&files[1], lines).unwrap();
        let first = ingest(&data, &[], &files);
        assert_eq!(first.status.code(), Some(2), "{}{}", text(&first.stdout), text(&first.stderr));
        let store = data.join("claims/store");
        let (done, run) = screened(&world.app, &store).await;
        let of = |done: &Screening, name: &str| {
            done.deliveries[0].tables.iter().find(|table| table.name == name).cloned().unwrap()
        };
        let fees = of(&done, "费用明细");
        assert_eq!([fees.read.rows, fees.stored.rows, fees.set_aside.rows], [201, 200, 1]);
        assert_eq!((fees.read.amount, fees.set_aside.amount), (Fen::new(50_250), Fen::new(250)));
        assert!(fees.reconciles() && of(&done, "就诊").reconciles() && !of(&done, "就诊").has_amounts);
        assert!(!fees.missing.is_empty(), "columns of the national layout that these files do not have");
        assert_eq!((done.deliveries[0].lines.rows, done.deliveries[0].lines.amount), (run.lines, Fen::new(run.amount_fen)));
        // A line more of a visit that is there.
        let late = folder.0.join("fee_list_d.csv");
        let header = std::fs::read_to_string(&late).unwrap().lines().next().unwrap().to_owned();
        std::fs::write(&late, format!("{header}\nf-late,v0,000000000000000000,2026-01-01 09:30:00,ITEM-0,1,1.25,1.25\n")).unwrap();
        let merged = ingest(&data, &["--late"], &[late]);
        assert!(merged.status.success() && text(&merged.stdout).contains("2026-01 补报并入"), "{}", text(&merged.stderr));
        let (done, run) = screened(&world.app, &store).await;
        assert!(done.deliveries[0].late && of(&done, "费用明细").read.rows == 1);
        assert_eq!((done.deliveries[0].lines.rows, run.lines), (201, 201));
        // A report that is not what was written is not shown.
        let report = Store::open(&store).unwrap().manifest.months["2026-01"].report.clone().unwrap();
        std::fs::write(store.join(&report.path), "{}").unwrap();
        let refused = screened_by(&world.app, &store, &rules(), MOST_HITS).await.0.unwrap_err();
        assert!(matches!(refused, HandoverError::Claims(_)), "{refused}");
    }

    async fn every_version_is_handed_over_and_a_draft_beside_them_stays_one(world: World) {
        let folder = tempfile::tempdir().unwrap();
        city(folder.path());
        let mut all = rules();
        let at = all.iter().position(|rule| rule.state == State::Live).unwrap();
        let id = all[at].id.clone();
        let [begin, before] = ["2026-09-01", "2026-08-31"].map(|day| day.parse().unwrap());
        let second = Rule { version: 2, from: begin, title: "第二版".into(), ..all[at].clone() };
        let third = Rule { version: 3, title: "第三版".into(), state: State::Draft, ..all[at].clone() };
        let draft = Rule { id: "draft".into(), state: State::Draft, ..all[at].clone() };
        all[at].until = Some(before);
        all.extend([second, third, draft]);
        let run = screened_by(&world.app, folder.path(), &all, MOST_HITS).await.1;
        let by = world.ctx_of("insurance", "医保甲", &[Role::Partner]);
        let rule = records::by_number::<ClaimsRule>(&by, &id).await.unwrap().unwrap();
        let others: Vec<u32> = rule.others.iter().map(|edition| edition.version).collect();
        assert_eq!((rule.value.version, rule.particulars.title.as_str(), others), (2, "第二版", vec![1, 3]));
        assert_eq!(rule.edition(1).unwrap().until, Some(before));
        let drafted = records::by_number::<ClaimsRule>(&by, "draft").await.unwrap().unwrap();
        assert!(drafted.state().name() == "draft" && !run.by_rule.contains_key("draft"));
        service::decide_rule(&by, rule.id, rule.version, Act::Suspend, "先核对新版").await.unwrap();
        service::decide_rule(&by, drafted.id, drafted.version, Act::Try, "试运行").await.unwrap();
        as_decided(&world.app, &mut all).await.unwrap();
        let state = |id: &str, version| all.iter().find(|rule| rule.id == id && rule.version == version).unwrap().state;
        assert_eq!([1, 2, 3].map(|version| state(&id, version)), [State::Trial, State::Trial, State::Draft]);
        assert_eq!(state("draft", 1), State::Trial);
        screened_by(&world.app, folder.path(), &all, MOST_HITS).await.0.unwrap();
        let rule = records::by_number::<ClaimsRule>(&by, &id).await.unwrap().unwrap();
        assert_eq!((rule.given.name(), rule.state().name()), ("live", "trial"), "delivered, and decided");
    }

    async fn a_rule_that_the_bureau_takes_out_is_not_run(world: World) {
        let folder = tempfile::tempdir().unwrap();
        city(folder.path());
        hospitals(&world).await;
        let (done, _) = screened(&world.app, folder.path()).await;
        let most = done.by_rule.iter().max_by_key(|rule| rule.totals.sum.hits).unwrap();
        let by = world.ctx_of("insurance", "医保甲", &[Role::Partner]);
        let rule = records::by_number::<ClaimsRule>(&by, &most.rule).await.unwrap().unwrap();
        service::decide_rule(&by, rule.id, rule.version, Act::Retire, "与本地政策不一致").await.unwrap();
        let mut all = rules();
        as_decided(&world.app, &mut all).await.unwrap();
        assert!(all.iter().filter(|one| one.id == most.rule).all(|one| one.state == State::Retired));
        let (after, _) = screened(&world.app, folder.path()).await;
        assert!(after.by_rule.iter().all(|one| one.rule != most.rule));
        assert_eq!(after.went.added_hits, 0);
        let changes: Vec<_> =
            signals(&world.app).await.into_iter().flat_map(|signal| signal.value.claims.unwrap().changes).collect();
        assert!(!changes.is_empty() && changes.iter().all(|change| change.why == "规则不再启用"));
    }
}
