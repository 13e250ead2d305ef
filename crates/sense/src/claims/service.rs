//! Use cases of signals from screening: ask the institution, take its answer, review, settle, file a case; and decide about a rule.

use super::rule::{Act, ClaimsRule};
use super::{Asked, Hit, Parcel, Reply, Verdict, VerdictReason};
use crate::signal::{Action, Signal, State};
use serde_json::json;
use std::collections::BTreeMap;
use xingjian_enforce::case::service::{self as cases, NewCase};
use xingjian_enforce::case::{Act as Deed, Origin};
use xingjian_kernel::id::{CaseId, ClaimsRuleId, OfficerId, SignalId};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Fault, Fen, Permission, Refusal, SubjectRef};
use xingjian_store::{Ctx, Error, Event, Failure, Filter, Stored, Tx, blobs, records};

/// Longest text that is taken, in characters.
pub const MAX_TEXT: usize = 4000;

/// Reads the evidence of a parcel. Whoever calls this has read the record that carries it.
pub async fn evidence(ctx: &Ctx, parcel: &Parcel) -> Result<Vec<Hit>, Failure> {
    let bytes = blobs::get(ctx, &parcel.hash).await?;
    serde_json::from_slice(&bytes)
        .map_err(|source| Error::Unreadable { table: "blob", id: parcel.hash.clone(), source }.into())
}

/// Asks the institution about its hits.
pub async fn ask(ctx: &Ctx, id: SignalId, seen: i64, text: &str) -> Result<Stored<Signal>, Failure> {
    let text = text_of("text", text)?;
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let asked = ask_in(&mut tx, ctx, signal, seen, text).await?;
    tx.commit().await?;
    Ok(asked)
}

async fn ask_in(tx: &mut Tx, ctx: &Ctx, signal: Signal, seen: i64, text: String) -> Result<Stored<Signal>, Failure> {
    let due = ctx.deadline("claims_reply", ctx.today())?;
    let asked = Asked { text, by: ctx.actor.name.clone(), on: ctx.today(), due };
    let signal = signal.apply(Action::Ask(asked), &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let sum = signal.claims.as_ref().map(|claims| claims.sum()).unwrap_or_default();
    let event = Event::new(
        "signal.asked",
        format!("请机构就{}处规则命中（{}元）于{}前说明", sum.hits, sum.amount, chinese(due.due)),
    );
    let version = records::save(tx, ctx, &signal, seen, event).await?;
    Ok(Stored { version, value: signal })
}

/// Asks an institution about every signal from screening that still waits; how many.
pub async fn ask_all(ctx: &Ctx, subject: SubjectRef, text: &str) -> Result<usize, Failure> {
    let text = text_of("text", text)?;
    let mut tx = ctx.begin().await?;
    let filter = Filter { states: vec!["open".into()], subject: Some(subject), ..Filter::default() };
    let mut count = 0;
    for stored in records::all_in::<Signal>(&mut tx, ctx, &filter).await? {
        if stored.claims.is_some() && stored.open_actions(&ctx.actor).contains(&"ask") {
            ask_in(&mut tx, ctx, stored.value, stored.version, text.clone()).await?;
            count += 1;
        }
    }
    if count == 0 {
        return Err(Refusal::new("nothing", "没有待请机构说明的线索", "请查看各线索的最新状态").into());
    }
    tx.commit().await?;
    Ok(count)
}

/// Takes the institution's answer, about one rule or about all.
pub async fn reply(
    ctx: &Ctx,
    id: SignalId,
    seen: i64,
    rule: Option<String>,
    text: &str,
) -> Result<Stored<Signal>, Failure> {
    ctx.may(Permission::AnswerAsUnit)?;
    let text = text_of("text", text)?;
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let about = match (&rule, &signal.claims) {
        (Some(rule), Some(claims)) => claims.group(rule).map(|group| format!("“{}”", group.name)),
        _ => None,
    };
    let reply = Reply { rule, text, by: ctx.actor.name.clone(), at: ctx.now() };
    let due = ctx.deadline("signal_handle", ctx.today())?;
    let signal = signal.apply(Action::Reply { reply, due }, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let event = Event::new("signal.replied", format!("机构已就{}说明情况", about.as_deref().unwrap_or("全部命中")));
    let version = records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: signal })
}

/// What a person found about the hits of one rule.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule.
    pub rule: String,
    /// Hits that stand.
    pub confirmed: u64,
    /// Amount that stands.
    pub amount: Fen,
    /// Why, where not all stand.
    pub reason: VerdictReason,
    /// In words.
    pub text: String,
}

/// Reviews the hits of one rule; what was found goes back to the rule as its precision.
pub async fn judge(ctx: &Ctx, id: SignalId, seen: i64, judgement: Judgement) -> Result<Stored<Signal>, Failure> {
    let Judgement { rule, confirmed, amount, reason, text } = judgement;
    let text = text_of("text", &text)?;
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let before = signal.claims.as_ref().and_then(|claims| claims.group(&rule)?.verdict.clone());
    let verdict = Verdict {
        confirmed,
        of: 0,
        amount,
        reason,
        text,
        by: ctx.actor.name.clone(),
        on: ctx.today(),
        outdated: false,
    };
    let due = ctx.deadline("signal_handle", ctx.today())?;
    let action = Action::Judge { rule: rule.clone(), verdict, due };
    let signal = signal.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let group = signal.claims.as_ref().and_then(|claims| claims.group(&rule));
    let (group, now) = group.and_then(|group| Some((group, group.verdict.as_ref()?))).ok_or(Failure::Conflict)?;
    count_in(&mut tx, ctx, &rule, before.as_ref(), Some(now)).await?;
    let what = match &signal.state {
        State::Confirmed { .. } => "，全部复核完毕，转入处理",
        State::Dismissed { .. } => "，全部复核完毕，均不属实",
        _ => "",
    };
    let event = Event::new(
        "signal.judged",
        format!("复核“{}”：{}处中{}处属实（{}元）{what}", group.name, now.of, now.confirmed, now.amount),
    );
    let version = records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: signal })
}

/// Carries a verdict to its rule, in place of the one before.
pub(crate) async fn count_in(
    tx: &mut Tx,
    ctx: &Ctx,
    rule: &str,
    before: Option<&Verdict>,
    now: Option<&Verdict>,
) -> Result<(), Failure> {
    let Some(stored) = records::by_number_in::<ClaimsRule>(tx, &ctx.seeing_all(), rule).await? else { return Ok(()) };
    let mut kept = stored.value;
    let counts = |verdict: Option<&Verdict>| verdict.map_or((0, 0), |verdict| (verdict.of, verdict.confirmed));
    let (old, new) = (counts(before), counts(now));
    kept.reviewed = (kept.reviewed + new.0).saturating_sub(old.0);
    kept.confirmed = (kept.confirmed + new.1).saturating_sub(old.1);
    let event =
        Event::new("claims_rule.reviewed", format!("人工复核{}处命中，其中{}处属实", kept.reviewed, kept.confirmed));
    records::save(tx, &ctx.seeing_all(), &kept, stored.version, event).await?;
    Ok(())
}

/// Ends a confirmed signal under the agreement with the institution (协议处理, 退回基金).
pub async fn settle(ctx: &Ctx, id: SignalId, seen: i64, result: &str) -> Result<Stored<Signal>, Failure> {
    let result = text_of("result", result)?;
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let event = Event::new("signal.settled", format!("协议处理办结：{result}"));
    let signal = signal.apply(Action::Settle { result }, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let version = records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: signal })
}

/// What the filing report of a case says beside what the signal knows.
#[derive(Clone, Debug)]
pub struct Filing {
    /// Violation of the policy pack.
    pub violation: String,
    /// When the act was done and found.
    pub act: Deed,
    /// The case in short.
    pub summary: String,
    /// Two officers or more.
    pub handlers: Vec<OfficerId>,
}

/// Proposes a case on what stands (提请立案); the head decides whether it is filed.
pub async fn file_case(ctx: &Ctx, id: SignalId, seen: i64, filing: Filing) -> Result<CaseId, Failure> {
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let new = NewCase {
        subject: signal.subject,
        violation: filing.violation,
        act: filing.act,
        summary: filing.summary,
        origin: Origin { signal: Some(id.to_string()), ..Origin::default() },
        handlers: filing.handlers,
        recused: BTreeMap::new(),
    };
    let case = cases::propose_in(&mut tx, ctx, new).await?;
    let signal = signal.apply(Action::File { case }, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let event = Event::new("signal.filed", "已提请立案").data(json!({"case": case}));
    records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(case)
}

/// Decides how far a rule is trusted here; it holds from the next run.
pub async fn decide_rule(
    ctx: &Ctx,
    id: ClaimsRuleId,
    seen: i64,
    act: Act,
    reason: &str,
) -> Result<Stored<ClaimsRule>, Failure> {
    ctx.may(Permission::HandleSignal)?;
    let reason = text_of("reason", reason)?;
    let mut tx = ctx.begin().await?;
    let rule = records::must_in::<ClaimsRule>(&mut tx, ctx, id).await?.value;
    let rule = rule.apply(act, &reason, &ctx.actor, ctx.today())?;
    let event = Event::new("claims_rule.decided", format!("{}，理由：{reason}。自下次筛查起执行", act.label()));
    let version = records::save(&mut tx, ctx, &rule, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: rule })
}

/// What the bureau decided about rules, by rule; screening runs by it.
pub async fn decided_states(ctx: &Ctx) -> Result<BTreeMap<String, super::rule::State>, Failure> {
    let rules = records::all::<ClaimsRule>(ctx, &Filter::default()).await?;
    Ok(rules.iter().filter_map(|rule| Some((rule.rule.clone(), rule.decided.as_ref()?.state))).collect())
}

fn text_of(field: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let count = text.chars().count();
    if text.is_empty() {
        return Err(Fault::new(field, "", "没有填写", "请写明内容").into());
    }
    if count > MAX_TEXT {
        return Err(Fault::new(field, text, format!("有{count}个字，超过{MAX_TEXT}个字"), "请缩短").into());
    }
    if text.contains('\0') {
        return Err(Fault::new(field, text, "含有不能保存的控制字符 U+0000", "请删除该字符后再提交").into());
    }
    Ok(text.to_owned())
}
