use crate::form::Given;
use xingjian_kernel::Fault;

/// What a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// Name of an institution; known names are suggested while it is typed.
    Institution,
    /// Several lines.
    Area,
    /// Digits that change with time; asked for anew each time.
    Digits,
    /// A secret; what was typed is never shown again.
    Password,
    /// A date.
    Date,
    /// A date and a time of day.
    Moment,
    /// An amount in yuan.
    Money,
    /// One of these: value and label.
    Select(Vec<(String, String)>),
    /// One of these, all visible.
    Radio(Vec<(String, String)>),
    /// Any of these.
    Checks(Vec<(String, String)>),
    /// Shown, not changed.
    Fixed,
}

/// A field of a form: label above, hint that quotes the rule, its fault beside it.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in the form.
    pub name: String,
    /// Label.
    pub label: String,
    /// Hint.
    pub hint: String,
    /// What it is.
    pub kind: Kind,
    /// Values as typed.
    pub values: Vec<String>,
    /// Whether it must be filled.
    pub required: bool,
    /// What is wrong with it.
    pub fault: Option<String>,
}

impl Field {
    /// A field that must be filled.
    pub fn new(name: &str, label: &str, kind: Kind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: String::new(),
            kind,
            values: vec![],
            required: true,
            fault: None,
        }
    }

    /// A hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// May stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// A value to start from.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values = vec![value.into()];
        self
    }

    /// Values to start from.
    #[must_use]
    pub fn all(mut self, values: Vec<String>) -> Self {
        self.values = values;
        self
    }

    /// The value of a field with one.
    pub fn text(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// Whether this option is chosen.
    pub fn chosen(&self, value: &str) -> bool {
        self.values.iter().any(|v| v == value)
    }

    /// The options of a choice.
    pub fn options(&self) -> &[(String, String)] {
        match &self.kind {
            Kind::Select(options) | Kind::Radio(options) | Kind::Checks(options) => options,
            _ => &[],
        }
    }

    /// The kind, for the template.
    pub fn is(&self, kind: &str) -> bool {
        kind == match self.kind {
            Kind::Text => "text",
            Kind::Institution => "institution",
            Kind::Area => "area",
            Kind::Digits => "digits",
            Kind::Password => "password",
            Kind::Date => "date",
            Kind::Moment => "moment",
            Kind::Money => "money",
            Kind::Select(_) => "select",
            Kind::Radio(_) => "radio",
            Kind::Checks(_) => "checks",
            Kind::Fixed => "fixed",
        }
    }
}

/// Something a person can do now, as a form.
#[derive(Clone, Debug)]
pub struct ActionForm {
    /// Name of the act.
    pub name: String,
    /// Text of the button.
    pub label: String,
    /// Where it is sent.
    pub url: String,
    /// Version of the record that was shown.
    pub version: i64,
    /// Fields.
    pub fields: Vec<Field>,
    /// What follows from it in law, in one sentence.
    pub consequence: String,
    /// The act to expect next.
    pub primary: bool,
    /// Opened because it was sent back with faults.
    pub open: bool,
    /// Faults that belong to no field.
    pub faults: Vec<String>,
}

impl ActionForm {
    /// An act without fields.
    pub fn new(name: &str, label: &str, url: String, version: i64) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            url,
            version,
            fields: vec![],
            consequence: String::new(),
            primary: true,
            open: false,
            faults: vec![],
        }
    }

    /// With a field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// With its consequence.
    #[must_use]
    pub fn consequence(mut self, text: impl Into<String>) -> Self {
        self.consequence = text.into();
        self
    }

    /// Not the act to expect next.
    #[must_use]
    pub fn secondary(mut self) -> Self {
        self.primary = false;
        self
    }

    /// Opened again with what was typed and what is wrong with it.
    pub fn reopen(&mut self, given: &Given, faults: &[Fault]) {
        self.open = true;
        for field in &mut self.fields {
            if !field.is("password") && !field.is("digits") && (given.has(&field.name) || field.is("checks")) {
                field.values = given.all(&field.name).to_vec();
            }
            field.fault = faults.iter().find(|f| f.place == field.name).map(|f| format!("{}。{}", f.reason, f.mend));
        }
        let fields: Vec<&str> = self.fields.iter().map(|f| f.name.as_str()).collect();
        self.faults = faults
            .iter()
            .filter(|f| !fields.contains(&f.place.as_str()))
            .map(|f| if f.place.is_empty() { format!("{}。{}", f.reason, f.mend) } else { f.to_string() })
            .collect();
    }

    /// The id of a field's control, unique on a page with several forms.
    pub fn field_id(&self, field: &Field) -> String {
        format!("{}-{}", self.name, field.name)
    }

    /// How many faults there are.
    pub fn fault_count(&self) -> usize {
        self.faults.len() + self.fields.iter().filter(|f| f.fault.is_some()).count()
    }
}
