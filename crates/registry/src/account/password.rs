//! Password hashes: argon2id with the parameters of the crate's default (19 MiB, 2 passes), salt from the passed-in source.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use xingjian_kernel::{Fault, Rng};

/// Characters that a password has at least.
const SHORTEST: usize = 10;

/// What is wrong with a password.
pub fn fault(password: &str) -> Option<Fault> {
    let short = password.chars().count() < SHORTEST;
    short.then(|| Fault::new("密码", "", format!("少于{SHORTEST}个字符"), format!("请使用{SHORTEST}个以上字符")))
}

/// The PHC string of a password.
pub fn hash(rng: &dyn Rng, password: &str) -> String {
    let mut salt = [0u8; 16];
    rng.fill(&mut salt);
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("the default parameters and a salt of 16 bytes are valid")
        .to_string()
}

/// Whether the password gives this hash.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
