//! Files of messages as rows of text: CSV and Excel as every list, and JSON lines.

use serde_json::{Map, Value};
use xingjian_kernel::Fault;
use xingjian_registry::import::{self, MAX_BYTES, Table, TableFault};

/// Reads a file of any of the three shapes, which its first bytes tell apart, that has a column of one of these names.
pub fn read<N: AsRef<str>>(bytes: &[u8], wanted: &[N]) -> Result<Table, Fault> {
    let begin = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match begin.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') if bytes.len() <= MAX_BYTES => {
            let table = json_lines(begin)?;
            table.wants(wanted)?;
            Ok(table)
        }
        _ => import::read(bytes, wanted),
    }
}

/// One object a line; the columns are the names in the order in which they come up.
fn json_lines(bytes: &[u8]) -> Result<Table, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let reason = format!("第{}个字节不是 UTF-8 编码", error.valid_up_to() + 1);
        Fault::new("文件", "", reason, "JSON 行文件请用 UTF-8 编码")
    })?;
    let mut table = Table::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        table.is_not_too_large()?;
        match row(line, &mut table.columns) {
            Ok(cells) => table.rows.push((at + 1, cells)),
            Err((reason, mend)) => {
                let fault = Fault::new(format!("第{}行", at + 1), "", reason, mend);
                table.unreadable.push(TableFault { line: at + 1, fault, cells: vec![] });
            }
        }
    }
    let width = table.columns.len();
    for (_, cells) in &mut table.rows {
        cells.resize(width, String::new());
    }
    Ok(table)
}

type Why = (String, &'static str);

fn row(line: &str, columns: &mut Vec<String>) -> Result<Vec<String>, Why> {
    let object: Map<String, Value> = serde_json::from_str(line)
        .map_err(|error| (format!("第{}个字符起不是 JSON 对象", error.column()), "请每行写一个完整的 JSON 对象"))?;
    let mut cells = vec![String::new(); columns.len()];
    for (name, value) in object {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => if flag { "是" } else { "否" }.to_owned(),
            Value::Array(_) | Value::Object(_) => {
                return Err((format!("“{name}”不是文字或者数字"), "请把该项写成文字"));
            }
        };
        let at = columns.iter().position(|column| *column == name).unwrap_or_else(|| {
            columns.push(name);
            cells.push(String::new());
            columns.len() - 1
        });
        cells[at] = text;
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_are_a_table_and_a_broken_one_says_where() {
        let text =
            "{\"编号\": 7, \"正文\": \"甲\"}\n\n{\"正文\": \"乙\", \"标题\": null}\n{\"正文\": [1]}\n{\"正文\": \n";
        let table = read(text.as_bytes(), &["正文"]).unwrap();
        let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let at = |name: &str| table.columns.iter().position(|column| column == name).unwrap();
        assert_eq!(table.columns.len(), 3, "{:?}", table.columns);
        let first = &table.rows[0];
        assert_eq!(
            (first.0, &first.1[at("编号")], &first.1[at("正文")], &first.1[at("标题")]),
            (1, &"7".into(), &"甲".into(), &String::new())
        );
        assert_eq!((table.rows[1].0, &table.rows[1].1[at("正文")]), (3, &cells(&["乙"])[0]));
        let faults: Vec<String> = table.unreadable.iter().map(|row| row.fault.to_string()).collect();
        expect_test::expect![[r#"
            第4行：“正文”不是文字或者数字。请把该项写成文字
            第5行：第11个字符起不是 JSON 对象。请每行写一个完整的 JSON 对象"#]]
        .assert_eq(&faults.join("\n"));
        assert_eq!(read(b"{\"a\": \"\xff\"}", &["a"]).unwrap_err().place, "文件");
        assert!(read(b"{\"a\": \"b\"}", &["正文"]).unwrap_err().reason.contains("没有“正文”列"));
    }
}
