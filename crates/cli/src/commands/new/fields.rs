//! Data as an experiment has them, in RON.

use std::path::Path;

use gradflow::data::{Column, Missing};
use gradflow::{CsvFile, DataFile, NpyFiles, NpzFile, PictureFolder};

/// What stands above the data.
pub(super) fn comment(data: &DataFile) -> &'static str {
    match data {
        DataFile::Pictures(_) => {
            "The folder of the classes' folders, seen from this file, and what all pictures become."
        }
        DataFile::Npy(_) | DataFile::Npz(_) => {
            "Arrays of NumPy, seen from this file; `maximum` is what inputs are divided by."
        }
        _ => {
            "The table, seen from this file. Columns are called by their names, or by their numbers, counted from 0."
        }
    }
}

/// The data with the fields that are not as usual; the function says how a file is called.
pub(super) fn data(data: &DataFile, seen: &impl Fn(&Path) -> String) -> String {
    let quoted = |path: &Path| format!("{:?}", seen(path));
    let (name, fields) = match data {
        DataFile::Csv(file) => ("Csv", table(file, &quoted)),
        DataFile::Pictures(folder) => ("Pictures", pictures(folder, &quoted)),
        DataFile::Npy(files) => ("Npy", npy(files, &quoted)),
        DataFile::Npz(file) => ("Npz", npz(file, &quoted)),
        // No others are looked at.
        _ => ("Csv", Vec::new()),
    };
    format!("{name}({})", fields.join(", "))
}

fn pictures(folder: &PictureFolder, quoted: &impl Fn(&Path) -> String) -> Vec<String> {
    let size = folder.size.map(|(v, h)| format!("size: ({v}, {h})"));
    let channels = folder
        .channels
        .map(|channels| format!("channels: {channels:?}"));
    let first = format!("folder: {}", quoted(&folder.folder));
    [first].into_iter().chain(size).chain(channels).collect()
}

fn npy(files: &NpyFiles, quoted: &impl Fn(&Path) -> String) -> Vec<String> {
    let file = |name: &str, path: &Path| format!("{name}: {}", quoted(path));
    let labels = files.labels.as_deref().map(|path| file("labels", path));
    let targets = files.targets.as_deref().map(|path| file("targets", path));
    let inputs = [file("inputs", &files.inputs)];
    let fields = inputs.into_iter().chain(labels).chain(targets);
    fields
        .chain([format!("maximum: {:?}", files.maximum)])
        .collect()
}

fn npz(file: &NpzFile, quoted: &impl Fn(&Path) -> String) -> Vec<String> {
    let labels = file.labels.iter().map(|name| format!("labels: {name:?}"));
    let targets = file.targets.iter().map(|name| format!("targets: {name:?}"));
    let inputs = [
        format!("file: {}", quoted(&file.file)),
        format!("inputs: {:?}", file.inputs),
    ];
    let fields = inputs.into_iter().chain(labels).chain(targets);
    fields
        .chain([format!("maximum: {:?}", file.maximum)])
        .collect()
}

fn table(table: &CsvFile, quoted: &impl Fn(&Path) -> String) -> Vec<String> {
    let name = |column: &Column| match column {
        Column::Name(name) => format!("{name:?}"),
        Column::Number(number) => number.to_string(),
    };
    let list = |columns: &[Column]| {
        let names: Vec<String> = columns.iter().map(name).collect();
        format!("[{}]", names.join(", "))
    };
    let mut fields = vec![format!("file: {}", quoted(&table.file))];
    let mut add = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            fields.push(format!("{field}: {value}"));
        }
    };
    let said = |said: bool| said.then(|| "true".to_owned());
    let some = |columns: &[Column]| (!columns.is_empty()).then(|| list(columns));
    add("targets_file", table.targets_file.as_deref().map(quoted));
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
