//! Who may look at whom, read from the manifests.

use crate::tree::{File, files, none};
use std::collections::{BTreeMap, BTreeSet};

/// Crates of this workspace that each crate may use outside its tests. A crate that is not here is a decision to take.
const MAY_USE: &[(&str, &str)] = &[
    ("kernel", ""),
    ("policy", "kernel"),
    ("draw", "kernel tlog"),
    ("tlog", "kernel"),
    ("stats", "kernel"),
    ("screen", "kernel"),
    ("papers", "kernel"),
    ("press", "kernel papers"),
    ("store", "kernel policy tlog"),
    ("registry", "kernel policy store"),
    ("credit", "kernel policy store registry papers"),
    ("enforce", "kernel policy store registry credit papers"),
    ("inspect", "kernel policy store registry credit enforce papers draw"),
    ("sense", "kernel policy store registry credit enforce inspect stats"),
    ("govern", "kernel policy store registry credit enforce inspect sense papers"),
    ("exchange", "kernel policy store registry credit enforce inspect sense govern"),
    ("web", "kernel policy store tlog draw registry credit enforce inspect sense govern exchange"),
    (
        "cli",
        "kernel policy store tlog draw stats screen papers press registry credit enforce inspect sense govern exchange web",
    ),
    ("cluster", "kernel screen"),
    ("testkit", "kernel policy store"),
    // Stories are tests over everything, so they have only dev-dependencies.
    ("stories", ""),
];

/// Crates that only tests may use.
const FOR_TESTS: &[&str] = &["testkit"];

/// Pure crates: no runtime, no database, no web, not even in their tests.
const PURE: &[&str] = &["kernel", "policy", "draw", "tlog", "stats", "papers", "screen"];

/// Foreign crates and who may use them.
const OUTSIDERS: &[(&str, &[&str])] = &[
    ("askama", &["web"]),
    ("axum", &["web", "cli", "stories"]),
    ("sea-orm", &["store", "registry", "credit", "enforce", "inspect", "sense", "govern"]),
];

/// The dependencies of one crate.
#[derive(Default)]
struct Manifest {
    name: String,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
    workspace_lints: bool,
}

impl Manifest {
    fn own(set: &BTreeSet<String>) -> impl Iterator<Item = &str> {
        set.iter().filter_map(|name| name.strip_prefix("xingjian-"))
    }
}

/// Reads the shapes that cargo allows for tables and keys of dependencies; values do not matter here.
fn read(file: &File) -> Manifest {
    let folder = file.path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default();
    let mut manifest = Manifest { name: folder.to_owned(), ..Manifest::default() };
    let mut table = "";
    for line in file.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_matches(['[', ']']);
            if let Some((before, dependency)) = table.rsplit_once("dependencies.") {
                let set = if before.ends_with("dev-") { &mut manifest.dev } else { &mut manifest.normal };
                set.insert(dependency.trim_matches('"').to_owned());
            }
        } else if let Some(key) = line.split(['=', '.', ' ']).next().map(|key| key.trim_matches('"')) {
            if table == "dev-dependencies" || table.ends_with(".dev-dependencies") {
                manifest.dev.insert(key.to_owned());
            } else if table.ends_with("dependencies") {
                manifest.normal.insert(key.to_owned());
            }
        }
        manifest.workspace_lints |= table == "lints" && line.replace(' ', "") == "workspace=true";
    }
    manifest
}

fn directions(manifest: &Manifest) -> Vec<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == manifest.name) else {
        return vec![format!("{}: a crate without a place in the table of directions", manifest.name)];
    };
    let allowed: Vec<&str> = allowed.split_whitespace().collect();
    let normal = Manifest::own(&manifest.normal).filter(|used| !allowed.contains(used));
    let dev = Manifest::own(&manifest.dev)
        .filter(|used| manifest.name != "stories" && !allowed.contains(used) && !FOR_TESTS.contains(used));
    normal.chain(dev).map(|used| format!("{} may not use {used}", manifest.name)).collect()
}

fn outsiders(manifest: &Manifest) -> Vec<String> {
    let mut findings = Vec::new();
    for used in manifest.normal.union(&manifest.dev) {
        if used == "tokio" && PURE.contains(&manifest.name.as_str()) {
            findings.push(format!("{} is pure and may not use tokio", manifest.name));
        }
        if OUTSIDERS.iter().any(|(outsider, users)| used == outsider && !users.contains(&manifest.name.as_str())) {
            findings.push(format!("{} may not use {used}", manifest.name));
        }
    }
    findings
}

fn manifests() -> Vec<Manifest> {
    // crates/NAME/Cargo.toml; deeper ones, such as fuzz targets, are workspaces of their own.
    let of_crate = |file: &&File| file.path.ends_with("/Cargo.toml") && file.path.split('/').count() == 3;
    let found: Vec<_> = files(&["crates"], &["toml"]).iter().filter(of_crate).map(read).collect();
    assert!(found.len() > 10, "the tidy test does not find the manifests");
    found
}

fn made_up(name: &str, text: &str) -> Manifest {
    read(&File::made_up(&format!("crates/{name}/Cargo.toml"), text))
}

#[test]
fn crates_look_only_downward() {
    none(&manifests().iter().flat_map(directions).collect::<Vec<_>>());
    let upward =
        made_up("credit", "[dependencies]\nxingjian-enforce.workspace = true\nxingjian-kernel = { path = \"x\" }\n");
    assert_eq!(directions(&upward), ["credit may not use enforce"]);
    let in_tests =
        made_up("credit", "[dev-dependencies]\nxingjian-testkit.workspace = true\nxingjian-web.workspace = true");
    assert_eq!(directions(&in_tests), ["credit may not use web"]);
    assert_eq!(directions(&made_up("store", "[dependencies.xingjian-registry]\nworkspace = true")).len(), 1);
    assert_eq!(directions(&made_up("novelty", "")).len(), 1);
}

#[test]
fn runtime_database_and_web_stay_where_they_belong() {
    none(&manifests().iter().flat_map(outsiders).collect::<Vec<_>>());
    let pure = made_up(
        "policy",
        "[dev-dependencies]\ntokio = \"1\"\n[target.'cfg(unix)'.dependencies]\nsea-orm.workspace = true",
    );
    assert_eq!(outsiders(&pure).len(), 2);
    let room =
        made_up("enforce", "[dependencies]\ntokio.workspace = true\nsea-orm.workspace = true\naxum.workspace = true");
    assert_eq!(outsiders(&room), ["enforce may not use axum"]);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let lacking: Vec<_> = manifests().into_iter().filter(|m| !m.workspace_lints).map(|m| m.name).collect();
    none(&lacking);
    assert!(!made_up("store", "[lints.rust]\nworkspace = true").workspace_lints);
}

#[test]
fn xtask_uses_the_standard_library_only() {
    let own: BTreeMap<_, _> = files(&["xtask"], &["toml"]).iter().map(|f| (f.path.clone(), read(f))).collect();
    let manifest = own.get("xtask/Cargo.toml").expect("the manifest of this crate");
    let foreign: Vec<_> = manifest.normal.union(&manifest.dev).cloned().collect();
    none(&foreign);
    assert!(manifest.workspace_lints, "xtask takes the lints of the workspace too");
}

/// The crates that a plain `cargo build` does not build: cluster brings DataFusion and Ballista.
const APART: &[&str] = &["cluster"];

fn defaults(workspace: &str, crates: &[String]) -> Vec<String> {
    let list =
        workspace.split("default-members = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let listed: BTreeSet<&str> = list.split('"').filter_map(|word| word.strip_prefix("crates/")).collect();
    let expected: BTreeSet<&str> = crates.iter().map(String::as_str).filter(|name| !APART.contains(name)).collect();
    listed.symmetric_difference(&expected).map(|name| format!("default-members: crates/{name}")).collect()
}

#[test]
fn every_crate_but_those_apart_is_built_by_default() {
    let workspace = std::fs::read_to_string(crate::tree::root().join("Cargo.toml")).expect("the workspace");
    none(&defaults(&workspace, &manifests().into_iter().map(|manifest| manifest.name).collect::<Vec<_>>()));
    let crates = ["kernel", "cluster", "store"].map(str::to_owned);
    assert_eq!(defaults("default-members = [\n  \"crates/kernel\",\n]", &crates), ["default-members: crates/store"]);
    let both = "default-members = [\"crates/kernel\", \"crates/store\", \"crates/cluster\"]";
    assert_eq!(defaults(both, &crates), ["default-members: crates/cluster"]);
}
