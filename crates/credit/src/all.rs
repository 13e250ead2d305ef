//! Reads every record about a subject, page by page: a grade must not depend on the length of a page.

use xingjian_kernel::SubjectRef;
use xingjian_store::{Ctx, Failure, Filter, Order, Record, Stored, Tx, records};

const PAGE: u32 = 200;

fn filter(subject: SubjectRef) -> Filter {
    Filter { subject: Some(subject), order: Order::Newest, limit: PAGE, ..Filter::default() }
}

/// Oldest first. Ids sort by the millisecond only, and one act can make several records.
fn in_order<T: Record>(mut found: Vec<Stored<T>>) -> Vec<Stored<T>> {
    found.sort_by_cached_key(|stored| {
        let head = stored.value.head();
        (head.created_at, head.id)
    });
    found
}

/// Inside a transaction, oldest first.
pub async fn about_in<T: Record>(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<T>>, Failure> {
    let mut filter = filter(subject);
    let mut found = vec![];
    loop {
        let page = records::list_in::<T>(tx, ctx, &filter).await?;
        found.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(in_order(found));
        }
    }
}

/// Outside a transaction, oldest first.
pub async fn about<T: Record>(ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<T>>, Failure> {
    let mut filter = filter(subject);
    let mut found = vec![];
    loop {
        let page = records::list::<T>(ctx, &filter).await?;
        found.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(in_order(found));
        }
    }
}
