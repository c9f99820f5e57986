//! `--help`, the page that is written from it, and completions.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::output;

/// Each command of the page with its help; those that only hold others have none of their own words.
#[test]
fn help_teaches_with_examples() {
    let page = output(&["reference"]).1;
    let sections: Vec<&str> =
        page.split("\n## ").flat_map(|part| part.split("\n### ")).flat_map(|part| part.split("\n#### ")).collect();
    assert!(sections.len() > 20, "{page}");
    for section in sections.iter().skip(1).filter(|section| !section.contains("\nCommands:\n")) {
        assert!(section.contains("\nExample"), "{section}");
    }
    assert!(output(&["--help"]).1.contains("Exit status"));
}

#[test]
fn the_page_about_the_command_has_the_words_of_its_help() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command.md");
    let (status, stdout, stderr) = output(&["reference"]);
    assert_eq!(status, Some(0), "{stderr}");
    let stale = "docs/command.md is stale: cargo run -p kafka-trial-cli -- reference > docs/command.md";
    assert!(std::fs::read_to_string(page).is_ok_and(|page| page == stdout), "{stale}");
    assert!(stdout.contains("## kafka-trial check") && stdout.contains("### kafka-trial groups reset"), "{stdout}");
}

#[test]
fn completions_are_read_by_the_shells_that_are_here() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, script, stderr) = output(&["completions", shell]);
        assert_eq!(status, Some(0), "{stderr}");
        assert!(script.contains("groups") && script.contains("exit-with-parent"), "{shell}: {script}");
    }
    let script = output(&["completions", "bash"]).1;
    let ask =
        "COMP_WORDS=(kafka-trial topi); COMP_CWORD=1; _kafka__trial kafka-trial topi kafka-trial; echo ${COMPREPLY[@]}";
    let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    write!(bash.stdin.take().unwrap(), "{script}\n{ask}\n").unwrap();
    let completed = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(completed.stdout).unwrap().trim(), "topics");
}
