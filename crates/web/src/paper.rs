//! Papers as they were kept: the exact bytes, under a content policy of their own that loads nothing.

use crate::app::Web;
use crate::errors;
use crate::guard::Caller;
use crate::route::Callers;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use xingjian_kernel::Permission;
use xingjian_kernel::id::PaperId;
use xingjian_store::{Failure, papers};

/// Staff who work with papers; the kind of a paper narrows them.
pub const STAFF: Callers = Callers::Holding(&[
    Permission::HandleCase,
    Permission::DecideCase,
    Permission::ReviewCase,
    Permission::ManageCredit,
    Permission::DecidePublication,
    Permission::ProposeInspection,
    Permission::ApproveInspection,
    Permission::Inspect,
    Permission::HandleFinding,
]);

/// The institution a paper is addressed to.
pub const PARTY: Callers = Callers::Holding(&[Permission::AnswerAsUnit]);

/// A printed page brings its own style and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Which staff reads papers of this kind.
fn readers(kind: &str) -> &'static [Permission] {
    use Permission::{
        ApproveInspection, DecideCase, DecidePublication, HandleCase, HandleFinding, Inspect, ManageCredit,
        ProposeInspection, ReviewCase,
    };
    match kind {
        "penalty_notice" | "penalty_decision" => &[HandleCase, DecideCase, ReviewCase, ManageCredit, DecidePublication],
        "demerit_notice" => &[ManageCredit, HandleCase, DecideCase, ReviewCase],
        _ => &[ProposeInspection, ApproveInspection, Inspect, HandleFinding, HandleCase, DecideCase, ReviewCase],
    }
}

/// A paper for staff.
pub async fn at_desk(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let may = |kind: &str| readers(kind).iter().any(|needed| caller.ctx.actor.may(*needed));
    kept(&web, &caller, &id, may).await
}

/// A paper for the institution it is addressed to; the scope holds back all others.
pub async fn at_unit(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    kept(&web, &caller, &id, |_| true).await
}

async fn kept(web: &Web, caller: &Caller, id: &str, may: impl Fn(&str) -> bool) -> Response {
    let found = match id.parse::<PaperId>() {
        Ok(id) => papers::open(&caller.ctx, id).await,
        Err(_) => Err(Failure::NotFound),
    };
    match found {
        Ok((paper, bytes)) if may(&paper.kind) => page(bytes, Some(&paper.sha256)),
        Ok(_) => errors::failure(web, &Failure::NotFound),
        Err(failure) => errors::failure(web, &failure),
    }
}

/// A page to print, with the hash of its bytes once they are kept.
pub fn page(bytes: Vec<u8>, sha256: Option<&str>) -> Response {
    let content = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    let hash = sha256.map(|sha256| [(HeaderName::from_static("x-content-sha256"), sha256.to_owned())]);
    match hash {
        Some(hash) => (StatusCode::OK, content, hash, bytes).into_response(),
        None => (StatusCode::OK, content, bytes).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_paper_comes_as_it_is_and_loads_nothing() {
        let answer = page("<!doctype html>".into(), Some("ab12"));
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("x-content-sha256"), "ab12");
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'unsafe-inline'"));
        assert!(page(vec![], None).headers().get("x-content-sha256").is_none());
    }

    #[test]
    fn every_reader_of_a_kind_passes_the_route() {
        let Callers::Holding(staff) = STAFF else { panic!("papers of the desk are not for everybody") };
        for kind in ["penalty_notice", "penalty_decision", "demerit_notice", "inspection_notice"] {
            assert!(readers(kind).iter().all(|needed| staff.contains(needed)), "{kind}");
        }
    }
}
