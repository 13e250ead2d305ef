use super::ConnectedSystem;
use std::sync::Arc;
use xingjian_kernel::clock::secret;
use xingjian_store::{App, Ctx, Failure, Filter, records};

/// How every key begins, so that scanners of source code find one that was left there.
pub const PREFIX: &str = "xjk_";
/// Random bytes of a key.
const BYTES: usize = 32;
/// Characters by which people tell keys apart.
const HINT: usize = PREFIX.len() + 6;

/// Why a key is not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No system has it.
    #[error("密钥不正确")]
    Unknown,
    /// The system was closed.
    #[error("该接入系统已停用")]
    Revoked,
    /// Its last day is over.
    #[error("密钥已于{0}到期")]
    Expired(xingjian_kernel::LocalDate),
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A new key, its keyed digest, and its beginning.
pub(super) fn new(ctx: &Ctx) -> (String, String, String) {
    let key = format!("{PREFIX}{}", secret(&*ctx.app.rng, BYTES));
    let digest = digest(&ctx.app, &key);
    let hint = key.chars().take(HINT).collect();
    (key, digest, hint)
}

/// A key is 256 random bits: a keyed digest is as good as a slow hash, and can be looked up.
fn digest(app: &App, key: &str) -> String {
    app.keys.digest("api-key", key)
}

/// The system that had this key before its present one, as long as both are taken.
async fn by_previous(app: &Arc<App>, key: &str, digest: &str) -> Result<Option<ConnectedSystem>, Failure> {
    let (text, today) = (key.chars().take(HINT).collect(), app.clock.today());
    let filter = Filter { text: Some(text), open: Some(true), ..Filter::default() };
    let found = records::all::<ConnectedSystem>(&Ctx::system(app), &filter).await?;
    let is_it = |system: &ConnectedSystem| system.previous(today).is_some_and(|previous| previous.key == digest);
    Ok(found.into_iter().map(|stored| stored.value).find(is_it))
}

/// The system that has this key, if it may ask today.
pub async fn by_key(app: &Arc<App>, key: &str) -> Result<ConnectedSystem, KeyError> {
    if !key.starts_with(PREFIX) || key.len() != PREFIX.len() + 2 * BYTES {
        return Err(KeyError::Unknown);
    }
    let digest = digest(app, key);
    let system = match records::by_number::<ConnectedSystem>(&Ctx::system(app), &digest).await? {
        Some(system) => system.value,
        None => by_previous(app, key, &digest).await?.ok_or(KeyError::Unknown)?,
    };
    if system.revoked.is_some() {
        return Err(KeyError::Revoked);
    }
    if !system.is_open(app.clock.today()) {
        return Err(KeyError::Expired(system.valid_until));
    }
    Ok(system)
}
