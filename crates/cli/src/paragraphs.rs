//! What stands below the options of `--help`, as wide as the terminal: its lines are those of the source otherwise.

use clap::Command;

/// The command and all below it, with each paragraph as one line, which clap wraps.
pub(crate) fn flowing(command: Command) -> Command {
    let text = command.get_after_help().map(ToString::to_string);
    let command = match text {
        Some(text) => command.after_help(joined(&text)),
        None => command,
    };
    command.mut_subcommands(flowing)
}

/// Joins a line to the one ahead of it where both are prose. What is indented or ends in a colon stays as it is.
fn joined(text: &str) -> String {
    let mut all = String::new();
    let mut is_open = false;
    for line in text.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if !all.is_empty() {
            all.push(if is_open && is_prose { ' ' } else { '\n' });
        }
        all.push_str(line);
        is_open = is_prose && !line.ends_with(':');
    }
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn prose_is_joined_and_examples_are_not() {
        let text = "One sentence\nand another.\n\nExamples:\n  one\n  two\n\nThe end\nof it.";
        assert_eq!(super::joined(text), "One sentence and another.\n\nExamples:\n  one\n  two\n\nThe end of it.");
    }
}
