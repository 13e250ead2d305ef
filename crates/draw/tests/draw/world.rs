//! A made-up draw of two departments, from the plan to the file.

use crate::bases::{draw_id, objects, officers, rules, seat};
use std::collections::BTreeMap;
use xingjian_draw::base::{Bases, Ground, Recusal, Seat};
use xingjian_draw::draw::{Action, Document, Drawn, Origin, Person, Proposal, Secrets, State, TransitionError, freeze};
use xingjian_draw::file::PublicFile;
use xingjian_draw::seed::{Ceremony, Contributions, Entered, Lottery, Reveal, RevealPlan, SourcePlan};
use xingjian_draw::{DrawId, Salt};
use xingjian_kernel::{DepartmentId, Timestamp};

/// 2026-11-22, noon.
pub const NOON: Timestamp = Timestamp::from_micros(1_795_320_000_000_000);

pub fn later(minutes: i64) -> Timestamp {
    NOON.plus_seconds(60 * minutes)
}

pub fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id)
}

pub fn person(name: &str, of: &str) -> Person {
    Person { name: name.into(), department: department(of) }
}

pub fn secrets(sealed: bool) -> Secrets {
    Secrets { salt: Salt([11; 32]), nonce: sealed.then_some(Salt([12; 32])) }
}

pub fn reveals() -> BTreeMap<DepartmentId, Reveal> {
    let one = |id: &str, byte: u8| {
        (department(id), Reveal { value: Salt([byte; 32]), salt: Salt([byte + 1; 32]), at: later(10) })
    };
    [one("health", 1), one("insurance", 3)].into()
}

pub fn sources(draw: &DrawId) -> SourcePlan {
    let commitments =
        reveals().iter().map(|(of, r)| (of.clone(), Reveal::commitment(draw, of, &r.value, &r.salt))).collect();
    SourcePlan {
        ceremony: Some(Ceremony { place: "政务大厅".into(), at: later(60), digits: 20 }),
        lottery: Some(Lottery { name: "演示彩票".into(), issue: "2026135期全部号码".into(), at: later(120) }),
        drand: None,
        reveals: Some(RevealPlan { due: later(30), commitments }),
    }
}

pub fn said() -> Contributions {
    let both = |value: &str| {
        let entered = |name: &str, of: &str| Entered {
            person: name.into(),
            department: department(of),
            at: later(130),
            value: value.to_owned(),
        };
        [entered("甲", "health"), entered("乙", "insurance")]
    };
    Contributions {
        ceremony: Some(both("31415926535897932384")),
        lottery: Some(both("03 11 19 22 28 + 05")),
        drand: None,
        reveals: reveals(),
    }
}

/// 40 clinics and 25 hospitals in three grades, 16 officers of two departments, one exception each for some.
pub fn proposal() -> Proposal {
    let draw = draw_id();
    let mut all = objects(&[("A", 40), ("C", 25), ("D", 3)]);
    all.iter_mut().skip(40).step_by(2).for_each(|object| object.kind = "hospital".into());
    let mut staff = officers("health", 10);
    staff.extend(officers("insurance", 6));
    staff.iter_mut().step_by(2).for_each(|officer| officer.specialties = ["放射".to_owned()].into());
    staff.iter_mut().step_by(5).for_each(|officer| officer.first_line = false);
    let exceptions = all.iter().step_by(3).zip(staff.iter().cycle()).map(|(object, officer)| {
        let (officer, object) = (officer.pseudonym.clone(), object.id.clone());
        Recusal { officer, object, ground: Ground::SameObjectLastTime, detail: "2025年度".into() }
            .published(&draw, &Salt([9; 32]))
    });
    let exceptions = exceptions.collect();
    let mut rules = rules(&[("A", 125_000), ("C", 300_000), ("D", 1_000_000)]);
    rules.strata[1].at_least = 5;
    let radiology = Seat { department: department("health"), specialty: Some("放射".into()) };
    rules.seats.insert("clinic".into(), vec![seat("health"), seat("insurance")]);
    rules.seats.insert("hospital".into(), vec![radiology, seat("health"), seat("insurance")]);
    rules.items.insert(department("insurance"), vec!["医保结算".into()]);
    rules.crossing = true;
    rules.most = Some(6);
    Proposal {
        task: "2026年下半年医疗机构联合抽查".into(),
        origin: Origin::Plan,
        rules,
        bases: Bases::new(all, vec![], staff, exceptions),
        sources: sources(&draw),
        release: None,
        draw,
    }
}

/// A draw and its documents so far.
pub struct Story {
    pub state: State,
    pub documents: Vec<Document>,
}

impl Story {
    pub fn begin(proposal: Proposal, previous: Option<&PublicFile>) -> Self {
        let secrets = secrets(proposal.release.is_some());
        let (state, document) = freeze(proposal, previous, secrets, NOON).unwrap();
        Self { state, documents: vec![document] }
    }

    pub fn act(&mut self, action: Action) -> Result<(), TransitionError> {
        let (state, document) = self.state.clone().apply(action)?;
        self.state = state;
        self.documents.push(document);
        Ok(())
    }

    pub fn drawn(&self) -> &Drawn {
        match &self.state {
            State::Drawn(drawn) | State::Released(drawn) => drawn,
            other => panic!("{:?}", other.name()),
        }
    }

    /// To the end, and released.
    pub fn finished(proposal: Proposal, previous: Option<&PublicFile>) -> Self {
        let release = proposal.release;
        let mut story = Self::begin(proposal, previous);
        story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
        story.act(Action::Draw { at: later(141) }).unwrap();
        let at = release.map_or(later(142), |day| Timestamp::from_local(day, 9, 0));
        story.act(Action::Release { at }).unwrap();
        story
    }
}
