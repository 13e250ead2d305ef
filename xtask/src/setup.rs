//! Prepares a machine: Debian packages, and only those that are missing. Without a gap it uses no network.

use crate::command::{Result, is_root, output, program, run, which};
use crate::tools::{Search, Tools};
use std::path::Path;
use std::process::Command;

/// The oldest compiler that the workspace accepts (`rust-version` in Cargo.toml).
const RUST: (u32, u32) = (1, 95);

/// Where Debian's scripts look whether a new server gets a cluster of its own.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.conf";

/// Makes sure that compiler, PostgreSQL, Chromium with its driver, Chinese fonts and Python are there.
pub fn ensure() -> Result<Tools> {
    check_compiler(&output(program("rustc").arg("--version"))?)?;
    let debian = Path::new("/etc/debian_version").is_file();
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
    Err(format!("rustc {}.{} or newer is needed, found `{version}`; `rustup update stable` brings it", RUST.0, RUST.1))
}

fn elsewhere(missing: &[&str]) -> String {
    format!(
        "this is not Debian, so nothing is installed here. Missing (Debian's names): {}.\n\
         Install them your own way and say where they are:\n  \
         PG_BIN=FOLDER_OF_INITDB CHROME=FILE CHROMEDRIVER=FILE cargo xtask test",
        missing.join(" ")
    )
}

fn install(missing: &[&str]) -> Result<()> {
    println!("missing: {}", missing.join(" "));
    let sudo = !is_root()?;
    if sudo && which("sudo").is_none() {
        return Err(format!(
            "installing needs root and there is no sudo. As root:\n  \
             apt-get update && apt-get install --no-install-recommends {}",
            missing.join(" ")
        ));
    }
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
        command.arg("env"); // sudo drops our environment; env sets it again on the other side
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
        let message = elsewhere(&["chromium"]);
        assert!(["chromium", "CHROME=", "PG_BIN="].iter().all(|word| message.contains(word)), "{message}");
    }
}
