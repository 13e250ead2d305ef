//! Which labelled messages are held back for measuring. The rule was fixed before anything was built on the others; changing it makes
//! every figure in `docs/messages.md` void.

use xingjian_store::blobs;

/// Says of which rule a figure is.
pub const RULE: &str = "xingjian/messages/split/1";

/// Whether a labelled message is held back: the first byte of SHA-256 of the rule, a line feed and the id is below 128.
pub fn is_held_back(id: &str) -> bool {
    blobs::digest(format!("{RULE}\n{id}").as_bytes()).as_bytes()[0] < b'8'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_the_one_that_is_written_down() {
        // printf 'xingjian/messages/split/1\n1' | sha256sum
        let back: Vec<u32> = (1..=20).filter(|id| is_held_back(&id.to_string())).collect();
        assert_eq!(back, [2, 4, 5, 7, 10, 11, 14, 15, 16, 17, 18, 20]);
        let many = (0..10_000).filter(|id| is_held_back(&id.to_string())).count();
        assert!((4_800..5_200).contains(&many), "{many}");
    }
}
