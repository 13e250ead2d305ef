/// The longest entry that fits a bundle, in bytes.
pub const MAX_ENTRY_LENGTH: usize = u16::MAX as usize;

/// Why entries and bundle do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The length of an entry is written in 16 bits.
    #[error("第{0}条长于65535字节，装不进条目包")]
    EntryTooLong(usize),
    /// The bundle ends inside an entry or before the last one.
    #[error("条目包在第{0}条处截断")]
    CutOff(usize),
    /// Bytes follow the last entry.
    #[error("条目包在最后一条之后还有{0}字节")]
    TrailingBytes(usize),
}

/// The bundle of these entries: before each its length, two bytes, the higher one first.
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::EntryTooLong(place))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle that holds so many.
pub fn decode_bundle(mut bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    for place in 0..width.into() {
        let cut = || BundleError::CutOff(place);
        let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(cut)?;
        entries.push(entry);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(entries) } else { Err(BundleError::TrailingBytes(bytes.len())) }
}
