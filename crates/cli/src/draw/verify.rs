//! A bundle from a file or an address, computed again.

use super::{Verify, text};
use crate::log::{harmless, policy};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use xingjian_draw::bundle::{Agreed, Bundle, Report, Standing, verify as check};
use xingjian_draw::draw::Document;
use xingjian_draw::file::PublicFile;
use xingjian_web::client::Asker;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The largest bundle that is fetched, in bytes.
const MOST: usize = 1024 * 1024 * 1024;

pub async fn verify(wanted: &Verify) -> Result<ExitCode, String> {
    let text = if wanted.what.contains("://") { fetched(&wanted.what).await? } else { text(Path::new(&wanted.what))? };
    if text.trim_start().starts_with('<') {
        let mend = "请下载页面上的“核验文件”，或者使用以 /bundle 结尾的地址";
        return Err(format!("{}：是网页，不是抽查核验包。{mend}", wanted.what));
    }
    let bundle: Bundle = serde_json::from_str(&text).map_err(|error| unreadable(&wanted.what, "抽查核验包", &error))?;
    drop(text);
    let previous = previous(wanted.previous.as_deref())?.file;
    let trusted = wanted.policy.as_deref().map(policy).transpose()?;
    let report = check(&bundle, previous.as_ref(), trusted.as_ref());
    if wanted.json {
        println!(
            "{}",
            json!({ "agrees": report.outcome.is_ok(), "told": report.told, "conclusion": conclusion(&report) })
        );
    } else {
        println!("抽查 {}（{}）", bundle.draw, harmless(task(&bundle)));
        for (number, told) in (1..).zip(&report.told) {
            let outcome = if told.held { "通过　" } else { "未证明" };
            println!("{outcome}  {number} {}：{}", told.name, harmless(&told.text));
        }
        println!("结论：{}", harmless(&conclusion(&report)));
    }
    Ok(if report.outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn task(bundle: &Bundle) -> &str {
    let freezes = bundle.steps.iter().filter_map(|step| step.document.as_frozen());
    freezes.filter(|freeze| freeze.draw == bundle.draw).map(|freeze| freeze.task.as_str()).next().unwrap_or("任务不明")
}

/// In words, with the first difference where there is one.
fn conclusion(report: &Report) -> String {
    match &report.outcome {
        Ok(Agreed::Computed(verified)) => {
            format!("与公布的结果一致：抽中{}家，重新计算逐项相同", verified.rows.len())
        }
        Ok(Agreed::Steps(Standing::Stopped)) => "抽查已经终止，没有结果；只核对了各步的文件".to_owned(),
        Ok(Agreed::Steps(_)) => "名单尚未公开，只核对了各步的文件；公开之后请再核验".to_owned(),
        Ok(Agreed::Shortage) => "抽查已经终止：按公布的名录和种子，检查组确实无法组成".to_owned(),
        Err(difference) => format!("未通过：{difference}"),
    }
}

async fn fetched(url: &str) -> Result<String, String> {
    let answer = Asker::new(PATIENCE).get(url, MOST).await.map_err(|error| error.to_string())?;
    match answer.status.as_u16() {
        200 => String::from_utf8(answer.body).map_err(|_| format!("{url}：答复不是UTF-8文本。请核对网址")),
        status => Err(format!("{url}：答复{status}。请核对网址，或者稍后再试")),
    }
}

fn unreadable(place: &str, what: &str, error: &serde_json::Error) -> String {
    format!("{place}第{}行第{}列：不是{what}（{error}）。请重新取得文件", error.line(), error.column())
}

/// The earlier draw: its public file, if it has one, and the documents of the log up to it.
#[derive(Default)]
pub struct Previous {
    pub file: Option<PublicFile>,
    pub documents: Vec<Document>,
}

/// Reads it from its bundle, or from its public file alone.
pub fn previous(path: Option<&Path>) -> Result<Previous, String> {
    let Some(path) = path else { return Ok(Previous::default()) };
    let text = text(path)?;
    match serde_json::from_str::<Bundle>(&text) {
        Ok(Bundle { file, steps, .. }) => {
            Ok(Previous { file, documents: steps.into_iter().map(|step| step.document).collect() })
        }
        Err(error) => {
            let file = serde_json::from_str(&text);
            file.map(|file| Previous { file: Some(file), documents: vec![] })
                .map_err(|_| unreadable(&path.display().to_string(), "抽查核验包或者公开文件", &error))
        }
    }
}
