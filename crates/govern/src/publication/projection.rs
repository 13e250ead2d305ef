//! The public text of a publication: derived from the source and the field list of its class, nothing else. A field
//! that the class does not list, that has no label here, or that the source does not have, is not there.

use super::mask::mask;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::codes::CreditCode;

/// Fields that a class can list, with their labels.
pub(super) const FIELDS: &[(&str, &str)] = &[
    ("party_name", "当事人"),
    ("party_kind", "当事人类别"),
    ("credit_code", "统一社会信用代码"),
    ("document_number", "决定书文号"),
    ("violation", "违法行为类型"),
    ("basis", "处罚依据"),
    ("penalty_kinds", "处罚种类"),
    ("penalty_text", "处罚内容"),
    ("fine", "罚款金额（万元）"),
    ("confiscated", "没收金额（万元）"),
    ("decided_on", "决定日期"),
    ("authority", "处罚机关"),
    ("public_until", "公示截止日期"),
    ("inspected_on", "检查日期"),
    ("inspecting_authority", "检查机关"),
    ("items", "检查事项"),
    ("result", "检查结果"),
];

/// What a source says of itself, by field name, and what must not appear in any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Values by field name.
    pub values: BTreeMap<&'static str, String>,
    /// Names of persons, replaced wherever they stand.
    pub persons: Vec<String>,
}

impl Facts {
    /// Adds a value; an empty one is as good as none.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.trim().is_empty() {
            self.values.insert(field, value);
        }
        self
    }
}

/// One line of the public text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name of the field in the class.
    pub name: String,
    /// Its label.
    pub label: String,
    /// The text.
    pub text: String,
}

/// The public text, in the order of the class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Projection(Vec<Field>);

impl Projection {
    /// What these fields show of these facts.
    pub fn of(fields: &[String], facts: &Facts) -> Self {
        let shown = fields.iter().filter_map(|name| {
            let (_, label) = FIELDS.iter().find(|(known, _)| known == name)?;
            let text = redact(name, facts.values.get(name.as_str())?, &facts.persons);
            Some(Field { name: name.clone(), label: (*label).to_owned(), text })
        });
        Self(shown.collect())
    }

    /// The lines.
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// The text of a field, if it is shown.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|field| field.name == name).map(|field| field.text.as_str())
    }
}

/// A credit code may consist of 18 digits; everything else that long is hidden.
fn redact(name: &str, text: &str, persons: &[String]) -> String {
    if name == "credit_code" && text.parse::<CreditCode>().is_ok() {
        return text.to_owned();
    }
    redacted(text, persons)
}

/// A text without numbers of persons and with persons by their family name only.
pub(super) fn redacted(text: &str, persons: &[String]) -> String {
    let mut text = mask(text);
    for person in persons.iter().filter(|person| !person.trim().is_empty()) {
        let family = person.chars().next().map_or_else(String::new, |first| format!("{first}某"));
        text = text.replace(person.trim(), &family);
    }
    text
}
