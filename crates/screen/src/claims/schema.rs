//! The columns of the three tables. Units: day and date from the Unix epoch, local time of day in milliseconds, quantities with four
//! decimals, prices with six, money with two.

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// Whole digits and decimals of a quantity.
pub const QUANTITY: DataType = DataType::Decimal64(18, 4);
/// Whole digits and decimals of a price, in yuan.
pub const PRICE: DataType = DataType::Decimal64(18, 6);
/// Whole digits and decimals of a sum of money, in yuan; the integer behind it is fen.
pub const MONEY: DataType = DataType::Decimal64(18, 2);
const MOMENT: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);
const TIME: DataType = DataType::Time32(TimeUnit::Millisecond);

fn codes() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Int32, false)))
}

/// Patients, sorted by key.
pub fn patients() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("patient", DataType::Utf8, false),
        Field::new("visits", DataType::Int32, false),
        Field::new("lines", DataType::Int32, false),
    ]))
}

/// Visits, sorted by patient, begin and id.
pub fn visits() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("patient", DataType::Int32, false),
        Field::new("visit_id", DataType::Utf8, false),
        Field::new("institution", DataType::Int32, false),
        Field::new("doctor", DataType::Int32, true),
        Field::new("department", DataType::Int32, true),
        Field::new("medical_type", DataType::Int32, true),
        Field::new("insurance", DataType::Int32, true),
        Field::new("level", DataType::Int32, true),
        Field::new("city", DataType::Int32, true),
        Field::new("sex", DataType::Int8, true),
        Field::new("birth", DataType::Date32, true),
        Field::new("death", DataType::Date32, true),
        Field::new("begin", MOMENT, true),
        Field::new("end", MOMENT, true),
        Field::new("days", DataType::Int32, true),
        Field::new("diagnosis", DataType::Int32, true),
        Field::new("diagnoses", codes(), false),
        Field::new("operations", codes(), false),
        Field::new("total", MONEY, true),
        Field::new("fund", MONEY, true),
    ]))
}

/// Fee lines, sorted by patient, day, time, visit and id.
pub fn lines() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("visit", DataType::Int32, false),
        Field::new("day", DataType::Date32, false),
        Field::new("time", TIME, true),
        Field::new("item", DataType::Int32, false),
        Field::new("quantity", QUANTITY, false),
        Field::new("price", PRICE, false),
        Field::new("amount", MONEY, false),
        Field::new("covered", MONEY, true),
        Field::new("price_limit", PRICE, true),
        Field::new("doctor", DataType::Int32, true),
        Field::new("supply_days", DataType::Int32, true),
        // 0 in force, 1 cancelled by a refund, 2 the refund itself
        Field::new("state", DataType::Int8, false),
        Field::new("line_id", DataType::Utf8, false),
        // the line that a refund takes back, where the source says which
        Field::new("refunds", DataType::Utf8, true),
    ]))
}

/// A list of names.
pub fn dictionary() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("code", DataType::Int32, false), Field::new("name", DataType::Utf8, false)]))
}
