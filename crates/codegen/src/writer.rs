//! Lines of Rust or C: both have the same loops and expressions.

use core::fmt::Write;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    C,
}

/// A text in a language, line by line.
pub(crate) struct Writer {
    pub(crate) language: Language,
    text: String,
    depth: usize,
}

impl Writer {
    pub(crate) fn new(language: Language, depth: usize) -> Self {
        Self {
            language,
            text: String::new(),
            depth,
        }
    }

    pub(crate) fn text(self) -> String {
        self.text
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.language == Language::Rust
    }

    pub(crate) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.extend(core::iter::repeat_n("    ", self.depth));
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A line that opens a block.
    pub(crate) fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    /// Closes so many blocks.
    pub(crate) fn close(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.depth -= 1;
            self.line("}");
        }
    }

    pub(crate) fn comment(&mut self, what: &str) {
        // Names of the user's must not end a comment.
        let safe: String = what.chars().filter(|c| !c.is_control()).collect();
        let safe = safe.replace("*/", "* /");
        match self.language {
            Language::Rust => self.line(&format!("// {safe}")),
            Language::C => self.line(&format!("/* {safe} */")),
        }
    }

    /// Opens a loop of a counter from 0 to below `end`.
    pub(crate) fn each(&mut self, counter: &str, end: impl core::fmt::Display) {
        self.between(counter, "0", &end.to_string());
    }

    /// Opens a loop of a counter from `start` to below `end`.
    pub(crate) fn between(&mut self, counter: &str, start: &str, end: &str) {
        let line = match self.language {
            Language::Rust => format!("for {counter} in {start}..{end} {{"),
            Language::C => {
                format!("for (int {counter} = {start}; {counter} < {end}; {counter}++) {{")
            }
        };
        self.open(&line);
    }

    /// Opens a block for when this holds.
    pub(crate) fn when(&mut self, condition: &str) {
        let line = match self.language {
            Language::Rust => format!("if {condition} {{"),
            Language::C => format!("if ({condition}) {{"),
        };
        self.open(&line);
    }

    /// A number that changes.
    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        let line = match self.language {
            Language::Rust => format!("let mut {name} = {value};"),
            Language::C => format!("float {name} = {value};"),
        };
        self.line(&line);
    }

    /// A number that stays.
    pub(crate) fn value(&mut self, name: &str, value: &str) {
        let line = match self.language {
            Language::Rust => format!("let {name} = {value};"),
            Language::C => format!("const float {name} = {value};"),
        };
        self.line(&line);
    }

    /// A whole number that stays.
    pub(crate) fn index(&mut self, name: &str, value: &str) {
        let line = match self.language {
            Language::Rust => format!("let {name} = {value};"),
            Language::C => format!("const int {name} = {value};"),
        };
        self.line(&line);
    }

    /// Counts a whole number up.
    pub(crate) fn counter(&mut self, name: &str) {
        let line = match self.language {
            Language::Rust => format!("let mut {name} = 0u32;"),
            Language::C => format!("int {name} = 0;"),
        };
        self.line(&line);
    }

    /// A table of constants.
    pub(crate) fn table(&mut self, name: &str, numbers: &[f32]) {
        let (len, list) = (numbers.len(), self.list(numbers));
        let line = match self.language {
            Language::Rust => format!("static {name}: [f32; {len}] = {list};"),
            Language::C => format!("static const float {name}[{len}] = {list};"),
        };
        self.line(&line);
    }

    /// A table of tables of constants, all equally long.
    pub(crate) fn tables(&mut self, name: &str, rows: &[Vec<f32>]) {
        let (m, n) = (rows.len(), rows.first().map_or(0, Vec::len));
        let line = match self.language {
            Language::Rust => format!("static {name}: [[f32; {n}]; {m}] = ["),
            Language::C => format!("static const float {name}[{m}][{n}] = {{"),
        };
        self.open(&line);
        for row in rows {
            let row = self.list(row) + ",";
            self.line(&row);
        }
        self.depth -= 1;
        self.line(if self.is_rust() { "];" } else { "};" });
    }

    fn list(&self, numbers: &[f32]) -> String {
        let mut list = String::from(if self.is_rust() { "[" } else { "{" });
        for (i, number) in numbers.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(list, "{comma}{}", self.number(*number));
        }
        list.push(if self.is_rust() { ']' } else { '}' });
        list
    }

    /// A constant, with all its bits.
    pub(crate) fn number(&self, number: f32) -> String {
        match self.language {
            Language::Rust => format!("{number:?}"),
            Language::C => format!("{number:?}f"),
        }
    }

    /// The larger of two numbers.
    pub(crate) fn max(&self, a: &str, b: &str) -> String {
        match self.language {
            Language::Rust => format!("if {a} > {b} {{ {a} }} else {{ {b} }}"),
            Language::C => format!("{a} > {b} ? {a} : {b}"),
        }
    }

    /// One of two values.
    pub(crate) fn choose(&self, condition: &str, yes: &str, no: &str) -> String {
        match self.language {
            Language::Rust => format!("if {condition} {{ {yes} }} else {{ {no} }}"),
            Language::C => format!("{condition} ? {yes} : {no}"),
        }
    }

    /// A whole number as a number.
    pub(crate) fn float(&self, whole: &str) -> String {
        match self.language {
            Language::Rust => format!("{whole} as f32"),
            Language::C => format!("(float){whole}"),
        }
    }
}
