//! The door for programs: keys, quotas, requests that come twice, and what each operation does.

mod asking;
mod doing;
mod integrator;
mod reading;
mod telling;

use crate::people::{Answer, send};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use xingjian_exchange::quota::Quota;
use xingjian_exchange::system::{self, ApiScope, ConnectedSystem, NewSystem, Terms};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_store::Stored;
use xingjian_testkit::World;

/// A connected system with its key.
pub async fn connected(
    world: &World,
    department: &str,
    scopes: &[ApiScope],
    quota: Quota,
) -> (Stored<ConnectedSystem>, String) {
    let keeper = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
    let new = NewSystem {
        name: format!("演示{department}系统"),
        department: DepartmentId::new(department),
        division: "4404".parse().unwrap(),
        terms: Terms {
            contact: "信息中心".into(),
            scopes: scopes.to_vec(),
            quota,
            valid_until: plus_days(keeper.today(), 30),
        },
    };
    let issued = system::add(&keeper, new).await.unwrap();
    (issued.system, issued.key)
}

/// The key of a system that may do everything.
pub async fn key(world: &World, department: &str) -> String {
    connected(world, department, ApiScope::ALL, Quota { per_minute: 6000, per_day: 6000 }).await.1
}

pub fn get(path: &str, key: &str) -> Request<Body> {
    Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap()
}

pub fn post(path: &str, key: &str, once: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("authorization", format!("Bearer {key}"))
        .header("idempotency-key", once)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// The answer as JSON; a problem has the code that its type and status say.
pub fn json(answer: &Answer) -> Value {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body));
    if !answer.status.is_success() {
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(body["status"], answer.status.as_u16());
        assert_eq!(body["type"], format!("/api#problem-{}", body["code"].as_str().unwrap()));
    }
    body
}

/// The code of a problem.
pub async fn problem(world: &World, request: Request<Body>) -> (StatusCode, String) {
    let answer = send(world, request).await;
    (answer.status, json(&answer)["code"].as_str().unwrap_or_default().to_owned())
}

pub fn code(status: u16, code: &str) -> (StatusCode, String) {
    (StatusCode::from_u16(status).unwrap(), code.to_owned())
}

/// What a GET answers.
pub async fn read(world: &World, path: &str, key: &str) -> Value {
    let answer = send(world, get(path, key)).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    json(&answer)
}
