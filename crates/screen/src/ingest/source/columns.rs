//! Parquet files as text, column by column of what is used.

use super::{BLOCK_BYTES, Block, Hand, Source, push_cell};
use crate::ingest::Error;
use crate::ingest::coding::Coding;
use crate::layout::date_of;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::io::Write;
use std::path::Path;

const BATCH_ROWS: usize = 4096;

fn builder(path: &Path, name: &str) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
    let file = File::open(path).map_err(Error::unreadable(path))?;
    // The types of the file itself, not those of the Arrow schema that some writers add.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|error| damaged(name, &error))
}

/// What Parquet calls its footer is at the end of the file: what lacks it was cut off.
fn damaged(name: &str, error: &dyn std::fmt::Display) -> Error {
    let told = error.to_string();
    let cut = ["footer", "EOF", "too small", "smaller than"].iter().any(|word| told.contains(word));
    let what = if cut { "文件尾不在，多半在传输中被截断" } else { "内容无法解码" };
    Error::Damaged { file: name.to_owned(), what: format!("{what}：{told}") }
}

/// Names of the columns, and how many rows there are.
pub(super) fn header(path: &Path, name: &str) -> Result<(Vec<String>, u64), Error> {
    let builder = builder(path, name)?;
    let names = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    Ok((names, rows))
}

/// Hands the rows of a file on as blocks.
pub(super) fn read(source: &Source, used: &[bool], hand: &mut Hand<'_>) -> Result<(), Error> {
    let builder = builder(&source.path, &source.name)?;
    check_types(&source.name, builder.schema(), used)?;
    let roots = used.iter().enumerate().filter(|(_, used)| **used).map(|(at, _)| at);
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    let reader = reader.map_err(|error| damaged(&source.name, &error))?;
    let mut next = 0..;
    let places: Vec<Option<usize>> = used.iter().map(|used| if *used { next.next() } else { None }).collect();
    let first = Block { delimiter: b',', first_row: 1, coding: Some(Coding::Utf8), ..Block::default() };
    let (mut block, mut row) = (first, 1);
    for batch in reader {
        let batch = batch.map_err(|error| damaged(&source.name, &error))?;
        write_batch(&batch, &places, &mut block.text);
        row += batch.num_rows() as u64;
        if block.text.len() >= BLOCK_BYTES {
            let next = Block { number: block.number + 1, first_row: row, text: Vec::new(), ..block };
            block.text = hand(std::mem::replace(&mut block, next))?;
            block.text.clear();
        }
    }
    if block.text.is_empty() { Ok(()) } else { hand(block).map(drop) }
}

fn write_batch(batch: &RecordBatch, places: &[Option<usize>], text: &mut Vec<u8>) {
    let columns: Vec<Option<Column>> =
        places.iter().map(|place| place.map(|at| Column::new(batch.column(at)))).collect();
    let mut scratch = Vec::new();
    for row in 0..batch.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                text.push(b',');
            }
            if let Some(column) = column {
                column.write(row, text, &mut scratch);
            }
        }
        text.push(b'\n');
    }
}

fn check_types(name: &str, schema: &Schema, used: &[bool]) -> Result<(), Error> {
    for (field, _) in schema.fields().iter().zip(used).filter(|(_, used)| **used) {
        let known = match field.data_type() {
            DataType::Decimal256(..) | DataType::Time32(_) | DataType::Time64(_) | DataType::Interval(_) => false,
            other => !other.is_nested(),
        };
        if !known {
            let what = format!("字段 {} 的类型 {} 不能用于抽取表", field.name(), field.data_type());
            return Err(Error::header(name, what));
        }
    }
    Ok(())
}

/// A column of a batch.
struct Column<'a> {
    array: &'a ArrayRef,
    /// Of dictionaries: the values, and which of them each row has.
    dictionary: Option<(ArrayRef, Vec<usize>)>,
}

impl<'a> Column<'a> {
    fn new(array: &'a ArrayRef) -> Self {
        let dictionary = array.as_any_dictionary_opt();
        Self { array, dictionary: dictionary.map(|all| (all.values().clone(), all.normalized_keys())) }
    }

    fn write(&self, row: usize, text: &mut Vec<u8>, scratch: &mut Vec<u8>) {
        if self.array.is_null(row) {
            return;
        }
        match &self.dictionary {
            Some((values, keys)) => write_value(values, keys[row], text, scratch),
            None => write_value(self.array, row, text, scratch),
        }
    }
}

fn write_value(array: &ArrayRef, row: usize, text: &mut Vec<u8>, scratch: &mut Vec<u8>) {
    macro_rules! plain {
        ($type:ty) => {
            write!(text, "{}", array.as_primitive::<$type>().value(row)).expect("a text grows")
        };
    }
    let data_type = array.data_type();
    match data_type {
        DataType::Utf8 => push_cell(text, array.as_string::<i32>().value(row).as_bytes()),
        DataType::LargeUtf8 => push_cell(text, array.as_string::<i64>().value(row).as_bytes()),
        DataType::Utf8View => push_cell(text, array.as_string_view().value(row).as_bytes()),
        DataType::Binary => push_cell(text, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => push_cell(text, array.as_binary::<i64>().value(row)),
        DataType::FixedSizeBinary(_) => push_cell(text, array.as_fixed_size_binary().value(row)),
        DataType::Boolean => text.push(if array.as_boolean().value(row) { b'1' } else { b'0' }),
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float32 => write_float(text, f64::from(array.as_primitive::<Float32Type>().value(row)), 7),
        DataType::Float64 => write_float(text, array.as_primitive::<Float64Type>().value(row), 15),
        DataType::Decimal32(_, scale) => {
            write_decimal(text, scratch, i128::from(array.as_primitive::<Decimal32Type>().value(row)), *scale);
        }
        DataType::Decimal64(_, scale) => {
            write_decimal(text, scratch, i128::from(array.as_primitive::<Decimal64Type>().value(row)), *scale);
        }
        DataType::Decimal128(_, scale) => {
            write_decimal(text, scratch, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        DataType::Date32 => write_day(text, i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => write_moment(text, array.as_primitive::<Date64Type>().value(row)),
        DataType::Timestamp(unit, zone) => write_moment(text, local_millis(array, row, *unit, zone.is_some())),
        // `check_types` let nothing else pass.
        _ => {}
    }
}

/// Milliseconds as clocks in China show them: moments with a zone are UTC underneath.
fn local_millis(array: &ArrayRef, row: usize, unit: TimeUnit, zoned: bool) -> i64 {
    let millis = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1000),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000),
    };
    if zoned { millis.saturating_add(8 * 3_600_000) } else { millis }
}

/// A binary number with as many digits as it surely holds; what it was meant to be, not its nearest binary neighbour.
pub(super) fn write_float(text: &mut Vec<u8>, number: f64, digits: usize) {
    if number == 0.0 {
        text.push(b'0');
        return;
    }
    // d.ddde±x with so many digits; then the point is put where it belongs.
    let written = format!("{number:.*e}", digits - 1);
    let Some((mantissa, exponent)) = written.split_once('e') else {
        text.extend_from_slice(written.as_bytes()); // infinite or no number: refused as such later
        return;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let mut figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    figures.truncate(figures.trim_end_matches('0').len().max(1));
    text.extend_from_slice(sign.as_bytes());
    let point = exponent + 1;
    if point <= 0 {
        text.extend_from_slice(b"0.");
        text.resize(text.len() + usize::try_from(-point).unwrap_or(0), b'0');
        text.extend_from_slice(figures.as_bytes());
        return;
    }
    let point = usize::try_from(point).unwrap_or(0);
    if figures.len() <= point {
        text.extend_from_slice(figures.as_bytes());
        text.resize(text.len() + point - figures.len(), b'0');
    } else {
        text.extend_from_slice(&figures.as_bytes()[..point]);
        text.push(b'.');
        text.extend_from_slice(&figures.as_bytes()[point..]);
    }
}

fn write_decimal(text: &mut Vec<u8>, scratch: &mut Vec<u8>, number: i128, scale: i8) {
    let Ok(scale) = usize::try_from(scale) else {
        write!(text, "{number}").expect("a text grows");
        text.resize(text.len() + usize::from(scale.unsigned_abs()), b'0');
        return;
    };
    scratch.clear();
    write!(scratch, "{:0width$}", number.unsigned_abs(), width = scale + 1).expect("a text grows");
    if number < 0 {
        text.push(b'-');
    }
    let point = scratch.len() - scale;
    text.extend_from_slice(&scratch[..point]);
    if scale > 0 {
        text.push(b'.');
        text.extend_from_slice(&scratch[point..]);
    }
}

/// A day from the Unix epoch as a date.
fn write_day(text: &mut Vec<u8>, day: i64) {
    match i32::try_from(day).ok().and_then(date_of) {
        Some((year, month, day)) => write!(text, "{year:04}-{month:02}-{day:02}").expect("a text grows"),
        None => write!(text, "{day}").expect("a text grows"), // refused as such later
    }
}

/// Milliseconds from the Unix epoch as a date and time.
fn write_moment(text: &mut Vec<u8>, millis: i64) {
    write_day(text, millis.div_euclid(86_400_000));
    let of_day = millis.rem_euclid(86_400_000);
    let (second, fraction) = (of_day / 1000, of_day % 1000);
    write!(text, " {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60).expect("a text grows");
    if fraction > 0 {
        write!(text, ".{fraction:03}").expect("a text grows");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(number: f64) -> String {
        let mut text = Vec::new();
        write_float(&mut text, number, 15);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn binary_numbers_are_what_they_were_meant_to_be() {
        for (number, text) in [
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (-0.005, "-0.005"),
            (0.0, "0"),
            (1e15, "1000000000000000"),
            (100.0, "100"),
            (12_345_678.9, "12345678.9"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn decimals_and_moments_are_written_in_full() {
        let (mut text, mut scratch) = (Vec::new(), Vec::new());
        for (number, scale) in [(12345, 2), (-5, 2), (5, 0), (5, -2), (0, 4)] {
            write_decimal(&mut text, &mut scratch, number, scale);
            text.push(b' ');
        }
        assert_eq!(String::from_utf8(text).unwrap(), "123.45 -0.05 5 500 0.0000 ");
        let mut text = Vec::new();
        write_moment(&mut text, -1);
        write_moment(&mut text, 86_400_000);
        assert_eq!(String::from_utf8(text).unwrap(), "1969-12-31 23:59:59.9991970-01-02 00:00:00");
    }
}
