//! What is guessed of a table: its delimiter, its numbers, what is to be predicted.

use gradflow_data::{Column, Csv, CsvError, Delimiter, Sniffed, SniffedKind, Task, sniff_stream};

fn looked(text: &str) -> Sniffed {
    sniff_stream(|| text.as_bytes()).expect(text)
}

fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    (0..count).map(|i| row(i) + "\n").collect()
}

#[test]
fn a_header_without_the_delimiter_is_not_skipped() {
    let sniffed = looked("length;colour;kind\n1,5;red;rose\n2,5;white;lily\n");
    assert_eq!(sniffed.dialect.delimiter, Delimiter::Byte(b';'));
    assert_eq!((sniffed.dialect.skip_lines, sniffed.label), (0, 2));
    assert!(sniffed.dialect.decimal_comma);
}

/// scikit-learn's first line says what comes.
#[test]
fn a_first_line_of_classes_is_for_the_last_column() {
    let sniffed = looked("3,2,iris,rose,lily\n1.5,0.5,0\n2,1,1\n3.5,2,0\n");
    let classes = Task::Classification {
        classes: 3,
        as_names: false,
    };
    let tasks: Vec<Task> = sniffed.columns.iter().map(|column| column.task).collect();
    assert_eq!(tasks, [Task::Regression, Task::Regression, classes]);
    assert_eq!((sniffed.label, sniffed.task), (2, classes));
}

#[test]
fn the_last_line_needs_no_end() {
    let sniffed = looked("size;kind\n1,5;a");
    assert_eq!(sniffed.dialect.delimiter, Delimiter::Byte(b';'));
    assert!(sniffed.dialect.decimal_comma);
}

#[test]
fn thousands_are_refused() {
    let told = |text: &str| {
        let error = sniff_stream(|| text.as_bytes()).expect_err(text);
        assert!(matches!(error, CsvError::Thousands { .. }), "{error}");
        error.to_string()
    };
    assert_eq!(
        told("x,price\n1,\"1,000\"\n2,\"1,037\"\n3,999\n"),
        "line 2, column `price`: `1,000` seems to have separators of thousands, which are not read: write its numbers without them, such as \
         `1000` for `1,000`"
    );
    told("x,price\n1,999\n2,\"1,037.5\"\n");
    told("x;price\n1;1,000,000\n2;1,037\n3;999\n");
    told("x;price\n1,5;1.234,5\n2,5;2.345,5\n");
    told("x;price\n1.5;1 234\n2.5;2 345\n");
    // These are decimals.
    for text in [
        "x,price\n1,\"1,5\"\n2,\"2,25\"\n",
        "x;price\n1;1,000\n2;1,037\n",
    ] {
        let sniffed = looked(text);
        assert!(sniffed.dialect.decimal_comma, "{text}");
        let data = sniffed.csv().read::<f64>(text.as_bytes()).expect(text);
        assert!(data.targets().values().is_some_and(|y| y.data()[1] < 3.0));
    }
    // A text among names is one.
    let notes = looked("x;note\n1;1,234,567\n2;7,654,321\n3;big\n4;small\n");
    assert!(!matches!(notes.columns[1].kind, SniffedKind::Number));
    // Nor does a reader take them for numbers or for categories.
    let text = "price,y\n\"1,000\",1\n\"1,037\",0\n999,1\n";
    let csv = Csv::classification("y");
    for csv in [csv.clone(), csv.text_as_categories()] {
        let error = csv.read::<f64>(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("separators of thousands"), "{error}");
    }
}

#[test]
fn the_label_is_guessed() {
    let target = |text: &str| {
        let sniffed = looked(text);
        (sniffed.label, sniffed.left_out())
    };
    // By its name.
    let wine = rows(12, |i| format!("{}.5,{},{}", i, 5 + i % 3, i * i));
    assert_eq!(target(&format!("acid,quality,sugar\n{wine}")).0, 1);
    // The only text, as in the breast cancer data of Wisconsin, whose first column tells rows apart.
    let cancer = rows(40, |i| {
        let kind = ["M", "B"][i % 2];
        format!("{},{kind},{}.5,{}.25", 842_302 + i * i * 7, i % 9, i % 7)
    });
    assert_eq!(target(&cancer), (1, vec![0]));
    let sniffed = looked(&cancer);
    assert_eq!(sniffed.columns[0].kind, SniffedKind::Identifier);
    // Small whole numbers in front, as in the wines.
    let wine = rows(30, |i| {
        format!("{},{}.5,{}", 1 + i / 10, i % 9, 1000 + 5 * i)
    });
    assert_eq!(target(&wine).0, 0);
    let task = Task::Classification {
        classes: 3,
        as_names: true,
    };
    assert_eq!(looked(&wine).task, task);
    // Numbers that do not begin with 0 or 1 are none.
    let tens = rows(30, |i| {
        format!("{},{}.5,{}", 10 * (1 + i / 10), i % 9, 1000 + 5 * i)
    });
    assert_eq!(target(&tens).0, 2);
    // Behind, even if there are some in front too.
    let both = rows(30, |i| format!("{},{}.5,{}", i % 2, i % 9, i % 3));
    assert_eq!(target(&both).0, 2);
    // Names tell nothing here, several texts are inputs, and the last column is what is left.
    let houses = rows(30, |i| {
        format!("{},{}.5,{}", 1 + i % 4, i % 9, 1000 + 5 * i)
    });
    assert_eq!(target(&format!("rooms,size,price\n{houses}")).0, 2);
    let texts = rows(30, |i| {
        format!("{},{},{}", ["a", "b"][i % 2], ["c", "d", "e"][i % 3], i * i)
    });
    assert_eq!(target(&format!("street,city,price\n{texts}")).0, 2);
    // An only text is an input if it has too many values, or one alone.
    let many = rows(60, |i| format!("town {},{}.5,{}", i % 25, i % 9, i * i));
    assert_eq!(target(&format!("city,size,price\n{many}")).0, 2);
    let streets = rows(18, |i| format!("road {},{}.5,{}", i % 12, i % 7, i * i));
    assert_eq!(target(&format!("street,size,price\n{streets}")).0, 2);
    let one = rows(18, |i| format!("here,{}.5,{}", i % 7, i * i));
    assert_eq!(target(&format!("city,size,price\n{one}")).0, 2);
}

#[test]
fn another_column_is_predicted() {
    let text = format!(
        "size,price,city\n{}",
        rows(20, |i| format!(
            "{}.5,{},{}",
            i % 7,
            i * i,
            ["A", "B"][i % 2]
        ))
    );
    let sniffed = looked(&text);
    assert_eq!(sniffed.column(sniffed.label), "city".into());
    assert!(!sniffed.has_categories());
    let price = sniffed
        .clone()
        .predicting(&"price".into())
        .expect("a column");
    assert_eq!((price.label, price.task), (1, Task::Regression));
    let data = price.csv().read::<f64>(text.as_bytes()).expect("data");
    let names = data.schema().feature_names().expect("names that fit");
    assert_eq!(names.expect("names"), ["size", "city=A", "city=B"]);
    let last = price.predicting(&"last".into()).expect("a column");
    assert_eq!(last, sniffed);
    assert_eq!(sniffed.clone().predicting(&Column::Number(3)), None);
    assert_eq!(sniffed.predicting(&"cost".into()), None);
}

#[test]
fn labels_may_be_numbers_of_named_classes() {
    let csv = Csv::classification("last").classes(["rose", "lily", "iris"]);
    let read = |csv: &Csv, text: &str| {
        let data = csv.read::<f64>(text.as_bytes());
        data.map(|data| data.labels().expect("labels").to_vec())
    };
    let numbers = "x,kind\n1,2\n2,0\n";
    assert!(matches!(
        read(&csv, numbers),
        Err(CsvError::UnknownClass { .. })
    ));
    let csv = csv.classes_by_number();
    assert_eq!(read(&csv, numbers).expect("numbers"), [2, 0]);
    assert_eq!(
        read(&csv, "x,kind\n1,iris\n2,rose\n").expect("names"),
        [2, 0]
    );
    // The first line gives numbers other names.
    let own = "2,1,iris,rose,lily\n1,0\n2,1\n";
    assert_eq!(read(&csv, own).expect("numbers"), [2, 0]);
    for other in ["3", "-1", "0.5", "tulip", ""] {
        let text = format!("x,kind\n1,1\n2,{other}\n");
        assert!(
            matches!(read(&csv, &text), Err(CsvError::UnknownClass { .. })),
            "{other}"
        );
    }
    for mixed in ["x,kind\n1,rose\n2,1\n", "x,kind\n1,1\n2,rose\n"] {
        let error = read(&csv, mixed).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("the label `1` is a number, but others are names"),
            "{said}"
        );
    }
    // Names that are numbers stand for themselves alone.
    let csv = Csv::classification("last").classes(["1", "2", "3"]);
    let csv = csv.classes_by_number();
    assert_eq!(read(&csv, "x,kind\n1,2\n2,1\n").expect("names"), [1, 0]);
    assert!(matches!(
        read(&csv, "x,kind\n1,0\n2,0\n"),
        Err(CsvError::UnknownClass { .. })
    ));
}
