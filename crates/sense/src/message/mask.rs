//! What a list shows of people's words: numbers by which somebody can be reached or known are covered. The file itself shows the words as
//! they are, to whoever handles them.

/// Digits of which the middle is covered: telephone, identity card and bank card numbers.
const FROM: usize = 7;

/// The text with long numbers covered: `13812345678` becomes `138****5678`, a citizen number keeps its first and last four.
pub fn mask(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run: Vec<char> = vec![];
    for c in text.chars() {
        let within = match c {
            'x' | 'X' => run.last().is_some_and(char::is_ascii_digit),
            '-' | ' ' => run.last().is_some_and(char::is_ascii_digit) && is_grouped(&run),
            _ => false,
        };
        if c.is_ascii_digit() || within {
            run.push(c);
        } else {
            end(&mut run, &mut shown);
            shown.push(c);
        }
    }
    end(&mut run, &mut shown);
    shown
}

/// Whether what stands before a dash or blank is the first part of a telephone number, and not a year.
fn is_grouped(run: &[char]) -> bool {
    let first = run.split(|c| !c.is_ascii_digit()).next().unwrap_or_default();
    first.first() == Some(&'0') || first.len() == 3 && first.first() == Some(&'1')
}

fn end(run: &mut Vec<char>, shown: &mut String) {
    // What joins digits belongs to the number only between them; a final X is a check digit.
    let mut tail = vec![];
    while run.last().is_some_and(|c| matches!(c, '-' | ' ')) {
        tail.extend(run.pop());
    }
    let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
    let keep = if digits >= 15 { 4 } else { 3 };
    let (mut seen, covered) = (0, digits >= FROM);
    for c in run.drain(..) {
        seen += usize::from(c.is_ascii_digit());
        let middle = covered && c.is_ascii_digit() && seen > keep && seen + 4 <= digits;
        shown.push(if middle { '*' } else { c });
    }
    shown.extend(tail.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_reach_or_name_somebody_are_covered() {
        for (text, shown) in [
            ("电话13812345678，急", "电话138****5678，急"),
            ("138-1234-5678。", "138-****-5678。"),
            ("号码11010519491231002X本人", "号码1101*********1002X本人"),
            ("2019年4月25日收费300元", "2019年4月25日收费300元"),
            ("座机0756-2222222", "座机075*-***2222"),
            ("编号123456 第2次", "编号123456 第2次"),
            ("2019-04-25 09:32、2019 12 25 1400", "2019-04-25 09:32、2019 12 25 1400"),
        ] {
            assert_eq!(mask(text), shown);
        }
    }
}
