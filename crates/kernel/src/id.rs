//! Typed identifiers. All are UUID version 7, so they sort by the moment they were given.

use crate::{Clock, Rng};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// An identifier that is a UUID under a name of its own.
pub trait Id: Copy + fmt::Display + std::str::FromStr + Send + Sync {
    /// Wraps a UUID that is known to name this kind of thing.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID inside.
    fn uuid(self) -> Uuid;
}

/// Makes a new identifier from the clock and the random source that are passed in.
pub fn new_id<T: Id>(clock: &dyn Clock, rng: &dyn Rng) -> T {
    let millis = u64::try_from(clock.now().micros() / 1000).unwrap_or_default();
    let mut random = [0u8; 10];
    rng.fill(&mut random);
    T::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    )+};
}

ids! {
    /// An account that can sign in.
    AccountId,
    /// A legal person (法人): the holder of a unified social credit code.
    LegalPersonId,
    /// A medical institution (医疗机构): a licence at a site.
    InstitutionId,
    /// A practitioner (卫生技术人员).
    PractitionerId,
    /// A supervision officer (卫生监督员) with an enforcement certificate.
    OfficerId,
    /// A person or place that is not registered (非法行医 and the like), linked later.
    UnregisteredId,
    /// A run of an import.
    ImportId,
    /// An export of a list.
    ExportId,
    /// A filter that somebody keeps under a name.
    SavedFilterId,
    /// The release of a policy entry that is not verified.
    ReleaseId,
    /// A complaint, report, petition or question from the public.
    ComplaintId,
    /// A file of messages that was taken in (来件导入).
    MessageImportId,
    /// A triage model that was trained on decided messages (来件分拣模型).
    TriageModelId,
    /// A signal (线索).
    SignalId,
    /// A run of claims screening that was handed to the loop (医保筛查).
    ScreeningId,
    /// A rule of claims as the bureau keeps it (医保规则).
    ClaimsRuleId,
    /// A yearly plan of random inspection (年度抽查计划).
    PlanId,
    /// A draw of random inspection (双随机抽查).
    DrawingId,
    /// An erasure that was asked for (依法删除).
    ErasureId,
    /// An inspection task.
    TaskId,
    /// A finding of an inspection (检查发现的问题).
    FindingId,
    /// An administrative-penalty case.
    CaseId,
    /// A fact recorded about a subject's credit.
    CreditEventId,
    /// A demerit record (不良执业行为记分).
    DemeritId,
    /// A linkage (结果协同运用): a consequence asked of a department.
    LinkageId,
    /// A publication decision and its public text.
    PublicationId,
    /// An official paper: a numbered page and its exact bytes.
    PaperId,
    /// A row of the ledger.
    EntryId,
    /// A draft of a form that was not sent.
    DraftId,
    /// An address that a connected system wants to be told at.
    WebhookId,
    /// What is told, or was told, to one of them.
    DeliveryId,
}
