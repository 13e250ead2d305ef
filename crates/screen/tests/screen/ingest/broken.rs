//! Full disks, kills and damage: nothing half in force, nothing lost, and the same store in the end.

use crate::ingest::city::{City, FEES, MONTH};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::SystemTime;
use xingjian_screen::claims::{Disk, Store};
use xingjian_screen::ingest::{Error, Progress, prune};

/// Another month, so that a store has something to lose.
fn other() -> Vec<(&'static str, String)> {
    let other = |text: &str| text.replace(",v", ",u").replace("\nv", "\nu").replace(",P", ",P1");
    MONTH.iter().map(|(name, text)| (*name, other(text))).collect()
}

fn clean() -> (City, u64) {
    let city = City::new();
    let first = other();
    let first: Vec<(&str, &str)> = first.iter().map(|(name, text)| (*name, text.as_str())).collect();
    city.deliver("2025-12", &first).unwrap();
    let version = city.store().manifest.version;
    (city, version)
}

fn delivered() -> BTreeMap<String, Vec<u8>> {
    let (city, _) = clean();
    city.deliver("2026-01", &MONTH).unwrap();
    city.files()
}

#[test]
fn a_disk_that_fills_half_way_leaves_what_was_and_the_same_call_goes_on_when_there_is_room() {
    let whole = delivered();
    let (mut city, version) = clean();
    let (before, manifest) = (city.files(), city.store().manifest);
    let (mut failures, mut room) = (0, 0);
    loop {
        city.disk = Disk::with_room(room);
        match city.deliver("2026-01", &MONTH) {
            Ok(_) => break,
            Err(error) => {
                assert!(matches!(error, Error::Store(_)), "{error}");
                assert!(error.to_string().contains("磁盘已满；腾出空间后重新执行同一命令"), "{error}");
                assert_eq!((city.files(), &city.store().manifest), (before.clone(), &manifest), "with {room} bytes");
                failures += 1;
            }
        }
        room += 1500;
    }
    assert!(failures > 10, "{failures} failures");
    assert_eq!(city.files(), whole);
    assert_eq!(city.store().manifest.version, version + 1);
}

#[test]
fn a_disk_that_fills_at_any_place_of_a_fresh_start_loses_nothing() {
    let whole = delivered();
    for room in (0..60_000).step_by(3700) {
        let (mut city, _) = clean();
        city.disk = Disk::with_room(room);
        let full = city.deliver("2026-01", &MONTH).is_err();
        city.disk = Disk::default();
        if full {
            assert!(!city.store().manifest.months.contains_key("2026-01"));
            city.deliver("2026-01", &MONTH).unwrap();
        }
        assert_eq!(city.files(), whole, "with {room} bytes at first");
    }
}

/// Delivers until the process dies there.
fn die(city: &mut City, at: Progress) {
    city.dies_at = Some(at);
    assert!(catch_unwind(AssertUnwindSafe(|| city.deliver("2026-01", &MONTH))).is_err(), "{at:?}");
    city.dies_at = None;
}

fn changed(city: &City) -> BTreeMap<PathBuf, SystemTime> {
    let folder = city.folder().join("2026-01");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.path(), entry.metadata().unwrap().modified().unwrap())).collect()
}

#[test]
fn after_a_kill_the_same_call_goes_on_and_finished_buckets_are_not_done_again() {
    let whole = delivered();
    let (mut city, _) = clean();
    city.threads = 1;
    die(&mut city, Progress::Sorting { buckets: 2, of: 4 });
    let done = changed(&city);
    assert!(!done.is_empty());
    // A file that is half written when the process dies.
    std::fs::write(city.folder().join("2026-01/b003-v2.lines.parquet"), "PAR1 half").unwrap();
    city.deliver("2026-01", &MONTH).unwrap();
    let after = changed(&city);
    assert!(done.iter().all(|(path, time)| after[path] == *time));
    assert_eq!(city.files(), whole);
}

#[test]
fn a_kill_at_any_stage_loses_nothing() {
    let whole = delivered();
    let stages = [
        Progress::Reading { rows: 5, of: 32 },
        Progress::Sorting { buckets: 1, of: 4 },
        Progress::Sorting { buckets: 4, of: 4 },
        Progress::Closing,
    ];
    for stage in stages {
        let (mut city, _) = clean();
        city.threads = 1;
        if let Progress::Reading { rows, .. } = stage {
            // How many rows there are is an estimate; whatever it is, the first file has five.
            let of = (5..200).map(|of| Progress::Reading { rows, of });
            let died = of.into_iter().any(|at| {
                city.dies_at = Some(at);
                catch_unwind(AssertUnwindSafe(|| city.deliver("2026-01", &MONTH))).is_err()
            });
            assert!(died || city.store().manifest.months.contains_key("2026-01"));
            city.dies_at = None;
        } else {
            die(&mut city, stage);
        }
        city.deliver("2026-01", &MONTH).unwrap();
        assert_eq!(city.files(), whole, "{stage:?}");
        assert!(!city.folder().join("incoming/2026-01").exists());
    }
}

#[test]
fn other_files_or_a_damaged_state_begin_anew() {
    let whole = delivered();
    for damage in ["state.json", "placed.json", "sorted/b0001.json"] {
        let (mut city, _) = clean();
        die(&mut city, Progress::Sorting { buckets: 4, of: 4 });
        std::fs::write(city.folder().join("incoming/2026-01").join(damage), "{").unwrap();
        city.deliver("2026-01", &MONTH).unwrap();
        assert_eq!(city.files(), whole, "{damage}");
    }
    let (mut city, _) = clean();
    die(&mut city, Progress::Closing);
    let fees = FEES.replace("f8,v4", "f88,v4");
    let mut files = MONTH;
    files[2].1 = &fees;
    city.deliver("2026-01", &files).unwrap();
    assert!(city.month("2026-01").contains("f88"));
    // Another month in between: what was sorted for the earlier version of the store is done again.
    let (mut city, _) = clean();
    die(&mut city, Progress::Closing);
    city.deliver("2026-02", &[("mdtrt_d.csv", "mdtrt_id,psn_no,fixmedins_code,begntime\nz1,P1,A0,2026-02-01\n")])
        .unwrap();
    city.deliver("2026-01", &MONTH).unwrap();
    let text = city.month("2026-01");
    assert!(text.contains("v1 H1") && city.month("2026-02").contains("z1 A0"), "{text}");
}

#[test]
fn a_damaged_spill_is_noticed() {
    let (mut city, _) = clean();
    die(&mut city, Progress::Sorting { buckets: 1, of: 4 });
    let mut broken = 0;
    for entry in std::fs::read_dir(city.folder().join("incoming/2026-01/placed")).unwrap().flatten() {
        let mut bytes = std::fs::read(entry.path()).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(entry.path(), bytes).unwrap();
        broken += 1;
    }
    assert!(broken > 1);
    for file in std::fs::read_dir(city.folder().join("incoming/2026-01/sorted")).unwrap().flatten() {
        std::fs::remove_file(file.path()).unwrap();
    }
    let error = city.deliver("2026-01", &MONTH).unwrap_err();
    assert!(error.to_string().contains("暂存数据不完整"), "{error}");
    // What was given up is removed by pruning, and the delivery begins anew.
    prune(&city.folder()).unwrap();
    city.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(city.files(), delivered());
}

#[test]
fn another_key_or_another_ingest_at_the_same_time_is_refused() {
    let (mut city, _) = clean();
    city.secret = vec![8; 32];
    let error = city.deliver("2026-01", &MONTH).unwrap_err();
    assert!(matches!(error, Error::OtherKey), "{error}");
    city.secret = vec![7; 32];
    let lock = std::fs::File::create(city.folder().join("lock")).unwrap();
    lock.try_lock().unwrap();
    let error = city.deliver("2026-01", &MONTH).unwrap_err();
    assert!(matches!(error, Error::Busy), "{error}");
    assert!(matches!(prune(&city.folder()), Err(Error::Busy)));
    drop(lock);
    city.deliver("2026-01", &MONTH).unwrap();
}

#[test]
fn a_store_whose_first_delivery_failed_is_no_store_yet() {
    let mut city = City::new();
    city.disk = Disk::with_room(2000);
    assert!(city.deliver("2026-01", &MONTH).is_err());
    assert!(!Store::exists(&city.folder()));
    city.disk = Disk::default();
    city.buckets = Some(2);
    city.deliver("2026-01", &MONTH).unwrap();
    assert_eq!(city.store().manifest.buckets, 2);
}
