//! Service of the decision, payment, and closing.

use super::super::TransitionError;
use super::super::execution::{Approval, ClosingReport, Execution, Fulfilment, Payment, account};
use super::super::party::Signed;
use super::super::service_record::ServiceRecord;
use super::super::state::{Decided, Served, State};
use super::Now;
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;

pub(super) fn serve(now: &Now<'_>, decided: Decided, service: ServiceRecord) -> Result<State, TransitionError> {
    now.handler()?;
    let service = service.settled(now.facts.announcement, now.today())?;
    service.check(decided.decision.by.on(), now.today())?;
    let (paper, pay_due) = (now.facts.paper.clone(), now.facts.deadlines.pay);
    let served = Served { decided, service: now.sign(service), paper, pay_due, execution: Execution::default() };
    Ok(State::Served(Box::new(served)))
}

pub(super) fn pay(now: &Now<'_>, mut served: Served, payment: Payment) -> Result<State, TransitionError> {
    now.handler()?;
    TransitionError::text(&payment.receipt, "缴款凭证号")?;
    if payment.amount <= Fen::ZERO {
        return Err(TransitionError::Money("缴款金额应当大于零"));
    }
    between("缴款日期", payment.on, served.decided.decision.by.on(), now.today())?;
    let amount = payment.amount;
    let open = account(&served.decided.decision, &served.pay_due, &served.execution, now.today()).open();
    served.execution.payments.push(now.sign(payment));
    let after = account(&served.decided.decision, &served.pay_due, &served.execution, now.today());
    let owed = after.principal.checked_add(after.late);
    if owed.is_none_or(|owed| after.paid > owed) {
        return Err(TransitionError::Overpaid { open, amount });
    }
    Ok(State::Executing(Box::new(served)))
}

pub(super) fn fulfil(now: &Now<'_>, mut served: Served, fulfilment: Fulfilment) -> Result<State, TransitionError> {
    now.handler()?;
    TransitionError::text(&fulfilment.text, "执行情况")?;
    between("执行日期", fulfilment.on, served.service.on, now.today())?;
    served.execution.fulfilments.push(now.sign(fulfilment));
    Ok(State::Executing(Box::new(served)))
}

pub(super) fn propose_closing(now: &Now<'_>, served: Served, report: ClosingReport) -> Result<State, TransitionError> {
    now.handler()?;
    TransitionError::text(&report.text, "结案报告")?;
    let owed = account(&served.decided.decision, &served.pay_due, &served.execution, now.today());
    let remitted = report.late_fine_waiver.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    let open = if remitted { owed.principal_open } else { owed.open() };
    let given_up = report.uncollectable.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    let given_up = given_up && now.case.is_uncollectable(now.today(), now.facts.window);
    if open > Fen::ZERO && !given_up {
        return Err(TransitionError::NotPaid { open });
    }
    if served.execution.at_court().is_some() {
        return Err(TransitionError::CourtPending);
    }
    if let Some(remedy) = served.execution.remedies.iter().find(|remedy| remedy.time.until.is_none()) {
        return Err(TransitionError::RemedyOpen(remedy.kind.label()));
    }
    let money = [PenaltyKind::Warning, PenaltyKind::Criticism, PenaltyKind::Fine, PenaltyKind::ConfiscateGains];
    let other = served.plan().kinds.iter().find(|kind| !money.contains(kind));
    if let (Some(kind), true) = (other, served.execution.fulfilments.is_empty()) {
        return Err(TransitionError::NotFulfilled(*kind));
    }
    Ok(State::Closing { served: Box::new(served), report: now.sign(report) })
}

pub(super) fn return_closing(now: &Now<'_>, served: Box<Served>, reason: &str) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(reason, "退回的理由")?;
    Ok(State::Executing(served))
}

pub(super) fn close(
    now: &Now<'_>,
    served: Box<Served>,
    report: Signed<ClosingReport>,
    opinion: String,
) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&opinion, "审批意见")?;
    Ok(State::Closed { served, report, approval: Approval { opinion, by: now.mark.clone() } })
}

pub(super) fn between(
    what: &'static str,
    date: LocalDate,
    first: LocalDate,
    last: LocalDate,
) -> Result<(), TransitionError> {
    if date < first {
        return Err(TransitionError::TooEarly { what, not_before: first });
    }
    if date > last { Err(TransitionError::FutureDate { what, date }) } else { Ok(()) }
}
