//! The way that a flow should take.

use std::time::Duration;

/// What dead-letter topics add to the names of the topics whose records they take, unless they are named: the reference
/// service's, Spring's and the common spellings.
const DEAD_LETTERS: [&str; 5] = [".dlq", "-dlt", ".DLT", "-dlq", ".DLQ"];

/// The topics of a flow in their order, and what should become of it on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    topics: Vec<String>,
    dead_letters: Option<Vec<String>>,
    within: Option<Duration>,
    group: Option<String>,
}

impl Route {
    /// From a request topic through others to a response topic.
    pub fn through<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self { topics: topics.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Where failed records go. By default each topic's name with `.dlq`, `-dlt`, `.DLT`, `-dlq` or `.DLQ`, as far as
    /// they exist.
    pub fn dead_letters<T: Into<String>>(mut self, topics: impl IntoIterator<Item = T>) -> Self {
        self.dead_letters = Some(topics.into_iter().map(Into::into).collect());
        self
    }

    /// How long each hop may take; a later answer is `answered_late`. By default as long as is waited.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// The group that handles the requests. By default each group that reads a topic is taken for one that should.
    pub fn handled_by(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The topics in their order.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    pub(super) fn limit(&self) -> Option<Duration> {
        self.within
    }

    pub(super) fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Every topic where a dead letter of the flow may be.
    pub(super) fn dead_letter_topics(&self) -> Vec<String> {
        match &self.dead_letters {
            Some(named) => named.clone(),
            None => {
                self.topics.iter().flat_map(|topic| DEAD_LETTERS.map(|suffix| format!("{topic}{suffix}"))).collect()
            }
        }
    }

    pub(super) fn is_dead_letter(&self, topic: &str) -> bool {
        match &self.dead_letters {
            Some(named) => named.iter().any(|known| known == topic),
            None => self.topic_of_dead_letters(topic).is_some(),
        }
    }

    /// The topic whose dead letters these are.
    fn topic_of_dead_letters(&self, topic: &str) -> Option<&str> {
        let of = |suffix: &&str| {
            let of = topic.strip_suffix(*suffix)?;
            self.topics.iter().map(String::as_str).find(|known| *known == of)
        };
        DEAD_LETTERS.iter().find_map(of)
    }

    /// The place of a topic in the route.
    pub(super) fn step_of(&self, topic: &str) -> Option<usize> {
        self.topics.iter().position(|known| known == topic)
    }

    /// The topic from which the route leads to this one.
    pub(super) fn before(&self, topic: &str) -> Option<&str> {
        if let Some(of) = self.topic_of_dead_letters(topic) {
            return Some(of);
        }
        if self.is_dead_letter(topic) {
            return self.topics.first().map(String::as_str);
        }
        let last = self.topics.iter().rposition(|known| known == topic)?;
        self.topics.get(last.checked_sub(1)?).map(String::as_str)
    }
}
