//! Password hashes: argon2id with the parameters of the crate's default (19 MiB, 2 passes), salt from the passed-in source.
//! Slow on purpose: they are worked out on threads of their own, and never inside a transaction that writes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use xingjian_kernel::{Fault, Rng};

/// Characters that a password has at least.
const SHORTEST: usize = 10;
/// Characters that it has at most: nobody types more, and the hash reads all of them.
const LONGEST: usize = 256;
/// Passwords that are tried first, in small letters.
const COMMON: &str = include_str!("common_passwords.txt");
/// A password that is one block again and again is as short as that block.
const BLOCK: usize = 4;

/// Hashes worked out at the same time: each takes 19 MiB, and anybody may ask for one by trying to sign in.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What is wrong with a password of the account with this login: its length, or that it is among those that are tried
/// first. Which kinds of characters it has is nobody's business (NIST SP 800-63B 3.1.1.2).
pub fn fault(password: &str, login: &str) -> Option<Fault> {
    let fault = |reason: String, mend: &str| Some(Fault::new("密码", "", reason, mend));
    match password.chars().count() {
        short if short < SHORTEST => {
            return fault(format!("少于{SHORTEST}个字符"), "请使用 10 个以上字符，几个不相干的词连起来就很好");
        }
        long if long > LONGEST => return fault(format!("超过{LONGEST}个字符"), "请缩短"),
        _ => {}
    }
    if common(password, login) {
        return fault("是常见的、有规律的或者由登录名组成的密码，会最先被猜到".into(), "请换成几个不相干的词连起来");
    }
    None
}

/// Whether a password is among those that are tried first: the list, runs, repetitions, and little more than the login or
/// the name of the program.
fn common(password: &str, login: &str) -> bool {
    let password = password.to_lowercase();
    if COMMON.lines().any(|line| line == password) {
        return true;
    }
    let letters: Vec<char> = password.chars().collect();
    let run = |step: i32| letters.windows(2).all(|pair| pair[1] as i32 - pair[0] as i32 == step);
    let repeated = (1..=BLOCK).any(|block| (block..letters.len()).all(|at| letters[at] == letters[at - block]));
    let known = [login.to_lowercase(), "xingjian".to_owned(), "杏鉴".to_owned()];
    let mut rest = password.clone();
    for word in known.iter().filter(|word| word.chars().count() > 1) {
        rest = rest.replace(word.as_str(), "");
    }
    let little = rest.len() < password.len() && rest.chars().count() <= SHORTEST / 2;
    run(1) || run(-1) || repeated || little
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused_and_nothing_else() {
        for refused in [
            "1234567890",
            "0987654321",
            "abcdefghijkl",
            "aaaaaaaaaa",
            "1212121212",
            "abcdabcdabcd",
            "Password123",
            "QWERTYUIOP",
            "woaini1314520",
            "jiandu1-2026",
            "Xingjian2026",
            "杏鉴杏鉴杏鉴123",
        ] {
            assert!(fault(refused, "jiandu1").is_some(), "{refused}");
        }
        for taken in [
            "correct horse",
            "yanshi-2026",
            "今天下午开会讨论预算",
            "jiandu1 walks to school",
            "0123456789x",
            "..........!",
        ] {
            assert!(fault(taken, "jiandu1").is_none(), "{taken}: no rule about its characters");
        }
        assert!(fault("短", "").is_some() && fault(&"长短".repeat(129), "").is_some());
    }

    #[test]
    fn the_list_is_of_passwords_that_are_long_enough_to_matter() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() > 100);
        for line in &lines {
            assert!(line.chars().count() >= SHORTEST && *line == line.to_lowercase(), "{line}");
            assert_eq!(lines.iter().filter(|other| other == &line).count(), 1, "{line}");
        }
    }
}
