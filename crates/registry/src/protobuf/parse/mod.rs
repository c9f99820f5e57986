//! From text to a file, as lenient as Confluent's registry: numbers may repeat or be 0, fields may share a name.
//!
//! [`Parser`] takes token after token; `message`, `enumeration`, `service` and `options` are what it reads.

mod enumeration;
mod message;
mod options;
mod service;

use super::lex::{Placed, Token, lex};
use super::{ProtoFile, Type};
use crate::place::Place;

/// Deeper messages and options are refused.
const DEEPEST: usize = 100;

pub(super) fn parse(text: &str) -> Result<ProtoFile, String> {
    let mut parser = Parser { tokens: lex(text)?, end: Place::of(text, text.len()), at: 0, is_proto3: false };
    parser.file()
}

struct Parser {
    tokens: Vec<Placed>,
    /// Where the text ends.
    end: Place,
    at: usize,
    is_proto3: bool,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn peek_symbol(&self, symbol: char) -> bool {
        self.peek() == Some(&Token::Symbol(symbol))
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(next)) if next == word)
    }

    fn takes(&mut self, symbol: char) -> bool {
        let is_next = self.peek_symbol(symbol);
        self.at += usize::from(is_next);
        is_next
    }

    fn wrong(&self, what: &str) -> String {
        let place = self.tokens.get(self.at).map(|placed| Place { line: placed.line, column: placed.column });
        format!("{what} {}", place.unwrap_or(self.end))
    }

    fn expect(&mut self, symbol: char) -> Result<(), String> {
        if self.takes(symbol) { Ok(()) } else { Err(self.wrong(&format!("expected '{symbol}'"))) }
    }

    fn word(&mut self) -> Result<String, String> {
        let Some(Token::Word(word)) = self.peek() else {
            return Err(self.wrong("expected a name"));
        };
        let word = word.clone();
        self.at += 1;
        Ok(word)
    }

    /// A name without dots.
    fn name(&mut self) -> Result<String, String> {
        let name = self.word()?;
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Ok(name);
        }
        self.at -= 1;
        Err(self.wrong(&format!("invalid name \"{name}\": expected letters, digits and _, and no digit first")))
    }

    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let start = self.at;
        while let Some(Token::String(part)) = self.peek() {
            text.push_str(part);
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("expected a text in quotes")) } else { Ok(text) }
    }

    fn number(&mut self) -> Result<i64, String> {
        let is_negative = self.takes('-');
        let word = self.word()?;
        let (digits, radix) =
            match (word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")), word.strip_prefix('0')) {
                (Some(digits), _) => (digits, 16),
                (None, Some(digits)) if !digits.is_empty() => (digits, 8),
                _ => (word.as_str(), 10),
            };
        let number = i64::from_str_radix(digits, radix).map_err(|_error| {
            self.at -= 1;
            self.wrong("expected a number")
        })?;
        Ok(if is_negative { -number } else { number })
    }

    fn file(&mut self) -> Result<ProtoFile, String> {
        let mut file = ProtoFile::default();
        while self.peek().is_some() {
            if self.takes(';') {
                continue;
            }
            let word = self.word()?;
            match word.as_str() {
                "syntax" => {
                    self.expect('=')?;
                    let syntax = self.string()?;
                    if !["proto2", "proto3"].contains(&syntax.as_str()) {
                        return Err(format!("unknown syntax \"{syntax}\": expected proto2 or proto3"));
                    }
                    self.is_proto3 = syntax == "proto3";
                    file.syntax = Some(syntax);
                    self.expect(';')?;
                }
                "edition" => return Err("editions are not supported: expected syntax proto2 or proto3".to_owned()),
                "package" => {
                    file.package = Some(self.word()?);
                    self.expect(';')?;
                }
                "import" => {
                    let is_public = self.peek_word("public");
                    if is_public || self.peek_word("weak") {
                        self.at += 1;
                    }
                    let path = self.string()?;
                    if is_public {
                        file.public_imports.push(path)
                    } else {
                        file.imports.push(path)
                    }
                    self.expect(';')?;
                }
                "option" => file.options.push(self.option_line()?),
                "message" => file.types.push(Type::Message(self.message(0)?)),
                "enum" => file.types.push(Type::Enum(self.enumeration()?)),
                "service" => file.services.push(self.service()?),
                "extend" => file.extends.push(self.extend()?),
                other => {
                    self.at -= 1;
                    return Err(self.wrong(&format!("unexpected \"{other}\"")));
                }
            }
        }
        Ok(file)
    }
}
