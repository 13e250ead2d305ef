//! Measures a draw: the whole of one over made-up bases, from the freeze to the verified file; and tickets alone, for
//! `compare.py`, which has Rivest's sampler draw the same ids in the same run.
//!
//! Prints one line of JSON; a pair of seconds is by the clock and of the processor.

use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;
use xingjian_draw::base::{Bases, Exception, Object, Officer, Rules, Seat, Stratum};
use xingjian_draw::bundle::{Bundle, FORMAT, Step};
use xingjian_draw::draw::{Action, Document, Origin, Proposal, Secrets, State, freeze};
use xingjian_draw::seed::{Ceremony, Contributions, Entered, SourcePlan};
use xingjian_draw::stratum::select;
use xingjian_draw::ticket::{Replacement, sample};
use xingjian_draw::verify::verify;
use xingjian_draw::{Digest, DrawId, Rate, Salt};
use xingjian_kernel::{DepartmentId, Timestamp};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Freeze, draw, write the file, verify. One officer for a hundred objects, two exceptions for each object, every fifth
    /// drawn, teams of two and three with crossing and a specialty.
    Whole {
        #[arg(long, default_value_t = 1_000_000)]
        objects: usize,
        /// Where the bundle is written; it is kept there.
        #[arg(long)]
        bundle: PathBuf,
        /// Do not verify, so that memory is that of the draw alone.
        #[arg(long)]
        only_draw: bool,
    },
    /// The first fifth of the tickets of so many ids, as text, and as the draw selects them.
    Tickets {
        #[arg(long, default_value_t = 1_000_000)]
        ids: usize,
    },
}

fn main() -> Result<(), Failure> {
    let told = match Arguments::parse().what {
        What::Whole { objects, bundle, only_draw } => whole(objects, &bundle, only_draw)?,
        What::Tickets { ids } => tickets(ids)?,
    };
    println!("{told}");
    Ok(())
}

/// Id of the object at a place, as `compare.py` makes it too.
fn id(at: usize) -> String {
    format!("PDY{:08}-{at:07}", at.wrapping_mul(7_919) % 100_000_000)
}

fn draw_id() -> Result<DrawId, Failure> {
    Ok("bench".parse()?)
}

fn rules() -> Result<Rules, Failure> {
    let seat = |department: &str, specialty: Option<&str>| Seat {
        department: DepartmentId::new(department),
        specialty: specialty.map(str::to_owned),
    };
    let stratum = |grade: &str| {
        Ok::<_, Failure>(Stratum {
            grade: grade.into(),
            risk: "一般".into(),
            rate: Rate::from_percent(20)?,
            at_least: 0,
        })
    };
    Ok(Rules {
        period: ("2026-12-01".parse()?, "2026-12-20".parse()?),
        strata: vec![stratum("A")?, stratum("B")?, stratum("C")?],
        seats: [
            ("clinic".to_owned(), vec![seat("health", None), seat("insurance", None)]),
            ("hospital".to_owned(), vec![seat("health", Some("放射")), seat("health", None), seat("insurance", None)]),
        ]
        .into(),
        items: [(DepartmentId::new("health"), vec!["医疗废物".to_owned()])].into(),
        crossing: true,
        first_line: Rate::from_percent(70)?,
        most: None,
        leave_days: 2,
    })
}

fn bases(count: usize) -> Bases {
    let officers = (count / 100).max(40);
    let name = |at: usize| format!("P-{:016x}", (at % officers).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let unit = |at: usize| format!("科室{}", at % 20);
    let object = |at: usize| Object {
        grade: ["A", "B", "C"][at % 3].to_owned(),
        id: id(at),
        kind: if at.is_multiple_of(5) { "hospital" } else { "clinic" }.to_owned(),
        risk: "一般".to_owned(),
        unit: unit(at / 3),
    };
    let officer = |at: usize| Officer {
        available: at % 50 != 7,
        certified: at % 40 != 3,
        department: DepartmentId::new(if at.is_multiple_of(3) { "insurance" } else { "health" }),
        first_line: !at.is_multiple_of(10),
        pseudonym: name(at),
        record: Digest([u8::try_from(at % 251).unwrap_or_default(); 32]),
        specialties: if at % 4 == 1 { ["放射".to_owned()].into() } else { [].into() },
        unit: unit(at),
    };
    let exception = |at: usize| Exception {
        object: id(at / 2),
        officer: name((at / 2).wrapping_mul(31) + at % 2 * 17 + 1),
        reason: Digest([u8::try_from(at % 253).unwrap_or_default(); 32]),
    };
    Bases::new(
        (0..count).map(object).collect(),
        vec![],
        (0..officers).map(officer).collect(),
        (0..2 * count).map(exception).collect(),
    )
}

/// Seconds of the processor so far, all threads together; the clock says little on a busy machine.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Seconds by the clock, and of the processor.
#[derive(Clone, Copy)]
struct Started(Instant, f64);

impl Started {
    #[allow(clippy::disallowed_methods, reason = "a measurement")]
    fn now() -> Self {
        Self(Instant::now(), processor())
    }

    fn taken(self) -> Value {
        let round = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
        json!([round(self.0.elapsed().as_secs_f64()), round(processor() - self.1)])
    }
}

/// Highest resident memory so far, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn whole(count: usize, path: &PathBuf, only_draw: bool) -> Result<Value, Failure> {
    let at = Timestamp::from_micros(1_795_320_000_000_000);
    let later = at.plus_seconds(7_200);
    let started = Started::now();
    let ceremony = Ceremony { place: "政务大厅".into(), at: at.plus_seconds(3_600), digits: 20 };
    let proposal = Proposal {
        draw: draw_id()?,
        task: "测量".into(),
        origin: Origin::Plan,
        rules: rules()?,
        bases: bases(count),
        sources: SourcePlan { ceremony: Some(ceremony), ..SourcePlan::default() },
        release: None,
    };
    let make = started.taken();
    let memory_of_bases = memory();
    let begun = Started::now();
    let (state, frozen) = freeze(proposal, None, Secrets { salt: Salt([1; 32]), nonce: None }, at)?;
    let freeze_seconds = begun.taken();
    let entered = |person: &str, department: &str| Entered {
        person: person.into(),
        department: DepartmentId::new(department),
        at: later,
        value: "31415926535897932384".to_owned(),
    };
    let ceremony = Some([entered("甲", "health"), entered("乙", "insurance")]);
    let said = Box::new(Contributions { ceremony, ..Contributions::default() });
    let started = Started::now();
    let (state, seeded) = state.apply(Action::Seed { said, at: later })?;
    let (state, drawn) = state.apply(Action::Draw { at: later })?;
    let draw_seconds = started.taken();
    let (state, released) = state.apply(Action::Release { at: later })?;
    let State::Released(of) = state else { return Err("not released".into()) };
    let started = Started::now();
    let documents = [frozen, seeded, drawn, released];
    let bundle = bundle(of.into_file(), &documents)?;
    bundle.write(std::fs::File::create(path)?)?;
    let write_seconds = started.taken();
    let all = begun.taken();
    let memory_of_draw = memory();
    let file = bundle.file.as_ref().ok_or("a released draw has a file")?;
    let mut told = json!({
        "objects": count, "officers": file.bases.officers.len(), "exceptions": file.bases.exceptions.len(),
        "drawn": file.drawn.len(), "make": make, "freeze": freeze_seconds, "draw": draw_seconds, "write": write_seconds,
        "whole": all, "memory_of_bases": memory_of_bases, "memory": memory_of_draw,
    });
    let started = Started::now();
    let chosen = select(&draw_id()?, &file.seeding.public, &file.freeze.rules, &file.bases.objects);
    told["select"] = started.taken();
    if chosen.1.len() != file.drawn.len() {
        return Err("another selection".into());
    }
    if !only_draw {
        let started = Started::now();
        verify(file, &documents, None)?;
        told["verify"] = started.taken();
    }
    Ok(told)
}

fn bundle(file: xingjian_draw::file::PublicFile, documents: &[Document]) -> Result<Bundle, Failure> {
    let steps = documents.iter().map(|document| Step { document: document.clone(), proof: None });
    Ok(Bundle {
        format: FORMAT.to_owned(),
        draw: draw_id()?,
        file: Some(file),
        opened: None,
        steps: steps.collect(),
        policy: None,
    })
}

/// Reads nothing: the ids are made here and by `compare.py` alike; the tickets are written to standard error for it.
fn tickets(count: usize) -> Result<Value, Failure> {
    let ids: Vec<String> = (0..count).map(id).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let started = Started::now();
    let tickets = sample(&names, "object|bench|1", Replacement::Without, 0, count / 5)?;
    let as_text = started.taken();
    let mut rules = rules()?;
    rules.strata.truncate(1);
    let object = |id: &String| Object {
        grade: "A".into(),
        id: id.clone(),
        kind: "clinic".into(),
        risk: "一般".into(),
        unit: String::new(),
    };
    let objects: Vec<Object> = ids.iter().map(object).collect();
    let started = Started::now();
    let (_, places) = select(&draw_id()?, "1", &rules, &objects);
    let selected = started.taken();
    if places.iter().map(|place| &objects[*place].id).ne(tickets.iter().map(|ticket| &ticket.id)) {
        return Err("another selection".into());
    }
    let mut out = BufWriter::new(std::io::stderr().lock());
    for ticket in &tickets {
        writeln!(out, "{} {}", ticket.number, ticket.id)?;
    }
    Ok(json!({ "ids": count, "tickets": tickets.len(), "as_text": as_text, "select": selected }))
}
