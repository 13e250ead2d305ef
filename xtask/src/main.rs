//! Tasks of the project: prepare a machine, run every test, start the demo, fetch the vendored files.
//! Standard library only, so that `cargo xtask` starts at once in a fresh clone. It deliberately knows nothing
//! of the product: it starts programs and reads what they print.

mod bench;
mod command;
mod demo;
mod licences;
mod oracle;
mod phases;
mod postgres;
mod sbom;
mod selection;
mod setup;
mod tally;
mod test;
mod tools;
mod vendor;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup             install what tests need (Debian packages, a Python and axe-core below target); does nothing where all is there
  test [ARGS]       format, lints, build and every test on both databases; ARGS go to the test runner:
                    cargo xtask test -p xingjian-enforce        one crate
                    cargo xtask test hearing                    tests with this word in their name
  demo [ARGS]       build and start the demo city; ARGS go to `xingjian demo`
  bench [NAME...]   run the benchmarks of bench/README.md: draw, import, log, ingest, claims, pages; --small only shows that they work
  licences          compare the licences of everything that is built with those that are allowed, offline; after a build or a test
  sbom [FILE]       the bill of materials of the program (CycloneDX), offline; after a build or a test
  vendor            fetch the vendored assets again and compare them with the lock file
  vendor --check    compare the vendored assets with the lock file, offline
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    let rest = rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest);
    let result = match (name, rest) {
        ("setup", []) => setup::ensure().and_then(|_| oracle::ensure()).and_then(|_| vendor::axe()).map(|_| ()),
        ("test", rest) => test::test(rest),
        ("demo", rest) => demo::demo(rest),
        ("bench", rest) => bench::bench(rest),
        ("licences", []) => licences::check(),
        ("sbom", []) => sbom::write(None),
        ("sbom", [file]) => sbom::write(Some(file)),
        ("vendor", []) => vendor::fetch(),
        ("vendor", [flag]) if flag == "--check" => vendor::check(),
        ("help" | "--help" | "-h", _) => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown command: {}\n\n{USAGE}", arguments.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}
