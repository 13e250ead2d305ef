//! Where the programs that tests need are on this machine.

use crate::command::{Result, program, succeeds, which};
use std::path::{Path, PathBuf};

/// The regular weight of the font that `fonts-noto-cjk` installs.
const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// The programs that tests need, all found.
pub struct Tools {
    /// Chromium.
    pub chrome: PathBuf,
    /// The WebDriver server of the same version.
    pub chromedriver: PathBuf,
    /// The folder of `initdb`, `postgres` and `pg_isready`.
    pub postgres: PathBuf,
}

/// What was looked for: each is either found or missing.
pub struct Search {
    chrome: Option<PathBuf>,
    chromedriver: Option<PathBuf>,
    postgres: Option<PathBuf>,
    fonts: bool,
    python: bool,
    venv: bool,
    strace: Option<PathBuf>,
}

impl Search {
    /// Looks at the environment first, then in the usual places. A variable that points nowhere is an error.
    pub fn new(debian: bool) -> Result<Self> {
        Ok(Self {
            chrome: named("CHROME", Path::is_file)?
                .or_else(|| first(&["chromium", "chromium-browser", "google-chrome"])),
            chromedriver: named("CHROMEDRIVER", Path::is_file)?.or_else(|| first(&["chromedriver"])),
            postgres: named("PG_BIN", has_server)?.or_else(newest_server),
            // Elsewhere fonts lie in other places; pages still work without, only pictures show boxes.
            fonts: !debian || Path::new(FONT).is_file(),
            // Second readings of reference data are scripts of the standard library.
            python: which("python3").is_some(),
            // One of them needs DuckDB; Debian keeps what makes a folder for that in a package of its own.
            venv: succeeds(program("python3").args(["-c", "import ensurepip, venv"])),
            // A test counts what is brought to disk.
            strace: which("strace"),
        })
    }

    /// The Debian packages that would bring what is missing.
    pub fn missing_packages(&self) -> Vec<&'static str> {
        let wanted = [
            ("postgresql", self.postgres.is_some()),
            ("chromium", self.chrome.is_some()),
            ("chromium-driver", self.chromedriver.is_some()),
            ("fonts-noto-cjk", self.fonts),
            ("python3", self.python),
            ("python3-venv", self.venv),
            ("strace", self.strace.is_some()),
        ];
        wanted.into_iter().filter(|(_, found)| !found).map(|(package, _)| package).collect()
    }

    /// All tools, if nothing is missing.
    pub fn complete(self) -> Option<Tools> {
        Some(Tools { chrome: self.chrome?, chromedriver: self.chromedriver?, postgres: self.postgres? })
    }
}

fn named(variable: &str, fits: impl Fn(&Path) -> bool) -> Result<Option<PathBuf>> {
    match std::env::var_os(variable).map(PathBuf::from) {
        Some(path) if fits(&path) => Ok(Some(path)),
        Some(path) => {
            Err(format!("{variable}={} does not point at what it should; correct or unset it", path.display()))
        }
        None => Ok(None),
    }
}

fn first(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| which(name))
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).is_file())
}

/// Debian keeps one folder a major version; elsewhere the programs are on `PATH`.
fn newest_server() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbered = versions.filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((major, entry.path().join("bin")))
    });
    let newest = numbered.filter(|(_, folder)| has_server(folder)).max_by_key(|(major, _)| *major);
    let on_path = || which("initdb")?.canonicalize().ok()?.parent().map(Path::to_path_buf).filter(|f| has_server(f));
    newest.map(|(_, folder)| folder).or_else(on_path)
}
