use serde::{Deserialize, Serialize};
use xingjian_kernel::Permission;

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal, [$($permission:ident),*];)+) => {
        /// What a connected system may ask for: a closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ApiScope { $($(#[$doc])* $name,)+ }

        impl ApiScope {
            /// Every one, in declared order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
            /// Stable name.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)+ } }
            /// On screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$name => $label,)+ } }
            /// What acts it allows.
            pub const fn permissions(self) -> &'static [Permission] {
                match self { $(Self::$name => &[$(Permission::$permission),*],)+ }
            }
            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.code() == code) }
        }
    };
}

scopes! {
    /// Hand in complaints and follow them by their receipt.
    Complaints = "complaints", "提交和查询投诉举报", [];
    /// Hand in signals and follow them.
    Signals = "signals", "推送和查询线索", [SendSignal];
    /// Read the registry.
    RegistryRead = "registry_read", "查询登记信息", [SeeRegistry];
    /// Import into the registry.
    RegistryImport = "registry_import", "导入登记信息", [ManageRegistry];
    /// Read what was published: decisions, results, draws.
    Published = "published", "查询公示信息", [];
    /// Read linkages that the department is asked for, or asks for.
    LinkagesRead = "linkages_read", "查询结果协同", [];
    /// Acknowledge them, report their effect, object.
    LinkagesAnswer = "linkages_answer", "回应结果协同", [AnswerLinkage];
    /// Read what a credit platform takes.
    Credit = "credit", "查询信用信息", [];
    /// Be told by webhooks.
    Webhooks = "webhooks", "订阅事件通知", [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_reads_back_from_its_code_and_is_written_by_it() {
        for scope in ApiScope::ALL {
            assert_eq!(ApiScope::from_code(scope.code()), Some(*scope));
            assert_eq!(serde_json::json!(scope), scope.code());
        }
    }
}
