//! The words of a `.proto` file.

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, also with dots, a number, or `max`.
    Word(String),
    /// The text in quotes, with its escapes read.
    String(String),
    Symbol(char),
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Takes a text apart; comments and white space go.
pub(super) fn lex(text: &str) -> Result<Vec<Placed>, String> {
    let mut lexer = Lexer { letters: text.chars().peekable(), line: 1, column: 1, tokens: Vec::new() };
    while lexer.next_token()? {}
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
    tokens: Vec<Placed>,
}

impl Lexer<'_> {
    fn take(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        if letter == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(letter)
    }

    fn peek(&mut self) -> Option<char> {
        self.letters.peek().copied()
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at line {}, column {}", self.line, self.column)
    }

    fn next_token(&mut self) -> Result<bool, String> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.take();
        }
        let (line, column) = (self.line, self.column);
        let Some(first) = self.take() else {
            return Ok(false);
        };
        let token = match first {
            '/' => {
                self.comment()?;
                return Ok(true);
            }
            '"' | '\'' => Token::String(self.string(first)?),
            letter if letter.is_alphanumeric() || matches!(letter, '_' | '.') => Token::Word(self.word(letter)),
            symbol => Token::Symbol(symbol),
        };
        self.tokens.push(Placed { token, line, column });
        Ok(true)
    }

    fn comment(&mut self) -> Result<(), String> {
        match self.take() {
            Some('/') => {
                while self.take().is_some_and(|letter| letter != '\n') {}
                Ok(())
            }
            Some('*') => {
                let mut last = ' ';
                loop {
                    match self.take() {
                        Some('/') if last == '*' => return Ok(()),
                        Some(letter) => last = letter,
                        None => return Err(self.wrong("expected the end of this comment")),
                    }
                }
            }
            _ => Err(self.wrong("expected // or /*")),
        }
    }

    /// A name or a number; the sign of an exponent belongs to it.
    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(letter) = self.peek() {
            let is_number =
                first.is_ascii_digit() || (first == '.' && word.chars().nth(1).is_some_and(|c| c.is_ascii_digit()));
            let is_signed =
                is_number && !word.starts_with("0x") && matches!(letter, '+' | '-') && word.ends_with(['e', 'E']);
            if !(letter.is_alphanumeric() || matches!(letter, '_' | '.') || is_signed) {
                break;
            }
            word.push(letter);
            self.take();
        }
        word
    }

    fn string(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.take() {
                Some(letter) if letter == quote => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some('\n') | None => return Err(self.wrong("expected the end of this string")),
                Some(letter) => text.push(letter),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        let letter = self.take().ok_or_else(|| self.wrong("expected an escape"))?;
        let code = match letter {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' | 'X' => self.digits(16, 2, String::new())?,
            '0'..='7' => self.digits(8, 3, String::from(letter))?,
            other => other as u32,
        };
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize, mut digits: String) -> Result<u32, String> {
        while digits.len() < most && self.peek().is_some_and(|letter| letter.is_digit(radix)) {
            digits.extend(self.take());
        }
        u32::from_str_radix(&digits, radix).map_err(|_error| self.wrong("expected the digits of an escape"))
    }
}
