//! Every benchmark by one command: builds what it needs, makes the cities once below `target/bench`, and runs the comparisons of
//! `bench/README.md` as they stand there. Nothing else should run on the machine.

use crate::command::{Result, cargo, output, program, run, succeeds, target};
use crate::{oracle, postgres::Server, setup};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The benchmarks, in the order in which they run, with the crate of each.
const ALL: &[(&str, &str, Bench)] = &[
    ("draw", "xingjian-bench-draw", draw),
    ("import", "xingjian-bench-import", import),
    ("log", "xingjian-bench-log", log),
    ("ingest", "xingjian-bench-claims", ingest),
    ("claims", "xingjian-bench-claims", claims),
    ("pages", "xingjian-bench-pages", pages),
];
/// What the comparison with other engines needs beside.
const ENGINES: [&str; 3] = ["duckdb==2.0.0", "datafusion==55.0.0", "pyarrow==26.0.1"];
/// A demonstration of this day; it lies within the official calendar.
const DAY: &str = "2026-11-21";

type Bench = fn(&Place) -> Result<()>;

/// Where a benchmark works.
struct Place {
    /// A folder of its own.
    folder: PathBuf,
    /// Its program.
    bench: PathBuf,
    /// Sizes at which it only shows that it works.
    small: bool,
}

impl Place {
    fn size(&self, small: u32, full: u32) -> String {
        if self.small { small } else { full }.to_string()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs the program.
    fn run(&self, arguments: &[&str]) -> Result<()> {
        run(program(&self.bench).args(arguments))
    }

    /// A folder that is not there yet.
    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.at(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
        }
        Ok(folder)
    }
}

/// Runs those that are named, or all.
pub fn bench(arguments: &[String]) -> Result<()> {
    let small = arguments.iter().any(|word| word == "--small");
    let names: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--small").collect();
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|(known, ..)| known == *name)) {
        let known: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
        return Err(format!("no benchmark {unknown}; there are {}", known.join(", ")));
    }
    let wanted: Vec<_> = ALL.iter().filter(|(name, ..)| names.is_empty() || names.contains(name)).collect();
    let mut build = cargo();
    build.args(["build", "--release", "-p", "xingjian-cli"]);
    for (_, package, _) in &wanted {
        build.args(["-p", package]);
    }
    run(&mut build)?;
    for (name, package, what) in wanted {
        println!("\n== {name}");
        let folder = target().join("bench").join(if small { format!("{name}-small") } else { (*name).to_owned() });
        fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        what(&Place { folder, bench: binary(package), small })?;
    }
    Ok(())
}

fn binary(name: &str) -> PathBuf {
    target().join("release").join(name)
}

fn xingjian(arguments: &[&str]) -> Command {
    let mut command = program(binary("xingjian"));
    command.args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of a checkout are UTF-8")
}

fn draw(place: &Place) -> Result<()> {
    let bundle = place.at("draw.json");
    place.run(&["whole", "--bundle", text(&bundle)])?;
    place.run(&["whole", "--bundle", text(&bundle), "--only-draw"])?;
    let count = place.size(20_000, 1_000_000);
    run(program(oracle::ensure()?).args([Path::new("bench/draw/compare.py"), &place.bench, Path::new(&count)]))
}

fn import(place: &Place) -> Result<()> {
    for (of, full) in [("institutions", 10_000), ("practitioners", 8_000)] {
        let (folder, rows) = (place.fresh(of)?, place.size(500, full));
        place.run(&["--folder", text(&folder), "--of", of, "--rows", &rows])?;
    }
    Ok(())
}

fn log(place: &Place) -> Result<()> {
    place.run(&["--folder", text(&place.fresh("cost")?), "cost"])?;
    let rows = place.size(20_000, 1_000_000);
    place.run(&["--folder", text(&place.fresh("leaves")?), "leaves", "--rows", &rows])
}

/// The national library, imported from the shared data.
fn rules(place: &Place) -> Result<PathBuf> {
    let shared = std::env::var_os("XINGJIAN_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let library = shared.join("data/sets/nhsa_rule_library");
    let points = shared.join("data/ref/insurance/nhsa_knowledge_points.jsonl");
    let data = place.at("rules");
    let file = data.join("claims/rules/nhsa.jsonl");
    if !file.exists() {
        let import = ["rules", "import", "nhsa", text(&library), "--points", text(&points), "--data", text(&data)];
        output(&mut xingjian(&import)).map_err(|told| format!("the national library is needed: {told}"))?;
    }
    Ok(file)
}

fn ingest(place: &Place) -> Result<()> {
    let (rules, tables) = (rules(place)?, place.fresh("tables")?);
    let store = place.fresh("store")?;
    let patients = place.size(3_000, 300_000);
    let of = ["--store", text(&store), "--rules", text(&rules)];
    let make = ["tables", "--folder", text(&tables), "--patients", &patients];
    place.run(&[&of[..], &make].concat())?;
    run(program(oracle::ensure()?).args([Path::new("bench/claims/ingest.py"), &place.bench, &rules, &tables]))
}

fn claims(place: &Place) -> Result<()> {
    let rules = rules(place)?;
    let python = place.at("python/bin/python");
    if !succeeds(program(&python).args(["-c", "import datafusion, duckdb, pyarrow"])) {
        run(program("python3").args(["-m", "venv", "--clear"]).arg(place.at("python")))?;
        run(program(&python).args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"]).args(ENGINES))?;
    }
    let (patients, buckets) = (place.size(10_000, 730_000), place.size(4, 16));
    // Figures of a small run belong to nobody's documents.
    let docs = if place.small { place.at("docs") } else { PathBuf::from("docs") };
    fs::create_dir_all(&docs).map_err(|error| format!("cannot create {}: {error}", docs.display()))?;
    let mut compare = program(&python);
    compare.arg("bench/claims/compare.py").arg("--binary").arg(&place.bench).arg("--work").arg(place.at("work"));
    compare.arg("--library").arg(rules).args(["--packs", "policy/national/claims", "--docs", text(&docs)]);
    run(compare.args(["--patients", &patients, "--buckets", &buckets]))
}

fn pages(place: &Place) -> Result<()> {
    let (city, large) = (place.at("city"), place.at("larger"));
    let size = if place.small { "small" } else { "full" };
    fill(&city, &["--size", size])?;
    let times = place.size(2, 20);
    fill(&large, &if place.small { vec!["--size", "small"] } else { vec!["--size", "full", "--times", &times] })?;
    looked_at(place, &city)?;
    place.run(&["load", "--small", text(&city), "--large", text(&large)])?;
    let copy = place.fresh("copy")?;
    run(program("cp").arg("-r").args([&city, &copy]))?;
    many_proxies(&copy)?;
    place.run(&["accept", "--data", text(&copy)])?;
    let server = Server::start(&setup::ensure()?.postgres)?;
    let other = place.fresh("postgres")?;
    fill(&other, &["--size", "small", "--database", &server.url()])?;
    many_proxies(&other)?;
    looked_at_with(place, &other, &["--database", &server.url()])?;
    place.run(&["accept", "--data", text(&other), "--database", &server.url()])
}

/// A demonstration, made where it is not there.
fn fill(data: &Path, more: &[&str]) -> Result<()> {
    if data.join("instance.json").exists() {
        return Ok(());
    }
    let demo = ["demo", "--city", "zhuhai", "--no-serve", "--date", DAY, "--data", text(data)];
    run(xingjian(&demo).args(more).stdout(Stdio::null()))
}

/// One address may not send so many complaints: these say they come from many.
fn many_proxies(data: &Path) -> Result<()> {
    let file = data.join("sign-in.toml");
    fs::write(&file, "proxies = [\"127.0.0.1\"]\n").map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn looked_at(place: &Place, data: &Path) -> Result<()> {
    looked_at_with(place, data, &[])
}

/// Every page of the menu as each demonstration login sees it, one at a time.
fn looked_at_with(place: &Place, data: &Path, more: &[&str]) -> Result<()> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.map_err(|error| format!("no free port: {error}"))?.to_string();
    let mut serve = xingjian(&["serve", "--data", text(data), "--listen", &address]);
    let mut child = serve.args(more).stdout(Stdio::null()).spawn().map_err(|error| format!("cannot serve: {error}"))?;
    for _ in 0..100 {
        if std::net::TcpStream::connect(&address).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let looked = place.run(&["look", "--address", &address]);
    // It may have ended already.
    let _ = child.kill();
    child.wait().map_err(|error| format!("the server cannot be waited for: {error}"))?;
    looked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_that_is_not_there_is_said_before_anything_is_built() {
        let told = bench(&["pages".to_owned(), "nothing".to_owned()]).unwrap_err();
        assert_eq!(told, "no benchmark nothing; there are draw, import, log, ingest, claims, pages");
    }

    #[test]
    fn every_benchmark_has_a_heading_in_the_page() {
        let page = fs::read_to_string(crate::command::root().join("bench/README.md")).unwrap();
        for (name, package, _) in ALL {
            assert!(page.contains(&format!("`cargo xtask bench {name}`")), "{name}");
            assert!(page.contains(package), "{package}");
        }
    }
}
