//! What the entries of each table say, by subject.

mod credit;
mod messages;
mod organisation;
mod penalty;
mod procedure;

pub use credit::{
    DemeritItem, DemeritRule, DemeritTarget, GradeBand, GradeCause, GradeItem, GradeModel, LinkageRule, SamplingRate,
    Threshold,
};
pub use messages::{MessageLayout, TopicWords, WordsFor};
pub use organisation::{Channel, City, Department, DepartmentKind, Duty, SeedInstitution};
pub use penalty::{BelowBase, DiscretionBand, Fine, PenaltyKind, Violation, ViolationActor};
pub use procedure::{
    Clock, ComplaintKind, DocumentKind, InspectionItem, Keeping, Parameter, PublicParty, PublicationClass,
};

/// Declares an enum with a code for programs and packs, and a label for the screen.
#[macro_export]
#[doc(hidden)]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every one, in declared order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
            /// Stable name in packs and for programs.
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            /// The name on screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label,)+ } }
            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.code() == code) }
        }

        impl $crate::read::FromToml for $name {
            fn read(value: $crate::read::Value<'_>, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                reader.word(value, Self::ALL, Self::code)
            }
        }
    };
}

/// Declares a struct that is read field by field, so that all its faults are found in one pass.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* pub $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        $crate::read::record_impl!($name { $($field),+ });
    };
}
pub(crate) use record;
