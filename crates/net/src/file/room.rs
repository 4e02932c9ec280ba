//! How much memory a text in RON may take, before any is taken.

use thiserror::Error;

use super::FileError;
use super::tokens::tokens;

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
    let (mut room, mut begins) = (0_u64, false);
    // For each bracket that is open, whether it is one of a list.
    let mut lists = Vec::new();
    for token in tokens(text) {
        let too_much = |what, most| {
            let at = token.at;
            Err(TooMuch { what, most, at })
        };
        let closes = b")]}".contains(&token.kind);
        // A list's elements begin behind its bracket and its commas.
        if core::mem::take(&mut begins) && !closes && token.kind != b',' {
            room = room.saturating_add(weight(token.of(text)));
            if room > most {
                return too_much("layers, names and numbers", most / 24);
            }
        }
        match token.kind {
            b'(' | b'[' | b'{' if lists.len() == MOST_DEPTH => {
                return too_much("brackets within one another", MOST_DEPTH as u64);
            }
            b'(' | b'[' | b'{' => {
                begins = token.kind != b'(';
                lists.push(begins);
            }
            b',' => begins = lists.last() == Some(&true),
            _ if closes => drop(lists.pop()),
            _ => {}
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
fn weight(element: &str) -> u64 {
    match element.as_bytes() {
        [b'0'..=b'9' | b'-' | b'+' | b'.', ..] => 24, // a number
        [b'"' | b'[', ..] => 160,                     // a name, a list
        [b'(', ..] => 512,                            // an epoch, a scaling
        _ => 4096,                                    // a layer
    }
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
