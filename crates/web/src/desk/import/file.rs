use crate::form::Given;
use crate::guard::Caller;
use axum::extract::Multipart;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt::Write;
use xingjian_kernel::Fault;
use xingjian_registry::import::MAX_BYTES;
use xingjian_store::{Failure, blobs};

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
    let hash = given.text("hash");
    if seal(caller, hash) != given.text("seal") {
        return Err(Fault::new("文件", "", "不是由您预览的", "请重新选择文件后预览").into());
    }
    blobs::get(&caller.ctx, hash).await
}

/// Lines and remarks as CSV for a spreadsheet: a byte order mark, every cell quoted, no cell a formula.
pub fn csv<'a>(remarks: impl Iterator<Item = &'a (usize, String)>) -> Response {
    let mut text = String::from("\u{feff}行,说明\r\n");
    for (line, remark) in remarks {
        let _ = write!(text, "{line},{}\r\n", cell(remark));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"import-remarks.csv\""),
    ];
    (StatusCode::OK, headers, text).into_response()
}

fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_never_becomes_a_formula_and_keeps_its_quotes() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("第3行：“甲”，没有填写"), "\"第3行：“甲”，没有填写\"");
    }

    #[test]
    fn a_file_is_kept_under_the_last_part_of_its_name() {
        assert_eq!(name("C:\\数据\\机构.csv"), "机构.csv");
        assert_eq!(name("../../etc/passwd"), "passwd");
        assert_eq!(name("\u{0}\n"), "未命名.csv");
    }
}
