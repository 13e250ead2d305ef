//! The catalogue of a node: read from its own files, named by its content, compiled once for the data it is asked about.
//! Rules do not travel: a task names its catalogue by hash, and a node that has another one refuses.

use crate::extent::Extent;
use crate::rows;
use arrow_array::RecordBatch;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use xingjian_kernel::Fault;
use xingjian_screen::catalogue;
use xingjian_screen::claims::{Error, Store};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run;

/// Why a node does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It has no rules, or others.
    #[error("规则目录不同：任务要求 {asked}，本节点是 {here}；请用相同的规则文件重新启动本节点")]
    OtherCatalogue {
        /// Hash of its own.
        here: String,
        /// Hash asked for.
        asked: String,
    },
    /// The store is not in the state that the run is about.
    #[error(
        "{store} 的数据与任务开始时不同：任务要求清单 {asked}，本节点看到 {here}；请确认各节点共享同一文件夹，且筛查期间没有导入，然后重新筛查"
    )]
    OtherData {
        /// The store.
        store: String,
        /// Hash of the manifest it sees.
        here: String,
        /// Hash asked for.
        asked: String,
    },
    /// The store cannot be read; the cause is part of the message because only the message travels.
    #[error("{error}：{}", causes(error))]
    Store {
        /// The error with its causes.
        error: Error,
    },
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store { error }
    }
}

fn causes(error: &Error) -> String {
    let mut texts = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    if texts.is_empty() { "请检查数据文件".to_owned() } else { texts.join("：") }
}

/// A catalogue with its name.
#[derive(Debug)]
pub struct Catalogue {
    rules: Vec<Rule>,
    hash: String,
    /// What the last tasks were about; a run has many tasks of the same data.
    prepared: Mutex<Option<Arc<Prepared>>>,
}

/// A store that is open and the plan for it.
#[derive(Debug)]
struct Prepared {
    extent: Extent,
    store: Store,
    plan: Plan,
}

impl Catalogue {
    /// A catalogue of some rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut sorted: Vec<&Rule> = rules.iter().collect();
        sorted.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
        let text = serde_json::to_vec(&sorted).expect("rules are plain data");
        let hash = hex::encode(Sha256::digest(text));
        Self { rules, hash, prepared: Mutex::default() }
    }

    /// Reads it: `.toml` as people write it, everything else as an import writes it.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Vec<Fault>> {
        let (mut rules, mut faults) = (Vec::new(), Vec::new());
        for path in paths {
            let written = path.extension().is_some_and(|ending| ending == "toml");
            match if written { catalogue::read_pack(path) } else { catalogue::read(path) } {
                Ok(read) => rules.extend(read),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Self::new(rules)) } else { Err(faults) }
    }

    /// Its name: another one as soon as a rule is.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Gives what one bucket shows by the catalogue of this name to `send`, as [`rows::send`] does.
    pub fn give(
        &self,
        asked: &str,
        extent: &Extent,
        bucket: usize,
        send: impl FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<(), Refusal> {
        if asked != self.hash {
            return Err(Refusal::OtherCatalogue { here: self.hash.clone(), asked: asked.to_owned() });
        }
        let prepared = self.prepared(extent)?;
        let (hits, part) = run::of_bucket(&prepared.store, &prepared.plan, &extent.months, bucket)?;
        Ok(rows::send(bucket, &hits, &part, send)?)
    }

    fn prepared(&self, extent: &Extent) -> Result<Arc<Prepared>, Refusal> {
        // Held while compiling, so that the tasks that come at once wait for one plan.
        let mut known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = known.as_ref().filter(|prepared| prepared.extent == *extent) {
            return Ok(prepared.clone());
        }
        let store = extent.open()?;
        let plan = Plan::compile(self.rules.clone(), Parameters::default(), &store.dictionaries, &Extracts::default());
        let prepared = Arc::new(Prepared { extent: extent.clone(), store, plan });
        *known = Some(prepared.clone());
        Ok(prepared)
    }
}
