//! What came after the draw, played again: every replacement as the tickets name it, every result once.

use super::Difference;
use crate::base::FEWEST_OFFICERS;
use crate::draw::{Document, Frozen, OfficerChange, Recorded, seat_number, successor};
use crate::team::Team;
use std::collections::{BTreeMap, BTreeSet};

type After = (Vec<Team>, BTreeMap<String, Recorded>);

pub(super) fn replay(
    frozen: &Frozen,
    seed: &str,
    mut teams: Vec<Team>,
    documents: &[Document],
) -> Result<After, Difference> {
    let draw = &frozen.document.draw;
    let mut results: BTreeMap<String, Recorded> = BTreeMap::new();
    let mut changes = 0;
    let mut drawn = false;
    for document in documents.iter().filter(|document| document.draw() == draw) {
        match document {
            Document::Drawn(_) => drawn = true,
            Document::OfficerChanged(_) | Document::Recorded(_) if !drawn => {
                return Err(Difference::Order { draw: draw.clone(), step: "抽取后的登记" });
            }
            Document::OfficerChanged(change) => {
                if results.contains_key(&change.object) {
                    return Err(wrong(change, "检查结果登记之后又更换检查人员".to_owned()));
                }
                changed(frozen, seed, &mut teams, changes, change)?;
                changes += 1;
            }
            Document::Recorded(recorded) => {
                happened(&teams, recorded)?;
                if results.insert(recorded.object.clone(), recorded.clone()).is_some() {
                    let place = format!("对象“{}”的检查结果", recorded.object);
                    return Err(Difference::After { place, reason: "登记了不止一次".into() });
                }
            }
            _ => {}
        }
    }
    Ok((teams, results))
}

fn wrong(change: &OfficerChange, reason: String) -> Difference {
    Difference::After { place: format!("对象“{}”第{}席位的人员更换", change.object, change.seat), reason }
}

fn changed(
    frozen: &Frozen,
    seed: &str,
    teams: &mut [Team],
    changes: usize,
    change: &OfficerChange,
) -> Result<(), Difference> {
    let place = teams.iter().position(|team| team.object == change.object).and_then(|team| {
        let seat = teams[team].officers.iter().position(|officer| *officer == change.from)?;
        (seat_number(seat) == change.seat).then_some((team, seat))
    });
    let Some((team, seat)) = place else {
        return Err(wrong(change, format!("“{}”不在这一席位上", change.from)));
    };
    if change.reason.trim().is_empty() || change.proposed_by == change.approved_by {
        return Err(wrong(change, "没有理由，或者没有另一人批准".to_owned()));
    }
    let to = successor(frozen, seed, teams, (team, seat), changes).unwrap_or_default();
    if to != change.to {
        return Err(wrong(change, format!("公布的接替人是“{}”，重新计算得到“{to}”", change.to)));
    }
    teams[team].officers[seat] = to;
    Ok(())
}

fn happened(teams: &[Team], recorded: &Recorded) -> Result<(), Difference> {
    let there: BTreeSet<&String> = recorded.officers.iter().collect();
    let team = teams.iter().find(|team| team.object == recorded.object);
    let fit = team.is_some_and(|team| there.iter().all(|officer| team.officers.contains(officer)));
    if fit && there.len() >= FEWEST_OFFICERS {
        return Ok(());
    }
    let reason = "对象未被抽中，或者到场的检查组人员少于两人".to_owned();
    Err(Difference::After { place: format!("对象“{}”的检查结果", recorded.object), reason })
}
