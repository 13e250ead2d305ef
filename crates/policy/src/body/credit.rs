//! Demerit points, grades, sampling rates and linkages.

use super::record;
use crate::words;
use xingjian_kernel::DepartmentId;

words! {
    /// Who gets demerit points.
    pub enum DemeritTarget {
        /// A medical institution.
        Institution = "institution", "医疗机构";
        /// A physician.
        Physician = "physician", "医师";
    }
}

words! {
    /// Why the points of a grade change.
    pub enum GradeCause {
        /// Penalty: warning or public criticism.
        PenaltyWarning = "penalty_warning", "行政处罚（警告、通报批评）";
        /// Penalty: a fine below 10,000 yuan.
        PenaltyFineBelow1w = "penalty_fine_below_1w", "行政处罚（罚款不足1万元）";
        /// Penalty: a fine from 10,000 yuan, or confiscation.
        PenaltyFineFrom1w = "penalty_fine_from_1w", "行政处罚（罚款1万元以上或者没收）";
        /// Licence suspended, business suspended.
        Suspension = "suspension", "暂扣许可证件、责令停产停业";
        /// Licence revoked.
        Revocation = "revocation", "吊销许可证件";
        /// A demerit point.
        DemeritPoint = "demerit_point", "不良执业行为记分";
        /// Inspection refused.
        RefusedInspection = "refused_inspection", "拒绝接受检查";
        /// Ordered to correct, without penalty.
        OrderedCorrection = "ordered_correction", "责令限期改正（未处罚）";
        /// Self-check and its rectification done on time.
        SelfCheckDone = "self_check_done", "按期完成依法执业自查并整改";
        /// A complaint found true.
        ComplaintUpheld = "complaint_upheld", "投诉经查属实";
        /// A complaint settled on time and to satisfaction.
        ComplaintSettled = "complaint_settled", "投诉按期办结并满意";
        /// A mass event or great public opinion.
        OpinionEvent = "opinion_event", "群体性事件、重大舆情";
        /// Insurance money paid back, per 10,000 yuan.
        InsuranceRefund = "insurance_refund", "医保违规退回（每万元）";
        /// Fraud of the insurance fund established.
        InsuranceFraud = "insurance_fraud", "骗取医保基金";
        /// Honoured by a province or ministry.
        ProvincialHonour = "provincial_honour", "省部级表彰";
        /// Honoured by a city or provincial department.
        CityHonour = "city_honour", "市厅级表彰";
        /// Excellent in grade review or performance review.
        ExcellentReview = "excellent_review", "等级评审、绩效考核优秀";
    }
}

record! {
    /// A behaviour and its points.
    pub struct DemeritItem {
        /// Who gets the points.
        pub target: DemeritTarget,
        /// What was done.
        pub behaviour: String,
        /// Points a time.
        pub points: u16,
        /// Violations that clearly are this behaviour.
        pub violations: Vec<String>,
    }
}

record! {
    /// What happens when a cycle reaches some points.
    pub struct Threshold {
        /// Reached from this many points.
        pub points: u16,
        /// The measure.
        pub measure: String,
    }
}

record! {
    /// Cycle and thresholds of demerit points.
    pub struct DemeritRule {
        /// Whose points.
        pub target: DemeritTarget,
        /// Length of a cycle in months.
        pub cycle_months: u16,
        /// Measures by points, ascending.
        pub thresholds: Vec<Threshold>,
        /// A passed verification (校验) clears the points.
        pub cleared_by_verification: bool,
    }
}

record! {
    /// What one cause does to the points of a grade.
    pub struct GradeItem {
        /// The cause.
        pub cause: GradeCause,
        /// Its name on screen.
        pub name: String,
        /// Points for one unit of the cause, signed.
        pub points: i32,
        /// The grade it forces.
        pub veto: Option<String>,
        /// All points of this cause together count at most as this.
        pub cap: Option<i32>,
    }
}

record! {
    /// A grade and the points it begins at.
    pub struct GradeBand {
        /// Grade, such as A.
        pub grade: String,
        /// Least points.
        pub from: i32,
        /// What it means.
        pub label: String,
    }
}

record! {
    /// How points become a grade.
    pub struct GradeModel {
        /// Points at the beginning.
        pub base: i32,
        /// Causes.
        pub items: Vec<GradeItem>,
        /// Grades, best first.
        pub grades: Vec<GradeBand>,
    }
}

impl GradeModel {
    /// The grade that these points give; the last where they are below all.
    pub fn band(&self, points: i32) -> Option<&GradeBand> {
        self.grades.iter().find(|band| band.from <= points).or(self.grades.last())
    }
}

record! {
    /// How often a grade is inspected at random.
    pub struct SamplingRate {
        /// The grade.
        pub grade: String,
        /// Rate of a draw in per cent.
        pub rate_percent: u16,
        /// Most inspections a year without a cause.
        pub yearly_cap: u16,
        /// What else applies.
        pub extra: String,
    }
}

record! {
    /// A consequence of credit in the hands of a department (结果协同运用).
    pub struct LinkageRule {
        /// The matter.
        pub matter: String,
        /// Who applies it.
        pub department: DepartmentId,
        /// Grades that trigger it.
        pub on_grades: Vec<String>,
        /// What follows.
        pub consequence: String,
    }
}
