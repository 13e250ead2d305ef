//! A draw from its form to its public page, as the people who take part in it meet it.

use crate::people::{Answer, get, post, send, signed_in, signed_in_again, signed_in_of};
use crate::plans::{filled, hospital, page, version};
use axum::http::StatusCode;
use xingjian_inspect::draw::Draw;
use xingjian_inspect::task::Task;
use xingjian_kernel::id::DrawingId;
use xingjian_kernel::{Role, SubjectRef};
use xingjian_registry::account::Session;
use xingjian_registry::officer::{self, Certificate, NewOfficer};
use xingjian_registry::release;
use xingjian_store::{Ctx, records};
use xingjian_testkit::{World, both_databases};

const DIGITS: &str = "31415926535897932384";

async fn officer(world: &World, department: &str, name: &str) {
    let registrar = world.ctx_of(department, "登记管理员甲", &[Role::Registrar]);
    let mut tx = registrar.begin().await.unwrap();
    let new = NewOfficer {
        name: name.into(),
        account: None,
        unit: "一科".into(),
        certificate: Some(Certificate {
            number: format!("演示{name}"),
            from: "2025-01-01".parse().unwrap(),
            until: "2027-12-31".parse().unwrap(),
        }),
        specialties: vec!["医疗卫生".into()],
        recusals: vec![],
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
}

struct Scene {
    world: World,
    preparer: Session,
    head: Session,
    insurer: Session,
    plan: String,
}

/// Five hospitals, officers of two departments, an approved plan of one joint task, whose list stays sealed.
async fn scene(world: World) -> Scene {
    for name in ["演示一院", "演示二院", "演示三院", "演示四院", "演示五院"] {
        hospital(&world, name).await;
    }
    for (department, names) in
        [("health", ["监督员甲", "监督员乙", "监督员丙"]), ("insurance", ["监督员丁", "监督员戊", "监督员己"])]
    {
        for name in names {
            officer(&world, department, name).await;
        }
    }
    let legal = world.ctx("审核员甲", &[Role::LegalReviewer]);
    for item in ["YL01", "YB01"] {
        release::release(&legal, "inspection_item", item, "已核对原文").await.unwrap();
    }
    let preparer = signed_in(&world, "jiandu", Role::Inspector).await;
    let head = signed_in(&world, "fuze", Role::Head).await;
    let insurer = signed_in_of(&world, "yibao", Role::Inspector, "insurance", None).await;
    let begun = post("/desk/plans/new", Some(&preparer), &[("year", "2026"), ("title", "2026年度抽查计划")]);
    let plan = done(&world, begun).await.split('?').next().unwrap().to_owned();
    let seen = version(&world, &plan).await;
    done(&world, post(&format!("{plan}/tasks/new"), Some(&preparer), &filled("40", &seen))).await;
    let seen = version(&world, &plan).await;
    done(&world, post(&format!("{plan}/approve"), Some(&head), &[("version", seen.as_str())])).await;
    Scene { world, preparer, head, insurer, plan: plan.rsplit('/').next().unwrap().to_owned() }
}

/// Sends what must be done; where it leads.
async fn done(world: &World, request: axum::http::Request<axum::body::Body>) -> String {
    let answer = send(world, request).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location
}

impl Scene {
    fn prepare(&self, changes: &[(&str, &str)]) -> axum::http::Request<axum::body::Body> {
        let mut fields = vec![
            ("plan", self.plan.as_str()),
            ("task", "2026-01"),
            ("kind", ""),
            ("of", ""),
            ("sources", "ceremony"),
            ("place", "演示大厅"),
            ("ceremony_at", "2026-11-24 15:00"),
            ("digits", "20"),
        ];
        for (name, value) in changes {
            fields.retain(|(field, _)| field != name);
            fields.push((name, value));
        }
        post("/desk/draws/new", Some(&self.preparer), &fields)
    }

    async fn draw(&self, path: &str) -> xingjian_store::Stored<Draw> {
        let id: DrawingId = path.rsplit('/').next().unwrap().parse().unwrap();
        records::must::<Draw>(&Ctx::system(&self.world.app), id).await.unwrap()
    }

    /// Takes a step at the page of a draw, on the version that is shown.
    async fn step(&self, path: &str, who: &Session, action: &str, fields: &[(&str, &str)]) -> Answer {
        let seen = self.draw(path).await.version.to_string();
        let fields = [fields, &[("version", seen.as_str())]].concat();
        send(&self.world, post(&format!("{path}/{action}"), Some(who), &fields)).await
    }

    async fn stepped(&self, path: &str, who: &Session, action: &str, fields: &[(&str, &str)]) {
        let answer = self.step(path, who, action, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.body);
    }

    async fn refused(&self, path: &str, who: &Session, action: &str, fields: &[(&str, &str)], why: &str) {
        let answer = self.step(path, who, action, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{action}: {}", answer.body);
        assert!(answer.body.contains(why), "{action} does not say {why}: {}", answer.body);
    }
}

both_databases! {
    async fn what_is_wrong_in_the_form_of_a_draw_is_said_beside_its_field(world: World) {
        let it = scene(world).await;
        let form = page(&it.world, &format!("/desk/draws/new?plan={}&task=2026-01", it.plan), &it.preparer).await.body;
        assert!(form.contains("医疗机构联合抽查") && form.contains("珠海市医疗保障局") && form.contains("公开仪式地点"));
        let unknown = send(&it.world, get(&format!("/desk/draws/new?plan={}&task=2026-09", it.plan), Some(&it.preparer))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        for (changes, why) in [
            (&[("ceremony_at", "明天下午")][..], "不是日期和时间"),
            (&[("ceremony_at", "2026-11-20 15:00")], "公开仪式时间"),
            (&[("place", " ")], "公开仪式地点"),
            (&[("digits", "6")], "不少于"),
            (&[("digits", "很多")], "不是位数"),
            (&[("sources", "")], "种子来源"),
            (&[("sources", "reveals"), ("reveals_due", "2026-11-24 12:00")], "种子来源"),
        ] {
            let answer = send(&it.world, it.prepare(changes)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes:?}: {}", answer.body);
            assert!(answer.body.contains(why) && answer.body.contains("2026-01"), "{changes:?} is not told: {}", answer.body);
            let typed = changes.first().filter(|(name, value)| *name != "sources" && !value.trim().is_empty());
            assert!(typed.is_none_or(|(_, value)| answer.body.contains(value)), "what was typed is kept: {}", answer.body);
        }
        let list = page(&it.world, "/desk/draws", &it.preparer).await.body;
        assert!(!list.contains("医疗机构联合抽查"), "nothing was prepared");
    }

    async fn a_draw_goes_from_its_form_to_the_public_page(world: World) {
        let mut it = scene(world).await;
        let path = done(&it.world, it.prepare(&[])).await.split('?').next().unwrap().to_owned();
        let shown = page(&it.world, &path, &it.preparer).await.body;
        assert!(shown.contains("现在封存的话") && shown.contains("5家：A级5家"), "{shown}");
        assert!(!shown.contains("/freeze\""), "who prepared it does not fix it");
        assert!(page(&it.world, "/desk", &it.head).await.body.contains("医疗机构联合抽查"), "it waits for the head");
        assert_eq!(it.step(&path, &it.preparer, "freeze", &[]).await.status, StatusCode::FORBIDDEN);
        it.stepped(&path, &it.head, "freeze", &[]).await;
        let name = it.draw(&path).await.name.to_string();
        let early = page(&it.world, &path, &it.preparer).await.body;
        assert!(early.contains("在此之前不能录入") && !early.contains("enter-ceremony"));

        it.world.clock.set("2026-11-25".parse().unwrap());
        (it.preparer, it.head, it.insurer) =
            (signed_in_again(&it.world, "jiandu").await, signed_in_again(&it.world, "fuze").await, signed_in_again(&it.world, "yibao").await);
        let short = &[("digits", "3141")];
        it.refused(&path, &it.preparer, "enter-ceremony", short, "20位").await;
        it.stepped(&path, &it.preparer, "enter-ceremony", &[("digits", "31415 92653 58979 32384")]).await;
        let theirs = page(&it.world, &path, &it.insurer).await.body;
        assert!(theirs.contains("enter-ceremony") && !theirs.contains("31415"), "nobody sees what the other typed");
        it.refused(&path, &it.head, "enter-ceremony", &[("digits", DIGITS)], "另一部门").await;
        it.stepped(&path, &it.insurer, "enter-ceremony", &[("digits", DIGITS)]).await;
        it.stepped(&path, &it.preparer, "draw", &[]).await;
        it.stepped(&path, &it.head, "approve-tasks", &[]).await;
        let own = page(&it.world, &path, &it.head).await.body;
        assert!(own.contains("抽中的对象") && own.contains("名单尚未公开"));

        // What the public sees while the list is sealed, and what it does not.
        let list = send(&it.world, get("/draws", None)).await.body;
        assert!(list.contains(&name) && list.contains("医疗机构联合抽查"));
        for address in [format!("/draws/{name}"), format!("/draws/{name}/ceremony"), format!("/draws/{name}/bundle")] {
            let answer = send(&it.world, get(&address, None)).await;
            assert_eq!(answer.status, StatusCode::OK, "{address}");
            let hash = it.draw(&path).await.state.drawn().unwrap().drawing.result.to_string();
            assert!(answer.body.contains(&hash), "{address} shows the hash of the result");
            assert!(!answer.body.contains("演示一院") && !answer.body.contains("监督员甲"), "{address} keeps the list");
        }
        for address in ["/draws/4404-2026-999", "/draws/4404-2026-999/bundle", "/draws/%00", "/draws/4404-2026-999/ceremony"] {
            assert_eq!(send(&it.world, get(address, None)).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        let drawn = it.draw(&path).await;
        let task = *drawn.state.drawn().unwrap().tasks.values().next().unwrap();
        let task = records::must::<Task>(&Ctx::system(&it.world.app), task).await.unwrap();
        let officer = format!("/desk/officers/{}", task.officers[0].officer);
        let theirs = page(&it.world, &officer, &it.head).await.body;
        assert!(theirs.contains("随机抽查抽派的检查") && theirs.contains(&task.subject_name) && theirs.contains(&name));
        let SubjectRef::Institution(hit) = task.subject else { panic!("an institution was drawn") };
        let hit = format!("/institutions/{hit}");
        let none = "名单已经公开的随机抽查没有抽中这家机构";
        assert!(send(&it.world, get(&hit, None)).await.body.contains(none), "a sealed list says nothing here either");
        it.refused(&path, &it.head, "release", &[], "封存至").await;
        it.world.clock.set("2026-12-21".parse().unwrap());
        it.head = signed_in_again(&it.world, "fuze").await;
        it.stepped(&path, &it.head, "release", &[]).await;
        let public = send(&it.world, get(&format!("/draws/{name}"), None)).await.body;
        let object = send(&it.world, get(&hit, None)).await.body;
        assert!(object.contains(&name) && object.contains("检查结果尚未登记") && !object.contains(none), "{object}");
        assert!(public.contains("演示") && !public.contains("监督员甲"), "objects by name, officers by pseudonym: {public}");
    }

    async fn departments_commit_and_a_draw_can_be_taken_back(world: World) {
        let mut it = scene(world).await;
        let sources = [("sources", "ceremony"), ("reveals_due", "2026-11-24 12:00")];
        let mut fields = vec![("plan", it.plan.as_str()), ("task", "2026-01"), ("kind", ""), ("of", ""), ("sources", "reveals")];
        fields.extend([("place", "演示大厅"), ("ceremony_at", "2026-11-24 15:00"), ("digits", "20")]);
        fields.extend(sources);
        let path = done(&it.world, post("/desk/draws/new", Some(&it.preparer), &fields)).await;
        let path = path.split('?').next().unwrap().to_owned();
        it.refused(&path, &it.insurer, "commit", &[("commitment", "abc")], "不是承诺的哈希值").await;
        it.refused(&path, &it.head, "freeze", &[], "承诺").await;
        let promise = "ab".repeat(32);
        for who in [&it.insurer, &it.preparer] {
            it.stepped(&path, who, "commit", &[("commitment", promise.as_str())]).await;
        }
        it.stepped(&path, &it.head, "freeze", &[]).await;
        let (value, salt) = ("cd".repeat(32), "ef".repeat(32));
        it.refused(&path, &it.insurer, "enter-reveal", &[("value", "cd"), ("salt", salt.as_str())], "不是随机数").await;
        it.refused(&path, &it.insurer, "enter-reveal", &[("value", value.as_str()), ("salt", salt.as_str())], "不符").await;
        it.refused(&path, &it.head, "stop", &[], "没有选择终止的原因").await;
        it.refused(&path, &it.head, "stop", &[("why", "reveal")], "没有缺漏").await;
        it.refused(&path, &it.head, "stop", &[("why", "withdrawn"), ("reason", " ")], "理由").await;
        it.world.clock.set("2026-11-25".parse().unwrap());
        it.head = signed_in_again(&it.world, "fuze").await;
        it.stepped(&path, &it.head, "stop", &[("why", "reveal")]).await;
        let name = it.draw(&path).await.name.to_string();
        let public = send(&it.world, get(&format!("/draws/{name}"), None)).await.body;
        assert!(public.contains("终止") && public.contains("珠海市医疗保障局"), "who did not keep it is named: {}", &public[public.find("<main").unwrap()..]);
        it.preparer = signed_in_again(&it.world, "jiandu").await;
        assert!(page(&it.world, &path, &it.preparer).await.body.contains("写明理由另行组织"));
    }
}
