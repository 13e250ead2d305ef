//! The machine: who may do what in which state, and what comes of it.

use super::{Action, ActionName, Facts, Plan, PlannedTask, State, TRANSITIONS, TransitionError, Version, action_label};
use crate::officer::Person;
use crate::text::required;
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{Actor, DivisionCode, Fault, Permission, Timestamp};

type Step<T> = Result<T, TransitionError>;

impl Plan {
    /// A plan without tasks; the actor's department leads it.
    pub fn draw_up(
        id: PlanId,
        (year, title): (i16, &str),
        division: DivisionCode,
        by: &Actor,
        now: Timestamp,
    ) -> Step<Self> {
        may("add_task", by)?;
        let mut faults = vec![];
        let title = required("计划名称", title, &mut faults);
        let this_year = now.local_date().year();
        if !(this_year..=this_year + 1).contains(&year) {
            let mend = format!("请填写{this_year}或者{}", this_year + 1);
            faults.push(Fault::new("计划年度", &year.to_string(), "不是今年或者明年", mend));
        }
        if !faults.is_empty() {
            return Err(TransitionError::Invalid(faults));
        }
        Ok(Self {
            id,
            year,
            title,
            division,
            department: by.department.clone(),
            tasks: vec![],
            proposed_by: by.into(),
            hands: vec![by.into()],
            created_at: now,
            versions: vec![],
            state: State::Draft,
        })
    }

    /// Takes a step, or says why it is not possible.
    pub fn apply(mut self, action: Action, by: &Actor, facts: &Facts) -> Step<Self> {
        if let Some(why) = self.why_not(action.name(), by) {
            return Err(why);
        }
        match action {
            Action::AddTask { task } => {
                let number = self.next_number();
                self.put(PlannedTask { number, ..task }, by, facts)?;
            }
            Action::ChangeTask { task } => {
                self.take_out(&task.number)?;
                self.put(task, by, facts)?;
            }
            Action::RemoveTask { number } => {
                self.take_out(&number)?;
                self.note(by);
            }
            Action::Approve => self.approve(by, facts)?,
            Action::Revise { reason } => {
                let mut faults = vec![];
                let reason = required("修订理由", &reason, &mut faults);
                if !faults.is_empty() {
                    return Err(TransitionError::Invalid(faults));
                }
                self.hands = vec![by.into()];
                self.state = State::Revising { reason, by: by.into(), at: facts.now };
            }
            Action::Abandon => {
                let version = self.versions.last().ok_or(TransitionError::Unchanged)?;
                self.tasks.clone_from(&version.tasks);
                self.state = State::Approved { by: version.by.clone(), at: version.at };
            }
        }
        Ok(self)
    }

    /// Puts a task into its place in the order of the year.
    fn put(&mut self, task: PlannedTask, by: &Actor, facts: &Facts) -> Step<()> {
        let task = PlannedTask { name: task.name.trim().to_owned(), ..task };
        let faults = task.faults(self, &facts.pack);
        if !faults.is_empty() {
            return Err(TransitionError::Invalid(faults));
        }
        self.tasks.push(task);
        self.tasks.sort_by(|one, other| (one.rules.period, &one.number).cmp(&(other.rules.period, &other.number)));
        self.note(by);
        Ok(())
    }

    fn take_out(&mut self, number: &str) -> Step<()> {
        let at = self.tasks.iter().position(|task| task.number == number);
        self.tasks.remove(at.ok_or_else(|| TransitionError::NoTask(number.to_owned()))?);
        Ok(())
    }

    fn note(&mut self, by: &Actor) {
        let person = Person::from(by);
        if !self.hands.contains(&person) {
            self.hands.push(person);
        }
    }

    /// The number after the highest that the plan or one of its versions has ever had.
    fn next_number(&self) -> String {
        let all = self.tasks.iter().chain(self.versions.iter().flat_map(|version| &version.tasks));
        let numbers = all.filter_map(|task| task.number.rsplit_once('-')?.1.parse::<u32>().ok());
        format!("{}-{:02}", self.year, numbers.max().unwrap_or_default() + 1)
    }

    fn approve(&mut self, by: &Actor, facts: &Facts) -> Step<()> {
        if self.tasks.is_empty() {
            return Err(TransitionError::NoTasks);
        }
        if self.in_force().is_some_and(|version| version.tasks == self.tasks) {
            return Err(TransitionError::Unchanged);
        }
        let mut faults = vec![];
        for task in &self.tasks {
            let named = |fault: Fault| Fault { place: format!("{} {}", task.number, fault.place), ..fault };
            faults.extend(task.faults(self, &facts.pack).into_iter().map(named));
        }
        faults.extend_from_slice(&facts.unmet);
        if !faults.is_empty() {
            return Err(TransitionError::Invalid(faults));
        }
        let proof = facts.proof.clone().ok_or(TransitionError::NoProof)??;
        let reason = if let State::Revising { reason, .. } = &self.state { reason.clone() } else { String::new() };
        self.versions.push(Version {
            number: u32::try_from(self.versions.len()).unwrap_or(u32::MAX).saturating_add(1),
            tasks: self.tasks.clone(),
            reason,
            proof,
            by: by.into(),
            at: facts.now,
        });
        self.hands = vec![];
        self.state = State::Approved { by: by.into(), at: facts.now };
        Ok(())
    }

    /// Actions this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor) -> Vec<ActionName> {
        let of_state = TRANSITIONS.iter().filter(|(from, ..)| *from == self.state.name());
        of_state.map(|(_, name, _)| *name).filter(|name| self.why_not(name, by).is_none()).collect()
    }

    /// Why an action is closed to this person now, or `None` where it is open.
    pub fn why_not(&self, name: ActionName, by: &Actor) -> Option<TransitionError> {
        let open = TRANSITIONS.iter().any(|(from, action, _)| *from == self.state.name() && *action == name);
        if !open {
            return Some(TransitionError::NotOpen { state: self.state.label(), action: action_label(name) });
        }
        if let Err(why) = may(name, by) {
            return Some(why);
        }
        if by.department != self.department {
            return Some(TransitionError::OtherDepartment);
        }
        let own = |person: &Person| person.account.is_some() && person.account == by.account;
        if name == "approve" && self.hands.iter().any(own) {
            return Some(TransitionError::OwnProposal);
        }
        let missing = match name {
            "change_task" | "remove_task" | "approve" => self.tasks.is_empty(),
            _ => false,
        };
        missing.then_some(TransitionError::NoTasks)
    }
}

fn may(name: ActionName, by: &Actor) -> Step<()> {
    let needed = if name == "approve" { Permission::ApproveInspection } else { Permission::ProposeInspection };
    if by.may(needed) { Ok(()) } else { Err(TransitionError::MayNot(needed)) }
}
