//! Messages with their fields, and what else may stand in them.

use super::{DEEPEST, Parser};
use crate::protobuf::lex::Token;
use crate::protobuf::{Extend, Extensions, Field, FieldType, Group, Label, Message, Oneof, Reserved, Type};

impl Parser {
    pub(super) fn message(&mut self, depth: usize) -> Result<Message, String> {
        if depth >= DEEPEST {
            return Err(self.wrong(&format!("messages are nested deeper than {DEEPEST} levels")));
        }
        let mut message = Message { name: self.name()?, is_proto3: self.is_proto3, ..Message::default() };
        self.expect('{')?;
        while !self.takes('}') {
            if self.takes(';') {
                continue;
            }
            let start = self.at;
            let word = self.word()?;
            let next_is_name = matches!(self.peek(), Some(Token::Word(_)));
            match word.as_str() {
                "message" if next_is_name && self.opens_block() => {
                    message.types.push(Type::Message(self.message(depth + 1)?))
                }
                "enum" if next_is_name && self.opens_block() => message.types.push(Type::Enum(self.enumeration()?)),
                "oneof" if next_is_name && self.opens_block() => message.oneofs.push(self.oneof()?),
                "extend" if next_is_name && self.opens_block() => message.extends.push(self.extend()?),
                "option" => message.options.push(self.option_line()?),
                "reserved" => message.reserved.push(self.reserved()?),
                "extensions" => message.extensions.push(self.extensions()?),
                _ => {
                    self.at = start;
                    match self.field(false)? {
                        Member::Field(field) => message.fields.push(field),
                        Member::Group(group) => message.groups.push(group),
                    }
                }
            }
        }
        Ok(message)
    }

    /// Whether a block stands after the next word, so that this one is no type of a field.
    fn opens_block(&self) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|placed| placed.token == Token::Symbol('{'))
    }

    fn field(&mut self, in_oneof: bool) -> Result<Member, String> {
        let start = self.at;
        let word = self.word()?;
        let label = match word.as_str() {
            "optional" => Some(Label::Optional),
            "repeated" => Some(Label::Repeated),
            "required" => Some(Label::Required),
            _ => None,
        };
        // A label is one only with a type behind it.
        let is_label = matches!(self.peek(), Some(Token::Word(_)));
        let label = label.filter(|_| is_label);
        if label == Some(Label::Required) && self.is_proto3 {
            self.at = start;
            return Err(self.wrong("fields of proto3 are not required"));
        }
        let first = if label.is_some() { self.word()? } else { word };
        if first == "map" && self.takes('<') {
            let key = self.word()?;
            self.expect(',')?;
            let value = self.word()?;
            self.expect('>')?;
            return Ok(Member::Field(self.rest_of_field(label, FieldType::Map(key, value))?));
        }
        if label.is_none() && !in_oneof && !self.is_proto3 {
            self.at = start;
            return Err(self.wrong("expected optional, required or repeated before a field of proto2"));
        }
        if first == "group" {
            return Ok(Member::Group(self.group(label)?));
        }
        Ok(Member::Field(self.rest_of_field(label, FieldType::Named(first))?))
    }

    fn rest_of_field(&mut self, label: Option<Label>, kind: FieldType) -> Result<Field, String> {
        let name = self.name()?;
        self.expect('=')?;
        let number = self.number()?;
        let mut options = self.option_list()?;
        // As they are printed: what is special comes last.
        for special in ["default", "json_name"] {
            if let Some(index) = options.iter().position(|option| option.name == special) {
                let option = options.remove(index);
                options.push(option);
            }
        }
        self.expect(';')?;
        Ok(Field { label, kind, name, number, options })
    }

    fn group(&mut self, label: Option<Label>) -> Result<Group, String> {
        let name = self.name()?;
        self.expect('=')?;
        let number = self.number()?;
        self.option_list()?;
        self.expect('{')?;
        let mut fields = Vec::new();
        while !self.takes('}') {
            match self.field(false)? {
                Member::Field(field) => fields.push(field),
                Member::Group(_) => return Err(self.wrong("expected no group in a group")),
            }
        }
        Ok(Group { label, name, number, fields })
    }

    fn oneof(&mut self) -> Result<Oneof, String> {
        let mut oneof = Oneof { name: self.name()?, ..Oneof::default() };
        self.expect('{')?;
        while !self.takes('}') {
            if self.takes(';') {
                continue;
            }
            if self.peek_word("option") {
                self.at += 1;
                oneof.options.push(self.option_line()?);
                continue;
            }
            match self.field(true)? {
                Member::Field(field) => oneof.fields.push(field),
                Member::Group(group) => oneof.groups.push(group),
            }
        }
        Ok(oneof)
    }

    pub(super) fn reserved(&mut self) -> Result<Vec<Reserved>, String> {
        let mut reserved = Vec::new();
        loop {
            reserved.push(match self.peek() {
                Some(Token::String(_)) => Reserved::Name(self.string()?),
                _ => self.range()?,
            });
            if !self.takes(',') {
                self.expect(';')?;
                return Ok(reserved);
            }
        }
    }

    fn range(&mut self) -> Result<Reserved, String> {
        let first = self.number()?;
        if !self.peek_word("to") {
            return Ok(Reserved::Number(first));
        }
        self.at += 1;
        if self.peek_word("max") {
            self.at += 1;
            return Ok(Reserved::Range(first, None));
        }
        Ok(Reserved::Range(first, Some(self.number()?)))
    }

    fn extensions(&mut self) -> Result<Extensions, String> {
        let mut ranges = vec![self.range()?];
        while self.takes(',') {
            ranges.push(self.range()?);
        }
        let options = self.option_list()?;
        self.expect(';')?;
        Ok(Extensions { ranges, options })
    }

    pub(super) fn extend(&mut self) -> Result<Extend, String> {
        let mut extend = Extend { name: self.word()?, fields: Vec::new() };
        self.expect('{')?;
        while !self.takes('}') {
            if self.takes(';') {
                continue;
            }
            if let Member::Field(field) = self.field(false)? {
                extend.fields.push(field);
            }
        }
        Ok(extend)
    }
}

enum Member {
    Field(Field),
    Group(Group),
}
