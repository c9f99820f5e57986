//! Subscriptions by regular expression, which the coordinator resolves (KIP-848).
//!
//! Kafka reads them with RE2/J; here they are read by the `regex` crate, once RE2's syntax is rewritten ([`super::re2`]).
//! A topic matches when its whole name does.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    self, Ast, ErrorKind, Flag, FlagsItem, FlagsItemKind, RepetitionKind, RepetitionRange, Visitor,
};

use super::re2::rewrite;
use super::{ConsumerGroup, GroupView};
use crate::Refusal;
use crate::Time;

/// Expressions are not resolved again before this (`REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`).
const LEAST_REFRESH_INTERVAL_MS: i64 = 10_000;

/// How often RE2 lets something be repeated.
const MOST_REPEATS: u32 = 1000;

/// What an expression stood for when it was resolved.
#[derive(Clone, Debug)]
pub(super) struct ResolvedRegex {
    pub(super) topics: BTreeSet<String>,
    at: Time,
    /// How many topics had been created by then.
    created: u64,
}

/// What a member's change of its expression means.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RegexChange {
    pub(super) is_changed: bool,
    /// What it stands for is known already.
    pub(super) is_resolved: bool,
}

impl ConsumerGroup {
    /// A member is subscribed to another expression. One that nobody had before must be valid.
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

    /// When the expressions were resolved; all are at the same time.
    pub(super) fn regexes_refreshed_at(&self) -> Option<Time> {
        self.regexes.values().next().map(|regex| regex.at)
    }

    /// Resolves the members' expressions when one is new, topics have come, or it was long ago; not soon after `last`.
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
            let Ok(compiled) = compile(&regex) else { continue };
            let names = view.topics.iter().map(|topic| &*topic.name);
            let topics: BTreeSet<String> = names.filter(|name| compiled.is_match(name)).map(str::to_owned).collect();
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

/// Reads an expression; it is to match whole names.
fn compile(regex: &str) -> Result<regex::Regex, Refusal> {
    let invalid = |reason: &str| {
        let message = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {reason}.");
        Refusal::new(ErrorCode::INVALID_REGULAR_EXPRESSION, message)
    };
    let rewritten = rewrite(regex).map_err(invalid)?;
    let ast = Parser::new().parse(&rewritten).map_err(|error| invalid(reason(error.kind())))?;
    ast::visit(&ast, Re2).map_err(invalid)?;
    regex::Regex::new(&format!("^(?:{rewritten})$")).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => invalid("expression too large"),
        _ => invalid("invalid character class range"),
    })
}

/// The words that RE2/J has for an error.
fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::GroupUnclosed => "missing closing )",
        ErrorKind::GroupUnopened => "regexp/syntax: internal error",
        ErrorKind::RepetitionMissing => "missing argument to repetition operator",
        ErrorKind::RepetitionCountInvalid => "invalid repeat count",
        ErrorKind::GroupNameInvalid | ErrorKind::GroupNameEmpty | ErrorKind::GroupNameUnexpectedEof => {
            "invalid named capture"
        }
        ErrorKind::GroupNameDuplicate { .. } => "duplicate capture group name",
        ErrorKind::NestLimitExceeded(_) => "expression nests too deeply",
        _ => "invalid or unsupported Perl syntax",
    }
}

/// Finds what RE2 refuses and the crate does not.
struct Re2;

impl Visitor for Re2 {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        let unsupported = |item: &FlagsItem| {
            matches!(item.kind, FlagsItemKind::Flag(Flag::IgnoreWhitespace | Flag::CRLF | Flag::Unicode))
        };
        match ast {
            Ast::Repetition(outer) if matches!(*outer.ast, Ast::Repetition(_)) => {
                Err("invalid nested repetition operator")
            }
            Ast::Repetition(repetition) => match &repetition.op.kind {
                RepetitionKind::Range(
                    RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n) | RepetitionRange::Bounded(_, n),
                ) if *n > MOST_REPEATS => Err("invalid repeat count"),
                _ => Ok(()),
            },
            Ast::Flags(set) if set.flags.items.iter().any(unsupported) => Err("invalid or unsupported Perl syntax"),
            Ast::Group(group) if group.flags().is_some_and(|flags| flags.items.iter().any(unsupported)) => {
                Err("invalid or unsupported Perl syntax")
            }
            _ => Ok(()),
        }
    }
}
