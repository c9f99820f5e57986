//! RE2/J refuses some patterns, in its own words.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    self, Ast, ErrorKind, Flag, FlagsItem, FlagsItemKind, RepetitionKind, RepetitionRange, Visitor,
};

/// The most repetitions that RE2 accepts.
const MOST_REPEATS: u32 = 1000;

/// Checks a rewritten pattern. The error is RE2/J's text.
pub(super) fn check(rewritten: &str) -> Result<(), &'static str> {
    let ast = Parser::new().parse(rewritten).map_err(|error| reason(error.kind()))?;
    ast::visit(&ast, Refused)
}

/// Returns RE2/J's text for an error of the `regex` crate.
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

/// Finds the constructs that RE2 refuses and the `regex` crate accepts.
struct Refused;

impl Visitor for Refused {
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
