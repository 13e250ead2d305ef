//! The file of a case: who and what law, what was found, how it was heard, what was decided, how it was carried out.

mod aftermath;
mod basis;
mod course;
mod draft;
mod outcome;

use super::Desk;
use crate::ui::{Line, Section};

impl Desk<'_> {
    /// Everything that is known, in the order of the procedure.
    pub fn sections(&self) -> Vec<Section> {
        let mut sections: Vec<Section> = self.releases().into_iter().collect();
        sections.extend(draft::pending(self.case));
        sections.extend([basis::summary(self), basis::law(self)]);
        sections.extend(outcome::end(self.case));
        sections.extend(course::investigation(self.case));
        sections.extend(course::discretion(self));
        sections.extend(course::deliberation(self.case));
        sections.extend(course::notice(self.case));
        sections.extend(course::review(self.case));
        sections.extend(outcome::decision(self));
        sections.extend(outcome::papers(self));
        sections.extend(outcome::execution(self));
        sections.extend(aftermath::annulled(self));
        sections.extend(outcome::returned(self.case));
        sections.extend(draft::set_aside(self.case));
        sections
    }

    /// Entries to be released, each with the way there.
    fn releases(&self) -> Option<Section> {
        let line = |needed: &xingjian_enforce::case::Needed| {
            let url = format!("/desk/policy/{}/{}", needed.table, needed.entry);
            Line::link("政策条目", format!("{}（{}）", needed.title, needed.entry), url)
        };
        let lines: Vec<Line> = self.missing.iter().map(line).collect();
        (!lines.is_empty()).then(|| Section::new("待放行的依据", lines))
    }
}

/// A line for a text that is there.
fn some(label: &str, text: Option<&String>) -> Option<Line> {
    text.filter(|text| !text.is_empty()).map(|text| Line::new(label, text))
}
