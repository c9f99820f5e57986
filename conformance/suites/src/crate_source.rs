//! The sources of a published crate, tests included, as cargo fetches them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::place::Place;
use crate::process::succeed;

/// A crate of crates.io at one version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Published {
    /// Copies the crate's folder to `<place>/source`, once, and lets `finish` change the copy.
    pub(crate) fn copy(&self, place: &Place, finish: fn(&Path, &Place) -> Result<()>) -> Result<PathBuf> {
        place.once("source", |source| {
            let from = self.fetch(place)?;
            copy_folder(&from, source)?;
            leave_our_workspace(&source.join("Cargo.toml"))?;
            finish(source, place)
        })
    }

    /// Makes a crate that depends on it, and asks cargo where it put the sources.
    fn fetch(&self, place: &Place) -> Result<PathBuf> {
        let (name, version) = (self.name, self.version);
        let folder = place.join("fetch");
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("src/lib.rs"), "")?;
        let manifest = format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
             [dependencies]\n{name} = \"={version}\"\n"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        let log = place.log("fetch")?;
        succeed(cargo().args(["metadata", "--format-version", "1"]).current_dir(&folder), &log)?;
        let metadata: Value = serde_json::from_str(&log.output()?)?;
        let packages = metadata.get("packages").and_then(Value::as_array).context("cargo metadata gave no packages")?;
        for package in packages {
            if package.get("name").and_then(Value::as_str) == Some(name) {
                let path = package.get("manifest_path").and_then(Value::as_str).context("a package without a path")?;
                return Ok(Path::new(path).parent().context("a manifest without a folder")?.to_owned());
            }
        }
        bail!("cargo metadata does not know {name} {version}")
    }
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What the surrounding `cargo run` has set is about this crate.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_PKG_NAME");
    command
}

/// A package below another's folder has to say that it is not a member of that one's workspace.
fn leave_our_workspace(manifest: &Path) -> Result<()> {
    let mut text = std::fs::read_to_string(manifest)?;
    if !text.lines().any(|line| line == "[workspace]") {
        text.push_str("\n[workspace]\n");
        std::fs::write(manifest, text)?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
