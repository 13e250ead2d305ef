//! Rows and cells of delimited text (RFC 4180): quoted cells may hold delimiters, line ends and doubled quotation marks.

/// A quoted cell longer than this was never closed.
const LONGEST_QUOTED: usize = 64 * 1024;

/// What was found where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row: where the next one begins, the line ends in it, and whether a cell holds doubled quotation marks.
    Row { next: usize, lines: u64, doubled: bool },
    /// A row with a quotation mark that is not closed or is followed by something else: where the next line begins.
    Broken { next: usize },
    /// The text ends before the row does.
    Incomplete,
}

/// Splits the row that begins at `from` into its cells. `last` says that no more text follows.
pub(super) fn row(text: &[u8], from: usize, delimiter: u8, last: bool, cells: &mut Vec<(u32, u32)>) -> Found {
    cells.clear();
    let (mut at, mut lines, mut doubled) = (from, 0, false);
    loop {
        let end = if text.get(at) == Some(&b'"') {
            match quoted(text, at, delimiter) {
                Quoted::Closed { end, inner, lines: more, doubled: two } => {
                    lines += more;
                    doubled |= two;
                    cells.push((place(at + 1), place(inner)));
                    end
                }
                Quoted::Open if !last && text.len() - at < LONGEST_QUOTED => return Found::Incomplete,
                Quoted::Open | Quoted::Wrong => return broken(text, from, last),
            }
        } else {
            let end = find(text, at, delimiter);
            // The line end of Windows; other blanks are the reader's affair.
            let inner = if end > at && text[end - 1] == b'\r' { end - 1 } else { end };
            cells.push((place(at), place(inner)));
            end
        };
        match text.get(end) {
            Some(b'\n') => return Found::Row { next: end + 1, lines: lines + 1, doubled },
            Some(_) => at = end + 1,
            None if last => return Found::Row { next: end, lines, doubled },
            None => return Found::Incomplete,
        }
    }
}

enum Quoted {
    /// Where the delimiter or line end stands, and where the text within ends.
    Closed {
        end: usize,
        inner: usize,
        lines: u64,
        doubled: bool,
    },
    Open,
    Wrong,
}

fn quoted(text: &[u8], from: usize, delimiter: u8) -> Quoted {
    let (mut at, mut lines, mut doubled) = (from + 1, 0, false);
    let limit = text.len().min(from + LONGEST_QUOTED);
    while at < limit {
        match text[at] {
            b'"' if text.get(at + 1) == Some(&b'"') => {
                doubled = true;
                at += 2;
            }
            b'"' => {
                let after = match &text[at + 1..] {
                    [b'\r', b'\n', ..] => at + 2,
                    [b'\r'] | [] => text.len(),
                    [byte, ..] if *byte == delimiter || *byte == b'\n' => at + 1,
                    _ => return Quoted::Wrong,
                };
                return Quoted::Closed { end: after, inner: at, lines, doubled };
            }
            b'\n' => {
                lines += 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    Quoted::Open
}

fn broken(text: &[u8], from: usize, last: bool) -> Found {
    match text[from..].iter().position(|byte| *byte == b'\n') {
        Some(length) => Found::Broken { next: from + length + 1 },
        None if last => Found::Broken { next: text.len() },
        None => Found::Incomplete,
    }
}

/// Doubled quotation marks of quoted cells become single ones, in place.
pub(super) fn undouble(text: &mut [u8], cells: &mut [(u32, u32)]) {
    for (from, to) in cells {
        let (mut read, mut write) = (*from as usize, *from as usize);
        // A cell that is not quoted may hold a quotation mark, but never begins behind one.
        if read == 0 || text[read - 1] != b'"' {
            continue;
        }
        while read < *to as usize {
            text[write] = text[read];
            read += if text[read] == b'"' { 2 } else { 1 };
            write += 1;
        }
        *to = place(write);
    }
}

/// The first delimiter or line end from a place on; the end of the text if there is none.
fn find(text: &[u8], from: usize, delimiter: u8) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (delimiters, line_ends) = (LOW * u64::from(delimiter), LOW * u64::from(b'\n'));
    // Of the bytes marked here the first is right: a wrong mark needs a right one below it.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let mut at = from;
    while let Some(word) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        let marks = zeros(word ^ delimiters) | zeros(word ^ line_ends);
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().position(|byte| *byte == delimiter || *byte == b'\n').map_or(text.len(), |more| at + more)
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a piece of text is shorter than 4 GB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of a text as one would write them down, broken ones as `!`.
    fn rows(text: &str) -> Vec<Vec<String>> {
        let mut bytes = text.as_bytes().to_vec();
        let (mut at, mut cells, mut rows) = (0, Vec::new(), Vec::new());
        while at < bytes.len() {
            match row(&bytes, at, b',', true, &mut cells) {
                Found::Row { next, doubled, .. } => {
                    if doubled {
                        undouble(&mut bytes, &mut cells);
                    }
                    let cell = |(from, to): &(u32, u32)| {
                        String::from_utf8_lossy(&bytes[*from as usize..*to as usize]).into_owned()
                    };
                    rows.push(cells.iter().map(cell).collect());
                    at = next;
                }
                Found::Broken { next } => {
                    rows.push(vec!["!".into()]);
                    at = next;
                }
                Found::Incomplete => unreachable!("this was the last text"),
            }
        }
        rows
    }

    #[test]
    fn cells_are_split_and_unquoted() {
        assert_eq!(rows("a,b\r\n1, 2 ,\n"), [vec!["a", "b"], vec!["1", " 2 ", ""]]);
        assert_eq!(rows("\"a,b\",\"c\"\"d\",\"\"\nx"), [vec!["a,b", "c\"d", ""], vec!["x"]]);
        assert_eq!(rows("\"two\nlines\",b\r\n"), [vec!["two\nlines", "b"]]);
        assert_eq!(rows("5\" tube,\"a \"\"b\"\"\""), [vec!["5\" tube", "a \"b\""]]);
        assert_eq!(rows("a,\"b\""), [vec!["a", "b"]]);
        assert_eq!(rows("a,\"b\"\r\nc,\"d\"\r"), [vec!["a", "b"], vec!["c", "d"]]);
    }

    #[test]
    fn an_open_quotation_mark_breaks_one_line_only() {
        assert_eq!(rows("\"open,b\nc,d\n"), [vec!["!"], vec!["c", "d"]]);
        assert_eq!(rows("\"a\"b,c\nd\n"), [vec!["!"], vec!["d"]]);
        let long = format!("\"open\n{}\n", "x,y\n".repeat(LONGEST_QUOTED));
        assert_eq!(rows(&long)[..2], [vec!["!"], vec!["x", "y"]]);
    }

    #[test]
    fn a_row_that_goes_on_is_incomplete() {
        let mut cells = Vec::new();
        for text in ["a,b", "a,\"b", "a,\"b\"", "\"a\n"] {
            assert_eq!(row(text.as_bytes(), 0, b',', false, &mut cells), Found::Incomplete, "{text}");
        }
        assert_eq!(row(b"\"a\nb\",c\nd", 0, b',', false, &mut cells), Found::Row { next: 8, lines: 2, doubled: false });
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(table in prop::collection::vec(prop::collection::vec("[a-c,\"\n内 ]{0,9}", 2..5), 1..6)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let text: Vec<String> = table.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",")).collect();
            prop_assert_eq!(rows(&text.join("\n")), table);
        }

        #[test]
        fn splitting_never_panics(text in "[a\",\n\r 内]{0,60}") {
            rows(&text);
        }
    }
}
