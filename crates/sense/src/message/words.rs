//! Looking a message through for the words of the pack: which stand where, what they point to, and what they add up to. Whole numbers only.

use std::collections::BTreeMap;
use xingjian_kernel::LocalDate;
use xingjian_policy::{Policy, WordsFor};

/// From this score on a message is taken to concern health: one strong word, or two that are clear.
pub const HEALTH_FROM: i32 = 5;
/// From these scores on a message is urgent, or to be watched.
const URGENT_FROM: i32 = 5;
const WATCH_FROM: i32 = 3;

/// A word of the pack.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: Vec<char>,
    weight: i32,
    points_to: WordsFor,
    topic: Option<String>,
}

/// The words of the pack on a day, longest first by their first character.
#[derive(Clone, Debug)]
pub struct Words(BTreeMap<char, Vec<Word>>);

/// A word that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The word.
    pub word: String,
    /// What it adds; twice its weight in the title, below zero where it points elsewhere.
    pub adds: i32,
    /// What it points to.
    pub points_to: WordsFor,
    /// Topic, where it points to one.
    pub topic: Option<String>,
}

/// What the words say about a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Every word once, those that add most first.
    pub marks: Vec<Mark>,
    /// What the words for and against health add up to.
    pub health: i32,
    /// What the words for haste add up to.
    pub haste: i32,
    /// What the words take it for.
    pub kind: Kind,
}

/// What a message may be: an id of the complaint kinds of the pack. A petition is one by how it comes, which no word says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// 投诉
    #[default]
    Complaint,
    /// 举报
    Report,
    /// 咨询
    Question,
}

impl Kind {
    const fn of(question: i32, report: i32) -> Self {
        if report > 0 && report >= question {
            Self::Report
        } else if question > 0 {
            Self::Question
        } else {
            Self::Complaint
        }
    }

    /// Its id in the pack.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Report => "report",
            Self::Question => "question",
        }
    }
}

/// How fast somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// In its turn.
    Plain,
    /// Soon.
    Watch,
    /// Now.
    Urgent,
}

impl Urgency {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Plain => "一般",
            Self::Watch => "关注",
            Self::Urgent => "紧急",
        }
    }
}

impl Words {
    /// The words of a pack that are in force on a day.
    pub fn of(policy: &Policy, on: LocalDate) -> Self {
        let mut words: BTreeMap<char, Vec<Word>> = BTreeMap::new();
        for list in policy.topic_words(on) {
            for (word, weight) in list.weighted() {
                let text: Vec<char> = word.chars().collect();
                let Some(first) = text.first().copied() else { continue };
                let word =
                    Word { text, weight: i32::from(weight), points_to: list.points_to, topic: list.topic.clone() };
                words.entry(first).or_default().push(word);
            }
        }
        for list in words.values_mut() {
            list.sort_by_key(|word| std::cmp::Reverse(word.text.len()));
        }
        Self(words)
    }

    /// Every word that stands at a place, several where lists share one; the longest counts.
    fn at(&self, text: &[char]) -> Vec<&Word> {
        let Some(list) = text.first().and_then(|first| self.0.get(first)) else { return vec![] };
        let Some(longest) = list.iter().find(|word| text.starts_with(&word.text)) else { return vec![] };
        list.iter().filter(|word| word.text == longest.text).collect()
    }

    /// What stands in a title and a text.
    pub fn look(&self, title: &str, text: &str) -> Look {
        let mut found: BTreeMap<(String, WordsFor), Mark> = BTreeMap::new();
        for (part, times) in [(title, 2), (text, 1)] {
            let chars: Vec<char> = part.chars().collect();
            let mut at = 0;
            while at < chars.len() {
                let words = self.at(&chars[at..]);
                for word in &words {
                    let sign = if word.points_to == WordsFor::Elsewhere { -1 } else { 1 };
                    let mark = Mark {
                        word: word.text.iter().collect(),
                        adds: sign * times * word.weight,
                        points_to: word.points_to,
                        topic: word.topic.clone(),
                    };
                    // The title is looked at first, and counts double.
                    found.entry((mark.word.clone(), mark.points_to)).or_insert(mark);
                }
                at += words.first().map_or(1, |word| word.text.len());
            }
        }
        let mut marks: Vec<Mark> = found.into_values().collect();
        marks.sort_by_key(|mark| (std::cmp::Reverse(mark.adds.abs()), mark.word.clone()));
        let sum =
            |of: &[WordsFor]| marks.iter().filter(|mark| of.contains(&mark.points_to)).map(|mark| mark.adds).sum();
        Look {
            health: sum(&[WordsFor::Topic, WordsFor::Health, WordsFor::Elsewhere]),
            haste: sum(&[WordsFor::Urgent]),
            kind: Kind::of(sum(&[WordsFor::Question]), sum(&[WordsFor::Report])),
            marks,
        }
    }

    /// A text in runs with what each points to; runs without are plain.
    pub fn runs(&self, text: &str) -> Vec<(Option<WordsFor>, String)> {
        let chars: Vec<char> = text.chars().collect();
        let mut runs: Vec<(Option<WordsFor>, String)> = vec![];
        let mut at = 0;
        while at < chars.len() {
            let word = self.at(&chars[at..]).first().map(|word| (word.points_to, word.text.len()));
            let (points_to, end) = word.map_or((None, at + 1), |(points_to, length)| (Some(points_to), at + length));
            let piece: String = chars[at..end].iter().collect();
            match runs.last_mut().filter(|run| run.0.is_none() && points_to.is_none()) {
                Some(run) => run.1.push_str(&piece),
                None => runs.push((points_to, piece)),
            }
            at = end;
        }
        runs
    }
}

impl Look {
    /// Whether the words alone take it to concern health.
    pub const fn is_health(&self) -> bool {
        self.health >= HEALTH_FROM
    }

    /// How fast somebody should look.
    pub const fn urgency(&self) -> Urgency {
        match self.haste {
            URGENT_FROM.. => Urgency::Urgent,
            WATCH_FROM.. => Urgency::Watch,
            _ => Urgency::Plain,
        }
    }

    /// The topic whose words add most, and how much; the first by name where two are equal.
    pub fn topic(&self) -> Option<(&str, i32)> {
        let mut topics: BTreeMap<&str, i32> = BTreeMap::new();
        for mark in &self.marks {
            if let Some(topic) = &mark.topic {
                *topics.entry(topic).or_default() += mark.adds;
            }
        }
        topics.into_iter().min_by_key(|(topic, adds)| (std::cmp::Reverse(*adds), *topic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_testkit::policy_dir;

    fn words() -> Words {
        let policy = Policy::load(&policy_dir(), "zhuhai").unwrap();
        Words::of(&policy, LocalDate::constant(2026, 11, 22))
    }

    fn told(title: &str, text: &str) -> String {
        let look = words().look(title, text);
        let marks: Vec<String> = look.marks.iter().map(|mark| format!("{}{:+}", mark.word, mark.adds)).collect();
        format!(
            "{} {} {:?} {}：{}",
            look.health,
            look.is_health(),
            look.topic(),
            look.urgency().label(),
            marks.join(" ")
        )
    }

    #[test]
    fn words_add_up_and_the_longest_counts() {
        expect_test::expect![[r#"19 true Some(("非法行医", 19)) 关注：黑诊所+10 上门打针+3 昏迷+3 没有执照+3 游医+3"#]]
            .assert_eq(&told("演示街有个黑诊所", "没有执照的游医上门打针，有人昏迷"));
        expect_test::expect!["-13 false None 一般：医疗保险-10 怎么办理+6 退休-3 住院+1 职工-1"]
            .assert_eq(&told("医疗保险怎么办理", "我是退休职工，单位没有给交医疗保险，住院不能报销"));
        expect_test::expect!["0 false None 一般："].assert_eq(&told("", ""));
    }

    #[test]
    fn runs_are_the_text() {
        let text = "在演示医院住院，医生收红包；小区停车难";
        let runs = words().runs(text);
        assert_eq!(runs.iter().map(|(_, run)| run.as_str()).collect::<String>(), text);
        let marked: Vec<&str> = runs.iter().filter(|run| run.0.is_some()).map(|(_, run)| run.as_str()).collect();
        assert_eq!(marked, ["医院", "住院", "医生收红包", "小区", "停车"]);
    }
}
