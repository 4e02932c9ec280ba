//! Tables as people have them: dialects, categories, gaps, targets in another file.

use gradflow_data::{
    Column, Csv, CsvError, DataError, Dataset, Delimiter, Dialect, Encoding, FeatureError,
    FeatureMap, MismatchError, Missing, RawTable,
};
use proptest::prelude::*;

fn kind() -> Csv {
    Csv::classification("kind")
}

fn read(csv: &Csv, text: impl AsRef<[u8]>) -> Dataset<f64> {
    csv.read(text.as_ref()).expect("a data set")
}

fn refused(csv: &Csv, text: impl AsRef<[u8]>) -> String {
    csv.read::<f64>(text.as_ref()).unwrap_err().to_string()
}

fn names(data: &Dataset<f64>) -> Vec<String> {
    let names = data.schema().feature_names().expect("names that fit");
    names.expect("names")
}

#[test]
fn runs_of_blanks_are_one_delimiter() {
    let csv = kind().delimiter(Delimiter::Blanks);
    for text in [
        "x  y\tkind\n1 2 a\n  3   4\t\tb  \n",
        " x y kind \r\n\r\n1 2 a\r\n\t3 4 b",
        "x y kind\n1 2 \"a\"\n\"3\" 4   \"b\" \n   \n",
    ] {
        let data = read(&csv, text);
        assert_eq!(data.inputs().data(), [1.0, 2.0, 3.0, 4.0], "{text:?}");
        assert_eq!(data.class_names().unwrap(), ["a", "b"]);
    }
    assert_eq!(
        refused(&csv, "x kind\n1 a\n2\n"),
        "line 3: 1 field, but the first row has 2; a field that is empty still has its delimiter"
    );
    // One blank each is another dialect.
    let single = kind().delimiter(b' ');
    assert!(refused(&single, "x kind\n1  a\n").contains("3 fields"));
}

#[test]
fn comments_and_first_lines_are_skipped() {
    let dialect = Dialect {
        comment: Some("//".into()),
        skip_lines: 2,
        ..Dialect::default()
    };
    let csv = kind().dialect(dialect);
    let text = "a \"title\r\n\r\n// \"one\nx,kind\n1,a\n  // two, \"three\n2,/b\n//\n3,//c";
    let data = read(&csv, text);
    assert_eq!(data.inputs().data(), [1.0, 2.0, 3.0]);
    assert_eq!(data.class_names().unwrap(), ["//c", "/b", "a"]);
    // Lines are those of the file.
    assert!(refused(&csv, "t\nt\n//\nx,kind\n//\nq,a\n").starts_with("line 6, column `x`"));
    // The last line may be nothing but the mark.
    let data = read(&csv, "t\nt\nx,kind\n1,a\n2,b\n//");
    assert_eq!(data.inputs().data(), [1.0, 2.0]);
    // A comment at the end of a buffer of 32 KiB.
    for end in 32760..32772 {
        let row = format!("x,kind\n{},a\n", "1".repeat(end - 9));
        let csv = csv.clone().dialect(Dialect {
            comment: Some("//".into()),
            ..Dialect::default()
        });
        let error = csv.read::<f64>(format!("{row}// no row\n").as_bytes());
        assert!(
            matches!(error, Err(CsvError::NonFiniteField { .. })),
            "a long number is infinite, a comment no row: {error:?}"
        );
    }
    for comment in [",", "\"", " #", &"#".repeat(65)] {
        let dialect = Dialect {
            comment: Some(comment.to_owned()),
            ..Dialect::default()
        };
        assert!(refused(&kind().dialect(dialect), "x,kind\n1,a\n").starts_with("a comment begins"));
    }
}

#[test]
fn decimal_commas() {
    let csv = kind().delimiter(b';').decimal_comma();
    let data = read(&csv, "x;y;kind\n1,5;-2;a\n,5;1,0e1;b\n");
    assert_eq!(data.inputs().data(), [1.5, -2.0, 0.5, 10.0]);
    assert_eq!(
        refused(&csv, "x;kind\n1.234,5;a\n"),
        "line 2, column `x`: `1.234,5` is not a number; the decimal sign was said to be a comma, and thousands are not separated"
    );
    // In quotes beside commas.
    let data = read(&kind().decimal_comma(), "x,kind\n\"1,5\",a\n");
    assert_eq!(data.inputs().data(), [1.5]);
}

fn utf16(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let units: Vec<u16> = mark.encode_utf16().chain(text.encode_utf16()).collect();
    let bytes = |unit: u16| {
        if big_endian {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    };
    units.into_iter().flat_map(bytes).collect()
}

proptest! {
    /// A table in UTF-16 is the table in UTF-8; without `n`, no name is one of those of a missing value.
    #[test]
    fn utf_16_is_read(
        names in prop::collection::vec("[a-mo-zé\u{1F980}\u{4e00}]{1,9}", 1..300), big_endian: bool, mark: bool,
    ) {
        let rows: String = names.iter().map(|name| format!("1,{name}\n")).collect();
        let text = format!("x,kind\n{rows}");
        let csv = kind().labels_as_names();
        let data = csv.read::<f32>(utf16(&text, big_endian, mark).as_slice())?;
        prop_assert_eq!(data, csv.read::<f32>(text.as_bytes())?);
    }

    /// Whatever the bytes are, the decoder neither panics nor invents rows.
    #[test]
    fn broken_utf_16(bytes in prop::collection::vec(any::<u8>(), 0..200), big_endian: bool) {
        let mut file = utf16("x,kind\n1,", big_endian, true);
        file.extend(bytes);
        let _ = kind().read::<f32>(file.as_slice());
    }
}

#[test]
fn half_characters_of_utf_16_have_places() {
    for cut in [1, 2, 3] {
        let mut file = utf16("x,kind\n1,\u{1F980}", false, true);
        file.truncate(file.len() - cut);
        assert_eq!(
            refused(&kind(), &file),
            "line 2, column `kind`: not UTF-8; save the file as UTF-8"
        );
    }
    let mut file = utf16("x,kind\n1,a", false, true);
    file.extend([0x00, 0xdc]);
    assert!(refused(&kind(), file).starts_with("line 2, column `kind`: not UTF-8"));
}

#[test]
fn the_first_line_of_scikit_learn() {
    let text = "4,3,setosa,versicolor,virginica\n1,2,3,0\n4,5,6,1\n7,8,9,0\n1,1,1,1\n";
    for csv in [Csv::classification("last"), Csv::classification(3)] {
        let data = read(&csv, text);
        assert_eq!(data.labels(), Some([0, 1, 0, 1].as_slice()));
        assert_eq!(data.class_names().unwrap().len(), 3);
        assert_eq!(data.inputs().data()[..3], [1.0, 2.0, 3.0]);
    }
    // The width of the first line may be that of the rows.
    let same = "2,3,a,b\n1,2,3,0\n4,5,6,1\n";
    assert_eq!(read(&Csv::classification("last"), same).len(), 2);
    assert_eq!(
        refused(&Csv::classification("last"), "9,3,a,b\n1,2,3,0\n4,5,6,1\n"),
        "the first line says 9 rows, but there are 2: is the file whole?"
    );
    // With a header that is insisted on, or columns called by numbers, it is none.
    let header = Csv::classification("b").with_header();
    assert_eq!(read(&header, "4,3,a,b\n1,2,3,0\n").len(), 1);
    assert_eq!(read(&kind(), "1,2,3,kind\n1,2,3,a\n1,2,3,b\n").len(), 2);
}

#[test]
fn the_last_column() {
    assert_eq!(
        read(&Csv::classification("last"), "x,kind\n1,a\n")
            .inputs()
            .data(),
        [1.0]
    );
    // A column may be called so.
    assert_eq!(
        read(&Csv::classification("last"), "last,x\na,1\n")
            .inputs()
            .data(),
        [1.0]
    );
    let data = read(&Csv::regression(["last"]).without_header(), "1,2\n3,4\n");
    assert_eq!(data.targets().values().unwrap().data(), [2.0, 4.0]);
}

#[test]
fn categories_become_columns() {
    let csv = kind().text_as_categories();
    let text = "size,colour,sold,kind\n1,red,yes,a\n2,blue,no,b\n3,red,Yes,a\n";
    let data = read(&csv, text);
    assert_eq!(names(&data), ["size", "colour=blue", "colour=red", "sold"]);
    assert_eq!(
        data.inputs().data(),
        [1.0, 0.0, 1.0, 1.0, 2.0, 1.0, 0.0, 0.0, 3.0, 0.0, 1.0, 1.0]
    );
    assert_eq!(data.schema().inputs(), 3);
    let row = data
        .schema()
        .text_row::<f64>(&["9", " blue ", "true"])
        .unwrap();
    assert_eq!(data.schema().row(&row).unwrap(), [9.0, 1.0, 0.0, 1.0]);
    let error = data
        .schema()
        .text_row::<f64>(&["9", "green", "true"])
        .unwrap_err();
    assert!(matches!(error, FeatureError::Unseen { .. }), "{error}");
    // Announced, it is none of them.
    let data = read(&csv.clone().unseen(), text);
    let row = data
        .schema()
        .text_row::<f64>(&["9", "green", "true"])
        .unwrap();
    assert_eq!(data.schema().row(&row).unwrap(), [9.0, 0.0, 0.0, 1.0]);
    // The order of the rows does not matter to the columns.
    let other = read(&csv, "size,colour,sold,kind\n2,blue,no,b\n1,red,yes,a\n");
    assert_eq!(names(&other), ["size", "colour=blue", "colour=red", "sold"]);
    // Words are booleans without being asked for, and numbers are categories when asked for.
    assert_eq!(
        read(&kind(), "x,kind\ntrue,a\nNO,b\n").inputs().data(),
        [1.0, 0.0]
    );
    let floors = read(&kind().category("floor"), "floor,kind\n10,a\n9,b\n");
    assert_eq!(names(&floors), ["floor=10", "floor=9"]);
    // A country called no is a category beside others, in any order.
    for text in ["land,kind\nno,a\nse,b\n", "land,kind\nse,b\nno,a\n"] {
        assert_eq!(names(&read(&csv, text)), ["land=no", "land=se"]);
    }
}

#[test]
fn texts_that_are_no_categories_are_refused() {
    let csv = kind().text_as_categories();
    assert_eq!(
        refused(&kind(), "x,kind\nlong,a\n"),
        "line 2, column `x`: `long` is not a number: correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the column out by `without`"
    );
    for csv in [&kind(), &csv] {
        assert!(
            refused(csv, "x,kind\n2024-01-31,a\n")
                .contains("`2024-01-31` is not a number; it is a date: put numbers")
        );
    }
    assert!(
        refused(&csv, "x,kind\n1,a\nred,b\n")
            .starts_with("line 3, column `x`: `red` is not a number")
    );
    assert_eq!(
        refused(&csv, "x,kind\n-,a\n1,b\n2,a\n3,b\n"),
        "line 2, column `x`: `-` is not a number, but 3 of the 4 different values in this column are: mark missing values by an empty field, say `category` \
         if all of them are names, or leave the column out by `without`"
    );
    let many: String = (0..5000).map(|i| format!("n{i},a\n")).collect();
    assert!(
        refused(&csv, format!("name,kind\n{many}"))
            .starts_with("column `name`: texts have more than 4096 different values")
    );
    let rows = 40_000;
    let wide: String = (0..rows).map(|i| format!("n{},a\n", i % 4000)).collect();
    assert!(
        refused(&csv, format!("name,kind\n{wide}"))
            .contains("too much for such a file: column `name` has 4000 values")
    );
    // A long file has more room: 16 MiB and eight times its size.
    let row = |i: usize| format!("{:0>100},a\n", i % 80);
    let long = "name,kind\n".to_owned() + &(0..30_000).map(row).collect::<String>();
    let data = csv.category("name").read::<f64>(long.as_bytes()).unwrap();
    assert_eq!((data.len(), data.shape().len()), (30_000, 80));
    assert_eq!(
        refused(&kind().category("kind"), "x,kind\n1,a\n"),
        "column `kind` is a target or left out, so that it is no input: say nothing more of it, or make it one"
    );
}

#[test]
fn columns_are_chosen() {
    let text = "a,b,c,kind\n1,2,3,x\n4,5,6,y\n";
    let data = read(&kind().only("c").only(0), text);
    assert_eq!(names(&data), ["a", "c"]);
    let layout = data.schema().layout().unwrap();
    assert_eq!(layout.left_out[0].name.as_deref(), Some("b"));
    assert_eq!((layout.targets[0].number, layout.left_out.len()), (3, 1));
    assert!(refused(&kind().only("kind"), text).contains("is a target or left out"));
    let typed = kind().text_as_categories().number("a");
    assert!(refused(&typed, "a,kind\nred,x\n").contains("`red` is not a number"));
}

const GAPS: &str = "x,y,colour,kind\n1,10,red,a\n,20,,b\n3,NA,blue,a\n8,?,red,b\n";

#[test]
fn gaps_are_counted_or_filled() {
    let csv = kind().text_as_categories();
    assert_eq!(
        refused(&csv, GAPS),
        "line 3, column `x`: empty, but a value was expected (gaps: 1 of 4 rows in column `x`, 2 of 4 rows in column `y`, 1 of 4 rows in column `colour`); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves \
             such rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); \
             `Flag` also adds a column that is 1 where a value is missing; or leave the column out by `without`"
    );
    let of = |missing| read(&csv.clone().missing(missing), GAPS);
    assert_eq!(of(Missing::Drop).inputs().data(), [1.0, 10.0, 1.0]);
    let mean = of(Missing::Mean);
    assert_eq!(names(&mean), ["x", "y", "colour=blue", "colour=red"]);
    assert_eq!(mean.inputs().sample(1).unwrap(), [4.0, 20.0, 0.0, 0.0]);
    assert_eq!(
        of(Missing::Median).inputs().sample(1).unwrap(),
        [3.0, 20.0, 0.0, 0.0]
    );
    let flag = of(Missing::Flag);
    assert_eq!(
        names(&flag),
        ["x", "x?", "y", "y?", "colour=blue", "colour=red", "colour?"]
    );
    assert_eq!(
        flag.inputs().sample(1).unwrap(),
        [4.0, 1.0, 20.0, 0.0, 0.0, 0.0, 1.0]
    );
    // A raw row with gaps is filled in the same way, as text or with NaN.
    let row = flag.schema().text_row::<f64>(&["null", "7", ""]).unwrap();
    assert_eq!(
        flag.schema().row(&row).unwrap(),
        [4.0, 1.0, 7.0, 0.0, 0.0, 0.0, 1.0]
    );
    let dropped = of(Missing::Drop);
    assert!(matches!(
        dropped.schema().text_row::<f64>(&["", "7", "red"]),
        Err(FeatureError::MissingField { .. })
    ));
    assert!(matches!(
        dropped.schema().row(&[f64::NAN, 7.0, 0.0]),
        Err(FeatureError::RowNotFinite { .. })
    ));
    assert!(
        refused(&kind().missing(Missing::Mean), "x,y,kind\n,1,a\n,2,b\n")
            .contains("column `x` has no value in any of the 2 samples")
    );
    assert_eq!(
        refused(&kind().missing(Missing::Drop), "x,y,kind\n,1,a\n2,,b\n"),
        "a value is missing in each of the 2 rows: fill them in, or leave out the columns that have none"
    );
    // A row without a target cannot be learnt from.
    let data = read(&kind().missing(Missing::Mean), "x,kind\n1,a\n2,\n3,b\n");
    assert_eq!(data.inputs().data(), [1.0, 3.0]);
    let data = read(
        &Csv::regression(["y"]).missing(Missing::Drop),
        "x,y\n1,2\n3,NA\n",
    );
    assert_eq!(data.len(), 1);
}

proptest! {
    /// What is filled in is learnt from the training part alone, and the same is filled in elsewhere.
    #[test]
    fn the_training_part_alone_is_learnt_from(
        rows in prop::collection::vec((prop::option::of(-100..100_i32), -100..100_i32), 8..40), median: bool, seed: u64,
    ) {
        let missing = if median { Missing::Median } else { Missing::Mean };
        let field = |x: Option<i32>| x.map(|x| x.to_string()).unwrap_or_default();
        let lines: String = rows.iter().map(|(x, y)| format!("{},{y}\n", field(*x))).collect();
        let csv = Csv::regression(["y"]).missing(missing);
        let table = csv.read_table::<f64>(format!("x,y\n{lines}").as_bytes())?;
        let (train, test) = table.split(0.5, seed).unwrap();
        let Ok(train) = train.encoded() else { return Ok(()) };
        let Some(FeatureMap::Columns(columns)) = train.schema().steps().first() else { panic!("no step") };
        let Encoding::Filled { value, flag: false } = &columns[0] else { panic!("{columns:?}") };
        let test = test.like(&train).unwrap();
        // Whatever lies in a part comes from its own rows or is the one figure.
        let known: Vec<f64> = rows.iter().filter_map(|(x, _)| x.map(f64::from)).collect();
        for x in train.inputs().data().iter().chain(test.inputs().data()) {
            prop_assert!(known.contains(x) || x == value);
        }
        // The mean of the training part is not moved by what is filled in.
        if !median {
            let all = train.inputs().data();
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            // Sums of 40 numbers up to 100.
            prop_assert!((mean - value).abs() < 1e-11, "{} {}", mean, value);
        }
    }
}

#[test]
fn parts_and_other_files_are_encoded_alike() {
    let csv = kind().text_as_categories().missing(Missing::Flag).unseen();
    let table: RawTable<f64> = csv.read_table(GAPS.as_bytes()).unwrap();
    assert_eq!(table.categories(2).unwrap(), ["blue", "red"]);
    let (train, test) = table.split_at(3).unwrap();
    let train = train.encoded().unwrap();
    let test = test.like(&train).unwrap();
    let cube = train.clone().with_shape([1, 1, 7]).unwrap();
    let shaped: RawTable<f64> = csv.read_table(GAPS.as_bytes()).unwrap();
    let shaped = shaped.like(&cube);
    assert_eq!(shaped.unwrap().shape(), cube.shape());
    // In the training part colours are missing, and so is y, once; 15 is their mean.
    assert_eq!(test.inputs().data(), [8.0, 0.0, 15.0, 1.0, 0.0, 1.0, 0.0]);
    // Another file has other colours, in another order of numbers.
    let other = Csv::of(train.schema()).expect("a table");
    let file = "kind,x,y,more,colour\nb,1,2,z,red\na,,3,z,green\n";
    let data = other.read_table::<f64>(file.as_bytes()).unwrap();
    let data = data.prepared(train.schema()).unwrap();
    assert_eq!(
        data.inputs().sample(0).unwrap(),
        [1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0]
    );
    assert_eq!(
        data.inputs().sample(1).unwrap(),
        [2.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(data.labels(), Some([1, 0].as_slice()));
    // Read otherwise, it says so.
    let numbers = kind().without("colour").category("z");
    let file = "x,y,z,colour,kind\n1,2,3,4,a\n";
    let error = numbers
        .read_table::<f64>(file.as_bytes())
        .unwrap()
        .prepared(train.schema());
    assert!(matches!(
        error,
        Err(DataError::Mismatch(MismatchError::Unknown { .. }))
    ));
    let plain = kind()
        .read_table::<f64>("x,y,colour,kind\n1,2,3,a\n4,5,6,b\n".as_bytes())
        .unwrap();
    assert!(matches!(
        plain.prepared(train.schema()),
        Err(DataError::Mismatch(MismatchError::NotNames { .. }))
    ));
}

#[test]
fn schemas_with_categories_come_back_from_files() {
    let csv = kind()
        .text_as_categories()
        .missing(Missing::Flag)
        .without("y");
    let schema = read(&csv, GAPS).schema().clone();
    let json = serde_json::to_string(&schema).unwrap();
    assert_eq!(
        serde_json::from_str::<gradflow_data::Schema>(&json).unwrap(),
        schema
    );
    // Constants that fit nothing are refused.
    let odd = json.replacen("\"value\":4.0", "\"value\":1e999", 1);
    assert!(odd != json && serde_json::from_str::<gradflow_data::Schema>(&odd).is_err());
    let odd = json.replacen("\"number\":1", "\"number\":9", 1);
    assert!(odd != json && serde_json::from_str::<gradflow_data::Schema>(&odd).is_err());
    let odd = json.replacen("\"inputs\":2", "\"inputs\":3", 1);
    assert!(odd != json && serde_json::from_str::<gradflow_data::Schema>(&odd).is_err());
    for (json, column) in [
        ("\"species\"", Column::from("species")),
        ("4", Column::from(4)),
    ] {
        assert_eq!(serde_json::from_str::<Column>(json).unwrap(), column);
        assert_eq!(serde_json::to_string(&column).unwrap(), json);
    }
}

#[test]
fn targets_in_another_file() {
    let csv = Csv::regression([0])
        .without_header()
        .delimiter(Delimiter::Blanks);
    let beside = |csv: &Csv, x: &str, y: &str| {
        csv.read_table_beside::<f64>(x.as_bytes(), y.as_bytes())
            .and_then(|table| Ok(table.encoded()?))
    };
    let data = beside(&csv, "1 2\n3 4\n", "5\n\n6\n").unwrap();
    assert_eq!(data.inputs().data(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(data.targets().values().unwrap().data(), [5.0, 6.0]);
    for (x, y, counts) in [
        ("1 2\n3 4\n", "5\n", "2 rows of inputs, but 1 of"),
        ("1 2\n", "5\n6\n7\n", "1 row of inputs, but 3 of"),
    ] {
        let error = beside(&csv, x, y).unwrap_err().to_string();
        assert!(error.starts_with(counts), "{error}");
    }
    let named = beside(
        &kind().missing(Missing::Drop),
        "x,z\n1,2\n3,\n5,6\n",
        "id,kind\n1,a\n2,b\n3,b\n",
    )
    .unwrap();
    assert_eq!(
        (named.labels().unwrap(), names(&named)),
        ([0, 1].as_slice(), vec!["x".to_owned(), "z".to_owned()])
    );
    assert!(named.schema().layout().unwrap().targets.is_empty());
    let unknown = beside(&Csv::classification("knd"), "x\n1\n", "id,kind\n1,a\n").unwrap_err();
    assert!(
        unknown
            .to_string()
            .starts_with("in the file of the targets: no column `knd`: did you mean `kind`?"),
        "{unknown}"
    );
    for targets in ["", "1\nx\n", "1\n2 3\n"] {
        let error = beside(&csv, "1 2\n3 4\n", targets).unwrap_err();
        assert!(matches!(error, CsvError::Targets(_)), "{error}");
    }
}
