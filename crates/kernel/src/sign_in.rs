//! What an instance asks of people who sign in. The operator may change it in a file; the default is strict enough to keep.

use crate::Role;
use serde::Deserialize;
use std::net::IpAddr;

/// The rules of signing in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInRules {
    /// Roles that nobody uses without a second factor.
    pub second_factor: Vec<Role>,
    /// Minutes without use after which a session ends.
    pub idle_minutes: u32,
    /// Hours after which a session ends, however much it is used.
    pub hours: u32,
    /// Proxies in front, by the address they come from. Who is behind them is what their header says; nobody else's header counts.
    pub proxies: Vec<IpAddr>,
    /// The header in which these proxies write whom they speak for, each after those before it.
    pub proxy_header: String,
}

impl Default for SignInRules {
    fn default() -> Self {
        Self {
            second_factor: [&Role::ADMINISTRATORS[..], &[Role::LegalReviewer, Role::Reviewer, Role::Handler]].concat(),
            idle_minutes: 60,
            hours: 10,
            proxies: vec![],
            proxy_header: "x-forwarded-for".into(),
        }
    }
}
