//! Turns of phrase that the list, the file and the forms of a case share.

use xingjian_enforce::case::{Mark, ServiceRecord, Signed};
use xingjian_kernel::LocalDate;
use xingjian_kernel::time::chinese;
use xingjian_policy::{Fine, PenaltyKind};

/// The rule of a fine as an official reads it.
pub fn fine(fine: &Fine) -> String {
    match fine {
        Fine::None => "没有规定罚款".to_owned(),
        Fine::Fixed { min, max, only_after_deadline } => {
            let when = if *only_after_deadline { "逾期不改正的，" } else { "" };
            format!("{when}{min}元至{max}元")
        }
        Fine::Multiple { min, max, base, floor, below } => {
            let floor = floor.map(|floor| format!("；不足{floor}元的按{floor}元计算")).unwrap_or_default();
            let below = below
                .as_ref()
                .map(|b| format!("；{base}不足{}元的，{}元至{}元", b.limit, b.min, b.max))
                .unwrap_or_default();
            format!("{base}{min}倍至{max}倍{floor}{below}")
        }
    }
}

/// Kinds of penalty.
pub fn kinds(kinds: &[PenaltyKind]) -> String {
    kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join("、")
}

/// Who did something, and when.
pub fn signed(by: &Mark) -> String {
    format!("{} {}", by.name, chinese(by.on()))
}

/// Who did something, who signed it too, and when.
pub fn both(by: &Mark, with: Option<&Mark>) -> String {
    match with {
        Some(with) => format!("{}；会签：{}", signed(by), signed(with)),
        None => signed(by),
    }
}

/// A receipt in force.
pub fn receipt(service: &Signed<ServiceRecord>) -> String {
    receipt_since(service, service.signed_on(), if service.with.is_some() { "会签" } else { "登记" })
}

/// A receipt that is in force from a day on, by an act.
pub fn receipt_since(service: &ServiceRecord, since: LocalDate, act: &str) -> String {
    let late = if service.on < since {
        format!("；{}{act}，期限自{act}之日起计算", chinese(since))
    } else {
        String::new()
    };
    format!("{}{late}", receipt_of(service))
}

/// What a receipt says.
pub fn receipt_of(service: &ServiceRecord) -> String {
    let receiver =
        if service.receiver.is_empty() { String::new() } else { format!("，收件人{}", service.receiver) };
    let note = if service.note.is_empty() { String::new() } else { format!("（{}）", service.note) };
    let announced = service.announced_on.map(|day| format!("，{}公告", chinese(day))).unwrap_or_default();
    format!("{} {}{announced}{receiver}{note}", chinese(service.on), service.method.label())
}

/// From a day to another, or one day.
pub fn period(from: LocalDate, until: Option<LocalDate>) -> String {
    match until {
        Some(until) if until != from => format!("{}至{}", chinese(from), chinese(until)),
        _ => chinese(from),
    }
}

/// A finding in yes or no.
pub fn yes(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}
