//! A proof file, offline.

use super::read;
use super::report::{Report, chain, line_of};
use std::path::Path;
use xingjian_tlog::{
    CheckpointError, ENTRY_LENGTH, Hash, MAX_PROOF_BYTES, NoteError, OpeningError, Policy, Proof, ProofFileError,
    leaf_hash, verify_inclusion,
};

const FORM: &str = "文件格式";
const CONTENT: &str = "事项内容";
const INCLUSION: &str = "包含证明";

/// Checks a proof file; an entry is that of an act whose content is not in the file.
pub fn verify(path: &Path, entry: Option<&[u8; ENTRY_LENGTH]>, policy: &Policy) -> Result<Report, String> {
    let bytes = read(path, MAX_PROOF_BYTES as u64)?;
    let mut report = Report::new("该事项在日志中，内容与登记时相同");
    let proof = match Proof::parse(&bytes) {
        Ok(proof) => proof,
        Err(error) => {
            report.step(FORM, Err(damaged(path, &bytes, error)));
            return Ok(report);
        }
    };
    let tree = proof.checkpoint.checkpoint();
    let opening = proof.opening();
    let event = opening.ok().and_then(|opening| serde_json::from_slice(opening.event).ok());
    report.about(tree, Some(proof.index), event);
    report.step(FORM, Ok(format!("{}字节", bytes.len())));
    let leaf = leaf(&mut report, opening.map(|opening| opening.leaf()), entry);
    report.signatures(&proof.checkpoint, policy);
    match leaf {
        None => report.not_checked(INCLUSION, "没有可查找的条目"),
        Some(leaf) => {
            let proven = verify_inclusion(&proof.hashes, proof.index, &leaf, tree.size(), tree.root());
            let held = format!("在共{}条的日志中，序号{}（从0数起）", tree.size(), proof.index);
            let failed = |error| format!("{error}：事项内容、序号、证明或检查点被改动；请重新取得证明文件");
            report.step(INCLUSION, proven.map(|()| held).map_err(failed));
        }
    }
    Ok(report)
}

/// The leaf to look for, from the content of the file or from the entry that was given.
fn leaf(report: &mut Report, opened: Result<Hash, OpeningError>, entry: Option<&[u8; ENTRY_LENGTH]>) -> Option<Hash> {
    match (opened, entry) {
        (Ok(opened), Some(entry)) if opened != leaf_hash(entry) => {
            report.step(CONTENT, Err("文件中的事项内容与 --entry 给出的条目不符".to_owned()));
            None
        }
        (Ok(opened), _) => report.step(CONTENT, Ok("规范化的JSON，条目由它和盐值算出".to_owned())).then_some(opened),
        (Err(OpeningError::Missing), Some(entry)) => {
            report.step(CONTENT, Ok("不含内容（不公开或已依规删除），按给出的条目查找".to_owned()));
            Some(leaf_hash(entry))
        }
        (Err(error @ OpeningError::Missing), None) => {
            report.step(CONTENT, Err(format!("{error}（--entry）")));
            None
        }
        (Err(error), _) => {
            report.step(CONTENT, Err(format!("{error}；请重新取得证明文件")));
            None
        }
    }
}

/// Place, value, reason and mend.
fn damaged(path: &Path, bytes: &[u8], error: ProofFileError) -> String {
    let text = String::from_utf8_lossy(bytes);
    let value =
        place(&text, error).map_or_else(String::new, |line| format!("；文件第{line}行为“{}”", line_of(&text, line)));
    format!("{}：{}{value}。请重新取得证明文件；仍然如此，则公布的文件已损坏或被改动", path.display(), chain(&error))
}

/// The line of the file, counted from 1.
fn place(text: &str, error: ProofFileError) -> Option<usize> {
    // The checkpoint begins after the first empty line.
    let before = text.split('\n').position(str::is_empty)? + 1;
    Some(match error {
        ProofFileError::Header => 1,
        ProofFileError::Extra => 2,
        ProofFileError::Index => 2 + usize::from(text.split('\n').nth(1)?.starts_with("extra ")),
        ProofFileError::Hash { line } => line,
        ProofFileError::TooLong | ProofFileError::TooManyHashes => return None,
        ProofFileError::Checkpoint(error) => match error {
            CheckpointError::Size => before + 2,
            CheckpointError::Root => before + 3,
            CheckpointError::EmptyLine { line }
            | CheckpointError::Note(NoteError::Characters { line } | NoteError::SignatureLine { line }) => {
                before + line
            }
            CheckpointError::TooFewLines | CheckpointError::Note(_) => return None,
        },
    })
}
