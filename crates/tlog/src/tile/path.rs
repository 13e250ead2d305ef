use super::{TILE_WIDTH, Tile};
use crate::text;
use std::fmt;
use std::str::FromStr;

/// What a path below the prefix of a log names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `tile/<L>/<N>[.p/<W>]`: hashes.
    Tile(Tile),
    /// `tile/entries/<N>[.p/<W>]`: the entries whose leaf hashes are in this tile of level 0.
    EntryBundle(Tile),
}

/// The text is not the path of a tile or an entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("不是存证日志的分块路径；应为 tile/层/序号 或 tile/entries/序号，如 tile/0/x001/234、tile/entries/000.p/7")]
pub struct NotTilePath;

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tile = match self {
            Self::Tile(tile) => {
                write!(f, "tile/{}/", tile.level)?;
                tile
            }
            Self::EntryBundle(tile) => {
                f.write_str("tile/entries/")?;
                tile
            }
        };
        let mut rest = tile.index;
        let mut groups = vec![rest % 1000];
        while rest >= 1000 {
            rest /= 1000;
            groups.push(rest % 1000);
        }
        for group in groups.drain(1..).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if tile.is_full() { Ok(()) } else { write!(f, ".p/{}", tile.width) }
    }
}

impl FromStr for Resource {
    type Err = NotTilePath;
    fn from_str(path: &str) -> Result<Self, NotTilePath> {
        let resource = read(path).ok_or(NotTilePath)?;
        // One resource has one path: an index with a superfluous x000 and a partial tile of full width are written differently.
        if resource.to_string() == path { Ok(resource) } else { Err(NotTilePath) }
    }
}

fn read(path: &str) -> Option<Resource> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, text::decimal(width)?),
        None => (rest, TILE_WIDTH.into()),
    };
    let mut number = 0_u64;
    for element in index.split('/') {
        let group = element.strip_prefix('x').unwrap_or(element).parse().ok()?;
        number = number.checked_mul(1000)?.checked_add(group)?;
    }
    let width = u16::try_from(width).ok()?;
    if level == "entries" {
        return Some(Resource::EntryBundle(Tile::new(0, number, width)?));
    }
    Some(Resource::Tile(Tile::new(text::decimal(level)?.try_into().ok()?, number, width)?))
}
