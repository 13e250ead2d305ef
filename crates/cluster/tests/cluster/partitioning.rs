//! Patients lie in buckets by our hash. Were that declared to DataFusion as its own, joins would lose rows without a word; a provider
//! that does declare it shows that this test would notice.

use crate::city::City;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::{Partitioning, col};
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use std::sync::Arc;
use xingjian_cluster::session;

const JOIN: &str = "SELECT count(*) AS n FROM patients p JOIN \
    (SELECT patient, max(lines) AS most FROM again GROUP BY patient) a ON p.patient = a.patient";

/// A folder with the patients of one month alone, a file for each bucket.
fn patients(city: &City) -> String {
    let folder = city.path("patients");
    std::fs::create_dir(&folder).unwrap();
    for set in &city.store.manifest.months[&city.months[0]].buckets {
        let name = set.patients.path.rsplit('/').next().unwrap();
        std::fs::copy(city.store.folder.join(&set.patients.path), folder.join(format!("{name}.parquet"))).unwrap();
    }
    format!("{}/", folder.display())
}

async fn count(context: &SessionContext) -> i64 {
    let batches = context.sql(JOIN).await.unwrap().collect().await.unwrap();
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// Our own session; joins by partition, which is what large tables do.
fn context(city: &City) -> SessionContext {
    let context = session::local(Arc::new(city.catalogue()), 4);
    let state = context.state_ref();
    let mut state = state.write();
    let optimizer = &mut state.config_mut().options_mut().optimizer;
    optimizer.hash_join_single_partition_threshold = 0;
    optimizer.hash_join_single_partition_threshold_rows = 0;
    drop(state);
    context
}

#[tokio::test]
async fn a_join_over_the_files_of_a_store_loses_no_rows_and_a_declared_hash_does() {
    let city = City::new(4);
    let folder = patients(&city);
    let rows: u64 = city.store.manifest.months[&city.months[0]].buckets.iter().map(|set| set.patients.rows).sum();

    let plain = context(&city);
    for table in ["patients", "again"] {
        plain.register_parquet(table, &folder, ParquetReadOptions::default()).await.unwrap();
    }
    assert_eq!(count(&plain).await, i64::try_from(rows).unwrap());

    let leaky = context(&city);
    leaky.register_parquet("again", &folder, ParquetReadOptions::default()).await.unwrap();
    let schema = plain.table("patients").await.unwrap().schema().inner().clone();
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
        .with_file_extension(".parquet")
        .with_output_partitioning(Some(Partitioning::Hash(vec![col("patient")], 4)));
    let config = ListingTableConfig::new(ListingTableUrl::parse(&folder).unwrap())
        .with_listing_options(options)
        .with_schema(schema);
    leaky.register_table("patients", Arc::new(ListingTable::try_new(config).unwrap())).unwrap();
    let lost = count(&leaky).await;
    assert!(
        lost < i64::try_from(rows).unwrap(),
        "{lost} of {rows}: the declaration no longer leaks, so nothing is proven"
    );
}
