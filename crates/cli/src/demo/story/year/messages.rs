//! Messages that another office sends over in a file once a week: most of them complaints like those of the portal, some
//! of them nothing to do with health.

use super::super::Teller;
use super::{Next, TEXTS, Year};
use std::fmt::Write as _;
use xingjian_kernel::LocalDate;
use xingjian_kernel::time::plus_days;
use xingjian_sense::complaint::Complaint;
use xingjian_sense::message::{import, triage};
use xingjian_store::{Failure, Filter, Order, records};

/// Rows of a file.
const ROWS: u32 = 12;
/// Of so many messages one concerns no matter of health.
const ELSE: u32 = 4;

/// What else people write about.
const ELSEWHERE: &[(&str, &str)] = &[
    ("路灯不亮", "小区门口的路灯坏了两个星期，晚上走路看不清。"),
    ("公交班次", "早高峰的公交车间隔太长，站台上挤满了人。"),
    ("占道停车", "学校门口的人行道一直有车停放，接送孩子要走到马路上。"),
    ("噪声", "工地夜里十一点以后还在施工，影响休息。"),
];

impl Teller<'_> {
    /// The intake takes the file of the week in; each message is looked at on one of the next days.
    pub(super) async fn take_in_messages(&self, year: &mut Year, today: LocalDate) -> Result<(), Failure> {
        let mut file = String::from("编号,标题,内容,反映对象,来件时间\n");
        let mut texts = vec![];
        for row in 0..year.share(ROWS).max(1) {
            let sent = plus_days(today, -1 - i32::try_from(row % 6).unwrap_or_default());
            let (title, text, name, which) = if year.dice.below(ELSE) == 0 {
                let (title, text) = ELSEWHERE[year.dice.pick(ELSEWHERE.len())];
                (title, text, "", None)
            } else {
                let which = year.dice.pick(TEXTS.len());
                let ((text, topic, _), about) = (TEXTS[which], year.somebody());
                (topic, text, self.institution(about).1, Some((about, which)))
            };
            // A string takes whatever is written to it.
            let _ = writeln!(file, "演示{today}-{row:02},{title},{text},{name},{sent} 10:00");
            texts.push(which);
        }
        let intake = self.as_("shouli").await?;
        let (done, _) = import::run(&intake, &format!("演示转办来件{today}.csv"), "common", file.as_bytes()).await?;
        let Some(done) = done else { return Ok(()) };
        let newest = Filter { order: Order::Newest, states: vec!["received".into()], limit: 200, ..Filter::default() };
        for complaint in records::list::<Complaint>(&intake, &newest).await?.rows {
            let Some(imported) = complaint.imported.as_ref().filter(|imported| imported.import == done.id) else {
                continue;
            };
            let row: usize = imported.key.rsplit('-').next().and_then(|row| row.parse().ok()).unwrap_or_default();
            let next =
                texts[row].map_or(Next::Pass(complaint.id), |(about, text)| Next::Accept(complaint.id, about, text));
            year.later(today, 1, 3, next);
        }
        Ok(())
    }

    /// The intake sends a message away that is another office's matter.
    pub(super) async fn passed(&self, id: xingjian_kernel::id::ComplaintId) -> Result<(), Failure> {
        let intake = self.as_("shouli").await?;
        let seen = records::must::<Complaint>(&intake, id).await?.version;
        triage::pass(&intake, id, seen, "反映事项不属于医疗卫生监管职责，转有关部门处理。").await?;
        Ok(())
    }
}
