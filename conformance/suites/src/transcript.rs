//! Sessions with command-line tools: what was typed and what was answered, in a text file.
//!
//! ```text
//! ## topics
//! $ kafka-topics --create --topic orders --partitions 3
//!     Created topic orders.
//! $ kafka-topics --create --topic orders
//!     Error while executing topic command : Topic 'orders' already exists.
//!     [exit 1]
//! ```
//! A line with `$` is a command; the lines below it are its output, with what differs from run to run replaced. After
//! `|` stands how the output is reduced before it is compared, after `<<<` what is typed into it.

use anyhow::{Result, bail};

/// A named session on a broker of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line after `$`, as it stands.
    pub(crate) line: String,
    /// The lines that were recorded, without their indentation.
    pub(crate) output: Vec<String>,
}

/// How output is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reduce {
    /// Not at all.
    AsItIs,
    /// Lines in the order of the alphabet: where the order is free.
    Sort,
    /// JSON events by their names.
    Events,
    /// Every number becomes `N`: where only the shape can be compared.
    Shape,
    /// The shape of the last line: where those before it come at their time.
    Last,
}

/// A step's line, read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation<'a> {
    pub(crate) tool: &'a str,
    pub(crate) arguments: Vec<&'a str>,
    pub(crate) reduce: Reduce,
    /// Lines for its standard input; `\n` in the text begins a new one.
    pub(crate) input: String,
}

/// Reads a file of sessions.
pub(crate) fn parse(text: &str) -> Result<Vec<Session>> {
    let mut sessions: Vec<Session> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if let Some(name) = line.strip_prefix("## ") {
            sessions.push(Session { name: name.to_owned(), steps: Vec::new() });
        } else if let Some(step) = line.strip_prefix("$ ") {
            let Some(session) = sessions.last_mut() else {
                bail!("line {number}: `## NAME` expected before a command")
            };
            invocation(step).map_err(|error| error.context(format!("line {number}")))?;
            session.steps.push(Step { line: step.to_owned(), output: Vec::new() });
        } else if let Some(output) = line.strip_prefix("    ") {
            match sessions.last_mut().and_then(|session| session.steps.last_mut()) {
                Some(step) => step.output.push(output.to_owned()),
                None => bail!("line {number}: `$ COMMAND` expected before its output"),
            }
        } else if !line.is_empty() && !line.starts_with("# ") {
            bail!("line {number}: `## NAME`, `$ COMMAND` or indented output expected, found {line:?}");
        }
    }
    Ok(sessions)
}

/// Writes what [`parse`] reads.
pub(crate) fn to_text(heading: &str, sessions: &[Session]) -> String {
    let mut text = format!("# {heading}\n");
    for session in sessions {
        text.push_str(&format!("\n## {}\n", session.name));
        for step in &session.steps {
            text.push_str(&format!("$ {}\n", step.line));
            step.output.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
        }
    }
    text
}

/// Reads the line of a step.
pub(crate) fn invocation(line: &str) -> Result<Invocation<'_>> {
    let (line, input) = line.split_once(" <<< ").unwrap_or((line, ""));
    let (command, reduce) = line.split_once(" | ").unwrap_or((line, ""));
    let reduce = match reduce.trim() {
        "" => Reduce::AsItIs,
        "sort" => Reduce::Sort,
        "events" => Reduce::Events,
        "shape" => Reduce::Shape,
        "last" => Reduce::Last,
        other => bail!("sort, events, shape or last expected after `|`, found {other:?}"),
    };
    let mut words = command.split_whitespace();
    let Some(tool) = words.next() else { bail!("the name of a tool expected") };
    let input = if input.is_empty() { String::new() } else { format!("{}\n", input.replace("\\n", "\n")) };
    Ok(Invocation { tool, arguments: words.collect(), reduce, input })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_reads_back_as_it_was_written() {
        let text = "# tools\n\n## one\n$ kafka-topics --list | sort\n    a\n    b\n$ kafka-groups --list\n";
        let sessions = parse(text).unwrap();
        assert_eq!(sessions[0].steps[0].output, ["a", "b"]);
        assert_eq!(to_text("tools", &sessions), text);
    }

    #[test]
    fn a_line_says_what_is_typed_and_how_its_output_is_reduced() {
        let read = invocation("kafka-console-producer --topic a | shape <<< one\\ntwo").unwrap();
        assert_eq!(read.tool, "kafka-console-producer");
        assert_eq!(read.arguments, ["--topic", "a"]);
        assert_eq!(read.reduce, Reduce::Shape);
        assert_eq!(read.input, "one\ntwo\n");
    }

    #[test]
    fn mistakes_are_named_by_their_line() {
        assert!(parse("# tools\n$ kafka-topics\n").unwrap_err().to_string().starts_with("line 2: "));
        let error = parse("## one\n$ kafka-topics | sord\n").unwrap_err();
        assert_eq!(format!("{error:#}"), "line 2: sort, events, shape or last expected after `|`, found \"sord\"");
    }
}
