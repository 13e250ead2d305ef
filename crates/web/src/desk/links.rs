//! What a record rests on and where it leads: its subject, its case, a kept paper, an entry of the policy pack.
//! A line is a link only where the reader may open what is behind it.

use super::policy::{self, Standing};
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::Line;
use xingjian_kernel::{LocalDate, Permission, SubjectRef};
use xingjian_policy::Head;
use xingjian_registry::release::{self, Release};
use xingjian_store::papers::Paper;
use xingjian_store::{Failure, Stored, records};

fn may_any(caller: &Caller, needed: &[Permission]) -> bool {
    needed.iter().any(|permission| caller.ctx.actor.may(*permission))
}

/// Whom a record is about.
pub fn subject(caller: &Caller, subject: SubjectRef, name: &str) -> Line {
    let url = match subject {
        SubjectRef::Institution(id) => Some(format!("/desk/institutions/{id}")),
        SubjectRef::Practitioner(id) => Some(format!("/desk/practitioners/{id}")),
        SubjectRef::Unregistered(id) => Some(super::unregistered::address(id)),
        SubjectRef::LegalPerson(_) => None,
    };
    Line { url: url.filter(|_| caller.ctx.actor.may(Permission::SeeRegistry)), ..Line::new(subject.label(), name) }
}

/// The case behind a record, for those who work on cases.
pub fn case(caller: &Caller, id: &str) -> Option<Line> {
    let may = may_any(caller, &[Permission::HandleCase, Permission::DecideCase, Permission::ReviewCase]);
    may.then(|| Line::link("来源案件", "查看处罚案件", format!("/desk/cases/{id}")))
}

/// The inspection behind a record, for those who work on inspections.
pub fn task(caller: &Caller, id: &str) -> Option<Line> {
    let may = may_any(caller, &[Permission::ProposeInspection, Permission::ApproveInspection, Permission::Inspect]);
    may.then(|| Line::link("来源检查", "查看检查任务", format!("/desk/tasks/{id}")))
}

/// The kept paper with this number, where there is one in the caller's scope.
pub async fn paper(caller: &Caller, number: &str) -> Result<Option<Line>, Failure> {
    let paper = records::by_number::<Paper>(&caller.ctx, number).await?;
    Ok(paper.map(|paper| Line::link(&paper.title, &paper.number, format!("/desk/papers/{}", paper.id))))
}

/// Every release: whether an entry is released must not depend on who looks.
pub async fn releases(caller: &Caller) -> Result<Vec<Stored<Release>>, Failure> {
    release::all(&caller.ctx.seeing_all()).await
}

/// An entry of the policy pack that a record rests on.
pub struct Ground {
    head: Head,
    standing: Standing,
}

impl Ground {
    /// The entry as it holds on a day; `None` where the pack has none then.
    pub fn of(web: &Web, releases: &[Stored<Release>], table: &str, id: &str, on: LocalDate) -> Option<Self> {
        let head = web.app.policy.head(table, id, on)?;
        let standing = Standing::of(web, &head, releases);
        Some(Self { head, standing })
    }

    /// Document, clause, how far it was checked and whether it was released, leading to the entry.
    pub fn line(&self, label: &str) -> Line {
        let Head { source, status, table, id, .. } = &self.head;
        let standing = self.standing.badge().label;
        let text = format!("{} {}（{} {}，{standing}）", source.document, source.clause, status.mark(), status.label());
        Line::link(label, text, policy::address(table, id))
    }

    /// Why an act must wait, where the entry still needs its release.
    pub fn missing(&self, act: &str) -> Option<String> {
        let Head { table_label, title, status, .. } = &self.head;
        (self.standing == Standing::Waiting).then(|| {
            format!(
                "{table_label}“{title}”标注为“{}”，尚未放行，{act}。请法制审核员核对原文后在“政策条目”中放行。",
                status.label()
            )
        })
    }
}
