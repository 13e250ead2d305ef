//! One login for each person of the loop. No login holds two roles that the law keeps apart: the use case refuses it.

use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{Actor, DepartmentId, LocalDate, Role, Scope, SubjectRef};
use xingjian_registry::account::{self, Account, NewAccount};
use xingjian_registry::officer::{self, Certificate, NewOfficer};
use xingjian_store::{App, Ctx, Failure, records};
use xingjian_web::DEMO_PASSWORD;

/// Login, name, role, kind of department.
pub const PEOPLE: &[(&str, &str, Role, &str)] = &[
    ("shouli", "演示受理员", Role::Intake, "health"),
    ("chengban", "演示承办人", Role::Handler, "health"),
    ("fuhe", "演示复核人", Role::Reviewer, "health"),
    ("jiandu1", "演示监督员一", Role::Inspector, "health"),
    ("jiandu2", "演示监督员二", Role::Inspector, "health"),
    ("jiandu3", "演示监督员三", Role::Inspector, "health"),
    ("jiandu4", "演示监督员四", Role::Inspector, "health"),
    ("yijian1", "演示医保检查员一", Role::Inspector, "insurance"),
    ("yijian2", "演示医保检查员二", Role::Inspector, "insurance"),
    ("shijian1", "演示市场监管员一", Role::Inspector, "market"),
    ("shijian2", "演示市场监管员二", Role::Inspector, "market"),
    ("fuze", "演示机关负责人", Role::Head, "health"),
    ("fazhi", "演示法制审核员", Role::LegalReviewer, "health"),
    ("xinyong", "演示信用管理员", Role::CreditOfficer, "health"),
    ("gongkai", "演示信息公开员", Role::Publisher, "health"),
    ("yibao", "演示医保联络员", Role::Partner, "insurance"),
    ("dengji", "演示登记管理员", Role::Registrar, "health"),
    ("guanli", "演示系统管理员", Role::Administrator, "health"),
    ("anquan", "演示安全管理员", Role::SecurityAdministrator, "health"),
    ("shenji", "演示审计管理员", Role::AuditAdministrator, "health"),
];

/// Those who handle complaints in the other departments of a whole city.
const ELSEWHERE: &[(&str, &str, Role, &str)] = &[
    ("yichengban", "演示医保承办人", Role::Handler, "insurance"),
    ("yifuhe", "演示医保复核人", Role::Reviewer, "insurance"),
    ("shichengban", "演示市场监管承办人", Role::Handler, "market"),
    ("shifuhe", "演示市场监管复核人", Role::Reviewer, "market"),
];

/// The people of the demonstration, by login.
pub struct People {
    app: Arc<App>,
    accounts: BTreeMap<&'static str, AccountId>,
    /// Officers by login.
    pub officers: BTreeMap<&'static str, OfficerId>,
}

impl People {
    /// A context for one of them, read fresh as signing in would.
    pub async fn ctx(&self, login: &str) -> Result<Ctx, Failure> {
        let id = self.accounts.get(login).copied().ok_or(Failure::NotFound)?;
        let account = records::must::<Account>(&Ctx::system(&self.app), id).await?;
        Ok(Ctx::new(&self.app, account.actor(), account.scope()))
    }
}

/// Who loads the demonstration: makes accounts, grants their roles and keeps the registry, and nothing else.
pub fn loader(app: &Arc<App>) -> Ctx {
    let lead = app.policy.lead_department(app.clock.today()).map_or("health", |d| d.id.as_str()).to_owned();
    let actor = Actor {
        account: None,
        name: "演示装载".into(),
        roles: vec![Role::Administrator, Role::SecurityAdministrator, Role::Registrar],
        department: DepartmentId::new(lead),
        officer: None,
        granted: vec![],
    };
    Ctx::new(app, actor, Scope::system())
}

/// Makes the accounts and the officers behind the inspectors; for a whole city also who works elsewhere.
pub async fn people(app: &Arc<App>, whole: bool) -> Result<People, Failure> {
    let ctx = loader(app);
    let mut people = People { app: app.clone(), accounts: BTreeMap::new(), officers: BTreeMap::new() };
    let mut tx = ctx.begin().await?;
    for (login, name, role, department) in PEOPLE.iter().chain(if whole { ELSEWHERE } else { &[] }) {
        let new = new_account(app, login, name, *role, department, None);
        let account = account::add_in(&mut tx, &ctx, new).await?;
        account::grant_in(&mut tx, &ctx, account).await?;
        people.accounts.insert(login, account);
        if *role == Role::Inspector {
            let number = people.officers.len() + 1;
            let of = registrar_of(&ctx, department);
            let officer = officer::add_in(&mut tx, &of, new_officer(app, name, Some(account), number)).await?;
            account::set_officer_in(&mut tx, &ctx, account, officer.id).await?;
            people.officers.insert(login, officer.id);
        }
    }
    // Newly appointed: the administrator has still to make the account, and the training is not over.
    let fresh = NewOfficer {
        specialties: vec!["公共场所卫生".into()],
        ..new_officer(app, "演示监督员五", None, people.officers.len() + 1)
    };
    officer::add_in(&mut tx, &ctx, fresh).await?;
    tx.commit().await?;
    Ok(people)
}

/// The loader on behalf of a department: an officer belongs to the department that records it.
fn registrar_of(loader: &Ctx, department: &str) -> Ctx {
    let actor = Actor { department: DepartmentId::new(department), ..loader.actor.clone() };
    Ctx { actor, ..loader.clone() }
}

fn new_officer(app: &App, name: &str, account: Option<AccountId>, number: usize) -> NewOfficer {
    let year = app.clock.today().year();
    let day = |year: i16, month: i8, day: i8| LocalDate::new(year, month, day).unwrap_or_default();
    NewOfficer {
        name: name.to_owned(),
        account,
        unit: "演示监督一科".into(),
        certificate: Some(Certificate {
            number: format!("演示ZF{number:06}"),
            from: day(year - 1, 1, 1),
            until: day(year + 3, 12, 31),
        }),
        specialties: vec!["医疗卫生".into()],
        recusals: vec![],
        first_line: true,
        division: app.policy.city.division.clone(),
    }
}

fn new_account(
    app: &App,
    login: &str,
    name: &str,
    role: Role,
    department: &str,
    subject: Option<SubjectRef>,
) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: name.to_owned(),
        password: DEMO_PASSWORD.to_owned(),
        handed_out: false,
        roles: vec![role],
        department: DepartmentId::new(department),
        division: app.policy.city.division.clone(),
        subject,
        demo: true,
    }
}

impl People {
    /// An account that speaks for an institution.
    pub async fn add_unit(&mut self, login: &'static str, name: &str, subject: SubjectRef) -> Result<(), Failure> {
        let ctx = loader(&self.app);
        let mut tx = ctx.begin().await?;
        let new = new_account(&self.app, login, name, Role::Unit, "unit", Some(subject));
        let id = account::add_in(&mut tx, &ctx, new).await?;
        account::grant_in(&mut tx, &ctx, id).await?;
        tx.commit().await?;
        self.accounts.insert(login, id);
        Ok(())
    }
}
