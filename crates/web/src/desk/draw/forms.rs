//! What somebody can do with a draw now.

use super::{PATH, Sight};
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_inspect::draw::{State as Stage, action_label};
use xingjian_inspect::task::State as TaskState;
use xingjian_kernel::Permission;

pub fn of(web: &Web, caller: &Caller, it: &Sight) -> Vec<ActionForm> {
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", it.draw.id), it.draw.version)
    };
    let mut forms = vec![];
    for name in it.draw.open_actions(&caller.ctx.actor, web.app.clock.today()) {
        match name {
            "enter" => forms.extend(entries(web, caller, it)),
            "stop" => forms.push(stop(form(name, action_label(name)))),
            _ => forms.push(fill(name, form(name, action_label(name)), it)),
        }
    }
    forms.extend(approve_tasks(caller, it, form("approve-tasks", "批准全部检查任务")));
    forms
}

fn fill(name: &str, form: ActionForm, it: &Sight) -> ActionForm {
    match name {
        "commit" => {
            let hint = "在本部门自己的电脑上生成随机数和承诺，保存随机数和盐值，这里只提交承诺（64位十六进制数）。命令：xingjian draw commit --reveal";
            form.secondary()
                .field(Field::new("commitment", "承诺", Kind::Text).hint(hint))
                .consequence("封存以后不能更改；到期不公开或者与承诺不符的，抽查终止并公布是哪个部门。")
        }
        "freeze" => form.consequence(
            "按此刻的登记信息固定检查对象和检查人员名录，公布其哈希值。此后名录、比例、规则和种子来源都不能再改。",
        ),
        "drop" => form
            .secondary()
            .field(Field::new("reason", "放弃理由", Kind::Area))
            .consequence("名录尚未封存，放弃不影响以后抽查。"),
        "draw" => form.consequence(
            "按公布的方法由种子算出检查对象和检查人员，逐个生成检查任务。谁来按、何时按，结果都一样；检查组确实无法组成的，抽查终止并公布原因。",
        ),
        "open_reasons" => {
            let field = Field::new("reason", "查阅事由", Kind::Area).hint("如核查某名检查人员应回避未回避的反映。");
            form.secondary().field(field).consequence("查阅记入办理经过；理由和盐值只显示给查阅人，可与公布的承诺核对。")
        }
        "release" => form.consequence("公开名单、种子和核验文件，任何人都可以重新计算。"),
        _ => {
            debug_assert!(false, "{name} of {} has no form", it.draw.name);
            form
        }
    }
}

fn stop(form: ActionForm) -> ActionForm {
    let why = [
        ("reveal", "有部门没有按时公开随机数，或者与承诺不符"),
        ("withdrawn", "任何来源产生之前撤回"),
        ("source", "约定的来源不会再产生结果"),
    ];
    form.secondary()
        .field(Field::new("why", "终止的原因", Kind::Radio(why.map(|(v, l)| (v.to_owned(), l.to_owned())).to_vec())))
        .field(Field::new("reason", "说明", Kind::Area).optional().hint("撤回和来源失效须写明，一并公布。"))
        .consequence("终止以后不能恢复；另行组织的抽查须写明依据这一次。")
}

/// A form for each source that this person's department has not entered yet.
fn entries(web: &Web, caller: &Caller, it: &Sight) -> Vec<ActionForm> {
    let Stage::Frozen { frozen, entries } = &it.draw.state else { return vec![] };
    let open = entries.open_to(&frozen.document.sources, &caller.ctx.actor.department, web.app.clock.now());
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", it.draw.id), it.draw.version)
    };
    let twice = "两个部门的人各自对照公开记录录入，互相看不到；一致才采用，不一致的全部作废重录。";
    open.into_iter()
        .map(|source| match source {
            "公开仪式" => {
                let digits = frozen.document.sources.ceremony.as_ref().map_or(0, |ceremony| ceremony.digits);
                let hint = format!("按宣读顺序录入{digits}位数字，可以分组空开。");
                form("enter-ceremony", "录入公开仪式数字")
                    .field(Field::new("digits", "数字", Kind::Text).hint(hint))
                    .consequence(twice)
            }
            "彩票或交易所结果" => form("enter-lottery", "录入彩票或者交易所结果")
                .field(Field::new("numbers", "数字", Kind::Text).hint("按方案写明的顺序，数字之间空一格。"))
                .consequence(twice),
            "drand随机信标" => form("enter-drand", "录入 drand 随机信标")
                .field(
                    Field::new("pulse", "该轮的 JSON 文本", Kind::Area)
                        .hint("从任何一个 drand 节点取得；签名离线核验，伪造的不会被接受。"),
                )
                .consequence(twice),
            _ => form("enter-reveal", "公开部门随机数")
                .field(Field::new("value", "随机数", Kind::Text))
                .field(Field::new("salt", "盐值", Kind::Text))
                .consequence("与封存前提交的承诺比对，不符的不接受。"),
        })
        .collect()
}

/// The head approves all tasks of the draw at once; each gets its notice.
fn approve_tasks(caller: &Caller, it: &Sight, form: ActionForm) -> Option<ActionForm> {
    let actor = &caller.ctx.actor;
    let waiting = it.tasks.iter().filter(|task| matches!(task.state, TaskState::Proposed)).count();
    let open = waiting > 0 && actor.may(Permission::ApproveInspection) && actor.department == it.draw.department;
    open.then(|| {
        form.field(Field::new("count", "待批准", Kind::Fixed).value(format!("{waiting}项检查任务"))).consequence(
            "逐项编发检查通知书文号。达到年度频次上限、人员证件失效等不能批准的，逐项列出，另行办理（国办发〔2024〕54号）。",
        )
    })
}
