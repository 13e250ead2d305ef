//! The steps of a draw in a folder: `freeze.json` and later documents are public, `secrets.json` and `state.json` are not.

use super::proposal::{self, Openings};
use super::{Commit, Run, create, text, verify};
use serde::{Deserialize, Serialize};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use xingjian_cli::clock::{SystemRng, WallClock};
use xingjian_draw::Salt;
use xingjian_draw::bundle::{Bundle, FORMAT, Opened, Step};
use xingjian_draw::draw::{Action, Document, Secrets, State, StopCause, TransitionError, freeze};
use xingjian_draw::seed::{Contributions, Reveal};
use xingjian_kernel::{Clock, DepartmentId, Rng, Timestamp};

const FREEZE: &str = "freeze.json";
const SECRETS: &str = "secrets.json";
const STATE: &str = "state.json";
const BUNDLE: &str = "bundle.json";
const STEPS_BUNDLE: &str = "steps.json";

/// What the authority keeps to itself.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: State,
    documents: Vec<Document>,
    openings: Openings,
}

fn fresh() -> Salt {
    let mut bytes = [0; 32];
    SystemRng.fill(&mut bytes);
    Salt(bytes)
}

fn now() -> Timestamp {
    WallClock::default().now()
}

/// Writes what stays secret.
fn keep(path: &Path, kept: &Kept) -> Result<(), String> {
    create(path, true, |file| Ok(serde_json::to_writer(BufWriter::new(file), kept)?))
}

pub fn commit(wanted: &Commit) -> Result<ExitCode, String> {
    if let (true, Some(draw), Some(department)) = (wanted.reveal, &wanted.draw, &wanted.department) {
        let department = DepartmentId::new(department.as_str());
        let (value, salt) = (fresh(), fresh());
        let commitment = Reveal::commitment(draw, &department, &value, &salt);
        let made = serde_json::json!({
            "draw": draw, "department": department, "commitment": commitment, "value": value, "salt": salt,
        });
        println!("{made:#}");
        eprintln!("commitment 现在交出；value 和 salt 到期之前保密，到期时原样公开");
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(file), Some(out)) = (&wanted.file, &wanted.out) else {
        return Err("请给出方案文件和 --out".to_owned());
    };
    let written = proposal::read(file)?;
    let previous = verify::previous(wanted.previous.as_deref())?;
    let secrets = Secrets { salt: fresh(), nonce: written.release.map(|_| fresh()) };
    let folder = file.parent().unwrap_or(Path::new("."));
    let (proposal, openings) = written.proposal(folder, Some(&fresh)).map_err(|faults| faults.join("\n"))?;
    let frozen = freeze(proposal, previous.file.as_ref(), secrets, wanted.at.unwrap_or_else(now));
    let (state, document) = frozen.map_err(|error| error.to_string())?;
    std::fs::create_dir_all(out).map_err(|error| format!("{}：无法建立（{error}）", out.display()))?;
    // The secrets first: an announcement without them could never be drawn.
    let public = document.canonical();
    let documents = [previous.documents, vec![document]].concat();
    keep(&out.join(SECRETS), &Kept { state, documents, openings })?;
    create(&out.join(FREEZE), false, |mut file| file.write_all(&public))?;
    println!("已封存。{} 现在公布；{} 须妥善保密", out.join(FREEZE).display(), out.join(SECRETS).display());
    Ok(ExitCode::SUCCESS)
}

pub fn run(wanted: &Run) -> Result<ExitCode, String> {
    let at = |name: &str| wanted.dir.join(name);
    let drawn_before = at(STATE).exists();
    let path = if drawn_before { at(STATE) } else { at(SECRETS) };
    let mut kept: Kept = serde_json::from_str(&text(&path)?)
        .map_err(|error| format!("{}：无法读取（{error}）。请使用 draw commit 写出的文件夹", path.display()))?;
    let instant = wanted.at.unwrap_or_else(now);
    match (&wanted.said, drawn_before) {
        (Some(_), true) => return Err(format!("{}：已经抽取。同一次抽查不得重做", wanted.dir.display())),
        (None, false) => return Err("还没有种子。请用 --said 给出各来源的结果".to_owned()),
        (Some(said), false) => {
            let said: Contributions = proposal::typed(said, proposal::value(said)?)?;
            kept.seed_and_draw(said, instant)?;
        }
        (None, true) => {}
    }
    let released = match kept.act(Action::Release { at: instant }) {
        Ok(()) => true,
        Err(TransitionError::Sealed(_) | TransitionError::NotNow { .. }) if !drawn_before => false,
        Err(error) => return Err(error.to_string()),
    };
    let stopped = matches!(kept.state, State::Stopped(_));
    let name = if released || stopped { BUNDLE } else { STEPS_BUNDLE };
    if !drawn_before {
        keep(&at(STATE), &kept)?;
    }
    kept.tell(released);
    create(&at(name), false, |file| kept.into_bundle().write(file))?;
    println!("核验包：{}（xingjian draw verify）", at(name).display());
    Ok(if stopped { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Kept {
    fn act(&mut self, action: Action) -> Result<(), TransitionError> {
        let (state, document) = self.state.clone().apply(action)?;
        self.state = state;
        self.documents.push(document);
        Ok(())
    }

    /// A draw that has no teams is stopped, with what shows that it has none.
    fn seed_and_draw(&mut self, said: Contributions, at: Timestamp) -> Result<(), String> {
        if let Some(early) = said.entered_at().into_iter().find(|entered| *entered > at) {
            return Err(format!("录入时间{early}还没有到。请在各来源产生之后录入"));
        }
        self.act(Action::Seed { said: Box::new(said), at }).map_err(|error| error.to_string())?;
        let drawn = match self.act(Action::Draw { at }) {
            Err(TransitionError::Shortage(_)) => self.act(Action::Stop { cause: StopCause::Shortage, at }),
            other => other,
        };
        drawn.map_err(|error| error.to_string())
    }

    fn into_bundle(self) -> Bundle {
        let draw = self.state.id().clone();
        let (file, opened) = match self.state {
            State::Released(drawn) => (Some(drawn.into_file()), None),
            State::Stopped(stopped) => (None, Opened::of(&stopped)),
            _ => (None, None),
        };
        let steps = self.documents.into_iter().map(|document| Step { document, proof: None });
        Bundle { format: FORMAT.to_owned(), draw, file, opened, steps: steps.collect(), policy: None }
    }

    fn tell(&self, released: bool) {
        let frozen = self.state.frozen();
        for document in self.documents.iter().filter(|document| document.draw() == self.state.id()) {
            if let Document::Seeded(seeding) = document {
                println!("种子的公开部分：{}", seeding.public);
            }
            if let Document::Drawn(drawing) = document {
                println!("抽中{}家，检查人员{}名，结果的哈希 {}", drawing.objects, drawing.officers, drawing.result);
            }
            if let Document::Stopped(stop) = document {
                println!("抽查已经终止：{}", stop.reason.text());
            }
        }
        if let (false, Some(sealing)) = (released, &frozen.document.sealed) {
            println!("名单封存至{}；到期后再次运行本命令即公开", sealing.release);
        }
    }
}
