//! What is published, read from where it was made: the decision of a case, the record of an inspection.

use super::{Facts, SourceKind};
use xingjian_enforce::Case;
use xingjian_enforce::case::PartyKind;
use xingjian_inspect::task::{Party, Sheet, State, Task};
use xingjian_kernel::codes::CreditCode;
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, SubjectRef};
use xingjian_policy::PublicParty;
use xingjian_registry::institution::Institution;
use xingjian_store::{Ctx, Failure, Tx, records};

/// A source as its room knows it now.
pub(super) struct Found {
    /// Class that it belongs to, by the day of the decision or the end of the visit; `None` where the pack has none.
    pub class: Option<String>,
    /// Number of the decision.
    pub number: Option<String>,
    /// Day of the decision, or the end of the visit.
    pub on: LocalDate,
    /// Whether the party was served with it.
    pub served: bool,
    /// Whether the party has done everything it had to.
    pub fulfilled: bool,
    /// Persons who took part, besides a party that is one: named in no reason that the public reads.
    pub people: Vec<String>,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// What it is, for the staff.
    pub title: String,
    /// Division.
    pub division: DivisionCode,
    /// Department that made it.
    pub department: DepartmentId,
    /// What it says of itself.
    pub facts: Facts,
}

/// Reads a source; `None` where there is none, or nothing to publish in it yet.
pub(super) async fn find(ctx: &Ctx, kind: SourceKind, id: &str) -> Result<Option<Found>, Failure> {
    match kind {
        SourceKind::Decision => Ok(records::get::<Case>(ctx, id).await?.and_then(|case| decision(ctx, &case))),
        SourceKind::Inspection => {
            let Some(task) = records::get::<Task>(ctx, id).await? else { return Ok(None) };
            let institution = match task.subject {
                SubjectRef::Institution(id) => records::get::<Institution>(ctx, id).await?,
                _ => None,
            };
            Ok(inspection(ctx, &task, institution.as_deref()))
        }
    }
}

/// The same inside a transaction.
pub(super) async fn find_in(tx: &mut Tx, ctx: &Ctx, kind: SourceKind, id: &str) -> Result<Option<Found>, Failure> {
    match kind {
        SourceKind::Decision => {
            let case = records::get_in::<Case>(tx, ctx, id).await?;
            Ok(case.and_then(|case| decision(ctx, &case)))
        }
        SourceKind::Inspection => {
            let Some(task) = records::get_in::<Task>(tx, ctx, id).await? else { return Ok(None) };
            let institution = match task.subject {
                SubjectRef::Institution(id) => records::get_in::<Institution>(tx, ctx, id).await?,
                _ => None,
            };
            Ok(inspection(ctx, &task, institution.as_deref()))
        }
    }
}

fn decision(ctx: &Ctx, case: &Case) -> Option<Found> {
    let decision = &case.state.decided()?.decision;
    let person = case.party.kind == PartyKind::Person;
    let (party_kind, on) = (if person { PublicParty::Person } else { PublicParty::Organisation }, decision.by.on());
    let classes = ctx.policy().publication_classes(on).into_iter();
    let covering = classes.filter(|class| class.covers(party_kind, &decision.plan.kinds, decision.plan.fine));
    let (plan, party) = (&decision.plan, &case.party);
    let kinds: Vec<&str> = plan.kinds.iter().map(|kind| kind.label()).collect();
    let facts = Facts { persons: if person { vec![party.name.clone()] } else { vec![] }, ..Facts::default() };
    Some(Found {
        class: covering.max_by_key(|class| class.weight()).map(|class| class.id.clone()),
        number: Some(decision.number.clone()),
        on,
        served: case.state.served().is_some(),
        fulfilled: case.state.name() == "closed",
        people: people(case),
        subject: case.subject,
        title: format!("{}（{}）", case.title(), decision.number),
        division: case.division.clone(),
        department: case.department.clone(),
        facts: facts
            .with("party_name", &party.name)
            .with("party_kind", if person { "自然人" } else { "法人及非法人组织" })
            .with("credit_code", credit_code(party.code.as_deref()))
            .with("document_number", &decision.number)
            .with("violation", &decision.law.name)
            .with("basis", &decision.law.clause)
            .with("penalty_kinds", kinds.join("、"))
            .with("penalty_text", plan.text())
            .with("fine", money(plan.fine))
            .with("confiscated", money(plan.confiscated))
            .with("decided_on", chinese(decision.by.on()))
            .with("authority", &ctx.policy().city.authority),
    })
}

fn inspection(ctx: &Ctx, task: &Task, institution: Option<&Institution>) -> Option<Found> {
    let (State::Concluded { visit, sheet, concluded_at, .. } | State::Closed { visit, sheet, concluded_at, .. }) =
        &task.state
    else {
        return None;
    };
    // The visit ended when its record was written, by the clock of the server: signing late does not prolong the term.
    let on = sheet.record.server_at.local_date().min(concluded_at.local_date());
    let code = institution.and_then(|i| i.details.credit_code.as_ref().map(ToString::to_string));
    let person = matches!(task.subject, SubjectRef::Practitioner(_) | SubjectRef::Unregistered(_));
    let department = ctx.policy().department(task.department.as_str(), on);
    let items: Vec<&str> = task.items.iter().map(|item| item.name.as_str()).collect();
    let facts = Facts { persons: if person { vec![task.subject_name.clone()] } else { vec![] }, ..Facts::default() };
    Some(Found {
        class: ctx.policy().publication_class("inspection", on).map(|class| class.id.clone()),
        number: None,
        on,
        served: true,
        fulfilled: matches!(task.state, State::Closed { .. }),
        people: task.officers.iter().map(|officer| officer.name.clone()).chain(signer(sheet)).collect(),
        subject: task.subject,
        title: format!("{}（{}）", task.subject_name, task.number().unwrap_or_default()),
        division: task.division.clone(),
        department: task.department.clone(),
        facts: facts
            .with("party_name", &task.subject_name)
            .with("credit_code", credit_code(code.as_deref()))
            .with("inspected_on", chinese(visit.server_at.local_date()))
            .with("inspecting_authority", department.map(|d| d.name.clone()).unwrap_or_default())
            .with("items", items.join("；"))
            .with("result", sheet.record.outcome.label()),
    })
}

/// Everybody whose name stands in the file of a case.
fn people(case: &Case) -> Vec<String> {
    let state = &case.state;
    let mut names: Vec<&str> = case.handlers.iter().map(|officer| officer.name.as_str()).collect();
    names.extend(case.former.iter().map(|former| former.officer.name.as_str()));
    names.extend(state.filed().map(|filed| filed.by.name.as_str()));
    names.extend(state.deliberated().iter().flat_map(|stage| stage.record.members.iter().map(String::as_str)));
    names.extend(state.noticed().map(|noticed| noticed.notice.service.receiver.as_str()));
    if let Some(heard) = state.heard() {
        names.extend(heard.legal.iter().map(|legal| legal.by.name.as_str()));
        names.extend(heard.discussion.iter().flat_map(|d| d.members.iter().map(String::as_str)));
    }
    names.extend(state.decided().map(|decided| decided.decision.by.name.as_str()));
    names.extend(state.served().map(|served| served.service.receiver.as_str()));
    // A receiver may be the organisation itself, which is named.
    let person = |name: &&str| name.chars().count() >= 2 && !case.party.name.contains(name);
    names.into_iter().map(str::trim).filter(person).map(str::to_owned).collect()
}

/// Whoever signed for the inspected.
fn signer(sheet: &Sheet) -> Option<String> {
    match &sheet.party {
        Some(Party::Signed { name, .. }) => Some(name.clone()),
        _ => None,
    }
}

/// A code that is none of the national kind (a licence number, say) has no place under that label.
fn credit_code(code: Option<&str>) -> String {
    code.filter(|code| code.parse::<CreditCode>().is_ok()).unwrap_or_default().to_owned()
}

/// In 万元, as 双公示 wants it; nothing where there is none.
fn money(sum: Fen) -> String {
    if sum == Fen::ZERO { String::new() } else { sum.to_wan_yuan() }
}
