use xingjian_kernel::Fault;

/// The trimmed text, if it is there, not too long and can be shown.
pub fn line(place: &str, label: &str, value: &str, most: usize, faults: &mut Vec<Fault>) -> String {
    let value = value.trim();
    let length = value.chars().count();
    if value.is_empty() {
        faults.push(Fault::new(place, "", format!("没有填写{label}"), format!("请填写{label}")));
    } else if length > most {
        faults.push(Fault::new(place, value, format!("{label}共{length}字，超过{most}字"), "请压缩文字"));
    } else if value.chars().any(char::is_control) {
        faults.push(Fault::new(place, value, format!("{label}含有控制字符"), "请删除后重新填写"));
    }
    value.to_owned()
}
