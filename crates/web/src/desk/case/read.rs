//! From a form to a typed act: every fault of the form at once.

mod aftermath;
pub mod particulars;
pub mod plan;
pub mod report;

use crate::form::Given;
use xingjian_enforce::case::{
    Action, Case, ClosingReport, Correction, Deliberation, Fulfilment, Heard, LeavingGround, NotPenalisedGround,
    Payment, Proposal, Remedy, RemedyKind, ServiceMethod, ServiceRecord, Statement, StatementOutcome, StatementReview,
};
use xingjian_enforce::fine::Pause;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Fault, LocalDate};
use xingjian_store::{Ctx, Failure};

/// Outcomes of a review of statements, by the codes of the form.
pub const OUTCOMES: &[(&str, StatementOutcome)] = &[
    ("none_given", StatementOutcome::NoneGiven),
    ("waived", StatementOutcome::Waived),
    ("accepted", StatementOutcome::Accepted),
    ("partly_accepted", StatementOutcome::PartlyAccepted),
    ("not_accepted", StatementOutcome::NotAccepted),
];

/// Grounds not to penalise, by the codes of the form.
pub const GROUNDS: &[(&str, NotPenalisedGround)] = &[
    ("minor", NotPenalisedGround::Minor),
    ("first_time", NotPenalisedGround::FirstTime),
    ("no_fault", NotPenalisedGround::NoFault),
    ("facts_not_established", NotPenalisedGround::FactsNotEstablished),
];

/// Reconsideration and lawsuit, by the codes of the form.
pub const REMEDIES: &[(&str, RemedyKind)] =
    &[("reconsideration", RemedyKind::Reconsideration), ("lawsuit", RemedyKind::Lawsuit)];

/// Why an officer leaves, by the codes of the form.
pub const LEAVING: &[(&str, LeavingGround)] =
    &[("recusal", LeavingGround::Recusal), ("reassignment", LeavingGround::Reassignment)];

/// The value of a code.
fn coded<T: Copy>(table: &[(&str, T)], code: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == code).map(|(_, value)| *value)
}

/// A form that is being read. A faulty value is replaced by an empty one, so that reading goes on to the next;
/// [`Reader::done`] lets nothing out while there is a fault.
struct Reader<'a> {
    given: &'a Given,
    today: LocalDate,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn new(given: &'a Given, today: LocalDate) -> Self {
        Self { given, today, faults: vec![] }
    }

    fn fault(&mut self, place: &str, reason: impl Into<String>, mend: impl Into<String>) {
        let fault = Fault::new(place, self.given.text(place), reason, mend);
        self.faults.push(fault);
    }

    /// A text, or empty.
    fn text(&self, name: &str) -> String {
        self.given.text(name).trim().to_owned()
    }

    /// A text that must be there.
    fn required(&mut self, name: &str, what: &str) -> String {
        let text = self.text(name);
        if text.is_empty() {
            self.fault(name, format!("没有填写{what}"), "请补充填写");
        }
        text
    }

    /// A text that may be missing.
    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether the single box of a field is ticked.
    fn ticked(&self, name: &str) -> bool {
        self.given.all(name).iter().any(|value| value == "yes")
    }

    /// A day that must be there, today or earlier.
    fn past(&mut self, name: &str, what: &str) -> LocalDate {
        let date = self.date(name);
        if date.is_none() && self.text(name).is_empty() {
            self.fault(name, format!("没有填写{what}"), "请补充填写");
        }
        if date.is_some_and(|date| date > self.today) {
            self.fault(name, format!("{what}晚于今天"), "请填写今天或者以前的日期");
        }
        date.unwrap_or(self.today)
    }

    /// A day that may be missing.
    fn date(&mut self, name: &str) -> Option<LocalDate> {
        let text = self.text(name);
        let date = text.parse().ok();
        if date.is_none() && !text.is_empty() {
            self.fault(name, "不是日期", "请按 2026-11-21 的格式填写");
        }
        date
    }

    /// A sum that must be there.
    fn money(&mut self, name: &str) -> Fen {
        self.sum(name).unwrap_or_else(|fault| {
            self.faults.push(fault);
            Fen::ZERO
        })
    }

    /// A sum; nothing typed is none.
    fn optional_money(&mut self, name: &str) -> Option<Fen> {
        (!self.text(name).is_empty()).then(|| self.money(name))
    }

    fn sum(&self, name: &str) -> Result<Fen, Fault> {
        let text = self.given.text(name);
        let sum: Fen = text.parse().map_err(|error: xingjian_kernel::money::ParseError| error.fault(name, text))?;
        if sum < Fen::ZERO {
            Err(Fault::new(name, text, "金额不能为负", "请填写零或者大于零的金额"))
        } else {
            Ok(sum)
        }
    }

    /// One of a table, which must be chosen.
    fn choice<T>(&mut self, name: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(self.given.text(name));
        if value.is_none() {
            self.fault(name, format!("没有选择{what}"), "请选择一项");
        }
        value
    }

    /// Names of people, one a line or separated by commas.
    fn people(&mut self, name: &str, what: &str, needed: usize) -> Vec<String> {
        let separators = ['\n', '、', '，', ',', '；', ';'];
        let names: Vec<String> = self
            .given
            .text(name)
            .split(separators)
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect();
        let mut different = names.clone();
        different.sort_unstable();
        different.dedup();
        if different.len() < needed {
            let reason = format!("{what}只有{}名，至少需要{needed}名", different.len());
            self.fault(name, reason, "请每行填写一名，不重复");
        }
        names
    }

    /// Lines with text.
    fn lines(&self, name: &str) -> Vec<String> {
        self.given.text(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// The act, unless something is wrong.
    fn done(self, action: Option<Action>) -> Result<Action, Failure> {
        match action {
            Some(action) if self.faults.is_empty() => Ok(action),
            _ => Err(self.faults.into()),
        }
    }
}

/// Reads the form of an act; a report may rest on one of the known re-checks.
pub fn action(ctx: &Ctx, case: &Case, known: &[Correction], action: &str, given: &Given) -> Result<Action, Failure> {
    let mut r = Reader::new(given, ctx.today());
    let read = match action {
        "approve_filing" => Some(Action::ApproveFiling { opinion: r.required("opinion", "审批意见") }),
        "decline_filing" => Some(Action::DeclineFiling { reason: r.required("reason", "不予立案的理由") }),
        "report_investigation" => report::read(&mut r, case, known).map(Action::ReportInvestigation),
        "record_deliberation" => deliberation(&mut r, ctx, case)?,
        "serve_notice" => receipt(&mut r).map(Action::ServeNotice),
        "serve_decision" => receipt(&mut r).map(Action::ServeDecision),
        "countersign" => Some(Action::Countersign),
        "return_draft" => Some(Action::ReturnDraft { reason: r.required("reason", "退回的理由") }),
        "submit_statement" => Some(Action::SubmitStatement(Statement {
            text: r.required("text", "陈述、申辩意见"),
            oral: r.ticked("oral"),
        })),
        "waive_statement" => {
            Some(Action::WaiveStatement { note: r.required("note", "放弃陈述、申辩的声明") })
        }
        "request_hearing" => {
            let on = r.past("on", "要求听证的日期");
            Some(Action::RequestHearing { on, note: r.required("note", "听证申请") })
        }
        "waive_hearing" => Some(Action::WaiveHearing { note: r.required("note", "放弃听证的声明") }),
        "withdraw_hearing" => Some(Action::WithdrawHearing { note: r.required("note", "撤回听证申请的声明") }),
        "hear_statements" => review(&mut r, ctx, case)?,
        "pass_review" => Some(Action::PassReview { opinion: r.required("opinion", "法制审核意见") }),
        "reject_review" => Some(Action::RejectReview { opinion: r.required("opinion", "退回的理由") }),
        "discuss" => {
            let needed = plan::thresholds(ctx, case)?.discussion_members;
            let members = r.people("members", "参加集体讨论的人员", needed);
            let plan = plan::decided(&mut r, ctx, case)?;
            Some(Action::Discuss { plan, members, minutes: r.required("minutes", "集体讨论记录") })
        }
        "decide" => {
            // What was reviewed or discussed is decided as it is.
            let plan = match case.state.heard().and_then(Heard::settled) {
                Some(plan) => plan.clone(),
                None => plan::decided(&mut r, ctx, case)?,
            };
            Some(Action::Decide { plan, reasons: r.required("reasons", "决定的理由") })
        }
        "reopen" => Some(Action::Reopen { reason: r.required("reason", "重新提请审核的理由") }),
        "send_back" => Some(Action::SendBack { reason: r.required("reason", "退回的理由") }),
        other => {
            if let Some(read) = aftermath::read(&mut r, case, other) {
                return read;
            }
            return after(r, other);
        }
    };
    r.done(read)
}

/// Acts after service, and the other ends of a case.
fn after(mut r: Reader<'_>, action: &str) -> Result<Action, Failure> {
    let read = match action {
        "record_payment" => Some(Action::RecordPayment(payment(&mut r))),
        "record_fulfilment" => {
            let on = r.past("on", "执行日期");
            Some(Action::RecordFulfilment(Fulfilment { on, text: r.required("text", "执行情况") }))
        }
        "record_remedy" => {
            let kind = r.choice("kind", "复议或者诉讼", |code| coded(REMEDIES, code));
            let time = Pause { from: r.past("from", "受理日期"), until: None };
            kind.map(|kind| Action::RecordRemedy(Remedy { kind, time }))
        }
        "propose_closing" => {
            let text = r.required("text", "结案报告");
            let (late_fine_waiver, uncollectable) = (r.optional("late_fine_waiver"), r.optional("uncollectable"));
            Some(Action::ProposeClosing(ClosingReport { text, late_fine_waiver, uncollectable }))
        }
        "return_closing" => Some(Action::ReturnClosing { reason: r.required("reason", "退回的理由") }),
        "close" => Some(Action::Close { opinion: r.required("opinion", "审批意见") }),
        "not_penalise" => {
            let ground = r.choice("ground", "不予处罚的情形", |code| coded(GROUNDS, code));
            let reason = r.required("reason", "不予处罚的事实和理由");
            let education = r.text("education");
            if ground.is_some_and(NotPenalisedGround::needs_education) && education.is_empty() {
                r.fault(
                    "education",
                    "没有填写教育情况",
                    "依法不予处罚的，应当对当事人进行教育（行政处罚法第33条第3款）",
                );
            }
            ground.map(|ground| Action::NotPenalise { ground, reason, education })
        }
        "dismiss" => Some(Action::Dismiss { reason: r.required("reason", "撤销案件的理由") }),
        "transfer" => {
            let to = r.required("to", "接受移送的机关");
            Some(Action::Transfer { to, reason: r.required("reason", "移送的理由") })
        }
        _ => return Err(Failure::NotFound),
    };
    r.done(read)
}

fn deliberation(r: &mut Reader<'_>, ctx: &Ctx, case: &Case) -> Result<Option<Action>, Failure> {
    let needed = plan::thresholds(ctx, case)?.deliberation_members;
    let members = r.people("members", "参加合议的人员", needed);
    let opinions = r.required("opinions", "合议意见");
    let proposal = match r.given.text("proposal") {
        "penalise" => Some(Proposal::Penalise { plan: plan::planned(r, ctx, case)? }),
        "not_penalise" => Some(Proposal::NotPenalise { reason: r.required("proposal_reason", "建议的理由") }),
        "dismiss" => Some(Proposal::Dismiss { reason: r.required("proposal_reason", "建议的理由") }),
        "transfer" => Some(Proposal::Transfer { reason: r.required("proposal_reason", "建议的理由") }),
        _ => {
            r.fault("proposal", "没有选择合议结论", "请选择一项");
            None
        }
    };
    Ok(proposal.map(|proposal| Action::RecordDeliberation(Deliberation { members, opinions, proposal })))
}

fn review(r: &mut Reader<'_>, ctx: &Ctx, case: &Case) -> Result<Option<Action>, Failure> {
    let outcome = r.choice("outcome", "复核结论", |code| coded(OUTCOMES, code));
    let spoke = case.state.noticed().is_some_and(|noticed| noticed.statement.is_some());
    let findings = if spoke { r.required("findings", "复核意见") } else { r.text("findings") };
    let revised = if r.ticked("revise") { Some(plan::planned(r, ctx, case)?) } else { None };
    Ok(outcome.map(|outcome| Action::HearStatements(StatementReview { outcome, findings, revised })))
}

fn receipt(r: &mut Reader<'_>) -> Option<ServiceRecord> {
    let method = r.choice("method", "送达方式", ServiceMethod::from_code);
    let announced = method == Some(ServiceMethod::Announcement);
    let announced_on = announced.then(|| r.past("announced_on", "公告日期"));
    // The day of service of an announcement is computed.
    let on = if announced { r.today } else { r.past("on", "送达日期") };
    let (receiver, note) = (r.text("receiver"), r.text("note"));
    if receiver.is_empty() && method.is_some_and(|method| method != ServiceMethod::Announcement) {
        r.fault("receiver", "没有填写收件人", "公告送达以外的方式都要写明收件人");
    }
    if let Some(needed) = method.and_then(ServiceMethod::note_needed).filter(|_| note.is_empty()) {
        let label = method.map(ServiceMethod::label).unwrap_or_default();
        r.fault("note", format!("没有填写{needed}"), format!("{label}的回执应当注明"));
    }
    method.map(|method| ServiceRecord { method, on, receiver, note, announced_on })
}

fn payment(r: &mut Reader<'_>) -> Payment {
    let (on, amount) = (r.past("on", "缴款日期"), r.money("amount"));
    let unfilled = r.faults.iter().any(|fault| fault.place == "amount");
    if amount == Fen::ZERO && !unfilled {
        r.fault("amount", "缴款金额为零", "请填写凭证上的金额");
    }
    Payment { on, amount, receipt: r.required("receipt", "缴款凭证号") }
}

/// A change of handlers.
pub struct Replacement {
    /// Who leaves.
    pub leaving: OfficerId,
    /// Who comes.
    pub joining: Option<OfficerId>,
    /// Recusal or another reason.
    pub ground: LeavingGround,
    /// The reason in words.
    pub reason: String,
}

/// Reads the form of a change of handlers.
pub fn replacement(given: &Given) -> Result<Replacement, Failure> {
    let mut r = Reader::new(given, LocalDate::default());
    let officer = |code: &str| code.parse::<OfficerId>().ok();
    let leaving = r.choice("leaving", "退出的承办人", officer);
    let joining = officer(given.text("joining"));
    let ground = r.choice("ground", "退出的原因", |code| coded(LEAVING, code));
    let reason = r.required("reason", "更换理由");
    match (leaving, ground, r.faults.is_empty()) {
        (Some(leaving), Some(ground), true) => Ok(Replacement { leaving, joining, ground, reason }),
        _ => Err(r.faults.into()),
    }
}

/// Fields that a refusal of the room is about, by its code.
const PLACES: &[(&str, &str)] = &[
    ("too_few_members", "members"),
    ("recheck_too_early", "recheck_on"),
    ("recheck_contradicted", "correction_done"),
    ("rechecked_alone", "recheck_by"),
    ("penalty_not_in_law", "aggravation"),
    ("fine_and_kind_differ", "fine"),
    ("no_fine", "fine"),
    ("fine_outside_range", "fine"),
    ("second_fine", "fine"),
    ("heavier_after_statement", "fine"),
    ("heavier_than_noticed", "fine"),
    ("words_not_noticed", "measures"),
    ("not_as_reviewed", "fine"),
    ("gains_not_confiscated", "confiscated"),
    ("unknown_band", "band"),
    ("outside_band", "deviation"),
    ("overpaid", "amount"),
    ("heavier_by_remedy", "fine"),
    ("no_remedy", "kind"),
    ("instalment_sum", "instalments"),
    ("instalment_dates", "instalments"),
    ("not_paid", "uncollectable"),
    ("statement_outcome", "outcome"),
    ("cannot_join", "joining"),
    ("recused", "joining"),
    ("no_certificate", "joining"),
    ("no_such_handler", "leaving"),
    ("hearing_too_late", "on"),
    ("future_date", "on"),
    ("too_early", "on"),
    ("announcement_running", "announced_on"),
];

/// The field a refusal is about; empty where it is about the act as a whole.
fn place_of(code: &str, given: &Given) -> &'static str {
    let known = PLACES.iter().find(|(known, _)| *known == code).map(|(_, place)| *place);
    known.filter(|place| given.has(place)).unwrap_or_default()
}

/// A refusal beside the field it is about.
pub fn placed(failure: Failure, given: &Given) -> Failure {
    let Failure::Refused(refusal) = failure else { return failure };
    let place = place_of(&refusal.code, given);
    if place.is_empty() {
        return Failure::Refused(refusal);
    }
    let article = refusal.article.as_ref().map(|article| format!("（{article}）")).unwrap_or_default();
    Fault::new(place, given.text(place), format!("{}{article}", refusal.message), refusal.mend).into()
}

#[cfg(test)]
mod tests;
