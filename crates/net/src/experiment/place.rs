//! Where a value stands in a text of RON.

use crate::file::tokens::{Token, WORD};

/// Line and column, counted from 1, of a top-level field's value, or of an element of the lists in it: `[2, 0]` is the first element of the
/// first list inside the third element of the first list of the field. As far as it is there; the beginning of the text without the field.
pub(super) fn locate(text: &str, field: &str, path: &[usize]) -> (usize, usize) {
    let tokens = tokens(text);
    let mut at = value(text, &tokens, field).unwrap_or(0);
    for index in path {
        match element(&tokens, at, *index) {
            Some(inside) => at = inside,
            None => break,
        }
    }
    let offset = tokens.get(at).map_or(0, |token| token.at);
    position(text, offset)
}

/// A line of a text, counted from 1, without blanks at its end; nothing if there is none.
pub(super) fn line(text: &str, line: usize) -> String {
    /// Most letters of a line.
    const MOST: usize = 200;
    let line = line.checked_sub(1).and_then(|line| text.lines().nth(line));
    line.unwrap_or_default()
        .trim_end()
        .chars()
        .take(MOST)
        .collect()
}

/// Line and column, counted from 1, of a byte.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// The byte of a line and column, both counted from 1; the end of the line or of the text for one behind it.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..]
            .find('\n')
            .map_or(text.len() - start, |end| end + 1);
    }
    let rest = text[start..].lines().next().unwrap_or_default();
    let before: usize = rest
        .chars()
        .take(column.saturating_sub(1))
        .map(char::len_utf8)
        .sum();
    start + before
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    crate::file::tokens::tokens(text).collect()
}

/// The token at which the value of a top-level field begins.
fn value(text: &str, tokens: &[Token], field: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            WORD if depth == 1
                && token.of(text) == field
                && tokens.get(i + 1).is_some_and(|token| token.kind == b':') =>
            {
                return Some(i + 2);
            }
            _ => {}
        }
    }
    None
}

/// The token at which an element of the first list at or behind this token begins.
pub(super) fn element(tokens: &[Token], from: usize, index: usize) -> Option<usize> {
    let list = from
        + tokens
            .get(from..)?
            .iter()
            .position(|token| token.kind == b'[')?;
    let (mut depth, mut seen) = (0_usize, 0);
    for (i, token) in tokens.iter().enumerate().skip(list + 1) {
        if depth == 0 && seen == index && token.kind != b']' {
            return Some(i);
        }
        match token.kind {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => seen += 1,
            _ => {}
        }
    }
    None
}

/// How many elements the first list at or behind this token has; nothing without a list.
pub(super) fn elements(tokens: &[Token], from: usize) -> Option<usize> {
    let mut list = tokens.get(from..)?.iter();
    list.find(|token| token.kind == b'[')?;
    let (mut depth, mut count, mut begins) = (0_usize, 0, true);
    for token in list {
        if begins && token.kind != b']' {
            count += 1;
        }
        begins = depth == 0 && token.kind == b',';
        match token.kind {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b'}' | b']' if depth == 0 => break,
            b')' | b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found() {
        let text = "( // network: [no]\n  data: \"network: [\\\"\",\n  network: [\n    A(b: [1, 2]),\n    Chain([\n      X, Y(z: (1, 2)),\n    ]),\n  ],\n)";
        assert_eq!(locate(text, "network", &[]), (3, 12));
        assert_eq!(locate(text, "network", &[0]), (4, 5));
        assert_eq!(locate(text, "network", &[1]), (5, 5));
        assert_eq!(locate(text, "network", &[1, 1]), (6, 10));
        assert_eq!(locate(text, "network", &[7]), (3, 12));
        assert_eq!(locate(text, "nowhere", &[7]), (1, 1));
        let tokens = tokens(text);
        let network = value(text, &tokens, "network").expect("a list");
        assert_eq!(elements(&tokens, network), Some(2));
        let chain = element(&tokens, network, 1).expect("a layer");
        assert_eq!(elements(&tokens, chain), Some(2));
        assert_eq!(elements(&tokens, tokens.len() - 1), None);
    }

    #[test]
    fn any_text_has_places() {
        let text = "(a: \"\\\"ü\", ü: [\u{1F980}, /* [ */ 'x', \"";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            for path in [&[][..], &[0], &[1, 1]] {
                let (line, column) = locate(&text[..end], "ü", path);
                assert!(line >= 1 && column >= 1);
                let offset = offset(&text[..end], line, column);
                assert_eq!(position(&text[..end], offset), (line, column));
            }
        }
    }
}
