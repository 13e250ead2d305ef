use xingjian_kernel::Fault;

/// Characters that a reason takes at most.
const LONGEST: usize = 500;

/// The trimmed reason of an act; what is wrong with it is named under `理由`.
pub fn reason(value: &str) -> Result<String, Fault> {
    let value = value.trim();
    let length = value.chars().count();
    if value.is_empty() {
        return Err(Fault::new("理由", "", "没有填写", "请写明理由"));
    }
    if length > LONGEST {
        return Err(Fault::new("理由", value, format!("共{length}字，超过{LONGEST}字"), "请压缩文字"));
    }
    if value.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Fault::new("理由", value, "含有不可显示的控制字符", "请删除后重新填写"));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_there_short_and_readable() {
        assert_eq!(reason(" 已调离 ").unwrap(), "已调离");
        for wrong in ["", "  ", "甲\0乙", &"长".repeat(501)] {
            assert_eq!(reason(wrong).unwrap_err().place, "理由");
        }
    }
}
