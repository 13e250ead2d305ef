//! The one place where rows are bounded by jurisdiction, department, sensitivity and subject.

use crate::Ctx;
use sea_orm::Value;
use xingjian_kernel::{Scope, Sensitivity};

/// Every store function that reads or changes rows on somebody's behalf, by the name of its switch.
pub const OPERATIONS: &[&str] = &["get", "list", "count", "by_number", "save", "history"];

/// The scope as an SQL condition on the columns `division`, `department`, `origin`, `shared`, `sensitivity` and `subject`.
/// Its values are appended to `values`.
pub(crate) fn clause(ctx: &Ctx, table: &str, operation: &str, values: &mut Vec<Value>) -> String {
    debug_assert!(OPERATIONS.contains(&operation), "{operation} has no switch");
    if dropped(ctx, table, operation) {
        return "1 = 1".into();
    }
    // A list is read in its own order until its page is full; an index on the place would mean sorting the whole place.
    render(&ctx.scope, if operation == "list" { "{loose}" } else { "" }, values)
}

fn render(scope: &Scope, loose: &str, values: &mut Vec<Value>) -> String {
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    // ':' follows '9' in C collation, so such a range is the codes that start with the division's.
    let mut range = |low: &str, high: String| {
        let (low, high) = (bind(low.into()), bind(high.into()));
        format!("({loose}division >= {low} and {loose}division < {high})")
    };
    let divisions: Vec<String> = if scope.is_everywhere() {
        // Ninety provinces one after the other are one range.
        vec![range("1", ":".to_owned())]
    } else {
        scope.divisions.iter().map(|division| range(division.as_str(), format!("{division}:"))).collect()
    };
    let mut all = vec![if divisions.is_empty() { "1 = 0".into() } else { format!("({})", divisions.join(" or ")) }];
    all.push(format!("sensitivity <= {}", bind(scope.sensitivity.level().into())));
    if let Some(department) = &scope.department {
        let open = bind(Sensitivity::Internal.level().into());
        let name = bind(department.as_str().into());
        let taking_part = bind(format!("|{department}|").into());
        all.push(format!(
            "(sensitivity <= {open} or department = {name} or origin = {name} or {{contains}}(shared, {taking_part}) > 0)"
        ));
    }
    if let Some(subject) = &scope.subject {
        all.push(format!("subject = {}", bind(subject.to_string().into())));
    }
    all.join(" and ")
}

#[cfg(feature = "testkit")]
fn dropped(ctx: &Ctx, table: &str, operation: &str) -> bool {
    let dropped = ctx.app.dropped_scope.lock().expect("no test panics while it holds this lock");
    dropped.as_deref() == Some(&format!("{table}.{operation}"))
}

#[cfg(not(feature = "testkit"))]
fn dropped(_: &Ctx, _: &str, _: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everywhere_is_one_range_and_anything_less_is_not() {
        let rendered = |scope: &Scope| {
            let mut values = vec![];
            (render(scope, "", &mut values), values.len())
        };
        let everywhere = "((division >= $1 and division < $2)) and sensitivity <= $3";
        assert_eq!(rendered(&Scope::system()), (everywhere.to_owned(), 3));
        let mut less = Scope::system();
        less.divisions.pop();
        assert_eq!(rendered(&less).1, 89 * 2 + 1);
        assert!(rendered(&Scope { divisions: vec![], ..less }).0.starts_with("1 = 0 and"));
    }
}
