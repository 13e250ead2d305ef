//! Hits and their ids as exact bytes.

use super::{Hit, Parcel};
use std::collections::BTreeSet;
use xingjian_store::{Error, Failure, Tx, blobs};

/// Hits of one parcel.
pub(super) const PARCEL: usize = 100;

/// Keeps hits as exact bytes, in order of doctor and day.
pub(super) async fn parcels_in(tx: &mut Tx, mut hits: Vec<Hit>) -> Result<Vec<Parcel>, Failure> {
    hits.sort_by(|a, b| (&a.doctor, a.day, &a.id).cmp(&(&b.doctor, b.day, &b.id)));
    let mut parcels = vec![];
    for some in hits.chunks(PARCEL) {
        let bytes = serde_json::to_vec(some).map_err(Error::from)?;
        parcels.push(Parcel {
            hash: blobs::keep(tx, bytes).await?,
            hits: u32::try_from(some.len()).unwrap_or(u32::MAX),
            doctors: (some[0].doctor.clone(), some[some.len() - 1].doctor.clone()),
        });
    }
    Ok(parcels)
}

/// Keeps the ids of all hits of a group.
pub(super) async fn ids_in(tx: &mut Tx, ids: &BTreeSet<String>) -> Result<String, Failure> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    blobs::keep(tx, ids.join("\n").into_bytes()).await
}

/// Reads them back.
pub(super) async fn read_ids_in(tx: &mut Tx, hash: &str) -> Result<BTreeSet<String>, Failure> {
    let bytes = blobs::get_in(tx, hash).await?;
    let text = String::from_utf8(bytes).map_err(|_| Error::Missing(format!("readable blob {hash}")))?;
    Ok(text.lines().map(str::to_owned).collect())
}
