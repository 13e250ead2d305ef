//! Shares with what chance leaves open about them, and figures in their middle. For reading, never for deciding.

/// Of how many, how many; the share of them is shown with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// A share.
    pub const fn new(part: usize, of: usize) -> Self {
        Self { part, of }
    }

    /// Wilson's interval at 95 per cent, in per mille; `None` where there is nothing to take a share of.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
    pub fn interval(self) -> Option<(u32, u32)> {
        const Z: f64 = 1.959_963_985;
        if self.of == 0 {
            return None;
        }
        let n = self.of as f64;
        let share = self.part as f64 / n;
        let middle = share + Z * Z / (2.0 * n);
        let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let under = 1.0 + Z * Z / n;
        let mille = |value: f64| (value * 1000.0).round().clamp(0.0, 1000.0) as u32;
        Some((mille((middle - spread) / under), mille((middle + spread) / under)))
    }
}

/// `14/15 = 93.3%（95% 区间 70.2%–98.8%）`.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((low, high)) = self.interval() else { return f.write_str("无数据") };
        let mille = (self.part * 1000 + self.of / 2) / self.of;
        let show = |mille: usize| format!("{}.{}%", mille / 10, mille % 10);
        let (low, high) = (show(low as usize), show(high as usize));
        write!(f, "{}/{} = {}（95% 区间 {low}–{high}）", self.part, self.of, show(mille))
    }
}

/// The value that a share of all do not exceed, the nearest above (`percent` of 50 is the median); none of nothing.
pub fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // 8 of 10: 0.490 to 0.943 (Wilson 1927 at 95 per cent).
        assert_eq!(Share::new(8, 10).interval(), Some((490, 943)));
        assert_eq!(Share::new(0, 10).interval(), Some((0, 278)));
        assert_eq!(Share::new(10, 10).interval(), Some((722, 1000)));
        assert_eq!(Share::default().interval(), None);
        assert_eq!(Share::new(2, 3).to_string(), "2/3 = 66.7%（95% 区间 20.8%–93.9%）");
        assert_eq!(Share::default().to_string(), "无数据");
    }

    #[test]
    fn percentiles_are_values_that_were_there() {
        assert_eq!(percentile(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(percentile(&[1, 2, 3, 4], 90), Some(4));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile::<u8>(&[], 50), None);
    }
}
