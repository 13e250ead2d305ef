//! Commands that keep an instance, by the operator at the machine.

use crate::chain;
use crate::serving::why_not_opened;
use std::process::ExitCode;
use std::sync::Arc;
use xingjian_cli::instance::Places;
use xingjian_kernel::clock::secret;
use xingjian_kernel::{Actor, DepartmentId, Role, Scope};
use xingjian_registry::account::{self, NewAccount};
use xingjian_store::{App, Ctx, Failure};

/// Opens the instance, which brings its database to the present schema.
pub async fn instance(places: &Places) -> Result<Arc<App>, String> {
    let settings = places.settings().map_err(|error| why_not_opened(&error))?;
    let settings =
        settings.ok_or_else(|| format!("{} 中没有实例；新建请用 xingjian serve --city", places.data.display()))?;
    places.run(&settings).await.map_err(|error| why_not_opened(&error))
}

/// The operator at the machine: makes accounts, keeps the registry and takes files of messages in, and every act says so. Only for the three
/// administrators, without whom nobody could grant anything, the operator grants as well.
pub fn operator(app: &Arc<App>) -> Ctx {
    let lead = app.policy.lead_department(app.clock.today()).map_or("health", |d| d.id.as_str()).to_owned();
    let actor = Actor {
        account: None,
        name: "运维操作".into(),
        roles: vec![Role::Administrator, Role::SecurityAdministrator, Role::Registrar, Role::Intake],
        department: DepartmentId::new(lead),
        officer: None,
        granted: vec![],
    };
    let divisions = vec![app.policy.city.division.clone()];
    Ctx::new(app, actor, Scope { divisions, ..Scope::system() })
}

/// Makes an account and prints its first password.
pub async fn add_account(
    places: &Places,
    login: String,
    name: String,
    roles: &[String],
    department: Option<String>,
) -> Result<ExitCode, String> {
    let app = instance(places).await?;
    let ctx = operator(&app);
    let known: Vec<&str> = Role::ALL.iter().map(|r| r.code()).collect();
    let roles: Vec<Role> = roles
        .iter()
        .map(|code| Role::from_code(code).ok_or_else(|| format!("没有岗位“{code}”；可用：{}", known.join("、"))))
        .collect::<Result<_, _>>()?;
    let department = department.unwrap_or_else(|| ctx.actor.department.to_string());
    if app.policy.department(&department, ctx.today()).is_none() {
        return Err(format!("政策包中没有部门“{department}”"));
    }
    let first = roles.iter().all(|role| Role::ADMINISTRATORS.contains(role));
    let password = secret(&*app.rng, 8);
    let new = NewAccount {
        login: login.clone(),
        name,
        password: password.clone(),
        handed_out: true,
        roles,
        department: DepartmentId::new(department),
        division: app.policy.city.division.clone(),
        subject: None,
        demo: false,
    };
    let added = async {
        let mut tx = ctx.begin().await?;
        let id = account::add_in(&mut tx, &ctx, new).await?;
        if first {
            account::grant_in(&mut tx, &ctx, id).await?;
        }
        Ok::<_, Failure>(tx.commit().await?)
    };
    added.await.map_err(|failure| told(&failure))?;
    println!("已建立账号 {login}，初始密码 {password}（只显示这一次，首次登录须先修改）");
    if !first {
        println!("岗位须由安全管理员在“账号”页面授予后生效");
    }
    Ok(ExitCode::SUCCESS)
}

/// A failure with all its faults.
pub fn told(failure: &Failure) -> String {
    match failure {
        Failure::Invalid(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Failure::Refused(refusal) => format!("{}。{}", refusal.message, refusal.mend),
        Failure::Store(error) => format!("{failure}：{}", chain(error)),
        other => other.to_string(),
    }
}
