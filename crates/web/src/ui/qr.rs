//! A QR code as the path of a picture, drawn here: nothing about it leaves the program.

use qrcode::{Color, QrCode};

/// A QR code: squares of one unit in a square of `size`, with the quiet zone of four units around it.
pub struct Qr {
    /// Units across.
    pub size: usize,
    /// The path of its dark squares.
    pub path: String,
}

/// The code of a text; `None` for one that is too long for any.
pub fn qr(text: &str) -> Option<Qr> {
    const QUIET: usize = 4;
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path = dark
        .fold(String::new(), |path, (at, _)| format!("{path}M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
    Some(Qr { size: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_corners_are_there_and_the_quiet_zone_is_quiet() {
        let qr = qr("otpauth://totp/x?secret=ABC").unwrap();
        let last = qr.size - 5;
        for corner in ["M4 4h".to_owned(), format!("M{last} 4h"), format!("M4 {last}h")] {
            assert!(qr.path.contains(&corner), "{corner}");
        }
        assert!(!qr.path.contains("M3 ") && !qr.path.contains(" 3h") && !qr.path.contains(&format!("M{} ", last + 1)));
        assert!(super::qr(&"x".repeat(5000)).is_none());
    }
}
