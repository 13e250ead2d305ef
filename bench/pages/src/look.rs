//! Every page of the menu as each person sees it, one at a time.

use crate::Failure;
use crate::http::Connection;
use crate::server::{LOGINS, sign_in};
use std::collections::BTreeMap;
use std::time::Duration;

/// A page as one person sees it.
pub struct Page {
    pub login: &'static str,
    pub path: String,
    /// Median of the times it was asked for.
    pub took: Duration,
    /// As it is and compressed, in bytes.
    pub bytes: [usize; 2],
}

/// Asks for every page of the desk's menu; the slowest first.
pub async fn all(address: &str, times: usize) -> Result<Vec<Page>, Failure> {
    let mut pages = vec![];
    for login in LOGINS {
        let session = sign_in(address, login).await?;
        let mut connection = Connection::open(address).await?;
        let home = connection.get("/desk", &session).await?.text();
        let menu = home
            .split_once("<nav class=\"menu\"")
            .and_then(|(_, rest)| rest.split_once("</nav>"))
            .ok_or("a desk without menu")?
            .0;
        for link in menu.split("href=\"").skip(1) {
            let path = link.split('"').next().unwrap_or_default();
            let mut took = vec![];
            for _ in 0..times {
                let answer = connection.get(path, &session).await?;
                if answer.status != 200 {
                    return Err(format!("{login} {path}: {}", answer.status).into());
                }
                took.push((answer.took, answer.body.len()));
            }
            took.sort_unstable();
            let (median, bytes) = took[times / 2];
            let compressed = connection.get(path, &format!("{session}accept-encoding: gzip\r\n")).await?.body.len();
            pages.push(Page { login, path: path.to_owned(), took: median, bytes: [bytes, compressed] });
        }
    }
    pages.sort_by_key(|page| std::cmp::Reverse(page.took));
    Ok(pages)
}

/// The slowest pages, each path once, with whom it is slowest for.
pub fn heaviest(pages: &[Page], count: usize) -> Vec<(&'static str, String)> {
    let mut first: BTreeMap<&str, &Page> = BTreeMap::new();
    for page in pages {
        first.entry(&page.path).or_insert(page);
    }
    let mut first: Vec<&&Page> = first.values().collect();
    first.sort_by_key(|page| std::cmp::Reverse(page.took));
    first.into_iter().take(count).map(|page| (page.login, page.path.clone())).collect()
}

/// Prints them as a table.
pub fn print(pages: &[Page]) {
    println!("{:>9} {:>9} {:>9}  who and what", "ms", "bytes", "gzip");
    for page in pages {
        let [bytes, compressed] = page.bytes;
        let milliseconds = page.took.as_secs_f64() * 1000.0;
        println!("{milliseconds:9.1} {bytes:9} {compressed:9}  {} {}", page.login, page.path);
    }
}
