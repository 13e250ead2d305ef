//! What somebody does with the own account.

use super::session::clock;
use super::tries::{self, Bucket};
use super::{Account, password, session};
use xingjian_kernel::{Fault, Refusal, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// Replaces the own password and ends every session but the one of `token`. A wrong old password counts like one at
/// signing in.
pub async fn change_password(ctx: &Ctx, token: &str, old: &str, new: &str) -> Result<(), Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    let login = records::must::<Account>(&ctx.seeing_all(), id).await?.value.login;
    let fault = if new == old {
        Some(Fault::new("密码", "", "与原密码相同", "请另设一个密码"))
    } else {
        password::fault(new, &login)
    };
    if let Some(fault) = fault {
        return Err(Fault { place: "新密码".into(), ..fault }.into());
    }
    let seen = proven(ctx, old, "原密码").await?;
    let hash = password::hash_apart(&*ctx.app.rng, new).await;
    let mut tx = ctx.begin().await?;
    let stored = unchanged_in(&mut tx, ctx, &seen).await?;
    let account = Account { password: hash, handed_out: false, ..stored.value };
    let event = Event::new("account.password_changed", "本人修改密码，其他登录全部失效");
    records::save(&mut tx, &ctx.seeing_all(), &account, stored.version, event).await?;
    session::end_others_in(&mut tx, ctx, id, token).await?;
    tx.commit().await?;
    Ok(())
}

/// The own account, after its password was given once more in the field `place`. A wrong one counts like one at signing in.
pub(super) async fn proven(ctx: &Ctx, given: &str, place: &str) -> Result<Stored<Account>, Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    // One's own account, which the scope of an institution's user does not show.
    let all = ctx.seeing_all();
    let seen = records::must::<Account>(&all, id).await?;
    let bucket = [Bucket::own(ctx, id)];
    if let Some(until) = tries::paused(ctx.app.db.reader(), ctx, &bucket).await? {
        return Err(paused(until).into());
    }
    let right = password::check_apart(given, Some(&seen.password)).await;
    let mut tx = ctx.begin().await?;
    tries::take_in(&mut tx, &bucket).await?;
    // Others may have tried meanwhile.
    if let Some(until) = tries::paused(&tx, ctx, &bucket).await? {
        return Err(paused(until).into());
    }
    if right {
        tries::empty_in(&mut tx, &bucket[0]).await?;
        tx.commit().await?;
        return Ok(seen);
    }
    let until = tries::count_in(&mut tx, ctx, &bucket).await?;
    let stored = unchanged_in(&mut tx, ctx, &seen).await?;
    let event = Event::new("account.refused", format!("办理本人账号事项时{place}不正确"));
    records::save(&mut tx, &all, &stored.value, stored.version, event).await?;
    tx.commit().await?;
    Err(match until {
        Some(until) => paused(until).into(),
        None => Fault::new(place, "", format!("{place}不正确"), "请重新填写；忘记密码的，请系统管理员重置").into(),
    })
}

/// The own account inside a transaction, if its password is still the one that was proven.
pub(super) async fn unchanged_in(tx: &mut Tx, ctx: &Ctx, seen: &Account) -> Result<Stored<Account>, Failure> {
    let stored = records::must_in::<Account>(tx, &ctx.seeing_all(), seen.id).await?;
    if stored.password == seen.password { Ok(stored) } else { Err(Failure::Conflict) }
}

fn paused(until: Timestamp) -> Refusal {
    let message = "密码多次不正确，为防止他人猜测，暂不受理";
    Refusal::new("paused", message, format!("请在 {} 以后再试", clock(until)))
}
