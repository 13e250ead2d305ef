//! What each action does, and when it is refused.

use super::document::{Drawing, Freeze, Release, Seeding, Stop, StopReason, result_digest, rows_of, shortage_text};
use super::{
    Action, ActionName, ChangeError, Document, Drawn, Frozen, RecordError, Seeded, State, StateName, StopCause, Stopped,
};
use crate::base::Object;
use crate::names::{Name, name};
use crate::seed::{Contributions, SeedError};
use crate::stratum::select;
use crate::team::{Shortage, Team, assign};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::{LocalDate, Timestamp};

/// Why a draw does not take a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The step is not one of this state.
    #[error("抽查“{}”，不能{}。请刷新页面，按当前状态操作", .state.label(), .action.label())]
    NotNow {
        /// Where it stands.
        state: StateName,
        /// What was asked for.
        action: ActionName,
    },
    /// Before the step before it.
    #[error("时间{at}早于上一步的{before}。请核对时间")]
    BeforeLastStep {
        /// The given time.
        at: Timestamp,
        /// Of the step before.
        before: Timestamp,
    },
    /// There is no seed.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The teams cannot be formed.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// The list is sealed until a later day.
    #[error("名单封存至{0}，不得提前公开。请在当日或者之后公开")]
    Sealed(LocalDate),
    /// A source has spoken, so the outcome can be known.
    #[error("种子来源已于{0}产生，结果可能已被知晓，不得撤回。请继续抽查；确有错误的，抽查后说明理由重新组织")]
    TooLateToStop(Timestamp),
    /// All reveals are right, or their time is not over.
    #[error("各部门的随机数没有缺漏或者不符，不能以此终止。请继续抽查")]
    NothingBroken,
    /// Stopped without words.
    #[error("终止抽查没有写明理由。请填写理由")]
    NoReason,
    /// The teams can be formed.
    #[error("检查组可以组成，不能以此终止。请继续抽取")]
    NoShortage,
    /// An officer cannot be replaced.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A result cannot be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl State {
    /// The next state and the document of the step.
    pub fn apply(self, action: Action) -> Result<(Self, Document), TransitionError> {
        match (self, action) {
            (Self::Frozen(frozen), Action::Seed { said, at }) => frozen.seeded(*said, at),
            (Self::Frozen(frozen), Action::Stop { cause, at }) => frozen.stopped(cause, at),
            (Self::Seeded(seeded), Action::Draw { at }) => seeded.drawn(at),
            (Self::Seeded(seeded), Action::Stop { cause: StopCause::Shortage, at }) => seeded.stopped(at),
            (Self::Drawn(drawn), Action::Release { at }) => drawn.released(at),
            (Self::Drawn(mut drawn), action @ (Action::ChangeOfficer { .. } | Action::Record { .. })) => {
                let document = drawn.afterwards(action)?;
                Ok((Self::Drawn(drawn), document))
            }
            (Self::Released(mut drawn), action @ (Action::ChangeOfficer { .. } | Action::Record { .. })) => {
                let document = drawn.afterwards(action)?;
                Ok((Self::Released(drawn), document))
            }
            (state, action) => Err(TransitionError::NotNow { state: state.name(), action: action.name() }),
        }
    }
}

const fn not_before(at: Timestamp, before: Timestamp) -> Result<(), TransitionError> {
    if at.micros() < before.micros() { Err(TransitionError::BeforeLastStep { at, before }) } else { Ok(()) }
}

impl Frozen {
    fn seeded(self, said: Contributions, at: Timestamp) -> Result<(State, Document), TransitionError> {
        not_before(at, self.document.at)?;
        let draw = self.document.draw.clone();
        let public = self.document.sources.combine(&draw, &said)?;
        let seeding = Seeding { draw, said, public, at };
        let document = Document::Seeded(seeding.clone());
        Ok((State::Seeded(Box::new(Seeded { frozen: self, seeding })), document))
    }

    fn stopped(self, cause: StopCause, at: Timestamp) -> Result<(State, Document), TransitionError> {
        let Freeze { draw, sources, at: frozen_at, .. } = &self.document;
        not_before(at, *frozen_at)?;
        let worded = |text: String| if text.trim().is_empty() { Err(TransitionError::NoReason) } else { Ok(text) };
        let reason = match cause {
            StopCause::Reveal(shown) => match sources.check_reveals(draw, &shown) {
                Err(SeedError::NotRevealed { due, .. }) if at <= due => return Err(TransitionError::NothingBroken),
                Err(broken) if broken.stops() => StopReason::Reveal(broken.to_string()),
                _ => return Err(TransitionError::NothingBroken),
            },
            StopCause::Withdrawn(text) => match sources.first() {
                Some(first) if at >= first => return Err(TransitionError::TooLateToStop(first)),
                _ => StopReason::Withdrawn(worded(text)?),
            },
            StopCause::SourceFailed(text) => StopReason::SourceFailed(worded(text)?),
            StopCause::Shortage => {
                return Err(TransitionError::NotNow { state: StateName::Frozen, action: ActionName::Stop });
            }
        };
        let stop = Stop { draw: draw.clone(), reason, at };
        let document = Document::Stopped(stop.clone());
        Ok((State::Stopped(Box::new(Stopped { frozen: self, seeding: None, stop })), document))
    }
}

impl Seeded {
    fn drawn(self, at: Timestamp) -> Result<(State, Document), TransitionError> {
        not_before(at, self.seeding.at)?;
        let Frozen { document: Freeze { draw, rules, .. }, bases, secrets } = &self.frozen;
        let seed = self.frozen.seed(&self.seeding.public);
        let (sizes, places) = select(draw, &seed, rules, &bases.objects);
        let teams = assign(draw, &seed, rules, bases, &places)?;
        let objects: Vec<&Object> = places.iter().map(|place| &bases.objects[*place]).collect();
        let rows = rows_of(draw, &seed, rules, &objects, teams.clone());
        let drawing = Drawing {
            draw: draw.clone(),
            sizes,
            objects: u64::try_from(rows.len()).expect("a length fits"),
            officers: seated(&teams),
            result: result_digest(&secrets.salt, &rows),
            at,
        };
        let document = Document::Drawn(drawing.clone());
        let (changes, results, release) = (vec![], BTreeMap::new(), None);
        let drawn = Drawn { seeded: self, drawing, rows, teams, changes, results, release };
        Ok((State::Drawn(Box::new(drawn)), document))
    }

    /// Only where the teams cannot be formed: everybody who has bases and seed can see that they cannot.
    fn stopped(self, at: Timestamp) -> Result<(State, Document), TransitionError> {
        not_before(at, self.seeding.at)?;
        let Frozen { document: Freeze { draw, rules, .. }, bases, .. } = &self.frozen;
        let seed = self.frozen.seed(&self.seeding.public);
        let (_, places) = select(draw, &seed, rules, &bases.objects);
        let Err(shortage) = assign(draw, &seed, rules, bases, &places) else { return Err(TransitionError::NoShortage) };
        let text = shortage_text(&shortage, self.frozen.document.sealed.is_some());
        let stop = Stop { draw: draw.clone(), reason: StopReason::Shortage(text), at };
        let document = Document::Stopped(stop.clone());
        let Self { frozen, seeding } = self;
        Ok((State::Stopped(Box::new(Stopped { frozen, seeding: Some(seeding), stop })), document))
    }
}

impl Drawn {
    fn released(mut self, at: Timestamp) -> Result<(State, Document), TransitionError> {
        not_before(at, self.drawing.at)?;
        let Frozen { document, secrets, .. } = &self.seeded.frozen;
        if let Some(sealing) = document.sealed.as_ref().filter(|sealing| at.local_date() < sealing.release) {
            return Err(TransitionError::Sealed(sealing.release));
        }
        let release = Release { draw: document.draw.clone(), salt: secrets.salt, nonce: secrets.nonce, at };
        self.release = Some(release.clone());
        Ok((State::Released(Box::new(self)), Document::Released(release)))
    }

    fn afterwards(&mut self, action: Action) -> Result<Document, TransitionError> {
        match action {
            Action::ChangeOfficer { object, from, reason, proposed_by, approved_by, at } => {
                not_before(at, self.drawing.at)?;
                let people = (proposed_by, approved_by);
                Ok(Document::OfficerChanged(self.change_officer((object, from), reason, people, at)?))
            }
            Action::Record { object, result, officers, at } => {
                not_before(at, self.drawing.at)?;
                Ok(Document::Recorded(self.record(object, result, officers, at)?))
            }
            other => Err(TransitionError::NotNow { state: StateName::Drawn, action: other.name() }),
        }
    }

    /// Whether list and nonce should have been given out by that day and were not: a breach that everybody sees.
    pub fn is_overdue(&self, today: LocalDate) -> bool {
        let sealed = self.seeded.frozen.document.sealed.as_ref();
        self.release.is_none() && sealed.is_some_and(|sealing| sealing.release < today)
    }
}

/// How many officers have a seat.
pub(crate) fn seated(teams: &[Team]) -> u64 {
    let officers: BTreeSet<Name<'_>> =
        teams.iter().flat_map(|team| &team.officers).map(|officer| name(officer)).collect();
    u64::try_from(officers.len()).expect("a length fits")
}
