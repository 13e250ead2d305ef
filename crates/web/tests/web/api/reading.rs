//! What systems read: the registry, what was published, credit.

use super::{code, get, key, problem, read};
use serde_json::{Value, json};
use std::fmt::Write as _;
use xingjian_kernel::Role;
use xingjian_registry::import;
use xingjian_testkit::{World, both_databases};

async fn institutions(world: &World, many: usize) {
    let code = "91350100M000100Y43";
    let mut csv = "机构名称,登记号,行政区划代码,统一社会信用代码,等级\n".to_owned();
    for n in 0..many {
        let credit = if n < 2 { code } else { "" };
        writeln!(csv, "演示机构{n:03},PDY60001844040211A1{n:03},440402,{credit},").unwrap();
    }
    csv += "演示外区机构,PDY60001844040211A2001,330106,,\n";
    let mut registrar = world.ctx("登记管理员甲", &[Role::Registrar]);
    registrar.scope.divisions = xingjian_store::Ctx::system(&world.app).scope.divisions;
    import::run(&registrar, import::Kind::Institutions, "a.csv", csv.as_bytes(), true).await.unwrap();
}

fn names(page: &Value) -> Vec<String> {
    page["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

both_databases! {
    async fn the_registry_is_read_page_by_page_within_the_division(world: World) {
        institutions(&world, 25).await;
        let key = key(&world, "market").await;
        let (mut all, mut after) = (vec![], String::new());
        let mut pages = 0;
        loop {
            let page = read(&world, &format!("/api/v1/institutions?limit=10{after}"), &key).await;
            all.extend(names(&page));
            pages += 1;
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={}", crate::people::percent(next));
        }
        let expected: Vec<String> = (0..25).map(|n| format!("演示机构{n:03}")).collect();
        assert_eq!((pages, all), (3, expected), "each once, none of another place");
        let one = read(&world, "/api/v1/institutions?licence=PDY60001844040211A1003", &key).await;
        assert_eq!(names(&one), ["演示机构003"]);
        assert_eq!(one["rows"][0]["beds"], Value::Null, "what is not known is null");
        let id = one["rows"][0]["id"].as_str().unwrap();
        assert_eq!(read(&world, &format!("/api/v1/institutions/{id}"), &key).await, one["rows"][0]);
        let same = read(&world, "/api/v1/institutions?credit_code=91350100M000100Y43", &key).await;
        assert_eq!(names(&same), ["演示机构000", "演示机构001"]);
        assert_eq!(names(&read(&world, "/api/v1/institutions?q=%E6%9C%BA%E6%9E%84024", &key).await), ["演示机构024"]);
        for nothing in ["licence=PDY60001844040211A2001", "credit_code=9135", "licence=x"] {
            assert_eq!(read(&world, &format!("/api/v1/institutions?{nothing}"), &key).await, json!({ "rows": [], "next": null }), "{nothing}");
        }
    }

    async fn nothing_published_is_an_empty_page_and_not_an_error(world: World) {
        let key = key(&world, "reform").await;
        for path in ["/api/v1/publications", "/api/v1/publications?kind=decision", "/api/v1/credit-records", "/api/v1/linkages"] {
            assert_eq!(read(&world, path, &key).await, json!({ "rows": [], "next": null }), "{path}");
        }
        assert_eq!(read(&world, "/api/v1/draws", &key).await, json!({ "rows": [] }));
        for gone in ["publications/019a0000-0000-7000-8000-000000000000", "draws/2026-01-1", "credit-records/019a0000-0000-7000-8000-000000000000"] {
            assert_eq!(problem(&world, get(&format!("/api/v1/{gone}"), &key)).await, code(404, "not_found"), "{gone}");
        }
    }
}
