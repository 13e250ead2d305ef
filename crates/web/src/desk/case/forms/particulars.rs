//! How long and over what a penalty reaches: fields for every kind that is possible and needs them.

use crate::desk::case::read::particulars::{LENGTHS, REACHES, field, split_length, split_reach};
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::{Length, Particular, Plan, has_length, has_reach};
use xingjian_policy::PenaltyKind;

fn pairs(table: &[(&str, &str)]) -> Vec<(String, String)> {
    table.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect()
}

/// The fields, starting from a plan where there is one.
pub fn fields(mut form: ActionForm, kinds: &[PenaltyKind], start: Option<&Plan>) -> ActionForm {
    for kind in kinds {
        let known = start.and_then(|plan| plan.particular(*kind));
        if has_reach(*kind) {
            form = reach(form, *kind, known);
        }
        if has_length(*kind) {
            form = length(form, *kind, known.and_then(|particular| particular.length));
        }
    }
    form
}

fn reach(form: ActionForm, kind: PenaltyKind, known: Option<&Particular>) -> ActionForm {
    let (chosen, names) = split_reach(known.and_then(|particular| particular.reach.as_ref()));
    let goods = kind == PenaltyKind::ConfiscateGoods;
    let label = |what: &str| format!("{}：{what}", kind.label());
    let form = if goods {
        form
    } else {
        form.field(
            Field::new(&field("reach", kind), &label("对象"), Kind::Radio(pairs(REACHES)))
                .optional()
                .value(chosen)
                .hint("选择该处罚种类时填写；告知以后不得扩大（行政处罚法第44条、第45条）。"),
        )
    };
    let (what, hint) = if goods {
        ("物品", "每行一件，写明名称、规格和数量。")
    } else {
        ("所限项目", "对象选“限于所列项目”时填写，每行一项，例如：口腔科。")
    };
    form.field(Field::new(&field("names", kind), &label(what), Kind::Area).optional().value(names).hint(hint))
}

fn length(form: ActionForm, kind: PenaltyKind, known: Option<Length>) -> ActionForm {
    let (unit, count) = split_length(known);
    let label = |what: &str| format!("{}：{what}", kind.label());
    form.field(
        Field::new(&field("unit", kind), &label("期限"), Kind::Radio(pairs(LENGTHS)))
            .optional()
            .value(unit)
            .hint("选择该处罚种类时填写；告知以后不得延长（行政处罚法第44条、第45条）。"),
    )
    .field(
        Field::new(&field("count", kind), &label("日数或者月数"), Kind::Text)
            .optional()
            .value(count)
            .hint("期限为日或者月的填写数字。"),
    )
}
