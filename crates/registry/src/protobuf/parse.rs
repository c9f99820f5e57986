//! From text to a file, as lenient as Confluent's registry: numbers may repeat or be 0, fields may share a name.

use super::lex::{Placed, Token, lex};
use super::{
    Enum, EnumValue, Extend, Extensions, Field, FieldType, Group, Label, Message, Oneof, ProtoFile, ProtoOption,
    Reserved, Rpc, Service, Type, Value,
};

/// Deeper messages and options are refused.
const DEEPEST: usize = 100;

pub(super) fn parse(text: &str) -> Result<ProtoFile, String> {
    let mut parser = Parser { tokens: lex(text)?, at: 0, is_proto3: false };
    parser.file()
}

struct Parser {
    tokens: Vec<Placed>,
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
        match self.tokens.get(self.at) {
            Some(placed) => format!("{what} at line {}, column {}", placed.line, placed.column),
            None => format!("{what} at the end"),
        }
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

    fn message(&mut self, depth: usize) -> Result<Message, String> {
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

    fn reserved(&mut self) -> Result<Vec<Reserved>, String> {
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

    fn extend(&mut self) -> Result<Extend, String> {
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

    fn enumeration(&mut self) -> Result<Enum, String> {
        let mut enumeration = Enum { name: self.name()?, ..Enum::default() };
        self.expect('{')?;
        while !self.takes('}') {
            if self.takes(';') {
                continue;
            }
            let name = self.word()?;
            if name == "option" && !self.peek_symbol('=') {
                enumeration.options.push(self.option_line()?);
            } else if name == "reserved" && !self.peek_symbol('=') {
                enumeration.reserved.push(self.reserved()?);
            } else {
                self.expect('=')?;
                let number = self.number()?;
                let options = self.option_list()?;
                self.expect(';')?;
                enumeration.values.push(EnumValue { name, number, options });
            }
        }
        Ok(enumeration)
    }

    fn service(&mut self) -> Result<Service, String> {
        let mut service = Service { name: self.name()?, options: Vec::new(), rpcs: Vec::new() };
        self.expect('{')?;
        while !self.takes('}') {
            if self.takes(';') {
                continue;
            }
            match self.word()?.as_str() {
                "option" => service.options.push(self.option_line()?),
                "rpc" => service.rpcs.push(self.rpc()?),
                other => {
                    self.at -= 1;
                    return Err(self.wrong(&format!("unexpected \"{other}\" in a service")));
                }
            }
        }
        Ok(service)
    }

    fn rpc(&mut self) -> Result<Rpc, String> {
        let name = self.name()?;
        let request = self.rpc_type()?;
        if !self.peek_word("returns") {
            return Err(self.wrong("expected returns"));
        }
        self.at += 1;
        let response = self.rpc_type()?;
        let mut options = Vec::new();
        if self.takes('{') {
            while !self.takes('}') {
                if self.takes(';') {
                    continue;
                }
                if !self.peek_word("option") {
                    return Err(self.wrong("expected option"));
                }
                self.at += 1;
                options.push(self.option_line()?);
            }
        } else {
            self.expect(';')?;
        }
        Ok(Rpc { name, request, response, options })
    }

    fn rpc_type(&mut self) -> Result<(bool, String), String> {
        self.expect('(')?;
        let first = self.word()?;
        let is_stream = first == "stream" && !self.peek_symbol(')');
        let name = if is_stream { self.word()? } else { first };
        self.expect(')')?;
        Ok((is_stream, name))
    }

    fn option_line(&mut self) -> Result<ProtoOption, String> {
        let option = self.option()?;
        self.expect(';')?;
        Ok(option)
    }

    fn option_list(&mut self) -> Result<Vec<ProtoOption>, String> {
        let mut options = Vec::new();
        if !self.takes('[') {
            return Ok(options);
        }
        loop {
            options.push(self.option()?);
            if !self.takes(',') {
                self.expect(']')?;
                return Ok(options);
            }
        }
    }

    fn option(&mut self) -> Result<ProtoOption, String> {
        let mut name = String::new();
        while !self.takes('=') {
            if self.takes('(') {
                name.push_str(&format!("({})", self.word()?));
                self.expect(')')?;
            } else {
                name.push_str(&self.word()?);
            }
        }
        if name.is_empty() {
            return Err(self.wrong("expected the name of an option"));
        }
        Ok(ProtoOption { name, value: self.value(0)? })
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth >= DEEPEST {
            return Err(self.wrong(&format!("an option is nested deeper than {DEEPEST} levels")));
        }
        match self.peek() {
            Some(Token::String(_)) => Ok(Value::String(self.string()?)),
            Some(Token::Word(_)) => Ok(Value::Word(self.word()?)),
            Some(Token::Symbol('-')) => {
                self.at += 1;
                Ok(Value::Word(format!("-{}", self.word()?)))
            }
            Some(Token::Symbol('{')) => {
                self.at += 1;
                self.map(depth)
            }
            Some(Token::Symbol('[')) => {
                self.at += 1;
                let mut list = Vec::new();
                while !self.takes(']') {
                    list.push(self.value(depth + 1)?);
                    let _separated = self.takes(',');
                }
                Ok(Value::List(list))
            }
            _ => Err(self.wrong("expected the value of an option")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, String> {
        let mut map = Vec::new();
        while !self.takes('}') {
            let key = if self.takes('[') {
                let mut key = self.word()?;
                while self.takes('/') {
                    key = format!("{key}/{}", self.word()?);
                }
                self.expect(']')?;
                format!("[{key}]")
            } else {
                self.word()?
            };
            let _has_colon = self.takes(':');
            map.push((key, self.value(depth + 1)?));
            let _separated = self.takes(',') || self.takes(';');
        }
        Ok(Value::Map(map))
    }
}

enum Member {
    Field(Field),
    Group(Group),
}
