//! Protobuf schemas: read as written, printed anew and compared by the numbers of fields.
//!
//! The model keeps what descriptors lose (how a type is named, which label stands there, the order of options), since that is
//! what makes two texts one schema. `lex` and `parse`: from text; `descriptor`: from and to a `FileDescriptorProto`; `print`:
//! the text; `normalize`: the text that ignores order; `types`: what names mean; `compare`: which changes break readers.
//!
//! Values: `raw` takes bytes apart, `read` and `write` know the schema, `well_known` how Google's own messages look.

mod builtin;
mod compare;
mod descriptor;
mod lex;
mod normalize;
mod parse;
mod print;
mod raw;
mod read;
mod types;
mod well_known;
mod wire;
mod write;

pub(crate) use self::compare::differences;
use crate::schema::Dependency;

/// A `.proto` file, with the files that it imports.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProtoFile {
    syntax: Option<String>,
    package: Option<String>,
    imports: Vec<String>,
    public_imports: Vec<String>,
    options: Vec<ProtoOption>,
    types: Vec<Type>,
    extends: Vec<Extend>,
    services: Vec<Service>,
    dependencies: Vec<Imported>,
}

/// A file behind an import.
#[derive(Clone, Debug)]
struct Imported {
    /// The subject and version that it is kept as; none for what is built in.
    reference: Option<(String, i32)>,
    file: ProtoFile,
}

#[derive(Clone, Debug)]
enum Type {
    Message(Message),
    Enum(Enum),
}

impl Type {
    fn name(&self) -> &str {
        match self {
            Self::Message(message) => &message.name,
            Self::Enum(enumeration) => &enumeration.name,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Message {
    name: String,
    is_proto3: bool,
    reserved: Vec<Vec<Reserved>>,
    options: Vec<ProtoOption>,
    fields: Vec<Field>,
    oneofs: Vec<Oneof>,
    groups: Vec<Group>,
    extensions: Vec<Extensions>,
    extends: Vec<Extend>,
    types: Vec<Type>,
}

#[derive(Clone, Debug)]
enum Reserved {
    Name(String),
    Number(i64),
    /// Up to and with the last one; none for `max`.
    Range(i64, Option<i64>),
}

#[derive(Clone, Debug)]
struct Extensions {
    ranges: Vec<Reserved>,
    options: Vec<ProtoOption>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Optional,
    Required,
    Repeated,
}

impl Label {
    fn word(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Repeated => "repeated",
        }
    }
}

#[derive(Clone, Debug)]
struct Field {
    label: Option<Label>,
    kind: FieldType,
    name: String,
    number: i64,
    /// `default` and `json_name` come last, as they do in the text.
    options: Vec<ProtoOption>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum FieldType {
    /// A scalar, or a name as it is written.
    Named(String),
    Map(String, String),
}

#[derive(Clone, Debug, Default)]
struct Oneof {
    name: String,
    options: Vec<ProtoOption>,
    fields: Vec<Field>,
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    label: Option<Label>,
    name: String,
    number: i64,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Extend {
    name: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, Default)]
struct Enum {
    name: String,
    reserved: Vec<Vec<Reserved>>,
    options: Vec<ProtoOption>,
    values: Vec<EnumValue>,
}

#[derive(Clone, Debug)]
struct EnumValue {
    name: String,
    number: i64,
    options: Vec<ProtoOption>,
}

#[derive(Clone, Debug)]
struct Service {
    name: String,
    options: Vec<ProtoOption>,
    rpcs: Vec<Rpc>,
}

#[derive(Clone, Debug)]
struct Rpc {
    name: String,
    request: (bool, String),
    response: (bool, String),
    options: Vec<ProtoOption>,
}

/// An option: `name = value`, the name with its parentheses and all parts as written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ProtoOption {
    name: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    String(String),
    /// A number, `true`, `false` or the name of a value.
    Word(String),
    Map(Vec<(String, Value)>),
    List(Vec<Value>),
}

/// The paths that a text imports, public ones too; none where it does not parse.
pub(crate) fn imports(text: &str) -> Vec<String> {
    let file = parse::parse(text).unwrap_or_default();
    file.imports.into_iter().chain(file.public_imports).collect()
}

impl ProtoFile {
    /// Reads a text, or the base64 of a `FileDescriptorProto`.
    pub(crate) fn parse(text: &str, dependencies: &[Dependency]) -> Result<Self, String> {
        let mut file = Self::read(text)?;
        for dependency in dependencies {
            let reference = Some((dependency.subject.clone(), dependency.version));
            let imported = Self::read(&dependency.text).map_err(|error| format!("{}: {error}", dependency.name))?;
            file.dependencies.push(Imported { reference, file: imported });
        }
        let every = file.dependencies.iter().map(|imported| &imported.file).chain([&file]);
        let imports = every.flat_map(|file| file.imports.iter().chain(&file.public_imports)).cloned();
        let imports: std::collections::BTreeSet<String> = imports.collect();
        for import in &imports {
            file.dependencies.extend(builtin::file(import).map(|file| Imported { reference: None, file }));
        }
        types::check(&file)?;
        Ok(file)
    }

    fn read(text: &str) -> Result<Self, String> {
        // What a descriptor says goes through the parser too: it may hold anything.
        parse::parse(text)
            .or_else(|error| descriptor::decode(text).map_or(Err(error), |file| parse::parse(&file.text())))
    }

    /// The base64 of its `FileDescriptorProto`.
    pub(crate) fn serialized(&self) -> String {
        descriptor::encode(self)
    }
}
