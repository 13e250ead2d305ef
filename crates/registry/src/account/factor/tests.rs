use super::{RECOVERY_CODES, enrol, prepare};
use crate::account::tests::{account, add, sign_in};
use crate::account::totp;
use crate::account::{
    ATTEMPTS, Account, Device, NewAccount, Session, SignInError, SignedIn, answer_code, by_token, reset_factor,
};
use xingjian_kernel::{Role, SignInRules};
use xingjian_store::{Ctx, Failure, ledger, records};
use xingjian_store::{Record, Sealed};
use xingjian_testkit::{World, both_databases};

const PASSWORD: &str = "correct horse";

fn own(world: &World, session: &Session) -> Ctx {
    Ctx::new(&world.app, session.account.actor(), session.account.scope())
}

/// The code that an authenticator with this secret shows so many periods from now.
fn shown(world: &World, sealed: &Sealed, session: &Session, off: i64) -> String {
    let secret = super::open(&world.app, session.account.id, sealed).unwrap();
    totp::code(&secret, totp::step(Ctx::system(&world.app).now()).saturating_add_signed(off))
}

/// Somebody with a second factor: the sealed secret, the recovery codes and the session.
async fn enrolled(world: &World, login: &str) -> (Sealed, Vec<String>, Session) {
    add(world, account(login, &[Role::Handler])).await.unwrap();
    let session = sign_in(&world.app, login, PASSWORD).await.unwrap();
    let ctx = own(world, &session);
    let sealed = prepare(&ctx, None).unwrap().sealed;
    let code = shown(world, &sealed, &session, 0);
    let done = enrol(&ctx, &session.token, PASSWORD, sealed.as_str(), &code).await.unwrap();
    (sealed, done.recovery, done.session)
}

async fn step(world: &World, login: &str) -> String {
    match crate::account::sign_in(&world.app, &Device::default(), login, PASSWORD).await.unwrap() {
        SignedIn::AsksCode(step) => step,
        SignedIn::Entered(_) => panic!("{login} has a second factor"),
    }
}

fn place<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Invalid(faults)) => faults[0].place.clone(),
        other => format!("{other:?}"),
    }
}

both_databases! {
    async fn the_first_code_and_the_password_prove_who_enrols(world: World) {
        add(&world, account("jia", &[Role::Handler])).await.unwrap();
        add(&world, account("yi", &[Role::Handler])).await.unwrap();
        let here = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        let elsewhere = sign_in(&world.app, "jia", PASSWORD).await.unwrap();
        assert!(here.account.owes_second_factor(&SignInRules::default()));
        let ctx = own(&world, &here);
        let made = prepare(&ctx, None).unwrap();
        assert!(made.uri.starts_with("otpauth://totp/%E6%9D%8F%E9%89%B4") && made.uri.contains(&made.text.replace(' ', "")));
        assert_eq!(prepare(&ctx, Some(made.sealed.as_str())).unwrap().text, made.text, "the form comes back with its secret");
        let code = shown(&world, &made.sealed, &here, 0);
        let try_it = async |sealed: &Sealed, password, code: &str| enrol(&ctx, &here.token, password, sealed.as_str(), code).await;
        assert_eq!(place(try_it(&made.sealed, PASSWORD, "12345").await), "验证码");
        assert_eq!(place(try_it(&made.sealed, "guessed horse", &code).await), "密码");
        let other = own(&world, &sign_in(&world.app, "yi", PASSWORD).await.unwrap());
        let theirs = prepare(&other, None).unwrap().sealed;
        assert_eq!(place(try_it(&theirs, PASSWORD, &code).await), "验证码", "a secret opens for its own account only");
        let done = try_it(&made.sealed, PASSWORD, &format!(" {} {}", &code[..3], &code[3..])).await.unwrap();
        assert_eq!(done.recovery.len(), RECOVERY_CODES);
        assert!(!done.session.account.owes_second_factor(&SignInRules::default()));
        assert!(by_token(&world.app, &done.session.token).await.unwrap().is_some());
        for ended in [&here.token, &elsewhere.token] {
            assert!(by_token(&world.app, ended).await.unwrap().is_none(), "another token, and other sessions end");
        }
        let all = Ctx::system(&world.app);
        let stored = records::must::<Account>(&all, here.account.id).await.unwrap().value;
        let body = serde_json::to_string(&stored).unwrap();
        let secret = made.text.replace(' ', "");
        assert!(!body.contains(&secret) && done.recovery.iter().all(|code| !body.contains(code) && !body.contains(&code.replace('-', ""))));
        let rows = ledger::of_resource(&all, Account::TABLE, here.account.id).await.unwrap();
        assert!(rows.iter().any(|row| row.kind == "account.factor_enrolled"));
        assert!(rows.iter().all(|row| !row.text.contains(&secret)));
    }

    async fn a_code_is_asked_for_after_the_password_and_taken_once(world: World) {
        let (sealed, _, session) = enrolled(&world, "jia").await;
        assert!(matches!(crate::account::sign_in(&world.app, &Device::default(), "jia", "wrong").await, Err(SignInError::Wrong)));
        let answer = async |step: &str, code: &str| answer_code(&world.app, &Device::default(), step, code).await;
        let used = shown(&world, &sealed, &session, 0);
        let first = step(&world, "jia").await;
        assert!(by_token(&world.app, &first).await.unwrap().is_none(), "the step opens nothing by itself");
        assert!(matches!(answer(&first, &used).await, Err(SignInError::WrongCode)), "the code of the enrolment was taken");
        let next = shown(&world, &sealed, &session, 1);
        let entered = answer(&first, &next).await.unwrap();
        assert!(by_token(&world.app, &entered.token).await.unwrap().is_some());
        assert!(matches!(answer(&first, &next).await, Err(SignInError::Expired)), "a step is used once");
        let second = step(&world, "jia").await;
        assert!(matches!(answer(&second, &next).await, Err(SignInError::WrongCode)), "and so is a code");
        assert!(matches!(answer("unknown", &next).await, Err(SignInError::Expired)));
    }

    async fn one_code_at_once_enters_once(world: World) {
        let (sealed, _, session) = enrolled(&world, "jia").await;
        let (one, two) = (step(&world, "jia").await, step(&world, "jia").await);
        let next = shown(&world, &sealed, &session, 1);
        let from = Device::default();
        let (a, b) = tokio::join!(answer_code(&world.app, &from, &one, &next), answer_code(&world.app, &from, &two, &next));
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|entered| **entered).count(), 1);
    }

    async fn a_recovery_code_enters_once(world: World) {
        let (_, recovery, _) = enrolled(&world, "jia").await;
        let answer = async |code: &str| answer_code(&world.app, &Device::default(), &step(&world, "jia").await, code).await;
        let entered = answer(&recovery[3].to_lowercase()).await.unwrap();
        assert_eq!(entered.account.recovery_codes_left(), RECOVERY_CODES - 1);
        assert!(matches!(answer(&recovery[3]).await, Err(SignInError::WrongCode)));
        answer(&recovery[0].replace('-', "")).await.unwrap();
        let (_, others, _) = enrolled(&world, "yi").await;
        assert!(matches!(answer(&others[0]).await, Err(SignInError::WrongCode)), "another person's");
    }

    async fn wrong_codes_count_like_wrong_passwords_and_a_step_ends_by_itself(world: World) {
        let (sealed, _, session) = enrolled(&world, "jia").await;
        let late = step(&world, "jia").await;
        let open = step(&world, "jia").await;
        for attempt in 1..=ATTEMPTS {
            let told = answer_code(&world.app, &Device::default(), &open, "000000").await.unwrap_err();
            assert_eq!(matches!(told, SignInError::Paused(_)), attempt == ATTEMPTS, "{attempt}: {told}");
        }
        let next = shown(&world, &sealed, &session, 1);
        assert!(matches!(answer_code(&world.app, &Device::default(), &open, &next).await, Err(SignInError::Paused(_))));
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        let next = shown(&world, &sealed, &session, 0);
        assert!(matches!(answer_code(&world.app, &Device::default(), &late, &next).await, Err(SignInError::Expired)));
        answer_code(&world.app, &Device::default(), &step(&world, "jia").await, &next).await.unwrap();
    }

    async fn somebody_else_takes_a_lost_factor_away_for_a_reason(world: World) {
        let (_, _, session) = enrolled(&world, "jia").await;
        let pending = step(&world, "jia").await;
        let admin = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        let version = async || records::must::<Account>(&admin, session.account.id).await.unwrap().version;
        assert!(matches!(reset_factor(&admin, session.account.id, version().await, " ").await, Err(Failure::Invalid(_))));
        let inspector = world.ctx("监督员甲", &[Role::Inspector]);
        assert!(matches!(reset_factor(&inspector, session.account.id, version().await, "遗失").await, Err(Failure::Denied(_))));
        reset_factor(&admin, session.account.id, version().await, "手机遗失，已当面核实").await.unwrap();
        assert!(by_token(&world.app, &session.token).await.unwrap().is_none());
        assert!(matches!(answer_code(&world.app, &Device::default(), &pending, "000000").await, Err(SignInError::Expired)));
        let again = reset_factor(&admin, session.account.id, version().await, "再次").await;
        assert!(matches!(again, Err(Failure::Refused(refusal)) if refusal.code == "no_factor"));
        assert!(sign_in(&world.app, "jia", PASSWORD).await.unwrap().account.owes_second_factor(&SignInRules::default()));
    }

    async fn a_demonstration_and_other_roles_owe_nothing(world: World) {
        let owes = async |login: &str, role, demo| {
            add(&world, NewAccount { demo, ..account(login, &[role]) }).await.unwrap();
            sign_in(&world.app, login, PASSWORD).await.unwrap().account.owes_second_factor(&SignInRules::default())
        };
        assert!(owes("a", Role::Reviewer, false).await);
        assert!(!owes("b", Role::Reviewer, true).await, "a demonstration is exempt");
        assert!(!owes("c", Role::Publisher, false).await);
    }

    async fn nobody_takes_away_the_own_factor(world: World) {
        add(&world, account("anquan", &[Role::SecurityAdministrator])).await.unwrap();
        let session = sign_in(&world.app, "anquan", PASSWORD).await.unwrap();
        let own = own(&world, &session);
        let version = records::must::<Account>(&own, session.account.id).await.unwrap().version;
        let refused = reset_factor(&own, session.account.id, version, "换手机").await;
        assert!(matches!(refused, Err(Failure::Refused(refusal)) if refusal.code == "own_account"));
    }
}
