//! Whether what is kept of a draw is still what was drawn: lists and result are computed again from the sealed texts, and
//! every task has the object and the team that draw and recorded changes say.

use super::vault::{self, Vault};
use super::{Draw, State};
use crate::task::Task;
use std::collections::BTreeSet;
use std::sync::Arc;
use xingjian_draw::draw::{self, Action};
use xingjian_kernel::id::OfficerId;
use xingjian_store::{App, Ctx, Failure, Filter, Order, Reading, records};

/// Something that is not as it was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strayed {
    /// Public name of the draw.
    pub draw: String,
    /// The object it is about, where it is about one.
    pub object: Option<String>,
    /// What is wrong.
    pub why: &'static str,
}

/// How many draws were looked at, and everything that is wrong with them.
pub async fn strayed(app: &Arc<App>) -> Result<(usize, Vec<Strayed>), Failure> {
    let ctx = Ctx::system(app);
    let (mut looked, mut wrong) = (0, vec![]);
    for of in records::all::<Draw>(&ctx, &Filter { order: Order::Newest, ..Filter::default() }).await? {
        let Some(frozen) = of.state.frozen() else { continue };
        looked += 1;
        let strayed = |object: Option<String>, why| Strayed { draw: of.name.to_string(), object, why };
        // A sealed text that does not open was changed as well.
        let Ok((machine, vault)) = vault::machine(&mut Reading::Outside, &ctx, &of).await else {
            wrong.push(strayed(None, "封存的名录或者名单打不开，内容已被改动"));
            continue;
        };
        if vault.bases.commitments(&vault.secrets.salt) != frozen.document.bases {
            wrong.push(strayed(None, "封存的名录与公布的哈希值不符"));
        }
        if let (draw::State::Drawn(whole) | draw::State::Released(whole), Some(drawn)) = (machine, of.state.drawn()) {
            let again =
                draw::State::Seeded(Box::new(whole.seeded.clone())).apply(Action::Draw { at: whole.drawing.at });
            let same = matches!(&again, Ok((draw::State::Drawn(again), _)) if again.rows == whole.rows && again.drawing == whole.drawing);
            if !same {
                wrong.push(strayed(None, "由种子重新计算的结果与登记的不符"));
            }
            for team in &whole.teams {
                let task = match drawn.tasks.get(&team.object) {
                    Some(id) => records::get::<Task>(&ctx, *id).await?,
                    None => None,
                };
                let why = match &task {
                    None => Some("没有检查任务"),
                    Some(task) => differs(task, &vault, &team.object, &team.officers),
                };
                wrong.extend(why.map(|why| strayed(Some(team.object.clone()), why)));
            }
        }
        if let State::Released { file, .. } = &of.state
            && xingjian_store::blobs::get(&ctx, file).await.is_err()
        {
            wrong.push(strayed(None, "公开的核验文件不在或者已被改动"));
        }
    }
    Ok((looked, wrong))
}

fn differs(task: &Task, vault: &Vault, object: &str, team: &[String]) -> Option<&'static str> {
    let drawn: BTreeSet<Option<OfficerId>> =
        team.iter().map(|name| vault.officers.get(name).map(|behind| behind.officer)).collect();
    let kept: BTreeSet<Option<OfficerId>> = task.officer_ids().into_iter().map(Some).collect();
    if vault.subjects.get(object) != Some(&task.subject) {
        Some("检查任务的对象不是抽中的对象")
    } else if drawn != kept {
        Some("检查任务的人员不是抽中和依程序更换的人员")
    } else {
        None
    }
}
