//! Reading that is the same inside a transaction and outside of any, so that what an act decides on and what a page shows
//! beforehand is found by the same code.

use crate::{Ctx, Failure, Filter, Record, Stored, Tx, blobs, records};
use std::collections::BTreeSet;

/// Where something is read.
pub enum Reading<'a> {
    /// Inside a transaction, which sees what it has written itself.
    Inside(&'a mut Tx),
    /// Outside of any: nobody who writes waits for it.
    Outside,
}

impl Reading<'_> {
    /// A record in scope.
    pub async fn get<T: Record>(&mut self, ctx: &Ctx, id: impl ToString + Send) -> Result<Option<Stored<T>>, Failure> {
        match self {
            Self::Inside(tx) => records::get_in(tx, ctx, id).await,
            Self::Outside => records::get(ctx, id).await,
        }
    }

    /// A record that must be there.
    pub async fn must<T: Record>(&mut self, ctx: &Ctx, id: impl ToString + Send) -> Result<Stored<T>, Failure> {
        self.get(ctx, id).await?.ok_or(Failure::NotFound)
    }

    /// A record by its number.
    pub async fn by_number<T: Record>(&mut self, ctx: &Ctx, number: &str) -> Result<Option<Stored<T>>, Failure> {
        match self {
            Self::Inside(tx) => records::by_number_in(tx, ctx, number).await,
            Self::Outside => records::by_number(ctx, number).await,
        }
    }

    /// Those of these numbers that a record in scope has.
    pub async fn numbers<T: Record>(&mut self, ctx: &Ctx, numbers: &[&str]) -> Result<BTreeSet<String>, Failure> {
        match self {
            Self::Inside(tx) => records::numbers_in::<T>(tx, ctx, numbers).await,
            Self::Outside => records::numbers::<T>(ctx, numbers).await,
        }
    }

    /// Every record in scope that the filter lets through.
    pub async fn all<T: Record>(&mut self, ctx: &Ctx, filter: &Filter) -> Result<Vec<Stored<T>>, Failure> {
        match self {
            Self::Inside(tx) => records::all_in(tx, ctx, filter).await,
            Self::Outside => records::all(ctx, filter).await,
        }
    }

    /// Bytes by their hash; whoever calls this has made sure that the caller may read what carries the hash.
    pub async fn blob(&mut self, ctx: &Ctx, hash: &str) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Inside(tx) => blobs::get_in(tx, hash).await,
            Self::Outside => blobs::get(ctx, hash).await,
        }
    }
}
