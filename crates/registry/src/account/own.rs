//! What somebody does with the own account.

use super::{ATTEMPTS, Account, LOCKED_MINUTES, Tries, password, session};
use xingjian_kernel::{Fault, Refusal};
use xingjian_store::{Ctx, Event, Failure, records};

/// Replaces the own password and ends every session but the one of `token`. A wrong old password counts like one at
/// signing in.
pub async fn change_password(ctx: &Ctx, token: &str, old: &str, new: &str) -> Result<(), Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    let fault = if new == old {
        Some(Fault::new("密码", "", "与原密码相同", "请另设一个密码"))
    } else {
        password::fault(new)
    };
    if let Some(fault) = fault {
        return Err(Fault { place: "新密码".into(), ..fault }.into());
    }
    // One's own account, which the scope of an institution's user does not show.
    let all = ctx.seeing_all();
    let seen = records::must::<Account>(&all, id).await?.value;
    if seen.locked(ctx.now()).is_some() {
        return Err(locked().into());
    }
    let right = password::check_apart(old, Some(&seen.password)).await;
    let hash = if right { Some(password::hash_apart(&*ctx.app.rng, new).await) } else { None };
    let mut tx = ctx.begin().await?;
    let stored = records::must_in::<Account>(&mut tx, &all, id).await?;
    if stored.password != seen.password || stored.locked(ctx.now()).is_some() {
        return Err(Failure::Conflict);
    }
    let Some(hash) = hash else {
        let account = Account { tries: stored.tries.one_more(ctx.now()), ..stored.value };
        let event = Event::new("account.refused", "修改密码时原密码不正确");
        records::save(&mut tx, &all, &account, stored.version, event).await?;
        tx.commit().await?;
        return Err(match account.locked(ctx.now()) {
            Some(_) => locked().into(),
            None => Fault::new("原密码", "", "原密码不正确", "请重新填写；忘记密码的，请系统管理员重置").into(),
        });
    };
    let account = Account { password: hash, tries: Tries::default(), ..stored.value };
    let event = Event::new("account.password_changed", "本人修改密码，其他登录全部失效");
    records::save(&mut tx, &all, &account, stored.version, event).await?;
    session::end_others_in(&mut tx, ctx, id, token).await?;
    tx.commit().await?;
    Ok(())
}

fn locked() -> Refusal {
    let message = format!("密码连续{ATTEMPTS}次不正确，账号已锁定");
    Refusal::new("locked", message, format!("请{LOCKED_MINUTES}分钟后再试，或者请系统管理员解除锁定并重置密码"))
}
