use crate::app::Web;
use crate::desk::task::Sight;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_inspect::task::{Outcome, State};

/// The visit: begun, recorded, signed, submitted.
pub fn fill(web: &Web, form: ActionForm, it: &Sight) -> ActionForm {
    match form.name.as_str() {
        "begin" => begin(form, it),
        "record" => record(form, it),
        "sign" => {
            form.consequence("以本人登录签名，视为已核对记录。签名后需要更正的，须退回修改并重新签名，原签名留存。")
        }
        "sign_party" => party(form, it),
        _ => submit(web, form, it),
    }
}

fn device_at() -> Field {
    let hint = "离线记录、事后补录时填写设备当时显示的时间，例如 2026-11-21 09:30。以服务器时间为准，两个时间都保留。";
    Field::new("device_at", "设备时间", Kind::Text).optional().hint(hint)
}

fn begin(form: ActionForm, it: &Sight) -> ActionForm {
    let shown: Vec<String> = it.task.officers.iter().map(|o| format!("{} {}", o.name, o.certificate)).collect();
    let shown = vec![("yes".to_owned(), format!("已向当事人主动出示执法证件：{}", shown.join("，")))];
    form.field(
        Field::new("certificates", "执法证件", Kind::Checks(shown)).hint("行政处罚法第55条：应当主动出示执法证件。"),
    )
    .field(Field::new("place", "检查地点", Kind::Text).value(&it.place))
    .field(device_at())
    .consequence("当事人有权拒绝未出示证件的检查。开始后逐项填写检查表。")
}

fn record(form: ActionForm, it: &Sight) -> ActionForm {
    let answers = it.task.state.answers();
    let open: Vec<&str> = it
        .task
        .items
        .iter()
        .filter(|item| answers.is_none_or(|a| !a.contains_key(&item.id)))
        .map(|item| item.name.as_str())
        .collect();
    let left = if open.is_empty() {
        "检查表已全部填写。".to_owned()
    } else {
        format!(
            "检查表还有{}项没有填写：{}。无法联系、关闭停业、拒绝检查或者未开展业务的，未填项目按检查结果自动记入。",
            open.len(),
            open.join("、")
        )
    };
    let outcomes = Outcome::ALL.map(|o| (o.code().to_owned(), o.label().to_owned())).to_vec();
    form.field(Field::new("outcome", "检查结果", Kind::Radio(outcomes)).hint(left))
        .field(
            Field::new("statement", "检查情况", Kind::Area)
                .hint("写查见的事实：时间、地点、人员、经过。不写定性和处理意见。"),
        )
        .field(device_at())
        .consequence("形成记录后交被检查人核对，由被检查人和全体监督员签名（行政处罚法第55条）。")
}

fn party(form: ActionForm, it: &Sight) -> ActionForm {
    let nobody = it.task.state.sheet().is_some_and(|sheet| sheet.record.outcome.nobody_met());
    let mut ways = vec![("signed".to_owned(), "签名确认".to_owned()), ("refused".into(), "拒绝签名".into())];
    if nobody {
        ways.push(("absent".into(), "无人在场".into()));
    }
    let posts = ["法定代表人", "主要负责人", "现场负责人", "其他工作人员"].map(|p| (p.to_owned(), p.to_owned()));
    let mut form = form
        .field(Field::new("party", "签名情况", Kind::Radio(ways)))
        .field(Field::new("name", "签名人", Kind::Text).hint("签名确认的填写。"))
        .field(Field::new("post", "签名人职务", Kind::Select(posts.to_vec())).hint("签名确认的填写。"))
        .field(
            Field::new("opinion", "被检查人意见", Kind::Area)
                .optional()
                .hint("被检查人对记录的意见，照原话写；没有意见的留空。"),
        )
        .field(Field::new("refusal", "拒绝签名的理由", Kind::Text).hint("拒绝签名的填写；不说明理由的写“未说明”。"))
        .field(Field::new("witness", "见证人", Kind::Text).hint("拒绝签名的填写；没有见证人的写明录音录像情况。"));
    if nobody {
        form = form.field(Field::new("absence", "联系情况", Kind::Text).hint("无人在场的填写：何时以何种方式联系过。"));
    }
    form.consequence("当事人拒绝签名或者不在场的，在记录中注明情况，不影响检查结果的提交。")
}

fn submit(web: &Web, form: ActionForm, it: &Sight) -> ActionForm {
    let violated = it.task.violated().len();
    let refused = matches!(&it.task.state, State::Signed { sheet, .. } if sheet.record.outcome == Outcome::Refused);
    let mut text = match violated {
        0 => "提交后检查任务办结，不能再修改。".to_owned(),
        n => {
            let due = web.app.policy.deadline("rectification", web.app.clock.today());
            let due = due.map(|d| format!("，没有写明期限的于 {} 前改正", d.due)).unwrap_or_default();
            format!("提交后不能再修改；{n}个问题开具责令改正通知书送机构办理{due}（行政处罚法第28条）。")
        }
    };
    if refused {
        text.push_str("“不配合检查情节严重”计入该机构信用记录。");
    }
    form.consequence(text)
}
