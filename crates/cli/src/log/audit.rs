//! The rows of an instance against the last checkpoint of its log.

use crate::{Where, chain};
use std::process::ExitCode;
use xingjian_store::{App, LogError, ledger};

/// Makes the tree once more from the rows. What it finds is told, not mended: a row that was changed is evidence.
pub async fn audit(place: &Where) -> Result<ExitCode, String> {
    let places = place.places();
    let Some(settings) = places.settings().map_err(|error| chain(&error))? else {
        return Err(format!("{} 中没有实例；请用 --data 指定实例的文件夹", places.data.display()));
    };
    let app = places.run(&settings).await.map_err(|error| chain(&error))?;
    let Some(log) = app.log.get() else { return Err("本实例没有存证日志".to_owned()) };
    match log.audit(&app).await {
        Ok(0) => println!("还没有签发检查点，没有可以核对的"),
        Ok(size) => println!("台账前{size}条与最近的检查点一致"),
        Err(error @ (LogError::Contradicts { .. } | LogError::Behind { .. })) => {
            println!("{error}");
            return Ok(ExitCode::from(2));
        }
        Err(error) => return Err(chain(&error)),
    }
    contents(&app).await
}

/// Whether each row still says what its entry was made from; what is gone must have been erased by the rules.
async fn contents(app: &App) -> Result<ExitCode, String> {
    let found = ledger::openings(app).await.map_err(|error| chain(&error))?;
    println!("内容与条目相符{}条，依法删除{}条", found.whole, found.erased);
    for (what, rows) in
        [("内容与条目不符，可能被改动", &found.changed), ("内容缺失，没有依法删除的手续", &found.missing)]
    {
        for row in rows {
            println!("{row}：{what}");
        }
    }
    Ok(if found.changed.is_empty() && found.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
