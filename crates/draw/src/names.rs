//! Names as keys of long ordered lists.

/// A name with its first sixteen bytes as a number: in the same order as the name, and nearly always told apart without
/// a look at the text.
pub(crate) type Name<'a> = (u128, &'a str);

/// The name as a key.
pub(crate) fn name(text: &str) -> Name<'_> {
    let mut head = [0; 16];
    let length = text.len().min(16);
    head[..length].copy_from_slice(&text.as_bytes()[..length]);
    (u128::from_be_bytes(head), text)
}

#[cfg(test)]
mod tests {
    use super::name;

    proptest::proptest! {
        #[test]
        fn the_order_is_that_of_the_text(a in "[\\x00-bé]{0,20}", b in "[\\x00-bé]{0,20}") {
            proptest::prop_assert_eq!(name(&a).cmp(&name(&b)), a.cmp(&b));
        }
    }
}
