//! The first step: everything is checked and fixed before any source of the seed has spoken.

use super::document::{DRAW_ALGORITHM, nonce_commitment};
use super::{Counts, Document, Freeze, Frozen, Origin, Sealing, Secrets, State};
use crate::DrawId;
use crate::base::{Bases, Rules};
use crate::digest::filled;
use crate::file::PublicFile;
use crate::parallel;
use crate::seed::SourcePlan;
use crate::team::{Shortage, unstaffable};
use std::collections::BTreeSet;
use xingjian_kernel::{Fault, LocalDate, Timestamp};

/// What somebody wants to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Name of the draw.
    pub draw: DrawId,
    /// The task of the yearly plan.
    pub task: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Rates, seats, period.
    pub rules: Rules,
    /// The bases.
    pub bases: Bases,
    /// Where the seed will come from.
    pub sources: SourcePlan,
    /// The day of release, where the list stays sealed until then.
    pub release: Option<LocalDate>,
}

/// Why nothing was frozen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// All faults at once.
    #[error("{}", told(.0))]
    Faults(Vec<Fault>),
    /// Objects that no team can be formed for, even alone.
    #[error("{}", told(.0))]
    Unstaffable(Vec<Shortage>),
}

fn told(each: &[impl ToString]) -> String {
    each.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Fixes bases, rules and sources. `previous` is the file of the draw that the origin names; the secrets are fresh
/// random bytes, with a nonce where the list stays sealed.
pub fn freeze(
    proposal: Proposal,
    previous: Option<&PublicFile>,
    secrets: Secrets,
    at: Timestamp,
) -> Result<(State, Document), FreezeError> {
    let Proposal { draw, task, origin, rules, bases, sources, release } = proposal;
    let mut faults = rules.faults();
    let (commitments, (of_bases, shortages)) = parallel::both(
        || bases.commitments(&secrets.salt),
        || {
            let of_bases = bases.faults(&rules);
            let shortages = if of_bases.is_empty() { unstaffable(&rules, &bases) } else { vec![] };
            (of_bases, shortages)
        },
    );
    faults.extend(of_bases);
    faults.extend(sources.faults(at));
    filled(&mut faults, "抽查任务", &task, "请填写年度抽查计划中的任务名称");
    if release.is_some_and(|release| release <= at.local_date()) {
        let value = release.map(|day| day.to_string()).unwrap_or_default();
        faults.push(Fault::new("名单公开日期", &value, "不晚于封存当日，封存没有意义", "请改为检查结束之后的日期"));
    }
    if release.is_some() != secrets.nonce.is_some() {
        faults.push(Fault::new("名单公开日期", "", "封存名单与随机数不匹配", "封存的抽查须有随机数，公开的抽查不得有"));
    }
    faults.extend(against_previous(&draw, &origin, &bases, previous));
    if !faults.is_empty() {
        return Err(FreezeError::Faults(faults));
    }
    if !shortages.is_empty() {
        return Err(FreezeError::Unstaffable(shortages));
    }
    let sealed = release.zip(secrets.nonce.as_ref());
    let document = Freeze {
        algorithm: DRAW_ALGORITHM.to_owned(),
        bases: commitments,
        counts: Counts::of(&bases),
        sealed: sealed.map(|(release, nonce)| Sealing { nonce: nonce_commitment(&draw, nonce), release }),
        draw,
        task,
        origin,
        rules,
        sources,
        at,
    };
    let published = Document::Frozen(document.clone());
    Ok((State::Frozen(Box::new(Frozen { document, bases, secrets })), published))
}

impl Counts {
    /// The lengths of the lists.
    pub fn of(bases: &Bases) -> Self {
        let count = |length: usize| u64::try_from(length).expect("a length fits");
        Self {
            objects: count(bases.objects.len()),
            excluded: count(bases.excluded.len()),
            officers: count(bases.officers.len()),
            exceptions: count(bases.exceptions.len()),
        }
    }
}

/// What is wrong between a draw and the earlier one it names.
pub(crate) fn against_previous(
    draw: &DrawId,
    origin: &Origin,
    bases: &Bases,
    previous: Option<&PublicFile>,
) -> Vec<Fault> {
    let mut faults = vec![];
    let named = origin.earlier();
    if named == Some(draw) {
        faults.push(Fault::new("抽查编号", draw.as_str(), "与所依据的抽查相同", "每次抽查须有新的编号"));
    }
    if let Origin::Redraw { reason, .. } = origin {
        filled(&mut faults, "重新抽查的理由", reason, "请写明原抽查不能成立的理由；原抽查仍然公开");
    }
    // A draw that was stopped has no file: it is named, and nothing of it can be compared.
    let Some(previous) = previous else {
        if let Origin::Extension { of, .. } = origin {
            faults.push(Fault::new("补充抽查", of.as_str(), "没有原抽查的公开文件", "请提供原抽查的公开文件"));
        }
        return faults;
    };
    if named != Some(&previous.freeze.draw) {
        let reason = "所附公开文件不属于所依据的抽查";
        faults.push(Fault::new("原抽查", previous.freeze.draw.as_str(), reason, "请核对抽查编号和文件"));
    } else if let Origin::Extension { because_of, .. } = origin {
        extension_faults(bases, previous, because_of, &mut faults);
    }
    faults
}

/// An extension draws from what the earlier draw did not draw: all of it, nothing else.
fn extension_faults(bases: &Bases, previous: &PublicFile, because_of: &[String], faults: &mut Vec<Fault>) {
    let before: BTreeSet<&str> = previous.bases.objects.iter().map(|object| object.id.as_str()).collect();
    let drawn: BTreeSet<&str> = previous.drawn.iter().map(|row| row.object.as_str()).collect();
    let mut left: BTreeSet<&str> = before.difference(&drawn).copied().collect();
    for object in &bases.objects {
        if drawn.contains(object.id.as_str()) {
            let mend = "请从名录中删去；无法检查的结果不得另换对象";
            faults.push(Fault::new("补充抽查的对象", &object.id, "原抽查已经抽中", mend));
        } else if !left.remove(object.id.as_str()) {
            let reason = "不在原抽查的名录中";
            faults.push(Fault::new("补充抽查的对象", &object.id, reason, "新对象请另行组织抽查"));
        }
    }
    for excluded in &bases.excluded {
        left.remove(excluded.id.as_str());
    }
    for object in left {
        let reason = "在原抽查的名录中、没有被抽中，却不在补充抽查的名录中";
        faults.push(Fault::new("补充抽查的对象", object, reason, "请补入，或者写明理由后排除"));
    }
    for object in because_of.iter().filter(|object| !drawn.contains(object.as_str())) {
        faults.push(Fault::new("补充抽查的原因", object, "原抽查没有抽中这一对象", "请核对对象编号"));
    }
}
