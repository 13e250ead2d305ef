//! The shape of what is sent and answered: one description, written out as JSON Schema and checked against values.

use serde_json::{Map, Value, json};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Fault, LocalDate};

/// A shape.
#[derive(Clone, Debug)]
pub enum Schema {
    /// Text of so many characters, without control characters; with line breaks or without.
    Text {
        /// At least.
        least: usize,
        /// At most.
        most: usize,
        /// May have line breaks.
        lines: bool,
    },
    /// Text of letters of ASCII, digits and a few signs.
    Word {
        /// The signs, a hyphen last.
        signs: &'static str,
        /// At most.
        most: usize,
    },
    /// A date: `2026-11-21`.
    Date,
    /// An instant: `2026-11-21T14:03:07+08:00`.
    Instant,
    /// A UUID.
    Id,
    /// A whole number.
    Integer {
        /// At least.
        least: i64,
        /// At most.
        most: i64,
    },
    /// Yes or no.
    Boolean,
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// At most so many of one shape.
    List(Box<Schema>, usize),
    /// Named values. A closed one has no others.
    Object {
        /// The values.
        properties: Vec<Property>,
        /// Whether there may be others.
        closed: bool,
    },
    /// One of the shapes with a name.
    Named(&'static str),
    /// The shape, or null: known to be missing.
    OrNull(Box<Schema>),
    /// Whatever JSON can say.
    Anything,
}

/// A named value of an object.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its shape.
    pub schema: Schema,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub about: &'static str,
}

/// A value that is there.
pub fn has(name: &'static str, schema: Schema, about: &'static str) -> Property {
    Property { name, schema, required: true, about }
}

/// A value that may be left out.
pub fn may(name: &'static str, schema: Schema, about: &'static str) -> Property {
    Property { name, schema, required: false, about }
}

/// One line of text.
pub fn line(least: usize, most: usize) -> Schema {
    Schema::Text { least, most, lines: false }
}

/// Text with line breaks.
pub fn text(least: usize, most: usize) -> Schema {
    Schema::Text { least, most, lines: true }
}

/// Text that is answered, of any length.
pub fn any_text() -> Schema {
    text(0, usize::MAX)
}

/// The shape, or null.
pub fn or_null(schema: Schema) -> Schema {
    Schema::OrNull(Box::new(schema))
}

/// Many of one shape.
pub fn many(schema: Schema) -> Schema {
    Schema::List(Box::new(schema), usize::MAX)
}

/// What is sent: nothing but these.
pub fn input(properties: Vec<Property>) -> Schema {
    Schema::Object { properties, closed: true }
}

/// What is answered: later versions may add to it.
pub fn answer(properties: Vec<Property>) -> Schema {
    Schema::Object { properties, closed: false }
}

/// A page of rows.
pub fn page(row: &'static str) -> Schema {
    answer(vec![
        has("rows", many(Schema::Named(row)), "本页"),
        has("next", or_null(any_text()), "下一页从这里开始：作为 after 参数；null 表示没有下一页"),
    ])
}

fn breaks_line(c: char, lines: bool) -> bool {
    c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))
}

impl Schema {
    /// As JSON Schema of OpenAPI 3.1.
    pub fn json(&self) -> Value {
        match self {
            Self::Text { least, most, lines } => {
                let mut text = json!({ "type": "string" });
                if *least > 0 {
                    text["minLength"] = json!(least);
                }
                if *most < usize::MAX {
                    text["maxLength"] = json!(most);
                    let breaks =
                        if *lines { "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f" } else { "\\u0000-\\u001f" };
                    text["pattern"] = json!(format!("^[^{breaks}\\u007f-\\u009f]*$"));
                }
                text
            }
            Self::Word { signs, most } => {
                json!({ "type": "string", "pattern": format!("^[A-Za-z0-9{signs}]{{1,{most}}}$") })
            }
            Self::Date => json!({ "type": "string", "format": "date" }),
            Self::Instant => json!({ "type": "string", "format": "date-time" }),
            Self::Id => json!({ "type": "string", "format": "uuid" }),
            Self::Integer { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::OneOf(words) => json!({ "type": "string", "enum": words }),
            Self::List(of, most) => {
                let mut list = json!({ "type": "array", "items": of.json() });
                if *most < usize::MAX {
                    list["maxItems"] = json!(most);
                }
                list
            }
            Self::Object { properties, closed } => object(properties, *closed),
            Self::Named(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
            Self::OrNull(of) => json!({ "anyOf": [of.json(), { "type": "null" }] }),
            Self::Anything => json!({}),
        }
    }

    /// In a few words, for people.
    pub fn words(&self) -> String {
        match self {
            Self::Text { most: usize::MAX, .. } => "文本".into(),
            Self::Text { least, most, .. } => format!("文本，{least}至{most}字"),
            Self::Word { signs, most } => format!("字母、数字和“{signs}”，最多{most}个"),
            Self::Date => "日期，如 2026-11-21".into(),
            Self::Instant => "时刻，如 2026-11-21T14:03:07+08:00".into(),
            Self::Id => "UUID".into(),
            Self::Integer { least, most } if *most == i64::MAX => format!("整数，不小于{least}"),
            Self::Integer { least, most } => format!("整数，{least}至{most}"),
            Self::Boolean => "true 或 false".into(),
            Self::OneOf(words) => words.join("、"),
            Self::List(of, usize::MAX) => format!("数组：{}", of.words()),
            Self::List(of, most) => format!("数组，最多{most}项：{}", of.words()),
            Self::Object { .. } => "对象".into(),
            Self::Named(name) => format!("对象 {name}"),
            Self::OrNull(of) => format!("{}；或 null", of.words()),
            Self::Anything => "任意".into(),
        }
    }

    /// The value that a parameter stands for: a number or truth value where one is meant.
    pub fn read(&self, given: &str) -> Value {
        match self {
            Self::Integer { .. } => given.parse::<i64>().map_or_else(|_| json!(given), Value::from),
            Self::Boolean => given.parse::<bool>().map_or_else(|_| json!(given), Value::from),
            _ => json!(given),
        }
    }

    /// Everything that is wrong with a value; `named` knows the shapes with a name.
    pub fn check(&self, named: &dyn Fn(&str) -> Option<Schema>, place: &str, value: &Value, faults: &mut Vec<Fault>) {
        if let Self::OrNull(of) = self {
            if !value.is_null() {
                of.check(named, place, value, faults);
            }
            return;
        }
        match (self, value) {
            (Self::Named(name), _) => match named(name) {
                Some(schema) => schema.check(named, place, value, faults),
                None => faults.push(Fault::new(place, name, "没有这个结构", "请核对说明")),
            },
            (Self::List(of, most), Value::Array(items)) => {
                if items.len() > *most {
                    let reason = format!("有{}项，超过{most}项", items.len());
                    faults.push(Fault::new(place, "", reason, "请分次提交"));
                }
                for (at, item) in items.iter().enumerate() {
                    of.check(named, &format!("{place}/{at}"), item, faults);
                }
            }
            (Self::Object { properties, closed }, Value::Object(given)) => {
                members(properties, *closed, named, (place, given), faults);
            }
            _ => {
                if let Some(reason) = self.why_not(value) {
                    faults.push(Fault::new(place, &written(value), reason, format!("应为{}", self.words())));
                }
            }
        }
    }

    const fn takes_null(&self) -> bool {
        matches!(self, Self::OrNull(_) | Self::Anything)
    }

    /// Why a value without parts does not fit.
    fn why_not(&self, value: &Value) -> Option<String> {
        let text = value.as_str();
        let fits = match self {
            Self::Text { least, most, lines } => {
                let Some(text) = text else { return Some("不是文本".into()) };
                if let Some(control) = text.chars().find(|c| *most < usize::MAX && breaks_line(*c, *lines)) {
                    return Some(format!("含有控制字符 U+{:04X}", u32::from(control)));
                }
                let length = text.chars().count();
                if length < *least || length > *most {
                    return Some(format!("有{length}字"));
                }
                true
            }
            Self::Word { signs, most } => text.is_some_and(|text| {
                let known = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
                (1..=*most).contains(&text.len()) && text.chars().all(known)
            }),
            Self::Date => text.is_some_and(|text| text.len() == 10 && text.parse::<LocalDate>().is_ok()),
            Self::Instant => text.is_some_and(|text| text.len() == 25 && text.as_bytes()[10] == b'T'),
            Self::Id => text.is_some_and(|text| text.len() == 36 && text.parse::<AccountId>().is_ok()),
            Self::Integer { least, most } => value.as_i64().is_some_and(|number| (*least..=*most).contains(&number)),
            Self::Boolean => value.is_boolean(),
            Self::OneOf(words) => text.is_some_and(|text| words.contains(&text)),
            Self::Anything => true,
            Self::List(..) | Self::Object { .. } | Self::Named(_) | Self::OrNull(_) => false,
        };
        (!fits).then(|| "不符合要求".to_owned())
    }
}

fn object(properties: &[Property], closed: bool) -> Value {
    let described = |property: &Property| {
        let mut schema = property.schema.json();
        schema["description"] = json!(property.about);
        (property.name.to_owned(), schema)
    };
    let all: Map<String, Value> = properties.iter().map(described).collect();
    let required: Vec<&str> = properties.iter().filter(|p| p.required).map(|p| p.name).collect();
    let mut object = json!({ "type": "object", "properties": all });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if closed {
        object["additionalProperties"] = json!(false);
    }
    object
}

fn members(
    properties: &[Property],
    closed: bool,
    named: &dyn Fn(&str) -> Option<Schema>,
    (place, given): (&str, &Map<String, Value>),
    faults: &mut Vec<Fault>,
) {
    let at = |name: &str| format!("{place}/{name}");
    for property in properties {
        match given.get(property.name) {
            Some(Value::Null) if !property.required && !property.schema.takes_null() => {
                faults.push(Fault::new(at(property.name), "null", "不能是 null", "没有的请去掉这个字段"));
            }
            Some(value) => property.schema.check(named, &at(property.name), value, faults),
            None if property.required => {
                let mend = format!("应为{}", property.schema.words());
                faults.push(Fault::new(at(property.name), "", "没有填写", mend));
            }
            None => {}
        }
    }
    if closed {
        let unknown = given.iter().filter(|(name, _)| properties.iter().all(|property| property.name != name.as_str()));
        for (name, value) in unknown {
            faults.push(Fault::new(at(name), &written(value), "不是说明中的字段", "请删除，或者核对字段名称"));
        }
    }
}

/// A value as it was given: text without its quotes.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &Schema, value: &Value) -> Vec<String> {
        let mut faults = vec![];
        schema.check(&|_| None, "", value, &mut faults);
        faults.iter().map(|fault| format!("{} {} {}", fault.place, fault.value, fault.reason)).collect()
    }

    #[test]
    fn everything_wrong_is_said_with_its_place() {
        let schema = input(vec![
            has("name", line(2, 4), ""),
            may("on", Schema::Date, ""),
            may("count", Schema::Integer { least: 0, most: 9 }, ""),
            may("note", line(1, 9), ""),
            may("rows", Schema::List(Box::new(input(vec![has("id", Schema::Id, "")])), 2), ""),
            may("kind", or_null(Schema::OneOf(vec!["a", "b"])), ""),
        ]);
        let good = json!({ "name": "医院", "on": "2026-11-21", "count": 0, "rows": [], "kind": null });
        assert_eq!(check(&schema, &good), [""; 0]);
        let bad = json!({
            "name": "医\n院", "on": "2026-02-30", "count": 1.5, "note": null, "kind": "c", "more": 1,
            "rows": [{ "id": "0" }, {}, { "id": "019a0000-0000-7000-8000-000000000000" }],
        });
        let told = [
            "/name 医\n院 含有控制字符 U+000A",
            "/on 2026-02-30 不符合要求",
            "/count 1.5 不符合要求",
            "/note null 不能是 null",
            "/rows  有3项，超过2项",
            "/rows/0/id 0 不符合要求",
            "/rows/1/id  没有填写",
            "/kind c 不符合要求",
            "/more 1 不是说明中的字段",
        ];
        assert_eq!(check(&schema, &bad), told);
        assert_eq!(check(&schema, &json!([])), [" [] 不符合要求"]);
        assert_eq!(check(&text(0, 9), &json!("一\n二\u{85}")), [" 一\n二□ 含有控制字符 U+0085"]);
    }

    #[test]
    fn parameters_are_numbers_and_truth_values_where_these_are_meant() {
        assert_eq!(Schema::Integer { least: 1, most: 9 }.read("5"), json!(5));
        assert_eq!(Schema::Integer { least: 1, most: 9 }.read("x"), json!("x"));
        assert_eq!(Schema::Boolean.read("true"), json!(true));
        assert_eq!(Schema::Date.read("5"), json!("5"));
    }
}
