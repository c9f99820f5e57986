//! The build script writes the typed messages from `schema/kafka.txt` into `OUT_DIR/messages.rs`.
#![expect(clippy::expect_used, clippy::panic, reason = "a build script has no caller that could handle an error")]

mod declare;
mod error;
mod expressions;
mod put;
mod requests;
#[path = "../src/schema.rs"]
#[expect(unreachable_pub, reason = "the crate itself publishes it")]
mod schema;
mod take;

use std::fmt::Write as _;
use std::path::Path;

use self::declare::write_struct;
use self::error::has_error;
use self::expressions::{range, snake};
use self::requests::write_requests;
use self::schema::Message;

fn main() {
    println!("cargo::rerun-if-changed=schema/kafka.txt");
    println!("cargo::rerun-if-changed=src/schema.rs");
    println!("cargo::rerun-if-changed=build");
    let text = std::fs::read_to_string("schema/kafka.txt").expect("schema/kafka.txt");
    let messages = schema::parse(&text).unwrap_or_else(|error| panic!("schema/kafka.txt: {error}"));
    let mut out = String::new();
    for message in &messages {
        write_module(&mut out, message).expect("a String takes all text");
    }
    for message in &messages {
        let module = snake(&message.name);
        writeln!(out, "pub use {module}::{};", message.name).expect("a String takes all text");
    }
    write_requests(&mut out, &messages).expect("a String takes all text");
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&folder).join("messages.rs"), out).expect("OUT_DIR can be written");
}

fn write_module(out: &mut String, message: &Message) -> std::fmt::Result {
    writeln!(
        out,
        "/// `{}`, versions {}.\npub mod {} {{",
        message.name,
        range(message.versions),
        snake(&message.name)
    )?;
    writeln!(out, "use super::prelude::*;")?;
    for part in &message.structs {
        write_struct(out, message, part)?;
    }
    let (name, versions) = (&message.name, message.versions);
    writeln!(out, "impl Message for {name} {{")?;
    writeln!(out, "const NAME: &'static str = \"{name}\";")?;
    writeln!(out, "const VERSIONS: RangeInclusive<i16> = {}..={};", versions.min, versions.max)?;
    writeln!(out, "const KEY: Option<i16> = {:?};", message.key)?;
    writeln!(out, "fn read(r: &mut Reader, v: i16) -> Result<Self, Malformed> {{ Self::take(r, v) }}")?;
    writeln!(out, "fn write(&self, w: &mut Writer, v: i16) -> Result<(), EncodeError> {{ self.put(w, v) }}")?;
    if message.structs.iter().any(|part| part.name == *name && has_error(message, part)) {
        writeln!(out, "fn first_error(&self) -> ErrorCode {{ self.error().unwrap_or(ErrorCode::NONE) }}")?;
    }
    writeln!(out, "}}\n}}")
}
