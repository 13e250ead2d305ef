//! Real rounds of four chains, and what must not pass for one.

use crate::shared::shared_data;
use serde_json::Value;
use sha2::Digest as _;
use xingjian_draw::drand::{CHAINS, Chain, Pulse, PulseError, Scheme};
use xingjian_draw::seed::{Contributions, Entered, Round, SeedError, SourcePlan};
use xingjian_kernel::DepartmentId;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn pulse(of: &Value) -> Pulse {
    let previous_signature = of.get("previous_signature").map(text);
    Pulse { round: of["round"].as_u64().unwrap(), signature: text(&of["signature"]), previous_signature }
}

/// The chains that only the vectors know have no name a plan could use.
fn chain(scheme: Scheme, of: &Value) -> Chain {
    let key = of["pk"].as_str().unwrap().to_owned().leak();
    Chain { name: "", hash: "", scheme, key, genesis: 0, period: 3 }
}

/// Every round of the vectors with its chain.
fn rounds() -> Option<(Vec<(Chain, Pulse)>, Value)> {
    let path = shared_data()?.join("sets/drand_vectors/vectors.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut rounds = vec![
        (*Chain::named("default").unwrap(), pulse(&all["chained_mainnet"])),
        (*Chain::named("quicknet").unwrap(), pulse(&all["quicknet"])),
        (chain(Scheme::Unchained, &all["unchained_testnet"]), pulse(&all["unchained_testnet"])),
    ];
    for round in all["fastnet"]["rounds"].as_array().unwrap() {
        rounds.push((chain(Scheme::OnG1, &all["fastnet"]), pulse(round)));
    }
    assert_eq!(rounds.len(), 5);
    Some((rounds, all))
}

/// The round of quicknet.
pub fn quicknet() -> Option<Pulse> {
    rounds().map(|(rounds, _)| rounds[1].1.clone())
}

#[test]
fn real_rounds_are_accepted_and_give_the_hash_of_their_signature() {
    let Some((rounds, all)) = rounds() else { return };
    for (chain, pulse) in &rounds {
        pulse.verify(chain).unwrap_or_else(|error| panic!("{chain:?}: {error}"));
    }
    let mainnet = &all["chained_mainnet"];
    assert_eq!(rounds[0].1.verify(&rounds[0].0).unwrap().to_string(), text(&mainnet["randomness_sha256_of_signature"]));
    assert_eq!(rounds[0].0.key, text(&mainnet["pk"]));
    assert_eq!(
        (rounds[1].0.key, rounds[1].0.hash),
        (&*text(&all["quicknet"]["pk"]), &*text(&all["quicknet"]["chain_hash"]))
    );
}

#[test]
fn another_round_is_not_this_one() {
    let Some((rounds, all)) = rounds() else { return };
    let wrong = all["chained_mainnet"]["negative"]["wrong_round"].as_u64().unwrap();
    for (chain, pulse) in rounds {
        for round in [wrong, pulse.round + 1, 0] {
            let moved = Pulse { round, ..pulse.clone() };
            assert!(matches!(moved.verify(&chain), Err(PulseError::Forged { .. })), "{chain:?} {round}");
        }
    }
}

#[test]
fn a_forged_signature_is_refused() {
    let Some((rounds, all)) = rounds() else { return };
    // A point of the right group that signs something else.
    let (chain, real) = &rounds[0];
    let signature = text(&all["chained_mainnet"]["negative"]["wrong_signature_valid_point"]);
    let forged = Pulse { signature, ..real.clone() };
    assert!(matches!(forged.verify(chain), Err(PulseError::Forged { round: 72785, .. })));
    for (chain, real) in &rounds {
        // The point at infinity is the signature of everything under the key at infinity.
        let infinity = format!("c0{}", "00".repeat(real.signature.len() / 2 - 1));
        assert!(Pulse { signature: infinity, ..real.clone() }.verify(chain).is_err());
        let half = real.signature[..real.signature.len() / 2].to_owned();
        assert!(matches!(Pulse { signature: half, ..real.clone() }.verify(chain), Err(PulseError::Unreadable { .. })));
        for at in 0..real.signature.len() / 2 {
            let mut bytes = hex::decode(&real.signature).unwrap();
            bytes[at] ^= 1;
            assert!(Pulse { signature: hex::encode(bytes), ..real.clone() }.verify(chain).is_err(), "byte {at}");
        }
    }
}

#[test]
fn the_previous_signature_belongs_to_chained_chains_only() {
    let Some((rounds, _)) = rounds() else { return };
    for (chain, pulse) in rounds {
        let chained = pulse.previous_signature.is_some();
        let previous_signature = if chained { None } else { Some(pulse.signature.clone()) };
        let error = Pulse { previous_signature, ..pulse.clone() }.verify(&chain).unwrap_err();
        assert_eq!(error, PulseError::Previous { round: pulse.round, needed: chained });
    }
}

#[test]
fn the_chains_that_plans_name_have_the_hashes_they_are_known_by() {
    let seeds = [
        ("quicknet", "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e", "quicknet"),
        ("default", "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a", ""),
    ];
    let of_chain = |name| seeds.iter().find(|seed| seed.0 == name).unwrap();
    for chain in CHAINS {
        let (_, group, names) = of_chain(chain.name);
        let hash = sha2::Sha256::new()
            .chain_update(u32::try_from(chain.period).unwrap().to_be_bytes())
            .chain_update(chain.genesis.to_be_bytes())
            .chain_update(hex::decode(chain.key).unwrap())
            .chain_update(hex::decode(group).unwrap())
            .chain_update(names);
        assert_eq!(hex::encode(hash.finalize()), chain.hash, "{}", chain.name);
    }
    assert_eq!(Chain::named("fastnet"), None);
    assert_eq!(Chain::named("quicknet").unwrap().at(2).unwrap().micros(), 1_692_803_370_000_000);
    assert_eq!((CHAINS[0].at(0), CHAINS[0].at(u64::MAX)), (None, None));
}

/// A plan that names a round of quicknet, and what two people typed of it.
fn planned(pulse: &Pulse) -> (SourcePlan, Contributions) {
    let drand = Some(Round { chain: "quicknet".into(), round: 123 });
    let typed = |person: &str, of: &str| Entered {
        person: person.into(),
        department: DepartmentId::new(of),
        at: Chain::named("quicknet").unwrap().at(123).unwrap(),
        value: pulse.clone(),
    };
    let said =
        Contributions { drand: Some([typed("甲", "health"), typed("乙", "insurance")]), ..Contributions::default() };
    (SourcePlan { drand, ..SourcePlan::default() }, said)
}

#[test]
fn a_seed_takes_the_planned_round_and_no_other() {
    let Some((rounds, _)) = rounds() else { return };
    let real = rounds[1].1.clone();
    let draw = "2026-1".parse().unwrap();
    let (plan, said) = planned(&real);
    assert_eq!(plan.faults(plan.first().unwrap().plus_seconds(-1)), []);
    assert_eq!(plan.faults(plan.first().unwrap()).len(), 1, "a round that is out already could have been picked");
    let randomness = hex::encode(sha2::Sha256::digest(hex::decode(&real.signature).unwrap()));
    assert_eq!(plan.combine(&draw, &said), Ok(format!("drand:{randomness}")));
    let combined = |change: &dyn Fn(&mut Contributions)| {
        let mut said = said.clone();
        change(&mut said);
        plan.combine(&draw, &said).unwrap_err()
    };
    let other = combined(&|said| said.drand.iter_mut().flatten().for_each(|typed| typed.value.round = 124));
    assert_eq!(other, SeedError::OtherRound { planned: 123, entered: 124 });
    let zero = combined(&|said| {
        said.drand.iter_mut().flatten().for_each(|typed| typed.value.signature = rounds[3].1.signature.clone());
    });
    assert!(matches!(zero, SeedError::Pulse(PulseError::Forged { .. })), "{zero}");
    let differ = combined(&|said| said.drand.as_mut().unwrap()[0].value.round = 124);
    assert!(matches!(differ, SeedError::Differ { .. }));
    let early = combined(&|said| {
        let typed = &mut said.drand.as_mut().unwrap()[1];
        typed.at = typed.at.plus_seconds(-1);
    });
    assert!(matches!(early, SeedError::Early { .. }));
}
