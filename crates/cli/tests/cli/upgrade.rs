//! An instance that an older version filled: brought to the present schema with its rows in it, read whole, served, and worked on.
//!
//! `tests/data/schema-0005.xjb` is the backup that the first version with `xingjian backup` made of its small demonstration (演示, of
//! 2026-11-20, schema 0005). It is never made anew: what it holds is what that version wrote.

use crate::operations::watched;
use crate::served::{administrators, complaint, post, receipt, xingjian};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use xingjian_cli::instance::Places;
use xingjian_credit::{demerit::Demerit, event::CreditEvent, grade::Standing, linkage::Linkage};
use xingjian_enforce::case::Case;
use xingjian_govern::publication::Publication;
use xingjian_inspect::{finding::Finding, task::Task};
use xingjian_registry::account::Account;
use xingjian_registry::institution::Institution;
use xingjian_registry::officer::Officer;
use xingjian_registry::practitioner::Practitioner;
use xingjian_registry::unregistered::Unregistered;
use xingjian_sense::claims::screening::Screening;
use xingjian_sense::claims_rule::ClaimsRule;
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::Signal;
use xingjian_store::{Ctx, Filter, Record, records, table_sizes};
use xingjian_testkit::{Backend, TestDb, both_databases, policy_dir};

/// Opens what the demonstration sealed; nothing real was ever sealed with it.
pub const KEY: &str = "80497068a59e0331fcb705290045376359efba84b588fb10473a238e78ae9baecc50f937af8ab285d5b6e81e82035323a463b22bd086004aae8c92105cd0c7bc";

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// How many records of a kind can be read, each as the present version understands it.
async fn read<T: Record>(ctx: &Ctx) -> (&'static str, i64) {
    let all = records::all::<T>(ctx, &Filter::default()).await.unwrap_or_else(|e| panic!("{}: {e}", T::TABLE));
    (T::TABLE.name(), i64::try_from(all.len()).unwrap())
}

/// The answer to a request of somebody who signed in.
fn ask(address: &str, cookie: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn sign_in(address: &str, login: &str) -> String {
    let body = format!("login={login}&password={}", xingjian_web::DEMO_PASSWORD);
    let mut stream = TcpStream::connect(address).unwrap();
    let form = "content-type: application/x-www-form-urlencoded\r\nconnection: close";
    write!(
        stream,
        "POST /sign-in HTTP/1.1\r\nhost: {address}\r\n{form}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.unwrap_or_else(|| panic!("{login} is not let in: {answer}"));
    cookie.split(';').next().unwrap().to_owned()
}

/// Addresses of the desk on a page.
fn links(page: &str) -> BTreeSet<String> {
    let all = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.filter(|link| link.starts_with("/desk") && !link.contains(['?', '#', '&'])).map(str::to_owned).collect()
}

/// Every list that the menu of somebody has, and the first three files of each.
fn looked_at(address: &str, login: &str) -> usize {
    let cookie = sign_in(address, login);
    let good = |path: &str| {
        let page = ask(address, &cookie, path);
        assert!(page.starts_with("HTTP/1.1 200"), "{login} {path}: {}", page.lines().next().unwrap_or_default());
        page
    };
    let menu = links(&good("/desk"));
    let mut seen: BTreeSet<String> = menu.clone();
    for list in menu.iter().filter(|list| !list.contains("excel")) {
        let files = links(&good(list)).into_iter().filter(|link| link.starts_with(&format!("{list}/")));
        for file in files.filter(|file| !file.contains("excel") && !file.contains("download")).take(3) {
            if seen.insert(file.clone()) {
                good(&file);
            }
        }
    }
    seen.len()
}

both_databases! {
    async fn what_the_first_version_filled_is_upgraded_read_and_worked_on(world: World) {
        // An empty one beside that of the world.
        let name = world.db.folder.file_name().unwrap().to_string_lossy().replace("xingjian-", "");
        let other = match world.app.db.kind() {
            "postgres" => TestDb::new(Backend::Postgres, &format!("{name}u")).await,
            _ => None,
        };
        let database = other.as_ref().map(|other| other.address.clone());
        let folder = tempfile::tempdir().unwrap();
        let (data, key) = (folder.path().join("data"), folder.path().join("handed.key"));
        std::fs::write(&key, KEY).unwrap();
        let said = |command: &str, more: &[&str]| {
            let mut command = xingjian(&[command], database.as_deref());
            let output = command.args(more).arg("--data").arg(&data).arg("--policy").arg(policy_dir()).output().unwrap();
            let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            (output.status.success(), text)
        };
        let file = fixture("schema-0005.xjb");
        let (good, told) = said("restore", &[file.to_str().unwrap(), "--field-key", key.to_str().unwrap()]);
        assert!(good && told.contains("已恢复2256行") && told.contains("台账前758条与原日志最后的检查点一致"), "{told}");
        let (_, found) = said("doctor", &[]);
        assert_eq!(found.matches("异常　").count(), 1, "{found}");
        assert!(found.contains("没有可用的安全管理员、审计管理员账号"), "that version had one administrator: {found}");
        administrators(&data, database.as_deref(), &["security_administrator", "audit_administrator"]);
        assert!(said("doctor", &[]).0);

        let places = Places { data: data.clone(), policy: policy_dir(), database: database.clone() };
        let settings = places.settings().unwrap().unwrap();
        let app = places.run(&settings).await.unwrap();
        let ctx = Ctx::system(&app);
        let all = [
            read::<Institution>(&ctx).await, read::<Practitioner>(&ctx).await, read::<Officer>(&ctx).await,
            read::<Unregistered>(&ctx).await, read::<Account>(&ctx).await, read::<Complaint>(&ctx).await,
            read::<Signal>(&ctx).await, read::<Task>(&ctx).await, read::<Finding>(&ctx).await, read::<Case>(&ctx).await,
            read::<CreditEvent>(&ctx).await, read::<Demerit>(&ctx).await, read::<Standing>(&ctx).await,
            read::<Linkage>(&ctx).await, read::<Publication>(&ctx).await, read::<Screening>(&ctx).await,
            read::<ClaimsRule>(&ctx).await,
        ];
        let sizes = table_sizes(&ctx).await.unwrap();
        for (table, count) in all {
            assert!(count > 0 && sizes.contains(&(table, count)), "{table}: {count} of {sizes:?}");
        }
        drop((ctx, app));

        tokio::task::spawn_blocking(move || {
            let (server, _, log) = watched(&data, database.as_deref(), &[]);
            let people = ["shouli", "jiandu1", "fuze", "fazhi", "xinyong", "gongkai", "yibao", "dengji", "guanli"];
            let seen: usize = people.iter().map(|login| looked_at(&server.address, login)).sum();
            assert!(seen > 150, "{seen} pages");
            assert!(receipt(&post(&server.address, "/complain", &complaint(1)).unwrap()).is_some());
            assert!(server.stop());
            let log = log.join().unwrap();
            assert!(!log.contains("ERROR"), "{log}");
        })
        .await
        .unwrap();
    }
}
