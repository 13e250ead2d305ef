//! What the party sees of its case, from the notice on: nothing of deliberations, reviews and discussions.

use super::{Account, Case, Hearing, Instalment, PaperRef, State};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::CaseId;
use xingjian_kernel::{Actor, LocalDate};

/// A paper that was served on the party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedPaper {
    /// Number.
    pub number: String,
    /// The day of service.
    pub served_on: LocalDate,
    /// What it says, in short.
    pub text: String,
    /// The exact page.
    pub paper: Option<PaperRef>,
}

/// A case as its party sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyView {
    /// The case.
    pub id: CaseId,
    /// The case number.
    pub number: Option<String>,
    /// What it is about.
    pub title: String,
    /// Where it stands, in words for the party.
    pub standing: &'static str,
    /// The notice before the decision.
    pub notice: Option<ServedPaper>,
    /// Until when a statement can be made; `None` once that is settled.
    pub statement_due: Option<Deadline>,
    /// What the party stated.
    pub statement: Option<String>,
    /// What became of the right to a hearing.
    pub hearing: Option<&'static str>,
    /// Until when a hearing can be requested; `None` once that is settled.
    pub hearing_due: Option<Deadline>,
    /// The decision.
    pub decision: Option<ServedPaper>,
    /// What reconsideration and courts made of it.
    pub verdicts: Vec<String>,
    /// Instalments that were approved.
    pub instalments: Vec<Instalment>,
    /// Last day for payment, or for the next instalment.
    pub pay_due: Option<Deadline>,
    /// What is owed.
    pub account: Option<Account>,
    /// Acts the party can do now.
    pub actions: Vec<&'static str>,
}

impl PartyView {
    /// The view; `None` before the party was told.
    pub fn of(case: &Case, by: &Actor, today: LocalDate) -> Option<Self> {
        if !case.is_open_to_party() {
            return None;
        }
        // A round that was sent back stays visible until the next notice.
        let returned = case.returned.iter().rev().find_map(|round| round.before.noticed());
        let noticed = case.state.noticed().or(returned)?;
        let served = case.state.was_served();
        let settled = noticed.statement.is_some() || noticed.statement_waived.is_some();
        let open = matches!(case.state, State::Noticed(_));
        let hearing_due = match &noticed.hearing {
            Hearing::Told { due, .. } if open => Some(*due),
            _ => None,
        };
        Some(Self {
            id: case.id,
            number: case.number().map(str::to_owned),
            title: case.title(),
            standing: standing(&case.state),
            notice: Some(ServedPaper {
                number: noticed.notice.number.clone(),
                served_on: noticed.notice.service.on,
                text: noticed.plan.text(),
                paper: noticed.notice.paper.clone(),
            }),
            statement_due: (open && !settled).then_some(noticed.notice.statement_due),
            statement: noticed.statement.as_ref().map(|statement| statement.text.clone()),
            hearing: noticed.hearing.was_told().then(|| noticed.hearing.label()),
            hearing_due,
            decision: served.map(|served| ServedPaper {
                number: served.decided.decision.number.clone(),
                served_on: served.service.on,
                text: served.decided.decision.plan.text(),
                paper: served.paper.clone(),
            }),
            verdicts: served.map(|s| s.execution.verdicts.iter().map(|v| v.summary()).collect()).unwrap_or_default(),
            instalments: served
                .and_then(|served| served.execution.granted())
                .map(|granted| granted.instalments.clone())
                .unwrap_or_default(),
            pay_due: served.map(|served| Deadline { due: served.next_payment(), ..served.pay_due }),
            account: case.account(today),
            actions: case.open_actions(by),
        })
    }
}

fn standing(state: &State) -> &'static str {
    match state {
        State::Noticed(_) => "已告知，等待陈述申辩",
        State::HearingPending(_) => "已要求听证",
        State::Served(_) => "决定书已送达",
        State::Executing(_) => "执行中",
        State::Closing { .. } | State::Closed { .. } => "已履行",
        State::Annulled { .. } => "处罚决定已被撤销",
        State::NotPenalised { .. } => "不予行政处罚",
        State::Dismissed { .. } => "已撤销案件",
        State::Transferred { .. } => "已移送",
        _ => "审理中",
    }
}
