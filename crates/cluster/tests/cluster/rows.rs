//! What travels: all of it arrives, whatever way the rows are cut and mixed, and what is missing is noticed.

use crate::city::City;
use arrow_array::RecordBatch;
use xingjian_cluster::rows::{self, Gathered, RowsError};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::Parameters;
use xingjian_screen::run::{self, Part};

fn parts(city: &City) -> Vec<Part> {
    let (parameters, extracts) = (Parameters::default(), Extracts::default());
    let plan = Plan::compile(city.rules.clone(), parameters, &city.store.dictionaries, &extracts);
    (0..3).map(|bucket| run::of_bucket(&city.store, &plan, &city.months, bucket).unwrap()).collect()
}

fn gathered(batches: impl IntoIterator<Item = RecordBatch>) -> Result<Part, RowsError> {
    let mut gathered = Gathered::default();
    for batch in batches {
        gathered.add(&batch)?;
    }
    gathered.finish(3)
}

#[test]
fn parts_arrive_whole_and_loss_or_repetition_is_noticed() {
    let city = City::new(3);
    let parts = parts(&city);
    let mut expected = Part::default();
    for part in &parts {
        expected.extend(part.clone());
    }
    assert!(expected.evidence.visits.len() > 1000 && expected.evidence.totals.len() > 10);
    let batches = || (0..).zip(&parts).flat_map(|(bucket, part)| rows::of_part(bucket, part));
    assert!(gathered(batches()) == Ok(expected.clone()));

    // One batch of everything, cut anew: a batch then holds rows of several kinds.
    let whole = datafusion::arrow::compute::concat_batches(&rows::schema(), &batches().collect::<Vec<_>>()).unwrap();
    let cut = (0..whole.num_rows()).step_by(7).map(|row| whole.slice(row, 7.min(whole.num_rows() - row)));
    assert!(gathered(cut) == Ok(expected));

    let without = (0..).zip(&parts).filter(|(bucket, _)| *bucket != 1);
    let missing = gathered(without.flat_map(|(bucket, part)| rows::of_part(bucket, part)));
    assert_eq!(missing, Err(RowsError::Incomplete { twice: vec![], missing: vec![1] }));
    let twice = gathered(batches().chain(rows::of_part(2, &parts[2])));
    assert_eq!(twice, Err(RowsError::Incomplete { twice: vec![2], missing: vec![] }));
    let foreign = whole.project(&[0, 1, 2]).unwrap();
    assert_eq!(gathered([foreign]), Err(RowsError::Foreign));
}
