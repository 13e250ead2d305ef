//! The list of draws, and those that wait for somebody.

use super::{PATH, READERS, is_open};
use crate::app::Web;
use crate::desk::{badge, due_on, more, open};
use crate::guard::Caller;
use crate::listing::{Around, Cells, Listed, Listing, matter_chips, matters};
use crate::ui::Row;
use xingjian_inspect::draw::{Draw, State as Stage, state_label};
use xingjian_kernel::{Actor, LocalDate, Timestamp};
use xingjian_store::{Failure, Filter, Record, Stored, records};

/// Whether the draw waits for this person.
pub fn waits_for(draw: &Draw, actor: &Actor, now: Timestamp) -> bool {
    let open = draw.open_actions(actor, now.local_date());
    match &draw.state {
        Stage::Prepared => open.contains(&"freeze"),
        Stage::Frozen { frozen, entries } => {
            open.contains(&"enter") && !entries.open_to(&frozen.document.sources, &actor.department, now).is_empty()
        }
        Stage::Seeded { .. } => open.contains(&"draw") && actor.department == draw.department,
        Stage::Drawn { .. } => open.contains(&"release") && actor.department == draw.department,
        _ => false,
    }
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Draw>) -> Row {
    let (first, last) = stored.task.rules.period;
    let mine = waits_for(stored, &caller.ctx.actor, web.app.clock.now());
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.task.name.clone(),
        detail: format!("{} · 检查期间 {first} 至 {last}", stored.name),
        state: badge(stored.state.label(), is_open(stored), mine),
        owner: super::super::department(web, stored.department.as_str()),
        due: due_on(web, stored.head().due),
    }
}

/// Draws that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let found = open::<Draw>(caller).await?;
    let mine = found.iter().filter(|draw| waits_for(draw, &caller.ctx.actor, web.app.clock.now()));
    Ok(mine.map(|draw| (draw.head().due, row(web, caller, draw))).chain(more::<Draws, _>(&found)).collect())
}

/// The list of draws.
pub struct Draws;

impl Listing for Draws {
    type Item = Draw;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/draws/excel";
    const TITLE: &'static str = "随机抽查";

    fn chips() -> Vec<(&'static str, &'static str)> {
        let shown = ["prepared", "frozen", "seeded", "drawn", "released", "stopped"];
        matter_chips(&shown.map(|state| (state, state_label(state))))
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的抽查。在已批准的年度抽查计划中选择任务，准备抽查后出现在这里。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Draw> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Draw>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}
