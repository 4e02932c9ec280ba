//! Around the loops: heads, tables, functions.

use crate::plan::{INPUT, Plan, buffer};
use crate::planner::Names;
use crate::steps::Printer;
use crate::writer::Number::F32;
use crate::writer::{Language, Number, Writer};

/// A file before it is put together.
pub(crate) struct File {
    pub(crate) language: Language,
    /// What names in C begin with; nothing in Rust.
    pub(crate) prefix: String,
    /// What the first lines say.
    pub(crate) head: Vec<String>,
    /// Constants of the interface.
    constants: String,
    pub(crate) tables: String,
    /// Functions that others call.
    pub(crate) helpers: String,
    functions: String,
    /// Headers of C.
    pub(crate) headers: Vec<&'static str>,
}

/// What a function reads or gives.
#[derive(Clone, Copy)]
pub(crate) struct Array {
    pub(crate) name: &'static str,
    pub(crate) number: Number,
    pub(crate) len: usize,
}

impl Array {
    pub(crate) fn new(name: &'static str, number: Number, len: usize) -> Self {
        Self { name, number, len }
    }
}

impl File {
    pub(crate) fn new(language: Language, prefix: String, inputs: usize, outputs: usize) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            language,
            prefix,
            head: vec![
                format!("Made by gradflow-codegen {version} of a trained network; do not edit."),
                format!("{inputs} inputs, {outputs} outputs."),
            ],
            constants: String::new(),
            tables: String::new(),
            helpers: String::new(),
            functions: String::new(),
            headers: vec!["math.h"],
        }
    }

    pub(crate) fn sizes(&mut self, constants: usize, memory: usize) {
        self.head.push(format!(
            "{constants} bytes of constants, {memory} bytes of memory on the stack."
        ));
    }

    /// The names of classes and of the values of categories.
    pub(crate) fn names(&mut self, names: &Names) {
        if !names.classes.is_empty() {
            let what = "The names of the classes, in the order of the outputs.";
            self.texts(what, "classes", &names.classes);
        }
        for (column, values) in &names.categories {
            let what = format!(
                "The values of input {column}, which is a category: the input is the number of its value here, counted from 0."
            );
            self.texts(&what, &format!("values_{column}"), values);
        }
    }

    fn texts(&mut self, what: &str, name: &str, texts: &[String]) {
        let (mut w, len) = (Writer::new(self.language, 0), texts.len());
        match self.language {
            Language::Rust => {
                let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
                w.line(&format!("/// {what}"));
                let (name, texts) = (name.to_uppercase(), texts.join(", "));
                w.line(&format!("pub const {name}: [&str; {len}] = [{texts}];"));
            }
            Language::C => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                w.comment(what);
                w.line("#ifdef __GNUC__");
                w.line("__attribute__((unused))");
                w.line("#endif");
                let (name, texts) = (format!("{}{name}", self.prefix), texts.join(", "));
                w.line(&format!(
                    "static const char *const {name}[{len}] = {{{texts}}};"
                ));
            }
        }
        self.constants += &w.text();
        self.constants.push('\n');
    }

    /// A number of the interface.
    pub(crate) fn constant(&mut self, what: &str, name: &str, of: Number, value: &str) {
        let mut w = Writer::new(self.language, 0);
        match self.language {
            Language::Rust => {
                w.line(&format!("/// {what}"));
                let of = of.name(self.language);
                w.line(&format!("pub const {name}: {of} = {value};"));
            }
            Language::C => {
                w.comment(what);
                let prefix = self.prefix.to_uppercase();
                w.line(&format!("#define {prefix}{name} ({value})"));
            }
        }
        self.constants += &w.text();
    }

    /// A function that others call; the last argument writes the lines of its body, those that give the result included.
    pub(crate) fn function(
        &mut self,
        what: &str,
        name: &str,
        [x, y]: [Array; 2],
        body: impl FnOnce(&mut Writer),
    ) {
        let mut w = Writer::new(self.language, 0);
        let [a, b] = [x, y].map(|array| array.number.name(self.language));
        let ([n, m], [x, y]) = ([x, y].map(|array| array.len), [x.name, y.name]);
        w.line("");
        match self.language {
            Language::Rust => {
                w.line(&format!("/// {what}"));
                w.line("#[allow(clippy::all, unused_mut, unused_parens, unused_variables)]");
                w.open(&format!("pub fn {name}({x}: &[{a}; {n}]) -> [{b}; {m}] {{"));
            }
            Language::C => {
                w.comment(what);
                let name = format!("{}{name}", self.prefix);
                w.open(&format!(
                    "static inline void {name}(const {a} {x}[{n}], {b} {y}[{m}]) {{"
                ));
            }
        }
        body(&mut w);
        w.close(1);
        self.functions += &w.text();
    }

    /// The text of the file.
    pub(crate) fn text(self) -> String {
        let mut w = Writer::new(self.language, 0);
        if self.language == Language::Rust {
            for line in self.head {
                w.line(&format!("// {line}"));
            }
            w.line(
                "// `include!` it in a module, or make it a file of its own. It needs no `std`.",
            );
            w.line("");
            let before = w.text() + self.constants.trim_start();
            return before.trim_end().to_owned()
                + "\n"
                + &self.functions
                + &self.helpers
                + "\n"
                + &self.tables;
        }
        for line in self.head {
            w.comment(&line);
        }
        let guard = format!("{}H", self.prefix.to_uppercase());
        w.line(&format!("#ifndef {guard}"));
        w.line(&format!("#define {guard}"));
        w.line("");
        for header in self.headers {
            w.line(&format!("#include <{header}>"));
        }
        w.line("");
        let text = w.text() + &self.constants + &self.tables + &self.helpers + &self.functions;
        text + &format!("\n#endif /* {guard} */\n")
    }
}

/// The steps of a plan in floating point, by a printer that has its tables; the input is `x`.
pub(crate) fn steps(plan: &Plan, language: Language, prefix: &str) -> Printer {
    let (tables, body) = (Writer::new(language, 0), Writer::new(language, 1));
    let mut printer = Printer::new(tables, body, prefix.to_owned());
    for (buffer, len) in plan.buffers.iter().enumerate().skip(INPUT + 1) {
        printer.body.array(F32, &format!("b{buffer}"), *len);
    }
    for (number, step) in plan.steps.iter().enumerate() {
        printer.step(number, step);
    }
    printer
}

/// The model in floating point as a file.
pub(crate) fn float(plan: &Plan, names: &Names, language: Language, prefix: &str) -> String {
    let printer = steps(plan, language, prefix);
    let mut file = File::new(language, prefix.to_owned(), plan.inputs, plan.outputs);
    let memory: usize = plan.buffers.iter().skip(INPUT + 1).sum();
    file.sizes(4 * printer.constants, 4 * memory);
    file.names(names);
    let arrays = [
        Array::new("x", F32, plan.inputs),
        Array::new("y", F32, plan.outputs),
    ];
    file.function("The prediction for one sample.", "predict", arrays, |w| {
        w.lines(printer.body);
        result(
            w,
            &buffer(plan.result),
            plan.buffers[plan.result],
            plan.outputs,
        );
    });
    file.tables = printer.tables.text();
    file.helpers = printer.functions.text(language);
    file.text()
}

/// The lines that hand the first elements of a buffer over.
pub(crate) fn result(w: &mut Writer, buffer: &str, len: usize, outputs: usize) {
    match w.language {
        Language::Rust if buffer != "x" && len == outputs => w.line(buffer),
        Language::Rust => w.line(&format!("core::array::from_fn(|i| {buffer}[i])")),
        Language::C => {
            w.each("i", outputs);
            w.line(&format!("y[i] = {buffer}[i];"));
            w.close(1);
        }
    }
}

/// A text of C.
fn quoted(name: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => quoted += &format!("\\{}", char::from(byte)),
            b' '..=b'~' => quoted.push(char::from(byte)),
            // Three digits: what follows is not read as one more.
            byte => quoted += &format!("\\{byte:03o}"),
        }
    }
    quoted + "\""
}
