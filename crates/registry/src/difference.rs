//! One difference between two schemas that the asked level forbids.

/// Why data of one schema cannot be read by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// As `READER_FIELD_MISSING_DEFAULT_VALUE`; empty where the comparison itself failed.
    pub(crate) kind: &'static str,
    /// With `%s` for the two schemas, the reader's first: `new` and `old`, or the other way round.
    pub(crate) description: String,
    /// What Avro's checks add to it.
    pub(crate) additional: Option<String>,
    /// Where it is.
    pub(crate) path: String,
}

impl Difference {
    /// As it stands in `messages`: it looks like JSON, and consoles take type and description out of it. The quotes of each
    /// format are Confluent's.
    pub(crate) fn message(&self, reader: &str, writer: &str) -> String {
        let (kind, description) = (self.kind, self.description.replacen("%s", reader, 1).replacen("%s", writer, 1));
        if kind.is_empty() {
            return description;
        }
        match &self.additional {
            Some(additional) => {
                format!("{{errorType:'{kind}', description:'{description}', additionalInfo:'{additional}'}}")
            }
            None => format!("{{errorType:\"{kind}\", description:\"{description}\"}}"),
        }
    }
}
