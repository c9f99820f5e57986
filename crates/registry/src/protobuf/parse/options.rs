//! Options: on a line of their own, or in a list behind what they belong to.

use super::{DEEPEST, Parser};
use crate::protobuf::lex::Token;
use crate::protobuf::{ProtoOption, Value};

impl Parser {
    pub(super) fn option_line(&mut self) -> Result<ProtoOption, String> {
        let option = self.option()?;
        self.expect(';')?;
        Ok(option)
    }

    pub(super) fn option_list(&mut self) -> Result<Vec<ProtoOption>, String> {
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
