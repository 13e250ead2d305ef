//! What is suggested about a message that nobody has read: whether it concerns health, which topic, how fast, whom it names. Always with its
//! words; a clerk decides, and what was decided is kept beside what was suggested, so that it can be counted how often that was right.

use super::interval::Share;
use super::model::{Decided, Model};
use super::words::{Kind, Look, Urgency, Words};
use crate::complaint::service::{self, Accept};
use crate::complaint::{Action, Complaint};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::id::{ComplaintId, InstitutionId, TriageModelId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, Permission, Sensitivity, SubjectRef, Timestamp};
use xingjian_registry::institution::Institution;
use xingjian_store::figures::{self, Counted};
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Order, Record, Stored, Table, records, tables};

/// Topic of what belongs to health and to no other topic.
const OTHER: &str = "其他";
/// A part of a name that is looked for by itself has at least so many characters.
const LEAST_NAME: usize = 5;
/// Pairs of characters that are shown as reasons.
const REASONS: usize = 6;
/// A model needs so many messages of each kind.
pub const LEAST_EACH: usize = 30;

/// An institution of the registry that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub id: InstitutionId,
    /// Its name.
    pub name: String,
    /// Why it is thought to be meant.
    pub why: String,
}

/// What is suggested about one message.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// What the words say.
    pub look: Look,
    /// Pairs of characters that weighed most, where a trained model was asked.
    pub pairs: Vec<(String, i64)>,
    /// Whether it concerns health.
    pub health: bool,
    /// The topic of the duty list, where it concerns health.
    pub topic: Option<String>,
    /// What it may be.
    pub kind: Kind,
    /// How fast somebody should look.
    pub urgency: Urgency,
    /// Whom it names.
    pub named: Vec<Named>,
    /// By what: `words`, or the id of a model.
    pub basis: String,
}

impl Suggestion {
    /// The words in one line, for reasons and lists.
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.look.marks.iter().take(REASONS).map(|mark| mark.word.as_str()).collect();
        if words.is_empty() { "没有词表中的词".to_owned() } else { words.join("、") }
    }
}

/// What was decided, beside what had been suggested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triaged {
    /// By what it was suggested: `words`, or the id of a model.
    pub basis: String,
    /// Suggested: it concerns health.
    pub suggested_health: bool,
    /// Suggested topic.
    pub suggested_topic: Option<String>,
    /// Decided: it concerns health.
    pub health: bool,
    /// Decided topic.
    pub topic: Option<String>,
}

/// A model that was trained; the newest is in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TriageModel {
    /// The id.
    pub id: TriageModelId,
    /// Messages it was trained on that concern health, and others.
    pub trained_on: [usize; 2],
    /// Its weights.
    pub model: Model,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When.
    pub created_at: Timestamp,
}

impl Record for TriageModel {
    const TABLE: Table = tables::TRIAGE_MODEL;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: "trained",
            owner: None,
            due: None,
            number: None,
            title: "来件分拣模型".into(),
            search: String::new(),
            created_at: self.created_at,
        }
    }
}

/// All that is asked for suggestions, read once.
pub struct Triage {
    words: Words,
    model: Option<TriageModel>,
    topics: Vec<String>,
    names: Option<Counted<Names>>,
}

/// Names that are looked for, so that a message costs its own length, however many names there are.
#[derive(Default)]
struct Names {
    /// How each begins, so that most places of a text are passed over.
    heads: BTreeSet<String>,
    /// How long they are, in bytes.
    lengths: BTreeSet<usize>,
    /// By what is looked for: the plain name, or a part of it.
    sought: BTreeMap<String, Vec<Named>>,
}

impl Triage {
    /// Words of the pack, the model in force, and the names of the registry that the context may see, read a short while ago at the most.
    pub async fn open(ctx: &Ctx) -> Result<Self, Failure> {
        let names = figures::counted(ctx, "names of institutions", Names::of(ctx)).await?;
        Ok(Self { names: Some(names), ..Self::without_names(ctx).await? })
    }

    /// The same for what an act keeps of a suggestion, which names nobody: reading the registry for each act would cost more the larger it is.
    async fn without_names(ctx: &Ctx) -> Result<Self, Failure> {
        Ok(Self {
            words: Words::of(ctx.policy(), ctx.today()),
            model: model_in_force(ctx).await?,
            topics: ctx.policy().topics(ctx.today()).into_iter().map(str::to_owned).collect(),
            names: None,
        })
    }

    /// The model in force.
    pub fn model(&self) -> Option<&TriageModel> {
        self.model.as_ref()
    }

    /// The words, for marking a text.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// What is suggested about a message.
    pub fn of(&self, about: &str, text: &str) -> Suggestion {
        let look = self.words.look(about, text);
        let (health, pairs, basis) = match &self.model {
            None => (look.is_health(), vec![], "words".to_owned()),
            Some(trained) => {
                let health = trained.model.odds(about, text, &look) > 0;
                (health, trained.model.reasons(about, text, REASONS), trained.id.to_string())
            }
        };
        let known = |topic: &str| self.topics.iter().any(|known| known == topic);
        let topic = look.topic().map(|(topic, _)| topic).filter(|topic| known(topic));
        let topic = topic.or_else(|| known(OTHER).then_some(OTHER)).filter(|_| health).map(str::to_owned);
        let (kind, urgency, named) = (look.kind, look.urgency(), self.named(about, text));
        Suggestion { look, pairs, health, topic, kind, urgency, named, basis }
    }

    /// Institutions whose name stands in the words; a name within a longer one that stands there too is not meant.
    fn named(&self, about: &str, text: &str) -> Vec<Named> {
        let plain = xingjian_registry::normal(&format!("{about}\n{text}"));
        let Some(known) = &self.names else { return vec![] };
        let found: Vec<(&str, &[Named])> =
            plain.char_indices().flat_map(|(at, _)| known.that_begin(&plain[at..])).collect();
        let within = |plain: &str| found.iter().any(|(other, _)| other.len() > plain.len() && other.contains(plain));
        let mut named: Vec<Named> = vec![];
        for institution in found.iter().filter(|(plain, _)| !within(plain)).flat_map(|(_, institutions)| *institutions)
        {
            if !named.iter().any(|other| other.id == institution.id) {
                named.push(institution.clone());
            }
        }
        named.sort_by(|a, b| a.name.cmp(&b.name));
        named
    }
}

impl Names {
    async fn of(ctx: &Ctx) -> Result<Self, Failure> {
        let mut names = Self::default();
        for (id, name) in records::titles::<Institution>(ctx).await? {
            if let Ok(id) = id.parse() {
                names.add(id, &name, &ctx.policy().city.name);
            }
        }
        Ok(names)
    }

    /// How an institution is looked for: its name, and its name without the city where enough is left of it.
    fn add(&mut self, id: InstitutionId, name: &str, city: &str) {
        let plain = xingjian_registry::normal(name);
        let city = city.trim_end_matches('市');
        let rest = plain.strip_prefix(city).map(|rest| rest.strip_prefix('市').unwrap_or(rest));
        let part = rest.map(|rest| (rest.to_owned(), format!("文中有“{rest}”，即登记名称“{name}”去掉城市名")));
        for (sought, why) in [(plain.clone(), format!("文中有登记名称“{name}”"))].into_iter().chain(part) {
            if let Some(head) = head(&sought) {
                self.heads.insert(head.to_owned());
                self.lengths.insert(sought.len());
                self.sought.entry(sought).or_default().push(Named { id, name: name.to_owned(), why });
            }
        }
    }

    /// What is looked for and stands at the beginning of a text, with whom it means.
    fn that_begin<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, &'a [Named])> {
        let known = head(text).is_some_and(|head| self.heads.contains(head));
        let lengths = self.lengths.iter().filter(move |_| known);
        lengths.filter_map(|length| {
            let part = text.get(..*length)?;
            Some((part, self.sought.get(part)?.as_slice()))
        })
    }
}

/// The first characters of a text, as many as the shortest name has that is looked for; none of a shorter text.
fn head(text: &str) -> Option<&str> {
    let (at, last) = text.char_indices().nth(LEAST_NAME - 1)?;
    Some(&text[..at + last.len_utf8()])
}

/// The model in force: the newest.
pub async fn model_in_force(ctx: &Ctx) -> Result<Option<TriageModel>, Failure> {
    let newest = Filter { order: Order::Newest, limit: 1, ..Filter::default() };
    let model = records::list::<TriageModel>(&ctx.seeing_all(), &newest).await?.rows.into_iter().next();
    Ok(model.map(|stored| stored.value))
}

/// What is to be kept of a decision.
pub(crate) async fn decided(
    ctx: &Ctx,
    complaint: &Complaint,
    health: bool,
    topic: Option<&str>,
) -> Result<Triaged, Failure> {
    let suggestion = Triage::without_names(ctx).await?.of(&complaint.about, &complaint.text);
    Ok(Triaged {
        basis: suggestion.basis,
        suggested_health: suggestion.health,
        suggested_topic: suggestion.topic,
        health,
        topic: topic.map(str::to_owned),
    })
}

/// What a clerk decides about a message that concerns health.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Complaint kind of the pack.
    pub kind: String,
    /// Topic of the duty list.
    pub topic: String,
    /// The institution it names, where it names one that is known.
    pub subject: Option<SubjectRef>,
}

/// Accepts a message as it was suggested or as the clerk corrected it; whom it names in the registry becomes a signal if it is a report.
pub async fn take(ctx: &Ctx, id: ComplaintId, seen: i64, taken: Taken) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let complaint = records::must::<Complaint>(ctx, id).await?;
    let suggestion = Triage::without_names(ctx).await?.of(&complaint.about, &complaint.text);
    let accept = Accept {
        reason: format!("分拣时按来件内容认定，词语：{}", suggestion.words()),
        open_signal: taken.subject.is_some() && taken.kind == Kind::Report.id(),
        kind: taken.kind,
        topic: taken.topic,
        subject: taken.subject.or(complaint.subject),
        unregistered: None,
    };
    service::accept(ctx, id, seen, accept).await
}

/// Declines a message that is another system's matter.
pub async fn pass(ctx: &Ctx, id: ComplaintId, seen: i64, reason: &str) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let complaint = records::must::<Complaint>(ctx, id).await?;
    let triaged = decided(ctx, &complaint, false, None).await?;
    service::act_as(ctx, id, seen, Action::Decline { reason: reason.trim().to_owned() }, Some(triaged)).await
}

/// How often what was suggested is what was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Suggested and decided: health.
    pub both: usize,
    /// Suggested health, decided otherwise.
    pub only_suggested: usize,
    /// Decided health, suggested otherwise.
    pub only_decided: usize,
    /// Suggested and decided: another system.
    pub neither: usize,
    /// Of `both`, those with the suggested topic.
    pub same_topic: usize,
}

impl Tally {
    /// Counts one message.
    pub fn count(&mut self, suggested: bool, decided: bool, same_topic: bool) {
        match (suggested, decided) {
            (true, true) => self.both += 1,
            (true, false) => self.only_suggested += 1,
            (false, true) => self.only_decided += 1,
            (false, false) => self.neither += 1,
        }
        self.same_topic += usize::from(suggested && decided && same_topic);
    }

    /// Of those suggested, those decided so.
    pub const fn precision(&self) -> Share {
        Share::new(self.both, self.both + self.only_suggested)
    }

    /// Of those decided so, those suggested.
    pub const fn recall(&self) -> Share {
        Share::new(self.both, self.both + self.only_decided)
    }

    /// Of all, those that were decided as suggested.
    pub const fn right(&self) -> Share {
        Share::new(self.both + self.neither, self.both + self.neither + self.only_suggested + self.only_decided)
    }

    /// Of those rightly taken for health, those whose topic was kept.
    pub const fn topic(&self) -> Share {
        Share::new(self.same_topic, self.both)
    }
}

/// Every complaint about which something was decided by this way, in sight.
async fn all_decided(ctx: &Ctx) -> Result<Vec<Stored<Complaint>>, Failure> {
    let states = ["accepted", "investigating", "answered", "closed", "declined"].map(str::to_owned).to_vec();
    let mut found =
        records::all::<Complaint>(ctx, &Filter { states, order: Order::Newest, ..Filter::default() }).await?;
    found.retain(|complaint| complaint.triage.is_some());
    Ok(found)
}

/// What was suggested against what was decided, by the words alone and by models.
pub async fn tally(ctx: &Ctx) -> Result<Counted<[Tally; 2]>, Failure> {
    figures::counted_alone(ctx, "triage", compared(ctx)).await
}

async fn compared(ctx: &Ctx) -> Result<[Tally; 2], Failure> {
    let mut tallies = [Tally::default(); 2];
    for triaged in all_decided(ctx).await?.iter().filter_map(|complaint| complaint.triage.as_ref()) {
        let same = triaged.suggested_topic == triaged.topic;
        tallies[usize::from(triaged.basis != "words")].count(triaged.suggested_health, triaged.health, same);
    }
    Ok(tallies)
}

/// Trains a model on what was decided here, and puts it in force.
pub async fn train(ctx: &Ctx) -> Result<TriageModel, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let words = Words::of(ctx.policy(), ctx.today());
    let mut complaints = all_decided(ctx).await?;
    complaints.sort_by_key(|complaint| complaint.id);
    let decided: Vec<Decided<'_>> = complaints
        .iter()
        .filter_map(|complaint| {
            let health = complaint.triage.as_ref()?.health;
            let look = words.look(&complaint.about, &complaint.text);
            Some(Decided { title: &complaint.about, text: &complaint.text, look, health })
        })
        .collect();
    let health = decided.iter().filter(|message| message.health).count();
    let trained_on = [health, decided.len() - health];
    if trained_on.iter().any(|count| *count < LEAST_EACH) {
        let reason = format!("已分拣的来件中属于卫生健康的{health}件、其他的{}件", trained_on[1]);
        let mend = format!("两类各有{LEAST_EACH}件以上再训练；在此之前按政策包的词表建议");
        return Err(Fault::new("已分拣的来件", "", reason, mend).into());
    }
    let model = TriageModel {
        id: ctx.new_id(),
        trained_on,
        model: Model::train(&decided),
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    let text = format!("训练来件分拣模型：卫生健康{}件、其他{}件", trained_on[0], trained_on[1]);
    records::insert(&mut tx, ctx, &model, Event::new("triage_model.trained", text)).await?;
    tx.commit().await?;
    Ok(model)
}
