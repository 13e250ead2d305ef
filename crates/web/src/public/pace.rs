//! How fast forms that need no account may be sent from one address: some at once, then one every so many seconds.
//!
//! Counted in the memory of each process: a form is not worth another write, and nothing of an address is kept. An address
//! that is not known is not held up, nor is the machine itself, which an unnamed proxy may stand on.

use crate::app::Web;
use crate::device::Remote;
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use xingjian_kernel::{Refusal, Timestamp};
use xingjian_registry::account::network;
use xingjian_store::Failure;

/// Forms that one network may send at once: a waiting room may share an address.
pub const AT_ONCE: i64 = 30;
/// Seconds after which one more may be sent.
const EACH: i64 = 20;
/// Networks that are counted at most; beyond them new ones are let through until others have rested.
const NETWORKS: usize = 100_000;

/// For each network the second at which all its forms have been earned again.
#[derive(Default)]
pub struct Paces(Mutex<HashMap<String, i64>>);

impl Paces {
    /// Counts one form; the seconds to wait where it is one too many.
    fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), i64> {
        if address.is_loopback() {
            return Ok(());
        }
        let now = now.micros().div_euclid(1_000_000);
        let mut all = self.0.lock().expect("nobody panics while counting");
        if all.len() >= NETWORKS {
            all.retain(|_, earned| *earned > now);
        }
        let network = network(address);
        if all.len() >= NETWORKS && !all.contains_key(&network) {
            return Ok(());
        }
        let earned = all.entry(network).or_insert(now);
        let next = (*earned).max(now) + EACH;
        let early = next - now - AT_ONCE * EACH;
        if early > 0 {
            return Err(early);
        }
        *earned = next;
        Ok(())
    }
}

/// Whether the form of a request may be taken now, for handlers of public forms; what was typed stays in the form.
pub struct Pace(pub Result<(), Failure>);

impl FromRequestParts<Web> for Pace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let Ok(Remote(device)) = Remote::from_request_parts(parts, web).await;
        let paces = Extension::<Arc<Paces>>::from_request_parts(parts, web).await.expect("the router lays it on");
        let taken = device.address.map_or(Ok(()), |address| paces.take(address, web.app.clock.now()));
        Ok(Self(taken.map_err(|seconds| {
            let message = format!("同一网络地址在短时间内提交次数过多，请{seconds}秒后再次提交");
            Refusal::new("too_soon", message, "您填写的内容仍在下面").into()
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_795_320_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn so_many_at_once_then_one_after_the_other() {
        let paces = Paces::default();
        let take = |address: &str, second| paces.take(address.parse().unwrap(), at(second));
        assert!((0..AT_ONCE).all(|_| take("10.0.0.1", 0).is_ok()));
        assert_eq!(take("10.0.0.1", 0), Err(EACH));
        assert_eq!(take("10.0.0.1", EACH - 1), Err(1));
        assert_eq!(take("10.0.0.1", EACH), Ok(()));
        assert_eq!(take("10.0.0.1", EACH), Err(EACH), "a refused form does not count, a taken one does");
        assert_eq!(take("10.0.0.2", EACH), Ok(()), "each network for itself");
        assert!((0..AT_ONCE).all(|_| take("10.0.0.1", 86_400).is_ok()), "after a rest all of them again");
        assert!((0..9 * AT_ONCE).all(|_| take("127.0.0.1", 0).is_ok()), "the machine itself is not held up");
    }

    #[test]
    fn whoever_uses_many_addresses_does_not_fill_the_memory() {
        let paces = Paces::default();
        for n in 0..=u32::try_from(NETWORKS).unwrap() {
            paces.take(IpAddr::from((n + (11 << 24)).to_be_bytes()), at(0)).unwrap();
        }
        let counted = || paces.0.lock().unwrap().len();
        assert_eq!(counted(), NETWORKS);
        paces.take("10.0.0.1".parse().unwrap(), at(EACH)).unwrap();
        assert_eq!(counted(), 1, "those that have rested are forgotten");
    }
}
