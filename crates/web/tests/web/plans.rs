//! The yearly plan from its first form to its public page, and the records of officers, as their people meet them.

use crate::people::{Answer, exported, get, post, send, signed_in, signed_in_of};
use axum::http::StatusCode;
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{Role, SubjectRef};
use xingjian_registry::account::Session;
use xingjian_registry::institution::{self, Details};
use xingjian_registry::officer::{self, NewOfficer, Officer};
use xingjian_registry::release;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{World, both_databases};

pub async fn hospital(world: &World, name: &str) -> SubjectRef {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: Some("A100".into()),
        level: Some("二级甲等".into()),
        address: None,
        telephone: None,
        beds: None,
    };
    institution::register(&world.ctx("登记管理员甲", &[Role::Registrar]), details, true).await.unwrap().subject()
}

/// The form of a joint task as it is filled in.
pub fn filled<'a>(rate: &'a str, version: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("with", "health"),
        ("with", "insurance"),
        ("name", "医疗机构联合抽查"),
        ("from", "2026-12-01"),
        ("until", "2026-12-20"),
        ("divisions", "4404"),
        ("categories", "A、B"),
        ("levelled", "yes"),
        ("rate_A", rate),
        ("rate_B", "30"),
        ("rate_C", "30"),
        ("rate_D", "100"),
        ("seats_health", "2"),
        ("items_health", "YL01"),
        ("specialty", "医疗卫生"),
        ("seats_insurance", "1"),
        ("items_insurance", "YB01"),
        ("beyond_drawn", "no"),
        ("crossing", "no"),
        ("sealed", "yes"),
        ("first_line", "70"),
        ("leave_days", "5"),
        ("most", ""),
    ]
}

pub async fn version(world: &World, plan: &str) -> String {
    let id: PlanId = plan.rsplit('/').next().unwrap().parse().unwrap();
    let system = Ctx::system(&world.app);
    records::must::<xingjian_inspect::plan::Plan>(&system, id).await.unwrap().version.to_string()
}

pub async fn page(world: &World, path: &str, by: &Session) -> Answer {
    let answer = send(world, get(path, Some(by))).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer
}

both_databases! {
    async fn a_plan_goes_from_its_form_to_the_public_page(world: World) {
        for name in ["演示一院", "演示二院", "演示三院", "演示四院", "演示五院"] {
            hospital(&world, name).await;
        }
        let legal = world.ctx("审核员甲", &[Role::LegalReviewer]);
        for item in ["YL01", "YB01"] {
            release::release(&legal, "inspection_item", item, "已核对原文").await.unwrap();
        }
        let planner = signed_in(&world, "jiandu", Role::Inspector).await;
        let head = signed_in(&world, "fuze", Role::Head).await;
        let begun = send(&world, post("/desk/plans/new", Some(&planner), &[("year", "2026"), ("title", "2026年度抽查计划")])).await;
        let plan = begun.location.split('?').next().unwrap().to_owned();
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);

        let first = page(&world, &format!("{plan}/tasks/new"), &planner).await;
        assert!(first.body.contains("哪些部门参加") && first.body.contains("珠海市医疗保障局"));
        let form = page(&world, &format!("{plan}/tasks/new?with=&with=insurance"), &planner).await;
        assert!(form.body.contains("珠海市医疗保障局：检查事项") && form.body.contains("YB01 医保基金使用"));
        assert!(form.body.contains("A级抽查比例") && form.body.contains(r#"value="5""#), "the rate of the pack is offered");

        let new = format!("{plan}/tasks/new");
        let wrong = send(&world, post(&new, Some(&planner), &filled("4", &version(&world, &plan).await))).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("低于政策包规定的5%") && wrong.body.contains("医疗机构联合抽查"), "nothing typed is lost");
        let added = send(&world, post(&new, Some(&planner), &filled("10", &version(&world, &plan).await))).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);

        let shown = page(&world, &plan, &planner).await.body;
        assert!(shown.contains("2026-01 医疗机构联合抽查") && shown.contains("跨部门联合") && shown.contains("▲ 未达到，还差1家"));
        assert!(!shown.contains("批准并公布"), "who drew it up is offered no approval");
        let approve = format!("{plan}/approve");
        let seen = version(&world, &plan).await;
        let short = send(&world, post(&approve, Some(&head), &[("version", seen.as_str())])).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(short.body.contains("年度计划至少抽到0家，低于下限20%"));
        assert!(page(&world, "/desk", &head).await.body.contains("2026年度抽查计划"), "it waits for the head");

        let task = format!("{plan}/tasks/2026-01");
        let edit = page(&world, &format!("{task}/change"), &planner).await.body;
        assert!(edit.contains(r#"value="医疗机构联合抽查""#) && edit.contains(r#"value="A、B""#));
        let changed = send(&world, post(&format!("{task}/change"), Some(&planner), &filled("40", &seen))).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        let base = page(&world, &format!("{task}?q=三院"), &planner).await.body;
        assert!(base.contains("演示三院") && !base.contains("演示二院"));
        let sheet = send(&world, get(&format!("{task}/excel"), Some(&planner))).await;
        assert!(sheet.status == StatusCode::OK && sheet.bytes.starts_with(b"PK"));
        assert_eq!(exported(&world).await.pop().unwrap().0, "检查对象名录");

        assert!(send(&world, get("/inspection", None)).await.body.contains("目前没有已批准的年度抽查计划"));
        let seen = version(&world, &plan).await;
        let approved = send(&world, post(&approve, Some(&head), &[("version", seen.as_str())])).await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.body);
        let public = send(&world, get("/inspection", None)).await.body;
        assert!(public.contains("2026年度抽查计划") && public.contains("YL01 医疗机构资质管理"));
        let start = public.find("/inspection/plans/").unwrap();
        let address: String = public[start..].chars().take_while(|c| *c != '"').collect();
        let text = send(&world, get(&address, None)).await.body;
        assert!(text.contains("信用A级 40%") && text.contains("珠海市医疗保障局") && text.contains("首次批准"));
        assert!(!text.contains("jiandu") && !text.contains("fuze"), "no person is named");
        assert_eq!(send(&world, get("/inspection/plans/0199a000-0000-7000-8000-000000000001", None)).await.status, StatusCode::NOT_FOUND);

        let theirs = signed_in_of(&world, "yibao", Role::Inspector, "insurance", None).await;
        let seen = page(&world, &plan, &theirs).await.body;
        assert!(seen.contains("跨部门联合") && !seen.contains("修订计划"), "who takes part looks at it");
    }

    async fn a_registrar_keeps_leave_certificate_and_grounds(world: World) {
        let registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
        let mut tx = registrar.begin().await.unwrap();
        let new = NewOfficer {
            name: "监督员甲".into(),
            account: None,
            unit: "一科".into(),
            certificate: None,
            specialties: vec![],
            recusals: vec![],
            first_line: false,
            division: "4404".parse().unwrap(),
        };
        let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
        tx.commit().await.unwrap();
        hospital(&world, "演示一院").await;
        let keeper = signed_in(&world, "dengji", Role::Registrar).await;
        let path = format!("/desk/officers/{}", officer.id);
        let steps: [(&str, &[(&str, &str)]); 5] = [
            ("skills", &[("unit", "二科"), ("certificate", "演示1"), ("from", "2026-01-01"), ("until", "2027-12-31"),
                ("first_line", "yes"), ("specialties", "医疗卫生"), ("specialties", "放射卫生")]),
            ("add_leave", &[("from", "2026-12-01"), ("until", "2026-12-05")]),
            ("add_recusal", &[("subject", "演示一院"), ("tie", "kin"), ("reason", "配偶任职")]),
            ("remove_leave", &[("leave", "2026-12-01/2026-12-05")]),
            ("remove_recusal", &[("recusal", "0"), ("reason", "已离职")]),
        ];
        for (at, (action, fields)) in steps.iter().enumerate() {
            let seen = (at + 1).to_string();
            let fields = [*fields, &[("version", seen.as_str())]].concat();
            let done = send(&world, post(&format!("{path}/{action}"), Some(&keeper), &fields)).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{action}: {}", done.body);
            if at == 2 {
                let shown = page(&world, &path, &keeper).await.body;
                assert!(shown.contains("近亲属，配偶任职") && shown.contains("2026-12-01 至 2026-12-05"));
                let list = page(&world, "/desk/officers", &keeper).await.body;
                assert!(list.contains("2026-12-01 至 2026-12-05") && list.contains("1项"));
            }
        }
        let kept = records::list::<Officer>(&registrar, &Filter::default()).await.unwrap().rows;
        assert_eq!((kept[0].specialties.len(), kept[0].leave.len(), kept[0].recusals.len()), (2, 0, 0));
        let backward = [("from", "2026-12-05"), ("until", "2026-12-01"), ("version", "6")];
        let refused = send(&world, post(&format!("{path}/add_leave"), Some(&keeper), &backward)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("结束早于开始") && refused.body.contains(r#"value="2026-12-05""#));
        let inspector = signed_in(&world, "jiandu", Role::Inspector).await;
        assert!(!page(&world, &path, &inspector).await.body.contains("/add_leave"), "who does not keep it has no form");
    }
}
