//! Which sources a draw will take its seed from, named before any of them has spoken.

use crate::drand::Chain;
use crate::{Digest, digest::filled};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::{DepartmentId, Fault, Timestamp};

/// Fewest digits of a ceremony: twenty throws of a ten-sided die cannot be guessed or tried out.
pub const FEWEST_DIGITS: u16 = 20;

/// Numbers drawn in public, thrown or picked and read aloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceremony {
    /// Where it takes place.
    pub place: String,
    /// When it begins.
    pub at: Timestamp,
    /// How many decimal digits are drawn.
    pub digits: u16,
}

/// A result that others publish and nobody here can choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lottery {
    /// Which lottery or exchange.
    pub name: String,
    /// Which issue or trading day, and which of its numbers.
    pub issue: String,
    /// When the result comes into being.
    pub at: Timestamp,
}

/// A future round of drand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The chain, by the name in [`crate::drand::CHAINS`].
    pub chain: String,
    /// The round.
    pub round: u64,
}

/// Random numbers that departments have committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealPlan {
    /// Until when all must be revealed.
    pub due: Timestamp,
    /// What each department committed to.
    pub commitments: BTreeMap<DepartmentId, Digest>,
}

/// The sources of a seed. Their order in the seed is the order here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePlan {
    /// A public ceremony.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceremony: Option<Ceremony>,
    /// A lottery or exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lottery: Option<Lottery>,
    /// A round of drand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drand: Option<Round>,
    /// What departments add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reveals: Option<RevealPlan>,
}

impl SourcePlan {
    /// When each public source speaks.
    pub(super) fn public(&self) -> [(&'static str, Option<Timestamp>); 3] {
        let round = self.drand.as_ref().and_then(|round| Chain::named(&round.chain)?.at(round.round));
        [
            ("公开仪式", self.ceremony.as_ref().map(|ceremony| ceremony.at)),
            ("彩票或交易所结果", self.lottery.as_ref().map(|lottery| lottery.at)),
            ("drand随机信标", round),
        ]
    }

    /// When the first public source speaks; from then on the draw can no longer be stopped for a missing reveal.
    pub fn first(&self) -> Option<Timestamp> {
        self.public().into_iter().filter_map(|(_, at)| at).min()
    }

    /// When the last public source has spoken.
    pub fn complete(&self) -> Option<Timestamp> {
        self.public().into_iter().filter_map(|(_, at)| at).max()
    }

    /// Everything that keeps this plan from giving a seed that nobody could choose, if it is frozen at `frozen`.
    pub fn faults(&self, frozen: Timestamp) -> Vec<Fault> {
        let mut faults = vec![];
        if let Some(ceremony) = &self.ceremony {
            filled(&mut faults, "公开仪式地点", &ceremony.place, "请填写仪式举行的地点");
            if ceremony.digits < FEWEST_DIGITS {
                let reason = format!("少于{FEWEST_DIGITS}位的数字可以被逐一试算");
                faults.push(Fault::new("公开仪式数字位数", &ceremony.digits.to_string(), reason, "请增加抽取的位数"));
            }
        }
        if let Some(lottery) = &self.lottery {
            filled(&mut faults, "彩票或交易所名称", &lottery.name, "请填写公众查得到的名称");
            filled(&mut faults, "彩票或交易所期号", &lottery.issue, "请填写期号或交易日，以及采用哪些数字");
        }
        if let Some(Round { chain, round }) = &self.drand
            && Chain::named(chain).and_then(|chain| chain.at(*round)).is_none()
        {
            let value = format!("{chain}/{round}");
            faults.push(Fault::new("drand轮次", &value, "没有这样的链或轮次", "请选用quicknet或default链，轮次从1起"));
        }
        for (name, at) in self.public() {
            if at.is_some_and(|at| at <= frozen) {
                let value = at.map(|at| at.to_string()).unwrap_or_default();
                let reason = format!("在名录封存时间{frozen}之前已经产生，结果可以被事先挑选");
                faults.push(Fault::new(format!("{name}产生时间"), &value, reason, "请改用封存之后才产生的来源"));
            }
        }
        if self.ceremony.is_none() && self.lottery.is_none() && self.drand.is_none() {
            let reason = "没有任何公开来源：部门自己的随机数不能单独使用";
            faults.push(Fault::new("种子来源", "", reason, "请至少约定公开仪式、彩票或交易所、drand之一"));
        }
        self.reveal_faults(frozen, &mut faults);
        faults
    }

    fn reveal_faults(&self, frozen: Timestamp, faults: &mut Vec<Fault>) {
        let Some(RevealPlan { due, commitments }) = &self.reveals else { return };
        if commitments.is_empty() {
            faults.push(Fault::new("部门承诺", "", "没有任何部门提交承诺", "请录入各部门的承诺，或者去掉这一来源"));
        }
        for department in commitments.keys() {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if !department.as_str().chars().all(allowed) {
                let reason = "部门编号进入种子文本，只能由字母、数字和 . _ - 组成";
                faults.push(Fault::new("部门承诺", department.as_str(), reason, "请使用政策包中的部门编号"));
            }
        }
        if *due <= frozen || self.first().is_some_and(|first| *due >= first) {
            let reason = "须晚于名录封存、早于任何公开来源产生，否则最后公开的部门可以挑选结果";
            faults.push(Fault::new("部门随机数公开期限", &due.to_string(), reason, "请调整公开期限"));
        }
    }
}
