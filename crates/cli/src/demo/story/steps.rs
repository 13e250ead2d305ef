//! Steps that both loops take.

use super::Teller;
use std::collections::BTreeMap;
use xingjian_enforce::case::service as cases;
use xingjian_enforce::case::{
    Action as CaseAct, ClosingReport, Deliberation, Evidence, EvidenceKind, Payment, Plan, Proposal, Report,
    ServiceMethod, ServiceRecord,
};
use xingjian_inspect::finding::service::{self as findings, Filing};
use xingjian_inspect::finding::{Action as FindingAct, Finding};
use xingjian_inspect::task::service as tasks;
use xingjian_inspect::task::{Action as TaskAct, Answer, Outcome, Party, Task};
use xingjian_kernel::id::{CaseId, ComplaintId, FindingId, OfficerId, SignalId, TaskId};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Clock, SubjectRef};
use xingjian_registry::unregistered::Described;
use xingjian_sense::complaint::service as complaints;
use xingjian_sense::complaint::{Action as ComplaintAct, Complaint, NewComplaint};
use xingjian_sense::signal::Signal;
use xingjian_sense::signal::service::{self as signals, Plan as Visit};
use xingjian_store::{Ctx, Failure, Stored, records};

/// A violation as it was found on site.
pub struct Found<'a> {
    /// Inspection item of the pack.
    pub item: &'a str,
    /// Violation of the pack.
    pub violation: &'a str,
    /// What was seen.
    pub facts: &'a str,
}

impl Teller<'_> {
    /// Somebody complains without a name.
    pub async fn complain(&self, about: usize, text: &str) -> Result<ComplaintId, Failure> {
        let (subject, name) = self.institution(about);
        self.complain_about(name, Some(subject), text).await
    }

    /// Somebody complains without a name about a place that may be unknown to the registry.
    pub async fn complain_about(
        &self,
        name: &str,
        subject: Option<SubjectRef>,
        text: &str,
    ) -> Result<ComplaintId, Failure> {
        let visitor = xingjian_web::visitor(self.app);
        let new = NewComplaint {
            channel: "portal".into(),
            about: name.to_owned(),
            subject,
            text: text.to_owned(),
            reporter: None,
            division: None,
            once: xingjian_kernel::clock::secret(&*self.app.rng, 16),
        };
        let receipt = complaints::submit(&visitor, new).await?;
        let found = complaints::by_receipt(&visitor, &receipt.code).await?.ok_or(Failure::NotFound)?;
        Ok(found.id)
    }

    /// The intake accepts a report, by which a signal is opened.
    pub async fn accept(&self, id: ComplaintId, topic: &str) -> Result<SignalId, Failure> {
        self.accept_as(id, topic, None).await
    }

    /// The same about somebody whom the registry may not know, in the clerk's words.
    pub async fn accept_as(
        &self,
        id: ComplaintId,
        topic: &str,
        unregistered: Option<Described>,
    ) -> Result<SignalId, Failure> {
        let intake = self.as_("shouli").await?;
        let complaint = records::must::<Complaint>(&intake, id).await?;
        let accept = complaints::Accept {
            kind: "report".into(),
            reason: "反映涉嫌违法行为，属举报".into(),
            topic: topic.into(),
            subject: complaint.subject,
            unregistered,
            open_signal: true,
        };
        complaints::accept(&intake, id, complaint.version, accept).await?.signal.ok_or(Failure::NotFound)
    }

    /// An act on a complaint.
    pub async fn on_complaint(&self, login: &str, id: ComplaintId, action: ComplaintAct) -> Result<(), Failure> {
        let ctx = self.as_(login).await?;
        let seen = records::must::<Complaint>(&ctx, id).await?.version;
        complaints::act(&ctx, id, seen, action).await?;
        Ok(())
    }

    /// The two officers of the story.
    pub fn pair(&self) -> Vec<OfficerId> {
        ["jiandu1", "jiandu2"].iter().map(|login| self.people.officers[login]).collect()
    }

    /// An inspector turns a signal into a task for a day that many days ahead.
    pub async fn plan_visit(&self, signal: SignalId, items: &[&str], ahead: i32) -> Result<TaskId, Failure> {
        let inspector = self.as_("jiandu1").await?;
        let seen = records::must::<Signal>(&inspector, signal).await?.version;
        let visit = Visit {
            planned: plus_days(self.clock.today(), ahead),
            items: items.iter().map(|i| (*i).to_owned()).collect(),
            officers: self.pair(),
            exceed_reason: None,
        };
        signals::inspect(&inspector, signal, seen, visit).await
    }

    /// An act on a task.
    pub async fn on_task(&self, login: &str, id: TaskId, action: TaskAct) -> Result<Stored<Task>, Failure> {
        let ctx = self.as_(login).await?;
        let seen = records::must::<Task>(&ctx, id).await?.version;
        tasks::act(&ctx, id, seen, action).await
    }

    /// The visit: begun, every item answered, recorded, signed by both officers and the party, submitted.
    pub async fn visit(&self, id: TaskId, found: &Found<'_>) -> Result<FindingId, Failure> {
        let begin = TaskAct::Begin { certificates_shown: true, place: "演示路1号".into(), device_at: None };
        let task = self.on_task("jiandu1", id, begin).await?;
        let answer = |item: &str| {
            if item == found.item {
                Answer::Violates {
                    facts: found.facts.to_owned(),
                    violation: Some(found.violation.to_owned()),
                    correct_by: None,
                }
            } else {
                Answer::Conforms
            }
        };
        let answers: BTreeMap<String, Answer> = task.items.iter().map(|i| (i.id.clone(), answer(&i.id))).collect();
        self.on_task("jiandu1", id, TaskAct::Answer { answers }).await?;
        let record = TaskAct::Record {
            outcome: Outcome::OrderedCorrection,
            statement: "依法检查，出示证件，当事人在场。".into(),
            device_at: None,
        };
        self.on_task("jiandu1", id, record).await?;
        self.on_task("jiandu1", id, TaskAct::Sign).await?;
        self.on_task("jiandu2", id, TaskAct::Sign).await?;
        let party = Party::Signed {
            name: "演示负责人".into(), post: "主要负责人".into(), opinion: "情况属实".into()
        };
        self.on_task("jiandu1", id, TaskAct::SignParty { party }).await?;
        let task = self.on_task("jiandu1", id, TaskAct::Submit).await?;
        task.state.findings().first().copied().ok_or(Failure::NotFound)
    }

    /// An act on a finding.
    pub async fn on_finding(&self, login: &str, id: FindingId, action: FindingAct) -> Result<(), Failure> {
        let ctx = self.as_(login).await?;
        let seen = records::must::<Finding>(&ctx, id).await?.version;
        findings::act(&ctx, id, seen, action).await?;
        Ok(())
    }

    /// A case is proposed for a finding.
    pub async fn file_case(&self, id: FindingId, summary: &str) -> Result<CaseId, Failure> {
        let inspector = self.as_("jiandu1").await?;
        let finding = records::must::<Finding>(&inspector, id).await?;
        let filing = Filing {
            violation: None,
            began: finding.created_at.local_date(),
            ended: None,
            harmed_health: false,
            summary: summary.to_owned(),
            handlers: self.pair(),
        };
        Ok(findings::file_case(&inspector, id, finding.version, filing).await?.1)
    }

    /// An act on a case.
    pub async fn on_case(&self, login: &str, id: CaseId, action: CaseAct) -> Result<(), Failure> {
        let ctx = self.as_(login).await?;
        let seen = seen_case(&ctx, id).await?;
        cases::act(&ctx, id, seen, action).await?;
        Ok(())
    }

    /// An act that both handlers sign: put down by the first, signed by the second with an own login.
    pub async fn both_sign(&self, id: CaseId, action: CaseAct) -> Result<(), Failure> {
        self.on_case("jiandu1", id, action).await?;
        self.on_case("jiandu2", id, CaseAct::Countersign).await
    }

    /// Filing approved by the head.
    pub async fn approve_filing(&self, id: CaseId) -> Result<(), Failure> {
        self.on_case("fuze", id, CaseAct::ApproveFiling { opinion: "同意立案".into() }).await
    }

    /// An investigation report of today with gains in yuan.
    pub fn report(&self, facts: &str, gains: i64) -> Report {
        let evidence = Evidence {
            kind: EvidenceKind::SiteRecord,
            name: "现场笔录".into(),
            taken_on: self.clock.today(),
            verified: true,
            monitored: false,
            monitor_reviewed: false,
        };
        Report {
            facts: facts.to_owned(),
            evidence: vec![evidence],
            gains: Fen::from_yuan(gains),
            refund: Fen::ZERO,
            base: None,
            correction: None,
            complex: false,
            major: false,
            public_interest: false,
            new_facts: None,
        }
    }

    /// The investigation report with gains in yuan, and the deliberation that proposes the plan.
    pub async fn investigate(&self, id: CaseId, facts: &str, gains: i64, plan: &Plan) -> Result<(), Failure> {
        self.both_sign(id, CaseAct::ReportInvestigation(self.report(facts, gains))).await?;
        let deliberation = Deliberation {
            members: ["演示监督员一", "演示监督员二", "演示监督员三"].map(str::to_owned).to_vec(),
            opinions: "事实清楚，证据确凿，一致同意承办人意见。".into(),
            proposal: Proposal::Penalise { plan: plan.clone() },
        };
        self.both_sign(id, CaseAct::RecordDeliberation(deliberation)).await
    }

    /// A paper handed over today.
    pub fn handed_over(&self) -> ServiceRecord {
        ServiceRecord {
            method: ServiceMethod::Direct,
            on: self.clock.today(),
            receiver: "演示负责人".into(),
            note: String::new(),
            announced_on: None,
        }
    }

    /// Paid in full, reported and closed.
    pub async fn pay_and_close(&self, id: CaseId, amount: Fen) -> Result<(), Failure> {
        let payment = Payment { on: self.clock.today(), amount, receipt: "演示票据".into() };
        self.on_case("jiandu1", id, CaseAct::RecordPayment(payment)).await?;
        let report = ClosingReport {
            text: "处罚决定已履行完毕。".into(), late_fine_waiver: None, uncollectable: None
        };
        self.on_case("jiandu1", id, CaseAct::ProposeClosing(report)).await?;
        self.on_case("fuze", id, CaseAct::Close { opinion: "同意结案".into() }).await
    }
}

/// The version of a case, also for its party, who has no list of cases.
async fn seen_case(ctx: &Ctx, id: CaseId) -> Result<i64, Failure> {
    match ctx.scope.subject {
        Some(_) => Ok(cases::party_case(ctx, id).await?.version),
        None => Ok(cases::get(ctx, id).await?.version),
    }
}
