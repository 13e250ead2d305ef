//! The layout against the published column lists and code values.

use crate::shared::shared_data;
use std::collections::BTreeSet;
use xingjian_screen::layout::{Kind, Table, item_fault};

fn rows(path: &std::path::Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Columns of the full tables that the short list of 116 columns leaves out.
const FULL_TABLES_ONLY: &[&str] = &[
    "bkkp_sn",
    "brdy",
    "chfpdr_code",
    "bilg_dr_code",
    "die_date",
    "init_feedetl_sn",
    "psn_cert_type",
    "refd_setl_flag",
    "setl_list_diag_id",
    "setl_list_oprn_id",
    "vali_flag",
];

#[test]
fn every_column_is_one_of_the_national_tables() {
    let Some(data) = shared_data() else { return };
    let listed: BTreeSet<(String, String)> = rows(&data.join("ref/insurance/nhsa_extract_tables.csv"))
        .into_iter()
        .map(|row| (row[0].clone(), row[2].clone()))
        .collect();
    let mut found = 0;
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Persons) {
        for column in table.columns() {
            let known = listed.contains(&(table.name().to_owned(), column.name.to_owned()));
            assert!(known || FULL_TABLES_ONLY.contains(&column.name), "{} {}", table.name(), column.name);
            found += usize::from(known);
        }
    }
    assert!(found > 40, "{found} columns of the list are read");
}

#[test]
fn every_published_code_value_is_allowed() {
    let Some(data) = shared_data() else { return };
    let mut checked = 0;
    for row in rows(&data.join("ref/insurance/nhsa_code_values.csv")) {
        let column = Table::Visits.columns().iter().find(|column| column.name == row[0]);
        if let Some(Kind::Code(list)) = column.map(|column| column.kind) {
            assert!(list.has(row[2].as_bytes()), "{row:?}");
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked} code values are checked");
}

#[test]
fn every_code_of_the_rule_library_has_the_structure_of_an_item() {
    let Some(data) = shared_data() else { return };
    let text = std::fs::read_to_string(data.join("ref/insurance/nhsa_knowledge_points.jsonl")).unwrap();
    let mut checked = 0;
    for line in text.lines() {
        let point: serde_json::Value = serde_json::from_str(line).unwrap();
        for code in point["med_codes"].as_array().into_iter().flatten().filter_map(|code| code.as_str()) {
            assert_eq!(item_fault(code.as_bytes()), None, "{code}");
            checked += 1;
        }
    }
    assert!(checked > 10_000, "{checked} codes are checked");
}
