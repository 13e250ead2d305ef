//! Where nodes may listen and whom they may ask: this machine or a private network, because what they say is not encrypted.

use std::net::{IpAddr, SocketAddr};

/// Refuses every address that is not on this machine or in a private network, and those that mean every interface.
pub fn private(address: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = address.parse().map_err(|_| format!("“{address}”不是地址；写作 127.0.0.1:50050"))?;
    let is_private = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    if is_private {
        Ok(address)
    } else {
        Err(format!(
            "{address} 不是本机或专用网络的地址；节点之间不加密，只能用 127.0.0.1、10.x、172.16.x 至 172.31.x、192.168.x 这样的地址"
        ))
    }
}

/// The host part as it stands in a URL.
pub fn host(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_private_networks() {
        for good in ["127.0.0.1:1", "10.1.2.3:50050", "172.31.0.1:1", "192.168.1.1:1", "[::1]:1", "[fd00::1]:1"] {
            assert!(private(good).is_ok(), "{good}");
        }
        for bad in
            ["0.0.0.0:1", "[::]:1", "8.8.8.8:1", "172.32.0.1:1", "100.64.0.1:1", "[2001:db8::1]:1", "localhost:1"]
        {
            assert!(private(bad).is_err(), "{bad}");
        }
        assert_eq!(host("[::1]:1".parse().unwrap()), "[::1]");
    }
}
