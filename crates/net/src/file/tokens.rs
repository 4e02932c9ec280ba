//! The tokens of a text in RON.

/// A bracket, comma or colon, or anything else: a name, a number, a text, a letter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Token {
    /// Its first byte.
    pub(crate) at: usize,
    /// One behind its last byte.
    pub(crate) end: usize,
    /// The punctuation, or [`WORD`].
    pub(crate) kind: u8,
}

/// Anything that is no punctuation.
pub(crate) const WORD: u8 = b'a';

impl Token {
    /// What the token is in this text, of which it was made.
    pub(crate) fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.at..self.end]
    }
}

/// The tokens outside of comments, in order. Any text has some; what is opened and never closed goes to its end.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    core::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            let blank = rest.len() - rest.trim_start().len();
            let skipped = match rest.get(blank..blank + 2) {
                Some("//") => rest[blank..].find('\n').unwrap_or(rest.len() - blank),
                Some("/*") => comment(&rest[blank..]),
                _ => 0,
            };
            at += blank + skipped;
            if skipped == 0 {
                break;
            }
        }
        let rest = &text[at..];
        let (kind, len) = match rest.as_bytes().first()? {
            byte if b"([{}]),:".contains(byte) => (*byte, 1),
            _ => (WORD, word(rest)),
        };
        at += len;
        let token = Token {
            at: at - len,
            end: at,
            kind,
        };
        Some(token)
    })
}

/// The length of a comment with others within.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(mark) = rest.as_bytes().get(at..at + 2) {
        let step = match mark {
            b"/*" => {
                depth += 1;
                2
            }
            b"*/" => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a text in quotes, raw or not, of a letter, or of what ends at white space or punctuation.
fn word(rest: &str) -> usize {
    let raw = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r');
    if let Some(raw) = raw {
        let inside = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - inside.len()];
        if let Some(inside) = inside.strip_prefix('"') {
            let end = format!("\"{hashes}");
            let len = inside.find(&end).map_or(inside.len(), |at| at + end.len());
            return rest.len() - inside.len() + len;
        }
    }
    for quote in ['"', '\''] {
        let Some(inside) = rest.strip_prefix(quote) else {
            continue;
        };
        let mut escaped = false;
        let end = inside.char_indices().find(|(_, c)| {
            let closes = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        return end.map_or(rest.len(), |(at, _)| at + 2);
    }
    let end = |c: char| c.is_whitespace() || "([{}]),:\"/".contains(c);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    rest[first..].find(end).map_or(rest.len(), |at| first + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).map(|token| token.of(text)).collect()
    }

    #[test]
    fn a_text_is_taken_apart() {
        let cases: [(&str, &[&str]); 7] = [
            ("(a: -1.5e3, b)", &["(", "a", ":", "-1.5e3", ",", "b", ")"]),
            ("1 /* [ /* , */ 2 */ 2 // 3\n4", &["1", "2", "4"]),
            (
                r#"["a, \" [","b"]"#,
                &["[", r#""a, \" [""#, ",", r#""b""#, "]"],
            ),
            (
                r###"r#"a", "b"# br##"""#"##,"###,
                &[r###"r#"a", "b"#"###, r###"br##"""#"##"###, ","],
            ),
            (r"'[' '\'' 'ü'", &["'['", r"'\''", "'ü'"]),
            (
                "ü\u{a0}\u{1f980}/x r b",
                &["ü", "\u{1f980}", "/x", "r", "b"],
            ),
            ("a \"open ]", &["a", "\"open ]"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
        for open in ["a /* b /* c */", "a // b", "a /", "r#\"a\""] {
            assert!(words(open).len() <= 2, "{open}");
        }
    }
}
