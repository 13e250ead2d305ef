//! How well suggestions are, on labelled messages that were held back (`split`), beside two simple ways: to say the commonest, and to look for
//! five words.

use super::lines;
use super::model::{Decided, Model};
use super::split::is_held_back;
use super::triage::Tally;
use super::words::Words;
use xingjian_kernel::Fault;

/// What the simple way looks for.
pub const KEYWORDS: [&str; 5] = ["医院", "医生", "医疗", "卫生", "计生"];

/// How the columns of a labelled file are called, and which label is health.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Id of the message, which decides whether it is held back.
    pub id: String,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// Label.
    pub label: String,
    /// The label that is health.
    pub health: String,
}

/// Whether a message is taken to concern health.
type Way<'a> = &'a dyn Fn(&Labelled) -> bool;

/// A labelled message.
struct Labelled {
    id: String,
    title: String,
    text: String,
    health: bool,
}

/// What came out.
pub struct Measured {
    /// Messages that were judged, and those among them that concern health.
    pub judged: [usize; 2],
    /// Messages the model was trained on.
    pub trained_on: usize,
    /// Each way with what it did.
    pub ways: Vec<(&'static str, Tally)>,
}

/// Judges one part of a labelled file: the one that was held back, or the one to work with.
pub fn measure(words: &Words, bytes: &[u8], columns: &Columns, held_back: bool) -> Result<Measured, Fault> {
    let all = labelled(bytes, columns)?;
    let (judged, others): (Vec<&Labelled>, Vec<&Labelled>) =
        all.iter().partition(|message| is_held_back(&message.id) == held_back);
    // Trained on what is worked with, also where that is what is judged: then its figures say nothing, as it is told.
    let train: Vec<&Labelled> = if held_back { others } else { judged.clone() };
    let decided: Vec<Decided<'_>> = train
        .iter()
        .map(|message| Decided {
            title: &message.title,
            text: &message.text,
            look: words.look(&message.title, &message.text),
            health: message.health,
        })
        .collect();
    let model = Model::train(&decided);
    let commonest = train.iter().filter(|message| message.health).count() * 2 > train.len();
    let keyword =
        |message: &Labelled| KEYWORDS.iter().any(|word| message.title.contains(word) || message.text.contains(word));
    let by_words = |message: &Labelled| words.look(&message.title, &message.text).is_health();
    let by_model = |message: &Labelled| {
        let look = words.look(&message.title, &message.text);
        model.odds(&message.title, &message.text, &look) > 0
    };
    let ways: [(&str, Way<'_>); 4] = [
        ("多数类（一律判为最常见的一类）", &|_| commonest),
        ("关键词（医院、医生、医疗、卫生、计生之一）", &keyword),
        ("词表（政策包）", &by_words),
        ("词表加训练的模型", &by_model),
    ];
    let tally = |way: Way<'_>| {
        let mut tally = Tally::default();
        for message in &judged {
            tally.count(way(message), message.health, true);
        }
        tally
    };
    Ok(Measured {
        judged: [judged.len(), judged.iter().filter(|message| message.health).count()],
        trained_on: train.len(),
        ways: ways.into_iter().map(|(name, way)| (name, tally(way))).collect(),
    })
}

fn labelled(bytes: &[u8], columns: &Columns) -> Result<Vec<Labelled>, Fault> {
    let table = lines::read(bytes, &[&columns.text])?;
    let at = |name: &str| {
        let found = table.columns.iter().position(|column| column == name);
        found.ok_or_else(|| Fault::new("文件", name, "没有这一列", format!("表头为：{}", table.columns.join("、"))))
    };
    let (id, title, text, label) = (at(&columns.id)?, at(&columns.title)?, at(&columns.text)?, at(&columns.label)?);
    if let Some(row) = table.unreadable.first() {
        return Err(row.fault.clone());
    }
    let message = |(_, cells): &(usize, Vec<String>)| Labelled {
        id: cells[id].trim().to_owned(),
        title: cells[title].clone(),
        text: cells[text].clone(),
        health: cells[label].trim() == columns.health,
    };
    Ok(table.rows.iter().map(message).collect())
}
