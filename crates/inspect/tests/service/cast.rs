//! The people, an institution and the released items that the tests share.

use std::collections::BTreeMap;
use xingjian_inspect::task::service::{NewTask, act, propose};
use xingjian_inspect::task::{Action, Answer, Cause, Outcome, Party, Task};
use xingjian_kernel::id::{OfficerId, TaskId};
use xingjian_kernel::{Actor, LocalDate, Role, SubjectRef};
use xingjian_registry::institution::{self, Details};
use xingjian_registry::officer::{self, Certificate, NewOfficer, Officer, Recusal};
use xingjian_registry::release;
use xingjian_store::{Ctx, Failure, Stored, records};
use xingjian_testkit::World;

pub struct Cast {
    pub world: World,
    pub subject: SubjectRef,
    pub head: Ctx,
    pub one: Ctx,
    pub two: Ctx,
    pub three: Ctx,
    pub legal: Ctx,
    pub unit: Ctx,
}

pub fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

pub fn details(name: &str) -> Details {
    Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: None,
        address: Some("演示路1号".into()),
        telephone: None,
        beds: None,
    }
}

impl Cast {
    /// Everybody, with item YL01 released.
    pub async fn new(world: World) -> Self {
        let it = Self::unreleased(world).await;
        for (table, entry) in [("inspection_item", "YL01"), ("clock", "rectification")] {
            release::release(&it.legal, table, entry, "已核对原文").await.unwrap();
        }
        it
    }

    /// Everybody, with nothing released.
    pub async fn unreleased(world: World) -> Self {
        let registrar = world.ctx("登记员甲", &[Role::Registrar]);
        let subject = institution::register(&registrar, details("演示口腔门诊部"), true).await.unwrap().subject();
        let one = inspector(&world, "监督员甲", &[]).await;
        let two = inspector(&world, "监督员乙", &[]).await;
        let three = inspector(&world, "监督员丙", &[]).await;
        Self {
            head: world.ctx("负责人甲", &[Role::Head]),
            legal: world.ctx("审核员甲", &[Role::LegalReviewer]),
            unit: world.unit("机构用户甲", subject),
            subject,
            one,
            two,
            three,
            world,
        }
    }

    pub fn new_task(&self) -> NewTask {
        NewTask {
            cause: Cause::Plan { name: "2026年医疗机构专项检查".into() },
            subject: self.subject,
            planned: day("2026-11-24"),
            items: vec!["YL01".into()],
            officers: vec![officer_of(&self.one.actor), officer_of(&self.two.actor)],
            exceed_reason: None,
        }
    }

    /// A task as it is stored, for the one who looks.
    pub async fn task(&self, id: TaskId) -> Stored<Task> {
        records::must::<Task>(&self.head, id).await.unwrap()
    }

    /// Takes steps that must succeed, each on the version the person saw.
    pub async fn go(&self, id: TaskId, steps: &[(&Ctx, Action)]) -> Stored<Task> {
        for (ctx, action) in steps {
            let seen = self.task(id).await.version;
            act(ctx, id, seen, action.clone()).await.unwrap_or_else(|e| panic!("{}: {}", action.name(), told(&e)));
        }
        self.task(id).await
    }

    /// Proposes and approves the usual task.
    pub async fn approved(&self) -> TaskId {
        let id = propose(&self.one, self.new_task()).await.unwrap();
        self.go(id, &[(&self.head, Action::Approve)]).await;
        id
    }

    /// Carries an approved task out up to its submission.
    pub async fn inspected(&self, id: TaskId, answer: Answer, outcome: Outcome) -> Stored<Task> {
        let begin = Action::Begin { certificates_shown: true, place: "演示路1号".into(), device_at: None };
        let answers = Action::Answer { answers: BTreeMap::from([("YL01".to_owned(), answer)]) };
        let record = Action::Record { outcome, statement: "现场查看诊室和资料".into(), device_at: None };
        let party = Party::Signed { name: "负责人".into(), post: "主要负责人".into(), opinion: String::new() };
        let steps = [
            (&self.one, begin),
            (&self.two, answers),
            (&self.one, record),
            (&self.one, Action::Sign),
            (&self.two, Action::Sign),
            (&self.one, Action::SignParty { party }),
            (&self.two, Action::Submit),
        ];
        self.go(id, &steps).await
    }
}

pub fn violates(violation: Option<&str>) -> Answer {
    let facts = "口腔科由外单位人员承包经营".into();
    Answer::Violates { facts, violation: violation.map(str::to_owned), correct_by: None }
}

pub fn officer_of(actor: &Actor) -> OfficerId {
    actor.officer.expect("an inspector of these tests has an officer's record")
}

pub async fn inspector(world: &World, name: &str, recusals: &[Recusal]) -> Ctx {
    inspector_of(world, "health", name, recusals).await
}

/// An officer of a department.
pub async fn inspector_of(world: &World, department: &str, name: &str, recusals: &[Recusal]) -> Ctx {
    let registrar = world.ctx_of(department, "登记员甲", &[Role::Registrar]);
    let ctx = world.ctx_of(department, name, &[Role::Inspector]);
    let mut tx = registrar.begin().await.unwrap();
    let new = NewOfficer {
        name: name.into(),
        account: ctx.actor.account,
        unit: "演示卫生监督所".into(),
        certificate: Some(Certificate {
            number: format!("演示{name}"),
            from: day("2025-01-01"),
            until: day("2026-12-31"),
        }),
        specialties: vec!["医疗卫生".into()],
        recusals: recusals.to_vec(),
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let officer: Officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    world.as_officer(ctx, officer.id)
}

/// What the person reads.
pub fn told(failure: &Failure) -> String {
    match failure {
        Failure::Refused(r) => format!("{} {} {}", r.code, r.article.as_deref().unwrap_or_default(), r.message),
        Failure::Invalid(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// What the person reads where an act must fail.
pub fn refused<T>(result: Result<T, Failure>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(failure) => told(&failure),
    }
}
