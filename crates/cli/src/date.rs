//! `xingjian confirm-date`: somebody at the machine says that the date is right, although it lies far after the day that was done last.

use crate::{Where, chain, keep};
use std::process::ExitCode;
use xingjian_kernel::LocalDate;
use xingjian_store::days;

#[derive(clap::Args)]
pub struct ConfirmDate {
    #[command(flatten)]
    place: Where,
    /// Today, as a calendar shows it and not this machine: 2026-11-23
    date: LocalDate,
}

/// Lets what the days bring go on, if the date of the machine is the one that was given.
pub async fn confirm(wanted: &ConfirmDate) -> Result<ExitCode, String> {
    let app = keep::instance(&wanted.place.places()).await?;
    let (today, given) = (app.clock.today(), wanted.date);
    if given != today {
        return Err(format!(
            "本机日期是{today}，与所给的{given}不同，没有确认；请按日历核对：本机日期有误的，先校准系统时钟（如 timedatectl set-ntp true）"
        ));
    }
    let last = days::last(&app.db).await.map_err(|error| chain(&error))?;
    if days::ahead_of(&app).await.map_err(|error| chain(&error))? == 0 {
        println!("日期{today}不需要确认，按日办理没有暂停");
        return Ok(ExitCode::SUCCESS);
    }
    days::done(&app.db, today).await.map_err(|error| chain(&error))?;
    let last = last.map(|day| format!("，上次办理到{day}")).unwrap_or_default();
    println!("已确认今天是{today}{last}；运行中的服务随即继续按日办理，不需要重新启动");
    Ok(ExitCode::SUCCESS)
}
