//! A file of a folder: what its name says, and its text.

use std::path::{Path, PathBuf};

use crate::query::decode;
use crate::schema::SchemaType;

/// A file with a schema.
#[derive(Clone, Debug)]
pub(crate) struct SchemaFile {
    /// From the folder, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) subject: String,
    /// The number in its name. Without one it is the newest of its subject.
    pub(crate) number: Option<u32>,
    pub(crate) kind: SchemaType,
    pub(crate) text: String,
}

impl SchemaFile {
    /// What the name of a file says; `None` for a file that is no schema.
    pub(super) fn named(path: &Path, text: impl FnOnce() -> std::io::Result<String>) -> std::io::Result<Option<Self>> {
        let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
        let (Some(stem), Some(extension)) = (part(path.file_stem()), part(path.extension())) else {
            return Ok(None);
        };
        let kind = match extension.as_str() {
            "avsc" => SchemaType::Avro,
            "json" => SchemaType::Json,
            "proto" => SchemaType::Protobuf,
            _ => return Ok(None),
        };
        let number = stem.strip_prefix('v').and_then(|number| number.parse().ok());
        let folder = part(path.parent().and_then(Path::file_name)).filter(|_| number.is_some());
        let number = number.filter(|_| folder.is_some());
        let subject = decode(&folder.unwrap_or(stem)).into_owned();
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        Ok(Some(Self { path: parts.join("/"), subject, number, kind, text: text()? }))
    }

    /// The folder that it is in, with a `/` at the end; empty for the folder itself.
    pub(super) fn around(&self) -> &str {
        self.path.rfind('/').and_then(|slash| self.path.get(..=slash)).unwrap_or_default()
    }

    pub(super) fn relative(&self) -> PathBuf {
        PathBuf::from(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_subject() {
        let named = |path: &str| {
            let file = SchemaFile::named(Path::new(path), || Ok(String::new())).unwrap();
            file.map(|file| (file.subject, file.number))
        };
        let subject = |name: &str, number| Some((name.to_owned(), number));
        assert_eq!(named("orders-value.avsc"), subject("orders-value", None));
        assert_eq!(named("shop/orders-value.proto"), subject("orders-value", None));
        assert_eq!(named("shop/orders-value/v12.json"), subject("orders-value", Some(12)));
        assert_eq!(named("shop%2Forders.json"), subject("shop/orders", None));
        assert_eq!(named("v1.avsc"), subject("v1", None));
        assert_eq!(named("README.md"), None);
    }
}
