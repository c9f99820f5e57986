//! The pages for other languages: their files are written out and their commands run, as a reader would do it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::output::{Outcome, Output};
use super::tally::Tally;
use crate::program::{KAFKA_TRIAL, build, path as program_path};

/// A page, and the programs that its commands need.
const PAGES: [(&str, &[(&str, &str)]); 3] = [
    ("docs/go.md", &[("go", "version")]),
    ("docs/java.md", &[("java", "-version"), ("mvn", "--version")]),
    ("docs/node.md", &[("node", "--version"), ("npm", "--version")]),
];

/// Runs the pages whose toolchains are here.
pub(crate) fn test(output: &Output) -> Result<Outcome> {
    output.passes(build())?;
    let mut tally = Tally::default();
    for (page, programs) in PAGES {
        if let Some((absent, _)) = programs.iter().find(|(program, version)| !is_here(program, version)) {
            output.line(&format!("{page}: skipped, {absent} is not on this machine"))?;
            tally.skipped += 1;
            continue;
        }
        match follow(page, output) {
            Ok(()) => {
                output.line(&format!("{page}: ok"))?;
                tally.passed += 1;
            }
            Err(error) => {
                output.line(&format!("{page}: {error:#}"))?;
                tally.failed += 1;
            }
        }
    }
    Ok(Outcome::Counted(tally))
}

fn is_here(program: &str, version: &str) -> bool {
    let status = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Writes the files of a page into a folder of its own and runs its commands there.
fn follow(page: &str, output: &Output) -> Result<()> {
    let name = Path::new(page).file_stem().context("the page has no name")?;
    let folder = Path::new("target/pages").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut commands = String::new();
    for block in blocks(&fs::read_to_string(page)?)? {
        match block.file {
            Some(file) => {
                let path = folder.join(file);
                fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                fs::write(&path, block.text)?;
            }
            None => commands.push_str(&block.text),
        }
    }
    let built = program_path(KAFKA_TRIAL)?.parent().context("a program lies in a folder")?.to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(built).chain(std::env::split_paths(&path)))?;
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &commands]).env("PATH", path).stdin(Stdio::null()).current_dir(&folder);
    output.passes(shell).map(drop)
}

/// A fenced block: a file where its first line names one behind the language, else commands.
struct Block {
    file: Option<PathBuf>,
    text: String,
}

fn blocks(page: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match info.split_once(' ') {
            Some((_, file)) => blocks.push(Block { file: Some(file.into()), text }),
            None if info == "sh" => blocks.push(Block { file: None, text }),
            None => bail!("a block of {info:?} names no file and is no command"),
        }
    }
    Ok(blocks)
}
