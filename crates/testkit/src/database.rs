use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use xingjian_store::{Db, Executor, migrate, migrations};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file of its own.
    Sqlite,
    /// A database cloned from a migrated template, on the server of `XINGJIAN_PG_URL`.
    Postgres,
}

/// A fresh, migrated database.
pub struct TestDb {
    /// The connection.
    pub db: Db,
    /// Where it is: a path or an address.
    pub address: String,
    /// A folder that goes with it.
    pub folder: PathBuf,
}

impl Drop for TestDb {
    fn drop(&mut self) {
        // A folder left behind is only untidy.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a test leaves on the server: dropped when it passed, kept for a look when it failed.
pub(crate) struct Leftover(Option<(String, String)>);

impl Leftover {
    pub(crate) async fn discard(self) {
        if let Some((server, name)) = self.0
            && let Ok(admin) = Db::postgres(&server).await
        {
            // A database left behind costs only disk, and goes with the server.
            let _ = admin.reader().run(&format!("drop database {name} with (force)"), vec![]).await;
        }
    }
}

/// The template of these migrations: another checkout on the same server has its own.
fn template() -> String {
    let mut hasher = DefaultHasher::new();
    migrations().for_each(|migration| migration.hash(&mut hasher));
    format!("xingjian_template_{:016x}", hasher.finish())
}

impl TestDb {
    /// What is to be dropped when the test has passed.
    pub(crate) fn leftover(&self) -> Leftover {
        let name = self.address.rsplit_once('/').map_or("", |(_, name)| name).to_owned();
        Leftover(match std::env::var("XINGJIAN_PG_URL") {
            Ok(server) if self.address.starts_with("postgres") => Some((server, name)),
            _ => None,
        })
    }

    /// Makes one; `None` where there is no PostgreSQL to make it on.
    pub async fn new(backend: Backend, name: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("xingjian-{name}"));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        match backend {
            Backend::Sqlite => {
                let path = folder.join("test.db");
                let db = Db::sqlite(&path).await.expect("a new SQLite file opens");
                migrate(&db).await.expect("a new database migrates");
                Some(Self { db, address: path.display().to_string(), folder })
            }
            Backend::Postgres => {
                let Ok(server) = std::env::var("XINGJIAN_PG_URL") else {
                    crate::shared::skipped("no PostgreSQL (run through cargo xtask test)");
                    return None;
                };
                let name = format!("t_{}", name.replace('-', "_"));
                let address = clone_template(&server, &name).await;
                let db = Db::postgres(&address).await.expect("the cloned database opens");
                Some(Self { db, address, folder })
            }
        }
    }
}

async fn clone_template(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("XINGJIAN_PG_URL ends in /database");
    let admin = Db::postgres(server).await.expect("the PostgreSQL of XINGJIAN_PG_URL answers");
    // One test at a time makes the template; the lock is a transaction's, so a killed test releases it.
    let lock = admin.begin().await.expect("a transaction starts");
    lock.run("select pg_advisory_xact_lock(620)", vec![]).await.expect("the lock is granted");
    let source = template();
    let there = lock.one("select 1 as one from pg_database where datname = $1", vec![source.clone().into()]).await;
    if there.expect("the catalogue answers").is_none() {
        let create = format!("create database {source} template template0 encoding 'UTF8' locale 'C'");
        admin.reader().run(&create, vec![]).await.expect("the template is made");
    }
    let template = Db::postgres(&format!("{base}/{source}")).await.expect("the template opens");
    migrate(&template).await.expect("the template migrates");
    template.reader().clone().close().await.expect("the template closes");
    admin.reader().run(&format!("create database {name} template {source}"), vec![]).await.expect("a clone is made");
    lock.commit().await.expect("the lock is released");
    admin.reader().clone().close().await.expect("the connection closes");
    format!("{base}/{name}")
}
