//! Prepares a machine: Debian packages, and only those that are missing. Without a gap it uses no network.
//! The Python that two tests need is `oracle`'s.

use crate::command::{Result, is_root, output, program, run, which};
use crate::tools::{Search, Tools};
use std::path::Path;
use std::process::Command;

/// The oldest compiler that the workspace accepts (`rust-version` in Cargo.toml).
const RUST: (u32, u32) = (1, 95);

/// Where Debian's scripts look whether a new server gets a cluster of its own.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.conf";

/// Makes sure of what the demo needs: the compiler. Nothing is installed, so it needs no root; it says where a
/// browser of this machine would show boxes.
pub fn ensure_compiler() -> Result<()> {
    check_compiler(&output(program("rustc").arg("--version"))?)?;
    if is_debian() && Search::new(true)?.missing_packages().contains(&"fonts-noto-cjk") {
        println!(
            "note: without Chinese fonts a browser on this machine shows boxes; `cargo xtask setup` installs them"
        );
    }
    Ok(())
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").is_file()
}

/// Makes sure that compiler, PostgreSQL, Chromium with its driver, Chinese fonts, Python with `venv` and strace are there.
pub fn ensure() -> Result<Tools> {
    check_compiler(&output(program("rustc").arg("--version"))?)?;
    let debian = is_debian();
    let search = Search::new(debian)?;
    let missing = search.missing_packages();
    let search = if missing.is_empty() {
        search
    } else if debian {
        install(&missing)?;
        Search::new(debian)?
    } else {
        return Err(elsewhere(&missing));
    };
    let left = search.missing_packages();
    let tools = search.complete().ok_or_else(|| format!("still missing after installation: {}", left.join(" ")))?;
    println!("chromium     {}", tools.chrome.display());
    println!("chromedriver {}", tools.chromedriver.display());
    println!("postgresql   {}", tools.postgres.display());
    Ok(tools)
}

fn check_compiler(version: &str) -> Result<()> {
    let number = version.split(' ').nth(1).unwrap_or_default();
    let mut parts = number.split('.').map_while(|part| part.parse::<u32>().ok());
    let found = parts.next().zip(parts.next());
    if found.is_some_and(|found| found >= RUST) {
        return Ok(());
    }
    let (major, minor) = RUST;
    Err(format!(
        "rustc {major}.{minor} or newer is needed, found `{version}`; `rustup update stable` brings it \
         (Debian's own package is older)"
    ))
}

fn elsewhere(missing: &[&str]) -> String {
    format!(
        "this is not Debian, so nothing is installed here. Missing (Debian's names): {}.\n\
         Install them your own way and say where they are:\n  {PLACES}",
        missing.join(" ")
    )
}

/// How to say where the programs are that no package brought.
const PLACES: &str = "PG_BIN=FOLDER_OF_INITDB CHROME=FILE CHROMEDRIVER=FILE cargo xtask test";

/// What somebody can do where packages cannot be installed from here.
fn by_hand(missing: &[&str]) -> String {
    format!(
        "As root:\n  apt-get update && apt-get install --no-install-recommends {}\n\
         or install them another way and say where they are:\n  {PLACES}",
        missing.join(" ")
    )
}

/// What to do where apt-get failed: its own words above say why.
fn after_apt(told: &str, missing: &[&str]) -> String {
    format!(
        "{told}\nThe packages were not installed; what apt-get says above tells why. `Failed to fetch` means that no \
         Debian mirror is reached:\nconnect the machine, or behind a proxy set http_proxy=http://HOST:PORT and try again.\n{}",
        by_hand(missing)
    )
}

fn install(missing: &[&str]) -> Result<()> {
    println!("missing: {}", missing.join(" "));
    let sudo = !is_root()?;
    if sudo && which("sudo").is_none() {
        return Err(format!("installing needs root and there is no sudo.\n{}", by_hand(missing)));
    }
    packages(sudo, missing).map_err(|told| after_apt(&told, missing))
}

fn packages(sudo: bool, missing: &[&str]) -> Result<()> {
    run(privileged(sudo, "apt-get").args(["update", "-q"]))?;
    if missing.contains(&"postgresql") {
        // First the package with the settings: the server's own script reads them while it installs.
        run(&mut apt_install(sudo, &["postgresql-common"]))?;
        run(privileged(sudo, "sh").args(["-c", NO_CLUSTER, "sh", CLUSTER_SETTINGS]))?;
    }
    run(&mut apt_install(sudo, missing))
}

/// Tests start a private server; a second one at boot would only be in the way.
const NO_CLUSTER: &str = "sed -i '/^[# ]*create_main_cluster/d' \"$1\" && echo 'create_main_cluster = false' >> \"$1\"";

fn apt_install(sudo: bool, packages: &[&str]) -> Command {
    let mut command = privileged(sudo, "apt-get");
    command.args(["install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]).args(packages);
    command
}

fn privileged(sudo: bool, name: &str) -> Command {
    let mut command = program(if sudo { "sudo" } else { "env" });
    if sudo {
        // sudo drops our environment: a proxy is kept by name, as its address may carry a password; env sets the rest.
        let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let proxies: Vec<&str> = ["http_proxy", "https_proxy", "no_proxy"].into_iter().filter(set).collect();
        if !proxies.is_empty() {
            command.arg(format!("--preserve-env={}", proxies.join(",")));
        }
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", name]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_unreadable_compilers_are_refused() {
        assert_eq!(check_compiler("rustc 1.95.0 (59807616e 2026-04-14)"), Ok(()));
        assert_eq!(check_compiler("rustc 2.0.0-nightly (abc 2027-01-01)"), Ok(()));
        for old in ["rustc 1.94.1 (abc 2026-03-01)", "rustc 0.9", "clang 17", ""] {
            assert!(check_compiler(old).is_err_and(|message| message.contains("1.95")), "{old}");
        }
    }

    #[test]
    fn a_refusal_names_the_way_on() {
        for message in [elsewhere(&["chromium"]), by_hand(&["chromium"]), after_apt("`apt-get` failed", &["chromium"])]
        {
            assert!(["chromium", "CHROME=", "PG_BIN="].iter().all(|word| message.contains(word)), "{message}");
        }
        let message = after_apt("`apt-get` failed: exit status: 100", &["chromium"]);
        assert!(
            ["100", "mirror", "http_proxy=", "apt-get install"].iter().all(|word| message.contains(word)),
            "{message}"
        );
    }
}
