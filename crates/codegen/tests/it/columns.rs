//! Categories and missing values of a table.

use std::fmt::Write;
use std::fs;

use gradflow::data::{Csv, Missing};
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};
use gradflow_codegen::{Fixed, Quantised};
use gradflow_testing::Folder;

use crate::compiled::run;

const TABLE: &str = "size,colour,weight,shape,kind
1,red,2,round,a
2,blue,,flat,b
3,red,5,,a
4,green,1,round,b
,blue,3,flat,a
6,green,4,round,b
";

/// Rows of the table, of gaps, and of a colour that the table does not have.
const ROWS: [[&str; 4]; 5] = [
    ["1.5", "red", "2.5", "round"],
    ["", "green", "", ""],
    ["2", "blue", "7", "flat"],
    ["3", "purple", "", "round"],
    ["", "", "1", "flat"],
];

fn model(missing: Missing) -> (Model<f32>, gradflow::data::Dataset<f32>) {
    let csv = Csv::classification("kind").text_as_categories().unseen();
    let data = csv.missing(missing).read::<f32>(TABLE.as_bytes());
    let data = data.expect("data").standardised().expect("scales");
    let inputs = data.shape().len();
    let network = Network::builder(inputs)
        .dense(6, Activation::Tanh)
        .dense(2, Activation::Identity);
    let network = network.build().expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1).expect("a model");
    let protocol = Protocol::new(Adam::new(0.02)).epochs(20);
    protocol.train(&mut model, &data).expect("a run");
    (model, data)
}

fn list(row: &[f32], [none, end]: [&str; 2]) -> String {
    let text = |x: &f32| match x.is_nan() {
        true => none.to_owned(),
        false => format!("{x:?}{end}"),
    };
    row.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn raw_rows_of_a_table_are_read() {
    let folder = Folder::new("codegen-columns");
    let mut rust = String::new();
    let (mut rust_main, mut c_main) = (String::new(), String::new());
    let (mut c, mut expected) = (String::from("#include <stdio.h>\n"), Vec::new());
    for (number, missing) in [Missing::Mean, Missing::Median, Missing::Flag]
        .into_iter()
        .enumerate()
    {
        let (model, data) = model(missing);
        let quantised = Quantised::new(&model, Fixed::Int16, &data).expect("a source");
        for (kind, text, header) in [
            (
                "f",
                gradflow_codegen::rust(&model),
                gradflow_codegen::c(&model, &format!("f{number}")),
            ),
            (
                "q",
                Ok(quantised.rust()),
                quantised.c(&format!("q{number}")),
            ),
        ] {
            let name = format!("{kind}{number}");
            let text = text.expect("a source");
            assert!(text.contains(r#"pub const VALUES_1: [&str; 3] = ["blue", "green", "red"];"#));
            write!(rust, "mod {name} {{\n{text}}}\n").expect("a string");
            c += &header.expect("a source");
            for fields in ROWS {
                let schema = model.schema().expect("a schema");
                let row: Vec<f32> = schema.text_row(&fields).expect("a row");
                let y = model.predict_row(&row).expect("a prediction");
                let y = match kind {
                    "f" => y.outputs().to_vec(),
                    _ => quantised.predict(&row).expect("a prediction"),
                };
                expected.push(y);
                let x = list(&row, ["f32::NAN", ""]);
                writeln!(rust_main, "    show({name}::predict(&[{x}]));").expect("a string");
                let x = list(&row, ["NAN", "f"]);
                write!(
                    c_main,
                    "    {{\n        const float x[] = {{{x}}};\n        float y[2];\n        {name}_predict(x, y);\n        \
                     printf(\"%.9g %.9g\\n\", (double)y[0], (double)y[1]);\n    }}\n"
                )
                .expect("a string");
            }
        }
    }
    let main = "fn show(y: [f32; 2]) {\n    println!(\"{:?} {:?}\", y[0], y[1]);\n}\n";
    let file = folder.join("main.rs");
    let text = format!("#![allow(dead_code)]\n{rust}{main}fn main() {{\n{rust_main}}}\n");
    fs::write(&file, text).expect("written");
    if let Some(printed) = run("rustc", &["--edition=2021", "-Dwarnings"], &file, &[]) {
        compare(&printed, &expected);
    }
    let file = folder.join("main.c");
    let text = format!("{c}int main(void) {{\n{c_main}    return 0;\n}}\n");
    fs::write(&file, text).expect("written");
    let options = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"];
    if let Some(printed) = run("cc", &options, &file, &["-lm"]) {
        compare(&printed, &expected);
    }
}

fn compare(printed: &str, expected: &[Vec<f32>]) {
    assert_eq!(printed.lines().count(), expected.len());
    for (line, expected) in printed.lines().zip(expected) {
        for (came, expected) in line.split_whitespace().zip(expected) {
            let came: f32 = came.parse().expect("a number");
            // Probabilities; features are scaled in f32 here, in f64 there.
            assert!((came - expected).abs() <= 2e-6, "{line}: {expected:?}");
        }
    }
}
