//! What a request comes from: the address, as far as it can be known, and what the browser says about itself.

use crate::app::Web;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use xingjian_kernel::SignInRules;
use xingjian_registry::account::Device;

/// The device of a request, for handlers.
pub struct Remote(pub Device);

impl FromRequestParts<Web> for Remote {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let address = peer.and_then(|peer| address(web.app.sign_in(), web.behind_tls, peer, &parts.headers));
        Ok(Self(Device { address, agent: agent.to_owned() }))
    }
}

/// Whose address it is. What a header says counts only when a proxy that the operator named handed it on: the last address
/// in it that is no such proxy. Behind a proxy that nobody named the address is not known.
fn address(rules: &SignInRules, behind_tls: bool, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    if !rules.proxies.contains(&peer) {
        return (!behind_tls || !rules.proxies.is_empty()).then_some(peer);
    }
    let told = headers.get_all(rules.proxy_header.as_str());
    let told: Vec<&str> = told.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).collect();
    let parsed = told.into_iter().rev().map(|text| text.trim().parse::<IpAddr>().ok().map(|ip| ip.to_canonical()));
    parsed.into_iter().find(|address| address.is_none_or(|address| !rules.proxies.contains(&address))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(proxies: &[&str], behind_tls: bool, peer: &str, lines: &[&str]) -> String {
        let proxies = proxies.iter().map(|ip| ip.parse().unwrap()).collect();
        let rules = SignInRules { proxies, ..SignInRules::default() };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let found = address(&rules, behind_tls, peer.parse().unwrap(), &headers);
        found.map_or("unknown".into(), |address| address.to_string())
    }

    #[test]
    fn an_address_is_believed_only_from_a_proxy_that_was_named() {
        assert_eq!(told(&[], false, "10.0.0.7", &["1.2.3.4"]), "10.0.0.7", "anybody can write a header");
        assert_eq!(told(&[], true, "127.0.0.1", &["1.2.3.4"]), "unknown", "a proxy that nobody named");
        assert_eq!(told(&["127.0.0.1"], true, "127.0.0.1", &["10.0.0.7"]), "10.0.0.7");
        assert_eq!(told(&["127.0.0.1"], true, "10.0.0.8", &["10.0.0.7"]), "10.0.0.8", "past the proxy");
        assert_eq!(
            told(&["127.0.0.1"], true, "127.0.0.1", &["6.6.6.6, 10.0.0.7"]),
            "10.0.0.7",
            "what stands before was sent"
        );
        assert_eq!(told(&["127.0.0.1"], true, "127.0.0.1", &["6.6.6.6", "10.0.0.7"]), "10.0.0.7");
        assert_eq!(told(&["127.0.0.1", "10.0.0.1"], true, "127.0.0.1", &["10.0.0.7, 10.0.0.1"]), "10.0.0.7");
        assert_eq!(told(&["127.0.0.1"], true, "127.0.0.1", &["10.0.0.7, rubbish"]), "unknown");
        assert_eq!(told(&["127.0.0.1"], true, "127.0.0.1", &[]), "unknown");
        assert_eq!(told(&["::1"], true, "::1", &["::ffff:10.0.0.7"]), "10.0.0.7");
    }
}
