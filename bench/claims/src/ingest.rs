//! Ingest of the national tables: `tables` writes those of a made-up city, `ingest` brings them into a store.

use crate::{Failure, now, peak_mb, print, seconds};
use std::path::{Path, PathBuf};
use xingjian_screen::claims::Disk;
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::ingest::{self, Delivery, PatientKey};
use xingjian_screen::layout::Mapping;
use xingjian_screen::rule::{Parameters, Rule};

/// Writes the tables of one month of a city.
pub fn tables(rules: &[Rule], folder: &Path, patients: u32, seed: u64) -> Result<(), Failure> {
    let begin = jiff::civil::date(2026, 1, 1);
    let recipe = Recipe { patients, begin, months: 1, seed, violations: 1000, city: "000000".to_owned() };
    let made = World::new(&recipe, rules, Parameters::default()).write_tables(folder)?;
    print(&[("lines", made.lines.to_string())]);
    Ok(())
}

/// Brings the tables of that month into a store.
pub fn ingest(store: &Path, folder: &Path, threads: usize) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder.join("2026-01"))?;
    let files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    let mapping = Mapping::national();
    let key = PatientKey::new(&[7; 32]).ok_or("a key of 32 bytes")?;
    let begun = now();
    let report = ingest::ingest(&Delivery {
        store,
        month: "2026-01",
        files: &files,
        late: false,
        mapping: &mapping,
        coding: None,
        key: &key,
        threads,
        buckets: None,
        accept_faulty: false,
        disk: Disk::default(),
        progress: &|_| {},
    })?;
    let took = seconds(begun);
    print(&[("lines", report.after.rows.to_string()), ("seconds", took), ("peak_mb", peak_mb())]);
    Ok(())
}
