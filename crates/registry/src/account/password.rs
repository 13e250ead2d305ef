//! Password hashes: argon2id with the parameters of the crate's default (19 MiB, 2 passes), salt from the passed-in source.
//! Slow on purpose: they are worked out on threads of their own, and never inside a transaction that writes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use xingjian_kernel::{Fault, Rng};

/// Characters that a password has at least.
const SHORTEST: usize = 10;

/// Hashes worked out at the same time: each takes 19 MiB, and anybody may ask for one by trying to sign in.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What is wrong with a password.
pub fn fault(password: &str) -> Option<Fault> {
    let short = password.chars().count() < SHORTEST;
    short.then(|| Fault::new("密码", "", format!("少于{SHORTEST}个字符"), format!("请使用{SHORTEST}个以上字符")))
}

/// The PHC string of a password.
pub fn hash(rng: &dyn Rng, password: &str) -> String {
    salted(salt(rng), password)
}

/// The same, worked out apart.
pub async fn hash_apart(rng: &dyn Rng, password: &str) -> String {
    let (salt, password) = (salt(rng), password.to_owned());
    apart(move || salted(salt, &password)).await
}

/// Whether the password gives this hash, worked out apart; without a hash it is wrong after the same work.
pub async fn check_apart(password: &str, hash: Option<&str>) -> bool {
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    apart(move || {
        let Some(hash) = hash else {
            salted([0; 16], &password);
            return false;
        };
        PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}

fn salt(rng: &dyn Rng) -> [u8; 16] {
    let mut salt = [0; 16];
    rng.fill(&mut salt);
    salt
}

fn salted(salt: [u8; 16], password: &str) -> String {
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("the default parameters and a salt of 16 bytes are valid")
        .to_string()
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let permit = AT_ONCE.acquire().await.expect("the semaphore is never closed");
    // The work keeps the permit: it goes on where whoever asked has gone away.
    let work = move || {
        let done = work();
        drop(permit);
        done
    };
    tokio::task::spawn_blocking(work).await.expect("a hash does not panic, and nobody aborts it")
}
