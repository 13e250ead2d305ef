//! Official numbers: counted inside the transaction of the act that uses them, so there is neither a collision
//! nor a silent gap.

use crate::{Ctx, Error, Executor, Failure, Tx};

/// The next number of a series, from 1. The series is locked until the transaction ends.
pub async fn next(tx: &mut Tx, series: &str) -> Result<i64, Failure> {
    many(tx, series, 1).await
}

/// So many numbers of a series that follow each other; the last of them.
pub async fn many(tx: &mut Tx, series: &str, count: i64) -> Result<i64, Failure> {
    let row = tx
        .one(
            "insert into counter (series, value) values ($1, $2) \
             on conflict (series) do update set value = counter.value + $2 returning value",
            vec![series.into(), count.into()],
        )
        .await?
        .ok_or_else(|| Error::Missing(format!("counter {series}")))?;
    Ok(row.try_get("", "value").map_err(Error::from)?)
}

/// The next official number of a document kind in this year, such as `珠卫医罚〔2026〕12号`.
pub async fn issue(tx: &mut Tx, ctx: &Ctx, document_kind: &str) -> Result<String, Failure> {
    let today = ctx.today();
    let policy = ctx.policy();
    let kind = policy
        .document_kind(document_kind, today)
        .ok_or_else(|| Error::Missing(format!("document kind {document_kind} in the policy pack")))?;
    let (pattern, series) = (kind.number_pattern.clone(), kind.series.clone());
    let short = policy.city.short.clone();
    let sequence = next(tx, &format!("{series}/{}", today.year())).await?;
    Ok(pattern
        .replace("{short}", &short)
        .replace("{year}", &today.year().to_string())
        .replace("{seq}", &sequence.to_string()))
}
