//! 导出记录: who took which list away, narrowed how, and when.

use crate::app::Web;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::Column;
use crate::ui::table::Cell;
use xingjian_kernel::Permission;
use xingjian_registry::export::Export;
use xingjian_store::{Filter, Order, Stored, records};

const READERS: Callers =
    Callers::Holding(&[Permission::ConfirmErasure, Permission::ReadSecurityEvents, Permission::ReadAudit]);

pub fn routes() -> Vec<Route> {
    listing::routes::<Exports>(READERS)
}

/// The list of exports.
struct Exports;

impl Listing for Exports {
    type Item = Export;
    const PATH: &'static str = "/desk/exports";
    const EXCEL: &'static str = "/desk/exports/excel";
    const TITLE: &'static str = "导出记录";
    const PLACEHOLDER: &'static str = "按列表、导出人、筛选条件查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("列表").below("筛选"),
        Column::new("行数"),
        Column::new("导出人"),
        Column::new("部门"),
        Column::new("时间").sorted(Order::Newest),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("还没有人导出过列表。")
            .note("列表中有个人信息：每次导出都记下何人、何时、导出了哪个列表和多少行，并写入存证。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Export> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Export>]) -> Cells {
        let cells = |export: &Stored<Export>| {
            let more = if export.cut { "（未导全）" } else { "" };
            vec![
                Cell::text(&export.list).note(format!("{}{more}", export.filters)),
                Cell::Count(export.rows),
                Cell::text(&export.by),
                Cell::text(super::department(web, export.department.as_str())),
                Cell::text(export.created_at.to_string()),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}
