//! How long and over what a penalty reaches, from its fields.

use super::Reader;
use xingjian_enforce::case::{Length, Particular, Reach, has_length, has_reach};
use xingjian_policy::PenaltyKind;

/// Units of a length, by the codes of the form.
pub const LENGTHS: &[(&str, &str)] =
    &[("days", "日"), ("months", "个月"), ("until_corrected", "直至改正"), ("for_life", "终身")];

/// Reaches, by the codes of the form.
pub const REACHES: &[(&str, &str)] =
    &[("whole", "全部（整个许可证件，或者全部业务）"), ("certificate", "执业证书"), ("named", "限于所列项目")];

/// The name of a field of a kind.
pub fn field(part: &str, kind: PenaltyKind) -> String {
    format!("{part}_{}", kind.code())
}

/// Unit and count of a length, as the form shows them.
pub fn split_length(length: Option<Length>) -> (&'static str, String) {
    match length {
        Some(Length::Days(count)) => ("days", count.to_string()),
        Some(Length::Months(count)) => ("months", count.to_string()),
        Some(Length::UntilCorrected) => ("until_corrected", String::new()),
        Some(Length::ForLife) => ("for_life", String::new()),
        None => ("", String::new()),
    }
}

/// Choice and lines of a reach, as the form shows them.
pub fn split_reach(reach: Option<&Reach>) -> (&'static str, String) {
    match reach {
        Some(Reach::Whole) => ("whole", String::new()),
        Some(Reach::Certificate) => ("certificate", String::new()),
        Some(Reach::Named(names)) => ("named", names.iter().map(String::as_str).collect::<Vec<_>>().join("\n")),
        None => ("", String::new()),
    }
}

/// Length and reach of every kind that was chosen and has them.
pub(super) fn read(r: &mut Reader<'_>, kinds: &[PenaltyKind]) -> Vec<Particular> {
    let kinds = kinds.iter().copied().filter(|kind| has_reach(*kind) || has_length(*kind));
    kinds.map(|kind| Particular { kind, length: length(r, kind), reach: reach(r, kind) }).collect()
}

fn length(r: &mut Reader<'_>, kind: PenaltyKind) -> Option<Length> {
    if !has_length(kind) {
        return None;
    }
    let (unit, count) = (r.text(&field("unit", kind)), field("count", kind));
    match unit.as_str() {
        "days" => Some(Length::Days(number(r, &count))),
        "months" => Some(Length::Months(number(r, &count))),
        "until_corrected" => Some(Length::UntilCorrected),
        "for_life" => Some(Length::ForLife),
        _ => {
            r.fault(&field("unit", kind), format!("没有选择“{}”的期限", kind.label()), "请选择一项");
            None
        }
    }
}

fn number(r: &mut Reader<'_>, name: &str) -> u16 {
    let number = r.text(name).parse().unwrap_or_default();
    if number == 0 {
        r.fault(name, "不是大于零的整数", "请填写日数或者月数，例如 6");
    }
    number
}

fn reach(r: &mut Reader<'_>, kind: PenaltyKind) -> Option<Reach> {
    if !has_reach(kind) {
        return None;
    }
    let goods = kind == PenaltyKind::ConfiscateGoods;
    let (choice, names) = (r.text(&field("reach", kind)), r.lines(&field("names", kind)));
    match choice.as_str() {
        "whole" if names.is_empty() => Some(Reach::Whole),
        "certificate" if names.is_empty() => Some(Reach::Certificate),
        _ if goods || choice == "named" => {
            if names.is_empty() {
                r.fault(&field("names", kind), format!("没有填写“{}”的项目", kind.label()), "每行填写一项");
            }
            Some(Reach::Named(names.into_iter().collect()))
        }
        "whole" | "certificate" => {
            r.fault(&field("names", kind), "与所选的对象不一致：填写了项目", "请改选“限于所列项目”，或者清空项目");
            None
        }
        _ => {
            r.fault(&field("reach", kind), format!("没有选择“{}”的对象", kind.label()), "请选择一项");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Given;
    use xingjian_kernel::LocalDate;

    fn particulars(body: &str, kinds: &[PenaltyKind]) -> (Vec<Particular>, Vec<String>) {
        let given = Given::parse(body);
        let mut r = Reader::new(&given, LocalDate::default());
        let found = read(&mut r, kinds);
        (found, r.faults.into_iter().map(|fault| fault.place).collect())
    }

    #[test]
    fn what_was_typed_becomes_a_length_and_a_reach() {
        use PenaltyKind::{ConfiscateGoods, SuspendLicence, Warning};
        let body = "unit_suspend_licence=months&count_suspend_licence=6&reach_suspend_licence=named&\
                    names_suspend_licence=B%0AA&names_confiscate_goods=x";
        let (found, faults) = particulars(body, &[Warning, SuspendLicence, ConfiscateGoods]);
        assert_eq!(faults, Vec::<String>::new());
        let texts: Vec<String> =
            found.iter().map(|one| format!("{:?} {:?}", one.length, split_reach(one.reach.as_ref()))).collect();
        assert_eq!(texts, ["Some(Months(6)) (\"named\", \"A\\nB\")", "None (\"named\", \"x\")"]);
        for (body, places) in [
            ("", &["unit_suspend_licence", "reach_suspend_licence"][..]),
            ("unit_suspend_licence=days&reach_suspend_licence=whole", &["count_suspend_licence"]),
            (
                "unit_suspend_licence=days&count_suspend_licence=-3&reach_suspend_licence=named",
                &["count_suspend_licence", "names_suspend_licence"],
            ),
            (
                "unit_suspend_licence=until_corrected&reach_suspend_licence=whole&names_suspend_licence=A",
                &["names_suspend_licence"],
            ),
        ] {
            assert_eq!(particulars(body, &[SuspendLicence]).1, places, "{body}");
        }
    }
}
