//! Rules for templates, styles and scripts: nothing loads from outside, nothing that the content policy forbids.

use crate::tree::{File, files, none, root};
use std::fs;

/// A name of XML, not an address that anything loads.
const NAMESPACES: &[&str] = &["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"];

/// Scripts in attributes of htmx, which need `eval`.
const EVALUATED: &[&str] = &["hx-on:", "hx-on=", "hx-vars=", "\"js:", "'js:", "\"javascript:", "'javascript:"];

fn outside_loads(file: &File) -> Vec<String> {
    let text = NAMESPACES.iter().fold(file.text.clone(), |text, name| text.replace(name, ""));
    let style = file.path.rsplit('.').next() == Some("css");
    let marks: &[&str] = if style {
        &["@import", "url(http", "url(\"http", "url('http", "url(//", "url(\"//", "url('//"]
    } else {
        &["http://", "https://", "src=\"//", "href=\"//"]
    };
    let lines = text.lines().enumerate();
    let found =
        lines.flat_map(|(index, line)| marks.iter().filter(|mark| line.contains(**mark)).map(move |m| (index, m)));
    found.map(|(index, mark)| format!("{}:{}: {mark} would load from outside", file.path, index + 1)).collect()
}

fn inline_scripts(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        let script =
            lower.split("<script").skip(1).any(|rest| !rest.split('>').next().unwrap_or_default().contains("src="));
        let evaluated = EVALUATED.iter().any(|mark| lower.contains(mark));
        if script || evaluated || has_handler(&lower) {
            findings.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
        }
    }
    findings
}

/// ` onclick=` and its like, on a line that may be the middle of a tag.
fn has_handler(line: &str) -> bool {
    let words = line.split(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '<'));
    let names = words.filter_map(|word| word.split_once('=')).map(|(name, _)| name);
    names
        .filter_map(|name| name.strip_prefix("on"))
        .any(|event| event.len() > 2 && event.chars().all(|c| c.is_ascii_lowercase()))
}

#[test]
fn pages_load_nothing_from_outside() {
    let pages = files(&["crates/web/templates", "crates/web/assets"], &["html", "js", "css", "svg"]);
    none(&pages.iter().flat_map(outside_loads).collect::<Vec<_>>());
    let bad = File::made_up("a.html", "<script src=\"https://cdn.example/x.js\"></script>\n<img src=\"//x\">");
    assert_eq!(outside_loads(&bad).len(), 2);
    let fine = File::made_up("a.html", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg><link href=\"/assets/a.css\">");
    assert_eq!(outside_loads(&fine).len(), 0);
}

#[test]
fn vendored_styles_load_nothing_from_outside() {
    let path = "crates/web/assets/vendor/tabler.min.css";
    let text = fs::read_to_string(root().join(path)).expect("vendored");
    none(&outside_loads(&File::made_up(path, &text)));
    let bad = File::made_up("a.css", "@import 'x';\n@font-face{src:url(https://fonts.example/a.woff2)}");
    assert_eq!(outside_loads(&bad).len(), 2);
}

#[test]
fn pages_have_no_inline_scripts() {
    none(&files(&["crates/web/templates"], &["html"]).iter().flat_map(inline_scripts).collect::<Vec<_>>());
    for bad in [
        "<a onclick=\"x()\">",
        "<p\nonmouseover='x'>",
        "<a hx-on:click=\"x\">",
        "<script>x()</script>",
        "<a href=\"javascript:x\">",
    ] {
        assert_eq!(inline_scripts(&File::made_up("a.html", bad)).len(), 1, "{bad}");
    }
    for fine in
        ["<script src=\"/a.js\" defer></script>", "<input name=\"one\" value=\"on=1\">", "<a hx-get=\"/x?on=1\">"]
    {
        assert_eq!(inline_scripts(&File::made_up("a.html", fine)).len(), 0, "{fine}");
    }
}
