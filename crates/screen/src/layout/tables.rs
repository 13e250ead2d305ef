//! Columns of the tables, each with its place in a row.

use super::codes::{CERTIFICATES, INSURANCE, LEVELS, MEDICAL_TYPES, SEXES};
use super::{Column, Kind, Need};

/// Ten-thousandths, up to a hundred million either way: refunds are negative.
const QUANTITY: Kind = Kind::Decimal(4, -1_000_000_000_000, 1_000_000_000_000);
/// Millionths of a yuan, up to a hundred million yuan; a refund has a negative quantity, never a negative price.
const PRICE: Kind = Kind::Decimal(6, 0, 100_000_000_000_000);
/// Fen, up to a thousand million yuan either way.
const MONEY: Kind = Kind::Decimal(2, -100_000_000_000, 100_000_000_000);
/// The longest stay that is believed, in days: a hundred years.
const STAY_DAYS: Kind = Kind::Whole(36_600);
/// The longest supply that is believed, in days.
const SUPPLY_DAYS: Kind = Kind::Whole(3_660);

macro_rules! table {
    ($(#[doc = $doc:literal])* $columns:ident $field:ident {
        $($place:ident $name:literal $label:literal $kind:expr, $need:ident;)*
    }) => {
        pub(super) const $columns: &[Column] =
            &[$(Column { name: $name, label: $label, kind: $kind, need: Need::$need }),*];

        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $field {
            $(#[doc = concat!($label, " (`", $name, "`).")] $place),*
        }

        impl $field {
            /// Its place in a row.
            pub const fn at(self) -> usize {
                self as usize
            }

            /// The column.
            pub const fn column(self) -> &'static Column {
                &$columns[self as usize]
            }
        }
    };
}

table! {
    /// A column of 就诊.
    VISITS Visit {
        Id "mdtrt_id" "就诊ID" Kind::Id, Required;
        Person "psn_no" "人员编号" Kind::Person, Optional;
        CertificateType "psn_cert_type" "证件类型" Kind::Code(&CERTIFICATES), Optional;
        Certificate "certno" "身份证号" Kind::Citizen, Optional;
        Sex "gend" "性别" Kind::Code(&SEXES), Optional;
        Birth "brdy" "出生日期" Kind::Date, Optional;
        Death "die_date" "死亡日期" Kind::Date, Optional;
        Insurance "insutype" "险种" Kind::Code(&INSURANCE), Optional;
        Institution "fixmedins_code" "机构编码" Kind::Id, Required;
        Level "hosp_lv" "机构等级" Kind::Code(&LEVELS), Optional;
        City "fix_blng_admdvs" "就医地区划" Kind::Division, Optional;
        Begin "begntime" "入院时间" Kind::Moment, Required;
        End "endtime" "出院时间" Kind::Moment, Optional;
        MedicalType "med_type" "医疗类别" Kind::Code(&MEDICAL_TYPES), Optional;
        Days "ipt_days" "住院天数" STAY_DAYS, Inpatient;
        Discharge "dscg_dept_name" "出院科室名称" Kind::Text, Inpatient;
        Admission "adm_dept_name" "入院科室名称" Kind::Text, Optional;
        Diagnosis "dscg_maindiag_code" "主诊断编码" Kind::Disease, Optional;
        Doctor "chfpdr_code" "主诊医师代码" Kind::Id, Optional;
        DoctorName "chfpdr_name" "医生姓名" Kind::Name, Optional;
        Valid "vali_flag" "有效标志" Kind::Flag, Optional;
    }
}

table! {
    /// A column of 结算.
    SETTLEMENTS Settlement {
        Id "setl_id" "结算ID" Kind::Id, Required;
        Visit "mdtrt_id" "就诊ID" Kind::Id, Required;
        Person "psn_no" "人员编号" Kind::Person, Optional;
        Begin "begndate" "入院时间" Kind::Moment, Optional;
        End "enddate" "出院时间" Kind::Moment, Optional;
        Time "setl_time" "结算日期" Kind::Moment, Optional;
        Total "medfee_sumamt" "医疗费用总额" MONEY, Required;
        Fund "fund_pay_sumamt" "基金支付总额" MONEY, Optional;
        Refunded "refd_setl_flag" "退费结算标志" Kind::Flag, Optional;
        Valid "vali_flag" "有效标志" Kind::Flag, Optional;
    }
}

table! {
    /// A column of 费用明细.
    FEES Fee {
        Id "bkkp_sn" "费用明细流水号" Kind::Id, Always;
        Visit "mdtrt_id" "就诊ID" Kind::Id, Required;
        Person "psn_no" "人员编号" Kind::Person, Optional;
        Institution "fixmedins_code" "机构编码" Kind::Id, Optional;
        Time "fee_ocur_time" "费用发生日期" Kind::Moment, Required;
        Item "med_list_codg" "医疗目录编码" Kind::Item, Optional;
        Catalogue "hilist_code" "医保目录编码" Kind::Item, Optional;
        Quantity "cnt" "数量" QUANTITY, Required;
        Price "pric" "单价" PRICE, Required;
        Amount "det_item_fee_sumamt" "总额" MONEY, Required;
        Covered "inscp_amt" "医保范围金额" MONEY, Optional;
        Limit "pric_uplmt_amt" "限价" PRICE, Optional;
        Doctor "bilg_dr_code" "开单医师代码" Kind::Id, Optional;
        DoctorName "bilg_dr_name" "开单医师姓名" Kind::Name, Optional;
        Supply "prd_days" "周期天数" SUPPLY_DAYS, Drug;
        Refunds "init_feedetl_sn" "原费用流水号" Kind::Id, Optional;
        Valid "vali_flag" "有效标志" Kind::Flag, Optional;
    }
}

table! {
    /// A column of 诊断明细.
    DIAGNOSES Diagnosis {
        Id "setl_list_diag_id" "诊断明细ID" Kind::Id, Always;
        Visit "mdtrt_id" "就诊ID" Kind::Id, Required;
        Person "psn_no" "人员编号" Kind::Person, Optional;
        Type "diag_type" "诊断类别" Kind::Id, Optional;
        Main "maindiag_flag" "主诊断标志" Kind::Flag, Optional;
        Code "diag_code" "诊断代码" Kind::Disease, Required;
        Valid "vali_flag" "有效标志" Kind::Flag, Optional;
    }
}

table! {
    /// A column of 手术操作.
    OPERATIONS Operation {
        Id "setl_list_oprn_id" "手术明细ID" Kind::Id, Always;
        Visit "mdtrt_id" "就诊ID" Kind::Id, Required;
        Person "psn_no" "人员编号" Kind::Person, Optional;
        Main "main_oprn_flag" "主手术操作标志" Kind::Flag, Optional;
        Code "oprn_oprt_code" "手术操作代码" Kind::Disease, Required;
        Date "oprn_oprt_date" "手术操作日期" Kind::Moment, Optional;
        Begin "oprn_oprt_begntime" "手术操作开始时间" Kind::Moment, Optional;
        End "oprn_oprt_endtime" "手术操作结束时间" Kind::Moment, Optional;
        Valid "vali_flag" "有效标志" Kind::Flag, Optional;
    }
}

table! {
    /// A column of 人员基本信息.
    PERSONS Person {
        Person "psn_no" "人员编号" Kind::Person, Optional;
        CertificateType "psn_cert_type" "证件类型" Kind::Code(&CERTIFICATES), Optional;
        Certificate "certno" "身份证号" Kind::Citizen, Optional;
        Sex "gend" "性别" Kind::Code(&SEXES), Optional;
        Birth "brdy" "出生日期" Kind::Date, Optional;
        Death "die_date" "死亡日期" Kind::Date, Optional;
    }
}
