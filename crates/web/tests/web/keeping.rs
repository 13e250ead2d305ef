//! Accounts under review, places that are not registered, and inspections of a plan, as their people meet them.

use crate::people::{Answer, enter, get, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Role, SubjectRef};
use xingjian_registry::account::{Account, REVIEW_DAYS, Session};
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_registry::officer::{self, Certificate, NewOfficer};
use xingjian_registry::unregistered::{self, Described};
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{World, both_databases};

async fn institution(world: &World, name: &str) -> Institution {
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
    institution::register(&world.ctx("登记管理员甲", &[Role::Registrar]), details, true).await.unwrap()
}

async fn officer(world: &World, name: &str) -> String {
    let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
    let mut tx = ctx.begin().await.unwrap();
    let new = NewOfficer {
        name: name.into(),
        account: Some(ctx.new_id()),
        unit: "演示监督一科".into(),
        certificate: Some(Certificate {
            number: format!("演示{name}"),
            from: "2025-01-01".parse().unwrap(),
            until: "2027-12-31".parse().unwrap(),
        }),
        specialties: vec![],
        recusals: vec![],
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let officer = officer::add_in(&mut tx, &ctx, new).await.unwrap();
    tx.commit().await.unwrap();
    officer.id.to_string()
}

async fn account(world: &World, login: &str) -> (String, String) {
    let found = records::by_number::<Account>(&Ctx::system(&world.app), login).await.unwrap().unwrap();
    (format!("/desk/accounts/{}", found.id), found.version.to_string())
}

/// An act on an account as its page shows it now.
async fn act(world: &World, by: &Session, login: &str, action: &str, reason: &str) -> Answer {
    let (path, version) = account(world, login).await;
    let fields = [("version", version.as_str()), ("reason", reason)];
    send(world, post(&format!("{path}/{action}"), Some(by), &fields)).await
}

both_databases! {
    async fn an_account_is_reviewed_disabled_and_opened_again(world: World) {
        signed_in(&world, "jia", Role::Intake).await;
        let start = Ctx::system(&world.app).today();
        world.clock.set(plus_days(start, REVIEW_DAYS - 20));
        let early = signed_in(&world, "guanli", Role::Administrator).await;
        let today = send(&world, get("/desk", Some(&early))).await;
        assert!(!today.body.contains("账号复核"), "twenty days are far enough");
        world.clock.set(plus_days(start, REVIEW_DAYS + 5));
        let admin = enter(&world, "guanli", "correct horse").await.unwrap();
        let today = send(&world, get("/desk", Some(&admin))).await;
        assert!(today.body.contains("账号复核 · jia") && today.body.contains("逾期5天未复核"), "{}", today.body);
        assert!(!today.body.contains("账号复核 · guanli"));
        let (path, _) = account(&world, "jia").await;
        let page = send(&world, get(&path, Some(&admin))).await;
        assert!(page.body.contains("确认保留") && page.body.contains("GB/T 22239-2019"));
        assert_eq!(act(&world, &admin, "jia", "keep", "").await.status, StatusCode::SEE_OTHER);
        assert!(!send(&world, get("/desk", Some(&admin))).await.body.contains("账号复核"));
        let without = act(&world, &admin, "jia", "disable", " ").await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(without.body.contains("href=\"#disable-reason\""), "{}", without.body);
        assert_eq!(act(&world, &admin, "jia", "disable", "已调离<b>").await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&path, Some(&admin))).await;
        assert!(page.body.contains("已停用") && page.body.contains("恢复账号") && !page.body.contains("调离<b>"));
        let refused = send(&world, post("/sign-in", None, &[("login", "jia"), ("password", "correct horse")])).await;
        assert!(refused.body.contains("登录名或密码不正确"));
        let open = send(&world, get("/desk/accounts", Some(&admin))).await;
        let ended = send(&world, get("/desk/accounts?show=ended", Some(&admin))).await;
        assert!(!open.body.contains(&path) && ended.body.contains(&path));
        assert_eq!(act(&world, &admin, "jia", "enable", "调回").await.status, StatusCode::SEE_OTHER);
        enter(&world, "jia", "correct horse").await.unwrap();
    }

    async fn a_new_password_is_shown_once(world: World) {
        let jia = signed_in(&world, "jia", Role::Intake).await;
        let admin = signed_in(&world, "guanli", Role::Administrator).await;
        let shown = act(&world, &admin, "jia", "reset_password", "").await;
        assert_eq!(shown.status, StatusCode::OK);
        let password = &shown.body.split_once("id=\"password\">").unwrap().1[..16];
        assert!(!send(&world, get("/desk", Some(&jia))).await.body.contains("今日"), "the old session has ended");
        enter(&world, "jia", password).await.unwrap();
        assert!(enter(&world, "jia", "correct horse").await.is_err());
        let (path, _) = account(&world, "jia").await;
        assert!(!send(&world, get(&path, Some(&admin))).await.body.contains(password));
        let own = act(&world, &admin, "guanli", "disable", "离任").await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(own.body.contains("另一名系统管理员"), "{}", own.body);
    }

    async fn a_place_is_linked_to_the_institution_it_is(world: World) {
        let registrar = signed_in(&world, "dengji", Role::Registrar).await;
        let inspector = signed_in(&world, "jiandu", Role::Inspector).await;
        let (clinic, _) = (institution(&world, "演示甲诊所").await, institution(&world, "演示甲诊所分部").await);
        let ctx = world.ctx("受理员甲", &[Role::Intake]);
        let mut tx = ctx.begin().await.unwrap();
        let division = "440402".parse().unwrap();
        let described = Described { name: "演示路88号二楼无牌诊所".into(), place: "演示路88号".into() };
        let it = unregistered::add_in(&mut tx, &ctx, &described, &division).await.unwrap();
        tx.commit().await.unwrap();
        let SubjectRef::Unregistered(id) = it else { panic!("{it:?}") };
        let path = format!("/desk/unregistered/{id}");
        assert!(send(&world, get("/desk", Some(&registrar))).await.body.contains(&path));
        assert!(!send(&world, get("/desk", Some(&inspector))).await.body.contains(&path));
        let list = send(&world, get("/desk/unregistered", Some(&inspector))).await;
        assert!(list.body.contains("演示路88号二楼无牌诊所") && list.body.contains("未关联"));
        let link = |name, reason| post(&format!("{path}/link"), Some(&registrar), &[("version", "1"), ("subject", name), ("reason", reason)]);
        let wrong = send(&world, link("演示甲", "")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("有 2 处需要修改") && wrong.body.contains("名称相近的有"), "{}", wrong.body);
        assert_eq!(send(&world, link("演示甲诊所", "地址一致")).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&path, Some(&inspector))).await;
        assert!(page.body.contains(&format!("/desk/institutions/{}", clinic.id)) && page.body.contains("地址一致"));
        let file = send(&world, get(&format!("/desk/institutions/{}", clinic.id), Some(&inspector))).await;
        assert!(file.body.contains(&format!("href=\"{path}\"")), "its file names what was linked to it");
        assert!(!send(&world, get("/desk", Some(&registrar))).await.body.contains(&path));
    }

    async fn an_inspection_of_a_plan_is_proposed_in_two_steps(world: World) {
        let inspector = signed_in(&world, "jiandu", Role::Inspector).await;
        let clinic = institution(&world, "演示甲诊所").await;
        institution(&world, "演示甲诊所分部").await;
        let (one, two) = (officer(&world, "监督员甲").await, officer(&world, "监督员乙").await);
        assert!(send(&world, get("/desk/tasks", Some(&inspector))).await.body.contains("href=\"/desk/tasks/new\""));
        assert!(send(&world, get("/desk/tasks/new", Some(&inspector))).await.body.contains("下一步"));
        let name = |text: &str| format!("/desk/tasks/new?name={}", crate::people::percent(text));
        let near = send(&world, get(&name("演示甲"), Some(&inspector))).await;
        assert_eq!(near.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(near.body.contains("演示甲诊所分部</a>"), "{}", near.body);
        let form = send(&world, get(&name("演示甲诊所"), Some(&inspector))).await;
        assert!(form.body.contains("2026年已安排0次，上限") && form.body.contains("监督员乙（证号"), "{}", form.body);
        let id = clinic.id.to_string();
        let propose = |fields: &[(&str, &str)]| post("/desk/tasks/new", Some(&inspector), &[&[("subject", id.as_str())], fields].concat());
        let plan = "2026年“双随机”抽查计划";
        let wrong = send(&world, propose(&[("plan", plan), ("planned", "2026-11-20"), ("items", "YL01"), ("officers", &one), ("officers", &two)])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("href=\"#propose-planned\"") && wrong.body.contains(plan), "{}", wrong.body);
        let empty = send(&world, propose(&[])).await;
        assert!(empty.body.contains("有 3 处需要修改"), "{}", empty.body);
        let alone = send(&world, propose(&[("plan", plan), ("planned", "2026-11-24"), ("items", "YL01"), ("officers", &one)])).await;
        assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(alone.body.contains("第42条"));
        let fields = [("plan", plan), ("planned", "2026-11-24"), ("items", "YL01"), ("officers", &*one), ("officers", &*two)];
        let done = send(&world, propose(&fields)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let page = send(&world, get(&done.location, Some(&inspector))).await;
        assert!(page.body.contains(plan) && page.body.contains("演示甲诊所"));
        let tasks = records::count::<xingjian_inspect::task::Task>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
        assert_eq!(tasks, 1);
        let head = signed_in(&world, "fuze", Role::Head).await;
        let figures = send(&world, get("/desk/statistics", Some(&head))).await.body;
        let rows = crate::statistics::figure(&figures, "tasks");
        let waits: Vec<_> = rows.iter().filter(|row| row[3] != "0").map(|row| row.join(" ")).collect();
        assert_eq!(waits, ["待批准 1 0 1"], "{rows:?}");
    }
}
