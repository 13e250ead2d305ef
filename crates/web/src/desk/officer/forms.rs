//! What a registrar can do with an officer's record.

use super::PATH;
use crate::app::Web;
use crate::desk::institution;
use crate::errors::at_fields;
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use std::collections::BTreeSet;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Fault, LocalDate};
use xingjian_registry::officer::{self, Certificate, Change, Leave, Officer, Recusal, Skills, Tie, keeps};
use xingjian_store::{Failure, Stored, records};

/// What the room calls a field, and its name in the forms.
const FIELDS: &[(&str, &str)] =
    &[("单位", "unit"), ("执法证号", "certificate"), ("证件有效期", "until"), ("请假", "until"), ("理由", "reason")];

/// Takes the step; the sentence says what was done.
pub async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: OfficerId = id.parse().map_err(|_| Failure::NotFound)?;
    let stored = records::must::<Officer>(&caller.ctx, id).await?;
    let (change, done) = match action {
        "skills" => (Change::Skills(skills(given)?), "已变更登记"),
        "add_leave" => {
            let mut faults = vec![];
            let dates = (given.date("from", &mut faults), given.date("until", &mut faults));
            let (Some(from), Some(until)) = dates else { return Err(faults.into()) };
            (Change::AddLeave(Leave { from, until }), "已登记请假")
        }
        "remove_leave" => {
            let leave = stored.leave.iter().find(|leave| key(**leave) == given.text("leave"));
            (Change::RemoveLeave(*leave.ok_or_else(|| choose("leave"))?), "已取消请假")
        }
        "add_recusal" => (Change::AddRecusal(recusal(caller, given).await?), "已登记回避事由"),
        "remove_recusal" => {
            let at: Option<usize> = given.text("recusal").parse().ok();
            let recusal = at.and_then(|at| stored.recusals.get(at)).cloned().ok_or_else(|| choose("recusal"))?;
            (Change::RemoveRecusal { recusal, reason: given.text("reason").to_owned() }, "已撤销回避事由")
        }
        _ => return Err(Failure::NotFound),
    };
    let changed = officer::change(&caller.ctx, id, given.seen(), change).await;
    changed.map(|_| done).map_err(|failure| at_fields(failure, FIELDS))
}

fn choose(field: &str) -> Failure {
    Fault::new(field, "", "没有选择", "请从列表中选择").into()
}

fn key(leave: Leave) -> String {
    format!("{}/{}", leave.from, leave.until)
}

fn skills(given: &Given) -> Result<Skills, Failure> {
    let mut faults = vec![];
    let number = given.text("certificate").trim().to_owned();
    let none = ["certificate", "from", "until"].iter().all(|field| given.text(field).trim().is_empty());
    let certificate = if none {
        None
    } else {
        let dates = (given.date("from", &mut faults), given.date("until", &mut faults));
        let (Some(from), Some(until)) = dates else { return Err(faults.into()) };
        Some(Certificate { number, from, until })
    };
    Ok(Skills {
        unit: given.text("unit").to_owned(),
        certificate,
        specialties: given.all("specialties").to_vec(),
        first_line: given.text("first_line") == "yes",
    })
}

async fn recusal(caller: &Caller, given: &Given) -> Result<Recusal, Failure> {
    let name = given.text("subject").trim();
    if name.is_empty() {
        return Err(Fault::new("subject", "", "没有填写机构", "请填写登记库中的全称").into());
    }
    let institution =
        institution::named(caller, "subject", name, "请核对名称；还没有登记的，先在“医疗机构”中登记").await?;
    let tie = Tie::ALL.into_iter().find(|tie| code(*tie) == given.text("tie")).ok_or_else(|| choose("tie"))?;
    // What was registered against one branch reaches the legal person and its other institutions when it is looked at.
    Ok(Recusal { subject: institution.subject(), tie, reason: given.text("reason").to_owned() })
}

const fn code(tie: Tie) -> &'static str {
    match tie {
        Tie::Kin => "kin",
        Tie::FormerEmployer => "former_employer",
        Tie::Investment => "investment",
        Tie::Residence => "residence",
        Tie::Other => "other",
    }
}

/// The forms of somebody who keeps this record; none for others.
pub fn forms(web: &Web, caller: &Caller, officer: &Stored<Officer>) -> Vec<ActionForm> {
    if !keeps(&caller.ctx, officer) {
        return vec![];
    }
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", officer.id), officer.version).secondary()
    };
    let today = web.app.clock.today().to_string();
    let mut forms = vec![
        form("add_leave", "登记请假")
            .field(Field::new("from", "第一天", Kind::Date).value(&today))
            .field(Field::new("until", "最后一天", Kind::Date).value(&today))
            .consequence("随机抽查时，检查期间请假超过规定天数的不抽派。"),
    ];
    if !officer.leave.is_empty() {
        let options = officer.leave.iter().map(|leave| (key(*leave), format!("{} 至 {}", leave.from, leave.until)));
        forms.push(form("remove_leave", "取消请假").field(Field::new(
            "leave",
            "请假",
            Kind::Select(options.collect()),
        )));
    }
    forms.push(skill_form(web, officer, form("skills", "变更登记")));
    let ties = Tie::ALL.map(|tie| (code(tie).to_owned(), tie.label().to_owned())).to_vec();
    forms.push(
        form("add_recusal", "登记回避事由")
            .field(
                Field::new("subject", "不得检查的机构", Kind::Institution)
                    .hint("登记库中的全称；对其法人和同一法人的其他机构同样有效。"),
            )
            .field(Field::new("tie", "关系", Kind::Radio(ties)))
            .field(Field::new("reason", "具体情况", Kind::Text))
            .consequence("随机抽查和安排检查时不派往该机构（行政处罚法第43条）。对外只公布有回避，不公布事由。"),
    );
    if !officer.recusals.is_empty() {
        let label = |recusal: &Recusal| format!("{}：{}", recusal.tie.label(), recusal.reason);
        let options = officer.recusals.iter().enumerate().map(|(at, recusal)| (at.to_string(), label(recusal)));
        forms.push(
            form("remove_recusal", "撤销回避事由")
                .field(Field::new("recusal", "回避事由", Kind::Select(options.collect())))
                .field(Field::new("reason", "撤销理由", Kind::Text)),
        );
    }
    forms
}

fn skill_form(web: &Web, officer: &Officer, form: ActionForm) -> ActionForm {
    let certificate = officer.certificate.as_ref();
    let date = |of: fn(&Certificate) -> LocalDate| certificate.map(|c| of(c).to_string()).unwrap_or_default();
    let items = web.app.policy.inspection_items(web.app.clock.today());
    let mut specialties: BTreeSet<String> = items.iter().map(|item| item.specialty.clone()).collect();
    specialties.extend(officer.specialties.iter().cloned());
    let specialties = specialties.into_iter().map(|text| (text.clone(), text)).collect();
    let lines = vec![("yes".to_owned(), "是，在现场检查".to_owned()), ("no".to_owned(), "否".to_owned())];
    form.field(Field::new("unit", "单位", Kind::Text).value(&officer.unit))
        .field(
            Field::new("certificate", "执法证号", Kind::Text)
                .optional()
                .value(certificate.map(|c| c.number.clone()).unwrap_or_default()),
        )
        .field(Field::new("from", "证件有效期起", Kind::Date).optional().value(date(|c| c.from)))
        .field(Field::new("until", "证件有效期止", Kind::Date).optional().value(date(|c| c.until)))
        .field(Field::new("first_line", "一线监督员", Kind::Radio(lines)).value(if officer.first_line {
            "yes"
        } else {
            "no"
        }))
        .field(Field::new("specialties", "专业", Kind::Checks(specialties)).optional().all(officer.specialties.clone()))
        .consequence("证件有效期须覆盖整个检查期间才能抽派；没有有效证件的不能检查和办案（行政处罚法第42条）。")
}
