//! Files of any kind as blocks of delimited text with whole rows: one way of checking for all of them.

mod book;
mod columns;
mod text;

use super::Error;
use super::coding::Coding;
use std::path::{Path, PathBuf};

/// Text with whole rows.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Counts the blocks of a file.
    pub number: u64,
    /// The rows.
    pub text: Vec<u8>,
    /// What separates cells.
    pub delimiter: u8,
    /// Place in the file.
    pub offset: u64,
    /// Row that the first row is, as an editor counts.
    pub first_row: u64,
    /// How its characters are coded.
    pub coding: Option<Coding>,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Delimited text.
    Text,
    /// A workbook of Excel.
    Book,
    /// Parquet.
    Parquet,
}

impl Format {
    /// Of a file, by its first bytes.
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let mut head = [0; 8];
        let mut file = std::fs::File::open(path).map_err(Error::unreadable(path))?;
        let length = std::io::Read::read(&mut file, &mut head).map_err(Error::unreadable(path))?;
        Ok(match &head[..length] {
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Book,
            _ => Self::Text,
        })
    }

    /// As it is written.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Text => "CSV",
            Self::Book => "Excel",
            Self::Parquet => "Parquet",
        }
    }
}

/// A file, or a sheet of one, with its header.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its name, with that of the sheet where there is one.
    pub name: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// Kind of file.
    pub format: Format,
    /// Names of the columns.
    pub header: Vec<String>,
    /// About how many rows it has.
    pub rows: u64,
    /// Bytes that are read for it.
    pub bytes: u64,
    /// What separates cells of text.
    pub delimiter: u8,
    /// The coding that was said; else it is found out.
    pub coding: Option<Coding>,
}

/// The sources of a file: itself, or its sheets. `delimiter` is asked by name, before the header is read.
pub(super) fn open(path: &Path, coding: Option<Coding>, delimiter: impl Fn(&str) -> u8) -> Result<Vec<Source>, Error> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bytes = std::fs::metadata(path).map_err(Error::unreadable(path))?.len();
    let format = Format::of(path)?;
    let source = |sheet: Option<String>, header, rows| Source {
        path: path.to_owned(),
        name: sheet.as_ref().map_or_else(|| name.clone(), |sheet| format!("{name}#{sheet}")),
        sheet,
        format,
        header,
        rows,
        bytes,
        delimiter: b',',
        coding,
    };
    match format {
        Format::Text => {
            let delimiter = delimiter(&name);
            let text::HeaderText { columns, rows, .. } = text::header(path, &name, delimiter, coding, bytes)?;
            Ok(vec![Source { delimiter, ..source(None, columns, rows) }])
        }
        Format::Book => {
            let sheets = book::sheets(path, &name)?;
            Ok(sheets.into_iter().map(|(sheet, header, rows)| source(Some(sheet), header, rows)).collect())
        }
        Format::Parquet => {
            let (header, rows) = columns::header(path, &name)?;
            Ok(vec![source(None, header, rows)])
        }
    }
}

/// Takes a block and gives back room for another.
pub(super) type Hand<'h> = dyn FnMut(Block) -> Result<Vec<u8>, Error> + 'h;

/// Hands the rows of a source on as blocks. Of Parquet only the columns in `used` are decoded, the others are empty.
pub(super) fn read(source: &Source, used: &[bool], hand: &mut Hand<'_>) -> Result<(), Error> {
    match source.format {
        Format::Text => text::read(source, hand),
        Format::Book => book::read(source, hand),
        Format::Parquet => columns::read(source, used, hand),
    }
}

/// About how many bytes a block has.
const BLOCK_BYTES: usize = 1 << 20;

/// Adds a cell to a row of a block, quoted where it must be. Line ends within become spaces.
fn push_cell(text: &mut Vec<u8>, cell: &[u8]) {
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if !cell.iter().any(special) {
        text.extend_from_slice(cell);
        return;
    }
    text.push(b'"');
    for byte in cell {
        match byte {
            b'"' => text.extend_from_slice(b"\"\""),
            b'\n' | b'\r' => text.push(b' '),
            byte => text.push(*byte),
        }
    }
    text.push(b'"');
}
