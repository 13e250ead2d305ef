//! Keys and room on the disk.

use super::Finding;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use xingjian_screen::claims::Store;
use xingjian_store::Keys;

/// Less room than this and the next big import may fill the disk.
const LEAST_ROOM: u64 = 1024 * 1024 * 1024;

/// Each key of the instance: there, readable, of its shape, and for nobody else to read.
///
/// The patients of claims that were made up were never behind a key.
pub fn keys(data: &Path) -> Vec<Finding> {
    let store = data.join("claims/store");
    let claims = store.is_dir() && !Store::open(&store).is_ok_and(|store| store.is_made_up());
    let log = data.join("log/checkpoint").is_file();
    [("字段密钥", "field.key", true), ("存证日志密钥", "log.key", log), ("参保人密钥", "claims/patient.key", claims)]
        .into_iter()
        .filter_map(|(what, name, needed)| key(what, &data.join(name), needed))
        .collect()
}

fn key(what: &'static str, path: &Path, needed: bool) -> Option<Finding> {
    let lost = "从另行保存的那一份恢复；没有它，已有的内容打不开或者接不上，重新生成没有用";
    let place = path.display();
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return needed.then(|| Finding::bad(what, place, "不见了", lost));
        }
        Err(error) => return Some(Finding::bad(what, place, error.to_string(), "检查文件夹的所有者和权限")),
    };
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("其他用户可以读写（权限 {mode:03o}）");
        let mend = format!("执行 chmod 600 {place}；如有他人可能读过，请按 docs/operations.md 处理");
        return Some(Finding::bad(what, place, found, mend));
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Some(Finding::bad(what, place, error.to_string(), "用运行服务的系统用户执行本命令")),
    };
    let shaped = match path.file_name().and_then(|name| name.to_str()) {
        Some("field.key") => Keys::from_hex(&text).is_ok(),
        Some("log.key") => !text.is_empty() && text.lines().all(|line| line.parse::<xingjian_tlog::Signer>().is_ok()),
        _ => xingjian_screen::ingest::PatientKey::from_hex(&text).is_some(),
    };
    Some(if shaped {
        Finding::good(what, place, "在，只有所有者可读")
    } else {
        Finding::bad(what, place, "内容损坏", lost)
    })
}

/// What is free on the disk of the folder.
pub fn room(data: &Path) -> Finding {
    let (what, place) = ("磁盘空间", data.display());
    match xingjian_cli::disk::free(data) {
        Ok(free) => {
            let found = format!("可用{}MB", free / 1024 / 1024);
            if free >= LEAST_ROOM {
                return Finding::good(what, place, found);
            }
            Finding::bad(
                what,
                place,
                found,
                "腾出至少1GB：移走旧的备份和导入文件，或者扩大磁盘；写满后新的办理都会失败",
            )
        }
        Err(error) => Finding::bad(what, place, error.to_string(), "检查文件夹是否还在、磁盘是否已挂载"),
    }
}
