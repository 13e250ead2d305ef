//! Messages that come as files: how their columns are called, and the words by which they are looked through.

use super::record;
use crate::words;

record! {
    /// How the columns of a file of messages are called. Each field lists the names under which a column may stand.
    pub struct MessageLayout {
        /// Name on screen.
        pub name: String,
        /// Channel of the pack that these messages come by.
        pub channel: String,
        /// Number of the message where it comes from; what is the same message twice.
        pub key: Vec<String>,
        /// Its title.
        pub title: Vec<String>,
        /// Its text.
        pub text: Vec<String>,
        /// Institution or place it is about.
        pub about: Vec<String>,
        /// Who sent it.
        pub reporter: Vec<String>,
        /// Telephone or other contact of the sender.
        pub contact: Vec<String>,
        /// When it was sent.
        pub sent_at: Vec<String>,
        /// What was answered, where it was answered before it came here.
        pub reply: Vec<String>,
        /// When it was answered.
        pub replied_at: Vec<String>,
    }
}

words! {
    /// What the words of a list point to.
    pub enum WordsFor {
        /// A topic of the duty list.
        Topic = "topic", "事项";
        /// Health, whatever the topic.
        Health = "health", "卫生健康";
        /// The matter of another system: housing, schools, wages.
        Elsewhere = "elsewhere", "其他系统";
        /// Haste.
        Urgent = "urgent", "紧急程度";
        /// Somebody asks.
        Question = "question", "咨询";
        /// Somebody reports a wrong.
        Report = "report", "举报";
    }
}

record! {
    /// Words that suggest what a message is about. They never decide.
    pub struct TopicWords {
        /// Name on screen.
        pub name: String,
        /// What they point to.
        pub points_to: WordsFor,
        /// The topic, where they point to one.
        pub topic: Option<String>,
        /// Words that say much.
        pub strong: Vec<String>,
        /// Words that say something.
        pub clear: Vec<String>,
        /// Words that say little by themselves.
        pub weak: Vec<String>,
    }
}

impl TopicWords {
    /// What a strong, a clear and a weak word count.
    pub const WEIGHTS: [u8; 3] = [5, 3, 1];

    /// Every word with what it counts.
    pub fn weighted(&self) -> impl Iterator<Item = (&str, u8)> {
        let [strong, clear, weak] = Self::WEIGHTS;
        self.strong
            .iter()
            .map(move |word| (word.as_str(), strong))
            .chain(self.clear.iter().map(move |word| (word.as_str(), clear)))
            .chain(self.weak.iter().map(move |word| (word.as_str(), weak)))
    }
}
