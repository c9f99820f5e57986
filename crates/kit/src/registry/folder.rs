//! The schemas of a folder, registered over HTTP, so that any registry gets them.

use std::path::{Path, PathBuf};

use kafka_trial_registry::{FolderSchema, Registered, SchemaFolder, SchemaProblem};

use super::{RegistryError, Schema, SchemaRegistry};

/// The code of a schema that is incompatible with an earlier version.
const INCOMPATIBLE: i64 = 409;

/// What came of loading a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedSchemas {
    /// The subjects that have their schemas now, each with the schema's id.
    pub registered: Vec<(String, i32)>,
    /// The files that were refused, each with the reason: no schema, or not compatible with the version before.
    pub refused: Vec<(PathBuf, String)>,
}

impl SchemaRegistry {
    /// Registers the schemas of a folder: [`SchemaFolder`] says how files are named and refer to each other. What is refused
    /// is told and holds up no other file. The error says why the folder cannot be read, or that the registry cannot be
    /// reached.
    pub fn load_folder(&self, folder: impl AsRef<Path>) -> Result<LoadedSchemas, RegistryError> {
        let folder = SchemaFolder::read(folder)?;
        let mut failure = None;
        let files = folder.register_with(|file| {
            if failure.is_some() {
                return Err(SchemaProblem::invalid("the registry failed before".to_owned()));
            }
            self.register_file(file).map_err(|error| match error {
                RegistryError::Refused { code, message, .. } if code / 100 == INCOMPATIBLE || code == INCOMPATIBLE => {
                    SchemaProblem::incompatible(vec![message])
                }
                RegistryError::Refused { message, .. } => SchemaProblem::invalid(message),
                error => {
                    let problem = SchemaProblem::invalid(error.to_string());
                    failure = Some(error);
                    problem
                }
            })
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        let mut loaded = LoadedSchemas::default();
        for file in files {
            match (file.problem, file.id) {
                (Some(problem), _) => {
                    loaded.refused.push((folder.path().join(&file.path), problem.reasons.join("; ")));
                }
                (None, Some(id)) => loaded.registered.push((file.subject, id)),
                (None, None) => {}
            }
        }
        Ok(loaded)
    }

    fn register_file(&self, file: &FolderSchema<'_>) -> Result<Registered, RegistryError> {
        let unknown = || RegistryError::Unexpected(format!("{} is no type of schema", file.schema_type));
        let mut schema = Schema::of_type(file.schema_type, file.text).ok_or_else(unknown)?;
        schema.references.clone_from(&file.references);
        let id = self.register(file.subject, &schema)?;
        // Not every registry says the version with the id.
        let version = self.lookup(file.subject, &schema)?.version;
        Ok(Registered { version, id, is_new: true })
    }
}
