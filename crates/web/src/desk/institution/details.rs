use crate::app::Web;
use crate::desk::registry;
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_kernel::codes::{CodeError, CreditCode, LicenceNumber, Problem};
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{DivisionCode, Fault};
use xingjian_policy::LEVELS;
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_store::{Failure, records};

/// Longest text of each field, in characters.
const LONGEST: &[(&str, &str, usize)] = &[
    ("name", "机构名称", 100),
    ("insurance_code", "医保定点编码", 40),
    ("address", "地址", 200),
    ("telephone", "电话", 40),
    ("category", "类别", 40),
];

/// The fields of an institution, empty or as they are.
pub fn fields(web: &Web, caller: &Caller, form: ActionForm, now: Option<&Details>) -> ActionForm {
    let own = |value: Option<&String>| value.cloned().unwrap_or_default();
    let mut divisions = registry::divisions(web, &caller.ctx.scope.divisions);
    let mut levels: Vec<(String, String)> = LEVELS.iter().map(|l| ((*l).to_owned(), (*l).to_owned())).collect();
    if let Some(now) = now {
        // What was imported stays choosable, so that changing one field does not force another.
        keep(&mut levels, now.level.as_ref().map(|l| (l.clone(), l.clone())));
        keep(&mut divisions, Some((now.division.to_string(), registry::division(web, &now.division))));
    }
    let text = |name: &str, label: &str| Field::new(name, label, Kind::Text);
    let show = |field: Field, value: String| if now.is_some() { field.value(value) } else { field };
    let licence = now.and_then(|d| d.licence.as_ref()).map(ToString::to_string).unwrap_or_default();
    let code = now.and_then(|d| d.credit_code.as_ref()).map(ToString::to_string).unwrap_or_default();
    let all = [
        (
            text("name", "机构名称").hint("与医疗机构执业许可证一致，不超过100字。"),
            now.map(|d| d.name.clone()).unwrap_or_default(),
        ),
        (
            Field::new("division", "所在区划", Kind::Select(divisions)),
            now.map(|d| d.division.to_string()).unwrap_or_default(),
        ),
        (
            text("licence", "登记号").optional().hint("医疗机构执业许可证登记号，数字、大写字母和连字符，不超过23位。"),
            licence,
        ),
        (text("credit_code", "统一社会信用代码").optional().hint("18位，按 GB 32100 核对校验码。"), code),
        (
            text("insurance_code", "医保定点编码")
                .optional()
                .hint("国家医保信息平台的定点医药机构编码；医保筛查的命中按它归到本机构。"),
            own(now.and_then(|d| d.insurance_code.as_ref())),
        ),
        (
            text("category", "类别").optional().hint("按 WS 218 填写代码，例如 A100（综合医院）。"),
            own(now.and_then(|d| d.category.as_ref())),
        ),
        (Field::new("level", "等级", Kind::Select(levels)).optional(), own(now.and_then(|d| d.level.as_ref()))),
        (text("address", "地址").optional(), own(now.and_then(|d| d.address.as_ref()))),
        (text("telephone", "电话").optional().hint("机构的公开电话。"), own(now.and_then(|d| d.telephone.as_ref()))),
        (
            text("beds", "编制床位").optional().hint("整数；没有床位填 0，不清楚的留空。"),
            now.and_then(|d| d.beds).map(|n| n.to_string()).unwrap_or_default(),
        ),
    ];
    all.into_iter().fold(form, |form, (field, value)| form.field(show(field, value)))
}

fn keep(options: &mut Vec<(String, String)>, option: Option<(String, String)>) {
    if let Some(option) = option.filter(|option| !options.iter().any(|(value, _)| *value == option.0)) {
        options.insert(0, option);
    }
}

/// The details a form stands for, or everything that is wrong with it. `before` is the record that is changed.
pub async fn read(web: &Web, caller: &Caller, given: &Given, before: Option<&Institution>) -> Result<Details, Failure> {
    let mut faults = vec![];
    let text = |name: &str| Some(given.text(name).trim().to_owned()).filter(|text| !text.is_empty());
    for (field, label, longest) in LONGEST {
        check_text(field, label, *longest, given.text(field).trim(), &mut faults);
    }
    if text("name").is_none() {
        faults.push(Fault::new("name", "", "没有填写机构名称", "请按医疗机构执业许可证填写"));
    }
    let level = text("level");
    if let Some(level) = level.as_ref().filter(|level| {
        !LEVELS.contains(&level.as_str()) && before.and_then(|b| b.details.level.as_ref()) != Some(*level)
    }) {
        faults.push(Fault::new("level", level, format!("没有等级“{level}”"), "请从列表中选择"));
    }
    let division = division(web, caller, given.text("division").trim(), &mut faults);
    let licence = code::<LicenceNumber>("licence", text("licence"), &mut faults);
    let credit_code = code::<CreditCode>("credit_code", text("credit_code"), &mut faults);
    let beds = text("beds").and_then(|text| {
        let beds = text.parse::<u32>().ok().filter(|beds| *beds <= 20_000);
        if beds.is_none() {
            faults.push(Fault::new("beds", &text, format!("“{text}”不是床位数"), "请填写 0 到 20000 的整数，或者留空"));
        }
        beds
    });
    let (Some(name), Some(division), true) = (text("name"), division, faults.is_empty()) else {
        return Err(faults.into());
    };
    // The county as it was written goes once the record says which county it is.
    let same_place = before.filter(|b| b.details.division == division);
    let details = Details {
        name,
        division,
        place: same_place.and_then(|b| b.details.place.clone()),
        licence,
        credit_code,
        insurance_code: text("insurance_code"),
        category: text("category"),
        level,
        address: text("address"),
        telephone: text("telephone"),
        beds,
    };
    let taken = taken(caller, &details, before.map(|b| b.id)).await?;
    if taken.is_empty() { Ok(details) } else { Err(taken.into()) }
}

fn check_text(field: &str, label: &str, longest: usize, text: &str, faults: &mut Vec<Fault>) {
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let reason = format!("{label}含有控制字符 U+{:04X}", u32::from(control));
        faults.push(Fault::new(field, &text.replace(control, "□"), reason, "请删除该字符后重新提交"));
    }
    let length = text.chars().count();
    if length > longest {
        let reason = format!("{label}有{length}个字，超过{longest}个字");
        faults.push(Fault::new(field, text, reason, "请核对是否粘贴了多余内容"));
    }
}

fn code<T: std::str::FromStr<Err = CodeError>>(
    field: &str,
    text: Option<String>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    text.and_then(|text| match text.parse() {
        Ok(code) => Some(code),
        Err(error) => {
            let error: CodeError = error;
            let mut fault = error.fault(field, &text);
            fault.reason = format!("“{text}”{}", error.reason());
            if error.problem == Problem::SpreadsheetNumber {
                "请对照证书填写完整代码".clone_into(&mut fault.mend);
            }
            faults.push(fault);
            None
        }
    })
}

fn division(web: &Web, caller: &Caller, text: &str, faults: &mut Vec<Fault>) -> Option<DivisionCode> {
    if text.is_empty() {
        faults.push(Fault::new("division", "", "没有选择所在区划", "请从列表中选择"));
        return None;
    }
    let Ok(code) = text.parse::<DivisionCode>() else {
        faults.push(Fault::new("division", text, format!("“{text}”不是行政区划代码"), "请从列表中选择"));
        return None;
    };
    if !web.app.policy.divisions.exists(&code, web.app.clock.today()) {
        let reason = format!("“{text}”不是现行的行政区划代码");
        faults.push(Fault::new("division", text, reason, "请从列表中选择"));
        return None;
    }
    if !caller.ctx.scope.divisions.iter().any(|own| own.contains(&code)) {
        let reason = format!("{}不在您的辖区内", registry::division(web, &code));
        faults.push(Fault::new("division", text, reason, "请由所在地的登记管理员登记"));
        return None;
    }
    Some(code)
}

/// Another institution has this licence number, or this name at this place.
async fn taken(caller: &Caller, details: &Details, own: Option<InstitutionId>) -> Result<Vec<Fault>, Failure> {
    let all = caller.ctx.seeing_all();
    let mut faults = vec![];
    if let Some(licence) = &details.licence {
        let there = records::by_number::<Institution>(&all, licence.as_str()).await?;
        if let Some(there) = there.filter(|there| Some(there.id) != own) {
            let (reason, mend) = match records::get::<Institution>(&caller.ctx, there.id).await? {
                Some(seen) => {
                    let reason = format!("登记号 {licence} 已登记在“{}”名下", seen.details.name);
                    (reason, "请核对执业许可证；同一机构请在其登记页变更")
                }
                None => (format!("登记号 {licence} {}", institution::ELSEWHERE.0), institution::ELSEWHERE.1),
            };
            faults.push(Fault::new("licence", licence.as_str(), reason, mend));
        }
    }
    let here = |other: &Institution| {
        let there = (&other.details.division, &other.details.place);
        Some(other.id) != own && there == (&details.division, &details.place)
    };
    if institution::named(&all, &details.name).await?.iter().any(|other| here(other)) {
        let reason = format!("该区划已登记“{}”", details.name);
        faults.push(Fault::new("name", &details.name, reason, "同一机构请在其登记页变更；确属另一机构的请写明院区"));
    }
    Ok(faults)
}
