//! Accounts and sessions: who signs in, with which roles, and for whom.

mod factor;
mod grant;
mod own;
mod password;
mod review;
mod session;
mod signed_in;
mod tries;

pub mod totp;

pub use factor::{Enrolled, Enrolment, RECOVERY_CODES, enrol, factor_place, prepare};
pub use grant::{Asked, ask_roles, grant, grant_in, refuse_roles, revoke_roles};
pub use own::change_password;
pub use review::{ActionName, Disabled, REVIEW_DAYS, disable, enable, keep, reset_factor, reset_password, unlock};
pub use session::{
    Device, Session, SignInError, SignedIn, answer_code, by_token, sign_in, sign_in_as, sign_out, touch,
};
pub use signed_in::{OpenSession, end_other_sessions, end_own_session, end_sessions, own_sessions, sessions_of};
pub use tries::{ATTEMPTS, LONGEST_MINUTES, PAUSE_MINUTES, network, paused_until};

use factor::Factor;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{
    Actor, DepartmentId, DivisionCode, Fault, LocalDate, Permission, Refusal, Role, Scope, Sensitivity, SubjectRef,
    Timestamp,
};
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Record, Table, Tx, records, tables};

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// What is typed to sign in.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// PHC string (argon2id).
    password: String,
    /// Somebody else knows the password, who handed it out: it opens nothing but the page where another one is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    handed_out: bool,
    /// Roles that were granted.
    pub roles: Vec<Role>,
    /// Roles that wait for the security administrator, instead of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// Department acted for.
    pub department: DepartmentId,
    /// Division whose rows are seen.
    pub division: DivisionCode,
    /// The officer's record.
    pub officer: Option<OfficerId>,
    /// The subject an institution's user speaks for.
    pub subject: Option<SubjectRef>,
    /// What is asked for beside the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<Factor>,
    /// Day of the last signing in.
    #[serde(default)]
    pub signed_in_on: Option<LocalDate>,
    /// Day on which an administrator last confirmed that it is needed.
    #[serde(default)]
    pub reviewed_on: Option<LocalDate>,
    /// Closed by an administrator; opened again it is `None`.
    #[serde(default)]
    pub disabled: Option<Disabled>,
    /// Made for demonstration; shown on the sign-in page.
    pub demo: bool,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Account {
    /// Who acts when this account acts.
    pub fn actor(&self) -> Actor {
        Actor {
            account: Some(self.id),
            name: self.name.clone(),
            roles: self.roles.clone(),
            department: self.department.clone(),
            officer: self.officer,
            granted: vec![],
        }
    }

    /// Whether it may do nothing before its holder has set a password that nobody else knows.
    pub fn owes_password(&self) -> bool {
        self.handed_out
    }

    /// Which rows this account sees.
    pub fn scope(&self) -> Scope {
        let unit = self.subject.is_some() || self.roles.contains(&Role::Unit);
        Scope {
            divisions: vec![self.division.clone()],
            department: (!unit).then(|| self.department.clone()),
            sensitivity: if unit { Sensitivity::Case } else { Sensitivity::Secret },
            // A unit account without a subject sees nothing: an id that no row carries.
            subject: if unit { self.subject.or(Some(SubjectRef::Unregistered(nobody()))) } else { None },
        }
    }
}

fn nobody() -> xingjian_kernel::id::UnregisteredId {
    xingjian_kernel::id::Id::from_uuid(uuid::Uuid::nil())
}

impl Record for Account {
    const TABLE: Table = tables::ACCOUNT;
    const FINAL: &'static [&'static str] = &["disabled"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Case,
            subject: None,
            state: match (&self.disabled, &self.asked) {
                (Some(_), _) => "disabled",
                (None, Some(_)) => "asked",
                (None, None) => "active",
            },
            owner: None,
            due: self.review_due(),
            number: Some(self.login.clone()),
            title: self.name.clone(),
            search: format!("{} {}", self.login, self.name),
            created_at: self.created_at,
        }
    }
}

/// An account about to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What is typed to sign in.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Password, in clear; only its hash is stored.
    pub password: String,
    /// Whether somebody else knows it, so that another one has to be set first of all.
    pub handed_out: bool,
    /// Roles.
    pub roles: Vec<Role>,
    /// Department acted for.
    pub department: DepartmentId,
    /// Division whose rows are seen.
    pub division: DivisionCode,
    /// The subject an institution's user speaks for.
    pub subject: Option<SubjectRef>,
    /// Made for demonstration.
    pub demo: bool,
}

/// Whether the caller's department leads the mechanism.
pub fn leads(ctx: &Ctx) -> bool {
    let lead = ctx.policy().lead_department(ctx.today());
    lead.is_some_and(|lead| lead.id == ctx.actor.department.as_str())
}

/// Whether the caller may make accounts for a department: the own one, and any where the own one leads the mechanism.
pub fn may_add_for(ctx: &Ctx, department: &str) -> bool {
    ctx.actor.department.as_str() == department || leads(ctx)
}

/// Who has accounts in sight: the three administrators.
pub const KEEPERS: &[Permission] =
    &[Permission::MakeAccounts, Permission::GrantRoles, Permission::ReadSecurityEvents, Permission::ReadAudit];

/// The caller with the accounts that an administrator keeps in sight: those of the own department, and every one of
/// the place where the own department leads the mechanism, for institutions and most departments have no
/// administrator of their own.
#[must_use]
pub fn keeping(ctx: &Ctx) -> Ctx {
    let mut ctx = ctx.clone();
    if KEEPERS.iter().any(|permission| ctx.actor.may(*permission)) && leads(&ctx) {
        ctx.scope.department = None;
    }
    ctx
}

/// The administrators' roles that no open account has been granted: without them accounts are not made, granted or looked after.
pub async fn missing_administrators(ctx: &Ctx) -> Result<Vec<Role>, Failure> {
    let open = Filter { open: Some(true), ..Filter::default() };
    let accounts = records::all::<Account>(ctx, &open).await?;
    let held = |role: &Role| accounts.iter().any(|account| account.value.roles.contains(role));
    Ok(Role::ADMINISTRATORS.into_iter().filter(|role| !held(role)).collect())
}

/// Makes an account inside a transaction; refuses roles that the law keeps apart, and other departments' accounts. Its
/// roles are asked for: until somebody else grants them it may do nothing.
pub async fn add_in(tx: &mut Tx, ctx: &Ctx, new: NewAccount) -> Result<AccountId, Failure> {
    ctx.may(Permission::MakeAccounts)?;
    // Who speaks for an institution acts for no department.
    if !new.roles.contains(&Role::Unit) && !may_add_for(ctx, new.department.as_str()) {
        let message = "只有牵头部门的系统管理员可以为其他部门建立账号";
        return Err(Refusal::new("other_department", message, "请由牵头部门的系统管理员建立").into());
    }
    grant::together(&new.roles)?;
    let mut faults = vec![];
    if new.login.trim().is_empty() || new.login.chars().any(char::is_whitespace) {
        faults.push(Fault::new("登录名", &new.login, "不能为空或包含空格", "请使用字母和数字"));
    }
    faults.extend(password::fault(&new.password, &new.login));
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let account = Account {
        id: ctx.new_id(),
        login: new.login,
        name: new.name,
        password: password::hash(&*ctx.app.rng, &new.password),
        handed_out: new.handed_out,
        roles: vec![],
        asked: Some(Asked::now(ctx, new.roles, "建立账号")),
        department: new.department,
        division: new.division,
        officer: None,
        subject: new.subject,
        factor: None,
        signed_in_on: None,
        reviewed_on: None,
        disabled: None,
        demo: new.demo,
        created_at: ctx.now(),
    };
    let roles = account.asked.as_ref().map(Asked::labels).unwrap_or_default();
    let event = Event::new("account.added", format!("建立账号“{}”，申请岗位：{roles}", account.login));
    records::insert(tx, ctx, &account, event).await?;
    Ok(account.id)
}

/// Makes the account of an officer who has none; both records name each other from then on.
pub async fn add_for_officer_in(
    tx: &mut Tx,
    ctx: &Ctx,
    new: NewAccount,
    officer: OfficerId,
) -> Result<AccountId, Failure> {
    if !new.roles.contains(&Role::Inspector) {
        let reason = format!("监督员的账号没有“{}”岗位", Role::Inspector.label());
        return Err(Fault::new("roles", "", reason, "请选择该岗位").into());
    }
    let holder = crate::officer::get_in(tx, ctx, officer).await?;
    if holder.department != new.department {
        let mend = "请由监督员所在部门的管理员建立账号";
        return Err(Fault::new("department", new.department.as_str(), "与监督员所在部门不一致", mend).into());
    }
    let id = add_in(tx, ctx, new).await?;
    set_officer_in(tx, ctx, id, officer).await?;
    crate::officer::set_account_in(tx, ctx, officer, id).await?;
    Ok(id)
}

/// Ties an account to the officer's record.
pub async fn set_officer_in(tx: &mut Tx, ctx: &Ctx, id: AccountId, officer: OfficerId) -> Result<(), Failure> {
    ctx.may(Permission::MakeAccounts)?;
    let all = ctx.seeing_all();
    let stored = records::must_in::<Account>(tx, &all, id).await?;
    let mut account = stored.value;
    account.officer = Some(officer);
    let event = Event::new("account.officer_set", format!("账号“{}”关联执法证件", account.login));
    records::save(tx, &all, &account, stored.version, event).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
