//! From a form to a step of a draw.

use crate::errors::at_fields;
use crate::form::Given;
use crate::guard::Caller;
use xingjian_draw::drand::Pulse;
use xingjian_draw::seed::Reveal;
use xingjian_inspect::draw::service::{self, Why};
use xingjian_inspect::draw::{Entered, Entry};
use xingjian_kernel::Fault;
use xingjian_kernel::id::DrawingId;
use xingjian_store::Failure;

/// What the room calls a field, and its name in the forms.
const FIELDS: &[(&str, &str)] =
    &[("放弃理由", "reason"), ("查阅事由", "reason"), ("公开仪式数字", "digits"), ("彩票或交易所结果", "numbers")];

/// Takes the step; the sentence says what was done.
pub async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: DrawingId = id.parse().map_err(|_| Failure::NotFound)?;
    let done = step(caller, id, action, given).await;
    done.map_err(|failure| at_fields(failure, FIELDS))
}

async fn step(caller: &Caller, id: DrawingId, action: &str, given: &Given) -> Result<String, Failure> {
    let (ctx, seen) = (&caller.ctx, given.seen());
    let text = |name: &str| given.text(name).trim().to_owned();
    let done = match action {
        "commit" => {
            let mut faults = vec![];
            let mend = "请粘贴 64 位小写十六进制数";
            let digest = given.parsed("commitment", "不是承诺的哈希值", mend, &mut faults);
            let Some(digest) = digest else { return Err(faults.into()) };
            service::commit(ctx, id, digest).await?;
            "承诺已提交".to_owned()
        }
        "freeze" => {
            service::fix(ctx, id, seen).await?;
            "名录已封存，哈希值已经公布".to_owned()
        }
        "drop" => {
            service::drop_prepared(ctx, id, seen, &text("reason")).await?;
            "已放弃".to_owned()
        }
        "open_reasons" => {
            service::open_reasons(ctx, id, seen, &text("reason")).await?;
            "已记录查阅，回避理由列在下方".to_owned()
        }
        "stop" => {
            let why = match given.text("why") {
                "reveal" => Why::Reveal,
                "withdrawn" => Why::Withdrawn(text("reason")),
                "source" => Why::SourceFailed(text("reason")),
                _ => return Err(Fault::new("why", "", "没有选择终止的原因", "请选择一项").into()),
            };
            service::stop(ctx, id, seen, why).await?;
            "抽查已终止，原因已经公布".to_owned()
        }
        "draw" => {
            service::run(ctx, id, seen).await?;
            "已按种子计算，结果的哈希值已经公布".to_owned()
        }
        "release" => {
            service::release(ctx, id, seen).await?;
            "名单和核验文件已经公开".to_owned()
        }
        "approve-tasks" => approved(&service::approve_tasks(ctx, id).await?),
        other => {
            let entry = entry(other, given, ctx.now())?;
            told(&service::enter(ctx, id, entry).await?)
        }
    };
    Ok(done)
}

fn told(entered: &Entered) -> String {
    match entered {
        Entered::Waiting => "已录入，等待其余录入".to_owned(),
        Entered::Differed(rejected) => {
            format!("“{}”两次录入不一致，均未采用，请两个部门对照公开记录重新录入", rejected.source)
        }
        Entered::Complete(_) => "种子已产生，可以抽取".to_owned(),
    }
}

fn approved(done: &service::Approved) -> String {
    if done.left.is_empty() {
        return format!("已批准{}项检查任务", done.count);
    }
    let first: Vec<String> = done.left.iter().take(3).map(|(name, why)| format!("{name}：{why}")).collect();
    format!("已批准{}项；{}项没有批准，须逐项办理：{}", done.count, done.left.len(), first.join("；"))
}

fn entry(action: &str, given: &Given, now: xingjian_kernel::Timestamp) -> Result<Entry, Failure> {
    let mut faults = vec![];
    let entry = match action {
        "enter-ceremony" => Some(Entry::Ceremony(given.text("digits").split_whitespace().collect())),
        "enter-lottery" => Some(Entry::Lottery(given.text("numbers").to_owned())),
        "enter-drand" => {
            let typed = given.text("pulse").trim();
            let pulse = serde_json::from_str::<Pulse>(typed).ok();
            if pulse.is_none() {
                let mend = "请原样粘贴含 round、randomness、signature 的 JSON 文本";
                faults.push(Fault::new("pulse", typed, "不是 drand 的一轮", mend));
            }
            pulse.map(|pulse| Entry::Drand(Box::new(pulse)))
        }
        "enter-reveal" => {
            let mend = "请粘贴生成承诺时保存的 64 位小写十六进制数";
            let value = given.parsed("value", "不是随机数", mend, &mut faults);
            let salt = given.parsed("salt", "不是盐值", mend, &mut faults);
            value.zip(salt).map(|(value, salt)| Entry::Reveal(Box::new(Reveal { value, salt, at: now })))
        }
        _ => return Err(Failure::NotFound),
    };
    entry.ok_or_else(|| faults.into())
}
