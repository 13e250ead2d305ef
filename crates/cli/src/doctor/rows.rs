//! The database and the log, read whole.

use super::Finding;
use crate::chain;
use std::path::Path;
use std::sync::Arc;
use xingjian_inspect::draw::audit;
use xingjian_kernel::Clock;
use xingjian_kernel::id::{AccountId, ComplaintId, PractitionerId};
use xingjian_registry::account::{self, factor_place};
use xingjian_registry::practitioner::citizen_place;
use xingjian_sense::complaint::reporter_place;
use xingjian_store::health::{self, Findings};
use xingjian_store::{App, Ctx, Db, Error, Keys, Log, LogError, days, tables};

/// Where a field was sealed for, by the id of its record.
type PlaceOf = fn(&str) -> Option<String>;
/// An act may be a little ahead of another machine's clock.
const SLACK: i64 = 60_000_000;
const RESTORE: &str = "停止服务，另存整个文件夹备查，再从备份恢复（docs/operations.md）；这是改动或者磁盘损坏的迹象";

fn of(what: &'static str, place: &str, unit: &str, found: Result<Findings, String>) -> Finding {
    match found {
        Ok(found) if found.wrong == 0 => Finding::good(what, place, format!("{}{unit}，都与写入时一致", found.read)),
        Ok(found) => {
            let text = format!("{}{unit}，{}处不一致：{}", found.read, found.wrong, found.named.join("；"));
            Finding::bad(what, place, text, RESTORE)
        }
        Err(error) => Finding::bad(what, place, format!("不能读完（{error}）"), RESTORE),
    }
}

/// The database itself, its schema, the ledger and the exact bytes.
pub async fn database(db: &Db, place: &str) -> Vec<Finding> {
    let schema = match health::schema(db).await {
        Ok((missing, unknown)) if missing.is_empty() && unknown.is_empty() => {
            Finding::good("数据库结构", place, "已是最新")
        }
        Ok((missing, unknown)) if unknown.is_empty() => {
            let found = format!("还没有升级：{}", missing.join("，"));
            Finding::bad("数据库结构", place, found, "先备份，再执行 xingjian migrate；启动服务时也会自动升级")
        }
        Ok((_, unknown)) => {
            let found = format!("由较新的版本建立：{}", unknown.join("，"));
            Finding::bad("数据库结构", place, found, "换用不早于它的程序版本")
        }
        Err(error) => {
            return vec![Finding::bad(
                "数据库",
                place,
                chain(&error),
                "核对 --data 和 --database 是否指向本实例的数据库",
            )];
        }
    };
    if !schema.good {
        // What another schema holds cannot be judged by this one.
        return vec![schema];
    }
    let told = |error: &dyn std::error::Error| chain(error);
    vec![
        schema,
        of("数据库完整性", place, "行", health::database(db).await.map_err(|error| told(&error))),
        of("台账条目", place, "条", health::ledger(db).await.map_err(|error| told(&error))),
        of("原件", place, "件", health::blobs(db).await.map_err(|error| told(&error))),
    ]
}

/// Whether the field key opens what was sealed.
pub async fn sealed(db: &Db, keys: &Keys) -> Finding {
    let (what, place) = ("密封字段", "complaint.reporter，practitioner.citizen，account.factor");
    let (mut opened, mut refused) = (0, Vec::new());
    let fields: [(_, _, PlaceOf); 3] = [
        (tables::COMPLAINT, "/reporter", |id| id.parse::<ComplaintId>().ok().map(reporter_place)),
        (tables::PRACTITIONER, "/citizen", |id| id.parse::<PractitionerId>().ok().map(citizen_place)),
        (tables::ACCOUNT, "/factor/secret", |id| id.parse::<AccountId>().ok().map(factor_place)),
    ];
    for (table, pointer, place_of) in fields {
        let found = match health::sealed(db, table, pointer).await {
            Ok(found) => found,
            Err(error) => return Finding::bad(what, place, chain(&error), RESTORE),
        };
        for (id, sealed) in found {
            match place_of(&id).map(|place| keys.open(&place, &sealed)) {
                Some(Ok(_)) => opened += 1,
                _ => refused.push(format!("{table} {id}")),
            }
        }
    }
    match refused.first() {
        None => Finding::good(what, place, format!("{opened}个都能打开")),
        Some(first) => {
            let found = format!("{}个打不开，如 {first}；{opened}个能打开", refused.len());
            Finding::bad(what, place, found, "把 field.key 换回与数据库同一实例的那一份；不要删除或者重新生成它")
        }
    }
}

/// The clock beside the newest act.
pub async fn clock(db: &Db, clock: &impl Clock) -> Finding {
    let (what, place, now) = ("系统时钟", "本机", clock.now());
    match health::newest(db).await {
        Ok(Some(newest)) if newest.micros() > now.micros() + SLACK => {
            let found = format!("现在是{now}，早于最近一条记录（{newest}）");
            Finding::bad(
                what,
                place,
                found,
                "校准系统时钟（如 timedatectl set-ntp true）后重新启动服务；期限按系统日期计算",
            )
        }
        Ok(_) => match ahead(db, clock).await {
            Ok(0) => Finding::good(what, place, format!("{now}，不早于最近一条记录")),
            Ok(ahead) => Finding::bad(
                what,
                place,
                format!("今天{}比上次按日办理的日期晚{ahead}天，按日办理已暂停", clock.today()),
                format!("按日历核对：日期有误的校准系统时钟；无误的执行 xingjian confirm-date {}", clock.today()),
            ),
            Err(error) => Finding::bad(what, place, chain(&error), RESTORE),
        },
        Err(error) => Finding::bad(what, place, chain(&error), RESTORE),
    }
}

/// How far the date is ahead of the day that was done last; an earlier schema does not know that day, which another finding says.
async fn ahead(db: &Db, clock: &impl Clock) -> Result<i32, Error> {
    let (missing, _) = health::schema(db).await?;
    if missing.is_empty() { days::ahead(db, clock.today()).await } else { Ok(0) }
}

/// The log beside the rows: what was signed, and what lies on the disk.
pub async fn log(app: &App, log: &Log, place: &Path) -> Vec<Finding> {
    let signed = match log.audit(app).await {
        Ok(0) => Finding::good("存证日志与台账", place.display(), "还没有签发检查点"),
        Ok(size) => Finding::good("存证日志与台账", place.display(), format!("台账前{size}条与最近的检查点一致")),
        Err(error @ (LogError::Contradicts { .. } | LogError::Behind { .. })) => {
            let mend =
                "台账被改动，或者数据库退回到了较早的状态：另存备查，核对操作记录，再从备份恢复（docs/operations.md）";
            Finding::bad("存证日志与台账", place.display(), error.to_string(), mend)
        }
        Err(error) => Finding::bad("存证日志与台账", place.display(), chain(&error), RESTORE),
    };
    let files = match log.damaged(app).await {
        Ok(damaged) => match damaged.first() {
            None => Finding::good("存证日志文件", place.display(), "都与台账一致"),
            Some(first) => {
                let found = format!("{}个文件与台账不一致，如 {}", damaged.len(), first.display());
                let mend = format!(
                    "停止服务，删除 {0}/tile 和 {0}/edge.json（不要删除 {0}/checkpoint），再启动：日志文件由台账重新生成",
                    place.display()
                );
                Finding::bad("存证日志文件", place.display(), found, mend)
            }
        },
        Err(error) => Finding::bad("存证日志文件", place.display(), chain(&error), RESTORE),
    };
    vec![signed, files]
}

/// Whether somebody can act as each of the three administrators.
pub async fn administrators(app: &Arc<App>, place: &str) -> Finding {
    let what = "三员账号";
    match account::missing_administrators(&Ctx::system(app)).await {
        Ok(missing) if missing.is_empty() => Finding::good(what, place, "系统、安全、审计管理员都有可用的账号"),
        Ok(missing) => {
            let names: Vec<&str> = missing.iter().map(|role| role.label()).collect();
            let found = format!("没有可用的{}账号", names.join("、"));
            Finding::bad(what, place, found, "在本机执行 xingjian account add 建立（docs/operations.md，三员一节）")
        }
        Err(error) => Finding::bad(what, place, chain(&error), RESTORE),
    }
}

/// Draws against what was drawn.
pub async fn draws(app: &Arc<App>, place: &str) -> Finding {
    let what = "随机抽查";
    match audit::strayed(app).await {
        Ok((looked, wrong)) if wrong.is_empty() => {
            Finding::good(what, place, format!("{looked}次抽查的名录、结果和检查任务都与抽取时一致"))
        }
        Ok((_, wrong)) => {
            let told =
                |of: &audit::Strayed| format!("{} {} {}", of.draw, of.object.as_deref().unwrap_or("整体"), of.why);
            let first: Vec<String> = wrong.iter().take(3).map(told).collect();
            let found = format!("{}处不一致：{}", wrong.len(), first.join("；"));
            Finding::bad(what, place, found, "不要继续检查所列对象；保留数据库现状，查明是谁改动的，从备份核对")
        }
        Err(error) => Finding::bad(what, place, chain(&error), RESTORE),
    }
}
