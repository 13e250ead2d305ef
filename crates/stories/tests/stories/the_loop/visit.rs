//! visit
use super::Told;
/// x
pub async fn told(_told: &Told<'_>) {}
