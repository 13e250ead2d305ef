use super::{ask_roles, grant, refuse_roles, revoke_roles};
use crate::account::tests::{account, add_only, sign_in};
use crate::account::{Account, NewAccount, by_token, disable, enable};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Permission, Role, SubjectRef};
use xingjian_store::{Ctx, Failure, Record, Stored, ledger, records};
use xingjian_testkit::{World, both_databases};

fn system(world: &World) -> Ctx {
    world.ctx("系统管理员甲", &[Role::Administrator])
}

fn security(world: &World) -> Ctx {
    world.ctx("安全管理员甲", &[Role::SecurityAdministrator])
}

async fn made(world: &World, login: &str, role: Role) -> AccountId {
    add_only(world, account(login, &[role])).await.unwrap()
}

async fn get(world: &World, id: AccountId) -> Stored<Account> {
    records::must(&Ctx::system(&world.app), id).await.unwrap()
}

fn code<T>(result: Result<T, Failure>) -> String {
    match result.err() {
        Some(Failure::Refused(refusal)) => refusal.code,
        Some(Failure::Denied(permission)) => permission.code().into(),
        Some(other) => other.to_string(),
        None => "done".into(),
    }
}

both_databases! {
    async fn an_account_may_nothing_before_somebody_else_grants_its_roles(world: World) {
        let id = made(&world, "jia", Role::Intake).await;
        let before = get(&world, id).await;
        assert_eq!((before.head().state, before.roles.len()), ("asked", 0));
        let session = sign_in(&world.app, "jia", "correct horse").await.unwrap();
        assert!(!session.account.actor().may(Permission::EnterComplaint));
        assert_eq!(code(grant(&system(&world), id, before.version).await), "grant_roles", "who asks does not grant");
        let seen = get(&world, id).await.version;
        assert_eq!(code(grant(&security(&world), id, seen - 1).await), Failure::Conflict.to_string());
        let granted = grant(&security(&world), id, seen).await.unwrap();
        assert_eq!((granted.head().state, granted.roles.clone(), granted.asked.clone()), ("active", vec![Role::Intake], None));
        let inside = by_token(&world.app, &session.token).await.unwrap().unwrap();
        assert!(inside.account.actor().may(Permission::EnterComplaint), "from the next page on");
        assert_eq!(code(grant(&security(&world), id, granted.version).await), "nothing_asked");
        let rows = ledger::of_resource(&Ctx::system(&world.app), Account::TABLE, id).await.unwrap();
        let who: Vec<(&str, &str)> = rows.iter().map(|row| (row.kind.as_str(), row.actor.name.as_str())).collect();
        assert!(who.contains(&("account.added", "系统管理员甲")) && who.contains(&("account.granted", "安全管理员甲")), "{who:?}");
    }

    async fn other_roles_are_asked_for_and_granted_or_refused(world: World) {
        let id = made(&world, "jia", Role::Intake).await;
        grant(&security(&world), id, 1).await.unwrap();
        let ask = async |by: &Ctx, roles: &[Role], why: &str| ask_roles(by, id, get(&world, id).await.version, roles.to_vec(), why).await;
        assert_eq!(code(ask(&security(&world), &[Role::Publisher], "轮岗").await), "make_accounts");
        assert!(matches!(ask(&system(&world), &[Role::Publisher], " ").await, Err(Failure::Invalid(_))));
        assert_eq!(code(ask(&system(&world), &[Role::Inspector, Role::Head], "轮岗").await), "roles_kept_apart");
        assert_eq!(code(ask(&system(&world), &[Role::Unit], "轮岗").await), "unit");
        let asked = ask(&system(&world), &[Role::Publisher], "轮岗").await.unwrap();
        assert_eq!(asked.roles, [Role::Intake], "until it is granted");
        assert_eq!(asked.asked.as_ref().unwrap().reason, "轮岗");
        let refused = refuse_roles(&security(&world), id, asked.version, "没有任命文件").await.unwrap();
        assert_eq!((refused.roles.clone(), refused.asked.clone()), (vec![Role::Intake], None));
        ask(&system(&world), &[Role::Publisher], "补交任命文件").await.unwrap();
        let granted = grant(&security(&world), id, get(&world, id).await.version).await.unwrap();
        assert_eq!(granted.roles, [Role::Publisher]);
        let session = sign_in(&world.app, "jia", "correct horse").await.unwrap();
        let revoked = revoke_roles(&security(&world), id, get(&world, id).await.version, "离岗").await.unwrap();
        assert!(revoked.roles.is_empty());
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none(), "out at once");
    }

    async fn one_person_never_asks_and_grants_whatever_the_login_holds(world: World) {
        let id = made(&world, "jia", Role::Intake).await;
        // No login holds both roles; were one made by hand, the act would still refuse.
        let mut both = world.ctx("两员甲", &[Role::Administrator, Role::SecurityAdministrator]);
        both.actor.account = Some(both.new_id());
        ask_roles(&both, id, 1, vec![Role::Publisher], "自行办理").await.unwrap();
        assert_eq!(code(grant(&both, id, 2).await), "two_people");
        let own = made(&world, "anquan", Role::SecurityAdministrator).await;
        both.actor.account = Some(own);
        assert_eq!(code(grant(&both, own, 1).await), "two_people", "nor the own roles");
        assert_eq!(code(revoke_roles(&both, own, 1, "甲").await), "no_roles");
    }

    async fn an_account_that_is_opened_again_waits_for_its_roles(world: World) {
        let id = made(&world, "jia", Role::Intake).await;
        grant(&security(&world), id, 1).await.unwrap();
        disable(&system(&world), id, 2, "借调").await.unwrap();
        assert_eq!(code(grant(&security(&world), id, 3).await), "disabled");
        let open = enable(&system(&world), id, 3, "调回").await.unwrap();
        assert_eq!((open.roles.len(), open.asked.as_ref().unwrap().roles.clone()), (0, vec![Role::Intake]));
        assert_eq!(grant(&security(&world), id, 4).await.unwrap().roles, [Role::Intake]);
    }

    async fn a_unit_that_waits_sees_nothing_either(world: World) {
        let subject = SubjectRef::Institution(Ctx::system(&world.app).new_id());
        let new = NewAccount { subject: Some(subject), ..account("jigou", &[Role::Unit]) };
        let id = add_only(&world, new).await.unwrap();
        let scope = get(&world, id).await.scope();
        assert_eq!((scope.subject, scope.department), (Some(subject), None));
    }

    async fn an_audit_administrator_changes_nothing(world: World) {
        let id = made(&world, "jia", Role::Intake).await;
        let audit = world.ctx("审计管理员甲", &[Role::AuditAdministrator]);
        let account = get(&world, id).await;
        assert!(account.open_actions(&audit.actor, true).is_empty());
        assert_eq!(code(grant(&audit, id, 1).await), "grant_roles");
        assert_eq!(code(disable(&audit, id, 1, "甲").await), "make_accounts");
        assert!(records::get::<Account>(&crate::account::keeping(&audit), id).await.unwrap().is_some(), "and reads all");
    }
}
