//! Whom a verifier trusts (c2sp.org/tlog-policy): logs, witnesses, and how many of these must have seen a checkpoint.

mod read;
mod write;

pub use read::{PolicyFault, PolicyFaults};

use crate::checkpoint::SignedCheckpoint;
use crate::key::VerifierKey;
use crate::note::{SignatureError, Verified};

/// A policy as read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    log_urls: Vec<Option<String>>,
    /// Witnesses and groups in the order of the file, so that a member always stands before its group.
    members: Vec<Member>,
    quorum: Quorum,
}

/// What must have witnessed a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quorum {
    None,
    /// The member at this place.
    Member(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    name: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Witness {
        key: Box<VerifierKey>,
        url: Option<String>,
    },
    /// At least `threshold` of the members at these places.
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

/// Why a policy does not accept a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No log of the policy has this name.
    #[error("信任策略中没有名为“{origin}”的日志")]
    UnknownLog {
        /// As in the checkpoint.
        origin: String,
    },
    /// Not signed by the log.
    #[error("检查点没有日志的有效签名")]
    Log(#[source] SignatureError),
    /// A line says it is the cosignature of a known witness and is not.
    #[error("检查点上的见证签名有误")]
    Witness(#[source] SignatureError),
    /// Too few witnesses.
    #[error("见证不足：至少还差{lacking}个，尚无{}的见证", .missing.join("、"))]
    Quorum {
        /// The fewest further cosignatures that would do.
        lacking: usize,
        /// Witnesses that count for the quorum and did not cosign, by their names in the policy.
        missing: Vec<String>,
    },
}

/// A checkpoint that the policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<'p> {
    /// Keys of the log that signed it.
    pub log: Vec<&'p VerifierKey>,
    /// Witnesses that cosigned it, by their names in the policy, with the time each named in POSIX seconds.
    pub witnesses: Vec<(&'p str, u64)>,
}

impl Policy {
    /// The keys of the logs, with their addresses if the file has them.
    pub fn logs(&self) -> impl Iterator<Item = (&VerifierKey, Option<&str>)> {
        self.logs.iter().zip(&self.log_urls).map(|(key, url)| (key, url.as_deref()))
    }

    /// Names, keys and addresses of the witnesses.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &VerifierKey, Option<&str>)> {
        self.members.iter().filter_map(|member| match &member.kind {
            Kind::Witness { key, url } => Some((member.name.as_str(), &**key, url.as_deref())),
            Kind::Group { .. } => None,
        })
    }

    /// Whether the checkpoint is signed by the log it names and cosigned by enough witnesses.
    pub fn check(&self, checkpoint: &SignedCheckpoint) -> Result<Accepted<'_>, Rejected> {
        let origin = checkpoint.checkpoint().origin();
        let keys = || self.logs.iter().filter(|key| key.name() == origin);
        if keys().next().is_none() {
            return Err(Rejected::UnknownLog { origin: origin.to_owned() });
        }
        let signed = checkpoint.verify(keys()).map_err(Rejected::Log)?;
        let log = signed.into_iter().map(|verified| verified.key).collect();
        Ok(Accepted { log, witnesses: self.witnessed(checkpoint)? })
    }

    fn witnessed(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<(&str, u64)>, Rejected> {
        let mut witnesses = Vec::new();
        // Of each member, the fewest cosignatures that it still lacks.
        let mut lacking: Vec<usize> = Vec::new();
        for member in &self.members {
            lacking.push(match &member.kind {
                Kind::Witness { key, .. } => match checkpoint.verify([&**key]) {
                    Ok(verified) => {
                        witnesses.extend(
                            verified.iter().filter_map(Verified::time).map(|time| (member.name.as_str(), time)),
                        );
                        0
                    }
                    Err(SignatureError::NoTrustedSignature) => 1,
                    Err(invalid) => return Err(Rejected::Witness(invalid)),
                },
                Kind::Group { threshold, members } => {
                    let mut each: Vec<usize> = members.iter().map(|place| lacking[*place]).collect();
                    each.sort_unstable();
                    each[..*threshold].iter().sum()
                }
            });
        }
        match self.quorum {
            Quorum::Member(quorum) if lacking[quorum] > 0 => {
                let seen = |name: &str| witnesses.iter().any(|(witness, _)| *witness == name);
                let missing = self.below(quorum).filter(|name| !seen(name)).map(str::to_owned).collect();
                Err(Rejected::Quorum { lacking: lacking[quorum], missing })
            }
            _ => Ok(witnesses),
        }
    }

    /// The witnesses of a member, in the order of the file.
    fn below(&self, top: usize) -> impl Iterator<Item = &str> {
        let mut counts = vec![false; self.members.len()];
        counts[top] = true;
        for place in (0..=top).rev() {
            if let (true, Kind::Group { members, .. }) = (counts[place], &self.members[place].kind) {
                for member in members {
                    counts[*member] = true;
                }
            }
        }
        let members = self.members.iter().zip(counts);
        members.filter_map(|(member, counts)| match member.kind {
            Kind::Witness { .. } if counts => Some(member.name.as_str()),
            _ => None,
        })
    }
}
