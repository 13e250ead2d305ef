//! Legal review and collective discussion: each settles one plan, and the decision must be that plan.

use super::super::TransitionError;
use super::super::breach::Breach;
use super::super::decision::{Discussion, LegalReview, Reopened};
use super::super::law::{Law, applicable};
use super::super::plan::{Assessment, Plan, check, fine_facts};
use super::super::rules::{discussion_grounds, review_grounds};
use super::super::state::{Heard, State};
use super::Now;
use super::before_notice::members;
use super::decide::within_notice;

/// The law that applies today and what checking the plan under it finds.
pub(super) fn assess(now: &Now<'_>, heard: &Heard, plan: &Plan) -> Result<(Law, Assessment), TransitionError> {
    let report = &heard.noticed.deliberated.investigated.report;
    let facts = fine_facts(&now.case.law, report);
    let today_law = now.facts.law_today.as_ref().ok_or(TransitionError::NoLongerUnlawful)?;
    let law = applicable(&now.case.law, today_law, &facts).clone();
    let assessment = check(plan, &law, report, &now.facts.bands)?;
    Ok((law, assessment))
}

/// Why a plan must be reviewed and discussed.
pub(super) struct Grounds {
    review: Vec<String>,
    discussion: Vec<String>,
}

impl Grounds {
    /// Grounds of the plan that was proposed, which a smaller plan does not undo, and those of this plan.
    pub(super) fn of(now: &Now<'_>, heard: &Heard, plan: &Plan, assessment: &Assessment) -> Self {
        let (report, thresholds) = (&heard.noticed.deliberated.investigated.report, &now.facts.thresholds);
        Self {
            review: together(&heard.review_grounds, review_grounds(plan, assessment, report, thresholds)),
            discussion: together(&heard.discussion_grounds, discussion_grounds(plan, report, thresholds)),
        }
    }

    /// Every ground of review was there when it was reviewed.
    pub(super) fn reviewed(&self, heard: &Heard) -> Result<(), TransitionError> {
        let settled = heard.legal.as_ref().map(|legal| &legal.grounds);
        covered(&self.review, settled).map_err(TransitionError::ReviewMissing)
    }

    /// Every ground of discussion was there when it was discussed.
    pub(super) fn discussed(&self, heard: &Heard) -> Result<(), TransitionError> {
        let settled = heard.discussion.as_ref().map(|discussion| &discussion.grounds);
        covered(&self.discussion, settled).map_err(TransitionError::DiscussionMissing)
    }
}

fn together(proposed: &[String], now: Vec<String>) -> Vec<String> {
    let mut all = proposed.to_vec();
    all.extend(now.into_iter().filter(|ground| !proposed.contains(ground)));
    all
}

/// Every ground was there when it was settled: a plan that was changed afterwards brings new ones.
pub(super) fn covered(grounds: &[String], settled: Option<&Vec<String>>) -> Result<(), Vec<String>> {
    let open: Vec<String> =
        grounds.iter().filter(|ground| !settled.is_some_and(|settled| settled.contains(ground))).cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(open) }
}

pub(super) fn pass_review(now: &Now<'_>, mut heard: Heard, opinion: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerReviews)?;
    TransitionError::text(&opinion, "法制审核意见")?;
    let (grounds, plan) = (heard.review_grounds.clone(), heard.plan().clone());
    heard.legal = Some(LegalReview { grounds, plan, opinion, by: now.mark.clone() });
    Ok(State::LegallyReviewed(Box::new(heard)))
}

/// The heads agree on the plan that was put before them, or on a lighter one than was reviewed; an earlier discussion is
/// kept.
pub(super) fn discuss(
    now: &Now<'_>,
    mut heard: Heard,
    plan: Plan,
    people: Vec<String>,
    minutes: String,
) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    if heard.legal.is_none() && !heard.review_grounds.is_empty() {
        return Err(TransitionError::ReviewMissing(heard.review_grounds));
    }
    members("集体讨论", &people, now.facts.thresholds.discussion_members)?;
    TransitionError::text(&minutes, "集体讨论记录")?;
    let (_, assessment) = assess(now, &heard, &plan)?;
    within_notice(now, &heard, &plan)?;
    if let Some(legal) = heard.legal.as_ref().filter(|legal| plan.is_heavier_than(&legal.plan)) {
        return Err(Breach::NotAsReviewed { reviewed: legal.plan.text() }.into());
    }
    let Grounds { review: review_grounds, discussion: grounds } = Grounds::of(now, &heard, &plan, &assessment);
    if let Some(earlier) = heard.discussion.take() {
        let reason = "重新集体讨论".to_owned();
        heard.reopened.push(Reopened { legal: None, discussion: Some(earlier), reason, by: now.mark.clone() });
    }
    heard.discussion =
        Some(Discussion { grounds, review_grounds, plan, members: people, minutes, by: now.mark.clone() });
    Ok(State::Discussed(Box::new(heard)))
}

/// Back before review and discussion, with the plan the heads agreed on where they did.
pub(super) fn reopen(now: &Now<'_>, mut heard: Heard, reason: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    TransitionError::text(&reason, "重新提请审核的理由")?;
    let (legal, discussion) = (heard.legal.take(), heard.discussion.take());
    if let Some(discussion) = &discussion {
        let plan = discussion.plan.clone();
        let (_, assessment) = assess(now, &heard, &plan)?;
        let grounds = Grounds::of(now, &heard, &plan, &assessment);
        (heard.review_grounds, heard.discussion_grounds) = (grounds.review, grounds.discussion);
        (heard.assessment, heard.resubmitted) = (assessment, Some(plan));
    }
    heard.reopened.push(Reopened { legal, discussion, reason, by: now.mark.clone() });
    Ok(State::Heard(Box::new(heard)))
}
