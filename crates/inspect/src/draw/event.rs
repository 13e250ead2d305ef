//! What the steps say on the time line, and the documents that the public is shown of them.

use super::people::department_name;
use super::{Draw, Rejected};
use serde_json::{Value, json};
use xingjian_draw::draw::Document;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_store::{Ctx, Error, Event, Failure};

fn data(draw: &Draw) -> Value {
    json!({ "draw": draw.name, "plan": draw.plan, "task": draw.task.number })
}

pub(super) fn prepared(draw: &Draw) -> Event {
    Event::new("draw.prepared", format!("准备抽查：{}", draw.title())).data(data(draw))
}

pub(super) fn dropped(draw: &Draw, reason: &str) -> Event {
    Event::new("draw.dropped", format!("放弃准备：{reason}")).data(data(draw))
}

pub(super) fn committed(draw: &Draw, department: &str) -> Event {
    Event::new("draw.committed", format!("{department}提交随机数承诺")).data(data(draw))
}

pub(super) fn entered(draw: &Draw, what: &str) -> Event {
    Event::new("draw.entered", format!("录入种子来源：{what}")).data(data(draw))
}

pub(super) fn differed(draw: &Draw, rejected: &Rejected) -> Event {
    let text = format!("“{}”两次录入不一致，均不采用，须重新录入", rejected.source);
    Event::new("draw.entries_rejected", text).data(json!({ "draw": draw.name, "rejected": rejected }))
}

pub(super) fn reasons_opened(draw: &Draw, reason: &str) -> Event {
    Event::new("draw.reasons_opened", format!("查阅回避理由：{reason}")).data(data(draw))
}

/// The event of a step, with its document for the public.
pub(super) fn step(ctx: &Ctx, draw: &Draw, document: &Document) -> Result<Event, Failure> {
    let (kind, text) = told(document);
    let shown = serde_json::to_value(document).map_err(Error::from)?;
    let role = ctx.actor.roles.first().copied().unwrap_or(Role::Head);
    let department: &DepartmentId = &draw.department;
    let unit = department_name(ctx, department);
    let title = format!("{}：{text}", draw.title());
    Ok(Event::new(kind, text).data(data(draw)).shown((&unit, department, role), title, shown))
}

/// The same kept from the public until the release: it names a drawn object.
pub(super) fn sealed_step(draw: &Draw, document: &Document) -> Event {
    let (kind, text) = told(document);
    Event::new(kind, text).data(data(draw))
}

fn told(document: &Document) -> (&'static str, String) {
    match document {
        Document::Frozen(of) => {
            let counts = of.counts;
            let text = format!(
                "名录已封存：检查对象{}个，排除{}个，检查人员{}名",
                counts.objects, counts.excluded, counts.officers
            );
            ("draw.frozen", text)
        }
        Document::Seeded(_) => ("draw.seeded", "种子已产生".to_owned()),
        Document::Stopped(_) => ("draw.stopped", "抽查终止".to_owned()),
        Document::Drawn(of) => ("draw.drawn", format!("已抽取：检查对象{}个，检查人员{}名", of.objects, of.officers)),
        Document::Released(_) => ("draw.released", "名单已公开".to_owned()),
        Document::OfficerChanged(_) => ("draw.officer_changed", "更换一名检查人员".to_owned()),
        Document::Recorded(of) => ("draw.recorded", format!("登记检查结果：{}", of.result.label())),
    }
}
