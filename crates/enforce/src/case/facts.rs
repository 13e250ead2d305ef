//! What the service finds out before an act: terms, amounts, the law of today, earlier fines, numbers and papers.

use super::certificate;
use super::releases::parameter_id;
use super::{
    Action, Case, Deadlines, EarlierFine, Facts, Law, OfficerRef, PaperRef, Party, PartyKind, RemedyKind, Thresholds,
    TransitionError, Window,
};
use crate::papers::{self, Page, Terms};
use std::collections::BTreeMap;
use xingjian_kernel::calendar::Term;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{DivisionCode, LocalDate, Refusal, SubjectRef};
use xingjian_policy::{DiscretionBand, ViolationActor};
use xingjian_registry::institution::Institution;
use xingjian_registry::legal_person::LegalPerson;
use xingjian_registry::officer;
use xingjian_registry::practitioner::Practitioner;
use xingjian_registry::subject;
use xingjian_registry::unregistered::Unregistered;
use xingjian_store::papers::NewPaper;
use xingjian_store::{Ctx, Error, Failure, Filter, Order, Tx, numbers, records};

/// Least number of people who deliberate and discuss, where the pack does not say otherwise.
const DELIBERATION_MEMBERS: i64 = 3;
const DISCUSSION_MEMBERS: i64 = 2;

/// Everything an act needs to know. An act that is only put down gets neither number nor paper; its second signature
/// does. Both are issued and kept in its transaction: where the act is refused, neither ever was.
pub(super) async fn gather(tx: &mut Tx, ctx: &Ctx, case: &Case, action: &Action) -> Result<Facts, Failure> {
    let today = ctx.today();
    let effect = case.in_force(action, &ctx.actor);
    let two = effect.as_ref() != Some(action);
    // What an announcement was put down with is asked at the draft and again at its signature.
    let acting = effect.as_ref().unwrap_or(action);
    let number = match effect.as_ref().and_then(number_kind) {
        Some(kind) => Some(numbers::issue(tx, ctx, kind).await?),
        None => None,
    };
    Ok(Facts {
        at: ctx.now(),
        number,
        law_today: ctx.policy().violation(&case.law.violation, today).map(Law::of),
        policy_version: ctx.policy().version.clone(),
        thresholds: thresholds(ctx, case.party.kind)?,
        bands: bands(ctx, today),
        deadlines: deadlines(ctx, today)?,
        announcement: acting.announced_on().map(|day| ctx.deadline("announcement", day)).transpose()?,
        urge: ctx.deadline("enforce_urge", today)?,
        window: window(ctx, case)?,
        earlier_fines: earlier_fines(tx, ctx, case).await?,
        paper: match &effect {
            Some(effect) => paper(tx, ctx, case, effect).await?,
            None => None,
        },
        certificates: if two { certificate::of_handlers(tx, ctx, case).await? } else { BTreeMap::new() },
    })
}

fn number_kind(action: &Action) -> Option<&'static str> {
    match action {
        Action::ApproveFiling { .. } => Some("filing"),
        Action::RecordDeliberation(record) => {
            matches!(record.proposal, super::Proposal::Penalise { .. }).then_some("penalty_notice")
        }
        Action::Decide { .. } => Some("penalty_decision"),
        _ => None,
    }
}

fn deadlines(ctx: &Ctx, from: LocalDate) -> Result<Deadlines, Failure> {
    Ok(Deadlines {
        decide: ctx.deadline("decide", from)?,
        statement: ctx.deadline("statement", from)?,
        hearing: ctx.deadline("hearing_request", from)?,
        service: ctx.deadline("service", from)?,
        pay: ctx.deadline("pay", from)?,
    })
}

/// When the court can be asked (行政强制法第53条): after every limit for remedies, counted from the entry of the service so
/// that no day is taken from the party; its last day is counted from the service itself, so that none is given to the bureau.
pub(super) fn window(ctx: &Ctx, case: &Case) -> Result<Option<Window>, Failure> {
    let Some(served) = case.state.served() else { return Ok(None) };
    let limit = |from: LocalDate| -> Result<LocalDate, Failure> {
        Ok(ctx.deadline("reconsider", from)?.due.max(ctx.deadline("sue", from)?.due))
    };
    let service = &served.service;
    let (mut opens_after, mut strict) = (limit(service.on.max(service.signed_on()))?, limit(service.on)?);
    for verdict in &served.execution.verdicts {
        // After a reconsideration there are fifteen days for a lawsuit; a judgment that is recorded is in force.
        let after = match verdict.kind {
            RemedyKind::Reconsideration => ctx.deadline("sue_after_reconsider", verdict.on)?.due,
            RemedyKind::Lawsuit => verdict.on,
        };
        (opens_after, strict) = (opens_after.max(after), strict.max(after));
    }
    let deferred = served.execution.granted().and_then(|granted| granted.instalments.last());
    if let Some(last) = deferred {
        (opens_after, strict) = (opens_after.max(last.due), strict.max(last.due));
    }
    Ok(Some(Window { opens_after, last_day: ctx.deadline("enforce_window", strict)?.due }))
}

/// Discretion bands in force, mildest first.
pub(super) fn bands(ctx: &Ctx, today: LocalDate) -> Vec<DiscretionBand> {
    let mut bands: Vec<DiscretionBand> =
        ctx.policy().discretion_bands(today).into_iter().map(|band| band.body.clone()).collect();
    bands.sort_by_key(|band| band.from_percent);
    bands
}

/// Amounts of the pack for a kind of party. An amount for discussion that the pack lacks is that for a hearing.
pub(super) fn thresholds(ctx: &Ctx, kind: PartyKind) -> Result<Thresholds, Failure> {
    let today = ctx.today();
    let value = |id: &str| ctx.policy().parameter(id, today).map(|parameter| parameter.value);
    let hearing_id = parameter_id("hearing_fine", kind);
    let hearing =
        value(&hearing_id).ok_or_else(|| Error::Missing(format!("parameter {hearing_id} in the policy pack")))?;
    let gains = value(&parameter_id("hearing_gains", kind)).unwrap_or(hearing);
    let discussion = value(&parameter_id("discussion_fine", kind)).unwrap_or(hearing);
    let people = |id: &str, otherwise: i64| usize::try_from(value(id).unwrap_or(otherwise)).unwrap_or_default();
    Ok(Thresholds {
        hearing_fine: Fen::new(hearing),
        hearing_gains: Fen::new(gains),
        discussion_fine: Fen::new(discussion),
        deliberation_members: people("deliberation_members", DELIBERATION_MEMBERS),
        discussion_members: people("discussion_members", DISCUSSION_MEMBERS),
    })
}

/// Decisions with a fine against the subject, over all departments.
async fn earlier_fines(tx: &mut Tx, ctx: &Ctx, case: &Case) -> Result<Vec<EarlierFine>, Failure> {
    let states = ["decided", "served", "executing", "closing", "closed"].map(str::to_owned).to_vec();
    let mut filter =
        Filter { states, subject: Some(case.subject), order: Order::Newest, limit: 200, ..Filter::default() };
    let mut fines = vec![];
    loop {
        let page = records::list_in::<Case>(tx, &ctx.seeing_all(), &filter).await?;
        for earlier in page.rows.iter().filter(|earlier| earlier.id != case.id) {
            let decided = earlier.state.decided().map(|decided| &decided.decision);
            fines.extend(decided.filter(|decision| decision.plan.fine > Fen::ZERO).map(|decision| EarlierFine {
                case: earlier.id,
                number: decision.number.clone(),
                violation: decision.law.violation.clone(),
                finding: earlier.origin.finding.clone(),
                act: earlier.act.clone(),
            }));
        }
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(fines);
        }
    }
}

/// Keeps the page that an act serves.
async fn paper(tx: &mut Tx, ctx: &Ctx, case: &Case, action: &Action) -> Result<Option<PaperRef>, Failure> {
    let Some(page) = page_served(ctx, case, action)? else { return Ok(None) };
    let new = NewPaper {
        kind: page.kind.to_owned(),
        number: page.number.clone(),
        title: page.title.to_owned(),
        resource_id: case.id.to_string(),
        division: case.division.clone(),
        department: case.department.clone(),
        subject: Some(case.subject),
        bytes: page.html().into_bytes(),
    };
    let kept = xingjian_store::papers::keep(tx, ctx, new).await?;
    Ok(Some(PaperRef { id: kept.id, sha256: kept.sha256 }))
}

fn page_served(ctx: &Ctx, case: &Case, action: &Action) -> Result<Option<Page>, Failure> {
    Ok(match (action, &case.state) {
        (Action::ServeNotice(_), super::State::Deliberated(_)) => {
            papers::notice(case, &terms(ctx)?, &thresholds(ctx, case.party.kind)?)
        }
        (Action::ServeDecision(_), super::State::Decided(_)) => papers::decision(case, &terms(ctx)?),
        _ => None,
    })
}

/// Terms and names that the pages print.
pub(super) fn terms(ctx: &Ctx) -> Result<Terms, Failure> {
    let (policy, today) = (ctx.policy(), ctx.today());
    let term = |id: &str| -> Result<Term, Failure> {
        let clock = policy.clock(id, today).map(|clock| clock.term);
        clock.ok_or_else(|| Error::Missing(format!("clock {id} in the policy pack")).into())
    };
    Ok(Terms {
        authority: policy.city.authority.clone(),
        government: format!("{}人民政府", policy.city.name),
        statement: term("statement")?,
        hearing: term("hearing_request")?,
        pay: term("pay")?,
        reconsider: term("reconsider")?,
        sue: term("sue")?,
    })
}

/// The party as the registry knows it on the day, and the division it lies in.
pub(super) async fn party_in(
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectRef,
    actor: ViolationActor,
) -> Result<(Party, DivisionCode), Failure> {
    let organisation = PartyKind::Organisation;
    Ok(match subject {
        SubjectRef::Institution(id) => {
            let details = records::must_in::<Institution>(tx, ctx, id).await?.value.details;
            let code = details.credit_code.map(|code| code.to_string());
            let code = code.or_else(|| details.licence.map(|licence| licence.to_string()));
            let address = details.address.unwrap_or_default();
            (Party { name: details.name, kind: organisation, address, code }, details.division)
        }
        SubjectRef::LegalPerson(id) => {
            let person = records::must_in::<LegalPerson>(tx, ctx, id).await?.value;
            let code = person.credit_code.map(|code| code.to_string());
            (Party { name: person.name, kind: organisation, address: String::new(), code }, person.division)
        }
        SubjectRef::Practitioner(id) => {
            let person = records::must_in::<Practitioner>(tx, ctx, id).await?.value;
            let kind = PartyKind::Person;
            (Party { name: person.name, kind, address: String::new(), code: person.certificate }, person.division)
        }
        SubjectRef::Unregistered(id) => {
            let found = records::must_in::<Unregistered>(tx, ctx, id).await?.value;
            // Nothing says whether an unregistered place is a person's or an organisation's but the law that is broken.
            let kind = if actor == ViolationActor::Institution { organisation } else { PartyKind::Person };
            (Party { name: found.name, kind, address: found.place, code: None }, found.division)
        }
    })
}

/// An officer as a case knows one: with an account, a certificate valid today, and no ground for recusal on record.
pub(super) async fn officer_in(
    tx: &mut Tx,
    ctx: &Ctx,
    id: OfficerId,
    about: SubjectRef,
) -> Result<OfficerRef, Failure> {
    let officer = officer::get_in(tx, ctx, id).await?.value;
    let refused = |error: TransitionError| Failure::from(Refusal::from(error));
    let ties = subject::ties_in(tx, ctx, about).await?;
    if let Some(reason) = subject::ground_in(tx, ctx, &officer, &ties).await? {
        return Err(refused(TransitionError::Recused { name: officer.name.clone(), reason }));
    }
    let certificate = officer.certificate_on(ctx.today()).map(|certificate| certificate.number.clone());
    let (Some(certificate), Some(account)) = (certificate, officer.account) else {
        return Err(refused(TransitionError::NoCertificate { name: officer.name }));
    };
    Ok(OfficerRef { officer: officer.id, account, name: officer.name, certificate })
}
