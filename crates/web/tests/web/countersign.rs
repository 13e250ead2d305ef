//! The second handler of a case finds what waits for a signature, reads it, and signs with an own login.

use crate::people::{get, percent, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_enforce::case::service::{self, NewCase};
use xingjian_enforce::case::{Act, Action, Origin};
use xingjian_kernel::id::{CaseId, OfficerId};
use xingjian_kernel::{Role, SubjectRef};
use xingjian_registry::account::Account;
use xingjian_registry::institution::{self, Details};
use xingjian_registry::officer::{self, Certificate, NewOfficer};
use xingjian_store::{Ctx, records};
use xingjian_testkit::{World, both_databases};

async fn subject(world: &World) -> SubjectRef {
    let details = Details {
        name: "演示甲诊所".into(),
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
    institution::register(&world.ctx("登记管理员甲", &[Role::Registrar]), details, true).await.unwrap().subject()
}

/// The officer's record behind a login, and a context that acts as it.
async fn officer(world: &World, login: &str) -> (OfficerId, Ctx) {
    let account = records::by_number::<Account>(&Ctx::system(&world.app), login).await.unwrap().unwrap();
    let registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
    let mut tx = registrar.begin().await.unwrap();
    let day = |text: &str| text.parse().unwrap();
    let certificate =
        Certificate { number: format!("演示{login}"), from: day("2025-01-01"), until: day("2027-12-31") };
    let new = NewOfficer {
        name: login.into(),
        account: Some(account.id),
        unit: "演示监督一科".into(),
        certificate: Some(certificate),
        specialties: vec![],
        recusals: vec![],
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    (officer.id, Ctx::new(&world.app, account.actor(), account.scope()))
}

/// A filed case of the two logins.
pub async fn filed(world: &World) -> CaseId {
    let ((one, ctx), (two, _)) = (officer(world, "jia").await, officer(world, "yi").await);
    let today = ctx.today();
    let new = NewCase {
        subject: subject(world).await,
        violation: "YL-003".into(),
        act: Act { began: today, ended: None, discovered: today, harmed_health: false },
        summary: "将口腔科承包给他人经营".into(),
        origin: Origin::default(),
        handlers: vec![one, two],
        recused: std::collections::BTreeMap::new(),
    };
    let id = service::propose(&ctx, new).await.unwrap();
    let head = world.ctx("负责人甲", &[Role::Head]);
    service::act(&head, id, 1, Action::ApproveFiling { opinion: "同意立案".into() }).await.unwrap();
    id
}

both_databases! {
    async fn a_report_waits_on_the_start_page_of_the_second_handler(world: World) {
        let (jia, yi) = (signed_in(&world, "jia", Role::Inspector).await, signed_in(&world, "yi", Role::Inspector).await);
        let path = format!("/desk/cases/{}", filed(&world).await);
        let today = Ctx::system(&world.app).today();
        let report = [
            ("version", "2"), ("facts", "口腔科由院外人员承包经营。"), ("verified", "yes"), ("gains_known", "zero"),
            ("evidence_document", &*format!("{today} 承包协议")),
        ];
        let sent = send(&world, post(&format!("{path}/report_investigation"), Some(&jia), &report)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        assert!(sent.location.contains(&percent("待另一名承办人会签后生效")));
        let own = send(&world, get("/desk", Some(&jia))).await.body;
        assert!(!own.contains("会签"), "who put it down has nothing to do: {own}");
        let waits = send(&world, get("/desk", Some(&yi))).await.body;
        assert!(waits.contains("待您会签：提交调查终结报告（jia提交）") && waits.contains(&path), "{waits}");
        let page = send(&world, get(&path, Some(&yi))).await.body;
        assert!(page.contains("待会签：提交调查终结报告") && page.contains("口腔科由院外人员承包经营。"));
        assert!(page.contains(&format!("{path}/countersign")) && !page.contains(&format!("{path}/report_investigation")));
        let page = send(&world, get(&path, Some(&jia))).await.body;
        assert!(!page.contains(&format!("{path}/countersign")) && page.contains("行政处罚法第42条"));

        let sign = |who| post(&format!("{path}/countersign"), Some(who), &[("version", "3")]);
        let refused = send(&world, sign(&jia)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("不能由您会签") && refused.body.contains("行政处罚法第42条"), "{}", refused.body);
        let signed = send(&world, sign(&yi)).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
        let page = send(&world, get(&path, Some(&jia))).await.body;
        assert!(page.contains("会签：yi") && page.contains("调查终结，待合议"), "{page}");
        assert!(send(&world, get("/desk", Some(&jia))).await.body.contains(&path), "the deliberation comes next");
    }

    async fn what_was_returned_is_typed_once(world: World) {
        let (jia, yi) = (signed_in(&world, "jia", Role::Inspector).await, signed_in(&world, "yi", Role::Inspector).await);
        let path = format!("/desk/cases/{}", filed(&world).await);
        let today = Ctx::system(&world.app).today();
        let report = [
            ("version", "2"), ("facts", "院外人员承包经营口腔科。"), ("verified", "yes"), ("gains_known", "zero"),
            ("evidence_document", &*format!("{today} 承包协议")),
        ];
        send(&world, post(&format!("{path}/report_investigation"), Some(&jia), &report)).await;
        let back = |reason| post(&format!("{path}/return_draft"), Some(&yi), &[("version", "3"), ("reason", reason)]);
        let empty = send(&world, back(" ")).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(send(&world, back("缺少收费记录")).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&path, Some(&jia))).await.body;
        assert!(page.contains("缺少收费记录") && page.contains("未会签的事项"), "{page}");
        assert!(page.contains(">院外人员承包经营口腔科。</textarea>"), "the form starts from what was returned");
    }
}
