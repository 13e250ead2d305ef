use super::{is_released, release, require};
use xingjian_kernel::Role;
use xingjian_store::{Ctx, Failure};
use xingjian_testkit::both_databases;

async fn released(ctx: &Ctx, table: &str, entry: &str) -> bool {
    let mut tx = ctx.begin().await.unwrap();
    is_released(&mut tx, ctx, table, entry).await.unwrap()
}

both_databases! {
    async fn an_entry_that_is_not_verified_needs_a_named_release(world: World) {
        let inspector = world.ctx("监督员甲", &[Role::Inspector]);
        let legal = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        assert!(released(&inspector, "violation", "YL-003").await, "verified against the law");
        assert!(!released(&inspector, "demerit_item", "JG-11").await, "a product default");
        let mut tx = inspector.begin().await.unwrap();
        let Err(Failure::Refused(refusal)) = require(&mut tx, &inspector, "demerit_item", "JG-11").await else { panic!() };
        assert_eq!(refusal.code, "not_released");
        drop(tx);
        assert!(matches!(release(&inspector, "demerit_item", "JG-11", "已核").await, Err(Failure::Denied(_))));
        assert!(matches!(release(&legal, "demerit_item", "JG-11", " ").await, Err(Failure::Invalid(_))));
        release(&legal, "demerit_item", "JG-11", "已核对市局内部规定").await.unwrap();
        assert!(released(&inspector, "demerit_item", "JG-11").await);
        assert!(!released(&inspector, "demerit_item", "JG-01").await, "one release is for one entry");
        assert!(matches!(release(&legal, "demerit_item", "JG-11", "再次").await, Err(Failure::Exists)));
    }

    async fn an_entry_that_does_not_exist_cannot_be_released(world: World) {
        let legal = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        assert!(matches!(release(&legal, "demerit_item", "XX-99", "已核").await, Err(Failure::Refused(_))));
    }
}
