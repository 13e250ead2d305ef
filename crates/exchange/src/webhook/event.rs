use crate::system::ApiScope;
use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal, $scope:ident, $data:literal;)+) => {
        /// What a system can be told of: a closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EventKind { $($(#[$doc])* #[serde(rename = $code)] $name,)+ }

        impl EventKind {
            /// Every one, in declared order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
            /// Stable name.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)+ } }
            /// On screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$name => $label,)+ } }
            /// The scope by which what happened can be read, without which it is not told.
            pub const fn scope(self) -> ApiScope { match self { $(Self::$name => ApiScope::$scope,)+ } }
            /// What its data say.
            pub const fn data(self) -> &'static str { match self { $(Self::$name => $data,)+ } }
            /// What can be subscribed to: everything but what is only sent when it is asked for.
            pub fn subscribed() -> impl Iterator<Item = Self> {
                Self::ALL.iter().copied().filter(|event| *event != Self::WebhookTest)
            }
            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.code() == code) }
        }
    };
}

events! {
    /// A complaint that the system handed in was answered or declined.
    ComplaintDecided = "complaint.decided", "本系统提交的投诉举报已办结或者不予受理", Complaints,
        "number 登记号，state 是 closed 或 declined；答复凭查询码读取";
    /// A signal that the system handed in has ended.
    SignalDecided = "signal.decided", "本系统推送的线索已办结或者不作检查", Signals,
        "reference 对方的编号，state，href 读取的地址";
    /// A decision or a result was published.
    PublicationPublished = "publication.published", "新的公示", Published, "id，href 读取的地址";
    /// A publication was withdrawn.
    PublicationWithdrawn = "publication.withdrawn", "公示已撤回", Published, "id，href 读取的地址";
    /// A linkage was pushed, also again.
    LinkagePushed = "linkage.pushed", "结果协同事项推送到本部门，包括再次推送", LinkagesRead,
        "id，state，due 期限，href 读取的地址";
    /// A linkage is no longer asked for.
    LinkageEnded = "linkage.ended", "结果协同事项不再要求（撤回、解除、待恢复）", LinkagesRead,
        "id，state，due 期限（待恢复的），href 读取的地址";
    /// The credit record of an institution is another one.
    CreditUpdated = "credit.updated", "机构的信用记录有变动（等级、得分或者由来），试算的除外", Credit,
        "subject 信用主体，href 读取的地址";
    /// The system asked for it.
    WebhookTest = "webhook.test", "测试通知", Webhooks, "webhook 订阅编号；以“发送测试通知”请求，不需要订阅";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_reads_back_from_its_code_and_is_written_by_it() {
        for event in EventKind::ALL {
            assert_eq!(EventKind::from_code(event.code()), Some(*event));
            assert_eq!(serde_json::json!(event), event.code());
        }
    }
}
