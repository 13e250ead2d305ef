//! Clocks, complaints, inspection items, publication, parameters and document kinds.

use super::{PenaltyKind, record};
use crate::words;
use xingjian_kernel::Fen;
use xingjian_kernel::calendar::{Term, Unit};

record! {
    /// A term of the law that runs from an event.
    pub struct Clock {
        /// Name on screen.
        pub name: String,
        /// What starts it.
        pub event: String,
        /// How long it runs.
        pub term: Term,
        /// Article it rests on.
        pub article: String,
        /// Days before the end at which a warning is due, descending.
        pub warn_days: Vec<u16>,
    }
}

record! {
    /// A kind of message from the public.
    pub struct ComplaintKind {
        /// Name: 投诉, 举报, 信访, 咨询.
        pub name: String,
        /// Clock for the answer, from acceptance.
        pub clock: String,
        /// Clock for acceptance, from receipt.
        pub accept_clock: String,
        /// An answer to the sender is owed where there is one to answer to.
        pub must_answer: bool,
    }
}

record! {
    /// How long the records of a kind are kept, by the law of archives; the id is the name of the resource. Before that nobody may erase
    /// them, afterwards the desk is asked whether to.
    pub struct Keeping {
        /// What is kept, on screen.
        pub name: String,
        /// Clock of the period, from the end of the year in which the record ended; its first warning day says how long before the end
        /// the desk is warned.
        pub clock: String,
    }
}

record! {
    /// What is looked at in an inspection.
    pub struct InspectionItem {
        /// Field of supervision.
        pub specialty: String,
        /// Kind of object inspected.
        pub object: String,
        /// The item.
        pub name: String,
        /// Points of the checklist.
        pub points: Vec<String>,
        /// How it is checked.
        pub method: String,
        /// Law it rests on.
        pub basis: String,
        /// Risk weight, 1 to 5.
        pub risk: u8,
        /// Violations that it can find.
        pub violations: Vec<String>,
    }
}

record! {
    /// What is published after an event; a field not listed is hidden.
    pub struct PublicationClass {
        /// Name on screen.
        pub name: String,
        /// `decision` or `inspection`.
        pub event: String,
        /// Clock for publication.
        pub clock: String,
        /// Fields that are shown.
        pub fields: Vec<String>,
        /// How long it stays public at most.
        pub retention: Term,
        /// How long it stays public at least, before credit can be repaired (信用修复).
        pub shortest: Option<Term>,
        /// For decisions: against citizens or against organisations; `None` for both.
        pub party: Option<PublicParty>,
        /// For decisions: kinds of penalty that belong here; empty, with no fine below, for all.
        pub kinds: Vec<PenaltyKind>,
        /// For decisions: a fine from this on belongs here.
        pub fine_from: Option<Fen>,
        /// In principle it is not published; publishing needs its own reason.
        pub hidden_in_principle: bool,
        /// What a repair of credit needs, as the law says it.
        pub repair: Option<String>,
    }
}

words! {
    /// Against whom the decisions of a publication class are.
    pub enum PublicParty {
        /// 公民.
        Person = "person", "个人";
        /// 法人或者其他组织.
        Organisation = "organisation", "单位";
    }
}

impl PublicationClass {
    /// Whether a decision with these kinds of penalty and this fine belongs here.
    pub fn covers(&self, party: PublicParty, kinds: &[PenaltyKind], fine: Fen) -> bool {
        let all = self.kinds.is_empty() && self.fine_from.is_none();
        let kind = kinds.iter().any(|kind| self.kinds.contains(kind));
        let fined = fine > Fen::ZERO && self.fine_from.is_some_and(|from| fine >= from);
        self.event == "decision" && self.party.is_none_or(|p| p == party) && (all || kind || fined)
    }

    /// Longest time of publication in days, near enough to tell which class is the gravest.
    pub fn weight(&self) -> u32 {
        let days = match self.retention.unit {
            Unit::WorkingDays | Unit::NaturalDays => 1,
            Unit::Months => 30,
            Unit::Years => 365,
        };
        u32::from(self.retention.count) * days
    }
}

record! {
    /// A number that the procedure needs.
    pub struct Parameter {
        /// Name on screen.
        pub name: String,
        /// The number, in `unit`; money in 分.
        pub value: i64,
        /// Unit: 分, 人, 天 ...
        pub unit: String,
    }
}

record! {
    /// A kind of official document and how it is numbered.
    pub struct DocumentKind {
        /// Name on screen.
        pub name: String,
        /// Pattern with `{short}`, `{year}` and `{seq}`.
        pub number_pattern: String,
        /// Series that the number counts in.
        pub series: String,
    }
}
