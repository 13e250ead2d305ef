//! Claims of three months, made up, screened by the shipped rules; what was found waits at every stage.

use super::super::{DemoError, Step};
use super::Teller;
use crate::handover::{self, Basis, HandoverError};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use xingjian_screen::catalogue;
use xingjian_screen::claims::{Error, Store};
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::plan::Extracts;
use xingjian_screen::registrations;
use xingjian_screen::rule::Rule;
use xingjian_screen::run;
use xingjian_sense::claims::screening::Screening;
use xingjian_sense::claims::service::{self, Judgement};
use xingjian_sense::claims::{Claims, VerdictReason};
use xingjian_sense::signal::Signal;
use xingjian_store::{App, Failure, Filter, Stored, records};

const PATIENTS: u32 = 1_500;
const MONTHS: u16 = 3;
const VIOLATIONS: u32 = 260;

/// The rules of the packs do not load.
fn unreadable(faults: &[xingjian_kernel::Fault]) -> DemoError {
    DemoError::Rules(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；"))
}

/// Makes the claims of the months before this one, below `folder`, and hands what screening finds to the loop.
async fn screened(app: &Arc<App>, folder: &Path, policy: &Path, today: Date) -> Result<Screening, DemoError> {
    let rules: Vec<Rule> =
        catalogue::load(policy, &["national"], &folder.join("rules").join("nhsa.jsonl")).map_err(|f| unreadable(&f))?;
    let begin = today.first_of_month().saturating_sub(jiff::Span::new().months(MONTHS));
    let recipe = Recipe {
        patients: PATIENTS,
        begin,
        months: MONTHS,
        seed: u64::from(begin.month().unsigned_abs()) + 100 * u64::from(begin.year().unsigned_abs()),
        violations: VIOLATIONS,
        city: app.policy.city.division.to_string(),
    };
    let parameters = handover::parameters(app).await?;
    let found = (|| -> Result<_, Error> {
        let place = folder.join("store");
        let city = World::write(&recipe, &rules, &place, 4, 2)?;
        registrations::write(&folder.join(registrations::FILE), &city.made.doctors)?;
        let extracts = Extracts { doctors: Some(city.made.doctors) };
        let store = Store::open(&place)?;
        let months: Vec<String> = store.manifest.months.keys().cloned().collect();
        let (run, hits) = run::screen(&store, rules.clone(), parameters, &extracts, &months, 2, None)?;
        run::keep(&folder.join("runs"), &run, &hits)?;
        Ok((store, run, hits))
    })();
    let (store, run, hits) = found.map_err(HandoverError::from)?;
    let basis = Basis { rules: &rules, parameters: &parameters, definitions: &BTreeMap::new() };
    Ok(handover::hand_over(app, &store, basis, &run, &hits, handover::MOST_HITS).await?.0)
}

/// Screens, and asks the institution that has a login about everything.
pub async fn screen(teller: &mut Teller<'_>) -> Result<(), DemoError> {
    let taken = screened(teller.app, &teller.claims.folder, &teller.claims.policy, teller.clock_today()).await?;
    teller.note(format!(
        "医保筛查：{}条明细，命中{}处，新开线索{}件",
        taken.lines,
        taken.live().hits,
        taken.went.opened
    ));
    let (subject, name) = teller.institution(super::GREAT);
    let name = name.to_owned();
    let insurer = teller.as_("yibao").await.step("请机构说明")?;
    let text = "请就规则命中的费用逐条说明情况，有病历、医嘱等依据的一并写明。";
    let asked = service::ask_all(&insurer, subject, text).await.step("请机构说明")?;
    teller.note(format!("演示医保联络员请{name}就{asked}件线索说明情况"));
    Ok(())
}

/// The institution answers all of them but the last; one answer is reviewed.
pub async fn answer(teller: &mut Teller<'_>) -> Result<(), DemoError> {
    let (subject, _) = teller.institution(super::GREAT);
    let (unit, insurer) = (teller.as_("jigou").await.step("机构说明")?, teller.as_("yibao").await.step("复核")?);
    let filter = Filter { states: vec!["asked".into()], subject: Some(subject), ..Filter::default() };
    let mut asked = records::all::<Signal>(&unit, &filter).await.step("机构说明")?;
    asked.sort_by_key(|signal| signal.claims.as_ref().map(|claims| claims.month.clone()));
    for signal in asked.iter().rev().skip(1).rev() {
        let text = "已逐条核对病历和医嘱，收费与实际服务一致的已附说明，确属多收的同意退回。";
        service::reply(&unit, signal.id, signal.version, None, text).await.step("机构说明")?;
    }
    if let Some(first) = asked.first() {
        review(&insurer, first).await.step("复核")?;
    }
    teller.note(format!("机构就{}件线索作出说明，其中一件已复核", asked.len().saturating_sub(1)));
    Ok(())
}

/// Everything of one signal stands, but the first group.
async fn review(insurer: &xingjian_store::Ctx, signal: &Stored<Signal>) -> Result<(), Failure> {
    let mut now = records::must::<Signal>(insurer, signal.id).await?;
    let groups = now.claims.as_deref().map(|claims: &Claims| claims.groups.clone()).unwrap_or_default();
    let several = groups.len() > 1;
    for (at, group) in groups.into_iter().enumerate() {
        let explained = at == 0 && several;
        let judgement = Judgement {
            rule: group.rule,
            confirmed: if explained { 0 } else { group.sum.hits },
            amount: if explained { xingjian_kernel::Fen::ZERO } else { group.sum.amount },
            reason: if explained { VerdictReason::Explained } else { VerdictReason::Stands },
            text: if explained {
                "病历记载了使用依据。"
            } else {
                "病历中没有相应的医嘱和记录。"
            }
            .to_owned(),
        };
        now = service::judge(insurer, signal.id, now.version, judgement).await?;
    }
    Ok(())
}
