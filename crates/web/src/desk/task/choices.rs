//! What forms of inspections, re-checks and filings offer to choose from.

use crate::app::Web;
use std::collections::BTreeMap;
use xingjian_inspect::task::service::{self, Candidate};
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{LocalDate, SubjectRef};
use xingjian_store::{Ctx, Failure};

/// Value and label of each option.
pub type Options = Vec<(String, String)>;

/// The officers of the caller's scope, and what keeps each from this subject; nobody where the subject is out of sight.
pub async fn candidates(ctx: &Ctx, subject: SubjectRef, day: LocalDate) -> Result<Vec<Candidate>, Failure> {
    candidates_but(ctx, subject, day, &BTreeMap::new()).await
}

/// The same with officers who had to step back before.
pub async fn candidates_but(
    ctx: &Ctx,
    subject: SubjectRef,
    day: LocalDate,
    recused: &BTreeMap<OfficerId, String>,
) -> Result<Vec<Candidate>, Failure> {
    match service::candidates(ctx, subject, day, recused).await {
        Err(Failure::NotFound) => Ok(vec![]),
        found => found,
    }
}

/// Officers who can go, with their certificates, but for those named; and the rule, with why others cannot.
pub fn officers(candidates: &[Candidate], but: &[OfficerId]) -> (Options, String) {
    let (mut options, mut blocked) = (vec![], vec![]);
    for candidate in candidates.iter().filter(|c| !but.contains(&c.standing.officer.officer)) {
        let officer = &candidate.standing.officer;
        match &candidate.blocked {
            None => {
                options
                    .push((officer.officer.to_string(), format!("{}（证号 {}）", officer.name, officer.certificate)));
            }
            Some(why) => blocked.push(why.as_str()),
        }
    }
    let rule = "行政处罚法第42条：由两名以上持有效执法证件的人员实施。";
    let hint =
        if blocked.is_empty() { rule.to_owned() } else { format!("{rule}不可选：{}。", blocked.join("；")) };
    (options, hint)
}

/// The same options, with those who are on it already in front and in their order: the first one follows it up.
pub fn present_first(mut options: Options, present: &[OfficerId]) -> Options {
    options.sort_by_key(|(id, _)| present.iter().position(|p| p.to_string() == *id).unwrap_or(present.len()));
    options
}

/// A violation of the policy pack by name; its id where the pack no longer has it.
pub fn violation(web: &Web, id: &str) -> String {
    let entry = web.app.policy.violation(id, web.app.clock.today());
    entry.map_or_else(|| id.to_owned(), |entry| format!("{id} {}", entry.name))
}

/// Violations that an inspection item can find, and all others.
pub fn violations(web: &Web, item: &str) -> (Options, Options) {
    let (policy, today) = (&web.app.policy, web.app.clock.today());
    let usual = policy.inspection_item(item, today).map(|item| item.violations.clone()).unwrap_or_default();
    let option = |id: &String, name: &String| (id.clone(), format!("{id} {name}"));
    let all = policy.violations(today);
    let (first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|entry| usual.contains(&entry.id));
    let options = |entries: Vec<&xingjian_policy::Entry<xingjian_policy::Violation>>| {
        entries.into_iter().map(|entry| option(&entry.id, &entry.name)).collect()
    };
    (options(first), options(rest))
}
