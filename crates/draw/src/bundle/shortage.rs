//! A draw that was stopped because no teams could be formed: the same bases and the same seed come to the same end.

use super::course::Course;
use super::{BundleDifference, Opened};
use crate::draw::{StopReason, against_previous, shortage_text, whole_seed};
use crate::file::PublicFile;
use crate::stratum::select;
use crate::team::assign;
use crate::verify::{Difference, Told, committed, same};

pub(super) fn check(
    course: &Course<'_>,
    opened: &Opened,
    previous: Option<&PublicFile>,
    told: &mut Vec<Told>,
) -> Result<(), BundleDifference> {
    let freeze = course.freeze;
    let draw = &freeze.draw;
    let Opened { salt, nonce, bases } = opened;
    committed(freeze, bases, salt, nonce.as_ref(), told)?;
    if let Some(fault) = against_previous(draw, &freeze.origin, bases, previous).into_iter().next() {
        return Err(Difference::Unlawful(fault).into());
    }
    let Some(seeding) = course.seeding else {
        return Err(Difference::Missing { draw: draw.clone(), step: "种子" }.into());
    };
    let seed = whole_seed(&seeding.public, nonce.as_ref());
    let (_, places) = select(draw, &seed, &freeze.rules, &bases.objects);
    let Err(shortage) = assign(draw, &seed, &freeze.rules, bases, &places) else {
        return Err(BundleDifference::NoShortage(draw.clone()));
    };
    let text = shortage_text(&shortage, freeze.sealed.is_some());
    let published = course.stop.and_then(|stop| match &stop.reason {
        StopReason::Shortage(text) => Some(text.as_str()),
        _ => None,
    });
    same("终止的理由", text.as_str(), published.unwrap_or_default())?;
    told.push(Told::held("检查组", format!("重新计算：抽中{}家对象，检查组无法组成", places.len())));
    Ok(())
}
