//! The papers of an inspection: the notice that is shown when the visit begins, and the order to correct what was
//! found. Each is kept as its exact bytes at the moment it is handed over.

use crate::finding::Finding;
use crate::officer::names;
use crate::task::Task;
use xingjian_kernel::time::chinese;
use xingjian_papers::Page;
use xingjian_store::papers::{self, NewPaper};
use xingjian_store::{Ctx, Failure, Head, Record, Tx};

/// The notice of inspection (检查通知书).
fn notice(ctx: &Ctx, task: &Task, number: &str) -> Page {
    let items: Vec<String> = task.items.iter().map(|i| format!("{}（依据：{}）", i.name, i.basis)).collect();
    let officers: Vec<String> =
        task.officers.iter().map(|o| format!("{}，行政执法证{}", o.name, o.certificate)).collect();
    let rights = "你单位（你）有权要求检查人员出示执法证件；认为检查人员与本案有直接利害关系的，有权申请回避（行政处罚法第43条）；\
                  有权对检查情况陈述意见。";
    Page {
        kind: "inspection_notice",
        title: "行政检查通知书",
        number: number.to_owned(),
        to: task.subject_name.clone(),
        sections: vec![
            ("检查时间".into(), chinese(task.planned)),
            ("检查事项".into(), items.join("\n")),
            ("检查人员".into(), officers.join("\n")),
            ("你单位（你）的权利".into(), rights.into()),
        ],
        authority: ctx.policy().city.authority.clone(),
        date: ctx.today(),
    }
}

/// The order to correct (责令改正通知书) for everything that was found.
fn order(ctx: &Ctx, task: &Task, number: &str, findings: &[Finding]) -> Page {
    let line = |finding: &Finding| {
        format!("{}：{}（{}前改正）", finding.item_name, finding.facts, chinese(order_due(finding)))
    };
    Page {
        kind: "rectification_order",
        title: "责令改正通知书",
        number: number.to_owned(),
        to: task.subject_name.clone(),
        sections: vec![
            ("检查发现的问题".into(), findings.iter().map(line).collect::<Vec<_>>().join("\n")),
            (
                "责令".into(),
                "请在上述期限内改正，并向本机关提交整改情况；本机关将进行复查。逾期不改正的，依法处理。".into(),
            ),
        ],
        authority: ctx.policy().city.authority.clone(),
        date: ctx.today(),
    }
}

/// The order given again after a re-check that did not pass.
fn order_again(ctx: &Ctx, finding: &Finding) -> Page {
    let order = finding.state.order();
    let mut sections = vec![("检查发现的问题".into(), format!("{}：{}", finding.item_name, finding.facts))];
    if let Some(round) = finding.failed.last() {
        let (before, seen) = (&round.order, &round.recheck);
        let text = format!(
            "{}（应于{}前改正）下达后，经{}复查：{}。复查人员：{}",
            before.number,
            chinese(before.due.due),
            chinese(seen.at.local_date()),
            seen.facts.trim_end_matches('。'),
            names(&seen.officers)
        );
        sections.push(("复查情况".into(), text));
    }
    let text = format!(
        "复查不通过。请在{}前改正，并向本机关提交整改情况；本机关将再次复查。逾期不改正的，依法处理。",
        chinese(order.due.due)
    );
    sections.push(("再次责令".into(), text));
    Page {
        kind: "rectification_order",
        title: "责令改正通知书",
        number: order.number.clone(),
        to: finding.subject_name.clone(),
        sections,
        authority: ctx.policy().city.authority.clone(),
        date: ctx.today(),
    }
}

fn order_due(finding: &Finding) -> xingjian_kernel::LocalDate {
    finding.state.order().due.due
}

/// Keeps a page of the record with this head: of a task, or of a finding.
async fn keep(tx: &mut Tx, ctx: &Ctx, head: Head, page: Page) -> Result<(), Failure> {
    let bytes = page.html().into_bytes();
    let new = NewPaper {
        kind: page.kind.into(),
        number: page.number,
        title: page.title.into(),
        resource_id: head.id,
        division: head.division,
        department: head.department,
        subject: head.subject,
        bytes,
    };
    papers::keep(tx, ctx, new).await?;
    Ok(())
}

/// Keeps the notice when the visit begins.
pub(crate) async fn keep_notice_in(tx: &mut Tx, ctx: &Ctx, task: &Task) -> Result<(), Failure> {
    match task.number() {
        Some(number) => keep(tx, ctx, task.head(), notice(ctx, task, number)).await,
        None => Ok(()),
    }
}

/// Keeps the order when the findings are opened.
pub(crate) async fn keep_order_in(
    tx: &mut Tx,
    ctx: &Ctx,
    task: &Task,
    number: &str,
    findings: &[Finding],
) -> Result<(), Failure> {
    keep(tx, ctx, task.head(), order(ctx, task, number, findings)).await
}

/// Keeps the order that is given again after a failed re-check.
pub(crate) async fn keep_order_again_in(tx: &mut Tx, ctx: &Ctx, finding: &Finding) -> Result<(), Failure> {
    keep(tx, ctx, finding.head(), order_again(ctx, finding)).await
}
