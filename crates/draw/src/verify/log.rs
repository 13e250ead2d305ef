//! The steps of a draw in the log: each once, each after the one it rests on, and the same as in the file.

use super::{Difference, same};
use crate::DrawId;
use crate::draw::{Document, Drawing, Freeze, Origin, Release, Seeding};
use crate::file::PublicFile;
use std::collections::BTreeMap;
use xingjian_kernel::Timestamp;

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
        let (at_freeze, freeze) = once(draw, &own, "封存", Document::as_frozen)?;
        let (at_seed, seeding) = once(draw, &own, "种子", Document::as_seeded)?;
        let (at_draw, drawing) = once(draw, &own, "抽取", Document::as_drawn)?;
        let (at_release, release) = once(draw, &own, "公开", Document::as_released)?;
        let steps = [
            ("封存", (at_freeze, freeze.at)),
            ("种子", (at_seed, seeding.at)),
            ("抽取", (at_draw, drawing.at)),
            ("公开", (at_release, release.at)),
        ];
        ordered(draw, steps)?;
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

/// Steps with their places and times, each after the one before.
pub(crate) fn ordered(
    draw: &DrawId,
    steps: impl IntoIterator<Item = (&'static str, (usize, Timestamp))>,
) -> Result<(), Difference> {
    let mut before: Option<(usize, Timestamp)> = None;
    for (step, (place, at)) in steps {
        if before.is_some_and(|(place_before, at_before)| place < place_before || at < at_before) {
            return Err(Difference::Order { draw: draw.clone(), step });
        }
        before = Some((place, at));
    }
    Ok(())
}

/// The one document of a step, with its place.
pub(crate) fn once<'a, T>(
    draw: &DrawId,
    own: &[&'a Document],
    step: &'static str,
    pick: impl Fn(&'a Document) -> Option<T>,
) -> Result<(usize, T), Difference> {
    let mut found = own.iter().enumerate().filter_map(|(at, document)| pick(document).map(|of| (at, of)));
    let first = found.next().ok_or_else(|| Difference::Missing { draw: draw.clone(), step })?;
    if found.next().is_some() { Err(Difference::Twice { draw: draw.clone(), step }) } else { Ok(first) }
}

/// Of the draws of the task of this one, every one but the first names an earlier one of that task.
pub(crate) fn linked(draw: &DrawId, documents: &[Document]) -> Result<(), Difference> {
    let freezes = documents.iter().filter_map(Document::as_frozen);
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
