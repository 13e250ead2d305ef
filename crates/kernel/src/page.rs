//! Keyset paging: a page says where the next one starts.

/// Where a page starts: just after the row with this sort key and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the last row of the page before.
    pub key: String,
    /// Id of that row.
    pub id: String,
}

impl Cursor {
    /// Text for a link: `key~id`.
    pub fn encode(&self) -> String {
        format!("{}~{}", self.key, self.id)
    }

    /// Reads the text of a link; `None` where it is not one.
    pub fn decode(text: &str) -> Option<Self> {
        let (key, id) = text.rsplit_once('~').filter(|_| !text.contains('\0'))?;
        Some(Self { key: key.to_owned(), id: id.to_owned() })
    }
}

/// Some rows, how many there are in all, and where the next page starts.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// All rows that match, on all pages.
    pub total: u64,
    /// Start of the next page, if there is one.
    pub next: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_a_link() {
        let cursor = Cursor { key: "2026-11-21~x".into(), id: "0199".into() };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        assert_eq!(Cursor::decode("nothing"), None);
        assert_eq!(Cursor::decode("\0~x"), None);
    }
}
