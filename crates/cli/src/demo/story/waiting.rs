//! Work that waits for everybody on the day of the demonstration.

use super::super::{DemoError, Step};
use super::steps::Found;
use super::{Teller, screening};
use xingjian_credit::demerit::{self, Action as DemeritAct};
use xingjian_enforce::case::{Action as CaseAct, Plan, StatementOutcome, StatementReview};
use xingjian_inspect::finding::Action as FindingAct;
use xingjian_inspect::task::Action as TaskAct;
use xingjian_kernel::id::{CaseId, FindingId};
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;
use xingjian_registry::unregistered::Described;
use xingjian_sense::complaint::Action as ComplaintAct;
use xingjian_store::Failure;

/// A fine that needs review: it is beyond the amount from which a hearing is told.
pub fn heavy() -> Plan {
    Plan {
        kinds: vec![PenaltyKind::Fine],
        fine: Fen::from_yuan(44_000),
        measures: "责令改正".into(),
        band: "一般".into(),
        reasons: "初次被查处。".into(),
        ..Plan::default()
    }
}

const LEASED: Found<'static> =
    Found { item: "YL01", violation: "YL-003", facts: "美容科由院外公司承包经营。" };

/// Leaves something due for each role; `last` is the day of the demonstration.
pub async fn work(teller: &mut Teller<'_>, last: i32) -> Result<(), DemoError> {
    cases(teller, last).await?;
    complaints(teller, last).await?;
    teller.note("各岗位均有待办事项");
    Ok(())
}

/// Cases and what hangs on them: one with legal review, one served, one to be approved; a finding at the institution.
async fn cases(teller: &mut Teller<'_>, last: i32) -> Result<(), DemoError> {
    teller.day(last - 16).await.step("推进")?;
    let review = leased(teller, 6).await?;
    let served = leased(teller, 12).await?;
    for case in [review, served] {
        told(teller, case).await?;
    }
    teller.day(last - 9).await.step("推进")?;
    screening::screen(teller).await?;
    teller.day(last - 3).await.step("推进")?;
    screening::answer(teller).await?;
    for case in [review, served] {
        silent(teller, case).await?;
    }
    decided(teller, served).await?;
    points(teller).await?;
    teller.day(last - 2).await.step("推进")?;
    leased(teller, 18).await?;
    // A report that the second handler has still to sign.
    let signing = leased(teller, 54).await?;
    teller.approve_filing(signing).await.step("批准立案")?;
    let report = CaseAct::ReportInvestigation(teller.report("美容科由院外公司承包经营。", 0));
    teller.on_case("jiandu1", signing, report).await.step("提交报告")?;
    // A finding of the institution that has a login, still to be mended.
    let complaint =
        teller.complain(super::loops::GREAT, "该院门诊大厅没有公示诊疗科目和收费标准。").await.step("公众举报")?;
    let signal = teller.accept(complaint, "依法执业").await.step("受理举报")?;
    let task = teller.plan_visit(signal, &["YL01"], 0).await.step("拟定检查")?;
    teller.on_task("fuze", task, TaskAct::Approve).await.step("批准检查")?;
    let found = Found { item: "YL01", violation: "YL-007", facts: "未按规定公示诊疗科目。" };
    teller.visit(task, &found).await.step("现场检查")?;
    Ok(())
}

/// From the filing to the notice of the penalty.
async fn told(teller: &Teller<'_>, case: CaseId) -> Result<(), DemoError> {
    teller.approve_filing(case).await.step("批准立案")?;
    teller.investigate(case, "美容科由院外公司承包经营。", 0, &heavy()).await.step("调查终结")?;
    teller.both_sign(case, CaseAct::ServeNotice(teller.handed_over())).await.step("送达告知书")
}

/// The party said nothing.
async fn silent(teller: &Teller<'_>, case: CaseId) -> Result<(), DemoError> {
    let none = StatementReview {
        outcome: StatementOutcome::NoneGiven,
        findings: "期满未提出陈述申辩，未要求听证。".into(),
        revised: None,
    };
    teller.on_case("jiandu1", case, CaseAct::HearStatements(none)).await.step("复核申辩")
}

/// From the review to the decision in the hands of the party.
async fn decided(teller: &Teller<'_>, case: CaseId) -> Result<(), DemoError> {
    let opinion = "同意。".to_owned();
    teller.on_case("fazhi", case, CaseAct::PassReview { opinion }).await.step("法制审核")?;
    let members = vec!["演示机关负责人".into(), "演示机关副职".into()];
    teller
        .on_case("fuze", case, CaseAct::Discuss { plan: heavy(), members, minutes: "同意。".into() })
        .await
        .step("集体讨论")?;
    let decide = CaseAct::Decide { plan: heavy(), reasons: "符合裁量基准。".into() };
    teller.on_case("fuze", case, decide).await.step("作出决定")?;
    teller.both_sign(case, CaseAct::ServeDecision(teller.handed_over())).await.step("送达决定书")
}

/// The institution whose points take effect on one of the last days, so that a linkage waits for its department.
const ASKED: usize = 48;

/// The finding and the case of that institution, as far as the notice.
pub async fn asked_case(teller: &Teller<'_>) -> Result<(FindingId, CaseId), DemoError> {
    let finding = found(teller, ASKED).await?;
    let case = leased_by(teller, finding).await?;
    told(teller, case).await?;
    Ok((finding, case))
}

/// It mended what was found; its decision, with the notice of the points.
pub async fn asked_points(teller: &Teller<'_>, (finding, case): (FindingId, CaseId)) -> Result<(), DemoError> {
    let submit = FindingAct::Submit {
        text: "已终止承包，收回美容科。".into(), evidence: vec!["终止协议".into()]
    };
    teller.on_finding("jiandu1", finding, submit).await.step("登记整改材料")?;
    let with = teller.people.officers["jiandu2"];
    let pass = FindingAct::Pass { with, facts: "现场复查，承包已终止。".into() };
    teller.on_finding("jiandu1", finding, pass).await.step("复查")?;
    teller.on_finding("jiandu2", finding, FindingAct::Confirm).await.step("确认复查")?;
    silent(teller, case).await?;
    decided(teller, case).await?;
    teller.pay_and_close(case, heavy().fine).await.step("缴款结案")?;
    let served_on = teller.clock_today();
    on_points(teller, |_| DemeritAct::Notify { served_on, late_reason: None }).await.step("记分告知")
}

/// Nobody objected in time: the points count, the grade falls, and the department is asked.
async fn points(teller: &Teller<'_>) -> Result<(), DemoError> {
    on_points(teller, |points| DemeritAct::TakeEffect { points, reply: None }).await.step("记分生效")
}

async fn on_points(teller: &Teller<'_>, act: impl Fn(u16) -> DemeritAct) -> Result<(), Failure> {
    let credit = teller.as_("xinyong").await?;
    let (subject, _) = teller.institution(ASKED);
    let points = demerit::all_of(&credit, subject).await?.into_iter().next().ok_or(Failure::NotFound)?;
    demerit::act(&credit, points.id, points.version, act(points.points)).await.map(|_| ())
}

/// A report that leads to a case waiting for its filing.
async fn leased(teller: &Teller<'_>, institution: usize) -> Result<CaseId, DemoError> {
    let finding = found(teller, institution).await?;
    leased_by(teller, finding).await
}

async fn leased_by(teller: &Teller<'_>, finding: FindingId) -> Result<CaseId, DemoError> {
    teller.file_case(finding, "将美容科承包给院外公司经营。").await.step("报请立案")
}

/// What a visit after a report finds.
async fn found(teller: &Teller<'_>, institution: usize) -> Result<FindingId, DemoError> {
    let complaint = teller.complain(institution, "该机构的美容科是外面公司承包的。").await.step("公众举报")?;
    let signal = teller.accept(complaint, "依法执业").await.step("受理举报")?;
    let task = teller.plan_visit(signal, &["YL01"], 0).await.step("拟定检查")?;
    teller.on_task("fuze", task, TaskAct::Approve).await.step("批准检查")?;
    teller.visit(task, &LEASED).await.step("现场检查")
}

/// Complaints at every stage, a signal to be dealt with, and tasks to be approved and carried out.
async fn complaints(teller: &mut Teller<'_>, last: i32) -> Result<(), DemoError> {
    teller.day(last - 1).await.step("推进")?;
    let answered = teller.complain(24, "该机构接诊时态度恶劣，要求先缴费后看病。").await.step("公众举报")?;
    teller.accept(answered, "服务态度").await.step("受理举报")?;
    teller.on_complaint("chengban", answered, ComplaintAct::Investigate).await.step("核查举报")?;
    let answer = ComplaintAct::Answer {
        text: "经核查部分属实，已责成机构改进服务。".into(),
        finding: "部分属实".into(),
    };
    teller.on_complaint("chengban", answered, answer).await.step("答复举报")?;
    let fees = teller.complain(30, "该机构把非医保项目串换成医保项目结算。").await.step("公众举报")?;
    teller.accept(fees, "医保基金").await.step("受理举报")?;
    let approved = teller.complain(36, "该机构有没穿工作服的人给病人打针。").await.step("公众举报")?;
    let signal = teller.accept(approved, "非法行医").await.step("受理举报")?;
    let task = teller.plan_visit(signal, &["YL02"], 1).await.step("拟定检查")?;
    teller.on_task("fuze", task, TaskAct::Approve).await.step("批准检查")?;
    let proposed = teller.complain(42, "该机构夜间接诊的人没有医师证。").await.step("公众举报")?;
    let signal = teller.accept(proposed, "非法行医").await.step("受理举报")?;
    teller.plan_visit(signal, &["YL01", "YL02"], 4).await.step("拟定检查")?;
    let waiting = teller.complain(48, "该机构把用过的针头倒进生活垃圾桶。").await.step("公众举报")?;
    teller.accept(waiting, "依法执业").await.step("受理举报")?;
    let unknown = teller.complain_about("演示街菜场后面那家牙科", None, "有人在住宅里拔牙镶牙，没有任何证照。").await;
    let unknown = unknown.step("公众举报")?;
    let described = Described { name: "演示街12号无牌牙科".into(), place: "演示街12号".into() };
    teller.accept_as(unknown, "非法行医", Some(described)).await.step("受理举报")?;
    for (institution, text) in [
        (3, "该机构收费不开票据，也不给费用清单。"),
        (9, "该机构医生开的药比别处贵很多，还不给看处方。"),
        (15, "该机构广告上说包治百病，根本没有效果。"),
    ] {
        teller.complain(institution, text).await.step("公众举报")?;
    }
    Ok(())
}
