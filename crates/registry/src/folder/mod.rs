//! A folder of schemas, to be registered as a whole.
//!
//! `file`: what the name of a file says. `references`: which files a file refers to. `load`: registering in an order in which
//! each file comes after those that it refers to, and what became of each.

mod file;
mod load;
mod references;

use std::io;
use std::path::{Path, PathBuf};

use self::file::SchemaFile;
pub use self::load::{FolderSchema, LoadedSchema, Registered, SchemaProblem};

/// The most files that are read.
const MOST_FILES: usize = 20_000;
/// The largest file that is read, in bytes: as large as a request may be.
const MOST_BYTES: u64 = 4_000_000;
/// The deepest that folders may stand in one another.
const DEEPEST: usize = 32;

/// The schemas of a folder: `.avsc` is Avro, `.json` JSON Schema, `.proto` Protobuf. Other files, names that start with a
/// dot, and links to folders are left out.
///
/// | file | subject |
/// |---|---|
/// | `orders-value.avsc`, `shop/orders-value.avsc` | `orders-value`; the folder says nothing |
/// | `orders-value/v1.avsc`, `orders-value/v2.avsc` | two versions of `orders-value`, in the order of their numbers |
/// | `shop%2Forders.avsc` | `shop/orders`: names are percent-decoded |
/// | `shop/money.proto`, which another file imports | `shop/money.proto`: the path of the import, as serializers expect it |
///
/// References are found by what each language says: Avro by the full name of a type that another file defines, JSON Schema by
/// a `$ref` to another file (seen from its own folder) or to the `$id` of one, Protobuf by the path of an import (seen from the
/// folder of schemas, or else from the file's own). A name that several files define must have a file of its own.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("kafka-trial-schemas-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("orders-value.avsc"), "\"string\"")?;
/// use kafka_trial_registry::{SchemaFolder, SchemaRegistry};
///
/// let registry = SchemaRegistry::start()?;
/// for schema in registry.load(&SchemaFolder::read(&folder)?) {
///     assert_eq!((schema.subject.as_str(), schema.problem), ("orders-value", None));
/// }
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SchemaFolder {
    root: PathBuf,
    files: Vec<SchemaFile>,
}

impl SchemaFolder {
    /// Reads all schemas of a folder. A folder without any is an error.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, FolderError> {
        let root = folder.as_ref().to_owned();
        let mut files = Vec::new();
        read(&root, Path::new(""), 0, &mut files)?;
        if files.is_empty() {
            return Err(FolderError::Empty { folder: root });
        }
        for file in references::imported(&files) {
            if let Some(file) = files.get_mut(file).filter(|file| file.number.is_none()) {
                file.subject.clone_from(&file.path);
            }
        }
        files.sort_by(|a, b| {
            let key = |file: &SchemaFile| (file.subject.clone(), file.number.unwrap_or(u32::MAX), file.path.clone());
            key(a).cmp(&key(b))
        });
        Ok(Self { root, files })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The subjects of its files, each once, in alphabetical order.
    pub fn subjects(&self) -> Vec<&str> {
        let mut subjects: Vec<&str> = self.files.iter().map(|file| file.subject.as_str()).collect();
        subjects.dedup();
        subjects
    }
}

fn read(root: &Path, inside: &Path, depth: usize, files: &mut Vec<SchemaFile>) -> Result<(), FolderError> {
    let folder = root.join(inside);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Unreadable { path, source }
    };
    if depth > DEEPEST || files.len() > MOST_FILES {
        return Err(FolderError::TooLarge { folder });
    }
    let mut entries = std::fs::read_dir(&folder)
        .and_then(|entries| entries.collect::<io::Result<Vec<_>>>())
        .map_err(failed(&folder))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (path, full) = (inside.join(&name), entry.path());
        // A link to a folder may lead around in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            read(root, &path, depth + 1, files)?;
        } else if !full.is_dir() {
            let file = SchemaFile::named(&path, || text(&full)).map_err(failed(&full))?;
            files.extend(file);
        }
    }
    Ok(())
}

/// The text of a file. What is no plain file, such as a pipe, may have no end.
fn text(path: &Path) -> io::Result<String> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    if about.len() > MOST_BYTES {
        return Err(io::Error::other("it is larger than 4 MB"));
    }
    std::fs::read_to_string(path)
}

/// Why a folder of schemas cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file or a folder cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no schema in the folder.
    #[error("{}: no schemas: expected files that end in .avsc, .json or .proto", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// There are more files, or more folders in one another, than are read.
    #[error("{}: more than 20,000 schemas, or folders nested deeper than 32", folder.display())]
    TooLarge {
        /// The folder that was one too many.
        folder: PathBuf,
    },
}
