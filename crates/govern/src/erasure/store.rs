use super::{Request, State, Target};
use xingjian_kernel::Sensitivity;
use xingjian_store::erasure::Extent;
use xingjian_store::{Head, Record, Table, tables};

impl Record for Request {
    const TABLE: Table = tables::ERASURE;
    const FINAL: &'static [&'static str] = &["erased", "refused", "kept"];

    fn head(&self) -> Head {
        let key = key(&self.target);
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Case,
            subject: None,
            state: self.state.name(),
            owner: None,
            due: match self.state {
                State::Warned { until, .. } => Some(until),
                _ => None,
            },
            // One open erasure a record.
            number: self.state.is_open().then(|| key.clone()),
            title: self.title(),
            search: format!("{key} {}", self.target.label),
            created_at: self.created_at,
        }
    }
}

impl Request {
    /// The line a list shows.
    pub fn title(&self) -> String {
        let extent = match (self.extent, self.row_index) {
            (Extent::Record, _) => "全部办理记录和其中的个人信息".to_owned(),
            (Extent::Row(_), Some(index)) => format!("一条办理记录（存证 #{index}）"),
            (Extent::Row(_), None) => "一条办理记录".to_owned(),
        };
        format!("{}：{extent}", self.target.label)
    }
}

/// By what the erasures of a record are found.
pub(super) fn key(target: &Target) -> String {
    format!("{}/{}", target.resource, target.id)
}
