//! A row of a file as a message, or every reason why it is none.

use crate::complaint::{MAX_TEXT, ReporterClear};
use serde::{Deserialize, Serialize};
use xingjian_kernel::{Fault, LocalDate, Timestamp};
use xingjian_policy::MessageLayout;
use xingjian_registry::import::{Columns, Table};
use xingjian_store::blobs;

/// Longest title, place or name taken, in characters.
const MAX_SHORT: usize = 200;

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What makes it the same message when it comes again: its own number, or what it says.
    pub key: String,
    /// Institution, place or title; what a list shows first.
    pub about: String,
    /// What happened.
    pub text: String,
    /// Who sent it, where the file says so.
    pub reporter: Option<ReporterClear>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// What was answered before it came here.
    pub reply: Option<Reply>,
}

/// An answer that was given elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What was answered.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A line of the file: a message, or what is wrong with it.
pub type Line = (usize, Result<Message, Vec<Fault>>);

/// Every line of a table that could be read, in order.
pub fn messages(table: &Table, layout: &MessageLayout, today: LocalDate) -> Vec<Line> {
    let reader = Reader { columns: columns(table, layout), today };
    table.rows.iter().map(|(line, cells)| (*line, reader.message(*line, cells))).collect()
}

/// Columns of a file of messages that are not read.
pub fn unread(table: &Table, layout: &MessageLayout) -> Vec<String> {
    columns(table, layout).unread()
}

fn columns<'a>(table: &'a Table, layout: &MessageLayout) -> Columns<'a> {
    let fields: [(&'static str, &[String]); 9] = [
        ("key", &layout.key),
        ("title", &layout.title),
        ("text", &layout.text),
        ("about", &layout.about),
        ("reporter", &layout.reporter),
        ("contact", &layout.contact),
        ("sent_at", &layout.sent_at),
        ("reply", &layout.reply),
        ("replied_at", &layout.replied_at),
    ];
    Columns::of(table, fields)
}

/// Reads the lines of one file.
struct Reader<'a> {
    columns: Columns<'a>,
    today: LocalDate,
}

impl Reader<'_> {
    fn cell<'c>(&self, cells: &'c [String], field: &str) -> &'c str {
        self.columns.cell(cells, field).unwrap_or_default()
    }

    fn place(&self, line: usize, field: &str) -> String {
        self.columns.place(line, field)
    }

    fn message(&self, line: usize, cells: &[String]) -> Result<Message, Vec<Fault>> {
        let mut faults = self.columns.unfit(line, cells, &["text", "title", "about", "reply"]);
        let text = self.cell(cells, "text").replace("\r\n", "\n");
        let length = text.chars().count();
        if length == 0 {
            faults.push(Fault::new(self.place(line, "text"), "", "没有填写", "请补上来件内容"));
        } else if length > MAX_TEXT {
            let reason = format!("有{length}个字，超过{MAX_TEXT}个字的上限");
            faults.push(Fault::new(self.place(line, "text"), &text, reason, "请作为附件另行登记"));
        }
        for field in ["key", "title", "about", "reporter", "contact"] {
            self.columns.short(line, cells, field, MAX_SHORT, &mut faults);
        }
        let sent_at = self.moment(line, cells, "sent_at", &mut faults);
        let reply = self.reply(line, cells, sent_at, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let (title, about) = (self.cell(cells, "title"), self.cell(cells, "about"));
        let first = [about, title].into_iter().find(|text| !text.is_empty()).map(str::to_owned);
        let given = self.cell(cells, "key");
        let key = if given.is_empty() {
            let sent = self.cell(cells, "sent_at");
            blobs::digest(format!("{sent}\n{title}\n{about}\n{text}").as_bytes())
        } else {
            given.to_owned()
        };
        let (name, contact) = (self.cell(cells, "reporter"), self.cell(cells, "contact"));
        let named = !name.is_empty() || !contact.is_empty();
        // Where both are given the title goes before the text: it is shown nowhere else.
        let text = if about.is_empty() || title.is_empty() { text } else { format!("{title}\n{text}") };
        Ok(Message {
            key,
            about: first.unwrap_or_else(|| text.chars().take(30).collect()),
            text,
            reporter: named.then(|| ReporterClear { name: name.to_owned(), contact: contact.to_owned() }),
            sent_at,
            reply,
        })
    }

    /// What was answered elsewhere: both parts or neither, and not before it was sent.
    fn reply(
        &self,
        line: usize,
        cells: &[String],
        sent_at: Option<Timestamp>,
        faults: &mut Vec<Fault>,
    ) -> Option<Reply> {
        let place = |field: &str| self.place(line, field);
        let at = self.moment(line, cells, "replied_at", faults);
        let (text, when) = (self.cell(cells, "reply"), self.cell(cells, "replied_at"));
        match (text.is_empty(), when.is_empty()) {
            (true, true) => return None,
            (true, false) => {
                let mend = "请补上，或者两项都留空";
                faults.push(Fault::new(place("reply"), "", "有答复时间而没有答复内容", mend));
            }
            (false, true) => {
                faults.push(Fault::new(place("replied_at"), "", "有答复内容而没有答复时间", "请补上答复时间"));
            }
            (false, false) => {}
        }
        let at = at?;
        if sent_at.is_some_and(|sent| at < sent) {
            faults.push(Fault::new(place("replied_at"), when, "早于来件时间", "请核对两个时间"));
        }
        Some(Reply { text: text.to_owned(), at })
    }

    fn moment(&self, line: usize, cells: &[String], field: &str, faults: &mut Vec<Fault>) -> Option<Timestamp> {
        let text = self.cell(cells, field);
        if text.is_empty() {
            return None;
        }
        let Some(at) = moment(text) else {
            let reason = if is_serial(text) {
                "是电子表格的日期序号，单元格没有设为日期"
            } else {
                "不是日期和时间"
            };
            let mend = "请写成 2026-11-21 09:30 的格式";
            faults.push(Fault::new(self.place(line, field), text, reason, mend));
            return None;
        };
        if at.local_date() > self.today {
            faults.push(Fault::new(self.place(line, field), text, "在今天之后", "请核对年份"));
            return None;
        }
        Some(at)
    }
}

/// A number between 1982 and 2064 as spreadsheets count days: a date whose cell is no date.
fn is_serial(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|days| (30_000.0..60_000.0).contains(&days))
}

/// `2019/4/25 9:32:09`, `2019-04-25 09:32`, `2019-04-25T09:32:09` or a date alone.
pub fn moment(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), "0:0"));
    let mut parts = date.split(['-', '/', '.']).map(str::parse::<i16>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() || !(1900..=9999).contains(&year) {
        return None;
    }
    let date = LocalDate::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let mut parts = time.trim().split(':');
    let within = |part: Option<&str>, below: i8| {
        part.map_or(Some(0), |text| text.parse::<i8>().ok().filter(|n| (0..below).contains(n)))
    };
    let (hour, minute) = (within(parts.next(), 24)?, within(parts.next(), 60)?);
    let second = within(parts.next().map(|text| text.split('.').next().unwrap_or_default()), 60)?;
    if parts.next().is_some() {
        return None;
    }
    Some(Timestamp::from_local(date, hour, minute).plus_seconds(i64::from(second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_files_write_them() {
        let told = |text: &str| moment(text).map(|at| at.to_string());
        for text in ["2019/4/25 9:32:09", "2019-04-25 09:32:09", "2019-04-25T09:32:09.000", " 2019.4.25 9:32:09 "] {
            assert_eq!(told(text).as_deref(), Some("2019-04-25 09:32:09"), "{text}");
        }
        assert_eq!(told("2018/4/24").as_deref(), Some("2018-04-24 00:00:00"));
        for wrong in [
            "2019/13/1 9:00",
            "2019/2/30",
            "昨天",
            "2019-4",
            "2019/4/25 25:00",
            "19/4/25",
            "2019/4/25 9:00:00:00",
            "43580.39",
        ] {
            assert_eq!(told(wrong), None, "{wrong}");
        }
    }
}
