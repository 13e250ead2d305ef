//! A year of a whole city: what people report and what becomes of it, day by day, each step by the person whose step it
//! is and through the use case that a page calls. What is begun goes on after days that differ from case to case, so on
//! the last day there is work at every stage.

mod messages;

use super::Teller;
use super::loops::fined;
use super::steps::Found;
use super::waiting::heavy;
use super::{draws, release};
use crate::demo::Institutions;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_credit::demerit::{self, Action as DemeritAct, Demerit};
use xingjian_credit::linkage::{self, Action as LinkageAct, Linkage};
use xingjian_enforce::case::{Action as CaseAct, Plan, StatementOutcome, StatementReview};
use xingjian_govern::publication::{self, Action as PublicationAct, Publication};
use xingjian_inspect::finding::Action as FindingAct;
use xingjian_inspect::task::service::{self as tasks, NewTask};
use xingjian_inspect::task::{Action as TaskAct, Cause, Outcome, Task};
use xingjian_kernel::id::{CaseId, ComplaintId, FindingId, SignalId, TaskId};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Clock, LocalDate, SubjectRef};
use xingjian_sense::complaint::service::{self as complaints, Accept};
use xingjian_sense::complaint::{Action as ComplaintAct, Complaint};
use xingjian_sense::message::triage::{self, Taken};
use xingjian_sense::signal::Signal;
use xingjian_sense::signal::service as signals;
use xingjian_store::{Ctx, Failure, Filter, records};

/// So many institutions the numbers of a day are for; of fewer there is less to tell.
const INSTITUTIONS: u32 = 1_140;
/// Complaints on a working day, and on another.
const COMPLAINTS: [u32; 2] = [5, 2];
/// Planned visits on a working day.
const VISITS: u32 = 1;

/// What people report: text, topic by which the duty list is asked, and whether it is a report of something unlawful.
const TEXTS: &[(&str, &str, bool)] = &[
    ("挂号后等了三个小时才看上，分诊台没有人解释原因。", "服务态度", false),
    ("收费清单上的项目和实际做的检查对不上，窗口不给说明。", "医疗收费", false),
    ("该机构用过的针头和纱布混在生活垃圾里。", "依法执业", true),
    ("坐诊的人没有穿工作服，也不出示执业证书。", "非法行医", true),
    ("复印病历要等两周，催了几次都没有结果。", "病历证明", false),
    ("把没有做的理疗项目刷进医保。", "医保基金", true),
    ("医生态度不好，病情没有讲清楚就让去缴费。", "服务态度", false),
    ("门诊部没有公示诊疗科目和医务人员名单。", "依法执业", true),
    ("候诊区很闷，卫生间没有人打扫。", "公共场所", false),
    ("护士给孩子打针前没有核对姓名。", "医疗质量", false),
    ("科室好像是外面公司承包的，收据不是医院的。", "依法执业", true),
    ("广告上说保证治好，去了又让买很贵的套餐。", "医疗广告", false),
];

/// What is found on a visit: item, violation, facts.
const FOUND: &[Found<'_>] = &[
    Found {
        item: "CR05", violation: "YF-007", facts: "医疗废物暂存处未设明显警示标识，未采取防渗措施。"
    },
    Found { item: "YL01", violation: "YL-007", facts: "未按规定公示诊疗科目。" },
    Found { item: "YL01", violation: "YL-003", facts: "将科室承包给院外人员经营。" },
];

/// Who handles a complaint and who reviews the answer.
type Handlers = [&'static str; 2];

/// The same of a department, and who looks into its signals.
fn of_department(department: &str) -> Option<(Handlers, &'static str)> {
    match department {
        "health" => Some((["chengban", "fuhe"], "jiandu1")),
        "insurance" => Some((["yichengban", "yifuhe"], "yijian1")),
        "market" => Some((["shichengban", "shifuhe"], "shijian1")),
        _ => None,
    }
}

/// A step that comes on its day.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// About which institution, with which text.
    Accept(ComplaintId, usize, usize),
    Pass(ComplaintId),
    Investigate(ComplaintId, Handlers),
    Answer(ComplaintId, Handlers),
    Close(ComplaintId, Handlers),
    Weigh(SignalId),
    /// Looked into by another department.
    Sift(SignalId, &'static str),
    Approve(TaskId, Option<usize>),
    Visit(TaskId, Option<usize>),
    Mend(FindingId),
    Recheck(FindingId),
    Filing(FindingId, usize),
    Inquire(CaseId, usize),
    Decide(CaseId, usize),
    Pay(CaseId, usize),
}

/// Numbers that repeat: the same city for the same seed.
struct Dice(u64);

impl Dice {
    /// A number below `n`.
    fn below(&mut self, n: u32) -> u32 {
        // SplitMix64: a counter through a mixing function.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(n)).unwrap_or_default()
    }

    /// One of so many.
    fn pick(&mut self, of: usize) -> usize {
        usize::try_from(self.below(u32::try_from(of).unwrap_or(1))).unwrap_or_default()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

/// The year as it goes on beside the stories.
pub struct Year {
    dice: Dice,
    /// The first institution that no story is about, and how many there are.
    others: (usize, usize),
    /// The same by their marks.
    theirs: BTreeSet<SubjectRef>,
    /// The next institution to be visited: nobody is visited twice.
    visited: usize,
    coming: BTreeMap<LocalDate, Vec<Next>>,
    /// Whether visits wait for a draw whose list is fixed.
    pub drawing: bool,
    /// The day before the first that is still to come.
    told: LocalDate,
}

impl Year {
    /// Begins after this day, among the institutions from this number on.
    pub fn new(after: LocalDate, institutions: &Institutions, first: usize) -> Self {
        let theirs = institutions.0[first..].iter().map(|(id, _)| SubjectRef::Institution(*id)).collect();
        let others = (first, institutions.0.len());
        Self { dice: Dice(620), others, theirs, visited: 0, coming: BTreeMap::new(), drawing: false, told: after }
    }

    fn later(&mut self, today: LocalDate, least: u32, most: u32, next: Next) {
        let days = least + self.dice.below(most - least + 1);
        let day = plus_days(today, i32::try_from(days).unwrap_or_default());
        self.coming.entry(day).or_default().push(next);
    }

    /// How many of what happens so often among [`INSTITUTIONS`]; what is less than one comes by chance.
    fn share(&mut self, of: u32) -> u32 {
        let (first, all) = self.others;
        let many = of * u32::try_from(all - first).unwrap_or(INSTITUTIONS);
        many / INSTITUTIONS + u32::from(self.dice.below(INSTITUTIONS) < many % INSTITUTIONS)
    }

    /// An institution that is complained about.
    fn somebody(&mut self) -> usize {
        let (first, all) = self.others;
        let many = u32::try_from(all - first).unwrap_or(1);
        // Some are complained about more than others.
        let (a, b) = (self.dice.below(many), self.dice.below(many));
        first + usize::try_from(a.min(b)).unwrap_or_default()
    }

    /// An institution that was not visited before; `None` once all were.
    fn unvisited(&mut self) -> Option<usize> {
        let (first, all) = self.others;
        let many = all - first;
        // A stride that shares no factor with the count comes to everybody once, spread over kinds and districts.
        let stride = [7, 11, 13].into_iter().find(|stride| many % stride != 0).unwrap_or(1);
        let at = first + (self.visited * stride) % many;
        self.visited += 1;
        (self.visited <= many).then_some(at)
    }
}

impl Teller<'_> {
    /// Tells what comes until this day, but not on it.
    pub async fn tell_until(&self, year: &mut Year, day: LocalDate) -> Result<(), Failure> {
        while let Ok(next) = year.told.tomorrow()
            && next < day
        {
            year.told = next;
            xingjian_govern::follow::settle(self.app).await?;
            self.clock.go_to(next);
            self.day_of_the_year(year, next).await?;
            self.progress.day(next);
        }
        Ok(())
    }

    async fn day_of_the_year(&self, year: &mut Year, today: LocalDate) -> Result<(), Failure> {
        let working = self.app.policy.calendar.is_working_day(today);
        for _ in 0..year.share(COMPLAINTS[usize::from(!working)]) {
            let (about, text) = (year.somebody(), year.dice.pick(TEXTS.len()));
            let complaint = self.complain(about, TEXTS[text].0).await?;
            year.later(today, 1, 4, Next::Accept(complaint, about, text));
        }
        let due = year.coming.remove(&today).unwrap_or_default();
        if !working {
            // Nobody is at the desk: it waits for the next day.
            if let Ok(next) = today.tomorrow() {
                year.coming.entry(next).or_default().extend(due);
            }
            return Ok(());
        }
        if today.day() == 1 || today.day() == 15 {
            release(self.people).await?;
        }
        for next in due {
            self.step(year, today, next).await?;
        }
        for _ in 0..year.share(VISITS) {
            if let Some(at) = year.unvisited()
                && let Some(task) = self.planned(at).await?
            {
                let found = year.dice.chance(35).then(|| usize::from(year.dice.chance(50)));
                year.later(today, 1, 2, Next::Approve(task, found));
            }
        }
        if today.weekday() == jiff::civil::Weekday::Monday {
            self.credit_work(year, today).await?;
            self.take_in_messages(year, today).await?;
        }
        // While no story is told, nobody is left out.
        if today.day() == 1 && today < self.start {
            self.keep_accounts(0).await?;
        }
        self.publish_of(year).await
    }

    /// Visits of every department, also those that are only proposed.
    async fn visits_of(&self, subject: SubjectRef) -> Result<u64, Failure> {
        records::count::<Task>(&Ctx::system(self.app), &Filter { subject: Some(subject), ..Filter::default() }).await
    }

    /// A visit of the yearly plan, where the institution was not visited before.
    async fn planned(&self, at: usize) -> Result<Option<TaskId>, Failure> {
        let (subject, _) = self.institution(at);
        if self.visits_of(subject).await? > 0 {
            return Ok(None);
        }
        let new = NewTask {
            cause: Cause::Plan { name: "演示年度监督检查计划".into() },
            subject,
            planned: self.clock.today(),
            items: vec!["CR05".into(), "YL01".into()],
            officers: self.pair(),
            exceed_reason: None,
        };
        tasks::propose(&self.as_("jiandu1").await?, new).await.map(Some)
    }

    async fn step(&self, year: &mut Year, today: LocalDate, next: Next) -> Result<(), Failure> {
        match next {
            Next::Accept(id, about, text) => self.accepted(year, today, id, (about, text)).await?,
            Next::Pass(id) => self.passed(id).await?,
            Next::Investigate(id, by) => {
                self.on_complaint(by[0], id, ComplaintAct::Investigate).await?;
                year.later(today, 4, 35, Next::Answer(id, by));
            }
            Next::Answer(id, by) => {
                let findings = ["属实", "部分属实", "不属实", "无法核实"];
                let at = year.dice.pick(findings.len());
                let answer = ComplaintAct::Answer {
                    text: "经核查，已责成机构改进，感谢您的监督。".into(),
                    finding: findings[at].into(),
                };
                self.on_complaint(by[0], id, answer).await?;
                year.later(today, 1, 6, Next::Close(id, by));
            }
            Next::Close(id, by) => self.on_complaint(by[1], id, ComplaintAct::Close).await?,
            Next::Weigh(id) => self.weighed(year, today, id).await?,
            Next::Sift(id, by) => {
                let inspector = self.as_(by).await?;
                let seen = records::must::<Signal>(&inspector, id).await?.version;
                signals::dismiss(&inspector, id, seen, "调取有关资料核对，未发现反映的情况。").await?;
            }
            Next::Approve(..) if year.drawing => year.later(today, 1, 1, next),
            Next::Approve(id, found) => {
                if self.approved(id).await? {
                    year.later(today, 1, 5, Next::Visit(id, found));
                }
            }
            Next::Visit(id, None) => draws::visit(self, id, Outcome::NoProblem).await?,
            Next::Visit(id, Some(found)) => {
                let finding = self.visit(id, &FOUND[found]).await?;
                year.later(today, 5, 12, Next::Mend(finding));
                if year.dice.chance([40, 0, 100][found]) {
                    year.later(today, 1, 3, Next::Filing(finding, found));
                }
            }
            Next::Mend(id) => {
                let submit =
                    FindingAct::Submit { text: "已按要求整改。".into(), evidence: vec!["整改照片".into()] };
                self.on_finding("jiandu1", id, submit).await?;
                year.later(today, 2, 10, Next::Recheck(id));
            }
            Next::Recheck(id) => {
                let with = self.people.officers["jiandu2"];
                let pass = FindingAct::Pass { with, facts: "现场复查，已整改到位。".into() };
                self.on_finding("jiandu1", id, pass).await?;
                self.on_finding("jiandu2", id, FindingAct::Confirm).await?;
            }
            Next::Filing(id, found) => {
                let case = self.file_case(id, FOUND[found].facts).await?;
                self.approve_filing(case).await?;
                year.later(today, 3, 9, Next::Inquire(case, found));
            }
            Next::Inquire(..) | Next::Decide(..) | Next::Pay(..) => self.procedure(year, today, next).await?,
        }
        Ok(())
    }

    /// The head approves a visit, unless a draw has brought one about meanwhile: then it is given up.
    async fn approved(&self, id: TaskId) -> Result<bool, Failure> {
        let subject = records::must::<Task>(&self.as_("jiandu1").await?, id).await?.subject;
        let again = self.visits_of(subject).await? > 1;
        if again {
            let reason = "该机构已由随机抽查抽中，不重复检查。".into();
            self.on_task("jiandu1", id, TaskAct::Withdraw { reason }).await?;
        } else {
            self.on_task("fuze", id, TaskAct::Approve).await?;
        }
        Ok(!again)
    }

    async fn accepted(
        &self,
        year: &mut Year,
        today: LocalDate,
        id: ComplaintId,
        (about, text): (usize, usize),
    ) -> Result<(), Failure> {
        let (_, topic, unlawful) = TEXTS[text];
        if year.dice.chance(4) {
            let decline = ComplaintAct::Decline { reason: "反映事项已经办结，没有新的事实。".into() };
            return self.on_complaint("shouli", id, decline).await;
        }
        let intake = self.as_("shouli").await?;
        let complaint = records::must::<Complaint>(&intake, id).await?;
        let kind = if unlawful { "report" } else { "complaint" };
        let subject = Some(self.institution(about).0);
        let complaint = if complaint.imported.is_some() {
            let taken = Taken { kind: kind.into(), topic: topic.into(), subject };
            triage::take(&intake, id, complaint.version, taken).await?
        } else {
            let accept = Accept {
                kind: kind.into(),
                reason: if unlawful {
                    "反映涉嫌违法行为，属举报"
                } else {
                    "反映服务纠纷，属投诉"
                }
                .into(),
                topic: topic.into(),
                subject,
                unregistered: None,
                open_signal: unlawful,
            };
            complaints::accept(&intake, id, complaint.version, accept).await?
        };
        let Some((handlers, inspector)) = of_department(complaint.department.as_str()) else { return Ok(()) };
        match complaint.signal {
            Some(signal) if inspector == "jiandu1" => year.later(today, 1, 5, Next::Weigh(signal)),
            Some(signal) => year.later(today, 4, 25, Next::Sift(signal, inspector)),
            None => {}
        }
        year.later(today, 1, 4, Next::Investigate(id, handlers));
        Ok(())
    }

    /// An inspector looks into a signal: a visit where that institution was not visited before, and else nothing more.
    async fn weighed(&self, year: &mut Year, today: LocalDate, id: SignalId) -> Result<(), Failure> {
        let inspector = self.as_("jiandu1").await?;
        let signal = records::must::<Signal>(&inspector, id).await?;
        if self.visits_of(signal.subject).await? > 0 || year.dice.chance(20) {
            signals::dismiss(&inspector, id, signal.version, "近期已检查该机构，未发现反映的情况。").await?;
            return Ok(());
        }
        let task = self.plan_visit(id, &["YL01", "CR05"], 1).await?;
        let found = year.dice.chance(45).then(|| usize::try_from(year.dice.below(20)).unwrap_or_default());
        let found = found.map(|n| if n == 0 { 2 } else { n % 2 });
        year.later(today, 1, 3, Next::Approve(task, found));
        Ok(())
    }

    /// A case from its inquiry to its payment and what follows for credit. Terms of the party lie between the steps.
    async fn procedure(&self, year: &mut Year, today: LocalDate, next: Next) -> Result<(), Failure> {
        let plan = |found: usize| -> Plan { if found == 2 { heavy() } else { fined(2_000, 0) } };
        match next {
            Next::Inquire(id, found) => {
                self.investigate(id, FOUND[found].facts, 0, &plan(found)).await?;
                self.both_sign(id, CaseAct::ServeNotice(self.handed_over())).await?;
                year.later(today, 20, 26, Next::Decide(id, found));
            }
            Next::Decide(id, found) => {
                let none = StatementReview {
                    outcome: StatementOutcome::NoneGiven,
                    findings: "期满未提出陈述申辩，未要求听证。".into(),
                    revised: None,
                };
                self.on_case("jiandu1", id, CaseAct::HearStatements(none)).await?;
                if found == 2 {
                    self.on_case("fazhi", id, CaseAct::PassReview { opinion: "同意。".into() }).await?;
                    let members = vec!["演示机关负责人".into(), "演示机关副职".into()];
                    let discuss = CaseAct::Discuss { plan: plan(found), members, minutes: "同意。".into() };
                    self.on_case("fuze", id, discuss).await?;
                }
                let decide = CaseAct::Decide { plan: plan(found), reasons: "符合裁量基准一般阶次。".into() };
                self.on_case("fuze", id, decide).await?;
                self.both_sign(id, CaseAct::ServeDecision(self.handed_over())).await?;
                year.later(today, 3, 12, Next::Pay(id, found));
            }
            Next::Pay(id, found) => {
                self.pay_and_close(id, plan(found).fine).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Points are told to the party and count when its term is over; what a grade asks of a department is done.
    async fn credit_work(&self, year: &Year, today: LocalDate) -> Result<(), Failure> {
        let credit = self.as_("xinyong").await?;
        let states = vec!["proposed".into(), "notified".into()];
        for demerit in records::all::<Demerit>(&credit, &Filter { states, ..Filter::default() }).await? {
            if !year.theirs.contains(&demerit.subject) {
                continue;
            }
            let act = match demerit.served() {
                None => {
                    let late = demerit.notice_due.is_late(today).then(|| "随结案一并告知".to_owned());
                    DemeritAct::Notify { served_on: today, late_reason: late }
                }
                Some(notice) if notice.statement_due.is_late(today) => {
                    DemeritAct::TakeEffect { points: demerit.points, reply: None }
                }
                Some(_) => continue,
            };
            demerit::act(&credit, demerit.id, demerit.version, act).await?;
        }
        let partner = self.as_("yibao").await?;
        let states = vec!["pushed".into(), "acknowledged".into()];
        for asked in records::all::<Linkage>(&partner, &Filter { states, ..Filter::default() }).await? {
            if !year.theirs.contains(&asked.subject) || !asked.open_actions(&partner.actor).contains(&"acknowledge") {
                continue;
            }
            let taken = linkage::act(&partner, asked.id, asked.version, LinkageAct::Acknowledge).await?;
            let effect = LinkageAct::Effect { effect: "已计入本年度定点协议考核。".into() };
            linkage::act(&partner, taken.id, taken.version, effect).await?;
        }
        Ok(())
    }

    /// What waits for a decision on its publication, and what the party was served with, is decided; the newest of it waits.
    async fn publish_of(&self, year: &Year) -> Result<(), Failure> {
        let publisher = self.as_("gongkai").await?;
        let filter = Filter { states: vec!["pending".into()], ..Filter::default() };
        let pending = records::all::<Publication>(&publisher, &filter).await?;
        let ours =
            pending.iter().filter(|p| p.served && p.subject.is_some_and(|subject| year.theirs.contains(&subject)));
        for pending in ours.filter(|p| xingjian_kernel::calendar::days_between(p.source.on, self.clock.today()) > 7) {
            let act = if pending.class.ends_with("_minor") {
                PublicationAct::Withhold { reason: "属轻微失信信息，原则上不公示".into() }
            } else {
                PublicationAct::Publish { reason: "属应当公开的行政执法信息".into() }
            };
            publication::act(&publisher, pending.id, pending.version, act).await?;
        }
        Ok(())
    }
}
