//! Lines of Rust or C: both have the same loops and expressions.

use core::fmt::Write;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    C,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    F32,
    U8,
    I8,
    I16,
    I32,
    I64,
}

impl Number {
    pub(crate) fn name(self, language: Language) -> &'static str {
        let names = match self {
            Self::F32 => ["f32", "float"],
            Self::U8 => ["u8", "uint8_t"],
            Self::I8 => ["i8", "int8_t"],
            Self::I16 => ["i16", "int16_t"],
            Self::I32 => ["i32", "int32_t"],
            Self::I64 => ["i64", "int64_t"],
        };
        match language {
            Language::Rust => names[0],
            Language::C => names[1],
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::I64 => 8,
        }
    }

    fn zero(self) -> &'static str {
        match self {
            Self::F32 => "0.0",
            _ => "0",
        }
    }
}

/// A constant of a table.
pub(crate) trait Constant {
    fn text(&self, language: Language) -> String;
}

impl Constant for f32 {
    /// With all its bits.
    fn text(&self, language: Language) -> String {
        match language {
            Language::Rust => format!("{self:?}"),
            Language::C => format!("{self:?}f"),
        }
    }
}

impl Constant for i32 {
    fn text(&self, _: Language) -> String {
        self.to_string()
    }
}

impl Constant for i64 {
    fn text(&self, _: Language) -> String {
        self.to_string()
    }
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

    /// All lines of another text.
    pub(crate) fn lines(&mut self, other: Self) {
        self.text += &other.text;
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
    pub(crate) fn variable(&mut self, number: Number, name: &str, value: &str) {
        let of = number.name(self.language);
        let line = match self.language {
            Language::Rust => format!("let mut {name}: {of} = {value};"),
            Language::C => format!("{of} {name} = {value};"),
        };
        self.line(&line);
    }

    /// Numbers that change.
    pub(crate) fn array(&mut self, number: Number, name: &str, len: usize) {
        let of = number.name(self.language);
        let line = match self.language {
            Language::Rust => format!("let mut {name} = [{}{of}; {len}];", number.zero()),
            Language::C => format!("{of} {name}[{len}];"),
        };
        self.line(&line);
    }

    /// A number that stays.
    pub(crate) fn value(&mut self, number: Number, name: &str, value: &str) {
        let of = number.name(self.language);
        let line = match self.language {
            Language::Rust => format!("let {name}: {of} = {value};"),
            Language::C => format!("const {of} {name} = {value};"),
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
    pub(crate) fn table(&mut self, number: Number, name: &str, numbers: &[impl Constant]) {
        let (of, len, list) = (
            number.name(self.language),
            numbers.len(),
            self.list(numbers),
        );
        let line = match self.language {
            Language::Rust => format!("static {name}: [{of}; {len}] = {list};"),
            Language::C => format!("static const {of} {name}[{len}] = {list};"),
        };
        self.line(&line);
    }

    /// A table of tables of constants, all equally long.
    pub(crate) fn tables(&mut self, number: Number, name: &str, rows: &[Vec<impl Constant>]) {
        let of = number.name(self.language);
        let (m, n) = (rows.len(), rows.first().map_or(0, Vec::len));
        let line = match self.language {
            Language::Rust => format!("static {name}: [[{of}; {n}]; {m}] = ["),
            Language::C => format!("static const {of} {name}[{m}][{n}] = {{"),
        };
        self.open(&line);
        for row in rows {
            let row = self.list(row) + ",";
            self.line(&row);
        }
        self.depth -= 1;
        self.line(if self.is_rust() { "];" } else { "};" });
    }

    fn list(&self, numbers: &[impl Constant]) -> String {
        let mut list = String::from(if self.is_rust() { "[" } else { "{" });
        for (i, number) in numbers.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(list, "{comma}{}", number.text(self.language));
        }
        list.push(if self.is_rust() { ']' } else { '}' });
        list
    }

    /// A constant, with all its bits.
    pub(crate) fn number(&self, number: f32) -> String {
        number.text(self.language)
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

    /// An expression as another kind of number.
    pub(crate) fn cast(&self, number: Number, expression: &str) -> String {
        let of = number.name(self.language);
        match self.language {
            Language::Rust => format!("({expression}) as {of}"),
            Language::C => format!("({of})({expression})"),
        }
    }
}
