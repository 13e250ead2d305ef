//! Bundles of draws, sound and spoilt, and what the draw's own program says of them.

use serde_json::Value;
use std::collections::BTreeMap;
use xingjian_draw::Rate;
use xingjian_draw::base::Bases;
use xingjian_draw::bundle::{Agreed, Bundle, Opened, Standing, Step, verify};
use xingjian_draw::draw::{
    Action, Counts, Document, Origin, Proposal, Secrets, State, StopCause, TransitionError, freeze,
};
use xingjian_draw::file::PublicFile;

const EXAMPLE: &str = include_str!("../../../../../docs/verify/example.json");

/// A released draw of two departments, sealed, with a replaced officer, a result, and a proof of each step.
pub fn example() -> Bundle {
    serde_json::from_str(EXAMPLE).expect("the example is a bundle")
}

/// What somebody checks: a bundle, and the bundle of the draw that it rests on.
#[derive(Clone)]
pub struct Checked {
    pub bundle: Value,
    pub previous: Option<Value>,
}

impl Checked {
    pub fn of(bundle: &Bundle) -> Self {
        Self { bundle: serde_json::to_value(bundle).expect("a bundle is JSON"), previous: None }
    }

    /// The verdict of the draw's own program, and the first difference in words.
    pub fn verdict(&self) -> (&'static str, String) {
        let Ok(bundle) = serde_json::from_value::<Bundle>(self.bundle.clone()) else {
            return ("unreadable", String::new());
        };
        let previous = self.previous.clone().and_then(|of| serde_json::from_value::<Bundle>(of).ok()?.file);
        match verify(&bundle, previous.as_ref(), None).outcome {
            Ok(Agreed::Computed(_)) => ("computed", String::new()),
            Ok(Agreed::Steps(Standing::Stopped)) => ("stopped", String::new()),
            Ok(Agreed::Steps(_)) => ("steps", String::new()),
            Ok(Agreed::Shortage) => ("shortage", String::new()),
            Err(difference) => ("differs", difference.to_string()),
        }
    }
}

/// Numbers that look random and are the same each time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count.max(1)).expect("it fits")).expect("less than the count")
    }
}

/// The example drawn once more, from bases and rules that were changed before the freeze.
fn drawn(change: impl FnOnce(&mut Proposal)) -> Bundle {
    let example = example();
    let file = example.file.expect("it is released");
    let freeze_at = file.freeze.at;
    let mut proposal = Proposal {
        draw: file.freeze.draw,
        task: file.freeze.task,
        origin: file.freeze.origin,
        rules: file.freeze.rules,
        bases: file.bases,
        sources: file.freeze.sources,
        release: None,
    };
    change(&mut proposal);
    let Proposal { bases: Bases { objects, excluded, officers, exceptions }, .. } = proposal;
    proposal = Proposal { bases: Bases::new(objects, excluded, officers, exceptions), ..proposal };
    let secrets = Secrets { salt: file.salt, nonce: None };
    let (mut state, document) = freeze(proposal, None, secrets, freeze_at).expect("it can be frozen");
    let mut documents = vec![document];
    let mut act = |action| {
        let (next, document) = state.clone().apply(action)?;
        state = next;
        documents.push(document);
        Ok::<(), TransitionError>(())
    };
    let at = file.seeding.at;
    act(Action::Seed { said: Box::new(file.seeding.said), at }).expect("the sources spoke");
    if act(Action::Draw { at }).is_err() {
        act(Action::Stop { cause: StopCause::Shortage, at }).expect("there are too few officers");
    } else {
        act(Action::Release { at }).expect("it is not sealed");
    }
    let step = |document| Step { document, proof: None };
    Bundle {
        file: if let State::Released(drawn) = &state { Some(drawn.file()) } else { None },
        opened: if let State::Stopped(stopped) = &state { Opened::of(stopped) } else { None },
        draw: state.id().clone(),
        steps: documents.into_iter().map(step).collect(),
        policy: None,
        ..example
    }
}

/// Draws that differ in what makes the computation differ; all of them agree with themselves.
pub fn sound() -> Vec<Bundle> {
    let mut all = vec![example(), drawn(|_| {})];
    for (most, first_line, rate, crossing) in [
        (4, 70, 300_000, true),
        (9, 75, 500_000, true),
        (12, 70, 1_000_000, true),
        (3, 90, 200_000, false),
        (1, 70, 1, true),
    ] {
        all.push(drawn(|proposal| {
            proposal.rules.most = Some(most);
            proposal.rules.first_line = Rate::from_percent(first_line).expect("a share");
            proposal.rules.strata[0].rate = Rate::from_ppm(rate).expect("a rate");
            proposal.rules.crossing = crossing;
        }));
    }
    for seed in 1..=12 {
        let mut dice = Dice::new(seed);
        all.push(drawn(|proposal| {
            proposal.rules.most = None;
            proposal.bases.objects.retain(|_| dice.below(3) > 0);
            let kept: Vec<String> = proposal.bases.objects.iter().map(|one| one.id.clone()).collect();
            proposal.bases.exceptions.retain(|one| kept.contains(&one.object));
            proposal.bases.objects.iter_mut().filter(|_| dice.below(4) == 0).for_each(|one| one.id.push_str("（𠮷）"));
            proposal.bases.exceptions.clear();
            proposal.bases.officers.iter_mut().for_each(|one| one.first_line = dice.below(3) > 0);
            proposal.rules.strata.iter_mut().for_each(|of| {
                of.rate = Rate::from_ppm(u32::try_from(dice.below(1_000_000)).expect("a rate")).expect("a rate");
            });
        }));
    }
    let before_release = || {
        let mut bundle = example();
        bundle.file = None;
        bundle.steps.truncate(3);
        bundle
    };
    let early = before_release();
    let mut frozen = before_release();
    frozen.steps.truncate(1);
    all.extend([early, frozen]);
    all
}

/// An extension of the example's draw, without and with the earlier file.
pub fn extensions() -> Vec<Checked> {
    let earlier = example();
    let mut later = drawn(|_| {});
    for step in &mut later.steps {
        if let Document::Frozen(of) = &mut step.document {
            of.origin = Origin::Extension { of: of.draw.clone(), because_of: vec![] };
        }
    }
    let checked = Checked::of(&later);
    vec![checked.clone(), Checked { previous: Checked::of(&earlier).bundle.into(), ..checked }]
}

/// Sound bundles with something changed by chance: a value, a row left out, doubled or moved; and, so that deeper checks
/// are reached, lists and rules that were changed with all announcements after them.
pub fn spoilt(count: usize) -> Vec<Checked> {
    let sound = sound();
    let one = |at: usize| {
        let mut dice = Dice::new(1_000 + u64::try_from(at).expect("it fits"));
        let bundle = &sound[dice.below(sound.len())];
        let mut value = Checked::of(bundle).bundle;
        if at.is_multiple_of(2) {
            for step in value["steps"].as_array_mut().expect("a list") {
                step.as_object_mut().expect("a step").remove("proof");
            }
        }
        let below = ["/file/bases", "/file/freeze/rules", "/file/freeze/sources", "/file/seeding/said", "", "/steps"];
        let part = below[dice.below(below.len())];
        let part = if value.pointer(part).is_some() { part } else { "" };
        spoil(value.pointer_mut(part).expect("it is there"), &mut dice);
        if !at.is_multiple_of(3) {
            value = announced(&value).unwrap_or(value);
        }
        Checked { bundle: value, previous: None }
    };
    (0..count).map(one).collect()
}

/// The bundle with lists and rules as they are now in the file fixed and announced as if they had been so from the start.
fn announced(value: &Value) -> Option<Value> {
    let mut bundle: Bundle = serde_json::from_value(value.clone()).ok()?;
    let file: &mut PublicFile = bundle.file.as_mut()?;
    file.freeze.bases = file.bases.commitments(&file.salt);
    file.freeze.counts = Counts::of(&file.bases);
    if let Ok(public) = file.freeze.sources.combine(&file.freeze.draw, &file.seeding.said) {
        file.seeding.public = public;
    }
    for step in &mut bundle.steps {
        step.proof = None;
        match &mut step.document {
            Document::Frozen(of) => of.clone_from(&file.freeze),
            Document::Seeded(of) => of.clone_from(&file.seeding),
            _ => {}
        }
    }
    serde_json::to_value(&bundle).ok()
}

/// Changes one thing.
fn spoil(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.below(fields.len())).expect("there are fields").clone();
            if dice.below(60) == 0 {
                fields.remove(&name);
            } else {
                spoil(&mut fields[&name], dice);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let (at, other) = (dice.below(items.len()), dice.below(items.len()));
            match dice.below(16) {
                0 => drop(items.remove(at)),
                1 => items.insert(other, items[at].clone()),
                2 => items.swap(at, other),
                _ => spoil(&mut items[at], dice),
            }
        }
        Value::Bool(is) => *is = !*is,
        Value::Number(number) => {
            let by = [-1, 1, 60_000_000, -7_200_000_000, 2];
            let changed = number.as_i64().unwrap_or_default().saturating_add(by[dice.below(by.len())]);
            *value = changed.into();
        }
        Value::String(text) => match dice.below(4) {
            0 => text.push('1'),
            1 => drop(text.pop()),
            2 => text.push('\u{7}'),
            _ => {
                let digit = |c: char| {
                    if c == '1' {
                        '2'
                    } else if c.is_ascii_digit() {
                        '1'
                    } else {
                        c
                    }
                };
                let at = dice.below(text.chars().count());
                *text = text.chars().enumerate().map(|(place, c)| if place == at { digit(c) } else { c }).collect();
            }
        },
        Value::Null => *value = "1/2".into(),
        Value::Object(_) | Value::Array(_) => {}
    }
}

/// How often each verdict comes.
pub fn tally(verdicts: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    verdicts.into_iter().for_each(|verdict| *counts.entry(verdict).or_default() += 1);
    counts
}
