//! A workbook in the format of today, just enough of it: sheets of cells in an archive without compression.

use std::fmt::Write;

/// A cell.
pub enum Cell {
    Text(String),
    Number(String),
    /// A serial number shown as a date.
    Date(String),
    Nothing,
}

/// A workbook of sheets with these names and rows.
pub fn book(sheets: &[(&str, Vec<Vec<Cell>>)]) -> Vec<u8> {
    let mut archive = Archive::default();
    let (mut list, mut relations, mut types) = (String::new(), String::new(), String::new());
    for (number, (name, _)) in (1..).zip(sheets) {
        write!(list, r#"<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>"#).unwrap();
        write!(relations, r#"<Relationship Id="r{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#).unwrap();
        write!(types, r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#).unwrap();
    }
    archive.add("[Content_Types].xml", &format!(r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>"#));
    archive.add("_rels/.rels", r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#);
    archive.add("xl/workbook.xml", &format!(r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{list}</sheets></workbook>"#));
    archive.add("xl/_rels/workbook.xml.rels", &format!(r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#));
    archive.add("xl/styles.xml", r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#);
    for (number, (_, rows)) in (1..).zip(sheets) {
        archive.add(&format!("xl/worksheets/sheet{number}.xml"), &sheet(rows));
    }
    archive.finish()
}

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut text = r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#.to_owned();
    for (number, row) in (1..).zip(rows) {
        write!(text, r#"<row r="{number}">"#).unwrap();
        for (at, cell) in row.iter().enumerate() {
            let place = format!("{}{number}", column(at));
            match cell {
                Cell::Text(value) => {
                    let value = value.replace('&', "&amp;").replace('<', "&lt;");
                    write!(text, r#"<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>"#).unwrap();
                }
                Cell::Number(value) => write!(text, r#"<c r="{place}"><v>{value}</v></c>"#).unwrap(),
                Cell::Date(value) => write!(text, r#"<c r="{place}" s="1"><v>{value}</v></c>"#).unwrap(),
                Cell::Nothing => {}
            }
        }
        text.push_str("</row>");
    }
    text + "</sheetData></worksheet>"
}

fn column(at: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at).unwrap());
    if at < 26 { letter(at).to_string() } else { format!("{}{}", letter(at / 26 - 1), letter(at % 26)) }
}

/// An archive of stored files.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

impl Archive {
    fn add(&mut self, name: &str, text: &str) {
        let (size, length) = (u32::try_from(text.len()).unwrap(), u16::try_from(name.len()).unwrap());
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a];
        head.extend(check(text.as_bytes()).to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(length.to_le_bytes());
        head.extend([0, 0]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&head);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(text.as_bytes());
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&head);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let (offset, size) = (u32::try_from(self.bytes.len()).unwrap(), u32::try_from(self.directory.len()).unwrap());
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

/// CRC-32 of archives.
fn check(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
        sum
    })
}
