//! The table of divisions with the dates they held, and finding one by the names people write.

use super::{DivisionCode, Level};
use crate::calendar::data_lines;
use crate::{Fault, LocalDate};
use std::collections::BTreeMap;

/// The divisions known: a code may have stood for several areas, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divisions {
    versions: BTreeMap<DivisionCode, Vec<Version>>,
}

/// What a code stood for: from the first day to the last, either open where it is not known or still in force.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    name: String,
    from: Option<LocalDate>,
    until: Option<LocalDate>,
}

impl Version {
    fn holds(&self, as_of: LocalDate) -> bool {
        self.from.is_none_or(|from| from <= as_of) && self.until.is_none_or(|until| as_of <= until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_in_time = |a: &Self, b: &Self| a.from.zip(b.until).is_none_or(|(from, until)| from <= until);
        starts_in_time(self, other) && starts_in_time(other, self)
    }
}

impl Divisions {
    /// The table this program was built with: `refdata/divisions.tsv`.
    pub fn official() -> Self {
        Self::parse(include_str!("../../../../refdata/divisions.tsv")).expect("a test reads the table we ship")
    }

    /// Reads lines `code <tab> name <tab> from <tab> until`, below a header; dates may be empty, `until` is the last
    /// day in force; `#` starts a remark.
    pub fn parse(tsv: &str) -> Result<Self, Vec<Fault>> {
        let mut versions: BTreeMap<DivisionCode, Vec<Version>> = BTreeMap::new();
        let mut faults = vec![];
        for (line, text) in data_lines(tsv) {
            match read_line(text) {
                Err(reason) => faults.push(fault(line, text, reason)),
                Ok((code, version)) => {
                    let known = versions.entry(code).or_default();
                    if known.iter().any(|other| other.overlaps(&version)) {
                        faults.push(fault(line, text, "同一代码的有效期重叠"));
                    }
                    known.push(version);
                }
            }
        }
        if faults.is_empty() { Ok(Self { versions }) } else { Err(faults) }
    }

    /// The name of a division on a day: `香洲区`.
    pub fn name(&self, code: &DivisionCode, as_of: LocalDate) -> Option<&str> {
        held_on(self.versions.get(code)?, as_of)
    }

    /// The names from the province down: `广东省珠海市香洲区`. Levels that exist only in the code system, such as
    /// 市辖区 between 北京市 and 东城区, are left out.
    pub fn full_name(&self, code: &DivisionCode, as_of: LocalDate) -> Option<String> {
        let own = self.name(code, as_of)?;
        let mut names = vec![own];
        let mut parents = std::iter::successors(code.parent(), DivisionCode::parent);
        names.extend(parents.by_ref().filter_map(|parent| self.name(&parent, as_of)).filter(|name| !is_filler(name)));
        Some(names.into_iter().rev().collect())
    }

    /// Whether the code stood for a division on that day.
    pub fn exists(&self, code: &DivisionCode, as_of: LocalDate) -> bool {
        self.name(code, as_of).is_some()
    }

    /// The provinces of a day, with their names.
    pub fn provinces(&self, as_of: LocalDate) -> Vec<(&DivisionCode, &str)> {
        self.of_level(Level::Province, as_of).collect()
    }

    /// The divisions right below one, with their names.
    pub fn children(&self, code: &DivisionCode, as_of: LocalDate) -> Vec<(&DivisionCode, &str)> {
        self.inside(code, as_of, |child| child.lies_right_below(code)).collect()
    }

    /// Divisions in force that may be meant by these names; short forms are understood. The deepest name given
    /// decides the level, but a county that lies right below its province is also found as a city.
    pub fn by_name(&self, province: Option<&str>, city: Option<&str>, county: Option<&str>) -> Vec<DivisionCode> {
        let of_level = |level| self.of_level(level, LocalDate::MAX);
        let provinces = match province {
            Some(text) => pick(of_level(Level::Province), text),
            None => of_level(Level::Province).map(|(code, _)| code.clone()).collect(),
        };
        let lies_in = |code: &DivisionCode, areas: &[DivisionCode]| areas.iter().any(|area| area.contains(code));
        let Some(city) = city else {
            let Some(county) = county else { return if province.is_some() { provinces } else { vec![] } };
            return pick(of_level(Level::County).filter(|(code, _)| lies_in(code, &provinces)), county);
        };
        // A municipality is written as province and city both; its counties lie below fillers.
        let municipal = provinces.iter().filter(|code| self.current(code).is_some_and(|name| same(name, city)));
        let mut cities: Vec<_> = municipal.cloned().collect();
        if cities.is_empty() {
            let real = of_level(Level::City).filter(|(_, name)| !is_filler(name));
            cities = pick(real.filter(|(code, _)| lies_in(code, &provinces)), city);
        }
        if cities.is_empty() {
            let direct = of_level(Level::County).filter(|(code, _)| self.is_filler_code(code.parent().as_ref()));
            cities = pick(direct.filter(|(code, _)| lies_in(code, &provinces)), city);
        }
        match county {
            None => cities,
            Some(text) => cities.iter().filter_map(|city| self.match_county(city, text)).collect(),
        }
    }

    /// The county of a city that this text means: the exact name, or else the only one that fits a short or former
    /// form (`东城` for 东城区, `峨边县` for 峨边彝族自治县). `None` where it means none or several, and where it
    /// only repeats the city's own name.
    pub fn match_county(&self, city: &DivisionCode, text: &str) -> Option<DivisionCode> {
        let area = if self.is_filler_code(Some(city)) { city.parent()? } else { city.clone() };
        let text: String = text.split_whitespace().collect();
        let text = text.trim_matches(['.', '。', ',', '，', '、']);
        let after_city = self.current(&area).and_then(|name| text.strip_prefix(name)).filter(|rest| !rest.is_empty());
        self.county_inside(&area, text).or_else(|| self.county_inside(&area, after_city?))
    }

    /// The city that an address begins with: `浙江省杭州市…` or `杭州…` below a province that is named. `None` where
    /// none or several do.
    pub fn city_of_address(&self, address: &str) -> Option<DivisionCode> {
        let address = address.trim();
        let mut provinces = self.of_level(Level::Province, LocalDate::MAX);
        let province = provinces.find_map(|(code, name)| Some((code, address.strip_prefix(name)?)));
        let (rest, mut cities) = match province {
            Some((province, rest)) => {
                let inside = self.inside(province, LocalDate::MAX, |code| code.level() == Level::City);
                (rest, inside.collect::<Vec<_>>())
            }
            None => (address, self.of_level(Level::City, LocalDate::MAX).collect()),
        };
        cities.retain(|(_, name)| !is_filler(name));
        let mut found: Vec<_> = cities.iter().filter(|(_, name)| rest.starts_with(name)).collect();
        if found.is_empty() && province.is_some() {
            found = cities.iter().filter(|(_, name)| rest.starts_with(stem(name))).collect();
        }
        match found.as_slice() {
            [(code, _)] => Some((*code).clone()),
            _ => None,
        }
    }

    fn county_inside(&self, area: &DivisionCode, text: &str) -> Option<DivisionCode> {
        let counties = self.inside(area, LocalDate::MAX, |code| code.level() == Level::County);
        let mut found = pick(counties, text);
        let county = if found.len() == 1 { found.pop()? } else { return None };
        let exact = self.current(&county) == Some(text);
        let repeats_area = *area != county && self.current(area).is_some_and(|name| closeness(name, text).is_some());
        (exact || !repeats_area).then_some(county)
    }

    fn current(&self, code: &DivisionCode) -> Option<&str> {
        self.name(code, LocalDate::MAX)
    }

    fn is_filler_code(&self, code: Option<&DivisionCode>) -> bool {
        code.and_then(|code| self.current(code)).is_some_and(is_filler)
    }

    fn of_level(&self, level: Level, as_of: LocalDate) -> impl Iterator<Item = (&DivisionCode, &str)> {
        let all = self.versions.iter().filter(move |(code, _)| code.level() == level);
        all.filter_map(move |(code, versions)| Some((code, held_on(versions, as_of)?)))
    }

    /// The divisions in an area that are wanted by their codes, which says less than their names and costs less.
    fn inside<'s>(
        &'s self,
        area: &DivisionCode,
        as_of: LocalDate,
        wanted: impl Fn(&DivisionCode) -> bool,
    ) -> impl Iterator<Item = (&'s DivisionCode, &'s str)> {
        let area = area.clone();
        let all = self.versions.range(area.clone()..).take_while(move |(code, _)| area.contains(code));
        all.filter(move |(code, _)| wanted(code))
            .filter_map(move |(code, versions)| Some((code, held_on(versions, as_of)?)))
    }
}

fn held_on(versions: &[Version], as_of: LocalDate) -> Option<&str> {
    versions.iter().find(|version| version.holds(as_of)).map(|version| version.name.as_str())
}

fn read_line(text: &str) -> Result<(DivisionCode, Version), &'static str> {
    let [code, name, from, until] = text.split('\t').collect::<Vec<_>>()[..] else { return Err("不是四列") };
    let date = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
    let version = Version {
        name: name.to_owned(),
        from: date(from).map_err(|_| "起始日期无法识别")?,
        until: date(until).map_err(|_| "截止日期无法识别")?,
    };
    if name.is_empty() {
        return Err("名称为空");
    }
    Ok((code.parse().map_err(|_| "不是行政区划代码")?, version))
}

fn fault(line: usize, text: &str, reason: &str) -> Fault {
    let mend = "按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空";
    Fault::new(format!("行政区划表第{line}行"), text, reason, mend)
}

/// Levels of the code system that are no place: districts of a municipality, counties right below a province.
fn is_filler(name: &str) -> bool {
    ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"].contains(&name)
}

/// A name without the word for its kind, as long as two characters remain: `东城区` and `东城` share `东城`.
fn stem(name: &str) -> &str {
    let mut short = name.trim();
    for suffix in ["省", "市", "区", "县", "旗", "盟", "州", "自治", "地"] {
        match short.strip_suffix(suffix) {
            Some(rest) if rest.chars().nth(1).is_some() => short = rest,
            _ => {}
        }
    }
    short
}

fn same(name: &str, text: &str) -> bool {
    stem(name) == stem(text)
}

/// How well a text fits a name: 0 exactly, 1 without the words for the kind, 2 by the beginning, or not at all.
fn closeness(name: &str, text: &str) -> Option<u8> {
    let short = stem(text);
    let begins = short.chars().nth(1).is_some() && name.starts_with(short);
    if name == text.trim() {
        Some(0)
    } else if same(name, text) {
        Some(1)
    } else {
        begins.then_some(2)
    }
}

/// The codes whose names fit the text best.
fn pick<'a>(divisions: impl Iterator<Item = (&'a DivisionCode, &'a str)>, text: &str) -> Vec<DivisionCode> {
    let fitting: Vec<_> = divisions.filter_map(|(code, name)| closeness(name, text).map(|rank| (rank, code))).collect();
    let best = fitting.iter().map(|(rank, _)| *rank).min();
    fitting.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, code)| code.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use jiff::civil::date;

    const TODAY: LocalDate = date(2026, 11, 21);

    fn code(digits: &str) -> DivisionCode {
        digits.parse().unwrap()
    }

    #[test]
    fn names_are_told_in_full_without_fillers() {
        let divisions = Divisions::official();
        for (digits, name) in [
            ("44", "广东省"),
            ("4404", "广东省珠海市"),
            ("440402", "广东省珠海市香洲区"),
            ("110101", "北京市东城区"),
            ("429004", "湖北省仙桃市"),
            ("500242", "重庆市酉阳土家族苗族自治县"),
            ("440402104", "广东省珠海市香洲区横琴镇"),
        ] {
            assert_eq!(divisions.full_name(&code(digits), TODAY).as_deref(), Some(name));
        }
        assert_eq!(divisions.full_name(&code("440499"), TODAY), None);
    }

    #[test]
    fn abolished_districts_stand_until_their_last_day() {
        let divisions = Divisions::official();
        let (last, first) = (date(2021, 4, 8), date(2021, 4, 9));
        for abolished in ["330103", "330104"].map(code) {
            assert!(divisions.exists(&abolished, last) && !divisions.exists(&abolished, first));
        }
        for founded in ["330113", "330114"].map(code) {
            assert!(!divisions.exists(&founded, last) && divisions.exists(&founded, first));
        }
        assert_eq!(divisions.name(&code("330102"), last), divisions.name(&code("330102"), first));
    }

    #[test]
    fn children_are_those_right_below() {
        let divisions = Divisions::official();
        assert_eq!(divisions.provinces(TODAY).len(), 31);
        assert_eq!(
            divisions.children(&code("4404"), TODAY).iter().map(|(_, name)| *name).collect::<Vec<_>>(),
            ["香洲区", "斗门区", "金湾区"]
        );
        assert!(divisions.children(&code("440402"), TODAY).iter().any(|(_, name)| *name == "横琴镇"));
    }

    #[test]
    fn every_division_lies_in_one_that_is_known() {
        let divisions = Divisions::official();
        for child in divisions.versions.keys() {
            assert!(child.parent().is_none_or(|parent| divisions.versions.contains_key(&parent)), "{child}");
        }
    }

    #[test]
    fn a_county_is_found_by_what_people_write() {
        let divisions = Divisions::official();
        for (city, text, found) in [
            ("1101", "东城", Some("110101")),
            ("1101", "密云县", Some("110118")),
            ("5001", "酉阳", Some("500242")),
            ("4404", "香洲区", Some("440402")),
            ("4404", " 斗门 ", Some("440403")),
            ("5111", "峨边县", Some("511132")),
            ("3607", "赣县", Some("360704")),
            ("1301", "井陉", Some("130121")),
            ("4301", "长沙县", Some("430121")),
            ("4301", "长沙", None),
            ("3203", "沛 县", Some("320322")),
            ("1201", "和平区.", Some("120101")),
            ("5401", "拉萨市城关区", Some("540102")),
            ("3710", "威海市区", None),
            ("6327", "玉树州", None),
            ("6327", "玉树市", Some("632701")),
            ("3301", "下城区", None),
            ("1404", "城区", None),
            ("3208", "市直", None),
            ("4404", "", None),
            ("411381", "邓州", Some("411381")),
        ] {
            let county = divisions.match_county(&code(city), text);
            assert_eq!(county.as_ref().map(DivisionCode::as_str), found, "{city} {text}");
        }
    }

    #[test]
    fn a_division_is_found_by_its_names_from_the_top() {
        let divisions = Divisions::official();
        let find = |province, city, county| {
            let found = divisions.by_name(province, city, county);
            found.iter().map(DivisionCode::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(find(Some("广东"), None, None), "44");
        assert_eq!(find(Some("广东省"), Some("珠海"), None), "4404");
        assert_eq!(find(None, Some("珠海市"), Some("香洲")), "440402");
        assert_eq!(find(Some("北京市"), Some("北京市"), Some("东城")), "110101");
        assert_eq!(find(Some("湖北省"), Some("仙桃市"), None), "429004");
        assert_eq!(find(Some("云南省"), Some("德宏州"), None), "5331");
        assert_eq!(find(Some("江苏省"), None, Some("鼓楼区")), "320106 320302");
        assert_eq!(find(None, None, Some("凌源市")), "211382");
        assert_eq!(find(None, None, None), "");
        assert_eq!(find(Some("火星"), Some("珠海"), None), "");
    }

    fn check(table: &str, expected: &Expect) {
        let faults = Divisions::parse(table).unwrap_err();
        expected.assert_eq(&faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn an_address_begins_with_its_city() {
        let divisions = Divisions::official();
        for (address, city) in [
            ("浙江省杭州市上城区解放路68号", Some("3301")),
            ("浙江省杭州体育场路453号", Some("3301")),
            ("珠海市香洲区", Some("4404")),
            ("珠海路1号", None),
            ("广东省杭州市", None),
            ("解放路68号", None),
            ("", None),
        ] {
            assert_eq!(divisions.city_of_address(address).map(|c| c.to_string()).as_deref(), city, "{address}");
        }
    }

    #[test]
    fn all_faults_of_a_table_are_told_at_once() {
        check(
            "code\tname\tfrom\tuntil\n44\t广东省\n4x\t广东省\t\t\n44\t\t\t\n44\t广东省\t2021-13-01\t",
            &expect![[r#"
                行政区划表第2行：“44□广东省”不是四列。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空
                行政区划表第3行：“4x□广东省□□”不是行政区划代码。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空
                行政区划表第4行：“44□□□”名称为空。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空
                行政区划表第5行：“44□广东省□2021-13-01□”起始日期无法识别。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空"#]],
        );
        check(
            "# remark\n\nh\n44\t甲\t\t2020-12-31\n44\t乙\t2020-12-31\t\n44\t丙\t2019-01-01\t2019-02-01",
            &expect![[r#"
                行政区划表第5行：“44□乙□2020-12-31□”同一代码的有效期重叠。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空
                行政区划表第6行：“44□丙□2019-01-01□2019-02-01”同一代码的有效期重叠。按“代码、名称、起始日期、截止日期”四列填写，用制表符分隔；日期形如 2021-04-09，可空"#]],
        );
    }
}
