//! An experiment that suits a table.

use gradflow::CsvFile;
use gradflow::data::{Column, Missing};

use super::look::{Look, Target};

/// Constants of the training.
struct Design {
    hidden: usize,
    batch: usize,
    epochs: usize,
    rate: f64,
    decay: f64,
}

impl Design {
    /// By the number of samples and what is to be predicted.
    fn of(look: &Look) -> Self {
        let samples = look.samples;
        let batch = match samples {
            0..1000 => 16,
            1000..10_000 => 32,
            10_000..100_000 => 128,
            _ => 256,
        };
        // Enough steps for any of them, and not more passes than a small table bears.
        let steps = samples.div_ceil(batch).max(1);
        let epochs = (2000 / steps).clamp(10, 60);
        let hidden = match samples {
            0..2000 => 16,
            2000..20_000 => 32,
            _ => 64,
        };
        // Few samples say little: weights that they do not ask for are to vanish.
        let decay = (500.0 / samples as f64).clamp(0.01, 1.0);
        let decay = (decay * 100.0).round() / 100.0;
        Self {
            hidden,
            batch,
            epochs,
            rate: 0.005,
            decay,
        }
    }
}

/// What depends on what is predicted: the number of outputs, the steps of the preparation, and the cost, each with its comment.
fn of_target(target: &Target) -> (usize, [&'static str; 2], [&'static str; 2]) {
    match target {
        Target::Classes(classes) => (
            classes.len(),
            [
                "Inputs with mean 0 and deviation 1; the model does the same to new rows.",
                "[Standardise]",
            ],
            [
                "A probability for each class, and the cross-entropy of the right one.",
                "(output: Softmax, loss: CategoricalCrossEntropy)",
            ],
        ),
        Target::Value => (
            1,
            [
                "Inputs and targets with mean 0 and deviation 1; the model predicts in the targets' own units.",
                "[Standardise, StandardiseTargets]",
            ],
            [
                "The value as it comes out, and half its squared error.",
                "(output: Identity, loss: SquaredError)",
            ],
        ),
    }
}

/// The experiment as a text; the paths are those of the files, seen from the experiment.
pub(crate) fn text(look: &Look, file: &str, targets_file: Option<&str>) -> String {
    let design = Design::of(look);
    let (outputs, [on_prepare, prepare], [on_cost, cost]) = of_target(&look.target);
    let Design {
        hidden,
        batch,
        epochs,
        rate,
        decay,
    } = design;
    let left_out = match look.left_out.is_empty() {
        true => String::new(),
        false => format!(
            "    // Left out, since they can be no inputs as they are: {}.\n",
            look.left_out.join(", ")
        ),
    };
    let steps = epochs * (look.samples * 4 / 5).div_ceil(batch).max(1);
    format!(
        "// {summary}.
(
    // The table, seen from this file. Columns are called by their names, or by their numbers, counted from 0.
{left_out}    data: Csv({fields}),

    // A share that is kept apart to test the trained model on.
    split: (test: 0.2, seed: 1),

    // {on_prepare}
    prepare: {prepare},

    // The layers. More or larger ones learn finer things, and need more samples.
    network: [
        Dense(outputs: {hidden}, activation: Tanh),
        Dense(outputs: {outputs}, activation: Identity),
    ],

    // {on_cost}
    cost: {cost},

    protocol: (
        // The rule with its rate, which falls to 0 over all steps, and how fast weights decay: the larger, the smoother.
        descent: (rule: AdamW(rate: {rate}, decay: {decay}), schedule: Cosine(steps: {steps}, floor: 0.0)),
        // Passes over the training part, and samples of a step.
        epochs: {epochs},
        batch: {batch},
        seed: 1,
    ),

    // The seed of the first weights.
    seed: 1,
)
",
        summary = look.summary(),
        fields = fields(&look.file, file, targets_file).join(", "),
    )
}

/// The fields of the table that are not as usual.
fn fields(table: &CsvFile, file: &str, targets_file: Option<&str>) -> Vec<String> {
    let name = |column: &Column| match column {
        Column::Name(name) => format!("{name:?}"),
        Column::Number(number) => number.to_string(),
    };
    let list = |columns: &[Column]| {
        let names: Vec<String> = columns.iter().map(name).collect();
        format!("[{}]", names.join(", "))
    };
    let mut fields = vec![format!("file: {file:?}")];
    let mut add = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            fields.push(format!("{field}: {value}"));
        }
    };
    let said = |said: bool| said.then(|| "true".to_owned());
    let some = |columns: &[Column]| (!columns.is_empty()).then(|| list(columns));
    add("targets_file", targets_file.map(|file| format!("{file:?}")));
    add("label", table.label.as_ref().map(name));
    add("targets", some(&table.targets));
    add("labels_as_names", said(table.labels_as_names));
    add("without", some(&table.without));
    add("text_as_categories", said(table.text_as_categories));
    add("unseen", said(table.unseen));
    let missing = (table.missing != Missing::Refuse).then(|| format!("{:?}", table.missing));
    add("missing", missing);
    // The first row of most tables is a header.
    add(
        "header",
        (table.header == Some(false)).then(|| "false".to_owned()),
    );
    add(
        "delimiter",
        table.delimiter.map(|delimiter| format!("{delimiter:?}")),
    );
    add("decimal_comma", said(table.decimal_comma));
    add(
        "comment",
        table.comment.as_ref().map(|mark| format!("{mark:?}")),
    );
    add(
        "skip_lines",
        (table.skip_lines > 0).then(|| table.skip_lines.to_string()),
    );
    fields
}
