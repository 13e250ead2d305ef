//! The catalogue of a node: rules, the ages they name and the registrations of doctors, read from its own files, named by their content,
//! compiled once for the data it is asked about. They do not travel: a task names its catalogue by hash, and a node that has another one refuses.

use crate::extent::Extent;
use crate::rows;
use arrow_array::RecordBatch;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xingjian_kernel::Fault;
use xingjian_screen::catalogue;
use xingjian_screen::claims::{Error, Store};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::registrations;
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run;

/// Why a node does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It has no rules, ages and registrations, or others.
    #[error("规则目录不同：任务要求 {asked}，本节点是 {here}；请用相同的规则、年龄和执业注册文件重新启动本节点")]
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

/// Where a catalogue is read from.
#[derive(Debug, clap::Args)]
pub struct Files {
    /// Files of rules: .toml as people write them, everything else as `xingjian rules export` does
    #[arg(long = "rules", required = true, num_args = 1..)]
    pub rules: Vec<PathBuf>,
    /// Ages that rules name without a number, as `xingjian rules export --ages` writes them; the product's defaults without
    #[arg(long)]
    pub ages: Option<PathBuf>,
    /// Registrations of all doctors (CSV), as `xingjian screen` has them; without any nobody is judged by registration
    #[arg(long)]
    pub registrations: Option<PathBuf>,
}

fn ages(path: &Path) -> Result<Parameters, Fault> {
    let fault = |reason: String, mend: &str| Fault::new(path.display().to_string(), "", &reason, mend);
    let text = std::fs::read(path).map_err(|error| fault(format!("无法读取（{error}）"), "核对路径和权限"))?;
    serde_json::from_slice(&text)
        .map_err(|error| fault(format!("不是年龄文件（{error}）"), "用 xingjian rules export --ages 重新生成"))
}

/// A catalogue with its name.
#[derive(Debug)]
pub struct Catalogue {
    rules: Vec<Rule>,
    parameters: Parameters,
    extracts: Extracts,
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
    /// A catalogue of some rules, with the ages they name and what is known of doctors.
    pub fn new(rules: Vec<Rule>, parameters: Parameters, extracts: Extracts) -> Self {
        let hash = hex::encode(run::basis(&rules, &parameters, &extracts));
        Self { rules, parameters, extracts, hash, prepared: Mutex::default() }
    }

    /// Reads it.
    pub fn read(files: &Files) -> Result<Self, Vec<Fault>> {
        let (mut rules, mut faults) = (Vec::new(), Vec::new());
        for path in &files.rules {
            let written = path.extension().is_some_and(|ending| ending == "toml");
            match if written { catalogue::read_pack(path) } else { catalogue::read(path) } {
                Ok(read) => rules.extend(read),
                Err(found) => faults.extend(found),
            }
        }
        let parameters = files.ages.as_deref().map(ages).transpose().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let doctors = files.registrations.as_deref().map(registrations::read).transpose().unwrap_or_else(|found| {
            faults.extend(found);
            None
        });
        if faults.is_empty() {
            Ok(Self::new(rules, parameters.unwrap_or_default(), Extracts { doctors }))
        } else {
            Err(faults)
        }
    }

    /// Its name: another one as soon as a rule, an age or a registration is.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The name of its run over some months of a store.
    pub fn run_name(&self, store: &Store, months: &[String]) -> String {
        run::name(store, &self.rules, &self.parameters, &self.extracts, months)
    }

    /// Compiled for a store.
    pub fn plan(&self, store: &Store) -> Plan {
        Plan::compile(self.rules.clone(), self.parameters, &store.dictionaries, &self.extracts)
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
        let plan = self.plan(&store);
        let prepared = Arc::new(Prepared { extent: extent.clone(), store, plan });
        *known = Some(prepared.clone());
        Ok(prepared)
    }
}
