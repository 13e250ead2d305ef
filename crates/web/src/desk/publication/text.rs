//! What the public reads, or would read, and what stays hidden: of the hidden only the names of the fields.

use crate::app::Web;
use crate::ui::{Line, Section};
use xingjian_govern::publication::{Projection, Publication};
use xingjian_policy::{PUBLIC_FIELDS, PublicationClass};

/// What no class can show.
const NEVER: &str = "执法人员姓名、投诉举报人、当事人陈述申辩、案卷材料、内部审批和审核意见";
/// What is taken out of every text.
const REDACTED: &str = "证件号码、电话号码；当事人为个人的，姓名只留姓氏";

/// The text, line by line.
pub fn read(title: &str, text: &Projection) -> Section {
    Section::new(title, text.fields().iter().map(|field| Line::new(&field.label, &field.text)).collect())
}

/// The fields that the text does not show, and why.
pub fn hidden(web: &Web, publication: &Publication, class: &PublicationClass, text: &Projection) -> Section {
    let today = web.app.clock.today();
    let classes = web.app.policy.publication_classes(today);
    let listed = |name: &str, same: bool| {
        let mut of = classes.iter().filter(|c| (c.event == publication.source.kind.code()) == same);
        of.any(|c| c.fields.iter().any(|field| field == name))
    };
    // A field that only classes of another event list has no place in this one.
    let ours = |name: &str| listed(name, true) || !listed(name, false);
    let (mut unlisted, mut empty) = (vec![], vec![]);
    for (name, label) in PUBLIC_FIELDS.iter().filter(|(name, _)| ours(name) && text.get(name).is_none()) {
        let listed = class.fields.iter().any(|field| field == name);
        if listed { empty.push(*label) } else { unlisted.push(*label) }
    }
    let mut lines = vec![];
    if !unlisted.is_empty() {
        lines.push(Line::new("该类别不公开", unlisted.join("、")));
    }
    if !empty.is_empty() {
        lines.push(Line::new("本件没有该内容", empty.join("、")));
    }
    lines.push(Line::new("一律不公开", NEVER));
    lines.push(Line::new("出现即隐去", REDACTED));
    Section::new("不公开的内容（只列名称）", lines)
}
