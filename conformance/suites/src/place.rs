//! Where a suite lives: a folder of its own under `target/`, outside of what the repository holds.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::broker::Side;
use crate::process::Log;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of build results of the workspace.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of one suite.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
}

impl Place {
    /// `target/suites/<suite>`, made where it is missing.
    pub(crate) fn of(suite: &str) -> Result<Self> {
        let folder = target().join("suites").join(suite);
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { folder: folder.canonicalize()? })
    }

    /// A path in the folder.
    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The log of a preparing step.
    pub(crate) fn log(&self, name: &str) -> Result<Log> {
        Log::new(&self.folder.join("logs"), name)
    }

    /// The log of a test, or of a program with several.
    pub(crate) fn test_log(&self, side: Side, name: &str) -> Result<Log> {
        Log::new(&self.folder.join("logs").join(side.name()), name)
    }

    /// Runs `make` unless its result is there: it leaves `what` behind only when it went well.
    pub(crate) fn once(&self, what: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let path = self.folder.join(what);
        if !path.exists() {
            let unfinished = self.folder.join(format!("{what}.unfinished"));
            if unfinished.exists() {
                std::fs::remove_dir_all(&unfinished)?;
            }
            std::fs::create_dir_all(&unfinished)?;
            make(&unfinished)?;
            std::fs::rename(&unfinished, &path)?;
        }
        Ok(path)
    }
}
