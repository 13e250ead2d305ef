//! Words that people type: trimmed, bounded, all faults of a form at once.

use xingjian_kernel::Fault;

/// Characters a single field takes at most.
pub const LONGEST: usize = 5000;

/// The trimmed text of a field that must not be empty; a fault is noted under the field's Chinese name.
pub fn required(place: &str, value: &str, faults: &mut Vec<Fault>) -> String {
    let value = optional(place, value, faults);
    if value.is_empty() {
        faults.push(Fault::new(place, &value, "没有填写", format!("请填写{place}")));
    }
    value
}

/// The trimmed text of a field that may be empty.
pub fn optional(place: &str, value: &str, faults: &mut Vec<Fault>) -> String {
    let value = value.trim();
    let length = value.chars().count();
    if length > LONGEST {
        let reason = format!("共{length}字，超过{LONGEST}字");
        faults.push(Fault::new(place, value, reason, "请压缩文字，详细材料另附"));
    }
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if value.contains(hidden) {
        faults.push(Fault::new(place, &value.replace(hidden, "□"), "含有不可显示的控制字符", "请删除后重新填写"));
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_text_is_named_with_its_mend() {
        let mut faults = vec![];
        assert_eq!(required("理由", "  已核实 ", &mut faults), "已核实");
        assert!(faults.is_empty());
        required("理由", " ", &mut faults);
        required("事实", &"长".repeat(100_000), &mut faults);
        optional("地点", "一楼\0", &mut faults);
        optional("备注", "𠮷野家 <script>", &mut faults);
        let places: Vec<_> = faults.iter().map(|f| (f.place.as_str(), f.reason.as_str())).collect();
        assert_eq!(
            places,
            [("理由", "没有填写"), ("事实", "共100000字，超过5000字"), ("地点", "含有不可显示的控制字符")]
        );
    }
}
