//! The packages that arguments of the test runner select, so that format, lints and build look at the same ones.

/// Every package but the one that brings DataFusion and Ballista: that is built and tested apart, last.
pub const EVERYTHING: &[&str] = &["--workspace", "--exclude", CLUSTER];
/// The package that stands apart.
pub const CLUSTER: &str = "xingjian-cluster";

/// Packages named with `-p`, and whether anything but packages is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Named packages; empty means all.
    pub packages: Vec<String>,
    /// Whether the rest of the arguments may leave tests out.
    pub filtered: bool,
}

impl Selection {
    /// Reads the arguments that go to the test runner.
    pub fn of(arguments: &[String]) -> Self {
        let mut found = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            if word == "-p" || word == "--package" {
                found.packages.extend(words.next().cloned());
            } else if let Some(name) = word.strip_prefix("--package=") {
                found.packages.push(name.to_owned());
            } else {
                found.filtered = true;
            }
        }
        found
    }

    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.packages.is_empty() && !self.filtered
    }

    /// `-p NAME` for each package, or what stands for all of them.
    pub fn flags(&self, all: &[&'static str]) -> Vec<&str> {
        if self.packages.is_empty() {
            all.to_vec()
        } else {
            self.packages.iter().flat_map(|name| ["-p", name.as_str()]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, flags: &str, filtered: bool) {
        let words: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let selection = Selection::of(&words);
        assert_eq!(selection.flags(EVERYTHING).join(" "), flags);
        assert_eq!(selection.filtered, filtered);
    }

    #[test]
    fn packages_are_read_and_the_rest_is_a_filter() {
        let everything = "--workspace --exclude xingjian-cluster";
        check("", everything, false);
        check("-p xingjian-credit", "-p xingjian-credit", false);
        check("--package=a --package b points", "-p a -p b", true);
        check("hearing", everything, true);
        check("-p", everything, false);
    }
}
