//! The check of proof files: what the page and the kept file may load and run, and the hash that is published.

use crate::people::{get, send};
use axum::http::StatusCode;
use sha2::{Digest, Sha256};
use xingjian_testkit::both_databases;

both_databases! {
    async fn the_kept_file_is_the_one_whose_hash_the_page_shows(world: World) {
        let page = send(&world, get("/public/check", None)).await;
        assert_eq!(page.status, StatusCode::OK);
        let file = send(&world, get("/public/check/file", None)).await;
        let hash = hex::encode(Sha256::digest(&file.bytes));
        assert!(page.body.contains(&format!("id=\"alone-hash\">{hash}<")), "{}", page.body);
        assert!(page.body.contains("href=\"/public/check/file\""));
        let kept = file.headers["content-disposition"].to_str().unwrap();
        assert_eq!(kept, "attachment; filename=\"xingjian-check.html\"");
    }

    async fn the_page_runs_the_site_s_script_and_the_file_only_its_own(world: World) {
        let page = send(&world, get("/public/check", None)).await;
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'self';"));
        let script = send(&world, get("/public/check/script", None)).await;
        assert!(page.body.contains("<script src=\"/public/check/script\" defer></script>"));
        let file = send(&world, get("/public/check/file", None)).await;
        assert!(file.body.contains(&format!("<script>{}</script>", script.body)), "it is the same program");
        let policy = file.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(file.body.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")));
        assert!(!policy.contains("'self'") && !policy.contains("connect-src"), "{policy}");
    }
}
