//! The city, its departments, their duties, the channels of the public, and institutions to start with.

use super::record;
use crate::words;
use xingjian_kernel::{DepartmentId, DivisionCode};

words! {
    /// What a department does in supervision.
    pub enum DepartmentKind {
        /// 卫生健康.
        Health = "health", "卫生健康";
        /// 医疗保障.
        Insurance = "insurance", "医疗保障";
        /// 市场监管, with drugs and prices.
        Market = "market", "市场监管";
        /// 生态环境.
        Environment = "environment", "生态环境";
        /// 公安.
        Police = "police", "公安";
        /// 发展改革.
        Reform = "reform", "发展改革";
        /// 财政.
        Finance = "finance", "财政";
        /// 人力资源社会保障.
        HumanResources = "human_resources", "人力资源社会保障";
        /// Any other.
        Other = "other", "其他";
    }
}

record! {
    /// A department or a government that has duties in supervision.
    pub struct Department {
        /// Full name, as on its seal.
        pub name: String,
        /// Short name for lists.
        pub short: String,
        /// What it does.
        pub kind: DepartmentKind,
        /// Leads the coordination mechanism; exactly one does.
        pub lead: bool,
    }
}

record! {
    /// A duty by the city document: who leads, who takes part.
    pub struct Duty {
        /// What is to be done.
        pub text: String,
        /// The department named first.
        pub lead: DepartmentId,
        /// The others named.
        pub others: Vec<DepartmentId>,
        /// Complaint topics that this duty takes, such as 医疗收费.
        pub topics: Vec<String>,
    }
}

record! {
    /// A way by which the public reaches the authority.
    pub struct Channel {
        /// Name on screen.
        pub name: String,
    }
}

record! {
    /// A real institution to start a registry with: name and level only.
    pub struct SeedInstitution {
        /// Name as published.
        pub name: String,
        /// Level, such as 三级甲等.
        pub level: String,
        /// County-level division.
        pub division: DivisionCode,
        /// Category of WS 218, such as A100.
        pub category: String,
    }
}

record! {
    /// The city that a pack belongs to.
    pub struct City {
        /// Name, such as 珠海市.
        pub name: String,
        /// Its division.
        pub division: DivisionCode,
        /// The authority that acts.
        pub authority: String,
        /// The character in document numbers.
        pub short: String,
    }
}
