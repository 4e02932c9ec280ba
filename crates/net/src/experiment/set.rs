//! Fields set in the text of an experiment.

use super::place::{element, elements, tokens};
use super::{Experiment, ExperimentError, Origin};
use crate::file::tokens::{Token, WORD};

/// Fields of the experiment itself; others are those of its protocol.
const FIELDS: [&str; 9] = [
    "data",
    "split",
    "prepare",
    "augment",
    "network",
    "cost",
    "protocol",
    "seed",
    "checkpoint",
];

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(String),
    Element(usize),
}

impl Experiment {
    /// The same with one field set: `protocol.batch`, `network[0].outputs`, `split.test`; fields of the protocol may stand alone, `epochs`, and
    /// so may the `rate` of its rule. The value is written as in a file; quotes around a text may be left out.
    ///
    /// The text that the experiment was read from is changed at that one place: its comments stay.
    ///
    /// ```
    /// use gradflow::Experiment;
    ///
    /// let experiment = Experiment::parse(
    ///     r#"(
    ///         data: Csv(file: "a.csv", label: "kind"), // the table
    ///         network: [Dense(outputs: 2, activation: Identity)],
    ///         cost: (output: Softmax, loss: CrossEntropy),
    ///         protocol: (descent: (rule: Adam(rate: 0.05)), epochs: 50),
    ///     )"#,
    /// )?;
    /// let longer = experiment.set("epochs", "80")?.set("rate", "0.01")?.set("split.test", "0.2")?;
    /// assert_eq!((longer.protocol.epochs, longer.split.test), (80, 0.2));
    /// assert!(longer.text().contains("rule: Adam(rate: 0.01)") && longer.text().contains("// the table"));
    /// assert!(experiment.set("epoch", "80").unwrap_err().to_string().contains("did you mean `epochs`?"));
    /// # Ok::<(), gradflow::ExperimentError>(())
    /// ```
    ///
    /// # Errors
    /// [`ExperimentError::Set`] if there is no such place, [`ExperimentError::Text`] if what then stands there is none of an experiment.
    pub fn set(&self, field: &str, value: &str) -> Result<Self, ExperimentError> {
        let fault = |message: String| ExperimentError::Set {
            field: crate::text::excerpt(field),
            message,
        };
        let path = path(field).ok_or_else(|| {
            fault("write it like `epochs`, `protocol.batch` or `network[0].outputs`".into())
        })?;
        let text = match self.origin.text.is_empty() {
            true => self.to_text()?,
            false => self.origin.text.clone(),
        };
        if value.trim().is_empty() {
            return Err(fault("there is no value".into()));
        }
        let at = self.origin.path.as_deref();
        let read = |value: &str| -> Result<Self, ExperimentError> {
            Self::read(replaced(&text, &path, value).map_err(fault)?, at)
        };
        // A text without quotes, such as the name of a file, is none of RON.
        let read = read(value).or_else(|error| read(&quoted(value)).map_err(|_| error));
        let mut other = read.map_err(|error| said(error, field, value))?;
        let set = &mut other.origin.set;
        set.clone_from(&self.origin.set);
        set.push((name(&path), value.to_owned()));
        Ok(other)
    }
}

impl Origin {
    /// What was set of a field, or of what it stands in.
    pub(super) fn set_in(&self, field: &str) -> Vec<String> {
        let within = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let related = self.set.iter();
        let related = related.filter(|(name, _)| within(field, name) || within(name, field));
        let written =
            |(name, value): &(String, String)| crate::text::excerpt(&format!("{name}={value}"));
        related.map(written).collect()
    }
}

/// What is wrong, with the setting that it comes from.
fn said(error: ExperimentError, field: &str, value: &str) -> ExperimentError {
    match error {
        ExperimentError::Text { message, .. } => ExperimentError::Set {
            field: crate::text::excerpt(&format!("{field}={value}")),
            message,
        },
        error => error,
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The steps that a text names.
fn path(field: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in field.split('.') {
        let mut pieces = part.split('[');
        let name = pieces.next().filter(|name| is_name(name))?;
        steps.push(Step::Field(name.to_owned()));
        for piece in pieces {
            let index = piece.strip_suffix(']')?.parse().ok()?;
            steps.push(Step::Element(index));
        }
    }
    let outer: &[&str] = match steps.first() {
        Some(Step::Field(name)) if FIELDS.contains(&&**name) => &[],
        Some(Step::Field(name)) if name == "rate" => &["protocol", "descent", "rule"],
        _ => &["protocol"],
    };
    let outer = outer.iter().map(|name| Step::Field((*name).to_owned()));
    Some(outer.chain(steps).collect())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The text with another value at the end of the path; fields that are not there are put in.
fn replaced(text: &str, path: &[Step], value: &str) -> Result<String, String> {
    let tokens = tokens(text);
    let mut at = 0;
    for (done, step) in path.iter().enumerate() {
        let inside = match step {
            Step::Element(index) => {
                let inside = element(&tokens, at, *index);
                let found = || no_element(&path[..done], elements(&tokens, at));
                Some(inside.ok_or_else(found)?)
            }
            Step::Field(name) => field(text, &tokens, at, name)?,
        };
        match inside {
            Some(inside) => at = inside,
            None => return put_in(text, &tokens, at, &path[done..], value),
        }
    }
    let begin = tokens.get(at).ok_or("there is no such place")?.at;
    let end = end(&tokens, at).ok_or("its brackets do not match")?;
    Ok(format!("{}{value}{}", &text[..begin], &text[end..]))
}

/// A path as it is written.
fn name(path: &[Step]) -> String {
    let mut name = String::new();
    for step in path {
        match step {
            Step::Field(field) if name.is_empty() => name += field,
            Step::Field(field) => name += &format!(".{field}"),
            Step::Element(index) => name += &format!("[{index}]"),
        }
    }
    name
}

/// How many elements there are in a list that has too few.
fn no_element(list: &[Step], elements: Option<usize>) -> String {
    let name = name(list);
    match elements {
        None => format!("`{name}` is no list, or not there"),
        Some(0) => format!("`{name}` has no elements"),
        Some(1) => format!("`{name}` has 1 element, counted from 0"),
        Some(n) => format!("`{name}` has {n} elements, 0 to {}", n - 1),
    }
}

/// The bracket whose fields the value at this token has: `(`, or `Name(`, however often.
fn bracket(tokens: &[Token], mut at: usize) -> Option<usize> {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    loop {
        at += usize::from(kind(at) == Some(WORD));
        if kind(at) != Some(b'(') {
            return None;
        }
        let deeper = match kind(at + 1) {
            Some(b'(') => true,
            Some(WORD) => kind(at + 2) == Some(b'('),
            _ => false,
        };
        if !deeper {
            return Some(at);
        }
        at += 1;
    }
}

/// The token at which the value of a field of the value at this token begins.
fn field(text: &str, tokens: &[Token], at: usize, name: &str) -> Result<Option<usize>, String> {
    let Some(open) = bracket(tokens, at) else {
        // `Adam` stands for `Adam()`.
        return Ok(None);
    };
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open + 1) {
        match token.kind {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return Ok(None),
            b')' | b']' | b'}' => depth -= 1,
            WORD if depth == 0 => {
                let colon = tokens.get(i + 1).is_some_and(|token| token.kind == b':');
                if colon && token.of(text) == name {
                    return Ok(Some(i + 2));
                }
            }
            _ => {}
        }
    }
    Err("its brackets do not match".into())
}

/// One behind the last byte of the value that begins at this token.
fn end(tokens: &[Token], at: usize) -> Option<usize> {
    let open = match tokens.get(at)?.kind {
        WORD if tokens.get(at + 1).is_some_and(|token| token.kind == b'(') => at + 1,
        WORD => return Some(tokens[at].end),
        _ => at,
    };
    let mut depth = 0_usize;
    for token in tokens.get(open..)? {
        match token.kind {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(token.at + 1);
        }
    }
    None
}

/// Puts a field that is not there into the value at this token, with all that lies between.
fn put_in(
    text: &str,
    tokens: &[Token],
    at: usize,
    path: &[Step],
    value: &str,
) -> Result<String, String> {
    let mut inner = value.to_owned();
    for (i, step) in path.iter().enumerate().rev() {
        inner = match step {
            Step::Field(name) if i == 0 => format!("{name}: {inner}"),
            Step::Field(name) => format!("({name}: {inner})"),
            Step::Element(_) => return Err(no_element(&path[..i], None)),
        };
    }
    if let Some(open) = bracket(tokens, at) {
        let open = tokens[open].at + 1;
        let next = &text[open..];
        let comma = match next.trim_start().starts_with(')') {
            true => "",
            false if next.starts_with(char::is_whitespace) => ",",
            false => ", ",
        };
        return Ok(format!("{}{inner}{comma}{}", &text[..open], &text[open..]));
    }
    let end = end(tokens, at).ok_or("there is no such place")?;
    Ok(format!("{}({inner}){}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "( // (\n  data: Csv(file: \"a,(.csv\", delimiter: ','),\n  network: [\n    Dense(outputs: 8, activation: Tanh),\n    Chain([BatchNorm, Dense(outputs: 2)]),\n  ],\n  protocol: (descent: (rule: Adam), epochs: 3),\n)";

    #[test]
    fn values_are_replaced_where_they_stand() {
        let cases = [
            ("data.file", "\"b\"", "file: \"b\", delim"),
            ("data.delimiter", "';'", "delimiter: ';'),"),
            ("network[0].outputs", "16", "outputs: 16, act"),
            ("network[1][1].outputs", "3", "Dense(outputs: 3)])"),
            (
                "network[0]",
                "X(y: (1, 2))",
                "[\n    X(y: (1, 2)),\n    Chain",
            ),
            ("epochs", "50", "epochs: 50),"),
            ("rate", "0.1", "rule: Adam(rate: 0.1)), epochs"),
            (
                "early_stopping.patience",
                "5",
                "(early_stopping: (patience: 5), desc",
            ),
            ("split.test", "0.2", "(split: (test: 0.2), // ("),
            (
                "network[1][0].epsilon",
                "1e-3",
                "BatchNorm(epsilon: 1e-3), Dense",
            ),
        ];
        for (field, value, expected) in cases {
            let path = path(field).expect("a path");
            let text = replaced(TEXT, &path, value).expect("a text");
            assert!(text.contains(expected), "{field}: {text}\nlacks {expected}");
        }
    }

    #[test]
    fn any_text_and_path_are_taken() {
        let paths = [
            "a",
            "network[7]",
            "network[0].a.b",
            "data.file.x",
            "rate",
            "data[0][0]",
        ];
        for end in 0..TEXT.len() {
            for field in paths {
                let _ = replaced(&TEXT[..end], &path(field).expect("a path"), "1");
            }
        }
        for field in ["", ".", "a.", "a[", "a[]", "a[x]", "a b", "a[1]b"] {
            assert_eq!(path(field), None, "{field}");
        }
    }
}
