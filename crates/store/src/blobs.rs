//! Exact bytes by their SHA-256. What is hashed is kept as it was, never written again from its parts.

use crate::{Ctx, Error, Executor, Failure, Tx};
use sha2::{Digest, Sha256};

/// SHA-256 of bytes, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Keeps bytes; the same bytes are kept once.
pub async fn keep(tx: &mut Tx, bytes: Vec<u8>) -> Result<String, Failure> {
    let hash = digest(&bytes);
    let values = vec![hash.clone().into(), bytes.into()];
    tx.run("insert into blob (hash, bytes) values ($1, $2) on conflict (hash) do nothing", values).await?;
    Ok(hash)
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
    if digest(&bytes) == hash { Ok(bytes) } else { Err(Error::Missing(format!("intact blob {hash}")).into()) }
}
