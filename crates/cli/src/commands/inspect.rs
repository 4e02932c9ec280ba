//! `gradflow inspect`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use gradflow::Record;
use gradflow::data::{FeatureMap, Outputs, Schema};

use crate::input::files::load;
use crate::output::stdout;

/// Says what a model is: layers, data, training.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model.
    model: PathBuf,
    /// Every epoch that the model remembers, not only the first and the last ones.
    #[arg(long)]
    epochs: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let model = load(&args.model)?;
    let mut out = stdout();
    writeln!(out, "{}", model.network().summary())?;
    writeln!(
        out,
        "\noutput map {:?}, loss {:?}",
        model.cost().output(),
        model.cost().loss()
    )?;
    match model.schema() {
        Some(schema) => data(&mut out, schema)?,
        None => writeln!(out, "\nthe model knows nothing of its data")?,
    }
    match model.record() {
        Some(record) => history(&mut out, record, args.epochs)?,
        None => writeln!(out, "\nthe model was not trained")?,
    }
    Ok(out.flush()?)
}

/// Names and preprocessing.
fn data(out: &mut impl Write, schema: &Schema) -> Result<()> {
    write!(out, "\n{} inputs", schema.inputs())?;
    listed(out, schema.input_names())?;
    let steps: Vec<&str> = schema.steps().iter().map(words).collect();
    if !steps.is_empty() {
        writeln!(out, "prepared by: {}", steps.join(", "))?;
    }
    match schema.outputs() {
        Outputs::Classes { count, .. } => {
            write!(out, "{count} classes")?;
            listed(out, schema.class_names())
        }
        Outputs::Values { size, .. } => {
            write!(out, "{size} value{}", if *size == 1 { "" } else { "s" })?;
            listed(out, schema.target_names())
        }
    }
}

/// What a step does.
fn words(step: &FeatureMap) -> &'static str {
    match step {
        FeatureMap::Scaling(_) => "a shift and a scale of each input",
        FeatureMap::Columns(_) => "columns to numbers",
        other => other.kind(),
    }
}

/// The first names of a list.
fn listed(out: &mut impl Write, names: Option<&[String]>) -> Result<()> {
    const MOST: usize = 30;
    if let Some(names) = names {
        let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
        write!(out, ": {}", shown.join(", "))?;
        if names.len() > MOST {
            write!(out, " and {} more", names.len() - MOST)?;
        }
    }
    Ok(writeln!(out)?)
}

/// The fields of a value as `Debug` prints it, but those that are not set.
fn fields(text: &str) -> Vec<&str> {
    let inside = text.split_once(" { ").map_or(text, |(_, inside)| inside);
    let inside = inside.strip_suffix(" }").unwrap_or(inside);
    let (mut depth, mut start, mut fields) = (0_usize, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                fields.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(inside[start..].trim());
    fields.retain(|field| !field.is_empty() && !field.ends_with(": None"));
    fields
}

fn history(out: &mut impl Write, record: &Record, all: bool) -> Result<()> {
    const EDGE: usize = 3;
    writeln!(
        out,
        "\ntrained on {} samples by gradflow {} at CPU level {}",
        record.samples, record.version, record.level
    )?;
    for field in fields(&record.protocol) {
        writeln!(out, "  {field}")?;
    }
    let count = record.epochs.len();
    for (e, epoch) in record.epochs.iter().enumerate() {
        if all || e < EDGE || e + EDGE >= count {
            writeln!(out, "{epoch}")?;
        } else if e == EDGE {
            writeln!(out, "… {} more epochs, shown by --epochs", count - 2 * EDGE)?;
        }
    }
    writeln!(out, "{}", record.end)?;
    match record.best {
        // A run that stopped early says so itself.
        Some(best) if !record.end.contains("best") => {
            writeln!(out, "the model has the parameters after epoch {best}")?;
        }
        _ => {}
    }
    Ok(())
}
