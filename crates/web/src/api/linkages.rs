//! Linkages (结果协同运用) for the departments that are asked, and for the one that asks.

use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Schema, answer, any_text, has, input, or_null, page, text};
use super::schemas::Named;
use crate::app::Web;
use serde_json::{Value, json};
use xingjian_credit::linkage::{self, Action, Linkage, State};
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::id::LinkageId;
use xingjian_kernel::time::rfc3339;
use xingjian_registry::institution::Institution;
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, records};

/// Every state of a linkage.
pub const STATES: [&str; 7] = ["pushed", "acknowledged", "effected", "objected", "withdrawn", "undoing", "lifted"];
const STATES_ABOUT: &str = "状态：pushed 已推送、待签收，acknowledged 已签收、待反馈，effected 已落实，objected 有异议、待推送部门答复，withdrawn 已撤回，undoing 不再要求、待恢复，lifted 已解除";
/// Longest text of an act.
const LONGEST: usize = 2_000;
/// An id for examples.
pub const EXAMPLE: &str = "019a0000-0000-7000-8000-000000000003";

pub fn operations() -> Vec<Operation> {
    let (read, answer) = (ApiScope::LinkagesRead, ApiScope::LinkagesAnswer);
    let act = |path, id, handler: fn(Web, Call) -> Acting, example| {
        Operation::post(path, answer, id, handler)
            .needs(Place::Path, "id", Schema::Id, ("协同事项编号", EXAMPLE))
            .problems(&[Code::Denied, Code::Conflict, Code::Refused])
            .done(200, Schema::Named("Linkage"), example)
    };
    let (done, why, undone) = (
        "已按协议扣减预付额度，2026年11月24日起执行，文号略。",
        "该机构已于2026年10月终止协议，无预付额度。",
        "已恢复预付额度，2027年6月2日起执行，文号略。",
    );
    let acknowledged = example("acknowledged", Some(("2026-12-05", "insurance")), None);
    let effected = example("effected", None, Some(done));
    let objected = example("objected", Some(("2026-12-01", "health")), Some(why));
    let lifted = example("lifted", None, Some("信用等级已恢复为B级"));
    vec![
        Operation::get("/api/v1/linkages", read, "listLinkages", list)
            .about("结果协同", "查询协同事项", "所代表部门承办的和推送的。按登记先后从新到旧。")
            .query("state", Schema::OneOf(STATES.to_vec()), ("只要这一状态的", "pushed"))
            .paged()
            .done(200, page("Linkage"), json!({ "rows": [pushed()], "next": null })),
        Operation::get("/api/v1/linkages/{id}", read, "getLinkage", get)
            .about("结果协同", "一件协同事项", "")
            .needs(Place::Path, "id", Schema::Id, ("协同事项编号", EXAMPLE))
            .done(200, Schema::Named("Linkage"), pushed()),
        act(
            "/api/v1/linkages/{id}/acknowledge",
            "acknowledgeLinkage",
            |_, call| Box::pin(acknowledge(call)),
            acknowledged,
        )
        .about(
            "结果协同",
            "签收",
            "待签收（pushed）的可以签收。签收后按职责落实，并在期限内反馈。已由本部门签收的，再次签收不作改变。",
        ),
        act("/api/v1/linkages/{id}/effect", "effectLinkage", |_, call| Box::pin(effect(call)), effected)
            .about("结果协同", "反馈落实情况", "已签收（acknowledged）的可以反馈。写明采取的措施、日期和文号。")
            .body("LinkageText", json!({ "text": done })),
        act("/api/v1/linkages/{id}/object", "objectToLinkage", |_, call| Box::pin(object(call)), objected)
            .about("结果协同", "提出异议", "待签收或者已签收的可以提出，由推送部门答复：撤回，或者维持并再次推送。")
            .body("LinkageText", json!({ "text": why })),
        act("/api/v1/linkages/{id}/undo", "undoLinkage", |_, call| Box::pin(undo(call)), lifted)
            .about("结果协同", "确认恢复", "待恢复（undoing）的可以确认。恢复已采取的措施后确认。")
            .body("LinkageText", json!({ "text": undone })),
    ]
}

type Acting = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

fn pushed() -> Value {
    example("pushed", Some(("2026-11-26", "insurance")), None)
}

/// In a state, with its next step and who has it, and what was said last.
fn example(state: &str, due: Option<(&str, &str)>, said: Option<&str>) -> Value {
    json!({
        "id": EXAMPLE, "subject": "institution:019a0000-0000-7000-8000-000000000001", "name": "演示口腔门诊部",
        "institution_id": "019a0000-0000-7000-8000-000000000001", "licence": "PDY60001844040211A1001", "credit_code": null,
        "insurance_code": null, "matter": "医保定点协议管理",
        "consequence": "下调年度预付额度", "department": "insurance", "origin": "health", "grade": "C",
        "reason": "得分720，C级", "pushed_at": "2026-11-21T09:03:07+08:00", "state": state,
        "due": due.map(|due| due.0), "due_for": due.map(|due| due.1), "said": said,
    })
}

pub fn schemas() -> Vec<Named> {
    let linkage = answer(vec![
        has("id", Schema::Id, "协同事项编号"),
        has("subject", any_text(), "对象：类别和编号"),
        has("name", any_text(), "对象的名称"),
        has("licence", or_null(any_text()), "对象是医疗机构时的登记号"),
        has("credit_code", or_null(any_text()), "对象的统一社会信用代码"),
        has("insurance_code", or_null(any_text()), "对象的定点医药机构编码"),
        has("institution_id", or_null(Schema::Id), "对象是医疗机构时的编号，可用于 /api/v1/institutions/{id}"),
        has("matter", any_text(), "事项"),
        has("consequence", any_text(), "要求采取的措施"),
        has("department", any_text(), "承办部门"),
        has("origin", any_text(), "推送部门"),
        has("grade", any_text(), "信用等级"),
        has("reason", any_text(), "等级的由来"),
        has("pushed_at", Schema::Instant, "最近一次推送的时刻"),
        has("state", Schema::OneOf(STATES.to_vec()), STATES_ABOUT),
        has("due", or_null(Schema::Date), "下一步的期限：签收、落实或者复原的，按政策包的期限自上一步起算"),
        has("due_for", or_null(any_text()), "下一步由哪个部门办理"),
        has("said", or_null(any_text()), "最近一步写明的内容：落实情况、异议、答复、理由"),
    ]);
    let said = input(vec![has("text", text(1, LONGEST), "写明的内容")]);
    vec![("Linkage", "一件协同事项", linkage), ("LinkageText", "办理时写明的内容", said)]
}

async fn shown(ctx: &Ctx, linkage: &Linkage) -> Result<Value, Failure> {
    let details = match linkage.subject {
        SubjectRef::Institution(id) => records::get::<Institution>(ctx, id).await?.map(|it| it.value.details),
        _ => None,
    };
    let institution_id = if let SubjectRef::Institution(id) = linkage.subject { Some(id) } else { None };
    let (licence, credit_code, insurance_code) =
        details.map(|it| (it.licence, it.credit_code, it.insurance_code)).unwrap_or_default();
    let said = match &linkage.state {
        State::Pushed { answer, .. } => answer.as_deref(),
        State::Acknowledged { .. } => None,
        State::Effected { effect, .. } => Some(effect.as_str()),
        State::Objected { reason, .. } | State::Withdrawn { reason, .. } => Some(reason.as_str()),
        State::Undoing { why, .. } | State::Lifted { why, .. } => Some(why.as_str()),
    };
    let due = linkage.due();
    Ok(json!({
        "id": linkage.id, "subject": linkage.subject, "name": linkage.name, "licence": licence,
        "credit_code": credit_code, "insurance_code": insurance_code, "institution_id": institution_id,
        "matter": linkage.matter, "consequence": linkage.consequence,
        "department": linkage.department, "origin": linkage.origin, "grade": linkage.grade, "reason": linkage.reason,
        "pushed_at": rfc3339(linkage.pushed_at), "state": linkage.state_name(),
        "due": due.map(|(deadline, _)| deadline.due), "due_for": due.map(|(_, department)| department), "said": said,
    }))
}

async fn list(_: Web, call: Call) -> Outcome {
    let filter = Filter {
        states: call.text("state").map(str::to_owned).into_iter().collect(),
        after: call.after()?,
        limit: call.limit(),
        order: Order::Newest,
        ..Filter::default()
    };
    let found = records::list::<Linkage>(&call.ctx, &filter).await?;
    let mut rows = vec![];
    for linkage in &found.rows {
        rows.push(shown(&call.ctx, linkage).await?);
    }
    Ok(Reply::page(&rows, found.next.as_ref()))
}

async fn get(_: Web, call: Call) -> Outcome {
    let linkage = records::must::<Linkage>(&call.ctx, call.id::<LinkageId>("id")?).await?;
    Ok(Reply::ok(shown(&call.ctx, &linkage).await?))
}

/// What was written.
fn written(call: &Call) -> String {
    call.body["text"].as_str().unwrap_or_default().trim().to_owned()
}

async fn acknowledge(call: Call) -> Outcome {
    act(call, Action::Acknowledge).await
}

async fn effect(call: Call) -> Outcome {
    let effect = written(&call);
    act(call, Action::Effect { effect }).await
}

async fn object(call: Call) -> Outcome {
    let reason = written(&call);
    act(call, Action::Object { reason }).await
}

async fn undo(call: Call) -> Outcome {
    let text = written(&call);
    act(call, Action::Undo { text }).await
}

async fn act(call: Call, action: Action) -> Outcome {
    let id: LinkageId = call.id("id")?;
    let linkage = records::must::<Linkage>(&call.ctx, id).await?;
    // The same act once more, under another key: it was done.
    let linkage = if is_done(&linkage, &action, &call) {
        linkage
    } else {
        linkage::act(&call.ctx, id, linkage.version, action).await.map_err(Problem::from)?
    };
    Ok(Reply::ok(shown(&call.ctx, &linkage).await?))
}

/// Whether this department has done exactly this already.
fn is_done(linkage: &Stored<Linkage>, action: &Action, call: &Call) -> bool {
    let department = &call.ctx.actor.department;
    match (&linkage.state, action) {
        (State::Acknowledged { by, .. }, Action::Acknowledge) => by.department == *department,
        (State::Effected { effect: done, by }, Action::Effect { effect }) => {
            by.department == *department && done == effect
        }
        (State::Objected { reason: said, by, .. }, Action::Object { reason }) => {
            by.department == *department && said == reason
        }
        (
            State::Lifted { undone: Some(undone), .. } | State::Withdrawn { undone: Some(undone), .. },
            Action::Undo { text },
        ) => undone.by.department == *department && undone.text == *text,
        _ => false,
    }
}
