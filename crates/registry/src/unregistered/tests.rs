use super::{Described, Unregistered, add_in, link};
use crate::institution::{self, Details};
use xingjian_kernel::{Permission, Role, SubjectRef};
use xingjian_store::{Ctx, Failure, Filter, Stored, ledger, records};
use xingjian_testkit::both_databases;

async fn place(ctx: &Ctx) -> Stored<Unregistered> {
    let mut tx = ctx.begin().await.unwrap();
    let division = "440402".parse().unwrap();
    let described = Described { name: "演示路88号二楼无牌诊所".into(), place: "演示路88号二楼".into() };
    let subject = add_in(&mut tx, ctx, &described, &division).await.unwrap();
    tx.commit().await.unwrap();
    let SubjectRef::Unregistered(id) = subject else { panic!("{subject:?}") };
    records::must(ctx, id).await.unwrap()
}

async fn institution(ctx: &Ctx, name: &str) -> SubjectRef {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    };
    institution::register(ctx, details, true).await.unwrap().subject()
}

fn code(result: Result<Stored<Unregistered>, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Refused(refusal) => refusal.code,
        Failure::Invalid(faults) => faults[0].place.clone(),
        other => other.to_string(),
    }
}

#[test]
fn a_place_is_described_in_words_that_can_be_kept() {
    let described = |name: &str, place: &str| Described { name: name.into(), place: place.into() };
    assert_eq!(described("演示路无牌诊所", "演示路88号").faults(), []);
    for (name, place, wrong) in [
        (" ", "", 2),
        ("演示路无牌诊所", "一楼\0", 1),
        (&*"长".repeat(101), "演示路88号", 1),
        ("演示路无牌诊所", &*"长".repeat(201), 1),
    ] {
        assert_eq!(described(name, place).faults().len(), wrong, "{name} {place}");
    }
}

both_databases! {
    async fn a_place_is_linked_with_a_reason_and_the_link_can_be_corrected(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let (it, one, two) = (place(&ctx).await, institution(&ctx, "演示甲诊所").await, institution(&ctx, "演示乙诊所").await);
        assert_eq!(code(link(&ctx, it.id, 1, one, " ").await), "理由");
        assert_eq!(code(link(&ctx, it.id, 1, SubjectRef::Unregistered(it.id), "查实").await), "not_registered");
        let linked = link(&ctx, it.id, 1, one, "执照地址一致").await.unwrap();
        assert_eq!((linked.linked, linked.version), (Some(one), 2));
        assert_eq!(code(link(&ctx, it.id, 2, one, "再来一次").await), "linked_already");
        assert!(matches!(link(&ctx, it.id, 1, two, "页面旧了").await, Err(Failure::Conflict)));
        link(&ctx, it.id, 2, two, "上次选错").await.unwrap();
        for (subject, rows) in [(one, 3), (two, 2), (SubjectRef::Unregistered(it.id), 3)] {
            let acts = ledger::of_subject(&ctx, subject, 10).await.unwrap();
            assert_eq!(acts.len(), rows, "{acts:?}");
            assert!(acts.iter().any(|act| act.text.contains("更正关联") && act.text.contains("上次选错")));
        }
        let open = Filter { open: Some(true), ..Filter::default() };
        assert_eq!(records::count::<Unregistered>(&ctx, &open).await.unwrap(), 0);
    }

    async fn only_who_keeps_the_registry_links(world: World) {
        let registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
        let (it, one) = (place(&registrar).await, institution(&registrar, "演示甲诊所").await);
        let inspector = world.ctx("监督员甲", &[Role::Inspector]);
        let refused = link(&inspector, it.id, 1, one, "查实").await;
        assert!(matches!(refused, Err(Failure::Denied(Permission::ManageRegistry))));
        assert!(records::must::<Unregistered>(&inspector, it.id).await.unwrap().linked.is_none());
    }
}
