//! What travels: all of it arrives, whatever way the rows are cut and mixed, and what is missing is noticed.

use crate::city::City;
use arrow_array::RecordBatch;
use std::ops::ControlFlow;
use xingjian_cluster::rows::{self, Gathered, RowsError};
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Plan;
use xingjian_screen::run::{self, Assembly, Run};

fn plan(city: &City) -> Plan {
    city.catalogue().plan(&city.store)
}

/// The rows of each bucket.
fn sent(city: &City, plan: &Plan) -> Vec<Vec<RecordBatch>> {
    let of_bucket = |bucket| {
        let (hits, part) = run::of_bucket(&city.store, plan, &city.months, bucket).unwrap();
        assert!(part.evidence.visits.len() > 300 && part.evidence.totals.len() > 3);
        let mut batches = vec![];
        let take = |batch| {
            batches.push(batch);
            ControlFlow::Continue(())
        };
        rows::send(bucket, &hits, &part, take).unwrap();
        batches
    };
    (0..3).map(of_bucket).collect()
}

fn gathered(
    city: &City,
    plan: &Plan,
    batches: impl IntoIterator<Item = RecordBatch>,
) -> Result<(Run, Vec<Hit>), RowsError> {
    let mut gathered = Gathered::new(Assembly::new(&city.store, plan, &city.months)?);
    for batch in batches {
        gathered.add(&batch)?;
    }
    let (run, hits) = gathered.finish(3)?.finish(name(city), 2)?;
    Ok((run, hits.to_vec()?))
}

fn name(city: &City) -> String {
    city.catalogue().run_name(&city.store, &city.months)
}

#[test]
fn parts_arrive_whole_and_loss_or_repetition_is_noticed() {
    let city = City::new(3);
    let plan = plan(&city);
    let expected = city.expected();
    assert!(expected.1.len() > 100);
    let sent = sent(&city, &plan);
    assert!(gathered(&city, &plan, sent.concat()).unwrap() == expected);

    // One batch of everything, cut anew: a batch then holds rows of several kinds.
    let all = datafusion::arrow::compute::concat_batches(&rows::schema(), &sent.concat()).unwrap();
    let cut = (0..all.num_rows()).step_by(7).map(|row| all.slice(row, 7.min(all.num_rows() - row)));
    assert!(gathered(&city, &plan, cut).unwrap() == expected);

    let without = gathered(&city, &plan, [sent[0].clone(), sent[2].clone()].concat());
    let Err(RowsError::Incomplete { twice, missing }) = without else { panic!("a bucket is missing") };
    assert_eq!((twice, missing), (vec![], vec![1]));
    let again = gathered(&city, &plan, [sent.concat(), sent[2].clone()].concat());
    let Err(RowsError::Incomplete { twice, missing }) = again else { panic!("a bucket came twice") };
    assert_eq!((twice, missing), (vec![2], vec![]));
    let foreign = gathered(&city, &plan, [all.project(&[0, 1, 2]).unwrap()]);
    assert!(matches!(foreign, Err(RowsError::Foreign)));
}

#[test]
fn a_bucket_stops_where_nobody_takes_its_rows() {
    let city = City::new(3);
    let plan = plan(&city);
    let (hits, part) = run::of_bucket(&city.store, &plan, &city.months, 0).unwrap();
    let mut taken = 0;
    let one = |_| {
        taken += 1;
        ControlFlow::Break(())
    };
    rows::send(0, &hits, &part, one).unwrap();
    assert_eq!(taken, 1);
}
