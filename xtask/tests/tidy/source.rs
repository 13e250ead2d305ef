//! A reader of Rust text that knows just enough to tell code, strings and comments apart.

/// A Rust file taken apart.
pub struct Source {
    /// The text with the insides of strings and comments blanked: same length in lines, only code left.
    pub code: String,
    /// String literals with the line they start on, tests left out.
    pub strings: Vec<(usize, String)>,
}

/// Takes a file apart.
pub fn read(text: &str) -> Source {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut strings = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1).copied()) {
            ('/', Some('/')) => end_of_line(&chars, at),
            ('/', Some('*')) => end_of_block(&chars, at),
            ('"', _) => end_of_string(&chars, at),
            ('r', Some('"' | '#')) if !in_word(&chars, at) => end_of_raw(&chars, at).unwrap_or(at + 1),
            ('\'', _) => end_of_char(&chars, at),
            _ => at + 1,
        };
        let piece = &chars[at..end];
        if end > at + 1 {
            if matches!(piece[0], '"' | 'r') {
                strings.push((line, piece.iter().collect()));
            }
            code.extend(piece.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        } else {
            code.push(chars[at]);
        }
        line += piece.iter().filter(|c| **c == '\n').count();
        at = end;
    }
    let tests = test_lines(&code);
    strings.retain(|(line, _)| !tests.iter().any(|range| range.contains(line)));
    Source { code, strings }
}

/// First and last line of each function, with its name; tests included.
pub fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String = code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let word_before = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if name.is_empty() || word_before {
            continue;
        }
        if let Some(body) = body(code, at) {
            found.push((name, line_of(code, at), line_of(code, body.end)));
        }
    }
    found
}

/// Lines of items behind `#[cfg(test)]`.
pub fn test_lines(code: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let starts = code.match_indices("#[cfg(test)]").map(|(at, _)| at);
    let items = starts.filter_map(|at| body(code, at).map(|body| line_of(code, at)..=line_of(code, body.end)));
    items.collect()
}

/// Whether the word stands alone in the code.
pub fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

/// From the next brace to its partner, unless the item ends with a semicolon first.
fn body(code: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let mut depth = 0_u32;
    let mut brackets = 0_u32; // the semicolon of `[u8; 32]` ends nothing
    let mut start = at;
    for (offset, c) in code[at..].char_indices() {
        match c {
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets = brackets.saturating_sub(1),
            ';' if depth == 0 && brackets == 0 => return None,
            '{' => {
                if depth == 0 {
                    start = at + offset;
                }
                depth += 1;
            }
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(start..at + offset);
                }
            }
            _ => {}
        }
    }
    None
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

fn in_word(chars: &[char], at: usize) -> bool {
    // `br"..."` is a raw string too; any other letter before means that `r` ends a name.
    let before = at.checked_sub(1).map(|i| chars[i]);
    before.is_some_and(|c| (c.is_alphanumeric() && c != 'b') || c == '_')
}

fn end_of_line(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn end_of_block(chars: &[char], at: usize) -> usize {
    let mut depth = 0_u32;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn end_of_raw(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    (chars.get(open) == Some(&'"')).then_some(())?; // else a raw name like r#type
    let closes =
        |i: usize| chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    let close = (open + 1..chars.len()).find(|i| closes(*i))?;
    Some((close + 1 + hashes).min(chars.len()))
}

/// `'x'` and `'\n'` are characters; `'a` is a lifetime.
fn end_of_char(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            chars[at + 3..].iter().position(|c| *c == '\'').map_or(chars.len(), |length| at + 3 + length + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

#[test]
fn code_strings_and_comments_are_told_apart() {
    let source = read(concat!(
        "// \"not a string\"\n",
        "fn a<'a>(x: &'a str) -> char { /* fn b() { */ '\"' }\n",
        "const R: &str = r#\"raw \" fn c\"#; const E: &str = \"a\\\"b\";\n",
        "fn r#type() -> [u8; 2] { [0; 2] }\n",
        "trait T { fn d(); }\n",
        "#[cfg(test)]\nmod tests {\n    fn e() { \"in a test\" }\n}\n",
        "const LAST: &str = \"seen\";\n",
    ));
    let strings: Vec<_> = source.strings.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(strings, [(3, "r#\"raw \" fn c\"#"), (3, "\"a\\\"b\""), (10, "\"seen\"")]);
    let names: Vec<_> = functions(&source.code).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["a", "r", "e"]);
    assert!(has_word("let x: HashMap<u8, u8>;", "HashMap") && !has_word("MyHashMapper", "HashMap"));
}

#[test]
fn a_function_is_measured_from_its_name_to_its_closing_brace() {
    let code =
        read("struct S {\n}\n\nfn long(\n    a: u8,\n) -> u8 {\n    match a {\n        _ => { 1 }\n    }\n}\n").code;
    assert_eq!(functions(&code), [("long".to_owned(), 4, 10)]);
}
