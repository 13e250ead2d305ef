//! The months of one bucket side by side, patient by patient: each read from its files, or from what an earlier pass kept of it.

use super::cursor::MonthCursor;
use super::kept::{Failure, Kept, Reader};
use super::outcome::{BucketHits, Sink};
use super::part;
use super::patient::Patient;
use crate::claims::{FileSet, Store};
use crate::plan::Plan;

/// A bucket and all that a pass over it needs.
pub(super) struct Bucket<'a> {
    pub store: &'a Store,
    pub plan: &'a Plan,
    pub number: usize,
    /// Month, number of the month within the run, its files.
    pub months: Vec<(&'a str, u16, &'a FileSet)>,
    pub kept: Option<&'a Kept>,
}

/// Where a month is read from.
enum Source {
    Files(Box<MonthCursor>),
    Kept(Reader),
}

impl Source {
    const fn head(&self) -> u64 {
        match self {
            Self::Files(cursor) => cursor.head(),
            Self::Kept(reader) => reader.head(),
        }
    }

    fn patient(&self) -> Option<&str> {
        match self {
            Self::Files(cursor) => cursor.patient(),
            Self::Kept(reader) => reader.patient(),
        }
    }

    fn read(&mut self, patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) -> Result<(), Failure> {
        match self {
            Self::Files(cursor) => Ok(cursor.read(patient, plan, hits)?),
            Self::Kept(reader) => reader.read(patient, hits),
        }
    }

    fn pass_over(&mut self) -> Result<(), Failure> {
        match self {
            Self::Files(cursor) => Ok(cursor.pass_over()?),
            Self::Kept(reader) => reader.pass_over(),
        }
    }

    /// Goes on until the patient comes next, or one after.
    fn advance(&mut self, key: &str) -> Result<bool, Failure> {
        while self.patient().is_some_and(|next| next < key) {
            self.pass_over()?;
        }
        Ok(self.patient() == Some(key))
    }
}

/// A patient whose months cannot be looked at each by itself, and the months whose lines are needed.
type Aside = (String, Vec<u16>);

impl Bucket<'_> {
    /// One pass over the bucket.
    pub(super) fn pass(&self, sink: &mut impl Sink) -> Result<BucketHits, Failure> {
        let mut hits = BucketHits::new(self.plan.rules().len());
        let number = |at: usize| u32::try_from(at).expect("the number of buckets is small");
        let numbers = (number(self.number), number(usize::from(self.store.manifest.buckets)));
        let mut patient = Patient::new(self.plan, numbers);
        let aside = self.all(&mut patient, &mut hits, sink)?;
        if !aside.is_empty() {
            self.again(&aside, &mut patient, &mut hits, sink)?;
        }
        Ok(hits)
    }

    fn files(&self, file: u16, set: &FileSet) -> Result<Source, Failure> {
        Ok(Source::Files(Box::new(MonthCursor::open(self.store, self.plan, file, set)?)))
    }

    /// Everybody; the patients that are put aside are as if they were not there.
    fn all(&self, patient: &mut Patient, hits: &mut BucketHits, sink: &mut impl Sink) -> Result<Vec<Aside>, Failure> {
        let (mut sources, mut writers) = (Vec::new(), Vec::new());
        for (month, file, set) in &self.months {
            let kept = match self.kept {
                Some(kept) => kept.open(self.store, (month, *file), self.number, set)?,
                None => None,
            };
            writers.resize_with(usize::from(*file) + 1, || None);
            sources.push(if let Some(reader) = kept {
                Source::Kept(reader)
            } else {
                let create = |kept: &Kept| kept.create(self.store, month, self.number, set);
                writers[usize::from(*file)] = self.kept.map(create).transpose()?;
                self.files(*file, set)?
            });
        }
        let mut aside = Vec::new();
        while let Some(at) = next(&sources) {
            let Some(key) = sources[at].patient() else { break };
            patient.begin(key);
            let head = sources[at].head();
            for source in &mut sources {
                if source.head() == head && source.patient() == Some(patient.key()) {
                    source.read(patient, self.plan, hits)?;
                }
            }
            if let Some(needed) = part::close(patient, self.plan, hits, &mut writers)? {
                aside.push((patient.key().to_owned(), needed));
            }
            sink.take(hits)?;
        }
        for (source, (_, file, _)) in sources.into_iter().zip(&self.months) {
            match source {
                Source::Files(cursor) => cursor.finish(writers[usize::from(*file)].take(), hits)?,
                Source::Kept(reader) => reader.finish(hits)?,
            }
        }
        Ok(aside)
    }

    /// Those that were put aside, with the lines of the months that need them. What is counted by month has been counted.
    fn again(
        &self,
        aside: &[Aside],
        patient: &mut Patient,
        hits: &mut BucketHits,
        sink: &mut impl Sink,
    ) -> Result<(), Failure> {
        let (mut files, mut kept) = (Vec::new(), Vec::new());
        for (month, file, set) in &self.months {
            let is_needed = aside.iter().any(|(_, needed)| needed.contains(file));
            files.push(is_needed.then(|| self.files(*file, set)).transpose()?);
            let reader = match self.kept {
                Some(kept) => kept.open(self.store, (month, *file), self.number, set)?,
                None => None,
            };
            kept.push(reader.map(Source::Kept));
        }
        for (key, needed) in aside {
            patient.begin(key);
            for (at, (_, file, _)) in self.months.iter().enumerate() {
                let source = if needed.contains(file) { &mut files[at] } else { &mut kept[at] };
                if let Some(source) = source
                    && source.advance(key)?
                {
                    source.read(patient, self.plan, hits)?;
                }
            }
            part::close(patient, self.plan, hits, &mut [])?;
            sink.take(hits)?;
        }
        Ok(())
    }
}

/// The month that has the next patient; the heads of the keys decide nearly always.
fn next(sources: &[Source]) -> Option<usize> {
    let next = sources.iter().enumerate().min_by(|(_, a), (_, b)| {
        a.head().cmp(&b.head()).then_with(|| a.patient().unwrap_or("~").cmp(b.patient().unwrap_or("~")))
    });
    next.map(|(at, _)| at)
}
