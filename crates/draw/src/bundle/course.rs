//! The steps of a draw that has no public file: not yet released, or stopped.

use super::{BundleDifference, Standing};
use crate::DrawId;
use crate::draw::{Document, Drawing, Freeze, Seeding, Stop, StopReason};
use crate::stratum::Size;
use crate::verify::{Difference, Told, lawful_plan, linked, once, ordered, same};
use xingjian_kernel::Timestamp;

pub(super) struct Course<'a> {
    pub standing: Standing,
    pub freeze: &'a Freeze,
    pub seeding: Option<&'a Seeding>,
    pub stop: Option<&'a Stop>,
}

impl<'a> Course<'a> {
    pub fn of(draw: &DrawId, documents: &'a [Document], told: &mut Vec<Told>) -> Result<Self, BundleDifference> {
        linked(draw, documents)?;
        let own: Vec<&Document> = documents.iter().filter(|document| document.draw() == draw).collect();
        let at_most_once = |step, pick: fn(&'a Document) -> Option<Timestamp>| match once(draw, &own, step, pick) {
            Ok((at, time)) => Ok(Some((at, time))),
            Err(Difference::Missing { .. }) => Ok(None),
            Err(difference) => Err(difference),
        };
        let (at_freeze, freeze) = once(draw, &own, "封存", Document::as_frozen)?;
        if at_most_once("公开", |document| document.as_released().map(|of| of.at))?.is_some() {
            return Err(BundleDifference::NoFile(draw.clone()));
        }
        let seeded = at_most_once("种子", |document| document.as_seeded().map(|of| of.at))?;
        let drawn = at_most_once("抽取", |document| document.as_drawn().map(|of| of.at))?;
        let stopped = at_most_once("终止", |document| document.as_stopped().map(|of| of.at))?;
        if drawn.is_some() && seeded.is_none() {
            return Err(Difference::Missing { draw: draw.clone(), step: "种子" }.into());
        }
        if drawn.is_some() && stopped.is_some() {
            return Err(Difference::Stopped(draw.clone()).into());
        }
        let last = (stopped.map(|of| ("终止", of)), drawn.map(|of| ("抽取", of)));
        let steps = [Some(("封存", (at_freeze, freeze.at))), seeded.map(|of| ("种子", of)), last.1, last.0];
        ordered(draw, steps.into_iter().flatten())?;
        let first_later = own.iter().position(|of| matches!(of, Document::OfficerChanged(_) | Document::Recorded(_)));
        if first_later.is_some_and(|later| drawn.is_none_or(|(at, _)| later < at)) {
            return Err(Difference::Order { draw: draw.clone(), step: "抽取后的登记" }.into());
        }
        let seeding = own.iter().find_map(|document| document.as_seeded());
        let stop = own.iter().find_map(|document| document.as_stopped());
        let standing = match (stop, drawn, seeding) {
            (Some(_), ..) => Standing::Stopped,
            (None, Some(_), _) => Standing::Drawn,
            (None, None, Some(_)) => Standing::Seeded,
            (None, None, None) => Standing::Frozen,
        };
        let course = Self { standing, freeze, seeding, stop };
        course.held(own.iter().find_map(|document| document.as_drawn()))?;
        told.push(Told::held("程序步骤", format!("{}份文件，各步齐全、先后正确", own.len())));
        Ok(course)
    }

    /// What can be checked without the lists.
    fn held(&self, drawing: Option<&Drawing>) -> Result<(), Difference> {
        lawful_plan(self.freeze)?;
        if let Some(seeding) = self.seeding {
            let public = self.freeze.sources.combine(&self.freeze.draw, &seeding.said)?;
            same("种子的公开部分", &public, &seeding.public)?;
        }
        if let Some(Drawing { sizes, objects, .. }) = drawing {
            let sum = |of: fn(&Size) -> u64| sizes.iter().map(of).fold(0, u64::saturating_add);
            same("抽取公告的对象数", &sum(|size| size.objects), &self.freeze.counts.objects)?;
            same("抽取公告的抽中数", &sum(|size| size.drawn), objects)?;
        }
        let first = self.freeze.sources.first();
        match self.stop {
            Some(Stop { reason: StopReason::Withdrawn(_), at, .. }) if first.is_some_and(|first| *at >= first) => {
                Err(Difference::After {
                    place: "终止".into(), reason: "种子来源已经产生，不得撤回".into()
                })
            }
            _ => Ok(()),
        }
    }

    pub fn shortage(&self) -> bool {
        self.stop.is_some_and(|stop| stop.reason.is_shortage())
    }
}
