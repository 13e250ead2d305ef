//! The two loops: 出租承包科室 with all its consequences, and a fine of 2,000 yuan that leaves the grade at A.

use super::super::{DemoError, Step};
use super::Teller;
use super::steps::Found;
use super::waiting;
use xingjian_credit::demerit::{self, Action as DemeritAct};
use xingjian_credit::grade;
use xingjian_credit::linkage::{self, Action as LinkageAct};
use xingjian_enforce::case::{Action as CaseAct, Plan, Statement, StatementOutcome, StatementReview};
use xingjian_govern::publication::{self, Action as PublicationAct, Publication};
use xingjian_inspect::finding::Action as FindingAct;
use xingjian_inspect::task::service::{self as tasks, NewTask};
use xingjian_inspect::task::{Action as TaskAct, Cause};
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Clock, Refusal};
use xingjian_policy::PenaltyKind;
use xingjian_sense::complaint::Action as ComplaintAct;
use xingjian_store::{Failure, Filter, records};

/// The institution of the great loop and of its user.
pub const GREAT: usize = 0;
/// The institution of the small loop.
pub const SMALL: usize = 1;
/// What is complained about in the great loop.
pub const COMPLAINT: &str = "该院口腔科对外承包给个人经营，患者在科室单独缴费，拿到的收据不是医院的票据。";

/// A fine in the middle of its range, with gains that are taken away.
pub fn fined(fine: i64, gains: i64) -> Plan {
    let mut kinds = vec![PenaltyKind::Fine];
    kinds.extend((gains > 0).then_some(PenaltyKind::ConfiscateGains));
    Plan {
        kinds,
        fine: Fen::from_yuan(fine),
        confiscated: Fen::from_yuan(gains),
        measures: "责令改正".into(),
        band: "一般".into(),
        factors: vec![],
        reasons: "首次被查处，配合调查，按一般阶次处理。".into(),
        ..Plan::default()
    }
}

/// From a complaint to its public consequence.
pub async fn great(teller: &mut Teller<'_>, text: &str) -> Result<(), DemoError> {
    let (subject, name) = teller.institution(GREAT);
    let name = name.to_owned();
    teller.day(2).await.step("推进")?;
    let complaint = teller.complain(GREAT, text).await.step("公众举报")?;
    teller.note(format!("公众匿名举报“{name}”出租承包科室"));
    teller.day(3).await.step("推进")?;
    let signal = teller.accept(complaint, "依法执业").await.step("受理举报")?;
    teller.on_complaint("chengban", complaint, ComplaintAct::Investigate).await.step("核查举报")?;
    teller.note("受理为举报，依职责清单由卫生健康部门办理，转为线索");
    let task = teller.plan_visit(signal, &["YL01", "YL02"], 0).await.step("拟定检查")?;
    teller.on_task("fuze", task, TaskAct::Approve).await.step("批准检查")?;
    teller.note("检查任务经负责人批准，编制检查通知书");
    let found = Found {
        item: "YL01", violation: "YL-003", facts: "口腔科由院外人员承包经营，医院按月收取承包费。"
    };
    let finding = teller.visit(task, &found).await.step("现场检查")?;
    teller.note("两名监督员现场检查，双方签名，发现出租承包科室，责令改正");
    let case = teller.file_case(finding, "将口腔科承包给院外人员经营，收取承包费。").await.step("报请立案")?;
    teller.approve_filing(case).await.step("批准立案")?;
    teller.note("负责人批准立案");
    teller.day(10).await.step("推进")?;
    let submit = FindingAct::Submit {
        text: "已终止承包协议，收回口腔科，由本院医师执业。".into(),
        evidence: vec!["终止协议".into()],
    };
    teller.on_finding("jigou", finding, submit).await.step("提交整改")?;
    teller.day(14).await.step("推进")?;
    let with = teller.people.officers["jiandu2"];
    let pass =
        FindingAct::Pass { with, facts: "现场复查，承包已终止，科室由本院人员执业。".into() };
    teller.on_finding("jiandu1", finding, pass).await.step("复查")?;
    teller.on_finding("jiandu2", finding, FindingAct::Confirm).await.step("确认复查")?;
    teller.note("机构提交整改，复查通过，检查任务办结");
    decide(teller, case).await?;
    consequences(teller, subject).await?;
    teller.day(66).await.step("推进")?;
    let answer = ComplaintAct::Answer {
        text: "经核查，您反映的情况属实，已责令改正并依法作出行政处罚，处罚信息已公开。".into(),
        finding: "属实".into(),
    };
    teller.on_complaint("chengban", complaint, answer).await.step("答复举报")?;
    teller.on_complaint("fuhe", complaint, ComplaintAct::Close).await.step("办结举报")?;
    teller.note("答复举报人，经第二名工作人员复核办结");
    Ok(())
}

/// From the investigation to the payment: notice, rights, review, decision, service.
async fn decide(teller: &mut Teller<'_>, case: CaseId) -> Result<(), DemoError> {
    let plan = fined(50_000, 8_000);
    teller.day(20).await.step("推进")?;
    teller
        .investigate(case, "2026年起将口腔科承包给院外人员，收取承包费8000元。", 8_000, &plan)
        .await
        .step("调查终结")?;
    teller.day(23).await.step("推进")?;
    teller.both_sign(case, CaseAct::ServeNotice(teller.handed_over())).await.step("送达告知书")?;
    teller.note("合议后送达行政处罚事先告知书，告知陈述申辩权和听证权");
    teller.day(25).await.step("推进")?;
    let statement = Statement { text: "已主动终止承包，请求从轻处理。".into(), oral: false };
    teller.on_case("jigou", case, CaseAct::SubmitStatement(statement)).await.step("陈述申辩")?;
    let waive = CaseAct::WaiveHearing { note: "书面放弃听证".into() };
    teller.on_case("jigou", case, waive).await.step("放弃听证")?;
    teller.day(28).await.step("推进")?;
    let review = StatementReview {
        outcome: StatementOutcome::NotAccepted,
        findings: "已在裁量阶次中考虑配合调查情节，不再另行从轻。".into(),
        revised: None,
    };
    teller.on_case("jiandu1", case, CaseAct::HearStatements(review)).await.step("复核申辩")?;
    let opinion = "事实清楚，程序合法，裁量适当，同意。".to_owned();
    teller.on_case("fazhi", case, CaseAct::PassReview { opinion }).await.step("法制审核")?;
    let discuss = CaseAct::Discuss {
        plan: plan.clone(),
        members: vec!["演示机关负责人".into(), "演示机关副职".into()],
        minutes: "同意承办部门意见。".into(),
    };
    teller.on_case("fuze", case, discuss).await.step("集体讨论")?;
    let decision = CaseAct::Decide { plan, reasons: "符合裁量基准一般阶次。".into() };
    teller.on_case("fuze", case, decision).await.step("作出决定")?;
    teller.note("经法制审核和集体讨论，决定罚款50,000元、没收违法所得8,000元");
    teller.day(31).await.step("推进")?;
    teller.both_sign(case, CaseAct::ServeDecision(teller.handed_over())).await.step("送达决定书")?;
    teller.note("送达行政处罚决定书，自送达起计入信用");
    teller.day(32).await.step("推进")?;
    publish(teller).await.step("公开处罚决定")?;
    teller.day(40).await.step("推进")?;
    teller.pay_and_close(case, Fen::from_yuan(58_000)).await.step("缴款结案")?;
    teller.note("缴清罚没款，结案");
    Ok(())
}

/// Points, grade, linkage, publication.
async fn consequences(teller: &mut Teller<'_>, subject: xingjian_kernel::SubjectRef) -> Result<(), DemoError> {
    let credit = teller.as_("xinyong").await.step("登录")?;
    let points = demerit::all_of(&credit, subject).await.step("记分")?;
    let points = points.into_iter().next().ok_or(Failure::NotFound).step("记分")?;
    let notify =
        DemeritAct::Notify { served_on: teller.clock.today(), late_reason: Some("随结案一并告知".into()) };
    let points = demerit::act(&credit, points.id, points.version, notify).await.step("记分告知")?;
    let unit = teller.as_("jigou").await.step("登录")?;
    let points = demerit::act(&unit, points.id, points.version, DemeritAct::Waive).await.step("放弃申辩")?;
    teller.day(47).await.step("推进")?;
    let effect = DemeritAct::TakeEffect { points: points.points, reply: None };
    demerit::act(&credit, points.id, points.version, effect).await.step("记分生效")?;
    teller.day(48).await.step("推进")?;
    let grading = grade::of(&credit, &subject, teller.clock.today()).await.step("信用等级")?;
    if grading.grade != "B" {
        let refusal = Refusal::new("story", format!("信用等级为{}", grading.grade), "请核对信用模型");
        return Err(Failure::from(refusal)).step("信用等级");
    }
    teller.note(format!(
        "不良执业行为记{}分生效，信用等级由A降为B（{}分），抽查比例由5%升为10%",
        points.points, grading.total
    ));
    let partner = teller.as_("yibao").await.step("登录")?;
    let pushed = linkage::all_of(&partner, subject).await.step("结果协同")?;
    let pushed = pushed.into_iter().next().ok_or(Failure::NotFound).step("结果协同")?;
    let pushed = linkage::act(&partner, pushed.id, pushed.version, LinkageAct::Acknowledge).await.step("确认收到")?;
    teller.day(55).await.step("推进")?;
    let effect = LinkageAct::Effect { effect: "已计入本年度定点协议考核，扣减考核分。".into() };
    linkage::act(&partner, pushed.id, pushed.version, effect).await.step("反馈结果")?;
    teller.note("医疗保障部门确认收到并反馈：计入定点协议考核");
    Ok(())
}

/// Everything that waits for a decision on publication is published.
async fn publish(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let publisher = teller.as_("gongkai").await?;
    let filter = Filter { states: vec!["pending".into()], ..Filter::default() };
    for pending in records::list::<Publication>(&publisher, &filter).await?.rows {
        let act = if pending.class.ends_with("_minor") {
            PublicationAct::Withhold { reason: "属轻微失信信息，原则上不公示".into() }
        } else {
            PublicationAct::Publish { reason: "属应当公开的行政执法信息".into() }
        };
        // What was decided and not served yet waits.
        if pending.served {
            publication::act(&publisher, pending.id, pending.version, act).await?;
        }
    }
    teller.note("公开检查结果和行政处罚决定");
    Ok(())
}

/// A small fine: the grade stays A.
pub async fn small(teller: &mut Teller<'_>) -> Result<(), DemoError> {
    let (subject, name) = teller.institution(SMALL);
    let name = name.to_owned();
    teller.day(68).await.step("推进")?;
    let inspector = teller.as_("jiandu1").await.step("登录")?;
    let new = NewTask {
        cause: Cause::Plan { name: "演示年度监督检查计划".into() },
        subject,
        planned: teller.clock.today(),
        items: vec!["CR05".into()],
        officers: teller.pair(),
        exceed_reason: None,
    };
    let task = tasks::propose(&inspector, new).await.step("拟定检查")?;
    teller.on_task("fuze", task, TaskAct::Approve).await.step("批准检查")?;
    let found = Found {
        item: "CR05", violation: "YF-007", facts: "医疗废物暂存处未设明显警示标识，未采取防渗措施。"
    };
    let finding = teller.visit(task, &found).await.step("现场检查")?;
    let case = teller.file_case(finding, "医疗废物贮存设施不符合要求。").await.step("报请立案")?;
    teller.approve_filing(case).await.step("批准立案")?;
    let asked = waiting::asked_case(teller).await?;
    teller.day(72).await.step("推进")?;
    let plan = fined(2_000, 0);
    teller.investigate(case, "医疗废物暂存处未设明显警示标识，未采取防渗措施。", 0, &plan).await.step("调查终结")?;
    teller.both_sign(case, CaseAct::ServeNotice(teller.handed_over())).await.step("送达告知书")?;
    teller.day(84).await.step("推进")?;
    let review = StatementReview {
        outcome: StatementOutcome::NoneGiven,
        findings: "期满未提出陈述申辩。".into(),
        revised: None,
    };
    teller.on_case("jiandu1", case, CaseAct::HearStatements(review)).await.step("复核申辩")?;
    let decision = CaseAct::Decide { plan, reasons: "符合裁量基准一般阶次。".into() };
    teller.on_case("fuze", case, decision).await.step("作出决定")?;
    teller.both_sign(case, CaseAct::ServeDecision(teller.handed_over())).await.step("送达决定书")?;
    teller.pay_and_close(case, Fen::from_yuan(2_000)).await.step("缴款结案")?;
    let submit = FindingAct::Submit {
        text: "已设置警示标识，暂存处已做防渗处理。".into(),
        evidence: vec!["整改照片".into()],
    };
    teller.on_finding("jiandu1", finding, submit).await.step("登记整改材料")?;
    let with = teller.people.officers["jiandu2"];
    let pass = FindingAct::Pass { with, facts: "现场复查，警示标识和防渗设施符合要求。".into() };
    teller.on_finding("jiandu1", finding, pass).await.step("复查")?;
    teller.on_finding("jiandu2", finding, FindingAct::Confirm).await.step("确认复查")?;
    waiting::asked_points(teller, asked).await?;
    teller.day(85).await.step("推进")?;
    publish(teller).await.step("公开处罚决定")?;
    teller.review_accounts().await.step("复核账号")?;
    let credit = teller.as_("xinyong").await.step("登录")?;
    let grading = grade::of(&credit, &subject, teller.clock.today()).await.step("信用等级")?;
    teller
        .note(format!("“{name}”医疗废物贮存不规范，罚款2,000元；信用等级仍为{}（{}分）", grading.grade, grading.total));
    Ok(())
}
