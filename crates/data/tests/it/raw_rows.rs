//! Raw rows for prediction, and files that are looked at.

use std::path::PathBuf;

use gradflow_data::{
    Csv, CsvError, Dataset, Delimiter, Dialect, Missing, RowReader, Schema, SniffedKind, Task,
    sniff, sniff_stream,
};
use proptest::prelude::*;

/// A table with what is no input in front, in the middle and behind.
fn learnt() -> Dataset<f64> {
    let file = "id,x,kind,colour,note,y\n1,1,a,red,n,4\n2,2,b,blue,m,5\n";
    let csv = Csv::classification("kind")
        .text_as_categories()
        .without("id")
        .without("note");
    csv.read(file.as_bytes()).expect("a data set")
}

fn rows(data: &Dataset<f64>, text: &str) -> Result<Vec<f64>, CsvError> {
    RowReader::new(text.as_bytes(), &Dialect::default(), data.schema())?.rows(100)
}

fn refused(text: &str) -> String {
    rows(&learnt(), text).unwrap_err().to_string()
}

#[test]
fn rows_with_and_without_names_and_labels() {
    let data = learnt();
    for text in [
        "x,colour,y\n3,red,6\n",
        "y,id,colour,x\n6,9,red,3\n",
        "id,x,kind,colour,note,y\n1,3,?,red,,6\n",
        "3,red,6\n",
        "1,3,a,red,n,6\n",
        "1,3,red,n,6\n",
    ] {
        assert_eq!(rows(&data, text).expect(text), [3.0, 1.0, 6.0], "{text}");
    }
    assert!(rows(&data, "x,colour,y\n").expect("a header").is_empty());
    let mut reader = RowReader::new(
        "3,red,6\n4,blue,7\n5,red,8\n".as_bytes(),
        &Dialect::default(),
        data.schema(),
    )
    .unwrap();
    assert_eq!(reader.rows::<f32>(2).unwrap().len(), 6);
    assert_eq!(reader.rows::<f32>(2).unwrap(), [5.0, 1.0, 8.0]);
    assert_eq!(reader.line(), 3);
    // Without names, by the numbers of the columns.
    let nameless = Csv::classification("last")
        .without_header()
        .read::<f64>("1,2,a\n3,4,b\n".as_bytes())
        .unwrap();
    for text in ["5,6\n", "5,6,a\n", "a,b,kind\n5,6,?\n"] {
        assert_eq!(rows(&nameless, text).expect(text), [5.0, 6.0], "{text}");
    }
}

#[test]
fn rows_that_do_not_fit_say_why() {
    assert_eq!(
        refused("x,color,y\n3,red,6\n"),
        "the input column `color` is not known: did you mean `colour`?"
    );
    assert_eq!(
        refused("x,y,kind\n3,6,a\n"),
        "the input column `colour` is missing, which the training data had; the columns here are `x`, `y`"
    );
    assert_eq!(
        refused("x,x,colour,y\n3,3,red,6\n"),
        "the column `x` is given twice"
    );
    assert_eq!(
        refused("3,red\n"),
        "line 1: 2 fields; a row has 3 inputs, or 6 fields where it is as in the table that the model has learnt from"
    );
    assert_eq!(
        refused("3,red,6\n4,green,7\n"),
        "line 2, column `colour`: `green` is none of the values of the training data: `blue`, `red`; announce that there may be others by `unseen`"
    );
    assert!(refused("3,red,6\n,red,6\n").starts_with("line 2, column `x` is missing"));
    assert!(
        refused("3,red,6\nq,red,6\n").starts_with("line 2, column `x`: `q` is not a finite number")
    );
    assert!(refused("").starts_with("no samples"));
}

fn file(name: &str) -> Option<PathBuf> {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/tabular");
    let path = folder.join(name);
    if !path.is_file() {
        println!("skipped: there is no file {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn well_known_files_are_known() {
    for (name, rows, inputs, classes) in [
        (
            "breast_cancer.csv",
            569,
            30,
            ["malignant", "benign"].as_slice(),
        ),
        ("wine_data.csv", 178, 13, &["class_0", "class_1", "class_2"]),
        ("iris.csv", 150, 4, &["setosa", "versicolor", "virginica"]),
    ] {
        let Some(path) = file(name) else { continue };
        let sniffed = sniff(&path).expect(name);
        assert_eq!(
            (sniffed.rows, sniffed.columns.len(), sniffed.label),
            (rows, inputs + 1, inputs),
            "{name}"
        );
        assert_eq!(
            sniffed.task,
            Task::Classification {
                classes: classes.len(),
                as_names: false
            }
        );
        assert!(
            sniffed.left_out().is_empty(),
            "{name}: {:?}",
            sniffed.columns
        );
        let data = sniffed.csv().open::<f64>(&path).expect(name);
        assert_eq!((data.len(), data.shape().len()), (rows, inputs));
        assert_eq!(data.class_names().expect("names"), classes);
        // Rows of the file itself can be predicted, with the label behind them.
        let mut reader = RowReader::open(&path, &sniffed.dialect, data.schema()).expect(name);
        assert_eq!(
            reader.rows::<f64>(7).expect(name),
            data.inputs().data()[..7 * inputs]
        );
        let again = Csv::of(data.schema())
            .expect("a table")
            .dialect(sniffed.dialect);
        let again = again
            .open_table::<f64>(&path)
            .expect(name)
            .prepared(data.schema())
            .expect(name);
        assert_eq!(again.inputs().data(), data.inputs().data());
        assert_eq!(again.labels(), data.labels());
    }
    let (Some(inputs), Some(targets)) =
        (file("diabetes_data_raw.csv"), file("diabetes_target.csv"))
    else {
        return;
    };
    let sniffed = sniff(&inputs).expect("diabetes");
    assert_eq!(
        (sniffed.dialect.delimiter, sniffed.dialect.header),
        (Delimiter::Blanks, Some(false))
    );
    assert_eq!((sniffed.rows, sniffed.columns.len()), (442, 10));
    assert_eq!(sniff(&targets).expect("targets").task, Task::Regression);
    let csv = Csv::regression([0]).dialect(sniffed.dialect);
    let data = csv
        .open_table_beside::<f64>(&inputs, &targets)
        .expect("both")
        .encoded()
        .expect("numbers");
    assert_eq!(
        (data.len(), data.shape().len(), data.targets().size()),
        (442, 10, 1)
    );
    assert_eq!(
        data.targets().values().expect("values").data()[..2],
        [151.0, 75.0]
    );
}

#[test]
fn dialects_are_found() {
    let boston = " 0.00632  18.00   2.310  0  24.00\n 0.02731   0.00   7.070  0  21.60\n 0.02729   0.00   7.070  0  34.70\n";
    let cases: [(&str, Delimiter, Option<bool>, bool, usize); 10] = [
        ("a,b\n1,2\n", Delimiter::Byte(b','), Some(true), false, 0),
        ("1,2\n3,4\n", Delimiter::Byte(b','), Some(false), false, 0),
        (
            "a;b\n1,5;2\n3;4,5\n",
            Delimiter::Byte(b';'),
            Some(true),
            true,
            0,
        ),
        (
            "1,5;2,5\n3,5;4,5\n",
            Delimiter::Byte(b';'),
            Some(false),
            true,
            0,
        ),
        (
            "a\tb\n1\tx, y\n2\tz, y\n",
            Delimiter::Byte(b'\t'),
            Some(true),
            false,
            0,
        ),
        ("a|b\n1|2\n", Delimiter::Byte(b'|'), Some(true), false, 0),
        (boston, Delimiter::Blanks, Some(false), false, 0),
        (
            "Prices of May\n\nprice,rooms\n1,2\n3,4\n",
            Delimiter::Byte(b','),
            Some(true),
            false,
            2,
        ),
        (
            "x,y\nred,big\nblue,big\nred,small\n",
            Delimiter::Byte(b','),
            Some(true),
            false,
            0,
        ),
        (
            "red,big\nblue,big\nred,small\n",
            Delimiter::Byte(b','),
            Some(false),
            false,
            0,
        ),
    ];
    for (text, delimiter, header, decimal_comma, skip_lines) in cases {
        let dialect = sniff_stream(|| text.as_bytes()).expect(text).dialect;
        let expected = Dialect {
            delimiter,
            header,
            comment: None,
            decimal_comma,
            skip_lines,
        };
        assert_eq!(dialect, expected, "{text}");
    }
    let text = "# made up\n# twice\na b c\n1 2 3\n4 5 6\n";
    let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
    assert_eq!(sniffed.dialect.comment.as_deref(), Some("#"));
    assert_eq!(
        sniffed
            .csv()
            .read::<f64>(text.as_bytes())
            .expect("data")
            .len(),
        2
    );
    for nothing in ["", "\n\n", "a,b\n"] {
        assert!(
            matches!(
                sniff_stream(|| nothing.as_bytes()),
                Err(CsvError::Empty { .. })
            ),
            "{nothing:?}"
        );
    }
}

#[test]
fn columns_are_known() {
    let mut text = "PassengerId,Survived,Pclass,Name,Sex,Age,Born,Deck,Alone\n".to_owned();
    for i in 0..40 {
        let (sex, age) = (
            [" male", "female"][i % 2],
            if i % 7 == 0 {
                String::new()
            } else {
                (20 + i * 37 % 50).to_string()
            },
        );
        text += &format!(
            "{},{},{},\"Person, {i}\",{sex},{age},1900-01-{:02},,{}\n",
            i + 1,
            i % 3 % 2,
            1 + i % 3,
            1 + i % 28,
            ["yes", "no"][i % 2]
        );
    }
    let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
    use SniffedKind::*;
    let kinds: Vec<SniffedKind> = sniffed.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds,
        [
            Identifier,
            Number,
            Number,
            Identifier,
            Category { values: 2 },
            Number,
            Date,
            Empty,
            Boolean
        ]
    );
    assert_eq!(sniffed.label, 1);
    assert_eq!(
        sniffed.task,
        Task::Classification {
            classes: 2,
            as_names: false
        }
    );
    assert_eq!(
        (sniffed.columns[5].missing, sniffed.missing()),
        (6, Missing::Flag)
    );
    let data = sniffed.csv().read::<f64>(text.as_bytes()).expect("data");
    assert_eq!(
        data.schema()
            .feature_names()
            .expect("names that fit")
            .expect("names"),
        ["Pclass", "Sex=female", "Sex=male", "Age", "Age?", "Alone"]
    );
    // What counts rows tells them apart; what stands still does not.
    let text = "from one,from zero,one,y\n1,0,1,0.5\n2,1,1,1.5\n3,2,1,0.25\n";
    let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
    let kinds: Vec<SniffedKind> = sniffed.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Identifier, Identifier, Number, Number]);
    // Many texts are categories if each is there twice on average.
    for (repeats, expected) in [(1, Text), (2, Category { values: 60 })] {
        let row = |i: usize| format!("t{},{}.5,1\n", i % 60, i % 7);
        let rows = 59 + 60 * repeats;
        let text = "word,x,y\n".to_owned() + &(0..rows).map(row).collect::<String>();
        let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
        assert_eq!(sniffed.columns[0].kind, expected, "{rows}");
    }
    // Some names say that a column tells rows apart.
    for (name, expected) in [
        ("id", Identifier),
        ("UserId", Identifier),
        ("user_id", Identifier),
        ("User ID", Identifier),
        ("Index", Identifier),
        ("grid", Number),
    ] {
        let text = format!("{name},x,y\n17,0.5,1\n4,0.25,2\n92,0.5,1\n");
        let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
        assert_eq!(sniffed.columns[0].kind, expected, "{name}");
    }
    // Classes from 1 on are names.
    let text = "x,y\n0.5,1\n0.25,2\n0.5,1\n0.75,2\n";
    let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
    assert_eq!(
        sniffed.task,
        Task::Classification {
            classes: 2,
            as_names: true
        }
    );
    assert_eq!(
        sniffed
            .csv()
            .read::<f64>(text.as_bytes())
            .expect("data")
            .class_names()
            .expect("names"),
        ["1", "2"]
    );
    for text in [
        "x,y\n0.5,1.5\n0.25,2\n0.5,1\n0.75,2\n".to_owned(),
        "x,y\n".to_owned() + &"0.5,0.5\n0.25,1.5\n".repeat(10),
    ] {
        let sniffed = sniff_stream(|| text.as_bytes()).expect("a table");
        assert_eq!(sniffed.task, Task::Regression);
    }
}

proptest! {
    /// What is written with any dialect is found and read back.
    #[test]
    fn tables_of_numbers_are_found(
        table in prop::collection::vec(prop::collection::vec(-1e6..1e6_f64, 3), 2..20),
        delimiter in prop::sample::select(vec![";", "\t", "|", ",", "  "]), comma: bool, header: bool,
    ) {
        let comma = comma && delimiter != ",";
        let number = |x: &f64| {
            let text = format!("{x:.3}");
            if comma { text.replace('.', ",") } else { text }
        };
        let mut text = if header { ["a", "b", "c"].join(delimiter) + "\n" } else { String::new() };
        for row in &table {
            text += &(row.iter().map(number).collect::<Vec<_>>().join(delimiter) + "\n");
        }
        let sniffed = sniff_stream(|| text.as_bytes())?;
        prop_assert_eq!(sniffed.dialect.header, Some(header));
        prop_assert_eq!((sniffed.rows, sniffed.columns.len()), (table.len(), 3));
        let data = sniffed.csv().read::<f64>(text.as_bytes())?;
        for (row, x) in table.iter().zip(data.inputs().iter()) {
            // Three digits behind the point.
            prop_assert!((row[0] - x[0]).abs() < 6e-4 && (row[1] - x[1]).abs() < 6e-4);
        }
    }

    /// Anything can be looked at.
    #[test]
    fn anything_is_looked_at(text in "[a0-9.,;#\"\r\n\t -]{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for file in [text.as_bytes(), &bytes] {
            if let Ok(sniffed) = sniff_stream(|| file) {
                let _ = sniffed.csv().read::<f32>(file);
                let data = learnt();
                let rows = RowReader::new(file, &sniffed.dialect, data.schema()).and_then(|mut reader| reader.rows::<f32>(100));
                if let Ok(rows) = rows {
                    assert_eq!(rows.len() % 3, 0);
                }
            }
        }
    }
}

/// Of a schema that knows no table, answers stand behind the inputs.
#[test]
fn without_a_table_the_targets_are_the_last_columns() {
    let classes = Schema::of_classes(2, 3).expect("a schema");
    let values = Schema::of_values(2, 2).expect("a schema");
    for (schema, text) in [
        (&classes, "1,2\n"),
        (&classes, "1,2,a\n"),
        (&classes, "x,y,kind\n1,2,a\n"),
        (&values, "1,2,3,4\n"),
    ] {
        let mut reader = RowReader::new(text.as_bytes(), &Dialect::default(), schema).expect(text);
        assert_eq!(reader.rows::<f64>(9).expect(text), [1.0, 2.0], "{text}");
    }
    let error = RowReader::new("1,2,3\n".as_bytes(), &Dialect::default(), &values);
    assert_eq!(
        error.expect_err("too few").to_string(),
        "line 1: 3 fields; a row has 2 inputs"
    );
}

/// A file without an end need not have lines.
#[test]
fn a_row_without_an_end_is_refused() {
    for byte in [b',', b'"'] {
        let error = Csv::regression(["y"]).read::<f32>(std::io::repeat(byte));
        assert_eq!(
            error.expect_err("no end").to_string(),
            "line 1: the row that begins here has no end within 16777216 bytes: close a quote that stands open, or take a file that is a table"
        );
    }
}
