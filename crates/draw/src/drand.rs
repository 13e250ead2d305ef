//! Rounds of the public beacon drand, checked offline: a round is a BLS signature under a known public key, so nobody
//! could choose its randomness and anybody can check it without asking a server.

use crate::Digest;
use blst::BLST_ERROR;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use xingjian_kernel::Timestamp;

/// How a chain signs: on which group, over what, under which domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `pedersen-bls-chained`: signatures on G2 over the previous signature and the round.
    Chained,
    /// `pedersen-bls-unchained`: signatures on G2 over the round.
    Unchained,
    /// `bls-unchained-on-g1`: signatures on G1 over the round, under the domain of G2.
    OnG1,
    /// `bls-unchained-g1-rfc9380`: signatures on G1 over the round.
    Rfc9380,
}

const G1: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const G2: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/// A chain of rounds and the key that signs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The name a plan uses.
    pub name: &'static str,
    /// Hash by which the chain is known everywhere.
    pub hash: &'static str,
    /// How it signs.
    pub scheme: Scheme,
    /// Public key, hexadecimal.
    pub key: &'static str,
    /// Second since 1970 at which round 1 was due.
    pub genesis: i64,
    /// Seconds from round to round.
    pub period: i64,
}

/// The chains that a plan can name: those of the League of Entropy.
pub const CHAINS: &[Chain] = &[
    Chain {
        name: "quicknet",
        hash: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
        scheme: Scheme::Rfc9380,
        key: "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
        genesis: 1_692_803_367,
        period: 3,
    },
    Chain {
        name: "default",
        hash: "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
        scheme: Scheme::Chained,
        key: "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
        genesis: 1_595_431_050,
        period: 30,
    },
];

impl Chain {
    /// A chain by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CHAINS.iter().find(|chain| chain.name == name)
    }

    /// The first round that is due at a moment or after it.
    pub fn round_from(&self, at: Timestamp) -> u64 {
        let seconds = at.micros().div_euclid(1_000_000) + i64::from(at.micros().rem_euclid(1_000_000) > 0);
        let since = (seconds - self.genesis).max(0);
        let rounds = since.div_euclid(self.period) + i64::from(since.rem_euclid(self.period) > 0);
        u64::try_from(rounds + 1).unwrap_or(1)
    }

    /// When a round is due; rounds count from 1.
    pub fn at(&self, round: u64) -> Option<Timestamp> {
        let passed = i64::try_from(round.checked_sub(1)?).ok()?.checked_mul(self.period)?;
        self.genesis.checked_add(passed)?.checked_mul(1_000_000).map(Timestamp::from_micros)
    }
}

/// What the beacon gave out for a round, as it was typed or imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// Number of the round.
    pub round: u64,
    /// The signature, hexadecimal.
    pub signature: String,
    /// The signature before it, hexadecimal; only chained chains have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_signature: Option<String>,
}

/// Why a round is not what the beacon gave out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PulseError {
    /// Not a point of the curve, or not hexadecimal.
    #[error("drand第{round}轮的{what}“{value}”无法解析。请从公布页面原样复制十六进制文本")]
    Unreadable {
        /// The round.
        round: u64,
        /// Which text.
        what: &'static str,
        /// The text as given.
        value: String,
    },
    /// A chained chain without, or an unchained one with, a previous signature.
    #[error("drand第{round}轮{}前一轮签名。请核对所选的链", if *.needed { "缺少" } else { "不应带有" })]
    Previous {
        /// The round.
        round: u64,
        /// Whether the chain needs one.
        needed: bool,
    },
    /// The signature is not that of the chain over this round.
    #[error("drand第{round}轮的签名“{signature}”不是该链对这一轮的签名。请核对轮次和签名，不得使用无法验证的数值")]
    Forged {
        /// The round.
        round: u64,
        /// The signature as given.
        signature: String,
    },
}

impl Pulse {
    /// The randomness of the round, `SHA-256(signature)`, if the chain signed it.
    pub fn verify(&self, chain: &Chain) -> Result<Digest, PulseError> {
        let round = self.round;
        let bytes = |what, text: &str| {
            hex::decode(text).map_err(|_| PulseError::Unreadable { round, what, value: text.to_owned() })
        };
        let signature = bytes("签名", &self.signature)?;
        let mut message = Sha256::new();
        match (chain.scheme, &self.previous_signature) {
            (Scheme::Chained, Some(previous)) => message.update(bytes("前一轮签名", previous)?),
            (Scheme::Chained, None) => return Err(PulseError::Previous { round, needed: true }),
            (_, Some(_)) => return Err(PulseError::Previous { round, needed: false }),
            (_, None) => {}
        }
        let message = message.chain_update(round.to_be_bytes()).finalize();
        let key = bytes("公钥", chain.key)?;
        let unreadable = || PulseError::Unreadable { round, what: "签名", value: self.signature.clone() };
        match check(chain.scheme, &key, &message, &signature).ok_or_else(unreadable)? {
            BLST_ERROR::BLST_SUCCESS => Ok(Digest(Sha256::digest(&signature).into())),
            _ => Err(PulseError::Forged { round, signature: self.signature.clone() }),
        }
    }
}

/// None where key or signature is no point; both are checked to lie in their groups.
fn check(scheme: Scheme, key: &[u8], message: &[u8], signature: &[u8]) -> Option<BLST_ERROR> {
    match scheme {
        Scheme::Chained | Scheme::Unchained => {
            let key = blst::min_pk::PublicKey::key_validate(key).ok()?;
            let signature = blst::min_pk::Signature::uncompress(signature).ok()?;
            Some(signature.verify(true, message, G2, &[], &key, false))
        }
        Scheme::OnG1 | Scheme::Rfc9380 => {
            let domain = if scheme == Scheme::OnG1 { G2 } else { G1 };
            let key = blst::min_sig::PublicKey::key_validate(key).ok()?;
            let signature = blst::min_sig::Signature::uncompress(signature).ok()?;
            Some(signature.verify(true, message, domain, &[], &key, false))
        }
    }
}
