//! Who may take which step: the table the diagram is checked against, and the reasons why a step is closed.

use super::{Draw, DrawError, State};
use xingjian_kernel::{Actor, LocalDate, Permission};

/// State, action, state. docs/states/draw.md holds exactly these.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("prepared", "commit", "prepared"),
    ("prepared", "freeze", "frozen"),
    ("prepared", "drop", "dropped"),
    ("frozen", "enter", "frozen"),
    ("frozen", "enter", "seeded"),
    ("frozen", "stop", "stopped"),
    ("frozen", "open_reasons", "frozen"),
    ("seeded", "open_reasons", "seeded"),
    ("drawn", "open_reasons", "drawn"),
    ("released", "open_reasons", "released"),
    ("stopped", "open_reasons", "stopped"),
    ("seeded", "draw", "drawn"),
    ("seeded", "draw", "released"),
    ("seeded", "draw", "stopped"),
    ("drawn", "release", "released"),
    ("drawn", "change_officer", "drawn"),
    ("drawn", "record", "drawn"),
    ("released", "change_officer", "released"),
    ("released", "record", "released"),
];

/// Actions that follow from what is done with the tasks; no button is drawn for them.
const AUTOMATIC: &[&str] = &["change_officer", "record"];

/// The words on the button of an action; empty for a name that is none.
pub fn action_label(name: &str) -> &'static str {
    match name {
        "commit" => "提交部门承诺",
        "freeze" => "封存名录",
        "drop" => "放弃准备",
        "enter" => "录入种子来源",
        "stop" => "终止抽查",
        "draw" => "抽取",
        "release" => "公开名单",
        "open_reasons" => "查阅回避理由",
        "change_officer" => "更换检查人员",
        "record" => "登记检查结果",
        _ => "",
    }
}

/// The name of a state on screen; empty for a name that is none.
pub fn state_label(name: &str) -> &'static str {
    match name {
        "prepared" => "准备中",
        "dropped" => "已放弃",
        "frozen" => "名录已封存",
        "seeded" => "种子已产生",
        "drawn" => "已抽取",
        "released" => "名单已公开",
        "stopped" => "已终止",
        _ => "",
    }
}

/// The permission an action needs.
fn permission(name: &str) -> Permission {
    match name {
        "freeze" | "stop" => Permission::ApproveInspection,
        "drop" | "prepare" => Permission::ProposeInspection,
        "open_reasons" => Permission::ReviewCase,
        _ => Permission::WitnessDraw,
    }
}

/// Whether the actor's roles carry what the action needs.
pub(super) fn may(name: &str, by: &Actor) -> Result<(), DrawError> {
    let needed = permission(name);
    if by.may(needed) { Ok(()) } else { Err(DrawError::MayNot(needed)) }
}

impl State {
    /// The state on screen.
    pub fn label(&self) -> &'static str {
        state_label(self.name())
    }
}

impl Draw {
    /// Actions this person can take today: draws the buttons.
    pub fn open_actions(&self, by: &Actor, today: LocalDate) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = vec![];
        for (from, name, _) in TRANSITIONS {
            let open = *from == self.state.name() && !AUTOMATIC.contains(name) && !names.contains(name);
            if open && self.why_not(name, by, today).is_none() {
                names.push(name);
            }
        }
        names
    }

    /// Why an action is closed to this person, or `None` where it is open.
    pub fn why_not(&self, name: &str, by: &Actor, today: LocalDate) -> Option<DrawError> {
        self.open(name, by, today).err()
    }

    pub(super) fn open(&self, name: &str, by: &Actor, today: LocalDate) -> Result<(), DrawError> {
        if !TRANSITIONS.iter().any(|(from, action, _)| *from == self.state.name() && *action == name) {
            return Err(DrawError::NotOpen { state: self.state.label(), action: action_label(name) });
        }
        may(name, by)?;
        if matches!(name, "freeze" | "stop" | "drop" | "open_reasons") && by.department != self.department {
            return Err(DrawError::OtherDepartment);
        }
        match name {
            "freeze" if by.account.is_some() && by.account == self.prepared_by.account => Err(DrawError::OneHand),
            "commit" if self.sources.reveals.is_none() => Err(DrawError::NoReveals),
            "release" => match self.release.filter(|release| today < *release) {
                Some(release) => Err(DrawError::Sealed(release)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_store::Record;
    use xingjian_testkit::diagram;

    #[test]
    fn the_diagram_is_the_table() {
        assert_eq!(diagram::transitions("random_draw"), diagram::table(TRANSITIONS));
        let finals = ["dropped", "released", "stopped"].map(str::to_owned);
        assert_eq!(diagram::finals("random_draw"), finals.into());
        assert_eq!(Draw::FINAL, ["dropped", "released", "stopped"]);
    }

    #[test]
    fn every_state_and_action_has_words() {
        for (from, action, to) in TRANSITIONS {
            assert!(!state_label(from).is_empty() && !state_label(to).is_empty() && !action_label(action).is_empty());
        }
    }
}
