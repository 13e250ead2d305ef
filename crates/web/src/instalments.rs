//! Instalments as people type them: one a line, the day and the sum.

use xingjian_enforce::case::Instalment;
use xingjian_kernel::Fault;

/// How a line is written, for hints.
pub const HINT: &str =
    "每行一期：最后缴款日期和金额（元），例如：2026-12-31 20000。只写一期的为延期缴纳；合计应当等于尚未缴纳的罚款。";

/// Reads the lines; the first that cannot be read is the fault.
pub fn parse(place: &str, text: &str) -> Result<Vec<Instalment>, Fault> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let parts: Result<Vec<Instalment>, Fault> = lines.map(|line| one(place, line)).collect();
    match parts {
        Ok(parts) if parts.is_empty() => Err(Fault::new(place, "", "没有填写各期期限和金额", HINT)),
        parts => parts,
    }
}

fn one(place: &str, line: &str) -> Result<Instalment, Fault> {
    let unreadable = || Fault::new(place, line, "不是日期和金额", HINT);
    let mut words = line.split_whitespace();
    let (Some(day), Some(sum), None) = (words.next(), words.next(), words.next()) else { return Err(unreadable()) };
    let sum = sum.trim_end_matches('元');
    Ok(Instalment { due: day.parse().map_err(|_| unreadable())?, amount: sum.parse().map_err(|_| unreadable())? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_kernel::money::Fen;

    #[test]
    fn a_line_is_a_day_and_a_sum() {
        let parts = parse("instalments", "2026-12-31 20,000\n\n 2027-03-31  30000元 ").unwrap();
        let read: Vec<(String, Fen)> = parts.iter().map(|part| (part.due.to_string(), part.amount)).collect();
        assert_eq!(
            read,
            [("2026-12-31".into(), Fen::from_yuan(20_000)), ("2027-03-31".into(), Fen::from_yuan(30_000))]
        );
        for wrong in ["", "2026-12-31", "2026-13-31 1", "2026-12-31 一万", "2026-12-31 1 2"] {
            assert!(parse("instalments", wrong).is_err(), "{wrong}");
        }
    }
}
