//! The notice (不良执业行为记分通知书) as a page to print: the exact bytes that are hashed at service.

use super::Demerit;
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::time::chinese;

/// Title as printed.
pub const TITLE: &str = "不良执业行为记分通知书";

/// A page must print the same in years, so it brings its own style.
const STYLE: &str = "@page{size:A4;margin:37mm 26mm 35mm 28mm}body{font:16pt/1.75 FangSong,serif}\
    h1{text-align:center;font-size:22pt}p{text-indent:2em;margin:0}.number,.to{text-indent:0}\
    .number{text-align:center}.seal,.date{text-align:right}";

/// The page. Depends on nothing but its arguments, so the same notice has the same bytes.
pub fn page(demerit: &Demerit, number: &str, statement_due: Deadline, authority: &str, on: LocalDate) -> String {
    let paragraphs = [
        format!("经查，你单位（你）存在以下不良执业行为：{}（{}）。{}", demerit.behaviour, demerit.item, demerit.fact),
        format!("依据：{}。", demerit.basis.text()),
        format!("拟记不良执业行为{}分。记分不代替行政处罚。", demerit.points),
        format!(
            "你单位（你）有权在{}前向本机关陈述和申辩；逾期未提出的，视为放弃。本机关不因陈述和申辩加重记分。",
            chinese(statement_due.due)
        ),
    ];
    let body = paragraphs.map(|text| format!("<p>{}</p>", escape(&text))).join("\n");
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{TITLE}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{TITLE}</h1>\n<p class=\"number\">{number}</p>\n<p class=\"to\">{name}：</p>\n{body}\n\
         <p class=\"seal\">{authority}</p>\n<p class=\"date\">{date}</p>\n</body>\n</html>\n",
        number = escape(number),
        name = escape(&demerit.name),
        authority = escape(authority),
        date = chinese(on),
    )
}

fn escape(text: &str) -> String {
    let pairs = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")];
    text.chars().fold(String::new(), |mut out, c| {
        match pairs.iter().find(|(plain, _)| *plain == c) {
            Some((_, entity)) => out.push_str(entity),
            None => out.push(c),
        }
        out
    })
}
