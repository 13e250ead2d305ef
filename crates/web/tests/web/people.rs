//! Accounts that sign in, and requests as a browser makes them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;
use tower::ServiceExt;
use xingjian_kernel::{DepartmentId, Role, SubjectRef};
use xingjian_registry::account::{self, Device, NewAccount, Session, SignInError};
use xingjian_registry::export::Export;
use xingjian_store::{Ctx, Filter, Order, records};
use xingjian_testkit::World;
use xingjian_web::{Web, router};

const PASSWORD: &str = "correct horse";

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub headers: axum::http::HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

/// Sends a request to a fresh router over the world.
pub async fn send(world: &World, request: Request<Body>) -> Answer {
    send_to(
        Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: std::sync::Arc::default(), oidc: None },
        request,
    )
    .await
}

/// Sends a request to a fresh router.
pub async fn send_to(web: Web, request: Request<Body>) -> Answer {
    send_on(router(web), request).await
}

/// Sends a request to a router, which may have had others.
pub async fn send_on(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let location = headers.get(header::LOCATION).map_or("", |l| l.to_str().unwrap()).to_owned();
    let bytes = to_bytes(response.into_body(), 1 << 26).await.unwrap();
    Answer { status, location, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes: bytes.to_vec() }
}

/// Somebody of the health department with a role, signed in.
pub async fn signed_in(world: &World, login: &str, role: Role) -> Session {
    signed_in_of(world, login, role, "health", None).await
}

/// Somebody of the health department of a division, signed in.
pub async fn signed_in_at(world: &World, login: &str, role: Role, division: &str) -> Session {
    signed_in_with(world, login, role, ("health", division), None).await
}

/// Somebody of a department, or of an institution, with a role, signed in.
pub async fn signed_in_of(
    world: &World,
    login: &str,
    role: Role,
    department: &str,
    subject: Option<SubjectRef>,
) -> Session {
    signed_in_with(world, login, role, (department, "4404"), subject).await
}

async fn signed_in_with(
    world: &World,
    login: &str,
    role: Role,
    (department, division): (&str, &str),
    subject: Option<SubjectRef>,
) -> Session {
    let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
    let mut tx = admin.begin().await.unwrap();
    let new = NewAccount {
        login: login.into(),
        name: login.into(),
        password: PASSWORD.into(),
        handed_out: false,
        roles: vec![role],
        department: DepartmentId::new(department),
        division: division.parse().unwrap(),
        subject,
        // Exempt from the second factor, which has tests of its own.
        demo: true,
    };
    let id = account::add_in(&mut tx, &admin, new).await.unwrap();
    account::grant_in(&mut tx, &world.ctx("安全管理员甲", &[Role::SecurityAdministrator]), id).await.unwrap();
    tx.commit().await.unwrap();
    signed_in_again(world, login).await
}

/// The same person on another day.
pub async fn signed_in_again(world: &World, login: &str) -> Session {
    enter(world, login, PASSWORD).await.unwrap()
}

/// Signs in with an account that has no second factor.
pub async fn enter(world: &World, login: &str, password: &str) -> Result<Session, SignInError> {
    let done = account::sign_in(&world.app, &Device::default(), login, password).await?;
    Ok(done.entered().expect("the account has no second factor"))
}

pub fn get(path: &str, session: Option<&Session>) -> Request<Body> {
    let request = Request::get(path);
    match session {
        Some(session) => request.header("cookie", format!("other=1; xingjian={}", session.token)),
        None => request,
    }
    .body(Body::empty())
    .unwrap()
}

/// A form as a browser of this site posts it, with the secret of the session.
pub fn post(path: &str, session: Option<&Session>, fields: &[(&str, &str)]) -> Request<Body> {
    let mut pairs: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={}", percent(v))).collect();
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if let Some(session) = session {
        pairs.push(format!("csrf={}", session.csrf));
        request = request.header("cookie", format!("xingjian={}", session.token));
    }
    request.body(Body::from(pairs.join("&"))).unwrap()
}

pub fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What was taken away as a spreadsheet: list, of what, rows.
pub async fn exported(world: &World) -> Vec<(String, String, u64)> {
    let filter = Filter { order: Order::Newest, ..Filter::default() };
    let mut found = records::all::<Export>(&Ctx::system(&world.app), &filter).await.unwrap();
    found.reverse();
    found.into_iter().map(|export| (export.value.list.clone(), export.value.filters.clone(), export.rows)).collect()
}

/// A sheet of a download, row by row.
pub fn sheet(answer: &Answer, name: &str) -> Vec<Vec<Data>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.bytes.clone())).unwrap();
    let range = book.worksheet_range(name).unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}
