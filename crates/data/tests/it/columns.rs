//! Columns that are left out.

use gradflow_data::{Column, Csv, CsvError};

const FILE: &str = "id,x,note,y\na-1,1.5,,3\nb-2,2.5,\"see, above\",4\n";

#[test]
fn columns_that_are_left_out_may_hold_anything() {
    for csv in [
        Csv::regression(["y"]).without("id").without("note"),
        Csv::regression(["y"]).without(2).without(0),
        Csv::regression([3]).without(0).without("note"),
    ] {
        let data = csv.read::<f64>(FILE.as_bytes()).expect("a data set");
        assert_eq!(data.inputs().data(), [1.5, 2.5]);
        assert_eq!(data.targets().values().expect("values").data(), [3.0, 4.0]);
    }
    let bytes = b"\xff,1.5,0\n\xfe,2.5,1\n";
    let csv = Csv::classification(2).without(0).without_header();
    let data = csv.read::<f32>(&bytes[..]).expect("a data set");
    assert_eq!(data.inputs().data(), [1.5, 2.5]);
    assert_eq!(data.labels(), Some(&[0, 1][..]));
}

#[test]
fn a_column_that_is_not_there_cannot_be_left_out() {
    let read = |csv: Csv| csv.read::<f64>(FILE.as_bytes()).unwrap_err();
    let csv = || Csv::regression(["y"]);
    let CsvError::UnknownColumn {
        column, nearest, ..
    } = read(csv().without("notes"))
    else {
        panic!("another error");
    };
    assert_eq!(
        (column, nearest.as_deref()),
        (Column::from("notes"), Some("note"))
    );
    assert!(matches!(
        read(csv().without(4)),
        CsvError::UnknownColumn { nearest: None, .. }
    ));
    // What is said of several columns names the one that is no input.
    let said = csv().without("id").category("x").category("y");
    let error = read(said);
    assert!(
        matches!(&error, CsvError::NoInput { column } if *column == "y".into()),
        "{error}"
    );
    for (twice, why) in [
        (
            csv().without("y"),
            "is both a target and left out by `without`: remove one of the two",
        ),
        (
            csv().without("id").without(0),
            "is left out twice: call `without` once for it",
        ),
        (
            Csv::regression(["y", "y"]),
            "is a target twice: name it once",
        ),
    ] {
        let error = read(twice);
        assert!(matches!(error, CsvError::AskedTwice { .. }));
        assert!(error.to_string().ends_with(why), "{error}");
    }
    let nothing = csv().without("id").without("x").without("note");
    assert_eq!(
        read(nothing).to_string(),
        "of 4 columns, 1 is the target and 3 left out: there must be an input and a target"
    );
}
