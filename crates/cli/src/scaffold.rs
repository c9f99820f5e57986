//! The two modules behind a project's own `from tests.integration.kafka_utils import …`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What makes a folder a package.
const PACKAGE: &str = "__init__.py";
/// Where a project's own import path begins: `tests.integration.kafka_utils`.
const TESTS: &str = "tests";
/// The modules, by file name.
const MODULES: [(&str, &str); 2] = [
    ("kafka_test_config.py", "from kafka_trial.kafka_test_config import *  # noqa: F403\n"),
    ("kafka_utils.py", "from kafka_trial.kafka_utils import *  # noqa: F403\n"),
];

/// Why nothing, or not everything, was written.
#[derive(Debug, Error)]
pub(crate) enum ScaffoldError {
    /// A file of that name holds something else; nothing was written.
    #[error("{} exists and is not what would be written; nothing was changed, --force replaces it", .0.display())]
    Exists(PathBuf),
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    File {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes the modules into a folder, which is made where it is missing, and returns the files that were written. The folder
/// becomes a package, and so do those between it and the last one named `tests`: without theirs pytest would not find
/// `tests.integration`. Files that are as they should be stay untouched, an `__init__.py` always; `force` replaces modules
/// of other content.
pub(crate) fn scaffold(folder: &Path, force: bool) -> Result<Vec<PathBuf>, ScaffoldError> {
    let mut wanted = Vec::new();
    let packages = packages(folder).map(|package| (package.join(PACKAGE), ""));
    let modules = MODULES.map(|(name, content)| (folder.join(name), content));
    for (path, content) in packages.chain(modules) {
        match fs::read_to_string(&path) {
            Ok(found) if found == content || content.is_empty() => {}
            Ok(_) if !force => return Err(ScaffoldError::Exists(path)),
            Ok(_) => wanted.push((path, content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => wanted.push((path, content)),
            Err(source) => return Err(ScaffoldError::File { path, source }),
        }
    }
    fs::create_dir_all(folder).map_err(|source| ScaffoldError::File { path: folder.to_owned(), source })?;
    let mut written = Vec::new();
    for (path, content) in wanted {
        fs::write(&path, content).map_err(|source| ScaffoldError::File { path: path.clone(), source })?;
        written.push(path);
    }
    Ok(written)
}

/// The folder and, where one above it is named `tests`, those up to there; the uppermost first.
fn packages(folder: &Path) -> impl Iterator<Item = &Path> {
    let is_tests = |path: &&Path| path.file_name().is_some_and(|name| name == TESTS);
    let depth = folder.ancestors().position(|path| is_tests(&path)).unwrap_or(0);
    let mut packages: Vec<&Path> = folder.ancestors().take(depth + 1).collect();
    packages.reverse();
    packages.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages_of(folder: &str) -> Vec<&str> {
        packages(Path::new(folder)).filter_map(Path::to_str).collect()
    }

    #[test]
    fn folders_are_packages_from_tests_on() {
        assert_eq!(packages_of("services/tests/integration"), ["services/tests", "services/tests/integration"]);
        assert_eq!(
            packages_of("/a/tests/b/tests/c/d"),
            ["/a/tests/b/tests", "/a/tests/b/tests/c", "/a/tests/b/tests/c/d"]
        );
        assert_eq!(packages_of("tests"), ["tests"]);
        assert_eq!(packages_of("services/integration"), ["services/integration"]);
    }
}
