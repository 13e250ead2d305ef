use super::{REVIEW_DAYS, disable, enable, keep, reset_password, unlock};
use crate::account::tests::sign_in;
use crate::account::{self, ATTEMPTS, Account, NewAccount, SignInError, add_in, by_token};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, LocalDate, Permission, Role};
use xingjian_store::Record;
use xingjian_store::{Ctx, Failure, Filter, Stored, ledger, records};
use xingjian_testkit::{World, both_databases};

const PASSWORD: &str = "correct horse";

fn new(login: &str, role: Role, department: &str) -> NewAccount {
    NewAccount {
        login: login.into(),
        name: login.into(),
        password: PASSWORD.into(),
        handed_out: false,
        roles: vec![role],
        department: DepartmentId::new(department),
        division: "4404".parse().unwrap(),
        subject: None,
        demo: false,
    }
}

fn security(world: &World) -> Ctx {
    world.ctx("安全管理员甲", &[Role::SecurityAdministrator])
}

fn admin(world: &World) -> Ctx {
    world.ctx("系统管理员甲", &[Role::Administrator])
}

async fn add(ctx: &Ctx, new: NewAccount) -> Result<AccountId, Failure> {
    let mut tx = ctx.begin().await?;
    let id = add_in(&mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(id)
}

async fn get(ctx: &Ctx, id: AccountId) -> Stored<Account> {
    records::must(ctx, id).await.unwrap()
}

fn code<T>(result: Result<T, Failure>) -> String {
    match result.err() {
        Some(Failure::Refused(refusal)) => refusal.code,
        Some(other) => other.to_string(),
        None => "done".into(),
    }
}

both_databases! {
    async fn a_review_is_due_after_the_last_use_or_confirmation(world: World) {
        let ctx = admin(&world);
        let start = ctx.today();
        let due_after = |day: LocalDate| Some(plus_days(day, REVIEW_DAYS));
        let id = add(&ctx, new("jia", Role::Intake, "health")).await.unwrap();
        assert_eq!(get(&ctx, id).await.head().due, due_after(start));
        world.clock.set(plus_days(start, 10));
        sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        assert_eq!(get(&ctx, id).await.head().due, due_after(plus_days(start, 10)));
        world.clock.set(plus_days(start, 200));
        let late = Filter { due_until: Some(ctx.today()), open: Some(true), ..Filter::default() };
        assert_eq!(records::count::<Account>(&ctx, &late).await.unwrap(), 1);
        keep(&ctx, id, get(&ctx, id).await.version).await.unwrap();
        assert_eq!(get(&ctx, id).await.head().due, due_after(plus_days(start, 200)));
        assert_eq!(records::count::<Account>(&ctx, &late).await.unwrap(), 0);
        let kinds: Vec<String> = ledger::of_resource(&ctx, Account::TABLE, id).await.unwrap().into_iter().map(|r| r.kind).collect();
        assert!(kinds.contains(&"account.kept".to_owned()), "{kinds:?}");
    }

    async fn a_disabled_account_is_out_at_once_and_looks_like_a_wrong_password(world: World) {
        let ctx = admin(&world);
        let id = add(&ctx, new("jia", Role::Intake, "health")).await.unwrap();
        let session = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let seen = get(&ctx, id).await.version;
        assert!(matches!(disable(&ctx, id, seen, " ").await, Err(Failure::Invalid(_))));
        assert!(matches!(disable(&ctx, id, seen - 1, "已调离").await, Err(Failure::Conflict)));
        let closed = disable(&ctx, id, seen, "已调离").await.unwrap();
        assert_eq!((closed.head().state, closed.head().due), ("disabled", None));
        assert_eq!(closed.disabled.as_ref().unwrap().by, "系统管理员甲");
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none());
        let refused = sign_in(&world.app, "jia", PASSWORD).await.unwrap_err();
        assert!(matches!(refused, SignInError::Wrong), "{refused}");
        for (result, why) in [
            (keep(&ctx, id, closed.version).await, "disabled"),
            (disable(&ctx, id, closed.version, "再次").await, "disabled"),
            (reset_password(&ctx, id, closed.version, PASSWORD).await, "disabled"),
        ] {
            assert_eq!(code(result), why);
        }
        world.clock.set(plus_days(ctx.today(), 400));
        let open = enable(&ctx, id, get(&ctx, id).await.version, "调回").await.unwrap();
        assert_eq!(open.head().due, Some(plus_days(ctx.today(), REVIEW_DAYS)));
        assert_eq!(code(enable(&ctx, id, open.version, "调回").await), "not_disabled");
        sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none(), "an old session stays ended");
    }

    async fn a_lock_is_ended_and_a_password_replaced(world: World) {
        let ctx = admin(&world);
        let id = add(&ctx, new("jia", Role::Intake, "health")).await.unwrap();
        let session = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let security = security(&world);
        assert_eq!(code(unlock(&security, id, get(&ctx, id).await.version).await), "not_paused");
        for _ in 0..ATTEMPTS {
            sign_in(&world.app, "jia", "wrong").await.unwrap_err();
        }
        assert!(get(&ctx, id).await.open_actions(&security.actor, true).contains(&"unlock"));
        unlock(&security, id, get(&ctx, id).await.version).await.unwrap();
        sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let seen = get(&ctx, id).await.version;
        assert!(matches!(reset_password(&ctx, id, seen, "short").await, Err(Failure::Invalid(_))));
        reset_password(&ctx, id, seen, "another initial one").await.unwrap();
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none());
        assert!(matches!(sign_in(&world.app, "jia", PASSWORD).await, Err(SignInError::Wrong)));
        sign_in(&world.app, "jia", "another initial one").await.unwrap();
        let rows = ledger::of_resource(&ctx, Account::TABLE, id).await.unwrap();
        assert!(rows.iter().all(|row| !row.text.contains("another initial one")));
    }

    async fn nobody_keeps_or_disables_the_own_account(world: World) {
        let id = add(&admin(&world), new("guanli", Role::Administrator, "health")).await.unwrap();
        account::grant(&security(&world), id, 1).await.unwrap();
        let account = get(&admin(&world), id).await;
        let own = Ctx::new(&world.app, account.actor(), account.scope());
        assert!(account.open_actions(&own.actor, false).is_empty());
        assert_eq!(code(keep(&own, id, 2).await), "own_account");
        assert_eq!(code(disable(&own, id, 2, "离任").await), "own_account");
        assert_eq!(code(reset_password(&own, id, 2, "another initial one").await), "own_account");
        let others = |by: &Ctx| account.open_actions(&by.actor, false);
        assert_eq!(others(&admin(&world)), ["keep", "ask_roles", "disable", "reset_password"]);
        assert_eq!(others(&security(&world)), ["revoke_roles", "end_sessions"]);
        keep(&admin(&world), id, 2).await.unwrap();
    }

    async fn the_citys_administrator_keeps_accounts_that_nobody_else_keeps(world: World) {
        let (lead, other) = (admin(&world), world.ctx_of("insurance", "医保管理员甲", &[Role::Administrator]));
        let unit = add(&lead, NewAccount { roles: vec![Role::Unit], ..new("jigou", Role::Unit, "unit") }).await.unwrap();
        let partner = add(&lead, new("yi", Role::Partner, "market")).await.unwrap();
        let far = NewAccount { division: "3301".parse().unwrap(), ..new("far", Role::Partner, "market") };
        let far = add(&lead, far).await.unwrap();
        for id in [unit, partner] {
            assert!(matches!(keep(&other, id, 1).await, Err(Failure::NotFound)));
            disable(&lead, id, 1, "单位注销").await.unwrap();
        }
        assert!(matches!(keep(&lead, far, 1).await, Err(Failure::NotFound)), "another city's");
        let inspector = account::keeping(&world.ctx("监督员甲", &[Role::Inspector]));
        assert!(records::get::<Account>(&inspector, unit).await.unwrap().is_none());
    }

    async fn accounts_are_kept_by_administrators_of_the_department(world: World) {
        let lead = admin(&world);
        let id = add(&lead, new("jia", Role::Intake, "health")).await.unwrap();
        add(&lead, new("yi", Role::Partner, "insurance")).await.unwrap();
        let other = world.ctx_of("insurance", "医保管理员甲", &[Role::Administrator]);
        assert_eq!(code(add(&other, new("bing", Role::Intake, "health")).await), "other_department");
        add(&other, new("bing", Role::Partner, "insurance")).await.unwrap();
        assert!(account::may_add_for(&lead, "insurance") && !account::may_add_for(&other, "health"));
        assert!(matches!(disable(&other, id, 1, "不归我管").await, Err(Failure::NotFound)));
        let theirs = records::by_number::<Account>(&Ctx::system(&world.app), "bing").await.unwrap().unwrap();
        assert!(records::get::<Account>(&lead, theirs.id).await.unwrap().is_none());
        assert!(records::get::<Account>(&account::keeping(&lead), theirs.id).await.unwrap().is_some());
        assert!(records::get::<Account>(&account::keeping(&other), id).await.unwrap().is_none());
        let inspector = world.ctx("监督员甲", &[Role::Inspector]);
        assert!(get(&lead, id).await.open_actions(&inspector.actor, true).is_empty());
        for refused in [keep(&inspector, id, 1).await, enable(&inspector, id, 1, "甲").await, keep(&security(&world), id, 1).await] {
            assert!(matches!(refused, Err(Failure::Denied(Permission::MakeAccounts))));
        }
        for refused in [unlock(&inspector, id, 1).await, unlock(&lead, id, 1).await] {
            assert!(matches!(refused, Err(Failure::Denied(Permission::GrantRoles))));
        }
    }
}
