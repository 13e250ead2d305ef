//! The list of draws, and those that wait for somebody.

use super::{PATH, READERS, is_open};
use crate::app::Web;
use crate::desk::{Shelf, badge, due_on, open};
use crate::guard::Caller;
use crate::ui::{Query, Row};
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;
use xingjian_inspect::draw::{Draw, State as Stage, state_label};
use xingjian_kernel::{Actor, LocalDate, Timestamp};
use xingjian_store::{Failure, Record, Stored};

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
    Ok(mine.map(|draw| (draw.head().due, row(web, caller, draw))).collect())
}

pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let shown = ["prepared", "frozen", "seeded", "drawn", "released", "stopped"];
    let shelf = Shelf {
        path: PATH,
        title: "随机抽查",
        states: &shown.map(|state| (state, state_label(state))),
        empty: "没有符合条件的抽查。在已批准的年度抽查计划中选择任务，准备抽查后出现在这里。",
        begin: None,
    };
    shelf.list(&web, &caller, query, |draw: &Stored<Draw>| row(&web, &caller, draw)).await
}
