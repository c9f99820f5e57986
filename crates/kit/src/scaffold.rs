//! The two modules behind a project's own `from tests.integration.kafka_utils import …`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What is written, by file name.
const FILES: [(&str, &str); 3] = [
    ("__init__.py", ""),
    ("kafka_test_config.py", "from kafka_trial.kafka_test_config import *  # noqa: F403\n"),
    ("kafka_utils.py", "from kafka_trial.kafka_utils import *  # noqa: F403\n"),
];

/// Why nothing, or not everything, was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScaffoldError {
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

/// Writes the modules into a folder, which is made where it is missing, and gives the files that were written. Files
/// that are as they should be stay untouched, an `__init__.py` always; `force` replaces modules of other content.
pub fn scaffold(folder: &Path, force: bool) -> Result<Vec<PathBuf>, ScaffoldError> {
    let mut wanted = Vec::new();
    for (name, content) in FILES {
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(found) if found == content || name == "__init__.py" => {}
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
