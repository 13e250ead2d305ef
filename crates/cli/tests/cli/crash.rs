//! `kill -9` while a thousand complaints come in: every acknowledged one is there afterwards.

use crate::served::{Server, complaint, post, receipt};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use xingjian_testkit::both_databases;

const POSTS: usize = 1000;
const SENDERS: usize = 4;

/// Sends until the server is killed after `until` acknowledgements; the receipts that came back whole.
fn storm(server: &mut Server, until: usize) -> Vec<(usize, String)> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged = Mutex::new(vec![]);
    let (address, child) = (server.address.clone(), Mutex::new(&mut server.child));
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= POSTS {
                        return;
                    }
                    let Some(code) = post(&address, "/complain", &complaint(number)).as_deref().and_then(receipt)
                    else {
                        continue;
                    };
                    acknowledged.lock().unwrap().push((number, code));
                    if done.fetch_add(1, Ordering::SeqCst) + 1 == until {
                        child.lock().unwrap().kill().unwrap();
                    }
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

both_databases! {
    async fn no_acknowledged_complaint_is_lost_by_a_kill(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        tokio::task::spawn_blocking(move || {
            let mut server = Server::start(&data, database.as_deref());
            let acknowledged = storm(&mut server, 437);
            drop(server);
            assert!(acknowledged.len() >= 437 && acknowledged.len() < POSTS, "{}", acknowledged.len());
            let server = Server::start(&data, database.as_deref());
            for (number, code) in &acknowledged {
                let answer = post(&server.address, "/follow", &format!("code={code}")).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("X{number}<")), "{code} is lost");
            }
            // A form whose answer was lost is sent again and is still one complaint.
            let again = post(&server.address, "/complain", &complaint(acknowledged[0].0)).unwrap();
            assert_eq!(receipt(&again).as_ref(), Some(&acknowledged[0].1));
        })
        .await
        .unwrap();
    }
}
