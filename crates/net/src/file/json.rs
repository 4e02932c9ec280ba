//! The little JSON that a header of safetensors consists of: objects, texts, lists of whole numbers.

use super::FileError;

/// A text, read from its front.
pub(super) struct Json<'a> {
    text: &'a str,
    at: usize,
    /// Where the text begins in the file.
    start: u64,
}

impl<'a> Json<'a> {
    pub(super) fn new(text: &'a str, start: u64) -> Self {
        Self { text, at: 0, start }
    }

    fn refuse<R>(&self, expected: &'static str) -> Result<R, FileError> {
        let at = self.start.saturating_add(self.at as u64);
        Err(FileError::Header { at, expected })
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Whether this byte comes next; then it is behind.
    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), FileError> {
        match self.take(byte) {
            true => Ok(()),
            false => self.refuse(expected),
        }
    }

    /// Calls `each` at every value of an object, with its key.
    pub(super) fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, String) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        self.expect(b'{', "`{`")?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':', "`:`")?;
            each(self, key)?;
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    /// A list of at most so many numbers.
    pub(super) fn numbers(&mut self, most: usize) -> Result<Vec<u64>, FileError> {
        let mut numbers = Vec::new();
        self.expect(b'[', "`[`")?;
        if self.take(b']') {
            return Ok(numbers);
        }
        loop {
            if numbers.len() == most {
                return self.refuse("a list with fewer numbers");
            }
            numbers.push(self.number()?);
            if self.take(b']') {
                return Ok(numbers);
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn number(&mut self) -> Result<u64, FileError> {
        self.peek();
        let digits = self.text[self.at..].bytes().take_while(u8::is_ascii_digit);
        let digits = digits.count();
        let number = self.text[self.at..self.at + digits].parse();
        let Ok(number) = number else {
            return self.refuse("a whole number below 2^64");
        };
        self.at += digits;
        Ok(number)
    }

    /// A text in quotes.
    pub(super) fn string(&mut self) -> Result<String, FileError> {
        self.expect(b'"', "a text in quotes")?;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .bytes()
                .position(|b| b == b'"' || b == b'\\' || b < b' ');
            let Some(plain) = plain else {
                self.at = self.text.len();
                return self.refuse("`\"`");
            };
            if text.try_reserve(plain).is_err() {
                return Err(FileError::memory("a text of the header", plain as u64));
            }
            text.push_str(&rest[..plain]);
            self.at += plain;
            match rest.as_bytes().get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escaped()?),
                _ => return self.refuse("a text without control characters"),
            }
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Result<char, FileError> {
        let letter = self.text.as_bytes().get(self.at + 1);
        let plain = match letter {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'u') => return self.unicode(),
            _ => return self.refuse("an escape of JSON"),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\u` and four digits, or two such in a row for what needs more.
    fn unicode(&mut self) -> Result<char, FileError> {
        let unit = |at: usize| {
            let text = self.text.get(at..at.checked_add(6)?)?.strip_prefix("\\u")?;
            let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
            u16::from_str_radix(text, 16).ok().filter(|_| digits)
        };
        let first = unit(self.at);
        let pair = [first, unit(self.at + 6)];
        for count in [1, 2] {
            let units: Option<Vec<u16>> = pair[..count].iter().copied().collect();
            let text = units.and_then(|units| String::from_utf16(&units).ok());
            if let Some(c) = text.and_then(|text| text.chars().next()) {
                self.at += 6 * count;
                return Ok(c);
            }
        }
        self.refuse("an escape of JSON")
    }

    /// Nothing may follow but blanks.
    pub(super) fn end(&mut self) -> Result<(), FileError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.refuse("the end of the header"),
        }
    }

    /// The same error at this place.
    pub(super) fn wrong(&self, expected: &'static str) -> FileError {
        let at = self.start.saturating_add(self.at as u64);
        FileError::Header { at, expected }
    }
}

/// Appends a text in quotes.
pub(super) fn quote(text: &str, to: &mut String) {
    to.push('"');
    for c in text.chars() {
        match c {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            c if c < ' ' => to.push_str(&format!("\\u{:04x}", c as u32)),
            c => to.push(c),
        }
    }
    to.push('"');
}
