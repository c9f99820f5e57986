//! The coordinator resolves subscriptions by regular expression to topics (KIP-848).
//!
//! A topic matches if its whole name does. Members with the same expression share its resolution.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;

use super::{ConsumerGroup, GroupView};
use crate::{Pattern, Refusal, Time};

/// The least time between two resolutions, in milliseconds (`REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`).
const LEAST_REFRESH_INTERVAL_MS: i64 = 10_000;

/// The topics that an expression matched when it was resolved.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedRegex {
    pub(crate) topics: BTreeSet<String>,
    pub(crate) at: Time,
    /// How many topics had been created by then.
    pub(crate) created: u64,
}

/// The effect of a member's change of its expression.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RegexChange {
    pub(super) is_changed: bool,
    /// Whether the topics of the new expression are known already.
    pub(super) is_resolved: bool,
}

impl ConsumerGroup {
    /// Changes a member's expression. An expression that no other member has must be valid.
    pub(super) fn change_regex(&mut self, before: &str, after: &str) -> Result<RegexChange, Refusal> {
        if before == after {
            return Ok(RegexChange::default());
        }
        let count = |regex: &str| self.members.values().filter(|member| member.regex == regex).count();
        if !after.is_empty() && count(after) == 0 {
            compile(after)?;
        }
        if count(before) == 1 {
            self.regexes.remove(before);
        }
        let is_resolved = if after.is_empty() { !before.is_empty() } else { self.regexes.contains_key(after) };
        Ok(RegexChange { is_changed: true, is_resolved })
    }

    /// Whether a member is subscribed to the expression and its topics are known.
    pub(crate) fn expression(&self, regex: &str) -> Option<&ResolvedRegex> {
        self.regexes.get(regex)
    }

    /// The expressions whose topics are known.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = (&str, &ResolvedRegex)> {
        self.regexes.iter().map(|(regex, resolved)| (regex.as_str(), resolved))
    }

    /// When the expressions were resolved, which happens to all of them at once.
    pub(super) fn regexes_refreshed_at(&self) -> Option<Time> {
        self.regexes.values().next().map(|regex| regex.at)
    }

    /// Resolves the members' expressions when one is new, topics were created, or the last resolution is old; never
    /// soon after `last`.
    pub(super) fn refresh_regexes(&mut self, last: Option<Time>, view: &GroupView<'_>, now: Time) {
        let wanted: BTreeSet<&String> = self.members.values().map(|member| &member.regex).collect();
        let wanted: BTreeSet<String> = wanted.into_iter().filter(|regex| !regex.is_empty()).cloned().collect();
        let passed = |ms: i64| last.is_none_or(|last| last.plus_millis(ms) < now);
        let has_new_topics = self.regexes.values().any(|regex| regex.created < view.topics.created());
        let is_old = passed(view.config.regex_refresh_interval_ms);
        let is_wanted = wanted.len() != self.regexes.len() || has_new_topics || is_old;
        if wanted.is_empty() || !passed(LEAST_REFRESH_INTERVAL_MS) || !is_wanted {
            return;
        }
        let mut has_changed = false;
        for regex in wanted {
            let Ok(pattern) = Pattern::compile(&regex) else { continue };
            let names = view.topics.iter().map(|topic| &*topic.name);
            let topics: BTreeSet<String> = names.filter(|name| pattern.is_match(name)).map(str::to_owned).collect();
            has_changed |= match self.regexes.get(&regex) {
                Some(known) => known.topics != topics,
                None => !topics.is_empty(),
            };
            self.regexes.insert(regex, ResolvedRegex { topics, at: now, created: view.topics.created() });
        }
        let topics = self.subscribed_topics(view);
        if has_changed || topics != self.topics {
            self.epoch += 1;
            self.topics = topics;
        }
    }
}

fn compile(regex: &str) -> Result<Pattern, Refusal> {
    Pattern::compile(regex).map_err(|error| {
        let message = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {error}.");
        Refusal::new(ErrorCode::INVALID_REGULAR_EXPRESSION, message)
    })
}
