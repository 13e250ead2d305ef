//! The tables of a pack: one list that declares what is read, checked, merged and offered.

use crate::body::{
    Channel, City, Clock, ComplaintKind, DemeritItem, DemeritRule, Department, DiscretionBand, DocumentKind, Duty,
    GradeModel, InspectionItem, Keeping, LinkageRule, MessageLayout, Parameter, PublicationClass, SamplingRate,
    SeedInstitution, TopicWords, Violation,
};
use crate::checks::{Body, Known, Row};
use crate::entry::{Entry, Head, Table};
use crate::fault::Fault;
use crate::{Policy, load};
use std::collections::BTreeSet;
use xingjian_kernel::LocalDate;

macro_rules! tables {
    ($($plural:ident, $singular:ident: $type:ty, $name:literal, $label:literal;)+) => {
        /// Name in the packs and label on screen of every table.
        pub const TABLES: &[(&str, &str)] = &[$(($name, $label),)+];

        $(impl crate::checks::Named for $type {
            const TABLE: &'static str = $name;
            const LABEL: &'static str = $label;
        })+

        /// The tables of a policy, ready to be asked.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Tables { $(pub(crate) $plural: Table<$type>,)+ }

        /// The rows of one or more packs while they are checked.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Rows { $(pub(crate) $plural: Vec<Row<$type>>,)+ }

        impl Rows {
            /// Reads one table of a file; `false` where there is no such table.
            pub(crate) fn read(&mut self, name: &str, file: &mut load::File<'_>, value: crate::read::Value<'_>) -> bool {
                match name {
                    $($name => file.read_table::<$type>(value, &mut self.$plural),)+
                    _ => return false,
                }
                true
            }

            /// Appends the rows of another pack.
            pub(crate) fn append(&mut self, other: Self) {
                $(self.$plural.extend(other.$plural);)+
            }

            /// How many entries there are.
            pub(crate) fn len(&self) -> usize {
                0 $(+ self.$plural.len())+
            }

            /// Checks each row by itself and the versions of each id.
            pub(crate) fn check(&self, known: &Known<'_>) -> Vec<Fault> {
                let mut faults = vec![];
                $(crate::checks::rows(&self.$plural, known, &mut faults);)+
                faults
            }

            /// The ids of a table.
            pub(crate) fn ids(&self, table: &str) -> BTreeSet<&str> {
                match table {
                    $($name => self.$plural.iter().filter_map(|row| row.id.as_deref()).collect(),)+
                    _ => BTreeSet::new(),
                }
            }

            /// The tables; rows that could not be read are left out.
            pub(crate) fn into_tables(self) -> Tables {
                let mut tables = Tables::default();
                $(for entry in self.$plural.into_iter().filter_map(|row| row.entry) {
                    tables.$plural.push(entry);
                })+
                tables
            }
        }

        impl Policy {
            $(
                #[doc = concat!("The ", $name, " of that id in force on that day.")]
                pub fn $singular(&self, id: &str, as_of: LocalDate) -> Option<&Entry<$type>> {
                    self.tables.$plural.get(id, as_of)
                }
                #[doc = concat!("Every ", $name, " in force on that day, by id.")]
                pub fn $plural(&self, as_of: LocalDate) -> Vec<&Entry<$type>> {
                    self.tables.$plural.all(as_of)
                }
            )+

            /// The headers of all versions of all entries, by table and id.
            pub fn heads(&self) -> Vec<Head> {
                let mut heads = vec![];
                $(heads.extend(self.tables.$plural.versions().map(head));)+
                heads
            }

            /// The header of an entry in force on that day.
            pub fn head(&self, table: &str, id: &str, as_of: LocalDate) -> Option<Head> {
                match table {
                    $($name => self.$singular(id, as_of).map(head),)+
                    _ => None,
                }
            }
        }
    };
}

tables! {
    cities, city_entry: City, "city", "城市";
    departments, department: Department, "department", "部门";
    duties, duty: Duty, "duty", "职责";
    channels, channel: Channel, "channel", "渠道";
    complaint_kinds, complaint_kind: ComplaintKind, "complaint_kind", "诉求类型";
    clocks, clock: Clock, "clock", "时限";
    inspection_items, inspection_item: InspectionItem, "inspection_item", "检查事项";
    violations, violation: Violation, "violation", "案由";
    demerit_items, demerit_item: DemeritItem, "demerit_item", "记分情形";
    demerit_rules, demerit_rule: DemeritRule, "demerit_rule", "记分规则";
    grade_models, grade_model: GradeModel, "grade_model", "信用等级模型";
    sampling_rates, sampling_rate: SamplingRate, "sampling_rate", "抽查比例";
    linkages, linkage: LinkageRule, "linkage", "结果协同";
    publication_classes, publication_class: PublicationClass, "publication_class", "公开类别";
    parameters, parameter: Parameter, "parameter", "参数";
    discretion_bands, discretion_band: DiscretionBand, "discretion_band", "裁量阶次";
    seed_institutions, seed_institution: SeedInstitution, "seed_institution", "初始机构";
    document_kinds, document_kind: DocumentKind, "document_kind", "文书种类";
    keepings, keeping: Keeping, "keeping", "保管期限";
    message_layouts, message_layout: MessageLayout, "message_layout", "来件文件列名";
    topic_words, topic_word_list: TopicWords, "topic_words", "来件事项词表";
}

fn head<T: Body>(entry: &Entry<T>) -> Head {
    Head {
        table: T::TABLE,
        table_label: T::LABEL,
        id: entry.id.clone(),
        title: entry.body.title(),
        from: entry.from,
        until: entry.until,
        source: entry.source.clone(),
        status: entry.status,
    }
}
