//! Every route with its callers, against the reviewed table in docs/security.md.

use crate::people::{get, send, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use std::collections::BTreeSet;
use xingjian_kernel::Role;
use xingjian_testkit::both_databases;
use xingjian_web::{Callers, Route, routes};

fn example(route: &Route) -> String {
    route
        .path
        .replace("{id}", "019a0000-0000-7000-8000-000000000000")
        .replace("{action}", "close")
        .replace("{table}", "violation")
        .replace("{entry}", "YL-003")
        .replace("{hash}", "00")
        .replace("{reference}", "A-1")
}

#[test]
fn the_reviewed_table_is_the_code() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/security.md")).unwrap();
    let reviewed: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| GET ") || line.starts_with("| POST "))
        .map(|line| line.trim_matches(['|', ' ']).replace(" | ", " ").replace("\\|", "|"))
        .collect();
    let declared: BTreeSet<String> =
        routes().iter().map(|r| format!("{} `{}` {}", r.method, r.path, r.callers)).collect();
    let missing: Vec<&String> = declared.difference(&reviewed).collect();
    let gone: Vec<&String> = reviewed.difference(&declared).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in docs/security.md: {missing:#?}\nno longer there: {gone:#?}");
}

#[test]
fn no_two_routes_are_the_same() {
    let all: Vec<(&str, &str)> = routes().iter().map(|r| (r.method, r.path)).collect();
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
}

fn call(route: &Route, session: Option<&xingjian_registry::account::Session>) -> Request<Body> {
    let path = example(route);
    if route.method == "GET" {
        return get(&path, session);
    }
    crate::people::post(&path, session, &[("version", "1")])
}

both_databases! {
    async fn nobody_gets_in_without_signing_in(world: World) {
        for route in routes() {
            let answer = send(&world, call(&route, None)).await;
            let (method, path) = (route.method, route.path);
            match (route.callers, method) {
                (Callers::System(_), _) => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}"),
                (Callers::Public, _) => assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}"),
                (_, "GET") => {
                    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
                    assert!(answer.location.starts_with("/sign-in?next=%2F"), "{path}: {}", answer.location);
                }
                _ => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}"),
            }
        }
    }

    async fn each_role_reaches_what_its_permissions_name_and_nothing_else(world: World) {
        for role in Role::ALL {
            let session = signed_in(&world, role.code(), *role).await;
            for route in routes() {
                let Callers::Holding(needed) = route.callers else { continue };
                let allowed = needed.iter().any(|p| role.permissions().contains(p));
                let answer = send(&world, call(&route, Some(&session))).await;
                let (method, path) = (route.method, route.path);
                if allowed {
                    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{role:?} {method} {path}");
                    assert!(!answer.body.contains("您的岗位不能使用该页面"), "{role:?} {method} {path}");
                } else {
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?} {method} {path}");
                    assert!(answer.body.contains("您的岗位不能使用该页面"), "{role:?} {method} {path}");
                    let whose = Role::ALL.iter().find(|role| role.permissions().iter().any(|p| needed.contains(p)));
                    assert!(answer.body.contains(whose.unwrap().label()), "{role:?} {method} {path}: whose page it is");
                }
            }
        }
    }
}
