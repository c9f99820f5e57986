//! `docs/command.md`: the page about the command, from the words of `--help`.

use std::fmt::Write as _;

use clap::Command;

const WIDTH: usize = 120;

/// The page as Markdown.
pub(crate) fn page(command: &Command) -> String {
    let mut page = String::from(
        "# The command\n\nWritten from the words of `--help`, by `cargo run -p kafka-trial-cli -- reference >\n\
         docs/command.md`; a test fails when it is stale.\n",
    );
    let mut root = command.clone().term_width(WIDTH).disable_help_subcommand(true);
    root.build();
    describe(&mut page, &mut root);
    page
}

fn describe(page: &mut String, command: &mut Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let level = name.split(' ').count();
    // Writing to a String cannot fail.
    let _ = write!(page, "\n{} {name}\n\n```text\n{}\n```\n", "#".repeat(level + 1), help(command));
    let inner: Vec<&mut Command> = command.get_subcommands_mut().filter(|inner| !inner.is_hide_set()).collect();
    inner.into_iter().for_each(|inner| describe(page, inner));
}

fn help(command: &mut Command) -> String {
    let help = command.render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}
