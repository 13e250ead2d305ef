//! What the file of a complaint shows.

use super::super::{department, links};
use super::PATH;
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{Line, Section};
use xingjian_sense::complaint::{Complaint, State as Stage};
use xingjian_sense::message::mask;
use xingjian_sense::message::near::{self, Near};

/// What it was joined to, or what was joined to it.
fn joined(complaint: &Complaint) -> Option<Section> {
    let mut lines = vec![];
    if let Stage::Joined { lead, lead_number: number, by, on, .. } = &complaint.state {
        lines.push(Line::link("主件", number, format!("{PATH}/{lead}")));
        lines.push(Line::new("并案", format!("{by}于{on}并入，随主件办理和答复")));
    }
    for (at, id) in complaint.joined.iter().enumerate() {
        lines.push(Line::link(&format!("并入件{}", at + 1), "查看", format!("{PATH}/{id}")));
    }
    (!lines.is_empty()).then(|| Section::new("并案", lines))
}

/// Complaints that may be the same, with what they share between 【 and 】.
fn alike_section(near: &[Near], complaint: &Complaint) -> Option<Section> {
    let line = |near: &Near| {
        let other: String = mask(&near.complaint.text).chars().take(200).collect();
        let runs = near::marked(&other, &complaint.text);
        let text: String = runs.into_iter().map(|(same, run)| if same { format!("【{run}】") } else { run }).collect();
        let value = format!("{}：{text}", near.why());
        Line::link(&near.complaint.number, value, format!("{PATH}/{}", near.complaint.id))
    };
    (!near.is_empty()).then(|| Section::new("可能是同一事项（【】内文字相同）", near.iter().map(line).collect()))
}

/// What the reporter said of the answer.
fn aftermath(complaint: &Complaint) -> Option<Section> {
    let mut lines = vec![];
    if let Some(again) = &complaint.reopened {
        lines.push(Line::new("申请重新办理", format!("{}：{}", again.on, again.reason)));
        lines.push(Line::new("原答复", format!("{}：{}", again.earlier.finding, again.earlier.text)));
    }
    for rating in &complaint.ratings {
        lines.push(Line::new("评价", format!("{} {}　{}", rating.on, rating.level.label(), rating.words)));
    }
    (!lines.is_empty()).then(|| Section::new("反映人反馈", lines))
}

/// Heads who were told that it is late.
fn late(web: &Web, complaint: &Complaint) -> Option<Section> {
    let lines: Vec<Line> = complaint
        .escalations
        .iter()
        .map(|told| {
            let said = told.instruction.as_deref().unwrap_or("尚未回复");
            let to = department(web, told.to.as_str());
            Line::new(&format!("第{}级", told.level), format!("{} 提请{to}负责人（期限{}）：{said}", told.on, told.due))
        })
        .collect();
    (!lines.is_empty()).then(|| Section::new("超期督办", lines))
}

/// Everything that is known of a complaint.
pub fn all(web: &Web, caller: &Caller, complaint: &Complaint, near: &[Near]) -> Vec<Section> {
    let today = web.app.clock.today();
    let channel = web.app.policy.channel(&complaint.channel, today).map_or(complaint.channel.as_str(), |c| &c.name);
    let subject = complaint.subject.map(|subject| links::subject(caller, subject, &complaint.about));
    let mut sections = vec![Section::new(
        "反映情况",
        vec![
            Line { url: subject.and_then(|line| line.url), ..Line::new("反映对象", &complaint.about) },
            Line::new("渠道", channel),
            Line::new("收到时间", complaint.received_at.to_string()),
            Line::new("来件时间", complaint.said_at().to_string()),
            Line::new("反映人", if complaint.reporter.is_some() { "实名（已加密）" } else { "匿名" }),
            Line::new("情况说明", &complaint.text),
        ],
    )];
    if let Some(a) = complaint.state.acceptance() {
        let kind = web.app.policy.complaint_kind(&a.kind, a.due.from).map_or(a.kind.as_str(), |k| &k.name);
        let mut lines = vec![
            Line::new("类别", format!("{kind}（{}）", a.reason)),
            Line::new("事项", &a.topic),
            Line::new("承办部门", department(web, a.unit.as_str())),
            Line::new("职责依据", web.app.policy.duty(&a.duty, a.due.from).map_or(String::new(), |d| d.text.clone())),
        ];
        if let Some(signal) = complaint.signal {
            lines.push(Line::link("线索", "查看线索", format!("/desk/signals/{signal}")));
        }
        sections.push(Section::new("受理", lines));
    }
    if let Stage::Answered { answer, .. } | Stage::Closed { answer, .. } = &complaint.state {
        let lines = vec![
            Line::new("核查结论", &answer.finding),
            Line::new("答复内容", &answer.text),
            Line::new("答复人", &answer.by),
        ];
        sections.push(Section::new("答复", lines));
    }
    sections.extend(joined(complaint));
    sections.extend(alike_section(near, complaint));
    sections.extend(aftermath(complaint));
    sections.extend(late(web, complaint));
    sections
}
