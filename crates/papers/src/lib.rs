//! Official papers as pages to print: numbered, complete in themselves, the same bytes for the same content.
//!
//! A page loads nothing from outside, so that what was hashed at service prints the same in years. It knows no
//! case and no database, and it seals nothing: who serves a page keeps its exact bytes.

use xingjian_kernel::LocalDate;
use xingjian_kernel::time::chinese;

/// A page to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Document kind of the policy pack.
    pub kind: &'static str,
    /// Title.
    pub title: &'static str,
    /// Official number.
    pub number: String,
    /// To whom it is addressed; empty where the text says it.
    pub to: String,
    /// Headings and texts; a heading may be empty, a text may have several lines.
    pub sections: Vec<(String, String)>,
    /// The authority under it.
    pub authority: String,
    /// The date under it.
    pub date: LocalDate,
}

/// A page must print the same in years, so it brings its own style.
const STYLE: &str = "@page{size:A4;margin:37mm 26mm 35mm 28mm}body{font:16pt/1.75 FangSong,STFangsong,serif;\
    max-width:156mm;margin:0 auto}h1{text-align:center;font-size:22pt}h2{font-size:16pt;margin:.6em 0 0}\
    p{text-indent:2em;margin:0;overflow-wrap:anywhere}.number{text-align:center;text-indent:0}.to{text-indent:0}\
    .seal,.date{text-align:right;text-indent:0}";

impl Page {
    /// The exact page, complete in itself.
    pub fn html(&self) -> String {
        let mut body = String::new();
        if !self.to.is_empty() {
            body.extend(["<p class=\"to\">", &escape(&self.to), "：</p>\n"]);
        }
        for (heading, text) in &self.sections {
            if !heading.is_empty() {
                body.extend(["<h2>", &escape(heading), "</h2>\n"]);
            }
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                body.extend(["<p>", &escape(line), "</p>\n"]);
            }
        }
        format!(
            "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} {number}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"number\">{number}</p>\n{body}\
             <p class=\"seal\">{authority}（印章）</p>\n<p class=\"date\">{date}</p>\n</body>\n</html>\n",
            title = escape(self.title),
            number = escape(&self.number),
            authority = escape(&self.authority),
            date = chinese(self.date),
        )
    }
}

fn escape(text: &str) -> String {
    let pairs = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")];
    text.chars().fold(String::new(), |mut out, c| {
        match pairs.iter().find(|(plain, _)| *plain == c) {
            Some((_, entity)) => out.push_str(entity),
            None => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn page() -> Page {
        Page {
            kind: "inspection_notice",
            title: "检查通知书",
            number: "演示〔2026〕1号".into(),
            to: "演示<甲>医院".into(),
            sections: vec![("事项".into(), "第一行\n\n第二行 & \"引号\"".into()), (String::new(), "无标题".into())],
            authority: "演示卫生健康局".into(),
            date: jiff::civil::date(2026, 11, 21),
        }
    }

    #[test]
    fn the_same_content_gives_the_same_page() {
        assert_eq!(page().html(), page().html());
        let html = page().html();
        let body = html.split_once("<body>").unwrap().1;
        expect![[r#"

            <h1>检查通知书</h1>
            <p class="number">演示〔2026〕1号</p>
            <p class="to">演示&lt;甲&gt;医院：</p>
            <h2>事项</h2>
            <p>第一行</p>
            <p>第二行 &amp; &quot;引号&quot;</p>
            <p>无标题</p>
            <p class="seal">演示卫生健康局（印章）</p>
            <p class="date">2026年11月21日</p>
            </body>
            </html>
        "#]]
        .assert_eq(body);
    }

    #[test]
    fn nothing_is_loaded_from_outside() {
        let html = page().html();
        for sign in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!html.contains(sign), "{sign}");
        }
    }
}
