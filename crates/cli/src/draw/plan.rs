//! What would come of a proposal: all its faults, or its numbers.

use super::{Proposed, proposal, verify};
use std::path::Path;
use std::process::ExitCode;
use xingjian_cli::clock::WallClock;
use xingjian_draw::Salt;
use xingjian_draw::draw::{FreezeError, Secrets, freeze};
use xingjian_draw::floor::{FloorError, Proof, prove};
use xingjian_kernel::Clock;

pub fn plan(wanted: &Proposed) -> Result<ExitCode, String> {
    let written = proposal::read(&wanted.file)?;
    let previous = verify::previous(wanted.previous.as_deref())?.file;
    let floor = written.floor.as_ref().map(|of| prove(of.rate, &of.population, &of.draws));
    let (release, mut faults) = (written.release, vec![]);
    let folder = wanted.file.parent().unwrap_or(Path::new("."));
    // Nothing of this is published, so nothing has to be hidden.
    let nothing = Secrets { salt: Salt([0; 32]), nonce: release.map(|_| Salt([0; 32])) };
    match written.proposal(folder, None) {
        Ok((proposal, _)) => {
            let (rules, objects) = (proposal.rules.clone(), proposal.bases.objects.clone());
            match freeze(proposal, previous.as_ref(), nothing, WallClock::default().now()) {
                Ok((state, _)) => {
                    let counts = state.frozen().document.counts;
                    println!(
                        "对象{}家，排除{}家，检查人员{}名，回避{}条",
                        counts.objects, counts.excluded, counts.officers, counts.exceptions
                    );
                    for stratum in &rules.strata {
                        let of =
                            objects.iter().filter(|one| (&one.grade, &one.risk) == (&stratum.grade, &stratum.risk));
                        let count = u64::try_from(of.count()).expect("a length fits");
                        let least = stratum.smallest_size(count);
                        let most = least.max(stratum.rate.of(count).0 + u64::from(stratum.rate.of(count).1 > 0));
                        let size = if least == most { least.to_string() } else { format!("{least}或{most}") };
                        let inclusion = stratum.inclusion(count).map_or("无对象".to_owned(), |of| of.to_string());
                        println!("分层“{}”：{count}家，抽{size}家，每家被抽中的概率 {inclusion}", stratum.name());
                    }
                    println!("每一家对象单独被抽中时，检查组都能组成");
                }
                Err(FreezeError::Faults(found)) => faults.extend(found.iter().map(ToString::to_string)),
                Err(FreezeError::Unstaffable(found)) => faults.extend(found.iter().map(ToString::to_string)),
            }
        }
        Err(found) => faults.extend(found),
    }
    match floor {
        None => {}
        Some(Ok(proof)) => {
            let Proof { floor, reached, needed, .. } = proof;
            println!("年度下限{floor}：至少抽到{reached}家不同对象，需要{needed}家，能够达到");
        }
        Some(Err(error @ (FloorError::Unknown { .. } | FloorError::Short(_)))) => faults.push(error.to_string()),
    }
    if faults.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("方案不能实施，共{}处：\n{}", faults.len(), faults.join("\n")))
}
