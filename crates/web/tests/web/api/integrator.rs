//! The integrator of the reference page, as it stands there.

use super::doing::linkage;
use super::key;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use xingjian_credit::linkage::Linkage;
use xingjian_exchange::{follow, webhook::Hosts};
use xingjian_store::{Ctx, ledger, records};
use xingjian_testkit::{both_databases, fuzzer_python};
use xingjian_web::delivering::{Delivering, LIMIT};
use xingjian_web::{Web, router};

/// The program that the page shows.
const PROGRAM: &str = include_str!("../../../src/api/integrator.py");

both_databases! {
    async fn the_lines_of_the_page_post_receive_and_acknowledge(world: World) {
        let Some(python) = fuzzer_python() else { return };
        assert!(PROGRAM.lines().count() < 40, "short enough to be read");
        // It takes nothing that was not sent just now by its own clock.
        world.clock.lives_among_others();
        let key = key(&world, "insurance").await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let hosts = Arc::new(Hosts::parse(&format!("http://127.0.0.1:{free}")).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let web = Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: hosts.clone(), oidc: None };
        tokio::spawn(axum::serve(listener, router(web)).into_future());
        let mut child = Command::new(python).arg("-c").arg(PROGRAM).env("HOST", format!("http://{address}"))
            .env("KEY", key).env("PORT", free.to_string()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (said, lines) = tokio::task::spawn_blocking(move || {
            let said = [lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap()];
            (said, lines)
        }).await.unwrap();
        assert!(said[0].starts_with("receipt ") && said[1] == "ready", "{said:?}");
        let pushed = linkage(&world, "insurance").await;
        while ledger::sequence(&world.app).await.unwrap() + follow::run(&world.app).await.unwrap() > 0 {}
        assert_eq!(Delivering::new(hosts, LIMIT).round(&world.app).await.unwrap(), 1);
        let (rest, status) = tokio::task::spawn_blocking(move || {
            (lines.map_while(Result::ok).collect::<Vec<_>>(), child.wait().unwrap())
        }).await.unwrap();
        assert!(status.success() && rest == ["state acknowledged"], "{rest:?}");
        let kept = records::must::<Linkage>(&Ctx::system(&world.app), pushed.id).await.unwrap();
        assert_eq!(kept.state_name(), "acknowledged");
    }
}
