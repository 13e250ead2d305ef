//! What became of counties and districts that were abolished or gave up land. Where one was divided, only an address
//! says which part is meant; nothing is guessed.

use super::{DivisionCode, Divisions, Level};
use crate::calendar::data_lines;
use crate::{Fault, LocalDate};

/// What happened to one county or district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The code it had.
    pub code: DivisionCode,
    /// The name it had.
    pub name: String,
    /// It is no more; otherwise it goes on, smaller.
    pub abolished: bool,
    /// The first day of the new order.
    pub on: LocalDate,
    /// The divisions that have its land today.
    pub into: Vec<DivisionCode>,
    /// The paper it rests on.
    pub source: String,
}

/// The changes on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// The table this program was built with: `refdata/division_changes.tsv`.
    pub fn official() -> Self {
        Self::parse(include_str!("../../../../refdata/division_changes.tsv")).expect("a test reads the table we ship")
    }

    /// Reads lines `code <tab> name <tab> what <tab> on <tab> into <tab> source`, below a header; `#` starts a remark.
    pub fn parse(tsv: &str) -> Result<Self, Vec<Fault>> {
        let (mut changes, mut faults) = (vec![], vec![]);
        for (line, text) in data_lines(tsv) {
            match read_line(text) {
                Ok(change) => changes.push(change),
                Err(reason) => {
                    let mend = "按“代码、名称、abolished 或者 ceded、日期、现行代码、依据”六列填写，用制表符分隔";
                    faults.push(Fault::new(format!("区划变更表第{line}行"), text, reason, mend));
                }
            }
        }
        if faults.is_empty() { Ok(Self(changes)) } else { Err(faults) }
    }

    /// What became of the division that had this code and has it no more.
    pub fn of_code(&self, code: &DivisionCode) -> Option<&Change> {
        self.0.iter().find(|change| change.code == *code && !change.into.contains(code))
    }

    /// What became of the county of a city that had exactly this name.
    pub fn of_name(&self, city: &DivisionCode, name: &str) -> Option<&Change> {
        self.0.iter().find(|change| city.contains(&change.code) && change.name == name.trim())
    }
}

impl Change {
    /// The division of today that is meant: the only one, or the one whose street or town the address names.
    pub fn part(&self, divisions: &Divisions, address: &str) -> Option<&DivisionCode> {
        if let [only] = self.into.as_slice() {
            return Some(only);
        }
        // 余杭街道 is a street of 余杭区: the name of the district itself says nothing.
        let within = address.split_once(self.name.as_str()).map_or(address, |(_, rest)| rest);
        let mut named = self.into.iter().filter(|part| {
            let streets = divisions.children(part, LocalDate::MAX);
            streets.iter().any(|(code, name)| code.level() == Level::Street && names_street(within, name))
        });
        let part = named.next()?;
        named.next().is_none().then_some(part)
    }
}

/// Whether a text names a street or town, also by what it was before it became a street (临平街道 was 临平镇).
fn names_street(text: &str, street: &str) -> bool {
    const KINDS: [&str; 3] = ["街道", "镇", "乡"];
    let Some(stem) = KINDS.iter().find_map(|kind| street.strip_suffix(kind)) else { return text.contains(street) };
    text.match_indices(stem).any(|(at, _)| KINDS.iter().any(|kind| text[at + stem.len()..].starts_with(kind)))
}

fn read_line(text: &str) -> Result<Change, &'static str> {
    let [code, name, what, on, into, source] = text.split('\t').collect::<Vec<_>>()[..] else {
        return Err("不是六列");
    };
    let into = into.split('、').map(str::parse).collect::<Result<Vec<DivisionCode>, _>>();
    let change = Change {
        code: code.parse().map_err(|_| "不是行政区划代码")?,
        name: name.to_owned(),
        abolished: match what {
            "abolished" => true,
            "ceded" => false,
            _ => return Err("不是 abolished 或者 ceded"),
        },
        on: on.parse().map_err(|_| "日期无法识别")?,
        into: into.map_err(|_| "现行代码不是行政区划代码")?,
        source: source.to_owned(),
    };
    if name.is_empty() || source.is_empty() { Err("名称或者依据为空") } else { Ok(change) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(digits: &str) -> DivisionCode {
        digits.parse().unwrap()
    }

    #[test]
    fn every_change_leads_to_divisions_in_force_that_did_not_have_its_name_before() {
        let divisions = Divisions::official();
        for change in Changes::official().0 {
            assert!(
                change.into.iter().all(|part| divisions.exists(part, change.on.max("2021-04-09".parse().unwrap())))
            );
            let before = change.on.yesterday().unwrap();
            let known = divisions.name(&change.code, before);
            assert!(known.is_none_or(|name| name == change.name), "{change:?}");
            let goes_on = change.into.contains(&change.code);
            assert!(goes_on || !divisions.exists(&change.code, change.on), "{change:?}");
            assert!(change.abolished || goes_on, "{change:?}");
        }
    }

    #[test]
    fn a_divided_district_is_the_part_whose_street_the_address_names() {
        let (changes, divisions) = (Changes::official(), Divisions::official());
        let part = |name: &str, address: &str| {
            let change = changes.of_name(&code("3301"), name).unwrap();
            change.part(&divisions, address).map(DivisionCode::to_string)
        };
        for (name, address, into) in [
            ("下城区", "", Some("330105")),
            ("富阳市", "富阳镇桂花路4号", Some("330111")),
            ("江干区", "浙江省杭州市江干区下沙乡杭铣新村", Some("330114")),
            ("江干区", "杭州市江干区凯旋街道景昙路", Some("330102")),
            ("江干区", "浙江省杭州市江干区庆春东路3号", None),
            ("江干区", "凯旋街道与白杨街道交界", None),
            ("余杭区", "浙江省杭州市余杭区临平镇保健路28号", Some("330113")),
            ("余杭区", "浙江省杭州市余杭区余杭街道安乐路80号", Some("330110")),
            ("余杭区", "浙江省杭州市余杭区人民大道359号", None),
            ("萧山区", "浙江省杭州市萧山区义蓬镇义盛路281号", Some("330114")),
            ("萧山区", "浙江省杭州市萧山区临江路1号", None),
        ] {
            assert_eq!(part(name, address).as_deref(), into, "{name} {address}");
        }
    }

    #[test]
    fn a_code_that_stands_for_something_today_is_no_former_one() {
        let changes = Changes::official();
        assert_eq!(changes.of_code(&code("330103")).unwrap().name, "下城区");
        assert!(changes.of_code(&code("330110")).is_none() && changes.of_code(&code("440402")).is_none());
        assert!(changes.of_name(&code("4404"), "下城区").is_none());
    }

    #[test]
    fn a_table_says_every_fault() {
        let faults =
            Changes::parse("head\n330103\t下城区\t2021\n1\t甲\tabolished\t2021-04-09\t330105\t据\n").unwrap_err();
        assert_eq!(faults.len(), 2);
        assert!(Changes::parse("head\n330103\t下城区\tgone\t2021-04-09\t330105\t据\n").is_err());
        assert!(Changes::parse("head\n330103\t下城区\tceded\t2021-04-09\t330105\t\n").is_err());
    }
}
