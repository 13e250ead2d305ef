//! What tests of rooms share: a clock that stands still, repeatable randomness, and a runner that takes each test
//! through both databases. It knows kernel, policy and store, and no room.

pub mod diagram;

mod database;
mod shared;
mod world;

pub use database::{Backend, TestDb};
pub use shared::{axe_source, duckdb_python, fuzzer_python, shared_data, skipped};
pub use world::{TestClock, TestRng, World, people, policy_dir};

/// Defines a test twice, as `name::on_sqlite` and `name::on_postgres`, each on a fresh database.
///
/// ```ignore
/// both_databases! {
///     async fn a_complaint_is_kept(world: World) { ... }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {
        $(
            #[allow(non_snake_case)]
            mod $name {
                use super::*;

                async fn test($world: $crate::World) $body

                $(#[$meta])*
                #[test]
                fn on_sqlite() { $crate::World::run($crate::Backend::Sqlite, test); }

                $(#[$meta])*
                #[test]
                fn on_postgres() { $crate::World::run($crate::Backend::Postgres, test); }
            }
        )+
    };
}
