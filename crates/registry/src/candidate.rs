//! A schema that a client sends: parsed, printed, and ready to be compared.

use crate::body::SchemaRequest;
use crate::config::Config;
use crate::error::Refusal;
use crate::guid::Guid;
use crate::registry::Registry;
use crate::schema::{Metadata, Parsed, Reference, SchemaType};
use crate::state::Schema;
use crate::subject_name::SubjectName;

/// A schema that parses and is not kept yet.
pub(crate) struct Candidate {
    pub(crate) parsed: Parsed,
    pub(crate) kind: SchemaType,
    pub(crate) text: String,
    pub(crate) references: Vec<Reference>,
    /// As it was sent.
    pub(crate) metadata: Option<Metadata>,
}

impl Candidate {
    /// Parses what was sent, with the references that it names.
    pub(crate) fn new(
        registry: &Registry,
        subject: &SubjectName,
        request: SchemaRequest,
        config: &Config,
        normalize: bool,
    ) -> Result<Self, Refusal> {
        let kind = request.schema_type.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("AVRO");
        let kind = SchemaType::named(kind).ok_or_else(|| {
            Refusal::invalid_schema(format!("Invalid schema type {kind}: expected AVRO, JSON or PROTOBUF"))
        })?;
        let text = request.schema.filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| Refusal::invalid_schema("Empty schema"))?;
        let (references, dependencies) = registry.resolve(&request.references.unwrap_or_default(), subject)?;
        let invalid = |why: String| Refusal::invalid_schema(format!("Invalid schema of type {}: {why}", kind.name()));
        let parsed = Parsed::new(kind, &text, &dependencies).map_err(invalid)?;
        if config.settings.validate_fields == Some(true) {
            parsed.check_fields().map_err(invalid)?;
        }
        let is_normalized = normalize || config.settings.normalize == Some(true);
        let parsed = if is_normalized { parsed.normalized() } else { parsed };
        let text = parsed.text();
        Ok(Self {
            parsed,
            kind,
            text,
            references,
            metadata: request.metadata.filter(|sent| *sent != Metadata::default()),
        })
    }

    /// With metadata, as it would be kept.
    pub(crate) fn schema(&self, metadata: Option<Metadata>) -> Schema {
        Schema {
            kind: self.kind,
            text: self.text.clone(),
            references: self.references.clone(),
            guid: Guid::of(self.kind, &self.text, &self.references, metadata.as_ref()),
            identity: Guid::of(self.kind, &self.parsed.identity(), &self.references, None),
            metadata,
        }
    }
}

/// What was sent, or is inherited, with what is configured beneath and above it.
pub(crate) fn metadata_in_scope(sent: Option<Metadata>, config: &Config) -> Option<Metadata> {
    let layers = [config.settings.default_metadata.clone(), sent, config.settings.override_metadata.clone()];
    layers.into_iter().flatten().reduce(|below, above| below.overridden_by(&above))
}
