use super::table::Table;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Columns side by side: months.
    Columns,
    /// Bars below each other: states, grades.
    Bars,
}

impl Shape {
    /// As the script calls it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Bars => "bars",
        }
    }
}

/// A table that is drawn as well. The picture is made from the table by a script, so that both say the same; without one the
/// table stands alone.
pub struct Chart {
    /// What is shown; its first column names the bars, and where each leads.
    pub table: Table,
    /// How it is drawn.
    pub shape: Shape,
    /// What is counted: `件`, `家`.
    pub unit: &'static str,
    /// Columns after the first that are drawn, one upon the other.
    pub drawn: usize,
    /// Period, source and moment, a line each.
    pub lines: Vec<String>,
}

impl Chart {
    /// The names of what is drawn, with the class of their sign.
    pub fn legend(&self) -> Vec<(&'static str, &'static str)> {
        let signs = ["first", "second", "third"];
        signs.into_iter().zip(self.table.columns.iter().skip(1).take(self.drawn).copied()).collect()
    }

    /// The sentence that stands for the picture where nobody sees it.
    pub fn told(&self) -> String {
        format!("{}，数字见下表", self.table.title)
    }
}
