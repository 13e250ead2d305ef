//! Room on a disk.

use std::path::Path;

/// Bytes that are free for this user on the disk of a path.
pub fn free(path: &Path) -> std::io::Result<u64> {
    let about = rustix::fs::statvfs(path)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}
