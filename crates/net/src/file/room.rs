//! How much memory a text in RON may take, before any is taken.

use thiserror::Error;

use super::FileError;

/// Brackets within one another: as many as a stack of 2 MiB has room for without optimisation.
pub(super) const MOST_DEPTH: usize = 100;

/// Bytes that a text of so many which somebody else wrote may take: with the text itself, and once more, within 16 times the text and 32 MiB.
pub(crate) fn of_text(text: &str) -> u64 {
    (text.len() as u64)
        .saturating_mul(12)
        .saturating_add(16 << 20)
}

/// Whether what a text becomes in memory stays within so many bytes: counts the elements of lists, by what they may be.
///
/// # Errors
/// [`TooMuch`], where it becomes too much.
pub(crate) fn check(text: &str, most: u64) -> Result<(), TooMuch> {
    let mut walk = Walk {
        bytes: text.as_bytes(),
        at: 0,
        room: 0,
        lists: Vec::new(),
        begins: false,
    };
    while walk.at < walk.bytes.len() {
        let at = walk.at;
        walk.token()?;
        if walk.room > most {
            return Err(TooMuch {
                what: "layers, names and numbers",
                most: most / 24,
                at,
            });
        }
    }
    Ok(())
}

/// A text would take more memory than its size allows.
#[derive(Debug, Error)]
#[error("the text has more {what} than a file holds: at most {most}")]
pub(crate) struct TooMuch {
    what: &'static str,
    most: u64,
    /// The byte at which it becomes too much.
    pub(crate) at: usize,
}

impl From<TooMuch> for FileError {
    fn from(TooMuch { what, most, .. }: TooMuch) -> Self {
        Self::TooMuch { what, most }
    }
}

/// Bytes that an element of a list takes at most, with what it becomes and while its list grows, by its first letter.
fn weight(first: u8) -> u64 {
    match first {
        b'0'..=b'9' | b'-' | b'+' | b'.' => 24, // a number
        b'"' | b'[' => 160,                     // a name, a list
        b'(' => 512,                            // an epoch, a scaling
        _ => 4096,                              // a layer
    }
}

/// What was counted up to a place in a text.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    room: u64,
    /// For each bracket that is open, whether it is one of a list.
    lists: Vec<bool>,
    /// Whether the next token is the first one of an element.
    begins: bool,
}

impl Walk<'_> {
    /// Goes over a token, a space or a comment.
    fn token(&mut self) -> Result<(), TooMuch> {
        let byte = self.bytes[self.at];
        let next = self.bytes.get(self.at + 1);
        match (byte, next) {
            (b'/', Some(b'/')) => self.past(b"\n"),
            (b'/', Some(b'*')) => self.comment(),
            (b')' | b']' | b'}', _) => {
                self.lists.pop();
                self.begins = false;
                self.at += 1;
            }
            (b',', _) => {
                self.begins = self.lists.last() == Some(&true);
                self.at += 1;
            }
            (byte, _) if byte.is_ascii_whitespace() => self.at += 1,
            (byte, _) => {
                if std::mem::take(&mut self.begins) {
                    self.room = self.room.saturating_add(weight(byte));
                }
                return self.element(byte);
            }
        }
        Ok(())
    }

    /// Goes over what can be an element, or the beginning of one.
    fn element(&mut self, byte: u8) -> Result<(), TooMuch> {
        match byte {
            b'(' | b'[' | b'{' => {
                if self.lists.len() == MOST_DEPTH {
                    return Err(TooMuch {
                        what: "brackets within one another",
                        most: MOST_DEPTH as u64,
                        at: self.at,
                    });
                }
                self.begins = byte != b'(';
                self.lists.push(self.begins);
                self.at += 1;
            }
            b'"' | b'\'' => self.quoted(byte),
            byte if is_word(byte) => self.word(),
            _ => self.at += 1,
        }
        Ok(())
    }

    /// Goes to what stands behind these bytes, or to the end.
    fn past(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at..];
        let found = rest.windows(end.len()).position(|bytes| bytes == end);
        self.at += found.map_or(rest.len(), |place| place + end.len());
    }

    /// A comment with others within.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let step = match rest {
                [b'/', b'*', ..] => {
                    depth += 1;
                    2
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    2
                }
                _ => 1,
            };
            self.at += step;
            if depth == 0 {
                return;
            }
        }
    }

    /// A text or a letter.
    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == quote {
                return;
            }
        }
    }

    /// A name or a number; a raw text, which begins like one.
    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| is_word(*byte)) {
            self.at += 1;
        }
        if !matches!(&self.bytes[start..self.at], b"r" | b"br") {
            return;
        }
        let hashes = self.bytes[self.at..].iter();
        let hashes = hashes.take_while(|byte| **byte == b'#').count();
        if self.bytes.get(self.at + hashes) == Some(&b'"') {
            self.at += hashes + 1;
            self.past(&[b"\"", vec![b'#'; hashes].as_slice()].concat());
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-' | b'.') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(text: &str) -> u64 {
        let most = (0..40).map(|power| 1_u64 << power);
        let enough = most.into_iter().find(|most| check(text, *most).is_ok());
        enough.expect("a small text")
    }

    #[test]
    fn elements_are_counted_wherever_they_stand() {
        assert_eq!(room("(a: 1, b: \"x, y, z\")"), 1);
        for (text, elements) in [
            ("[1, 2, 3, 4]", 4 * 24),
            ("[1, /* [ /* , */ 2 */ 2, // 3, [\n 3, 4,]", 4 * 24),
            (r#"["a, \" [", "b"]"#, 2 * 160),
            (r###"[r#"a", "b", ["#, r"\", br##"""#"##,]"###, 3 * 4096),
            (r"['[', '\'', '\\', 'ü']", 4 * 4096),
            ("[(1, 2), ([3], 4)]", 2 * 512 + 24),
            ("[[], [Chain([A, B])]]", 2 * 160 + 3 * 4096),
            ("[r#layer, B]", 2 * 4096),
        ] {
            assert_eq!(
                check(text, elements).map_err(|e| e.to_string()),
                Ok(()),
                "{text}"
            );
            assert!(check(text, elements - 1).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_may_end_anywhere() {
        let whole = r##"[1, "a\"", 'x', r#"b"#, (2, /* c */ [3]), // d"##;
        for (end, _) in whole.char_indices() {
            let _ = check(&whole[..end], 1 << 20);
        }
        let deep = |depth: usize| check(&"[".repeat(depth), 1 << 20).is_ok();
        assert!(deep(MOST_DEPTH) && !deep(MOST_DEPTH + 1));
    }
}
