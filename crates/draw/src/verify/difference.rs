use crate::DrawId;
use crate::seed::SeedError;
use crate::team::Shortage;
use xingjian_kernel::Fault;

/// The first thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// What was published is not what comes out.
    #[error("{place}：公布的是“{published}”，重新计算得到“{computed}”。公开文件或者日志被改动过，不能采信")]
    Value {
        /// Where.
        place: String,
        /// What was published.
        published: String,
        /// What comes out.
        computed: String,
    },
    /// The log lacks a step.
    #[error("日志中没有抽查“{draw}”的{step}。请取得完整的日志；确实没有的，这次抽查没有按程序进行")]
    Missing {
        /// The draw.
        draw: DrawId,
        /// The step.
        step: &'static str,
    },
    /// The log has a step twice.
    #[error("日志中抽查“{draw}”的{step}不止一次。同一次抽查不得重做，不能采信")]
    Twice {
        /// The draw.
        draw: DrawId,
        /// The step.
        step: &'static str,
    },
    /// A step stands before the one it rests on.
    #[error("抽查“{draw}”的{step}没有在前一步之后。抽查没有按程序进行，不能采信")]
    Order {
        /// The draw.
        draw: DrawId,
        /// The step.
        step: &'static str,
    },
    /// The draw was stopped and has no result.
    #[error("抽查“{0}”已经终止，不应有结果")]
    Stopped(DrawId),
    /// Another draw of the same task does not name this one.
    #[error("任务“{task}”先后有抽查“{earlier}”和“{later}”，后者没有说明与前者的关系。可能是重复抽取、挑选结果")]
    Unlinked {
        /// The task.
        task: String,
        /// The earlier draw.
        earlier: DrawId,
        /// The later one.
        later: DrawId,
    },
    /// Given out before the day until which it was sealed.
    #[error("名单的公开早于封存日期。请核对日志")]
    Early,
    /// What was fixed could not be drawn from lawfully.
    #[error("方案或者名录不合规定：{0}")]
    Unlawful(Fault),
    /// The seed does not hold.
    #[error("种子不成立：{0}")]
    Seed(#[from] SeedError),
    /// The teams cannot be formed.
    #[error("按公布的名录和种子，{0}")]
    Shortage(#[from] Shortage),
    /// A later document is not what the rules allow.
    #[error("{place}：{reason}")]
    After {
        /// The document.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}
