//! Rows that cannot be taken: why, with the place, the value (masked where it says who a person is) and the mend.

use super::coding::Coding;
use super::number::yuan;
use crate::layout::{Column, ItemFault, Kind, Table};
use std::fmt::Write;
use xingjian_kernel::codes::CodeError;

/// Why a row cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// No value where every row must have one.
    Empty,
    /// A byte that is no character: coding and place in the file.
    Undecodable(Coding, u64),
    /// Control characters, or longer than anything of its kind.
    Text,
    /// No number.
    Number,
    /// More decimals than so many.
    Decimals(u32),
    /// Made a number by a spreadsheet.
    Spreadsheet,
    /// Outside what is possible.
    Range(String),
    /// No date.
    Date,
    /// A date outside what is possible.
    DateRange,
    /// Not a value of the list.
    Code,
    /// Not six digits.
    Division,
    /// An item code of wrong structure.
    Item(ItemFault),
    /// A citizen's number that cannot be one.
    Citizen(CodeError),
    /// Another number of cells than the header: given, wanted.
    Cells(usize, usize),
    /// A quotation mark that is never closed.
    Quote,
    /// Before the date it must follow.
    Order(&'static str),
    /// Not quantity times price: what that is.
    Amount(i128),
    /// More than the total.
    AboveTotal(i64),
    /// Neither number nor certificate of a person.
    Nobody,
    /// No such visit.
    VisitUnknown,
    /// The visit was set aside.
    VisitSetAside,
    /// The visit is void.
    VisitVoid,
    /// Another person than the visit's.
    PersonDiffers,
    /// The visit lies in this month already.
    VisitOfMonth(String),
    /// The line lies in this month already, with other values.
    LineOfMonth(String),
    /// A later row of the delivery has the same number and other values.
    Superseded,
    /// A settlement, diagnosis or operation that came late and without its visit.
    WithoutVisit,
}

impl Reason {
    /// Stable name for programs.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Undecodable(..) => "undecodable",
            Self::Text => "text",
            Self::Number => "not_a_number",
            Self::Decimals(_) => "decimals",
            Self::Spreadsheet => "spreadsheet_number",
            Self::Range(_) => "range",
            Self::Date => "not_a_date",
            Self::DateRange => "date_range",
            Self::Code => "not_in_list",
            Self::Division => "division",
            Self::Item(_) => "item_structure",
            Self::Citizen(_) => "citizen_number",
            Self::Cells(..) => "cells",
            Self::Quote => "quote",
            Self::Order(_) => "date_order",
            Self::Amount(_) => "amount",
            Self::AboveTotal(_) => "above_total",
            Self::Nobody => "no_person",
            Self::VisitUnknown => "visit_unknown",
            Self::VisitSetAside => "visit_set_aside",
            Self::VisitVoid => "visit_void",
            Self::PersonDiffers => "person_differs",
            Self::VisitOfMonth(_) => "visit_of_other_month",
            Self::LineOfMonth(_) => "line_of_other_month",
            Self::Superseded => "superseded",
            Self::WithoutVisit => "without_visit",
        }
    }

    /// What the reason of a code is, without a row's particulars; for counts.
    pub(super) fn label(code: &str) -> &'static str {
        match code {
            "empty" => "必填字段为空",
            "undecodable" => "有无法解码的字节",
            "text" => "有不能用的字符，或过长",
            "not_a_number" => "不是数字",
            "decimals" => "小数位数过多",
            "spreadsheet_number" => "被电子表格转换成了数字",
            "range" => "超出可能的范围",
            "not_a_date" => "不是有效日期",
            "date_range" => "日期超出可能的范围",
            "not_in_list" => "不在码表中",
            "division" => "不是六位行政区划代码",
            "item_structure" => "不符合国家编码的结构",
            "citizen_number" => "公民身份号码有误",
            "cells" => "列数与表头不符",
            "quote" => "引号没有成对",
            "date_order" => "日期先后颠倒",
            "amount" => "金额不等于数量乘单价",
            "above_total" => "基金支付大于费用总额",
            "no_person" => "人员编号和身份证号均为空",
            "visit_unknown" => "找不到对应的就诊",
            "visit_set_aside" => "对应的就诊已被搁置",
            "visit_void" => "对应的就诊已作废",
            "person_differs" => "人员与就诊记录不一致",
            "visit_of_other_month" => "就诊已在其他月份入库",
            "line_of_other_month" => "同号明细已在其他月份入库",
            "superseded" => "被同号的后一行取代",
            "without_visit" => "补报缺少就诊记录",
            _ => "其他",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Undecodable(coding, at) => format!("文件第{}个字节不是{}编码", at + 1, coding.label()),
            Self::Decimals(most) => format!("小数超过{most}位"),
            Self::Range(range) => format!("超出可能的范围（{range}）"),
            Self::Item(ItemFault::Length(given, wanted)) => format!("国家编码应为{wanted}位，现为{given}位"),
            Self::Item(ItemFault::LowerCase) => "国家编码中的字母应为大写".into(),
            Self::Item(ItemFault::Character) => "编码中不能有空格、汉字或控制字符".into(),
            Self::Citizen(error) => error.reason(),
            Self::Cells(given, wanted) => format!("有{given}列，表头有{wanted}列"),
            Self::Order(label) => format!("早于{label}"),
            Self::Amount(fen) => format!("不等于数量乘单价，应为{}元", yuan(*fen)),
            Self::AboveTotal(fen) => format!("大于费用总额{}元", yuan(i128::from(*fen))),
            Self::VisitUnknown => "就诊表中没有这个就诊ID，或该就诊属于其他人员".into(),
            Self::VisitOfMonth(month) => format!("该就诊已在{month}入库"),
            Self::LineOfMonth(month) => format!("同号明细已在{month}入库，内容不同"),
            Self::Superseded => "后面另有一行编号相同、内容不同".into(),
            Self::Item(ItemFault::SpreadsheetNumber) => Self::label("spreadsheet_number").into(),
            other => Self::label(other.code()).into(),
        }
    }

    fn mend(&self) -> &'static str {
        match self {
            Self::Empty => "在来源系统补全后重新导出",
            Self::Undecodable(..) => "用正确的编码重新导出，不要截断汉字",
            Self::Text => "编号和编码只用字母、数字和符号，文字中不能有换行等控制字符",
            Self::Number | Self::Decimals(_) => "以元和计价单位填写十进制数字，不带千位分隔符",
            Self::Spreadsheet | Self::Item(ItemFault::SpreadsheetNumber) => "把该列设为文本后重新导出，末尾各位已丢失",
            Self::Range(_) | Self::DateRange => "核对来源系统中的数值",
            Self::Date => "写成 2026-01-31 或 2026-01-31 08:30:00；其他写法在映射文件中写明",
            Self::Code => "改用国家码值；确有地方码值的，在映射文件 codes 中登记",
            Self::Division => "填写六位行政区划代码",
            Self::Item(_) => "对照国家医保信息业务编码核对",
            Self::Citizen(error) => error.mend(),
            Self::Cells(..) => "检查该行的分隔符和引号",
            Self::Quote => "检查引号是否成对，字段内的引号应写两个",
            Self::Order(_) => "核对两个日期",
            Self::Amount(_) => "核对数量、单价和总额",
            Self::AboveTotal(_) => "核对两个金额",
            Self::Nobody => "补上人员编号",
            Self::VisitUnknown => "补报该就诊记录，或更正就诊ID、人员编号",
            Self::VisitSetAside => "先更正该就诊记录，再一并重新报送",
            Self::VisitVoid => "核对就诊记录的有效标志",
            Self::PersonDiffers => "核对人员编号",
            Self::VisitOfMonth(_) | Self::LineOfMonth(_) => "要更正的，用 --late 补到该月",
            Self::Superseded => "核对编号；要保留的行应有自己的编号",
            Self::WithoutVisit => "连同就诊记录和该就诊的全部同类记录一并补报",
        }
    }
}

/// One fault of one row.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The table the row is of.
    pub table: Table,
    /// Where it is, if it is about one column.
    pub column: Option<&'static Column>,
    /// The value, masked where it is personal.
    pub value: String,
    /// Why.
    pub reason: Reason,
}

impl Finding {
    /// A fault of a row that is about no column.
    pub(super) fn of_row(table: Table, reason: Reason) -> Self {
        Self { table, column: None, value: String::new(), reason }
    }

    /// A fault of a column.
    pub(super) fn of_column(table: Table, column: &'static Column, value: &str, reason: Reason) -> Self {
        Self { table, column: Some(column), value: shown(column, value), reason }
    }

    /// Name of the column; empty for a fault of the row.
    pub(super) fn column_name(&self) -> &'static str {
        self.column.map_or("", |column| column.name)
    }
}

/// The header of a file of rows set aside.
pub(super) const HEADER: &str = "\u{feff}表,文件,行号,字段,字段名称,值,原因代码,原因,处理办法\r\n";

/// Adds a fault as a row of CSV.
pub(super) fn write_row(text: &mut String, file: &str, row: u64, finding: &Finding) {
    let (name, label) = finding.column.map_or(("", ""), |column| (column.name, column.label));
    let reason = finding.reason.text();
    write!(text, "{},", finding.table.name()).expect("a text grows");
    quote(text, file);
    write!(text, ",{row},{name},{label},").expect("a text grows");
    quote(text, &finding.value);
    write!(text, ",{},", finding.reason.code()).expect("a text grows");
    quote(text, &reason);
    text.push(',');
    quote(text, finding.reason.mend());
    text.push_str("\r\n");
}

/// A cell that no spreadsheet takes for a formula.
fn quote(text: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '@', '\t']) || (cell.starts_with(['+', '-']) && cell.parse::<f64>().is_err());
    if formula || cell.contains([',', '"', '\n', '\r']) {
        text.push('"');
        if formula {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

/// A value as it may be shown: short, without control characters, masked where it says who a person is.
fn shown(column: &Column, value: &str) -> String {
    let short: String = value.chars().take(60).map(|c| if c.is_control() { '□' } else { c }).collect();
    if !column.is_personal() {
        return if value.chars().nth(60).is_some() { short + "…" } else { short };
    }
    let length = short.chars().count();
    let (head, tail) = match column.kind {
        Kind::Citizen if length > 14 => (6, 4),
        Kind::Name => (1, 0),
        _ if length > 8 => (2, 3),
        _ => (1, 0),
    };
    short.chars().enumerate().map(|(at, c)| if at < head || at + tail >= length { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Fee, Visit};
    use expect_test::expect;

    #[test]
    fn a_fault_says_where_what_why_and_what_to_do() {
        let mut text = String::new();
        let amount = Finding::of_column(Table::Fees, Fee::Amount.column(), "3.00", Reason::Amount(250));
        write_row(&mut text, "fee.csv", 7, &amount);
        let person =
            Finding::of_column(Table::Visits, Visit::Certificate.column(), "110105194912310021", Reason::Empty);
        write_row(&mut text, "a,b.csv", 8, &person);
        write_row(&mut text, "fee.csv", 9, &Finding::of_row(Table::Fees, Reason::Cells(3, 4)));
        let item = Finding::of_column(Table::Fees, Fee::Item.column(), "=cmd|x", Reason::Item(ItemFault::Character));
        write_row(&mut text, "fee.csv", 10, &item);
        expect![[r#"
            fee_list_d,fee.csv,7,det_item_fee_sumamt,总额,3.00,amount,不等于数量乘单价，应为2.50元,核对数量、单价和总额
            mdtrt_d,"a,b.csv",8,certno,身份证号,110105********0021,empty,必填字段为空,在来源系统补全后重新导出
            fee_list_d,fee.csv,9,,,,cells,有3列，表头有4列,检查该行的分隔符和引号
            fee_list_d,fee.csv,10,med_list_codg,医疗目录编码,"'=cmd|x",item_structure,编码中不能有空格、汉字或控制字符,对照国家医保信息业务编码核对
        "#]]
        .assert_eq(&text.replace('\r', ""));
    }

    #[test]
    fn who_a_person_is_is_masked() {
        assert_eq!(shown(Visit::Person.column(), "51000000001234"), "51*********234");
        assert_eq!(shown(Visit::Person.column(), "1234"), "1***");
        assert_eq!(shown(Visit::DoctorName.column(), "王小明"), "王**");
        assert_eq!(shown(Visit::Institution.column(), &"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(Visit::Institution.column(), "a\u{7}"), "a□");
    }
}
