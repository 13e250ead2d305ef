//! Delimited text, cut into blocks at the ends of rows.

use super::{BLOCK_BYTES, Block, Hand, Source};
use crate::ingest::Error;
use crate::ingest::coding::{Coding, Guess, guess, mislabelled};
use crate::ingest::split::{self, Found};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// A header longer than this is none.
const LONGEST_HEADER: usize = 1 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What the beginning of a file says.
#[derive(Debug)]
pub(super) struct HeaderText {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// About how many rows there are.
    pub rows: u64,
    /// Where the rows begin.
    pub start: u64,
    /// Lines of the header.
    pub lines: u64,
}

/// Reads the header of a file.
pub(super) fn header(
    path: &Path,
    name: &str,
    delimiter: u8,
    said: Option<Coding>,
    bytes: u64,
) -> Result<HeaderText, Error> {
    let file = File::open(path).map_err(Error::unreadable(path))?;
    let mut text = Vec::new();
    file.take(LONGEST_HEADER as u64).read_to_end(&mut text).map_err(Error::unreadable(path))?;
    let bom = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let text = &text[bom..];
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.iter().take(64).any(|byte| *byte == 0) {
        return Err(Error::Coding {
            file: name.to_owned(),
            at: 0,
            hint: "文件像是 UTF-16 或二进制，请另存为 UTF-8 的 CSV".into(),
        });
    }
    let mut cells = Vec::new();
    let whole = text.len() < LONGEST_HEADER - bom;
    let Found::Row { next, lines, .. } = split::row(text, 0, delimiter, whole, &mut cells) else {
        return Err(Error::header(name, "表头不是一行完整的文字，或引号没有成对"));
    };
    let line = &text[..next];
    let coding = match (said, guess(line)) {
        (Some(said), _) => said,
        (None, Guess::Coding(coding)) => coding,
        (None, Guess::Ascii | Guess::Neither) => Coding::Utf8,
    };
    let decode = |(from, to): &(u32, u32)| {
        coding.decode(&text[*from as usize..*to as usize]).map(|text| text.trim().to_owned()).map_err(|at| {
            let at = (bom + *from as usize + at) as u64;
            Error::Coding { file: name.to_owned(), at, hint: format!("表头不是{}编码", coding.label()) }
        })
    };
    let columns: Vec<String> = cells.iter().map(decode).collect::<Result<_, _>>()?;
    if columns.iter().all(String::is_empty) {
        return Err(Error::header(name, "文件是空的，或第一行不是表头"));
    }
    let body = &text[next..];
    let sample = line_ends(body);
    let rows = if sample == 0 { 1 } else { (bytes - next as u64) * sample / body.len().max(1) as u64 };
    Ok(HeaderText { columns, rows, start: (bom + next) as u64, lines })
}

/// How many lines end in a text. The pieces are so short that a byte can count them, which processors do many at a time.
fn line_ends(text: &[u8]) -> u64 {
    let count = |piece: &[u8]| piece.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>();
    text.chunks(255).map(|piece| u64::from(count(piece))).sum()
}

/// Hands the rows of a file on as blocks.
pub(super) fn read(source: &Source, hand: &mut Hand<'_>) -> Result<(), Error> {
    let mut blocks = TextBlocks::open(source)?;
    let mut room = Vec::new();
    while let Some(block) = blocks.next_block(room)? {
        room = hand(block)?;
    }
    Ok(())
}

/// The blocks of a text file.
struct TextBlocks {
    file: File,
    source: Source,
    /// Read, but not handed on yet.
    carry: Vec<u8>,
    offset: u64,
    row: u64,
    number: u64,
    ended: bool,
    /// Known once a block had other characters than ASCII.
    coding: Option<Coding>,
    cells: Vec<(u32, u32)>,
}

impl TextBlocks {
    fn open(source: &Source) -> Result<Self, Error> {
        let header = header(&source.path, &source.name, source.delimiter, source.coding, source.bytes)?;
        let mut file = File::open(&source.path).map_err(Error::unreadable(&source.path))?;
        file.seek(SeekFrom::Start(header.start)).map_err(Error::unreadable(&source.path))?;
        Ok(Self {
            file,
            source: source.clone(),
            carry: Vec::new(),
            offset: header.start,
            row: 1 + header.lines,
            number: 0,
            ended: false,
            coding: None,
            cells: Vec::new(),
        })
    }

    fn next_block(&mut self, mut text: Vec<u8>) -> Result<Option<Block>, Error> {
        text.clear();
        text.append(&mut self.carry);
        let mut wanted = BLOCK_BYTES;
        let end = loop {
            self.fill(&mut text, wanted)?;
            if text.is_empty() {
                return Ok(None);
            }
            match self.last_row_end(&text) {
                0 if !self.ended => wanted += BLOCK_BYTES,
                end => break end,
            }
        };
        self.carry.extend_from_slice(&text[end..]);
        text.truncate(end);
        self.learn_coding(&text)?;
        let lines = line_ends(&text);
        let block = Block {
            number: self.number,
            delimiter: self.source.delimiter,
            offset: self.offset,
            first_row: self.row,
            coding: self.coding,
            text,
        };
        self.number += 1;
        self.offset += end as u64;
        self.row += lines;
        Ok(Some(block))
    }

    fn fill(&mut self, text: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        let mut length = text.len();
        if self.ended || length >= wanted {
            return Ok(());
        }
        text.resize(wanted, 0);
        while length < wanted {
            match self.file.read(&mut text[length..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => length += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::unreadable(&self.source.path)(error)),
            }
        }
        text.truncate(length);
        Ok(())
    }

    /// Where the last whole row ends; 0 if there is none.
    fn last_row_end(&mut self, text: &[u8]) -> usize {
        if self.ended {
            return text.len();
        }
        if !text.contains(&b'"') {
            return text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        }
        let mut end = 0;
        loop {
            match split::row(text, end, self.source.delimiter, false, &mut self.cells) {
                Found::Row { next, .. } | Found::Broken { next } => end = next,
                Found::Incomplete => return end,
            }
        }
    }

    /// The first block with other characters than ASCII decides, or contradicts what was said.
    fn learn_coding(&mut self, text: &[u8]) -> Result<(), Error> {
        if self.coding.is_some() || text.is_ascii() {
            return Ok(());
        }
        let wrong = |at: usize, hint: String| Error::Coding {
            file: self.source.name.clone(),
            at: self.offset + at as u64,
            hint,
        };
        self.coding = Some(match self.source.coding {
            Some(said) => match mislabelled(text, said) {
                Some((at, other)) => {
                    let hint = format!(
                        "文件不是{}编码，像是{}；请改用 --encoding {}",
                        said.label(),
                        other.label(),
                        other.label()
                    );
                    return Err(wrong(at, hint));
                }
                None => said,
            },
            None => match guess(text) {
                Guess::Coding(coding) => coding,
                Guess::Ascii => return Ok(()),
                Guess::Neither => {
                    let at = Coding::Utf8.decode(text).err().unwrap_or(0);
                    return Err(wrong(at, "既不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 的 CSV".into()));
                }
            },
        });
        Ok(())
    }
}
