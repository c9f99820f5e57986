//! The schema holds Kafka's message definitions, read from the compact text in `schema/kafka.txt`.
//!
//! Each message has one line (`kind key name versions flexible-versions`), followed by one line for each field,
//! indented by depth: `Name type versions [tag=N:versions] [null=versions] [default=…] [ignorable]
//! [flexible=versions]`. The build script makes the typed structs from it, and [`crate::view`] reads any message by it.

/// A range of versions; empty when `min > max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The lowest version.
    pub min: i16,
    /// The highest version.
    pub max: i16,
}

impl Versions {
    const NONE: Self = Self { min: 0, max: -1 };

    /// Returns whether `version` is in the range.
    pub fn contains(self, version: i16) -> bool {
        (self.min..=self.max).contains(&version)
    }

    /// Returns whether the range has no version.
    pub fn is_empty(self) -> bool {
        self.min > self.max
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::NONE);
        }
        if let Some(min) = text.strip_suffix('+') {
            return Some(Self { min: min.parse().ok()?, max: i16::MAX });
        }
        let (min, max) = text.split_once('-').unwrap_or((text, text));
        Some(Self { min: min.parse().ok()?, max: max.parse().ok()? })
    }
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message from a client.
    Request,
    /// A message to a client.
    Response,
    /// The header of a request or a response.
    Header,
    /// Data in a bytes field of a different message.
    Data,
    /// The key or the value of a record in a coordinator's topic.
    Record,
}

/// The type of a field, or of its elements if it is an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// One byte, 0 or 1.
    Bool,
    /// One byte.
    Int8,
    /// Two bytes.
    Int16,
    /// Two bytes, unsigned.
    Uint16,
    /// Four bytes.
    Int32,
    /// Eight bytes.
    Int64,
    /// Eight bytes, IEEE 754.
    Float64,
    /// Sixteen bytes.
    Uuid,
    /// UTF-8 after its length.
    String,
    /// Bytes after their length.
    Bytes,
    /// Record batches after their length.
    Records,
    /// A struct, by its name.
    Struct(String),
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in Kafka's spelling.
    pub name: String,
    /// The type of the field, or of its elements.
    pub r#type: Type,
    /// Whether the field is an array of `type`.
    pub is_array: bool,
    /// The versions that have the field.
    pub versions: Versions,
    /// The field's tag, and the versions in which it is a tagged field.
    pub tag: Option<(u32, Versions)>,
    /// The versions in which the field may be null.
    pub nullable: Versions,
    /// The default, if it differs from the type's own.
    pub default: Option<String>,
    /// Whether a value may be dropped if a version lacks the field.
    pub ignorable: bool,
    /// The flexible versions, if they differ from the message's.
    pub flexible: Option<Versions>,
    /// The least number of bytes that an element of an array takes in any version.
    pub least: usize,
}

/// A struct of a message.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The name in Kafka's spelling.
    pub name: String,
    /// The fields in wire order.
    pub fields: Vec<Field>,
}

/// A message. Its own fields are those of the first of its structs.
#[derive(Clone, Debug)]
pub struct Message {
    /// The kind of the message.
    pub kind: Kind,
    /// The API key of a request or a response; the type of a record.
    pub key: Option<i16>,
    /// The name in Kafka's spelling.
    pub name: String,
    /// The versions that Kafka's definitions allow.
    pub versions: Versions,
    /// The versions with compact lengths and tagged fields (KIP-482).
    pub flexible: Versions,
    /// The message itself, then the structs within.
    pub structs: Vec<Struct>,
}

impl Message {
    /// Returns a struct of the message by its name.
    pub fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.iter().find(|s| s.name == name)
    }

    fn least_size(&self, r#type: &Type, depth: usize) -> usize {
        match r#type {
            Type::Bool | Type::Int8 => 1,
            Type::Int16 | Type::Uint16 => 2,
            Type::Int32 => 4,
            Type::Int64 | Type::Float64 => 8,
            Type::Uuid => 16,
            Type::String | Type::Bytes | Type::Records => 1,
            Type::Struct(name) => {
                let Some(part) = self.find(name).filter(|_| depth < 8) else { return 1 };
                let of_version = |version: i16| -> usize {
                    let fields = part.fields.iter().filter(|field| {
                        field.versions.contains(version)
                            && !field.tag.is_some_and(|(_, tagged)| tagged.contains(version))
                    });
                    let size = |field: &Field| {
                        let nullable = !field.nullable.is_empty();
                        if field.is_array || nullable { 1 } else { self.least_size(&field.r#type, depth + 1) }
                    };
                    fields.map(size).sum::<usize>() + usize::from(self.flexible.contains(version))
                };
                (self.versions.min..=self.versions.max).map(of_version).min().unwrap_or(1).max(1)
            }
        }
    }
}

/// Reads the compact text. The error names the line.
pub fn parse(text: &str) -> Result<Vec<Message>, String> {
    let mut messages: Vec<Message> = Vec::new();
    // The struct to which the fields of each depth belong.
    let mut open: Vec<usize> = Vec::new();
    for (line, number) in text.lines().zip(1..).skip(1) {
        let wrong = |what: &str| format!("line {number}: {what}: {line}");
        let depth = line.len() - line.trim_start().len();
        let words: Vec<&str> = line.split_whitespace().collect();
        if depth == 0 {
            let [kind, key, name, versions, flexible] = *words else { return Err(wrong("five words expected")) };
            messages.push(Message {
                kind: match kind {
                    "request" => Kind::Request,
                    "response" => Kind::Response,
                    "header" => Kind::Header,
                    "data" => Kind::Data,
                    "record" => Kind::Record,
                    _ => return Err(wrong("unknown kind")),
                },
                key: key.parse().ok(),
                name: name.to_owned(),
                versions: Versions::parse(versions).ok_or_else(|| wrong("versions"))?,
                flexible: Versions::parse(flexible).ok_or_else(|| wrong("flexible versions"))?,
                structs: vec![Struct { name: name.to_owned(), fields: Vec::new() }],
            });
            open = vec![0];
            continue;
        }
        let message = messages.last_mut().ok_or_else(|| wrong("no message yet"))?;
        open.truncate(depth);
        let (name, rest) = words.split_first().ok_or_else(|| wrong("empty"))?;
        if let ("struct", [common]) = (*name, rest) {
            open.push(message.structs.len());
            message.structs.push(Struct { name: (*common).to_owned(), fields: Vec::new() });
            continue;
        }
        let field = field(name, rest).ok_or_else(|| wrong("not a field"))?;
        let owner = open.last().copied().ok_or_else(|| wrong("no struct"))?;
        let nested = match &field.r#type {
            Type::Struct(name) => Some(name.clone()),
            _ => None,
        };
        message.structs.get_mut(owner).ok_or_else(|| wrong("no struct"))?.fields.push(field);
        // A struct that is defined elsewhere in the message has no lines here; an empty one is dropped below.
        if let Some(name) = nested {
            open.push(message.structs.len());
            message.structs.push(Struct { name, fields: Vec::new() });
        }
    }
    for message in &mut messages {
        let described: Vec<String> =
            message.structs.iter().filter(|s| !s.fields.is_empty()).map(|s| s.name.clone()).collect();
        let top = message.name.clone();
        message.structs.retain(|s| !s.fields.is_empty() || s.name == top || !described.contains(&s.name));
        let whole = message.clone();
        for field in message.structs.iter_mut().flat_map(|part| &mut part.fields).filter(|field| field.is_array) {
            field.least = whole.least_size(&field.r#type, 0);
        }
    }
    Ok(messages)
}

fn field(name: &str, words: &[&str]) -> Option<Field> {
    let (type_name, rest) = words.split_first()?;
    let (versions, rest) = rest.split_first()?;
    let element = type_name.strip_prefix("[]");
    let mut field = Field {
        name: name.to_owned(),
        r#type: type_named(element.unwrap_or(type_name)),
        is_array: element.is_some(),
        versions: Versions::parse(versions)?,
        tag: None,
        nullable: Versions::NONE,
        default: None,
        ignorable: false,
        flexible: None,
        least: 1,
    };
    for word in rest {
        match word.split_once('=') {
            None if *word == "ignorable" => field.ignorable = true,
            Some(("tag", tag)) => {
                let (number, versions) = tag.split_once(':')?;
                field.tag = Some((number.parse().ok()?, Versions::parse(versions)?));
            }
            Some(("null", versions)) => field.nullable = Versions::parse(versions)?,
            Some(("default", default)) => field.default = Some(default.to_owned()),
            Some(("flexible", versions)) => field.flexible = Some(Versions::parse(versions)?),
            _ => return None,
        }
    }
    Some(field)
}

fn type_named(name: &str) -> Type {
    match name {
        "bool" => Type::Bool,
        "int8" => Type::Int8,
        "int16" => Type::Int16,
        "uint16" => Type::Uint16,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "float64" => Type::Float64,
        "uuid" => Type::Uuid,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "records" => Type::Records,
        other => Type::Struct(other.to_owned()),
    }
}
