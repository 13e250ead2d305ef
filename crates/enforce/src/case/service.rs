//! Use cases of penalty cases.

use super::releases::{self, Effect};
use super::{
    Act, Action, Case, Law, LeavingGround, Needed, Origin, PartyView, Proposed, State, Thresholds, TransitionError,
    Warning, Window, consequences, event, facts, fine_facts, warning,
};
use crate::fine::{LawfulRange, NoFine, band_limits, lawful_range};
use crate::papers::{self, Page};
use std::collections::BTreeMap;
use xingjian_kernel::id::{CaseId, OfficerId};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Fault, Permission, Refusal, SubjectRef};
use xingjian_policy::DiscretionBand;
use xingjian_registry::officer::{self, Officer};
use xingjian_registry::subject;
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, Tx, records};

/// A case to be proposed: the party, the law and the certificates are looked up.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// Whom it is about.
    pub subject: SubjectRef,
    /// Violation of the policy pack.
    pub violation: String,
    /// When the act was done and found; its last day picks the version of the violation.
    pub act: Act,
    /// The case in short: time, place, what happened (案情摘要).
    pub summary: String,
    /// What it came from.
    pub origin: Origin,
    /// The officers who will handle it, two or more.
    pub handlers: Vec<OfficerId>,
    /// Officers who had to step back from the inspection it came from, and why.
    pub recused: BTreeMap<OfficerId, String>,
}

/// Proposes a case (立案报告) inside the act it follows from, such as the closing of a finding.
pub async fn propose_in(tx: &mut Tx, ctx: &Ctx, new: NewCase) -> Result<CaseId, Failure> {
    ctx.may(Permission::HandleCase)?;
    let day = new.act.last_day();
    let law = ctx.policy().violation(&new.violation, day).map(Law::of).ok_or_else(|| {
        let reason = format!("在{}没有有效的版本", chinese(day));
        Fault::new("案由", &new.violation, reason, "核对违法行为发生的日期和案由")
    })?;
    let (party, division) = facts::party_in(tx, ctx, new.subject, law.actor).await?;
    let mut handlers = vec![];
    for id in new.handlers {
        handlers.push(facts::officer_in(tx, ctx, id, new.subject).await?);
    }
    let NewCase { subject, act, summary, origin, recused, .. } = new;
    let department = ctx.actor.department.clone();
    let proposed = Proposed { subject, party, law, act, summary, origin, division, department, handlers, recused };
    let case = Case::propose(ctx.new_id(), proposed, &ctx.actor, ctx.now()).map_err(Refusal::from)?;
    records::insert(tx, ctx, &case, event::proposed(&case)).await?;
    Ok(case.id)
}

/// Proposes a case (立案报告).
pub async fn propose(ctx: &Ctx, new: NewCase) -> Result<CaseId, Failure> {
    let mut tx = ctx.begin().await?;
    let id = propose_in(&mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Acts on a case that the caller saw at version `seen`.
pub async fn act(ctx: &Ctx, id: CaseId, seen: i64, action: Action) -> Result<Stored<Case>, Failure> {
    let mut tx = ctx.begin().await?;
    let case = Box::pin(act_in(&mut tx, ctx, id, seen, action)).await?;
    tx.commit().await?;
    Ok(case)
}

async fn act_in(tx: &mut Tx, ctx: &Ctx, id: CaseId, seen: i64, action: Action) -> Result<Stored<Case>, Failure> {
    may(ctx, &action)?;
    let stored = records::must_in::<Case>(tx, ctx, id).await?;
    if !is_visible(ctx, &stored) {
        return Err(Failure::NotFound);
    }
    if stored.version != seen {
        return Err(Failure::Conflict);
    }
    let case = stored.value;
    let action = resolved(tx, ctx, &case, action).await?;
    let found = facts::gather(tx, ctx, &case, &action).await?;
    let effect = case.in_force(&action, &ctx.actor);
    let next = case.clone().apply(action.clone(), &ctx.actor, &found).map_err(Refusal::from)?;
    releases::require_in(tx, ctx, &case, effect.as_ref().unwrap_or(&action)).await?;
    let event = match &effect {
        Some(effect) => event::of(&next, effect.name()),
        None => event::drafted(&next, action.name()),
    };
    let version = records::save(tx, ctx, &next, seen, event).await?;
    match &effect {
        Some(Action::ServeDecision(_)) => consequences::take_effect_in(tx, ctx, &next).await?,
        Some(Action::ConcludeRemedy(verdict)) if verdict.outcome.undoes() => {
            consequences::undo_in(tx, ctx, &next, verdict).await?;
        }
        _ => {}
    }
    Ok(Stored { version, value: next })
}

fn may(ctx: &Ctx, action: &Action) -> Result<(), Failure> {
    let permissions = action.permissions();
    if permissions.iter().any(|permission| ctx.actor.may(*permission)) {
        return Ok(());
    }
    Err(Failure::Denied(*permissions.last().expect("every act names a permission")))
}

/// The party sees its case from the notice on, and nobody else's; everybody else what the scope shows.
fn is_visible(ctx: &Ctx, case: &Case) -> bool {
    match ctx.scope.subject {
        Some(subject) => case.subject == subject && case.is_open_to_party(),
        None => !ctx.actor.may(Permission::AnswerAsUnit),
    }
}

/// Whoever joins is looked up, not taken from the form.
async fn resolved(tx: &mut Tx, ctx: &Ctx, case: &Case, action: Action) -> Result<Action, Failure> {
    Ok(match action {
        Action::ReplaceHandler { leaving, joining: Some(joining), ground, reason } => {
            let joining = Some(facts::officer_in(tx, ctx, joining.officer, case.subject).await?);
            Action::ReplaceHandler { leaving, joining, ground, reason }
        }
        other => other,
    })
}

/// An officer who could take a case over, and why not, where it is so.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The officer.
    pub officer: Officer,
    /// The ground for recusal.
    pub recusal: Option<String>,
}

/// Certified officers of the caller's scope for a case, by name.
pub async fn candidates(ctx: &Ctx, case: &Case) -> Result<Vec<Candidate>, Failure> {
    let ties = subject::ties(ctx, case.subject).await?;
    let mut candidates = vec![];
    for officer in officer::certified(ctx, ctx.today()).await? {
        let recusal = match case.recused.get(&officer.id) {
            Some(reason) => Some(reason.clone()),
            None => subject::ground(ctx, &officer, &ties).await?,
        };
        candidates.push(Candidate { officer: officer.value, recusal });
    }
    Ok(candidates)
}

/// Replaces a handler by an officer of the registry, or takes one off where enough remain.
pub async fn replace_handler(
    ctx: &Ctx,
    id: CaseId,
    seen: i64,
    leaving: OfficerId,
    joining: Option<OfficerId>,
    ground: LeavingGround,
    reason: &str,
) -> Result<Stored<Case>, Failure> {
    let mut tx = ctx.begin().await?;
    let case = records::must_in::<Case>(&mut tx, ctx, id).await?;
    let joining = match joining {
        Some(officer) => Some(facts::officer_in(&mut tx, ctx, officer, case.subject).await?),
        None => None,
    };
    let action = Action::ReplaceHandler { leaving, joining, ground, reason: reason.to_owned() };
    let case = Box::pin(act_in(&mut tx, ctx, id, seen, action)).await?;
    tx.commit().await?;
    Ok(case)
}

/// A case in scope. Not for the party: it gets [`party_case`].
pub async fn get(ctx: &Ctx, id: CaseId) -> Result<Stored<Case>, Failure> {
    let case = records::must::<Case>(ctx, id).await?;
    if is_visible(ctx, &case) && ctx.scope.subject.is_none() { Ok(case) } else { Err(Failure::NotFound) }
}

/// Cases in scope, as a list page wants them. Not for the party: it gets [`party_cases`].
pub async fn list(ctx: &Ctx, filter: &Filter) -> Result<xingjian_kernel::Page<Stored<Case>>, Failure> {
    if ctx.scope.subject.is_some() {
        return Err(Failure::Denied(Permission::HandleCase));
    }
    records::list::<Case>(ctx, filter).await
}

/// Cases about a subject, newest first.
pub async fn of_subject(ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<Case>>, Failure> {
    all(ctx, Filter { subject: Some(subject), order: Order::Newest, ..Filter::default() }).await
}

/// What the party sees of its cases, newest first.
pub async fn party_cases(ctx: &Ctx) -> Result<Vec<Stored<PartyView>>, Failure> {
    ctx.may(Permission::AnswerAsUnit)?;
    let cases = all(ctx, Filter { subject: ctx.scope.subject, order: Order::Newest, ..Filter::default() }).await?;
    let visible = cases.into_iter().filter(|case| is_visible(ctx, case));
    Ok(visible.filter_map(|case| party_view(ctx, &case)).collect())
}

/// What the party sees of one of its cases.
pub async fn party_case(ctx: &Ctx, id: CaseId) -> Result<Stored<PartyView>, Failure> {
    ctx.may(Permission::AnswerAsUnit)?;
    let case = records::must::<Case>(ctx, id).await?;
    let case = if is_visible(ctx, &case) { party_view(ctx, &case) } else { None };
    case.ok_or(Failure::NotFound)
}

fn party_view(ctx: &Ctx, case: &Stored<Case>) -> Option<Stored<PartyView>> {
    let view = PartyView::of(&case.value, &ctx.actor, ctx.today())?;
    Some(Stored { version: case.version, value: view })
}

/// Open cases whose 90 days are late or near their end, most urgent first (T10).
pub async fn deadline_warnings(ctx: &Ctx) -> Result<Vec<(Stored<Case>, Warning)>, Failure> {
    let today = ctx.today();
    let levels = ctx.policy().clock("decide", today).map(|clock| clock.warn_days.clone()).unwrap_or_default();
    let states = UNDECIDED.map(str::to_owned).to_vec();
    let mut warnings = vec![];
    for case in all(ctx, Filter { states, ..Filter::default() }).await? {
        let level = case.state.filed().map(|filed| warning(&filed.decide_due, today, &levels));
        if let Some(level) = level.filter(|level| *level != Warning::Quiet) {
            warnings.push((case, level));
        }
    }
    Ok(warnings)
}

/// States in which the 90 days run.
const UNDECIDED: [&str; 8] =
    ["filed", "investigated", "deliberated", "noticed", "hearing_pending", "heard", "legally_reviewed", "discussed"];

async fn all(ctx: &Ctx, mut filter: Filter) -> Result<Vec<Stored<Case>>, Failure> {
    filter.limit = 200;
    let mut found = vec![];
    loop {
        let page = records::list::<Case>(ctx, &filter).await?;
        found.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(found);
        }
    }
}

/// What a form for a plan shows: the lawful range, its bands, and the amounts that open a hearing and a discussion.
#[derive(Clone, Debug)]
pub struct Discretion {
    /// The range, or why there is no fine.
    pub range: Result<LawfulRange, NoFine>,
    /// Each band with its least and greatest whole fen.
    pub bands: Vec<(DiscretionBand, Option<(Fen, Fen)>)>,
    /// Amounts.
    pub thresholds: Thresholds,
}

/// The discretion that the report of a case leaves; `None` before there is a report.
pub fn discretion(ctx: &Ctx, case: &Case) -> Result<Option<Discretion>, Failure> {
    let Some(stage) = case.state.investigated() else { return Ok(None) };
    let range = lawful_range(&case.law.fine, &fine_facts(&case.law, &stage.report));
    let limits = |band: &DiscretionBand| range.as_ref().ok().and_then(|range| band_limits(range, band));
    let bands = facts::bands(ctx, ctx.today()).into_iter().map(|band| {
        let limits = limits(&band);
        (band, limits)
    });
    let bands = bands.collect();
    Ok(Some(Discretion { range, bands, thresholds: facts::thresholds(ctx, case.party.kind)? }))
}

/// Why an act that depends on the day would be refused now, so that no button is drawn for it.
pub fn not_yet(ctx: &Ctx, case: &Case, action: &str) -> Result<Option<TransitionError>, Failure> {
    Ok(match action {
        "urge" => case.may_urge(ctx.today()).err(),
        "apply_court" => case.may_apply(ctx.today(), facts::window(ctx, case)?).err(),
        _ => None,
    })
}

/// When the court can be asked, for a page.
pub fn court_window(ctx: &Ctx, case: &Case) -> Result<Option<Window>, Failure> {
    facts::window(ctx, case)
}

/// The notice of a case as a page to print.
pub fn notice_page(ctx: &Ctx, case: &Case) -> Result<Option<Page>, Failure> {
    Ok(papers::notice(case, &facts::terms(ctx)?, &facts::thresholds(ctx, case.party.kind)?))
}

/// The decision of a case as a page to print.
pub fn decision_page(ctx: &Ctx, case: &Case) -> Result<Option<Page>, Failure> {
    Ok(papers::decision(case, &facts::terms(ctx)?))
}

/// Entries of the policy pack to be released before the next effective act of a case: its notice or its decision.
pub async fn releases_missing(ctx: &Ctx, case: &Case) -> Result<Vec<Needed>, Failure> {
    match (&case.state, case.plan()) {
        (State::Deliberated(_), Some(_)) => releases::missing(ctx, case, Effect::Notice).await,
        (State::Noticed(_) | State::Heard(_) | State::LegallyReviewed(_) | State::Discussed(_), Some(plan)) => {
            releases::missing(ctx, case, Effect::Decision(plan)).await
        }
        _ => Ok(vec![]),
    }
}
