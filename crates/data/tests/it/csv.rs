//! CSV files: what is written is read back, and errors name line and column.

use gradflow_data::{Column, Csv, CsvError, Dataset, DatasetError, RowAt, Target};
use proptest::prelude::*;

type Result<T = f64> = core::result::Result<Dataset<T>, CsvError>;

fn classify(text: &str) -> Result {
    Csv::classification("kind").read(text.as_bytes())
}

fn message(result: Result) -> String {
    result.unwrap_err().to_string()
}

/// Rows of numbers, at least two columns.
fn tables() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let number = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    (2..6_usize, 1..8_usize).prop_flat_map(move |(columns, rows)| {
        prop::collection::vec(prop::collection::vec(number, columns), rows)
    })
}

proptest! {
    /// Every number comes back with the same bits, whatever the delimiter, the line ends and the choice of columns.
    #[test]
    fn regressions_round_trip(
        table in tables(),
        header: bool,
        delimiter in prop::sample::select(b",;\t|".to_vec()),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        last_end: bool,
        target: prop::sample::Index,
    ) {
        let columns = table[0].len();
        let separator = char::from(delimiter).to_string();
        let mut lines: Vec<String> = Vec::new();
        if header {
            lines.push((0..columns).map(|c| format!("column {c}")).collect::<Vec<_>>().join(&separator));
        }
        lines.extend(table.iter().map(|row| row.iter().map(|x| format!("{x:e}")).collect::<Vec<_>>().join(&separator)));
        let mut text = lines.join(end);
        if last_end {
            text.push_str(end);
        }

        let target = target.index(columns);
        let mut csv = Csv::regression([target]).delimiter(delimiter);
        if header {
            prop_assert_eq!(
                Csv::regression([format!("column {target}")]).delimiter(delimiter).read::<f64>(text.as_bytes())?,
                csv.read(text.as_bytes())?
            );
        } else {
            csv = csv.without_header();
        }
        let data = csv.read::<f64>(text.as_bytes())?;
        prop_assert_eq!(data.len(), table.len());
        for (i, row) in table.iter().enumerate() {
            let (x, y) = data.sample(i).unwrap();
            let inputs: Vec<f64> = (0..columns).filter(|c| *c != target).map(|c| row[c]).collect();
            prop_assert_eq!(x, inputs);
            prop_assert_eq!(y, Target::Values(&[row[target]]));
        }
    }

    /// A bad field is named by its line and column, behind blank lines and whatever the line ends are.
    #[test]
    fn the_place_of_a_bad_field_is_named(
        rows in 1..9_usize, columns in 2..5_usize, at: prop::sample::Index, header: bool,
        end in prop::sample::select(vec!["\n", "\r\n", "\n\n", "\r\n\r\n"]),
        bad in prop::sample::select(vec!["x", "", "1.0.0", "0x10", "NaN", "-inf", "1e999"]),
    ) {
        let bad_at = at.index(rows * (columns - 1));
        let (row, column) = (bad_at / (columns - 1), bad_at % (columns - 1));
        let mut lines = Vec::new();
        if header {
            lines.push((0..columns).map(|c| format!("c{c}")).collect::<Vec<_>>().join(","));
        }
        for r in 0..rows {
            let field = |c| if (r, c) == (row, column) { bad } else { "1" };
            lines.push((0..columns).map(field).collect::<Vec<_>>().join(","));
        }
        let text = lines.join(end);
        let csv = Csv::classification(columns - 1);
        let csv = if header { csv } else { csv.without_header() };
        let expected_line = 1 + end.matches('\n').count() * (row + usize::from(header));
        let expected_column = if header { Column::Name(format!("c{column}")) } else { Column::Number(column) };
        match csv.read::<f64>(text.as_bytes()) {
            Err(CsvError::Missing { place, text, .. }) => {
                prop_assert_eq!((place.row, place.column), (RowAt::Line(expected_line), expected_column));
                prop_assert_eq!(text, bad);
            }
            Err(CsvError::NotANumber { place, text, .. } | CsvError::NonFiniteField { place, text, .. }) => {
                prop_assert_eq!((place.row, place.column), (RowAt::Line(expected_line), expected_column));
                prop_assert_eq!(text, bad);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn several_targets_keep_the_order_asked_for() {
    let text = "a,b,c,d\n1,2,3,4\n5,6,7,8\n";
    let data = Csv::regression(["d", "b"])
        .read::<f32>(text.as_bytes())
        .unwrap();
    assert_eq!(data.targets().size(), 2);
    assert_eq!(
        data.targets().values().unwrap().data(),
        [4.0, 2.0, 8.0, 6.0]
    );
    assert_eq!(data.inputs().data(), [1.0, 3.0, 5.0, 7.0]);
    assert_eq!(data.shape().dims(), [2, 1, 1]);
    assert_eq!(data.schema().target_names().unwrap(), ["d", "b"]);
    let unnamed = Dataset::regression(1, vec![1.0_f32], 1, vec![2.0]).unwrap();
    assert_eq!(unnamed.schema().target_names(), None);
    assert_eq!(unnamed.schema().units(), None);
    let classes = classify("x,kind\n1,a\n2,b\n").unwrap();
    assert_eq!(classes.schema().target_names(), None);
}

#[test]
fn labels_are_numbers_or_names() {
    let names = classify("x,kind\n1,pear\n2,apple\n3,pear\n").unwrap();
    assert_eq!(names.labels(), Some([1, 0, 1].as_slice()));
    assert_eq!(names.class_names().unwrap(), ["apple", "pear"]);

    let numbers = classify("x,kind\n1,3\n2,0\n3,1\n").unwrap();
    assert_eq!(numbers.labels(), Some([3, 0, 1].as_slice()));
    assert_eq!((numbers.classes(), numbers.class_names()), (Some(4), None));

    // One name among numbers makes all of them names, if that is what is wanted.
    let mixed = "x,kind\n1,3\n2,b\n";
    assert_eq!(
        message(classify(mixed)),
        "line 3, column `kind`: the label `b` is not a class counted from 0, but others are; say `labels_as_names()` if \
         labels are names"
    );
    let names = Csv::classification("kind").labels_as_names();
    let mixed = names.read::<f64>(mixed.as_bytes()).unwrap();
    assert_eq!(mixed.class_names().unwrap(), ["3", "b"]);

    let announced = Csv::classification("kind").classes(["pear", "apple", "plum"]);
    let data = announced
        .read::<f64>("x,kind\n1,apple\n2,pear\n".as_bytes())
        .unwrap();
    assert_eq!(data.labels(), Some([1, 0].as_slice()));
    assert_eq!(data.classes(), Some(3));
    assert_eq!(
        message(announced.read("x,kind\n1,apple\n2,fig\n".as_bytes())),
        "line 3, column `kind`: `fig` is not one of the classes `pear`, `apple`, `plum`: correct it, or add it to `classes`"
    );
    assert!(matches!(
        classify("x,kind\n1,4000000000\n"),
        Err(CsvError::Dataset(DatasetError::TooManyClasses { .. }))
    ));
    assert!(matches!(
        classify(&format!("x,kind\n1,{}\n", u64::MAX)),
        Err(CsvError::Dataset(DatasetError::TooManyClasses { .. }))
    ));
}

#[test]
fn spaces_quotes_and_marks_do_not_matter() {
    let data = classify("\u{feff} x , kind \n\n\"1.5\",\"a, b\"\n 2 ,\tc \n\n").unwrap();
    assert_eq!(data.inputs().data(), [1.5, 2.0]);
    assert_eq!(data.class_names().unwrap(), ["a, b", "c"]);
}

#[test]
fn wrong_columns_are_named() {
    assert_eq!(
        message(classify("a,b\n1,2\n")),
        "no column `kind`; the columns are `a`, `b`"
    );
    let third = Csv::classification(2);
    assert_eq!(
        message(third.read("a,b\n1,2\n".as_bytes())),
        "no column 2 (counted from 0); the columns are `a`, `b`"
    );
    assert_eq!(
        message(third.clone().without_header().read("1,2\n".as_bytes())),
        "no column 2 (counted from 0); the columns are 0 to 1 (there is no header)"
    );
    assert!(matches!(
        Csv::classification("a")
            .without_header()
            .read::<f64>("1,2\n".as_bytes()),
        Err(CsvError::UnknownColumn { .. })
    ));
    assert_eq!(
        message(classify("kind,kind,x\n1,2,3\n")),
        "column `kind` occurs twice in the header: rename one, or say which by its number"
    );
    let twice = Csv::regression([Column::from("y"), Column::from(1)]);
    assert_eq!(
        message(twice.read("x,y\n1,2\n".as_bytes())),
        "column 1 (counted from 0) is a target twice: name it once"
    );
    assert_eq!(
        message(classify("kind\n1\n")),
        "of 1 column, 1 is the target: there must be an input and a target"
    );
    let none = Csv::regression(Vec::<Column>::new());
    assert!(matches!(
        none.read::<f64>("x\n1\n".as_bytes()),
        Err(CsvError::NoColumns { targets: 0, .. })
    ));
}

#[test]
fn ragged_rows_and_empty_files_are_refused() {
    assert_eq!(
        message(classify("x,kind\n1,a\n\n2\n")),
        "line 4: 1 field, but the first row has 2; a field that is empty still has its delimiter"
    );
    assert_eq!(
        message(classify("x,kind\r\n1,a\r\n2,b,c\r\n")),
        "line 3: 3 fields, but the first row has 2; a field that contains the delimiter stands in quotes"
    );
    // A field over two lines counts for both.
    assert_eq!(
        message(classify("x,kind\n1,\"a\nb\"\nc,d\n")),
        "line 4, column `x`: `c` is not a number: correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the column out by `without`"
    );
    for empty in ["", "\n\n", "x,kind\n", "\u{feff}"] {
        let error = classify(empty).unwrap_err();
        assert!(
            matches!(error, CsvError::Empty { .. }),
            "{empty:?}: {error}"
        );
    }
}

#[test]
fn numbers_must_be_finite_in_their_type() {
    let text = "x,kind\n1e39,a\n";
    assert!(classify(text).is_ok());
    let error = Csv::classification("kind")
        .read::<f32>(text.as_bytes())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column `x`: `1e39` is not a finite f32; read the file as f64, or scale the column"
    );
    let long = format!("x,kind\n{},a\n", "9é".repeat(1000));
    assert!(message(classify(&long)).len() < 300);
    let latin = b"x,kind\n1,caf\xe9\n";
    let error = Csv::classification("kind")
        .read::<f64>(latin.as_slice())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column `kind`: not UTF-8; save the file as UTF-8"
    );
}

#[test]
fn files_are_named_in_errors() {
    let path = std::env::temp_dir().join(format!("gradflow-data-csv-{}.csv", std::process::id()));
    let csv = Csv::classification("kind");
    let error = csv.open::<f64>(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: cannot be opened", path.display())),
        "{error}"
    );

    std::fs::write(&path, "x,kind\n1,a\n").unwrap();
    assert_eq!(csv.open::<f64>(&path).unwrap().len(), 1);
    std::fs::write(&path, "x,kind\nnothing,a\n").unwrap();
    let error = csv.open::<f64>(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: line 2, column `x`: `nothing` is not a number: correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the column out by `without`",
            path.display()
        )
    );
    let folder = std::env::temp_dir();
    let error = csv.open::<f64>(&folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{}: cannot be opened: is a directory", folder.display())
    );
}

/// Twelve names stand in a message, and a mark if there are more.
#[test]
fn long_lists_of_classes_are_cut() {
    for (classes, end) in [
        (1, "`c0`: correct it, or add it to `classes`"),
        (12, "`c11`: correct it, or add it to `classes`"),
        (13, "`c11`, …: correct it, or add it to `classes`"),
    ] {
        let csv = Csv::classification("kind").classes((0..classes).map(|c| format!("c{c}")));
        let message = message(csv.read::<f64>("x,kind\n1,other\n".as_bytes()));
        let start = "line 2, column `kind`: `other` is not one of the classes `c0`";
        assert!(
            message.starts_with(start) && message.ends_with(end),
            "{message}"
        );
    }
}
