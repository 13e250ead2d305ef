//! Hides what a free text may give away: numbers of persons and telephones. Default is to hide: a long number that
//! only looks like one is hidden too.

/// What stands for a number of 15 digits or more.
const DOCUMENT: &str = "（证件号码已隐去）";
/// What stands for a telephone number.
const TELEPHONE: &str = "（电话号码已隐去）";

/// The text without such numbers. Hiding twice is hiding once.
pub fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        if let Some((length, sign)) = number(&chars[at..]) {
            out.push_str(sign);
            at += length;
        } else if digit(chars[at]).is_some() {
            // A shorter number is passed over as a whole, so that its tail is not taken for another.
            let run = run(&chars[at..]);
            out.extend(&chars[at..at + run]);
            at += run;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// A number to be hidden that begins here: its length in characters and its sign.
fn number(chars: &[char]) -> Option<(usize, &'static str)> {
    let whole = run(chars);
    if whole == 0 {
        return None;
    }
    let digits: String = chars[..whole].iter().filter_map(|c| digit(*c)).collect();
    if whole >= 15 {
        // The check character of a citizen number may be an X.
        let check = chars.get(whole).is_some_and(|c| matches!(c, 'X' | 'x' | 'Ｘ' | 'ｘ'));
        return Some((whole + usize::from(check), DOCUMENT));
    }
    let mobile = |digits: &str| digits.starts_with('1') && digits.len() == 11;
    if mobile(&digits) || digits.strip_prefix("86").is_some_and(mobile) {
        return Some((whole, TELEPHONE));
    }
    if digits.starts_with('0') && (10..=12).contains(&whole) {
        return Some((whole, TELEPHONE));
    }
    grouped(chars)
}

/// Groups of digits with one hyphen or space between them, in the shapes in which people write such numbers.
fn grouped(chars: &[char]) -> Option<(usize, &'static str)> {
    let mut groups = vec![];
    let mut at = 0;
    loop {
        let group = run(&chars[at..]);
        if group == 0 {
            break;
        }
        at += group;
        groups.push((group, at));
        if !chars.get(at).is_some_and(|c| matches!(c, '-' | ' ' | '－' | '\u{a0}')) {
            break;
        }
        at += 1;
    }
    let starts = |want: char| chars.first().and_then(|c| digit(*c)) == Some(want);
    let shape: Vec<usize> = groups.iter().map(|(group, _)| *group).collect();
    let end = |n: usize| groups[n - 1].1;
    match shape[..] {
        [6, 8, 4, ..] => Some((end(3), DOCUMENT)),
        // The last group ends in the check character.
        [6, 8, 3, ..] if chars.get(end(3)).is_some_and(|c| matches!(c, 'X' | 'x')) => Some((end(3) + 1, DOCUMENT)),
        [4, 4, 4, 4, ..] => Some((end(4), DOCUMENT)),
        [3, 4, 4, ..] if starts('1') => Some((end(3), TELEPHONE)),
        [2, 3, 4, 4, ..] if starts('8') => Some((end(4), TELEPHONE)),
        [3 | 4, 7 | 8, ..] if starts('0') => Some((end(2), TELEPHONE)),
        _ => None,
    }
}

/// How many digits stand here without a break.
fn run(chars: &[char]) -> usize {
    chars.iter().take_while(|c| digit(**c).is_some()).count()
}

/// The digit, also of full width.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}
