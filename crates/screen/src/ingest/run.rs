//! A delivery from its files to the manifest that names it.

use super::bucket::{Sorted, Sorting};
use super::carry::{self, Carriage, CarriedIn, Carrying};
use super::counts::{Counts, Tally};
use super::inputs::Inputs;
use super::intern::{Codes, SharedNames};
use super::place::Placing;
use super::read::{AsideText, Reading};
use super::report::{FileReport, Report};
use super::spill::Spill;
use super::state::{self, Placed, State, Work, sorted_name};
use super::{Delivery, Error, Progress, absent, aside};
use crate::claims::manifest::{FileSet, Month, TableFile, is_month};
use crate::claims::{Error as StoreError, Pruned, Store, write};
use crate::layout::{Table, day_of, days_in_month};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use xingjian_kernel::Fault;

/// Lines that a bucket of a month should have.
const LINES_OF_A_BUCKET: u64 = 250_000;
/// A month with fewer lines is tiny.
const TINY: u64 = 1_000_000;
/// Bytes that are read again after a kill at most, beside the file that was being read.
const UNSAVED: u64 = 256 << 20;
/// Rows set aside that are too many where they are also a fifth of the table.
const MANY: u64 = 1_000;
/// Rows of which some may all be set aside by chance.
const FEW: u64 = 10;

/// Brings files into a month of a store.
pub fn ingest(delivery: &Delivery<'_>) -> Result<Report, Error> {
    if !is_month(delivery.month) {
        return Err(Error::Refused(format!("月份“{}”应写成 2026-01", delivery.month)));
    }
    let inputs = Inputs::open(delivery.files, delivery.mapping, delivery.coding)?;
    if !delivery.late && !inputs.has(Table::Visits) {
        let mend = "整月入库必须有就诊表；只补报部分明细请加 --late";
        return Err(Error::Layout(vec![Fault::new(delivery.month, "", "没有就诊表 mdtrt_d 的文件", mend)]));
    }
    std::fs::create_dir_all(delivery.store).map_err(StoreError::io(delivery.store))?;
    let _lock = lock(delivery.store)?;
    let (store, mark) = open_store(delivery, &inputs)?;
    let (work, state) = Work::open(delivery, &store, &mark)?;
    Ingest { delivery, inputs: &inputs, store, work, mark }.run(state)
}

/// Removes files that are no longer in force, and what deliveries that were given up left behind.
pub fn prune(folder: &Path) -> Result<Pruned, Error> {
    let _lock = lock(folder)?;
    let store = Store::open(folder)?;
    let mut pruned = store.prune()?;
    let incoming = state::abandoned(folder);
    count_files(&incoming, &mut pruned);
    if incoming.is_dir() {
        std::fs::remove_dir_all(&incoming).map_err(StoreError::io(&incoming))?;
    }
    Ok(pruned)
}

fn count_files(folder: &Path, pruned: &mut Pruned) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            count_files(&path, pruned);
        } else if let Ok(about) = entry.metadata() {
            pruned.files += 1;
            pruned.bytes += about.len();
        }
    }
}

/// One delivery at a time; the lock ends with the process, however that ends.
pub fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(StoreError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::Busy),
        Err(std::fs::TryLockError::Error(error)) => Err(StoreError::io(&path)(error).into()),
    }
}

/// The store, and the mark of the key. A store without months takes the number of buckets that suits the first.
fn open_store(delivery: &Delivery<'_>, inputs: &Inputs) -> Result<(Store, String), Error> {
    let mut store =
        if Store::exists(delivery.store) { Store::open(delivery.store)? } else { Store::planned(delivery.store, 1) };
    store.disk = delivery.disk.clone();
    let mark = delivery.key.mark();
    if store.manifest.key_mark.as_ref().is_some_and(|known| *known != mark) {
        return Err(Error::OtherKey);
    }
    if store.manifest.months.is_empty() {
        let lines = inputs.rows(Table::Fees).max(inputs.rows(Table::Visits));
        store.manifest.buckets = delivery.buckets.unwrap_or_else(|| buckets_for(lines)).max(1);
    }
    store.manifest.key_mark = Some(mark.clone());
    if delivery.late && !store.manifest.months.contains_key(delivery.month) {
        return Err(Error::Refused(format!("{}还没有入库，不能补报；请先整月入库", delivery.month)));
    }
    Ok((store, mark))
}

fn buckets_for(lines: u64) -> u16 {
    if lines < TINY {
        return 4;
    }
    let buckets = lines.div_ceil(LINES_OF_A_BUCKET).next_power_of_two().clamp(16, 4096);
    u16::try_from(buckets).expect("at most 4,096")
}

/// Days that are believed: from 1880 on, and no more than a year after the month.
fn believed_days(month: &str) -> RangeInclusive<i32> {
    let number = |text: &str| text.parse().unwrap_or(0);
    let (year, month) = (number(&month[..4]), number(&month[5..]));
    let end = day_of(year, month, days_in_month(year, month));
    let first = day_of(1880, 1, 1).expect("a date of the calendar");
    first..=end.map_or(i32::MAX, |day| day + 366)
}

struct Ingest<'a> {
    delivery: &'a Delivery<'a>,
    inputs: &'a Inputs,
    store: Store,
    work: Work,
    mark: String,
}

impl Ingest<'_> {
    fn run(mut self, mut state: State) -> Result<Report, Error> {
        self.read(&mut state)?;
        let placed = self.place(&state)?;
        let codes = Codes::settle(&state.names, &mut self.store.dictionaries);
        let version = self.store.manifest.version + 1;
        let sorted = self.sort(&placed, &codes, version)?;
        (self.delivery.progress)(Progress::Closing);
        let mut counts = state.counts.clone();
        counts.add(&placed.counts);
        for sorted in sorted.values() {
            counts.add(&sorted.counts);
        }
        let carriage = self.carry(&sorted, version)?;
        counts.add(&carriage.counts);
        let old = self.store.manifest.months.get(self.delivery.month).cloned();
        let month = self.month(old.as_ref(), &sorted, version)?;
        let report = self.report(&state, counts, old.as_ref(), &month, &sorted, version);
        self.reconcile(&report, &month)?;
        let report = self.set_aside(report, &state, &placed, &sorted, &carriage)?;
        self.refuse_many(&report)?;
        self.put(month, carriage, &report)?;
        self.work.remove()?;
        Ok(report)
    }

    /// First pass.
    fn read(&self, state: &mut State) -> Result<(), Error> {
        if state.inputs == self.inputs.inputs.len() {
            return Ok(());
        }
        let folder = &self.work.folder;
        let (placed, unplaced) = (
            Spill::open(&self.store.disk, &folder.join("placed"), &state.placed)?,
            Spill::open(&self.store.disk, &folder.join("unplaced"), &state.unplaced)?,
        );
        let names = SharedNames::new(state.names.clone());
        let path = folder.join("read.csv");
        let text = self.store.disk.append(&path).map_err(StoreError::io(&path))?;
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(state.aside))
            .map_err(StoreError::io(&path))?;
        let of: u64 = self.inputs.inputs.iter().map(|input| input.source.rows).sum();
        let done = AtomicU64::new(state.counts.tables.values().map(|counts| counts.read.rows).sum());
        let reading = Reading {
            key: self.delivery.key,
            names: &names,
            placed: &placed,
            unplaced: &unplaced,
            days: believed_days(self.delivery.month),
            threads: self.delivery.threads.max(1),
            aside: Mutex::new(AsideText::new(text, path, state.aside)),
            progress: &|rows| {
                let rows = done.fetch_add(rows, Ordering::Relaxed) + rows;
                (self.delivery.progress)(Progress::Reading { rows, of: of.max(rows) });
            },
        };
        let mut unsaved = 0;
        for (at, input) in self.inputs.inputs.iter().enumerate().skip(state.inputs) {
            let number = u16::try_from(at).map_err(|_| Error::Refused("一次最多65,536个文件或工作表".into()))?;
            let (counts, coding) = reading.read(number, input)?;
            state.counts.add(&counts);
            state.codings.push(coding);
            state.inputs = at + 1;
            unsaved += input.source.bytes;
            if unsaved < UNSAVED && state.inputs < self.inputs.inputs.len() {
                continue;
            }
            unsaved = 0;
            state.names = names.names();
            (state.placed, state.unplaced) = (placed.lengths(), unplaced.lengths());
            state.aside = reading.aside.lock().expect("no thread panics holding it").length;
            self.work.save("state.json", state)?;
        }
        Ok(())
    }

    /// Rows without a person go to the bucket of their visit.
    fn place(&self, state: &State) -> Result<Placed, Error> {
        if let Some(placed) = self.work.load("placed.json")? {
            return Ok(placed);
        }
        let placing = Placing {
            store: &self.store,
            inputs: self.inputs,
            folder: &self.work.folder,
            placed: &state.placed,
            unplaced: &state.unplaced,
        };
        let (lengths, notes) = placing.run()?;
        let (counts, text) = notes.finish();
        let placed = Placed { lengths, counts, text };
        self.work.save("placed.json", &placed)?;
        Ok(placed)
    }

    /// Second pass, by several threads.
    fn sort(&self, placed: &Placed, codes: &Codes, version: u64) -> Result<BTreeMap<u16, Sorted>, Error> {
        let carried = self.store.manifest.months.get(self.delivery.month).map(|month| &month.carried);
        let carried: BTreeMap<String, CarriedIn> = carried
            .into_iter()
            .flatten()
            .map(|(month, file)| Ok((month.clone(), CarriedIn::open(&self.store.folder, file)?)))
            .collect::<Result<_, Error>>()?;
        let sorting = Sorting {
            store: &self.store,
            month: self.delivery.month,
            late: self.delivery.late,
            inputs: self.inputs,
            codes,
            folder: &self.work.folder,
            placed: &placed.lengths,
            carried: &carried,
            version,
        };
        let buckets = self.store.manifest.buckets;
        let done = self.work.sorted(buckets)?;
        let left: Vec<u16> =
            (0..buckets).filter(|bucket| !done.contains_key(bucket) && sorting.is_touched(*bucket)).collect();
        let (next, finished) = (AtomicUsize::new(0), AtomicU64::new(u64::from(buckets) - left.len() as u64));
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        let work = || {
            while let Some(bucket) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sorted = sorting.sort(*bucket).and_then(|sorted| self.work.save(&sorted_name(*bucket), &sorted));
                if let Err(error) = sorted {
                    failure.lock().expect("no thread panics holding it").get_or_insert(error);
                    next.store(left.len(), Ordering::Relaxed);
                    return;
                }
                let buckets_done = finished.fetch_add(1, Ordering::Relaxed) + 1;
                (self.delivery.progress)(Progress::Sorting { buckets: buckets_done, of: u64::from(buckets) });
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.delivery.threads.max(1) {
                scope.spawn(work);
            }
        });
        if let Some(error) = failure.into_inner().expect("all threads have ended") {
            return Err(error);
        }
        self.work.sorted(buckets)
    }

    fn carry(&self, sorted: &BTreeMap<u16, Sorted>, version: u64) -> Result<Carriage, Error> {
        let carrying = Carrying {
            store: &self.store,
            inputs: self.inputs,
            folder: &self.work.folder,
            month: self.delivery.month,
            late: self.delivery.late,
            version,
        };
        carrying.run(sorted)
    }

    /// The month as it will be.
    fn month(&self, old: Option<&Month>, sorted: &BTreeMap<u16, Sorted>, version: u64) -> Result<Month, Error> {
        let set = |bucket: u16| match (sorted.get(&bucket), old) {
            (Some(sorted), _) => sorted.set.clone(),
            (None, Some(old)) => old.buckets.get(usize::from(bucket)).cloned().unwrap_or_default(),
            (None, None) => FileSet::default(),
        };
        let buckets = (0..self.store.manifest.buckets).map(set).collect();
        match old {
            Some(old) if self.delivery.late => Ok(Month { buckets, ..old.clone() }),
            _ => {
                let carried = carry::keep(&self.store, &self.work.folder, self.delivery.month, sorted, version)?;
                Ok(Month { buckets, absent: absent::columns(self.inputs), carried, report: None })
            }
        }
    }

    fn report(
        &self,
        state: &State,
        counts: Counts,
        old: Option<&Month>,
        month: &Month,
        sorted: &BTreeMap<u16, Sorted>,
        version: u64,
    ) -> Report {
        let file = |(input, coding): (&super::inputs::Input, &Option<super::Coding>)| FileReport {
            name: input.source.name.clone(),
            format: input.source.format.label().to_owned(),
            coding: *coding,
            tables: input.parts.iter().map(|part| part.table).collect(),
            unread: unread(input),
        };
        let mut carried_here = Tally::default();
        for tally in sorted.values().flat_map(|sorted| sorted.kept.values()) {
            carried_here.add(*tally);
        }
        Report {
            month: self.delivery.month.to_owned(),
            late: self.delivery.late,
            mapping: self.delivery.mapping.title.clone(),
            version,
            buckets: self.store.manifest.buckets,
            files: self.inputs.inputs.iter().zip(&state.codings).map(file).collect(),
            ignored: self.inputs.ignored.clone(),
            missing: missing(self.inputs),
            counts,
            carried_here,
            before: old.map(|month| lines_of(&month.buckets)),
            after: lines_of(&month.buckets),
            set_aside: None,
        }
    }

    /// Every row became one thing, and the month has the rows and sums it must have.
    fn reconcile(&self, report: &Report, month: &Month) -> Result<(), Error> {
        for (table, counts) in &report.counts.tables {
            if !counts.reconciles() {
                return Err(Error::Unreconciled(format!("{}表读入与去向之和不等", table.name())));
            }
        }
        let tally = |table: Table| {
            let stored = report.counts.tables.get(&table).map(|counts| counts.stored).unwrap_or_default();
            let replaced = report.counts.replaced.get(&table).copied().unwrap_or_default();
            (stored, replaced)
        };
        let before = report.before.filter(|_| self.delivery.late).unwrap_or_default();
        let (stored, replaced) = tally(Table::Fees);
        let mut expected = before;
        expected.add(stored);
        expected.add(report.carried_here);
        expected.add(Tally { rows: 0, fen: -replaced.fen });
        expected.rows -= replaced.rows;
        if expected != report.after {
            return Err(Error::Unreconciled(format!("应有{expected:?}，写成{:?}", report.after)));
        }
        let visits = |sets: &[FileSet]| sets.iter().map(|set| set.visits.rows).sum::<u64>();
        let had = self.store.manifest.months.get(self.delivery.month).filter(|_| self.delivery.late);
        let (stored, replaced) = tally(Table::Visits);
        let expected = had.map_or(0, |month| visits(&month.buckets)) + stored.rows - replaced.rows;
        if expected != visits(&month.buckets) {
            return Err(Error::Unreconciled(format!("就诊应有{expected}，写成{}", visits(&month.buckets))));
        }
        Ok(())
    }

    /// Puts the texts of all rows set aside into one file.
    fn set_aside(
        &self,
        mut report: Report,
        state: &State,
        placed: &Placed,
        sorted: &BTreeMap<u16, Sorted>,
        carriage: &Carriage,
    ) -> Result<Report, Error> {
        if report.counts.tables.values().all(|counts| counts.set_aside.rows == 0) {
            return Ok(report);
        }
        let name = format!("set_aside/{}-v{}.csv", report.month, report.version);
        let path = self.store.folder.join(&name);
        let folder = self.store.folder.join("set_aside");
        std::fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        let failed = StoreError::io(&path);
        let write = || {
            let mut file = self.store.disk.create(&path)?;
            file.write_all(aside::HEADER.as_bytes())?;
            if state.aside > 0 {
                std::io::copy(&mut File::open(self.work.folder.join("read.csv"))?, &mut file)?;
            }
            file.write_all(placed.text.as_bytes())?;
            for (bucket, _) in sorted.iter().filter(|(_, sorted)| sorted.aside > 0) {
                let part = self.work.folder.join(format!("sorted/b{bucket:04}.csv"));
                std::io::copy(&mut File::open(part)?, &mut file)?;
            }
            file.write_all(carriage.text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(failed)?;
        report.set_aside = Some(name);
        Ok(report)
    }

    /// So many rows set aside say that the delivery is not what it was taken for.
    fn refuse_many(&self, report: &Report) -> Result<(), Error> {
        let many = |table: Table, counts: &super::TableCounts| {
            let (aside, read) = (counts.set_aside.rows, counts.read.rows);
            let all = aside == read && (read >= FEW || read > 0 && table == Table::Visits);
            all || aside > MANY && aside * 5 > read
        };
        let found = report.counts.tables.iter().find(|(table, counts)| many(**table, counts));
        match found {
            Some((table, counts)) if !self.delivery.accept_faulty => Err(Error::TooManyAside {
                table: *table,
                aside: counts.set_aside.rows,
                read: counts.read.rows,
                report: Box::new(report.clone()),
            }),
            _ => Ok(()),
        }
    }

    /// Puts the month in force, and with it the months that lines were brought to.
    fn put(&mut self, mut month: Month, carriage: Carriage, report: &Report) -> Result<(), Error> {
        let path = format!("{}/report-v{}.json", report.month, report.version);
        let target = self.store.folder.join(&path);
        let text = serde_json::to_vec_pretty(report)
            .map_err(|source| StoreError::Manifest { path: target.display().to_string(), source })?;
        let folder = self.store.folder.join(&report.month);
        std::fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        write::durably(&self.store.disk, &target, &text)?;
        month.report = Some(TableFile { path, rows: 0, sha256: write::sha256(&text) });
        let mut months = carriage.months;
        months.insert(report.month.clone(), month);
        for name in months.keys() {
            write::sync_folder(&self.store.folder.join(name))?;
        }
        self.store.manifest.key_mark = Some(self.mark.clone());
        Ok(self.store.put_months(months)?)
    }
}

fn lines_of(sets: &[FileSet]) -> Tally {
    let mut tally = Tally::default();
    for set in sets {
        tally.add(Tally { rows: set.lines.rows, fen: set.amount_fen });
    }
    tally
}

/// Columns of a file that no part reads.
fn unread(input: &super::inputs::Input) -> Vec<String> {
    let header = input.source.header.iter().zip(&input.used);
    header.filter(|(_, used)| !**used).map(|(name, _)| name.clone()).collect()
}

/// Columns of the layout that the files of a table do not have.
fn missing(inputs: &Inputs) -> BTreeMap<Table, Vec<String>> {
    let mut missing: BTreeMap<Table, Vec<String>> = BTreeMap::new();
    for table in Table::ALL.into_iter().filter(|table| inputs.has(*table)) {
        let lacking = inputs.bounds(table).flat_map(super::super::layout::Bound::absent);
        let columns = missing.entry(table).or_default();
        columns.extend(lacking.map(str::to_owned));
        columns.sort();
        columns.dedup();
    }
    missing
}
