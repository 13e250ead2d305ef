//! Names of rules in the national catalogue of 2025, and the days on which the batches were published.

use jiff::civil::date;
use xingjian_kernel::LocalDate;

pub(super) const DRUG_SEX: &str = "药品区分性别使用";
pub(super) const DRUG_CHILD_ONLY: &str = "药品儿童专用";
pub(super) const DRUG_CHILD_PAID: &str = "药品限儿童使用";
pub(super) const DRUG_INJURY: &str = "药品限工伤保险";
pub(super) const DRUG_MATERNITY: &str = "药品限生育保险";
pub(super) const DRUG_CARE: &str = "药品限就医方式";
pub(super) const DRUG_LEVEL: &str = "药品限医疗机构级别";
pub(super) const DRUG_COURSE: &str = "药品限支付疗程";
pub(super) const DRUG_SECOND_LINE: &str = "药品限二线使用";
pub(super) const DRUG_ONLINE: &str = "超互联网医院药品支付范围";
pub(super) const DRUG_INDICATION: &str = "药品限适应症";
pub(super) const HERB_NEVER: &str = "中药饮片单复方均不予支付";
pub(super) const HERB_ALONE: &str = "中药饮片单方使用不予支付";
pub(super) const ITEM_SEX: &str = "医疗服务项目区分性别使用";
pub(super) const ITEM_CHILD_ONLY: &str = "医疗服务项目儿童专用";
pub(super) const ITEM_AGE: &str = "医疗服务项目限年龄";
pub(super) const ITEM_DISCOUNT: &str = "手术项目未按规定折价收费";
pub(super) const ITEM_PAIR: &str = "医疗服务项目重复收费";
pub(super) const ITEM_DAILY: &str = "医疗服务项目限定频次";
pub(super) const ITEM_COURSE: &str = "医疗服务项目限支付疗程";
pub(super) const ITEM_CYCLE: &str = "医疗服务项目周期超频次";

/// Every name that published points have.
pub(super) const ALL: [&str; 21] = [
    DRUG_SEX,
    DRUG_CHILD_ONLY,
    DRUG_CHILD_PAID,
    DRUG_INJURY,
    DRUG_MATERNITY,
    DRUG_CARE,
    DRUG_LEVEL,
    DRUG_COURSE,
    DRUG_SECOND_LINE,
    DRUG_ONLINE,
    DRUG_INDICATION,
    HERB_NEVER,
    HERB_ALONE,
    ITEM_SEX,
    ITEM_CHILD_ONLY,
    ITEM_AGE,
    ITEM_DISCOUNT,
    ITEM_PAIR,
    ITEM_DAILY,
    ITEM_COURSE,
    ITEM_CYCLE,
];

/// The update of some rules of batches 1 to 6.
pub(super) const UPDATE: LocalDate = date(2026, 1, 28);

/// The day a batch was published, which is the first day its rules hold.
pub(super) fn published(batch: u16) -> Option<LocalDate> {
    Some(match batch {
        1 => date(2025, 5, 23),
        2 => date(2025, 7, 22),
        3 => date(2025, 7, 30),
        4 => date(2025, 8, 8),
        5 => date(2025, 8, 14),
        6 => date(2025, 8, 26),
        7 => date(2025, 12, 12),
        8 => date(2026, 1, 6),
        9 => date(2026, 4, 21),
        10 => date(2026, 4, 28),
        11 => date(2026, 5, 11),
        12 => date(2026, 5, 23),
        13 => date(2026, 6, 1),
        14 => date(2026, 6, 9),
        15 => date(2026, 6, 16),
        16 => date(2026, 6, 22),
        17 => date(2026, 6, 29),
        _ => return None,
    })
}
