use crate::ticket::nfc;
use serde::{Deserialize, Serialize};
use xingjian_kernel::Fault;

/// Before the number of a record where there is no licence number.
const FALLBACK: &str = "record:";

/// The id of an object with a licence: its licence number in NFC, without blanks around it.
pub fn licence_id(number: &str) -> Result<String, Fault> {
    let id = nfc(number.trim());
    if id.is_empty() {
        Err(Fault::new("许可证号", number, "没有填写", "没有许可证号的对象请使用登记编号"))
    } else if id.starts_with(FALLBACK) || id.chars().any(char::is_control) {
        Err(Fault::new("许可证号", number, "不是许可证号", "请核对许可证号；没有许可证号的对象请使用登记编号"))
    } else {
        Ok(id)
    }
}

/// The id of an object without a licence: `record:` and the number of its record in the registry.
pub fn fallback_id(record: &str) -> String {
    format!("{FALLBACK}{}", nfc(record.trim()))
}

/// An object that can be drawn. Fields of published rows stand in the order of their names, as they are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Credit grade.
    pub grade: String,
    /// Licence number or fallback, as it is hashed.
    pub id: String,
    /// Kind of object, which says what seats its team has.
    pub kind: String,
    /// Class of risk; empty where the rates know none.
    pub risk: String,
    /// The unit that supervises it from day to day.
    pub unit: String,
}

/// An object that is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Its id.
    pub id: String,
    /// Why it cannot be drawn.
    pub reason: String,
}
