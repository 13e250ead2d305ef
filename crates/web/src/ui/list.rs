use super::{Badge, Due, Layout};
use askama::Template;
use serde::Deserialize;
use xingjian_kernel::Cursor;
use xingjian_store::{Filter, Order};

/// A row of a list.
pub struct Row {
    /// Where it leads.
    pub url: String,
    /// The first line.
    pub title: String,
    /// The second line.
    pub detail: String,
    /// State.
    pub state: Badge,
    /// Who owns it.
    pub owner: String,
    /// When the next act is due.
    pub due: Option<Due>,
}

/// A filter that is a link.
pub struct Chip {
    /// Text.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// Whether it is active.
    pub active: bool,
}

/// What the address of a list may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Text to look for.
    pub q: String,
    /// `open` (default), `all` or a state.
    pub show: String,
    /// Cursor of the page.
    pub after: String,
    /// A sentence about what was just done.
    pub done: String,
}

impl Query {
    /// The filter it stands for.
    pub fn filter(&self, order: Order) -> Filter {
        let (open, states) = match self.show.as_str() {
            "" | "open" => (Some(true), vec![]),
            "all" => (None, vec![]),
            "ended" => (Some(false), vec![]),
            state => (None, vec![state.to_owned()]),
        };
        Filter {
            open,
            states,
            text: (!self.q.trim().is_empty()).then(|| self.q.trim().to_owned()),
            after: Cursor::decode(&self.after),
            order,
            ..Filter::default()
        }
    }

    /// The chips of a list with states: value and label.
    pub fn chips(&self, path: &str, states: &[(&str, &str)]) -> Vec<Chip> {
        let fixed = [("open", "未办结"), ("all", "全部"), ("ended", "已办结")];
        let show = if self.show.is_empty() { "open" } else { &self.show };
        fixed
            .iter()
            .chain(states)
            .map(|(value, label)| Chip {
                label: (*label).to_owned(),
                url: self.link(path, value, None),
                active: *value == show,
            })
            .collect()
    }

    /// The address of this list with another state or page.
    pub fn link(&self, path: &str, show: &str, after: Option<&Cursor>) -> String {
        let q = crate::form::encode(self.q.trim());
        let after = after.map(|c| format!("&after={}", crate::form::encode(&c.encode()))).unwrap_or_default();
        format!("{path}?show={show}&q={q}{after}")
    }
}

/// A list.
#[derive(Template)]
#[template(path = "list.html")]
pub struct ListPage {
    /// What surrounds it.
    pub layout: Layout,
    /// Heading.
    pub title: String,
    /// Path of the list.
    pub path: String,
    /// What was looked for.
    pub query: Query,
    /// Filters.
    pub chips: Vec<Chip>,
    /// Rows.
    pub rows: Vec<Row>,
    /// All rows on all pages.
    pub total: u64,
    /// The next page.
    pub next: Option<String>,
    /// What an empty list means and what to do.
    pub empty: String,
    /// Something to begin from here: label and address.
    pub begin: Option<(String, String)>,
}
