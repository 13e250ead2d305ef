//! The visit: begun, answered, recorded, signed, submitted; then its findings are settled one by one.

use super::apply::{not_open, one};
use super::{
    Action, Answer, Approval, Facts, Outcome, Party, Record, Sheet, Signature, State, Superseded, Task,
    TransitionError, Visit,
};
use crate::officer::eligible;
use crate::text::{optional, required};
use std::collections::BTreeMap;
use xingjian_kernel::{Actor, Fault, Timestamp};

type Step<T> = Result<T, TransitionError>;

impl Task {
    /// Steps from the approval on.
    pub(super) fn carry_out(&mut self, state: State, action: Action, by: &Actor, facts: &Facts) -> Step<State> {
        Ok(match (state, action) {
            (State::Approved { approval }, Action::Begin { certificates_shown, place, device_at }) => {
                let visit = self.begin(certificates_shown, &place, device_at, by, facts)?;
                State::OnSite { approval, visit, answers: BTreeMap::new() }
            }
            (State::Approved { approval }, Action::Cancel { reason }) => {
                State::Cancelled { approval, reason: one("取消理由", &reason)?, by: by.into(), at: facts.now }
            }
            (State::OnSite { approval, visit, answers }, Action::Answer { answers: new }) => {
                let answers = self.answer(answers, new, facts)?;
                State::OnSite { approval, visit, answers }
            }
            (State::OnSite { approval, visit, answers }, Action::Record { outcome, statement, device_at }) => {
                let sheet = self.record(answers, outcome, &statement, device_at, by, facts)?;
                State::Recorded { approval, visit, sheet }
            }
            (State::Recorded { approval, visit, sheet }, Action::Reopen { reason }) => {
                let (reason, answers) = (one("修改理由", &reason)?, sheet.answers.clone());
                self.superseded.push(Superseded { sheet, reason, by: by.into(), at: facts.now });
                State::OnSite { approval, visit, answers }
            }
            (State::Recorded { approval, visit, mut sheet }, Action::Sign) => {
                sheet.signatures.push(self.sign(&sheet, by, facts.now)?);
                self.signed_by_all(approval, visit, sheet)
            }
            (State::Recorded { approval, visit, mut sheet }, Action::SignParty { party }) => {
                sheet.party = Some(checked_party(&sheet, party)?);
                self.signed_by_all(approval, visit, sheet)
            }
            (State::Signed { approval, visit, sheet }, Action::Submit) => submitted(approval, visit, sheet, facts)?,
            (
                State::Concluded { approval, visit, sheet, findings, mut open, concluded_at },
                Action::SettleFinding { finding },
            ) => {
                let at = open.iter().position(|f| *f == finding).ok_or(TransitionError::NotAFinding)?;
                open.remove(at);
                if open.is_empty() {
                    State::Closed { approval, visit, sheet, findings, concluded_at, closed_at: facts.now }
                } else {
                    State::Concluded { approval, visit, sheet, findings, open, concluded_at }
                }
            }
            (state, action) => return Err(not_open(&state, action.name())),
        })
    }

    fn begin(
        &self,
        certificates_shown: bool,
        place: &str,
        device_at: Option<Timestamp>,
        by: &Actor,
        facts: &Facts,
    ) -> Step<Visit> {
        if !certificates_shown {
            return Err(TransitionError::CertificateNotShown);
        }
        let officers = eligible(&self.officer_ids(), facts.now.local_date(), &facts.standing)?;
        Ok(Visit {
            begun_by: by.officer.ok_or(TransitionError::NotAssigned)?,
            certificates: officers.iter().map(|o| o.certificate.clone()).collect(),
            place: one("检查地点", place)?,
            device_at,
            server_at: facts.now,
        })
    }

    fn answer(
        &self,
        mut answers: BTreeMap<String, Answer>,
        new: BTreeMap<String, Answer>,
        facts: &Facts,
    ) -> Step<BTreeMap<String, Answer>> {
        let mut faults = vec![];
        for (id, answer) in new {
            if let Some(item) = self.items.iter().find(|i| i.id == id) {
                let answer = answer.checked(&item.name, facts.now.local_date(), &mut faults);
                answers.insert(id, answer);
            } else {
                faults.push(Fault::new("检查事项", &id, "不在本次检查事项内", "请按检查表填写"));
            }
        }
        if faults.is_empty() { Ok(answers) } else { Err(TransitionError::Invalid(faults)) }
    }

    fn record(
        &self,
        answers: BTreeMap<String, Answer>,
        outcome: Outcome,
        statement: &str,
        device_at: Option<Timestamp>,
        by: &Actor,
        facts: &Facts,
    ) -> Step<Sheet> {
        if let Some(open) = self.open_recusal() {
            return Err(TransitionError::RecusalOpen(open.name.clone()));
        }
        let statement = one("检查情况", statement)?;
        let answers = outcome.complete(&self.items, answers)?;
        let record = Record { outcome, statement, by: by.into(), device_at, server_at: facts.now };
        Ok(Sheet { answers, record, signatures: vec![], party: None })
    }

    fn sign(&self, sheet: &Sheet, by: &Actor, at: Timestamp) -> Step<Signature> {
        let officer = by.officer.and_then(|id| self.officer(id)).ok_or(TransitionError::NotAssigned)?;
        if sheet.signatures.iter().any(|s| s.officer == officer.officer) {
            return Err(TransitionError::AlreadySigned);
        }
        Ok(Signature { officer: officer.officer, name: officer.name.clone(), at })
    }

    fn signed_by_all(&self, approval: Approval, visit: Visit, sheet: Sheet) -> State {
        let officers = self.officers.iter().all(|o| sheet.signatures.iter().any(|s| s.officer == o.officer));
        if officers && sheet.party.is_some() {
            State::Signed { approval, visit, sheet }
        } else {
            State::Recorded { approval, visit, sheet }
        }
    }
}

fn checked_party(sheet: &Sheet, party: Party) -> Step<Party> {
    if sheet.party.is_some() {
        return Err(TransitionError::PartyRecorded);
    }
    let mut faults = vec![];
    let party = match party {
        Party::Signed { name, post, opinion } => Party::Signed {
            name: required("签名人", &name, &mut faults),
            post: required("签名人职务", &post, &mut faults),
            opinion: optional("被检查人意见", &opinion, &mut faults),
        },
        Party::Refused { reason, witness } => Party::Refused {
            reason: required("拒绝签名的理由", &reason, &mut faults),
            witness: required("见证人", &witness, &mut faults),
        },
        Party::Absent { .. } if !sheet.record.outcome.nobody_met() => {
            return Err(TransitionError::NotAbsent(sheet.record.outcome));
        }
        Party::Absent { reason } => Party::Absent { reason: required("联系情况", &reason, &mut faults) },
    };
    if faults.is_empty() { Ok(party) } else { Err(TransitionError::Invalid(faults)) }
}

fn submitted(approval: Approval, visit: Visit, sheet: Sheet, facts: &Facts) -> Step<State> {
    let expected = sheet.answers.values().filter(|a| matches!(a, Answer::Violates { .. })).count();
    let findings = facts.findings.clone();
    if findings.len() != expected {
        return Err(TransitionError::FindingsUnnumbered { expected, given: findings.len() });
    }
    let at = facts.now;
    Ok(if findings.is_empty() {
        State::Closed { approval, visit, sheet, findings, concluded_at: at, closed_at: at }
    } else {
        State::Concluded { approval, visit, sheet, open: findings.clone(), findings, concluded_at: at }
    })
}
