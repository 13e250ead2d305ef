use super::session::{check, conclude, look};
use super::{
    ATTEMPTS, Account, Device, NewAccount, Session, SignInError, add_for_officer_in, add_in, by_token, change_password,
    grant_in, reset_password, sign_out,
};
use crate::officer::{self, NewOfficer};
use std::sync::Arc;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{DepartmentId, Permission, Role};
use xingjian_store::{App, Ctx, Executor, Failure, records};
use xingjian_testkit::{World, both_databases};

pub(super) fn account(login: &str, roles: &[Role]) -> NewAccount {
    NewAccount {
        login: login.into(),
        name: "甲".into(),
        password: "correct horse".into(),
        handed_out: false,
        roles: roles.to_vec(),
        department: DepartmentId::new("health"),
        division: "4404".parse().unwrap(),
        subject: None,
        demo: false,
    }
}

/// Signs in with an account that has no second factor.
pub(super) async fn sign_in(app: &Arc<App>, login: &str, password: &str) -> Result<Session, SignInError> {
    let done = super::sign_in(app, &Device::default(), login, password).await?;
    Ok(done.entered().expect("the account has no second factor"))
}

/// Makes an account whose roles wait to be granted.
pub(super) async fn add_only(world: &World, new: NewAccount) -> Result<AccountId, Failure> {
    let ctx = world.ctx("系统管理员甲", &[Role::Administrator]);
    let mut tx = ctx.begin().await?;
    let id = add_in(&mut tx, &ctx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes an account, whose roles somebody else grants.
pub(super) async fn add(world: &World, new: NewAccount) -> Result<(), Failure> {
    let id = add_only(world, new).await?;
    let ctx = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
    let mut tx = ctx.begin().await?;
    grant_in(&mut tx, &ctx, id).await?;
    Ok(tx.commit().await?)
}

both_databases! {
    async fn an_officer_gets_one_account_and_both_records_name_each_other(world: World) {
        let registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
        let mut tx = registrar.begin().await.unwrap();
        let new = NewOfficer {
            name: "演示监督员甲".into(),
            account: None,
            unit: "演示监督一科".into(),
            certificate: None,
            specialties: vec![],
            recusals: vec![],
            first_line: true,
            division: "4404".parse().unwrap(),
        };
        let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap().id;
        tx.commit().await.unwrap();
        let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
        assert_eq!(officer::without_account(&admin).await.unwrap().len(), 1);
        let open = async |login: &str, role| {
            let mut tx = admin.begin().await?;
            let id = add_for_officer_in(&mut tx, &admin, account(login, &[role]), officer).await?;
            tx.commit().await?;
            Ok::<_, Failure>(id)
        };
        assert!(matches!(open("jia", Role::Intake).await, Err(Failure::Invalid(_))));
        let id = open("jia", Role::Inspector).await.unwrap();
        assert!(officer::without_account(&admin).await.unwrap().is_empty());
        assert_eq!(records::must::<Account>(&admin, id).await.unwrap().officer, Some(officer));
        assert!(matches!(open("yi", Role::Inspector).await, Err(Failure::Refused(_))));
        assert!(records::by_number::<Account>(&admin, "yi").await.unwrap().is_none(), "nothing is half-made");
    }

    async fn a_login_pauses_after_wrong_passwords_and_goes_on(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        for attempt in 1..=ATTEMPTS {
            let refused = sign_in(&world.app, "jia", "wrong").await.unwrap_err();
            let locked = matches!(refused, SignInError::Paused(_));
            assert_eq!(locked, attempt == ATTEMPTS);
        }
        assert!(matches!(sign_in(&world.app, "jia", "correct horse").await, Err(SignInError::Paused(_))));
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        let session = sign_in(&world.app, "jia", "correct horse").await.unwrap();
        let found = by_token(&world.app, &session.token).await.unwrap().unwrap();
        assert_eq!((found.account.login.as_str(), found.csrf == session.csrf), ("jia", true));
        assert!(by_token(&world.app, "another").await.unwrap().is_none());
        sign_out(&world.app, &session.token).await.unwrap();
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none());
    }

    async fn an_unknown_login_pauses_like_a_known_one(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let told = async |login: &str| {
            let mut told = vec![];
            for _ in 0..ATTEMPTS + 2 {
                told.push(sign_in(&world.app, login, "wrong").await.unwrap_err().to_string());
            }
            let again = xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1);
            world.clock.set(again);
            told.push(sign_in(&world.app, login, "wrong").await.unwrap_err().to_string());
            told
        };
        let known = told("jia").await;
        assert_eq!(known.iter().filter(|text| text.contains("请在 09:01 以后再试")).count(), 3, "{known:?}");
        assert_eq!(told("nobody").await, known);
        assert_eq!(told("jia\0").await, known, "nor does a character that no login has");
        let rows = async || {
            let sql = "select count(*) as n, max(login) as login from failed_sign_in";
            let row = world.app.db.reader().one(sql, vec![]).await.unwrap().unwrap();
            (row.try_get::<i64>("", "n").unwrap(), row.try_get::<Option<String>>("", "login").unwrap())
        };
        let (count, login) = rows().await;
        assert_eq!((count, login.unwrap().contains("nobody")), (3, false), "what was typed is not kept in clear");
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        sign_in(&world.app, "jia", "correct horse").await.unwrap();
        assert_eq!(rows().await.0, 0, "forgotten once it no longer counts");
    }

    async fn attempts_at_once_are_all_counted(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        for login in ["jia", "nobody"] {
            let wrong = || sign_in(&world.app, login, "wrong");
            let (a, b, c, d, e, f) = tokio::join!(wrong(), wrong(), wrong(), wrong(), wrong(), wrong());
            let locked = [a, b, c, d, e, f].into_iter().filter(|told| matches!(told, Err(SignInError::Paused(_)))).count();
            assert_eq!(locked, 2, "the fifth stops {login}, and the sixth finds it so");
        }
    }

    async fn a_password_is_checked_while_somebody_else_writes(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let ctx = Ctx::system(&world.app);
        // SQLite has one writer: were it needed to check a password, this would wait for ever.
        let writing = ctx.begin().await.unwrap();
        let seen = look(&ctx, &Device::default(), "jia").await.unwrap();
        let checked = check(&seen, "correct horse", None).await;
        drop(writing);
        conclude(&ctx, &Device::default(), "jia", &checked).await.unwrap();
    }

    async fn a_password_that_was_replaced_while_it_was_checked_opens_nothing(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let ctx = Ctx::system(&world.app);
        let seen = look(&ctx, &Device::default(), "jia").await.unwrap();
        let checked = check(&seen, "correct horse", None).await;
        let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
        let account = records::by_number::<Account>(&admin, "jia").await.unwrap().unwrap();
        reset_password(&admin, account.id, account.version, "another one").await.unwrap();
        let told = conclude(&ctx, &Device::default(), "jia", &checked).await.unwrap_err();
        assert!(matches!(told, SignInError::Failed(Failure::Conflict)), "{told:?}");
        let again = check(&look(&ctx, &Device::default(), "jia").await.unwrap(), "correct horse", Some(checked)).await;
        assert!(matches!(conclude(&ctx, &Device::default(), "jia", &again).await, Err(SignInError::Wrong)));
    }

    async fn the_own_password_is_changed_and_other_sessions_end(world: World) {
        let subject = xingjian_kernel::SubjectRef::Institution(Ctx::system(&world.app).new_id());
        for new in [account("jia", &[Role::Intake]), NewAccount { subject: Some(subject), ..account("jigou", &[Role::Unit]) }] {
            let login = new.login.clone();
            add(&world, new).await.unwrap();
            let session = async |password| sign_in(&world.app, &login, password).await.unwrap();
            let (here, elsewhere) = (session("correct horse").await, session("correct horse").await);
            let own = Ctx::new(&world.app, here.account.actor(), here.account.scope());
            let change = async |old, new| match change_password(&own, &here.token, old, new).await {
                Err(Failure::Invalid(faults)) => faults[0].place.clone(),
                Err(Failure::Refused(refusal)) => refusal.code,
                other => format!("{other:?}"),
            };
            assert_eq!(change("correct horse", "short").await, "新密码");
            assert_eq!(change("correct horse", "correct horse").await, "新密码");
            assert_eq!(change("wrong horse", "battery staple").await, "原密码");
            assert_eq!(change("correct horse", "battery staple").await, "Ok(())");
            assert!(by_token(&world.app, &here.token).await.unwrap().is_some());
            assert!(by_token(&world.app, &elsewhere.token).await.unwrap().is_none());
            assert!(sign_in(&world.app, &login, "correct horse").await.is_err());
            session("battery staple").await;
            for attempt in 1..=ATTEMPTS + 1 {
                let told = change("guessed horse", "battery stapler").await;
                assert_eq!(told == "paused", attempt >= ATTEMPTS, "{attempt}: {told}");
            }
            session("battery staple").await;
        }
    }

    async fn a_session_ends_by_itself(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let session = sign_in(&world.app, "jia", "correct horse").await.unwrap();
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none());
    }

    async fn no_login_holds_roles_that_the_law_keeps_apart(world: World) {
        for (a, b) in [(Role::Inspector, Role::LegalReviewer), (Role::Head, Role::Inspector), (Role::Unit, Role::Intake)] {
            let refused = add(&world, account("yi", &[a, b])).await.unwrap_err();
            let Failure::Refused(refusal) = refused else { panic!("{refused:?}") };
            assert_eq!(refusal.code, "roles_kept_apart");
            assert!(refusal.article.is_some());
        }
        add(&world, account("yi", &[Role::Intake, Role::CreditOfficer])).await.unwrap();
        assert!(matches!(add(&world, account("yi", &[Role::Intake])).await, Err(Failure::Exists)));
    }

    async fn only_an_administrator_keeps_accounts_and_faults_come_together(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let mut tx = ctx.begin().await.unwrap();
        let refused = add_in(&mut tx, &ctx, account("bing", &[Role::Intake])).await.unwrap_err();
        assert!(matches!(refused, Failure::Denied(Permission::MakeAccounts)));
        drop(tx);
        let short = NewAccount { login: "a b".into(), password: "short".into(), ..account("", &[Role::Intake]) };
        let Failure::Invalid(faults) = add(&world, short).await.unwrap_err() else { panic!() };
        assert_eq!(faults.iter().map(|f| f.place.as_str()).collect::<Vec<_>>(), ["登录名", "密码"]);
    }

    async fn the_password_is_nowhere_in_the_database(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let ctx = Ctx::system(&world.app);
        let stored = records::by_number::<Account>(&ctx, "jia").await.unwrap().unwrap();
        let text = serde_json::to_string(&stored.value).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("correct horse"));
    }

    async fn strangers_keep_nobody_out_of_a_place_that_is_known(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let from = |address: &str| Device { address: address.parse().ok(), agent: String::new() };
        let (home, stranger) = (from("10.0.0.7"), from("192.0.2.1"));
        let try_it = async |from: &Device, password: &str| crate::account::sign_in(&world.app, from, "jia", password).await;
        try_it(&home, "correct horse").await.unwrap();
        for _ in 0..ATTEMPTS {
            try_it(&stranger, "wrong").await.unwrap_err();
        }
        assert!(matches!(try_it(&stranger, "correct horse").await, Err(SignInError::Paused(_))));
        assert!(matches!(try_it(&from("192.0.2.2"), "correct horse").await, Err(SignInError::Paused(_))), "from any other place");
        try_it(&home, "correct horse").await.unwrap();
        for attempt in 1..=ATTEMPTS {
            let told = try_it(&home, "wrong").await.unwrap_err();
            assert_eq!(matches!(told, SignInError::Paused(_)), attempt == ATTEMPTS, "it is counted by itself");
        }
        let security = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        let stored = records::by_number::<Account>(&security, "jia").await.unwrap().unwrap();
        assert!(crate::account::paused_until(&security, &stored).await.unwrap().is_some());
        crate::account::unlock(&security, stored.id, stored.version).await.unwrap();
        try_it(&home, "correct horse").await.unwrap();
        try_it(&stranger, "correct horse").await.unwrap();
    }

    async fn an_address_pauses_whatever_logins_it_tries(world: World) {
        add(&world, account("jia", &[Role::Intake])).await.unwrap();
        let from = |address: &str| Device { address: address.parse().ok(), agent: String::new() };
        let (bad, good) = (from("192.0.2.1"), from("10.0.0.7"));
        let mut tried = 0;
        while !matches!(crate::account::sign_in(&world.app, &bad, &format!("nobody{tried}"), "wrong").await, Err(SignInError::Paused(_))) {
            tried += 1;
            assert!(tried < 100);
        }
        assert_eq!(tried, 29, "many people may share an address");
        assert!(matches!(crate::account::sign_in(&world.app, &bad, "jia", "correct horse").await, Err(SignInError::Paused(_))));
        crate::account::sign_in(&world.app, &good, "jia", "correct horse").await.unwrap();
        world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(20 * 60));
        crate::account::sign_in(&world.app, &bad, "jia", "correct horse").await.unwrap();
        let other = App::new(world.app.db.clone(), world.app.policy.clone(), world.app.clock.clone(), world.app.rng.clone(), world.app.keys.clone());
        for attempt in 0..60 {
            let node = if attempt % 2 == 0 { &world.app } else { &other };
            crate::account::sign_in(node, &from("192.0.2.9"), &format!("nobody{attempt}"), "wrong").await.unwrap_err();
        }
        for node in [&world.app, &other] {
            let told = crate::account::sign_in(node, &from("192.0.2.9"), "jia", "correct horse").await;
            assert!(matches!(told, Err(SignInError::Paused(_))), "two nodes count together");
        }
    }
}
