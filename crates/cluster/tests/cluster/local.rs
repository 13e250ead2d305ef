//! The operator in this process.

use crate::city::City;
use datafusion::physical_plan::{ExecutionPlan, Partitioning, displayable};
use std::sync::Arc;
use xingjian_cluster::operator::ScreenExec;
use xingjian_cluster::{screen, session};
use xingjian_screen::claims::Store;

#[tokio::test]
async fn the_operator_finds_the_run_of_the_pass_with_any_number_of_threads() {
    let city = City::new(5);
    let expected = city.expected();
    for threads in [1, 3, 16] {
        let catalogue = Arc::new(city.catalogue());
        let context = session::local(catalogue.clone(), threads);
        let found = screen::screen(&context, &city.store, &catalogue, &city.months, threads).await.unwrap();
        assert_eq!(found.0, expected.0);
        assert!(found.1.to_vec().unwrap() == expected.1, "{threads} threads find other hits");
    }
}

#[tokio::test]
async fn some_months_are_the_run_of_these_months() {
    let mut city = City::new(2);
    city.months.truncate(2);
    let expected = city.expected();
    let catalogue = Arc::new(city.catalogue());
    let context = session::local(catalogue.clone(), 2);
    let found = screen::screen(&context, &city.store, &catalogue, &city.months, 2).await.unwrap();
    assert!((found.0, found.1.to_vec().unwrap()) == expected);
}

#[tokio::test]
async fn another_catalogue_or_other_data_is_refused() {
    let city = City::new(2);
    let catalogue = Arc::new(city.catalogue());
    let mut rules = city.rules.clone();
    rules.pop();
    let other = Arc::new(xingjian_cluster::catalogue::Catalogue::new(rules, city.parameters, city.extracts.clone()));
    let refused = async |context, catalogue: &_| {
        let error = screen::screen(&context, &city.store, catalogue, &city.months, 2).await.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    let message = refused(session::local(other.clone(), 2), &catalogue).await;
    assert!(message.contains("规则目录不同") && message.contains(other.hash()), "{message}");

    // Another version of the data is put in force between the plan and its execution.
    let context = session::local(catalogue.clone(), 2);
    let plan = screen::plan(&city.store, &catalogue, &city.months).unwrap();
    let mut store = Store::open(&city.store.folder).unwrap();
    let month = store.manifest.months["2026-01"].clone();
    store.put_month("2026-04", month).unwrap();
    let error = context.execute_logical_plan(plan).await.unwrap().collect().await.unwrap_err();
    assert!(error.to_string().contains("的数据与任务开始时不同"), "{error}");
}

#[tokio::test]
async fn nothing_declares_how_patients_are_spread() {
    let city = City::new(4);
    let catalogue = Arc::new(city.catalogue());
    let context = session::local(catalogue.clone(), 4);
    let plan = screen::plan(&city.store, &catalogue, &city.months).unwrap();
    let plan = context.execute_logical_plan(plan).await.unwrap().create_physical_plan().await.unwrap();
    assert!(plan.is::<ScreenExec>(), "{}", displayable(plan.as_ref()).indent(false));
    let mut next: Option<&Arc<dyn ExecutionPlan>> = Some(&plan);
    while let Some(plan) = next {
        assert!(matches!(plan.properties().partitioning, Partitioning::UnknownPartitioning(4)), "{}", plan.name());
        next = plan.children().first().copied();
    }
    assert!(context.catalog("datafusion").unwrap().schema("public").unwrap().table_names().is_empty());
}
