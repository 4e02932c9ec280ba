//! Around the loops: heads, tables, functions.

use crate::plan::{INPUT, Plan};
use crate::steps::Printer;
use crate::writer::{Language, Writer};

/// What the first lines of a file say.
fn head(plan: &Plan, constants: usize) -> [String; 3] {
    let memory: usize = plan.buffers.iter().skip(INPUT + 1).sum();
    [
        format!(
            "Made by gradflow-codegen {} of a trained network; do not edit.",
            env!("CARGO_PKG_VERSION")
        ),
        format!("{} inputs, {} outputs.", plan.inputs, plan.outputs),
        format!(
            "{} bytes of constants, {} bytes of memory on the stack.",
            4 * constants,
            4 * memory
        ),
    ]
}

/// The body of the function, by a printer that has its tables.
fn printed(plan: &Plan, language: Language, prefix: String) -> Printer {
    let mut printer = Printer::new(Writer::new(language, 0), Writer::new(language, 1), prefix);
    for (buffer, len) in plan.buffers.iter().enumerate().skip(INPUT + 1) {
        let zero = match language {
            Language::Rust => format!("let mut b{buffer} = [0.0f32; {len}];"),
            Language::C => format!("float b{buffer}[{len}];"),
        };
        printer.body.line(&zero);
    }
    for (number, step) in plan.steps.iter().enumerate() {
        printer.step(number, step);
    }
    printer
}

/// A module of Rust.
pub(crate) fn rust(plan: &Plan) -> String {
    let mut printer = printed(plan, Language::Rust, String::new());
    let mut file = Writer::new(Language::Rust, 0);
    for line in head(plan, printer.constants) {
        file.line(&format!("// {line}"));
    }
    file.line("// `include!` it in a module, or make it a file of its own. It needs no `std`.");
    file.line("");
    if !plan.classes.is_empty() {
        let names: Vec<String> = plan
            .classes
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        file.line("/// The names of the classes, in the order of the outputs.");
        let (len, names) = (plan.classes.len(), names.join(", "));
        file.line(&format!("pub const CLASSES: [&str; {len}] = [{names}];"));
        file.line("");
    }
    file.line("/// The prediction for one sample.");
    let (inputs, outputs) = (plan.inputs, plan.outputs);
    file.line("#[allow(clippy::all, unused_mut, unused_parens, unused_variables)]");
    file.open(&format!(
        "pub fn predict(x: &[f32; {inputs}]) -> [f32; {outputs}] {{"
    ));
    printer.body.line(&result(plan, Language::Rust));
    let body = printer.body.text();
    let mut text = file.text() + &body + "}\n";
    text += &printer.functions.rust();
    text.push('\n');
    text + &printer.tables.text()
}

/// A header of C.
pub(crate) fn c(plan: &Plan, name: &str) -> String {
    let mut printer = printed(plan, Language::C, format!("{name}_"));
    let mut file = Writer::new(Language::C, 0);
    for line in head(plan, printer.constants) {
        file.comment(&line);
    }
    let guard = format!("{}_H", name.to_uppercase());
    file.line(&format!("#ifndef {guard}"));
    file.line(&format!("#define {guard}"));
    file.line("");
    file.line("#include <math.h>");
    file.line("");
    let mut text =
        file.text() + &core::mem::replace(&mut printer.tables, Writer::new(Language::C, 0)).text();
    text += &printer.functions.c();
    let mut file = Writer::new(Language::C, 0);
    file.line("");
    if !plan.classes.is_empty() {
        let names: Vec<String> = plan.classes.iter().map(|name| quoted(name)).collect();
        file.comment("The names of the classes, in the order of the outputs.");
        let (len, names) = (plan.classes.len(), names.join(", "));
        file.line("#ifdef __GNUC__");
        file.line("__attribute__((unused))");
        file.line("#endif");
        file.line(&format!(
            "static const char *const {name}_classes[{len}] = {{{names}}};"
        ));
        file.line("");
    }
    file.comment("The prediction for one sample.");
    let (inputs, outputs) = (plan.inputs, plan.outputs);
    file.open(&format!(
        "static inline void {name}_predict(const float x[{inputs}], float y[{outputs}]) {{"
    ));
    printer.body.line(&result(plan, Language::C));
    text += &file.text();
    text += &printer.body.text();
    text + &format!("}}\n\n#endif /* {guard} */\n")
}

/// The lines that hand the result over.
fn result(plan: &Plan, language: Language) -> String {
    let buffer = match plan.result {
        INPUT => "x".to_owned(),
        buffer => format!("b{buffer}"),
    };
    let outputs = plan.outputs;
    match language {
        Language::Rust if plan.result != INPUT && plan.buffers[plan.result] == outputs => buffer,
        Language::Rust => {
            format!(
                "let mut y = [0.0f32; {outputs}];\n    y.copy_from_slice(&{buffer}[..{outputs}]);\n    y"
            )
        }
        Language::C => {
            format!("for (int i = 0; i < {outputs}; i++) {{\n        y[i] = {buffer}[i];\n    }}")
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
