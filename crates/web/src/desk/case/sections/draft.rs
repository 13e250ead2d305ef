use super::course;
use crate::desk::case::words;
use crate::ui::{Line, Section};
use xingjian_enforce::case::{Case, Drafted};

/// What waits for the second handler's signature, in full: nobody signs what was not read.
pub fn pending(case: &Case) -> Option<Section> {
    let draft = case.draft.as_ref()?;
    let mut lines = vec![Line::new("提交人", words::signed(&draft.by))];
    lines.extend(content(case, &draft.what));
    Some(Section::new(&format!("待会签：{}", draft.what.action().label()), lines))
}

fn content(case: &Case, what: &Drafted) -> Vec<Line> {
    match what {
        Drafted::Report(report) => course::found(case, report),
        Drafted::Deliberation(record) => course::deliberated(record),
        Drafted::NoticeService(service) | Drafted::DecisionService(service) => {
            vec![Line::new("送达", format!("{}；期限自会签之日起计算", words::receipt_of(service)))]
        }
        Drafted::StatementWaiver(note) | Drafted::HearingWaiver(note) | Drafted::HearingWithdrawal(note) => {
            vec![Line::new("当事人声明", note)]
        }
    }
}

/// Drafts that were returned or overtaken.
pub fn set_aside(case: &Case) -> Option<Section> {
    let lines: Vec<Line> = case
        .set_aside
        .iter()
        .map(|aside| {
            let what = aside.draft.what.action().label();
            let text =
                format!("{}提交，{}（{}）", words::signed(&aside.draft.by), aside.reason, words::signed(&aside.by));
            Line::new(what, text)
        })
        .collect();
    (!lines.is_empty()).then(|| Section::new("未会签的事项", lines))
}
