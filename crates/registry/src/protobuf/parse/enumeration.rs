//! Enums.

use super::Parser;
use crate::protobuf::{Enum, EnumValue};

impl Parser {
    pub(super) fn enumeration(&mut self) -> Result<Enum, String> {
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
}
