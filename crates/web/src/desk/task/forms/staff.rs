use crate::desk::task::{Sight, choices};
use crate::ui::{ActionForm, Field, Kind};
use xingjian_kernel::id::OfficerId;

/// Recusal and replacement: declared by an officer, decided by the head.
pub fn fill(form: ActionForm, it: &Sight) -> ActionForm {
    let present = it.task.officer_ids();
    let (people, rule) = choices::officers(&it.candidates, &present);
    let replacement = Field::new("replacement", "接替人", Kind::Select(people));
    match form.name.as_str() {
        "declare_recusal" => declare(form, it),
        "decide_recusal" => {
            let yes_or_no = vec![("yes".to_owned(), "准予回避".to_owned()), ("no".into(), "驳回申请，继续检查".into())];
            let open = open_recusals(it);
            let first = open.first().map(|(value, _)| value.clone()).unwrap_or_default();
            form.field(Field::new("officer", "回避申请", Kind::Radio(open)).value(first))
                .field(Field::new("granted", "决定", Kind::Radio(yes_or_no)))
                .field(Field::new("reason", "决定理由", Kind::Area))
                .field(replacement.optional().hint(format!("准予回避后不足两人的必须选择。{rule}")))
                .consequence("监督员的回避由机关负责人决定（行政处罚法第43条）；决定及理由写入任务并留痕。")
        }
        _ => {
            let leaving = it.task.officers.iter().map(|o| (o.officer.to_string(), o.name.clone())).collect();
            form.secondary()
                .field(Field::new("officer", "更换哪一位", Kind::Radio(leaving)))
                .field(replacement.hint(rule))
                .field(Field::new("reason", "更换理由", Kind::Area))
                .consequence("更换后由接替人承担本次检查，原监督员不得再签名；更换情况写入任务并留痕。")
        }
    }
}

fn declare(form: ActionForm, it: &Sight) -> ActionForm {
    let others = it.task.officers.iter().map(|o| (o.officer.to_string(), format!("被检查人申请{}回避", o.name)));
    let options = [("self".to_owned(), "本人申请回避".to_owned())].into_iter().chain(others).collect();
    form.secondary()
        .field(Field::new("officer", "由谁申请", Kind::Radio(options)).value("self"))
        .field(
            Field::new("ground", "回避理由", Kind::Area)
                .hint("与案件有直接利害关系，或者有其他关系可能影响公正执法的，应当回避（行政处罚法第43条）。"),
        )
        .consequence("由机关负责人决定。决定作出之前不停止检查，但不能形成检查记录。")
}

/// Grounds that wait for the head, one an officer.
fn open_recusals(it: &Sight) -> Vec<(String, String)> {
    let mut seen: Vec<OfficerId> = vec![];
    let mut options = vec![];
    let open = it.task.recusals.iter().filter(|r| r.decision.is_none() && it.task.officer(r.officer).is_some());
    for recusal in open {
        if !seen.contains(&recusal.officer) {
            seen.push(recusal.officer);
            let who = if recusal.by_party { "被检查人申请" } else { "本人申请" };
            options.push((recusal.officer.to_string(), format!("{}（{who}）：{}", recusal.name, recusal.ground)));
        }
    }
    options
}
