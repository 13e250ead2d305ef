//! The checklist of a visit: every item on one form. It may be saved item by item; nothing typed is ever lost.

use super::choices::{self, Options};
use crate::app::Web;
use crate::errors::at_fields;
use crate::form::Given;
use crate::ui::{ActionForm, Field, Kind};
use std::collections::BTreeMap;
use xingjian_inspect::task::{Answer, Item, Task};
use xingjian_kernel::Fault;
use xingjian_store::Failure;

/// The act that saves it.
pub const ACTION: &str = "answer";
/// Fields of an item: verdict, facts or reason, violation, date to correct by.
const FIELDS: usize = 4;

/// Value and word of each verdict.
const VERDICTS: [(&str, &str); 4] =
    [("conforms", "符合"), ("violates", "不符合"), ("not_applicable", "不适用"), ("not_checked", "未检查")];

/// The name of an item's field.
fn name(kind: &str, item: &str) -> String {
    format!("{kind}-{item}")
}

/// An item as the checklist shows it.
pub struct Row {
    /// Number on the list.
    pub number: usize,
    /// Name of the item.
    pub item: String,
    /// Points to check.
    pub points: Vec<String>,
    /// Law it rests on.
    pub basis: String,
    /// What was saved, in a word.
    pub saved: Option<&'static str>,
    /// The verdict.
    pub verdict: Field,
    /// Facts or reason.
    pub text: Field,
    /// The violation.
    pub violation: Field,
    /// Violations that the item is known for.
    pub usual: Options,
    /// All others.
    pub others: Options,
    /// The day to correct by.
    pub due: Field,
}

impl Row {
    /// What is wrong with the item: field and sentence.
    pub fn faults(&self) -> Vec<(&str, &str)> {
        let fields = [&self.verdict, &self.text, &self.violation, &self.due];
        fields.into_iter().filter_map(|f| f.fault.as_deref().map(|fault| (f.name.as_str(), fault))).collect()
    }
}

/// The checklist of a visit.
pub struct Checklist {
    /// The form without its fields, which stand in the rows.
    pub form: ActionForm,
    /// The items.
    pub rows: Vec<Row>,
    /// How many faults there are.
    pub fault_count: usize,
    /// Items that are answered.
    pub answered: usize,
}

impl Checklist {
    /// The form as it is shown: `form` as opened again, `stored` as the record has it, `given` where it was sent back.
    pub fn new(web: &Web, task: &Task, mut form: ActionForm, stored: &ActionForm, given: Option<&Given>) -> Self {
        let fault_count = form.fault_count();
        let answers = task.state.answers();
        let mut fields = std::mem::take(&mut form.fields).into_iter();
        let mut rows = vec![];
        for (at, item) in task.items.iter().enumerate() {
            let mut own: Vec<Field> = fields.by_ref().take(FIELDS).collect();
            // What somebody else saved meanwhile is not blanked by a form that did not touch the item.
            if given.is_some_and(|given| is_untouched(given, &item.id)) {
                own = stored.fields[at * FIELDS..(at + 1) * FIELDS].to_vec();
            }
            let Ok([verdict, text, violation, due]) = <[Field; FIELDS]>::try_from(own) else { continue };
            let (usual, others) = choices::violations(web, &item.id);
            rows.push(Row {
                number: at + 1,
                item: item.name.clone(),
                points: item.points.clone(),
                basis: item.basis.clone(),
                saved: answers.and_then(|a| a.get(&item.id)).map(Answer::label),
                verdict,
                text,
                violation,
                usual,
                others,
                due,
            });
        }
        let answered = answers.map_or(0, BTreeMap::len);
        Self { form, rows, fault_count, answered }
    }
}

/// The form with the fields of every item, four each, filled with what was saved.
pub fn form(web: &Web, task: &Task, form: ActionForm) -> ActionForm {
    let answers = task.state.answers();
    let today = web.app.clock.today();
    let due = web.app.policy.deadline("rectification", today).map(|d| d.due);
    let form = task.items.iter().fold(form, |form, item| {
        let saved = answers.and_then(|answers| answers.get(&item.id));
        fields(item, saved, due.map(|d| d.to_string())).into_iter().fold(form, ActionForm::field)
    });
    form.consequence(
        "检查表只记录查见的事实，不作定性；“不符合”的项目提交后责令改正（行政处罚法第28条）。可以分次保存。",
    )
}

fn fields(item: &Item, saved: Option<&Answer>, due: Option<String>) -> [Field; FIELDS] {
    let options = VERDICTS.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let mut verdict = Field::new(&name("a", &item.id), "结论", Kind::Radio(options));
    let mut text = Field::new(&name("t", &item.id), "查见的事实，或者原因", Kind::Area)
        .hint("不符合的写明时间、地点和查见的事实；不适用、未检查的写明原因；符合的留空。");
    let mut violation =
        Field::new(&name("v", &item.id), "案由", Kind::Text).optional().hint("能够确定时选择，也可以在立案时确定。");
    let hint =
        due.map_or_else(|| "检查当日或者以后的日期。".to_owned(), |due| format!("不填的按规定期限，即 {due} 前。"));
    let mut by = Field::new(&name("d", &item.id), "责令改正期限", Kind::Date).optional().hint(hint);
    match saved {
        None => {}
        Some(Answer::Conforms) => verdict = verdict.value("conforms"),
        Some(Answer::Violates { facts, violation: named, correct_by }) => {
            verdict = verdict.value("violates");
            text = text.value(facts);
            violation = violation.value(named.clone().unwrap_or_default());
            by = by.value(correct_by.map(|d| d.to_string()).unwrap_or_default());
        }
        Some(Answer::NotApplicable { reason }) => {
            (verdict, text) = (verdict.value("not_applicable"), text.value(reason));
        }
        Some(Answer::NotChecked { reason }) => (verdict, text) = (verdict.value("not_checked"), text.value(reason)),
    }
    [verdict, text, violation, by]
}

fn is_untouched(given: &Given, item: &str) -> bool {
    given.text(&name("a", item)).is_empty() && given.text(&name("t", item)).trim().is_empty()
}

/// The answers that are new or changed, or everything that is wrong with the form.
pub fn read(task: &Task, given: &Given) -> Result<BTreeMap<String, Answer>, Failure> {
    let saved = task.state.answers();
    let (mut answers, mut faults) = (BTreeMap::new(), vec![]);
    for item in task.items.iter().filter(|item| !is_untouched(given, &item.id)) {
        if let Some(answer) = answer(item, given, &mut faults)
            && saved.and_then(|s| s.get(&item.id)) != Some(&answer)
        {
            answers.insert(item.id.clone(), answer);
        }
    }
    if faults.is_empty() && answers.is_empty() {
        faults.push(Fault::new("", "", "没有新填写或者修改的项目", "请至少填写一项后保存"));
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults.into()) }
}

fn answer(item: &Item, given: &Given, faults: &mut Vec<Fault>) -> Option<Answer> {
    let text = given.text(&name("t", &item.id)).trim().to_owned();
    Some(match given.text(&name("a", &item.id)) {
        "conforms" if text.is_empty() => Answer::Conforms,
        "conforms" => {
            let place = name("t", &item.id);
            let mend = "请写入检查记录的“检查情况”，或者改选结论";
            faults.push(Fault::new(place, &text, "“符合”的项目不单独记录文字", mend));
            return None;
        }
        "violates" => {
            let due = name("d", &item.id);
            let correct_by = if given.text(&due).trim().is_empty() { None } else { Some(given.date(&due, faults)?) };
            let violation = given.text(&name("v", &item.id)).trim().to_owned();
            Answer::Violates { facts: text, violation: (!violation.is_empty()).then_some(violation), correct_by }
        }
        "not_applicable" => Answer::NotApplicable { reason: text },
        "not_checked" => Answer::NotChecked { reason: text },
        _ => {
            faults.push(Fault::new(name("a", &item.id), "", "没有选择结论", "请选择符合、不符合、不适用或者未检查"));
            return None;
        }
    })
}

/// The failure with its faults at the fields of the items they are about.
pub fn placed(failure: Failure, task: &Task, given: &Given) -> Failure {
    let mut places: Vec<(String, String)> = vec![];
    for item in &task.items {
        for what in ["违法事实", "不适用原因", "未检查原因"] {
            places.push((format!("{}：{what}", item.name), name("t", &item.id)));
        }
        places.push((format!("{}：改正期限", item.name), name("d", &item.id)));
    }
    // A violation is named by its id only; the item is the one that was given it.
    let Failure::Invalid(mut faults) = failure else { return failure };
    for fault in faults.iter_mut().filter(|f| f.place == "案由") {
        let item = task.items.iter().find(|item| given.text(&name("v", &item.id)).trim() == fault.value);
        fault.place = item.map_or_else(String::new, |item| name("v", &item.id));
    }
    // The page names the item beside the fault already.
    for fault in &mut faults {
        for item in &task.items {
            fault.mend = fault.mend.replace(&format!("{}：", item.name), "");
        }
    }
    let places: Vec<(&str, &str)> = places.iter().map(|(place, field)| (place.as_str(), field.as_str())).collect();
    at_fields(Failure::Invalid(faults), &places)
}
