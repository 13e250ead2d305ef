//! The form of a planned task: which departments take part first, then everything else with the values of the pack.

use super::super::{department, registry};
use crate::app::Web;
use crate::form::Given;
use crate::ui::{ActionForm, Field, Kind};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_draw::base::{Rules, Seat, Stratum};
use xingjian_inspect::base::KINDS;
use xingjian_inspect::plan::{Pack, Plan, PlannedTask, Range};
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, LocalDate};
use xingjian_store::Failure;

/// What the room calls a field, and its name in the form.
pub const FIELDS: &[(&str, &str)] = &[
    ("任务名称", "name"),
    ("检查期间", "until"),
    ("抽查范围", "divisions"),
    ("机构类别", "categories"),
    ("一线监督员占比", "first_line"),
];
/// How the pack marks the specialty of items that other departments look at.
const OTHERS: &str = "跨部门";

/// The departments that a form is about: the leading one first.
pub fn departments(plan: &Plan, given: &Given) -> Vec<DepartmentId> {
    let others = given.all("with").iter().filter(|id| !id.is_empty()).map(DepartmentId::new);
    let others: BTreeSet<DepartmentId> = others.filter(|id| *id != plan.department).collect();
    std::iter::once(plan.department.clone()).chain(others).collect()
}

/// A number of per cent as people write it: `20`, `2.5`.
fn percent(text: &str) -> Option<Rate> {
    let text = text.trim().trim_end_matches(['%', '％']).trim();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || rest.len() > 4 || !digits(whole) || !digits(rest) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let rest: u32 = format!("{rest:0<4}").parse().ok()?;
    Rate::from_ppm(whole * 10_000 + rest).ok()
}

fn shown(rate: Rate) -> String {
    rate.to_string().trim_end_matches('%').to_owned()
}

fn yes_no(name: &str, label: &str, yes: &str, no: &str, now: bool) -> Field {
    let options = vec![("no".to_owned(), no.to_owned()), ("yes".to_owned(), yes.to_owned())];
    Field::new(name, label, Kind::Radio(options)).value(if now { "yes" } else { "no" })
}

/// The form, filled with the task as it is or with the values of the pack.
pub fn form(
    web: &Web,
    (plan, task): (&Plan, Option<&PlannedTask>),
    (departments, pack): (&[DepartmentId], &Pack),
    form: ActionForm,
) -> ActionForm {
    let rules = task.map(|task| &task.rules);
    let range = task.map(|task| &task.range);
    let (first, last) = rules.map_or_else(|| next_weeks(plan, web.app.clock.today()), |rules| rules.period);
    let own = |given: Option<String>| given.unwrap_or_default();
    let places = registry::divisions(web, std::slice::from_ref(&plan.division));
    let chosen = range.map_or_else(|| vec![plan.division.to_string()], |range| codes(&range.divisions));
    let mut form = form
        .field(Field::new("name", "任务名称", Kind::Text).value(own(task.map(|task| task.name.clone()))))
        .field(Field::new("from", "检查开始日期", Kind::Date).value(first.to_string()))
        .field(
            Field::new("until", "检查结束日期", Kind::Date)
                .value(last.to_string())
                .hint(format!("在{}年内。", plan.year)),
        )
        .field(Field::new("divisions", "抽查范围：区划", Kind::Checks(places)).all(chosen))
        .field(
            Field::new("categories", "抽查范围：机构类别", Kind::Text)
                .optional()
                .value(range.map_or_else(String::new, |range| range.categories.join("、")))
                .hint("类别代码（WS 218）的开头，用顿号隔开，例如 A、C2；不填为全部类别。"),
        )
        .field(yes_no("levelled", "抽查范围：等级", "只抽一级以上机构", "不限等级", range.is_some_and(|r| r.levelled)));
    for (grade, least) in &pack.rates {
        form = rate_of(form, rules, (grade, *least));
    }
    for (at, of) in departments.iter().enumerate() {
        form = of_department(web, form, (of, at == 0), (rules, pack));
    }
    last_part(form, task, pack)
}

fn rate_of(form: ActionForm, rules: Option<&Rules>, (grade, least): (&str, Rate)) -> ActionForm {
    let now = rules.and_then(|rules| rules.strata.iter().find(|of| of.grade == grade)).map_or(least, |of| of.rate);
    let field = Field::new(&format!("rate_{grade}"), &format!("{grade}级抽查比例（%）"), Kind::Text);
    form.field(field.value(shown(now)).hint(format!("百分数，不低于政策包规定的{least}。")))
}

/// What is seldom changed.
fn last_part(form: ActionForm, task: Option<&PlannedTask>, pack: &Pack) -> ActionForm {
    let rules = task.map(|task| &task.rules);
    let most = rules.and_then(|rules| rules.most).map(|most| most.to_string()).unwrap_or_default();
    form.field(yes_no(
        "beyond_drawn",
        "重复抽取",
        "本年度已经抽中的不再抽",
        "不排除已经抽中的",
        task.is_some_and(|t| t.beyond_drawn),
    ))
    .field(yes_no("crossing", "交叉检查", "不检查本单位日常监管的对象", "不作要求", rules.is_some_and(|r| r.crossing)))
    .field(
        yes_no("sealed", "抽取名单", "封存，全部检查结束后公开", "抽取后即公开", task.is_some_and(|t| t.sealed))
            .hint("无论是否封存，抽取结果的摘要和数量都立即公开。"),
    )
    .field(
        Field::new("first_line", "一线监督员最低占比（%）", Kind::Text)
            .value(shown(rules.map_or(pack.first_line, |rules| rules.first_line)))
            .hint(format!("不低于政策包规定的{}。", pack.first_line)),
    )
    .field(
        Field::new("leave_days", "检查期间请假不超过多少天仍可抽派", Kind::Text)
            .value(rules.map_or(pack.leave_days, |rules| rules.leave_days).to_string()),
    )
    .field(
        Field::new("most", "每名检查人员最多承担多少个席位", Kind::Text)
            .optional()
            .value(most)
            .hint("不填为不限，按人均衡分配。"),
    )
}

fn codes(divisions: &[DivisionCode]) -> Vec<String> {
    divisions.iter().map(ToString::to_string).collect()
}

/// Four weeks from tomorrow, or the January of a year to come.
fn next_weeks(plan: &Plan, today: LocalDate) -> (LocalDate, LocalDate) {
    use xingjian_kernel::time::plus_days;
    let begins = LocalDate::new(plan.year, 1, 1).unwrap_or(today).max(plus_days(today, 1));
    let ends = LocalDate::new(plan.year, 12, 31).unwrap_or(today);
    (begins.min(ends), plus_days(begins, 27).min(ends))
}

/// What one department brings: seats, specialty, items.
fn of_department(
    web: &Web,
    form: ActionForm,
    (of, leads): (&DepartmentId, bool),
    (rules, pack): (Option<&Rules>, &Pack),
) -> ActionForm {
    let (id, name) = (of.as_str(), department(web, of.as_str()));
    let today = web.app.clock.today();
    let all = web.app.policy.inspection_items(today);
    let marked = all.iter().any(|item| item.specialty.contains(OTHERS));
    let offered = all.iter().filter(|item| !marked || item.specialty.contains(OTHERS) != leads);
    let items = offered.map(|item| (item.id.clone(), format!("{} {}（{}）", item.id, item.name, item.specialty)));
    let seats: Vec<&Seat> = rules
        .and_then(|rules| rules.seats.values().next())
        .map_or_else(Vec::new, |seats| seats.iter().filter(|seat| seat.department == *of).collect());
    let count = if seats.is_empty() { if leads { pack.officers } else { 1 } } else { seats.len() };
    let specialty = seats.iter().find_map(|seat| seat.specialty.clone()).unwrap_or_default();
    let specialties: BTreeSet<String> = all.iter().map(|item| item.specialty.clone()).collect();
    let specialties = specialties.into_iter().filter(|text| !text.contains(OTHERS)).map(|text| (text.clone(), text));
    let form = form
        .field(
            Field::new(&format!("seats_{id}"), &format!("{name}：检查组席位"), Kind::Text)
                .value(count.to_string())
                .hint(format!("每个检查组中本部门的人数；一个检查组合计不少于{}人。", pack.officers)),
        )
        .field(
            Field::new(&format!("items_{id}"), &format!("{name}：检查事项"), Kind::Checks(items.collect()))
                .all(rules.and_then(|rules| rules.items.get(of)).cloned().unwrap_or_default()),
        );
    if !leads {
        return form;
    }
    form.field(
        Field::new("specialty", "至少一名检查人员须具备的专业", Kind::Select(specialties.collect()))
            .optional()
            .value(specialty)
            .hint("不选为不作要求。"),
    )
}

/// The task that a form stands for, or everything that is wrong with it.
pub fn read(plan: &Plan, task: Option<&PlannedTask>, pack: &Pack, given: &Given) -> Result<PlannedTask, Failure> {
    let mut faults = vec![];
    let (from, until) = (given.date("from", &mut faults), given.date("until", &mut faults));
    let divisions = given.all("divisions").iter().filter_map(|code| code.parse().ok()).collect();
    let separators = ['、', '，', ',', ' ', '；', ';'];
    let categories = given.text("categories").split(separators).map(|code| code.trim().to_uppercase());
    let strata = strata(task, pack, given, &mut faults);
    let (seats, items) = seats(plan, given, &mut faults);
    let first_line = percent(given.text("first_line"));
    if first_line.is_none() {
        faults.push(not_percent("first_line", given.text("first_line")));
    }
    let leave_days = given.parsed("leave_days", "不是天数", "请填写整数", &mut faults);
    let most = given.text("most").trim();
    let most: Option<u32> = if most.is_empty() {
        None
    } else {
        given.parsed("most", "不是数量", "请填写整数，或者不填", &mut faults)
    };
    let (Some(from), Some(until), Some(first_line), Some(leave_days), true) =
        (from, until, first_line, leave_days, faults.is_empty())
    else {
        return Err(faults.into());
    };
    let yes = |name: &str| given.text(name) == "yes";
    Ok(PlannedTask {
        number: task.map_or_else(String::new, |task| task.number.clone()),
        name: given.text("name").to_owned(),
        range: Range {
            divisions,
            categories: categories.filter(|code| !code.is_empty()).collect(),
            levelled: yes("levelled"),
        },
        rules: Rules {
            period: (from, until),
            strata,
            seats: KINDS.iter().map(|kind| ((*kind).to_owned(), seats.clone())).collect(),
            items,
            crossing: yes("crossing"),
            first_line,
            most,
            leave_days,
        },
        beyond_drawn: yes("beyond_drawn"),
        sealed: yes("sealed"),
    })
}

fn not_percent(field: &str, text: &str) -> Fault {
    Fault::new(field, text.trim(), "不是百分数", "请填写0至100之间的数，最多四位小数")
}

fn strata(task: Option<&PlannedTask>, pack: &Pack, given: &Given, faults: &mut Vec<Fault>) -> Vec<Stratum> {
    let mut strata = vec![];
    for grade in pack.rates.keys() {
        let field = format!("rate_{grade}");
        let Some(rate) = percent(given.text(&field)) else {
            faults.push(not_percent(&field, given.text(&field)));
            continue;
        };
        let before = task.and_then(|task| task.rules.strata.iter().find(|of| of.grade == *grade));
        let at_least = before.map_or(0, |of| of.at_least);
        strata.push(Stratum { grade: grade.clone(), risk: String::new(), rate, at_least });
    }
    strata
}

/// Seats of a team and items by department.
type Parts = (Vec<Seat>, BTreeMap<DepartmentId, Vec<String>>);

fn seats(plan: &Plan, given: &Given, faults: &mut Vec<Fault>) -> Parts {
    /// More would be a slip of the keyboard.
    const MOST: usize = 20;
    let specialty = Some(given.text("specialty").trim().to_owned()).filter(|text| !text.is_empty());
    let (mut seats, mut items) = (vec![], BTreeMap::new());
    for (at, of) in departments(plan, given).into_iter().enumerate() {
        let (field, chosen) = (format!("seats_{}", of.as_str()), format!("items_{}", of.as_str()));
        let count: Option<usize> = given.text(&field).trim().parse().ok().filter(|count| (1..=MOST).contains(count));
        match count {
            Some(count) => seats.extend((0..count).map(|seat| Seat {
                department: of.clone(),
                specialty: specialty.clone().filter(|_| at == 0 && seat == 0),
            })),
            None => {
                faults.push(Fault::new(&*field, given.text(&field).trim(), "不是席位数", format!("请填写1至{MOST}")));
            }
        }
        if given.all(&chosen).is_empty() {
            faults.push(Fault::new(&*chosen, "", "没有选择检查事项", "请至少选择一项，或者不让该部门参加"));
        }
        items.insert(of, given.all(&chosen).to_vec());
    }
    (seats, items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_is_read_exactly() {
        let ppm = |text: &str| percent(text).map(Rate::ppm);
        assert_eq!([ppm("20"), ppm(" 2.5% "), ppm("0.0001"), ppm("100")], [200_000, 25_000, 1, 1_000_000].map(Some));
        for bad in ["", "101", "-1", "1e1", "2.55555", "二十", "1.2.3", "9999"] {
            assert_eq!(ppm(bad), None, "{bad}");
        }
        assert_eq!(percent(&shown(Rate::from_ppm(25_500).unwrap())), Rate::from_ppm(25_500).ok());
    }
}
