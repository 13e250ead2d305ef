//! Certificates of the handlers as the registry knows them on the day of an act (行政处罚法第42条): what was valid when
//! the case was proposed may have lapsed since.

use super::Case;
use std::collections::BTreeMap;
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::OfficerId;
use xingjian_registry::officer::Officer;
use xingjian_store::{Ctx, Failure, Tx, records};

/// First and last day of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First day.
    pub from: LocalDate,
    /// Last day.
    pub until: LocalDate,
}

impl Validity {
    /// Whether the day lies between, first and last day included.
    pub fn covers(self, day: LocalDate) -> bool {
        self.from <= day && day <= self.until
    }
}

/// The certificates of the handlers; who has none is missing.
pub(super) async fn of_handlers(tx: &mut Tx, ctx: &Ctx, case: &Case) -> Result<BTreeMap<OfficerId, Validity>, Failure> {
    let mut found = BTreeMap::new();
    for handler in &case.handlers {
        let officer = records::get_in::<Officer>(tx, &ctx.seeing_all(), handler.officer).await?;
        if let Some(certificate) = officer.as_ref().and_then(|officer| officer.certificate.as_ref()) {
            found.insert(handler.officer, Validity { from: certificate.from, until: certificate.until });
        }
    }
    Ok(found)
}
