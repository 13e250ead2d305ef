//! What is wrong with a pack: file, line, entry, field, reason and mend, for the person who edits it.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// The kind of a fault, a closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind { $($(#[$doc])* $name,)+ }

        impl FaultKind {
            /// Every kind, in declared order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
            /// Stable name for programs.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)+ } }
        }
    };
}

kinds! {
    /// The folder or file cannot be read.
    Unreadable = "unreadable";
    /// The file is not UTF-8.
    NotUtf8 = "not_utf8";
    /// The file is not TOML.
    Syntax = "syntax";
    /// A table that no pack has.
    UnknownTable = "unknown_table";
    /// A field that the table has not.
    UnknownField = "unknown_field";
    /// A field is missing.
    MissingField = "missing_field";
    /// A value of another type.
    WrongType = "wrong_type";
    /// A number outside what the field can hold.
    OutOfRange = "out_of_range";
    /// A word that is none of those allowed.
    UnknownWord = "unknown_word";
    /// A status that is none of the four.
    UnknownStatus = "unknown_status";
    /// No source document.
    NoDocument = "no_document";
    /// No clause of the source document.
    NoClause = "no_clause";
    /// A text without a character.
    EmptyText = "empty_text";
    /// A control or invisible character in a text.
    ControlCharacter = "control_character";
    /// An id with characters that ids do not have.
    BadId = "bad_id";
    /// An entry ends before it begins.
    EndsBeforeStart = "ends_before_start";
    /// Two entries with one id begin on the same day.
    DuplicateEntry = "duplicate_entry";
    /// Two versions of one id are in force on the same day.
    OverlappingVersions = "overlapping_versions";
    /// A department that is not in the packs.
    UnknownDepartment = "unknown_department";
    /// A clock that is not in the packs.
    UnknownClock = "unknown_clock";
    /// A violation that is not in the packs.
    UnknownViolation = "unknown_violation";
    /// A grade that no grade model has.
    UnknownGrade = "unknown_grade";
    /// Grade bands do not descend or leave a gap.
    GradeBands = "grade_bands";
    /// A grade has no sampling rate.
    NoSamplingRate = "no_sampling_rate";
    /// A rate over 100 per cent.
    RateTooHigh = "rate_too_high";
    /// Discretion bands do not cover 0 to 100 per cent exactly once.
    DiscretionBands = "discretion_bands";
    /// The least fine is more than the greatest.
    FineReversed = "fine_reversed";
    /// The multiple of a fine is reversed or zero.
    BadMultiple = "bad_multiple";
    /// A fine and the kinds of penalty contradict each other.
    FineWithoutPenalty = "fine_without_penalty";
    /// Demerit points below one.
    BadPoints = "bad_points";
    /// Thresholds do not ascend.
    Thresholds = "thresholds";
    /// A term of nothing.
    ZeroTerm = "zero_term";
    /// A publication class that shows no field.
    NoPublicFields = "no_public_fields";
    /// Two entries of a table have the same name on the same day.
    DuplicateName = "duplicate_name";
    /// A division that the list of divisions has not.
    UnknownDivision = "unknown_division";
    /// A level of institutions that does not exist.
    UnknownLevel = "unknown_level";
    /// A number pattern that cannot give unique numbers.
    BadNumberPattern = "bad_number_pattern";
    /// A topic is taken by two duties.
    TopicTwice = "topic_twice";
    /// Not exactly one department leads.
    LeadDepartment = "lead_department";
    /// Not exactly one entry describes the city.
    CityEntry = "city_entry";
    /// An entry that the program needs is missing.
    MissingEntry = "missing_entry";
}

/// One fault of a pack. Text for people, in Chinese.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// File below the policy folder: `national/clocks.toml`.
    pub file: String,
    /// Line in the file, from 1; 0 where the fault belongs to the whole file or folder.
    pub line: usize,
    /// Id of the entry; empty where it belongs to none.
    pub entry: String,
    /// Field inside the entry, such as `source.clause`; empty where it belongs to the whole entry.
    pub field: String,
    /// What kind it is.
    pub kind: FaultKind,
    /// Why it cannot be taken.
    pub reason: String,
    /// What to do.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, " 第{}行", self.line)?;
        }
        if !self.entry.is_empty() {
            write!(f, "，条目“{}”", self.entry)?;
        }
        if !self.field.is_empty() {
            write!(f, "，字段“{}”", self.field)?;
        }
        write!(f, "：{}。{}。", self.reason, self.mend)
    }
}
