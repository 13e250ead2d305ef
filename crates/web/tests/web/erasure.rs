//! An erasure at the desk, from the time line of a complaint to the confirmation by somebody else.

use crate::people::{get, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::{Actor, Role};
use xingjian_registry::release;
use xingjian_sense::complaint::service::{act, by_receipt, submit};
use xingjian_sense::complaint::{Action, NewComplaint};
use xingjian_testkit::{World, both_databases};

async fn declined(world: &World) -> String {
    let mut public = world.ctx("", &[]);
    public.actor = Actor::public();
    let new = NewComplaint {
        channel: "portal".into(),
        about: "演示口腔门诊部".into(),
        subject: None,
        text: "某某医生收费不开票，家住演示街12号。".into(),
        reporter: None,
        division: None,
        once: format!("{:0>16}", "a"),
    };
    let receipt = submit(&public, new).await.unwrap();
    let id = by_receipt(&public, &receipt.code).await.unwrap().unwrap().id;
    let intake = world.ctx("受理员甲", &[Role::Intake]);
    act(&intake, id, 1, Action::Decline { reason: "不在本市".into() }).await.unwrap();
    id.to_string()
}

/// The address of the first link to the form.
fn link(body: &str) -> String {
    let rest = body.split_once("href=\"/desk/erasures/new").unwrap().1;
    format!("/desk/erasures/new{}", rest.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&"))
}

both_databases! {
    async fn an_erasure_is_asked_for_refused_by_its_article_and_confirmed_by_another(world: World) {
        let id = declined(&world).await;
        let file = format!("/desk/complaints/{id}");
        let intake = signed_in(&world, "intake", Role::Intake).await;
        let url = link(&send(&world, get(&file, Some(&intake))).await.body);
        let row = url.split_once("row=").unwrap().1.to_owned();
        let form = send(&world, get(&url, Some(&intake))).await;
        assert!(form.status == StatusCode::OK && form.body.contains("个人信息保护法第47条第1款第3项"), "{}", form.body);
        assert!(form.body.contains("只删除这一条办理记录"), "{}", form.body);
        let fields = |ground| [("resource", "complaint"), ("id", id.as_str()), ("row", row.as_str()), ("extent", "record"), ("ground", ground), ("reason", "本人申请")];
        let refused = send(&world, post("/desk/erasures/new", Some(&intake), &fields("consent"))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("期满前不得删除") && refused.body.contains("文书档案保管期限规定") && refused.body.contains("本人申请"), "{}", refused.body);
        let unnamed = send(&world, post("/desk/erasures/new", Some(&intake), &fields(""))).await;
        assert!(unnamed.status == StatusCode::UNPROCESSABLE_ENTITY && unnamed.body.contains("请选择法律规定的删除事由"));
        let elsewhere = send(&world, get("/desk/erasures/new?resource=account&id=1", Some(&intake))).await;
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);

        let legal = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        for (table, entry) in [("keeping", "complaint"), ("clock", "complaint_keep")] {
            release::release(&legal, table, entry, "已核对原文").await.unwrap();
        }
        world.clock.set("2057-01-02".parse().unwrap());
        let intake = signed_in(&world, "intake2", Role::Intake).await;
        let legal = signed_in(&world, "legal", Role::LegalReviewer).await;
        let asked = send(&world, post("/desk/erasures/new", Some(&intake), &fields("period"))).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        let erasure = asked.location.split_once('?').unwrap().0.to_owned();
        assert!(!send(&world, get(&erasure, Some(&intake))).await.body.contains("/confirm"));
        assert!(send(&world, get("/desk", Some(&legal))).await.body.contains("依法删除"));
        let list = send(&world, get("/desk/erasures", Some(&legal))).await;
        assert!(list.body.contains("投诉举报TS2026-000001：全部办理记录"), "{}", list.body);
        let own = send(&world, post(&format!("{erasure}/confirm"), Some(&intake), &[("version", "1")])).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", own.body);
        let done = send(&world, post(&format!("{erasure}/confirm"), Some(&legal), &[("version", "1")])).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);

        let after = send(&world, get(&file, Some(&intake))).await;
        assert!(after.body.contains("（已依法删除）") && after.body.contains("– 已删除") && !after.body.contains("某某"), "{}", after.body);
        let end = send(&world, get(&erasure, Some(&legal))).await;
        assert!(end.body.contains("已删除") && end.body.contains("legal，2057年1月2日"), "{}", end.body);
    }
}
