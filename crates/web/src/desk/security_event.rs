//! What happened at the door: signing in, refusals, and everything the administrators did about accounts. Read by the security
//! administrator and by the audit administrator; nobody changes anything here.

use super::account;
use crate::app::Web;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::listing::Book;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Table};
use crate::ui::{Chip, Layout, Query};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::{Cursor, Permission};
use xingjian_registry::account::{Account, keeping};
use xingjian_store::ledger::{self, LedgerRow};
use xingjian_store::{Failure, Record};

const PATH: &str = "/desk/security-events";
const READERS: Callers = Callers::Holding(&[Permission::ReadSecurityEvents, Permission::ReadAudit]);
/// Rows of a page.
const ROWS: usize = 50;
/// Rows of a spreadsheet.
const MOST: usize = 20_000;

/// What can be looked at: its name in the address, its label, and the kinds of acts. The first is shown at the start.
const SHOWN: &[(&str, &str, &[&str])] = &[
    ("all", "全部", &[]),
    (
        "acts",
        "管理员的操作",
        &[
            "account.added",
            "account.officer_set",
            "account.roles_asked",
            "account.granted",
            "account.grant_refused",
            "account.roles_revoked",
            "account.kept",
            "account.disabled",
            "account.enabled",
            "account.unlocked",
            "account.password_reset",
            "account.factor_reset",
            "account.sessions_ended",
            "connected_system.added",
            "connected_system.changed",
            "connected_system.key_renewed",
            "connected_system.revoked",
        ],
    ),
    ("doors", "登录", &["account.signed_in"]),
    ("refused", "被拒绝", &["account.refused"]),
    ("own", "本人更改密码和第二因素", &["account.password_changed", "account.factor_enrolled"]),
];

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, READERS, list), Route::get("/desk/security-events/excel", READERS, spreadsheet)]
}

#[derive(Template)]
#[template(path = "desk/security_events.html")]
struct EventsPage {
    layout: Layout,
    chips: Vec<Chip>,
    table: Table,
    excel: String,
}

fn kinds(show: &str) -> &'static [&'static str] {
    SHOWN.iter().find(|(name, ..)| *name == show).map_or(&[], |(_, _, kinds)| kinds)
}

async fn read(caller: &Caller, query: &Query, most: usize) -> Result<Vec<LedgerRow>, Failure> {
    let after = Cursor::decode(&query.after);
    ledger::of_security(&keeping(&caller.ctx), kinds(&query.show), after.as_ref(), most).await
}

fn table(rows: &[LedgerRow]) -> Table {
    let columns = ["时间", "谁", "事件", "地址", "对象", "存证"];
    let row = |row: &LedgerRow| {
        let roles: Vec<&str> = row.actor.roles.iter().map(|role| role.label()).collect();
        vec![
            Cell::text(row.at.to_string()),
            Cell::text(&row.actor.name).note(roles.join("、")),
            Cell::text(&row.text),
            Cell::known(row.data["address"].as_str()),
            if row.resource == Account::TABLE.name() {
                Cell::link("查看账号", format!("{}/{}", account::PATH, row.resource_id))
            } else {
                Cell::text("接入系统")
            },
            row.index.map_or(Cell::Missing("待编号"), |index| Cell::Code(format!("#{index}"))),
        ]
    };
    Table::new("events", "安全事件", &columns).rows(rows.iter().map(row)).empty("没有符合条件的事件。")
}

async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let mut rows = match read(&caller, &query, ROWS + 1).await {
        Ok(rows) => rows,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let show = if query.show.is_empty() { "all" } else { &query.show };
    let link = |show: &str| format!("{PATH}?show={show}");
    let chip = |(name, label, _): &(&str, &str, _)| Chip {
        label: (*label).to_owned(),
        url: link(name),
        active: *name == show,
    };
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let mut table = table(&rows);
    if let (true, Some(last)) = (more, rows.last()) {
        let after = Cursor { key: last.at.micros().to_string(), id: last.id.to_string() };
        table = table.more("更早的事件", format!("{}&after={}", link(show), crate::form::encode(&after.encode())));
    }
    let page = EventsPage {
        layout: Layout::of(&web, &caller, "安全事件", PATH),
        chips: SHOWN.iter().map(chip).collect(),
        table,
        excel: format!("{PATH}/excel?show={show}"),
    };
    html(StatusCode::OK, &page)
}

async fn spreadsheet(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    match read(&caller, &query, MOST).await {
        Ok(rows) => {
            let source = format!("安全事件，最近{MOST}条以内，导出人：{}", caller.ctx.actor.name);
            let shown = SHOWN.iter().find(|(name, ..)| *name == query.show).map_or("全部", |(_, label, _)| label);
            let (tables, cut) = ([table(&rows)], rows.len() >= MOST);
            Book { title: "安全事件", of: shown, source: &source, tables: &tables, cut }.carry(&web, &caller).await
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}
