//! A list as a spreadsheet: page by page from the database into the file, so that its length costs no memory.

use super::{Asked, Listing};
use crate::app::Web;
use crate::desk::department;
use crate::guard::Caller;
use crate::ui::excel::{self, Sheet, Top};
use crate::ui::table::grouped;
use axum::response::Response;
use xingjian_registry::export::{self, Taken};
use xingjian_store::records::COUNTED;
use xingjian_store::{Failure, Filter};

/// Rows that are read at once.
const PAGE: u32 = 1000;

/// What somebody takes away: what the top of the spreadsheet says, and the log.
pub struct Away<'a> {
    /// Name of the list.
    pub title: &'a str,
    /// What is counted: `家`, `人`.
    pub unit: &'a str,
    /// What it was narrowed to, in Chinese.
    pub filters: &'a str,
    /// Rows that there are; beyond [`COUNTED`] there are more than are taken.
    pub total: u64,
}

impl Away<'_> {
    fn cut(&self) -> bool {
        self.total > COUNTED
    }

    /// The lines above the headings.
    pub fn top(&self, web: &Web, caller: &Caller) -> Top {
        let (most, unit) = (grouped(COUNTED), self.unit);
        let count = if self.cut() {
            format!("符合条件的超过{most}{unit}，只列出前{most}{unit}，请缩小筛选范围后分次导出")
        } else {
            format!("共{}{unit}", grouped(self.total))
        };
        let of = match caller.account.subject {
            Some(_) => "医疗机构".to_owned(),
            None => department(web, caller.account.department.as_str()),
        };
        let filters = if self.filters.is_empty() { "全部" } else { self.filters };
        let demo = if web.demo { "，演示数据" } else { "" };
        let authority = &web.app.policy.city.authority;
        Top {
            title: self.title.to_owned(),
            lines: vec![
                format!("筛选：{filters}。{count}。"),
                format!("导出人：{}（{of}）　导出时间：{}", caller.account.name, web.app.clock.now()),
                format!("来源：{authority}杏鉴综合监管信息系统{demo}，只含导出人有权查看的记录"),
            ],
            on: web.app.clock.today(),
        }
    }

    /// Hands the finished spreadsheet out, after it was written down that somebody takes it.
    pub async fn carry(&self, web: &Web, caller: &Caller, rows: u64, sheet: Sheet) -> Result<Response, Failure> {
        let bytes = tokio::task::spawn_blocking(|| sheet.finish());
        let bytes = bytes.await.expect("writing a spreadsheet does not panic").map_err(excel::failed)?;
        let taken = Taken { list: self.title, filters: self.filters, rows, cut: self.cut() };
        export::record(&caller.ctx, &taken).await?;
        let stamp = web.app.clock.now().to_string();
        let stamp: String = stamp.chars().filter(char::is_ascii_digit).take(12).collect();
        let parts = [self.title, self.filters, &caller.account.name, &stamp];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Ok(excel::attachment(&said.join("_"), bytes))
    }
}

pub async fn of<L: Listing>(web: &Web, caller: &Caller, asked: &Asked<L>) -> Result<Response, Failure> {
    let mut filter = Filter { limit: PAGE, after: None, exact: true, ..asked.filter() };
    let mut found = L::find(caller, &filter).await?;
    let filters = asked.words();
    let away = Away { title: L::TITLE, unit: L::UNIT, filters: &filters, total: found.total };
    let mut sheet = Sheet::new(&away.top(web, caller), L::COLUMNS).map_err(excel::failed)?;
    let mut rows = 0;
    loop {
        for cells in L::rows(web, caller, &found.rows).await? {
            if rows < COUNTED {
                sheet.row(&cells).map_err(excel::failed)?;
                rows += 1;
            }
        }
        filter.after = found.next;
        if filter.after.is_none() || rows == COUNTED {
            return away.carry(web, caller, rows, sheet).await;
        }
        // What the top says is counted; each further page is only read.
        filter.exact = false;
        found = L::find(caller, &filter).await?;
    }
}
