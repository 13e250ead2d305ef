//! Reads claims from text; a word that cannot be read is a fault with its line.

use crate::claims::dictionary::ListName;
use crate::claims::rows::LineState;
use crate::claims::{Dictionaries, Line, MonthRows, Visit};
use crate::plan::Extracts;
use crate::plan::compile::day_number;
use std::collections::BTreeMap;
use std::str::FromStr;
use xingjian_kernel::{Fault, LocalDate};

/// Claims and what a run knows beside them.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// By name of the month.
    pub months: BTreeMap<String, MonthRows>,
    /// Lists of names.
    pub lists: Dictionaries,
    /// Registrations, where some are written.
    pub extracts: Extracts,
}

const VISIT_WORDS: [&str; 13] = [
    "institution",
    "type",
    "begin",
    "end",
    "sex",
    "birth",
    "insurance",
    "level",
    "city",
    "doctor",
    "diagnosis",
    "death",
    "total",
];
const LINE_WORDS: [&str; 7] = ["quantity", "price", "amount", "covered", "limit", "doctor", "supply"];
const DOCTOR_WORDS: [&str; 3] = ["from", "until", "scopes"];

/// Reads claims.
pub fn read(text: &str) -> Result<Claims, Fault> {
    let mut claims = Claims::default();
    let mut month = "2026-01".to_owned();
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let Some(kind) = words.next() else { continue };
        let words = Words { place: format!("第{number}行"), words: words.collect() };
        match kind {
            "month" => words.at(0)?.clone_into(&mut month),
            "doctor" => claims.doctor(&words)?,
            "visit" => {
                let visit = claims.visit(&words)?;
                claims.months.entry(month.clone()).or_default().visits.push(visit);
            }
            "line" => {
                let visits = &claims.months.entry(month.clone()).or_default().visits;
                let id = words.at(1)?;
                let at = visits.iter().position(|visit| visit.visit == id);
                let at = at.ok_or_else(|| words.fault(id, "前面没有这次就诊", "先写就诊，再写明细"))?;
                let line = claims.line(&words, u32::try_from(at).unwrap_or(u32::MAX))?;
                claims.months.entry(month.clone()).or_default().lines.push(line);
            }
            other => return Err(words.fault(other, "不认识的行", "以month、doctor、visit或line开头")),
        }
    }
    Ok(claims)
}

/// The words of one line.
struct Words<'a> {
    place: String,
    words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn fault(&self, value: &str, reason: &str, mend: &str) -> Fault {
        Fault::new(self.place.clone(), value, reason, mend)
    }

    fn at(&self, at: usize) -> Result<&'a str, Fault> {
        self.words.get(at).copied().ok_or_else(|| self.fault(&self.words.join(" "), "缺少字段", "按文件开头的写法补全"))
    }

    /// `name=value` after so many words by place.
    fn fields(&self, after: usize, known: &[&str]) -> Result<BTreeMap<&'a str, &'a str>, Fault> {
        let fields = self.words.iter().skip(after).map(|word| {
            let field = word.split_once('=').filter(|(name, _)| known.contains(name));
            field.ok_or_else(|| self.fault(word, "不认识的字段", &format!("可用：{}", known.join("、"))))
        });
        fields.collect()
    }

    fn parsed<T: FromStr>(&self, text: Option<&&str>) -> Result<Option<T>, Fault> {
        let parsed = text.map(|text| text.parse().map_err(|_| self.fault(text, "写法不正确", "改为数字或日期")));
        parsed.transpose()
    }

    fn day(&self, text: Option<&&str>) -> Result<Option<i32>, Fault> {
        Ok(self.parsed::<LocalDate>(text)?.map(day_number))
    }

    /// Day, and milliseconds of the day where a time is written.
    fn moment(&self, text: &str) -> Result<(i32, Option<i32>), Fault> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let day = day_number(self.parsed::<LocalDate>(Some(&date))?.expect("a text was given"));
        let Some(time) = time else { return Ok((day, None)) };
        let numbers = time.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)));
        let sound = numbers.filter(|(hour, minute): &(i32, i32)| (0..24).contains(hour) && (0..60).contains(minute));
        let (hour, minute) = sound.ok_or_else(|| self.fault(text, "时刻写法不正确", "写成2026-01-02T09:30"))?;
        Ok((day, Some((hour * 60 + minute) * 60_000)))
    }

    fn millis(&self, text: Option<&&str>) -> Result<Option<i64>, Fault> {
        let moment = text.map(|text| self.moment(text)).transpose()?;
        Ok(moment.map(|(day, time)| i64::from(day) * 86_400_000 + i64::from(time.unwrap_or(0))))
    }

    fn scaled(&self, text: Option<&&str>, digits: u32) -> Result<Option<i64>, Fault> {
        let scaled = text.map(|text| {
            scaled(text, digits).ok_or_else(|| self.fault(text, "数字写法不正确", &format!("最多{digits}位小数")))
        });
        scaled.transpose()
    }
}

/// `1.5` with four digits is 15,000.
fn scaled(text: &str, digits: u32) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let width = digits as usize;
    if part.len() > width {
        return None;
    }
    let number: i64 = format!("{whole}{part:0<width$}").parse().ok()?;
    Some(sign * number)
}

/// The key of a person: stands for the keyed hash of real data (FNV-1a).
fn key(person: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in person.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}-{person}")
}

impl Claims {
    fn code(&mut self, list: ListName, text: Option<&&str>) -> Option<i32> {
        text.map(|text| self.lists.list_mut(list).code(text))
    }

    fn doctor(&mut self, words: &Words<'_>) -> Result<(), Fault> {
        let fields = words.fields(1, &DOCTOR_WORDS)?;
        let from = words.day(fields.get("from"))?.unwrap_or(i32::MIN);
        let until = words.day(fields.get("until"))?.unwrap_or(i32::MAX);
        let scopes = fields.get("scopes").map_or_else(Vec::new, |text| text.split(',').map(str::to_owned).collect());
        let known = self.extracts.doctors.get_or_insert_default();
        known.entry(words.at(0)?.to_owned()).or_default().push((from, until, scopes));
        Ok(())
    }

    fn visit(&mut self, words: &Words<'_>) -> Result<Visit, Fault> {
        let fields = words.fields(2, &VISIT_WORDS)?;
        let diagnoses: Vec<i32> = fields.get("diagnosis").map_or_else(Vec::new, |text| {
            text.split(',').map(|one| self.lists.list_mut(ListName::Diagnoses).code(one)).collect()
        });
        Ok(Visit {
            patient: key(words.at(1)?),
            visit: words.at(0)?.to_owned(),
            institution: self.code(ListName::Institutions, fields.get("institution")).unwrap_or(0),
            doctor: self.code(ListName::Doctors, fields.get("doctor")),
            department: None,
            medical_type: self.code(ListName::Values, fields.get("type")),
            insurance: self.code(ListName::Values, fields.get("insurance")),
            level: self.code(ListName::Values, fields.get("level")),
            city: self.code(ListName::Values, fields.get("city")),
            sex: words.parsed(fields.get("sex"))?,
            birth: words.day(fields.get("birth"))?,
            death: words.day(fields.get("death"))?,
            begin: words.millis(fields.get("begin"))?,
            end: words.millis(fields.get("end"))?,
            days: None,
            diagnosis: diagnoses.first().copied(),
            diagnoses,
            operations: Vec::new(),
            total: words.scaled(fields.get("total"), 2)?,
            fund: None,
        })
    }

    fn line(&mut self, words: &Words<'_>, visit: u32) -> Result<Line, Fault> {
        let fields = words.fields(4, &LINE_WORDS)?;
        let (day, time) = words.moment(words.at(2)?)?;
        let quantity = words.scaled(fields.get("quantity"), 4)?.unwrap_or(10_000);
        let price = words.scaled(fields.get("price"), 6)?.unwrap_or(10_000_000);
        let product = crate::pass::money(price, quantity);
        Ok(Line {
            visit,
            day,
            time,
            item: self.lists.list_mut(ListName::Items).code(words.at(3)?),
            quantity,
            price,
            amount: words.scaled(fields.get("amount"), 2)?.unwrap_or(product),
            covered: words.scaled(fields.get("covered"), 2)?,
            price_limit: words.scaled(fields.get("limit"), 6)?,
            doctor: self.code(ListName::Doctors, fields.get("doctor")),
            supply_days: words.parsed(fields.get("supply"))?,
            state: LineState::InForce,
            refunds: None,
            line: words.at(0)?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(scaled("1.5", 4), Some(15_000));
        assert_eq!(scaled("-0.01", 2), Some(-1));
        assert_eq!(scaled("3", 6), Some(3_000_000));
        assert_eq!(scaled("0.00001", 4), None);
        assert_eq!(scaled("x", 2), None);
    }

    #[test]
    fn a_word_that_cannot_be_read_is_a_fault_with_its_line() {
        let fault = |text: &str| read(text).map(|_| ()).unwrap_err().to_string();
        assert!(fault("visit v1 p1 sex=1\nline l1 v2 2026-01-01 X1").starts_with("第2行：“v2”"));
        assert!(fault("visit v1 p1 sx=1").contains("不认识的字段"));
        assert!(fault("visit v1 p1 birth=1990-13-01").contains("写法不正确"));
        assert!(fault("visit v1 p1\nline l1 v1 2026-01-01T25:00 X1").contains("时刻写法不正确"));
        assert!(fault("visit v1").contains("缺少字段"));
        assert!(fault("row").contains("不认识的行"));
    }
}
