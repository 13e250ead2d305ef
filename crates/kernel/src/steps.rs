//! What is asked of a table of transitions.

/// State, act, state.
pub type Step = (&'static str, &'static str, &'static str);

/// The states from which one of these acts leads on, in the order of the table and each once.
pub fn states_before(table: &[Step], is_meant: impl Fn(&'static str, &'static str) -> bool) -> Vec<&'static str> {
    let mut states = vec![];
    for (from, act, _) in table {
        if !states.contains(from) && is_meant(from, act) {
            states.push(*from);
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_named_once_wherever_its_acts_stand() {
        let table = [("a", "go", "b"), ("b", "back", "a"), ("a", "end", "c"), ("b", "end", "c"), ("b", "end", "b")];
        assert_eq!(states_before(&table, |_, act| act == "end"), ["a", "b"]);
        assert_eq!(states_before(&table, |from, act| (from, act) == ("b", "end")), ["b"]);
        assert!(states_before(&table, |_, _| false).is_empty());
    }
}
