//! Takes a run of screening over: rules are kept, the hits of each institution become one signal a month, and what a later run
//! finds no more falls away.
//!
//! The same run handed over again changes nothing, so a hand-over that broke off is simply done again: each institution is one
//! transaction, and the run is there only when all of them are.

use super::rule::{ClaimsRule, Severity};
use super::screening::{OfInstitution as Row, OfRule, Screening, Went};
use super::{
    Change, Claims, GivenRule, Group, Hit, Month, OfInstitution, Parcel, Part, ResultClass, Run, Sum, TOPIC,
    by_month_and_rule, keep, service,
};
use crate::signal::{Action, Signal, Source, State};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::id::{InstitutionId, ScreeningId, SignalId};
use xingjian_kernel::{DepartmentId, Refusal, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_store::{Ctx, Error, Event, Failure, Filter, Record, Stored, Tx, records};

/// Hits of a group whose evidence is kept, the largest amounts first; product default.
pub const KEPT: usize = 500;
/// Weight of a signal that has 明确违规, and of one that has not; one more where a rule behind it is 严重, one less where all are 提示.
/// Product default.
const WEIGHT_DEFINITE: u8 = 4;
const WEIGHT_SUSPECT: u8 = 2;

/// Who answers for screening, and what a run knows while it is handed over.
struct Taking<'a> {
    ctx: &'a Ctx,
    run: &'a Run,
    id: ScreeningId,
    duty: String,
    department: DepartmentId,
    rules: BTreeMap<&'a str, &'a GivenRule>,
    went: Went,
    rows: Vec<Row>,
    /// Signals that hits of this run belong to.
    touched: BTreeSet<SignalId>,
}

/// Takes a run over; `hits` are those of live rules, one institution after the other. Called by the program itself.
pub async fn accept(
    ctx: &Ctx,
    run: &Run,
    hits: impl IntoIterator<Item = OfInstitution>,
) -> Result<Stored<Screening>, Failure> {
    let known = institutions(ctx).await?;
    if let Some(latest) = latest(ctx).await? {
        // Taken already, unless the registry has learnt a code since.
        let learnt = |row: &Row| row.institution.is_none() && known.contains_key(&row.code);
        if latest.name == run.name && !latest.by_institution.iter().any(learnt) {
            return Ok(latest);
        }
    }
    let today = ctx.today();
    let duty = ctx.policy().duty_for(TOPIC, today);
    let duty = duty.ok_or_else(|| Error::Missing(format!("a duty for {TOPIC} in the policy pack on {today}")))?;
    let mut taking = Taking {
        ctx,
        run,
        id: ctx.new_id(),
        duty: duty.id.clone(),
        department: DepartmentId::new(duty.lead.as_str()),
        rules: run.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
        went: Went::default(),
        rows: vec![],
        touched: BTreeSet::new(),
    };
    taking.rules().await?;
    for one in hits {
        taking.institution(&known, one).await?;
    }
    taking.fallen_away().await?;
    taking.close().await
}

/// The run that was taken over last.
pub async fn latest(ctx: &Ctx) -> Result<Option<Stored<Screening>>, Failure> {
    let newest = Filter { limit: 1, order: xingjian_store::Order::Newest, ..Filter::default() };
    Ok(records::list::<Screening>(ctx, &newest).await?.rows.into_iter().next())
}

/// Institutions of the registry by their insurance code.
async fn institutions(ctx: &Ctx) -> Result<BTreeMap<String, Stored<Institution>>, Failure> {
    let mut known = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for one in records::all::<Institution>(ctx, &Filter::default()).await? {
        let Some(code) = one.details.insurance_code.clone() else { continue };
        if known.insert(code.clone(), one).is_some() {
            twice.insert(code);
        }
    }
    // A code that two institutions claim belongs to none of them until somebody has looked.
    known.retain(|code, _| !twice.contains(code));
    Ok(known)
}

impl Taking<'_> {
    /// Keeps the rules of the run, as they are now.
    async fn rules(&self) -> Result<(), Failure> {
        let ctx = self.ctx;
        for rules in self.run.rules.chunks(200) {
            let mut tx = ctx.begin().await?;
            for given in rules {
                self.rule_in(&mut tx, given).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    async fn rule_in(&self, tx: &mut Tx, given: &GivenRule) -> Result<(), Failure> {
        let ctx = self.ctx;
        let stored = records::by_number_in::<ClaimsRule>(tx, ctx, &given.id).await?;
        let sample = keep::parcels_in(tx, given.sample.clone()).await?.into_iter().next();
        let Some(stored) = stored else {
            let rule = ClaimsRule {
                id: ctx.new_id(),
                rule: given.id.clone(),
                version: given.version,
                particulars: given.particulars.clone(),
                others: given.others.clone(),
                given: given.state,
                decided: None,
                last: given.totals,
                sample,
                reviewed: 0,
                confirmed: 0,
                department: self.department.clone(),
                division: ctx.policy().city.division.clone(),
                created_at: ctx.now(),
            };
            let event = Event::new("claims_rule.kept", format!("规则入库，第{}版", given.version));
            return records::insert(tx, ctx, &rule, event).await;
        };
        let before = stored.value.clone();
        let rule = ClaimsRule {
            version: given.version,
            particulars: given.particulars.clone(),
            others: before.others_beside(given.version, &given.others),
            // Where the bureau has decided, the run was made in that state; how it was delivered is what was known before.
            given: if before.decided.is_some() { before.given } else { given.state },
            last: given.totals,
            sample,
            ..stored.value
        };
        if rule == before {
            return Ok(());
        }
        let text = if rule.version == before.version {
            format!("筛查命中{}处", rule.last.sum.hits)
        } else {
            format!("规则更新为第{}版", rule.version)
        };
        records::save(tx, ctx, &rule, stored.version, Event::new("claims_rule.kept", text)).await?;
        Ok(())
    }

    /// Takes the hits of one institution.
    async fn institution(
        &mut self,
        known: &BTreeMap<String, Stored<Institution>>,
        one: OfInstitution,
    ) -> Result<(), Failure> {
        let code = one.code.unwrap_or_default();
        let institution = known.get(&code);
        let class = |class| Sum::of(one.hits.iter().filter(|hit| hit.result == class));
        self.rows.push(Row {
            code: code.clone(),
            institution: institution.map(|one| one.id),
            name: institution.map(|one| one.details.name.clone()),
            definite: class(ResultClass::Definite),
            suspect: class(ResultClass::Suspect),
        });
        let Some(institution) = institution else { return Ok(()) };
        let ctx = self.ctx;
        let mut tx = ctx.begin().await?;
        let mut all = signals_in(&mut tx, ctx, institution.id).await?;
        for (month, rules) in by_month_and_rule(one.hits) {
            let of_month: Vec<Stored<Signal>> =
                all.extract_if(.., |signal| signal.claims.as_ref().is_some_and(|c| c.month == month)).collect();
            self.month(&mut tx, institution, &code, month, rules, of_month).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes the hits of one institution in one month, beside the signals that month has already.
    async fn month(
        &mut self,
        tx: &mut Tx,
        institution: &Institution,
        code: &str,
        month: Month,
        mut rules: BTreeMap<String, Vec<Hit>>,
        signals: Vec<Stored<Signal>>,
    ) -> Result<(), Failure> {
        let mut open = None;
        for stored in signals {
            self.touched.insert(stored.id);
            if stored.state.name() == "withdrawn" {
                continue;
            }
            if Signal::FINAL.contains(&stored.state.name()) {
                // What was ended keeps its hits; only others are new.
                self.corrected(tx, stored, &mut rules).await?;
            } else {
                open = Some(stored);
            }
        }
        rules.retain(|_, hits| !hits.is_empty());
        match open {
            Some(stored) => self.update(tx, stored, rules).await,
            None if rules.is_empty() => Ok(()),
            None => self.open(tx, institution, code, month, rules).await,
        }
    }

    async fn open(
        &mut self,
        tx: &mut Tx,
        institution: &Institution,
        code: &str,
        month: Month,
        rules: BTreeMap<String, Vec<Hit>>,
    ) -> Result<(), Failure> {
        let ctx = self.ctx;
        let mut groups = vec![];
        for (rule, hits) in rules {
            self.went.added_hits += hits.len() as u64;
            groups.push(self.group(tx, &rule, hits).await?);
        }
        let weight = self.weight(&groups);
        let claims = Claims {
            code: code.to_owned(),
            month,
            screening: self.id,
            groups,
            changes: vec![],
            asked: None,
            replies: vec![],
        };
        let sum = claims.sum();
        let signal = Signal {
            id: ctx.new_id(),
            source: Source::Screening(self.id),
            subject: SubjectRef::Institution(institution.id),
            subject_name: institution.details.name.clone(),
            cause: TOPIC.to_owned(),
            weight,
            duty: self.duty.clone(),
            division: institution.details.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            opened_at: ctx.now(),
            report: None,
            claims: Some(Box::new(claims)),
            state: State::Open { due: ctx.deadline("signal_handle", ctx.today())? },
        };
        let event = Event::new("signal.opened", format!("医保筛查命中{}处，涉及{}元", sum.hits, sum.amount))
            .data(json!({"screening": self.id}));
        records::insert(tx, ctx, &signal, event).await?;
        self.touched.insert(signal.id);
        self.went.opened += 1;
        Ok(())
    }

    fn weight(&self, groups: &[Group]) -> u8 {
        let is_definite = groups.iter().any(|group| group.result == ResultClass::Definite);
        let weight = if is_definite { WEIGHT_DEFINITE } else { WEIGHT_SUSPECT };
        let severity = |group: &Group| self.rules.get(group.rule.as_str()).map(|rule| rule.particulars.severity);
        match groups.iter().filter_map(severity).max() {
            Some(Severity::Serious) => weight + 1,
            Some(Severity::Note) => weight - 1,
            Some(Severity::Normal) | None => weight,
        }
    }

    /// What a run finds about a signal that is still open.
    async fn update(
        &mut self,
        tx: &mut Tx,
        stored: Stored<Signal>,
        mut rules: BTreeMap<String, Vec<Hit>>,
    ) -> Result<(), Failure> {
        let ctx = self.ctx;
        let (seen, mut signal) = (stored.version, stored.value);
        let Some(mut claims) = signal.claims.take() else { return Ok(()) };
        let mut changes = vec![];
        // An inspection or a case looks at what was found; a verdict is not taken from under it.
        let judging = matches!(signal.state.name(), "open" | "asked" | "replied" | "confirmed");
        let mut groups = vec![];
        for old in std::mem::take(&mut claims.groups) {
            let now = rules.remove(&old.rule).unwrap_or_default();
            let (kept, change) = self.compared(tx, old, now, judging).await?;
            groups.extend(kept);
            changes.extend(change);
        }
        for (rule, hits) in rules {
            let group = self.group(tx, &rule, hits).await?;
            let why = self.why(&group, &group.versions);
            changes.push(self.change(&group, why, group.sum.hits, 0, None));
            groups.push(group);
        }
        groups.sort_by(|a, b| a.rule.cmp(&b.rule));
        claims.groups = groups;
        if changes.is_empty() {
            self.went.same += 1;
            return Ok(());
        }
        let text = said(&changes);
        self.count(&changes);
        claims.changes.extend(changes);
        claims.screening = self.id;
        let (gone, judged) = (claims.groups.is_empty(), claims.is_judged());
        let confirmed = matches!(signal.state, State::Confirmed { .. });
        if !gone {
            signal.weight = self.weight(&claims.groups);
        }
        signal.claims = Some(claims);
        let (by, today) = (&ctx.actor, ctx.today());
        let kind = if gone && judging {
            let reason = text.clone();
            signal = signal.apply(Action::Withdraw { reason }, by, today).map_err(Refusal::from)?;
            self.went.withdrawn += 1;
            "signal.withdrawn"
        } else {
            if confirmed && !judged {
                let due = ctx.deadline("signal_handle", today)?;
                signal = signal.apply(Action::Return { due }, by, today).map_err(Refusal::from)?;
            }
            self.went.changed += 1;
            "signal.corrected"
        };
        records::save(tx, ctx, &signal, seen, Event::new(kind, text)).await?;
        Ok(())
    }

    /// A group beside the hits that its rule has now: what is left of it, and what changed.
    async fn compared(
        &mut self,
        tx: &mut Tx,
        old: Group,
        now: Vec<Hit>,
        judging: bool,
    ) -> Result<(Option<Group>, Option<Change>), Failure> {
        let before = keep::read_ids_in(tx, &old.ids).await?;
        let ids: BTreeSet<&str> = now.iter().map(|hit| hit.id.as_str()).collect();
        let added = ids.iter().filter(|id| !before.contains(**id)).count() as u64;
        let gone: BTreeSet<String> = before.iter().filter(|id| !ids.contains(id.as_str())).cloned().collect();
        if added == 0 && gone.is_empty() {
            return Ok((Some(old), None));
        }
        let evidence = self.of_gone(tx, &old, &gone).await?;
        let versions = now.iter().map(|hit| hit.version).collect();
        let why = self.why(&old, &versions);
        let change = self.change(&old, why, added, gone.len() as u64, evidence);
        let mut verdict = old.verdict;
        if judging {
            if verdict.is_some() {
                service::count_in(tx, self.ctx, &old.rule, verdict.as_ref(), None).await?;
            }
            verdict = None;
        } else if let Some(verdict) = &mut verdict {
            verdict.outdated = true;
        }
        let group = match (now.is_empty(), judging) {
            (true, true) => None,
            // Nothing is left, but somebody is looking at it: it stays, with nothing in it.
            (true, false) => {
                let empty = Group { sum: Sum::default(), parts: vec![], evidence: vec![], verdict, ..old };
                Some(Group { ids: keep::ids_in(tx, &BTreeSet::new()).await?, ..empty })
            }
            (false, _) => Some(Group { verdict, ..self.group(tx, &old.rule, now).await? }),
        };
        Ok((group, Some(change)))
    }

    /// A signal that has ended: its hits are taken out of `rules`, and what it had and is no more is written down.
    async fn corrected(
        &mut self,
        tx: &mut Tx,
        stored: Stored<Signal>,
        rules: &mut BTreeMap<String, Vec<Hit>>,
    ) -> Result<(), Failure> {
        let (seen, mut signal) = (stored.version, stored.value);
        let Some(mut claims) = signal.claims.take() else { return Ok(()) };
        let mut changes = vec![];
        for group in &mut claims.groups {
            let before = keep::read_ids_in(tx, &group.ids).await?;
            let now = rules.entry(group.rule.clone()).or_default();
            let versions: BTreeSet<u32> = now.iter().map(|hit| hit.version).collect();
            let found: BTreeSet<String> =
                now.extract_if(.., |hit| before.contains(&hit.id)).map(|hit| hit.id).collect();
            let gone: BTreeSet<String> = before.difference(&found).cloned().collect();
            if gone.is_empty() {
                continue;
            }
            let evidence = self.of_gone(tx, group, &gone).await?;
            let why = self.why(group, &versions);
            changes.push(self.change(group, why, 0, gone.len() as u64, evidence));
            group.ids = keep::ids_in(tx, &found).await?;
            if let Some(verdict) = &mut group.verdict {
                verdict.outdated = true;
            }
        }
        if changes.is_empty() {
            self.went.same += 1;
            return Ok(());
        }
        self.count(&changes);
        self.went.changed += 1;
        let text = format!("办结后数据更正：{}", said(&changes));
        claims.changes.extend(changes);
        signal.claims = Some(claims);
        records::save(tx, self.ctx, &signal, seen, Event::new("signal.corrected", text)).await?;
        Ok(())
    }

    /// Signals of months that the run read, at institutions where it found nothing any more.
    async fn fallen_away(&mut self) -> Result<(), Failure> {
        let ctx = self.ctx;
        let Some(first) = self.run.months.first().cloned() else { return Ok(()) };
        for stored in records::all::<Signal>(ctx, &Filter::default()).await? {
            let Some(claims) = &stored.claims else { continue };
            // Hits that found no institution are not gone: the registry does not know their code at the moment.
            if self.rows.iter().any(|row| row.institution.is_none() && row.code == claims.code) {
                continue;
            }
            // Months before the run's were pruned; nothing is known of them now.
            if self.touched.contains(&stored.id) || claims.month < first || stored.state.name() == "withdrawn" {
                continue;
            }
            let mut tx = ctx.begin().await?;
            if Signal::FINAL.contains(&stored.state.name()) {
                self.corrected(&mut tx, stored, &mut BTreeMap::new()).await?;
            } else {
                self.update(&mut tx, stored, BTreeMap::new()).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes the run down; from now on it is there.
    async fn close(mut self) -> Result<Stored<Screening>, Failure> {
        let (ctx, run) = (self.ctx, self.run);
        self.rows.sort_by(|a, b| b.sum().amount.cmp(&a.sum().amount).then_with(|| a.code.cmp(&b.code)));
        let of_rule = |rule: &GivenRule| OfRule {
            rule: rule.id.clone(),
            name: rule.particulars.name.clone(),
            title: rule.particulars.title.clone(),
            trial: rule.state == super::rule::State::Trial,
            totals: rule.totals,
        };
        let mut tx = ctx.begin().await?;
        let screening = Screening {
            id: self.id,
            name: run.name.clone(),
            data_version: run.data_version,
            months: run.months.clone(),
            lines: run.lines,
            amount: run.amount,
            deliveries: run.deliveries.clone(),
            rules: run.rules.iter().filter(|rule| rule.state.is_run()).count() as u64,
            by_rule: run
                .rules
                .iter()
                .filter(|rule| rule.totals.sum.hits > 0 || rule.totals.not_judged > 0)
                .map(of_rule)
                .collect(),
            by_institution: self.rows,
            went: self.went,
            department: self.department,
            division: ctx.policy().city.division.clone(),
            created_at: ctx.now(),
        };
        let live = screening.live();
        let event = Event::new("screening.accepted", format!("医保筛查：命中{}处，涉及{}元", live.hits, live.amount));
        records::insert(&mut tx, ctx, &screening, event).await?;
        tx.commit().await?;
        Ok(Stored { version: 1, value: screening })
    }

    fn count(&mut self, changes: &[Change]) {
        self.went.added_hits += changes.iter().map(|change| change.added).sum::<u64>();
        self.went.withdrawn_hits += changes.iter().map(|change| change.withdrawn).sum::<u64>();
    }

    /// Why hits of a group came or went: the rule is no longer in force, it says something else now, or the data do.
    fn why(&self, group: &Group, now: &BTreeSet<u32>) -> &'static str {
        let rule = self.rules.get(group.rule.as_str()).filter(|rule| rule.state == super::rule::State::Live);
        let Some(rule) = rule else { return "规则不再启用" };
        let is_known = |version| version == rule.version || rule.others.iter().any(|other| other.version == version);
        let is_gone = group.versions.iter().any(|version| !is_known(*version));
        let is_newer = !group.versions.is_empty() && now.iter().any(|version| !group.versions.contains(version));
        if is_gone || is_newer { "规则更新" } else { "数据更正" }
    }

    fn change(&self, group: &Group, why: &str, added: u64, withdrawn: u64, evidence: Option<Parcel>) -> Change {
        Change {
            screening: self.id,
            on: self.ctx.today(),
            rule: group.rule.clone(),
            name: group.name.clone(),
            added,
            withdrawn,
            evidence,
            why: why.to_owned(),
        }
    }

    /// What was kept of hits that are no more.
    async fn of_gone(&self, tx: &mut Tx, group: &Group, gone: &BTreeSet<String>) -> Result<Option<Parcel>, Failure> {
        if gone.is_empty() {
            return Ok(None);
        }
        let mut hits = vec![];
        for parcel in &group.evidence {
            hits.extend(service::evidence(self.ctx, parcel).await?.into_iter().filter(|hit| gone.contains(&hit.id)));
        }
        hits.truncate(keep::PARCEL);
        Ok(keep::parcels_in(tx, hits).await?.into_iter().next())
    }

    /// Puts the hits of a rule together and keeps their evidence.
    async fn group(&self, tx: &mut Tx, rule: &str, mut hits: Vec<Hit>) -> Result<Group, Failure> {
        let given = self.rules.get(rule).ok_or_else(|| Error::Missing(format!("rule {rule} of the run")))?;
        let sum = Sum::of(&hits);
        let mut parts: BTreeMap<(Option<String>, Option<String>), Sum> = BTreeMap::new();
        for hit in &hits {
            let part = parts.entry((hit.department.clone(), hit.doctor.clone())).or_default();
            *part = part.plus(Sum { hits: 1, amount: hit.amount });
        }
        let mut parts: Vec<Part> =
            parts.into_iter().map(|((department, doctor), sum)| Part { department, doctor, sum }).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.sum.amount));
        let ids = keep::ids_in(tx, &hits.iter().map(|hit| hit.id.clone()).collect()).await?;
        let result = hits.iter().map(|hit| hit.result).min().unwrap_or(given.particulars.result);
        hits.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.id.cmp(&b.id)));
        hits.truncate(KEPT);
        Ok(Group {
            rule: rule.to_owned(),
            name: given.particulars.name.clone(),
            title: given.particulars.title.clone(),
            versions: hits.iter().map(|hit| hit.version).collect(),
            result,
            sum,
            parts,
            evidence: keep::parcels_in(tx, hits).await?,
            ids,
            verdict: None,
        })
    }
}

/// Signals from screening about an institution.
async fn signals_in(tx: &mut Tx, ctx: &Ctx, institution: InstitutionId) -> Result<Vec<Stored<Signal>>, Failure> {
    let filter = Filter { subject: Some(SubjectRef::Institution(institution)), ..Filter::default() };
    let all = records::all_in::<Signal>(tx, ctx, &filter).await?;
    Ok(all.into_iter().filter(|signal| signal.claims.is_some()).collect())
}

fn said(changes: &[Change]) -> String {
    let one = |change: &Change| {
        let mut what = vec![];
        if change.added > 0 {
            what.push(format!("新增{}处", change.added));
        }
        if change.withdrawn > 0 {
            what.push(format!("撤回{}处", change.withdrawn));
        }
        format!("“{}”{}（{}）", change.name, what.join("、"), change.why)
    };
    changes.iter().map(one).collect::<Vec<_>>().join("；")
}
