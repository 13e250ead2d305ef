//! Measures the import of lists: rows a second, beside parsing the same file and inserting its cells into one plain table, in
//! one transaction with the same durability on the same database, in turn.
//!
//! The import does more, and has to: it judges each row, looks for it in the registry, keeps it as a record with its
//! history, and writes a hashed row of the ledger for it.

use clap::{Parser, ValueEnum};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use xingjian_kernel::{Actor, DepartmentId, Role, Scope};
use xingjian_policy::Policy;
use xingjian_registry::import::{self, Kind};
use xingjian_store::{App, Ctx, Db, Executor, Keys, migrate};
use xingjian_testkit::{TestClock, TestRng, policy_dir};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Arguments {
    /// An empty folder for the databases.
    #[arg(long)]
    folder: PathBuf,
    /// Address of an empty PostgreSQL database, for one turn; without it as many turns on fresh SQLite databases.
    #[arg(long)]
    database: Option<String>,
    /// What the list is of.
    #[arg(long, value_enum, default_value = "institutions")]
    of: Of,
    /// Rows of the list.
    #[arg(long, default_value_t = 10_000)]
    rows: usize,
    /// Turns; which of the two is first changes.
    #[arg(long, default_value_t = 5)]
    times: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    Institutions,
    Practitioners,
}

/// Institutions at which the people of a list practise.
const PLACES: usize = 1_000;
const PLAIN: &str = "create table plain (id bigint primary key, a text, b text, c text, d text, e text, f text)";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder)?;
    let kind = if arguments.of == Of::Institutions { Kind::Institutions } else { Kind::Practitioners };
    let list = if kind == Kind::Institutions { institutions(arguments.rows) } else { people(arguments.rows) };
    let times = if arguments.database.is_some() { 1 } else { arguments.times };
    let mut ratios = vec![];
    for turn in 0..times {
        let db = match &arguments.database {
            Some(url) => Db::postgres(url).await?,
            None => Db::sqlite(&arguments.folder.join(format!("turn{turn}.db"))).await?,
        };
        migrate(&db).await?;
        let ctx = registrar(db)?;
        if kind == Kind::Practitioners {
            import::run(&ctx, Kind::Institutions, "places.csv", institutions(PLACES).as_bytes(), true).await?;
        }
        let (mut plain, mut imported) = (0.0, 0.0);
        for step in 0..2 {
            let start = now();
            if (turn + step) % 2 == 0 {
                insert(&ctx, list.as_bytes()).await?;
                plain = start.elapsed().as_secs_f64();
            } else {
                let (done, _) = import::run(&ctx, kind, "list.csv", list.as_bytes(), true).await?;
                imported = start.elapsed().as_secs_f64();
                let [taken, apart, ..] = done.done.counts;
                assert_eq!(taken + apart, arguments.rows, "every row is new: {:?}", done.done.remarks.first());
            }
        }
        ratios.push(plain / imported);
        let line = serde_json::json!({
            "rows": arguments.rows, "plain_s": plain, "import_s": imported,
            "plain_rows_s": rate(arguments.rows, plain), "import_rows_s": rate(arguments.rows, imported),
            "ratio": plain / imported,
        });
        println!("{line}");
    }
    ratios.sort_by(f64::total_cmp);
    println!("{}", serde_json::json!({ "median_ratio": ratios[ratios.len() / 2] }));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rate to be printed")]
fn rate(rows: usize, seconds: f64) -> f64 {
    (rows as f64 / seconds).round()
}

fn registrar(db: Db) -> Result<Ctx, Failure> {
    let policy = Policy::load(&policy_dir(), "zhuhai").map_err(|faults| format!("{faults:?}"))?;
    let rng = Arc::new(TestRng::new(1));
    let keys = Keys::from_hex(&Keys::generate(&*rng))?;
    let clock = Arc::new(TestClock::at("2026-11-23".parse()?));
    let app = App::new(db, Arc::new(policy), clock, rng, Arc::new(keys));
    let actor = Actor {
        account: None,
        name: "演示".into(),
        roles: vec![Role::Registrar],
        department: DepartmentId::new("health"),
        officer: None,
        granted: vec![],
    };
    let divisions = vec![app.policy.city.division.clone()];
    Ok(Ctx::new(&app, actor, Scope { divisions, ..Scope::system() }))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

/// The file and nothing else: its cells as they are, in one transaction.
async fn insert(ctx: &Ctx, file: &[u8]) -> Result<(), Failure> {
    let tx = ctx.app.db.begin().await?;
    tx.run(PLAIN, vec![]).await?;
    let sql = "insert into plain (id, a, b, c, d, e, f) values ($1, $2, $3, $4, $5, $6, $7)";
    for (number, row) in (0_i64..).zip(csv::Reader::from_reader(file).records()) {
        let row = row?;
        let cells = (0..6).map(|at| row.get(at).unwrap_or_default().to_owned().into());
        tx.run(sql, std::iter::once(number.into()).chain(cells).collect()).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn institutions(rows: usize) -> String {
    let mut text = String::from("机构名称,登记号,区县,地址,等级,床位\n");
    for n in 0..rows {
        let county = ["香洲区", "斗门区", "金湾区"][n % 3];
        let level = ["三级甲等", "二级甲等", "一级", "未定级"][n % 4];
        let _ = writeln!(
            text,
            "演示第{n}门诊部,PDY{n:05}X44040217D1522,{county},广东省珠海市{county}演示路{n}号,{level},{}",
            n % 500
        );
    }
    text
}

fn people(rows: usize) -> String {
    let mut text = String::from("姓名,类别,执业证书编码,机构登记号,执业范围,主要执业机构\n");
    for n in 0..rows {
        let place = n % PLACES;
        let _ = writeln!(
            text,
            "演示人员{n},执业医师,110440402{n:06},PDY{place:05}X44040217D1522,内科专业,演示第{place}门诊部"
        );
    }
    text
}
