//! Which day was done last: what a day brings by itself (publications end, sealed draws are shown, previews are destroyed) is not taken
//! back, so a date that jumped ahead is not believed until somebody at the machine has confirmed it.

use crate::{App, Db, Error, Executor};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::days_between;

/// Today may lie so many days after the day that was done last; product default. A server that runs does every day.
pub const AHEAD: i32 = 3;

/// The day that was done or confirmed last; none before the first.
pub async fn last(db: &Db) -> Result<Option<LocalDate>, Error> {
    let Some(row) = db.reader().one("select day from day_done", vec![]).await? else { return Ok(None) };
    let day: String = row.try_get("", "day")?;
    day.parse().map(Some).map_err(|_| Error::Missing(format!("a date in day_done, not {day}")))
}

/// Writes down that a day was done, or may be.
pub async fn done(db: &Db, day: LocalDate) -> Result<(), Error> {
    let sql = "insert into day_done (id, day) values (1, $1) on conflict (id) do update set day = $1";
    db.writer().run(sql, vec![day.to_string().into()]).await?;
    Ok(())
}

/// How many days this date lies after the one that was done last, where that is more than it may be; else 0.
pub async fn ahead(db: &Db, today: LocalDate) -> Result<i32, Error> {
    let days = last(db).await?.map_or(0, |last| days_between(last, today));
    Ok(if days > AHEAD { days } else { 0 })
}

/// As [`ahead`], by the clock of an instance.
pub async fn ahead_of(app: &App) -> Result<i32, Error> {
    ahead(&app.db, app.clock.today()).await
}
