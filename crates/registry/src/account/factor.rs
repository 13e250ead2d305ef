//! The second factor: codes of an authenticator, and recovery codes for the day it is lost. The secret is sealed, of the
//! recovery codes there are only keyed digests.

use super::totp::{self, SECRET};
use super::{Account, Session, own, session};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Fault, Rng, SignInRules, Timestamp};
use xingjian_store::sealed::SealedError;
use xingjian_store::{App, Ctx, Error, Event, Failure, Keys, Sealed, records};

/// Recovery codes that are handed out together.
pub const RECOVERY_CODES: usize = 8;
/// Letters of a recovery code: 120 bits.
const RECOVERY_LENGTH: usize = 24;

/// A second factor in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Factor {
    /// The shared secret in hexadecimal.
    secret: Sealed,
    /// In use since.
    since: Timestamp,
    /// Period of the code that was taken last.
    last: u64,
    /// Keyed digests of the recovery codes that are left.
    recovery: Vec<String>,
}

/// What a person proved to be there with.
pub(super) enum Proof {
    /// A code of the authenticator.
    Code,
    /// A recovery code; so many are left.
    Recovery(usize),
}

impl Factor {
    /// The factor after a code was taken, or `None` where it is wrong or was taken before.
    pub fn take(&self, app: &App, id: AccountId, given: &str) -> Result<Option<(Self, Proof)>, Failure> {
        let given: String = given.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let digest = recovery_digest(&app.keys, id, &given.to_uppercase());
        if let Some(at) = self.recovery.iter().position(|left| *left == digest) {
            let mut recovery = self.recovery.clone();
            recovery.remove(at);
            let proof = Proof::Recovery(recovery.len());
            return Ok(Some((Self { recovery, ..self.clone() }, proof)));
        }
        let secret = open(app, id, &self.secret).map_err(Error::from)?;
        let taken = totp::taken(&secret, &given, app.clock.real(), self.last);
        Ok(taken.map(|last| (Self { last, ..self.clone() }, Proof::Code)))
    }
}

impl Account {
    /// Since when it has a second factor, where it has one.
    pub fn second_factor_since(&self) -> Option<Timestamp> {
        self.factor.as_ref().map(|factor| factor.since)
    }

    /// Recovery codes that are left.
    pub fn recovery_codes_left(&self) -> usize {
        self.factor.as_ref().map_or(0, |factor| factor.recovery.len())
    }

    /// Whether it may do nothing before it has a second factor. Accounts made for demonstration share a password that
    /// everybody reads, and no telephone.
    pub fn owes_second_factor(&self, rules: &SignInRules) -> bool {
        self.factor.is_none() && !self.demo && self.roles.iter().any(|role| rules.second_factor.contains(role))
    }
}

/// A secret that its holder has still to prove: shown to nobody else, kept in the form and nowhere else.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Sealed for this account; comes back with the form.
    pub sealed: Sealed,
    /// The secret as it is typed into an authenticator, in groups of four.
    pub text: String,
    /// The address that an authenticator reads from a picture.
    pub uri: String,
}

/// What somebody gets who has enrolled.
#[derive(Debug)]
pub struct Enrolled {
    /// Recovery codes: shown once.
    pub recovery: Vec<String>,
    /// The session under its new token.
    pub session: Session,
}

/// A new secret for the own account, or the one of the form that came back.
pub fn prepare(ctx: &Ctx, given: Option<&str>) -> Result<Enrolment, Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    let kept = given.map(Sealed::from_text).and_then(|sealed| Some((open(&ctx.app, id, &sealed).ok()?, sealed)));
    let (secret, sealed) = kept.unwrap_or_else(|| {
        let mut secret = vec![0; SECRET];
        ctx.app.rng.fill(&mut secret);
        let sealed = ctx.app.keys.seal(&*ctx.app.rng, &factor_place(id), &hex::encode(&secret));
        (secret, sealed)
    });
    let letters = totp::base32(&secret);
    let issuer = format!("杏鉴 {}", ctx.policy().city.name);
    let uri = format!(
        "otpauth://totp/{}:{}?secret={letters}&issuer={}&algorithm=SHA1&digits=6&period=30",
        percent(&issuer),
        percent(&ctx.actor.name),
        percent(&issuer)
    );
    Ok(Enrolment { sealed, text: grouped(&letters, " "), uri })
}

/// Begins to use a second factor, or another one: the password and the first code prove that the right person holds it.
/// Other sessions end, and the own one gets another token.
pub async fn enrol(ctx: &Ctx, token: &str, password: &str, sealed: &str, code: &str) -> Result<Enrolled, Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    let sealed = Sealed::from_text(sealed);
    let stale = || Fault::new("验证码", "", "页面已经失效", "请重新打开本页，用认证器重新扫描");
    let secret = open(&ctx.app, id, &sealed).map_err(|_| stale())?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let wrong = || Fault::new("验证码", "", "与认证器显示的不一致", "请核对手机时间，填写当前显示的 6 位数字");
    let last = totp::taken(&secret, &code, ctx.app.clock.real(), 0).ok_or_else(wrong)?;
    let seen = own::proven(ctx, password, "密码").await?;
    let recovery: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(&*ctx.app.rng)).collect();
    let digests = recovery.iter().map(|code| recovery_digest(&ctx.app.keys, id, code)).collect();
    let mut tx = ctx.begin().await?;
    let stored = own::unchanged_in(&mut tx, ctx, &seen).await?;
    let again = stored.factor.is_some();
    let factor = Factor { secret: sealed, since: ctx.now(), last, recovery: digests };
    let account = Account { factor: Some(factor), ..stored.value };
    let text = if again {
        "本人更换第二因素，其他登录全部失效"
    } else {
        "本人启用第二因素，其他登录全部失效"
    };
    let event = Event::new("account.factor_enrolled", text);
    records::save(&mut tx, &ctx.seeing_all(), &account, stored.version, event).await?;
    session::end_others_in(&mut tx, ctx, id, token).await?;
    let session = session::rotate_in(&mut tx, ctx, token, account).await?;
    tx.commit().await?;
    Ok(Enrolled { recovery: recovery.iter().map(|code| grouped(code, "-")).collect(), session })
}

/// Where the secret of an account's second factor is sealed for.
pub fn factor_place(id: AccountId) -> String {
    format!("account.factor/{id}")
}

fn open(app: &App, id: AccountId, sealed: &Sealed) -> Result<Vec<u8>, SealedError> {
    hex::decode(app.keys.open(&factor_place(id), sealed)?).map_err(|_| SealedError::Shape)
}

/// Letters and digits that are not mistaken for each other.
fn recovery_code(rng: &dyn Rng) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0; RECOVERY_LENGTH];
    rng.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn recovery_digest(keys: &Keys, id: AccountId, code: &str) -> String {
    keys.digest("recovery-code", &format!("{id}/{code}"))
}

fn grouped(letters: &str, between: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => all.push(char::from(byte)),
            _ => {
                all.push('%');
                all.push_str(&hex::encode_upper([byte]));
            }
        }
        all
    })
}

#[cfg(test)]
mod tests;
