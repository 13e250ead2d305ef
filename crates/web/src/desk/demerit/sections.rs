//! What a demerit record says of itself, the same for the office and the party.

use crate::ui::{Line, Section};
use xingjian_credit::demerit::{Demerit, Heard, Notice, State, Statement};
use xingjian_kernel::time::chinese;

/// What was found and what it costs.
pub fn found(demerit: &Demerit, subject: Line, behind: Vec<Line>, department: String) -> Section {
    let mut lines = vec![
        subject,
        Line::new("记分情形", format!("{} {}", demerit.item, demerit.behaviour)),
        Line::new("拟记分值", format!("{} 分", demerit.points)),
        Line::new("查明的事实", &demerit.fact),
        Line::new("依据", demerit.basis.text()),
    ];
    lines.extend(behind);
    lines.push(Line::new("记分部门", department));
    Section::new("拟记事项", lines)
}

/// The notice, what the party said, and what became of it. `papers` is where the reader's papers lie.
pub fn course(demerit: &Demerit, papers: &str) -> Option<Section> {
    let mut lines = demerit.served().map(|notice| served(notice, papers)).unwrap_or_default();
    match &demerit.state {
        State::Proposed | State::Notified { .. } => {}
        State::Contested { statement, .. } => lines.push(said(statement)),
        State::Effective { on, points, heard, .. } => {
            lines.extend(heard.iter().flat_map(weighed));
            lines.push(Line::new("生效", format!("记{points}分，自{}起计入记分周期", chinese(*on))));
        }
        State::Revoked { on, reason, was, statement, reply, .. } => {
            lines.extend(statement.iter().map(said));
            lines.extend(reply.iter().map(|reply| Line::new("复核意见", reply)));
            if let Some((from, points)) = was {
                lines.push(Line::new("曾经生效", format!("记{points}分，自{}起，撤销前有效", chinese(*from))));
            }
            lines.push(Line::new("撤销", format!("{}：{reason}", chinese(*on))));
        }
    }
    (!lines.is_empty()).then(|| Section::new("告知、申辩和处理", lines))
}

fn served(notice: &Notice, papers: &str) -> Vec<Line> {
    let mut lines = vec![match &notice.paper {
        Some((id, _)) => Line::link("记分通知书", &notice.number, format!("{papers}/{id}")),
        None => Line::new("记分通知书", &notice.number),
    }];
    lines.push(Line::new("送达日期", chinese(notice.served_on)));
    lines.extend(notice.late_reason.iter().map(|why| Line::new("超期送达的原因", why)));
    if let Some((_, sha256)) = &notice.paper {
        lines.push(Line::new("原文校验值", format!("SHA-256 {sha256}")));
    }
    lines.push(Line::new("陈述申辩截止", chinese(notice.statement_due.due)));
    lines.extend(notice.waived_on.map(|on| Line::new("放弃申辩", format!("{}表示不再陈述申辩", chinese(on)))));
    lines
}

fn said(statement: &Statement) -> Line {
    Line::new("陈述申辩", format!("{}：{}", chinese(statement.on), statement.text))
}

fn weighed(heard: &Heard) -> [Line; 2] {
    [said(&heard.statement), Line::new("复核意见", &heard.reply)]
}
