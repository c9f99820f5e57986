//! Values as scenario files write them: JSON without the quotes, with names, saved values and times.

use super::Mistake;

/// A value that is known when its request is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    /// `@orders`: a name that nobody else has.
    Name(String),
    /// `$member`, `$epoch+1`: what an earlier answer said.
    Saved(String, i64),
    /// `now`, `now-1000`: the time of the section's start in milliseconds.
    Now(i64),
    List(Vec<Expression>),
    Object(Vec<Entry>),
}

/// A field and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) value: Expression,
}

/// A position in the text below a step.
pub(crate) struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, line: usize) -> Self {
        Self { rest: text, line }
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        self.line += usize::from(next == '\n');
        Some(next)
    }

    /// Goes to what matters next; whether there is anything.
    pub(crate) fn skip_blank(&mut self) -> bool {
        while let Some(next) = self.peek() {
            match next {
                '#' => self.skip_line(),
                ',' => _ = self.next(),
                _ if next.is_whitespace() => _ = self.next(),
                _ => return true,
            }
        }
        false
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|next| next != '\n') {
            self.next();
        }
    }

    /// The rest of the line without its comment.
    pub(crate) fn line_rest(&mut self) -> &'a str {
        let start = self.rest;
        self.skip_line();
        let taken = start.len() - self.rest.len();
        let text = start.get(..taken).unwrap_or_default();
        text.split_once(" #").map_or(text, |(text, _)| text).trim()
    }

    /// Letters, digits and what names are made of.
    pub(crate) fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| c.is_whitespace() || ",:[]{}*\"#=".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    pub(crate) fn expect(&mut self, wanted: char) -> Result<(), Mistake> {
        while self.peek().is_some_and(|next| next == ' ') {
            self.next();
        }
        match self.peek() {
            Some(found) if found == wanted => {
                self.next();
                Ok(())
            }
            Some(found) => Err(self.mistake(format!("{wanted:?} expected, found {found:?}"))),
            None => Err(self.mistake(format!("{wanted:?} expected, found the end"))),
        }
    }

    pub(crate) fn mistake(&self, expected: impl Into<String>) -> Mistake {
        Mistake::new(self.line, expected)
    }

    /// Reads `Name: value`.
    pub(crate) fn entry(&mut self) -> Result<Entry, Mistake> {
        let line = self.line;
        let name = match self.peek() {
            Some('"') => self.quoted()?,
            _ => self.word().to_owned(),
        };
        if name.is_empty() {
            return Err(self.mistake(format!("a field expected, found {:?}", self.peek().unwrap_or(' '))));
        }
        self.expect(':')?;
        Ok(Entry { line, name, value: self.value()? })
    }

    pub(crate) fn value(&mut self) -> Result<Expression, Mistake> {
        if !self.skip_blank() {
            return Err(self.mistake("a value expected, found the end"));
        }
        match self.peek() {
            Some('[') => {
                self.next();
                let mut values = Vec::new();
                while self.more(']')? {
                    values.push(self.value()?);
                }
                Ok(Expression::List(values))
            }
            Some('{') => {
                self.next();
                let mut entries = Vec::new();
                while self.more('}')? {
                    entries.push(self.entry()?);
                }
                Ok(Expression::Object(entries))
            }
            Some('"') => {
                let text = self.quoted()?;
                self.repeated(text)
            }
            _ => self.bare(),
        }
    }

    /// Whether another element comes before the closing bracket, which is taken otherwise.
    fn more(&mut self, closing: char) -> Result<bool, Mistake> {
        if !self.skip_blank() {
            return Err(self.mistake(format!("{closing:?} expected, found the end")));
        }
        if self.peek() == Some(closing) {
            self.next();
            return Ok(false);
        }
        Ok(true)
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('0') => text.push('\0'),
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => return Err(self.mistake("one of n t 0 \" \\ expected behind a backslash")),
                },
                Some('\n') | None => return Err(self.mistake("'\"' expected before the end of the line")),
                Some(c) => text.push(c),
            }
        }
    }

    /// `"x"*100` is a hundred of them.
    fn repeated(&mut self, text: String) -> Result<Expression, Mistake> {
        if self.peek() != Some('*') {
            return Ok(Expression::Text(text));
        }
        self.next();
        let times: usize = self.word().parse().map_err(|_| self.mistake("a number expected behind '*'"))?;
        Ok(Expression::Text(text.repeat(times)))
    }

    fn bare(&mut self) -> Result<Expression, Mistake> {
        let word = self.word();
        if word.is_empty() {
            return Err(self.mistake(format!("a value expected, found {:?}", self.peek().unwrap_or(' '))));
        }
        let value = match word {
            "null" => Expression::Null,
            "true" => Expression::Bool(true),
            "false" => Expression::Bool(false),
            _ => {
                if let Ok(number) = word.parse() {
                    Expression::Int(number)
                } else if let Some(name) = word.strip_prefix('@') {
                    Expression::Name(name.to_owned())
                } else if let Some(saved) = word.strip_prefix('$') {
                    let (name, offset) = self.offset(saved)?;
                    Expression::Saved(name.to_owned(), offset)
                } else if word == "now" || word.starts_with("now+") || word.starts_with("now-") {
                    Expression::Now(self.offset(word)?.1)
                } else {
                    return self.repeated(word.to_owned());
                }
            }
        };
        Ok(value)
    }

    /// Splits `epoch+1`.
    fn offset<'w>(&self, word: &'w str) -> Result<(&'w str, i64), Mistake> {
        let Some(at) = word.find(['+', '-']) else { return Ok((word, 0)) };
        let (name, offset) = word.split_at(at);
        let number = offset.strip_prefix('+').unwrap_or(offset);
        Ok((name, number.parse().map_err(|_| self.mistake(format!("a number expected, found {offset:?}")))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expression, String> {
        Cursor::new(text, 1).value().map_err(|mistake| format!("{}: {}", mistake.line, mistake.expected))
    }

    #[test]
    fn values_need_no_quotes_where_json_does() {
        assert_eq!(
            read("[1, -2, a.b, \"a b\", null]").map(|value| format!("{value:?}")),
            Ok("List([Int(1), Int(-2), Text(\"a.b\"), Text(\"a b\"), Null])".to_owned())
        );
        assert_eq!(read("@orders"), Ok(Expression::Name("orders".to_owned())));
        assert_eq!(read("$epoch+1"), Ok(Expression::Saved("epoch".to_owned(), 1)));
        assert_eq!(read("now-1000"), Ok(Expression::Now(-1000)));
        assert_eq!(read("\"ab\"*3"), Ok(Expression::Text("ababab".to_owned())));
    }

    #[test]
    fn a_mistake_says_on_which_line_what_was_expected() {
        assert_eq!(read("[1,\n2"), Err("2: ']' expected, found the end".to_owned()));
        assert_eq!(read("{\nA 1}"), Err("2: ':' expected, found '1'".to_owned()));
        assert_eq!(read("$epoch+x"), Err("1: a number expected, found \"+x\"".to_owned()));
        assert_eq!(read("\"ab\"*x"), Err("1: a number expected behind '*'".to_owned()));
        assert_eq!(read("]"), Err("1: a value expected, found ']'".to_owned()));
    }
}
