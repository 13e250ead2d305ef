//! The steps of a draw in the log: each once, each after the one it rests on, and the same as in the file.

use super::{Difference, same};
use crate::DrawId;
use crate::draw::{Document, Drawing, Freeze, Origin, Release, Seeding};
use crate::file::PublicFile;
use std::collections::BTreeMap;

pub(super) struct Steps<'a> {
    pub drawing: &'a Drawing,
}

impl<'a> Steps<'a> {
    pub fn of(file: &PublicFile, documents: &'a [Document]) -> Result<Self, Difference> {
        let draw = &file.freeze.draw;
        linked(draw, documents)?;
        let own: Vec<&Document> = documents.iter().filter(|document| document.draw() == draw).collect();
        if own.iter().any(|document| matches!(document, Document::Stopped(_))) {
            return Err(Difference::Stopped(draw.clone()));
        }
        let (at_freeze, freeze) = once(draw, &own, "封存", |document| match document {
            Document::Frozen(freeze) => Some(freeze),
            _ => None,
        })?;
        let (at_seed, seeding) = once(draw, &own, "种子", |document| match document {
            Document::Seeded(seeding) => Some(seeding),
            _ => None,
        })?;
        let (at_draw, drawing) = once(draw, &own, "抽取", |document| match document {
            Document::Drawn(drawing) => Some(drawing),
            _ => None,
        })?;
        let (at_release, release) = once(draw, &own, "公开", |document| match document {
            Document::Released(release) => Some(release),
            _ => None,
        })?;
        let times = [freeze.at, seeding.at, drawing.at, release.at];
        let places = [at_freeze, at_seed, at_draw, at_release];
        for (step, name) in ["种子", "抽取", "公开"].into_iter().enumerate() {
            if places[step + 1] < places[step] || times[step + 1] < times[step] {
                return Err(Difference::Order { draw: draw.clone(), step: name });
            }
        }
        agree(file, freeze, seeding, release)?;
        Ok(Self { drawing })
    }
}

fn agree(file: &PublicFile, freeze: &Freeze, seeding: &Seeding, release: &Release) -> Result<(), Difference> {
    same("封存公告", freeze, &file.freeze)?;
    same("种子公告", seeding, &file.seeding)?;
    same("公开的盐值", &release.salt, &file.salt)?;
    same("公开的封存随机数", &release.nonce, &file.nonce)?;
    let early = freeze.sealed.as_ref().is_some_and(|sealing| release.at.local_date() < sealing.release);
    if early { Err(Difference::Early) } else { Ok(()) }
}

/// The one document of a step, with its place.
fn once<'a, T>(
    draw: &DrawId,
    own: &[&'a Document],
    step: &'static str,
    pick: impl Fn(&'a Document) -> Option<&'a T>,
) -> Result<(usize, &'a T), Difference> {
    let mut found = own.iter().enumerate().filter_map(|(at, document)| pick(document).map(|of| (at, of)));
    let first = found.next().ok_or_else(|| Difference::Missing { draw: draw.clone(), step })?;
    if found.next().is_some() { Err(Difference::Twice { draw: draw.clone(), step }) } else { Ok(first) }
}

/// Of the draws of the task of this one, every one but the first names an earlier one of that task.
fn linked(draw: &DrawId, documents: &[Document]) -> Result<(), Difference> {
    let freezes = documents.iter().filter_map(|document| match document {
        Document::Frozen(freeze) => Some(freeze),
        _ => None,
    });
    let mut tasks: BTreeMap<&str, Vec<&Freeze>> = BTreeMap::new();
    for freeze in freezes {
        let earlier = tasks.entry(&freeze.task).or_default();
        let names = freeze.origin.earlier().is_some_and(|of| earlier.iter().any(|before| before.draw == *of));
        let concerns = freeze.draw == *draw || earlier.iter().any(|before| before.draw == *draw);
        if let (Some(last), false, true) = (earlier.last(), names, concerns) {
            let (task, earlier, later) = (freeze.task.clone(), last.draw.clone(), freeze.draw.clone());
            // The same draw twice is found as a repeated step.
            if earlier != later {
                return Err(Difference::Unlinked { task, earlier, later });
            }
        } else if let (None, Origin::Extension { of, .. } | Origin::Redraw { of, .. }, true) =
            (earlier.last(), &freeze.origin, freeze.draw == *draw)
        {
            return Err(Difference::Missing { draw: of.clone(), step: "封存" });
        }
        earlier.push(freeze);
    }
    Ok(())
}
