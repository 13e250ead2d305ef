//! What a step says on the time line, and what the public reads of an approved plan.

use super::{Action, Plan, PlannedTask, Version};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xingjian_draw::floor::Proof;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Role};
use xingjian_policy::Policy;
use xingjian_store::{Ctx, Event};

/// A version of a plan as anybody may read it: names instead of ids, and no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicPlan {
    /// Its title.
    pub title: String,
    /// The year.
    pub year: i16,
    /// Number of the version, from 1.
    pub version: u32,
    /// Why the one before was changed; empty for the first.
    pub reason: String,
    /// Department that leads it.
    pub department: String,
    /// The day of its approval.
    pub approved_on: LocalDate,
    /// Its tasks.
    pub tasks: Vec<PublicTask>,
    /// The arithmetic of the yearly floor.
    pub floor: Proof,
}

/// A task as anybody may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTask {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// First and last day of the visits.
    pub period: (LocalDate, LocalDate),
    /// 本部门 or 跨部门联合.
    pub kind: String,
    /// The departments that take part.
    pub departments: Vec<String>,
    /// Which objects.
    pub range: String,
    /// Rate by credit grade.
    pub rates: Vec<(String, String)>,
    /// Seats of a team by kind of object.
    pub seats: Vec<PublicSeats>,
    /// What is looked at, by department.
    pub items: Vec<(String, Vec<String>)>,
    /// 交叉检查.
    pub crossing: bool,
    /// Whether it leaves out what the year has drawn before.
    pub beyond_drawn: bool,
    /// Whether the list stays sealed until the last visit.
    pub sealed: bool,
}

/// The seats for one kind of object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicSeats {
    /// The kind.
    pub kind: String,
    /// Department and, where one is needed, specialty.
    pub seats: Vec<String>,
}

impl PublicPlan {
    /// A version as the public reads it.
    pub fn of(policy: &Policy, plan: &Plan, version: &Version) -> Self {
        let on = version.at.local_date();
        Self {
            title: plan.title.clone(),
            year: plan.year,
            version: version.number,
            reason: version.reason.clone(),
            department: department(policy, plan.department.as_str(), on),
            approved_on: on,
            tasks: version.tasks.iter().map(|task| PublicTask::of(policy, task, on)).collect(),
            floor: version.proof.clone(),
        }
    }

    /// The line of a list.
    pub fn line(&self) -> String {
        let version = if self.version == 1 { String::new() } else { format!("（第{}次修订）", self.version - 1) };
        format!("{}{version}：{}项抽查任务，{}批准", self.title, self.tasks.len(), chinese(self.approved_on))
    }
}

impl PublicTask {
    /// A task as the public reads it.
    pub fn of(policy: &Policy, task: &PlannedTask, on: LocalDate) -> Self {
        let name = |id: &str| department(policy, id, on);
        let rules = &task.rules;
        let seats = rules.seats.iter().map(|(kind, seats)| {
            let seat = |seat: &xingjian_draw::base::Seat| match &seat.specialty {
                Some(specialty) => format!("{}（{specialty}）", name(seat.department.as_str())),
                None => name(seat.department.as_str()),
            };
            PublicSeats { kind: kind.clone(), seats: seats.iter().map(seat).collect() }
        });
        let items = rules.items.iter().map(|(of, items)| {
            let item = |id: &String| {
                policy.inspection_item(id, on).map_or_else(|| id.clone(), |item| format!("{id} {}", item.name))
            };
            (name(of.as_str()), items.iter().map(item).collect())
        });
        Self {
            number: task.number.clone(),
            name: task.name.clone(),
            period: rules.period,
            kind: task.kind().to_owned(),
            departments: task.departments().iter().map(|of| name(of.as_str())).collect(),
            range: range(policy, task, on),
            rates: rules.strata.iter().map(|of| (format!("{}级", of.grade), of.rate.to_string())).collect(),
            seats: seats.collect(),
            items: items.collect(),
            crossing: rules.crossing,
            beyond_drawn: task.beyond_drawn,
            sealed: task.sealed,
        }
    }
}

/// A department as people know it; its id where the pack has none.
fn department(policy: &Policy, id: &str, on: LocalDate) -> String {
    policy.department(id, on).map_or_else(|| id.to_owned(), |found| found.name.clone())
}

/// The range in words.
fn range(policy: &Policy, task: &PlannedTask, on: LocalDate) -> String {
    let range = &task.range;
    let named = |code| policy.divisions.name(code, on).map_or_else(|| code.to_string(), str::to_owned);
    let places: Vec<String> = range.divisions.iter().map(named).collect();
    let kinds = match range.categories.as_slice() {
        [] => "全部类别".to_owned(),
        codes => format!("类别代码以{}开头", codes.join("、")),
    };
    let level = if range.levelled { "，一级以上" } else { "" };
    format!("{}医疗机构，{kinds}{level}", places.join("、"))
}

/// The event of a new plan.
pub(super) fn drawn_up(plan: &Plan) -> Event {
    Event::new("plan.drawn_up", format!("拟定“{}”", plan.title)).data(json!({ "year": plan.year }))
}

/// The event of a step; `plan` is as it is after the step. An approval has a public row beside it.
pub(super) fn of(ctx: &Ctx, plan: &Plan, action: &Action) -> Event {
    let (kind, text) = match action {
        Action::AddTask { task } => ("plan.task_added", format!("添加抽查任务“{}”", task.name.trim())),
        Action::ChangeTask { task } => {
            ("plan.task_changed", format!("修改抽查任务{}“{}”", task.number, task.name.trim()))
        }
        Action::RemoveTask { number } => ("plan.task_removed", format!("删除抽查任务{number}")),
        Action::Approve => ("plan.approved", format!("批准“{}”，共{}项抽查任务", plan.title, plan.tasks.len())),
        Action::Revise { reason } => ("plan.revising", format!("修订计划：{}", reason.trim())),
        Action::Abandon => ("plan.revision_abandoned", "放弃修订，原计划继续有效".to_owned()),
    };
    let event = Event::new(kind, text).data(json!({ "year": plan.year, "versions": plan.versions.len() }));
    match (action, plan.in_force()) {
        (Action::Approve, Some(version)) => {
            let text = PublicPlan::of(ctx.policy(), plan, version);
            let by = (ctx.policy().city.authority.as_str(), &plan.department, Role::Head);
            event.shown(by, text.line(), json!(text))
        }
        _ => event,
    }
}
