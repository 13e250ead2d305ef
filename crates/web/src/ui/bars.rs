use super::table::grouped;
use xingjian_kernel::Fen;

/// A month with two parts, drawn one upon the other.
pub struct Bar {
    /// The month.
    pub label: String,
    /// 明确违规.
    pub definite: Fen,
    /// 可疑.
    pub suspect: Fen,
}

/// Amounts by month as bars, drawn by the server. The numbers stand in a table beside it.
pub struct Bars {
    /// What is drawn.
    pub title: &'static str,
    /// Months in order.
    pub bars: Vec<Bar>,
}

/// A rectangle of the picture.
pub struct Part {
    /// Left edge.
    pub x: u64,
    /// Upper edge.
    pub y: u64,
    /// Height.
    pub height: u64,
    /// Class of the rectangle.
    pub class: &'static str,
    /// The sentence shown when pointed at.
    pub sentence: String,
}

/// A text of the picture.
pub struct Label {
    /// Middle.
    pub x: u64,
    /// Base line.
    pub y: u64,
    /// The text.
    pub text: String,
}

const STEP: u64 = 90;
const WIDTH: u64 = 52;
const HEIGHT: u64 = 150;
const TOP: u64 = 24;
const BASE: u64 = TOP + HEIGHT;

impl Bars {
    /// Width of the picture.
    pub fn width(&self) -> u64 {
        STEP * u64::try_from(self.bars.len()).unwrap_or_default().max(4)
    }

    /// Height of the picture.
    pub const HEIGHT: u64 = BASE + 26;
    /// Where the bars stand.
    pub const BASE: u64 = BASE;
    /// Width of a bar.
    pub const BAR: u64 = WIDTH;

    fn most(&self) -> u128 {
        self.bars.iter().map(|bar| positive(bar.definite) + positive(bar.suspect)).max().unwrap_or_default().max(1)
    }

    fn at(at: usize) -> u64 {
        STEP * u64::try_from(at).unwrap_or_default()
    }

    /// The rectangles.
    pub fn parts(&self) -> Vec<Part> {
        let most = self.most();
        let scaled = |amount: u128| u64::try_from(amount * u128::from(HEIGHT) / most).unwrap_or(HEIGHT);
        let mut parts = vec![];
        for (at, bar) in self.bars.iter().enumerate() {
            let x = Self::at(at) + (STEP - WIDTH) / 2;
            let below = scaled(positive(bar.definite));
            let both = scaled(positive(bar.definite) + positive(bar.suspect));
            for (from, to, class, name, amount) in
                [(0, below, "definite", "明确违规", bar.definite), (below, both, "suspect", "可疑", bar.suspect)]
            {
                let sentence = format!("{}{name}：{amount}元", bar.label);
                parts.push(Part { x, y: BASE - to, height: to - from, class, sentence });
            }
        }
        parts
    }

    /// The texts: the sum above each bar, the month below it.
    pub fn labels(&self) -> Vec<Label> {
        let most = self.most();
        let mut labels = vec![];
        for (at, bar) in self.bars.iter().enumerate() {
            let x = Self::at(at) + STEP / 2;
            let sum = positive(bar.definite) + positive(bar.suspect);
            let height = u64::try_from(sum * u128::from(HEIGHT) / most).unwrap_or(HEIGHT);
            let text = grouped(u64::try_from((sum + 50) / 100).unwrap_or(u64::MAX));
            labels.push(Label { x, y: BASE - height - 6, text });
            labels.push(Label { x, y: BASE + 18, text: bar.label.clone() });
        }
        labels
    }
}

fn positive(amount: Fen) -> u128 {
    u128::try_from(amount.fen()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_picture_and_the_others_keep_its_scale() {
        let bar = |label: &str, definite, suspect| Bar {
            label: label.into(),
            definite: Fen::from_yuan(definite),
            suspect: Fen::from_yuan(suspect),
        };
        let bars = Bars { title: "金额", bars: vec![bar("1月", 100, 200), bar("2月", 0, 150), bar("3月", 0, -5)] };
        let heights: Vec<u64> = bars.parts().iter().map(|part| part.height).collect();
        assert_eq!(heights, [50, 100, 0, 75, 0, 0]);
        assert!(bars.parts().iter().all(|part| part.y >= TOP && part.y + part.height <= BASE));
        let texts: Vec<String> = bars.labels().into_iter().map(|label| label.text).collect();
        assert_eq!(texts, ["300", "1月", "150", "2月", "0", "3月"]);
    }
}
