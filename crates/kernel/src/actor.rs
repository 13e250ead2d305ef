//! Who acts, in which roles, what each role may do, and which rows it may see.

use crate::id::{AccountId, OfficerId};
use crate::{DivisionCode, SubjectRef};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// A department of the policy pack, by its id there (`health`, `insurance` ...).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DepartmentId(String);

impl DepartmentId {
    /// A department by its id in the policy pack.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
    /// The id in the policy pack.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DepartmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every one, in declared order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
            /// Stable name for programs and the database.
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            /// The name on screen.
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label,)+ } }
            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.code() == code) }
        }
    };
}

named! {
    /// A role of a person in the loop.
    Role {
        /// Takes complaints in and hands them out.
        Intake = "intake", "受理员";
        /// Investigates a complaint and answers it.
        Handler = "handler", "投诉承办人";
        /// Second officer who closes a complaint.
        Reviewer = "reviewer", "复核人";
        /// Head of the authority or a person with that power: approves inspections, filing and decisions.
        Head = "head", "机关负责人";
        /// Certified officer: inspects and handles cases.
        Inspector = "inspector", "监督员";
        /// Legal review of decisions; releases policy entries.
        LegalReviewer = "legal_reviewer", "法制审核员";
        /// Keeps credit events, demerit points and linkages.
        CreditOfficer = "credit_officer", "信用管理员";
        /// Decides on publication.
        Publisher = "publisher", "信息公开员";
        /// Answers for a partner department.
        Partner = "partner", "部门联络员";
        /// Speaks for an institution.
        Unit = "unit", "机构用户";
        /// Patrols and reports; never inspects.
        GridWorker = "grid_worker", "网格员";
        /// Keeps the registry and its imports.
        Registrar = "registrar", "登记管理员";
        /// System administrator: makes and closes accounts, and grants nothing.
        Administrator = "administrator", "系统管理员";
        /// Security administrator: grants what others asked for, and reads what happened at the door.
        SecurityAdministrator = "security_administrator", "安全管理员";
        /// Audit administrator: reads what the others did, and changes nothing.
        AuditAdministrator = "audit_administrator", "审计管理员";
    }
}

named! {
    /// What somebody may do. Reading rows is bounded by the scope; acting needs one of these.
    Permission {
        /// Enter a complaint at the desk.
        EnterComplaint = "enter_complaint", "登记投诉举报";
        /// Accept, decline and assign complaints.
        AssignComplaint = "assign_complaint", "受理和分派投诉举报";
        /// Investigate and answer a complaint.
        HandleComplaint = "handle_complaint", "核查和答复投诉举报";
        /// Close a complaint as second officer.
        CloseComplaint = "close_complaint", "复核办结投诉举报";
        /// Be told of late complaints and say what is to be done.
        SuperviseComplaint = "supervise_complaint", "督办投诉举报";
        /// See whom a named complaint came from.
        SeeComplainant = "see_complainant", "查看举报人身份";
        /// Work on signals.
        HandleSignal = "handle_signal", "处置线索";
        /// Propose an inspection.
        ProposeInspection = "propose_inspection", "拟定检查任务";
        /// Approve an inspection.
        ApproveInspection = "approve_inspection", "批准检查任务";
        /// Inspect on site and record it.
        Inspect = "inspect", "实施现场检查";
        /// Work on findings and re-checks.
        HandleFinding = "handle_finding", "督促整改和复查";
        /// Propose and handle cases.
        HandleCase = "handle_case", "承办案件";
        /// Approve filing and closing, decide.
        DecideCase = "decide_case", "案件审批和决定";
        /// Legal review.
        ReviewCase = "review_case", "法制审核";
        /// Release a policy entry that is not verified.
        ReleasePolicy = "release_policy", "放行政策条目";
        /// Credit events, demerit points and linkages.
        ManageCredit = "manage_credit", "信用和记分管理";
        /// Acknowledge a linkage and report its effect.
        AnswerLinkage = "answer_linkage", "回应结果协同";
        /// Decide on publication.
        DecidePublication = "decide_publication", "决定信息公开";
        /// Change the registry, import files.
        ManageRegistry = "manage_registry", "维护登记信息";
        /// See the registry.
        SeeRegistry = "see_registry", "查看登记信息";
        /// Ask for an erasure.
        RequestErasure = "request_erasure", "申请依法删除";
        /// Confirm or refuse an erasure that somebody else asked for.
        ConfirmErasure = "confirm_erasure", "确认依法删除";
        /// Make, review and close accounts, ask for their roles, and hand out first passwords.
        MakeAccounts = "make_accounts", "建立和停用账号";
        /// Grant roles that somebody else asked for, take them away, reset a second factor, end sessions and locks.
        GrantRoles = "grant_roles", "授予和收回岗位";
        /// Read what happened at the door: who signed in, who was refused, who changed what about accounts.
        ReadSecurityEvents = "read_security_events", "查看安全事件";
        /// Read what the administrators did.
        ReadAudit = "read_audit", "审计管理员的操作";
        /// Keep connected systems: their scopes, quotas and keys.
        ManageSystems = "manage_systems", "管理接入系统";
        /// Hand in a signal from another system; granted to connected systems only.
        SendSignal = "send_signal", "推送线索";
        /// Act for the own institution: rectification, statement.
        AnswerAsUnit = "answer_as_unit", "以机构身份办理";
        /// Enter what public sources of a draw say, hand in a department's random number, take a public step.
        WitnessDraw = "witness_draw", "见证随机抽查";
        /// Report a clue from a patrol.
        ReportClue = "report_clue", "上报巡查线索";
    }
}

impl Role {
    /// What this role may do.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{
            AnswerAsUnit, AnswerLinkage, ApproveInspection, AssignComplaint, CloseComplaint, ConfirmErasure,
            DecideCase, DecidePublication, EnterComplaint, GrantRoles, HandleCase, HandleComplaint, HandleFinding,
            HandleSignal, Inspect, MakeAccounts, ManageCredit, ManageRegistry, ManageSystems, ProposeInspection,
            ReadAudit, ReadSecurityEvents, ReleasePolicy, ReportClue, RequestErasure, ReviewCase, SeeComplainant,
            SeeRegistry, SuperviseComplaint, WitnessDraw,
        };
        match self {
            Self::Intake => &[EnterComplaint, AssignComplaint, SeeComplainant, RequestErasure, SeeRegistry],
            Self::Handler => &[HandleComplaint, HandleSignal, ProposeInspection, SeeComplainant, SeeRegistry],
            Self::Reviewer => &[CloseComplaint, SeeRegistry],
            Self::Head => {
                &[ApproveInspection, DecideCase, SuperviseComplaint, ConfirmErasure, WitnessDraw, SeeRegistry]
            }
            Self::Inspector => {
                &[HandleSignal, ProposeInspection, Inspect, HandleFinding, HandleCase, WitnessDraw, SeeRegistry]
            }
            Self::LegalReviewer => {
                &[ReviewCase, ReleasePolicy, RequestErasure, ConfirmErasure, WitnessDraw, SeeRegistry]
            }
            Self::CreditOfficer => &[ManageCredit, SeeRegistry],
            Self::Publisher => &[DecidePublication, RequestErasure, SeeRegistry],
            Self::Partner => &[AnswerLinkage, HandleComplaint, HandleSignal, WitnessDraw, SeeRegistry],
            Self::Unit => &[AnswerAsUnit],
            Self::GridWorker => &[ReportClue],
            Self::Registrar => &[ManageRegistry, RequestErasure, SeeRegistry],
            Self::Administrator => &[MakeAccounts],
            Self::SecurityAdministrator => &[GrantRoles, ManageSystems, ReadSecurityEvents],
            Self::AuditAdministrator => &[ReadAudit],
        }
    }

    /// The three administrators of an instance (三员), whom nobody is two of.
    pub const ADMINISTRATORS: [Self; 3] = [Self::Administrator, Self::SecurityAdministrator, Self::AuditAdministrator];

    /// The rule that keeps two roles apart in one login, or `None` where one person may hold both.
    pub fn kept_apart(self, other: Self) -> Option<&'static str> {
        use Role::{GridWorker, Handler, Head, Inspector, LegalReviewer, Reviewer, Unit};
        const RULES: &[(Role, Role, &str)] = &[
            (Inspector, LegalReviewer, "行政处罚法第58条：法制审核人员与办案人员分离"),
            (Inspector, Head, "行政处罚法第57条：调查终结后由机关负责人审查，调查与决定分离"),
            (LegalReviewer, Head, "行政处罚法第58条：法制审核先于负责人决定"),
            (Handler, Reviewer, "答复须由另一名工作人员复核"),
            (GridWorker, Inspector, "国办发〔2024〕54号：网格员不得实施行政检查"),
        ];
        if self == other {
            return None;
        }
        if Self::ADMINISTRATORS.contains(&self) || Self::ADMINISTRATORS.contains(&other) {
            return Some("GB/T 22239-2019 8.1.5：系统、安全、审计管理员相互分立，也不兼任业务岗位");
        }
        if self == Unit || other == Unit {
            return Some("机构用户不得兼任监管岗位");
        }
        RULES.iter().find(|(a, b, _)| (*a, *b) == (self, other) || (*a, *b) == (other, self)).map(|(_, _, why)| *why)
    }
}

/// Who acts. Copied by value into every ledger row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The account, or the connected system; `None` for the public and for the program itself.
    pub account: Option<AccountId>,
    /// Name as shown.
    pub name: String,
    /// Roles held when acting.
    pub roles: Vec<Role>,
    /// Department acted for.
    pub department: DepartmentId,
    /// The officer's record, for people with an enforcement certificate.
    pub officer: Option<OfficerId>,
    /// What a connected system was granted; people hold roles instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granted: Vec<Permission>,
}

impl Actor {
    /// A member of the public.
    pub fn public() -> Self {
        Self {
            account: None,
            name: "社会公众".into(),
            roles: vec![],
            department: DepartmentId::new("public"),
            officer: None,
            granted: vec![],
        }
    }

    /// The program itself, following what happened.
    pub fn system() -> Self {
        Self {
            account: None,
            name: "系统".into(),
            roles: vec![],
            department: DepartmentId::new("system"),
            officer: None,
            granted: vec![],
        }
    }

    /// Whether one of the roles carries the permission, or it was granted.
    pub fn may(&self, permission: Permission) -> bool {
        self.granted.contains(&permission) || self.roles.iter().any(|role| role.permissions().contains(&permission))
    }
}

/// How sensitive a row is; a scope sees rows up to its own level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// May be published.
    Public,
    /// Inside the administration.
    Internal,
    /// Case files and complaints.
    Case,
    /// Persons to be protected.
    Secret,
}

impl Sensitivity {
    /// The level as stored: 1 to 4.
    pub const fn level(self) -> i64 {
        match self {
            Self::Public => 1,
            Self::Internal => 2,
            Self::Case => 3,
            Self::Secret => 4,
        }
    }
}

/// Which rows somebody may see: jurisdiction x department x sensitivity, or one subject only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Divisions whose rows are seen; a row lies inside one of them.
    pub divisions: Vec<DivisionCode>,
    /// Only rows that this department owns or handed out; `None` sees those of all departments.
    pub department: Option<DepartmentId>,
    /// Highest sensitivity seen.
    pub sensitivity: Sensitivity,
    /// Only rows about this subject (unit portal).
    pub subject: Option<SubjectRef>,
}

/// Every two digits that the code of a province can have.
static EVERYWHERE: LazyLock<Vec<DivisionCode>> =
    LazyLock::new(|| (10..100).filter_map(|code: u8| code.to_string().parse().ok()).collect());

impl Scope {
    /// Everything: for the program itself following the ledger, never for a person's request.
    pub fn system() -> Self {
        Self { divisions: EVERYWHERE.clone(), department: None, sensitivity: Sensitivity::Secret, subject: None }
    }

    /// Whether it has every division that there can be.
    pub fn is_everywhere(&self) -> bool {
        self.divisions == *EVERYWHERE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_workers_never_inspect() {
        for permission in [Permission::Inspect, Permission::HandleFinding, Permission::HandleCase] {
            assert!(!Role::GridWorker.permissions().contains(&permission));
        }
        assert!(Role::GridWorker.kept_apart(Role::Inspector).is_some());
    }

    #[test]
    fn keeping_apart_is_symmetric_and_a_role_fits_itself() {
        for a in Role::ALL {
            assert_eq!(a.kept_apart(*a), None);
            for b in Role::ALL {
                assert_eq!(a.kept_apart(*b), b.kept_apart(*a));
            }
        }
    }

    #[test]
    fn each_permission_belongs_to_exactly_the_roles_meant() {
        use Permission::*;
        use Role::*;
        let meant: &[(Permission, &[Role])] = &[
            (EnterComplaint, &[Intake]),
            (AssignComplaint, &[Intake]),
            (HandleComplaint, &[Handler, Partner]),
            (CloseComplaint, &[Reviewer]),
            (SuperviseComplaint, &[Head]),
            (SeeComplainant, &[Intake, Handler]),
            (HandleSignal, &[Handler, Inspector, Partner]),
            (ProposeInspection, &[Handler, Inspector]),
            (ApproveInspection, &[Head]),
            (Inspect, &[Inspector]),
            (HandleFinding, &[Inspector]),
            (HandleCase, &[Inspector]),
            (DecideCase, &[Head]),
            (ReviewCase, &[LegalReviewer]),
            (ReleasePolicy, &[LegalReviewer]),
            (ManageCredit, &[CreditOfficer]),
            (AnswerLinkage, &[Partner]),
            (DecidePublication, &[Publisher]),
            (ManageRegistry, &[Registrar]),
            (
                SeeRegistry,
                &[
                    Intake,
                    Handler,
                    Reviewer,
                    Head,
                    Inspector,
                    LegalReviewer,
                    CreditOfficer,
                    Publisher,
                    Partner,
                    Registrar,
                ],
            ),
            (RequestErasure, &[Intake, LegalReviewer, Publisher, Registrar]),
            (ConfirmErasure, &[Head, LegalReviewer]),
            (MakeAccounts, &[Administrator]),
            (GrantRoles, &[SecurityAdministrator]),
            (ReadSecurityEvents, &[SecurityAdministrator]),
            (ReadAudit, &[AuditAdministrator]),
            (ManageSystems, &[SecurityAdministrator]),
            (SendSignal, &[]),
            (AnswerAsUnit, &[Unit]),
            (WitnessDraw, &[Head, Inspector, LegalReviewer, Partner]),
            (ReportClue, &[GridWorker]),
        ];
        assert_eq!(meant.iter().map(|(permission, _)| *permission).collect::<Vec<_>>(), Permission::ALL);
        for (permission, roles) in meant {
            let held = Role::ALL.iter().copied().filter(|role| role.permissions().contains(permission));
            assert_eq!(held.collect::<Vec<_>>(), *roles, "{permission:?}");
        }
    }

    #[test]
    fn nobody_is_two_of_the_three_administrators_or_anything_beside_one() {
        for administrator in Role::ADMINISTRATORS {
            for other in Role::ALL.iter().filter(|other| **other != administrator) {
                assert!(administrator.kept_apart(*other).is_some(), "{administrator:?} and {other:?}");
            }
        }
    }

    #[test]
    fn every_role_reads_back_from_its_code() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(*role));
        }
    }
}
