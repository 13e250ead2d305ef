//! What can be done with a signal: the forms, and from a form to the act.

use super::PATH;
use crate::app::Web;
use crate::desk::task::choices;
use crate::errors::at_fields;
use crate::form::Given;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::Act as Deed;
use xingjian_inspect::task::service::Candidate;
use xingjian_kernel::id::{OfficerId, SignalId};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Fault, LocalDate};
use xingjian_sense::claims::service::{self as claims, Filing, Judgement};
use xingjian_sense::claims::{Claims, TOPIC, VerdictReason};
use xingjian_sense::signal::Signal;
use xingjian_sense::signal::service::{self, Plan};
use xingjian_store::{Failure, Stored, records};

/// What the rooms call a field, and its name in the forms.
const FIELDS: &[(&str, &str)] = &[("案由", "violation"), ("案情摘要", "summary"), ("承办人", "handlers")];

/// Takes the step: the page to go to, and what was done.
pub async fn perform(
    caller: &Caller,
    id: &str,
    action: &str,
    given: &Given,
) -> Result<(String, &'static str), Failure> {
    let own = format!("{PATH}/{id}");
    let id: SignalId = id.parse().map_err(|_| Failure::NotFound)?;
    let (ctx, seen) = (&caller.ctx, given.seen());
    let done = match action {
        "dismiss" => {
            service::dismiss(ctx, id, seen, given.text("reason")).await?;
            "已说明理由办结"
        }
        "inspect" => {
            service::inspect(ctx, id, seen, plan(given)?).await?;
            "已拟定检查任务，等待批准"
        }
        "ask" => {
            claims::ask(ctx, id, seen, given.text("text")).await?;
            "已请机构说明，机构可以看到命中和本机构的明细"
        }
        "judge" => {
            claims::judge(ctx, id, seen, judgement(given)?).await?;
            "已记录复核结论"
        }
        "settle" => {
            claims::settle(ctx, id, seen, given.text("result")).await?;
            "已按协议处理办结"
        }
        "file" => {
            let discovered = records::must::<Signal>(ctx, id).await?.opened_at.local_date();
            let filed = claims::file_case(ctx, id, seen, filing(given, discovered)?).await;
            let case = filed.map_err(|failure| at_fields(failure, FIELDS))?;
            return Ok((format!("/desk/cases/{case}"), "已提请立案，等待机关负责人批准"));
        }
        _ => return Err(Failure::NotFound),
    };
    Ok((own, done))
}

fn plan(given: &Given) -> Result<Plan, Failure> {
    let mut faults = vec![];
    let planned = given.date("planned", &mut faults);
    let officers: Vec<OfficerId> = given.all("officers").iter().filter_map(|o| o.parse().ok()).collect();
    if given.all("items").is_empty() {
        faults.push(Fault::new("items", "", "没有选择检查事项", "请至少选择一项"));
    }
    let (Some(planned), true) = (planned, faults.is_empty()) else { return Err(faults.into()) };
    let exceed = given.text("exceed_reason").trim();
    let exceed_reason = (!exceed.is_empty()).then(|| exceed.to_owned());
    Ok(Plan { planned, items: given.all("items").to_vec(), officers, exceed_reason })
}

fn judgement(given: &Given) -> Result<Judgement, Failure> {
    let mut faults = vec![];
    let rule = given.text("rule").trim();
    if rule.is_empty() {
        faults.push(Fault::new("rule", "", "没有选择规则", "请选择要复核的规则"));
    }
    let confirmed = given.parsed::<u64>("confirmed", "不是处数", "请填写数字，没有属实的填 0", &mut faults);
    let amount: Option<Fen> = match given.text("amount").parse() {
        Ok(amount) => Some(amount),
        Err(error) => {
            let error: xingjian_kernel::money::ParseError = error;
            faults.push(error.fault("amount", given.text("amount")));
            None
        }
    };
    let reason = VerdictReason::from_code(given.text("reason"));
    if reason.is_none() {
        faults.push(Fault::new("reason", "", "没有选择复核结论", "请选择一项"));
    }
    let text = given.text("text").trim();
    if text.is_empty() {
        faults.push(Fault::new("text", "", "没有填写复核情况", "请写明核对了什么、依据是什么"));
    }
    let (Some(confirmed), Some(amount), Some(reason), true) = (confirmed, amount, reason, faults.is_empty()) else {
        return Err(faults.into());
    };
    Ok(Judgement { rule: rule.to_owned(), confirmed, amount, reason, text: text.to_owned() })
}

fn filing(given: &Given, discovered: LocalDate) -> Result<Filing, Failure> {
    let mut faults = vec![];
    let began = given.date("began", &mut faults);
    let ended = match given.text("ended").trim() {
        "" => None,
        _ => given.date("ended", &mut faults),
    };
    if let (Some(began), Some(ended)) = (began, ended)
        && ended < began
    {
        faults.push(Fault::new("ended", given.text("ended"), "早于开始之日", "请核对两个日期"));
    }
    let violation = given.text("violation").trim();
    if violation.is_empty() {
        faults.push(Fault::new("violation", "", "没有选择案由", "请从案由库中选择"));
    }
    let summary = given.text("summary").trim();
    if summary.is_empty() {
        faults.push(Fault::new("summary", "", "没有填写案情摘要", "请写明时间、地点和违法事实"));
    }
    let handlers = given.all("handlers").iter().filter_map(|handler| handler.parse().ok()).collect();
    let (Some(began), true) = (began, faults.is_empty()) else { return Err(faults.into()) };
    let act = Deed { began, ended, discovered, harmed_health: false };
    Ok(Filing { violation: violation.to_owned(), act, summary: summary.to_owned(), handlers })
}

/// The forms of the open actions.
pub fn of(web: &Web, caller: &Caller, signal: &Stored<Signal>, officers: &[Candidate]) -> Vec<ActionForm> {
    let form =
        |name: &str, label: &str| ActionForm::new(name, label, format!("{PATH}/{}/{name}", signal.id), signal.version);
    let open = signal.open_actions(&caller.ctx.actor);
    let forms = open.into_iter().filter_map(|action| match (action, signal.claims.as_deref()) {
        ("dismiss", _) => {
            let reason = Field::new("reason", "不作检查的理由", Kind::Area);
            Some(form(action, "不作检查，说明理由").secondary().field(reason))
        }
        ("inspect", claims) => {
            let form = inspect(web, signal, officers, form(action, "转现场检查"));
            Some(if claims.is_some() { form.secondary() } else { form })
        }
        ("ask", Some(claims)) => Some(ask(form(action, "请机构说明"), claims)),
        ("judge", Some(claims)) => Some(judge(form(action, "复核一条规则的命中"), signal, claims)),
        ("settle", Some(_)) => Some(settle(form(action, "协议处理办结"))),
        ("file", Some(claims)) => Some(file(web, signal, claims, officers, form(action, "提请立案"))),
        _ => None,
    });
    forms.collect()
}

fn inspect(web: &Web, signal: &Signal, officers: &[Candidate], form: ActionForm) -> ActionForm {
    let today = web.app.clock.today();
    let people = officers
        .iter()
        .filter(|c| c.blocked.is_none())
        .map(|c| (c.standing.officer.officer.to_string(), c.standing.officer.name.clone()))
        .collect();
    let blocked: Vec<String> = officers
        .iter()
        .filter_map(|c| c.blocked.as_ref().map(|why| format!("{}：{why}", c.standing.officer.name)))
        .collect();
    let hint = if blocked.is_empty() {
        "行政处罚法第42条：不少于两名持证执法人员。".to_owned()
    } else {
        format!("行政处罚法第42条：不少于两名持证执法人员。不可选：{}", blocked.join("；"))
    };
    form.field(Field::new("planned", "检查日期", Kind::Date).value(today.to_string()))
        .field(Field::new("officers", "检查人员", Kind::Checks(people)).hint(hint))
        .field(Field::new("items", "检查事项", Kind::Checks(items(web, &signal.cause))))
        .field(
            Field::new("exceed_reason", "超过年度频次上限的理由", Kind::Text)
                .optional()
                .hint("投诉举报、转办交办和数据监测线索引起的检查不受频次上限限制（国办发〔2024〕54号）。"),
        )
        .consequence("拟定后由机关负责人批准并编制检查通知书；批准前不得进入现场。")
}

/// Inspection items, those first whose violations are about the cause.
fn items(web: &Web, cause: &str) -> Vec<(String, String)> {
    let (policy, today) = (&web.app.policy, web.app.clock.today());
    let about = |id: &String| policy.violation(id, today).is_some_and(|v| v.topics.iter().any(|topic| topic == cause));
    let (first, rest): (Vec<_>, Vec<_>) =
        policy.inspection_items(today).into_iter().partition(|item| item.violations.iter().any(about));
    first.into_iter().chain(rest).map(|i| (i.id.clone(), format!("{}（{}）", i.name, i.specialty))).collect()
}

fn ask(form: ActionForm, claims: &Claims) -> ActionForm {
    let sum = claims.sum();
    let names: std::collections::BTreeSet<&str> = claims.groups.iter().map(|group| group.name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let text = format!(
        "贵单位{}发生的医保费用，经筛查命中{}处，涉及{}元（{}）。请逐条核对病历、医嘱和收费记录，说明情况；确属不合规的，一并说明整改和退回意见。",
        claims.month,
        sum.hits,
        sum.amount,
        names.join("、")
    );
    form.field(Field::new("text", "请机构说明的内容", Kind::Area).value(text))
        .consequence("机构自此可以看到命中和本机构的明细，并在期限内说明。期满不说明的，可以直接复核。")
}

fn judge(form: ActionForm, signal: &Signal, claims: &Claims) -> ActionForm {
    let waiting: Vec<_> = claims.groups.iter().filter(|group| group.verdict.is_none()).collect();
    let option = |group: &&xingjian_sense::claims::Group| {
        let sum = group.sum;
        (group.rule.clone(), format!("{}：{}（{}处，{}元）", group.name, group.title, sum.hits, sum.amount))
    };
    let rules = waiting.iter().map(option).collect();
    let reasons = VerdictReason::ALL.map(|reason| (reason.code().to_owned(), reason.label().to_owned())).to_vec();
    let mut rule = Field::new("rule", "规则", Kind::Select(rules));
    if let [only] = waiting.as_slice() {
        rule = rule.value(only.rule.clone());
    }
    let form = if signal.state.name() == "open" || signal.state.name() == "asked" { form.secondary() } else { form };
    form.field(rule)
        .field(Field::new("confirmed", "属实的处数", Kind::Text).hint("没有属实的填 0。"))
        .field(Field::new("amount", "属实的金额（元）", Kind::Money).hint("没有属实的填 0。"))
        .field(Field::new("reason", "复核结论", Kind::Select(reasons)).hint("有不属实的，选择不属实的原因。"))
        .field(Field::new("text", "复核情况", Kind::Area).hint("写明核对了什么、依据是什么。机构可以看到。"))
        .consequence("结论计入规则的复核属实率。全部规则复核完毕后，有属实的转入处理，均不属实的线索办结。")
}

fn settle(form: ActionForm) -> ActionForm {
    form.field(
        Field::new("result", "处理结果", Kind::Area).hint("写明依据的协议条款、退回的金额和期限。机构可以看到。"),
    )
    .consequence("按医保服务协议处理后线索办结，不能再立案或者检查；涉嫌违法的，请提请立案。")
}

fn file(web: &Web, signal: &Signal, claims: &Claims, officers: &[Candidate], form: ActionForm) -> ActionForm {
    let today = web.app.clock.today();
    let entries = web.app.policy.violations(today);
    let about = entries.into_iter().filter(|entry| entry.topics.iter().any(|topic| topic == TOPIC));
    let violations = about.map(|entry| (entry.id.clone(), format!("{} {}", entry.id, entry.name))).collect();
    let (people, rule) = choices::officers(officers, &[]);
    let first: Option<LocalDate> = format!("{}-01", claims.month.as_str()).parse().ok();
    let began = Field::new("began", "违法行为开始之日", Kind::Date);
    let ended = Field::new("ended", "违法行为终了之日", Kind::Date)
        .optional()
        .hint("有连续或者继续状态的填写，期限从终了之日起算（行政处罚法第36条）。");
    let (began, ended) = match first {
        Some(first) => (began.value(first.to_string()), ended.value(first.last_of_month().to_string())),
        None => (began, ended),
    };
    form.secondary()
        .field(Field::new("violation", "案由", Kind::Select(violations)).hint("列医保基金方面的案由。"))
        .field(began)
        .field(ended)
        .field(Field::new("summary", "案情摘要", Kind::Area).value(summary(signal, claims)))
        .field(Field::new("handlers", "承办人", Kind::Checks(people)).hint(rule))
        .consequence(format!(
            "提请后由机关负责人决定是否立案（行政处罚法第54条）。发现日期按线索生成之日{}。",
            chinese(signal.opened_at.local_date())
        ))
}

/// What stands, in words.
fn summary(signal: &Signal, claims: &Claims) -> String {
    let stands = claims.confirmed();
    let parts: Vec<String> = claims
        .groups
        .iter()
        .filter_map(|group| {
            let verdict = group.verdict.as_ref().filter(|verdict| verdict.confirmed > 0)?;
            Some(format!("{}（{}）{}处、{}元", group.name, group.title, verdict.confirmed, verdict.amount))
        })
        .collect();
    format!(
        "{}{}发生的医保费用，经筛查和复核，属实{}处，涉及{}元：{}。",
        signal.subject_name,
        claims.month,
        stands.hits,
        stands.amount,
        parts.join("；")
    )
}
