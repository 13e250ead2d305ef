use super::*;
use crate::quota::Quota;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Fault, Role};
use xingjian_store::{Ctx, Executor, Failure, ledger, records};
use xingjian_testkit::{World, both_databases};

fn new(world: &World, department: &str) -> NewSystem {
    NewSystem {
        name: "演示医保结算系统".into(),
        department: DepartmentId::new(department),
        division: world.app.policy.city.division.clone(),
        terms: Terms {
            contact: "信息中心 0756-0000000".into(),
            scopes: vec![ApiScope::LinkagesRead, ApiScope::LinkagesAnswer],
            quota: Quota { per_minute: 60, per_day: 5000 },
            valid_until: plus_days(Ctx::system(&world.app).today(), 365),
        },
    }
}

fn keeper(world: &World) -> Ctx {
    world.ctx("安全管理员甲", &[Role::SecurityAdministrator])
}

fn places(failure: Failure) -> Vec<String> {
    let Failure::Invalid(faults) = failure else { panic!("{failure:?}") };
    faults.into_iter().map(|Fault { place, .. }| place).collect()
}

both_databases! {
    async fn a_key_is_shown_once_and_names_who_acts(world: World) {
        let keeper = keeper(&world);
        let issued = add(&keeper, new(&world, "insurance")).await.unwrap();
        let found = by_key(&world.app, &issued.key).await.unwrap();
        assert_eq!((found.id, found.actor().name.as_str()), (issued.system.id, "演示医保结算系统"));
        assert!(issued.key.starts_with(&found.key_hint) && found.key_hint.len() < 12);
        assert_eq!(found.actor().granted, [Permission::AnswerLinkage]);
        assert!(!found.actor().may(Permission::ManageRegistry));
        let row = world.app.db.reader().one("select body from connected_system", vec![]).await.unwrap().unwrap();
        let body: String = row.try_get("", "body").unwrap();
        let secret = &issued.key[found.key_hint.len()..];
        assert!(!body.contains(secret), "the key is kept nowhere");
        let acts = ledger::of_resource(&keeping(&keeper), ConnectedSystem::TABLE, found.id).await.unwrap();
        assert!(acts.iter().all(|act| !act.text.contains(secret)) && acts.len() == 1);
        let wrong = [String::new(), "xjk_".into(), issued.key.to_uppercase(), issued.key.replace("xjk_", "xjk_0"), format!("xjk_{:064}", 0)];
        for key in wrong {
            assert!(matches!(by_key(&world.app, &key).await, Err(KeyError::Unknown)), "{key}");
        }
    }

    async fn a_key_ends_when_it_is_replaced_revoked_or_over(world: World) {
        let keeper = keeper(&world);
        let first = add(&keeper, new(&world, "insurance")).await.unwrap();
        let id = first.system.id;
        let second = renew_key(&keeper, id, 1, 0).await.unwrap();
        assert!(matches!(by_key(&world.app, &first.key).await, Err(KeyError::Unknown)));
        assert_eq!(by_key(&world.app, &second.key).await.unwrap().id, id);
        world.clock.set(plus_days(second.system.valid_until, 1));
        assert!(matches!(by_key(&world.app, &second.key).await, Err(KeyError::Expired(_))));
        let terms = Terms { valid_until: plus_days(keeper.today(), 10), ..new(&world, "insurance").terms };
        change(&keeper, id, 2, terms.clone()).await.unwrap();
        assert_eq!(by_key(&world.app, &second.key).await.unwrap().id, id, "prolonged");
        assert!(matches!(revoke(&keeper, id, 2, "接口停用").await, Err(Failure::Conflict)));
        assert_eq!(places(revoke(&keeper, id, 3, " ").await.unwrap_err()), ["reason"]);
        revoke(&keeper, id, 3, "接口停用").await.unwrap();
        assert!(matches!(by_key(&world.app, &second.key).await, Err(KeyError::Revoked)));
        assert!(matches!(change(&keeper, id, 4, terms).await, Err(Failure::Refused(_))));
        assert!(matches!(renew_key(&keeper, id, 4, 0).await, Err(Failure::Refused(_))), "closed for good");
    }

    async fn both_keys_are_taken_until_the_day_that_was_chosen_or_the_one_before_is_ended(world: World) {
        let keeper = keeper(&world);
        let first = add(&keeper, new(&world, "insurance")).await.unwrap();
        let id = first.system.id;
        assert_eq!(places(renew_key(&keeper, id, 1, 31).await.unwrap_err()), ["overlap"]);
        let second = renew_key(&keeper, id, 1, 7).await.unwrap();
        let until = second.system.previous(keeper.today()).unwrap().until;
        for key in [&first.key, &second.key] {
            assert_eq!(by_key(&world.app, key).await.unwrap().id, id);
        }
        // The same beginning is not the same key.
        let other = format!("{}{}", &first.key[..20], "0".repeat(first.key.len() - 20));
        assert!(matches!(by_key(&world.app, &other).await, Err(KeyError::Unknown)));
        world.clock.set(until);
        assert!(by_key(&world.app, &first.key).await.is_ok(), "on the last day");
        world.clock.set(plus_days(until, 1));
        assert!(matches!(by_key(&world.app, &first.key).await, Err(KeyError::Unknown)));
        assert!(matches!(end_previous(&keeper, id, 2).await, Err(Failure::Refused(_))), "it has ended");
        let third = renew_key(&keeper, id, 2, 1).await.unwrap();
        end_previous(&keeper, id, 3).await.unwrap();
        assert!(matches!(by_key(&world.app, &second.key).await, Err(KeyError::Unknown)));
        assert!(by_key(&world.app, &third.key).await.is_ok());
        renew_key(&keeper, id, 4, 30).await.unwrap();
        revoke(&keeper, id, 5, "接口停用").await.unwrap();
        assert!(by_key(&world.app, &third.key).await.is_err(), "a system that is closed has no key");
    }

    async fn all_faults_are_told_at_once(world: World) {
        let keeper = keeper(&world);
        let bad = NewSystem {
            name: "\u{7}".into(),
            department: DepartmentId::new("nowhere"),
            division: "3301".parse().unwrap(),
            terms: Terms {
                contact: String::new(),
                scopes: vec![],
                quota: Quota { per_minute: 0, per_day: u32::MAX },
                valid_until: plus_days(keeper.today(), LONGEST_DAYS + 1),
            },
        };
        let told = places(add(&keeper, bad).await.unwrap_err());
        assert_eq!(told, ["name", "department", "division", "contact", "scopes", "per_minute", "per_day", "valid_until"]);
    }

    async fn only_who_keeps_systems_connects_them_and_others_departments_keep_their_own(world: World) {
        for role in Role::ALL {
            let ctx = world.ctx("甲", &[*role]);
            let may = role.permissions().contains(&Permission::ManageSystems);
            assert_eq!(add(&ctx, new(&world, "health")).await.is_ok(), may, "{role:?}");
        }
        let other = world.ctx_of("insurance", "医保管理员", &[Role::SecurityAdministrator]);
        assert!(matches!(add(&other, new(&world, "health")).await, Err(Failure::Refused(_))));
        let own = add(&other, new(&world, "insurance")).await.unwrap();
        let id = own.system.id;
        let seen = async |ctx: Ctx| records::get::<ConnectedSystem>(&keeping(&ctx), id).await.unwrap().is_some();
        assert!(seen(other).await && seen(keeper(&world)).await);
        assert!(!seen(world.ctx_of("market", "市监管理员", &[Role::SecurityAdministrator])).await);
    }
}
