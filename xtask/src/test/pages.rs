//! The example projects, run as their pages say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::output::{Outcome, Output};
use super::python::NEWEST;
use super::tally::Tally;
use crate::program::{KAFKA_TRIAL, build, path as program_path};

/// A project in `examples`.
struct Project {
    folder: &'static str,
    /// The page with its files and commands.
    page: &'static str,
    /// Programs that the commands need, each with the argument that shows its version.
    programs: &'static [(&'static str, &'static str)],
}

/// The projects. The one for Rust belongs to the workspace, so that the Rust tests run it.
const PROJECTS: [Project; 4] = [
    Project { folder: "python", page: "examples/python/README.md", programs: &[] },
    Project { folder: "go", page: "docs/go.md", programs: &[("go", "version")] },
    Project { folder: "java", page: "docs/java.md", programs: &[("java", "-version"), ("mvn", "--version")] },
    Project { folder: "node", page: "docs/node.md", programs: &[("node", "--version"), ("npm", "--version")] },
];

/// Runs the projects whose toolchains are here.
pub(crate) fn test(output: &Output) -> Result<Outcome> {
    output.passes(build())?;
    let mut tally = Tally::default();
    for project in PROJECTS {
        let folder = project.folder;
        if let Some(absent) = project.absent() {
            output.line(&format!("examples/{folder}: skipped, {absent} is not on this machine"))?;
            tally.skipped += 1;
            continue;
        }
        match project.follow(output) {
            Ok(()) => {
                output.line(&format!("examples/{folder}: ok"))?;
                tally.passed += 1;
            }
            Err(error) => {
                output.line(&format!("examples/{folder}: {error:#}"))?;
                tally.failed += 1;
            }
        }
    }
    Ok(Outcome::Counted(tally))
}

impl Project {
    /// A program that it needs and this machine does not have.
    fn absent(&self) -> Option<&'static str> {
        if self.folder == "python" && !NEWEST.program("pytest").exists() {
            return Some("the environment of the check python-build");
        }
        self.programs.iter().find(|(program, version)| !is_here(program, version)).map(|(program, _)| *program)
    }

    /// Copies the project, compares the files that its page shows, and runs the page's commands in the copy.
    fn follow(&self, output: &Output) -> Result<()> {
        let source = Path::new("examples").join(self.folder);
        let copy = Path::new("target/pages").join(self.folder);
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_folder(&source, &copy)?;
        let mut commands = String::new();
        for block in blocks(&fs::read_to_string(self.page)?)? {
            match block.file {
                Some(file) => {
                    let path = source.join(&file);
                    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                    let (page, file) = (self.page, path.display());
                    ensure!(text == block.text, "{page} shows {file} as it is not: copy the file into the page");
                }
                None => commands.push_str(&block.text),
            }
        }
        ensure!(!commands.is_empty(), "{} has no command in a block of `sh`", self.page);
        let built = program_path(KAFKA_TRIAL)?;
        let python = std::env::current_dir()?.join(NEWEST.program("pytest"));
        let own = [built, python].into_iter().filter_map(|path| path.parent().map(Path::to_owned));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(own.chain(std::env::split_paths(&path)))?;
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &commands]).env("PATH", path).current_dir(&copy);
        output.passes(shell).map(drop)
    }
}

fn is_here(program: &str, version: &str) -> bool {
    let status = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Copies what the project's authors wrote: neither hidden files nor those that tools leave behind.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        let left_behind = ["target", "node_modules", "__pycache__"].iter().any(|left| name == *left);
        if left_behind || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// A fenced block: a file if its first line names one after the language, otherwise commands.
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
