//! From a form to an act on a finding.

use super::address;
use crate::errors::at_fields;
use crate::form::Given;
use crate::guard::Caller;
use xingjian_inspect::finding::service::{self, Filing};
use xingjian_inspect::finding::{Action, Measure};
use xingjian_kernel::id::{FindingId, OfficerId};
use xingjian_kernel::{Fault, LocalDate};
use xingjian_store::Failure;

/// What the rooms call a field, and its name in the forms.
pub const FIELDS: &[(&str, &str)] = &[
    ("整改情况", "text"),
    ("佐证材料", "evidence"),
    ("措施内容", "text"),
    ("实施日期", "on"),
    ("复查情况", "facts"),
    ("改正期限", "correct_by"),
    ("退回的理由", "reason"),
    ("案由", "violation"),
];

/// Takes the step: the page to go to, and what was done.
pub async fn perform(
    caller: &Caller,
    id: &str,
    action: &str,
    given: &Given,
) -> Result<(String, &'static str), Failure> {
    let id: FindingId = id.parse().map_err(|_| Failure::NotFound)?;
    let ctx = &caller.ctx;
    let text = |name: &str| given.text(name).trim().to_owned();
    let mut faults = vec![];
    let (action, done) = match action {
        "submit" => (submission(given), "已登记机构提交的整改情况"),
        "pass" => {
            let with = second(given, &mut faults);
            let Some(with) = with else { return Err(faults.into()) };
            (Action::Pass { with, facts: text("facts") }, "已登记复查通过，待同行监督员确认")
        }
        "fail" => {
            let (with, correct_by) = (second(given, &mut faults), day(given, "correct_by", &mut faults));
            let (Some(with), true) = (with, faults.is_empty()) else { return Err(faults.into()) };
            (Action::Fail { with, facts: text("facts"), correct_by }, "已登记复查不通过，待同行监督员确认")
        }
        "confirm" => (Action::Confirm, "已确认复查"),
        "return_recheck" => (Action::ReturnRecheck { reason: text("reason") }, "已退回复查记录"),
        "measure" => {
            let measure = Measure::from_code(given.text("measure"));
            if measure.is_none() {
                faults.push(Fault::new("measure", "", "没有选择措施", "请选择一项"));
            }
            let on = given.date("on", &mut faults);
            let (Some(measure), Some(on)) = (measure, on) else { return Err(faults.into()) };
            (Action::Measure { measure, text: text("text"), on }, "已记录监管措施")
        }
        "file_case" => {
            let filed = service::file_case(ctx, id, given.seen(), filing(given)?).await;
            let (_, case) = filed.map_err(|failure| at_fields(failure, FIELDS))?;
            return Ok((format!("/desk/cases/{case}"), "已提请立案，等待机关负责人批准"));
        }
        _ => return Err(Failure::NotFound),
    };
    service::act(ctx, id, given.seen(), action).await.map_err(|failure| at_fields(failure, FIELDS))?;
    Ok((address(id), done))
}

/// What was handed in: one line of evidence is one piece.
pub fn submission(given: &Given) -> Action {
    let evidence = given.text("evidence").lines().map(str::to_owned).collect();
    Action::Submit { text: given.text("text").to_owned(), evidence }
}

fn second(given: &Given, faults: &mut Vec<Fault>) -> Option<OfficerId> {
    let with = given.text("with").parse().ok();
    if with.is_none() {
        faults.push(Fault::new("with", "", "没有选择同行的监督员", "复查由两名以上监督员实施，请选择一位"));
    }
    with
}

/// A date that may be left out.
fn day(given: &Given, name: &str, faults: &mut Vec<Fault>) -> Option<LocalDate> {
    if given.text(name).trim().is_empty() { None } else { given.date(name, faults) }
}

fn filing(given: &Given) -> Result<Filing, Failure> {
    let mut faults = vec![];
    let began = given.date("began", &mut faults);
    let ended = day(given, "ended", &mut faults);
    if let (Some(began), Some(ended)) = (began, ended)
        && ended < began
    {
        faults.push(Fault::new("ended", given.text("ended"), "早于开始之日", "请核对两个日期"));
    }
    let violation = given.text("violation").trim();
    if violation.is_empty() {
        faults.push(Fault::new("violation", "", "没有选择案由", "请从案由库中选择"));
    }
    let summary = given.text("summary").trim();
    if summary.is_empty() {
        faults.push(Fault::new("summary", "", "没有填写案情摘要", "请写明时间、地点和违法事实"));
    }
    let handlers = given.all("handlers").iter().filter_map(|h| h.parse().ok()).collect();
    let (Some(began), true) = (began, faults.is_empty()) else { return Err(faults.into()) };
    Ok(Filing {
        violation: Some(violation.to_owned()),
        began,
        ended,
        harmed_health: given.text("harmed_health") == "yes",
        summary: summary.to_owned(),
        handlers,
    })
}
