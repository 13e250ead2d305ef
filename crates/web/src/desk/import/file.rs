use crate::form::Given;
use crate::guard::Caller;
use axum::extract::Multipart;
use std::collections::BTreeMap;
use xingjian_kernel::Fault;
use xingjian_registry::import::{self, MAX_BYTES};
use xingjian_store::Failure;

/// Bytes of a too large upload that are still read: a connection closed under a sending browser shows no page.
const READ_ON: usize = 512 * 1024 * 1024;

/// Longest other field that is looked at, in bytes.
const SHORT: usize = 200;

/// What arrived.
pub enum Upload {
    /// A file with its name.
    File {
        /// The name as given.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Short fields that stood before it.
        fields: BTreeMap<String, String>,
    },
    /// No file, or an empty one.
    Nothing,
    /// More than an import takes.
    TooLarge,
    /// The connection or the shape of the form broke.
    Broken,
}

/// Reads the field `file` with the short ones before it, and never keeps more of it than an import takes.
pub async fn read(mut upload: Multipart) -> Upload {
    let mut fields = BTreeMap::new();
    loop {
        let mut field = match upload.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Upload::Nothing,
            Err(_) => return Upload::Broken,
        };
        if field.name() != Some("file") {
            let name = field.name().unwrap_or_default().to_owned();
            match field.chunk().await {
                Ok(Some(chunk)) if chunk.len() <= SHORT && fields.len() < 10 => {
                    fields.insert(name, String::from_utf8_lossy(&chunk).into_owned());
                }
                Ok(_) => {}
                Err(_) => return Upload::Broken,
            }
            continue;
        }
        let name = name(field.file_name().unwrap_or_default());
        let (mut bytes, mut size) = (vec![], 0usize);
        loop {
            match field.chunk().await {
                Ok(Some(chunk)) => {
                    size = size.saturating_add(chunk.len());
                    if size <= MAX_BYTES {
                        bytes.extend_from_slice(&chunk);
                    } else if size > READ_ON {
                        return Upload::TooLarge;
                    }
                }
                Ok(None) => break,
                Err(_) => return Upload::Broken,
            }
        }
        return match size {
            0 => Upload::Nothing,
            size if size > MAX_BYTES => Upload::TooLarge,
            _ => Upload::File { name, bytes, fields },
        };
    }
}

/// The name of a file as kept: its last part, without control characters, at most 120 characters.
pub fn name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.trim().chars().filter(|c| !c.is_control()).take(120).collect();
    if name.is_empty() { "未命名.csv".into() } else { name }
}

/// Ties a kept file to who uploaded it, so that a hash from elsewhere opens nothing.
pub fn seal(caller: &Caller, hash: &str) -> String {
    caller.ctx.app.keys.digest("import", &format!("{hash}/{}", caller.account.id))
}

/// The bytes that the preview showed.
pub async fn kept(caller: &Caller, given: &Given) -> Result<Vec<u8>, Failure> {
    let hash = given.text("kept");
    if seal(caller, hash) != given.text("seal") {
        return Err(Fault::new("文件", "", "不是由您预览的", "请重新选择文件后预览").into());
    }
    import::kept(&caller.ctx, hash).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_under_the_last_part_of_its_name() {
        assert_eq!(name("C:\\数据\\机构.csv"), "机构.csv");
        assert_eq!(name("../../etc/passwd"), "passwd");
        assert_eq!(name("\u{0}\n"), "未命名.csv");
    }
}
