//! The published vectors of Rivest's sampler and of Arlo, to the digit.

use crate::shared::shared_data;
use serde_json::Value;
use xingjian_draw::ticket::{Replacement, Ticket, sample, trimmed};

fn vectors(file: &str) -> Option<Value> {
    let path = shared_data()?.join("sets/rivest_sampler").join(file);
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn triple(ticket: &Ticket, digits: usize) -> [String; 3] {
    [trimmed(&ticket.number, digits).to_owned(), ticket.id.clone(), ticket.generation.to_string()]
}

/// Ids, or ticket, id and generation, as the vector asks.
fn drawn(vector: &Value) -> Value {
    let ids: Vec<&str> = vector["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let args = &vector["args"];
    let count = |name: &str, otherwise: u64| usize::try_from(args[name].as_u64().unwrap_or(otherwise)).unwrap();
    let (drop, take) = (count("drop", 0), count("take", u64::MAX));
    let tickets = sample(&ids, &args["seed"].to_string(), Replacement::Without, drop, take).unwrap();
    if args["output"] == "id" {
        tickets.into_iter().map(|ticket| Value::from(ticket.id)).collect()
    } else {
        tickets.iter().map(|ticket| Value::from(triple(ticket, 9).to_vec())).collect()
    }
}

#[test]
fn the_examples_of_the_reference_come_out_to_the_digit() {
    let Some(document) = vectors("consistent_sampler.json") else { return };
    let vectors = document["vectors"].as_array().unwrap();
    let mut tickets = 0;
    for vector in vectors {
        assert_eq!(drawn(vector), vector["output"], "{}", vector["name"]);
        tickets += vector["output"].as_array().unwrap().len();
    }
    assert_eq!((vectors.len(), tickets), (5, 23));
}

#[test]
fn the_sample_with_replacement_of_arlo_comes_out_to_the_digit() {
    let Some(document) = vectors("arlo_draw_sample.json") else { return };
    // Four batches of 25 ballots, each id as Python prints the pair.
    let ids: Vec<String> = (1..=4).flat_map(|p| (1..=25).map(move |i| format!("('pct {p}', {i})"))).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let tickets = sample(&ids, document["seed"].as_str().unwrap(), Replacement::With, 0, 20).unwrap();
    let wanted = document["arlo_test_draw_sample_20"].as_array().unwrap();
    assert_eq!(wanted.len(), 20);
    let mut again = 0;
    for (ticket, wanted) in tickets.iter().zip(wanted) {
        let id = format!("('{}', {})", wanted[1][0].as_str().unwrap(), wanted[1][1]);
        assert_eq!(triple(ticket, 18), [wanted[0].as_str().unwrap().to_owned(), id, wanted[2].to_string()]);
        again += usize::from(ticket.generation > 1);
    }
    assert_eq!((tickets.len(), again), (20, 2), "two of them were put back and drawn once more");
}

#[test]
fn chinese_ids_and_seeds_are_hashed_as_utf8() {
    let tickets = sample(&["粤香洲-0001", "粤香洲-0002"], "种子", Replacement::Without, 0, 2).unwrap();
    let told: Vec<_> = tickets.iter().map(|ticket| triple(ticket, 12).join(" ")).collect();
    expect_test::expect![[r#"
        0.702775486608 粤香洲-0001 1
        0.9882147407429 粤香洲-0002 1"#]]
    .assert_eq(&told.join("\n"));
}
