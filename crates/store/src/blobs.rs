//! Exact bytes by their SHA-256. What is hashed is kept as it was, never written again from its parts.

use crate::{App, Ctx, Error, Executor, Failure, Tx};
use sha2::{Digest, Sha256};
use xingjian_kernel::Timestamp;

/// SHA-256 of bytes, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Keeps bytes; the same bytes are kept once. Those that waited wait no longer.
pub async fn keep(tx: &mut Tx, bytes: Vec<u8>) -> Result<String, Failure> {
    let hash = digest(&bytes);
    tx.run("delete from waiting_blob where hash = $1", vec![hash.clone().into()]).await?;
    insert(tx, &hash, bytes).await?;
    Ok(hash)
}

/// Keeps bytes that nothing names yet: unless they are kept for good, [`drop_waiting`] takes them away.
pub async fn keep_waiting(tx: &mut Tx, ctx: &Ctx, bytes: Vec<u8>) -> Result<String, Failure> {
    let hash = digest(&bytes);
    let values = || vec![hash.clone().into(), ctx.now().micros().into()];
    let waits = tx.run("update waiting_blob set at = $2 where hash = $1", values()).await?;
    // What was there without waiting is named by something.
    if insert(tx, &hash, bytes).await? == 1 && waits == 0 {
        tx.run("insert into waiting_blob (hash, at) values ($1, $2) on conflict (hash) do nothing", values()).await?;
    }
    Ok(hash)
}

/// Takes away the bytes that have waited since before this moment; how many they were.
pub async fn drop_waiting(app: &App, before: Timestamp) -> Result<u64, Failure> {
    let sql = "select hash from waiting_blob where at < $1";
    let mut dropped = 0;
    for row in app.db.reader().all(sql, vec![before.micros().into()]).await? {
        let hash: String = row.try_get("", "hash").map_err(Error::from)?;
        let tx = app.db.begin().await?;
        // Whoever keeps them for good at this moment has this row, or waits for it and then keeps them anew.
        let waited = "delete from waiting_blob where hash = $1 and at < $2";
        if tx.run(waited, vec![hash.clone().into(), before.micros().into()]).await? == 1 {
            dropped += tx.run("delete from blob where hash = $1", vec![hash.into()]).await?;
            tx.commit().await?;
        }
    }
    Ok(dropped)
}

async fn insert(tx: &mut Tx, hash: &str, bytes: Vec<u8>) -> Result<u64, Failure> {
    let sql = "insert into blob (hash, bytes) values ($1, $2) on conflict (hash) do nothing";
    Ok(tx.run(sql, vec![hash.into(), bytes.into()]).await?)
}

/// Reads bytes and checks that they still have their hash. Blobs have no scope of their own: whoever calls this has
/// made sure that the caller may read what carries the hash.
pub async fn get(ctx: &Ctx, hash: &str) -> Result<Vec<u8>, Failure> {
    read(ctx.app.db.reader(), hash).await
}

/// The same inside a transaction, which sees what it has kept itself.
pub async fn get_in(tx: &mut Tx, hash: &str) -> Result<Vec<u8>, Failure> {
    read(&*tx, hash).await
}

async fn read<E: Executor>(db: &E, hash: &str) -> Result<Vec<u8>, Failure> {
    let row = db.one("select bytes from blob where hash = $1", vec![hash.into()]).await?;
    let row = row.ok_or_else(|| Error::Missing(format!("blob {hash}")))?;
    let bytes: Vec<u8> = row.try_get("", "bytes").map_err(Error::from)?;
    if digest(&bytes) == hash { Ok(bytes) } else { Err(Error::Damaged(format!("blob {hash}")).into()) }
}
