//! The notice (不良执业行为记分通知书) as a page to print: the exact bytes that are hashed at service.

use super::Demerit;
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::time::chinese;
use xingjian_papers::Page;

/// Title as printed.
pub const TITLE: &str = "不良执业行为记分通知书";

/// The page. Depends on nothing but its arguments, so the same notice has the same bytes.
pub fn page(demerit: &Demerit, number: &str, statement_due: Deadline, authority: &str, on: LocalDate) -> String {
    let paragraphs = [
        format!("经查，你单位（你）存在以下不良执业行为：{}（{}）。{}", demerit.behaviour, demerit.item, demerit.fact),
        format!("依据：{}。", demerit.basis.text()),
        format!("拟记不良执业行为{}分。记分不代替行政处罚。", demerit.points),
        format!(
            "你单位（你）有权在{}前向本机关陈述和申辩；逾期未提出的，视为放弃。本机关不因陈述和申辩加重记分。",
            chinese(statement_due.due)
        ),
    ];
    Page {
        kind: "demerit_notice",
        title: TITLE,
        number: number.to_owned(),
        to: demerit.name.clone(),
        sections: paragraphs.map(|text| (String::new(), text)).to_vec(),
        authority: authority.to_owned(),
        date: on,
    }
    .html()
}
