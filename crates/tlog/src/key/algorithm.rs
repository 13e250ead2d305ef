use super::{KeyError, Signed};
use crate::note::cosigned_message;
use ed25519_dalek::{Signature, VerifyingKey};
use sm2::dsa;
use sm2::dsa::signature::Verifier;
use sm2::elliptic_curve::sec1::ToSec1Point;

/// The identifier of SM2 signatures after the byte `0xff`, which c2sp.org/signed-note keeps for types without a byte of
/// their own.
pub const SM2_IDENTIFIER: &[u8] = b"xingjian/sm2-sm3/v1";

/// The identity that GB/T 35275 (and GM/T 0009) uses where the signers agreed on no other.
pub(super) const SM2_IDENTITY: &str = "1234567812345678";

const ED25519: u8 = 0x01;
const COSIGNATURE_V1: u8 = 0x04;
const WITHOUT_BYTE: u8 = 0xff;

/// What a signature is made with and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the text of the note; for logs.
    Ed25519,
    /// Ed25519 over time and text of a checkpoint (c2sp.org/tlog-cosignature); for witnesses.
    CosignatureV1,
    /// SM2 with SM3 over the text of the note (GB/T 32918.2); for logs, beside Ed25519.
    Sm2,
}

impl Algorithm {
    /// The bytes that stand before the key material.
    pub(super) fn prefix(self) -> Vec<u8> {
        match self {
            Self::Ed25519 => vec![ED25519],
            Self::CosignatureV1 => vec![COSIGNATURE_V1],
            Self::Sm2 => [&[WITHOUT_BYTE], SM2_IDENTIFIER].concat(),
        }
    }

    /// Takes the prefix off.
    pub(super) fn split(encoded: &[u8]) -> Result<(Self, &[u8]), KeyError> {
        let all = [Self::Ed25519, Self::CosignatureV1, Self::Sm2];
        let mut found =
            all.into_iter().filter_map(|algorithm| Some((algorithm, encoded.strip_prefix(&*algorithm.prefix())?)));
        found.next().ok_or(KeyError::Algorithm)
    }
}

/// A public key.
#[derive(Clone)]
pub(super) enum Public {
    Ed25519(VerifyingKey),
    CosignatureV1(VerifyingKey),
    Sm2(Box<dsa::VerifyingKey>),
}

impl Public {
    pub(super) fn decode(encoded: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, material) = Algorithm::split(encoded)?;
        let ed25519 = || {
            let bytes = material.try_into().map_err(|_| KeyError::Material)?;
            VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Material)
        };
        Ok(match algorithm {
            Algorithm::Ed25519 => Self::Ed25519(ed25519()?),
            Algorithm::CosignatureV1 => Self::CosignatureV1(ed25519()?),
            Algorithm::Sm2 if material.first() == Some(&4) => {
                let key = dsa::VerifyingKey::from_sec1_bytes(SM2_IDENTITY, material);
                Self::Sm2(Box::new(key.map_err(|_| KeyError::Material)?))
            }
            Algorithm::Sm2 => return Err(KeyError::Material),
        })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::CosignatureV1(_) => Algorithm::CosignatureV1,
            Self::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// Ed25519: 32 bytes of RFC 8032. SM2: `0x04 ‖ x ‖ y`, 65 bytes.
    pub(super) fn material(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) | Self::CosignatureV1(key) => key.to_bytes().to_vec(),
            Self::Sm2(key) => key.as_affine().to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        [self.algorithm().prefix(), self.material()].concat()
    }

    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> Option<Signed> {
        match self {
            Self::Ed25519(key) => {
                let signature = Signature::from_bytes(signature.try_into().ok()?);
                key.verify_strict(text.as_bytes(), &signature).ok().map(|()| Signed::Note)
            }
            Self::CosignatureV1(key) => {
                let (time, signature) = signature.split_first_chunk()?;
                let time = u64::from_be_bytes(*time);
                let signature = Signature::from_bytes(signature.try_into().ok()?);
                key.verify_strict(cosigned_message(time, text)?.as_bytes(), &signature).ok()?;
                Some(Signed::Cosignature { time })
            }
            Self::Sm2(key) => {
                let signature = dsa::Signature::from_slice(signature).ok()?;
                key.verify(text.as_bytes(), &signature).ok().map(|()| Signed::Note)
            }
        }
    }
}
