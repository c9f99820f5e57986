//! Services with their calls.

use super::Parser;
use crate::protobuf::{Rpc, Service};

impl Parser {
    pub(super) fn service(&mut self) -> Result<Service, String> {
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
}
