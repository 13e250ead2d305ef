use super::{Kind, Member, Policy, Quorum};
use crate::key::{Algorithm, KeyError, VerifierKey};
use crate::text;
use std::fmt;
use std::str::FromStr;

/// The largest file that is read, in bytes.
const MAX_POLICY_BYTES: usize = 256 * 1024;
/// The name that stands for no witnesses at all.
const NONE: &str = "none";

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Over 256 KiB.
    #[error("文件过长")]
    TooLong,
    /// Not UTF-8, or a control character other than tab and newline. The text of C2SP would let other encodings pass.
    #[error("有控制字符，或者不是UTF-8编码")]
    Characters,
    /// The last line has no newline.
    #[error("末行没有换行，文件可能不完整")]
    CutOff,
    /// Not `log`, `witness`, `group` or `quorum` with what belongs to it.
    #[error("写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称")]
    Form,
    /// The key is none.
    #[error("密钥有误：{0}")]
    Key(KeyError),
    /// The public key is there already.
    #[error("同一密钥已在前面出现")]
    SameKey,
    /// The name is there already, or is `none`.
    #[error("名称“{0}”已被使用")]
    NameTaken(String),
    /// No line before this one has that name.
    #[error("前面没有名为“{0}”的见证人或分组")]
    UnknownName(String),
    /// Each name is a member once.
    #[error("“{0}”已是某个分组的成员")]
    MemberTwice(String),
    /// Not a number from 1 to the number of members.
    #[error("所需数目应在1与成员数之间")]
    Threshold,
    /// There is one quorum line.
    #[error("quorum 已在前面规定")]
    QuorumTwice,
    /// There is none.
    #[error("没有 quorum 一行；不要求见证时写 quorum none")]
    NoQuorum,
}

/// Everything that is wrong with a policy: line, counted from 1, and fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFaults(pub Vec<(usize, PolicyFault)>);

impl fmt::Display for PolicyFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|(line, fault)| format!("信任策略第{line}行：{fault}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for PolicyFaults {}

impl Policy {
    /// Reads a policy file; all its faults at once.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyFaults> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyFaults(vec![(1, PolicyFault::TooLong)]));
        }
        let mut reader = Reader::default();
        let mut faults = Vec::new();
        let mut lines = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines += 1;
            if let Err(fault) = reader.line(line) {
                faults.push((lines, fault));
            }
        }
        if !reader.has_quorum {
            faults.push((lines.max(1), PolicyFault::NoQuorum));
        }
        match reader.quorum {
            Some(quorum) if faults.is_empty() => {
                let (logs, log_urls) = reader.logs.into_iter().unzip();
                Ok(Self { logs, log_urls, members: reader.members, quorum })
            }
            _ => Err(PolicyFaults(faults)),
        }
    }
}

impl FromStr for Policy {
    type Err = PolicyFaults;
    fn from_str(text: &str) -> Result<Self, PolicyFaults> {
        Self::parse(text.as_bytes())
    }
}

#[derive(Default)]
struct Reader {
    logs: Vec<(VerifierKey, Option<String>)>,
    members: Vec<Member>,
    /// Members that are in a group.
    placed: Vec<bool>,
    /// Whether there was a line, right or wrong.
    has_quorum: bool,
    quorum: Option<Quorum>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), PolicyFault> {
        let text = std::str::from_utf8(line).map_err(|_| PolicyFault::Characters)?;
        let text = text.strip_suffix('\n').ok_or(PolicyFault::CutOff)?;
        if text.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
            return Err(PolicyFault::Characters);
        }
        let words: Vec<&str> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, threshold, members @ ..] if !members.is_empty() => self.group(name, threshold, members),
            ["quorum", name] => self.set_quorum(name),
            _ => Err(PolicyFault::Form),
        }
    }

    fn log(&mut self, key: &str, url: Option<&&str>) -> Result<(), PolicyFault> {
        let key: VerifierKey = key.parse().map_err(PolicyFault::Key)?;
        if key.algorithm() == Algorithm::CosignatureV1 {
            return Err(PolicyFault::Key(KeyError::Use));
        }
        if self.logs.iter().any(|(other, _)| other.same_public_key(&key)) {
            return Err(PolicyFault::SameKey);
        }
        self.logs.push((key, url.map(|url| (*url).to_owned())));
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&&str>) -> Result<(), PolicyFault> {
        let key: VerifierKey = key.parse().map_err(PolicyFault::Key)?;
        if key.algorithm() != Algorithm::CosignatureV1 {
            return Err(PolicyFault::Key(KeyError::Use));
        }
        let same =
            |member: &Member| matches!(&member.kind, Kind::Witness { key: other, .. } if other.same_public_key(&key));
        if self.members.iter().any(same) {
            return Err(PolicyFault::SameKey);
        }
        self.add(name, Kind::Witness { key: Box::new(key), url: url.map(|url| (*url).to_owned()) })
    }

    fn group(&mut self, name: &str, threshold: &str, names: &[&str]) -> Result<(), PolicyFault> {
        let threshold = match threshold {
            "all" => names.len(),
            "any" => 1,
            number => {
                let number = text::decimal(number).and_then(|number| usize::try_from(number).ok());
                number.filter(|number| (1..=names.len()).contains(number)).ok_or(PolicyFault::Threshold)?
            }
        };
        let mut members = Vec::new();
        for member in names {
            let place = self.place(member)?;
            if self.placed[place] || members.contains(&place) {
                return Err(PolicyFault::MemberTwice((*member).to_owned()));
            }
            members.push(place);
        }
        self.add(name, Kind::Group { threshold, members: members.clone() })?;
        for place in members {
            self.placed[place] = true;
        }
        Ok(())
    }

    fn set_quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if std::mem::replace(&mut self.has_quorum, true) {
            return Err(PolicyFault::QuorumTwice);
        }
        self.quorum = Some(if name == NONE { Quorum::None } else { Quorum::Member(self.place(name)?) });
        Ok(())
    }

    fn add(&mut self, name: &str, kind: Kind) -> Result<(), PolicyFault> {
        if name == NONE || self.place(name).is_ok() {
            return Err(PolicyFault::NameTaken(name.to_owned()));
        }
        self.members.push(Member { name: name.to_owned(), kind });
        self.placed.push(false);
        Ok(())
    }

    fn place(&self, name: &str) -> Result<usize, PolicyFault> {
        let place = self.members.iter().position(|member| member.name == name);
        place.ok_or_else(|| PolicyFault::UnknownName(name.to_owned()))
    }
}
