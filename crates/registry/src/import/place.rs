//! Where an institution of a list lies: by code, by names, or by what became of the division that it names.

use super::columns::Columns;
use std::fmt::Write;
use xingjian_kernel::division::{Change, Changes, Divisions, Level};
use xingjian_kernel::{DivisionCode, Fault, LocalDate};

/// What the places of a list are found by.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The table of divisions.
    pub divisions: &'a Divisions,
    /// What became of divisions that are no more.
    pub changes: &'a Changes,
    /// The day.
    pub today: LocalDate,
    /// The city that is meant where a row names none.
    pub home: &'a DivisionCode,
}

/// A division, and the county as written where no table knows it.
pub type Placed = (DivisionCode, Option<String>);

/// A row whose place is looked for; what is found out on the way is told.
pub struct Finder<'a> {
    pub ground: Ground<'a>,
    pub columns: &'a Columns<'a>,
    pub line: usize,
    pub cells: &'a [String],
    /// Why the row cannot be taken.
    pub faults: Vec<Fault>,
    /// What is missing or to be looked at; it does not stop the row.
    pub missing: Vec<Fault>,
}

impl Finder<'_> {
    fn cell(&self, field: &str) -> Option<&str> {
        self.columns.cell(self.cells, field)
    }

    fn place(&self, field: &str) -> String {
        self.columns.place(self.line, field)
    }

    /// The smallest division that the row names; `None` with a fault.
    pub fn find(&mut self) -> Option<Placed> {
        let code = if let Some(field) = ["division", "city_code"].into_iter().find(|field| self.cell(field).is_some()) {
            let text = self.cell(field).unwrap_or_default().to_owned();
            match text.parse::<DivisionCode>() {
                Ok(code) if self.ground.divisions.exists(&code, self.ground.today) => code,
                Ok(code) => return self.former(field, &code),
                Err(error) => {
                    self.faults.push(error.fault(&self.place(field)));
                    return None;
                }
            }
        } else {
            self.named_city()?
        };
        match code.level() {
            Level::City => self.county(code),
            // The counties of a municipality lie right below it.
            Level::Province if self.cell("county").is_some() => self.county(code),
            _ => Some((code, None)),
        }
    }

    /// The city by its name, by the beginning of the address, or the one that is meant where only a county is named.
    fn named_city(&mut self) -> Option<DivisionCode> {
        let named = self.cell("province").is_some() || self.cell("city").is_some();
        let found = if named {
            self.ground.divisions.by_name(self.cell("province"), self.cell("city"), None)
        } else {
            let by_address = self.cell("address").and_then(|text| self.ground.divisions.city_of_address(text));
            let home = || self.home_of_county();
            by_address.or_else(home).into_iter().collect()
        };
        if let [one] = found.as_slice() {
            return Some(one.clone());
        }
        let text = self.cell("city").unwrap_or_default();
        self.faults.push(Fault::new(self.place("city"), text, "不能确定是哪个行政区划", "请填写行政区划代码"));
        None
    }

    /// The own city, where it has or had a county of the name that the row gives.
    fn home_of_county(&self) -> Option<DivisionCode> {
        let Ground { divisions, changes, home, .. } = self.ground;
        let county = self.cell("county")?;
        let known = divisions.match_county(home, county).is_some() || changes.of_name(home, county).is_some();
        known.then(|| home.clone())
    }

    /// A code that stands for nothing any more: for what became of it, or refused.
    fn former(&mut self, field: &str, code: &DivisionCode) -> Option<Placed> {
        let Some(change) = self.ground.changes.of_code(code) else {
            let mend = "请按现行区划代码表填写";
            self.faults.push(Fault::new(self.place(field), code.as_str(), "不是现行的行政区划代码", mend));
            return None;
        };
        self.became(change, field)
    }

    /// The county of a city or municipality by its name: as it is today, or what became of it.
    fn county(&mut self, city: DivisionCode) -> Option<Placed> {
        let Ground { divisions, changes, today, .. } = self.ground;
        let Some(text) = self.cell("county").map(str::to_owned) else {
            let place = self.place("county");
            self.missing.push(Fault::new(place, "", "没有填写，按所在市登记", "可在登记页补录"));
            return Some((city, None));
        };
        if let Some(change) = changes.of_name(&city, &text) {
            return self.became(change, "county");
        }
        let place = self.place("county");
        let Some(county) = divisions.match_county(&city, &text) else {
            let own = if city.level() == Level::City { "市" } else { "省或者直辖市" };
            let reason = format!("不在现行区划表中，按所在{own}登记并保留原文");
            self.missing.push(Fault::new(place, &text, reason, "可在登记页补录"));
            return Some((city, Some(text)));
        };
        let name = divisions.name(&county, today).unwrap_or_default();
        let kind = |text: &str| text.chars().next_back().filter(|c| "市县区旗".contains(*c));
        if kind(&text).is_some() && kind(&text) != kind(name) {
            let reason = format!("不是现行名称，按现行区划表中的“{name}”登记");
            self.missing.push(Fault::new(place, &text, reason, "请核对，有误的可在登记页更正"));
        }
        Some((county, None))
    }

    /// What became of a division, said with the day and the paper. Where it was divided and no address says which part is
    /// meant, the clerk is asked; one that only gave up land is taken as it is today.
    fn became(&mut self, change: &Change, field: &str) -> Option<Placed> {
        let Ground { divisions, today, .. } = self.ground;
        let name = |code: &DivisionCode| divisions.name(code, today).unwrap_or(code.as_str()).to_owned();
        let since = xingjian_kernel::time::chinese(change.on);
        let source = format!("依据：{}", change.source);
        let text = self.cell(field).unwrap_or_default().to_owned();
        let place = self.place(field);
        if let Some(part) = change.part(divisions, self.cell("address").unwrap_or_default()) {
            if *part != change.code {
                let why = if change.into.len() > 1 { "根据地址中的街道或者镇，" } else { "" };
                let reason = format!("自{since}起已不是原来的区划，{why}按现行“{}”登记（{source}）", name(part));
                self.missing.push(Fault::new(place, &text, reason, "请核对，有误的可在登记页更正"));
            }
            return Some((part.clone(), None));
        }
        let mut parts = String::new();
        for part in &change.into {
            let _ = write!(parts, "{}{}（{part}）", if parts.is_empty() { "" } else { "、" }, name(part));
        }
        if change.abolished {
            let reason = format!("自{since}起分属{parts}，地址中没有可以判断的街道或者镇（{source}）");
            let mend = format!("请在“行政区划代码”列填写其中之一：{parts}");
            self.faults.push(Fault::new(place, &text, reason, mend));
            return None;
        }
        let reason = format!("自{since}起部分区域划出，现属{parts}，按现行“{}”登记（{source}）", name(&change.code));
        self.missing.push(Fault::new(place, &text, reason, "请核对，有误的可在登记页更正"));
        Some((change.code.clone(), None))
    }
}
