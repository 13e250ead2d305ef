//! 信用等级: the institutions that have a credit record, with the grade as last computed.

use crate::app::Web;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column};
use xingjian_credit::grade::Standing;
use xingjian_kernel::{Permission, SubjectRef};
use xingjian_store::{Filter, Order, Stored, records};

const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);

pub fn routes() -> Vec<Route> {
    listing::routes::<Grades>(READERS)
}

/// The list of credit records.
struct Grades;

impl Listing for Grades {
    type Item = Standing;
    const PATH: &'static str = "/desk/grades";
    const EXCEL: &'static str = "/desk/grades/excel";
    const TITLE: &'static str = "信用等级";
    const UNIT: &'static str = "家";
    const PLACEHOLDER: &'static str = "按机构名称、等级查找，例如 B级";
    const COLUMNS: &'static [Column] = &[
        Column::new("机构").sorted(Order::Title),
        Column::new("等级").below("含义"),
        Column::new("得分"),
        Column::new("现等级起"),
        Column::new("等级可能变化").below("剩余时间").sorted(Order::Due),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![("all", "全部"), ("assessed", "正式评定"), ("trial", "试算")]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的信用档案。发生信用事件的机构会出现在这里。")
            .note("没有信用事件的机构按基准分评定，不在此列；每一级怎样算出，见机构档案。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Standing> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Standing>]) -> Cells {
        let cells = |standing: &Stored<Standing>| {
            let grading = &standing.grading;
            let name = match standing.subject {
                SubjectRef::Institution(id) => Cell::link(&standing.name, format!("/desk/institutions/{id}")),
                _ => Cell::text(&standing.name),
            };
            let trial = if grading.trial { Badge::new("试算", "none") } else { Badge::new("正式评定", "done") };
            vec![
                name,
                Cell::text(format!("{}级", grading.grade)).note(&grading.label),
                Cell::text(grading.total.to_string()),
                Cell::text(standing.since().to_string()),
                super::due_on(web, grading.next_change).map_or(Cell::Missing("不适用"), Cell::Due),
                Cell::State(trial),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}
