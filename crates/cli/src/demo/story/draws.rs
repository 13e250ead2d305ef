//! Random inspection: the year's plan, a joint draw of three departments with a public ceremony, some of its visits, and
//! a second draw whose ceremony is today.

use super::super::{DemoError, Step};
use super::Teller;
use std::collections::BTreeMap;
use xingjian_draw::Rate;
use xingjian_draw::base::{Rules, Seat, Stratum};
use xingjian_draw::draw::Origin;
use xingjian_draw::seed::{Ceremony, FEWEST_DIGITS};
use xingjian_inspect::base::KINDS;
use xingjian_inspect::draw::service::{self as draws, NewDraw};
use xingjian_inspect::draw::{Draw, Entry};
use xingjian_inspect::plan::service as plans;
use xingjian_inspect::plan::{Action as PlanAct, Plan, PlannedTask, Range};
use xingjian_inspect::task::{Action as TaskAct, Answer, Outcome, Party, Task};
use xingjian_kernel::id::{DrawingId, PlanId, TaskId};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Clock, DepartmentId, LocalDate, Timestamp};
use xingjian_store::{Failure, records};

/// Digits of the ceremony of the story: those of the circle number, so that nobody takes them for thrown ones.
const DIGITS: &str = "31415926535897932384";

/// What a department looks at.
type Items<'a> = (&'a str, &'a [&'a str]);

/// The plan is drawn up and approved, and its first task drawn and partly carried out.
pub async fn year(teller: &mut Teller<'_>) -> Result<PlanId, DemoError> {
    teller.day(86).await.step("推进")?;
    let plan = plan(teller).await.step("年度抽查计划")?;
    teller.note("年度抽查计划经批准公布：三项任务，其中一项为卫生健康、医疗保障、市场监管联合抽查");
    teller.day(87).await.step("推进")?;
    let draw = frozen(teller, plan, "01", 88).await.step("封存名录")?;
    teller.drawing(true).await;
    teller.day(88).await.step("推进")?;
    for login in ["jiandu1", "yibao"] {
        let ctx = teller.as_(login).await.step("登录")?;
        draws::enter(&ctx, draw, Entry::Ceremony(DIGITS.into())).await.step("录入公开仪式数字")?;
    }
    let inspector = teller.as_("jiandu1").await.step("登录")?;
    draws::run(&inspector, draw, seen(teller, draw).await.step("抽查")?).await.step("抽取")?;
    let head = teller.as_("fuze").await.step("登录")?;
    let approved = draws::approve_tasks(&head, draw).await.step("批准检查")?;
    teller.drawing(false).await;
    teller.note(format!("公开仪式产生种子，抽中{}家，检查人员由同一种子抽取", approved.count));
    teller.day(90).await.step("推进")?;
    let tasks: Vec<TaskId> = {
        let draw = records::must::<Draw>(&head, draw).await.step("抽查")?;
        draw.state.drawn().map(|drawn| drawn.tasks.values().copied().collect()).unwrap_or_default()
    };
    let outcomes = [Outcome::NoProblem, Outcome::NotReachable, Outcome::NoProblem];
    for (task, outcome) in tasks.iter().zip(outcomes) {
        visit(teller, *task, outcome).await.step("随机抽查现场检查")?;
    }
    teller.note(format!("完成{}家的检查，其中一家通过登记住所无法联系，计入结果，不另换对象", outcomes.len()));
    Ok(plan)
}

/// The second draw is fixed, and its ceremony is on the day of the demonstration.
pub async fn ceremony_today(teller: &mut Teller<'_>, plan: PlanId, last: i32) -> Result<(), DemoError> {
    teller.day(last - 1).await.step("推进")?;
    frozen(teller, plan, "03", last).await.step("封存名录")?;
    teller.note("医疗美容专项抽查的名录已封存，公开仪式定于演示当日");
    teller.day(last).await.step("推进")
}

async fn seen(teller: &Teller<'_>, draw: DrawingId) -> Result<i64, Failure> {
    let head = teller.as_("fuze").await?;
    Ok(records::must::<Draw>(&head, draw).await?.version)
}

/// Prepares the draw of a task with a ceremony on a day of the story, and fixes its bases.
async fn frozen(teller: &Teller<'_>, plan: PlanId, task: &str, on: i32) -> Result<DrawingId, Failure> {
    let inspector = teller.as_("jiandu1").await?;
    let year = records::must::<Plan>(&inspector, plan).await?.year;
    let at = Timestamp::from_local(plus_days(teller.start, on), 8, 30);
    let new = NewDraw {
        plan,
        task: format!("{year}-{task}"),
        origin: Origin::Plan,
        ceremony: Some(Ceremony { place: "演示政务服务大厅".into(), at, digits: FEWEST_DIGITS }),
        lottery: None,
        drand: None,
        reveals_due: None,
    };
    let draw = draws::prepare(&inspector, new).await?;
    let head = teller.as_("fuze").await?;
    draws::fix(&head, draw, seen(teller, draw).await?).await?;
    Ok(draw)
}

/// Three tasks: a joint one over institutions with a level, one over the others, and a sealed one over cosmetic medicine.
async fn plan(teller: &Teller<'_>) -> Result<PlanId, Failure> {
    let (first, last) = period(teller.clock.today());
    let inspector = teller.as_("jiandu3").await?;
    let id = plans::draw_up(&inspector, first.year(), &format!("演示{}年度随机抽查计划", first.year())).await?;
    let everywhere = || vec![teller.app.policy.city.division.clone()];
    let range = |categories: &[&str], levelled| Range {
        divisions: everywhere(),
        categories: categories.iter().map(|c| (*c).to_owned()).collect(),
        levelled,
    };
    let joint: &[Items<'_>] = &[("health", &["YL01", "CR05"]), ("insurance", &["YB01"]), ("market", &["YJ01"])];
    let own: &[Items<'_>] = &[("health", &["YL01", "YL02"])];
    // In a whole city nearly all stand at A; its joint task alone carries the floor of the plan.
    let joint_percent = if teller.year.lock().await.is_some() { 36 } else { 30 };
    let tasks = [
        ("演示一级以上医疗机构联合抽查", range(&[], true), rules((first, last), joint_percent, joint), false),
        ("演示基层和专科医疗机构抽查", range(&["B", "D"], false), rules((first, last), 10, own), false),
        ("演示医疗美容专项抽查", range(&["D15"], false), rules((first, last), 30, own), true),
    ];
    for (name, range, rules, sealed) in tasks {
        let task = PlannedTask { number: String::new(), name: name.into(), range, rules, beyond_drawn: false, sealed };
        let seen = records::must::<Plan>(&inspector, id).await?.version;
        plans::act(&inspector, id, seen, PlanAct::AddTask { task }).await?;
    }
    let head = teller.as_("fuze").await?;
    let seen = records::must::<Plan>(&head, id).await?.version;
    plans::act(&head, id, seen, PlanAct::Approve).await?;
    Ok(id)
}

/// Six weeks from the day after tomorrow, within the year.
fn period(today: LocalDate) -> (LocalDate, LocalDate) {
    let last_of_year = LocalDate::new(today.year(), 12, 31).unwrap_or(today);
    (plus_days(today, 2).min(last_of_year), plus_days(today, 44).min(last_of_year))
}

/// Two officers of the department that leads and one of each other.
fn rules(period: (LocalDate, LocalDate), percent: u16, items: &[Items<'_>]) -> Rules {
    let seat = |department: &str| Seat {
        department: DepartmentId::new(department),
        specialty: (department == "health").then(|| "医疗卫生".to_owned()),
    };
    let mut seats = vec![seat("health")];
    seats.extend(items.iter().map(|(department, _)| seat(department)));
    let higher = [("A", percent), ("B", percent.max(10)), ("C", percent.max(30)), ("D", 100)];
    let stratum = |(grade, percent): (&str, u16)| Stratum {
        grade: grade.into(),
        risk: String::new(),
        rate: Rate::from_percent(percent).unwrap_or(Rate::ALL),
        at_least: 0,
    };
    Rules {
        period,
        strata: higher.map(stratum).into(),
        seats: KINDS.map(|kind| (kind.to_owned(), seats.clone())).into(),
        items: items
            .iter()
            .map(|(of, ids)| (DepartmentId::new(*of), ids.iter().map(|id| (*id).to_owned()).collect()))
            .collect(),
        crossing: false,
        first_line: Rate::from_percent(70).unwrap_or(Rate::ALL),
        most: None,
        leave_days: 5,
    }
}

/// A visit by the whole team, each with the own login.
pub async fn visit(teller: &Teller<'_>, id: TaskId, outcome: Outcome) -> Result<(), Failure> {
    let head = teller.as_("fuze").await?;
    let task = records::must::<Task>(&head, id).await?;
    let team: Vec<&str> = task
        .officers
        .iter()
        .filter_map(|officer| teller.people.officers.iter().find(|(_, id)| **id == officer.officer).map(|(of, _)| *of))
        .collect();
    let [first, ..] = team[..] else { return Err(Failure::NotFound) };
    let begin = TaskAct::Begin { certificates_shown: true, place: "演示路".into(), device_at: None };
    teller.on_task(first, id, begin).await?;
    let met = !outcome.nobody_met();
    if met {
        let answers: BTreeMap<String, Answer> =
            task.items.iter().map(|item| (item.id.clone(), Answer::Conforms)).collect();
        teller.on_task(first, id, TaskAct::Answer { answers }).await?;
    }
    let statement = if met {
        "现场查看，未见异常。"
    } else {
        "按登记住所两次上门，均无人，电话不通。"
    };
    let record = TaskAct::Record { outcome, statement: statement.into(), device_at: None };
    teller.on_task(first, id, record).await?;
    for login in &team {
        teller.on_task(login, id, TaskAct::Sign).await?;
    }
    let party = if met {
        Party::Signed { name: "演示负责人".into(), post: "主要负责人".into(), opinion: String::new() }
    } else {
        Party::Absent { reason: "无人在场，已拍照".into() }
    };
    teller.on_task(first, id, TaskAct::SignParty { party }).await?;
    teller.on_task(first, id, TaskAct::Submit).await?;
    Ok(())
}
