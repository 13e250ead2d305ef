//! Use cases of yearly plans.

use super::{Plan, PlannedTask, State};
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{Fault, Refusal};
use xingjian_store::{Ctx, Failure, Tx, records};

/// A task of an approved plan, inside the transaction of the draw.
pub async fn task_in(tx: &mut Tx, ctx: &Ctx, id: PlanId, number: &str) -> Result<(Plan, PlannedTask), Failure> {
    let plan = records::must_in::<Plan>(tx, ctx, id).await?.value;
    let State::Approved { .. } = plan.state else {
        let message = format!("“{}”尚未批准", plan.title);
        return Err(Refusal::new("plan_not_approved", message, "请由负责人批准年度计划后再抽取").into());
    };
    let task = plan.tasks.iter().find(|task| task.number == number).cloned();
    let task = task.ok_or_else(|| Fault::new("抽查任务", number, "不在年度计划内", "请从已批准的计划中选择"))?;
    Ok((plan, task))
}
