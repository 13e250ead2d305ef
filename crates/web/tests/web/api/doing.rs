//! What systems do: complaints, signals, imports, answers to linkages.

use super::{code, get, json, key, post, problem, read};
use crate::people::{send, signed_in};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use xingjian_credit::linkage::{Facts, Linkage, Push};
use xingjian_kernel::id::LinkageId;
use xingjian_kernel::{DepartmentId, Role, SubjectRef};
use xingjian_registry::import;
use xingjian_registry::institution::Institution;
use xingjian_sense::complaint::{Action, Complaint, service};
use xingjian_store::{Ctx, Event, Filter, ledger, records, tables};
use xingjian_testkit::{World, both_databases};

const LICENCE: &str = "PDY60001844040211A1001";

async fn institution(world: &World) -> Institution {
    let csv = format!("机构名称,登记号,行政区划代码,等级\n演示甲医院,{LICENCE},440402,一级\n");
    let registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
    import::run(&registrar, import::Kind::Institutions, "a.csv", csv.as_bytes(), true).await.unwrap();
    records::by_number::<Institution>(&registrar, LICENCE).await.unwrap().unwrap().value
}

async fn send_json(world: &World, path: &str, key: &str, once: &str, body: &Value) -> Value {
    let answer = send(world, post(path, key, once, body)).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.body);
    json(&answer)
}

fn followed(receipt: &str, key: &str) -> Request<axum::body::Body> {
    let mut request = get("/api/v1/complaints/by-receipt", key);
    request.headers_mut().insert("complaint-receipt", receipt.parse().unwrap());
    request
}

pub async fn linkage(world: &World, department: &str) -> Linkage {
    let subject = institution(world).await;
    let system = Ctx::system(&world.app);
    let today = system.today();
    let facts = Facts {
        today,
        acknowledge_due: system.deadline("linkage_acknowledge", today).unwrap(),
        effect_due: system.deadline("linkage_effect", today).unwrap(),
    };
    let new = Push {
        subject: subject.subject(),
        name: subject.details.name,
        division: "440402".parse().unwrap(),
        rule: "演示".into(),
        matter: "协议管理".into(),
        consequence: "下调预付额度".into(),
        department: DepartmentId::new(department),
        origin: DepartmentId::new("health"),
        grade: "C".into(),
        reason: "得分720".into(),
    };
    let linkage = Linkage::push(system.new_id::<LinkageId>(), new, system.now(), &facts);
    let mut tx = system.begin().await.unwrap();
    records::insert(&mut tx, &system, &linkage, Event::new("linkage.pushed", "推送")).await.unwrap();
    tx.commit().await.unwrap();
    linkage
}

both_databases! {
    async fn a_complaint_is_taken_and_followed_by_its_receipt(world: World) {
        let key = key(&world, "insurance").await;
        let known = institution(&world).await;
        let body = json!({
            "about": "演示甲医院", "text": "收费与公示不一致，请核实。\n附说明。", "channel": "transfer", "licence": LICENCE,
            "reporter": { "name": "演示举报人", "contact": "13800000000" },
        });
        let posted = send_json(&world, "/api/v1/complaints", &key, "c-1", &body).await;
        let receipt = posted["receipt"].as_str().unwrap().to_owned();
        let status = json(&send(&world, followed(&receipt.to_lowercase(), &key)).await);
        assert_eq!((&status["state"], &status["number"], &status["answer"]), (&json!("received"), &posted["number"], &Value::Null));
        let ctx = Ctx::system(&world.app);
        let kept = records::list::<Complaint>(&ctx, &Filter::default()).await.unwrap().rows.remove(0);
        assert_eq!((kept.subject, kept.channel.as_str()), (Some(SubjectRef::Institution(known.id)), "transfer"));
        let acts = ledger::of_resource(&ctx, tables::COMPLAINT, kept.id).await.unwrap();
        assert_eq!(acts[0].actor.name, "演示insurance系统", "the system is who acted");
        let declined = Action::Decline { reason: "不属于本机关职责".into() };
        service::act(&world.ctx("受理员甲", &[Role::Intake]), kept.id, kept.version, declined).await.unwrap();
        let status = json(&send(&world, followed(&receipt, &key)).await);
        assert_eq!((status["state"].as_str(), status["declined"].as_str()), (Some("declined"), Some("不属于本机关职责")));
        assert_eq!(problem(&world, followed("AAAA-AAAA-AAAA-AAAA", &key)).await, code(404, "not_found"));
        assert_eq!(problem(&world, get("/api/v1/complaints/by-receipt", &key)).await, code(400, "invalid_parameter"));
        let both = json!({ "about": "x", "text": "收费与公示不一致，请核实。", "channel": "transfer", "licence": LICENCE, "institution_id": known.id });
        assert_eq!(problem(&world, post("/api/v1/complaints", &key, "c-2", &both)).await, code(422, "invalid"));
        let reused = json!({ "about": "x", "text": "收费与公示不一致，请核实。", "channel": "transfer", "licence": "PDY60001844040211A1009" });
        assert_eq!(problem(&world, post("/api/v1/complaints", &key, "c-3", &reused)).await, code(422, "invalid"), "not in the registry");
    }

    async fn a_signal_comes_to_the_department_of_the_duty_list(world: World) {
        let (ours, theirs) = (key(&world, "insurance").await, key(&world, "market").await);
        institution(&world).await;
        let body = json!({
            "reference": "YB-1", "licence": LICENCE, "topic": "依法执业", "text": "停业期间仍有诊疗费用上传。", "occurred_on": "2026-11-18",
        });
        let first = send_json(&world, "/api/v1/signals", &ours, "s-1", &body).await;
        assert_eq!((&first["state"], &first["department"], &first["repeated"]), (&json!("open"), &json!("health"), &json!(false)));
        let again = send_json(&world, "/api/v1/signals", &ours, "s-2", &body).await;
        assert_eq!((&again["id"], &again["repeated"]), (&first["id"], &json!(true)), "another key, the same number");
        let other = json!({ "reference": "YB-1", "licence": LICENCE, "topic": "依法执业", "text": "停业期间仍有诊疗费用上传，共三笔。" });
        assert_eq!(problem(&world, post("/api/v1/signals", &ours, "s-3", &other)).await, code(422, "invalid"));
        let mut topic = body.clone();
        topic["topic"] = json!("天气");
        topic["reference"] = json!("YB-2");
        assert_eq!(problem(&world, post("/api/v1/signals", &ours, "s-4", &topic)).await, code(422, "invalid"));
        assert_eq!(read(&world, "/api/v1/signals/YB-1", &ours).await["id"], first["id"]);
        assert_eq!(problem(&world, get("/api/v1/signals/YB-1", &theirs)).await, code(404, "not_found"));
        let desk = signed_in(&world, "chengban", Role::Handler).await;
        let path = format!("/desk/signals/{}", first["id"].as_str().unwrap());
        let page = send(&world, crate::people::get(&path, Some(&desk))).await.body;
        assert!(page.contains("停业期间仍有诊疗费用上传。") && page.contains("对方编号 YB-1"), "{page}");
    }

    async fn rows_are_imported_by_the_rules_of_files(world: World) {
        let key = key(&world, "health").await;
        institution(&world).await;
        let rows = json!([
            { "name": "演示乙\"门诊\"部,分部", "division": "440402", "licence": "PDY60001844040211A1002" },
            { "name": "演示甲医院", "division": "440402", "licence": LICENCE },
            { "name": "演示丙诊所", "division": "999999", "beds": "x" },
            { "name": "演示丁诊所", "division": "440402", "licence": "PDY60001844040211A1002" },
        ]);
        let preview = json!({ "file_name": "审批系统", "preview": true, "rows": rows });
        let seen = send_json(&world, "/api/v1/institutions/imports", &key, "i-1", &preview).await;
        assert_eq!((&seen["import_id"], seen["accepted"].as_u64(), seen["matched"].as_u64(), seen["rejected"].as_u64()), (&Value::Null, Some(1), Some(2), Some(1)));
        assert_eq!(read(&world, "/api/v1/institutions", &key).await["rows"].as_array().unwrap().len(), 1, "nothing is written");
        let outcomes: Vec<(u64, &str)> =
            seen["remarks"].as_array().unwrap().iter().map(|r| (r["row"].as_u64().unwrap(), r["outcome"].as_str().unwrap())).collect();
        assert_eq!(outcomes, [(1, "matched"), (2, "rejected"), (3, "matched")]);
        let places: Vec<&str> = seen["remarks"][1]["faults"].as_array().unwrap().iter().map(|f| f["place"].as_str().unwrap()).collect();
        assert_eq!(places, ["beds", "division"]);
        assert!(seen["remarks"][2]["why"].as_str().unwrap().contains("第0行"), "{seen}");
        let mut apply = preview.clone();
        apply["preview"] = json!(false);
        let done = send_json(&world, "/api/v1/institutions/imports", &key, "i-2", &apply).await;
        assert_eq!((done["accepted"].as_u64(), done["import_id"].is_string(), &done["remarks"]), (Some(1), true, &seen["remarks"]));
        let again = send_json(&world, "/api/v1/institutions/imports", &key, "i-3", &apply).await;
        assert_eq!((again["accepted"].as_u64(), again["matched"].as_u64()), (Some(0), Some(3)), "a second time changes nothing");
        let empty = json!({ "file_name": "空", "preview": true, "rows": [{ "name": "演示戊诊所", "division": "440402" }, { "name": "" }] });
        let refused = send(&world, post("/api/v1/institutions/imports", &key, "i-4", &empty)).await;
        assert_eq!(json(&refused)["faults"][0]["place"], "/rows/1");
        let nothing = send_json(&world, "/api/v1/institutions/imports", &key, "i-5", &json!({ "file_name": "空", "preview": true, "rows": [] })).await;
        assert_eq!(nothing["accepted"], 0);
    }

    async fn the_department_that_is_asked_answers_and_no_other(world: World) {
        let (insurance, market) = (key(&world, "insurance").await, key(&world, "market").await);
        let id = linkage(&world, "insurance").await.id;
        let path = format!("/api/v1/linkages/{id}");
        let seen = read(&world, "/api/v1/linkages?state=pushed", &insurance).await;
        assert_eq!((seen["rows"][0]["id"].as_str(), seen["rows"][0]["licence"].as_str()), (Some(id.to_string().as_str()), Some(LICENCE)));
        assert_eq!(read(&world, "/api/v1/linkages", &market).await["rows"], json!([]));
        assert_eq!(problem(&world, get(&path, &market)).await, code(404, "not_found"));
        let nothing = Value::Null;
        let acknowledge = format!("{path}/acknowledge");
        assert_eq!(problem(&world, post(&acknowledge, &market, "l-0", &nothing)).await, code(404, "not_found"));
        assert_eq!(problem(&world, post(&acknowledge, &key(&world, "health").await, "l-0", &nothing)).await, code(422, "refused"), "who asks does not answer");
        let early = problem(&world, post(&format!("{path}/effect"), &insurance, "l-1", &json!({ "text": "已下调" }))).await;
        assert_eq!(early, code(422, "refused"));
        let done = send_json(&world, &acknowledge, &insurance, "l-2", &nothing).await;
        assert_eq!((&done["state"], &done["due_for"]), (&json!("acknowledged"), &json!("insurance")));
        let again = send_json(&world, &acknowledge, &insurance, "l-3", &nothing).await;
        assert_eq!(again, done, "acknowledged once");
        let effect = json!({ "text": "已按协议下调，2026-11-24起执行。" });
        let done = send_json(&world, &format!("{path}/effect"), &insurance, "l-4", &effect).await;
        assert_eq!((&done["state"], &done["said"]), (&json!("effected"), &effect["text"]));
        let again = send_json(&world, &format!("{path}/effect"), &insurance, "l-5", &effect).await;
        assert_eq!(again, done);
        let acts = ledger::of_resource(&Ctx::system(&world.app), tables::LINKAGE, id).await.unwrap();
        let told: Vec<(&str, &str)> = acts.iter().map(|act| (act.kind.as_str(), act.actor.name.as_str())).collect();
        assert_eq!(told[1..], [("linkage.acknowledged", "演示insurance系统"), ("linkage.effected", "演示insurance系统")]);
    }

    async fn an_objection_waits_for_who_asked(world: World) {
        let insurance = key(&world, "insurance").await;
        let path = format!("/api/v1/linkages/{}", linkage(&world, "insurance").await.id);
        let said = json!({ "text": "协议已终止。" });
        let done = send_json(&world, &format!("{path}/object"), &insurance, "l-1", &said).await;
        assert_eq!((&done["state"], &done["due_for"]), (&json!("objected"), &json!("health")));
        let undo = problem(&world, post(&format!("{path}/undo"), &insurance, "l-2", &said)).await;
        assert_eq!(undo, code(422, "refused"));
        let gone = problem(&world, post("/api/v1/linkages/x/object", &insurance, "l-3", &said)).await;
        assert_eq!(gone, code(400, "invalid_parameter"));
        assert_eq!(send(&world, post(&format!("{path}/object"), &insurance, "l-1", &said)).await.status, StatusCode::OK);
    }
}
