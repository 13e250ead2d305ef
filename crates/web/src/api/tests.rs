//! The operations, their descriptions and the routes are one list.

use super::operation::{Operation, Place};
use super::problem::Code;
use super::schema::Schema;
use super::{ROOT, openapi, operations, routes, schemas};
use serde_json::Value;
use std::collections::BTreeSet;

#[track_caller]
fn fits(operation: &Operation, what: &str, schema: &Schema, value: &Value) {
    let mut faults = vec![];
    schema.check(&schemas::named, what, value, &mut faults);
    assert!(faults.is_empty(), "{} {what}: {faults:#?}", operation.id);
}

#[test]
fn every_example_fits_what_it_is_an_example_of() {
    for operation in operations() {
        if let Some((name, example)) = &operation.body {
            assert!(schemas::named(name).is_some(), "{name}");
            fits(&operation, "body", &Schema::Named(name), example);
        }
        for parameter in operation.parameters.iter().filter(|parameter| !parameter.example.is_empty()) {
            fits(&operation, parameter.name, &parameter.schema, &parameter.schema.read(parameter.example));
        }
        let (_, schema, example) = &operation.done;
        fits(&operation, "answer", schema, example);
    }
}

#[test]
fn every_operation_says_what_it_is() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        assert!(ids.insert(operation.id), "{} twice", operation.id);
        assert!(!operation.tag.is_empty() && !operation.summary.is_empty(), "{}", operation.id);
        let described: BTreeSet<&str> =
            operation.parameters.iter().filter(|p| p.place == Place::Path).map(|p| p.name).collect();
        let parts = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(described, parts.collect(), "{}", operation.path);
        assert!(operation.method == "GET" || operation.scope.is_some(), "{} acts for nobody", operation.id);
    }
}

#[test]
fn the_description_has_every_route_and_no_other() {
    let described = openapi::description();
    let paths = described["paths"].as_object().unwrap().iter();
    let described: BTreeSet<(String, String)> = paths
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let served = routes().into_iter().filter(|route| route.path.starts_with(ROOT));
    assert_eq!(described, served.map(|route| (route.method.to_owned(), route.path.to_owned())).collect());
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    fn references(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                all.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, all));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, all)),
            _ => {}
        }
    }
    let (described, mut all) = (openapi::description(), vec![]);
    references(&described, &mut all);
    assert!(all.len() > 20);
    for reference in all {
        assert!(described.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn problems_are_a_closed_list_with_a_way_on_each() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(Code::ALL.windows(2).all(|pair| pair[0].status() <= pair[1].status()), "by status");
    assert!(Code::ALL.iter().all(|code| !code.title().is_empty() && !code.mend().is_empty()));
}
