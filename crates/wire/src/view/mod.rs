//! The view reads and writes any message by field name, from the definitions of the typed structs.
//!
//! Journals, comparisons with other brokers and JSON output use it. It is slower than the typed structs and has code of
//! its own, so that each checks the other.

mod decode;
mod encode;
mod json;

use bytes::Bytes;

use crate::schema::{self, Kind, Message};
use crate::{ApiKey, Uuid};

const DATA: &str = include_str!("../../schema/kafka.txt");

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are Kafka's own types; all integers are one")]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Bytes),
    Uuid(Uuid),
    Array(Vec<Value>),
    /// Fields in wire order, by Kafka's names. Unknown tagged fields follow at the end under their numbers.
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// Returns a field of a struct.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Struct(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// All message definitions. The schema is a plain value, which its user owns.
#[derive(Clone, Debug)]
pub struct Schema {
    messages: Vec<Message>,
}

impl Schema {
    /// Reads the definitions that the crate carries.
    pub fn load() -> Self {
        // The build script has read the same text, so no error is possible.
        Self { messages: schema::parse(DATA).unwrap_or_default() }
    }

    /// Returns a message by Kafka's name.
    pub fn named(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }

    /// Returns the request of an API.
    pub fn request(&self, key: ApiKey) -> Option<&Message> {
        self.messages.iter().find(|message| message.kind == Kind::Request && message.key == Some(key.0))
    }

    /// Returns the response of an API.
    pub fn response(&self, key: ApiKey) -> Option<&Message> {
        self.messages.iter().find(|message| message.kind == Kind::Response && message.key == Some(key.0))
    }

    /// Returns all messages by key, requests before responses.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}

/// Returns the path of the malformed field, such as `Topics[3].Name`; empty if there is none.
pub(crate) fn path_of_malformed(name: &str, bytes: Bytes, version: i16) -> String {
    match definition(name) {
        Some(message) => message.check(bytes, version).err().map(|error| error.path).unwrap_or_default(),
        None => String::new(),
    }
}

/// Reads the definition of one message by Kafka's name, so that hostile bytes do not cost a read of all definitions.
pub fn definition(name: &str) -> Option<Message> {
    let (_, from) = DATA.split_once(&format!(" {name} "))?;
    let start = DATA.get(..DATA.len() - from.len())?.rfind('\n')?;
    let mut lines = DATA.get(start + 1..)?.split_inclusive('\n');
    let heading = lines.next()?;
    let fields: String = lines.take_while(|line| line.starts_with(' ')).collect();
    schema::parse(&format!("\n{heading}{fields}")).ok()?.pop()
}
